"""A source of any format -> its rows, with whatever stops it as a last reject."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator

from topicmodel.datatypes import Reject
from topicmodel.ingest.json_rows import read_json, read_json_lines
from topicmodel.ingest.rows import Row
from topicmodel.ingest.sources import Source
from topicmodel.ingest.streams import as_utf8
from topicmodel.ingest.tables import read_parquet, read_table

_READERS = {"table": read_table, "json": read_json, "lines": read_json_lines}
_READ_ERRORS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile: a compression method that it does not know
)


def _ignore(_fact: object) -> None:
    """Nobody wants to know."""


def read_rows(
    source: Source,
    advance: Callable[[int], None] = _ignore,
    tell_encoding: Callable[[str], None] = _ignore,
) -> Generator[Row | Reject, None, None]:
    """The rows of a source in order, and a reject for each that is none.

    A source that cannot be opened, or breaks on the way, ends in a reject; what came before stays.

    Args:
        source: the file to read.
        advance: told the bytes that were read, packed as they are.
        tell_encoding: told the encoding of a text that is not UTF-8.
    """
    line = 0
    try:
        for item in _read(source, advance, tell_encoding):
            line = item.line
            yield item
    except _READ_ERRORS as error:
        yield Reject(source.name, line + 1, f"cannot be read on from here: {error}", "")


def _read(
    source: Source, advance: Callable[[int], None], tell_encoding: Callable[[str], None]
) -> Iterator[Row | Reject]:
    if source.format == "parquet":
        yield from read_parquet(source, advance)
        return
    with source.open(advance) as stream:
        yield from _READERS[source.format](as_utf8(stream, tell_encoding), source.name)
