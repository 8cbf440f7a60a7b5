"""Where a mapping goes: a file, a table of a database, or both."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from topicmodel.datatypes import Assignments, Table, TableCounts, Taxonomy
from topicmodel.errors import RunError

_WAITING = "mapping.parquet"


def check_out(out: Path, folder: Path, inputs: Sequence[object] = ()) -> None:
    """Make sure that a mapping overwrites neither the dump nor the run.

    Args:
        out: file to write.
        folder: the run.
        inputs: files, folders, addresses and queries of the dump.

    Raises:
        RunError: it would.
    """
    target = out.resolve()
    files = [Path(path).resolve() for path in inputs if isinstance(path, str | Path)]
    if target in files or target.is_relative_to(folder.resolve()):
        raise RunError(f"{out} is part of the dump or of the run. Choose another file.")


@dataclass
class Targets:
    """Where a mapping goes, block by block."""

    writers: Sequence[Callable[[Assignments], None]]
    counts: TableCounts | None = None
    """Of the table, when all is written."""

    def write(self, block: Assignments) -> None:
        """Write some of the products."""
        for write in self.writers:
            write(block)


@contextmanager
def open_targets(out: Path | None, table: Table | None, taxonomy: Taxonomy) -> Iterator[Targets]:
    """A file, a table of a database, or both, which hold all at the end or stay as they were.

    What a table shall hold waits in a temporary file until then, so that the transaction is short.

    Args:
        out: file to write.
        table: to write to.
        taxonomy: names of the categories.

    Raises:
        DatabaseError: the database cannot be reached, or the table cannot hold a mapping.
        RunError: neither is named, or the file cannot be written.
    """
    from topicmodel.exports import check_table, open_mapping, read_mapping, write_table

    if out is None and table is None:
        raise RunError("Say where the mapping goes: name a file or a table.")
    if table is not None:
        check_table(table)
    with ExitStack() as stack:
        waiting = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="topicmodel-")))
        files = [*([] if out is None else [out]), *([] if table is None else [waiting / _WAITING])]
        with ExitStack() as opened:
            targets = Targets([opened.enter_context(open_mapping(x, taxonomy)) for x in files])
            yield targets
        if table is not None:
            targets.counts = write_table(table, read_mapping(waiting / _WAITING))
