"""export: the mapping and the tree of a run for other systems, as files or in a database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from topicmodel.datatypes import Assignments, Run, Table, TableCounts, Taxonomy
from topicmodel.errors import RunError
from topicmodel.workflows.runs import load

What = Literal["mapping", "tree"]
"""What of a run is exported: where each product is, or the categories."""

_BATCH = 20_000
_WAITING = "mapping.parquet"


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    out: Path | None
    """The file, where one was named."""
    n_rows: int
    """Products of the mapping, or categories of the tree."""
    table: TableCounts | None = None
    """What changed in a table of a database, where one was named."""


def export(
    folder: Path | str,
    *,
    out: Path | str | None = None,
    table: Table | None = None,
    what: What = "mapping",
) -> Exported:
    """Write the mapping or the tree of a run, edits included, for other systems.

    Args:
        folder: the run.
        out: file to write. A mapping is .parquet, .csv, .jsonl or .xlsx, with the columns of
            `assignments.parquet`; a tree is .json. In .csv and .xlsx, text that a spreadsheet would
            take for a formula begins with an apostrophe.
        table: of a database, for a mapping: rows are inserted and updated by product_id in one
            transaction, and those that are as they should be are not touched.
        what: the mapping or the tree.

    Raises:
        DatabaseError: the database cannot be reached, or the table cannot hold a mapping.
        RunError: there is no run, or the file cannot be written; or a tree shall go into a table.
    """
    from topicmodel.store import write_tree

    target = None if out is None else Path(out)
    if target is not None:
        check_out(target, Path(folder))
    if what == "tree" and (target is None or table is not None):
        raise RunError("A tree is written to a file: name one that ends in .json.")
    run = load(folder)
    if what == "tree" and target is not None:
        write_tree(target, run.taxonomy)
        return Exported(target, len(run.taxonomy.topics))
    with open_targets(target, table, run.taxonomy) as targets:
        for block in _blocks(run):
            targets.write(block)
    return Exported(target, len(run.assignments.product_ids), targets.counts)


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
    from topicmodel.store import check_table, open_mapping, read_mapping, write_table

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


def _blocks(run: Run) -> Iterator[Assignments]:
    found = run.assignments
    for start in range(0, len(found.product_ids), _BATCH):
        rows = slice(start, start + _BATCH)
        yield Assignments(
            product_ids=found.product_ids[rows],
            level1=found.level1[rows],
            level2=found.level2[rows],
            confidence=found.confidence[rows],
            methods=found.methods[rows],
        )
