"""The next month's dump: what is the same keeps its id and name, and all else is told."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from planted_months import (
    GONE,
    OPENED,
    QUICK,
    Month,
    august_rows,
    july_rows,
    june_rows,
    places_of,
    refit_month,
)
from planted_shop import Row, planted_rows, write_csv, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import (
    ColumnChoice,
    DumpError,
    Run,
    RunError,
    Settings,
    TopicId,
    fit,
    load,
    load_settings,
    refit,
    save,
)
from topicmodel.datatypes import Floats, TopicChange


@pytest.fixture(scope="module")
def july(shop: Path, june: Month) -> Month:
    return refit_month(june.folder, shop / "july", july_rows())


@pytest.fixture(scope="module")
def august(shop: Path, july: Month) -> Month:
    return refit_month(july.folder, shop / "august", august_rows())


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def changes_of(run: Run) -> dict[TopicId, TopicChange]:
    assert run.changes is not None
    return {topic.id: topic for topic in run.changes.topics}


def names_of(run: Run, level: int) -> dict[TopicId, str]:
    return {topic.id: topic.name for topic in run.taxonomy.topics if topic.level == level}


def settings_of(run: Run, *pairs: str) -> Settings:
    return load_settings(None, pairs, Settings.model_validate(run.manifest.settings))


def shuffled(rows: Sequence[Row]) -> list[Row]:
    return random.Random(3).sample(rows, len(rows))


@pytest.mark.parametrize("order", [list, shuffled])
def test_a_refit_on_the_same_dump_changes_nothing(
    june: Month, tmp_path: Path, order: Callable[[Sequence[Row]], list[Row]]
) -> None:
    dump = write_json_lines(tmp_path / "again.jsonl", order(june.rows))
    exploding = TinyEncoder(explodes=True)
    cache = june.folder.parent / "vectors.sqlite"
    run = refit(june.folder, dump, out=tmp_path / "again", encoder=exploding, cache=cache)
    assert run.changes is not None
    assert run.changes.is_empty
    assert run.manifest.dump.encoded_texts == 0
    record = json.loads((tmp_path / "again" / "changes.json").read_text())
    assert record["is_empty"]
    assert {tuple(topic["relations"]) for topic in record["topics"]} == {("kept",)}
    before, after = contents(june.folder), contents(tmp_path / "again")
    told = {"manifest.json", "history.json", "index.html", "log.jsonl"}
    assert {name for name in before if before[name] != after[name]} <= told
    assert set(after) - set(before) == {"changes.json", "changes.html", "mapping.csv"}


def test_the_same_dump_on_a_machine_of_another_precision_changes_nothing(
    june: Month, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(june.folder, tmp_path / "own"))
    manifest = replace(load(own).manifest, encoder="model@1;tokens=256;float16;normalised")
    save(replace(load(own), manifest=manifest), own)
    here = TinyEncoder("model@1;tokens=256;bfloat16;normalised")
    run = refit(own, june.dump, encoder=here, cache=tmp_path / "vectors.sqlite")
    assert run.changes is not None
    assert run.changes.is_empty
    assert run.manifest.encoder == here.identity


def test_a_setting_without_a_say_in_the_tree_leaves_it_alone(june: Month) -> None:
    settings = settings_of(june.run, "refit.anchor=0", "report.title=Ours")
    run = refit(
        june.folder,
        june.dump,
        settings=settings,
        encoder=TinyEncoder(explodes=True),
        cache=june.folder.parent / "vectors.sqlite",
    )
    assert run.changes is not None
    assert run.changes.is_empty
    assert run.manifest.settings["report"]["title"] == "Ours"


def test_only_new_and_changed_texts_are_encoded(june: Month, july: Month) -> None:
    known = {f"{row['title']}{row['description']}" for row in june.rows}
    fresh = [row for row in july.rows if f"{row['title']}{row['description']}" not in known]
    assert 60 < len(fresh) < len(july.rows) / 2
    assert july.run.manifest.dump.encoded_texts == len(fresh)
    assert july.run.manifest.dump.distinct_texts == len(july.rows)
    before = {text for batch in june.encoder.batches for text in batch}
    assert before.isdisjoint(text for batch in july.encoder.batches for text in batch)


def test_categories_that_live_on_keep_ids_and_names(june: Month, july: Month) -> None:
    alive = {topic.id for topic in june.run.taxonomy.topics} - june.topics_of(GONE)
    assert alive == {topic.id for topic in july.run.taxonomy.topics} - july.topics_of(OPENED)
    before, after = names_of(june.run, 1), names_of(july.run, 1)
    assert {id_: after[id_] for id_ in alive & set(after)} == {
        id_: before[id_] for id_ in alive & set(before)
    }


def test_a_name_that_changed_is_reported(june: Month, july: Month) -> None:
    before, after = (names_of(run, 1) | names_of(run, 2) for run in (june.run, july.run))
    changed = {id_ for id_ in before.keys() & after.keys() if before[id_] != after[id_]}
    reported = changes_of(july.run)
    assert changed == {id_ for id_, topic in reported.items() if "renamed" in topic.relations}
    assert all(reported[id_].previous_name == before[id_] for id_ in changed)


def test_products_that_read_the_same_stay_where_they_were(june: Month, july: Month) -> None:
    texts = {row["id"]: row["description"] for row in june.rows}
    same = [row["id"] for row in july.rows if texts.get(row["id"]) == row["description"]]
    before, after = places_of(june.run), places_of(july.run)
    assert len(same) > 140
    assert {id_: after[id_] for id_ in same} == {id_: before[id_] for id_ in same}


def test_a_department_that_opened_is_born(june: Month, july: Month) -> None:
    opened, reported = july.topics_of(OPENED), changes_of(july.run)
    assert july.run.taxonomy[july.topic(1, OPENED).id].level == 1
    assert opened.isdisjoint(topic.id for topic in june.run.taxonomy.topics)
    assert {id_ for id_, topic in reported.items() if "born" in topic.relations} == opened
    pets = {row["id"] for row in july.rows if OPENED in row["category_path"]}
    placed = {id_ for id_, (level1, _) in places_of(july.run).items() if level1 in opened}
    assert placed == pets


def test_a_department_that_closed_is_retired(june: Month, july: Month) -> None:
    closed, reported = june.topics_of(GONE), changes_of(july.run)
    assert len(closed) > 2
    assert {id_ for id_, topic in reported.items() if "retired" in topic.relations} == closed
    assert closed.isdisjoint(topic.id for topic in july.run.taxonomy.topics)
    assert all(reported[id_].size == 0 < reported[id_].left for id_ in closed)


def test_an_id_that_retired_is_never_given_again(june: Month, july: Month, august: Month) -> None:
    closed, reopened = june.topics_of(GONE), august.topics_of(GONE)
    assert len(reopened) == len(closed)
    assert reopened.isdisjoint(closed)
    assert reopened.isdisjoint(topic.id for topic in july.run.taxonomy.topics)
    reported = changes_of(august.run)
    assert {id_ for id_, topic in reported.items() if "born" in topic.relations} == reopened


def test_what_did_not_change_in_august_is_as_it_was_in_july(july: Month, august: Month) -> None:
    lasting = {topic.id for topic in july.run.taxonomy.topics}
    assert {topic.id for topic in august.run.taxonomy.topics} == lasting | august.topics_of(GONE)
    reported = changes_of(august.run)
    assert {reported[id_].relations for id_ in lasting} == {("kept",)}
    assert august.run.manifest.dump.encoded_texts == 0


def test_the_history_has_a_line_for_every_run(june: Month, july: Month, august: Month) -> None:
    history = load(august.folder).history
    assert [past.n_products for past in history] == [len(m.rows) for m in (june, july, august)]
    for past, month in zip(history, (june, july, august), strict=True):
        assert past.created == month.run.manifest.created
        assert past.sizes == {topic.id: topic.size for topic in month.run.taxonomy.topics}
    assert load(july.folder).history == history[:2]
    assert load(june.folder).history == history[:1]


def test_every_product_has_one_fate(june: Month, july: Month) -> None:
    report = july.run.changes
    assert report is not None
    before, after = {row["id"] for row in june.rows}, {row["id"] for row in july.rows}
    assert report.arrived.count == len(after - before)
    assert report.left.count == len(before - after)
    assert report.stayed.count + report.moved.count == len(before & after)
    for topic in report.topics:
        assert topic.size == topic.stayed + topic.came + topic.arrived
        assert topic.previous_size == topic.stayed + topic.went + topic.left


def test_the_mapping_file_leads_from_every_old_category(june: Month, july: Month) -> None:
    with (july.folder / "mapping.csv").open(newline="", encoding="utf-8") as file:
        ways = list(csv.DictReader(file))
    assert {way["old_id"] for way in ways} - {""} == {t.id for t in june.run.taxonomy.topics}
    assert {way["new_id"] for way in ways} - {""} == {t.id for t in july.run.taxonomy.topics}
    retired = {way["old_id"] for way in ways if way["relation"] == "retired"}
    assert retired == june.topics_of(GONE)


def test_both_pages_are_written_and_linked(june: Month, july: Month) -> None:
    index = (july.folder / "index.html").read_text(encoding="utf-8")
    changes = (july.folder / "changes.html").read_text(encoding="utf-8")
    assert 'href="changes.html"' in index
    assert 'href="index.html"' in changes
    for page in (index, changes):
        assert page.rstrip().endswith("</html>")
    assert july.topic(1, OPENED).name.replace("&", "&amp;") in changes
    assert not (june.folder / "changes.html").exists()
    assert "changes.html" not in (june.folder / "index.html").read_text(encoding="utf-8")


def test_a_refitted_run_loads_as_it_was_returned(july: Month) -> None:
    loaded = load(july.folder)
    assert loaded.taxonomy == july.run.taxonomy
    assert loaded.changes == july.run.changes
    assert places_of(loaded) == places_of(july.run)


def test_the_previous_run_stays_as_it_is(june: Month, july: Month) -> None:
    assert july.folder.exists()
    before = load(june.folder)  # which checks every file against its digest
    assert before.manifest.created == june.run.manifest.created
    assert before.taxonomy == june.run.taxonomy
    assert (before.changes, len(before.history)) == (None, 1)


def test_nothing_is_written_without_a_folder(june: Month, tmp_path: Path) -> None:
    own = Path(shutil.copytree(june.folder, tmp_path / "own"))
    before = contents(own)
    refit(own, june.dump, encoder=TinyEncoder(), cache=june.folder.parent / "vectors.sqlite")
    assert contents(own) == before
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_the_same_folder_is_replaced(june: Month, tmp_path: Path) -> None:
    shutil.copytree(june.folder, tmp_path / "shop")
    month = refit_month(tmp_path / "shop", tmp_path / "shop", june.rows[:200])
    loaded = load(tmp_path / "shop")
    assert loaded.assignments.product_ids == month.run.assignments.product_ids
    assert [past.n_products for past in loaded.history] == [240, 200]
    assert (tmp_path / "shop" / "changes.html").exists()
    assert not list(tmp_path.glob(".shop*"))


class BrokenEncoder:
    """Gives up at the first text that it is asked for."""

    identity = "tiny-encoder"

    def encode(self, texts: Sequence[str]) -> Floats:
        raise MemoryError(f"no room for {len(texts)} texts")


def test_a_refit_that_fails_leaves_the_run_that_was_there(june: Month, tmp_path: Path) -> None:
    own = Path(shutil.copytree(june.folder, tmp_path / "own"))
    before = contents(own)
    dump = write_json_lines(tmp_path / "july.jsonl", july_rows())
    with pytest.raises(MemoryError):
        refit(own, dump, out=own, encoder=BrokenEncoder(), cache=tmp_path / "vectors.sqlite")
    assert contents(own) == before
    assert not list(tmp_path.glob(".own*"))


def renamed_columns(rows: Sequence[Row], sku: str, name: str, details: str) -> list[Row]:
    """The rows with columns of other names, and a column that looks like a better title."""
    return [
        {
            sku: row["id"],
            name: row["title"],
            details: row["description"],
            "title": f"offer {number}",
            "category_path": row["category_path"],
        }
        for number, row in enumerate(rows)
    ]


def test_columns_and_settings_of_the_previous_run_hold_until_others_are_given(
    tmp_path: Path,
) -> None:
    rows, cache = planted_rows(60), tmp_path / "vectors.sqlite"
    first = write_csv(tmp_path / "1.csv", renamed_columns(rows, "sku", "name", "details"))
    fitted = fit(
        first,
        out=tmp_path / "run",
        columns=ColumnChoice(id="sku", text=("name", "details")),
        settings=load_settings(None, [QUICK, "level1.n_topics=3", "seed=5"]),
        encoder=TinyEncoder(),
        cache=cache,
    )
    second = write_csv(tmp_path / "2.csv", renamed_columns(rows[:50], "sku", "name", "details"))
    kept = refit(
        tmp_path / "run",
        second,
        out=tmp_path / "2",
        encoder=TinyEncoder(),
        cache=cache,
    )
    assert list(kept.assignments.product_ids) == [row["id"] for row in rows[:50]]
    assert kept.manifest.settings == fitted.manifest.settings
    assert kept.manifest.seed == 5
    assert kept.manifest.dump.encoded_texts == 0
    third = write_csv(tmp_path / "3.csv", renamed_columns(rows[:50], "nr", "was", "wozu"))
    other = refit(
        tmp_path / "2",
        third,
        columns=ColumnChoice(id="nr", text=("was", "wozu")),
        settings=settings_of(kept, "naming.n_keywords=4"),
        encoder=TinyEncoder(),
        cache=cache,
    )
    assert places_of(other) == places_of(kept)
    assert {len(topic.keywords) for topic in other.taxonomy.topics} == {4}
    assert other.manifest.dump.chosen_columns.id == "nr"


@pytest.mark.parametrize("anchor", [0, 1])
def test_ids_are_kept_at_either_end_of_the_anchor(june: Month, july: Month, anchor: int) -> None:
    run = refit(
        june.folder,
        july.dump,
        settings=settings_of(june.run, f"refit.anchor={anchor}"),
        encoder=TinyEncoder(),
        cache=june.folder.parent / "vectors.sqlite",
    )
    month = replace(july, run=run)
    for kind in ("Kitchen", "Sports", "Seeds", "Hoses"):
        assert month.topic(1, kind).id == june.topic(1, kind).id
    for kind in ("Kettles", "Boots", "Rackets"):
        assert month.topic(2, kind).id == june.topic(2, kind).id


def test_another_seed_keeps_the_ids_of_what_is_found_again(june: Month) -> None:
    run = refit(
        june.folder,
        june.dump,
        settings=settings_of(june.run, "seed=7", "refit.anchor=0"),
        encoder=TinyEncoder(),
        cache=june.folder.parent / "vectors.sqlite",
    )
    month = replace(june, run=run)
    for kind in ("Kitchen", "Sports"):
        assert month.topic(1, kind).id == june.topic(1, kind).id


def test_ids_outlive_a_change_of_the_encoder(june: Month, july: Month) -> None:
    other = TinyEncoder("another-encoder")
    cache = june.folder.parent / "vectors.sqlite"
    run = refit(june.folder, july.dump, encoder=other, cache=cache)
    assert run.manifest.encoder == "another-encoder"
    assert run.manifest.dump.encoded_texts == len(july.rows)
    alive = {topic.id for topic in june.run.taxonomy.topics} - june.topics_of(GONE)
    assert alive <= {topic.id for topic in run.taxonomy.topics}


@pytest.mark.parametrize("n_products", [1, 3, 12])
def test_a_dump_that_shrank_to_a_handful_still_gives_a_run(
    june: Month, tmp_path: Path, n_products: int
) -> None:
    month = refit_month(june.folder, tmp_path / "few", june.rows[:n_products])
    loaded = load(tmp_path / "few")
    assert loaded.taxonomy == month.run.taxonomy
    assert len(loaded.assignments.product_ids) == n_products
    assert loaded.changes is not None
    assert loaded.changes.left.count == 240 - n_products


def test_a_dump_of_strangers_retires_every_category(june: Month, tmp_path: Path) -> None:
    rows = [row for row in july_rows() if OPENED in row["category_path"]]
    run = refit_month(june.folder, tmp_path / "pets", rows).run
    relations = {topic.relations for topic in changes_of(run).values()}
    assert relations == {("born",), ("retired",)}
    assert run.changes is not None
    assert (run.changes.arrived.count, run.changes.left.count) == (40, 240)


def test_a_folder_without_a_run_is_refused_before_any_work(june: Month, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing-here holds no run"):
        refit(tmp_path / "nothing-here", june.dump, encoder=TinyEncoder(explodes=True))


def test_somebody_elses_folder_is_refused_before_any_work(june: Month, tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"not ours")
    exploding = TinyEncoder(explodes=True)
    with pytest.raises(RunError, match="holiday"):
        refit(june.folder, tmp_path / "none.jsonl", out=tmp_path / "holiday", encoder=exploding)
    assert [path.name for path in (tmp_path / "holiday").iterdir()] == ["photo.jpg"]


def test_a_dump_with_nothing_in_it_is_refused(june: Month, tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", [{"id": "1", "title": "<br>"}])
    with pytest.raises(DumpError, match="has a text"):
        refit(june.folder, dump, out=tmp_path / "run", encoder=TinyEncoder(explodes=True))
    assert not (tmp_path / "run").exists()


def test_a_label_judges_the_tree_and_has_no_say_in_it(june: Month) -> None:
    run = refit(
        june.folder,
        june.dump,
        columns=ColumnChoice(label="category_path"),
        encoder=TinyEncoder(),
        cache=june.folder.parent / "vectors.sqlite",
    )
    found = {metric.name: metric.value for metric in run.scorecard.metrics}
    assert (found["level1.ami"] or 0) > 0.8
    assert {metric.name for metric in june.run.scorecard.metrics} < set(found)
    assert run.changes is not None
    assert run.changes.is_empty


def test_inputs_are_left_as_they_were(june: Month, july: Month) -> None:
    rows = [json.loads(line) for line in july.dump.read_text(encoding="utf-8").splitlines()]
    assert rows == july.rows
    assert june_rows() == june.rows


def test_ids_are_kept_where_the_shop_has_numbered_its_products_anew(
    june: Month, tmp_path: Path
) -> None:
    ids = [row["id"] for row in june.rows]
    rows = [row | {"id": other} for row, other in zip(june.rows, [*ids[7:], *ids[:7]], strict=True)]
    renumbered = refit_month(june.folder, tmp_path / "renumbered", rows)
    topics = {topic.id: topic.name for topic in renumbered.run.taxonomy.topics}
    assert topics == {topic.id: topic.name for topic in june.run.taxonomy.topics}
