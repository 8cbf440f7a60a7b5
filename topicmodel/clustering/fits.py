"""Fits of BERTopic, side by side: on all texts, or on samples of them.

Fits do not depend on one another; each runs in a process of its own and seeded, so how many run at
once does not change what they find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import numpy as np

from topicmodel import engine
from topicmodel.clustering.features import Features
from topicmodel.clustering.sampling import PropagatedTopics, draw_samples
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Flags, Floats, Integers, Level, TermCounts
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.execution.processes import n_processes
from topicmodel.geometry import fill_outliers
from topicmodel.progress import Progress, Silent
from topicmodel.settings import Settings, reduced

Found = TypeVar("Found")

LEAST_TO_FIT = 40
"""Fewer texts are not worth a fit of their own."""

OF_A_FIT = (
    "threads",
    "topics.n_neighbors",
    "topics.n_components",
    "topics.min_size",
    "topics.device",
)
"""Settings that a single fit depends on."""


def fine_topics(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    n_fits: int,
    progress: Progress,
    among: Flags | None,
    kept: Checkpoints = KEEP_NOTHING,
) -> list[Level]:
    """Fine topics of all texts, of several fits, each on a sample where the texts are many.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
        settings: of the run.
        n_fits: as many levels come out.
        progress: told of each fit.
        among: (n_texts,), which texts fits may be made on; None for all.
        kept: fits that need not be done again.
    """
    progress.stage("finding topics", n_fits)
    size = settings.topics.sample_size
    samples = draw_samples(vectors, size, n_fits, seed=settings.seed, among=among)
    features = features_from(vectors, words, samples[0], settings)
    seeds = np.random.SeedSequence(settings.seed).generate_state(n_fits).tolist()
    own = reduced(settings, *OF_A_FIT)
    tasks = [
        (features.joined(rows), words.take(rows), own, seed)
        for rows, seed in zip(samples, seeds, strict=True)
    ]
    found = run_each(_fit_fine, tasks, settings, len(vectors), progress, kept)
    spreads = [
        PropagatedTopics.of(features, rows, level)
        for rows, level in zip(samples, found, strict=True)
    ]
    return _with_topics_of_misfits(spreads, features, settings, seeds, among, kept)


def features_from(
    vectors: Floats, words: TermCounts, sample: Integers, settings: Settings
) -> Features:
    """Both views of the texts, the words analysed as far as they are in a sample."""
    from threadpoolctl import threadpool_limits

    rows = None if len(sample) == len(vectors) else sample
    with threadpool_limits(settings.threads):
        return Features.of(vectors, words, seed=settings.seed, rows=rows)


def run_each(
    find: Callable[..., Found],
    tasks: Sequence[tuple[Any, ...]],
    settings: Settings,
    n_texts: int,
    progress: Progress,
    kept: Checkpoints = KEEP_NOTHING,
) -> list[Found]:
    """What is found in each task, in their order.

    Args:
        find: the same arguments always give the same.
        tasks: arguments, no more than what decides the result, so that it is found again among what
            is kept: of the settings, `reduced` ones.
        settings: of the run.
        n_texts: of the run.
        progress: told of each that is done.
        kept: results that need not be found again.
    """
    processes = n_processes(settings.processes, n_texts)
    found: dict[int, Found] = {}
    for number, result in kept.call_each(
        find, tasks, processes=processes, threads=settings.threads
    ):
        progress.advance(1)
        found[number] = result
    return [found[number] for number in range(len(tasks))]


def find_topics(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    min_size: int,
    selection: Literal["leaf", "eom"],
    seed: int,
) -> Level:
    """Topics in which every text has a place: outliers are in that of the nearest centroid."""
    found = _fit(vectors, words, settings, min_size, selection, seed)
    return Level(fill_outliers(vectors, found.topics), found.strengths)


def _with_topics_of_misfits(
    spreads: Sequence[PropagatedTopics],
    features: Features,
    settings: Settings,
    seeds: Sequence[int],
    among: Flags | None,
    kept: Checkpoints,
) -> list[Level]:
    """The levels, with the topics that a further fit finds among what fits none of theirs."""
    chosen = [_sample_of(spread.misfits, features, settings, among) for spread in spreads]
    places = [place for place, rows in enumerate(chosen) if len(rows) >= LEAST_TO_FIT]
    own = reduced(settings, *OF_A_FIT)
    tasks = [
        (features.joined(chosen[place]), features.words.take(chosen[place]), own, seeds[place])
        for place in places
    ]
    levels = [spread.level for spread in spreads]
    found = run_each(_fit_misfits, tasks, settings, len(features.vectors), Silent(), kept)
    for place, level in zip(places, found, strict=True):
        if level.topics.max() > 0:
            levels[place] = spreads[place].with_topics(features, chosen[place], level)
    return levels


def _sample_of(
    rows: Integers, features: Features, settings: Settings, among: Flags | None
) -> Integers:
    """Some of these rows that a fit may be made on: up to a quarter of a sample."""
    size = settings.topics.sample_size // 4
    own = None if among is None else among[rows]
    return rows[draw_samples(features.vectors[rows], size, 1, seed=settings.seed, among=own)[0]]


def _fit_misfits(vectors: Floats, words: TermCounts, settings: Settings, seed: int) -> Level:
    return _fit(vectors, words, settings, _fine_size(len(vectors), settings), "leaf", seed)


def _fit_fine(vectors: Floats, words: TermCounts, settings: Settings, seed: int) -> Level:
    return find_topics(vectors, words, settings, _fine_size(len(vectors), settings), "leaf", seed)


def _fine_size(n_texts: int, settings: Settings) -> int:
    size = settings.topics.min_size
    return least_texts(n_texts) if size == "auto" else size


def _fit(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    min_size: int,
    selection: Literal["leaf", "eom"],
    seed: int,
) -> Level:
    return engine.find_topics(
        vectors,
        words,
        settings.topics,
        min_size=min_size,
        selection=selection,
        seed=seed,
        threads=settings.threads,
    )
