"""A previous tree among the texts of a new dump, tried on planted groups and on random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from planted import Planted, partition, plant, random_directions, term_counts
from small_shop import levels_of
from sound_levels import assert_sound

from topicmodel.continuation.levels import (
    HELD_BEFORE,
    Precedent,
    as_levels,
    continue_levels,
    has_precedent,
)
from topicmodel.datatypes import (
    Assignments,
    Corpus,
    Flags,
    Integers,
    Levels,
    Method,
    Taxonomy,
    TermCounts,
    Topic,
    TopicId,
    Tree,
)
from topicmodel.geometry import centroids, number_by_size
from topicmodel.settings import LevelTwoSettings, RefitSettings, Settings

LAST_GROUP, LAST_SUBGROUP = 3, 11
FIRM = pytest.mark.parametrize("anchor", [0.5, 1.0])


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


def precedent_of(
    level1: Sequence[int] | Integers,
    level2: Sequence[int] | Integers | None = None,
    core: bool = True,
) -> Precedent:
    """A tree in which texts were there, or nowhere (-1), all held as firmly."""
    upper = np.asarray(level1, dtype=np.int64)
    lower = np.full(len(upper), -1) if level2 is None else np.asarray(level2, dtype=np.int64)
    ids1, ids2 = (
        [TopicId(f"{letter}{n}") for n in range(int(topics.max(initial=-1)) + 1)]
        for letter, topics in (("a", upper), ("b", lower))
    )
    return Precedent(upper, lower, np.full(len(upper), core), ids1, ids2)


def truth_of(shop: Planted, known: Flags | bool = True) -> Precedent:
    """The true tree, in which some of the texts were."""
    return precedent_of(np.where(known, shop.groups, -1), np.where(known, shop.subgroups, -1))


def only(shop: Planted, rows: Integers | Flags) -> Planted:
    """Some texts of the shop, as if the others were no longer in the dump."""
    numbers = np.arange(len(shop.texts))[rows]
    return Planted(
        shop.vectors[numbers],
        [shop.texts[row] for row in numbers],
        [shop.titles[row] for row in numbers],
        shop.groups[numbers],
        shop.subgroups[numbers],
    )


def remains(shop: Planted, topics: Integers, topic: int, count: int) -> Planted:
    """The shop with so many texts left of one of its topics."""
    return only(shop, (topics != topic) | (np.cumsum(topics == topic) <= count))


def scrambled(shop: Planted, seed: int = 0) -> Levels:
    """A fit that has nothing to do with the shop."""
    return levels_of(number_by_size(np.random.default_rng(seed).permutation(shop.groups)))


def anchored(anchor: float) -> Settings:
    return Settings(refit=RefitSettings(anchor=anchor))


def continued(shop: Planted, precedent: Precedent, draft: Levels, anchor: float) -> Levels:
    found = continue_levels(
        precedent, draft, shop.corpus, anchored(anchor).refit.anchor, anchored(anchor).level2
    )
    assert found is not None
    assert_sound(found, len(shop.texts))
    return found


def assert_true(found: Levels, shop: Planted) -> None:
    assert partition(found.level1) == partition(shop.groups)
    assert partition(found.level2) == partition(shop.subgroups)


def test_without_an_anchor_there_is_nothing_to_continue(shop: Planted) -> None:
    assert has_precedent(truth_of(shop), anchored(0.01).refit.anchor)
    assert not has_precedent(truth_of(shop), anchored(0).refit.anchor)


@pytest.mark.parametrize("n_known", [0, 2])
def test_where_hardly_a_text_is_known_there_is_nothing_to_continue(
    shop: Planted, n_known: int
) -> None:
    assert not has_precedent(truth_of(shop, np.arange(240) < n_known), anchored(1).refit.anchor)


@FIRM
def test_the_same_texts_keep_their_places(shop: Planted, anchor: float) -> None:
    assert_true(continued(shop, truth_of(shop), scrambled(shop), anchor), shop)


@FIRM
def test_a_draft_that_is_hardly_better_changes_nothing(shop: Planted, anchor: float) -> None:
    # Of each subgroup that is the first in its group, one text was in the next subgroup.
    subgroups = shop.subgroups.copy()
    for subgroup in (0, 3, 6, 9):
        subgroups[np.flatnonzero(subgroups == subgroup)[0]] += 1
    found = continued(shop, precedent_of(shop.groups, subgroups), shop.levels, anchor)
    assert partition(found.level1) == partition(shop.groups)
    assert partition(found.level2) == partition(subgroups)


def test_inputs_are_left_as_they_were(shop: Planted) -> None:
    known = shop.subgroups != LAST_SUBGROUP
    precedent, draft, vectors = truth_of(shop, known), shop.levels, shop.vectors.copy()
    continued(shop, precedent, draft, 0.5)
    for name in ("level1", "level2", "core"):
        np.testing.assert_array_equal(
            getattr(precedent, name), getattr(truth_of(shop, known), name)
        )
    for name in ("level1", "level2", "strengths"):
        np.testing.assert_array_equal(getattr(draft, name), getattr(shop.levels, name))
    np.testing.assert_array_equal(vectors, shop.vectors)


@FIRM
def test_a_new_department_becomes_a_category_with_children(shop: Planted, anchor: float) -> None:
    precedent = truth_of(shop, shop.groups != LAST_GROUP)
    assert_true(continued(shop, precedent, shop.levels, anchor), shop)


@FIRM
def test_a_new_kind_becomes_a_child_of_the_category_that_it_is_found_in(
    shop: Planted, anchor: float
) -> None:
    precedent = truth_of(shop, shop.subgroups != LAST_SUBGROUP)
    assert_true(continued(shop, precedent, shop.levels, anchor), shop)


def test_a_category_without_children_gets_none_for_a_new_kind_alone(shop: Planted) -> None:
    known = shop.subgroups != LAST_SUBGROUP
    flat = np.where(known & (shop.groups != LAST_GROUP), shop.subgroups, -1)
    precedent = precedent_of(np.where(known, shop.groups, -1), flat)
    found = continued(shop, precedent, shop.levels, 1)
    assert partition(found.level1) == partition(shop.groups)
    assert set(found.level2[shop.groups == LAST_GROUP].tolist()) == {-1}


def central(shop: Planted, subgroup: int) -> Flags:
    """The more central half of the texts of a subgroup."""
    members = np.flatnonzero(shop.subgroups == subgroup)
    cosines = shop.vectors @ centroids(shop.vectors, shop.subgroups)[subgroup]
    return (shop.subgroups == subgroup) & (cosines >= np.median(cosines[members]))


@FIRM
@pytest.mark.parametrize("subgroup", range(12))
def test_new_texts_of_a_known_kind_are_no_new_kind(
    shop: Planted, anchor: float, subgroup: int
) -> None:
    new = central(shop, subgroup)
    draft = levels_of(shop.groups, number_by_size(2 * shop.subgroups + new))
    assert_true(continued(shop, truth_of(shop, ~new), draft, anchor), shop)


@FIRM
def test_new_texts_of_known_departments_are_no_new_department(shop: Planted, anchor: float) -> None:
    new = np.any([central(shop, subgroup) for subgroup in range(12)], axis=0)
    draft = levels_of(number_by_size(2 * shop.groups + new))
    assert_true(continued(shop, truth_of(shop, ~new), draft, anchor), shop)


@FIRM
def test_a_text_that_was_on_level_one_only_gets_the_nearest_child_there(
    shop: Planted, anchor: float
) -> None:
    without, elsewhere = np.flatnonzero(shop.subgroups == 0)[:2]
    subgroups, groups = shop.subgroups.copy(), shop.groups.copy()
    subgroups[[without, elsewhere]], groups[elsewhere] = -1, LAST_GROUP
    found = continued(shop, precedent_of(groups, subgroups), shop.levels, anchor)
    assert partition(found.level1) == partition(groups)
    rest = np.delete(np.arange(240), elsewhere)
    assert partition(found.level2[rest]) == partition(shop.subgroups[rest])
    assert found.level2[elsewhere] in found.level2[shop.groups == LAST_GROUP]


@FIRM
def test_a_category_that_hardly_a_text_is_left_of_is_retired(shop: Planted, anchor: float) -> None:
    left = remains(shop, shop.groups, LAST_GROUP, 3)
    draft = levels_of(np.minimum(left.groups, 2), np.minimum(left.subgroups, 8))
    found = continued(left, truth_of(left), draft, anchor)
    inside = left.groups != LAST_GROUP
    assert partition(found.level1[inside]) == partition(left.groups[inside])
    assert found.level1.max() == 2


@FIRM
def test_a_child_that_hardly_a_text_is_left_of_joins_its_siblings(
    shop: Planted, anchor: float
) -> None:
    left = remains(shop, shop.subgroups, LAST_SUBGROUP, 3)
    draft = levels_of(left.groups, np.minimum(left.subgroups, LAST_SUBGROUP - 1))
    found = continued(left, truth_of(left), draft, anchor)
    inside = left.subgroups != LAST_SUBGROUP
    assert partition(found.level1) == partition(left.groups)
    assert partition(found.level2[inside]) == partition(left.subgroups[inside])
    assert found.level2.max() == LAST_SUBGROUP - 1


def test_a_few_texts_are_enough_for_a_category_to_live_on(shop: Planted) -> None:
    left = remains(shop, shop.subgroups, LAST_SUBGROUP, 4)
    draft = levels_of(left.groups, np.minimum(left.subgroups, LAST_SUBGROUP - 1))
    assert_true(continued(left, truth_of(left), draft, 1), left)


@FIRM
def test_an_only_child_vanishes(shop: Planted, anchor: float) -> None:
    left = only(shop, shop.subgroups < LAST_SUBGROUP - 1)
    draft = levels_of(left.groups, np.where(left.groups == LAST_GROUP, -1, left.subgroups))
    found = continued(left, truth_of(left), draft, anchor)
    assert partition(found.level1) == partition(left.groups)
    assert set(found.level2[left.groups == LAST_GROUP].tolist()) == {-1}
    assert found.level2.max() == 8


def test_a_tree_that_words_agree_with_clearly_better_calls_for_a_fresh_fit(shop: Planted) -> None:
    precedent = precedent_of(np.random.default_rng(0).integers(0, 4, 240))
    half = anchored(0.5)
    assert (
        continue_levels(precedent, shop.levels, shop.corpus, half.refit.anchor, half.level2) is None
    )
    kept = continued(shop, precedent, shop.levels, 1)
    assert partition(kept.level1) == partition(precedent.level1)


def test_drafted_children_that_words_agree_with_clearly_better_are_taken(shop: Planted) -> None:
    first = shop.groups == 0
    subgroups = shop.subgroups.copy()
    subgroups[first] = np.random.default_rng(0).permutation(subgroups[first])
    precedent = precedent_of(shop.groups, subgroups)
    assert_true(continued(shop, precedent, shop.levels, 0.5), shop)
    kept = continued(shop, precedent, shop.levels, 1)
    assert partition(kept.level2) == partition(subgroups)


def test_the_firmer_the_anchor_the_more_a_draft_must_gain(shop: Planted) -> None:
    # The words agree less with this tree, by more than .02 and less than .18.
    groups = shop.groups.copy()
    groups[:8] = (groups[:8] + 1) % 4
    precedent = precedent_of(groups)
    flat = replace(shop.levels, level2=np.full(240, -1))
    assert (
        continue_levels(
            precedent, flat, shop.corpus, anchored(0.1).refit.anchor, anchored(0.1).level2
        )
        is None
    )
    assert partition(continued(shop, precedent, flat, 0.9).level1) == partition(groups)


def test_what_was_held_before_is_held_still_and_every_leaf_holds_something(shop: Planted) -> None:
    loose = replace(shop.levels, strengths=np.zeros(240, dtype=np.float32))
    held = np.isin(np.arange(240), np.flatnonzero(shop.subgroups != LAST_SUBGROUP)[::2])
    precedent = replace(truth_of(shop), core=held)
    strengths = continued(shop, precedent, loose, 1).strengths
    expected = np.where(held | (shop.subgroups == LAST_SUBGROUP), HELD_BEFORE, 0)
    np.testing.assert_allclose(strengths, expected)


def test_texts_held_firmly_by_the_draft_are_held_as_firmly(shop: Planted) -> None:
    found = continued(shop, truth_of(shop), replace(shop.levels, count_curve=[(4, 0.8)]), 1)
    np.testing.assert_array_equal(found.strengths, np.ones(240))
    assert found.count_curve == [(4, 0.8)]


def test_levels_are_numbered_by_size_and_only_children_are_none() -> None:
    level1, level2 = np.array([5, 5, 2, 2, 2, 9]), np.array([1, 1, 7, 4, 4, -1])
    found = as_levels(level1, level2, np.ones(6), Levels(level1, level2, np.ones(6), []))
    assert found.level1.tolist() == [1, 1, 0, 0, 0, 2]
    assert found.level2.tolist() == [-1, -1, 1, 0, 0, -1]


def small_tree() -> Tree:
    """Two categories, the first with two children, and a product of each fate."""
    below, places = ("a1", "a2"), ["a", "a", "a", "b", None, "b"]
    topics = [Topic(TopicId(t), None, 1, t.upper(), (), 3, ()) for t in ("a", "b")]
    topics += [Topic(TopicId(t), TopicId("a"), 2, t.upper(), (), 1, ()) for t in below]
    methods: list[Method] = ["core", "parent_only", "reassigned", "core", "unsorted", "core"]
    return Tree(
        Taxonomy(topics),
        Assignments(
            product_ids=[f"p{n}" for n in range(6)],
            level1=[TopicId(place) if place else None for place in places],
            level2=[TopicId("a1"), None, TopicId("a2"), None, None, None],
            confidence=np.ones(6, dtype=np.float32),
            methods=methods,
        ),
        centroids={},
        cloud_terms={},
    )


def test_a_precedent_is_what_the_tree_says_of_texts_that_read_the_same() -> None:
    digests = ["d0", "d1", "d2", "d3", "d4", ""]
    found = Precedent.of(small_tree(), digests, ["new", "d3", "d2", "d1", "d0", "d4", "new too"])
    assert found.level1.tolist() == [-1, 1, 0, 0, 0, -1, -1]
    assert found.level2.tolist() == [-1, -1, 1, -1, 0, -1, -1]
    assert found.core.tolist() == [False, True, False, False, True, False, False]
    assert (found.ids1, found.ids2) == (["a", "b"], ["a1", "a2"])


def test_a_precedent_of_nothing_knows_nothing() -> None:
    empty = Tree(Taxonomy([]), Assignments([], [], [], np.empty(0, dtype=np.float32), []), {}, {})
    found = Precedent.of(empty, [], ["d0", ""])
    assert found.level1.tolist() == found.level2.tolist() == [-1, -1]
    assert found.ids1 == found.ids2 == []


def random_levels(rng: np.random.Generator, n_texts: int, n_topics: int) -> Levels:
    """Any levels that a fit may give, some texts held and some not."""
    level1 = rng.integers(0, n_topics, n_texts)
    level2 = np.where(level1 % 3 == 0, -1, 4 * level1 + rng.integers(0, 4, n_texts))
    strengths = rng.random(n_texts) * (rng.random(n_texts) < 0.5)
    strengths = strengths.astype(np.float32)
    return as_levels(level1, level2, strengths, Levels(level1, level2, strengths, []))


def random_precedent(
    rng: np.random.Generator, n_texts: int, n_topics: int, known: float
) -> Precedent:
    """Any tree: children at random, some texts on level one only, and some not there at all."""
    level1 = np.where(rng.random(n_texts) < known, rng.integers(0, n_topics, n_texts), -1)
    children = 3 * level1 + rng.integers(0, 3, n_texts)
    inside = (level1 >= 0) & (level1 % 2 == 0) & (rng.random(n_texts) < 0.8)
    precedent = precedent_of(level1, np.where(inside, children, -1))
    return replace(precedent, core=rng.random(n_texts) < 0.5)


@budget(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 10_000),
    n_texts=st.integers(1, 150),
    n_before=st.integers(1, 8),
    n_drafted=st.integers(1, 8),
    known=st.sampled_from([0.05, 0.4, 0.9, 1.0]),
    anchor=st.sampled_from([0.1, 0.5, 1.0]),
)
def test_any_tree_continues_as_sound_levels_with_something_held_in_every_leaf(
    seed: int, n_texts: int, n_before: int, n_drafted: int, known: float, anchor: float
) -> None:
    rng = np.random.default_rng(seed)
    precedent = random_precedent(rng, n_texts, n_before, known)
    assume(has_precedent(precedent, anchored(anchor).refit.anchor))
    found = continue_levels(
        precedent,
        random_levels(rng, n_texts, n_drafted),
        Corpus(random_directions(n_texts, 8, seed), random_words(rng, n_texts)),
        anchored(anchor).refit.anchor,
        anchored(anchor).level2,
    )
    assume(found is not None)
    assert found is not None
    assert_sound(found, n_texts)
    leaf = np.where(found.level2 < 0, -1 - found.level1, found.level2)
    assert set(leaf[found.strengths > 0].tolist()) == set(leaf.tolist())


@budget(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), n_topics=st.integers(1, 5), n_drafted=st.integers(1, 8))
def test_any_tree_stays_as_it_is_where_no_text_is_new_and_the_anchor_is_full(
    seed: int, n_topics: int, n_drafted: int
) -> None:
    rng, n_texts = np.random.default_rng(seed), 60 * n_topics
    level1 = np.arange(n_texts) % n_topics
    level2 = np.where(level1 % 2 == 0, 3 * level1 + np.arange(n_texts) // n_topics % 3, -1)
    found = continue_levels(
        precedent_of(level1, level2),
        random_levels(rng, n_texts, n_drafted),
        Corpus(random_directions(n_texts, 8, seed), random_words(rng, n_texts)),
        anchored(1).refit.anchor,
        anchored(1).level2,
    )
    assert found is not None
    assert partition(found.level1) == partition(level1)
    assert partition(found.level2) == partition(level2)


def random_words(rng: np.random.Generator, n_texts: int) -> TermCounts:
    return term_counts(rng.integers(0, 3, (n_texts, 6)))


def test_where_a_catalogue_decides_a_new_text_goes_where_its_company_is() -> None:
    shop = plant()
    away = int(np.flatnonzero(shop.groups == 0)[0])
    known = np.arange(len(shop.texts)) != away
    # By its vector the text is rather of another group; the draft has filed it with its own.
    vectors = shop.vectors.copy()
    vectors[away] += 1.5 * shop.vectors[np.flatnonzero(shop.groups == 1)[0]]
    vectors[away] /= np.linalg.norm(vectors[away])
    moved = replace(shop, vectors=vectors)
    filed = replace(shop.levels, by_catalogue=True)
    by_nearness = continued(moved, truth_of(shop, known), shop.levels, 1)
    by_company = continued(moved, truth_of(shop, known), filed, 1)
    mates = known & (shop.groups == 0)
    assert by_company.level1[away] == np.bincount(by_company.level1[mates]).argmax()
    assert by_nearness.level1[away] != np.bincount(by_nearness.level1[mates]).argmax()


def test_under_a_catalogue_a_draft_needs_twice_the_gain_but_may_still_replace_the_tree() -> None:
    shop = plant()
    wrong = precedent_of(scrambled(shop).level1)
    filed = replace(shop.levels, by_catalogue=True)
    settings = LevelTwoSettings()
    assert continue_levels(wrong, filed, shop.corpus, 0.5, settings) is None
    assert continue_levels(wrong, filed, shop.corpus, 1.0, settings) is not None
