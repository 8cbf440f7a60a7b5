"""Where products stand after the edits: those of the run, and others placed on its fitted tree."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Edit,
    EditOutcome,
    Integers,
    Method,
    Products,
    Taxonomy,
    TopicId,
)
from topicmodel.edits.pins import find_pinned
from topicmodel.edits.steps import Place, Replay, Step, replay


@dataclass(frozen=True)
class Routed:
    """Products after the edits, and what has become of each edit."""

    assignments: Assignments
    """The very same object where no edit is about products."""
    outcomes: tuple[EditOutcome, ...]


def route(
    taxonomy: Taxonomy,
    edits: Sequence[Edit],
    assignments: Assignments,
    products: Products,
) -> Assignments:
    """Where products stand after the edits, that were placed on the fitted taxonomy.

    Args:
        taxonomy: as it was fitted, before edits.
        assignments: on that taxonomy; any products, in the run or not.
        products: in the order of assignments.product_ids.
    """
    return route_replayed(replay(taxonomy, edits), assignments, products).assignments


def route_replayed(replayed: Replay, assignments: Assignments, products: Products) -> Routed:
    """As `route`, for a log that was replayed on the categories already."""
    pins = [step for step in replayed.steps if step.target is not None]
    found = find_pinned([step.edit for step in pins], products)
    chosen = {step.number: rows for step, rows in zip(pins, found, strict=True)}
    if not any(step.top or step.below or step.target for step in replayed.steps):
        return Routed(assignments, tuple(_outcome(step, 0) for step in replayed.steps))
    cells = _Cells(assignments)
    outcomes = tuple(_apply(cells, step, chosen.get(step.number)) for step in replayed.steps)
    parents = replayed.parents
    return Routed(cells.assignments(assignments, parents, replayed.fitted_parents), outcomes)


def _apply(cells: _Cells, step: Step, chosen: Integers | None) -> EditOutcome:
    if step.target is None or chosen is None:
        return _outcome(step, cells.carry(step))
    edit = step.edit
    if not len(chosen) and not (edit.word or edit.attribute[0]):
        reason = "none of its products is in this dump"
        return _outcome(replace(step, status="obsolete", reason=reason), 0)
    return _outcome(step, cells.pin(chosen, step.target))


def _outcome(step: Step, products: int) -> EditOutcome:
    return EditOutcome(step.number, step.edit, step.status, step.reason, products)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Products that came from one place and have gone the same way since."""

    origin: Place
    place: Place
    method: Method | None = None
    """None: each product has its own."""
    confidence: float = float("nan")
    """0 to 1; NaN: each product has its own."""


class _Cells:
    """Products by what has become of them: an edit costs by kinds of place, not by product."""

    def __init__(self, assignments: Assignments) -> None:
        numbers: dict[Place, int] = {}
        places = zip(assignments.level1, assignments.level2, strict=True)
        self._rows = np.fromiter(
            (numbers.setdefault(place, len(numbers)) for place in places),
            dtype=np.int64,
            count=len(assignments.product_ids),
        )
        """(n_products,), cell of each."""
        self._cells = [_Cell(place, place) for place in numbers]

    def carry(self, step: Step) -> int:
        """Send products where a merge, a move or a hiding sends them; how many it is."""
        if not (step.top or step.below):
            return 0
        before = self._cells
        self._cells = [_carried(cell, step) for cell in before]
        counts = np.bincount(self._rows, minlength=len(before)).tolist()
        pairs = zip(before, self._cells, counts, strict=True)
        return sum(count for old, new, count in pairs if new.place != old.place)

    def pin(self, rows: Integers, target: Place) -> int:
        """Send chosen products to a place; how many of them were elsewhere."""
        former, moved = self._rows[rows], 0
        for number in np.unique(former).tolist():
            cell, chosen = self._cells[number], rows[former == number]
            # Whoever is in a subcategory of the target is in the target.
            stays = target in (cell.place, (cell.place[0], None))
            place = cell.place if stays else target
            self._rows[chosen] = len(self._cells)
            self._cells.append(_Cell(cell.origin, place, "pinned", 1.0))
            moved += 0 if stays else len(chosen)
        return moved

    def assignments(
        self, before: Assignments, parents: Set[TopicId], fitted_parents: Set[TopicId]
    ) -> Assignments:
        """The products where they are now."""
        numbers, cells = self._rows.tolist(), self._cells
        beside = [_is_left_beside(cell, parents, fitted_parents) for cell in cells]
        methods: list[Method] = [
            "parent_only" if beside[number] else cells[number].method or own
            for number, own in zip(numbers, before.methods, strict=True)
        ]
        fixed = np.array([cell.confidence for cell in cells], dtype=np.float32)[self._rows]
        return Assignments(
            product_ids=before.product_ids,
            level1=[cells[number].place[0] for number in numbers],
            level2=[cells[number].place[1] for number in numbers],
            confidence=np.where(np.isnan(fixed), before.confidence, fixed),
            methods=methods,
        )


def _carried(cell: _Cell, step: Step) -> _Cell:
    level1, level2 = cell.place
    if level2 is not None and level2 in step.below:
        place = step.below[level2]
        method: Method | None = "parent_only" if place[1] is None else cell.method
        return replace(cell, place=place, method=method)
    if level1 is None or level1 not in step.top:
        return cell
    target = step.top[level1]
    if target is None:
        return replace(cell, place=(None, None), method="unsorted", confidence=0.0)
    return replace(cell, place=(target, level2))


def _is_left_beside(cell: _Cell, parents: Set[TopicId], fitted_parents: Set[TopicId]) -> bool:
    """Whether the products stand beside subcategories that their category did not have."""
    level1, level2 = cell.place
    if cell.method is not None or level1 is None or level2 is not None:
        return False
    return level1 in parents and cell.origin[0] not in fitted_parents
