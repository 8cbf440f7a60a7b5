"""The manifest as a value: what is read comes back, whatever it holds."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import PlantedRun
from fake_run import fake_run
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel.datatypes import (
    CascadeRecord,
    CatalogueRecord,
    ChosenColumns,
    DumpRecord,
    LanguageModelRecord,
    Manifest,
    Stage,
    StageRecord,
)
from topicmodel.files.encoding import as_json
from topicmodel.progress import Silent
from topicmodel.progress.clock import StageClock
from topicmodel.reporting.view import build_report
from topicmodel.settings import ReportSettings
from topicmodel.workflows.provenance import with_request

OLD = Path(__file__).parent / "data" / "run_of_format_1" / "manifest.json"

KNOWN = {
    "created": "2026-07-01T08:00:00+00:00",
    "command_line": "topicmodel fit shop.csv --out shop",
    "settings": {"level1": {"n_topics": 5, "separation": 0.84}, "seed": 7},
    "seed": 7,
    "threads": 1,
    "device": "cpu",
    "encoder": "model@1;float16",
    "dump": {
        "sources": ["shop.csv"],
        "fingerprint": "c0ffee",
        "columns": {"id": "sku"},
        "chosen_columns": {"id": None, "text": ["name", "body"], "image": None},
        "products": 30,
        "rejects": 0,
        "duplicates": 2,
        "distinct_texts": 28,
        "encoded_texts": 0,
    },
    "versions": {"python": "3.11.7"},
    "stages": [{"name": "reading", "seconds": 0.5, "peak_mb": 200.0}],
    "warnings": [],
    "plan": {"course": "fit", "seconds": {"naming": 5.0}},
    "language_model": {
        "n_asked": 3,
        "n_cached": 0,
        "n_failed": 1,
        "prompt_tokens": 90,
        "completion_tokens": 9,
        "cost": 0.01,
    },
    "catalogue": {
        "source": "menu.csv",
        "digest": "d3",
        "used": False,
        "known_share": 0.12,
        "needed_share": 0.65,
        "language": "es",
        "shop_language": "es",
        "language_by": "texts",
        "language_share": 0.9,
    },
    "cascade": {
        "sample": 150,
        "encoded": 170,
        "by_student": 230,
        "held_out": 15,
        "agreement": 0.97,
    },
    "format_version": 4,
    "files": {"taxonomy.json": "d1"},
    "digest": "d2",
}
"""Every key that is known, with a value of its type."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def objects(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects like this one, in which any key may be missing, or hold anything at all."""
    pairs = {key: st.just(value) | VALUES | deeper(value) for key, value in record.items()}
    known = st.fixed_dictionaries({}, optional=pairs)
    return st.tuples(st.dictionaries(st.text(), VALUES, max_size=2), known).map(
        lambda both: both[0] | both[1]
    )


def deeper(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, dict):
        return objects(value)
    if isinstance(value, list):
        return st.lists(VALUES | st.one_of([deeper(each) for each in value]), max_size=3)
    return VALUES


def test_every_known_key_is_an_attribute() -> None:
    manifest = Manifest.from_record(KNOWN)
    assert not (manifest.extra or manifest.absent)
    assert manifest.command_line == "topicmodel fit shop.csv --out shop"
    assert manifest.dump.chosen_columns == ChosenColumns(text=("name", "body"))
    assert (manifest.dump.sources, manifest.dump.encoded_texts) == (("shop.csv",), 0)
    assert manifest.stages == (StageRecord(name="reading", seconds=0.5, peak_mb=200.0),)
    assert manifest.stages[0].name == Stage.READING
    assert manifest.cascade == CascadeRecord(
        sample=150, encoded=170, by_student=230, held_out=15, agreement=0.97
    )
    assert manifest.catalogue == CatalogueRecord(
        source="menu.csv",
        digest="d3",
        used=False,
        known_share=0.12,
        needed_share=0.65,
        language="es",
        shop_language="es",
        language_by="texts",
        language_share=0.9,
    )
    assert manifest.language_model
    assert manifest.language_model.completion_tokens == 9
    assert manifest.as_record() == KNOWN


def test_what_is_empty_or_null_is_written_as_it_was_read() -> None:
    record = {"warnings": [], "dump": {"chosen_columns": {"id": None}}, "cascade": None}
    assert Manifest.from_record(record).as_record() == record


def test_a_manifest_of_the_first_format_comes_back_to_the_byte() -> None:
    record = json.loads(OLD.read_bytes())
    manifest = Manifest.from_record(record)
    assert (manifest.seed, manifest.dump.products, manifest.format_version) == (42, 60, 1)
    assert manifest.warnings == ()
    assert as_json(manifest.as_record(), sort_keys=True) == OLD.read_bytes()


@given(objects(KNOWN))
@settings(max_examples=200, deadline=None)
def test_any_json_object_comes_back_as_it_was_read(record: dict[str, Any]) -> None:
    manifest = Manifest.from_record(record)
    assert as_json(manifest.as_record(), sort_keys=True) == as_json(record, sort_keys=True)
    assert Manifest.from_record(manifest.as_record()) == manifest


@given(objects(KNOWN))
@settings(max_examples=60, deadline=None)
def test_any_json_object_makes_a_report(record: dict[str, Any]) -> None:
    run = fake_run(20, manifest=Manifest.from_record(record), n_unsorted=0)
    assert build_report(run, ReportSettings()).summary.startswith("20 products")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", True),
        ("seed", 4.5),
        ("created", 20260701),
        ("settings", [1]),
        ("versions", {"python": 3}),
        ("warnings", ["one", 2]),
        ("warnings", "one"),
        ("stages", [1, {}]),
        ("cascade", []),
        ("plan", 7),
        ("dump", "shop.csv"),
        ("files", {"taxonomy.json": None}),
    ],
)
def test_a_value_of_the_wrong_type_counts_as_missing_and_is_kept(key: str, value: Any) -> None:
    manifest = Manifest.from_record(KNOWN | {key: value})
    assert getattr(manifest, key) == getattr(Manifest(), key)
    assert manifest.as_record() == KNOWN | {key: value}


@pytest.mark.parametrize(
    "seconds",
    ["1", None, True, float("nan"), float("inf"), 10**400],
    ids=["text", "null", "true", "nan", "infinite", "huge"],
)
def test_what_is_no_finite_number_is_no_time(seconds: Any) -> None:
    assert StageRecord.from_record({"seconds": seconds}).seconds is None


def test_a_changed_field_is_written_and_all_unknown_keys_are_kept() -> None:
    record = KNOWN | {"mood": ["good"], "seed": "?", "dump": {"owner": "me", "products": 3}}
    manifest = Manifest.from_record(record)
    changed = replace(manifest, seed=8, dump=replace(manifest.dump, products=4))
    assert changed.as_record() == record | {"seed": 8, "dump": {"owner": "me", "products": 4}}


def test_unknown_keys_survive_reading_and_saving_a_run(tmp_path: Path) -> None:
    run = fake_run(20)
    dump = replace(run.manifest.dump, extra={"shelf": 3})
    manifest = replace(run.manifest, extra={"mood": {"good": True}}, dump=dump)
    tm.save(replace(run, manifest=manifest), tmp_path / "run")
    tm.save(tm.load(tmp_path / "run"), tmp_path / "again")
    written = json.loads((tmp_path / "again" / "manifest.json").read_bytes())
    assert (written["mood"], written["dump"]["shelf"]) == ({"good": True}, 3)
    assert tm.load(tmp_path / "again").manifest == manifest


def test_what_belongs_to_the_folder_is_no_part_of_a_run_in_memory(planted: PlantedRun) -> None:
    manifest = tm.load(planted.folder).manifest
    assert (manifest.format_version, manifest.files, manifest.digest) == (None, None, None)
    assert manifest == planted.run.manifest


def test_a_setting_is_found_by_its_dotted_name() -> None:
    manifest = Manifest.from_record(KNOWN)
    assert (manifest.setting("level1.n_topics"), manifest.setting("seed")) == (5, 7)
    assert manifest.setting("level1.n_topics.deeper", "none") == "none"
    assert manifest.setting("level9.n_topics") is None


def test_a_new_manifest_writes_what_is_empty_but_nothing_that_there_was_not() -> None:
    record = Manifest(created="now", seed=1, dump=DumpRecord(rejects=0)).as_record()
    assert record["warnings"] == record["stages"] == []
    assert record["dump"]["rejects"] == 0
    assert not {"cascade", "language_model", "plan", "command_line"} & set(record)
    assert "n_failed" not in LanguageModelRecord(n_asked=1).as_record()


def test_the_command_line_is_kept_without_its_secrets_and_not_made_up(planted: PlantedRun) -> None:
    assert planted.run.manifest.command_line is None
    typed = "topicmodel fit --sql 'select 1' --db 'postgresql://me:secret@host/shop' --out run"
    run = with_request(planted.run, tm.ColumnChoice(text=("name",)), typed)
    assert run.manifest.command_line == typed.replace(":secret", "")
    assert run.manifest.dump.chosen_columns == ChosenColumns(text=("name",))


@pytest.fixture
def crafted(planted: PlantedRun, tmp_path: Path) -> Path:
    """A run whose manifest is intact, and holds nothing but nonsense."""
    folder = tmp_path / "crafted"
    tm.save(planted.run, folder)
    file = folder / "manifest.json"
    record = json.loads(file.read_bytes())
    nonsense = dict.fromkeys(record, 3) | {key: record[key] for key in ("format_version", "files")}
    del nonsense["digest"]
    digest = hashlib.sha256(as_json(nonsense, sort_keys=True)).hexdigest()
    file.write_bytes(as_json(nonsense | {"digest": digest}, sort_keys=True))
    return folder


def test_a_run_with_a_nonsensical_manifest_is_read_edited_and_shown(crafted: Path) -> None:
    topic = tm.load(crafted).taxonomy.level1[0]
    assert tm.edit(crafted, "rename", topic=topic.id, name="By hand").outcomes
    assert tm.report(crafted).is_file()
    assert json.loads((crafted / "manifest.json").read_bytes())["dump"] == 3


def test_what_a_nonsensical_manifest_cannot_tell_ends_in_a_known_error(
    crafted: Path, planted: PlantedRun, tmp_path: Path
) -> None:
    words = {"encoder": TinyEncoder(), "cache": tmp_path / "v.sqlite"}
    with pytest.raises(tm.EncoderError, match="the encoder \\(unknown\\), this one is"):
        tm.assign(crafted, planted.dump, out=tmp_path / "m.csv", **words)
    with pytest.raises(tm.TopicModelError):
        tm.evaluate(crafted, truth="category_path", **words)
    assert tm.evaluate(crafted, planted.dump, truth="category_path", **words).metrics


def test_stages_keep_their_names_in_manifests_of_all_releases(planted: PlantedRun) -> None:
    old = Manifest.from_record(json.loads(OLD.read_bytes()))
    names = [stage.name for stage in (*old.stages, *planted.run.manifest.stages)]
    assert set(names) <= set(Stage)
    assert len(names) > 20


def test_no_stage_of_the_program_has_its_name_outside_the_enumeration() -> None:
    sources = Path(tm.__file__).parent.rglob("*.py")
    assert [s.name for s in sources if re.search(r"\.stage\(\s*[\"']", s.read_text("utf-8"))] == []


def test_a_stage_may_have_a_name_of_one_s_own() -> None:
    clock = StageClock(Silent())
    for name in ("sharpening pencils", Stage.NAMING, "the end"):
        clock.stage(name)
    assert [(stage.name, type(stage.name)) for stage in clock.stages] == [
        ("sharpening pencils", str),
        ("naming", str),
    ]
