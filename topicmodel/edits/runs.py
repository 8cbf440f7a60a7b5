"""Apply logs of edits to whole runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topicmodel.datatypes import Assignments, Documents, Edit, PastRun, Run
from topicmodel.errors import RunError


def apply_log(run: Run, edits: Sequence[Edit]) -> Run:
    """The run with this log of edits, which replaces the log that it has."""
    from topicmodel.edits import apply_edits

    edited = apply_edits(run.fitted, edits, run.products)
    run = replace(run, tree=edited.tree, edits=tuple(edits), outcomes=edited.outcomes)
    return with_history(run, run.history[:-1]) if run.history else run


def route_products(run: Run, documents: Documents, assignments: Assignments) -> Assignments:
    """The categories of new products after the edits of a run.

    Args:
        run: the run whose edits are applied.
        documents: the new products.
        assignments: categories of the same products in the fitted tree of the run.
    """
    from topicmodel.edits import route

    return route(run.fitted.taxonomy, run.edits, assignments, documents.products)


def with_history(run: Run, history: Sequence[PastRun]) -> Run:
    """The run with this history of earlier runs, and itself as the last entry."""
    sizes = {topic.id: 0 for topic in run.fitted.taxonomy.topics}
    sizes |= {topic.id: topic.size for topic in run.taxonomy.topics}
    past = PastRun(run.manifest.created, len(run.assignments.product_ids), sizes)
    return replace(run, history=(*history, past))


def with_edits(run: Run, file: Path | str | None) -> Run:
    """The run with the edits of a file added to its log; edits that it already has are skipped.

    Raises:
        RunError: the file cannot be read, or a line of it is damaged.
    """
    return run if file is None else apply_log(run, _joined(run.edits, read_edits(file)))


def _joined(log: Sequence[Edit], others: Sequence[Edit]) -> list[Edit]:
    """A log with the edits of another one added, except those that it already has.

    An undo names an edit by its number, which is adapted to the joined log.
    """
    joined, number_of = list(log), dict[int, int]()
    for number, other in enumerate(others, start=1):
        added = replace(other, number=number_of.get(other.number, other.number), done="")
        known = [replace(edit, done="") for edit in joined]
        if added not in known:
            joined.append(added)
            known.append(added)
        number_of[number] = known.index(added) + 1
    return joined


def read_edits(file: Path | str) -> list[Edit]:
    """The edits of a log file, such as the one that can be downloaded from a report.

    Raises:
        RunError: the file cannot be read, or a line of it is damaged.
    """
    from topicmodel.edits import parse_edits

    try:
        return parse_edits(Path(file).read_bytes(), str(file))
    except OSError as error:
        raise RunError(f"Cannot read the edits {file}: {error.strerror or error}.") from error
