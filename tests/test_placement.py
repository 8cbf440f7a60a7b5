from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from planted import plant, random_directions, unit

from topicmodel import placement
from topicmodel.datatypes import Floats, Levels, Placement
from topicmodel.placement import place

N_CORE = 100
"""Texts that HDBSCAN put into each leaf."""

AXES = np.eye(16)
TIGHT, LOOSE = 0.1, 0.9


@dataclass(frozen=True)
class Shop:
    """Three categories: one of two tight children, a loose one and a tight one without any."""

    vectors: Floats
    levels: Levels

    def with_outlier(self, direction: np.ndarray, level1: int, level2: int) -> Shop:
        return Shop(
            np.concatenate([self.vectors, unit(direction)[None]]),
            Levels(
                np.r_[self.levels.level1, level1],
                np.r_[self.levels.level2, level2],
                np.r_[self.levels.strengths, 0].astype(np.float32),
                [],
            ),
        )


FIRST_CHILD = AXES[0] + 0.5 * AXES[1]
SECOND_CHILD = AXES[0] - 0.5 * AXES[1]
LOOSE_ONE = AXES[2]
TIGHT_ONE = AXES[3]


@pytest.fixture(scope="module")
def shop() -> Shop:
    leaves = [(FIRST_CHILD, TIGHT), (SECOND_CHILD, TIGHT), (LOOSE_ONE, LOOSE), (TIGHT_ONE, TIGHT)]
    noise = random_directions(4 * N_CORE, 16).reshape(4, N_CORE, 16)
    vectors = [unit(unit(c) + spread * n) for (c, spread), n in zip(leaves, noise, strict=True)]
    level1, level2 = np.repeat([0, 0, 1, 2], N_CORE), np.repeat([0, 1, -1, -1], N_CORE)
    strengths = np.full(4 * N_CORE, 0.5, dtype=np.float32)
    return Shop(np.concatenate(vectors), Levels(level1, level2, strengths, []))


def last(placement: Placement) -> tuple[str, int, int, float]:
    return (
        placement.methods[-1],
        int(placement.level1[-1]),
        int(placement.level2[-1]),
        float(placement.confidence[-1]),
    )


def test_texts_that_hdbscan_placed_stay_there_as_core(shop: Shop) -> None:
    placement = place(shop.vectors, shop.levels)
    assert set(placement.methods) == {"core"}
    np.testing.assert_array_equal(placement.level1, shop.levels.level1)
    np.testing.assert_array_equal(placement.level2, shop.levels.level2)


def test_an_outlier_far_from_everything_is_unsorted(shop: Shop) -> None:
    odd = shop.with_outlier(AXES[9] + 0.2 * LOOSE_ONE, 1, -1)
    assert last(place(odd.vectors, odd.levels)) == ("unsorted", -1, -1, 0)


def test_an_outlier_as_near_as_the_certain_texts_is_reassigned(shop: Shop) -> None:
    odd = shop.with_outlier(FIRST_CHILD, 0, 0)
    assert last(place(odd.vectors, odd.levels))[:3] == ("reassigned", 0, 0)


def test_an_outlier_between_the_children_of_a_parent_stays_with_the_parent(shop: Shop) -> None:
    odd = shop.with_outlier(FIRST_CHILD + SECOND_CHILD, 0, 0)
    assert last(place(odd.vectors, odd.levels))[:3] == ("parent_only", 0, -1)


def test_an_outlier_at_the_edge_of_a_childless_category_is_reassigned(shop: Shop) -> None:
    edge = TIGHT_ONE + 0.3 * AXES[9]
    assert unit(edge) @ TIGHT_ONE < (shop.vectors[3 * N_CORE :] @ TIGHT_ONE).min()
    odd = shop.with_outlier(edge, 2, -1)
    assert last(place(odd.vectors, odd.levels))[:3] == ("reassigned", 2, -1)


def test_without_certain_texts_nothing_is_placed(shop: Shop) -> None:
    nothing_held = replace(shop.levels, strengths=np.zeros(4 * N_CORE, dtype=np.float32))
    placement = place(shop.vectors, nothing_held)
    assert set(placement.methods) == {"unsorted"}
    assert set(placement.level1) == set(placement.level2) == {-1}
    assert set(placement.confidence) == {0}


@pytest.mark.parametrize("seed", range(4))
def test_confidence_is_finite_and_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level1 = rng.integers(0, 4, 300)
    level2 = np.where(level1 == 3, -1, 2 * level1 + rng.integers(0, 2, 300))
    strengths = np.maximum(rng.uniform(-0.5, 1, 300), 0).astype(np.float32)
    placement = place(random_directions(300, 8, seed), Levels(level1, level2, strengths, []))
    assert placement.confidence.dtype == np.float32
    assert ((placement.confidence >= 0) & (placement.confidence <= 1)).all()
    unsorted = np.array(placement.methods) == "unsorted"
    assert unsorted.any()
    np.testing.assert_array_equal(placement.confidence[unsorted], 0)
    np.testing.assert_array_equal(placement.level1 == -1, unsorted)
    assert (placement.level2[unsorted] == -1).all()
    assert (placement.level2[np.array(placement.methods) == "parent_only"] == -1).all()


def test_a_text_in_the_middle_of_its_category_is_nearly_certain(shop: Shop) -> None:
    middles = [(FIRST_CHILD, 0, 0), (SECOND_CHILD, 0, 1), (LOOSE_ONE, 1, -1), (TIGHT_ONE, 2, -1)]
    for middle, level1, level2 in middles:
        odd = shop.with_outlier(middle, level1, level2)
        assert last(place(odd.vectors, odd.levels))[3] > 0.99


def test_confidence_falls_from_a_category_towards_another(shop: Shop) -> None:
    confidences = []
    for step in (0.0, 0.2, 0.35, 0.5):
        direction = (1 - step) * unit(FIRST_CHILD) + step * unit(LOOSE_ONE)
        odd = shop.with_outlier(direction, 0, 0)
        held = replace(odd.levels, strengths=np.ones_like(odd.levels.strengths))
        confidences.append(last(place(odd.vectors, held))[3])
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > 0.9
    assert confidences[-1] < 0.6


def test_a_sibling_nearby_does_not_lower_the_confidence_in_the_parent(shop: Shop) -> None:
    apart = replace(shop.levels, level1=np.repeat([0, 1, 2, 3], N_CORE))
    as_siblings = place(shop.vectors, shop.levels).confidence[: 2 * N_CORE]
    as_parents = place(shop.vectors, apart).confidence[: 2 * N_CORE]
    assert (as_siblings >= as_parents).all()
    assert as_siblings.mean() > as_parents.mean()


def test_another_row_order_gives_the_same_places() -> None:
    shop, rng = plant(), np.random.default_rng(5)
    strengths = np.maximum(rng.uniform(-0.3, 1, 240), 0).astype(np.float32)
    levels = replace(shop.levels, strengths=strengths)
    order = rng.permutation(240)
    straight = place(shop.vectors, levels)
    shuffled = place(
        shop.vectors[order],
        Levels(shop.groups[order], shop.subgroups[order], strengths[order], []),
    )
    np.testing.assert_array_equal(shuffled.level1, straight.level1[order])
    np.testing.assert_array_equal(shuffled.level2, straight.level2[order])
    np.testing.assert_allclose(shuffled.confidence, straight.confidence[order], atol=1e-5)
    assert list(shuffled.methods) == [straight.methods[row] for row in order]


def test_places_do_not_depend_on_the_block_size(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = place(shop.vectors, shop.levels)
    monkeypatch.setattr(placement, "BLOCK", 37)
    in_blocks = place(shop.vectors, shop.levels)
    np.testing.assert_allclose(in_blocks.confidence, at_once.confidence, atol=1e-6)
    assert in_blocks.methods == at_once.methods


def test_a_single_text_in_a_single_category_is_certain() -> None:
    one = np.zeros(1, dtype=np.int64)
    levels = Levels(one, one - 1, np.ones(1, dtype=np.float32), [])
    placement = place(random_directions(1), levels)
    assert list(placement.methods) == ["core"]
    assert placement.confidence.tolist() == pytest.approx([1])
