"""Topics -> the files of a BERTopic model, which BERTopic.load opens."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from topicmodel.datatypes import Floats, Integers, TermCounts
from topicmodel.engine.parts import model_of_topics, pinned


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
    words = _count_plainly(texts, stop_words)
    with pinned(1), tempfile.TemporaryDirectory() as folder:
        model = model_of_topics(topics, words, vectors)
        numbers = dict(zip(topics.tolist(), model.topics_, strict=True))
        model.set_topic_labels(
            {numbers[own]: name for own, name in enumerate(names) if own in numbers}
        )
        model.save(folder, serialization="safetensors", save_embedding_model=encoder)
        files = sorted(Path(folder).rglob("*"))
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


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
