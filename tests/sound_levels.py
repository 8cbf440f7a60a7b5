"""What all levels promise, whoever has made them."""

from __future__ import annotations

import numpy as np

from topicmodel.datatypes import Levels


def assert_sound(levels: Levels, n_texts: int) -> None:
    """Every text has a level one; a parent has no children or several, and shares none."""
    assert levels.level1.shape == levels.level2.shape == levels.strengths.shape == (n_texts,)
    assert set(levels.level1.tolist()) == set(range(levels.level1.max() + 1))
    assert set(levels.level2[levels.level2 >= 0].tolist()) == set(range(levels.level2.max() + 1))
    assert (np.diff(np.bincount(levels.level1)) <= 0).all()
    parents: dict[int, int] = {}
    for parent in range(levels.level1.max() + 1):
        children = set(levels.level2[levels.level1 == parent].tolist())
        assert children == {-1} or (len(children) > 1 and -1 not in children)
        for child in children - {-1}:
            assert parents.setdefault(child, parent) == parent
    assert ((levels.strengths >= 0) & (levels.strengths <= 1)).all()
