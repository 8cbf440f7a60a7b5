"""Files -> products, one file after the other, or each file by one worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from topicmodel.datatypes import Product, Reject, place_in_words
from topicmodel.errors import DumpError
from topicmodel.execution import Workers, in_order
from topicmodel.ingest.columnar import read_arrow, read_parquet
from topicmodel.ingest.columns import Roles
from topicmodel.ingest.csv_rows import read_table
from topicmodel.ingest.json_rows import read_json, read_json_lines
from topicmodel.ingest.packing import UNPACKING_ERRORS, ignore
from topicmodel.ingest.records import AnySource, Records
from topicmodel.ingest.rows import Row, build_product
from topicmodel.ingest.source import Source
from topicmodel.ingest.streams import as_utf8
from topicmodel.ingest.workbooks import read_workbook
from topicmodel.progress import Progress, Silent

LONGEST_FIELD = 1_000_000
"""Maximum characters of a field; the rest is cut."""

_NO_TEXT = "the file has no column with a usual name for a title or a description"


@dataclass
class Reading:
    """Progress of reading a dump, and what was unusual."""

    progress: Progress
    encodings: dict[tuple[str, str], int] = field(default_factory=dict)
    """(encoding, file) -> number of bytes that are not UTF-8, or of characters that are lost."""
    cut: list[str] = field(default_factory=list)
    """Where fields were cut: file and line of each."""
    rows: int = 0
    """Rows so far that could be parsed; their number is the id where no column is."""


def products_of_all(
    sources: Sequence[AnySource], roles: Mapping[str, Roles], reading: Reading, workers: Workers
) -> Iterator[Product | Reject]:
    """The products of all files, in the order of the files and their rows.

    Members of a zip are read here, from the open archive; so is all else where there is one file.
    """
    apart = [source for source in sources if source.is_apart]
    are_spread = workers.at_once > 1 and len(apart) > 1
    whole = in_order(workers.map(partial(_read_whole, roles), apart))
    for source in sources:
        if are_spread and source.is_apart:
            yield from _numbered_on(next(whole), roles.get(source.name), source, reading)
        else:
            yield from _products_of(source, roles.get(source.name), reading)


@dataclass(frozen=True)
class _Whole:
    """All of a file, as a worker has read it."""

    items: Sequence[Product | Reject]
    reading: Reading
    """Of this file alone; it reports no progress."""


def _read_whole(roles: Mapping[str, Roles], source: AnySource) -> _Whole:
    reading = Reading(Silent())
    items = list(_products_of(source, roles.get(source.name), reading))
    return _Whole(items, reading)


def _numbered_on(
    whole: _Whole, roles: Roles | None, source: AnySource, reading: Reading
) -> Iterator[Product | Reject]:
    """The file's products, numbered after those of the files before where they have no ids."""
    for item in whole.items:
        if isinstance(item, Product) and roles is not None and not roles.id:
            yield replace(item, id=str(reading.rows + int(item.id)))
        else:
            yield item
    reading.rows += whole.reading.rows
    reading.encodings |= whole.reading.encodings
    reading.cut += whole.reading.cut
    reading.progress.advance(source.size)


def _products_of(
    source: AnySource, roles: Roles | None, reading: Reading
) -> Iterator[Product | Reject]:
    def tell_encoding(encoding: str, more: int) -> None:
        key = (encoding, source.name)
        reading.encodings[key] = reading.encodings.get(key, 0) + more

    empty = True
    with closing(read_rows(source, reading.progress.advance, tell_encoding)) as items:
        for item in items:
            empty = False
            if isinstance(item, Reject):
                yield item
            elif roles is None:
                yield Reject(source.name, item.line, _NO_TEXT, "")
                return
            else:
                reading.rows += 1
                product = build_product(item, roles, source.name, reading.rows)
                yield _within_limits(product, place_in_words(source.name, item.line), reading)
    if empty and isinstance(source, Records):
        raise DumpError(f"There are no rows in the {source.origin}. Hand over one at least.")
    if empty:
        yield Reject(source.name, 1, "the file holds no rows", "")


def _within_limits(item: Product | Reject, place: str, reading: Reading) -> Product | Reject:
    """The product with fields cut that are too long for text, such as embedded pictures."""
    if isinstance(item, Reject):
        return item
    texts = (item.title, item.description, item.image, *item.attributes.values())
    if max(map(len, texts)) <= LONGEST_FIELD:
        return item
    reading.cut.append(place)
    return replace(
        item,
        title=item.title[:LONGEST_FIELD],
        description=item.description[:LONGEST_FIELD],
        image=item.image if len(item.image) <= LONGEST_FIELD else "",
        attributes={name: text[:LONGEST_FIELD] for name, text in item.attributes.items()},
    )


_READERS = {"parquet": read_parquet, "arrow": read_arrow, "excel": read_workbook}

_TEXT_READERS = {"json": read_json, "lines": read_json_lines}


def read_rows(
    source: AnySource,
    advance: Callable[[int], None] = ignore,
    tell_encoding: Callable[[str, int], None] = ignore,
) -> Generator[Row | Reject, None, None]:
    """The rows of a source in order, and a reject for each that is none.

    A source that cannot be opened, or breaks on the way, ends in a reject; what came before stays.

    Args:
        source: the file to read.
        advance: told the bytes that were read, packed as they are; of records, their number.
        tell_encoding: told the encoding of a text that is not UTF-8, as `as_utf8` tells it.
    """
    if isinstance(source, Records):
        yield from source.read(advance)
        return
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
