from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pytest
from planted import plant, unit

from topicmodel.datatypes import Floats, Integers, Landmarks, Taxonomy, Topic, TopicId
from topicmodel.geometry import MicroClusters, k_means
from topicmodel.placement import landmarks as landmarks_module
from topicmodel.placement.calibration import fit_temperature, probabilities
from topicmodel.placement.landmarks import Placed, choose_landmarks, place_new

N_DIMS = 24
AXES = np.eye(N_DIMS)


@dataclass(frozen=True)
class Shop:
    """Leaves, each around an axis of its own; noise runs along the axes that no leaf has."""

    leaves: Mapping[TopicId, TopicId | None]
    """Leaf -> parent."""
    spread: Mapping[TopicId, float]
    """Greatest length of the noise of a leaf's texts, beside its axis of length 1."""
    n_texts: int = 100

    def texts(self, leaf: TopicId, n: int, seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal((n, N_DIMS))
        noise[:, : len(self.leaves)] = 0
        lengths = self.spread[leaf] * rng.uniform(0, 1, (n, 1))
        return unit(AXES[list(self.leaves).index(leaf)] + lengths * unit(noise))

    @property
    def vectors(self) -> Floats:
        return np.vstack([self.texts(leaf, self.n_texts, seed=7) for leaf in self.leaves])

    @property
    def numbers(self) -> Integers:
        return np.repeat(np.arange(len(self.leaves)), self.n_texts)

    @property
    def taxonomy(self) -> Taxonomy:
        tops = dict.fromkeys(parent or leaf for leaf, parent in self.leaves.items())
        children = {leaf: parent for leaf, parent in self.leaves.items() if parent}
        return Taxonomy([topic(top, None) for top in tops] + [topic(*c) for c in children.items()])

    def landmarks(self, seed: int = 0) -> Landmarks:
        return choose_landmarks(
            self.vectors, self.numbers, list(self.leaves), self.leaves, seed=seed
        )

    def place(self, vectors: Floats, new_groups: Floats | None = None) -> Placed:
        return place_new(vectors, self.landmarks(), self.taxonomy, new_groups)


def topic(name: str, parent: TopicId | None) -> Topic:
    return Topic(TopicId(name), parent, 2 if parent else 1, name, (), 1, ())


TEA, COFFEE, TOYS = TopicId("tea"), TopicId("coffee"), TopicId("toys")
DRINKS = TopicId("drinks")

SHOP = Shop({TEA: DRINKS, COFFEE: DRINKS, TOYS: None}, {TEA: 0.4, COFFEE: 1.5, TOYS: 0.4})
"""One category of a tight and a loose child, and one without children."""


def test_new_texts_go_to_the_categories_that_they_were_drawn_from() -> None:
    planted = plant()
    leaf_ids = [TopicId(f"leaf{number}") for number in range(12)]
    parents = {leaf: TopicId(f"top{n // 3}") for n, leaf in enumerate(leaf_ids)}
    new = np.arange(len(planted.texts)) % 5 == 0
    marks = choose_landmarks(
        planted.vectors[~new], planted.subgroups[~new], leaf_ids, parents, seed=0
    )
    tops = [topic(f"top{number}", None) for number in range(4)]
    taxonomy = Taxonomy([*tops, *(topic(*pair) for pair in parents.items())])

    placed = place_new(planted.vectors[new], marks, taxonomy)

    fits = np.array([method == "reassigned" for method in placed.methods])
    assert fits.mean() > 0.9
    truth = [leaf_ids[number] for number in planted.subgroups[new]]
    assert same_where(fits, placed.level2, truth)
    assert same_where(fits, placed.level1, [parents[leaf] for leaf in truth])


def test_texts_of_a_category_without_children_stay_on_level_one() -> None:
    placed = SHOP.place(SHOP.texts(TOYS, 5, seed=1))

    assert list(placed.level1) == [TOYS] * 5
    assert list(placed.level2) == [None] * 5
    assert list(placed.methods) == ["reassigned"] * 5


def test_a_text_far_from_everything_goes_nowhere() -> None:
    placed = SHOP.place(unit(-AXES[:1]))

    assert list(placed.level1) == list(placed.level2) == [None]
    assert list(placed.methods) == ["unsorted"]
    assert placed.confidence[0] == 0


def test_a_text_too_far_from_its_leaf_but_not_from_the_tree_stays_with_the_parent() -> None:
    placed = SHOP.place(unit(AXES[:1] + 0.8 * AXES[20]))

    assert list(placed.level1) == [DRINKS]
    assert list(placed.level2) == [None]
    assert list(placed.methods) == ["parent_only"]
    assert placed.confidence[0] > 0


def test_few_texts_like_those_of_the_tree_are_told_that_they_fit_nowhere() -> None:
    fresh = np.vstack([SHOP.texts(leaf, 300, seed=5) for leaf in SHOP.leaves])

    unfit = np.mean([method == "unsorted" for method in SHOP.place(fresh).methods])

    assert 0 < unfit < 0.05


def test_a_text_nearer_to_a_crowd_than_to_the_tree_goes_nowhere() -> None:
    text = unit(AXES[:1] + 0.3 * AXES[20])

    assert list(SHOP.place(text).level2) == [TEA]
    placed = SHOP.place(text, new_groups=unit(AXES[:1] + 0.35 * AXES[20]))
    assert list(placed.methods) == ["unsorted"]
    assert placed.in_new_group.tolist() == [True]


def test_confidence_falls_with_doubt_between_categories_and_with_distance() -> None:
    clear, far = unit(AXES[[0]]), unit(AXES[[0]] + 0.39 * AXES[[20]])
    torn = unit(AXES[[0]] + AXES[[2]])

    confidence = SHOP.place(np.vstack([clear, far, torn])).confidence

    assert confidence[0] > 0.95
    assert confidence[0] > confidence[1] > confidence[2]
    assert confidence.min() >= 0
    assert confidence.max() <= 1


@pytest.mark.parametrize("block", [1, 7, 100])
def test_block_by_block_comes_to_the_same_as_all_at_once(block: int) -> None:
    texts = np.vstack([SHOP.texts(leaf, 40, seed=3) for leaf in SHOP.leaves])
    new_groups = unit(AXES[[5, 6]])

    whole = SHOP.place(texts, new_groups)
    parts = [SHOP.place(texts[i : i + block], new_groups) for i in range(0, len(texts), block)]

    for name in ("level1", "level2", "methods", "in_new_group"):
        assert [v for part in parts for v in getattr(part, name)] == list(getattr(whole, name))
    for name in ("confidence", "cosines"):
        together = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_allclose(together, getattr(whole, name), atol=1e-5)


def test_blocks_within_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = np.vstack([SHOP.texts(leaf, 40, seed=3) for leaf in SHOP.leaves])
    before, marks = SHOP.place(texts, unit(AXES[[5]])), SHOP.landmarks()
    monkeypatch.setattr(landmarks_module, "BLOCK", 16)

    after = SHOP.place(texts, unit(AXES[[5]]))

    assert after.level2 == before.level2
    np.testing.assert_allclose(after.confidence, before.confidence, atol=1e-5)
    assert SHOP.landmarks().min_cosine == pytest.approx(marks.min_cosine, abs=1e-5)


def test_a_tree_of_one_category_takes_what_is_like_it_and_nothing_else() -> None:
    shop = Shop({TOYS: None}, {TOYS: 0.5})

    placed = shop.place(np.vstack([shop.texts(TOYS, 1, seed=2), unit(AXES[[20]])]))

    assert list(placed.level1) == [TOYS, None]
    assert placed.confidence[0] > 0.8


@pytest.mark.parametrize("n_texts", [1, 2, 3])
def test_a_category_of_hardly_any_texts_still_takes_its_like(n_texts: int) -> None:
    shop = Shop({TEA: DRINKS, TOYS: None}, {TEA: 0.1, TOYS: 0.1}, n_texts=n_texts)

    assert list(shop.place(unit(AXES[:2])).level1) == [DRINKS, TOYS]


def test_no_texts_are_placed_without_complaint() -> None:
    placed = SHOP.place(np.zeros((0, N_DIMS), dtype=np.float32))

    assert all(len(getattr(placed, field.name)) == 0 for field in fields(Placed))


def test_a_tree_without_texts_has_no_place_for_any() -> None:
    empty = np.zeros((0, N_DIMS), dtype=np.float32)
    nothing = choose_landmarks(empty, np.zeros(0, dtype=np.int64), [TOYS], {TOYS: None}, seed=0)

    placed = place_new(unit(AXES[:2]), nothing, SHOP.taxonomy)

    assert len(nothing.vectors) == 0
    assert list(placed.methods) == ["unsorted"] * 2


def test_texts_without_a_leaf_and_leaves_without_texts_leave_no_landmark() -> None:
    numbers = np.where(SHOP.numbers == 1, -1, SHOP.numbers)

    marks = choose_landmarks(SHOP.vectors, numbers, list(SHOP.leaves), SHOP.leaves, seed=0)

    assert set(marks.topics) == {TEA, TOYS}
    assert set(marks.median_cosine) == set(marks.min_cosine) == {TEA, DRINKS, TOYS}


def test_a_leaf_gets_landmarks_by_the_root_of_its_texts() -> None:
    numbers = np.repeat([0, 1, 2], [100, 25, 175])

    marks = choose_landmarks(SHOP.vectors, numbers, list(SHOP.leaves), SHOP.leaves, seed=0)

    assert [marks.topics.count(leaf) for leaf in SHOP.leaves] == [10, 5, 13]


def test_landmarks_are_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarks_module, "MOST_LANDMARKS", 7)

    marks = SHOP.landmarks()

    assert set(marks.topics) == set(SHOP.leaves)
    assert len(marks.topics) <= 7


def test_an_even_sample_of_many_texts_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = SHOP.landmarks().median_cosine
    monkeypatch.setattr(landmarks_module, "MOST_MEMBERS", 150)

    marks = SHOP.landmarks()

    assert len(marks.topics) < 3 * 10
    assert marks.median_cosine == pytest.approx(usual, abs=0.1)


def test_the_same_seed_gives_the_same_landmarks_and_inputs_stay_as_they_were() -> None:
    vectors, numbers = SHOP.vectors, SHOP.numbers

    first = choose_landmarks(vectors, numbers, list(SHOP.leaves), SHOP.leaves, seed=3)
    second = choose_landmarks(vectors, numbers, list(SHOP.leaves), SHOP.leaves, seed=3)

    assert first.vectors.tobytes() == second.vectors.tobytes()
    assert (first.topics, first.median_cosine, first.min_cosine) == (
        second.topics,
        second.median_cosine,
        second.min_cosine,
    )
    assert first.temperature == second.temperature
    np.testing.assert_array_equal(vectors, SHOP.vectors)
    np.testing.assert_array_equal(numbers, SHOP.numbers)


def test_landmarks_lose_nothing_in_half_precision() -> None:
    vectors = SHOP.landmarks().vectors

    np.testing.assert_array_equal(vectors, vectors.astype(np.float16).astype(np.float32))


def test_a_text_is_judged_as_if_its_own_cell_did_not_hold_it() -> None:
    vectors = unit(np.random.default_rng(0).standard_normal((6, 4)))
    cells = MicroClusters.of(vectors, np.array([0, 0, 0, 1, 1, 2]))

    others = [[1, 2], [0, 2], [0, 1], [4], [3]]
    expected = [
        float(vectors[row] @ unit(vectors[rest].sum(axis=0))) for row, rest in enumerate(others)
    ]
    np.testing.assert_allclose(
        cells.cosines_without_self(vectors), [*expected, -1], rtol=0, atol=1e-6
    )


def test_equal_vectors_share_a_cell_however_many_are_asked_for() -> None:
    vectors = np.repeat(unit(AXES[:2]), 5, axis=0)

    parts = k_means(vectors, 6, seed=0)

    assert parts.max() == 1
    assert (parts[:5] == parts[0]).all()


def test_the_temperature_that_made_the_answers_is_found_again() -> None:
    rng = np.random.default_rng(0)
    similarities = rng.uniform(0, 0.3, (4000, 3)).astype(np.float32)
    truth = np.array([rng.choice(3, p=row) for row in probabilities(similarities, 0.05)])

    assert fit_temperature(similarities, truth) == pytest.approx(0.05, rel=0.1)


def same_where(
    chosen: np.ndarray, found: Sequence[TopicId | None], truth: Sequence[TopicId]
) -> bool:
    pairs = zip(found, truth, chosen.tolist(), strict=True)
    return all(one == other for one, other, is_chosen in pairs if is_chosen)
