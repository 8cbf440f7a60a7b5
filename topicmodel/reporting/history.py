"""The history of a run: the sizes of its categories over the runs, and the latest changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topicmodel.datatypes import ChangeReport, PastRun, Run, TopicId
from topicmodel.reporting.edit_log import EditRow, edit_rows
from topicmodel.reporting.formatting import displayed, quantity

_RUNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PastSize:
    """The number of products of a category in one run."""

    date: str
    size: int
    fill: float
    """Size relative to the largest size of the category, 0 to 1."""


@dataclass(frozen=True, slots=True)
class History:
    """The sizes of a category over the runs, the oldest run first."""

    sizes: tuple[PastSize, ...]
    n_earlier: int
    """Number of earlier runs with this category that are not shown."""

    @property
    def is_new(self) -> bool:
        """Whether the category is new in this run."""
        return len(self.sizes) == 1


def history_of(topic: TopicId, runs: Sequence[PastRun]) -> History | None:
    """The sizes of a category since its first run; None where there is only one run.

    At most the last twelve runs are shown.
    """
    sizes = [run.sizes.get(topic, 0) for run in runs]
    first = next((index for index, size in enumerate(sizes) if size), None)
    if len(runs) < 2 or first is None:
        return None
    start = max(first, len(runs) - _RUNS_SHOWN)
    largest = max(sizes[start:])
    shown = tuple(
        PastSize(displayed(run.created[:10]), size, size / largest if largest else 0.0)
        for run, size in zip(runs[start:], sizes[start:], strict=True)
    )
    return History(shown, start - first)


def change_line(report: ChangeReport | None) -> str:
    """What has changed since the previous run, in one sentence; "" for a first run."""
    if report is None:
        return ""
    since = f"Since the run of {displayed(report.previous.created[:10]) or 'before'}"
    if report.is_empty:
        return f"{since}, nothing has changed."
    born = sum("born" in topic.relations for topic in report.topics)
    retired = sum("retired" in topic.relations for topic in report.topics)
    return (
        f"{since}, {quantity(report.arrived.count, 'product')} arrived, "
        f"{report.left.count:,} left and {report.moved.count:,} moved to another category; "
        f"{quantity(born, 'category is', 'categories are')} new and {retired:,} "
        f"{'is' if retired == 1 else 'are'} gone."
    )


def run_edits(run: Run) -> tuple[EditRow, ...]:
    """The edits of a run, in words that use the names of the categories before the edits."""
    changed = () if run.changes is None else run.changes.topics
    names = {topic.id: topic.name for topic in changed}
    names |= {topic.id: topic.name for topic in run.tree.taxonomy.topics}
    names |= {topic.id: topic.name for topic in run.fitted.taxonomy.topics}
    return edit_rows(run.outcomes, names)
