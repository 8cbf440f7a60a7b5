"""Topics -> the terms that describe them: c-TF-IDF, and BERTopic's representation models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.engine.parts import RowCounter, model_of_topics, padded, pinned

if TYPE_CHECKING:
    import scipy.sparse as sp

Keywords: TypeAlias = Sequence[tuple[str, float]]
"""Terms with their weights, the most characteristic one first."""

CANDIDATES = 30
"""A representation chooses from so many of a topic's heaviest terms, as in BERTopic."""

KEYBERT_CANDIDATES = 100
"""KeyBERTInspired chooses from so many of a topic's heaviest terms, as in BERTopic."""

MAX_TEXTS = 100_000
"""Maximum texts, about, that keywords are chosen from; BERTopic copies all texts and their
vectors."""


class Representation(Protocol):
    """Chooses the keywords of topics; any of BERTopic's representation models is one."""

    def extract_topics(
        self,
        topic_model: Any,
        documents: Any,
        c_tf_idf: sp.csr_matrix,
        topics: Mapping[int, Keywords],
    ) -> Mapping[int, Keywords]:
        """Keywords of each topic, the most characteristic one first.

        Args:
            topic_model: the fitted BERTopic model.
            documents: table with columns `Document`, the text, and `Topic`, its topic's number in
                BERTopic.
            c_tf_idf: (n_topics, n_terms), in the order of BERTopic's numbers.
            topics: topic's number in BERTopic -> candidates, heaviest first, filled up with "".
        """


def class_tfidf(counts: sp.csr_matrix) -> sp.csr_matrix:
    """BERTopic's c-TF-IDF weights, (n_topics, n_terms), of term counts of the same shape."""
    with pinned(1):
        from bertopic.vectorizers import ClassTfidfTransformer

        weights = ClassTfidfTransformer(reduce_frequent_words=True).fit_transform(padded(counts))
    return weights[:, : counts.shape[1]]


def represent(
    words: TermCounts,
    texts: Sequence[str],
    topics: Integers,
    vectors: Floats,
    representation: Literal["keybert"] | Representation,
    encode: Callable[[Sequence[str]], Floats],
    n_keywords: int,
) -> list[list[tuple[str, float]]]:
    """Keywords of each topic, chosen by one of BERTopic's representation models.

    Args:
        words: term counts of the texts.
        texts: (n_texts,), distinct.
        topics: (n_texts,), from 0; texts at -1 are left out.
        vectors: (n_texts, n_dims), unit length.
        representation: "keybert" for BERTopic's KeyBERTInspired, or an object that chooses.
        encode: texts to vectors, (n_texts, n_dims); called once for each distinct term, and never
            for a text whose vector is given.
        n_keywords: maximum keywords of a topic.

    Returns:
        One list a topic, the most characteristic keyword first; empty for a topic without texts.
        With "keybert" the weight is the cosine with the topic, and the list of a topic without
        words is empty.
    """
    keywords: list[list[tuple[str, float]]] = [[] for _ in range(topics.max(initial=-1) + 1)]
    rows = _sample(topics)
    if not len(rows):
        return keywords
    texts = [texts[row] for row in rows.tolist()]
    topics, vectors = topics[rows], vectors[rows]
    words = words.take(rows)
    with pinned(1):
        from bertopic.vectorizers import ClassTfidfTransformer

        model = model_of_topics(
            topics,
            words,
            vectors,
            ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
            top_n_words=max(n_keywords, CANDIDATES),
        )
    _attach_texts(model, texts, vectors, encode)
    # Outside of the block with one thread, so that the encoder can use all threads.
    chosen = _choose(model, _table(texts, model.topics_), representation, n_keywords)
    for topic, number in dict(zip(topics.tolist(), model.topics_, strict=True)).items():
        keywords[topic] = _written(chosen.get(number, ()))[:n_keywords]
    return keywords


def _sample(topics: Integers) -> Integers:
    """Rows of the texts that keywords are chosen from: all, or evenly spaced ones of each topic."""
    in_topic = np.flatnonzero(topics >= 0)
    if len(in_topic) <= MAX_TEXTS:
        return in_topic
    n_topics = int(topics.max()) + 1
    members = [np.flatnonzero(topics == topic) for topic in range(n_topics)]
    chosen = [rows[:: max(1, len(rows) * n_topics // MAX_TEXTS)] for rows in members]
    return np.sort(np.concatenate(chosen))


def _attach_texts(
    model: Any, texts: Sequence[str], vectors: Floats, encode: Callable[[Sequence[str]], Floats]
) -> None:
    """Let a model that was fitted on row numbers count and embed the texts themselves."""
    row_of = {text: row for row, text in enumerate(texts)}
    model.vectorizer_model = _TextCounter(model.vectorizer_model, row_of)
    model.embedding_model.embed = _Lookup(row_of, vectors, encode)


def _table(texts: Sequence[str], topics: Sequence[int]) -> Any:
    """The texts in the format in which BERTopic gives them to its representation models."""
    import pandas as pd

    # dtype object, since pandas would copy the texts into a string column.
    documents = pd.Series(texts, dtype=object)
    return pd.DataFrame(
        {"Document": documents, "ID": range(len(texts)), "Topic": topics, "Image": None}
    )


def _choose(
    model: Any,
    documents: Any,
    representation: Literal["keybert"] | Representation,
    n_keywords: int,
) -> Mapping[int, Keywords]:
    """Topic's number in BERTopic -> its keywords, maybe too many and filled up with blanks."""
    if representation == "keybert":
        return _most_similar(model, documents, n_keywords)
    return representation.extract_topics(model, documents, model.c_tf_idf_, model.get_topics())


def _most_similar(model: Any, documents: Any, n_keywords: int) -> dict[int, Keywords]:
    """Topic's number in BERTopic -> keywords by KeyBERTInspired, in descending order of cosine."""
    from bertopic.representation import KeyBERTInspired

    n_candidates = max(n_keywords, KEYBERT_CANDIDATES)
    inspired = KeyBERTInspired(top_n_words=n_candidates, nr_candidate_words=n_candidates)
    # Vectors are not given, since KeyBERTInspired would use the rows of other texts.
    extracted = inspired.extract_topics(model, documents, model.c_tf_idf_, model.get_topics())
    return {
        topic: sorted(_written(terms), key=lambda item: (-item[1], item[0]))
        for topic, terms in extracted.items()
    }


def _written(keywords: Keywords) -> list[tuple[str, float]]:
    """The keywords without blanks and repetitions, with weights rounded to six digits."""
    weights: dict[str, float] = {}
    for term, weight in keywords:
        if term.strip():
            weights.setdefault(term, round(float(weight), 6))
    return list(weights.items())


@dataclass(frozen=True)
class _Lookup:
    """Vectors of texts, which are known, and of terms, each of which is encoded once."""

    row_of: Mapping[str, int]
    vectors: Floats
    encode: Callable[[Sequence[str]], Floats]
    encoded: dict[str, Floats] = field(default_factory=dict)

    def __call__(self, documents: Sequence[str], verbose: bool = False) -> Any:  # noqa: ARG002
        # Sorted, since the order in which KeyBERTInspired gives the terms varies.
        new = sorted({text for text in documents if text.strip()} - self.encoded.keys())
        new = [text for text in new if text not in self.row_of]
        if new:
            self.encoded.update(zip(new, self.encode(new), strict=True))
        # In double precision, so that the order of summation does not change the result.
        return np.array([self._vector(text) for text in documents], dtype=np.float64)

    def _vector(self, text: str) -> Floats:
        row = self.row_of.get(text)
        known = self.encoded.get(text) if row is None else self.vectors[row]
        return np.zeros_like(self.vectors[0]) if known is None else known


@dataclass(frozen=True)
class _TextCounter:
    """A vectorizer for texts whose counts are known: it looks up their rows."""

    rows: RowCounter
    row_of: Mapping[str, int]

    def transform(self, documents: Sequence[str]) -> sp.csr_matrix:
        return self.rows.transform([str(self.row_of[text]) for text in documents])

    def get_feature_names_out(self) -> np.ndarray[Any, Any]:
        return self.rows.get_feature_names_out()
