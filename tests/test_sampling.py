from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import Planted, divided, no_words, partition, plant, random_directions
from sound_levels import assert_sound

from topicmodel.clustering import sampling
from topicmodel.clustering.features import Features
from topicmodel.clustering.hierarchy import build_levels, draft_levels
from topicmodel.clustering.sampling import PropagatedTopics, draw_samples
from topicmodel.datatypes import Corpus, Floats, Integers, Level
from topicmodel.execution.context import FitContext
from topicmodel.settings import LevelOneSettings, Settings, TopicSettings


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


def features_of(shop: Planted) -> Features:
    return Features.of(shop.corpus, seed=1)


def firmly(topics: Integers) -> Level:
    return Level(topics, np.ones(len(topics), dtype=np.float32))


def lopsided(n_common: int, n_rare: int) -> Floats:
    """Texts of one common kind, and then those of a rare one."""
    centres = np.repeat(np.eye(2, 24), [n_common, n_rare], axis=0)
    vectors = centres + 0.03 * np.random.default_rng(0).normal(size=centres.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_a_sample_of_few_texts_is_all_of_them() -> None:
    for sample in draw_samples(random_directions(40), 40, 2, seed=1):
        np.testing.assert_array_equal(sample, np.arange(40))


@settings(deadline=None, max_examples=30)
@given(n_texts=st.integers(3, 400), share=st.floats(0.05, 0.95), seed=st.integers(0, 99))
def test_samples_are_distinct_rows_in_order_and_about_as_many_as_wanted(
    n_texts: int, share: float, seed: int
) -> None:
    size = max(2, int(share * n_texts))
    for sample in draw_samples(random_directions(n_texts, 8, seed), size, 2, seed=seed):
        assert (np.diff(sample) > 0).all()
        assert sample[0] >= 0
        assert sample[-1] < n_texts
        assert len(sample) <= size + sampling.STRATA


def test_samples_are_drawn_among_those_that_may_be() -> None:
    among = np.arange(300) % 3 == 0
    for size in (50, 1000):
        for sample in draw_samples(random_directions(300), size, 2, seed=1, only=among):
            assert among[sample].all()
    assert len(draw_samples(random_directions(300), 1000, 1, seed=1, only=among)[0]) == 100


def test_samples_repeat_with_their_seed_and_differ_from_one_another() -> None:
    vectors = random_directions(500)
    first, second = draw_samples(vectors, 200, 2, seed=3)
    again = draw_samples(vectors, 200, 2, seed=3)
    np.testing.assert_array_equal([first, second][0], again[0])
    assert set(first.tolist()) != set(second.tolist())
    assert set(first.tolist()) != set(draw_samples(vectors, 200, 1, seed=4)[0].tolist())


def test_a_rare_kind_has_more_than_its_share_of_a_sample() -> None:
    sample = draw_samples(lopsided(2000, 40), 200, 1, seed=1)[0]
    assert (sample >= 2000).sum() > 1.5 * 40 * 200 / 2040


def test_texts_outside_a_sample_join_the_nearest_topic_held_by_nothing(shop: Planted) -> None:
    sample = np.flatnonzero(np.arange(240) % 3 == 0)
    spread = PropagatedTopics.of(features_of(shop), sample, firmly(shop.groups[sample]))
    np.testing.assert_array_equal(spread.level.topics, shop.groups)
    np.testing.assert_array_equal(np.flatnonzero(spread.level.strengths), sample)


def test_a_sample_of_everything_is_spread_as_it_is(shop: Planted) -> None:
    found = firmly(shop.groups)
    spread = PropagatedTopics.of(features_of(shop), np.arange(240), found)
    assert spread.level is found
    assert not len(spread.poorly_fitting)


def test_what_fits_no_topic_of_a_sample_is_told_and_can_have_topics_of_its_own(
    shop: Planted,
) -> None:
    missed = shop.groups == 3
    sample = np.flatnonzero(~missed & (np.arange(240) % 2 == 0))
    spread = PropagatedTopics.of(features_of(shop), sample, firmly(shop.groups[sample]))
    assert np.isin(np.flatnonzero(missed), spread.poorly_fitting).mean() > 0.95
    rows = np.flatnonzero(missed)[::2]
    level = spread.with_topics(features_of(shop), rows, firmly(np.zeros(len(rows), dtype=int)))
    assert partition(level.topics) == partition(shop.groups)


def test_a_topic_that_all_its_texts_leave_is_gone() -> None:
    vectors = np.eye(6, dtype=np.float32)[[0, 0, 1, 2]]
    features = Features.of(Corpus(vectors, no_words(4)), seed=1)
    level = Level(np.array([0, 0, 1, 2]), np.array([1, 1, 0, 1], dtype=np.float32))
    spread = PropagatedTopics(level, np.array([1, 1, 0, 1], dtype=np.float32), np.array([2]))
    grown = spread.with_topics(features, np.array([2]), firmly(np.array([0])))
    assert grown.topics.tolist() == [0, 0, 2, 1]


def sampled(size: int, n_fits: int = 2) -> Settings:
    return Settings(
        topics=TopicSettings.model_construct(
            **{**TopicSettings().model_dump(), "sample_size": size, "n_fits": n_fits}
        ),
        level1=LevelOneSettings(n_topics=4),
    )


def test_planted_groups_are_found_from_samples(shop: Planted) -> None:
    for build in (build_levels, draft_levels):
        levels = build(shop.corpus, FitContext.of(sampled(120)))
        assert partition(levels.level1) == partition(shop.groups)
        assert_sound(levels, 240)
    assert (levels.strengths > 0).sum() <= 120 + sampling.STRATA


def test_planted_groups_are_found_from_the_texts_that_fits_may_be_made_on(shop: Planted) -> None:
    among = np.arange(240) % 2 == 0
    levels = build_levels(replace(shop.corpus, may_fit=among), FitContext.of(sampled(1000)))
    assert partition(levels.level1) == partition(shop.groups)
    assert_sound(levels, 240)


def test_levels_from_samples_repeat(shop: Planted) -> None:
    first, second = (build_levels(shop.corpus, FitContext.of(sampled(100))) for _ in range(2))
    np.testing.assert_array_equal(first.level1, second.level1)
    np.testing.assert_array_equal(first.level2, second.level2)


def test_a_topic_is_divided_from_a_sample(shop: Planted) -> None:
    rows = np.flatnonzero(shop.groups < 2)
    words = type(shop.words)(shop.words.counts[rows], shop.words.terms)
    parts = divided(Corpus(shop.vectors[rows], words), sampled(60))
    assert len(parts) == len(rows)
    assert parts.max() >= 1
