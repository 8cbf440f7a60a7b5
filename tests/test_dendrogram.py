from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import partition, random_directions, unit
from scipy.spatial.distance import pdist

from topicmodel.clustering.dendrogram import Branches, Dendrogram

ON_A_LINE = (0, 1, 10, 12, 30)
"""Topics that merge as 0 with 1, then 10 with 12, then both pairs, and 30 last."""


def link(places: Sequence[float], sizes: Sequence[int] | None = None) -> Dendrogram:
    """Topics on a line, ten texts each unless told."""
    column = np.array(places, dtype=np.float64)[:, None]
    centres = unit(np.hstack([np.ones_like(column), column]))
    return Dendrogram.of(pdist(column), centres, np.array(sizes or [10] * len(places))[:, None])


def link_directions(centres: np.ndarray, sizes: Sequence[int]) -> Dendrogram:
    return Dendrogram.of(pdist(centres, "cosine"), unit(centres), np.array(sizes)[:, None])


def random_tree(seed: int, n_topics: int) -> Dendrogram:
    """Topics of 1 to 30 texts without any order."""
    sizes = np.random.default_rng(seed).integers(1, 30, n_topics)
    return link_directions(random_directions(n_topics, 5, seed), sizes.tolist())


def leaves(tree: Dendrogram, groups: Sequence[Branches]) -> list[set[int]]:
    numbers = tree.number_leaves(groups)
    return [set(np.flatnonzero(numbers == number).tolist()) for number in range(len(groups))]


def split(tree: Dendrogram, n_groups: int, least: float = 1, separation: float = 0) -> list[set]:
    return leaves(tree, tree.split(tree.root, n_groups, least, separation)[0])


def test_the_root_holds_all_topics_and_all_their_texts() -> None:
    tree = link(ON_A_LINE, [1, 2, 3, 4, 5])
    assert tree.n_leaves == 5
    assert leaves(tree, [tree.root]) == [{0, 1, 2, 3, 4}]
    assert tree.size(tree.root) == 15


def test_topics_merge_at_the_average_distance_of_their_members() -> None:
    # Of the distances 1, 3 and 4 the mean is 8/3; the last merge is at (4 + 3) / 2.
    assert link((0, 1, 4)).distances == pytest.approx([3 / 8, 3.5 * 3 / 8])


def test_distances_are_relative_to_the_mean() -> None:
    stretched = [100 * place for place in ON_A_LINE]
    assert link(stretched).distances == pytest.approx(link(ON_A_LINE).distances)


@pytest.mark.parametrize(
    ("n_groups", "expected"),
    [
        (1, [{0, 1, 2, 3, 4}]),
        (2, [{0, 1, 2, 3}, {4}]),
        (3, [{0, 1}, {2, 3}, {4}]),
        (4, [{0, 1}, {2}, {3}, {4}]),
        (5, [{0}, {1}, {2}, {3}, {4}]),
        (9, [{0}, {1}, {2}, {3}, {4}]),
    ],
)
def test_the_farthest_halves_part_first(n_groups: int, expected: list[set[int]]) -> None:
    found = split(link(ON_A_LINE), n_groups)
    assert sorted(found, key=min) == expected


@pytest.mark.parametrize(("separation", "n_groups"), [(0, 5), (1.5, 4), (5, 3), (15, 2), (26, 1)])
def test_halves_nearer_than_the_separation_stay_together(separation: float, n_groups: int) -> None:
    # On this line the merges are at 1, 2, 10.5 and 24.25.
    mean = pdist(np.array(ON_A_LINE)[:, None]).mean()
    assert len(split(link(ON_A_LINE), 9, separation=separation / mean)) == n_groups


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_topics=st.integers(2, 25),
    n_groups=st.integers(1, 30),
    least=st.integers(1, 60),
    separation=st.floats(0, 1.2),
)
def test_a_split_keeps_all_its_bounds(
    seed: int, n_topics: int, n_groups: int, least: int, separation: float
) -> None:
    tree = random_tree(seed, n_topics)
    groups, distances = tree.split(tree.root, n_groups, least, separation)
    assert sorted(leaf for group in leaves(tree, groups) for leaf in group) == [*range(n_topics)]
    assert sum(tree.size(group) for group in groups) == tree.size(tree.root)
    assert len(distances) == len(groups) - 1 < n_groups
    assert len(groups) == 1 or min(tree.size(group) for group in groups) >= least
    assert distances == sorted(distances, reverse=True)
    assert min(distances, default=separation) >= separation


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6), st.integers(1, 40))
def test_a_part_of_a_part_lies_within_it(seed: int, n_parts: int, n_inner: int, least: int) -> None:
    tree = random_tree(seed, 20)
    for part in tree.split(tree.root, n_parts, least)[0]:
        inner, _ = tree.split(part, n_inner, least / 2)
        assert set().union(*leaves(tree, inner)) == leaves(tree, [part])[0]
        assert sum(tree.size(group) for group in inner) == tree.size(part)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_more_parts_only_split_what_was_there(seed: int, least: int) -> None:
    tree = random_tree(seed, 15)
    for n_groups in range(1, 10):
        coarse, fine = split(tree, n_groups, least), split(tree, n_groups + 1, least)
        # What is peeled off may change sides, but only within the part that is split.
        assert all(any(part <= whole for whole in coarse) for part in fine)


def test_what_is_too_small_on_one_side_stays_whole() -> None:
    tree = link((0, 1), [50, 3])
    assert tree.split(tree.root, 5, 4) == ([tree.root], [])


@pytest.mark.parametrize(("crumb", "side"), [((0.3, -0.1, 0.95), 0), ((0.0, 0.3, 0.95), 1)])
def test_a_branch_too_small_for_a_side_joins_the_nearer_one(
    crumb: tuple[float, float, float], side: int
) -> None:
    # The two large topics are nearer to one another than to the crumb, which is split off first.
    tree = link_directions(np.array([(1, 0, 0), (0.6, 0.8, 0), crumb]), [10, 10, 1])
    found = split(tree, 2, least=4)
    assert [2 in group for group in found] == [side in group for group in found]
    assert len(found) == 2


def test_a_peeled_branch_moves_on_when_its_side_is_split_again() -> None:
    # The crumb, linked last, is nearest to the first topic, whose neighbour is the second.
    centres = np.array([(1, 0, 0, 0), (1, 0.7, 0, 0), (0.5, 0, 1, 0), (0.2, -0.1, 0, 1)])
    tree = link_directions(centres, [10, 10, 10, 1])
    assert tree.children[-1] == (3, 5)
    assert sorted(split(tree, 2, least=5), key=min) == [{0, 1, 3}, {2}]
    assert sorted(split(tree, 3, least=5), key=min) == [{0, 3}, {1}, {2}]


def test_small_topics_are_a_side_together() -> None:
    assert sorted(split(link((0, 1, 10, 11), [5] * 4), 2, least=8), key=min) == [{0, 1}, {2, 3}]


def test_topics_in_one_place_need_no_separation_to_part() -> None:
    tree = Dendrogram.of(
        np.zeros(3), np.tile(unit(np.array([1, 2])), (3, 1)), np.array([[4], [4], [4]])
    )
    assert tree.split(tree.root, 3, 1)[1] == [0, 0]
    assert tree.split(tree.root, 3, 1, 0.01) == ([tree.root], [])


def test_a_leaf_of_no_group_has_the_number_of_none() -> None:
    tree = link(ON_A_LINE)
    assert tree.number_leaves([[3], [0, 1]]).tolist() == [1, 1, -1, 0, -1]
    assert tree.number_leaves([]).tolist() == [-1] * 5


def test_the_same_topic_of_several_fits_is_not_parted() -> None:
    # Two topics, each found by three fits in nearly the same place.
    places = np.array([0.0, 0.01, 0.02, 5.0, 5.01, 5.02])[:, None]
    sizes = np.array([[9, 0, 0], [0, 9, 0], [0, 0, 9]] * 2)
    tree = Dendrogram.of(pdist(places), unit(np.column_stack([places + 1, places * 0 + 1])), sizes)
    groups, _ = tree.split(tree.root, 6, 1)
    assert partition(tree.number_leaves(groups)) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert [tree.size(group) for group in groups] == [9, 9]
