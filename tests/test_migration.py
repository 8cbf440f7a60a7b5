"""Runs that old releases have written, read by this one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import RunError, assign, edit, load, refit, save, verify
from topicmodel.datatypes.catalogue_wording import catalogue_change
from topicmodel.settings import DocumentSettings
from topicmodel.store.checking import FORMAT_VERSION
from topicmodel.text.boilerplate import find_boilerplate
from topicmodel.workflows.provenance import settings_of

STORED = Path(__file__).parent / "data" / "run_of_format_1"
"""60 products of the planted shop, as the last release of that format has fitted and saved them."""

STORED_2 = STORED.with_name("run_of_format_2")
"""The same products with a line on delivery, which was left out of the texts; one category has been
renamed since."""

STORED_3 = STORED.with_name("run_of_format_3")
"""A refit of 50 of the products, 40 of which were in the run before; one category has been renamed
since."""

STORED_4 = STORED.with_name("run_of_format_4")
"""60 products of the planted shop, whose tree follows the catalogue; one category has been renamed
since."""


@pytest.fixture
def old_run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STORED, tmp_path / "old"))


def test_it_is_intact_and_of_format_1() -> None:
    found = verify(STORED)
    assert (found.is_intact, found.format_version) == (True, 1)


def test_all_that_it_holds_is_read() -> None:
    run = load(STORED)
    assert len(run.taxonomy.level1) == 6
    assert sum(topic.size for topic in run.taxonomy.level1) == 60
    assert sorted(run.assignments.product_ids) == sorted(row["id"] for row in planted_rows(60))
    assert all(run.products.titles)
    assert len(run.rejects) == 1
    assert set(run.tree.centroids) == {topic.id for topic in run.taxonomy.topics}
    assert run.coordinates.shape == (60, 2)
    assert run.bertopic.keys() == {"config.json", "topic_embeddings.safetensors", "topics.json"}


def test_what_it_did_not_keep_is_empty() -> None:
    run = load(STORED)
    assert set(run.digests) == set(run.products.attributes) == {""}
    assert not run.landmarks.topics
    assert (run.edits, run.log, run.changes) == ([], [], None)
    (past,) = run.history
    assert (past.created, past.n_products) == (run.manifest.created, 60)
    assert past.sizes == {topic.id: topic.size for topic in run.taxonomy.topics}


def test_saved_again_it_is_of_today_s_format(tmp_path: Path) -> None:
    save(load(STORED), tmp_path / "run")
    assert verify(tmp_path / "run").format_version == FORMAT_VERSION
    assert load(tmp_path / "run").taxonomy == load(STORED).taxonomy


def test_it_may_be_edited(old_run: Path) -> None:
    topic = load(old_run).taxonomy.level1[0].id
    edit(old_run, "rename", topic=topic, name="By hand")
    assert load(old_run).taxonomy[topic].name == "By hand"
    assert verify(old_run).format_version == FORMAT_VERSION


def test_products_can_be_assigned_after_a_refit_that_finds_its_categories_again(
    old_run: Path, tmp_path: Path
) -> None:
    dump, cache = write_json_lines(tmp_path / "d.jsonl", planted_rows(60)), tmp_path / "v.sqlite"
    encoder = TinyEncoder()
    with pytest.raises(RunError, match="Use `topicmodel refit` on its dump first"):
        assign(old_run, dump, out=tmp_path / "m.csv", encoder=encoder, cache=cache)
    before = {topic.id for topic in load(old_run).taxonomy.level1}
    run = refit(old_run, dump, out=tmp_path / "new", encoder=encoder, cache=cache)
    # That release knew poorer names, so that some are clearly better by now.
    assert len(before & {topic.id for topic in run.taxonomy.level1}) >= len(before) - 1
    assigned = assign(tmp_path / "new", dump, out=tmp_path / "m.csv", encoder=encoder, cache=cache)
    assert (assigned.n_products, assigned.n_known) == (60, 60)


def test_a_damaged_file_of_an_old_run_is_named(old_run: Path) -> None:
    file = old_run / "taxonomy.json"
    file.write_bytes(file.read_bytes().replace(b"t", b"T", 1))
    with pytest.raises(RunError, match=r"taxonomy\.json is not as it was written"):
        load(old_run)


def with_delivery(file: Path) -> Path:
    """The dump that the run of format 2 was made from."""
    rows = planted_rows(60)
    for row in rows:
        row["description"] += ". Free delivery on all orders."
    return write_json_lines(file, rows)


def test_a_run_that_left_sentences_out_is_read_with_its_edits() -> None:
    found, run = verify(STORED_2), load(STORED_2)
    assert (found.is_intact, found.format_version) == (True, 2)
    assert sum(topic.size for topic in run.taxonomy.level1) == len(run.products) == 60
    (outcome,) = run.outcomes
    assert outcome.status == "in force"
    assert run.taxonomy[outcome.edit.topic].name == "By hand"


def test_a_setting_that_is_no_more_is_dropped_from_a_run_that_has_it(tmp_path: Path) -> None:
    before = json.loads((STORED_2 / "manifest.json").read_bytes())["settings"]
    assert before["documents"].pop("drop_boilerplate") is True
    run = load(STORED_2)
    assert run.manifest.settings == before
    assert settings_of(run).documents == DocumentSettings()
    save(run, tmp_path / "run")
    assert verify(tmp_path / "run").format_version == FORMAT_VERSION
    assert load(tmp_path / "run").boilerplate == []
    assert load(tmp_path / "run").manifest.settings == before


def test_a_refit_of_an_older_run_leaves_nothing_out_of_the_texts(tmp_path: Path) -> None:
    rows = planted_rows(150)
    for row in rows:
        row["description"] += ". Free delivery on all orders."
    texts = [(row["title"], row["description"]) for row in rows]
    assert find_boilerplate(texts) == ("free delivery on all orders",)
    dump = write_json_lines(tmp_path / "d.jsonl", rows)
    run = refit(STORED_2, dump, encoder=TinyEncoder(), cache=tmp_path / "v.sqlite")
    assert list(run.boilerplate) == []


def test_a_run_that_left_sentences_out_is_continued_and_assigned_to(tmp_path: Path) -> None:
    dump, cache = with_delivery(tmp_path / "d.jsonl"), tmp_path / "v.sqlite"
    encoder = TinyEncoder()
    old = Path(shutil.copytree(STORED_2, tmp_path / "old"))
    assigned = assign(old, dump, out=tmp_path / "m.csv", encoder=encoder, cache=cache)
    assert (assigned.n_products, assigned.n_known) == (60, 0)
    run = refit(old, dump, out=tmp_path / "new", encoder=encoder, cache=cache)
    before, after = (
        {topic.id: topic.name for topic in each.taxonomy.level1} for each in (load(old), run)
    )
    assert len(after.items() & before.items()) >= len(before) - 1
    assert "By hand" in after.values()


def test_categories_of_a_run_without_a_catalogue_vote_for_nothing(tmp_path: Path) -> None:
    found, run = verify(STORED_3), load(STORED_3)
    assert (found.is_intact, found.format_version) == (True, 3)
    assert (run.manifest.catalogue, run.outcomes[0].status) == (None, "in force")
    for tree in (run.tree, run.fitted):
        assert {topic.catalogue for topic in tree.taxonomy.topics} == {()}
    save(run, tmp_path / "run")
    assert verify(tmp_path / "run").format_version == FORMAT_VERSION
    assert load(tmp_path / "run").taxonomy == run.taxonomy


def test_a_change_report_of_before_there_were_catalogues_names_none() -> None:
    changes = load(STORED_3).changes
    assert changes
    assert not changes.is_empty
    assert (changes.previous.catalogue, changes.current.catalogue) == ("", "")
    assert catalogue_change(changes) == ""


def test_categories_of_a_run_before_names_were_measured_have_no_weak_ones(tmp_path: Path) -> None:
    found, run = verify(STORED_4), load(STORED_4)
    assert (found.is_intact, found.format_version) == (True, 4)
    assert run.outcomes[0].status == "in force"
    for topic in run.fitted.taxonomy.topics:
        assert (topic.coverage, topic.runners_up, topic.includes) == (None, (), ())
        assert not topic.is_weakly_named
    # Definitions are made anew with every edit, also of runs that had none.
    assert all(topic.definition for topic in run.taxonomy.topics)
    save(run, tmp_path / "run")
    assert verify(tmp_path / "run").format_version == FORMAT_VERSION
    assert load(tmp_path / "run").taxonomy == run.taxonomy
