"""The merchandiser's edits, as the pages tell them: each in words, with what has become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes import Action, Edit, EditOutcome, EditStatus, Run, Topic, TopicId
from topicmodel.reporting import facts
from topicmodel.reporting.formatting import displayed, quantity, writable
from topicmodel.reporting.points import category_name
from topicmodel.reporting.summary import heading
from topicmodel.settings import ReportSettings

_NAME_LIMIT = 80
_REASON_LIMIT = 300
_IDS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit of the log, as far as it is shown."""

    number: int
    words: str
    """What the edit asks for, as `Rename "Tea" to "Hot Drinks"`."""
    date: str
    status: EditStatus
    reason: str
    """Why it waits or is obsolete; "" where there is nothing to explain."""
    products: int


def edit_rows(outcomes: Iterable[EditOutcome], names: Mapping[TopicId, str]) -> tuple[EditRow, ...]:
    """The edits in the order of the log.

    Args:
        outcomes: the edits and what has become of them.
        names: of categories, by their id; of one that is not among them the id is shown.
    """
    return tuple(
        EditRow(
            number=outcome.number,
            words=_words(outcome.edit, names),
            date=displayed(outcome.edit.time[:10]),
            status=outcome.status,
            reason=displayed(outcome.reason, _REASON_LIMIT),
            products=outcome.products,
        )
        for outcome in outcomes
    )


def _words(edit: Edit, names: Mapping[TopicId, str]) -> str:
    return _WORDS[edit.action](edit, names)


def _rename(edit: Edit, names: Mapping[TopicId, str]) -> str:
    before, after = _name(edit.topic, names), _quoted(edit.name)
    # Where only the tree after the edit is known, the new name is all there is to say.
    return f"Use the name {after}" if before == after else f"Rename {before} to {after}"


def _merge(edit: Edit, names: Mapping[TopicId, str]) -> str:
    others = _listed([_name(other, names) for other in edit.others])
    return f"Merge {others} into {_name(edit.topic, names)}"


def _move(edit: Edit, names: Mapping[TopicId, str]) -> str:
    return f"Move {_name(edit.topic, names)} to {_name(edit.parent, names)}"


def _pin(edit: Edit, names: Mapping[TopicId, str]) -> str:
    attribute, value = edit.attribute
    which = []
    if edit.products:
        ids = [displayed(id_, 40) for id_ in edit.products[:_IDS_SHOWN]]
        more = ", …" if len(edit.products) > _IDS_SHOWN else ""
        which.append(f"{quantity(len(edit.products), 'product')} ({', '.join(ids)}{more})")
    if edit.word:
        which.append(f"products with {_quoted(edit.word)} in the title")
    if attribute:
        which.append(f"products whose {_quoted(attribute)} is {_quoted(value)}")
    return f"Pin {_listed(which)} to {_name(edit.topic, names)}"


_WORDS: Mapping[Action, Callable[[Edit, Mapping[TopicId, str]], str]] = {
    "rename": _rename,
    "merge": _merge,
    "move": _move,
    "split": lambda edit, names: f"Split {_name(edit.topic, names)}",
    "pin": _pin,
    "hide": lambda edit, names: f"Hide {_name(edit.topic, names)}",
    "undo": lambda edit, _: f"Undo edit {edit.number}",
}


def _name(topic: TopicId | None, names: Mapping[TopicId, str]) -> str:
    if topic is None:
        return "no category"
    return _quoted(names.get(topic) or topic)


def _quoted(text: str) -> str:
    return f"“{displayed(text, _NAME_LIMIT)}”"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts) or "nothing"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def tree_values(run: Run) -> dict[str, Any]:
    """JSON values: the run, its categories as they are shown, and its log of edits.

    `run` has its time and a title of its own, which stay when the report gets another heading.
    `log` has time, action and category of each edit, by which a page knows its own edits again
    once they are applied. `waiting` are the categories that the next refit is to split.
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
