from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import Planted, no_words, partition, plant, random_directions, term_counts, unit

from topicmodel.clustering.merging import HELD_BY_VOTES, MergedTopics, link_topics, merge_topics
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Corpus, Floats, Integers, Level
from topicmodel.evaluation import adjusted_rand_index
from topicmodel.geometry import number_by_size
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, Settings, TreeSettings

ANY_SIZE = {"min_size": 2, "min_share": 0.0}
"""Level two where hardly a topic is too small."""

FINE = {"separation": 0.4}
"""Level two that tells all planted subgroups apart."""


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


def chosen(level2: dict[str, Any] | None = None, **level1: Any) -> Settings:
    level1 = {"min_topics": 2} | level1
    return Settings(level1=LevelOneSettings(**level1), level2=LevelTwoSettings(**level2 or {}))


def fit_of(topics: Integers | list[int], strengths: Floats | float = 1.0) -> Level:
    topics = np.asarray(topics, dtype=np.int64)
    return Level(topics, np.broadcast_to(np.asarray(strengths, dtype=np.float32), topics.shape))


def random_fits(n_texts: int, n_fits: int, n_topics: int, seed: int) -> list[Level]:
    """Fits that have nothing in common; a third of the texts is held by none."""
    rng = np.random.default_rng(seed)
    return [
        Level(
            number_by_size(rng.integers(0, n_topics, n_texts)),
            np.maximum(rng.uniform(-0.5, 1, n_texts), 0).astype(np.float32),
        )
        for _ in range(n_fits)
    ]


def merge_wordless(
    vectors: Floats, topics: Integers, settings: Settings, n_fits: int = 1
) -> MergedTopics:
    """Several fits are all the same."""
    return merge_topics(
        Corpus(vectors, no_words(len(vectors))),
        [fit_of(topics)] * n_fits,
        TreeSettings.of(settings),
    )


def n_parents(vectors: Floats, topics: Integers, settings: Settings) -> int:
    return int(merge_wordless(vectors, topics, settings).level1.max()) + 1


def leaf_ids(merged: MergedTopics) -> list[tuple[int, int]]:
    return list(zip(merged.level1.tolist(), merged.level2.tolist(), strict=True))


def leaf_numbers(merged: MergedTopics) -> Integers:
    return np.unique(leaf_ids(merged), axis=0, return_inverse=True)[1].reshape(-1)


def assert_sound(merged: MergedTopics, n_texts: int) -> None:
    """Parents, and the children of each, are numbered from 0, largest first."""
    assert merged.level1.shape == merged.level2.shape == merged.strengths.shape == (n_texts,)
    assert merged.strengths.dtype == np.float32
    assert ((merged.strengths >= 0) & (merged.strengths <= 1)).all()
    whole = [merged.level1]
    parts = [merged.level2[merged.level1 == parent] for parent in np.unique(merged.level1)]
    for numbers in whole + parts:
        sizes = np.bincount(numbers)
        assert sizes.min() > 0
        assert (np.diff(sizes) <= 0).all()


def test_planted_groups_and_subgroups_are_found() -> None:
    for seed in range(5):
        shop = plant(seed)
        merged = merge_topics(shop.corpus, [fit_of(shop.subgroups)], TreeSettings.of(chosen(FINE)))
        assert partition(merged.level1) == partition(shop.groups)
        assert partition(leaf_numbers(merged)) == partition(shop.subgroups)


def test_pieces_of_subgroups_are_put_together_again(shop: Planted) -> None:
    pieces = number_by_size(2 * shop.subgroups + np.arange(240) % 2)
    merged = merge_topics(shop.corpus, [fit_of(pieces)], TreeSettings.of(chosen(FINE)))
    assert partition(merged.level1) == partition(shop.groups)
    assert partition(leaf_numbers(merged)) == partition(shop.subgroups)


def test_several_fits_that_agree_are_as_one(shop: Planted) -> None:
    renamed = np.random.default_rng(0).permutation(12)[shop.subgroups]
    fits = [fit_of(shop.subgroups, 0.5), fit_of(renamed, 0.5), fit_of(shop.subgroups, 0.5)]
    once = merge_topics(shop.corpus, fits[:1], TreeSettings.of(chosen(FINE)))
    thrice = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(FINE)))
    assert partition(thrice.level1) == partition(once.level1)
    assert partition(leaf_numbers(thrice)) == partition(leaf_numbers(once))
    np.testing.assert_allclose(thrice.strengths, 0.5)


def test_fits_of_another_grain_find_the_same_groups(shop: Planted) -> None:
    halves = number_by_size(2 * shop.subgroups + np.arange(240) % 2)
    fits = [fit_of(shop.subgroups), fit_of(halves), fit_of(shop.groups)]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen()))
    assert partition(merged.level1) == partition(shop.groups)


def test_errors_of_single_fits_are_outvoted(shop: Planted) -> None:
    rng = np.random.default_rng(1)
    fits = []
    for _ in range(5):
        topics = shop.subgroups.copy()
        topics[rng.choice(240, 36, replace=False)] = rng.integers(0, 12, 36)
        fits.append(fit_of(topics))
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(n_topics=4)))
    alone = merge_topics(shop.corpus, fits[:1], TreeSettings.of(chosen(n_topics=4)))
    truth = shop.groups.tolist()
    together = adjusted_rand_index(merged.level1.tolist(), truth)
    assert adjusted_rand_index(alone.level1.tolist(), truth) < 0.9 < together


def moved(topics: Integers, text: int, away: int) -> Integers:
    """The topics with one text in one that is so many further."""
    changed = topics.copy()
    changed[text] = (changed[text] + away) % 12
    return changed


@pytest.mark.parametrize("odd_one", [0, 1, 2])
def test_the_majority_of_the_fits_places_a_text(shop: Planted, odd_one: int) -> None:
    topics = [shop.subgroups] * 3
    topics[odd_one] = moved(shop.subgroups, text=17, away=6)
    fits = [fit_of(each) for each in topics]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(FINE)))
    assert partition(merged.level1) == partition(shop.groups)
    assert partition(leaf_numbers(merged)) == partition(shop.subgroups)


@pytest.mark.parametrize(("first", "second", "stays"), [(0.9, 0.1, True), (0.1, 0.9, False)])
def test_of_two_fits_the_one_that_holds_a_text_firmly_places_it(
    shop: Planted, first: float, second: float, stays: bool
) -> None:
    elsewhere = moved(shop.subgroups, text=17, away=6)
    fits = [fit_of(shop.subgroups, first), fit_of(elsewhere, second)]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(FINE)))
    expected = shop.subgroups if stays else elsewhere
    assert partition(merged.level1) == partition(expected // 3)
    assert partition(leaf_numbers(merged)) == partition(expected)


def test_a_text_goes_to_a_child_of_the_parent_that_most_fits_see_it_in(shop: Planted) -> None:
    # Two fits see it in the first group, but in two subgroups; the third, surest, in another group.
    text = int(np.flatnonzero(shop.subgroups == 0)[0])
    strengths = np.full((3, 240), 0.5, dtype=np.float32)
    strengths[:, text] = 0.3, 0.2, 1
    fits = [
        fit_of(moved(shop.subgroups, text, away), strengths[row])
        for row, away in enumerate((0, 1, 6))
    ]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(FINE)))
    assert partition(merged.level1) == partition(shop.groups)
    assert partition(leaf_numbers(merged)) == partition(shop.subgroups)
    assert merged.strengths[text] == pytest.approx(0.1)


def test_a_strength_is_the_mean_over_the_fits_that_agree(shop: Planted) -> None:
    fits = [
        fit_of(shop.subgroups, 0.9),
        fit_of(shop.subgroups, 0.6),
        fit_of(moved(shop.subgroups, text=17, away=6), 0.3),
    ]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(FINE)))
    assert merged.strengths[17] == pytest.approx((0.9 + 0.6) / 3)
    np.testing.assert_allclose(np.delete(merged.strengths, 17), 0.6, rtol=1e-6)


def test_a_category_that_no_fit_holds_is_held_by_its_votes(shop: Planted) -> None:
    strengths = np.where(shop.subgroups == 5, 0, 0.8)
    strengths[np.flatnonzero(shop.subgroups == 7)[1:]] = 0
    merged = merge_topics(
        shop.corpus, [fit_of(shop.subgroups, strengths)] * 2, TreeSettings.of(chosen(FINE))
    )
    # One text is enough for a core, beside which the others are outliers.
    expected = np.where(shop.subgroups == 5, HELD_BY_VOTES, strengths)
    np.testing.assert_allclose(merged.strengths, expected, rtol=1e-6)


def test_a_single_fit_keeps_its_topics_whole_and_its_strengths(shop: Planted) -> None:
    (fit,) = random_fits(240, 1, 20, seed=4)
    merged = merge_topics(shop.corpus, [fit], TreeSettings.of(chosen()))
    np.testing.assert_array_equal(merged.strengths, fit.strengths)
    places = set(zip(fit.topics.tolist(), leaf_ids(merged), strict=True))
    assert len(places) == fit.topics.max() + 1


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n_texts=st.integers(1, 80),
    n_fits=st.integers(1, 4),
    n_fine=st.integers(1, 15),
    n_topics=st.one_of(st.just("auto"), st.integers(1, 6)),
    share=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_any_fits_make_sound_categories(
    seed: int, n_texts: int, n_fits: int, n_fine: int, n_topics: int | str, share: float
) -> None:
    vectors = random_directions(n_texts, 8, seed)
    words = term_counts(np.random.default_rng(seed).integers(0, 3, (n_texts, 5)))
    level2 = {"max_topics": 3, "min_share": share, "min_size": 2, "separation": 0}
    merged = merge_topics(
        Corpus(vectors, words),
        random_fits(n_texts, n_fits, n_fine, seed),
        TreeSettings.of(chosen(level2, n_topics=n_topics, min_share=share)),
    )
    assert_sound(merged, n_texts)


@pytest.mark.parametrize("n_topics", [1, 2, 3, 7, 12])
def test_a_given_number_is_obeyed(shop: Planted, n_topics: int) -> None:
    assert n_parents(shop.vectors, shop.subgroups, chosen(n_topics=n_topics)) == n_topics


def test_more_topics_than_there_are_fine_ones_cannot_be_had(shop: Planted) -> None:
    assert n_parents(shop.vectors, shop.subgroups, chosen(n_topics=50)) == 12


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(1, 8), st.integers(0, 8), st.floats(0.3, 1.2))
def test_the_automatic_number_lies_within_its_bounds(
    seed: int, least: int, more: int, separation: float
) -> None:
    vectors, topics = random_directions(60, 8, seed), np.arange(60) % 20
    bounds = chosen(min_topics=least, max_topics=least + more, separation=separation)
    assert least <= n_parents(vectors, topics, bounds) <= least + more


def test_a_lower_separation_gives_no_fewer_topics() -> None:
    vectors, topics = random_directions(60, 8), np.arange(60) % 20
    numbers = [
        n_parents(vectors, topics, chosen(min_topics=1, max_share=1, separation=separation))
        for separation in (2.0, 1.1, 0.9, 0.7, 0.5)
    ]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1 < numbers[-1]


def test_a_category_that_holds_too_much_is_split_further() -> None:
    # Four groups about one direction, and a small one far away: one split parts all from it.
    ring = [(1, 0.3, 0, 0), (1, -0.3, 0, 0), (1, 0, 0.3, 0), (1, 0, -0.3, 0)]
    vectors = unit(np.repeat(np.array([*ring, (0, 0, 0, 1)], dtype=float), 20, axis=0))
    topics = np.repeat(np.arange(5), 20)
    shares = {}
    for max_share in (1.0, 0.5, 0.2):
        wanted = chosen(separation=1.2, max_share=max_share)
        level1 = merge_wordless(vectors, topics, wanted).level1
        shares[max_share] = np.bincount(level1).max() / len(level1)
    assert shares == {1.0: 0.8, 0.5: pytest.approx(0.4), 0.2: 0.2}


def test_a_giant_stays_where_the_number_is_given_or_the_most() -> None:
    vectors, topics = random_directions(60, 8), np.r_[np.zeros(50, dtype=np.int64), 1:11]
    assert n_parents(vectors, topics, chosen(n_topics=2, max_share=0.1)) == 2
    assert n_parents(vectors, topics, chosen(max_topics=3, max_share=0.1)) <= 3


def test_a_lower_separation_gives_no_fewer_children() -> None:
    vectors, topics = random_directions(300, 8), np.arange(300) % 30
    numbers = [
        len(set(leaf_ids(merge_wordless(vectors, topics, chosen(level2, n_topics=3)))))
        for level2 in (ANY_SIZE | {"separation": at} for at in (2.0, 1.0, 0.8, 0.6, 0.0))
    ]
    assert numbers == sorted(numbers)
    assert numbers[0] == 3
    assert numbers[-1] == 30


def test_the_curve_drops_behind_the_true_number(shop: Planted) -> None:
    merged = merge_topics(shop.corpus, [fit_of(shop.subgroups)], TreeSettings.of(chosen()))
    numbers, distances = zip(*merged.curve, strict=True)
    assert numbers == tuple(range(2, 13))
    assert list(distances) == sorted(distances, reverse=True)
    assert int(np.argmin(np.diff(distances))) + 2 == 4


def test_the_curve_is_empty_where_the_number_is_given(shop: Planted) -> None:
    assert merge_wordless(shop.vectors, shop.subgroups, chosen(n_topics=4)).curve == []


def test_a_single_fine_topic_stays_alone(shop: Planted) -> None:
    fits = [fit_of([0] * 240, 0.4), fit_of([0] * 240, 0.8)]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen()))
    assert set(leaf_ids(merged)) == {(0, 0)}
    assert merged.curve == []


def test_a_fit_that_found_nothing_does_not_hide_what_others_found(shop: Planted) -> None:
    fits = [fit_of([0] * 240, 0), fit_of(shop.subgroups), fit_of(shop.subgroups)]
    merged = merge_topics(shop.corpus, fits, TreeSettings.of(chosen(n_topics=4)))
    assert_sound(merged, 240)
    assert adjusted_rand_index(merged.level1.tolist(), shop.groups.tolist()) > 0.5


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 0.4), st.integers(1, 3))
def test_no_level_one_category_has_fewer_than_the_least_texts(
    seed: int, share: float, n_fits: int
) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.full(15, 0.5))
    topics = np.r_[np.arange(15), np.random.default_rng(seed).choice(15, 200, p=shares)]
    vectors = random_directions(len(topics), 6, seed)
    merged = merge_wordless(vectors, topics, chosen(n_topics=10, min_share=share), n_fits)
    sizes = np.bincount(merged.level1)
    assert len(sizes) == 1 or sizes.min() >= share * len(topics)


@pytest.mark.parametrize(
    ("level2", "least"), [({"min_size": 10}, 10), ({"min_size": 2, "min_share": 0.2}, 20)]
)
@pytest.mark.parametrize("n_fits", [1, 3])
def test_no_child_has_fewer_than_the_least_texts(
    level2: dict[str, Any], least: int, n_fits: int
) -> None:
    topics = np.r_[np.arange(30), np.random.default_rng(0).integers(0, 30, 70)]
    vectors = random_directions(100, 6)
    settings = chosen(level2 | {"separation": 0}, n_topics=1)
    merged = merge_wordless(vectors, topics, settings, n_fits)
    sizes = np.bincount(merged.level2)
    assert len(sizes) > 1
    assert sizes.min() >= least


def test_no_parent_has_more_children_than_is_asked_for(shop: Planted) -> None:
    level2 = ANY_SIZE | {"max_topics": 2, "separation": 0}
    merged = merge_wordless(shop.vectors, shop.subgroups, chosen(level2, n_topics=4))
    assert [merged.level2[merged.level1 == parent].max() for parent in range(4)] == [1] * 4


@pytest.mark.parametrize(("crumb", "side"), [((0.3, -0.1, 0.95), 0), ((0.0, 0.3, 0.95), 1)])
def test_a_topic_too_small_for_a_category_joins_the_nearer_one(
    crumb: tuple[float, float, float], side: int
) -> None:
    # The two large topics are nearer to one another than to the crumb, which is split off first.
    vectors = unit(np.array([(1, 0, 0)] * 10 + [(0.6, 0.8, 0)] * 10 + [crumb]))
    topics = np.array([0] * 10 + [1] * 10 + [2])
    merged = merge_wordless(vectors, topics, chosen(n_topics=2, min_share=0.2))
    assert merged.level1[0] != merged.level1[10]
    assert merged.level1[20] == merged.level1[10 * side]


@pytest.mark.parametrize("said_by", ["vectors", "words"])
def test_vectors_and_words_each_tell_which_topics_belong_together(said_by: str) -> None:
    # Four topics of five texts; the first and third share a direction or a word, as do the others.
    topics = np.repeat(np.arange(4), 5)
    apart = np.eye(6)[:4]
    paired = apart + np.eye(6)[[4, 5, 4, 5]]
    vectors = unit(paired if said_by == "vectors" else apart)[topics]
    words = term_counts((paired if said_by == "words" else apart)[topics])
    merged = merge_topics(
        Corpus(vectors, words), [fit_of(topics)], TreeSettings.of(chosen(n_topics=2))
    )
    assert partition(merged.level1) == partition(topics % 2)


def test_topics_without_a_word_are_linked_by_vectors(shop: Planted) -> None:
    merged = merge_wordless(shop.vectors, shop.subgroups, chosen())
    assert partition(merged.level1) == partition(shop.groups)


def test_topics_that_coincide_are_linked_at_no_distance() -> None:
    vectors = np.repeat(random_directions(1), 40, axis=0)
    tree = link_topics(Corpus(vectors, no_words(40)), [fit_of(np.arange(40) % 4)])
    assert tree.distances == pytest.approx([0, 0, 0], abs=1e-6)
    merged = merge_wordless(vectors, np.arange(40) % 4, chosen(n_topics=2))
    assert_sound(merged, 40)


def test_linked_topics_stand_in_the_order_of_the_fits(shop: Planted) -> None:
    fits = [fit_of(shop.groups), fit_of(shop.subgroups)]
    tree = link_topics(shop.corpus, fits)
    sizes = [*np.bincount(shop.groups), *np.bincount(shop.subgroups)]
    assert tree.counts[:16].sum(axis=1).tolist() == sizes
    assert tree.counts[tree.root].tolist() == [[240, 240]]
    assert tree.size(tree.root) == 240


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_another_row_order_gives_the_same_categories(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shop = plant(3, spread=1.0)
    words = shop.words.counts
    order, names = rng.permutation(240), rng.permutation(12)
    straight = merge_topics(shop.corpus, [fit_of(shop.subgroups)], TreeSettings.of(chosen(FINE)))
    shuffled = merge_topics(
        Corpus(shop.vectors[order], term_counts(words[order].toarray())),
        [fit_of(names[shop.subgroups][order])],
        TreeSettings.of(chosen(FINE)),
    )
    assert partition(shuffled.level1[np.argsort(order)]) == partition(straight.level1)
    assert partition(leaf_numbers(shuffled)[np.argsort(order)]) == partition(leaf_numbers(straight))
    np.testing.assert_allclose(shuffled.curve, straight.curve, rtol=1e-5)


def test_another_order_of_the_fits_gives_the_same_categories() -> None:
    vectors, fits = random_directions(200, 8), random_fits(200, 3, 12, seed=6)
    straight = merge_topics(
        Corpus(vectors, no_words(200)), fits, TreeSettings.of(chosen(n_topics=4))
    )
    reversed_ = merge_topics(
        Corpus(vectors, no_words(200)), fits[::-1], TreeSettings.of(chosen(n_topics=4))
    )
    assert partition(reversed_.level1) == partition(straight.level1)
    np.testing.assert_allclose(reversed_.strengths, straight.strengths, rtol=1e-6)


def test_inputs_are_left_as_they_were(shop: Planted) -> None:
    vectors, words, topics = shop.vectors.copy(), shop.words, shop.subgroups.copy()
    before = words.counts.copy()
    merge_topics(
        Corpus(vectors, words), [fit_of(topics), fit_of(topics)], TreeSettings.of(chosen())
    )
    np.testing.assert_array_equal(vectors, shop.vectors)
    np.testing.assert_array_equal(topics, shop.subgroups)
    assert (words.counts != before).nnz == 0


def test_the_least_size_grows_with_the_number_of_texts() -> None:
    assert least_texts(1) == 3
    assert least_texts(100) == 8
    assert least_texts(1_000_000) == 200
    sizes = [least_texts(n) for n in range(1, 5000)]
    assert sizes == sorted(sizes)
