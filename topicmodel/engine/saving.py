"""Topics -> files of a BERTopic model, which `BERTopic.load` opens."""

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

MAX_COUNTED = 50_000
"""Maximum texts whose words are counted, evenly spaced; more texts hardly change level one."""


def bertopic_files(
    texts: Sequence[str],
    vectors: Floats,
    topics: Integers,
    names: Sequence[str],
    stop_words: Sequence[str],
    encoder: str,
) -> dict[str, bytes]:
    """The level-one topics as a BERTopic model: file name -> content.

    `BERTopic.load` opens a folder of these files. The model numbers the topics by descending size,
    with -1 for unsorted texts, and has our names as custom labels.

    Args:
        texts: (n_texts,), in the order of the model's documents.
        vectors: (n_texts, n_dims), unit length.
        topics: (n_texts,), from 0 by descending size; -1 is unsorted.
        names: name of each topic, in the order of their numbers.
        stop_words: words that are not counted, lower case.
        encoder: name under which sentence-transformers finds the encoder.
    """
    words = _count_sample(texts, stop_words)
    with pinned(1), tempfile.TemporaryDirectory() as folder:
        # BERTopic copies all vectors several times but uses only their means, which are set below.
        model = model_of_topics(topics, words, vectors[:, :1])
        model.topic_embeddings_ = _means(vectors, np.array(model.topics_))
        numbers = dict(zip(topics.tolist(), model.topics_, strict=True))
        model.set_topic_labels(
            {numbers[topic]: name for topic, name in enumerate(names) if topic in numbers}
        )
        model.save(folder, serialization="safetensors", save_embedding_model=encoder)
        files = sorted(Path(folder).rglob("*"))
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _means(vectors: Floats, topics: Integers) -> Floats:
    """Mean vector of each topic, in the order of their numbers: (n_topics, n_dims)."""
    _, groups, sizes = np.unique(topics, return_inverse=True, return_counts=True)
    means: Floats = (group_sums(vectors, groups, len(sizes)) / sizes[:, None]).astype(np.float32)
    return means


def _count_sample(texts: Sequence[str], stop_words: Sequence[str]) -> TermCounts:
    """Term counts, (n_texts, n_terms), of up to `MAX_COUNTED` texts; the other rows are empty."""
    import scipy.sparse as sp

    rows = np.arange(0, len(texts), math.ceil(len(texts) / MAX_COUNTED) or 1)
    words = _count_words([texts[row] for row in rows.tolist()], stop_words)
    ones = (np.ones(len(rows), dtype=np.int64), (rows, np.arange(len(rows))))
    return TermCounts(
        sp.csr_matrix(ones, shape=(len(texts), len(rows))) @ words.counts, words.terms
    )


def _count_words(texts: Sequence[str], stop_words: Sequence[str]) -> TermCounts:
    """Counts of single words, without phrases or a common form of singular and plural."""
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        # Split as by the token pattern, which makes two words of "aujourd'hui".
        stop_words=sorted({part for word in stop_words for part in re.findall(r"\w+", word)}),
        max_features=20_000,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 (a pattern, no password)
    )
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # all words of the texts are stop words
        return TermCounts(sp.csr_matrix((len(texts), 0)), [])
    return TermCounts(counts, vectorizer.get_feature_names_out())
