from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from topicmodel import evaluation
from topicmodel.datatypes import Assignments, Method, Metric, Taxonomy, Topic, TopicId
from topicmodel.evaluation import (
    TextEvidence,
    accuracy_by_confidence,
    adjusted_mutual_information,
    adjusted_rand_index,
    head_noun,
    head_noun_share,
    hierarchical_scores,
    jaccard_stability,
    metric,
    name_retrieval,
    name_uniqueness,
    npmi,
    purity,
    score_against_truth,
    score_without_truth,
    silhouette,
    topic_diversity,
    v_measure,
)

Path = tuple[str, ...]
Row = tuple[str | None, str | None, Method, Path]

CHANCE_CORRECTED = [adjusted_mutual_information, adjusted_rand_index, v_measure]
AGREEMENTS = [*CHANCE_CORRECTED, purity]

PERFECT: list[Row] = [
    ("e", "e1", "core", ("Electronics", "Phones")),
    ("e", "e1", "core", ("Electronics", "Phones")),
    ("e", "e2", "core", ("Electronics", "Cameras")),
    ("e", "e2", "core", ("Electronics", "Cameras")),
    ("b", None, "core", ("Books",)),
    ("b", None, "core", ("Books",)),
]

MIXED: list[Row] = [
    ("e", "e1", "core", ("Electronics", "Phones")),
    ("e", "e1", "reassigned", ("Electronics", "Cameras")),
    ("e", None, "parent_only", ("Electronics", "Phones")),
    ("c", "c1", "core", ("Clothing", "Shoes")),
    ("c", "c2", "core", ("Clothing", "Shirts")),
    ("c", "c2", "reassigned", ("Electronics", "Phones")),
    ("b", None, "core", ("Books",)),
    ("b", None, "reassigned", ("Books",)),
    (None, None, "unsorted", ("Clothing", "Shirts")),
    ("e", "e1", "core", ()),
]


def assignments_of(rows: Sequence[Row], confidence: Sequence[float] | None = None) -> Assignments:
    return Assignments(
        product_ids=[f"p{i}" for i in range(len(rows))],
        level1=[TopicId(top) if top else None for top, *_ in rows],
        level2=[TopicId(low) if low else None for _, low, *_ in rows],
        confidence=np.array(confidence or [0.5] * len(rows), dtype=np.float32),
        methods=[method for _, _, method, _ in rows],
    )


def labels_of(rows: Sequence[Row]) -> list[Path]:
    return [label for *_, label in rows]


def truth_scores(
    rows: Sequence[Row], confidence: Sequence[float] | None = None
) -> dict[str, float | None]:
    metrics = score_against_truth(assignments_of(rows, confidence), labels_of(rows))
    return {figure.name: figure.value for figure in metrics}


def topic(topic_id: str, parent: str | None, name: str, keywords: Sequence[str]) -> Topic:
    return Topic(
        id=TopicId(topic_id),
        parent=TopicId(parent) if parent else None,
        level=2 if parent else 1,
        name=name,
        keywords=tuple((word, 1.0) for word in keywords),
        size=1,
        examples=(),
    )


def incidence_of(documents: Sequence[str]) -> tuple[dict[str, int], csr_matrix]:
    words = sorted({word for document in documents for word in document.split()})
    present = [[word in document.split() for word in words] for document in documents]
    return {word: i for i, word in enumerate(words)}, csr_matrix(np.array(present, dtype=np.uint8))


def assert_in_range(figure: Metric) -> None:
    if figure.value is not None:
        assert math.isfinite(figure.value)
        assert figure.low - 1e-9 <= figure.value <= figure.high + 1e-9, figure.name


@pytest.mark.parametrize("score", AGREEMENTS)
def test_the_same_grouping_under_other_numbers_scores_1(
    score: Callable[..., float | None],
) -> None:
    assert score([0, 0, 1, 1, 2], [9, 9, 4, 4, -1]) == pytest.approx(1)


@pytest.mark.parametrize("score", CHANCE_CORRECTED)
def test_one_big_group_scores_0(score: Callable[..., float | None]) -> None:
    assert score([0, 0, 1, 1, 2], [0, 0, 0, 0, 0]) == pytest.approx(0)


def test_one_big_group_is_as_pure_as_its_largest_part() -> None:
    assert purity([0, 0, 0, 1, 2], [0, 0, 0, 0, 0]) == pytest.approx(3 / 5)


def test_groups_of_one_score_0_where_corrected_for_chance_and_are_pure() -> None:
    true = np.repeat(np.arange(20), 10)
    alone = np.arange(200)
    assert adjusted_mutual_information(true, alone) == pytest.approx(0)
    assert adjusted_rand_index(true, alone) == pytest.approx(0)
    assert purity(true, alone) == 1


@pytest.mark.parametrize("score", AGREEMENTS)
def test_no_product_has_no_score(score: Callable[..., float | None]) -> None:
    assert score(np.array([], dtype=np.int64), np.array([], dtype=np.int64)) is None


@pytest.mark.parametrize("score", CHANCE_CORRECTED)
def test_one_product_cannot_be_grouped_wrongly(score: Callable[..., float | None]) -> None:
    assert score([3], [1]) is None


def test_purity_counts_the_majority_of_each_found_group() -> None:
    # Group 0 holds a, a, b; group 1 holds b, b, b, c: (2 + 3) of 7.
    assert purity([0, 0, 1, 1, 1, 1, 2], [0, 0, 0, 1, 1, 1, 1]) == pytest.approx(5 / 7)


def test_ari_follows_the_pair_counts() -> None:
    # Of 6 pairs, 1 is together in both, 2 in the first, 2 in the second: (1 - 4/6) / (2 - 4/6).
    assert adjusted_rand_index([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(
        (1 - 2 * 1 / 6) / ((2 + 1) / 2 - 2 * 1 / 6)
    )


def test_a_perfect_tree_scores_1_everywhere() -> None:
    scores = truth_scores(PERFECT, [0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    counts = {"products", "found_categories", "true_categories"}
    shares = {name: value for name, value in scores.items() if name.split(".")[1] not in counts}
    assert shares == {name: pytest.approx(1) for name in shares}
    assert scores["level1.products"] == 6
    assert scores["level1.found_categories"] == scores["level1.true_categories"] == 2
    assert scores["level2.products"] == 4
    assert scores["level2.found_categories"] == scores["level2.true_categories"] == 2


def test_the_least_and_the_most_certain_products_are_scored_apart() -> None:
    strays: list[Row] = [("e", None, "core", ("Books",))] * 5
    rows = strays + [("e", None, "core", ("Electronics",))] * 15
    scores = truth_scores(rows, [0.04 * (n + 1) for n in range(20)])
    assert scores["level1.accuracy_least_sure"] == 0
    assert scores["level1.accuracy_most_sure"] == 1
    assert truth_scores(rows)["level1.accuracy_least_sure"] is None  # all alike


def test_a_level_uses_only_products_whose_path_reaches_it() -> None:
    scores = truth_scores(MIXED)
    assert scores["level1.products"] == 9
    assert scores["level2.products"] == 7
    assert scores["level1.true_categories"] == 3
    assert scores["level2.true_categories"] == 4


def test_coverage_is_the_share_that_has_a_category_on_the_level() -> None:
    scores = truth_scores(MIXED)
    assert scores["level1.coverage"] == pytest.approx(8 / 9)
    assert scores["level2.coverage"] == pytest.approx(5 / 7)


def test_agreement_comes_as_delivered_with_outliers_as_a_class_and_without_them() -> None:
    scores = truth_scores(MIXED)
    # Delivered: e = EEE, c = CCE, b = BB, none = C.
    assert scores["level1.purity"] == pytest.approx((3 + 2 + 2 + 1) / 9)
    # Core only: e = E, c = CC, b = B.
    assert scores["level1.purity_core"] == 1
    # Core, and all others as one class: E, E, E, B, C.
    assert scores["level1.purity_outliers"] == pytest.approx((1 + 2 + 1 + 3) / 9)
    true = [0, 0, 0, 1, 1, 0, 2, 2, 1]
    delivered = [0, 0, 0, 1, 1, 1, 2, 2, -1]
    outliers_a_class = [0, -1, -1, 1, 1, -1, 2, -1, -1]
    assert scores["level1.ari"] == pytest.approx(adjusted_rand_index(true, delivered))
    assert scores["level1.ami"] == pytest.approx(adjusted_mutual_information(true, delivered))
    assert scores["level1.ami_outliers"] == pytest.approx(
        adjusted_mutual_information(true, outliers_a_class)
    )
    assert scores["level1.v_measure_core"] == pytest.approx(1)


def test_a_product_left_on_level_one_has_no_category_on_level_two() -> None:
    scores = truth_scores(MIXED)
    # e1 = Phones, Cameras; c1 = Shoes; c2 = Shirts, Phones; none = Phones, Shirts.
    assert scores["level2.purity"] == pytest.approx((1 + 1 + 1 + 1) / 7)


def test_a_childless_category_is_its_own_leaf_on_level_two() -> None:
    rows: list[Row] = [
        ("b", None, "core", ("Books", "Novels")),
        ("b", None, "core", ("Books", "Novels")),
        ("t", "t1", "core", ("Toys", "Dolls")),
        ("t", "t2", "core", ("Toys", "Cars")),
    ]
    scores = truth_scores(rows)
    assert scores["level2.coverage"] == 1
    assert scores["level2.ami"] == pytest.approx(1)


def test_level_two_truth_is_the_pair_so_equal_names_in_two_departments_differ() -> None:
    rows: list[Row] = [
        ("m", "m1", "core", ("Men", "Shoes")),
        ("w", "w1", "core", ("Women", "Shoes")),
    ]
    assert truth_scores(rows)["level2.true_categories"] == 2


def test_all_unsorted_scores_0_and_is_undefined_without_outliers() -> None:
    rows: list[Row] = [(None, None, "unsorted", label) for label in labels_of(PERFECT)]
    scores = truth_scores(rows)
    for name in ("coverage", "ami", "ari", "v_measure", "ami_outliers"):
        assert scores[f"level1.{name}"] == pytest.approx(0), name
    for name in ("ami_core", "ari_core", "v_measure_core", "purity_core"):
        assert scores[f"level1.{name}"] is None, name
    assert scores["level1.found_categories"] == 0
    assert scores["tree.hierarchical_precision"] is None
    assert scores["tree.hierarchical_recall"] == scores["tree.hierarchical_f"] == 0


@pytest.mark.parametrize("rows", [[], [("e", "e1", "core", ())]], ids=["no product", "no label"])
def test_without_truth_only_the_counts_have_a_value(rows: list[Row]) -> None:
    scores = truth_scores(rows)
    assert {name for name, value in scores.items() if value is not None} == {
        f"level{level}.{name}"
        for level in (1, 2)
        for name in ("products", "found_categories", "true_categories")
    }


@pytest.mark.parametrize("rows", [PERFECT, MIXED, MIXED[:1], MIXED[8:9], []])
def test_the_same_figures_come_for_any_input_and_stay_in_their_range(rows: list[Row]) -> None:
    metrics = score_against_truth(assignments_of(rows), labels_of(rows))
    assert [figure.name for figure in metrics] == list(truth_scores(PERFECT))
    for figure in metrics:
        assert_in_range(figure)


def test_row_order_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    rows = MIXED * 3 + PERFECT
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    assert truth_scores(shuffled) == pytest.approx(truth_scores(rows), nan_ok=True)


def test_ids_are_only_names() -> None:
    renamed = {"e": "z", "c": "k", "b": "a", "e1": "q", "c1": "y", "c2": "d"}
    rows: list[Row] = [
        (renamed.get(top or ""), renamed.get(low or ""), method, label)
        for top, low, method, label in MIXED
    ]
    assert truth_scores(rows) == pytest.approx(truth_scores(MIXED))


def test_another_number_of_true_paths_than_products_is_refused() -> None:
    with pytest.raises(ValueError, match="got 1 paths for 6 products"):
        score_against_truth(assignments_of(PERFECT), [("Books",)])


def test_hierarchical_scores_follow_the_ancestor_sets() -> None:
    labels = [("A", "x"), ("A", "x"), ("A", "y"), ("B", "z"), ("B",), ()]
    level1 = ["1", "1", "1", "1", None, "1"]
    level2 = ["2", "2", "2", None, None, "2"]
    # "1" stands for A and "2" for (A, x). Claimed nodes: 2 + 2 + 2 + 1 + 0 = 7;
    # true ones: 2 + 2 + 2 + 2 + 1 = 9; in both: 2 + 2 + 1 + 0 + 0 = 5.
    scores = hierarchical_scores(level1, level2, labels)
    assert scores.precision == pytest.approx(5 / 7)
    assert scores.recall == pytest.approx(5 / 9)
    assert scores.f == pytest.approx(10 / 16)


def test_a_category_below_the_wrong_parent_costs_precision() -> None:
    labels = [("A", "x"), ("A", "x"), ("A", "x"), ("B", "y"), ("B", "y")]
    # "1" stands for A, "3" for (B, y): its two products are claimed for A, B and (B, y).
    scores = hierarchical_scores(["1"] * 5, ["2", "2", "2", "3", "3"], labels)
    assert scores.precision == pytest.approx((3 * 2 + 2 * 2) / (3 * 2 + 2 * 3))
    assert scores.recall == 1


def test_a_right_parent_counts_in_part() -> None:
    labels = [("A", "x"), ("A", "x"), ("A", "y"), ("A", "y")]
    flat = hierarchical_scores(["1"] * 4, [None] * 4, labels)
    assert (flat.precision, flat.recall) == (1, 0.5)
    assert flat.f == pytest.approx(2 / 3)


def test_parts_of_a_path_below_level_two_are_not_used() -> None:
    scores = hierarchical_scores(["1"], ["2"], [("A", "x", "deep", "deeper")])
    assert (scores.precision, scores.recall, scores.f) == (1, 1, 1)


def test_accuracy_is_told_for_each_bin_of_confidence() -> None:
    rows: list[Row] = [
        ("a", None, "core", ("B",)),
        ("a", None, "core", ("A",)),
        ("a", None, "core", ("A",)),
        ("a", None, "core", ("A",)),
        (None, None, "unsorted", ("A",)),
        ("a", None, "core", ()),
    ]
    assignments = assignments_of(rows, [0.25, 0.5, 0.75, 1.0, 0.0, 0.0])
    assert accuracy_by_confidence(assignments, labels_of(rows), bins=2) == [
        (pytest.approx(0.375), 0.5, 2),
        (pytest.approx(0.875), 1.0, 2),
    ]


def test_deciles_hold_a_tenth_of_the_products_each() -> None:
    rows: list[Row] = [("a", None, "core", ("A",))] * 200
    confidence = np.random.default_rng(1).permutation(np.linspace(0, 1, 200)).tolist()
    bins = accuracy_by_confidence(assignments_of(rows, confidence), labels_of(rows))
    assert [each.n_products for each in bins] == [20] * 10
    assert [each.confidence for each in bins] == sorted(each.confidence for each in bins)


def test_of_equally_frequent_labels_the_first_in_the_alphabet_wins_in_any_row_order() -> None:
    rows: list[Row] = [("a", None, "core", (label,)) for label in "ZZMMZM"]
    rows += [("b", None, "core", ("Z",))]
    confidence = [0.9, 0.9, 0.1, 0.1, 0.9, 0.1, 0.5]
    expected = [(pytest.approx(0.1), 1.0, 3), (pytest.approx(0.8), 0.25, 4)]
    for step in (1, -1):
        assignments = assignments_of(rows[::step], confidence[::step])
        assert accuracy_by_confidence(assignments, labels_of(rows[::step]), bins=2) == expected


def test_equal_confidences_stay_in_one_bin() -> None:
    bins = accuracy_by_confidence(assignments_of(PERFECT), labels_of(PERFECT))
    assert bins == [(0.5, 1.0, 6)]


def test_no_sorted_product_has_no_bin() -> None:
    assert accuracy_by_confidence(assignments_of([]), []) == []
    assert accuracy_by_confidence(assignments_of(MIXED[8:9]), labels_of(MIXED[8:9])) == []


def test_npmi_follows_the_formula() -> None:
    vocabulary, incidence = incidence_of(["a b", "a", "b", "c"])
    # p(a) = p(b) = 1/2, p(a, b) = 1/4: independent. a and c never meet.
    assert npmi([["a", "b"]], vocabulary, incidence) == pytest.approx(0)
    assert npmi([["a", "c"]], vocabulary, incidence) == -1
    assert npmi([["a", "b", "c"]], vocabulary, incidence) == pytest.approx((0 - 1 - 1) / 3)
    vocabulary, incidence = incidence_of(["a b", "a b", "a", "c", "c"])
    expected = math.log((2 / 5) / ((3 / 5) * (2 / 5))) / -math.log(2 / 5)
    assert npmi([["a", "b"], ["a", "c"]], vocabulary, incidence) == pytest.approx(
        (expected - 1) / 2
    )


def test_words_that_only_come_together_are_wholly_coherent() -> None:
    vocabulary, incidence = incidence_of(["a b", "a b", "c"])
    assert npmi([["a", "b"]], vocabulary, incidence) == pytest.approx(1)
    assert npmi([["a", "b"]], *incidence_of(["a b", "a b"])) == 1


def test_npmi_reads_presence_not_counts_and_does_not_overflow() -> None:
    incidence = csr_matrix(np.tile(np.array([[200, 0], [100, 3]], dtype=np.uint8), (300, 1)))
    assert npmi([["a", "b"]], {"a": 0, "b": 1}, incidence) == pytest.approx(0)


def test_only_known_keywords_among_the_first_ten_count() -> None:
    vocabulary, incidence = incidence_of(["a b", "a b", "c"])
    unknown = [f"unknown{i}" for i in range(8)]
    assert npmi([["a", *unknown, "b", "c"]], vocabulary, incidence) == pytest.approx(1)
    assert npmi([["a", "a"], ["b"], []], vocabulary, incidence) is None


def test_a_phrase_is_a_keyword_like_any_other() -> None:
    incidence = csr_matrix(np.array([[1, 1], [1, 1], [0, 0]]))
    vocabulary = {"running shoes": 0, "sneakers": 1}
    assert npmi([["running shoes", "sneakers"]], vocabulary, incidence) == pytest.approx(1)


def test_coherence_is_undefined_without_keywords_or_documents() -> None:
    assert npmi([], *incidence_of(["a b"])) is None
    assert npmi([["a", "b"]], {"a": 0, "b": 1}, csr_matrix((0, 2))) is None


def test_diversity_is_the_share_of_different_words_in_the_top_tens() -> None:
    words = [f"w{i}" for i in range(12)]
    assert topic_diversity([words, words]) == 0.5
    assert topic_diversity([["a", "b"], ["c"]]) == 1
    assert topic_diversity([]) is None
    assert topic_diversity([[], []]) is None


def two_bundles(n: int) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(3).normal(0, 0.01, (2 * n, 4))
    centres = np.repeat(np.eye(4)[:2], n, axis=0)
    return (centres + noise).astype(np.float32), np.repeat([0, 1], n)


def test_silhouette_is_high_for_right_groups_and_negative_for_wrong_ones() -> None:
    vectors, topics = two_bundles(20)
    right = silhouette(vectors, topics, seed=0)
    wrong = silhouette(vectors, np.arange(40) % 2, seed=0)
    assert right is not None and right > 0.95
    assert wrong is not None and wrong < 0


def test_outliers_are_no_category_of_the_silhouette() -> None:
    vectors, topics = two_bundles(20)
    with_outliers = np.append(topics, [-1] * 40)
    doubled = np.vstack([vectors, vectors[::-1]])
    assert silhouette(doubled, with_outliers, seed=0) == silhouette(vectors, topics, seed=0)


def test_the_silhouette_of_a_sample_repeats_with_its_seed_and_is_near_the_whole() -> None:
    vectors, topics = two_bundles(200)
    whole = silhouette(vectors, topics, seed=0)
    sampled = silhouette(vectors, topics, seed=1, sample_size=50)
    assert sampled == silhouette(vectors, topics, seed=1, sample_size=50)
    assert sampled != silhouette(vectors, topics, seed=2, sample_size=50)
    assert sampled == pytest.approx(whole, abs=0.01)


@pytest.mark.parametrize("topics", [[0, 0, 0], [0, 1, 2], [-1, -1, -1], [-1, 0, 1]])
def test_silhouette_is_undefined_for_one_category_or_only_single_texts(topics: list[int]) -> None:
    assert silhouette(np.eye(3, dtype=np.float32), np.array(topics), seed=0) is None


TREE = Taxonomy(
    [
        topic("e", None, "Electronics", ["camera", "phone"]),
        topic("b", None, "Books", ["novel", "camera"]),
        topic("e1", "e", "Phones", ["phone"]),
        topic("e2", "e", "Cameras", ["camera"]),
    ]
)
TEXTS = ["camera phone", "camera", "phone", "novel", "novel"]


def evidence() -> TextEvidence:
    vocabulary, incidence = incidence_of(TEXTS)
    return TextEvidence(
        vectors=incidence.toarray().astype(np.float32),
        level1=np.array([0, 0, 0, 1, 1]),
        level2=np.array([0, 0, 1, -1, -1]),
        vocabulary=vocabulary,
        incidence=incidence,
    )


def test_scores_without_truth_describe_the_tree() -> None:
    metrics = score_without_truth(TREE, assignments_of(MIXED), evidence(), seed=0)
    scores = {figure.name: figure.value for figure in metrics}
    independent = math.log((1 / 5) / (4 / 25)) / -math.log(1 / 5)
    assert scores["level1.npmi"] == pytest.approx((independent - 1) / 2)
    assert scores["level2.npmi"] is None
    assert scores["level1.diversity"] == pytest.approx(3 / 4)
    assert scores["level2.diversity"] == 1
    assert scores["level1.silhouette"] == pytest.approx(
        silhouette(evidence().vectors, evidence().level1, seed=0)
    )
    assert scores["tree.level1_categories"] == 2
    assert scores["tree.level2_categories"] == 2
    assert scores["tree.largest_share"] == pytest.approx(4 / 10)
    assert scores["tree.unsorted_share"] == pytest.approx(1 / 10)
    assert scores["tree.single_child_parents"] == 0
    assert scores["names.uniqueness"] == 1
    for figure in metrics:
        assert_in_range(figure)


def test_a_parent_of_one_child_is_counted() -> None:
    tree = Taxonomy(TREE.topics[:3])
    metrics = score_without_truth(tree, assignments_of(MIXED), evidence(), seed=0)
    assert next(m.value for m in metrics if m.name == "tree.single_child_parents") == 1


def test_an_empty_tree_has_counts_of_0_and_no_scores() -> None:
    nothing = replace(
        evidence(),
        vectors=np.zeros((0, 3), dtype=np.float32),
        level1=np.zeros(0, dtype=np.int64),
        level2=np.zeros(0, dtype=np.int64),
        incidence=csr_matrix((0, 3)),
    )
    metrics = score_without_truth(Taxonomy([]), assignments_of([]), nothing, seed=0)
    assert {figure.name: figure.value for figure in metrics if figure.value is not None} == {
        "tree.level1_categories": 0,
        "tree.level2_categories": 0,
        "tree.single_child_parents": 0,
    }


def test_clusters_found_again_are_stable_whatever_their_numbers() -> None:
    reference = np.array([0, 0, 0, 4, 4, -1])
    resamples = [
        (np.array([0, 1, 3, 5]), np.array([7, 7, 2, -1])),
        (np.array([4, 2, 1]), np.array([0, 1, 1])),
    ]
    assert jaccard_stability(reference, resamples) == {0: 1.0, 4: 1.0}


def test_stability_is_the_mean_best_jaccard() -> None:
    reference = np.array([0, 0, 0, 1, 1, 1, -1])
    everyone = np.arange(7)
    split = (everyone, np.array([0, 0, 1, 2, 2, 2, 2]))  # 0: 2/3; 1: 3/4, as the outlier joined
    merged = (everyone, np.array([0, 0, 0, 0, 0, 0, -1]))  # 0: 3/6; 1: 3/6
    lost = (everyone, np.array([-1, 0, 0, -1, -1, -1, -1]))  # 0: 2/3; 1: 0
    assert jaccard_stability(reference, [split, merged, lost]) == pytest.approx(
        {0: (2 / 3 + 1 / 2 + 2 / 3) / 3, 1: (3 / 4 + 1 / 2 + 0) / 3}
    )


def test_rows_that_were_not_drawn_do_not_count() -> None:
    reference = np.array([0, 0, 0, 0, 1, 2])
    resamples = [(np.array([0, 1]), np.array([0, 0])), (np.array([4, 0]), np.array([0, 0]))]
    assert jaccard_stability(reference, resamples) == {0: 0.75, 1: 0.5}


def test_a_row_drawn_twice_counts_once() -> None:
    reference = np.array([0, 0, 1])
    twice = (np.array([0, 0, 0, 1, 2]), np.array([0, 0, 0, 1, 1]))
    once = (np.array([2, 0, 1]), np.array([1, 0, 1]))
    assert jaccard_stability(reference, [twice]) == jaccard_stability(reference, [once])


def test_stability_of_nothing_is_empty() -> None:
    assert jaccard_stability(np.array([], dtype=np.int64), []) == {}
    assert jaccard_stability(np.array([-1, -1]), [(np.array([0]), np.array([0]))]) == {}
    assert jaccard_stability(np.array([0, 0]), []) == {}


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("Shoes", "shoes"),
        ("Watches & Jewellery", "jewellery"),
        ("Laptop Bags for Men", "bags"),
        ("Phones with Cameras", "phones"),
        ("T-Shirts", "shirts"),
        ("For Women", "women"),
        ("Women's Wear (Winter)", "wear"),
        ("Forks", "forks"),
        ("", ""),
    ],
)
def test_the_head_noun_is_the_last_word_before_a_complement(name: str, noun: str) -> None:
    assert head_noun(name) == noun


def test_head_noun_share_takes_singular_for_plural_and_whole_words_only() -> None:
    texts = ["A battery for toys", "BATTERIES, 4 pieces", "batter mix", "Soap"]
    assert head_noun_share(["Batteries"], [texts]) == 0.5


def test_each_category_counts_the_same_in_the_head_noun_share() -> None:
    share = head_noun_share(
        ["Shoes", "Bags", "Nobody"], [["red shoe", "blue shoe", "green shoe"], ["hat"], []]
    )
    assert share == 0.5
    assert head_noun_share([], []) is None
    assert head_noun_share(["Shoes"], [[]]) is None


def test_a_name_without_words_is_in_no_text() -> None:
    assert head_noun_share(["&"], [["salt & pepper"]]) == 0


def test_names_that_differ_only_in_case_and_spacing_are_the_same() -> None:
    assert name_uniqueness(["Shoes", " shoes", "SHOES", "Bags"]) == 0.5
    assert name_uniqueness([]) is None


def test_retrieval_is_the_share_of_names_nearest_to_their_own_true_name() -> None:
    true_names = np.array([[1, 0], [0, 50]], dtype=np.float32)
    names = np.array([[5, 1], [1, 5], [2, 1]], dtype=np.float32)
    assert name_retrieval(names, true_names, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert name_retrieval(names[:0], true_names, np.array([], dtype=np.int64)) is None


def test_every_figure_tells_its_range_direction_and_meaning() -> None:
    listed = [
        *score_against_truth(assignments_of(MIXED), labels_of(MIXED)),
        *score_without_truth(TREE, assignments_of(MIXED), evidence(), seed=0),
        metric("names.head_noun", 0.5),
        metric("names.level1_retrieval", 0.5),
        metric("level1.stability", 0.5),
        metric("level2.stability", None),
    ]
    assert len({figure.name for figure in listed}) == len(listed)
    for figure in listed:
        assert figure.low < figure.high
        assert figure.meaning.endswith(".")
        assert "{" not in figure.meaning
        assert ". " not in figure.meaning, "one sentence"


def test_a_figure_that_the_catalogue_lacks_is_refused() -> None:
    with pytest.raises(KeyError):
        metric("level3.ami", 1.0)


def test_the_examples_in_the_docstrings_hold() -> None:
    names = [module.name for module in pkgutil.iter_modules(evaluation.__path__)]
    results = [
        doctest.testmod(importlib.import_module(f"topicmodel.evaluation.{name}")) for name in names
    ]
    assert sum(result.attempted for result in results) > 10
    assert sum(result.failed for result in results) == 0
