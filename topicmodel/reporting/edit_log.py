"""The merchandiser's edits as the pages show them: each in words, with its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes import EditOutcome, EditStatus, Run, Topic, TopicId
from topicmodel.datatypes.edit_wording import edit_in_words
from topicmodel.reporting import facts
from topicmodel.reporting.formatting import displayed, writable
from topicmodel.reporting.points import category_name
from topicmodel.reporting.summary import heading
from topicmodel.settings import ReportSettings

_REASON_LIMIT = 300


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit of the log, as it is shown."""

    number: int
    words: str
    """The edit in words, such as `Rename "Tea" to "Hot Drinks"`."""
    date: str
    status: EditStatus
    reason: str
    """Why it waits or is obsolete; "" where there is nothing to explain."""
    products: int


def edit_rows(outcomes: Iterable[EditOutcome], names: Mapping[TopicId, str]) -> tuple[EditRow, ...]:
    """The edits in the order of the log.

    Args:
        outcomes: the edits and their outcomes.
        names: category id -> name; the id is shown where the name is missing.
    """
    return tuple(
        EditRow(
            number=outcome.number,
            words=edit_in_words(outcome.edit, names, displayed),
            date=displayed(outcome.edit.time[:10]),
            status=outcome.status,
            reason=displayed(outcome.reason, _REASON_LIMIT),
            products=outcome.products,
        )
        for outcome in outcomes
    )


def tree_values(run: Run) -> dict[str, Any]:
    """JSON values for the review in the page: the run, its categories and its log of edits.

    `run` identifies the run by its time and default title, which do not depend on the heading of
    the report. `log` has time, action and category of each edit, so that a page recognises its own
    edits after they were applied. `waiting` lists the categories that the next refit will split.
    """
    return {
        "run": {
            "created": facts.shown(run.manifest.created),
            "title": heading(run, ReportSettings()),
        },
        "topics": [_topic(topic) for topic in run.taxonomy.topics],
        "log": [
            [writable(edit.time), edit.action, writable(edit.topic or "")] for edit in run.edits
        ],
        "waiting": [
            writable(outcome.edit.topic or "")
            for outcome in run.outcomes
            if outcome.status == "waiting"
        ],
    }


def _topic(topic: Topic) -> dict[str, Any]:
    return {
        "id": writable(topic.id),
        "level": topic.level,
        "parent": None if topic.parent is None else writable(topic.parent),
        "name": category_name(topic),
    }
