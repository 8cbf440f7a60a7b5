from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import Planted, partition, plant, random_directions, unit
from scipy.sparse import csr_matrix

from topicmodel import hierarchy
from topicmodel.datatypes import Floats, Integers, Level, Levels, TermCounts
from topicmodel.evaluation import adjusted_rand_index
from topicmodel.geometry import number_by_size
from topicmodel.hierarchy import automatic_size, build_levels, merge_topics, word_agreement
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, Settings, TopicSettings

FOUR = Settings(level1=LevelOneSettings(n_topics=4))


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def found(shop: Planted) -> Levels:
    return build_levels(shop.vectors, shop.words.body, FOUR)


def no_words(n_texts: int) -> TermCounts:
    return TermCounts(csr_matrix((n_texts, 0), dtype=np.int64), [])


def sizes_of_merged(vectors: Floats, topics: Integers, chosen: LevelOneSettings) -> list[int]:
    """Texts in each level-one topic."""
    return np.bincount(merge_topics(vectors, topics, chosen)[0][topics]).tolist()


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


def test_planted_groups_are_found_exactly(shop: Planted, found: Levels) -> None:
    assert partition(found.level1) == partition(shop.groups)


def test_planted_subgroups_are_mostly_found(shop: Planted, found: Levels) -> None:
    assert adjusted_rand_index(found.level2.tolist(), shop.subgroups.tolist()) > 0.9


def test_the_levels_of_planted_groups_are_sound(shop: Planted, found: Levels) -> None:
    assert_sound(found, len(shop.texts))


def test_the_same_seed_gives_the_same_levels(shop: Planted, found: Levels) -> None:
    again = build_levels(shop.vectors, shop.words.body, FOUR)
    for name in ("level1", "level2", "strengths"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))


def test_inputs_are_left_as_they_were(shop: Planted) -> None:
    vectors, counts = shop.vectors.copy(), shop.words.body
    before = counts.counts.copy()
    build_levels(vectors, counts, FOUR)
    np.testing.assert_array_equal(vectors, shop.vectors)
    assert (counts.counts != before).nnz == 0


def test_level_two_has_no_more_children_than_is_asked_for(shop: Planted) -> None:
    chosen = FOUR.model_copy(update={"level2": LevelTwoSettings(max_topics=2)})
    levels = build_levels(shop.vectors, shop.words.body, chosen)
    children = [len(set(levels.level2[levels.level1 == parent])) for parent in range(4)]
    assert children == [2] * 4


def test_the_number_of_planted_groups_is_found() -> None:
    for seed in range(5):
        shop = plant(seed)
        merged, _ = merge_topics(shop.vectors, shop.subgroups, LevelOneSettings(min_topics=2))
        assert partition(merged[shop.subgroups]) == partition(shop.groups)


def test_the_curve_drops_behind_the_true_number(shop: Planted) -> None:
    _, curve = merge_topics(shop.vectors, shop.subgroups, LevelOneSettings())
    numbers, distances = zip(*curve, strict=True)
    assert numbers == tuple(range(2, 13))
    assert list(distances) == sorted(distances, reverse=True)
    assert int(np.argmin(np.diff(distances))) + 2 == 4


@pytest.mark.parametrize("n_topics", [1, 2, 3, 7, 12])
def test_a_given_number_is_obeyed(shop: Planted, n_topics: int) -> None:
    chosen = LevelOneSettings(n_topics=n_topics)
    assert len(sizes_of_merged(shop.vectors, shop.subgroups, chosen)) == n_topics


def test_more_topics_than_there_are_fine_ones_cannot_be_had(shop: Planted) -> None:
    chosen = LevelOneSettings(n_topics=50)
    assert len(sizes_of_merged(shop.vectors, shop.subgroups, chosen)) == 12


@given(st.integers(0, 1000), st.integers(1, 8), st.integers(0, 8), st.floats(0.3, 1.2))
def test_the_automatic_number_lies_within_its_bounds(
    seed: int, least: int, more: int, separation: float
) -> None:
    vectors, topics = random_directions(60, 8, seed), np.arange(60) % 20
    chosen = LevelOneSettings(min_topics=least, max_topics=least + more, separation=separation)
    assert least <= len(sizes_of_merged(vectors, topics, chosen)) <= least + more


def test_a_lower_separation_gives_no_fewer_topics() -> None:
    vectors, topics = random_directions(60, 8), np.arange(60) % 20
    numbers = [
        len(sizes_of_merged(vectors, topics, LevelOneSettings(min_topics=1, separation=separation)))
        for separation in (2.0, 1.1, 0.9, 0.7, 0.5)
    ]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1 < numbers[-1]


def test_the_curve_is_empty_where_the_number_is_given(shop: Planted, found: Levels) -> None:
    assert merge_topics(shop.vectors, shop.subgroups, LevelOneSettings(n_topics=4))[1] == []
    assert list(found.count_curve) == []


def test_a_single_fine_topic_stays_alone(shop: Planted) -> None:
    merged, curve = merge_topics(shop.vectors, np.zeros(240, dtype=np.int64), LevelOneSettings())
    assert merged.tolist() == [0]
    assert curve == []


@given(st.integers(0, 10_000), st.floats(0.01, 0.4))
def test_no_side_of_a_split_has_fewer_than_the_least_texts(seed: int, share: float) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.full(15, 0.5))
    topics = np.r_[np.arange(15), np.random.default_rng(seed).choice(15, 200, p=shares)]
    vectors = random_directions(len(topics), 6, seed)
    chosen = LevelOneSettings(n_topics=10, min_share=share)
    sizes = sizes_of_merged(vectors, topics, chosen)
    assert len(sizes) == 1 or min(sizes) >= share * len(topics)


@pytest.mark.parametrize(("crumb", "side"), [((0.3, -0.1, 0.95), 0), ((0.0, 0.3, 0.95), 1)])
def test_a_branch_too_small_for_a_side_joins_the_nearer_one(
    crumb: tuple[float, float, float], side: int
) -> None:
    # The two large topics are nearer to one another than to the crumb, which is split off first.
    vectors = unit(np.array([(1, 0, 0)] * 10 + [(0.6, 0.8, 0)] * 10 + [crumb]))
    topics = np.array([0] * 10 + [1] * 10 + [2])
    merged, _ = merge_topics(vectors, topics, LevelOneSettings(n_topics=2, min_share=0.2))
    assert merged[0] != merged[1]
    assert merged[2] == merged[side]


def test_small_topics_are_a_side_together() -> None:
    vectors = np.repeat(unit(np.array([(1, 0, 0), (1, 0.3, 0), (0, 0, 1), (0, 0.3, 1)])), 5, axis=0)
    topics = np.repeat(np.arange(4), 5)
    merged, _ = merge_topics(vectors, topics, LevelOneSettings(n_topics=2, min_share=0.4))
    assert partition(merged) == {frozenset({0, 1}), frozenset({2, 3})}


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_another_row_order_gives_the_same_groups(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shop = plant(3, spread=1.0)
    order, names = rng.permutation(240), rng.permutation(12)
    chosen = LevelOneSettings(min_topics=2)
    straight, curve = merge_topics(shop.vectors, shop.subgroups, chosen)
    shuffled = names[shop.subgroups][order]
    merged, other_curve = merge_topics(shop.vectors[order], shuffled, chosen)
    groups = np.empty(240, dtype=np.int64)
    groups[order] = number_by_size(merged[shuffled])
    assert partition(groups) == partition(straight[shop.subgroups])
    np.testing.assert_allclose(other_curve, curve, rtol=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n_texts=st.integers(1, 90),
    n_fine=st.integers(1, 12),
    n_topics=st.one_of(st.just("auto"), st.integers(1, 6)),
    share=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_no_parent_has_a_single_child_and_every_text_a_level_one(
    seed: int, n_texts: int, n_fine: int, n_topics: int | str, share: float
) -> None:
    rng = np.random.default_rng(seed)

    def random_level(vectors: Floats, *_: object, **__: object) -> Level:
        topics = number_by_size(rng.integers(-1, n_fine, len(vectors)))
        if topics.max() < 0:
            topics = np.zeros(len(vectors), dtype=np.int64)
        return Level(topics, (topics >= 0).astype(np.float32))

    chosen = Settings(
        level1=LevelOneSettings(n_topics=n_topics, min_share=share),
        level2=LevelTwoSettings(max_topics=3, min_share=share),
    )
    words = TermCounts(csr_matrix(rng.integers(0, 3, (n_texts, 5))), list("abcde"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hierarchy.engine, "find_topics", random_level)
        levels = build_levels(random_directions(n_texts, 8, seed), words, chosen)
    assert_sound(levels, n_texts)


@pytest.mark.parametrize("n_texts", [1, 2, 3, 5, 11, 12, 13, 20, 45, 130])
def test_noise_without_words_gives_sound_levels(n_texts: int) -> None:
    vectors = random_directions(n_texts, 16)
    small = Settings(topics=TopicSettings(min_size=2), level2=LevelTwoSettings(min_size=2))
    for chosen in (Settings(), small):
        assert_sound(build_levels(vectors, no_words(n_texts), chosen), n_texts)


def test_texts_that_are_all_alike_are_one_category() -> None:
    levels = build_levels(np.repeat(random_directions(1), 60, axis=0), no_words(60), Settings())
    assert set(levels.level1.tolist()) == {0}
    assert set(levels.level2.tolist()) == {-1}


def test_the_least_size_grows_with_the_number_of_texts() -> None:
    assert automatic_size(1) == 3
    assert automatic_size(100) == 8
    assert automatic_size(1_000_000) == 200
    sizes = [automatic_size(n) for n in range(1, 5000)]
    assert sizes == sorted(sizes)


def test_words_that_separate_the_topics_agree_with_them(shop: Planted) -> None:
    assert word_agreement(shop.words.body, shop.groups) == pytest.approx(1)
    assert word_agreement(shop.words.body, shop.subgroups) == pytest.approx(1)


@pytest.mark.parametrize("n_topics", [2, 4, 12, 40])
def test_words_do_not_agree_with_random_topics(shop: Planted, n_topics: int) -> None:
    words = shop.words.body
    agreements = [
        word_agreement(words, np.random.default_rng(seed).integers(0, n_topics, len(shop.texts)))
        for seed in range(8)
    ]
    assert abs(math.fsum(agreements) / 8) < 0.08


def test_the_agreement_of_words_ignores_how_topics_are_numbered(shop: Planted) -> None:
    mixed = np.where(np.arange(240) % 3 == 0, 0, shop.subgroups)
    renamed = np.random.default_rng(0).permutation(12)[mixed]
    agreement = word_agreement(shop.words.body, mixed)
    assert 0.1 < agreement < 0.9
    assert word_agreement(shop.words.body, renamed) == pytest.approx(agreement)


def test_there_is_no_agreement_without_words_or_with_one_topic(shop: Planted) -> None:
    assert word_agreement(no_words(240), shop.groups) == 0
    assert word_agreement(shop.words.body, np.zeros(240, dtype=np.int64)) == 0
