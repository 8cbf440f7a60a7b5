"""Rows of tables in a text with a delimiter."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from topicmodel.datatypes import Reject
from topicmodel.files.formulas import unguarded
from topicmodel.ingest.lines import LONGEST_LINE, read_records
from topicmodel.ingest.rows import MOST_COLUMNS, Row, reject

_DELIMITERS = ",;\t|\x01\x1f^~"
_HEAD = 1 << 16
_SNIFFED_ROWS = 50
_NAMED_DELIMITER = re.compile(rb"sep=([\x01-\x7f])\r?\n", re.IGNORECASE)
"""The first line that Excel may write, such as sep=; it names the delimiter."""


def read_table(
    stream: io.BufferedReader, name: str, delimiter: str = "auto"
) -> Iterator[Row | Reject]:
    """Rows of a table whose first row names the columns.

    A row with more cells than there are columns is rejected, save where the surplus is empty. In a
    row with fewer, the last columns are empty. An apostrophe that keeps a cell from being a
    formula is no part of its text.

    Args:
        stream: UTF-8.
        name: of the file.
        delimiter: between cells; auto takes what cuts the first rows best.

    Raises:
        OSError: there are far too many columns, or quotes that are not closed.
    """
    # The limit is the csv module's own, for all readers; 128 KB is too little for a description.
    csv.field_size_limit(LONGEST_LINE)
    head = stream.peek(_HEAD)
    named = _NAMED_DELIMITER.match(head)
    if delimiter == "auto":
        delimiter = named[1].decode() if named else _sniff(head)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    columns: list[str] = []
    for line, cells in read_records(text, delimiter, name):
        if isinstance(cells, Reject):
            yield cells
        elif line == 1 and named:
            continue
        elif not columns:
            columns = unique_names(cells)
        elif cells:
            yield as_row(cells, columns, name, line, delimiter)


def as_row(
    cells: Sequence[Any], columns: Sequence[str], name: str, line: int, delimiter: str
) -> Row | Reject:
    """The row of a table's cells, or the reject of one that has more cells than columns."""
    if any(str(cell).strip() for cell in cells[len(columns) :] if cell is not None):
        filled = ["" if cell is None else str(cell) for cell in cells]
        reason = f"has {len(cells)} cells for {len(columns)} columns"
        return reject(name, line, reason, delimiter.join(filled))
    plain = (unguarded(cell) if isinstance(cell, str) else cell for cell in cells)
    return Row(line, dict(zip(columns, plain, strict=False)))


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names without spaces around; a repeated one gets a number, as in pandas.

    Raises:
        OSError: there are more than any table has.
    """
    if len(header) > MOST_COLUMNS:
        raise OSError(f"has {len(header):,} columns, which is over {MOST_COLUMNS:,}")
    names: list[str] = []
    taken: set[str] = set()
    seen: Counter[str] = Counter()
    for cell in map(str.strip, header):
        name = cell
        while name and name in taken:
            seen[cell] += 1
            name = f"{cell}.{seen[cell]}"
        taken.add(name)
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
