"""A source of any format -> its rows, with whatever stops it as a last reject."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from topicmodel.datatypes import Reject
from topicmodel.ingest.columnar import read_arrow, read_parquet
from topicmodel.ingest.csv_rows import read_table
from topicmodel.ingest.json_rows import read_json, read_json_lines
from topicmodel.ingest.packing import UNPACKING_ERRORS
from topicmodel.ingest.rows import Row
from topicmodel.ingest.sources import Source
from topicmodel.ingest.streams import as_utf8
from topicmodel.ingest.workbooks import read_workbook

_READERS = {"parquet": read_parquet, "arrow": read_arrow, "excel": read_workbook}
_TEXT_READERS = {"json": read_json, "lines": read_json_lines}


def _ignore(*_facts: object) -> None:
    """Nobody wants to know."""


def read_rows(
    source: Source,
    advance: Callable[[int], None] = _ignore,
    tell_encoding: Callable[[str, int], None] = _ignore,
) -> Generator[Row | Reject, None, None]:
    """The rows of a source in order, and a reject for each that is none.

    A source that cannot be opened, or breaks on the way, ends in a reject; what came before stays.

    Args:
        source: the file to read.
        advance: told the bytes that were read, packed as they are.
        tell_encoding: told the encoding of a text that is not UTF-8, as `as_utf8` tells it.
    """
    line = 0
    try:
        for item in _read(source, advance, tell_encoding):
            line = item.line
            yield item
    except UNPACKING_ERRORS as error:
        reason = " ".join(str(error).split())
        yield Reject(source.name, line + 1, f"cannot be read on from here: {reason}", "")


def _read(
    source: Source, advance: Callable[[int], None], tell_encoding: Callable[[str, int], None]
) -> Iterator[Row | Reject]:
    if source.format in _READERS:
        yield from _READERS[source.format](source, advance)
        return
    with source.open(advance) as stream:
        text = as_utf8(stream, tell_encoding, source.settings.encoding)
        if source.format == "table":
            yield from read_table(text, source.name, source.settings.delimiter)
        else:
            yield from _TEXT_READERS[source.format](text, source.name)
