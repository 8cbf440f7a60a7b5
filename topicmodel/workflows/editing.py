"""The merchandiser's edits on a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from topicmodel.datatypes import Action, Edit, Run, TopicId
from topicmodel.edits.runs import apply_log
from topicmodel.errors import RunError
from topicmodel.workflows.saved_runs import alone_with, save


def edit(
    folder: Path | str,
    action: Action,
    *,
    topic: str = "",
    name: str = "",
    others: Sequence[str] = (),
    parent: str = "",
    products: Sequence[str] = (),
    word: str = "",
    attribute: tuple[str, str] = ("", ""),
    number: int = 0,
) -> Run:
    """Add an edit to the log of a run, apply it, and render the report anew; nothing is fitted.

    Categories are told by their id, their name, or "parent > child".

    Args:
        folder: the run.
        action: what is done.
        topic: the category that it is done to; of a merge the one that stays, of a pin the target.
        name: rename: the new name.
        others: merge: the categories that go into `topic`.
        parent: move: the level-one category that `topic` goes to.
        products: pin: ids of products.
        word: pin: products whose title holds this word, or these words in a row.
        attribute: pin: products with this attribute and value.
        number: undo: the edit that is taken back; the last one unless given.

    Raises:
        RunError: there is no run, somebody else is at work on it for long, or the edit is not
            possible.
    """
    from topicmodel.edits import check_edit, find_topic

    with alone_with(folder, "edit") as run:

        def id_of(words: str) -> TopicId | None:
            return find_topic(run.taxonomy, words).id if words else None

        new = Edit(
            action=action,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            topic=id_of(topic),
            name=name,
            others=tuple(find_topic(run.taxonomy, other).id for other in others),
            parent=id_of(parent),
            products=tuple(products),
            word=word,
            attribute=attribute,
            number=number or (_last_to_undo(run) if action == "undo" else 0),
        )
        check_edit(run.fitted.taxonomy, run.edits, new, run.assignments.product_ids)
        edited = apply_log(run, [*run.edits, new])
        save(edited, folder)
        return edited


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
