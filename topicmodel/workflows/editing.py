"""The merchandiser's edits on a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

from topicmodel.datatypes import Action, Edit, Run, TopicId
from topicmodel.edits.runs import apply_log
from topicmodel.errors import RunError
from topicmodel.workflows.saved_runs import alone_with, save
from topicmodel.workflows.verb_options import EditDetails, check_keywords


def edit(folder: Path | str, action: Action, **details: Unpack[EditDetails]) -> Run:
    """Add an edit to the log of a run, apply it, and render the report anew; nothing is fitted.

    Args:
        folder: the run.
        action: what is done.
        details: what it is done to, and with: see `EditDetails`.

    Raises:
        RunError: there is no run, somebody else is at work on it for long, or the edit is not
            possible.
    """
    from topicmodel.edits import check_edit

    check_keywords("edit", details, EditDetails)
    with alone_with(folder, "edit") as run:
        new = _edit(run, action, details)
        check_edit(run.fitted.taxonomy, run.edits, new, run.assignments.product_ids)
        edited = apply_log(run, [*run.edits, new])
        save(edited, folder)
        return edited


def _edit(run: Run, action: Action, details: EditDetails) -> Edit:
    """The edit as the log keeps it: categories by their ids."""
    from topicmodel.edits import find_topic

    def id_of(words: str) -> TopicId | None:
        return find_topic(run.taxonomy, words).id if words else None

    others = [find_topic(run.taxonomy, other).id for other in details.get("others", ())]
    last = _last_to_undo(run) if action == "undo" and not details.get("number") else 0
    return Edit(
        action=action,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        topic=id_of(details.get("topic", "")),
        name=details.get("name", ""),
        others=tuple(others),
        parent=id_of(details.get("parent", "")),
        products=tuple(details.get("products", ())),
        word=details.get("word", ""),
        attribute=details.get("attribute", ("", "")),
        number=details.get("number", 0) or last,
    )


def accept_edits(folder: Path | str) -> Run:
    """Take the log of edits of a run as people have left it by hand, and apply it.

    Raises:
        RunError: there is no run, another of its files is damaged, or a line of the log is.
    """
    with alone_with(folder, "edit", hand_edited=True) as run:
        save(run, folder)
        return run


def _last_to_undo(run: Run) -> int:
    standing = [
        outcome.number
        for outcome in run.outcomes
        if outcome.status != "undone" and outcome.edit.action != "undo"
    ]
    if not standing:
        raise RunError("There is no edit to undo.")
    return standing[-1]
