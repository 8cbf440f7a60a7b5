"""The rows of a database's query, as a file that is read like any other."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from topicmodel.datatypes import Query, Stage
from topicmodel.errors import DatabaseError
from topicmodel.files.databases import connected, database_address
from topicmodel.ingest.csv_rows import unique_names
from topicmodel.ingest.source import Source
from topicmodel.ingest.values import text_of
from topicmodel.progress import Progress

if TYPE_CHECKING:
    from sqlalchemy import CursorResult

DumpPath = Path | str | Query
"""A file, a folder, an address, or a query."""

_BATCH = 2000
_REMEDY = "Mend the query of --sql."
_NO_COLUMNS = f"The query gives no columns: it has to be a SELECT. {_REMEDY}"


def fetch_query(query: Query, stack: ExitStack, progress: Progress) -> Source:
    """A temporary file of the rows that a query gives, which is gone when `stack` closes.

    They come in batches by a cursor of the server, in a transaction that only reads.

    Raises:
        DatabaseError: the database cannot be reached, or refuses the query.
    """
    name = " ".join(described_query(query).split())
    progress.stage(Stage.ASKING_THE_DATABASE)
    # A folder of a temporary name is closed to other users.
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="topicmodel-"))
    file = Path(folder) / "rows.jsonl"
    _write_rows(query, file)
    return Source(name, "lines", file.stat().st_size, partial(_open, file), is_apart=False)


def described_query(query: Query) -> str:
    """The query as a run remembers it: with its address, without its password.

    Raises:
        DatabaseError: no database is named.
    """
    return str(replace(query, url=database_address(query.url)))


def _open(file: Path) -> IO[bytes]:
    return file.open("rb")


def _write_rows(query: Query, file: Path) -> None:
    try:
        with file.open("w", encoding="ascii") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in _rows(query))
    except OSError as error:
        raise DatabaseError(
            f"The rows of the query cannot be kept in {file.parent}: {error.strerror or error}. "
            "Make room there, or set TMPDIR to another folder."
        ) from error


def _rows(query: Query) -> Iterator[dict[str, Any]]:
    with connected(query.url, read_only=True, remedy=_REMEDY) as connection:
        # Without parameters, a % or a : in the query means nothing to the driver.
        streamed = connection.execution_options(
            stream_results=True, yield_per=_BATCH, no_parameters=True
        )
        result: CursorResult[Any] = streamed.exec_driver_sql(query.sql)
        if not result.returns_rows:
            raise DatabaseError(_NO_COLUMNS)
        names = unique_names(list(result.keys()))
        for row in result:
            yield dict(zip(names, map(_plain, row), strict=True))


def _plain(value: Any) -> Any:
    """A cell as JSON has it; lists and objects keep their form, all else becomes text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {text_of(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return text_of(bytes(value) if isinstance(value, memoryview | bytearray) else value)
