"""The merchandiser's decisions: in force at once, kept by every refit, and never lost."""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from planted_months import (
    GONE,
    Month,
    august_rows,
    july_rows,
    june_rows,
    places_of,
    refit_month,
)
from planted_shop import write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, RunError, Settings, accept_edits, edit, fit, load, refit, report
from topicmodel.datatypes import Edit, EditOutcome, TopicId
from topicmodel.edits import format_edits

TREE = ("taxonomy.json", "assignments.parquet")
NOW = "2025-06-01T12:00:00+00:00"


@pytest.fixture(scope="module")
def edited(shop: Path, june: Month) -> Month:
    """June with every kind of decision, most of them about categories that live on in July."""
    topic = {kind: june.topic(1, kind).id for kind in ("Kitchen", "Seeds", "Hoses", "Sports")}
    drums = june.topic(1, "Drums").id
    below = {kind: june.topic(2, kind).id for kind in ("Rackets", "Boots", "Knives", "Kettles")}
    edits = [
        Edit("rename", NOW, topic=topic["Kitchen"], name="Cookware"),
        Edit("merge", NOW, topic=topic["Seeds"], others=(topic["Hoses"],)),
        Edit("move", NOW, topic=below["Rackets"], parent=topic["Kitchen"]),
        Edit("hide", NOW, topic=below["Boots"]),
        Edit("split", NOW, topic=below["Knives"]),
        Edit("pin", NOW, topic=topic["Seeds"], attribute=("maker", "Orbit")),
        Edit("pin", NOW, topic=topic["Sports"], word="limescale"),
        Edit("pin", NOW, topic=below["Kettles"], products=tuple(chosen(june))),
        Edit("rename", NOW, topic=drums, name="Percussion"),
        Edit("pin", NOW, topic=drums, word="snare"),
    ]
    folder = Path(shutil.copytree(june.folder, shop / "edited"))
    report(folder, edits=write_edits(shop / "edits.jsonl", edits))
    return replace(june, folder=folder, run=load(folder))


@pytest.fixture(scope="module")
def july(shop: Path, edited: Month) -> Month:
    return refit_month(edited.folder, shop / "july", july_rows())


@pytest.fixture(scope="module")
def august(shop: Path, july: Month) -> Month:
    return refit_month(july.folder, shop / "august", august_rows())


@pytest.fixture
def own_run(june: Month, tmp_path: Path) -> Path:
    """A copy of June that a test may change."""
    return Path(shutil.copytree(june.folder, tmp_path / "own"))


def chosen(month: Month) -> list[str]:
    """Some pans that are in both months, and one that is gone in July."""
    after = {row["id"] for row in july_rows()}
    pans = [row["id"] for row in month.rows if row["category_path"][1] == "Pans"]
    stay, gone = ([id_ for id_ in pans if (id_ in after) is there] for there in (True, False))
    return [*stay[:2], gone[0]]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def outcome_of(run: Run, number: int) -> EditOutcome:
    return run.outcomes[number - 1]


def page_of(folder: Path) -> str:
    return html.unescape((folder / "index.html").read_text(encoding="utf-8"))


def tree_of(run: Run) -> dict[TopicId, tuple[TopicId | None, str]]:
    return {topic.id: (topic.parent, topic.name) for topic in run.taxonomy.topics}


def write_edits(path: Path, edits: Sequence[Edit]) -> Path:
    path.write_bytes(format_edits(edits))
    return path


@pytest.mark.parametrize("how", ["id", "name", "path"])
def test_a_category_may_be_told_in_three_ways(own_run: Path, june: Month, how: str) -> None:
    topic, parent = june.topic(2, "Kettles"), june.topic(1, "Kettles")
    words = {"id": topic.id, "name": topic.name.upper(), "path": f"{parent.name}>{topic.name}"}
    edit(own_run, "rename", topic=words[how], name="Kettles & Jugs")
    assert load(own_run).taxonomy[topic.id].name == "Kettles & Jugs"


def test_an_edit_is_in_the_log_the_tree_and_the_page_at_once(own_run: Path, june: Month) -> None:
    topic = june.topic(1, "Kitchen").id
    returned = edit(own_run, "rename", topic=topic, name="Cook & <Bake>")
    (line,) = (own_run / "edits.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["action"], record["topic"], record["name"]) == ("rename", topic, "Cook & <Bake>")
    assert datetime.now(UTC) - datetime.fromisoformat(record["time"]) < timedelta(minutes=5)
    tree = json.loads((own_run / "taxonomy.json").read_text())["topics"]
    assert [node["name"] for node in tree if node["id"] == topic] == ["Cook & <Bake>"]
    assert "Cook & <Bake>" in page_of(own_run)
    assert "<Bake>" not in (own_run / "index.html").read_text()
    assert tree_of(load(own_run)) == tree_of(returned)


def test_an_edit_fits_and_encodes_nothing(
    own_run: Path, june: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("an edit needs neither an encoder nor a fit")

    monkeypatch.setattr("topicmodel.embedding.session.load_encoder", refuse)
    monkeypatch.setattr("topicmodel.engine.find_topics", refuse, raising=False)
    monkeypatch.setattr("topicmodel.clustering.hierarchy.build_levels", refuse)
    before = contents(own_run)
    edit(own_run, "hide", topic=june.topic(1, "Drums").id)
    after = contents(own_run)
    for name in TREE:
        assert after[f"fitted/{name}"] == before[name] != after[name]
    for name in ("scorecard.json", "arrays.safetensors", "products.parquet"):
        assert after[name] == before[name]


def test_an_undo_gives_the_fitted_tree_back_and_stays_in_the_log(
    own_run: Path, june: Month
) -> None:
    before = contents(own_run)
    edit(own_run, "merge", topic=june.topic(1, "Seeds").id, others=[june.topic(1, "Hoses").id])
    assert (own_run / "taxonomy.json").read_bytes() != before["taxonomy.json"]
    edit(own_run, "undo")
    after = contents(own_run)
    assert [after[name] for name in TREE] == [before[name] for name in TREE]
    assert [outcome.status for outcome in load(own_run).outcomes] == ["undone", "in force"]


def test_an_undo_without_a_number_takes_the_last_that_stands(own_run: Path, june: Month) -> None:
    topic = june.topic(1, "Kitchen").id
    edit(own_run, "rename", topic=topic, name="First")
    edit(own_run, "rename", topic=topic, name="Second")
    assert edit(own_run, "undo").taxonomy[topic].name == "First"
    assert edit(own_run, "undo").taxonomy[topic].name == june.run.taxonomy[topic].name
    with pytest.raises(RunError, match="no edit to undo"):
        edit(own_run, "undo")


def test_an_undo_takes_back_the_edit_of_its_number(own_run: Path, june: Month) -> None:
    kitchen, drums = june.topic(1, "Kitchen").id, june.topic(1, "Drums").id
    edit(own_run, "rename", topic=kitchen, name="Cookware")
    edit(own_run, "rename", topic=drums, name="Percussion")
    run = edit(own_run, "undo", number=1)
    assert run.taxonomy[kitchen].name == june.run.taxonomy[kitchen].name
    assert run.taxonomy[drums].name == "Percussion"


@pytest.mark.parametrize(
    ("action", "words", "message"),
    [
        ("rename", {"topic": "Kitchin", "name": "x"}, "There is no category 'Kitchin'"),
        ("hide", {"topic": "t00000000"}, "There is no category 't00000000'"),
        ("undo", {"number": 7}, "there is no edit 7|There is no edit 7"),
        ("undo", {}, "There is no edit to undo"),
    ],
)
def test_an_edit_that_is_not_possible_leaves_the_run_as_it_is(
    own_run: Path, action: Any, words: dict[str, Any], message: str
) -> None:
    before = contents(own_run)
    with pytest.raises(RunError, match=message):
        edit(own_run, action, **words)
    assert contents(own_run) == before


def test_a_line_that_was_written_by_hand_is_in_force_once_it_is_accepted(
    own_run: Path, june: Month
) -> None:
    topic = june.topic(1, "Kitchen").id
    write_edits(own_run / "edits.jsonl", [Edit("rename", NOW, topic=topic, name="Cookware")])
    with pytest.raises(RunError, match=r"edits\.jsonl is not as it was written"):
        load(own_run)
    assert accept_edits(own_run).taxonomy[topic].name == "Cookware"
    assert load(own_run).taxonomy[topic].name == "Cookware"
    report(own_run)
    assert "Cookware" in page_of(own_run)
    edit(own_run, "hide", topic=june.topic(1, "Drums").id)
    assert [outcome.status for outcome in load(own_run).outcomes] == ["in force"] * 2


@pytest.mark.parametrize(
    "verb",
    [
        accept_edits,
        lambda folder: report(folder.parent / "other", edits=folder / "edits.jsonl"),
    ],
    ids=["accept", "report --edits"],
)
def test_a_damaged_line_of_the_log_is_named_by_its_number(
    own_run: Path, june: Month, verb: Callable[[Path], object]
) -> None:
    shutil.copytree(own_run, own_run.parent / "other")
    edit(own_run, "rename", topic=june.topic(1, "Kitchen").id, name="Cookware")
    with (own_run / "edits.jsonl").open("a") as file:
        file.write('\n{"action": "renam", "time": "2025-06-01"}\n')
    before = contents(own_run)
    with pytest.raises(RunError, match=r"edits\.jsonl line 3: 'renam' is no action"):
        verb(own_run)
    assert contents(own_run) == before


@pytest.mark.parametrize(
    "verb",
    [
        load,
        report,
        lambda folder: edit(folder, "undo"),
        lambda folder: refit(folder, folder.parent / "none.jsonl"),
    ],
    ids=["load", "report", "edit", "refit"],
)
def test_a_log_that_is_not_as_it_was_written_is_refused(
    own_run: Path, june: Month, verb: Callable[[Path], object]
) -> None:
    edit(own_run, "rename", topic=june.topic(1, "Kitchen").id, name="Cookware")
    log = own_run / "edits.jsonl"
    log.write_bytes(log.read_bytes().replace(b"Cookware", b"Cookwarf"))
    before = contents(own_run)
    with pytest.raises(RunError, match=r"edits\.jsonl is not as it was written.*RUN accept"):
        verb(own_run)
    assert contents(own_run) == before


def test_a_new_fit_over_edits_is_refused_before_any_work(edited: Month) -> None:
    before = contents(edited.folder)
    with pytest.raises(RunError, match=r"holds edits.*topicmodel refit"):
        fit(edited.dump, out=edited.folder, encoder=TinyEncoder(explodes=True))
    assert contents(edited.folder) == before


def test_a_damaged_log_is_protected_from_a_new_fit_too(own_run: Path, june: Month) -> None:
    (own_run / "edits.jsonl").write_text("renamed Kitchen to Cookware\n")
    with pytest.raises(RunError, match="holds edits"):
        fit(june.dump, out=own_run, encoder=TinyEncoder(explodes=True))
    assert (own_run / "edits.jsonl").read_text() == "renamed Kitchen to Cookware\n"


def test_all_edits_are_in_force_or_wait_before_the_refit(edited: Month) -> None:
    waiting = [o.edit.action for o in edited.run.outcomes if o.status == "waiting"]
    assert waiting == ["split"]
    assert {o.status for o in edited.run.outcomes} == {"in force", "waiting"}


def test_a_rename_outlives_the_refit(july: Month) -> None:
    assert july.topic(1, "Kitchen").name == "Cookware"
    assert outcome_of(july.run, 1).status == "in force"


def test_a_merged_pair_stays_together(june: Month, july: Month) -> None:
    seeds, hoses = june.topic(1, "Seeds").id, june.topic(1, "Hoses").id
    assert july.topic(1, "Hoses").id == july.topic(1, "Seeds").id == seeds
    assert hoses in {topic.id for topic in july.run.fitted.taxonomy.topics}
    new = [row["id"] for row in july.rows if "Hoses" in row["category_path"]]
    assert {places_of(july.run)[id_][0] for id_ in new if id_ not in june_ids()} == {seeds}


def june_ids() -> set[str]:
    return {row["id"] for row in june_rows()}


def test_a_moved_category_stays_under_its_new_parent(june: Month, july: Month) -> None:
    rackets = july.run.taxonomy[june.topic(2, "Rackets").id]
    assert rackets.parent == june.topic(1, "Kitchen").id
    inside = {level1 for level1, level2 in places_of(july.run).values() if level2 == rackets.id}
    assert inside == {rackets.parent}


def test_a_hidden_category_stays_hidden(june: Month, july: Month) -> None:
    boots, sports = june.topic(2, "Boots").id, june.topic(1, "Sports").id
    assert boots in {topic.id for topic in july.run.fitted.taxonomy.topics}
    assert boots not in {topic.id for topic in july.run.taxonomy.topics}
    fitted = july.run.fitted.assignments
    inside = [
        id_ for id_, topic in zip(fitted.product_ids, fitted.level2, strict=True) if topic == boots
    ]
    free = set(inside) - pinned(july)
    assert len(free) > 10
    assert {places_of(july.run)[id_] for id_ in free} == {(sports, None)}


def pinned(month: Month) -> set[str]:
    places = month.run.assignments
    return {
        id_
        for id_, method in zip(places.product_ids, places.methods, strict=True)
        if method == "pinned"
    }


def test_pinned_products_stay_where_they_were_put(june: Month, july: Month) -> None:
    ids = chosen(june)
    kettles, kitchen = june.topic(2, "Kettles").id, june.topic(1, "Kitchen").id
    places = places_of(july.run)
    assert [places[id_] for id_ in ids[:2]] == [(kitchen, kettles)] * 2
    assert ids[2] not in places
    assert outcome_of(july.run, 8).status == "in force"
    confidence = dict(
        zip(july.run.assignments.product_ids, july.run.assignments.confidence, strict=True)
    )
    assert [confidence[id_] for id_ in ids[:2]] == [1, 1]


def test_a_pin_by_word_takes_products_that_are_new(june: Month, july: Month) -> None:
    sports, places = june.topic(1, "Sports").id, places_of(july.run)
    meant = {row["id"] for row in july.rows if "limescale" in row["title"].split()}
    assert meant - june_ids()
    assert {places[id_][0] for id_ in meant} == {sports}
    assert meant <= pinned(july)


def test_a_pin_by_attribute_is_in_force(june: Month, july: Month) -> None:
    seeds, places = june.topic(1, "Seeds").id, places_of(july.run)
    later = {*chosen(june), *(r["id"] for r in july.rows if "limescale" in r["title"].split())}
    meant = {row["id"] for row in july.rows if "attributes" in row} - later
    assert len(meant) > 10
    assert {places[id_][0] for id_ in meant} == {seeds}


def test_a_split_is_carried_out_and_marked_as_done(june: Month, july: Month) -> None:
    whole = june.topic(2, "Knives")
    assert june.topic(2, "Pans") == whole
    knives, pans = july.topic(2, "Knives"), july.topic(2, "Pans")
    assert knives.id != pans.id
    assert knives.parent == pans.parent == june.topic(1, "Kitchen").id
    assert max(knives.size, pans.size) < whole.size
    split = outcome_of(july.run, 5)
    assert (split.status, split.edit.done) == ("in force", july.run.manifest.created)
    record = json.loads((july.folder / "edits.jsonl").read_text().splitlines()[4])
    assert record["done"] == july.run.manifest.created


def test_a_split_is_told_in_the_change_report(june: Month, july: Month) -> None:
    assert july.run.changes is not None
    whole = june.topic(2, "Knives").id
    (change,) = [topic for topic in july.run.changes.topics if topic.id == whole]
    parts = {july.topic(2, "Knives").id, july.topic(2, "Pans").id}
    assert "split" in change.relations
    assert set(change.targets) == parts


def test_an_edit_of_a_category_that_is_gone_is_listed_with_its_reason(
    june: Month, july: Month
) -> None:
    records = json.loads((july.folder / "changes.json").read_text())["edits"]
    assert [record["number"] for record in records] == list(range(1, 11))
    gone = [record for record in records if record["status"] == "obsolete"]
    assert [record["number"] for record in gone] == [9, 10]
    drums = june.topic(1, "Drums").id
    assert {record["reason"] for record in gone} == {f"the category {drums} is no longer there"}
    assert "is no longer there" in html.unescape((july.folder / "changes.html").read_text())


def test_the_log_loses_no_line(edited: Month, july: Month, august: Month) -> None:
    for run in (july.run, august.run):
        kept = [replace(entry, done="") for entry in run.edits]
        assert kept == list(edited.run.edits)


def test_a_third_refit_keeps_every_decision(july: Month, august: Month) -> None:
    before, after = tree_of(july.run), tree_of(august.run)
    assert {id_: after[id_] for id_ in before} == before
    old = [(o.number, o.status, o.edit.done) for o in july.run.outcomes]
    assert [(o.number, o.status, o.edit.done) for o in august.run.outcomes] == old
    places = places_of(august.run)
    assert {id_: places[id_] for id_ in places_of(july.run)} == places_of(july.run)


def test_a_split_is_not_done_twice(july: Month, august: Month) -> None:
    def below_kitchen(month: Month) -> set[TopicId]:
        kitchen = month.topic(1, "Kitchen").id
        return {topic.id for topic in month.run.fitted.taxonomy.children(kitchen)}

    assert below_kitchen(august) == below_kitchen(july)


def test_a_category_that_comes_back_is_not_the_one_that_was_edited(
    june: Month, august: Month
) -> None:
    drums = august.topic(1, "Drums")
    assert drums.id != june.topic(1, "Drums").id
    assert drums.name != "Percussion"
    assert august.topics_of(GONE).isdisjoint(june.topics_of(GONE))


def test_a_refit_of_the_same_dump_with_edits_changes_nothing(july: Month, tmp_path: Path) -> None:
    cache = july.folder.parent / "vectors.sqlite"
    exploding = TinyEncoder(explodes=True)
    run = refit(july.folder, july.dump, out=tmp_path / "again", encoder=exploding, cache=cache)
    assert run.changes is not None
    assert run.changes.is_empty
    before, after = contents(july.folder), contents(tmp_path / "again")
    for name in ("edits.jsonl", *TREE, *(f"fitted/{name}" for name in TREE)):
        assert after[name] == before[name]


def test_a_split_on_the_same_dump_is_carried_out(own_run: Path, june: Month) -> None:
    edit(own_run, "split", topic=june.topic(2, "Knives").id)
    cache = june.folder.parent / "vectors.sqlite"
    run = refit(own_run, june.dump, out=own_run, encoder=TinyEncoder(), cache=cache)
    month = replace(june, run=run)
    assert month.topic(2, "Knives").id != month.topic(2, "Pans").id
    assert {t.id for t in run.taxonomy.level1} == {t.id for t in june.run.taxonomy.level1}
    assert run.changes is not None
    assert run.changes.arrived.count == run.changes.left.count == 0


def test_a_split_that_finds_nothing_waits_and_harms_nothing(tmp_path: Path) -> None:
    dump, cache = write_json_lines(tmp_path / "d.jsonl", june_rows()[:5]), tmp_path / "vectors"
    first = fit(dump, out=tmp_path / "run", encoder=TinyEncoder(), cache=cache)
    edit(tmp_path / "run", "split", topic=first.taxonomy.topics[0].id)
    run = refit(tmp_path / "run", dump, encoder=TinyEncoder(), cache=cache)
    assert run.changes is not None
    assert run.changes.is_empty
    assert [(o.status, o.edit.done) for o in run.outcomes] == [("waiting", "")]


def three_edits(june: Month) -> list[Edit]:
    """A file with an undo, whose number means a line of the file."""
    seeds, drums = june.topic(1, "Seeds").id, june.topic(1, "Drums").id
    return [
        Edit("rename", NOW, topic=seeds, name="Sowing"),
        Edit("rename", NOW, topic=drums, name="Percussion"),
        Edit("undo", NOW, number=1),
    ]


def names_of(run: Run, june: Month) -> list[str]:
    kinds = ("Kitchen", "Seeds", "Drums")
    return [run.taxonomy[june.topic(1, kind).id].name for kind in kinds]


def test_a_file_of_edits_joins_the_log_once(own_run: Path, june: Month, tmp_path: Path) -> None:
    edit(own_run, "rename", topic=june.topic(1, "Kitchen").id, name="Cookware")
    file = write_edits(tmp_path / "mine.jsonl", three_edits(june))
    report(own_run, edits=file)
    run = load(own_run)
    seeds = june.topic(1, "Seeds").name
    assert names_of(run, june) == ["Cookware", seeds, "Percussion"]
    assert [entry.number for entry in run.edits] == [0, 0, 0, 2]
    assert [o.status for o in run.outcomes] == ["in force", "undone", "in force", "in force"]
    assert "Percussion" in page_of(own_run)
    before = contents(own_run)
    report(own_run, edits=file)
    assert contents(own_run) == before


def test_a_fit_applies_a_file_of_edits(june: Month, tmp_path: Path) -> None:
    file = write_edits(tmp_path / "mine.jsonl", three_edits(june))
    run = fit(
        june.dump,
        out=tmp_path / "run",
        settings=june_settings(june),
        edits=file,
        encoder=TinyEncoder(),
        cache=june.folder.parent / "vectors.sqlite",
    )
    kitchen, seeds, _ = names_of(june.run, june)
    assert names_of(run, june) == names_of(load(tmp_path / "run"), june)
    assert names_of(run, june) == [kitchen, seeds, "Percussion"]
    assert (tmp_path / "run" / "edits.jsonl").read_bytes() == file.read_bytes()


def june_settings(june: Month) -> Settings:
    return Settings.model_validate(june.run.manifest.settings)


def test_a_refit_applies_a_file_of_edits_once(own_run: Path, june: Month, tmp_path: Path) -> None:
    file = write_edits(tmp_path / "mine.jsonl", three_edits(june))
    cache, exploding = june.folder.parent / "vectors.sqlite", TinyEncoder(explodes=True)
    for _ in range(2):
        run = refit(own_run, june.dump, out=own_run, edits=file, encoder=exploding, cache=cache)
        assert names_of(run, june)[2] == "Percussion"
        assert (own_run / "edits.jsonl").read_bytes() == file.read_bytes()


def test_a_file_of_edits_that_is_not_there_is_named(own_run: Path, tmp_path: Path) -> None:
    before = contents(own_run)
    with pytest.raises(RunError, match=r"Cannot read the edits .*none\.jsonl"):
        report(own_run, edits=tmp_path / "none.jsonl")
    assert contents(own_run) == before


def test_a_faulty_file_of_edits_costs_no_fit(june: Month, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("[]\n")
    dump = write_json_lines(tmp_path / "d.jsonl", june.rows)
    with pytest.raises(RunError, match=r"mine\.jsonl line 1"):
        fit(dump, edits=tmp_path / "mine.jsonl", encoder=TinyEncoder(explodes=True))


def test_edits_after_a_refit_keep_its_change_report(july: Month, tmp_path: Path) -> None:
    own = Path(shutil.copytree(july.folder, tmp_path / "own"))
    edit(own, "rename", topic=july.topic(1, "Hoses").id, name="Garden")
    after = load(own)
    assert after.changes == july.run.changes
    assert after.history == load(july.folder).history
    assert (own / "changes.html").exists()
    assert 'href="changes.html"' in (own / "index.html").read_text()


def test_a_refit_over_newer_edits_is_refused_before_any_work(
    own_run: Path, june: Month, july: Month
) -> None:
    edit(own_run, "rename", topic=june.topic(1, "Kitchen").id, name="Cookware")
    before = contents(own_run)
    idle = TinyEncoder(explodes=True)
    with pytest.raises(RunError, match="edits that would be lost"):
        refit(june.folder, july.dump, out=own_run, encoder=idle)
    assert contents(own_run) == before


def test_a_split_of_a_file_is_not_asked_for_again_once_it_is_done(
    june: Month, july: Month, tmp_path: Path
) -> None:
    split = Edit("split", NOW, topic=june.topic(2, "Knives").id)
    file = write_edits(tmp_path / "edits.jsonl", [split])
    folder = Path(shutil.copytree(july.folder, tmp_path / "july"))
    report(folder, edits=file)
    assert list(load(folder).edits) == list(july.run.edits)


def test_an_unknown_keyword_of_an_edit_is_refused(own_run: Path) -> None:
    with pytest.raises(TypeError, match=r"edit\(\) got an unexpected keyword argument 'topics'"):
        edit(own_run, "rename", topics="Drums")  # type: ignore[call-arg]
    assert not (own_run / "edits.jsonl").read_bytes()
