from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from maps import drawn_map
from planted import Planted, partition, plant, random_directions
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from topicmodel.datatypes import Floats, Level, TermCounts
from topicmodel.engine import (
    MIN_TEXTS,
    bertopic_files,
    class_tfidf,
    find_topics,
    represent,
    saving,
)
from topicmodel.engine import representation as representing
from topicmodel.engine.parts import pinned
from topicmodel.settings import FitSettings, TopicSettings

if TYPE_CHECKING:
    from bertopic import BERTopic

NO_PICKLE = (".json", ".safetensors")
TEXTS = ["red bath towel", "blue towel", "iron pan", "steel pan", "copper pan", "gift card"]


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def found(shop: Planted) -> Level:
    return fit(shop.vectors, shop.words, min_size=8)


def fit(vectors: Floats, words: TermCounts | None = None, **changes: Any) -> Level:
    options: dict[str, Any] = {"min_size": 3, "selection": "leaf", "seed": 1}
    words = words or no_words(len(vectors))
    settings = FitSettings.of(TopicSettings(), changes.pop("threads", 1))
    return find_topics(vectors, words, settings, **(options | changes))


def no_words(n_texts: int) -> TermCounts:
    return TermCounts(csr_matrix((n_texts, 0), dtype=np.int64), [])


def one_word(n_texts: int) -> TermCounts:
    return TermCounts(csr_matrix(np.ones((n_texts, 1), dtype=np.int64)), ["towel"])


def assert_level(level: Level, n_texts: int) -> None:
    """Topics without gaps by falling size; outliers are those that are not held at all."""
    assert level.topics.shape == level.strengths.shape == (n_texts,)
    assert level.topics.dtype == np.int64
    assert level.strengths.dtype == np.float32
    sizes = np.bincount(level.topics[level.topics >= 0])
    assert len(sizes) > 0
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    assert ((level.strengths >= 0) & (level.strengths <= 1)).all()
    np.testing.assert_array_equal(level.strengths[level.topics < 0], 0)


def test_planted_topics_are_found(shop: Planted, found: Level) -> None:
    assert_level(found, len(shop.texts))
    held = found.topics >= 0
    assert held.mean() > 0.9
    assert partition(found.topics[held]) == partition(shop.subgroups[held])


def test_the_same_seed_gives_the_same_level(shop: Planted, found: Level) -> None:
    again = fit(shop.vectors, shop.words, min_size=8)
    np.testing.assert_array_equal(again.topics, found.topics)
    np.testing.assert_array_equal(again.strengths, found.strengths)


@pytest.mark.parametrize("n_texts", [1, 2, 3, 5, 11, 12, 13, 20])
@pytest.mark.parametrize("words_of", [no_words, one_word])
def test_small_dumps_have_a_level(n_texts: int, words_of: Any) -> None:
    level = fit(random_directions(n_texts), words_of(n_texts))
    assert_level(level, n_texts)
    assert n_texts >= MIN_TEXTS or set(level.topics.tolist()) == {0}


@pytest.mark.parametrize("n_texts", [12, 40, 150])
def test_identical_vectors_are_one_topic(n_texts: int) -> None:
    level = fit(np.repeat(random_directions(1), n_texts, axis=0))
    assert level.topics.tolist() == [0] * n_texts


def test_noise_in_which_nothing_is_found_is_one_topic() -> None:
    level = fit(random_directions(60), min_size=25, selection="eom")
    assert level.topics.tolist() == [0] * 60
    assert level.strengths.tolist() == [1] * 60


@pytest.mark.parametrize("n_texts", [99, 100, 130])
def test_noise_does_not_break_the_start_of_umap(n_texts: int) -> None:
    assert_level(fit(random_directions(n_texts)), n_texts)


def test_threads_and_surroundings_are_left_as_they_were() -> None:
    import warnings

    import numba

    threads, filters = numba.config.NUMBA_NUM_THREADS, warnings.filters.copy()
    numba.set_num_threads(threads)
    with pytest.raises(RuntimeError), pinned(1):
        assert numba.get_num_threads() == 1
        raise RuntimeError
    assert numba.get_num_threads() == threads
    assert warnings.filters == filters


def test_the_map_has_a_finite_point_for_each_text_and_repeats(shop: Planted) -> None:
    points = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    again = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    assert points.shape == (240, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    np.testing.assert_array_equal(again, points)


def test_the_map_keeps_planted_groups_together(shop: Planted) -> None:
    points = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (shop.groups[distances.argmin(axis=1)] == shop.groups).mean() > 0.95


def test_a_map_that_goes_on_keeps_what_was_known_about_where_it_was(shop: Planted) -> None:
    first = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    again = drawn_map(shop.vectors, TopicSettings(), seed=2, threads=1, before=first)
    fresh = drawn_map(shop.vectors, TopicSettings(), seed=2, threads=1)
    spread = np.linalg.norm(first - first.mean(axis=0), axis=1).mean()
    assert np.linalg.norm(again - first, axis=1).mean() < 0.2 * spread
    assert np.linalg.norm(fresh - first, axis=1).mean() > 0.2 * spread


def test_what_is_new_joins_its_own_kind_on_a_map_that_goes_on(shop: Planted) -> None:
    before = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    new = np.arange(0, len(before), 5)
    before[new] = np.nan
    points = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1, before=before)
    assert np.isfinite(points).all()
    distances = np.linalg.norm(points[new, None] - points[None], axis=2)
    distances[np.arange(len(new)), new] = np.inf
    assert (shop.groups[distances.argmin(axis=1)] == shop.groups[new]).mean() > 0.95


@pytest.mark.parametrize("known", [np.nan, 0.0])
def test_a_map_that_tells_nothing_is_no_start(shop: Planted, known: float) -> None:
    before = np.full((len(shop.vectors), 2), known, dtype=np.float32)
    points = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1, before=before)
    fresh = drawn_map(shop.vectors, TopicSettings(), seed=1, threads=1)
    np.testing.assert_array_equal(points, fresh)


@pytest.mark.parametrize("n_texts", [0, 1, 5, 11, 12])
def test_the_map_of_a_small_dump_has_a_place_for_each_text(n_texts: int) -> None:
    points = drawn_map(random_directions(n_texts), TopicSettings(), seed=1, threads=1)
    assert points.shape == (n_texts, 2)
    assert np.isfinite(points).all()
    assert len(np.unique(points, axis=0)) == n_texts


@pytest.mark.parametrize(
    "counts",
    [
        [[3, 0, 2], [0, 0, 5], [1, 1, 1]],
        [[0, 0, 0], [0, 0, 0]],
        [[1, 0], [0, 0], [0, 0]],
        [[7], [0]],
        [[4, 9]],
        [[], []],
    ],
)
def test_weights_are_finite_and_none_is_negative(counts: list[list[int]]) -> None:
    weights = class_tfidf(csr_matrix(np.array(counts, dtype=float))).toarray()
    assert weights.shape == np.shape(counts)
    assert np.isfinite(weights).all()
    assert (weights >= 0).all()
    assert ((weights > 0) <= (np.array(counts) > 0)).all()


def test_a_term_of_one_topic_outweighs_an_equally_frequent_one_of_all() -> None:
    weights = class_tfidf(csr_matrix(np.array([[5.0, 5, 0], [5, 0, 5]]))).toarray()
    assert weights[0, 1] > weights[0, 0] > weights[0, 2] == 0


@pytest.mark.parametrize("kind", [float, int])
def test_weighing_leaves_the_counts_as_they_were(kind: type) -> None:
    counts = csr_matrix(np.array([[3, 0, 2], [0, 4, 5]], dtype=kind))
    before = counts.toarray().copy()
    class_tfidf(counts)
    np.testing.assert_array_equal(counts.toarray(), before)


def model_files(topics: Sequence[int], texts: Sequence[str] = TEXTS) -> Mapping[str, bytes]:
    names = [f"Category {number}" for number in range(max(topics) + 1)]
    vectors = random_directions(len(topics))
    stop_words = ["and", "the", "aujourd'hui"]
    return bertopic_files(texts, vectors, np.array(topics), names, stop_words, "some-encoder")


def opened(files: Mapping[str, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch) -> BERTopic:
    """The files as BERTopic.load reads them; it asks the hub for the encoder unless told not to."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pinned(1):
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder

        return BERTopic.load(str(folder), embedding_model=BaseEmbedder())


@pytest.mark.parametrize(
    ("topics", "shown"),
    [
        ([1, 1, 0, 0, 0, 1], {"Category 0": 3, "Category 1": 3}),
        ([1, 1, 0, 0, 0, -1], {"Category 0": 3, "Category 1": 2, "-1": 1}),
        ([1, 1, 0, -1, -1, -1], {"Category 0": 1, "Category 1": 2, "-1": 3}),
        ([2, 2, 0, 0, 0, 0], {"Category 0": 4, "Category 2": 2}),
        ([0] * 6, {"Category 0": 6}),
        ([-1] * 6, {"-1": 6}),
    ],
)
def test_bertopic_opens_the_model_with_our_sizes_and_names(
    topics: list[int],
    shown: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = opened(model_files(topics), tmp_path, monkeypatch)
    info = model.get_topic_info()
    names = list(info.CustomName.where(info.Topic >= 0, "-1"))
    assert dict(zip(names, info.Count, strict=True)) == shown
    places = dict(zip(info.Topic, names, strict=True))
    expected = [f"Category {topic}" if topic >= 0 else "-1" for topic in topics]
    assert [places[topic] for topic in model.topics_] == expected


def test_the_models_topics_are_described_by_the_words_of_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = opened(model_files([1, 1, 0, 0, 0, -1]), tmp_path, monkeypatch)
    assert model.get_topic(0)[0][0] == "pan"
    assert model.get_topic(1)[0][0] == "towel"


@pytest.mark.parametrize("text", ["and the", "towel", "12", "-"])
def test_a_model_of_texts_with_hardly_a_word_opens_too(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = opened(model_files([0, 0, 1], [text] * 3), tmp_path, monkeypatch)
    assert model.topics_ == [0, 0, 1]
    assert model.custom_labels_ == ["Category 0", "Category 1"]


def test_the_model_of_many_texts_knows_all_of_them_by_the_words_of_a_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAX_COUNTED", 3)
    topics = [1, 0, 0, 1, 0, -1]
    texts = ["frying pan", "bath towel", "linen towel", "iron pan", "silk towel", "gift card"]
    model = opened(model_files(topics, texts), tmp_path, monkeypatch)
    assert model.topics_ == topics
    assert {word for word, _ in model.get_topic(0)} - {""} == {"linen", "silk", "towel"}


def test_topics_of_the_model_have_the_mean_vectors_of_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics, vectors = np.array([1, 1, 0, 0, 0, -1]), random_directions(6)
    files = bertopic_files(TEXTS, vectors, topics, ["A", "B"], [], "some-encoder")
    means = [vectors[topics == topic].mean(axis=0) for topic in (-1, 0, 1)]
    found = opened(files, tmp_path, monkeypatch).topic_embeddings_
    np.testing.assert_allclose(found, means, atol=1e-6)


def test_no_file_of_the_model_is_a_pickle() -> None:
    files = model_files([1, 1, 0, 0, 0, -1])
    assert {Path(name).suffix for name in files} == set(NO_PICKLE)
    for name, content in files.items():
        if name.endswith(".json"):
            json.loads(content)
        else:
            length = int.from_bytes(content[:8], "little")
            json.loads(content[8 : 8 + length])


def test_the_model_names_its_encoder_and_is_the_same_each_time() -> None:
    files = model_files([1, 1, 0, 0, 0, -1])
    assert json.loads(files["config.json"])["embedding_model"] == "some-encoder"
    assert model_files([1, 1, 0, 0, 0, -1]) == files


SALES: Mapping[str, int] = {
    "cotton bath towel": 1,
    "bath towel set": 1,
    "striped bath towel": 1,
    "iron frying pan": 0,
    "copper frying pan": 0,
    "frying pan lid": 0,
    "frying pan with handle": 0,
    "gift card": -1,
}
"""Text -> topic."""


class Heaviest:
    """A representation that takes the candidates as they are."""

    def extract_topics(
        self,
        topic_model: Any,  # noqa: ARG002 (the protocol names it)
        documents: Any,  # noqa: ARG002
        c_tf_idf: csr_matrix,  # noqa: ARG002
        topics: Mapping[int, Sequence[tuple[str, float]]],
    ) -> Mapping[int, Sequence[tuple[str, float]]]:
        return topics


REPRESENTATIONS = ("keybert", Heaviest())


class CountingEncoder:
    """One dimension a letter, so that words that share letters are alike."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Floats:
        assert all(text.strip() for text in texts)
        self.asked.extend(texts)
        counts = [[text.count(letter) for letter in ascii_lowercase] for text in texts]
        vectors = np.array(counts, dtype=np.float32).reshape(len(texts), 26) + np.float32(0.01)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def word_counts(texts: Sequence[str]) -> TermCounts:
    vectorizer = CountVectorizer(token_pattern=r"\w+")  # noqa: S106 (a pattern, no password)
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:
        return no_words(len(texts))
    return TermCounts(counts, list(vectorizer.get_feature_names_out()))


def keywords_of(
    representation: Any,
    sales: Mapping[str, int] = SALES,
    n_keywords: int = 2,
    encode: CountingEncoder | None = None,
) -> list[list[tuple[str, float]]]:
    texts, topics = list(sales), np.array(list(sales.values()), dtype=np.int64)
    encode = encode or CountingEncoder()
    vectors = CountingEncoder()(texts)
    return represent(word_counts(texts), texts, topics, vectors, representation, encode, n_keywords)


def terms_of(keywords: Sequence[Sequence[tuple[str, float]]]) -> list[list[str]]:
    return [[term for term, _ in pairs] for pairs in keywords]


def test_the_candidates_are_the_heaviest_terms_of_a_topic() -> None:
    frying, bath = keywords_of(Heaviest())
    assert {term for term, _ in frying} == {"frying", "pan"}
    assert {term for term, _ in bath} == {"bath", "towel"}


def test_candidates_have_the_weights_of_class_tfidf() -> None:
    texts = [text for text, topic in SALES.items() if topic >= 0]
    topics = np.array([SALES[text] for text in texts])
    words = word_counts(texts)
    sums = np.array([words.counts[topics == topic].sum(axis=0).A1 for topic in (0, 1)])
    weights = class_tfidf(csr_matrix(sums)).toarray()
    for topic, keywords in enumerate(keywords_of(Heaviest(), n_keywords=50)):
        expected = dict(zip(words.terms, weights[topic], strict=True))
        assert {term for term in expected if expected[term] > 0} == set(dict(keywords))
        for term, weight in keywords:
            assert weight == pytest.approx(expected[term], abs=1e-6)


def test_keybert_puts_the_terms_most_like_the_texts_first() -> None:
    sales = {"aaaa bz": 0, "aaaa cy": 0, "oooo dx": 1, "oooo fw": 1}
    keywords = keywords_of("keybert", sales)
    assert terms_of(keywords) == [["aaaa", "bz"], ["oooo", "dx"]]
    for pairs in keywords:
        assert pairs == sorted(pairs, key=lambda item: -item[1])
        assert all(-1 <= weight <= 1 for _, weight in pairs)


def test_keybert_compares_terms_with_texts_of_their_own_topic() -> None:
    # The smaller topic stands first, so that rows and BERTopic's numbers run in opposite ways.
    sales = {f"bbbb {letter}": 1 for letter in "xyz"}
    sales |= {f"aaaaaa bb {letter}": 0 for letter in "uvwt"}
    assert [pairs[0][0] for pairs in keywords_of("keybert", sales)] == ["aaaaaa", "bbbb"]


def test_terms_are_encoded_once_and_never_where_they_are_texts() -> None:
    encode = CountingEncoder()
    keywords_of("keybert", {**SALES, "towel": 1}, encode=encode)
    assert not set(encode.asked) & {*SALES, "towel"}
    assert len(encode.asked) == len(set(encode.asked)) > 0


@pytest.mark.parametrize("representation", REPRESENTATIONS)
def test_keywords_do_not_depend_on_the_order_of_rows(representation: Any) -> None:
    turned = dict(reversed(SALES.items()))
    assert keywords_of(representation, turned) == keywords_of(representation)


@pytest.mark.parametrize("representation", REPRESENTATIONS)
@pytest.mark.parametrize(
    ("sales", "sizes"),
    [
        ({}, []),
        ({"gift card": -1}, []),
        ({"towel": 0}, [1]),
        ({"-": 0}, [0]),
        ({"red bath towel": 0, "-": 1}, [3, 0]),
        ({"red towel": 0, "pan": 2}, [2, 0, 1]),
        ({"towel": 0, "pan": -1, "red pan": -1}, [1]),
        ({f"towel {letter}": 0 for letter in "abcdefghi"}, [10]),
        ({f"{letter}": row for row, letter in enumerate("abcdefghijkl")}, [1] * 12),
    ],
)
def test_small_dumps_have_the_keywords_that_they_hold(
    representation: Any, sales: Mapping[str, int], sizes: list[int]
) -> None:
    assert list(map(len, keywords_of(representation, sales, n_keywords=10))) == sizes


@pytest.mark.parametrize("representation", REPRESENTATIONS)
@pytest.mark.parametrize("n_keywords", [1, 7, 40, 100])
def test_a_topic_gets_as_many_keywords_as_are_wanted_and_there_are(
    representation: Any, n_keywords: int
) -> None:
    sales = {f"word{row}a word{row}b word{row}c": row // 20 for row in range(40)}
    for pairs in keywords_of(representation, sales, n_keywords=n_keywords):
        assert len(set(dict(pairs))) == len(pairs) == min(n_keywords, 60)


class LongestFirst:
    """A representation of somebody else's."""

    def extract_topics(
        self,
        topic_model: Any,
        documents: Any,
        c_tf_idf: csr_matrix,
        topics: Mapping[int, Sequence[tuple[str, float]]],
    ) -> Mapping[int, Sequence[tuple[str, float]]]:
        assert c_tf_idf.shape[0] == len(topics)
        assert set(documents.Document) == {text for text, topic in SALES.items() if topic >= 0}
        assert topic_model.get_topics().keys() == topics.keys()
        longest = documents.groupby("Topic").Document.agg(lambda texts: max(texts, key=len))
        return {topic: [(longest[topic], 1.0), ("", 0.0)] for topic in topics}


def test_another_representation_can_be_plugged_in() -> None:
    assert keywords_of(LongestFirst()) == [
        [("frying pan with handle", 1)],
        [("striped bath towel", 1)],
    ]


@pytest.mark.parametrize("name", ["KeyBERTInspired", "MaximalMarginalRelevance"])
def test_a_model_of_bertopics_own_can_be_plugged_in(name: str) -> None:
    with pinned(1):
        from bertopic import representation

        model = getattr(representation, name)(top_n_words=3)
    frying, bath = terms_of(keywords_of(model, n_keywords=3))
    assert set(frying) <= {"iron", "frying", "pan", "copper", "lid", "with", "handle"}
    assert set(bath) <= {"cotton", "bath", "towel", "set", "striped"}
    assert len(frying) == len(bath) == 3


def test_a_topic_that_a_plugged_in_representation_leaves_out_has_no_keywords() -> None:
    class Silent:
        def extract_topics(self, *_: Any) -> Mapping[int, Sequence[tuple[str, float]]]:
            return {}

    assert keywords_of(Silent()) == [[], []]


def test_large_topics_are_described_by_a_share_of_their_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sales = {f"towel {letter}": 0 for letter in ascii_lowercase} | {"frying pan": 1, "card": -1}
    monkeypatch.setattr(representing, "MAX_TEXTS", 6)
    towels, pans = keywords_of(Heaviest(), sales, n_keywords=10)
    assert {term for term, _ in towels} == {"towel", "a", "i", "q", "y"}
    assert {term for term, _ in pans} == {"frying", "pan"}
