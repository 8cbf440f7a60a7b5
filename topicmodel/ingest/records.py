"""Products in memory, such as the rows of a data frame, read like the rows of a file.

Where a row stands is told by its index, from 0, as Python counts.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from topicmodel.datatypes import Reject
from topicmodel.errors import DumpError
from topicmodel.ingest.packing import ignore
from topicmodel.ingest.rows import MOST_COLUMNS, Row, reject
from topicmodel.ingest.source import Source
from topicmodel.ingest.values import plain_of, text_of

_AT_ONCE = 1000
"""Rows between two reports of progress."""


@dataclass(frozen=True)
class Records:
    """A dump that is in memory. Nothing that it was made of is changed."""

    origin: str
    """What it was handed over as, such as `pandas.DataFrame` or `records`."""
    rows: Callable[[], Iterator[Row | Reject]]
    """Gives all rows in order, whenever it is called."""
    size: int = 0
    """How many rows there are; 0 where that is not known, since they can be read only once."""
    is_read_once: bool = False
    """Whether `rows` gives them at its first call only."""
    name: ClassVar[str] = ""
    """Always empty: the products are of no file."""
    is_apart: ClassVar[bool] = False
    """Always false: other processes cannot read it."""

    def read(self, advance: Callable[[int], None] = ignore) -> Iterator[Row | Reject]:
        """All rows in order. `advance` is told how many more were read."""
        for number, row in enumerate(self.rows(), start=1):
            yield row
            if number % _AT_ONCE == 0:
                advance(_AT_ONCE)


AnySource = Source | Records
"""Rows that can be read as often as needed, on a disk or in memory."""


def rows_of(items: Iterable[Any]) -> Iterator[Row | Reject]:
    """A row for each item, which should be a mapping of column -> value; a reject for any other."""
    return (_row(index, item) for index, item in enumerate(items))


def kept_in_file(records: Records, stack: ExitStack) -> Records:
    """Records that can be read only once, written to a temporary file so that they can be again.

    The file is gone when `stack` closes.

    Raises:
        DumpError: there is no room for the file.
    """
    # A folder of a temporary name is closed to other users.
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="topicmodel-"))
    file = Path(folder) / "rows.jsonl"
    size = 0
    with ExitStack() as closing:
        with _room_explained(folder):
            lines = closing.enter_context(file.open("w", encoding="ascii"))
        # Errors of whoever makes the records are not about this file.
        for row in records.rows():
            size += 1
            with _room_explained(folder):
                lines.write(_as_line(row))
        with _room_explained(folder):
            lines.close()
    return Records(records.origin, partial(_read_file, file), size)


def _row(index: int, item: Any) -> Row | Reject:
    if not isinstance(item, Mapping):
        return reject("", index, "is no mapping of columns to values", item)
    if len(item) > MOST_COLUMNS:
        return reject("", index, f"has {len(item):,} keys, over {MOST_COLUMNS:,}", "")
    try:
        return Row(index, plain_of(item))
    except RecursionError:
        return Reject("", index, "is nested too deeply", "")


def _as_line(row: Row | Reject) -> str:
    values = [row.reason, row.raw] if isinstance(row, Reject) else [row.values]
    return json.dumps(values, default=text_of) + "\n"


def _read_file(file: Path) -> Iterator[Row | Reject]:
    with file.open(encoding="ascii") as lines:
        for index, line in enumerate(lines):
            values = json.loads(line)
            yield Row(index, *values) if len(values) == 1 else Reject("", index, *values)


@contextmanager
def _room_explained(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DumpError(
            f"The records, which can be read only once, cannot be kept in {folder}: "
            f"{error.strerror or error}. Make room there, or set TMPDIR to another folder."
        ) from error
