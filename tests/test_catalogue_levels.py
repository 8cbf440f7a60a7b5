"""Two levels that follow a catalogue of goods, where it knows the texts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from goods_shop import GoodsShop, stock
from planted import plant
from scipy.sparse import csr_matrix, vstack

from topicmodel.catalogue import knowledge
from topicmodel.catalogue.knowledge import find_knowledge
from topicmodel.catalogue.nodes import Nodes
from topicmodel.clustering import catalogue_levels, filing
from topicmodel.clustering.agreement import agreement, vector_agreement
from topicmodel.clustering.catalogue_levels import is_clearly_better, merge_by_catalogue
from topicmodel.clustering.filing import NodeLimits, file_texts
from topicmodel.clustering.hierarchy import build_levels, draft_levels
from topicmodel.clustering.merging import MergedTopics
from topicmodel.datatypes import Corpus, Integers, Level, TermCounts, Votes
from topicmodel.evaluation import adjusted_rand_index
from topicmodel.execution.context import FitContext
from topicmodel.settings import LevelOneSettings, LevelTwoSettings, Settings, TreeSettings


def tree_settings(n_topics: int | str = "auto", **level1: object) -> TreeSettings:
    one = LevelOneSettings(**{"min_topics": 2, "n_topics": n_topics} | level1)
    return TreeSettings.of(Settings(level1=one, level2=LevelTwoSettings(min_size=4)))


def merged(shop: GoodsShop, settings: TreeSettings | None = None) -> MergedTopics:
    known = find_knowledge(votes_of(shop), shop.fits)
    return merge_by_catalogue(shop.corpus, shop.fits, known, settings or tree_settings())


def votes_of(shop: GoodsShop) -> Votes:
    assert shop.corpus.votes is not None
    return shop.corpus.votes


def leaves(found: MergedTopics) -> Integers:
    return found.level1 * 100 + found.level2


def departments_filed(shop: GoodsShop, least: float = 1, most: int = 9) -> list[int]:
    nodes = Nodes.departments(votes_of(shop))
    return file_texts(shop.corpus, shop.fits, nodes, NodeLimits(least, most, least)).tolist()


def test_level_one_is_departments_and_level_two_families() -> None:
    shop = stock()
    found = merged(shop)
    assert adjusted_rand_index(shop.departments, found.level1) == 1
    assert adjusted_rand_index(shop.families, leaves(found)) == 1
    assert found.familiar == {0, 1, 2}
    assert found.by_catalogue
    assert found.known_share == 1


def test_categories_are_numbered_by_size() -> None:
    found = merged(stock({"Drums": 40, "Soap": 30}))
    sizes = np.bincount(found.level1).tolist()
    assert sizes == sorted(sizes, reverse=True)


def test_a_text_alone_in_a_topic_of_strangers_goes_where_it_belongs() -> None:
    shop = stock()
    topics = shop.fits[0].topics.copy()
    stray = int(np.flatnonzero(shop.departments == 2)[0])
    topics[stray] = topics[0]
    strayed = replace(shop, fits=[Level(topics, shop.fits[0].strengths)])
    assert departments_filed(strayed)[stray] == 2


def test_the_topic_decides_for_a_text_that_says_nothing() -> None:
    shop = stock()
    votes = votes_of(shop)
    blank = int(np.flatnonzero(shop.departments == 1)[0])
    flat = votes.by_vectors.toarray()
    flat[blank] = 1 / flat.shape[1]
    unsure = replace(votes, by_vectors=csr_matrix(flat), by_words=votes.by_words * 0)
    quiet = replace(shop, corpus=replace(shop.corpus, votes=unsure))
    assert departments_filed(quiet)[blank] == 1


def test_a_department_with_too_few_texts_gives_them_to_the_next_best() -> None:
    shop = stock({"Guitars": 2, "Drums": 1})
    assert set(departments_filed(shop)) == {0, 1, 2}
    assert set(departments_filed(shop, least=5)) == {0, 1}


def test_a_small_node_whose_texts_are_clear_about_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = stock({"Guitars": 4, "Drums": 2})
    nodes, limits = Nodes.departments(votes_of(shop)), NodeLimits(5, 9, 10)
    assert set(file_texts(shop.corpus, shop.fits, nodes, limits).tolist()) == {0, 1, 2}
    monkeypatch.setattr(filing, "CLEAR", 1.1)
    assert set(file_texts(shop.corpus, shop.fits, nodes, limits).tolist()) == {0, 1}


def test_no_more_categories_than_wanted() -> None:
    shop = stock()
    assert len(set(departments_filed(shop, most=2))) == 2
    assert len(set(departments_filed(shop, most=1))) == 1


@pytest.mark.parametrize("wanted", [1, 2, 3, 4, 6])
def test_the_number_of_main_categories_that_the_user_names(wanted: int) -> None:
    assert merged(stock(), tree_settings(n_topics=wanted)).level1.max() + 1 == wanted


def test_no_more_families_than_there_are() -> None:
    assert merged(stock(), tree_settings(n_topics=20)).level1.max() + 1 == 6


def test_a_department_that_is_most_of_a_shop_gives_way_to_its_families() -> None:
    shop = stock({"Guitars": 90, "Drums": 80})
    found = merged(shop)
    assert (
        adjusted_rand_index(
            shop.families[shop.departments == 2], found.level1[shop.departments == 2]
        )
        == 1
    )
    assert found.level1.max() + 1 == 4


def test_every_text_is_in_one_child_of_its_own_parent() -> None:
    found = merged(stock({"Towels": 3, "Mowers": 50}))
    pairs = set(zip(found.level1.tolist(), found.level2.tolist(), strict=True))
    for parent in range(int(found.level1.max()) + 1):
        children = sorted(child for each, child in pairs if each == parent)
        assert children == list(range(len(children)))


def test_topics_of_a_kind_that_the_catalogue_does_not_have_stay_apart() -> None:
    shop = stock()
    both = with_strangers(shop)
    found = merged(both)
    strangers = np.arange(len(both.corpus)) >= len(shop.corpus)
    assert not set(found.level1[strangers].tolist()) & set(found.level1[~strangers].tolist())
    assert adjusted_rand_index(shop.departments, found.level1[~strangers]) == 1


def with_strangers(shop: GoodsShop, share: float = 0.3) -> GoodsShop:
    """The shop with texts whose vectors are far from every good."""
    n, votes = int(share * len(shop.corpus)), votes_of(shop)
    rng = np.random.default_rng(1)
    axis = np.zeros(64, dtype=np.float32)
    axis[0] = 1
    strange = 0.2 * rng.standard_normal((n, 64)).astype(np.float32) / 8 + 4 * axis
    strange -= shop.corpus.vectors.mean(axis=0)
    strange /= np.linalg.norm(strange, axis=1, keepdims=True)
    vectors = np.vstack([shop.corpus.vectors, strange]).astype(np.float32)
    words = shop.corpus.words
    n_terms = len(words.terms)
    own = csr_matrix((np.ones(n), (np.arange(n), np.full(n, n_terms))), shape=(n, n_terms + 1))
    wide = csr_matrix(
        (words.counts.data, words.counts.indices, words.counts.indptr),
        shape=(len(shop.corpus), n_terms + 1),
    )
    counts = TermCounts(vstack([wide, own]).tocsr(), [*words.terms, "zyx"])
    even = csr_matrix(np.full((n, 6), 1 / 6, dtype=np.float32))
    silent = csr_matrix((n, 6), dtype=np.float32)
    all_votes = Votes(
        vstack([votes.by_vectors, even]).tocsr(),
        vstack([votes.by_words, silent]).tocsr(),
        np.concatenate([votes.cosines, np.zeros(n, np.float32)]),
        votes.departments,
        votes.n_goods,
    )
    first = int(shop.fits[0].topics.max()) + 1
    topics = np.concatenate([shop.fits[0].topics, first + np.arange(n) % 2])
    level = Level(topics, np.ones(len(topics), dtype=np.float32))
    return replace(shop, corpus=Corpus(vectors, counts, votes=all_votes), fits=[level])


def test_goods_are_known_and_other_texts_are_not() -> None:
    shop = stock()
    assert find_knowledge(votes_of(shop), shop.fits).share == 1
    votes = votes_of(shop)
    strange = replace(votes, cosines=votes.cosines * 0)
    assert find_knowledge(strange, shop.fits).share == 0
    assert not find_knowledge(strange, shop.fits).suffices


@pytest.mark.parametrize("known", [False, True])
def test_where_the_catalogue_knows_too_little_the_tree_is_the_one_without_it(
    known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = stock()
    monkeypatch.setattr(knowledge, "ENOUGH", 0.0 if known else 1.1)
    context = FitContext(tree_settings())
    for build in (build_levels, draft_levels):
        with_votes = build(shop.corpus, context)
        without = build(replace(shop.corpus, votes=None), context)
        same = all(
            getattr(with_votes, name).tobytes() == getattr(without, name).tobytes()
            for name in ("level1", "level2", "strengths")
        )
        assert with_votes.by_catalogue == known
        assert with_votes.known_share is not None
        assert without.known_share is None
        assert known or (same and with_votes.count_curve == without.count_curve)


def test_other_children_replace_families_only_where_they_are_clearly_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = stock()
    assert merged(shop).familiar == {0, 1, 2}
    monkeypatch.setattr(catalogue_levels, "CLEARLY_BETTER", -2.0)
    assert merged(shop).familiar == frozenset()


def test_agreement_is_one_where_both_views_tell_the_topics_apart() -> None:
    shop = plant()
    assert vector_agreement(shop.vectors, shop.groups) > 0.95
    assert agreement(shop.corpus, shop.groups) > 0.9
    rng = np.random.default_rng(0)
    assert abs(agreement(shop.corpus, rng.integers(0, 3, len(shop.texts)))) < 0.1
    assert vector_agreement(shop.vectors, np.zeros(len(shop.texts), dtype=np.int64)) == 0


def test_texts_without_votes_cannot_be_filed() -> None:
    shop = stock()
    with pytest.raises(ValueError, match="without votes"):
        file_texts(
            replace(shop.corpus, votes=None), shop.fits, Nodes(np.arange(6)), NodeLimits(1, 6, 1)
        )


def test_another_order_of_the_texts_gives_the_same_categories() -> None:
    shop = stock({"Guitars": 40})
    order = np.random.default_rng(2).permutation(len(shop.corpus))
    fit = shop.fits[0]
    shuffled = replace(
        shop,
        corpus=shop.corpus.take(order),
        fits=[Level(fit.topics[order], fit.strengths[order])],
    )
    straight, other = merged(shop), merged(shuffled)
    assert adjusted_rand_index(straight.level1[order], other.level1) == 1
    assert adjusted_rand_index(leaves(straight)[order], leaves(other)) == 1


def test_families_that_the_user_named_are_replaced_by_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue_levels, "CLEARLY_BETTER", -2.0)
    shop = stock(n=60)
    own = replace(shop, corpus=replace(shop.corpus, votes=replace(votes_of(shop), are_wanted=True)))
    assert merged(own).familiar == {0, 1, 2}
    levels = build_levels(own.corpus, FitContext(tree_settings()))
    assert adjusted_rand_index(shop.families, levels.level2) > 0.95


def test_a_category_that_is_one_family_is_not_refitted() -> None:
    shop = stock({"Guitars": 90, "Drums": 80})
    found = merged(shop)
    families = {int(found.level1[shop.families == n][0]) for n in (4, 5)}
    assert found.settled == families


@pytest.mark.parametrize("wanted", [1, 2, 4])
def test_kinds_that_stay_apart_count_among_the_main_categories(wanted: int) -> None:
    found = merged(with_strangers(stock()), tree_settings(n_topics=wanted))
    assert found.level1.max() + 1 == wanted


def test_a_division_that_leaves_nearly_all_together_replaces_no_families() -> None:
    shop = stock()
    lopsided = (shop.families == 5).astype(np.int64)
    assert not is_clearly_better(shop.corpus, lopsided, shop.families)
    halves = shop.families % 2
    assert is_clearly_better(
        shop.corpus, shop.departments, np.random.default_rng(0).permutation(halves)
    )
