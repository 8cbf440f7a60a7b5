"""export: the mapping and the tree of a run for other systems."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from command_line import Command, command_fixture
from conftest import PlantedRun
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import DatabaseError, RunError, Table, TableCounts
from topicmodel.exports import mapping

__all__ = ["command_fixture"]


def rows_of(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        return list(pq.read_table(file).to_pylist())
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as lines:
            return list(csv.DictReader(lines))
    with closing(openpyxl.load_workbook(file, read_only=True)) as book:
        head, *rows = book["mapping"].values
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("ending", [".parquet", ".jsonl", ".csv", ".xlsx"])
def test_every_format_holds_the_mapping_of_the_run(
    ending: str, planted: PlantedRun, tmp_path: Path
) -> None:
    out = tmp_path / "new" / f"mapping{ending}"
    exported = tm.export(planted.folder, out=out)
    expected = rows_of(planted.folder / "assignments.parquet")
    found = rows_of(out)
    assert exported.n_rows == len(found) == len(expected)
    assert list(found[0]) == list(expected[0])
    for row, like in zip(found, expected, strict=True):
        assert float(row["confidence"]) == pytest.approx(like["confidence"], abs=1e-6)
        texts = {key: value or None for key, value in row.items() if key != "confidence"}
        assert texts == {key: value for key, value in like.items() if key != "confidence"}
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_tree_is_the_one_that_names_prints(
    planted: PlantedRun, tmp_path: Path, command: Command
) -> None:
    out = tmp_path / "tree.json"
    assert command("export", planted.folder, "--what", "tree", "--to", out).code == 0
    assert json.loads(out.read_text()) == json.loads(command("names", planted.folder, "--json").out)


def test_the_second_export_into_a_table_changes_nothing(
    planted: PlantedRun, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.db"
    monkeypatch.setenv("TOPICMODEL_DB", f"sqlite:///{file}")
    n_rows = len(planted_rows())
    first = command("export", planted.folder, "--to-table", "mapping")
    assert f"Table: {n_rows} inserted, 0 updated, 0 unchanged" in first.out
    before = file.read_bytes()
    second = command("export", planted.folder, "--to-table", "mapping", "--json")
    assert json.loads(second.out)["table"] == vars_of(TableCounts(unchanged=n_rows))
    assert file.read_bytes() == before


def vars_of(counts: TableCounts) -> dict[str, int]:
    names = ("inserted", "updated", "unchanged", "deleted")
    return {name: getattr(counts, name) for name in names}


def test_assign_writes_a_file_and_a_table_alike(planted: PlantedRun, tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "new.jsonl", planted_rows(60, seed=2))
    file = tmp_path / "shop.db"
    assigned = tm.assign(
        planted.folder,
        dump,
        out=tmp_path / "out.jsonl",
        table=Table("mapping", f"sqlite:///{file}"),
        encoder=TinyEncoder(),
        cache=planted.cache,
    )
    written = rows_of(tmp_path / "out.jsonl")
    assert assigned.table == TableCounts(inserted=len(written))
    with sqlite3.connect(file) as connection:
        stored = connection.execute("select * from mapping").fetchall()
    connection.close()
    in_order = ("product_id", "level1_id", "level1_name", "level2_id", "level2_name", "method")
    expected = [(*(row[name] for name in in_order), row["confidence"]) for row in written]
    assert sorted(stored) == sorted(expected)


def test_assign_tells_of_a_table_that_will_not_do_before_the_work(
    planted: PlantedRun, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table mapping (product_id text primary key)")
    connection.close()
    with pytest.raises(DatabaseError, match="no column"):
        tm.assign(
            planted.folder,
            tmp_path / "never-looked-at.csv",
            table=Table("mapping", f"sqlite:///{tmp_path / 'shop.db'}"),
            encoder=TinyEncoder(explodes=True),
            cache=planted.cache,
        )


@pytest.mark.parametrize("name", ["mapping.txt", "mapping", "mapping.json"])
def test_another_ending_is_refused(name: str, planted: PlantedRun, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="must end in one of"):
        tm.export(planted.folder, out=tmp_path / name)


def test_a_run_is_not_written_into(planted: PlantedRun) -> None:
    with pytest.raises(RunError, match="part of"):
        tm.export(planted.folder, out=planted.folder / "mapping.csv")


@pytest.mark.parametrize(
    "words",
    [[], ["--replace", "--to", "x.csv"], ["--what", "branch", "--to", "x.json"]],
)
def test_a_wrong_call_is_told_as_one(
    words: list[str], planted: PlantedRun, command: Command
) -> None:
    assert command("export", planted.folder, *words).code == 2


def test_a_tree_for_a_table_is_refused(planted: PlantedRun, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"\.json"):
        tm.export(planted.folder, what="tree", table=Table("x", f"sqlite:///{tmp_path / 'x.db'}"))
    with pytest.raises(RunError, match=r"\.json"):
        tm.export(planted.folder, what="tree", out=tmp_path / "tree.csv")


def test_more_rows_than_excel_holds_are_refused_and_nothing_is_left(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapping, "_MOST_EXCEL_ROWS", 10)
    with pytest.raises(RunError, match=r"\.parquet"):
        tm.export(planted.folder, out=tmp_path / "mapping.xlsx")
    assert not list(tmp_path.iterdir())


def test_an_export_that_fails_leaves_the_file_that_was_there(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mapping.csv"
    out.write_text("as it was")
    monkeypatch.setattr(mapping, "_rows", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tm.export(planted.folder, out=out)
    assert out.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
