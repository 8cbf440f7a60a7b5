"""Figures that need no truth: coherence, diversity, silhouette and the shape of the tree."""

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
    """The distinct texts as the figures need them; all in one order."""

    vectors: Floats
    """(n_texts, n_dims)."""
    level1: Integers
    """(n_texts,), number of the level-one category; -1 is none."""
    level2: Integers
    """(n_texts,), number of the level-two category, over all parents; -1 is none."""
    vocabulary: Mapping[str, int]
    """Term, a word or a phrase -> its column in incidence."""
    incidence: csr_matrix
    """(n_texts, n_terms), not 0 where the term occurs in the text."""


def score_without_truth(
    taxonomy: Taxonomy, assignments: Assignments, texts: TextEvidence, seed: int
) -> list[Metric]:
    """The figures that a tree can be given without true categories.

    Args:
        taxonomy: gives the keywords and names.
        assignments: of all products, for the shape of the tree.
        texts: the distinct texts that the tree was made from.
        seed: draws the texts of the silhouette.

    Returns:
        The same figures for any input; a value is None where the input leaves it undefined.
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

    The mean over all pairs of a list's first ten keywords, then over the lists, after Bouma,
    "Normalized (pointwise) mutual information in collocation extraction" (2009), and Lau, Newman &
    Baldwin, "Machine reading tea leaves" (2014). A keyword, also one of several words,
    is in a document when its column is; keywords without a column are passed over, and so is a
    list with fewer than two left.

    Args:
        keywords: a list a category, best first.
        vocabulary: term -> column of incidence.
        incidence: (n_documents, n_terms), not 0 where the term occurs in the document.

    Returns:
        -1 where no two keywords share a document, 0 for chance, 1 where they only occur together;
        None where no list has two known keywords, or there are no documents.
    """
    columns = [_columns(words, vocabulary) for words in keywords]
    columns = [own for own in columns if len(own) > 1]
    if not columns or not incidence.shape[0]:
        return None
    used = np.unique(np.concatenate(columns))
    together = _shared_documents(incidence, used)
    places = [np.searchsorted(used, own) for own in columns]
    shares = [together[own][:, own].toarray() / incidence.shape[0] for own in places]
    return float(np.mean([_mean_npmi(share) for share in shares]))


def topic_diversity(keywords: Sequence[Sequence[str]]) -> float | None:
    """Share of different words among the first ten keywords of all lists.

    After Dieng, Ruiz & Blei, "Topic modeling in embedding spaces" (2020), who take 25 words.

    Returns:
        1 where no keyword comes twice, 1 / n_lists where all lists are alike; None for no keywords.

    >>> topic_diversity([["soap", "shampoo"], ["soap", "bread"]])
    0.75
    """
    words = [word for words in keywords for word in words[:_TOP]]
    return len(set(words)) / len(words) if words else None


def silhouette(
    vectors: Floats, topics: Integers, seed: int, sample_size: int = 2000
) -> float | None:
    """Mean silhouette by cosine distance (Rousseeuw 1987) of a sample of the sorted texts.

    Args:
        vectors: (n_texts, n_dims).
        topics: (n_texts,), from 0; -1 is none and left out.
        seed: draws the sample.
        sample_size: the most texts to draw; time and memory grow with its square.

    Returns:
        -1 to 1, 0 on the border between two categories; None where the sample has fewer than two
        categories or as many as texts.
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

    # Counts overflow in the small integers that incidence matrices come in.
    present = csr_matrix(incidence[:, columns] != 0, dtype=np.int64)
    return csr_matrix(present.T @ present)


def _mean_npmi(together: npt.NDArray[np.float64]) -> float:
    """Mean over all pairs; together: (n, n), share of documents that hold both terms."""
    alone = np.diagonal(together)
    pairs = np.triu_indices(len(together), k=1)
    joint, chance = together[pairs], np.outer(alone, alone)[pairs]
    # The limits of the formula: never together, and together in every document.
    scores = np.where(joint > 0, 1.0, -1.0)
    inner = (joint > 0) & (joint < 1)
    scores[inner] = np.log(joint[inner] / chance[inner]) / -np.log(joint[inner])
    return float(scores.mean())
