"""Topics -> the files of a BERTopic model, which BERTopic.load opens."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.engine.parts import model_of_topics, pinned
from topicmodel.geometry import group_sums

COUNTED = 50_000
"""Texts whose words are counted; of more of them an even share tells as much of level one."""


def bertopic_files(
    texts: Sequence[str],
    vectors: Floats,
    topics: Integers,
    names: Sequence[str],
    stop_words: Sequence[str],
    encoder: str,
) -> dict[str, bytes]:
    """The level-one topics as a BERTopic model of their own: file name -> content.

    BERTopic.load opens a folder of these files. Its topics have BERTopic's numbers (-1 holds what
    is unsorted, then by falling size) and our names as custom labels.

    Args:
        topics: (n_texts,), from 0 by falling size; -1 is unsorted.
        names: name of each topic.
        encoder: name under which sentence-transformers finds the encoder.
    """
    words = _count_share(texts, stop_words)
    with pinned(1), tempfile.TemporaryDirectory() as folder:
        # BERTopic copies all vectors, several times, and only uses their means.
        model = model_of_topics(topics, words, vectors[:, :1])
        model.topic_embeddings_ = _means(vectors, np.array(model.topics_))
        numbers = dict(zip(topics.tolist(), model.topics_, strict=True))
        model.set_topic_labels(
            {numbers[own]: name for own, name in enumerate(names) if own in numbers}
        )
        model.save(folder, serialization="safetensors", save_embedding_model=encoder)
        files = sorted(Path(folder).rglob("*"))
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _means(vectors: Floats, topics: Integers) -> Floats:
    """Mean vector of each topic, in the order of their numbers: (n_topics, n_dims)."""
    found, places, sizes = np.unique(topics, return_inverse=True, return_counts=True)
    means: Floats = (group_sums(vectors, places, len(found)) / sizes[:, None]).astype(np.float32)
    return means


def _count_share(texts: Sequence[str], stop_words: Sequence[str]) -> TermCounts:
    """Counts over all texts, (n_texts, n_terms); of many texts, some have none."""
    import scipy.sparse as sp

    rows = np.arange(0, len(texts), math.ceil(len(texts) / COUNTED) or 1)
    words = _count_plainly([texts[row] for row in rows.tolist()], stop_words)
    places = (np.ones(len(rows), dtype=np.int64), (rows, np.arange(len(rows))))
    return TermCounts(
        sp.csr_matrix(places, shape=(len(texts), len(rows))) @ words.counts, words.terms
    )


def _count_plainly(texts: Sequence[str], stop_words: Sequence[str]) -> TermCounts:
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        # As the pattern cuts them: of "aujourd'hui" it makes two words.
        stop_words=sorted({part for word in stop_words for part in re.findall(r"\w+", word)}),
        max_features=20_000,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 (a pattern, no password)
    )
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # no text holds a word that is not a stop word
        return TermCounts(sp.csr_matrix((len(texts), 0)), [])
    return TermCounts(counts, vectorizer.get_feature_names_out())
