"""Data frames of any library that narwhals knows, as records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from topicmodel.datatypes import Reject
from topicmodel.errors import DumpError
from topicmodel.ingest.records import Records, rows_of
from topicmodel.ingest.rows import Row

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

_UNREADABLE = (ValueError, OverflowError)
"""Errors of libraries for values that Python cannot hold, such as the year 20000."""


def frame_records(given: object) -> Records | None:
    """The rows of a data frame; None where it is none. A lazy frame is computed, once.

    Raises:
        DumpError: two columns have one name.
    """
    import narwhals.stable.v2 as nw
    from narwhals.exceptions import DuplicateError

    native = nw.to_native(given, pass_through=True)
    name = type_name(native)
    try:
        frame = nw.from_native(native, pass_through=True)
    except DuplicateError as error:
        reason = " ".join(str(error).split())
        raise DumpError(
            f"Columns of the {name} have the same name. Rename them. ({reason})"
        ) from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return None
    return Records(name, partial(_rows, _with_index(frame), name), len(frame))


def type_name(value: object) -> str:
    """The type of a value with the library that it is of, such as `pandas.DataFrame`."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return kind.__name__ if library == "builtins" else f"{library}.{kind.__name__}"


def _with_index(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The frame with an index of pandas as columns where it has names: often it is the id."""
    import narwhals.stable.v2 as nw

    index = nw.maybe_get_index(frame)
    names = {name for name in getattr(index, "names", ()) if name is not None}
    if not names or not names.isdisjoint(frame.columns):
        return frame
    with_index: nw.DataFrame[Any] = nw.from_native(frame.to_native().reset_index())
    return with_index


def _rows(frame: nw.DataFrame[Any], name: str) -> Iterator[Row | Reject]:
    try:
        yield from rows_of(frame.iter_rows(named=True))
    except _UNREADABLE as error:
        raise DumpError(
            f"The {name} holds a value that Python cannot read: {error}. Make its column text, or "
            "leave it out."
        ) from error
