"""export: the mapping and the tree of a run for other systems, as files or in a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from topicmodel.datatypes import Assignments, Run, Table, TableCounts
from topicmodel.errors import RunError
from topicmodel.exports.targets import check_out, open_targets
from topicmodel.workflows.saved_runs import load

What = Literal["mapping", "tree"]
"""What of a run is exported: where each product is, or the categories."""

_BATCH = 20_000


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
    from topicmodel.exports import write_tree

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
