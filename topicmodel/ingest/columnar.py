"""Rows of Parquet and of Arrow: its files, which Feather's are too, and its streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from topicmodel.datatypes import Reject
from topicmodel.ingest.packing import UNPACKS_TOO_FAR, most_unpacked
from topicmodel.ingest.rows import MOST_COLUMNS, Row
from topicmodel.ingest.source import Source

_BATCH = 500
_FEW_ROWS = 1_000_000
_ARROW_MARK = b"ARROW1"
_UNREADABLE = (ValueError, OverflowError)
"""Errors of pyarrow for dates that Python cannot hold, and for text that is not UTF-8."""


def read_parquet(source: Source, advance: Callable[[int], None]) -> Iterator[Row | Reject]:
    """Rows of a Parquet file, a batch at a time.

    Raises:
        OSError: the file is no Parquet, is damaged, or promises more than it can hold.
    """
    with _our_errors(), source.open_seekable(advance) as (file, advance_rows):
        yield from _rows(_parquet_batches(file, source, advance_rows), source)


def read_arrow(source: Source, advance: Callable[[int], None]) -> Iterator[Row | Reject]:
    """Rows of an Arrow file or stream, a batch at a time.

    Raises:
        OSError: the file is no Arrow, is damaged, or promises more than it can hold.
    """
    with _our_errors(), source.open_seekable(advance) as (file, advance_rows):
        yield from _rows(_arrow_batches(file, source), source)
        advance_rows(source.size)


@contextmanager
def _our_errors() -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, MemoryError, *_UNREADABLE) as error:
        raise OSError(" ".join(str(error).split()) or type(error).__name__) from error


def _parquet_batches(
    file: str | IO[bytes], source: Source, advance: Callable[[int], None]
) -> Iterator[Any]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file) as table:
        facts = table.metadata
        _check_promise(facts.num_rows, source)
        groups = (facts.row_group(number) for number in range(facts.num_row_groups))
        if sum(group.total_byte_size for group in groups) > most_unpacked(source.size):
            raise OSError(UNPACKS_TOO_FAR)
        for batch in table.iter_batches(batch_size=_BATCH):
            yield batch
            advance(source.size * batch.num_rows // max(facts.num_rows, 1))


def _arrow_batches(file: str | IO[bytes], source: Source) -> Iterator[Any]:
    import pyarrow
    from pyarrow import ipc

    # A mapped file is never copied, so that a length in it that is a lie costs nothing.
    opened = (
        pyarrow.memory_map(file) if isinstance(file, str) else pyarrow.PythonFile(file, mode="r")
    )
    with opened as data:
        is_file = data.read(len(_ARROW_MARK)) == _ARROW_MARK
        data.seek(0)
        if is_file:
            reader = ipc.open_file(data)
            batches = (reader.get_batch(place) for place in range(reader.num_record_batches))
        else:
            batches = iter(ipc.open_stream(data))
        n_rows = 0
        for batch in batches:
            n_rows += batch.num_rows
            _check_promise(n_rows, source)
            # Without this, offsets that lead out of the file would be followed.
            batch.validate(full=True)
            yield batch


def _check_promise(n_rows: int, source: Source) -> None:
    if n_rows > max(_FEW_ROWS, source.size):
        raise OSError(f"promises {n_rows:,} rows in {source.size:,} bytes")


def _rows(batches: Iterable[Any], source: Source) -> Iterator[Row | Reject]:
    """The rows of batches, one at a time, as a short batch may unpack to very many bytes."""
    number, size = 0, 0
    for batch in batches:
        if batch.num_columns > MOST_COLUMNS:
            raise OSError(f"has {batch.num_columns:,} columns, over {MOST_COLUMNS:,}")
        cells = zip(*batch.columns, strict=True) if batch.num_columns else ()
        for row in cells:
            number += 1
            try:
                values = dict(zip(batch.schema.names, map(_value, row), strict=True))
            except _UNREADABLE as error:
                reason = f"holds what cannot be read: {error}"
                yield Reject(source.name, number, reason, "")
                continue
            size += sum(len(value) for value in values.values() if isinstance(value, str | bytes))
            if size > most_unpacked(source.size):
                raise OSError(UNPACKS_TOO_FAR)
            yield Row(number, values)


def _value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return cell.cast("binary").as_py().decode("windows-1252", "replace")
    except _UNREADABLE:
        # A date of the year 20000 is text all the same.
        return cell.cast("string").as_py()
