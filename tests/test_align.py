from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.continuation.alignment import align
from topicmodel.datatypes import Floats, TopicId

A, B, C = TopicId("ta"), TopicId("tb"), TopicId("tc")


def successors(
    before: Sequence[TopicId | None],
    after: Sequence[int],
    *,
    ids: Sequence[TopicId] = (A, B, C),
    n_topics: int = 3,
    cosines: Sequence[Sequence[float]] | None = None,
) -> list[TopicId | None]:
    matrix: Floats | None = None if cosines is None else np.array(cosines, dtype=np.float32)
    numbers = np.array(after, dtype=np.int64)
    return align(before, numbers, ids=ids, n_topics=n_topics, cosines=matrix)


def test_renumbered_topics_keep_their_ids() -> None:
    before = [A] * 30 + [B] * 20 + [C] * 10
    assert successors(before, [2] * 30 + [0] * 20 + [1] * 10) == [B, C, A]


def test_the_larger_part_of_a_split_topic_keeps_its_id() -> None:
    assert successors([A] * 30, [1] * 20 + [0] * 10, ids=[A], n_topics=2) == [None, A]


def test_merged_topics_keep_the_id_of_the_larger() -> None:
    assert successors([A] * 10 + [B] * 30, [0] * 40, ids=[A, B], n_topics=1) == [B]


def test_an_overlap_of_a_quarter_is_enough_and_less_is_not() -> None:
    # Of 40 products in either, 10 are in both: the rest of A is nowhere, and that of B is B's.
    before = [A] * 20 + [None] * 20
    assert successors(before, [-1] * 10 + [0] * 30, ids=[A], n_topics=1) == [A]
    assert successors(before, [-1] * 11 + [0] * 29, ids=[A], n_topics=1) == [None]


def test_pairs_too_weak_to_count_do_not_cost_a_topic_its_successor() -> None:
    # Jaccard indices: B with topic 0 .40, but A with 0 and B with 1 .24 each, which is more in sum.
    before = [B] * 40 + [A] * 20 + [None] * 20 + [A] * 4 + [B] * 20 + [None] * 24
    after = [0] * 80 + [-1] * 4 + [1] * 44
    assert successors(before, after, ids=[A, B], n_topics=2) == [B, None]


def test_products_without_a_topic_are_in_no_overlap() -> None:
    assert successors([None] * 9, [0] * 9, ids=[A], n_topics=1) == [None]
    assert successors([A] * 9, [-1] * 9, ids=[A], n_topics=1) == [None]


def test_topics_that_share_nothing_are_new() -> None:
    assert successors([A] * 9, [-1] * 9) == [None, None, None]


def test_topics_with_few_shared_products_are_known_by_their_centroids() -> None:
    cosines = [[0.2, 0.95, 0.1], [0.97, 0.1, 0.2], [0.5, 0.6, 0.89]]
    assert successors([], [], cosines=cosines) == [B, A, None]


def test_centroids_pair_one_to_one() -> None:
    assert successors([], [], ids=[A], n_topics=2, cosines=[[0.92], [0.98]]) == [None, A]


def test_centroids_do_not_overrule_shared_products() -> None:
    before, after = [A] * 20 + [B] * 20, [0] * 20 + [1] * 20
    cosines = [[0.1, 0.99], [0.99, 0.1]]
    assert successors(before, after, ids=[A, B], n_topics=2, cosines=cosines) == [A, B]


@pytest.mark.parametrize(("n_shared", "expected"), [(4, A), (5, None)])
def test_centroids_count_only_where_fewer_than_five_products_are_shared(
    n_shared: int, expected: TopicId | None
) -> None:
    before = [A] * n_shared + [None] * 30
    after = [-1] * n_shared + [0] * 30
    assert successors(before, after, ids=[A], n_topics=1, cosines=[[0.99]]) == [expected]


def test_empty_levels_align() -> None:
    assert successors([], [], ids=[], n_topics=0) == []
    assert successors([None], [0], ids=[], n_topics=1, cosines=[[]]) == [None]
    assert successors([A], [-1], ids=[A], n_topics=0) == []


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="1 products before and 2 after"):
        successors([A], [0, 1])
    with pytest.raises(ValueError, match=r"cosines must be \(3, 3\), got \(1, 1\)"):
        successors([A], [0], cosines=[[1.0]])
    with pytest.raises(KeyError, match="elsewhere"):
        successors([TopicId("elsewhere")], [0])


@settings(max_examples=100, deadline=None)
@given(
    products=st.lists(st.tuples(st.sampled_from([A, B, C, None]), st.integers(-1, 4)), max_size=60),
    chance=st.randoms(use_true_random=False),
)
def test_no_id_is_given_twice_and_the_order_of_products_does_not_matter(
    products: list[tuple[TopicId | None, int]], chance: random.Random
) -> None:
    def aligned() -> list[TopicId | None]:
        return successors([old for old, _ in products], [new for _, new in products], n_topics=5)

    first = aligned()
    chance.shuffle(products)
    given_ids = [topic for topic in first if topic is not None]
    assert len(set(given_ids)) == len(given_ids)
    assert aligned() == first
