"""Mappings and trees as files for other systems, which appear whole or not at all."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from topicmodel.datatypes import Assignments, Reject, Taxonomy
from topicmodel.errors import RunError
from topicmodel.files.atomic import staged
from topicmodel.files.encoding import as_json
from topicmodel.files.formulas import guarded
from topicmodel.store.trees import assignment_columns, nested_tree

Columns = dict[str, Any]

Write = Callable[[Assignments], None]

_MOST_EXCEL_ROWS = 1_048_576
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@contextmanager
def open_mapping(out: Path, taxonomy: Taxonomy) -> Iterator[Write]:
    """A function that writes blocks of assignments to a .parquet, .csv, .jsonl or .xlsx file.

    In .csv and .xlsx, text that a spreadsheet would take for a formula begins with an apostrophe.

    Raises:
        RunError: the file has another ending, or cannot be written.
    """
    opened = _WRITERS.get(out.suffix.lower())
    if opened is None:
        endings = ", ".join(_WRITERS)
        raise RunError(f"{out} must end in one of {endings}, to say what it shall be.")
    with _staged(out) as staging, opened(staging) as write:
        yield lambda block: write(assignment_columns(block, taxonomy))


def read_mapping(path: Path) -> Iterator[Columns]:
    """Blocks of columns of a .parquet file that `open_mapping` wrote."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path, pre_buffer=False) as table:
        for batch in table.iter_batches(use_threads=False):
            yield batch.to_pydict()


def write_tree(out: Path, taxonomy: Taxonomy) -> None:
    """Write the tree to a .json file: categories with their children in them.

    Raises:
        RunError: the file has another ending, or cannot be written.
    """
    if out.suffix.lower() != ".json":
        raise RunError(f"{out} must end in .json: a tree is written as that.")
    with _staged(out) as staging:
        staging.write_bytes(as_json(nested_tree(taxonomy)))


@contextmanager
def open_rejects(out: Path) -> Iterator[Callable[[Reject], None]]:
    """A function that writes rejects to a file, one line of JSON each; no rejects, no file.

    Raises:
        RunError: the file cannot be written.
    """
    with _staged(out) as staging:
        with staging.open("w", encoding="utf-8", errors="replace") as file:
            yield lambda reject: print(json.dumps(asdict(reject), ensure_ascii=False), file=file)
        if not staging.stat().st_size:
            # What an earlier dump left behind says nothing about this one.
            out.unlink(missing_ok=True)
            staging.unlink()


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A file beside, which takes the place of the one that is meant when all is written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with staged(out, durable=True) as staging:
            yield staging
    except OSError as error:
        raise RunError(
            f"Cannot write {out}: {error.strerror or error}. Make room, or choose another --out."
        ) from error


@contextmanager
def _parquet(path: Path) -> Iterator[Callable[[Columns], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("product_id", "level1_id", "level1_name", "level2_id", "level2_name")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("confidence", pa.float32()),
            ("method", pa.string()),
        ]
    )
    with pq.ParquetWriter(path, schema) as writer:
        yield lambda columns: writer.write_table(pa.table(columns, schema=schema))


@contextmanager
def _csv(path: Path) -> Iterator[Callable[[Columns], None]]:
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        began = False

        def write(columns: Columns) -> None:
            nonlocal began
            if not began:
                table.writerow(columns)
                began = True
            table.writerows(map(guarded, row) for row in _rows(columns))

        yield write


@contextmanager
def _json_lines(path: Path) -> Iterator[Callable[[Columns], None]]:
    with path.open("w", encoding="utf-8", errors="replace") as file:

        def write(columns: Columns) -> None:
            for row in _rows(columns):
                record = dict(zip(columns, row, strict=True))
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _excel(path: Path) -> Iterator[Callable[[Columns], None]]:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("mapping")
    n_rows = 0

    def write(columns: Columns) -> None:
        nonlocal n_rows
        if not n_rows:
            sheet.append(list(columns))
            n_rows += 1
        for row in _rows(columns):
            n_rows += 1
            if n_rows > _MOST_EXCEL_ROWS:
                raise RunError(
                    f"Excel holds {_MOST_EXCEL_ROWS:,} rows at most, and these are more. Write a "
                    ".csv or a .parquet file."
                )
            sheet.append([_excel_cell(value) for value in row])

    try:
        yield write
    finally:
        # Its writer would complain of rows that were never finished.
        sheet.close()
    book.save(path)


def _excel_cell(value: Any) -> Any:
    # XML has no room for control characters.
    return guarded(_CONTROLS.sub("\ufffd", value) if isinstance(value, str) else value)


def _rows(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*map(_plain, columns.values()), strict=True)


def _plain(column: Any) -> Any:
    """Values as text formats write them: numbers of numpy as numbers of Python."""
    return [round(value, 6) for value in column.tolist()] if hasattr(column, "tolist") else column


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines, ".xlsx": _excel}
