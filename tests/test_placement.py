from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from planted import no_words, plant, random_directions, term_counts, unit

from topicmodel.datatypes import Corpus, Floats, Integers, Levels, Placement, TermCounts
from topicmodel.placement import fitted_texts as placement
from topicmodel.placement.fitted_texts import place

N_CORE = 100
"""Texts that HDBSCAN put into each leaf."""

AXES = np.eye(16)
TIGHT, LOOSE = 0.1, 0.9

TERMS = 6
"""Terms of each category, of which a text has half."""


@dataclass(frozen=True)
class Shop:
    """Three categories: one of two tight children, a loose one and a tight one without any."""

    vectors: Floats
    counts: Integers
    """(n_texts, 3 * TERMS): each category has words of its own."""
    levels: Levels

    @property
    def words(self) -> TermCounts:
        return term_counts(self.counts)

    @property
    def corpus(self) -> Corpus:
        return Corpus(self.vectors, self.words)

    def place(self) -> Placement:
        return place(self.corpus, self.levels)

    def with_outlier(
        self, direction: np.ndarray, level1: int, level2: int, says: int | None = None
    ) -> Shop:
        """One more text, with the words of a category, or without any."""
        new = np.repeat(np.arange(3) == says, TERMS)[None].astype(np.int64)
        return Shop(
            np.concatenate([self.vectors, unit(direction)[None]]),
            np.concatenate([self.counts, new]),
            Levels(
                np.r_[self.levels.level1, level1],
                np.r_[self.levels.level2, level2],
                np.r_[self.levels.strengths, 0].astype(np.float32),
                [],
            ),
        )

    def all_held(self) -> Shop:
        return replace(
            self, levels=replace(self.levels, strengths=np.ones_like(self.levels.strengths))
        )


FIRST_CHILD = AXES[0] + 0.5 * AXES[1]
SECOND_CHILD = AXES[0] - 0.5 * AXES[1]
LOOSE_ONE = AXES[2]
TIGHT_ONE = AXES[3]

MIDDLES = [(FIRST_CHILD, 0, 0), (SECOND_CHILD, 0, 1), (LOOSE_ONE, 1, -1), (TIGHT_ONE, 2, -1)]
"""Direction of each leaf, its category, and its number as a child."""


@pytest.fixture(scope="module")
def shop() -> Shop:
    leaves = [(FIRST_CHILD, TIGHT), (SECOND_CHILD, TIGHT), (LOOSE_ONE, LOOSE), (TIGHT_ONE, TIGHT)]
    noise = random_directions(4 * N_CORE, 16).reshape(4, N_CORE, 16)
    vectors = [unit(unit(c) + spread * n) for (c, spread), n in zip(leaves, noise, strict=True)]
    level1, level2 = np.repeat([0, 0, 1, 2], N_CORE), np.repeat([0, 1, -1, -1], N_CORE)
    strengths = np.full(4 * N_CORE, 0.5, dtype=np.float32)
    rng = np.random.default_rng(1)
    counts = np.zeros((4 * N_CORE, 3 * TERMS), dtype=np.int64)
    for row, category in enumerate(level1):
        counts[row, category * TERMS + rng.choice(TERMS, TERMS // 2, replace=False)] = 1
    return Shop(np.concatenate(vectors), counts, Levels(level1, level2, strengths, []))


def last(placement: Placement) -> tuple[str, int, int, float]:
    return (
        placement.methods[-1],
        int(placement.level1[-1]),
        int(placement.level2[-1]),
        float(placement.confidence[-1]),
    )


def test_texts_that_hdbscan_placed_stay_there_as_core(shop: Shop) -> None:
    placement = shop.place()
    assert set(placement.methods) == {"core"}
    np.testing.assert_array_equal(placement.level1, shop.levels.level1)
    np.testing.assert_array_equal(placement.level2, shop.levels.level2)


def test_an_outlier_far_from_everything_is_unsorted(shop: Shop) -> None:
    odd = shop.with_outlier(AXES[9] + 0.2 * LOOSE_ONE, 1, -1)
    assert last(odd.place()) == ("unsorted", -1, -1, 0)


def test_an_outlier_as_near_as_the_certain_texts_is_reassigned(shop: Shop) -> None:
    odd = shop.with_outlier(FIRST_CHILD, 0, 0)
    assert last(odd.place())[:3] == ("reassigned", 0, 0)


def test_an_outlier_between_the_children_of_a_parent_stays_with_the_parent(shop: Shop) -> None:
    odd = shop.with_outlier(FIRST_CHILD + SECOND_CHILD, 0, 0)
    assert last(odd.place())[:3] == ("parent_only", 0, -1)


def test_an_outlier_at_the_edge_of_a_childless_category_is_reassigned(shop: Shop) -> None:
    edge = TIGHT_ONE + 0.3 * AXES[9]
    assert unit(edge) @ TIGHT_ONE < (shop.vectors[3 * N_CORE :] @ TIGHT_ONE).min()
    odd = shop.with_outlier(edge, 2, -1)
    assert last(odd.place())[:3] == ("reassigned", 2, -1)


def test_without_certain_texts_nothing_is_placed(shop: Shop) -> None:
    nothing_held = replace(shop.levels, strengths=np.zeros(4 * N_CORE, dtype=np.float32))
    placement = place(shop.corpus, nothing_held)
    assert set(placement.methods) == {"unsorted"}
    assert set(placement.level1) == set(placement.level2) == {-1}
    assert set(placement.confidence) == {0}


@pytest.mark.parametrize("seed", range(4))
def test_confidence_is_finite_and_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    level1 = rng.integers(0, 4, 300)
    level2 = np.where(level1 == 3, -1, 2 * level1 + rng.integers(0, 2, 300))
    strengths = np.maximum(rng.uniform(-0.5, 1, 300), 0).astype(np.float32)
    words = term_counts(rng.integers(0, 2, (300, 6)))
    levels = Levels(level1, level2, strengths, [])
    placement = place(Corpus(random_directions(300, 8, seed), words), levels)
    assert placement.confidence.dtype == np.float32
    assert ((placement.confidence >= 0) & (placement.confidence <= 1)).all()
    unsorted = np.array(placement.methods) == "unsorted"
    assert unsorted.any()
    np.testing.assert_array_equal(placement.confidence[unsorted], 0)
    np.testing.assert_array_equal(placement.level1 == -1, unsorted)
    assert (placement.level2[unsorted] == -1).all()
    assert (placement.level2[np.array(placement.methods) == "parent_only"] == -1).all()


@pytest.mark.parametrize(("middle", "level1", "level2"), MIDDLES)
@pytest.mark.parametrize("with_words", [True, False])
def test_a_text_in_the_middle_of_its_category_is_nearly_certain(
    shop: Shop, middle: np.ndarray, level1: int, level2: int, with_words: bool
) -> None:
    odd = shop.with_outlier(middle, level1, level2, says=level1 if with_words else None)
    assert last(odd.place())[3] > 0.99


@pytest.mark.parametrize(("middle", "level1", "level2"), MIDDLES)
def test_without_any_words_the_middle_of_a_category_is_nearly_certain(
    shop: Shop, middle: np.ndarray, level1: int, level2: int
) -> None:
    odd = shop.with_outlier(middle, level1, level2)
    placement = place(Corpus(odd.vectors, no_words(len(odd.vectors))), odd.levels)
    assert last(placement)[3] > 0.99


def test_confidence_falls_from_a_category_towards_another(shop: Shop) -> None:
    confidences = []
    for step in (0.0, 0.2, 0.35, 0.5):
        direction = (1 - step) * unit(FIRST_CHILD) + step * unit(LOOSE_ONE)
        confidences.append(last(shop.with_outlier(direction, 0, 0).all_held().place())[3])
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > 0.9
    assert confidences[-1] < 0.6


def test_words_of_another_category_lower_the_confidence(shop: Shop) -> None:
    agreed, silent, opposed = (
        last(shop.with_outlier(LOOSE_ONE + 0.3 * TIGHT_ONE, 1, -1, says).place())
        for says in (1, None, 2)
    )
    assert agreed[:3] == silent[:3] == opposed[:3] == ("reassigned", 1, -1)
    assert opposed[3] < 0.6 * min(silent[3], agreed[3])


def test_words_that_no_other_text_has_are_no_words(shop: Shop) -> None:
    silent = shop.with_outlier(LOOSE_ONE + 0.8 * TIGHT_ONE, 1, -1)
    unknown = replace(silent, counts=np.pad(silent.counts, ((0, 0), (0, 1))))
    unknown.counts[-1, -1] = 1
    np.testing.assert_allclose(unknown.place().confidence, silent.place().confidence, atol=1e-6)


def test_a_sibling_nearby_does_not_lower_the_confidence_in_the_parent(shop: Shop) -> None:
    apart = replace(shop.levels, level1=np.repeat([0, 1, 2, 3], N_CORE))
    as_siblings = shop.place().confidence[: 2 * N_CORE]
    as_parents = place(shop.corpus, apart).confidence[: 2 * N_CORE]
    assert (as_siblings >= as_parents).all()
    assert as_siblings.mean() > as_parents.mean()


def test_another_row_order_gives_the_same_places() -> None:
    shop, rng = plant(), np.random.default_rng(5)
    strengths = np.maximum(rng.uniform(-0.3, 1, 240), 0).astype(np.float32)
    levels = replace(shop.levels, strengths=strengths)
    order = rng.permutation(240)
    straight = place(shop.corpus, levels)
    shuffled = place(
        Corpus(shop.vectors[order], term_counts(shop.words.counts[order].toarray())),
        Levels(shop.groups[order], shop.subgroups[order], strengths[order], []),
    )
    np.testing.assert_array_equal(shuffled.level1, straight.level1[order])
    np.testing.assert_array_equal(shuffled.level2, straight.level2[order])
    np.testing.assert_allclose(shuffled.confidence, straight.confidence[order], atol=1e-5)
    assert list(shuffled.methods) == [straight.methods[row] for row in order]


def test_places_do_not_depend_on_the_block_size(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = shop.place()
    monkeypatch.setattr(placement, "BLOCK", 37)
    in_blocks = shop.place()
    np.testing.assert_allclose(in_blocks.confidence, at_once.confidence, atol=1e-6)
    assert in_blocks.methods == at_once.methods


def test_a_single_text_in_a_single_category_is_certain() -> None:
    one = np.zeros(1, dtype=np.int64)
    levels = Levels(one, one - 1, np.ones(1, dtype=np.float32), [])
    placement = place(Corpus(random_directions(1), no_words(1)), levels)
    assert list(placement.methods) == ["core"]
    assert placement.confidence.tolist() == pytest.approx([1])


def test_inputs_are_left_as_they_were(shop: Shop) -> None:
    vectors, counts = shop.vectors.copy(), shop.counts.copy()
    words = shop.words
    place(Corpus(vectors, words), shop.levels)
    np.testing.assert_array_equal(vectors, shop.vectors)
    np.testing.assert_array_equal(words.counts.toarray(), counts)


def test_confidence_is_lower_where_categories_lie_closer_together() -> None:
    confidences = []
    for spread in (0.3, 1.0, 2.0):
        shop = plant(1, spread=spread)
        # Fewer words, so that they do not tell all categories apart by themselves.
        body = shop.words.counts.toarray()
        kept = np.random.default_rng(0).random(body.shape) < 0.3
        confidences.append(
            place(Corpus(shop.vectors, term_counts(body * kept)), shop.levels).confidence.mean()
        )
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] - confidences[-1] > 0.1
