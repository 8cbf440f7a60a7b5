"""A dump of products, in any usual format or in memory -> a Dump.

Files are read as streams; only the products themselves are held. Rows that cannot be used become
rejects; `check_rejects` and `Tally` tell when they are too many.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice

from topicmodel.datatypes import (
    Dump,
    DumpReport,
    Product,
    Products,
    Query,
    Reject,
    Stage,
    attributes_from_json,
)
from topicmodel.errors import DumpError
from topicmodel.execution import HERE, Workers
from topicmodel.files.secrets import masked
from topicmodel.ingest.columns import (
    ColumnChoice,
    Roles,
    check_named_columns,
    choose_roles,
    describe,
    no_text_column,
)
from topicmodel.ingest.copies import Copy, copied, is_address
from topicmodel.ingest.dump_files import LONGEST_FIELD, Reading, products_of_all, read_rows
from topicmodel.ingest.formats import READABLE
from topicmodel.ingest.given import DumpInput, as_list, rereadable
from topicmodel.ingest.growing import GrowingTable
from topicmodel.ingest.queries import DumpPath, described_query
from topicmodel.ingest.records import AnySource, Records
from topicmodel.ingest.rows import MOST_COLUMNS, Row
from topicmodel.ingest.sources import find_sources
from topicmodel.ingest.streams import FALLBACK
from topicmodel.ingest.tally import Tally
from topicmodel.ingest.values import text_of
from topicmodel.progress import Progress, Silent
from topicmodel.settings import IngestSettings

__all__ = [
    "AnySource",
    "ColumnChoice",
    "Copy",
    "DumpInput",
    "DumpPath",
    "Records",
    "Tally",
    "as_list",
    "check_rejects",
    "copied",
    "read_dump",
    "rereadable",
    "stream_products",
]

_GUESS_ALL = ColumnChoice()
_SILENT = Silent()
_AS_USUAL = IngestSettings()
_SAMPLE_ROWS = 200
_SAMPLE_ITEMS = 10_000
"""Rows of a file, and items of it, unusable ones included, in which its columns are looked for."""
_NUMBERED = (
    "no id column: products are numbered 1, 2, ... in the order of the rows; "
    "name one with --id if the dump is to be refitted"
)


def read_dump(
    paths: Sequence[DumpPath | Records],
    columns: ColumnChoice = _GUESS_ALL,
    progress: Progress = _SILENT,
    workers: Workers = HERE,
    settings: IngestSettings = _AS_USUAL,
) -> Dump:
    """Read files and folders of products: CSV, TSV, JSON, JSON lines, Excel, Parquet or Arrow.

    Columns that are not named are guessed from the first 200 rows of each file. A column without a
    role becomes an attribute, save one whose name says category. A row that cannot be used becomes
    a reject. Where an id comes twice the later row wins, at the place of the first.

    Args:
        paths: files (plain, packed with gzip, bzip2 or zstd, or in a zip), patterns such as
            `dumps/*.csv`, or folders, which are searched through; also as an address, such as
            `s3://bucket/folder` or `https://shop.example/products.csv`; "-" is standard input; and
            queries of a database; and records, as `as_list` makes them of products in memory.
        columns: the columns that the user named.
        progress: told the bytes read, the columns found, what is unusual about a file, and how many
            rows have become what.
        workers: who read the files, where there are several.
        settings: how files are read. `max_rejects` is the caller's, who knows what is at stake.

    Raises:
        DatabaseError: a database cannot be reached, or refuses its query.
        DumpError: a path or a named column is missing, no column holds text, or no row is usable.
    """
    gathered = _Gathered()
    for item in stream_products(paths, columns, progress, gathered.found, workers, settings):
        _add(item, gathered)
    if not gathered.products:
        raise DumpError(_nothing_usable(paths, gathered.rejects))
    products = gathered.products.table()
    progress.message(str(gathered.tally))
    report = DumpReport(
        rejects=gathered.rejects,
        duplicates=gathered.tally.duplicates,
        columns=gathered.found,
        sources=[_described(path) for path in paths],
        fingerprint=_fingerprint(products),
        in_memory=any(isinstance(path, Records) for path in paths),
    )
    return Dump(products, report)


def check_rejects(dump: Dump, settings: IngestSettings) -> None:
    """See that enough of the rows of a dump can be used.

    Raises:
        DumpError: the rejects are more than the settings allow.
    """
    tally = Tally(len(dump.products), dump.report.duplicates)
    for reject in dump.report.rejects:
        tally.add(reject)
    tally.check(settings.max_rejects)


def stream_products(
    paths: Sequence[DumpPath | Copy | AnySource],
    columns: ColumnChoice = _GUESS_ALL,
    progress: Progress = _SILENT,
    found: dict[str, str] | None = None,
    workers: Workers = HERE,
    settings: IngestSettings = _AS_USUAL,
) -> Iterator[Product | Reject]:
    """The products of a dump one by one, as `read_dump` reads them; none is held.

    Args:
        paths: as for `read_dump`; whoever reads them twice hands over what `rereadable` and
            `copied` made of them.
        columns: the columns that the user named.
        progress: told the bytes read.
        found: given role -> its columns, in words, before the first product.
        workers: as for `read_dump`; they read ahead, so several files are held.
        settings: as for `read_dump`.

    Yields:
        Products, of which several may have one id, and rows that cannot be used.

    Raises:
        DatabaseError, DumpError: as for `read_dump`, but that no row is usable.
    """
    with ExitStack() as stack:
        files = find_sources(rereadable(paths, stack, progress), stack, settings)
        sources = files.sources
        roles = _choose_roles(sources, columns)
        described = describe(roles.values())
        if found is not None:
            found.update(described)
        progress.stage(Stage.READING, sum(source.size for source in sources))
        _tell_columns(described, progress)
        for note in files.notes:
            progress.message(note)
        yield from files.rejects
        reading = Reading(progress)
        yield from products_of_all(sources, roles, reading, workers)
    _tell_encodings(reading.encodings, progress)
    if reading.cut:
        progress.message(
            f"{len(reading.cut):,} products with fields of over {LONGEST_FIELD:,} characters, "
            f"which are cut there: the first at {reading.cut[0]}"
        )


@dataclass
class _Gathered:
    products: GrowingTable = field(default_factory=GrowingTable)
    rejects: list[Reject] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    found: dict[str, str] = field(default_factory=dict)
    """Role -> the names of its columns, as text for people."""


def _choose_roles(sources: Iterable[AnySource], choice: ColumnChoice) -> dict[str, Roles]:
    """File name -> its roles, for the files that hold rows with text."""
    columns = {source.name: _columns(source) for source in sources}
    known = list(dict.fromkeys(name for names in columns.values() for name in names))
    if not known:
        return {}
    check_named_columns(known, choice)
    roles = {name: choose_roles(names, choice) for name, names in columns.items() if names}
    with_text = {name: role for name, role in roles.items() if role.has_text}
    if not with_text:
        raise no_text_column(known)
    _check_ids(with_text)
    return with_text


def _columns(source: AnySource) -> dict[str, bool]:
    """Names of the columns in a file's first rows -> whether they hold anything there."""
    columns: dict[str, bool] = {}
    with closing(read_rows(source)) as items:
        first = islice(items, _SAMPLE_ITEMS)
        rows = (item for item in first if isinstance(item, Row))
        for row in islice(rows, _SAMPLE_ROWS):
            for name, value in row.values.items():
                columns[name] = columns.get(name, False) or _is_filled(value)
            if len(columns) > MOST_COLUMNS:
                break
    return columns


def _is_filled(value: object) -> bool:
    # What is within lists and objects does not matter, however deep it is.
    return bool(value) if isinstance(value, (list, dict)) else bool(text_of(value))


def _check_ids(roles: Mapping[str, Roles]) -> None:
    having = {name: role.id[0] for name, role in roles.items() if role.id}
    lacking = [name for name in roles if name not in having]
    if having and lacking:
        file, column = next(iter(having.items()))
        raise DumpError(
            f"{lacking[0]} has no id column, while {file} has {column!r}. "
            "Name a column that both have with --id, or read the files apart."
        )


def _add(product: Product | Reject, gathered: _Gathered) -> None:
    if isinstance(product, Reject):
        gathered.tally.add(product)
        gathered.rejects.append(product)
        return
    gathered.tally.add(product, is_new=gathered.products.put(product))


def _tell_columns(found: Mapping[str, str], progress: Progress) -> None:
    if not found:
        return
    progress.message("columns: " + ", ".join(f"{role} <- {name}" for role, name in found.items()))
    if "id" not in found:
        progress.message(_NUMBERED)


def _tell_encodings(encodings: Mapping[tuple[str, str], int], progress: Progress) -> None:
    for encoding in dict.fromkeys(encoding for encoding, _ in encodings):
        counts = {file: count for (each, file), count in encodings.items() if each == encoding}
        file, total = next(iter(counts)), sum(counts.values())
        where = f"{file} and {len(counts) - 1} more" if len(counts) > 1 else file
        if encoding == FALLBACK:
            progress.warning(f"{total:,} bytes that are not UTF-8, read as {encoding}: {where}")
        elif total:
            progress.warning(f"{total:,} characters that are not {encoding} are lost: {where}")
        else:
            progress.message(f"read as {encoding}: {where}")


def _described(path: DumpPath | Records) -> str:
    """The path as a run remembers it: without any secret."""
    if isinstance(path, Records):
        return path.origin
    if isinstance(path, Query):
        return described_query(path)
    return masked(path) if is_address(path) else str(path)


def _nothing_usable(paths: Sequence[DumpPath | Records], rejects: Sequence[Reject]) -> str:
    named = ", ".join(" ".join(_described(path).split()) for path in paths)
    if not rejects:
        return f"No file to read was named. Name one or more: {READABLE}."
    first = rejects[0]
    return (
        f"No usable product in {named}: {len(rejects)} rejected, the first at "
        f"{first.place}: {first.reason}. "
        "Mend the dump, or name its columns with --id and --text."
    )


def _fingerprint(products: Products) -> str:
    columns = (products.ids, products.titles, products.descriptions, products.attributes)
    total = hashlib.sha256()
    for digest in sorted(map(_digest, *columns)):
        total.update(digest)
    return total.hexdigest()


def _digest(id_: str, title: str, description: str, attributes: str) -> bytes:
    parts = [id_, title, description, sorted(attributes_from_json(attributes).items())]
    return hashlib.sha256(json.dumps(parts).encode()).digest()
