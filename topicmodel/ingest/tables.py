"""Rows of tables: text with a delimiter, and Parquet."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from topicmodel.datatypes import Reject
from topicmodel.ingest.rows import Row, reject
from topicmodel.ingest.sources import Source
from topicmodel.spreadsheets import unguarded

_DELIMITERS = ",;\t|"
_HEAD = 1 << 16
_SNIFFED_ROWS = 50
_LONGEST_FIELD = 1 << 24
_BATCH = 1000
_IN_MEMORY = 1 << 26


def read_table(stream: io.BufferedReader, name: str) -> Iterator[Row | Reject]:
    """Rows of a table whose first row names the columns; the delimiter is sniffed.

    A row with more cells than there are columns is rejected, save where the surplus is empty. In a
    row with fewer, the last columns are empty. An apostrophe that keeps a cell from being a
    formula is no part of its text.
    """
    # The limit is the csv module's own, for all readers; 128 KB is too little for a description.
    csv.field_size_limit(_LONGEST_FIELD)
    delimiter = _sniff(stream.peek(_HEAD))
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=delimiter)
    columns = unique_names(next(reader, []))
    line = reader.line_num + 1
    for cells in _records(reader, name):
        if isinstance(cells, Reject):
            yield cells
        elif cells:
            yield _as_row(cells, columns, name, line, delimiter)
        line = reader.line_num + 1


def read_parquet(source: Source, advance: Callable[[int], None]) -> Iterator[Row | Reject]:
    """Rows of a Parquet file, a batch at a time.

    Raises:
        OSError: the file is no Parquet, or is damaged.
    """
    import pyarrow

    try:
        with _seekable(source, advance) as (file, advance_rows):
            yield from _parquet_rows(file, source.size, advance_rows)
    except (pyarrow.ArrowException, ValueError, OverflowError) as error:
        # The last two: dates beyond what Python knows.
        raise OSError(" ".join(str(error).split())) from error


def _parquet_rows(
    file: str | IO[bytes], size: int, advance: Callable[[int], None]
) -> Iterator[Row]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file) as table:
        n_rows = table.metadata.num_rows
        number = 0
        for batch in table.iter_batches(batch_size=_BATCH):
            for values in batch.to_pylist():
                number += 1
                yield Row(number, values)
            advance(size * batch.num_rows // n_rows)


@contextmanager
def _seekable(
    source: Source, advance: Callable[[int], None]
) -> Iterator[tuple[str | IO[bytes], Callable[[int], None]]]:
    """The file itself, or a copy where it is packed, since Parquet is read from its end."""
    if source.is_plain:
        yield str(source.path), advance
        return
    with source.open(advance) as packed, tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        shutil.copyfileobj(packed, copy)
        copy.seek(0)
        # Copying has told already how far it is.
        yield copy, lambda _amount: None


def _records(reader: Iterator[list[str]], name: str) -> Iterator[list[str] | Reject]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = reader.line_num  # type: ignore[attr-defined]  # csv.reader has it
            yield reject(name, line, f"cannot be parsed: {error}", "")


def _as_row(
    cells: Sequence[str], columns: Sequence[str], name: str, line: int, delimiter: str
) -> Row | Reject:
    if any(cell.strip() for cell in cells[len(columns) :]):
        reason = f"has {len(cells)} cells for {len(columns)} columns"
        return reject(name, line, reason, delimiter.join(cells))
    return Row(line, dict(zip(columns, map(unguarded, cells), strict=False)))


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names without spaces around; a repeated one gets a number, as in pandas."""
    names: list[str] = []
    for cell in header:
        name, seen = cell.strip(), 0
        while cell and name in names:
            seen += 1
            name = f"{cell.strip()}.{seen}"
        names.append(name)
    return names


def _sniff(head: bytes) -> str:
    """The delimiter that cuts the first rows into the most, and the most even, cells."""
    text = head.decode("utf-8", "replace")
    return max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        rows.append(len(row))
        if len(rows) == _SNIFFED_ROWS:
            break
    width = rows[0] if rows else 1
    # The head may end in the middle of its last row.
    whole = rows[:-1] if len(rows) > 2 else rows
    even = sum(count == width for count in whole) / len(whole) if whole and width > 1 else 0.0
    return even, width
