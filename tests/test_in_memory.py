"""Products in memory: records and data frames of any library are read like the same file."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import PlantedRun
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_shop import Row, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import ColumnChoice, DumpError
from topicmodel.datatypes import Dump
from topicmodel.ingest import as_list, read_dump

Make = Callable[[Sequence[Row]], Any]


def one_by_one(rows: Sequence[Row]) -> Iterator[Row]:
    yield from rows


MAKERS: dict[str, tuple[Make, str]] = {
    "pandas": (pd.DataFrame, "pandas.DataFrame"),
    "polars": (pl.DataFrame, "polars.DataFrame"),
    "lazy polars": (pl.LazyFrame, "polars.LazyFrame"),
    "arrow": (pa.Table.from_pylist, "pyarrow.Table"),
    "list": (list, "records"),
    "tuple": (tuple, "records"),
    "other mappings": (lambda rows: [MappingProxyType(row) for row in rows], "records"),
    "generator": (one_by_one, "records"),
}
"""Name -> how rows are held so, and what a run remembers of it."""
RESULTS = ("taxonomy.json", "assignments.parquet", "products.parquet", "evidence.json")
SHOP: list[Row] = [
    {"sku": 17, "name": "Red mug", "details": "Holds tea.", "price": 4.5, "stock": None},
    {"sku": 18, "name": "Blue mug", "details": None, "price": 4.0, "stock": 3},
    {"sku": 19, "name": None, "details": " ", "price": None, "stock": 1},
    {"sku": 17, "name": "Green mug", "details": "N/A", "price": math.nan, "stock": 0},
]


def read(given: Any, columns: ColumnChoice | None = None) -> Dump:
    return read_dump(as_list(given), columns or ColumnChoice())


def read_file(folder: Path, rows: Sequence[Row]) -> Dump:
    return read_dump([write_json_lines(folder / "shop.jsonl", rows)])


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RESULTS}


def fit_again(planted: PlantedRun, given: Any, out: Path, **options: Any) -> tm.Run:
    """Fit products whose texts are all in the cache; encoding one of them is an error."""
    encoder = TinyEncoder(explodes=True)
    own = {"encoder": encoder, "cache": planted.cache, "menu": "none"}
    return tm.fit(given, out=out, **own, **options)


def are_equal(one: Any, other: Any) -> bool:
    """Whether two frames of a library, or two lists, hold the same."""
    return bool(one.equals(other) if hasattr(one, "equals") else one == other)


@pytest.mark.parametrize("kind", MAKERS)
def test_products_in_memory_are_read_like_those_of_a_file(kind: str, tmp_path: Path) -> None:
    make, origin = MAKERS[kind]
    in_memory, in_file = read(make(SHOP)), read_file(tmp_path, SHOP)
    assert in_memory.products == in_file.products
    assert in_memory.report.columns == in_file.report.columns
    assert in_memory.report.fingerprint == in_file.report.fingerprint
    assert in_memory.report.duplicates == in_file.report.duplicates == 1
    assert (in_memory.report.sources, in_memory.report.in_memory) == ([origin], True)


@pytest.mark.parametrize("kind", MAKERS)
def test_bad_rows_are_told_by_their_index(kind: str) -> None:
    report = read(MAKERS[kind][0](SHOP)).report
    assert [f"{each.place}: {each.reason}" for each in report.rejects] == [
        "row 2: has no text in name, details"
    ]
    assert "19" in report.rejects[0].raw


def test_what_is_no_record_is_a_reject_that_a_generator_survives() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    rows = [{"title": "Mug"}, None, "Jar", ["Pan"], {"title": "Lid", "x": deep}, {"title": "Cup"}]
    for given_rows in (rows, iter(rows)):
        dump = read(given_rows)
        assert [product.title for product in dump.products] == ["Mug", "Cup"]
        assert [(each.place, each.reason) for each in dump.report.rejects] == [
            *((f"row {row}", "is no mapping of columns to values") for row in (1, 2, 3)),
            ("row 4", "is nested too deeply"),
        ]


JSON_TEXTS = st.text(max_size=8)
JSON_CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | JSON_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(JSON_TEXTS, inner, max_size=3),
    max_leaves=6,
)
JSON_ROWS = st.lists(
    st.dictionaries(st.sampled_from(["id", "title", "image", "specs", "price"]), JSON_CELLS),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(JSON_ROWS)
def test_any_records_are_read_like_the_same_json_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    rows = [{"id": "mug", "title": "Mug"}, *rows]
    in_file = read_file(tmp_path_factory.mktemp("shop"), rows)
    for given_rows in (rows, one_by_one(rows)):
        in_memory = read(given_rows)
        assert in_memory.products == in_file.products
        assert [(each.line, each.reason) for each in in_memory.report.rejects] == [
            (each.line - 1, each.reason) for each in in_file.report.rejects
        ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (np.int64(3), "3"),
        (np.float64(2.0), "2"),
        (np.float64("nan"), None),
        (np.bool_(True), "true"),
        (np.array(["a", "b"]), "a, b"),
        (np.datetime64("2024-05-01T10:00:00", "ns"), "2024-05-01T10:00:00"),
        (np.datetime64("NaT"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2024-05-01"), "2024-05-01T00:00:00"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 10), "2024-05-01T10:00:00"),
        ({"b", "a"}, "a, b"),
        (b"tea", "tea"),
        (bytearray(b"tea"), "tea"),
        pytest.param(10**5000, None, id="huge"),
        (float("inf"), None),
    ],
)
def test_values_of_programs_become_text_as_those_of_files_do(cell: Any, text: str | None) -> None:
    row = {"title": "Mug", "extra": cell}
    frame = pd.DataFrame({"title": ["Mug"], "extra": pd.Series([cell], dtype=object)})
    for given_rows in ([row], iter([row]), frame):
        (product,) = read(given_rows).products
        assert product.attributes == ({} if text is None else {"extra": text})


def test_lists_and_structures_of_frames_are_attributes_as_in_files(tmp_path: Path) -> None:
    rows = [
        {"title": "Mug", "specs": {"colour": "red", "size": None}, "tags": ["tea", None, "gift"]},
        {"title": "Jar", "specs": {"colour": None, "size": 2.0}, "tags": []},
    ]
    in_file = read_file(tmp_path, rows).products
    assert in_file[0].attributes == {"colour": "red", "tags": "tea, gift"}
    for make, _ in MAKERS.values():
        for product, expected in zip(read(make(rows)).products, in_file, strict=True):
            assert product.attributes == expected.attributes
    pairs = pa.array([[("colour", "red")]], pa.map_(pa.string(), pa.string()))
    (product,) = read(pa.table({"title": ["Mug"], "specs": pairs})).products
    assert product.attributes == {"colour": "red"}


def test_columns_are_named_as_for_files() -> None:
    choice = ColumnChoice(id="sku", text=("details", "name"), label="price")
    dump = read(pd.DataFrame(SHOP[:1]), choice)
    (product,) = dump.products
    assert (product.id, product.title, product.true_path) == ("17", "Holds tea.", ("4.5",))
    with pytest.raises(DumpError, match=r"no column 'nam' for --text\. Did you mean 'name'"):
        read(pl.DataFrame(SHOP[:1]), ColumnChoice(text=("nam",)))


def test_an_index_of_pandas_is_a_column_where_it_has_a_name() -> None:
    named = pd.DataFrame(SHOP[:2]).set_index("sku")
    assert [product.id for product in read(named).products] == ["17", "18"]
    nameless = pd.DataFrame({"title": ["Mug", "Jar"]}, index=["x", "y"])
    assert [product.id for product in read(nameless).products] == ["1", "2"]


def test_names_of_columns_that_are_no_text_become_text() -> None:
    frame = pd.DataFrame([["Mug", 4]])
    (product,) = read(frame, ColumnChoice(text=("0",))).products
    assert (product.title, product.attributes) == ("Mug", {"1": "4"})


def test_paths_stay_paths(tmp_path: Path) -> None:
    file = write_json_lines(tmp_path / "a b.jsonl", SHOP)
    query = tm.Query("select 1")
    assert as_list(file) == as_list([file]) == as_list(tmp_path.glob("*.jsonl")) == [file]
    assert as_list([str(file), query, "-"]) == [str(file), query, "-"]
    assert as_list(("june.csv", "dumps/*")) == ["june.csv", "dumps/*"]
    assert as_list(query) == [query]
    assert as_list(()) == as_list([]) == []


@pytest.mark.parametrize(
    ("given_dump", "what"),
    [
        (5, "a value of the type int"),
        (None, "a value of the type NoneType"),
        (b"Red mug", "a value of the type bytes"),
        ({"title": ["Red mug"]}, "a value of the type dict"),
        ([1, 2], "items of the type int"),
        (np.zeros((2, 2)), "items of the type numpy.ndarray"),
        ([pd.DataFrame(SHOP)], "items of the type pandas.DataFrame"),
        (["a.csv", {"title": "Mug"}], "paths among which there is a value of the type dict"),
        (["Red mug", "Blue jar"], "a list of plain texts is not accepted"),
        (["Mug", "Jar"], "a list of plain texts is not accepted"),
        (["Red mug"], "a list of plain texts is not accepted"),
        (pd.Series(["Red mug", "Blue jar"]), "a list of plain texts is not accepted"),
    ],
)
def test_what_is_no_dump_is_refused_with_what_would_be_one(given_dump: Any, what: str) -> None:
    with pytest.raises(DumpError) as caught:
        tm.fit(given_dump)
    assert what in str(caught.value)
    for accepted in ("paths", "queries", "pandas", "polars", "Arrow", "[{'title': 'Red mug'"):
        assert accepted in str(caught.value)
    assert "\n" not in str(caught.value)


def test_frames_that_cannot_be_read_say_why() -> None:
    with pytest.raises(DumpError, match="have the same name"):
        read(pd.DataFrame([["Mug", "Jar"]], columns=["title", "title"]))
    with pytest.raises(DumpError, match=r"no rows in the pandas.DataFrame"):
        read(pd.DataFrame({"title": []}))
    with pytest.raises(DumpError, match="No column has a usual name"):
        read(pl.DataFrame({"colour": ["red"]}))
    with pytest.raises(DumpError, match="cannot read"):
        read(pa.table({"title": ["Mug"], "made": pa.array([10**15], pa.timestamp("s"))}))
    with pytest.raises(DumpError, match="row 0: has no text in title"):
        read([{"title": ""}])


def test_an_error_of_who_makes_the_records_is_not_taken_for_ours() -> None:
    def broken() -> Iterator[Row]:
        yield {"title": "Mug"}
        raise OSError("the server is gone")

    with pytest.raises(OSError, match="the server is gone"):
        read(broken())


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "list", "generator"])
def test_a_fit_gives_the_same_tree_as_from_a_file_and_leaves_its_input_as_it_was(
    kind: str, planted: PlantedRun, tmp_path: Path
) -> None:
    make, origin = MAKERS[kind]
    held = make(planted_rows())
    run = fit_again(planted, held, tmp_path / "run")
    assert kind == "generator" or are_equal(held, make(planted_rows()))
    assert results(tmp_path / "run") == results(planted.folder)
    dump = run.manifest.as_record()["dump"]
    assert (dump["sources"], dump["in_memory"]) == ([origin], True)
    assert "in_memory" not in planted.run.manifest.as_record()["dump"]
    assert tm.load(tmp_path / "run").manifest.as_record()["dump"] == dump


@pytest.mark.parametrize("kind", ["pandas", "generator"])
def test_a_refit_from_memory_keeps_what_one_from_a_file_keeps(
    kind: str, planted: PlantedRun, tmp_path: Path
) -> None:
    rows = planted_rows()[:290]
    options = {"encoder": planted.encoder, "cache": planted.cache}
    file = write_json_lines(tmp_path / "july.jsonl", rows)
    from_file = tm.refit(planted.folder, file, **options)
    run = tm.refit(planted.folder, MAKERS[kind][0](rows), **options)
    assert run.taxonomy == from_file.taxonomy
    assert {topic.id for topic in run.taxonomy.topics} == {
        topic.id for topic in planted.run.taxonomy.topics
    }
    assert run.changes is not None
    assert run.changes.left.count == 10


def test_a_refit_on_the_same_products_in_memory_changes_nothing(planted: PlantedRun) -> None:
    encoder = TinyEncoder(explodes=True)
    frame = pl.DataFrame(planted_rows())
    run = tm.refit(planted.folder, frame, encoder=encoder, cache=planted.cache)
    assert run.taxonomy == planted.run.taxonomy
    assert run.assignments.level2 == planted.run.assignments.level2


@pytest.mark.parametrize("kind", ["pandas", "polars", "list", "generator"])
def test_products_in_memory_are_assigned_like_those_of_a_file(
    kind: str, planted: PlantedRun, tmp_path: Path
) -> None:
    rows: list[Row] = [*planted_rows(320, seed=2), {"id": "none", "title": None}]
    file = write_json_lines(tmp_path / "july.jsonl", rows)
    options = {"encoder": planted.encoder, "cache": planted.cache}
    from_file = tm.assign(planted.folder, file, out=tmp_path / "file.csv", **options)
    given_rows = MAKERS[kind][0](rows)
    in_memory = tm.assign(planted.folder, given_rows, out=tmp_path / "memory.csv", **options)
    assert (tmp_path / "memory.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()
    assert in_memory.n_rejects == from_file.n_rejects == 1
    reject = json.loads((tmp_path / "memory.rejects.jsonl").read_text(encoding="utf-8"))
    assert (reject["file"], reject["line"]) == ("", 320)


def test_a_run_from_memory_is_judged_by_products_that_are_handed_over_again(
    planted: PlantedRun, tmp_path: Path
) -> None:
    frame = pd.DataFrame(planted_rows())
    fit_again(planted, frame, tmp_path / "run")
    options = {"encoder": planted.encoder, "cache": planted.cache}
    with pytest.raises(DumpError, match=r"came from memory \(pandas.DataFrame\)"):
        tm.evaluate(tmp_path / "run", truth="category_path", **options)
    judged = tm.evaluate(tmp_path / "run", frame, truth="category_path", **options)
    assert "level1.ami" in {metric.name for metric in judged.metrics}
    assert tm.evaluate(tmp_path / "run").metrics == judged.metrics


def test_a_plan_of_products_in_memory(planted: PlantedRun) -> None:
    plan = tm.plan(pd.DataFrame(planted_rows()), encoder=planted.encoder, cache=planted.cache)
    assert plan.counts.n_products == 300


def test_a_report_tells_rows_by_their_index_and_is_called_after_no_file(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = [*planted_rows(), {"id": "none", "title": None}]
    fit_again(planted, pd.DataFrame(rows), tmp_path / "run")
    page = (tmp_path / "run" / "index.html").read_text(encoding="utf-8")
    assert "row 300" in page
    assert "<title>Product categories</title>" in page


def test_no_library_of_frames_is_loaded_before_one_is_needed(tmp_path: Path) -> None:
    file = write_json_lines(tmp_path / "shop.jsonl", SHOP)
    code = (
        "import sys, topicmodel\n"
        "from topicmodel.ingest import as_list\n"
        f"as_list({str(file)!r}), as_list([{str(file)!r}]), as_list([{{'title': 'Mug'}}])\n"
        "print([m for m in ('narwhals', 'pandas', 'polars', 'pyarrow') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
