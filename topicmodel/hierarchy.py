"""Texts -> a tree of two levels.

The fine topics of several BERTopic fits are merged into both levels. Level two also refits BERTopic
inside each level-one topic, and keeps the refit where the words of the texts agree with it better
than with what was merged. Fits do not depend on one another and run side by side, each in a process
of its own and seeded: how many run at once does not change what they find.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar

import numpy as np

from topicmodel import engine
from topicmodel.datatypes import Floats, Integers, Level, Levels, TermCounts
from topicmodel.features import Features, word_agreement
from topicmodel.geometry import fill_outliers, number_by_size
from topicmodel.merging import Merged, least_texts, link_topics, merge_topics
from topicmodel.parallel import call_each, n_processes
from topicmodel.progress import Progress, Silent
from topicmodel.sampling import Spread, draw_samples
from topicmodel.settings import LevelTwoSettings, Settings

log = logging.getLogger(__name__)

Found = TypeVar("Found")

LEAST_TO_REFIT = 40
"""A parent with fewer texts keeps its fine topics."""

LEAST_FOR_PROCESSES = 15_000
"""Texts, of all tasks together, from which on a second process is worth loading all libraries."""


def build_levels(
    vectors: Floats, words: TermCounts, settings: Settings, progress: Progress | None = None
) -> Levels:
    """Find fine topics and arrange them, and refits of them, on two levels.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
    """
    progress = progress or Silent()
    fits = _fine_topics(vectors, words, settings, settings.topics.n_fits, progress)
    progress.stage("merging topics")
    merged = merge_topics(vectors, words, fits, settings)
    members = _members_of(merged.level1)
    log.info("%d fine topics merged into %d", sum(f.topics.max() + 1 for f in fits), len(members))
    progress.stage("finding level two", len(members))
    found = _divided(vectors, words, merged, members, settings, progress)
    strengths = np.zeros(len(vectors), dtype=np.float32)
    for rows, level in zip(members, found, strict=True):
        strengths[rows] = level.strengths
    level2 = _numbered_on(len(vectors), members, [level.topics for level in found])
    return Levels(merged.level1, level2, strengths, merged.curve)


def draft_levels(vectors: Floats, words: TermCounts, settings: Settings) -> Levels:
    """The levels that a single fit gives, nothing refitted inside: a quick second opinion.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
    """
    fits = _fine_topics(vectors, words, settings, 1, Silent())
    merged = merge_topics(vectors, words, fits, settings)
    members = _members_of(merged.level1)
    level2 = _numbered_on(len(vectors), members, [merged.level2[rows] for rows in members])
    return Levels(merged.level1, level2, merged.strengths, merged.curve)


def _members_of(level1: Integers) -> list[Integers]:
    """Rows of each topic."""
    return [np.flatnonzero(level1 == parent) for parent in range(int(level1.max(initial=-1)) + 1)]


def _numbered_on(
    n_texts: int, members: Sequence[Integers], children: Sequence[Integers]
) -> Integers:
    """The children of all parents, which start from 0 in each, as one level: (n_texts,).

    -1 for the texts of a parent that has one child only.
    """
    level2 = np.full(n_texts, -1, dtype=np.int64)
    for rows, topics in zip(members, children, strict=True):
        if topics.any():
            level2[rows] = topics + level2.max(initial=-1) + 1
    return level2


def divide_topic(vectors: Floats, words: TermCounts, settings: Settings) -> Integers:
    """The parts that BERTopic finds in one topic: (n_texts,), from 0, largest first.

    All 0 where it finds nothing to divide.
    """
    features = Features.of(vectors, words, seed=settings.seed)
    sample = draw_samples(vectors, settings.topics.sample_size, 1, seed=settings.seed)[0]
    size = settings.level2.min_size
    least = least_texts(len(sample)) if size == "auto" else size
    found = _find(
        features.joined(sample), _rows(words, sample), settings, least, "leaf", settings.seed
    )
    placed = Spread.of(features, sample, found).level
    return _limited(vectors, words, placed, settings.level2).topics


def _run(
    find: Callable[..., Found],
    tasks: Sequence[tuple[Any, ...]],
    settings: Settings,
    progress: Progress,
) -> Iterator[Found]:
    n_texts = sum(len(task[0]) for task in tasks)
    processes = n_processes(settings.processes, n_texts >= LEAST_FOR_PROCESSES)
    for level in call_each(find, tasks, processes=processes, threads=settings.threads):
        progress.advance(1)
        yield level


def _fine_topics(
    vectors: Floats, words: TermCounts, settings: Settings, n_fits: int, progress: Progress
) -> list[Level]:
    """Fine topics of all texts, of several fits, each on a sample where the texts are many."""
    progress.stage("finding topics", n_fits)
    samples = draw_samples(vectors, settings.topics.sample_size, n_fits, seed=settings.seed)
    features = _features(vectors, words, samples[0], settings)
    seeds = np.random.SeedSequence(settings.seed).generate_state(n_fits).tolist()
    tasks = [
        (features.joined(rows), _rows(words, rows), settings, seed)
        for rows, seed in zip(samples, seeds, strict=True)
    ]
    found = _run(_find_fine_topics, tasks, settings, progress)
    spreads = [Spread.of(features, rows, level) for rows, level in zip(samples, found, strict=True)]
    return _with_topics_of_misfits(spreads, features, settings, seeds)


def _features(vectors: Floats, words: TermCounts, sample: Integers, settings: Settings) -> Features:
    from threadpoolctl import threadpool_limits

    rows = None if len(sample) == len(vectors) else sample
    with threadpool_limits(settings.threads):
        return Features.of(vectors, words, seed=settings.seed, rows=rows)


def _with_topics_of_misfits(
    spreads: Sequence[Spread], features: Features, settings: Settings, seeds: Sequence[int]
) -> list[Level]:
    """The levels, with the topics that a further fit finds among what fits none of theirs."""
    levels = [spread.level for spread in spreads]
    samples = {
        place: spread.misfits[
            draw_samples(
                features.vectors[spread.misfits],
                settings.topics.sample_size // 4,
                1,
                seed=settings.seed,
            )[0]
        ]
        for place, spread in enumerate(spreads)
        if len(spread.misfits) >= LEAST_TO_REFIT
    }
    tasks = [
        (features.joined(rows), _rows(features.words, rows), settings, seeds[place])
        for place, rows in samples.items()
    ]
    found = _run(_find_topics_of_misfits, tasks, settings, Silent())
    for (place, rows), level in zip(samples.items(), found, strict=True):
        if level.topics.max() > 0:
            levels[place] = spreads[place].with_topics(features, rows, level)
    return levels


def _find_topics_of_misfits(
    vectors: Floats, words: TermCounts, settings: Settings, seed: int
) -> Level:
    return _fit(vectors, words, settings, _fine_size(len(vectors), settings), "leaf", seed)


def _find_fine_topics(vectors: Floats, words: TermCounts, settings: Settings, seed: int) -> Level:
    return _find(vectors, words, settings, _fine_size(len(vectors), settings), "leaf", seed)


def _fine_size(n_texts: int, settings: Settings) -> int:
    size = settings.topics.min_size
    return least_texts(n_texts) if size == "auto" else size


def _find(
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


def _divided(
    vectors: Floats,
    words: TermCounts,
    merged: Merged,
    members: Sequence[Integers],
    settings: Settings,
    progress: Progress,
) -> list[Level]:
    """The children of each parent: those it was merged from, or those of a refit inside it."""
    size = settings.topics.sample_size
    samples = [
        rows[draw_samples(vectors[rows], size, 1, seed=settings.seed)[0]] for rows in members
    ]
    tasks = [
        (vectors[rows], _rows(words, rows), _members(merged, rows), settings) for rows in samples
    ]
    found = _run(_refit_inside, tasks, settings, progress)
    return [
        _children(vectors, words, merged, rows, sample, level, settings)
        for rows, sample, level in zip(members, samples, found, strict=True)
    ]


def _children(
    vectors: Floats,
    words: TermCounts,
    merged: Merged,
    rows: Integers,
    sample: Integers,
    refit: Level | None,
    settings: Settings,
) -> Level:
    """The children of one parent, of all its texts."""
    if refit is None:
        return _members(merged, rows)
    if len(sample) == len(rows):
        return refit
    own = _rows(words, rows)
    within = np.searchsorted(rows, sample)
    features = _features(vectors[rows], own, within, settings)
    return Spread.of(features, within, refit).level


def _refit_inside(
    vectors: Floats, words: TermCounts, merged: Level, settings: Settings
) -> Level | None:
    """The children that a refit finds; None where those that were merged are better."""
    if len(vectors) < LEAST_TO_REFIT:
        return None
    size = settings.level2.min_size
    least = _child_size(len(vectors)) if size == "auto" else size
    both = Features.of(vectors, words, seed=settings.seed).joined()
    placed = _find(both, words, settings, least, "eom", settings.seed)
    fresh = _limited(vectors, words, placed, settings.level2)
    merged_agreement = word_agreement(words, number_by_size(merged.topics))
    return fresh if word_agreement(words, fresh.topics) > merged_agreement else None


def _child_size(n_texts: int) -> int:
    return max(8, round(math.sqrt(n_texts) / 5), round(0.015 * n_texts))


def _limited(vectors: Floats, words: TermCounts, level: Level, settings: LevelTwoSettings) -> Level:
    """The level merged down to the number a menu can show, without crumbs."""
    topics = number_by_size(level.topics)
    sizes = np.bincount(topics)
    least = settings.min_share * len(topics)
    if len(sizes) > settings.max_topics or sizes.min() < least:
        tree = link_topics(vectors, words, [Level(topics, level.strengths)])
        groups, _ = tree.split(tree.root, settings.max_topics, least)
        topics = number_by_size(tree.number_leaves(groups)[topics])
    return Level(topics, level.strengths)


def _rows(words: TermCounts, rows: Integers) -> TermCounts:
    return TermCounts(words.counts[rows], words.terms)


def _members(merged: Merged, rows: Integers) -> Level:
    """The children of one parent."""
    return Level(merged.level2[rows], merged.strengths[rows])
