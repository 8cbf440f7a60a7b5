"""The categories of products after the edits, for products of the run and for new ones."""

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
from topicmodel.edits.steps import CategoryPair, Replay, Step, replay


@dataclass(frozen=True)
class Routed:
    """The categories of products after the edits, and the outcome of each edit."""

    assignments: Assignments
    """The same object as before the edits where no edit concerns products."""
    outcomes: tuple[EditOutcome, ...]


def route(
    taxonomy: Taxonomy,
    edits: Sequence[Edit],
    assignments: Assignments,
    products: Products,
) -> Assignments:
    """The categories of products after the edits.

    Args:
        taxonomy: the fitted taxonomy, before edits.
        edits: the log.
        assignments: categories of the products in the fitted taxonomy; the products need not be
            in the run.
        products: the products, in the order of assignments.product_ids.
    """
    return route_replayed(replay(taxonomy, edits), assignments, products).assignments


def route_replayed(replayed: Replay, assignments: Assignments, products: Products) -> Routed:
    """Like `route`, for a log that has already been replayed on the categories."""
    pins = [step for step in replayed.steps if step.target is not None]
    pinned = find_pinned([step.edit for step in pins], products)
    pinned_rows = {step.number: rows for step, rows in zip(pins, pinned, strict=True)}
    if not any(step.top or step.below or step.target for step in replayed.steps):
        return Routed(assignments, tuple(_outcome(step, 0) for step in replayed.steps))
    groups = _ProductGroups(assignments)
    outcomes = tuple(_apply(groups, step, pinned_rows.get(step.number)) for step in replayed.steps)
    parents = replayed.parents
    return Routed(groups.assignments(assignments, parents, replayed.fitted_parents), outcomes)


def _apply(groups: _ProductGroups, step: Step, pinned: Integers | None) -> EditOutcome:
    if step.target is None or pinned is None:
        return _outcome(step, groups.apply(step))
    edit = step.edit
    if not len(pinned) and not (edit.word or edit.attribute[0]):
        reason = "none of its products is in this dump"
        return _outcome(replace(step, status="obsolete", reason=reason), 0)
    return _outcome(step, groups.pin(pinned, step.target))


def _outcome(step: Step, products: int) -> EditOutcome:
    return EditOutcome(step.number, step.edit, step.status, step.reason, products)


@dataclass(frozen=True, slots=True)
class _Group:
    """Products that had the same categories before the edits, and have the same ones now."""

    origin: CategoryPair
    """Categories before the edits."""
    current: CategoryPair
    """Categories after the edits so far."""
    method: Method | None = None
    """Method of all products of the group; None where each product keeps its own."""
    confidence: float = float("nan")
    """Confidence of all products, 0 to 1; NaN where each product keeps its own."""


class _ProductGroups:
    """The products of a run in groups.

    The time for an edit grows with the number of groups, not with the number of products.
    """

    def __init__(self, assignments: Assignments) -> None:
        numbers: dict[CategoryPair, int] = {}
        pairs = zip(assignments.level1, assignments.level2, strict=True)
        self._numbers = np.fromiter(
            (numbers.setdefault(pair, len(numbers)) for pair in pairs),
            dtype=np.int64,
            count=len(assignments.product_ids),
        )
        """(n_products,), index in self._groups of each product's group."""
        self._groups = [_Group(pair, pair) for pair in numbers]

    def apply(self, step: Step) -> int:
        """Carry out a merge, a move or a hiding; returns the number of products it moves."""
        if not (step.top or step.below):
            return 0
        before = self._groups
        self._groups = [_moved(group, step) for group in before]
        counts = np.bincount(self._numbers, minlength=len(before)).tolist()
        changes = zip(before, self._groups, counts, strict=True)
        return sum(count for old, new, count in changes if new.current != old.current)

    def pin(self, rows: Integers, target: CategoryPair) -> int:
        """Pin products to a category; returns how many of them were not in it before.

        Args:
            rows: (n_pinned,), rows of the products.
            target: level-one and level-two category.
        """
        former, n_moved = self._numbers[rows], 0
        for number in np.unique(former).tolist():
            group, pinned = self._groups[number], rows[former == number]
            # Products in a subcategory of the target are in the target already.
            stays = target in (group.current, (group.current[0], None))
            current = group.current if stays else target
            self._numbers[pinned] = len(self._groups)
            self._groups.append(_Group(group.origin, current, "pinned", 1.0))
            n_moved += 0 if stays else len(pinned)
        return n_moved

    def assignments(
        self, before: Assignments, parents: Set[TopicId], fitted_parents: Set[TopicId]
    ) -> Assignments:
        """The assignments of all products after the edits.

        Args:
            before: the assignments before the edits.
            parents: categories that have subcategories after the edits.
            fitted_parents: categories that had subcategories before the edits.
        """
        numbers, groups = self._numbers.tolist(), self._groups
        in_new_parent = [_is_in_new_parent(group, parents, fitted_parents) for group in groups]
        methods: list[Method] = [
            "parent_only" if in_new_parent[number] else groups[number].method or fitted_method
            for number, fitted_method in zip(numbers, before.methods, strict=True)
        ]
        fixed = np.array([group.confidence for group in groups], dtype=np.float32)[self._numbers]
        return Assignments(
            product_ids=before.product_ids,
            level1=[groups[number].current[0] for number in numbers],
            level2=[groups[number].current[1] for number in numbers],
            confidence=np.where(np.isnan(fixed), before.confidence, fixed),
            methods=methods,
        )


def _moved(group: _Group, step: Step) -> _Group:
    level1, level2 = group.current
    if level2 is not None and level2 in step.below:
        pair = step.below[level2]
        method: Method | None = "parent_only" if pair[1] is None else group.method
        return replace(group, current=pair, method=method)
    if level1 is None or level1 not in step.top:
        return group
    target = step.top[level1]
    if target is None:
        return replace(group, current=(None, None), method="unsorted", confidence=0.0)
    return replace(group, current=(target, level2))


def _is_in_new_parent(group: _Group, parents: Set[TopicId], fitted_parents: Set[TopicId]) -> bool:
    """Whether the products are directly in a category that got subcategories by the edits."""
    level1, level2 = group.current
    if group.method is not None or level1 is None or level2 is not None:
        return False
    return level1 in parents and group.origin[0] not in fitted_parents
