"""A mapping of products, written block by block into a file that appears whole or not at all."""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from topicmodel.datatypes import Assignments, Taxonomy
from topicmodel.errors import RunError
from topicmodel.store.trees import assignment_columns

Write = Callable[[Assignments], None]


@contextmanager
def open_mapping(out: Path, taxonomy: Taxonomy) -> Iterator[Write]:
    """What writes blocks of assignments to a .parquet, .csv or .jsonl file.

    Raises:
        RunError: the file has another ending, or cannot be written.
    """
    opened = _WRITERS.get(out.suffix.lower())
    if opened is None:
        endings = ", ".join(_WRITERS)
        raise RunError(f"{out} must end in one of {endings}, to say what it shall be.")
    staging = out.with_name(f".{out.name}.{secrets.token_hex(4)}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with opened(staging) as write:
            yield lambda block: write(assignment_columns(block, taxonomy))
        staging.replace(out)
    except OSError as error:
        raise RunError(f"Cannot write {out}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            staging.unlink(missing_ok=True)


Columns = dict[str, Any]


@contextmanager
def _parquet(path: Path) -> Iterator[Callable[[Columns], None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = ("product_id", "level1_id", "level1_name", "level2_id", "level2_name")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("confidence", pa.float32()),
            ("method", pa.string()),
        ]
    )
    with pq.ParquetWriter(path, schema) as writer:
        yield lambda columns: writer.write_table(pa.table(columns, schema=schema))


@contextmanager
def _csv(path: Path) -> Iterator[Callable[[Columns], None]]:
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        table = csv.writer(file)
        began = False

        def write(columns: Columns) -> None:
            nonlocal began
            if not began:
                table.writerow(columns)
                began = True
            table.writerows(zip(*map(_plain, columns.values()), strict=True))

        yield write


@contextmanager
def _json_lines(path: Path) -> Iterator[Callable[[Columns], None]]:
    with path.open("w", encoding="utf-8", errors="replace") as file:

        def write(columns: Columns) -> None:
            for row in zip(*map(_plain, columns.values()), strict=True):
                record = dict(zip(columns, row, strict=True))
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

        yield write


def _plain(column: Any) -> Any:
    """Values as text formats write them: numbers of numpy as numbers of Python."""
    return [round(value, 6) for value in column.tolist()] if hasattr(column, "tolist") else column


_WRITERS = {".parquet": _parquet, ".csv": _csv, ".jsonl": _json_lines}
