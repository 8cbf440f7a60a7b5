from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from planted import Planted, no_words, plant, random_directions, term_counts
from threadpoolctl import threadpool_limits

from topicmodel.clustering.features import WORD_DIMS, WORD_WEIGHT, Features
from topicmodel.datatypes import Corpus, Floats, TermCounts
from topicmodel.geometry import number_by_size
from topicmodel.text import similarity
from topicmodel.text.similarity import word_similarities

HALF = np.sqrt(0.5)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As the hierarchy does it; more are slower on data this small."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


def random_counts(n_texts: int, n_terms: int, seed: int = 0) -> TermCounts:
    """A tenth of the terms in each text, once or twice."""
    rng = np.random.default_rng(seed)
    shape = (n_texts, n_terms)
    return term_counts((rng.random(shape) < 0.1) * rng.integers(1, 3, shape))


def words_part(vectors: Floats, words: TermCounts) -> Floats:
    return Features.of(Corpus(vectors, words), seed=1).joined()[:, vectors.shape[1] :]


def test_vectors_with_words_have_unit_length_and_the_type_of_vectors(shop: Planted) -> None:
    both = Features.of(shop.corpus, seed=1).joined()
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1, rtol=1e-6)
    assert both.dtype == np.float32


def test_the_vectors_stand_in_front_and_outweigh_the_words(shop: Planted) -> None:
    both = Features.of(shop.corpus, seed=1).joined()
    length = np.sqrt(1 + WORD_WEIGHT**2)
    np.testing.assert_allclose(both[:, : shop.vectors.shape[1]] * length, shop.vectors, atol=1e-6)


@pytest.mark.parametrize(
    ("n_texts", "n_terms", "n_dims"),
    [(300, 200, WORD_DIMS), (300, 101, WORD_DIMS), (300, 40, 39), (30, 200, 29), (50, 2, 1)],
)
def test_few_texts_or_terms_give_fewer_dimensions(n_texts: int, n_terms: int, n_dims: int) -> None:
    found = words_part(random_directions(n_texts), random_counts(n_texts, n_terms))
    assert found.shape == (n_texts, n_dims)


@pytest.mark.parametrize(
    "words",
    [no_words(20), term_counts(np.zeros((20, 5))), term_counts(np.ones((20, 1)))],
    ids=["no terms", "no words", "one term"],
)
def test_where_words_tell_nothing_the_vectors_stay_as_they_are(words: TermCounts) -> None:
    vectors = random_directions(20)
    np.testing.assert_array_equal(Features.of(Corpus(vectors, words), seed=1).joined(), vectors)


def test_a_single_text_stays_as_it_is() -> None:
    vector = random_directions(1)
    np.testing.assert_array_equal(
        Features.of(Corpus(vector, term_counts([[1, 2, 1]])), seed=1).joined(), vector
    )


def test_a_text_without_words_has_zeros_there_and_its_own_vector(shop: Planted) -> None:
    counts = shop.words.counts.toarray()
    counts[7] = 0
    both = Features.of(Corpus(shop.vectors, term_counts(counts)), seed=1).joined()
    n_dims = shop.vectors.shape[1]
    np.testing.assert_allclose(both[7, :n_dims], shop.vectors[7], atol=1e-6)
    assert not both[7, n_dims:].any()
    assert both[8, n_dims:].any()


def test_texts_that_all_say_the_same_are_told_apart_by_vectors_alone() -> None:
    vectors = random_directions(30)
    both = Features.of(Corpus(vectors, term_counts(np.ones((30, 4)))), seed=1).joined()
    scaled = (vectors @ vectors.T + WORD_WEIGHT**2) / (1 + WORD_WEIGHT**2)
    np.testing.assert_allclose(both @ both.T, scaled, atol=1e-5)


def test_texts_that_share_words_come_nearer_than_texts_that_do_not(shop: Planted) -> None:
    found = words_part(random_directions(240), shop.words)
    similarities = found @ found.T
    same = shop.subgroups[:, None] == shop.subgroups
    assert similarities[same].mean() > 5 * abs(similarities[~same].mean())


def test_the_same_seed_gives_the_same_words_part(shop: Planted) -> None:
    once, again = (Features.of(shop.corpus, seed=3).joined() for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_vectors_and_words_are_left_as_they_were(shop: Planted) -> None:
    vectors, words = shop.vectors.copy(), shop.words
    before = words.counts.copy()
    Features.of(Corpus(vectors, words), seed=1).joined()
    word_similarities(words, shop.groups)
    np.testing.assert_array_equal(vectors, shop.vectors)
    assert words.counts.dtype == before.dtype
    assert (words.counts != before).nnz == 0


def test_similarities_are_those_to_the_other_texts_of_a_topic() -> None:
    # Both terms stand in two texts, so tf-idf weighs them alike.
    words = term_counts([[1, 1], [1, 0], [0, 1]])
    first_topic = HALF / np.hypot(1 + HALF, HALF)
    expected = [[HALF, HALF], [HALF, 0], [first_topic, 0]]
    found = word_similarities(words, np.array([0, 0, 1]))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_text_is_not_similar_to_a_topic_of_itself_alone(shop: Planted) -> None:
    topics = np.r_[1, np.zeros(239, dtype=np.int64)]
    found = word_similarities(shop.words, topics)
    assert found[0].tolist() == pytest.approx([found[0, 0], 0], abs=1e-6)
    assert found[0, 0] > 0.1


def test_texts_are_most_similar_to_the_topic_whose_words_they_share(shop: Planted) -> None:
    found = word_similarities(shop.words, shop.subgroups)
    assert found.shape == (240, 12)
    np.testing.assert_array_equal(found.argmax(axis=1), shop.subgroups)


@pytest.mark.parametrize("seed", range(5))
def test_similarities_of_words_lie_between_0_and_1(seed: int) -> None:
    # Every other topic is a single text.
    topics = np.r_[np.arange(20), np.arange(0, 20, 2).repeat(4)]
    found = word_similarities(random_counts(60, 30, seed), topics)
    assert found.shape == (60, 20)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_text_without_words_is_similar_to_nothing() -> None:
    found = word_similarities(term_counts([[0, 0], [1, 1], [1, 1], [1, 0]]), np.array([0, 0, 1, 1]))
    assert found[0].tolist() == [0, 0]
    assert found[1, 1] > 0


def test_without_any_words_all_similarities_are_zero() -> None:
    for words in (no_words(3), term_counts(np.zeros((3, 2)))):
        assert word_similarities(words, np.array([0, 1, 0])).tolist() == [[0, 0]] * 3


def test_similarities_do_not_depend_on_the_order_of_texts(shop: Planted) -> None:
    order = np.random.default_rng(2).permutation(240)
    shuffled = term_counts(shop.words.counts[order].toarray())
    np.testing.assert_allclose(
        word_similarities(shuffled, shop.groups[order]),
        word_similarities(shop.words, shop.groups)[order],
        atol=1e-6,
    )


def test_words_are_compared_a_block_at_a_time_with_the_same_result(
    shop: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = number_by_size(shop.groups)
    whole = word_similarities(shop.words, topics)
    monkeypatch.setattr(similarity, "BLOCK", 7)
    np.testing.assert_allclose(word_similarities(shop.words, topics), whole, atol=1e-6)
