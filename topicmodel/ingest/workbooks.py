"""Rows of Excel's workbooks, a sheet at a time."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from topicmodel.datatypes import Reject
from topicmodel.ingest.csv_rows import as_row, unique_names
from topicmodel.ingest.packing import MOST_BYTES, MOST_RATIO, UNPACKS_TOO_FAR, ignore
from topicmodel.ingest.rows import MOST_COLUMNS, Row
from topicmodel.ingest.source import Source

_SEARCHED = 200
"""Number of rows in which the header is looked for."""
_MOST_NAMED = 5
_MOST_ROWS = 1 << 20
_BEYOND = 8
"""Number of columns behind the header in which stray cells are noticed."""
_AT_ONCE = 500

Cells = Sequence[Any]


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook."""

    read: Sequence[str]
    left_out: Sequence[tuple[str, str]]
    """Names of sheets that are not read, each with the reason."""


def sheets_of(source: Source) -> Sheets:
    """Which sheets of a workbook hold a header and rows, and are not hidden.

    Raises:
        OSError: it is no workbook, is damaged, or unpacks too far.
    """
    read, left_out = [], []
    with _opened(source, ignore) as (book, _):
        for name in book.sheetnames:
            if reason := _reason_to_leave_out(book[name]):
                left_out.append((name, reason))
            else:
                read.append(name)
    if not read:
        reasons = ", ".join(f"{name} {reason}" for name, reason in left_out[:_MOST_NAMED])
        raise OSError(f"no sheet can be read: {reasons or 'there is none'}")
    return Sheets(read, left_out)


def read_workbook(source: Source, advance: Callable[[int], None]) -> Iterator[Row | Reject]:
    """Rows of the source's sheet; lines are those that Excel shows.

    The header is the first row with two cells or more, or the first with any where none has more.
    What formulas have come to is read, not the formulas.

    Raises:
        OSError: as for `sheets_of`.
    """
    with _opened(source, advance) as (book, advance_rows):
        sheet = book[source.sheet]
        line, header = _header(sheet)
        yield from _rows(sheet, line, header, source.name)
        advance_rows(source.size)


def _rows(sheet: Any, header_line: int, header: Cells, name: str) -> Iterator[Row | Reject]:
    columns = unique_names(["" if cell is None else str(cell) for cell in header])
    for line, cells in _filled(sheet, header_line + 1, len(columns) + _BEYOND):
        yield as_row(cells, columns, name, line, ", ")


def _reason_to_leave_out(sheet: Any) -> str:
    if sheet.sheet_state != "visible":
        return "is hidden"
    if not hasattr(sheet, "reset_dimensions"):
        return "holds a chart"
    line, header = _header(sheet)
    if not line:
        return "is empty"
    below = _filled(sheet, line + 1, len(header))
    return "" if next(below, None) else "holds a single row"


def _header(sheet: Any) -> tuple[int, Cells]:
    """Line and cells of the header; line 0 where the sheet is empty."""
    first = list(_filled(sheet, 1, MOST_COLUMNS, last=_SEARCHED))
    wide = (row for row in first if sum(cell is not None for cell in row[1]) > 1)
    line, cells = next(wide, first[0] if first else (0, ()))
    filled = [number for number, cell in enumerate(cells, start=1) if cell is not None]
    return line, cells[: max(filled, default=0)]


def _filled(
    sheet: Any, first: int, width: int, last: int = _MOST_ROWS
) -> Iterator[tuple[int, Cells]]:
    """Line and cells of the rows that hold anything, from a line on.

    Raises:
        OSError: the sheet cannot be read on.
    """
    # A sheet may claim any size, and its last row any number.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(min_row=first, max_row=last, max_col=width, values_only=True)
    numbered, empty = enumerate(rows, start=first), None
    while block := _next(numbered):
        for line, cells in block:
            # One and the same row stands for all that are missing, up to a million.
            if cells is empty:
                continue
            if any(cell is not None and cell != "" for cell in cells):
                yield line, cells
            else:
                empty = cells


def _next(rows: Iterator[tuple[int, Cells]]) -> list[tuple[int, Cells]]:
    with _our_errors():
        return list(islice(rows, _AT_ONCE))


@contextmanager
def _opened(
    source: Source, advance: Callable[[int], None]
) -> Iterator[tuple[Any, Callable[[int], None]]]:
    from openpyxl import load_workbook

    with ExitStack() as stack:
        file, advance_rows = stack.enter_context(source.open_seekable(advance))
        if isinstance(file, str):
            # By its path, openpyxl would look at its name.
            file = stack.enter_context(Path(file).open("rb"))
        with _our_errors():
            _check_size(file)
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        with closing(book):
            yield book, advance_rows


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # Of styles and the like, which mean nothing here.
            warnings.simplefilter("ignore")
            yield
    except OSError:
        raise
    except Exception as error:
        # A workbook that is damaged, or made to do damage, ends openpyxl in errors of any kind.
        reason = " ".join(str(error.__cause__ or error).split())[:200]
        raise OSError(f"the workbook is damaged: {reason or type(error).__name__}") from error


def _check_size(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    packed = sum(member.compress_size for member in members)
    if sum(member.file_size for member in members) > max(MOST_BYTES, MOST_RATIO * packed):
        raise OSError(UNPACKS_TOO_FAR)
