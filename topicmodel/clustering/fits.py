"""Fits of BERTopic, side by side: on all texts, or on samples of them.

Fits do not depend on one another, and each has its own seed. So their results do not depend on how
many of them run at once, each in its own process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from topicmodel import engine
from topicmodel.clustering.features import Features
from topicmodel.clustering.sampling import PropagatedTopics, draw_samples
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Corpus, Integers, Level, Stage
from topicmodel.execution.context import FitContext
from topicmodel.execution.threads import limited_threads
from topicmodel.geometry import fill_outliers
from topicmodel.settings import FitSettings

Selection = Literal["leaf", "eom"]
"""How HDBSCAN reads its tree: "leaf" for many even topics, "eom" for fewer stable ones."""

LEAST_TO_FIT = 40
"""Fewer texts are not worth a fit of their own."""


def fine_topics(corpus: Corpus, context: FitContext, n_fits: int) -> list[Level]:
    """Fine topics of all texts, of several fits, each on a sample where the texts are many.

    Args:
        corpus: the texts.
        context: of the run; its progress is told of each fit.
        n_fits: as many levels come out.
    """
    settings = context.settings
    context.progress.stage(Stage.FINDING_TOPICS, n_fits)
    samples = draw_samples(
        corpus.vectors, settings.topics.sample_size, n_fits, seed=settings.seed, only=corpus.may_fit
    )
    features = features_from(corpus, samples[0], context)
    seeds = np.random.SeedSequence(settings.seed).generate_state(n_fits).tolist()
    tasks = [
        (features.joined_corpus(rows), settings.fit, seed)
        for rows, seed in zip(samples, seeds, strict=True)
    ]
    levels = context.call_each(_fit_fine, tasks, len(corpus))
    propagated = [
        PropagatedTopics.of(features, rows, level)
        for rows, level in zip(samples, levels, strict=True)
    ]
    return _with_topics_of_poorly_fitting(propagated, features, seeds, context)


def features_from(corpus: Corpus, sample: Integers, context: FitContext) -> Features:
    """Both views of the texts, the words analysed as far as they are in a sample.

    Args:
        corpus: the texts.
        sample: rows of the corpus.
        context: says the seed of the analysis, and the threads of its arithmetic.
    """
    rows = None if len(sample) == len(corpus) else sample
    with limited_threads(context.settings.threads):
        return Features.of(corpus, seed=context.settings.seed, rows=rows)


def find_topics(
    corpus: Corpus, settings: FitSettings, min_size: int, selection: Selection, seed: int
) -> Level:
    """Topics of all texts: an outlier gets the topic of the nearest centroid.

    Args:
        corpus: the texts, with the vectors that topics are found in.
        settings: of the fit.
        min_size: least texts of a topic.
        selection: how HDBSCAN reads its tree.
        seed: of UMAP.
    """
    level = _fit(corpus, settings, min_size, selection, seed)
    return Level(fill_outliers(corpus.vectors, level.topics), level.strengths)


def _with_topics_of_poorly_fitting(
    propagated: Sequence[PropagatedTopics],
    features: Features,
    seeds: Sequence[int],
    context: FitContext,
) -> list[Level]:
    """The levels, with the topics that a further fit finds among the texts that fit none well."""
    chosen = [_sample_of(each.poorly_fitting, features, context) for each in propagated]
    fits = [number for number, rows in enumerate(chosen) if len(rows) >= LEAST_TO_FIT]
    tasks = [
        (features.joined_corpus(chosen[fit]), context.settings.fit, seeds[fit]) for fit in fits
    ]
    levels = [each.level for each in propagated]
    further = context.silent().call_each(_fit_poorly_fitting, tasks, len(features.corpus))
    for fit, level in zip(fits, further, strict=True):
        if level.topics.max() > 0:
            levels[fit] = propagated[fit].with_topics(features, chosen[fit], level)
    return levels


def _sample_of(rows: Integers, features: Features, context: FitContext) -> Integers:
    """Some of these rows that a fit may be made on: up to a quarter of a sample."""
    settings, corpus = context.settings, features.corpus
    size = settings.topics.sample_size // 4
    only = corpus.may_fit_of(rows)
    drawn = draw_samples(corpus.vectors[rows], size, 1, seed=settings.seed, only=only)
    return rows[drawn[0]]


def _fit_poorly_fitting(corpus: Corpus, settings: FitSettings, seed: int) -> Level:
    return _fit(corpus, settings, _fine_size(len(corpus), settings), "leaf", seed)


def _fit_fine(corpus: Corpus, settings: FitSettings, seed: int) -> Level:
    return find_topics(corpus, settings, _fine_size(len(corpus), settings), "leaf", seed)


def _fine_size(n_texts: int, settings: FitSettings) -> int:
    size = settings.min_size
    return least_texts(n_texts) if size == "auto" else size


def _fit(
    corpus: Corpus, settings: FitSettings, min_size: int, selection: Selection, seed: int
) -> Level:
    return engine.find_topics(
        corpus.vectors,
        corpus.words,
        settings,
        min_size=min_size,
        selection=selection,
        seed=seed,
    )
