from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import loky
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import (
    Planted,
    divided,
    no_words,
    partition,
    plant,
    random_directions,
    term_counts,
)
from sound_levels import assert_sound

from topicmodel.clustering import fits
from topicmodel.clustering.hierarchy import build_levels
from topicmodel.datatypes import Corpus, Floats, Integers, Level, Levels, TermCounts
from topicmodel.evaluation import adjusted_rand_index
from topicmodel.execution.context import FitContext
from topicmodel.geometry import number_by_size
from topicmodel.settings import (
    FitSettings,
    LevelOneSettings,
    LevelTwoSettings,
    Settings,
    TopicSettings,
)
from topicmodel.text.similarity import word_agreement

FIT, REFIT = 0.9, 0.6
"""How firmly the scripted engine holds texts, in fits of all texts and inside a parent."""

UNMERGED = LevelTwoSettings(separation=0)
"""Every fine topic that is large enough is a child."""


def chosen(n_topics: int = 4, n_fits: int = 1, **sections: Any) -> Settings:
    return Settings(
        level1=LevelOneSettings(n_topics=n_topics), topics=TopicSettings(n_fits=n_fits), **sections
    )


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def found(shop: Planted) -> Levels:
    return build_levels(shop.corpus, FitContext.of(chosen(n_fits=3)))


def rows_of(shop: Planted, rows: Integers) -> TermCounts:
    return TermCounts(shop.words.counts[rows], shop.words.terms)


class ScriptedEngine:
    """Finds in the planted shop what it is told to, and remembers what it was asked."""

    def __init__(self, vectors: Floats, find: Callable[[Integers], Integers]) -> None:
        """`find` turns rows of the shop into topics."""
        self._vectors, self._find = vectors, find
        self.fits: list[dict[str, Any]] = []
        """Options of the fits of all texts."""
        self.refits: list[dict[str, Any]] = []

    def find_topics(
        self, vectors: Floats, words: TermCounts, settings: FitSettings, **options: Any
    ) -> Level:
        assert len(vectors) == words.counts.shape[0]
        n_dims = self._vectors.shape[1]
        rows = (vectors[:, :n_dims] @ self._vectors.T).argmax(axis=1)
        whole = len(rows) == len(self._vectors)
        noted = options | {"n_dims": vectors.shape[1], "threads": settings.threads}
        (self.fits if whole else self.refits).append(noted)
        topics = number_by_size(self._find(rows))
        strengths = np.where(topics < 0, 0, FIT if whole else REFIT)
        return Level(topics, strengths.astype(np.float32))


Script = Callable[[Callable[[Integers], Integers]], ScriptedEngine]


@pytest.fixture
def script(shop: Planted, monkeypatch: pytest.MonkeyPatch) -> Script:
    def use(find: Callable[[Integers], Integers]) -> ScriptedEngine:
        scripted = ScriptedEngine(shop.vectors, find)
        monkeypatch.setattr(fits.engine, "find_topics", scripted.find_topics)
        return scripted

    return use


class Record:
    """Progress that is remembered: stage, its total, and how far it got."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float | None, float]] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.stages.append((name, total, 0))

    def advance(self, amount: float, note: str = "") -> None:
        assert not note
        name, total, done = self.stages.pop()
        self.stages.append((name, total, done + amount))

    def message(self, text: str) -> None:
        raise AssertionError(text)

    def warning(self, text: str) -> None:
        self.message(text)


def assert_same(some: Levels, others: Levels) -> None:
    for name in ("level1", "level2", "strengths", "count_curve"):
        np.testing.assert_array_equal(getattr(some, name), getattr(others, name))


def test_planted_groups_are_found_exactly(shop: Planted, found: Levels) -> None:
    assert partition(found.level1) == partition(shop.groups)


def test_planted_subgroups_are_mostly_found(shop: Planted, found: Levels) -> None:
    assert adjusted_rand_index(found.level2.tolist(), shop.subgroups.tolist()) > 0.9


def test_the_levels_of_planted_groups_are_sound(shop: Planted, found: Levels) -> None:
    assert_sound(found, len(shop.texts))


def test_the_same_seed_gives_the_same_levels(shop: Planted, found: Levels) -> None:
    assert_same(build_levels(shop.corpus, FitContext.of(chosen(n_fits=3))), found)


def test_a_single_fit_finds_what_several_find(shop: Planted, found: Levels) -> None:
    levels = build_levels(shop.corpus, FitContext.of(chosen(n_fits=1)))
    assert_sound(levels, 240)
    assert partition(levels.level1) == partition(found.level1)
    assert adjusted_rand_index(levels.level2.tolist(), found.level2.tolist()) > 0.8


def test_processes_side_by_side_find_the_very_same_levels() -> None:
    shop = plant(1)
    alone, together = (
        build_levels(shop.corpus, FitContext.of(chosen(n_topics=2, n_fits=2, processes=processes)))
        for processes in (1, 2)
    )
    assert_same(together, alone)


def test_a_small_dump_starts_no_process(
    shop: Planted, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(lambda rows: shop.subgroups[rows])
    monkeypatch.delattr(loky, "get_reusable_executor")
    assert_sound(build_levels(shop.corpus, FitContext.of(chosen(n_fits=3))), 240)


def test_inputs_are_left_as_they_were(shop: Planted, script: Script) -> None:
    script(lambda rows: np.where(rows % 7 == 0, -1, shop.subgroups[rows]))
    vectors, words = shop.vectors.copy(), shop.words
    before = words.counts.copy()
    build_levels(Corpus(vectors, words), FitContext.of(chosen()))
    np.testing.assert_array_equal(vectors, shop.vectors)
    assert (words.counts != before).nnz == 0


def test_every_fit_has_a_seed_of_its_own_and_sees_the_words(shop: Planted, script: Script) -> None:
    engine = script(lambda rows: shop.subgroups[rows])
    build_levels(shop.corpus, FitContext.of(chosen(n_fits=5, seed=1)))
    build_levels(shop.corpus, FitContext.of(chosen(n_fits=5, seed=2)))
    assert len({fit["seed"] for fit in engine.fits}) == 10
    assert min(fit["n_dims"] for fit in engine.fits + engine.refits) > shop.vectors.shape[1]


def test_the_engine_gets_the_sizes_and_threads_of_the_settings(
    shop: Planted, script: Script
) -> None:
    engine = script(lambda rows: shop.subgroups[rows])
    settings = Settings(
        level1=LevelOneSettings(n_topics=4),
        topics=TopicSettings(n_fits=2, min_size=7),
        level2=LevelTwoSettings(min_size=9),
        threads=2,
    )
    build_levels(shop.corpus, FitContext.of(settings))
    assert [fit["min_size"] for fit in engine.fits] == [7] * 2
    assert [refit["min_size"] for refit in engine.refits] == [9] * 4
    assert {fit["threads"] for fit in engine.fits + engine.refits} == {2}


def test_outliers_are_placed_by_the_nearest_centroid_and_held_by_nothing(
    shop: Planted, script: Script
) -> None:
    def find(rows: Integers) -> Integers:
        return np.where(rows % 7 == 0, -1, shop.subgroups[rows])

    script(find)
    levels = build_levels(shop.corpus, FitContext.of(chosen(level2=UNMERGED)))
    assert partition(levels.level1) == partition(shop.groups)
    assert partition(levels.level2) == partition(shop.subgroups)
    np.testing.assert_array_equal(levels.strengths == 0, np.arange(240) % 7 == 0)


def test_a_refit_replaces_children_that_words_agree_with_less(
    shop: Planted, script: Script
) -> None:
    # The fit tells groups apart, but inside them it cuts across the subgroups.
    def find(rows: Integers) -> Integers:
        if len(rows) < 240:
            return shop.subgroups[rows]
        return 2 * shop.groups + rows % 2

    script(find)
    levels = build_levels(shop.corpus, FitContext.of(chosen(level2=UNMERGED)))
    assert partition(levels.level2) == partition(shop.subgroups)
    np.testing.assert_allclose(levels.strengths, REFIT)


def test_children_stay_where_words_agree_with_a_refit_no_better(
    shop: Planted, script: Script
) -> None:
    engine = script(lambda rows: shop.subgroups[rows] if len(rows) == 240 else rows % 2)
    levels = build_levels(shop.corpus, FitContext.of(chosen(level2=UNMERGED)))
    assert len(engine.refits) == 4
    assert partition(levels.level2) == partition(shop.subgroups)
    np.testing.assert_allclose(levels.strengths, FIT)


def test_without_words_the_children_are_those_that_were_merged(
    shop: Planted, script: Script
) -> None:
    engine = script(lambda rows: shop.subgroups[rows] if len(rows) == 240 else rows % 2)
    levels = build_levels(
        Corpus(shop.vectors, no_words(240)), FitContext.of(chosen(level2=UNMERGED))
    )
    assert len(engine.refits) == 4
    assert partition(levels.level1) == partition(shop.groups)
    assert partition(levels.level2) == partition(shop.subgroups)


def test_a_small_parent_is_not_fitted_again(shop: Planted, script: Script) -> None:
    engine = script(lambda rows: shop.subgroups[rows])
    levels = build_levels(shop.corpus, FitContext.of(chosen(n_topics=12)))
    assert partition(levels.level1) == partition(shop.subgroups)
    assert engine.refits == []


def test_a_parent_that_nothing_divides_has_no_children(shop: Planted, script: Script) -> None:
    script(lambda rows: shop.groups[rows])
    levels = build_levels(shop.corpus, FitContext.of(chosen()))
    assert partition(levels.level1) == partition(shop.groups)
    assert set(levels.level2.tolist()) == {-1}


def test_level_two_has_no_more_children_than_is_asked_for(shop: Planted, script: Script) -> None:
    script(lambda rows: (shop.groups if len(rows) == 240 else shop.subgroups)[rows])
    level2 = LevelTwoSettings(max_topics=2)
    levels = build_levels(shop.corpus, FitContext.of(chosen(level2=level2)))
    children = [len(set(levels.level2[levels.level1 == parent])) for parent in range(4)]
    assert children == [2] * 4


def test_crumbs_of_a_refit_join_the_child_that_is_nearest(shop: Planted, script: Script) -> None:
    crumbs = [int(np.flatnonzero(shop.subgroups == subgroup)[0]) for subgroup in range(12)]

    def find(rows: Integers) -> Integers:
        if len(rows) == 240:
            return shop.groups
        return shop.subgroups[rows] + 12 * np.isin(rows, crumbs)

    script(find)
    level2 = LevelTwoSettings(min_share=0.1)
    levels = build_levels(shop.corpus, FitContext.of(chosen(level2=level2)))
    assert partition(levels.level2) == partition(shop.subgroups)


def test_one_topic_is_divided_into_what_it_holds(shop: Planted) -> None:
    rows = np.flatnonzero(shop.groups == 2)
    parts = divided(shop.corpus.take(rows), Settings())
    assert partition(parts) == partition(shop.subgroups[rows])
    assert np.bincount(parts).tolist() == [24, 20, 16]


def test_a_topic_is_divided_without_outliers_and_within_the_settings(
    shop: Planted, script: Script
) -> None:
    rows = np.flatnonzero(shop.groups == 0)
    engine = script(lambda rows: np.where(rows % 7 == 0, -1, shop.subgroups[rows]))
    words = rows_of(shop, rows)
    parts = divided(Corpus(shop.vectors[rows], words), chosen(level2=LevelTwoSettings(min_size=5)))
    assert partition(parts) == partition(shop.subgroups[rows])
    assert [refit["min_size"] for refit in engine.refits] == [5]
    pairs = divided(
        Corpus(shop.vectors[rows], words), chosen(level2=LevelTwoSettings(max_topics=2))
    )
    assert set(pairs.tolist()) == {0, 1}


def test_a_topic_in_which_nothing_is_found_is_not_divided(shop: Planted, script: Script) -> None:
    script(lambda rows: np.zeros(len(rows), dtype=np.int64))
    rows = np.flatnonzero(shop.groups == 0)
    assert not divided(shop.corpus.take(rows), chosen()).any()


@pytest.mark.parametrize("n_texts", [1, 2, 3, 12])
def test_a_tiny_topic_can_be_asked_to_be_divided(n_texts: int) -> None:
    parts = divided(Corpus(random_directions(n_texts, 16), no_words(n_texts)), Settings())
    assert parts.shape == (n_texts,)
    assert set(parts.tolist()) == set(range(parts.max() + 1))


def test_progress_tells_of_every_fit_and_every_parent(shop: Planted, script: Script) -> None:
    script(lambda rows: shop.subgroups[rows])
    record = Record()
    build_levels(shop.corpus, FitContext.of(chosen(n_fits=3), progress=record))
    assert record.stages == [
        ("finding topics", 3, 3),
        ("merging topics", None, 0),
        ("finding level two", 4, 4),
    ]


def test_the_curve_of_the_merging_is_handed_on(shop: Planted, script: Script) -> None:
    script(lambda rows: shop.subgroups[rows])
    levels = build_levels(shop.corpus, FitContext.of(Settings(topics=TopicSettings(n_fits=1))))
    assert [number for number, _ in levels.count_curve] == list(range(2, 13))
    assert list(build_levels(shop.corpus, FitContext.of(chosen())).count_curve) == []


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n_texts=st.integers(1, 90),
    n_fits=st.integers(1, 3),
    n_fine=st.integers(1, 12),
    n_topics=st.one_of(st.just("auto"), st.integers(1, 6)),
    share=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_no_parent_has_a_single_child_and_every_text_a_level_one(
    seed: int, n_texts: int, n_fits: int, n_fine: int, n_topics: int | str, share: float
) -> None:
    rng = np.random.default_rng(seed)

    def random_level(vectors: Floats, *_: object, **__: object) -> Level:
        topics = number_by_size(rng.integers(-1, n_fine, len(vectors)))
        if topics.max() < 0:
            topics = np.zeros(len(vectors), dtype=np.int64)
        return Level(topics, (topics >= 0).astype(np.float32))

    any_of = Settings(
        topics=TopicSettings(n_fits=n_fits),
        level1=LevelOneSettings(n_topics=n_topics, min_share=share),
        level2=LevelTwoSettings(max_topics=3, min_share=share),
    )
    words = term_counts(rng.integers(0, 3, (n_texts, 5)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fits.engine, "find_topics", random_level)
        levels = build_levels(
            Corpus(random_directions(n_texts, 8, seed), words), FitContext.of(any_of)
        )
    assert_sound(levels, n_texts)


@pytest.mark.parametrize("n_texts", [1, 2, 3, 5, 11, 12, 13, 20, 45, 130])
def test_noise_without_words_gives_sound_levels(n_texts: int) -> None:
    vectors = random_directions(n_texts, 16)
    small = Settings(
        topics=TopicSettings(min_size=2, n_fits=2), level2=LevelTwoSettings(min_size=2)
    )
    for any_of in (Settings(topics=TopicSettings(n_fits=1)), small):
        assert_sound(
            build_levels(Corpus(vectors, no_words(n_texts)), FitContext.of(any_of)), n_texts
        )


def test_texts_that_are_all_alike_are_one_category() -> None:
    vectors = np.repeat(random_directions(1), 60, axis=0)
    for words in (no_words(60), term_counts(np.ones((60, 4)))):
        levels = build_levels(Corpus(vectors, words), FitContext.of(Settings()))
        assert set(levels.level1.tolist()) == {0}
        assert set(levels.level2.tolist()) == {-1}


def test_texts_of_the_same_words_are_told_apart_by_their_vectors(shop: Planted) -> None:
    levels = build_levels(
        Corpus(shop.vectors, term_counts(np.ones((240, 4)))), FitContext.of(chosen())
    )
    assert partition(levels.level1) == partition(shop.groups)


def test_words_that_separate_the_topics_agree_with_them(shop: Planted) -> None:
    assert word_agreement(shop.words, shop.groups) == pytest.approx(1)
    assert word_agreement(shop.words, shop.subgroups) == pytest.approx(1)


@pytest.mark.parametrize("n_topics", [2, 4, 12, 40])
def test_words_do_not_agree_with_random_topics(shop: Planted, n_topics: int) -> None:
    words = shop.words
    agreements = [
        word_agreement(words, np.random.default_rng(seed).integers(0, n_topics, len(shop.texts)))
        for seed in range(8)
    ]
    assert abs(math.fsum(agreements) / 8) < 0.08


def test_the_agreement_of_words_ignores_how_topics_are_numbered(shop: Planted) -> None:
    mixed = np.where(np.arange(240) % 3 == 0, 0, shop.subgroups)
    renamed = np.random.default_rng(0).permutation(12)[mixed]
    agreement = word_agreement(shop.words, mixed)
    assert 0.1 < agreement < 0.9
    assert word_agreement(shop.words, renamed) == pytest.approx(agreement)


def test_there_is_no_agreement_without_words_or_with_one_topic(shop: Planted) -> None:
    assert word_agreement(no_words(240), shop.groups) == 0
    assert word_agreement(shop.words, np.zeros(240, dtype=np.int64)) == 0
