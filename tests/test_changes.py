from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.changes import as_record, compare, mapping_csv, report_from
from topicmodel.datatypes import (
    Assignments,
    CatalogueRecord,
    ChangeReport,
    DumpRecord,
    Edit,
    EditOutcome,
    Landmarks,
    Manifest,
    Products,
    Run,
    Scorecard,
    Taxonomy,
    Topic,
    TopicChange,
    TopicId,
    Tree,
)

Way = tuple[str | None, str | None, int]
"""Place before, place after, so many products. A place is "A" or "A/a", "" unsorted; None is not in
the dump."""


def run_of(
    places: Mapping[str, str],
    *,
    names: Mapping[str, str] | None = None,
    empty: Sequence[str] = (),
    manifest: Manifest | None = None,
) -> Run:
    """A run in which each product is at its place; ids of categories are as in the places.

    Args:
        names: of categories, where they differ from their ids.
        empty: places of categories without products.
    """
    levels = [_levels(place) for place in places.values()]
    taxonomy = _taxonomy([*levels, *map(_levels, empty)], levels, names or {})
    n_products = len(places)
    assignments = Assignments(
        product_ids=list(places),
        level1=[level1 for level1, _ in levels],
        level2=[level2 for _, level2 in levels],
        confidence=np.linspace(1, 0.5, n_products, dtype=np.float32),
        methods=["core" if level1 else "unsorted" for level1, _ in levels],
    )
    tree = Tree(taxonomy, assignments, {}, {})
    return Run(
        manifest=manifest or Manifest(),
        tree=tree,
        fitted=tree,
        products=Products(
            ids=list(places),
            titles=[f"Title of {product}" for product in places],
            attributes=[""] * n_products,
        ),
        digests=[""] * n_products,
        scorecard=Scorecard([]),
        rejects=[],
        coordinates=np.zeros((n_products, 2), dtype=np.float32),
        count_curve=[],
        bertopic={},
        landmarks=Landmarks(np.zeros((0, 4), dtype=np.float32), [], {}, {}, 1.0),
    )


def _levels(place: str) -> tuple[TopicId | None, TopicId | None]:
    top, _, child = place.partition("/")
    return TopicId(top) if top else None, TopicId(child) if child else None


def _taxonomy(
    existing: Sequence[tuple[TopicId | None, TopicId | None]],
    placed: Sequence[tuple[TopicId | None, TopicId | None]],
    names: Mapping[str, str],
) -> Taxonomy:
    sizes = Counter(topic for levels in placed for topic in levels)
    parents = {top: None for top, _ in existing if top}
    children = {child: top for top, child in existing if child}
    topics = [
        Topic(topic, parent, level, names.get(topic, topic), (), sizes[topic], ())
        for level, tree in ((1, parents), (2, children))
        for topic, parent in tree.items()
    ]
    return Taxonomy(sorted(topics, key=lambda topic: (topic.level, -topic.size, topic.id)))


def two_runs(*ways: Way, **after: Any) -> tuple[Run, Run]:
    """A run and the one after it; `after` goes to the builder of the second."""
    products = [
        (f"p{way}.{number:03}", before, now)
        for way, (before, now, count) in enumerate(ways)
        for number in range(count)
    ]
    first = {product: before for product, before, _ in products if before is not None}
    second = {product: now for product, _, now in products if now is not None}
    return run_of(first), run_of(second, **after)


def changes(*ways: Way, **after: Any) -> ChangeReport:
    return compare(*two_runs(*ways, **after))


def of(report: ChangeReport, topic: str) -> TopicChange:
    return next(change for change in report.topics if change.id == topic)


def relations(*ways: Way, **after: Any) -> dict[str, tuple[str, ...]]:
    return {change.id: change.relations for change in changes(*ways, **after).topics}


def test_a_run_against_itself_has_changed_nothing() -> None:
    first, _ = two_runs(("A/a", None, 30), ("A/b", None, 20), ("B", None, 3), ("", None, 4))
    report = compare(first, first)
    assert report.is_empty
    assert {change.relations for change in report.topics} == {("kept",)}
    assert report.stayed.count == 57
    assert report.stayed.share == 1


def test_a_category_with_another_name_is_renamed() -> None:
    report = changes(("A", "A", 10), names={"A": "Audio"})
    assert of(report, "A").relations == ("renamed",)
    assert (of(report, "A").previous_name, of(report, "A").name) == ("A", "Audio")
    assert not report.is_empty


def test_a_category_under_another_parent_is_moved() -> None:
    change = of(changes(("A/a", "B/a", 10), ("B", "B", 30), ("A", "A", 30)), "a")
    assert change.relations == ("moved",)
    assert (change.previous_parent, change.parent) == ("A", "B")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (100, 111, "grown"),
        (100, 110, "kept"),
        (100, 89, "shrunk"),
        (100, 90, "kept"),
        (10, 15, "grown"),
        (10, 14, "kept"),
        (10, 6, "kept"),
        (10, 5, "shrunk"),
    ],
)
def test_growth_is_more_than_a_tenth_and_at_least_five_products(
    before: int, after: int, expected: str
) -> None:
    ways = [
        ("A", "A", min(before, after)),
        ("A", None, before - after),
        (None, "A", after - before),
    ]
    assert relations(*ways) == {"A": (expected,)}


def test_a_split_category_lists_its_parts_and_they_list_it() -> None:
    report = changes(("A", "A", 60), ("A", "B", 25), ("A", "C", 15))
    assert of(report, "A").relations == ("shrunk", "split")
    assert of(report, "A").targets == ("A", "B")
    assert of(report, "A").sources == ()
    assert of(report, "B").relations == ("born",)
    assert of(report, "B").sources == ("A",)
    assert of(report, "C").sources == ()


def test_a_split_category_may_be_gone() -> None:
    report = changes(("A", "B", 30), ("A", "C", 30), ("A", "D", 4))
    assert of(report, "A").relations == ("split", "retired")
    assert of(report, "A").targets == ("B", "C")


@pytest.mark.parametrize(
    ("kept", "parted", "is_split"), [(80, 20, True), (81, 19, False), (15, 5, True), (8, 4, False)]
)
def test_a_part_has_a_fifth_of_the_products_and_at_least_five(
    kept: int, parted: int, is_split: bool
) -> None:
    found = relations(("A", "A", kept), ("A", "B", parted), ("A", None, 300))
    assert ("split" in found["A"]) is is_split


def test_products_that_are_unsorted_now_make_no_part() -> None:
    assert relations(("A", "A", 50), ("A", "", 50))["A"] == ("shrunk",)


def test_a_merger_lists_what_went_into_it() -> None:
    report = changes(("A", "A", 60), ("B", "A", 30), ("C", "A", 12), ("C", "C", 64))
    assert of(report, "A").relations == ("grown", "merged")
    assert of(report, "A").sources == ("A", "B")
    assert of(report, "B").relations == ("retired",)
    assert of(report, "B").targets == ("A",)


def test_a_merger_may_have_a_new_id() -> None:
    report = changes(("A", "C", 10), ("B", "C", 20))
    assert of(report, "C").relations == ("merged", "born")
    assert of(report, "C").sources == ("B", "A")


@pytest.mark.parametrize(
    ("gave", "kept", "is_merger"), [(10, 10, True), (10, 11, False), (5, 0, True), (4, 0, False)]
)
def test_a_merged_category_gave_half_of_its_products_and_at_least_five(
    gave: int, kept: int, is_merger: bool
) -> None:
    found = relations(("A", "A", 50), ("B", "A", gave), ("B", "B", kept), ("B", None, 99))
    assert ("merged" in found["A"]) is is_merger


def test_a_new_category_is_born_with_neither_a_name_nor_a_size_before() -> None:
    change = of(changes(("A", "A", 10), (None, "B/b", 7)), "b")
    assert change.relations == ("born",)
    assert (change.previous_name, change.previous_size, change.previous_parent) == ("", 0, None)
    assert (change.size, change.arrived, change.parent) == (7, 7, "B")


def test_a_retired_category_tells_where_its_products_went_by_their_number() -> None:
    change = of(changes(("A/a", "B", 2), ("A/a", "C", 3), ("A/a", "", 4), ("A/a", None, 5)), "A")
    assert change.relations == ("retired",)
    assert change.targets == ("C", "B")
    assert (change.name, change.size, change.previous_size) == ("A", 0, 14)
    assert (change.went, change.left) == (9, 5)


def test_relations_come_in_one_order() -> None:
    report = changes(
        ("A/a", "B/a", 40), ("A/a", "B/b", 40), ("A/c", "B/a", 60), names={"a": "Audio"}
    )
    assert of(report, "a").relations == ("renamed", "moved", "grown", "split", "merged")


def test_categories_come_by_level_and_then_by_size() -> None:
    report = changes(("A/a", "A/a", 3), ("B/b", "B/b", 4), ("C", None, 9), empty=["D", "A/d"])
    assert [change.id for change in report.topics] == ["B", "A", "C", "D", "b", "a", "d"]


def test_products_that_were_nowhere_and_still_are_have_stayed() -> None:
    report = changes(("", "", 3), ("", "A", 2), ("A", "", 1))
    assert (report.stayed.count, report.moved.count) == (3, 3)


def test_a_product_has_moved_where_either_level_differs() -> None:
    report = changes(("A/a", "A/a", 6), ("A/a", "A/b", 3), ("A/a", "A", 2), ("A/b", "B/b", 1))
    assert (report.stayed.count, report.moved.count) == (6, 6)


def test_shares_are_of_the_dump_that_holds_the_products() -> None:
    report = changes(("A", "A", 6), ("A", None, 2), (None, "A", 14))
    assert (report.stayed.share, report.arrived.share, report.left.share) == (0.3, 0.7, 0.25)


def test_examples_come_from_all_categories() -> None:
    report = changes((None, "A", 100), (None, "B", 9), (None, "C/c", 1), (None, "", 50))
    found = Counter(example.current for example in report.arrived.examples)
    assert found == {("A", ""): 7, ("", ""): 6, ("B", ""): 6, ("C", "c"): 1}


def test_examples_say_where_a_product_was_and_is() -> None:
    report = changes(("A/a", "B", 1), ("A/a", None, 1), (None, "B", 1), names={"B": "Books"})
    moved, arrived, left = (
        fate.examples[0] for fate in (report.moved, report.arrived, report.left)
    )
    assert (moved.id, moved.title) == ("p0.000", "Title of p0.000")
    assert (moved.previous, moved.current) == (("A", "a"), ("Books", ""))
    assert (arrived.previous, arrived.current) == (("", ""), ("Books", ""))
    assert (left.previous, left.current) == (("A", "a"), ("", ""))


def test_titles_of_a_category_are_of_what_is_new_in_it_or_was_in_it() -> None:
    report = changes(("A", "A", 5), (None, "A", 2), ("B", "A", 1), ("C", None, 20))
    assert set(of(report, "A").examples) == {f"Title of p{n}" for n in ("1.000", "1.001", "2.000")}
    assert of(report, "B").examples == ("Title of p2.000",)
    assert of(report, "C").examples == tuple(f"Title of p3.00{n}" for n in range(8))


def test_titles_that_come_again_are_shown_once() -> None:
    first, second = two_runs(("A", "A", 5), (None, "A", 4))
    titles = ["Mug", "Mug", "Mug", "Mug", "Mug", "Mug", "MUG", "Cup", "mug"]
    second = replace(second, products=replace(second.products, titles=titles))
    assert of(compare(first, second), "A").examples == ("Mug", "Cup")


def test_both_runs_are_named() -> None:
    dump = DumpRecord(sources=("july.jsonl",))
    manifest = Manifest(created="2026-07-01T08:00:00+00:00", dump=dump)
    report = changes(("A/a", "A/a", 4), ("A", "", 3), manifest=manifest)
    assert (report.current.created, report.current.sources) == (
        "2026-07-01T08:00:00+00:00",
        ("july.jsonl",),
    )
    assert (report.current.n_level1, report.current.n_level2) == (1, 1)
    assert (report.previous.n_products, report.previous.n_unsorted) == (7, 0)
    assert (report.current.n_products, report.current.n_unsorted) == (7, 3)


def test_a_manifest_without_dates_and_sources_is_no_obstacle() -> None:
    report = changes(("A", "A", 4))
    assert (report.previous.created, report.previous.sources) == ("", ())


def test_outcomes_of_edits_are_in_the_report_and_in_its_record() -> None:
    edit = Edit("pin", "2026-07-01T08:00:00+00:00", TopicId("A"), attribute=("Brand", "Ayla"))
    outcome = EditOutcome(1, edit, "obsolete", "none of its products is in this dump")
    first, second = two_runs(("A", "A", 4))
    report = compare(first, replace(second, outcomes=(outcome,)))
    assert list(report.edits) == [outcome]
    assert report_from(json.loads(json.dumps(as_record(report)))) == report


def following(run: Run, **record: Any) -> Run:
    """The run as one with this catalogue of goods."""
    return replace(run, manifest=replace(run.manifest, catalogue=CatalogueRecord(**record)))


def test_the_report_and_its_record_name_the_catalogues_that_both_runs_follow() -> None:
    first, second = two_runs(("A", "A", 4))
    before = following(first, source="bundled", digest="d1", used=True)
    report = compare(before, following(second, source="menu.csv", digest="d2", used=True))
    assert (report.previous.catalogue, report.previous.catalogue_digest) == ("bundled", "d1")
    record = json.loads(json.dumps(as_record(report)))
    assert record["current"]["catalogue"] == "menu.csv"
    assert "(bundled -> menu.csv)" in record["catalogue_change"]
    assert report_from(record) == report


def test_a_catalogue_that_was_left_aside_is_none_that_was_followed() -> None:
    first, second = two_runs(("A", "A", 4))
    report = compare(first, following(second, source="bundled", digest="d1", used=False))
    assert (report.current.catalogue, report.current.catalogue_digest) == ("", "")
    assert as_record(report)["catalogue_change"] == ""


def test_the_record_says_whether_anything_has_changed() -> None:
    record = as_record(changes(("A", "A", 6), (None, "A", 14)))
    assert record["is_empty"] is False
    assert record["products"]["arrived"]["share"] == 0.7
    assert record["topics"][0]["relations"] == ["grown"]
    assert as_record(changes(("A", "A", 6)))["is_empty"] is True


def test_a_record_holds_whatever_a_broken_dump_calls_its_products() -> None:
    report = changes(("A", "A", 6), names={"A": "half \ud83d of a pair"})
    assert report_from(json.loads(json.dumps(as_record(report)))) == report


@pytest.mark.parametrize(
    "damage",
    [
        {"products": None},
        {"products": {}},
        {"topics": [{"id": "A"}]},
        {"flows": "many"},
        {"current": 7},
    ],
)
def test_a_damaged_record_is_refused(damage: Mapping[str, Any]) -> None:
    record = as_record(changes(("A", "A", 6)))
    with pytest.raises((KeyError, TypeError, ValueError)):
        report_from(record | damage)


def rows_of(report: ChangeReport) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(mapping_csv(report), newline=""))]


def mapping(*ways: Way, **after: Any) -> dict[tuple[str, str], tuple[str, str]]:
    """Old and new id -> relation and shared products."""
    rows = rows_of(changes(*ways, **after))[1:]
    found = {(old, new): (relation, shared) for old, _, new, _, _, relation, shared in rows}
    assert len(found) == len(rows)
    return found


def test_the_mapping_has_names_and_levels() -> None:
    assert rows_of(changes(("A/a", "A/a", 10), ("A/a", "B", 3), names={"A": "Audio"})) == [
        ("old_id", "old_name", "new_id", "new_name", "level", "relation", "shared_products"),
        ("A", "A", "A", "Audio", "1", "same", "10"),
        ("A", "A", "B", "B", "1", "moved_to", "3"),
        ("a", "a", "a", "a", "2", "same", "10"),
    ]


def test_the_mapping_tells_splits_mergers_and_strays_apart() -> None:
    assert mapping(
        ("A", "A", 40), ("A", "B", 40), ("A", "C", 2), ("C", "C", 50), ("D", "C", 30), ("D", "A", 1)
    ) == {
        ("A", "A"): ("same", "40"),
        ("A", "B"): ("split_into", "40"),
        ("A", "C"): ("moved_to", "2"),
        ("C", "C"): ("same", "50"),
        ("D", "C"): ("merged_into", "30"),
        ("D", "A"): ("retired", "1"),
    }


def test_every_category_is_in_the_mapping_even_without_shared_products() -> None:
    found = mapping(("A", "", 9), ("", "B", 9), ("C", None, 9), (None, "C", 9))
    assert found == {
        ("A", ""): ("retired", "0"),
        ("", "B"): ("born", "0"),
        ("C", "C"): ("same", "0"),
    }


@pytest.mark.parametrize(
    "name", ["Cups, mugs", 'The "best"', "Two\nlines", "Two\r\nlines", "\rA", "Ä"]
)
def test_names_survive_the_mapping_file(name: str) -> None:
    row = rows_of(changes(("A", "A", 3), names={"A": name}))[1]
    assert row[3].removeprefix("'") == name


@pytest.mark.parametrize("name", ["=1+1", "+49 up", "-5 Dollar", "@sum", "\tCups"])
def test_names_in_the_mapping_file_are_no_formulas(name: str) -> None:
    assert rows_of(changes(("A", "A", 3), names={"A": name}))[1][3] == f"'{name}"


PLACES = ("", "A", "B", "C", "A/a", "A/b", "B/c", "B/d", "C/e", "C/f")
MOVES: Mapping[str, str] = {"A/b": "B/b", "B/c": "C/c", "C/e": "A/e"}
"""Where a category goes that has another parent in the second run."""


@st.composite
def random_runs(draw: st.DrawFn) -> tuple[Run, Run]:
    sometimes = st.none() | st.sampled_from(PLACES)
    ways = draw(st.lists(st.tuples(sometimes, sometimes, st.integers(1, 12)), max_size=20))
    moved = {place: MOVES[place] for place in MOVES if draw(st.booleans())}
    names = draw(st.dictionaries(st.sampled_from("ABCabcdef"), st.text(max_size=5)))
    first, second = two_runs(
        *((before, moved.get(now or "", now), count) for before, now, count in ways), names=names
    )
    return first, _shuffled(second, draw(st.randoms(use_true_random=False)))


def _shuffled(run: Run, chance: random.Random) -> Run:
    order = list(range(len(run.products)))
    chance.shuffle(order)
    old = run.assignments
    assignments = Assignments(
        product_ids=[old.product_ids[row] for row in order],
        level1=[old.level1[row] for row in order],
        level2=[old.level2[row] for row in order],
        confidence=old.confidence[order],
        methods=[old.methods[row] for row in order],
    )
    tree = replace(run.tree, assignments=assignments)
    return replace(
        run, tree=tree, fitted=tree, products=run.products.take(np.array(order, dtype=np.int64))
    )


def _members(run: Run) -> dict[str, set[str]]:
    """Category -> products."""
    found: dict[str, set[str]] = {topic.id: set() for topic in run.taxonomy.topics}
    places = run.assignments
    for product, *levels in zip(places.product_ids, places.level1, places.level2, strict=True):
        for topic in levels:
            if topic is not None:
                found[topic].add(product)
    return found


def _any_two_runs(test: Any) -> Any:
    return settings(max_examples=50, deadline=None)(given(runs=random_runs())(test))


@_any_two_runs
def test_every_product_is_accounted_for(runs: tuple[Run, Run]) -> None:
    first, second = runs
    report = compare(first, second)
    stayed, moved = report.stayed.count, report.moved.count
    assert stayed + moved + report.arrived.count == len(second.products)
    assert stayed + moved + report.left.count == len(first.products)
    for level in (1, 2):
        flows = [flow.products for flow in report.flows if flow.level == level]
        assert sum(flows) == stayed + moved
    assert report.arrived.count == len(
        set(second.assignments.product_ids) - set(first.assignments.product_ids)
    )


@_any_two_runs
def test_every_category_is_there_once_with_the_products_it_has(runs: tuple[Run, Run]) -> None:
    first, second = runs
    report = compare(first, second)
    before, after = _members(first), _members(second)
    shared = set(first.assignments.product_ids) & set(second.assignments.product_ids)
    ids = [change.id for change in report.topics]
    assert sorted(ids) == sorted(before.keys() | after.keys())
    for change in report.topics:
        old, new = before.get(change.id, set()), after.get(change.id, set())
        assert change.previous_size == len(old) == change.stayed + change.went + change.left
        assert change.size == len(new) == change.stayed + change.came + change.arrived
        assert change.stayed == len(old & new)
        assert change.arrived == len(new - shared)
        assert change.left == len(old - shared)
        assert ("born" in change.relations) is (change.id not in before)
        assert ("retired" in change.relations) is (change.id not in after)
        assert ("kept" in change.relations) is (change.relations == ("kept",))


@_any_two_runs
def test_flows_are_the_products_of_both_categories(runs: tuple[Run, Run]) -> None:
    first, second = runs
    before, after = _members(first), _members(second)
    for flow in compare(first, second).flows:
        if flow.previous is not None and flow.current is not None:
            assert flow.products == len(before[flow.previous] & after[flow.current])


@_any_two_runs
def test_sources_and_targets_are_categories_with_products_in_common(runs: tuple[Run, Run]) -> None:
    first, second = runs
    report = compare(first, second)
    before, after = _members(first), _members(second)
    for change in report.topics:
        assert all(before[source] & after[change.id] for source in change.sources)
        assert all(before[change.id] & after[target] for target in change.targets)
        if "split" in change.relations:
            others = [of(report, target) for target in change.targets if target != change.id]
            assert all(change.id in other.sources for other in others)


@_any_two_runs
def test_the_record_of_any_report_reads_back_as_the_report(runs: tuple[Run, Run]) -> None:
    report = compare(*runs)
    assert report_from(json.loads(json.dumps(as_record(report)))) == report


@_any_two_runs
def test_the_mapping_counts_what_the_flows_count(runs: tuple[Run, Run]) -> None:
    report = compare(*runs)
    rows = rows_of(report)[1:]
    for level in (1, 2):
        within = [flow for flow in report.flows if flow.level == level]
        sorted_twice = [flow for flow in within if flow.previous and flow.current]
        counted = sum(int(row[6]) for row in rows if row[4] == str(level))
        assert counted == sum(flow.products for flow in sorted_twice)
    first, second = _members(runs[0]), _members(runs[1])
    assert {row[0] for row in rows} - {""} == first.keys()
    assert {row[2] for row in rows} - {""} == second.keys()


@_any_two_runs
def test_the_order_of_the_products_does_not_matter(runs: tuple[Run, Run]) -> None:
    first, second = runs
    chance = random.Random(7)
    assert compare(_shuffled(first, chance), _shuffled(second, chance)) == compare(first, second)


@_any_two_runs
def test_any_run_against_itself_has_changed_nothing(runs: tuple[Run, Run]) -> None:
    report = compare(runs[1], runs[1])
    assert report.is_empty
    assert report.moved.count == 0
