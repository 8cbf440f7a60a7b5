"""The merchandiser's edits on a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from topicmodel.datatypes import Action, Edit, PastRun, Run, TopicId
from topicmodel.errors import RunError
from topicmodel.workflows.runs import alone_with, save


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


def apply_log(run: Run, edits: Sequence[Edit]) -> Run:
    """The run with this log of edits in place of its own."""
    from topicmodel.edits import apply_edits

    edited = apply_edits(run.fitted, edits, run.titles, run.attributes)
    run = replace(run, tree=edited.tree, edits=tuple(edits), outcomes=edited.outcomes)
    return with_history(run, run.history[:-1]) if run.history else run


def with_history(run: Run, history: Sequence[PastRun]) -> Run:
    """The run as the last of a history."""
    sizes = {topic.id: 0 for topic in run.fitted.taxonomy.topics}
    sizes |= {topic.id: topic.size for topic in run.taxonomy.topics}
    past = PastRun(run.manifest["created"], len(run.assignments.product_ids), sizes)
    return replace(run, history=(*history, past))


def with_edits(run: Run, file: Path | str | None) -> Run:
    """The run with the edits of a file after its own; those that its log has already count once.

    Raises:
        RunError: the file cannot be read, or a line of it is damaged.
    """
    return run if file is None else apply_log(run, _joined(run.edits, read_edits(file)))


def _joined(log: Sequence[Edit], others: Sequence[Edit]) -> list[Edit]:
    """A log and another after it; an undo of the other goes on meaning the same edit."""
    joined, number_of = list(log), dict[int, int]()
    for number, own in enumerate(others, start=1):
        joining = replace(own, number=number_of.get(own.number, own.number), done="")
        known = [replace(edit, done="") for edit in joined]
        if joining not in known:
            joined.append(joining)
            known.append(joining)
        number_of[number] = known.index(joining) + 1
    return joined


def read_edits(file: Path | str) -> list[Edit]:
    """The edits of a file, such as a report lets its reader download.

    Raises:
        RunError: the file cannot be read, or a line of it is damaged.
    """
    from topicmodel.edits import parse_edits

    try:
        return parse_edits(Path(file).read_bytes(), str(file))
    except OSError as error:
        raise RunError(f"Cannot read the edits {file}: {error.strerror or error}.") from error


def _last_to_undo(run: Run) -> int:
    standing = [
        outcome.number
        for outcome in run.outcomes
        if outcome.status != "undone" and outcome.edit.action != "undo"
    ]
    if not standing:
        raise RunError("There is no edit to undo.")
    return standing[-1]
