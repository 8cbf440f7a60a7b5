"""Files -> products, one file after the other or by workers who read one each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial

from topicmodel.datatypes import Product, Reject
from topicmodel.ingest.columns import Roles
from topicmodel.ingest.reading import read_rows
from topicmodel.ingest.rows import build_product
from topicmodel.ingest.sources import Source
from topicmodel.progress import Progress, Silent
from topicmodel.scaling import Workers, in_order

_NO_TEXT = "the file has no column with a usual name for a title or a description"


@dataclass
class Reading:
    """How far the reading of a dump is."""

    progress: Progress
    encodings: dict[str, list[str]] = field(default_factory=dict)
    """Encoding -> the files that have it, where it is not UTF-8."""
    rows: int = 0
    """Rows so far that could be parsed; their number is the id where no column is."""


def products_of_all(
    sources: Sequence[Source], roles: Mapping[str, Roles], reading: Reading, workers: Workers
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
    encodings: Sequence[str]
    rows: int


def _read_whole(roles: Mapping[str, Roles], source: Source) -> _Whole:
    reading = Reading(Silent())
    items = list(_products_of(source, roles.get(source.name), reading))
    return _Whole(items, list(reading.encodings), reading.rows)


def _numbered_on(
    whole: _Whole, roles: Roles | None, source: Source, reading: Reading
) -> Iterator[Product | Reject]:
    """The file's products, numbered after those of the files before where they have no ids."""
    for item in whole.items:
        if isinstance(item, Product) and roles is not None and not roles.id:
            yield replace(item, id=str(reading.rows + int(item.id)))
        else:
            yield item
    reading.rows += whole.rows
    for encoding in whole.encodings:
        reading.encodings.setdefault(encoding, []).append(source.name)
    reading.progress.advance(source.size)


def _products_of(
    source: Source, roles: Roles | None, reading: Reading
) -> Iterator[Product | Reject]:
    def tell_encoding(encoding: str) -> None:
        reading.encodings.setdefault(encoding, []).append(source.name)

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
                yield build_product(item, roles, source.name, reading.rows)
    if empty:
        yield Reject(source.name, 1, "the file holds no rows", "")
