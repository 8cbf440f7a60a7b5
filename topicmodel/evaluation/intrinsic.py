"""Figures that need no true categories: coherence, diversity, silhouette, shape of the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Assignments, Floats, Integers, Metric, Taxonomy
from topicmodel.evaluation.metrics import metric
from topicmodel.evaluation.name_metrics import name_uniqueness

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_TOP = 10


@dataclass(frozen=True)
class TextEvidence:
    """The distinct texts that figures are computed from. All arrays have the same row order."""

    vectors: Floats
    """(n_texts, n_dims)."""
    level1: Integers
    """(n_texts,), integer code of the level-one category; -1 for none."""
    level2: Integers
    """(n_texts,), integer code of the level-two category, unique in the tree; -1 for none."""
    vocabulary: Mapping[str, int]
    """Term (a word or a phrase) -> its column in incidence."""
    incidence: csr_matrix
    """(n_texts, n_terms), non-zero where the text contains the term."""


def score_without_truth(
    taxonomy: Taxonomy, assignments: Assignments, texts: TextEvidence, seed: int
) -> list[Metric]:
    """All figures of a tree that need no true categories.

    Args:
        taxonomy: the categories, with their keywords and names.
        assignments: the categories of all products, for the shape of the tree.
        texts: the distinct texts that the tree was made from.
        seed: decides which texts are sampled for the silhouette.

    Returns:
        The same figures for any input; a value is None where it is undefined.
    """
    return [
        *_score_level(1, texts.level1, taxonomy, texts, seed),
        *_score_level(2, texts.level2, taxonomy, texts, seed),
        *_score_shape(taxonomy, assignments),
        metric("names.uniqueness", name_uniqueness([topic.name for topic in taxonomy.topics])),
    ]


def npmi(
    keywords: Sequence[Sequence[str]], vocabulary: Mapping[str, int], incidence: csr_matrix
) -> float | None:
    """Coherence of keyword lists: normalised pointwise mutual information over whole documents.

    The value of a list is the mean over all pairs of its first ten keywords; the result is the mean
    over the lists. After Bouma, "Normalized (pointwise) mutual information in collocation
    extraction" (2009), and Lau, Newman & Baldwin, "Machine reading tea leaves" (2014). Keywords
    that are not in the vocabulary are skipped, and so are lists with fewer than two keywords in it.

    Args:
        keywords: one list for each category, best keyword first.
        vocabulary: term -> column of incidence.
        incidence: (n_documents, n_terms), non-zero where the document contains the term.

    Returns:
        -1 where no two keywords share a document, 0 for chance, 1 where they only occur together;
        None where no list has two keywords of the vocabulary, or there are no documents.
    """
    columns = [_columns(words, vocabulary) for words in keywords]
    columns = [term_columns for term_columns in columns if len(term_columns) > 1]
    if not columns or not incidence.shape[0]:
        return None
    used = np.unique(np.concatenate(columns))
    together = _shared_documents(incidence, used)
    indices = [np.searchsorted(used, term_columns) for term_columns in columns]
    shares = [together[rows][:, rows].toarray() / incidence.shape[0] for rows in indices]
    return float(np.mean([_mean_npmi(share) for share in shares]))


def topic_diversity(keywords: Sequence[Sequence[str]]) -> float | None:
    """Share of different words among the first ten keywords of all lists.

    After Dieng, Ruiz & Blei, "Topic modeling in embedding spaces" (2020), who use 25 words.

    Returns:
        1 where no keyword occurs twice, 1 / n_lists where all lists are equal; None where there are
        no keywords.

    >>> topic_diversity([["soap", "shampoo"], ["soap", "bread"]])
    0.75
    """
    words = [word for words in keywords for word in words[:_TOP]]
    return len(set(words)) / len(words) if words else None


def silhouette(
    vectors: Floats, topics: Integers, seed: int, sample_size: int = 2000
) -> float | None:
    """Mean silhouette (Rousseeuw 1987) by cosine distance, of a sample of the texts with a topic.

    Args:
        vectors: (n_texts, n_dims).
        topics: (n_texts,), topic codes from 0; texts without a topic (-1) are left out.
        seed: decides which texts are sampled.
        sample_size: at most so many texts are sampled; time and memory grow with its square.

    Returns:
        -1 to 1, where 0 is the border between two topics; None where the sample has fewer than two
        topics, or each text has a topic of its own.
    """
    from sklearn.metrics import silhouette_score

    rows = np.flatnonzero(np.asarray(topics) >= 0)
    if len(rows) > sample_size:
        rows = np.random.default_rng(seed).choice(rows, sample_size, replace=False)
    sample = np.asarray(topics)[rows]
    if not 2 <= len(np.unique(sample)) < len(sample):
        return None
    return float(silhouette_score(vectors[rows], sample, metric="cosine"))


def _score_level(
    level: int, topics: Integers, taxonomy: Taxonomy, texts: TextEvidence, seed: int
) -> list[Metric]:
    keywords = [
        [term for term, _ in topic.keywords] for topic in taxonomy.topics if topic.level == level
    ]
    coherence = npmi(keywords, texts.vocabulary, texts.incidence)
    return [
        metric(f"level{level}.npmi", coherence),
        metric(f"level{level}.diversity", topic_diversity(keywords)),
        metric(f"level{level}.silhouette", silhouette(texts.vectors, topics, seed)),
    ]


def _score_shape(taxonomy: Taxonomy, assignments: Assignments) -> list[Metric]:
    n_products = len(assignments.product_ids)
    sizes = Counter(assignments.level1)
    unsorted = sizes.pop(None, 0)
    children = Counter(topic.parent for topic in taxonomy.topics if topic.level == 2)
    single = sum(n == 1 for n in children.values())
    largest = max(sizes.values(), default=0)
    return [
        metric("tree.level1_categories", len(taxonomy.level1)),
        metric("tree.level2_categories", children.total()),
        metric("tree.largest_share", largest / n_products if n_products else None),
        metric("tree.unsorted_share", unsorted / n_products if n_products else None),
        metric("tree.single_child_parents", single),
    ]


def _columns(words: Sequence[str], vocabulary: Mapping[str, int]) -> Integers:
    known = [vocabulary[word] for word in dict.fromkeys(words[:_TOP]) if word in vocabulary]
    return np.array(known, dtype=np.int64)


def _shared_documents(incidence: csr_matrix, columns: Integers) -> csr_matrix:
    from scipy.sparse import csr_matrix

    # Incidence matrices hold small integers (int8), in which the counts would overflow.
    present = csr_matrix(incidence[:, columns] != 0, dtype=np.int64)
    return csr_matrix(present.T @ present)


def _mean_npmi(together: npt.NDArray[np.float64]) -> float:
    """Mean NPMI of all pairs of terms.

    Args:
        together: (n_terms, n_terms), share of documents that contain both terms.
    """
    alone = np.diagonal(together)
    pairs = np.triu_indices(len(together), k=1)
    joint, chance = together[pairs], np.outer(alone, alone)[pairs]
    # The limits of the formula: -1 for never together, 1 for together in every document.
    scores = np.where(joint > 0, 1.0, -1.0)
    inner = (joint > 0) & (joint < 1)
    scores[inner] = np.log(joint[inner] / chance[inner]) / -np.log(joint[inner])
    return float(scores.mean())
