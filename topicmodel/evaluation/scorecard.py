"""The figures that the scorecard of a run consists of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from topicmodel.datatypes import (
    Documents,
    Floats,
    Metric,
    Placement,
    Resample,
    Run,
    TermCounts,
    TopicId,
)
from topicmodel.evaluation import (
    TextEvidence,
    head_noun_share,
    jaccard_stability,
    metric,
    score_against_truth,
    score_names,
    score_without_truth,
    topic_stability,
)
from topicmodel.settings import Settings

MAX_TEXTS_PER_NAME = 50
"""At most so many texts of a category are compared with its name."""


def score_clustering(
    run: Run,
    documents: Documents,
    vectors: Floats,
    placement: Placement,
    words: TermCounts,
    settings: Settings,
) -> list[Metric]:
    """The figures that need no true categories.

    Args:
        run: the run to score.
        documents: the documents that the run was made from.
        vectors: (n_texts, n_dims), vectors of the distinct texts.
        placement: the categories of the same texts.
        words: how often each term occurs in the same texts.
        settings: only the seed is used.
    """
    evidence = TextEvidence(
        vectors=vectors,
        level1=placement.level1,
        level2=placement.level2,
        vocabulary={term: column for column, term in enumerate(words.terms)},
        incidence=words.counts,
    )
    figures = score_without_truth(run.taxonomy, run.assignments, evidence, settings.seed)
    return [*figures, metric("names.head_noun", _head_noun_share(run, documents))]


def score_stability(
    run: Run,
    documents: Documents,
    resamples: Sequence[Resample],
) -> list[Metric]:
    """How much of each level, and of each category, is found again on resamples.

    Args:
        run: the run to score.
        documents: the documents that the run was made from.
        resamples: parts of the texts that were clustered again; without resamples there are no
            figures.
    """
    if not resamples:
        return []
    figures, topic_figures = list[Metric](), list[Metric]()
    for number, topics in ((1, run.assignments.level1), (2, run.assignments.level2)):
        codes = {topic.id: code for code, topic in enumerate(run.taxonomy.topics)}
        ids = list(codes)
        topic_of_text = [topics[product] for product in documents.product_of_text.tolist()]
        reference = np.array([-1 if id_ is None else codes[id_] for id_ in topic_of_text])
        clusterings = [(r.rows, (r.levels.level1, r.levels.level2)[number - 1]) for r in resamples]
        stability = jaccard_stability(reference, clusterings)
        topic_figures += [topic_stability(ids[code], value) for code, value in stability.items()]
        if stability:
            mean = float(np.mean(list(stability.values())))
            figures.append(metric(f"level{number}.stability", mean))
    return [*figures, *topic_figures]


def score_with_truth(
    run: Run, true_paths: Sequence[tuple[str, ...]], encode: Callable[[Sequence[str]], Floats]
) -> list[Metric]:
    """The figures that compare the tree and its names with true category paths.

    Args:
        run: the run to score.
        true_paths: true category path of each product, in the order of the run's products; ()
            where none is known.
        encode: returns unit vectors of texts, (n_texts, n_dims).
    """
    return [
        *score_against_truth(run.assignments, true_paths),
        *score_names(run.taxonomy, run.assignments, true_paths, encode),
    ]


def _head_noun_share(run: Run, documents: Documents) -> float | None:
    # Texts are taken in their own order, so that the row order of the dump does not matter.
    members: dict[TopicId, list[str]] = {topic.id: [] for topic in run.taxonomy.topics}
    assignments = run.assignments
    for text, product in zip(documents.texts, documents.product_of_text.tolist(), strict=True):
        for topic in (assignments.level1[product], assignments.level2[product]):
            if topic is not None and len(members[topic]) < MAX_TEXTS_PER_NAME:
                members[topic].append(text)
    return head_noun_share([topic.name for topic in run.taxonomy.topics], list(members.values()))
