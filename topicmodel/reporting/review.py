"""What the review in the page has to know of a run: its categories and its log of edits."""

from __future__ import annotations

from typing import Any

from topicmodel.datatypes import Run, Topic
from topicmodel.reporting import facts
from topicmodel.reporting.points import category_name
from topicmodel.reporting.summary import heading
from topicmodel.reporting.text import writable
from topicmodel.settings import ReportSettings


def tree_values(run: Run) -> dict[str, Any]:
    """JSON values: the run, its categories as they are shown, and its log of edits.

    `run` has its time and a title of its own, which stay when the report gets another heading.
    `log` has time, action and category of each edit, by which a page knows its own edits again
    once they are applied. `waiting` are the categories that the next refit is to split.
    """
    return {
        "run": {
            "created": facts.text(run.manifest, "created"),
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
