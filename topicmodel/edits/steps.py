"""Replay a log of edits on the categories: their names, their parents, and which are removed.

Products are not looked at here. The `Step` of an edit says where it moves them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from topicmodel.datatypes import Action, Edit, EditStatus, Taxonomy, TopicId
from topicmodel.datatypes.tree import LONGEST_GIVEN_NAME
from topicmodel.edits.board import Board, EditedCategory, ObstacleError, fold

CategoryPair: TypeAlias = tuple[TopicId | None, TopicId | None]
"""Level-one and level-two category of a product; None where it has none."""

_NEVER_IN_NAMES = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories of control characters, surrogates, line and paragraph separators."""
_BIDI_CONTROLS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Bidirectional control characters, which can change the order in which text is shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """The status of an edit after the replay, and where it moves products."""

    number: int
    """Number of the edit, from 1."""
    edit: Edit
    status: EditStatus
    reason: str = ""
    remedy: str = ""
    """A sentence that says what to do; "" where there is no obvious remedy."""
    top: Mapping[TopicId, TopicId | None] = field(default_factory=dict)
    """Level-one category -> the one its products and subcategories move to; None for unsorted."""
    below: Mapping[TopicId, CategoryPair] = field(default_factory=dict)
    """Level-two category -> the categories that its products move to."""
    target: CategoryPair | None = None
    """Of a pin: the categories that its products move to; None for other actions."""


@dataclass(frozen=True)
class Replay:
    """The result of replaying a log on the categories."""

    categories: Mapping[TopicId, EditedCategory]
    """The categories that are left, in the order of the fitted taxonomy."""
    steps: Sequence[Step]
    """One step for each edit, in the order of the log."""
    fitted_parents: Set[TopicId]
    """Categories with children, before edits."""

    @property
    def parents(self) -> Set[TopicId]:
        """Categories with children, after edits."""
        return {c.parent for c in self.categories.values() if c.parent is not None}


def replay(taxonomy: Taxonomy, edits: Sequence[Edit]) -> Replay:
    """Carry out the edits of a log, in order, on the categories of a fitted taxonomy.

    An edit that is impossible gets the status `obsolete` with a reason; nothing is raised.
    """
    board, undone = Board(taxonomy), _undone(edits)
    steps = []
    for number, edit in enumerate(edits, start=1):
        if number in undone:
            steps.append(Step(number, edit, "undone"))
        elif edit.action == "undo":
            steps.append(_undo(edits, number))
        else:
            steps.append(_step(board, number, edit))
    parents = {topic.parent for topic in taxonomy.topics if topic.parent is not None}
    return Replay(board.categories, steps, parents)


def _step(board: Board, number: int, edit: Edit) -> Step:
    try:
        return _CARRY_OUT[edit.action](board, Step(number, edit, "in force"))
    except ObstacleError as obstacle:
        return Step(number, edit, "obsolete", str(obstacle), obstacle.remedy)


def _undone(edits: Sequence[Edit]) -> Set[int]:
    """Numbers of the edits that a later undo takes back."""
    undone: set[int] = set()
    # Only a later undo can take back an undo, so one pass from the end decides all of them.
    for number in range(len(edits), 0, -1):
        if edits[number - 1].action != "undo" or number in undone:
            continue
        if _undo(edits, number).status == "in force":
            undone.add(edits[number - 1].number)
    return undone


def _undo(edits: Sequence[Edit], number: int) -> Step:
    """The step of an undo that no later edit takes back."""
    edit = edits[number - 1]
    if not 1 <= edit.number < number:
        reason = f"there is no edit {edit.number} before it"
        return Step(
            number, edit, "obsolete", reason, "`topicmodel edit RUN list` numbers them all."
        )
    undone = edits[edit.number - 1]
    if undone.action == "split" and undone.done:
        reason = f"the split of edit {edit.number} was carried out by a refit"
        return Step(number, edit, "obsolete", reason, "Merge the new categories instead.")
    return Step(number, edit, "in force")


def _rename(board: Board, step: Step) -> Step:
    category, name = board.find(step.edit.topic), " ".join(step.edit.name.split())
    _check_name(step.edit.name)
    if other := board.find_namesake(name, category.parent, category.id):
        raise ObstacleError(
            f"the category {other} beside it has that name",
            "Choose another name, or merge the two.",
        )
    board.put(replace(category, name=name))
    return step


def _check_name(name: str) -> None:
    length = len(" ".join(name.split()))
    if not length:
        raise ObstacleError("the new name is empty", "Give a name.")
    if length > LONGEST_GIVEN_NAME:
        raise ObstacleError(
            f"the new name has {length} characters", f"Give one of up to {LONGEST_GIVEN_NAME}."
        )
    if any(
        unicodedata.category(character) in _NEVER_IN_NAMES
        or unicodedata.bidirectional(character) in _BIDI_CONTROLS
        for character in name
    ):
        raise ObstacleError("the new name holds a control character", "Leave that out.")


def _merge(board: Board, step: Step) -> Step:
    target = board.find(step.edit.topic)
    others, missing = _others(board, target, step.edit.others)
    for other in others:
        if target.level == 1:
            _move_children(board, target.id, other)
        board.merge(target.id, other, step.number)
    step = replace(step, reason="; ".join(missing))
    if target.level == 1:
        return replace(step, top={other.id: target.id for other in others})
    return replace(step, below={other.id: (target.parent, target.id) for other in others})


def _others(
    board: Board, target: EditedCategory, wanted: Iterable[TopicId]
) -> tuple[list[EditedCategory], list[str]]:
    """The categories to merge into the target, and the reasons why others cannot be merged."""
    others, missing = [], []
    for topic in dict.fromkeys(wanted):
        try:
            others.append(board.find(topic))
        except ObstacleError as obstacle:
            missing.append(str(obstacle))
    if on_other_level := [other for other in others if other.level != target.level]:
        raise ObstacleError(
            f"the category {on_other_level[0]} is on another level than {target}",
            "Merge categories of one level.",
        )
    others = [other for other in others if other.id != target.id]
    if not others:
        itself = f"the category {target} cannot be merged with itself"
        raise ObstacleError("; ".join(missing) or itself, "Name others.")
    return others, missing


def _move_children(board: Board, target: TopicId, other: EditedCategory) -> None:
    """Move the subcategories of a level-one category that will be merged into the target.

    A subcategory whose name the target already has gets the name of its former parent appended.
    """
    for child in board.children(other.id):
        name, number = child.name, 1
        while board.find_namesake(name, target, child.id):
            suffix = other.name if number == 1 else f"{other.name} {number}"
            name, number = f"{child.name} ({suffix})", number + 1
        board.put(replace(child, parent=target, name=name))


def _move(board: Board, step: Step) -> Step:
    child, parent = board.find(step.edit.topic), board.find(step.edit.parent)
    if child.level == 1:
        raise ObstacleError(
            f"the category {child} is on level one", "Merge it, or move one of level two."
        )
    if parent.level != 1:
        raise ObstacleError(
            f"the category {parent} is on level two", "Move to a level-one category."
        )
    if other := board.find_namesake(child.name, parent.id, child.id):
        raise ObstacleError(
            f"the category {parent} already has a subcategory with the name {other.name}",
            "Rename one of the two first, or merge them.",
        )
    if child.parent != parent.id:
        board.move(child, parent.id)
    return replace(step, below={child.id: (parent.id, child.id)})


def _hide(board: Board, step: Step) -> Step:
    category = board.find(step.edit.topic)
    for child in board.children(category.id):
        board.remove(child, f"is hidden with {category}", step.number)
    board.remove(category, "is hidden", step.number)
    if category.level == 1:
        return replace(step, top={category.id: None})
    return replace(step, below={category.id: (category.parent, None)})


def _pin(board: Board, step: Step) -> Step:
    category, edit = board.find(step.edit.topic), step.edit
    if not (edit.products or fold(edit.word) or fold(edit.attribute[0])):
        raise ObstacleError(
            "the edit names no products", "Give ids of products, a word or an attribute."
        )
    target = (category.id, None) if category.level == 1 else (category.parent, category.id)
    return replace(step, target=target)


def _split(board: Board, step: Step) -> Step:
    board.find(step.edit.topic)
    if step.edit.done:
        return step
    return replace(step, status="waiting", reason="carried out by the next refit")


_CARRY_OUT: Mapping[Action, Callable[[Board, Step], Step]] = {
    "rename": _rename,
    "merge": _merge,
    "move": _move,
    "split": _split,
    "pin": _pin,
    "hide": _hide,
}
