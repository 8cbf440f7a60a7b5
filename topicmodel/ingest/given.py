"""What a dump is given as -> what can be read: paths, queries, and products in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from topicmodel.datatypes import Query, Stage
from topicmodel.errors import DumpError
from topicmodel.ingest.copies import STANDARD_INPUT, Copy, is_address
from topicmodel.ingest.formats import format_by_name
from topicmodel.ingest.frames import frame_records, type_name
from topicmodel.ingest.paths import is_pattern
from topicmodel.ingest.queries import DumpPath, fetch_query
from topicmodel.ingest.records import AnySource, Records, kept_in_file, rows_of
from topicmodel.progress import Progress

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

DumpInput: TypeAlias = "DumpPath | Iterable[DumpPath] | Iterable[Mapping[str, Any]] | IntoFrame"
"""One path, address or query, or several; or products in memory: mappings of column -> value, or a
data frame that narwhals knows."""

_HEAD = 100
"""Number of items that are looked at to see what a dump is."""
_ACCEPTED = (
    "Hand over one or more paths, addresses or queries; or a data frame of pandas, polars, Arrow "
    "or another library that narwhals knows; or records, that is mappings of column to value, such "
    "as [{'title': 'Red mug', 'description': 'Holds tea.'}]."
)


def as_list(given: DumpInput) -> list[DumpPath | Records]:
    """What a dump was given as, as a list of all that is to be read.

    Raises:
        DumpError: it is nothing that can be read, such as a list of plain texts.
    """
    if isinstance(given, str | Path | Query):
        return [given]
    if isinstance(given, list | tuple):
        records = Records("records", partial(rows_of, given), len(given))
        return _listed(given, given[:_HEAD], records)
    if frame := frame_records(given):
        return [frame]
    if isinstance(given, Mapping | bytes) or not isinstance(given, Iterable):
        raise _unsupported(f"a value of the type {type_name(given)}")
    items = iter(given)
    head = list(islice(items, _HEAD))
    every = chain(head, items)
    return _listed(every, head, Records("records", partial(rows_of, every), is_read_once=True))


def rereadable(
    parts: Iterable[DumpPath | Copy | AnySource], stack: ExitStack, progress: Progress
) -> list[Path | str | Copy | AnySource]:
    """The parts of a dump, with what can be read again in place of what can be read only once.

    A dump is read more than once, and a database need not give its rows in the same order twice, so
    each query is asked once. Its rows, and records that can be read only once, are kept in
    temporary files, which are gone when `stack` closes.

    Raises:
        DatabaseError: a database cannot be reached, or refuses its query.
        DumpError: there is no room for the files.
    """
    return [_rereadable(part, stack, progress) for part in parts]


def _rereadable(
    part: DumpPath | Copy | AnySource, stack: ExitStack, progress: Progress
) -> Path | str | Copy | AnySource:
    if isinstance(part, Query):
        return fetch_query(part, stack, progress)
    if isinstance(part, Records) and part.is_read_once:
        progress.stage(Stage.GATHERING_RECORDS)
        return kept_in_file(part, stack)
    return part


def _listed(
    items: Iterable[Any], head: Sequence[Any], records: Records
) -> list[DumpPath | Records]:
    """The items as paths, or else as records."""
    first = next((item for item in head if item is not None), None)
    if isinstance(first, str | Path | Query) or not head:
        return _paths(items)
    if isinstance(first, Mapping):
        return [records]
    raise _unsupported(f"items of the type {type_name(first)}")


def _paths(items: Iterable[Any]) -> list[DumpPath | Records]:
    paths = list(items)
    strangers = [path for path in paths if not isinstance(path, str | Path | Query)]
    if strangers:
        raise _unsupported(
            f"paths among which there is a value of the type {type_name(strangers[0])}"
        )
    if paths and _are_texts(paths):
        raise DumpError(
            f"There is no file or folder {paths[0]}. If these are texts and no paths: a list of "
            f"plain texts is not accepted. {_ACCEPTED}"
        )
    return paths


def _are_texts(paths: Sequence[DumpPath]) -> bool:
    """Whether the items look like product texts: several, or one of several words, and no path."""
    if any(not isinstance(path, str) or _may_be_path(path) for path in paths):
        return False
    return len(paths) > 1 or len(str(paths[0]).split()) > 1


def _may_be_path(text: str) -> bool:
    if text == STANDARD_INPUT or is_address(text) or os.path.exists(text):  # noqa: PTH110 - any text
        return True
    is_one_word = len(text.split()) == 1
    return format_by_name(PurePosixPath(text)) is not None or (is_one_word and is_pattern(text))


def _unsupported(what: str) -> DumpError:
    return DumpError(f"A dump cannot be read from {what}. {_ACCEPTED}")
