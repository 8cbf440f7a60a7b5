"""Lines of a text of any size; a line that is too long is skipped and never held in memory."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import Protocol, TypeVar

from topicmodel.datatypes import Reject
from topicmodel.ingest.rows import reject

Line = TypeVar("Line", str, bytes, covariant=True)
LONGEST_LINE = 1 << 24
"""Characters, or bytes, of the longest line, row and field that is read: 16 million."""
TOO_LONG = "is longer than 16 million characters"

_ENDS = ("\n", "\r", b"\n", b"\r")
_MOST_EMPTY = 1_000_000
_MOST_AGAIN = 1 << 26
"""Maximum characters of a table that are read again because of an unclosed quote."""
_UNCLOSED = "a quote is opened here and never closed"


class _Text(Protocol[Line]):
    def readline(self, size: int, /) -> Line: ...


def bounded_lines(text: _Text[Line]) -> Iterator[Line | None]:
    """The lines with their ends; None in place of one that is longer than `LONGEST_LINE`.

    Raises:
        OSError: far too many lines on end are empty.
    """
    n_empty = 0
    while line := text.readline(LONGEST_LINE):
        n_empty = n_empty + 1 if len(line) <= len("\r\n") else 0
        if n_empty > _MOST_EMPTY:
            raise OSError(f"over {_MOST_EMPTY:,} empty lines")
        if len(line) < LONGEST_LINE or line[-1:] in _ENDS:
            yield line
            continue
        while line and line[-1:] not in _ENDS:
            line = text.readline(LONGEST_LINE)
        yield None


def read_records(
    text: io.TextIOBase, delimiter: str, name: str
) -> Iterator[tuple[int, list[str] | Reject]]:
    """First line and cells of each record of a table, or the reject of a line that is in none.

    A quote that is never closed costs the line that it stands in; those that follow are read again.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number, left = 1, _MOST_AGAIN
    while True:
        lines.held.clear()
        try:
            cells, problem = _next_record(reader, lines)
        except StopIteration:
            return
        if not problem:
            yield number, cells
            number += len(lines.held)
            continue
        first, *rest = lines.held or [""]
        yield number, reject(name, number, problem, first.rstrip("\r\n"))
        number += 1
        left -= sum(map(len, rest))
        if left < 0:
            raise OSError("too many quotes are opened and never closed")
        lines.again.extendleft(reversed(rest))


def _next_record(reader: Iterator[list[str]], lines: _Lines) -> tuple[list[str], str]:
    """The cells of the next record, and the reason where it cannot be used."""
    try:
        cells = next(reader)
    except _LongLineError:
        return [], TOO_LONG
    except csv.Error as error:
        return [], f"cannot be parsed: {error}"
    return cells, _UNCLOSED if lines.are_torn else ""


class _LongLineError(Exception):
    """Raised where the next record begins with a line that is too long."""


class _Lines:
    """Lines for csv.reader; remembers the lines of the current record."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._fresh = bounded_lines(text)
        self.again: deque[str | None] = deque()
        """Lines that are read again before new ones."""
        self.held: list[str] = []
        """Lines of the current record; cleared before the next one."""
        self.are_torn = False
        """Whether the current record ends within a quote."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self._fresh, "")
        # csv.reader asks for another line of a record only where a quote is open.
        self.are_torn = not line and bool(self.held)
        if line:
            self.held.append(line)
            return line
        if line is None and not self.held:
            raise _LongLineError
        if line is None:
            self.again.appendleft(None)
        raise StopIteration
