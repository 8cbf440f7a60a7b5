"""assign: products onto the tree of a run, without a fit."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import PlantedRun
from planted_shop import Row, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import Assigned, DumpError, EncoderError, RunError
from topicmodel.cli import commands
from topicmodel.settings import IngestSettings
from topicmodel.workflows import assigning

COLUMNS = [
    "product_id",
    "level1_id",
    "level1_name",
    "level2_id",
    "level2_name",
    "confidence",
    "method",
]


def new_rows(n_products: int = 60) -> list[Row]:
    """Products of the kinds that the planted shop has, with ids and texts of their own."""
    return [row | {"id": "new-" + row["id"]} for row in planted_rows(n_products, seed=2)]


def strange_rows(n_products: int = 30) -> list[Row]:
    """Products of a kind that the planted shop does not have."""
    words = [
        "aquarium",
        "fish",
        "tank",
        "pump",
        "gravel",
        "coral",
        "reef",
        "tropical",
        "water",
        "heater",
        "filter",
        "snail",
    ]
    return [
        {
            "id": f"odd-{number}",
            "title": f"{words[number % 12]} {words[(number + 5) % 12]} aquarium",
            "description": " ".join(words[(number + step) % 12] for step in range(8))
            + f" q{number}",
        }
        for number in range(n_products)
    ]


def assign(planted: PlantedRun, rows: Iterable[Row], folder: Path, **options: Any) -> Assigned:
    dump = write_json_lines(folder / "new.jsonl", rows)
    options = {
        "out": folder / "out.parquet",
        "encoder": TinyEncoder(),
        "cache": planted.cache,
    } | options
    return tm.assign(options.pop("run", planted.folder), dump, **options)


def written(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def kinds(rows: Sequence[Row]) -> dict[str, str]:
    return {row["id"]: row["category_path"][1] for row in rows}


def test_products_that_the_run_knows_stay_where_they_are(
    planted: PlantedRun, tmp_path: Path
) -> None:
    assigned = assign(planted, planted_rows(), tmp_path, encoder=TinyEncoder(explodes=True))
    assert assigned.n_known == assigned.n_products == 300
    mapping = {row["product_id"]: row for row in written(tmp_path / "out.parquet")}
    before = pq.read_table(planted.folder / "assignments.parquet").to_pylist()
    assert mapping == {row["product_id"]: row for row in before}


def test_new_products_of_known_kinds_join_their_kind(planted: PlantedRun, tmp_path: Path) -> None:
    assigned = assign(planted, new_rows(), tmp_path)
    assert assigned.n_known == 0
    true = kinds(planted_rows())
    kind_of = {
        topic: Counter(
            true[product]
            for product, own in zip(
                planted.run.assignments.product_ids, planted.run.assignments.level2, strict=True
            )
            if own == topic
        ).most_common(1)[0][0]
        for topic in set(planted.run.assignments.level2)
        if topic
    }
    wanted = kinds(new_rows())
    found = [row for row in written(tmp_path / "out.parquet") if row["level2_id"]]
    right = sum(kind_of[row["level2_id"]] == wanted[row["product_id"]] for row in found)
    assert assigned.methods["reassigned"] >= 0.9 * len(wanted)
    assert right >= 0.9 * len(found)
    assert not assigned.novelty.refit_due


def test_a_kind_that_the_tree_does_not_know_fits_nowhere(
    planted: PlantedRun, tmp_path: Path
) -> None:
    assigned = assign(planted, [*new_rows(), *strange_rows()], tmp_path)
    mapping = {row["product_id"]: row for row in written(tmp_path / "out.parquet")}
    strange = [mapping[row["id"]] for row in strange_rows()]
    assert sum(row["method"] == "unsorted" for row in strange) >= 0.9 * len(strange)
    assert {row["level1_id"] for row in strange if row["method"] == "unsorted"} == {None}
    assert assigned.novelty.refit_due
    assert "A refit is due" in assigned.novelty.reason
    assert "aquarium" in [term for term, _ in assigned.novelty.keywords]


def test_blocks_do_not_matter(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*new_rows(), *planted_rows(40)]
    whole = assign(planted, rows, tmp_path, out=tmp_path / "whole.parquet")
    monkeypatch.setattr(assigning, "BLOCK", 7)
    parts = assign(planted, rows, tmp_path, out=tmp_path / "parts.parquet")
    assert parts.methods == whole.methods
    told, told_at_once = parts.novelty.as_record(), whole.novelty.as_record()
    # Which language a text is in is told by its neighbours too, so words weigh a little otherwise.
    assert dict(told.pop("keywords")).keys() == dict(told_at_once.pop("keywords")).keys()
    assert told == told_at_once
    for one, other in zip(
        written(tmp_path / "whole.parquet"), written(tmp_path / "parts.parquet"), strict=True
    ):
        assert one.pop("confidence") == pytest.approx(other.pop("confidence"), abs=1e-5)
        assert one == other


def test_the_file_may_be_parquet_csv_or_json_lines(planted: PlantedRun, tmp_path: Path) -> None:
    for ending in ("parquet", "csv", "jsonl"):
        assign(planted, new_rows(), tmp_path, out=tmp_path / f"out.{ending}")
    table = written(tmp_path / "out.parquet")
    assert list(table[0]) == COLUMNS
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert list(rows[0]) == COLUMNS
    assert [row["product_id"] for row in rows] == [row["product_id"] for row in table]
    assert [row["level2_id"] or None for row in rows] == [row["level2_id"] for row in table]
    for record, row in zip(records, table, strict=True):
        assert record.pop("confidence") == pytest.approx(row.pop("confidence"), abs=1e-6)
        assert record == row


def test_edits_are_in_force(planted: PlantedRun, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(planted.folder, run)
    first, second, third = planted.run.taxonomy.level1[:3]
    tm.edit(run, "rename", topic=first.id, name="Everything")
    tm.edit(run, "merge", topic=first.id, others=[second.id])
    tm.edit(run, "pin", topic=third.id, word="guitar")
    tm.edit(run, "hide", topic=planted.run.taxonomy.level1[3].id)
    assign(planted, new_rows(), tmp_path, run=run)
    mapping = {row["product_id"]: row for row in written(tmp_path / "out.parquet")}
    hidden = planted.run.taxonomy.level1[3]
    assert {second.id, hidden.id}.isdisjoint({row["level1_id"] for row in mapping.values()})
    names = {row["level1_name"] for row in mapping.values() if row["level1_id"] == first.id}
    assert names == {"Everything"}
    guitars = [row["id"] for row in new_rows() if "guitar" in row["title"].split()]
    assert {mapping[id_]["level1_id"] for id_ in guitars} == {third.id}
    assert {mapping[id_]["method"] for id_ in guitars} == {"pinned"}


def test_an_id_that_comes_again_and_a_row_of_no_use_are_counted(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = new_rows(20)
    dump = write_json_lines(tmp_path / "new.jsonl", [*rows, rows[3]])
    with dump.open("a") as file:
        file.write("{damaged\n")
    assigned = tm.assign(
        planted.folder, dump, out=tmp_path / "o.csv", encoder=TinyEncoder(), cache=planted.cache
    )
    assert (assigned.n_products, assigned.duplicates, assigned.n_rejects) == (20, 1, 1)
    assert sum(assigned.methods.values()) == 20


def test_of_rows_with_the_same_id_the_last_counts_as_in_a_fit(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = new_rows()
    kettle = next(row for row in rows if "kettle" in row["title"].split())
    guitar = next(row for row in rows if "guitar" in row["title"].split())
    assign(planted, [{**kettle, "id": "x"}, *rows, {**guitar, "id": "x"}], tmp_path)
    mapping = {row["product_id"]: row for row in written(tmp_path / "out.parquet")}
    assert mapping["x"]["level1_id"] == mapping[guitar["id"]]["level1_id"]
    assert mapping["x"]["level1_id"] != mapping[kettle["id"]]["level1_id"]


def test_a_product_without_text_is_unsorted(planted: PlantedRun, tmp_path: Path) -> None:
    rows = [*new_rows(5), {"id": "bare", "title": "<br>", "description": ""}]
    assign(planted, rows, tmp_path)
    bare = written(tmp_path / "out.parquet")[-1]
    assert (bare["product_id"], bare["level1_id"], bare["method"]) == ("bare", None, "unsorted")


def test_a_file_of_another_kind_is_refused_before_any_work(
    planted: PlantedRun, tmp_path: Path
) -> None:
    options = {"out": tmp_path / "out.xls", "encoder": TinyEncoder(explodes=True)}
    with pytest.raises(RunError, match=r"\.parquet, \.csv, \.jsonl"):
        assign(planted, new_rows(), tmp_path, **options)


def test_rows_that_cannot_be_used_are_written_beside_the_mapping(
    planted: PlantedRun, tmp_path: Path
) -> None:
    left_over = tmp_path / "out.rejects.jsonl"
    left_over.write_text("of an earlier dump")
    rows = new_rows()
    assert assign(planted, rows, tmp_path).rejects is None
    assert not left_over.exists()
    done = assign(planted, [*rows, {"id": "", "title": "no id"}], tmp_path)
    assert done.rejects == left_over
    (record,) = map(json.loads, left_over.read_text(encoding="utf-8").splitlines())
    assert record["line"] == len(rows) + 1
    assert record["reason"] == "has no id in id"
    assert json.loads(record["raw"]) == {"id": "", "title": "no id"}
    assert done.as_record()["rejects"] == str(left_over)


def test_too_many_rejects_stop_before_anything_is_encoded(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = [*new_rows()[:3], {"id": ""}]
    with pytest.raises(DumpError, match=r"1 of 4 rows \(25%\).*ingest\.max_rejects"):
        assign(planted, rows, tmp_path, encoder=TinyEncoder(explodes=True))
    assert (tmp_path / "out.rejects.jsonl").exists()
    assert assign(planted, rows, tmp_path, ingest=IngestSettings(max_rejects=0.3)).n_rejects == 1


def test_standard_input_is_assigned(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "\n".join(map(json.dumps, new_rows())).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    done = tm.assign(
        planted.folder, "-", out=tmp_path / "out.csv", encoder=TinyEncoder(), cache=planted.cache
    )
    assert done.n_products == len(new_rows())


def test_nothing_is_left_of_a_run_that_fails(planted: PlantedRun, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="encoder tiny-encoder"):
        assign(planted, new_rows(), tmp_path, encoder=TinyEncoder("another"))
    with pytest.raises(DumpError):
        assign(planted, [{"id": "", "title": ""}], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"new.jsonl", "out.rejects.jsonl"}


def test_a_run_of_another_precision_is_as_good(planted: PlantedRun, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(planted.folder, tmp_path / "run"))
    run = tm.load(folder)
    elsewhere = "model@1;tokens=256;float16;normalised"
    tm.save(replace(run, manifest=replace(run.manifest, encoder=elsewhere)), folder)
    other = replace(planted, folder=folder)
    here = TinyEncoder("model@1;tokens=256;bfloat16;normalised")
    assert assign(other, new_rows(5), tmp_path, encoder=here).n_products == 5
    with pytest.raises(EncoderError, match="Use the same"):
        longer = TinyEncoder("model@1;tokens=128;float16;normalised")
        assign(other, new_rows(5), tmp_path, encoder=longer)


def test_the_command_says_what_fits_nowhere(
    planted: PlantedRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dump = write_json_lines(tmp_path / "new.jsonl", [*new_rows(), *strange_rows()])
    monkeypatch.setattr("topicmodel.embedding.session.load_encoder", lambda _: TinyEncoder())
    words = ["assign", str(planted.folder), str(dump), "--out", str(tmp_path / "out.csv")]
    commands.main(words, standalone_mode=False)
    shown = capsys.readouterr().out
    assert "90  products, 0 of them as in the run" in shown
    assert "A refit is due" in shown
    commands.main([*words, "--json", "--quiet"], standalone_mode=False)
    record = json.loads(capsys.readouterr().out)
    assert record["n_products"] == 90
    assert record["novelty"]["refit_due"] is True


def test_neither_the_dump_nor_the_run_is_overwritten(planted: PlantedRun, tmp_path: Path) -> None:
    inside = planted.folder / "assignments.parquet"
    before = inside.read_bytes()
    for out in (inside, tmp_path / "new.jsonl"):
        with pytest.raises(RunError, match="part of the dump or of the run"):
            assign(planted, new_rows(5), tmp_path, out=out)
    assert inside.read_bytes() == before
