from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import partition, random_directions

from topicmodel import geometry
from topicmodel.geometry import centroids, cosines_of_rows, fill_outliers, nearest, number_by_size

group_lists = st.lists(st.integers(-1, 6), max_size=40)


def axes(*numbers: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[list(numbers)]


def test_a_centroid_is_the_mean_direction_of_its_group() -> None:
    found = centroids(axes(0, 1, 2), np.array([0, 0, 1]))
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found, [[half, half, 0, 0], [0, 0, 1, 0]], rtol=1e-6)


def test_centroids_have_unit_length_and_the_type_of_vectors() -> None:
    found = centroids(random_directions(50), np.arange(50) % 7)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    assert found.dtype == np.float32


def test_outliers_count_in_no_centroid() -> None:
    with_outlier = centroids(axes(0, 1, 3), np.array([0, 0, -1]))
    np.testing.assert_array_equal(with_outlier, centroids(axes(0, 1), np.array([0, 0])))


def test_a_group_without_rows_has_a_centroid_of_zeros() -> None:
    found = centroids(axes(0, 1), np.array([0, 2]), n_groups=4)
    np.testing.assert_array_equal(found, [*axes(0), np.zeros(4), *axes(1), np.zeros(4)])


def test_vectors_without_any_group_have_no_centroids() -> None:
    assert centroids(axes(0, 1), np.array([-1, -1])).shape == (0, 4)


def test_nearest_is_the_centre_at_the_smallest_angle() -> None:
    assert nearest(axes(2, 0, 1, 2), axes(0, 1, 2)).tolist() == [2, 0, 1, 2]


def test_nearest_does_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, centres = random_directions(100), random_directions(9, seed=1)
    at_once = nearest(vectors, centres)
    monkeypatch.setattr(geometry, "BLOCK", 7)
    np.testing.assert_array_equal(nearest(vectors, centres), at_once)


def test_no_vectors_have_no_nearest_centres() -> None:
    assert nearest(np.empty((0, 4), dtype=np.float32), axes(0)).shape == (0,)


def test_outliers_join_the_nearest_group_and_the_others_stay() -> None:
    vectors = np.concatenate([axes(0, 1, 1), [[0.1, 0.9, 0.0, 0.4]]]).astype(np.float32)
    groups = np.array([0, 1, 1, -1])
    assert fill_outliers(vectors, groups).tolist() == [0, 1, 1, 1]
    assert groups.tolist() == [0, 1, 1, -1]


def test_groups_are_numbered_by_falling_size_and_outliers_stay() -> None:
    assert number_by_size(np.array([7, 3, 3, -1, 5, 3, 5])).tolist() == [2, 0, 0, -1, 1, 0, 1]


def test_groups_of_one_size_keep_the_order_of_their_first_members() -> None:
    assert number_by_size(np.array([9, 2, 9, 2, 4, 4])).tolist() == [0, 1, 0, 1, 2, 2]


@given(group_lists)
def test_numbering_keeps_the_groups_and_leaves_no_gaps(groups: list[int]) -> None:
    numbered = number_by_size(np.array(groups, dtype=np.int64))
    sizes = np.bincount(numbered[numbered >= 0])
    assert partition(numbered) == partition(groups)
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    np.testing.assert_array_equal(numbered == -1, np.array(groups) == -1)


@given(st.permutations([0] * 5 + [1] * 3 + [2] * 2 + [-1]))
def test_another_row_order_gives_groups_of_different_size_the_same_numbers(
    groups: list[int],
) -> None:
    assert number_by_size(np.array(groups)).tolist() == groups


def test_cosines_of_some_rows_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, centre = random_directions(50), random_directions(1, seed=1)[0]
    rows = np.array([3, 49, 0, 3, *range(10, 30)])
    monkeypatch.setattr(geometry, "BLOCK", 7)
    np.testing.assert_allclose(
        cosines_of_rows(vectors, rows, centre), (vectors @ centre)[rows], atol=1e-6
    )
    assert not len(cosines_of_rows(vectors, rows[:0], centre))
