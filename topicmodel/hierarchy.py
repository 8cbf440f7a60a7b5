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
from typing import Any, Literal

import numpy as np

from topicmodel import engine
from topicmodel.datatypes import Floats, Integers, Level, Levels, TermCounts
from topicmodel.features import with_words, word_agreement
from topicmodel.geometry import fill_outliers, number_by_size
from topicmodel.merging import Merged, least_texts, link_topics, merge_topics
from topicmodel.parallel import call_each, n_processes
from topicmodel.progress import Progress, Silent
from topicmodel.settings import LevelTwoSettings, Settings

log = logging.getLogger(__name__)

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
    progress.stage("finding topics", settings.topics.n_fits)
    fits = list(_run(_find_fine_topics, _fine_tasks(vectors, words, settings), settings, progress))
    progress.stage("merging topics")
    merged = merge_topics(vectors, words, fits, settings)
    members = _members_of(merged.level1)
    log.info("%d fine topics merged into %d", sum(f.topics.max() + 1 for f in fits), len(members))
    progress.stage("finding level two", len(members))
    tasks = [
        (vectors[rows], _rows(words, rows), _members(merged, rows), settings) for rows in members
    ]
    found = list(_run(_divide, tasks, settings, progress))
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
    fit = _find_fine_topics(*_fine_tasks(vectors, words, settings)[0])
    merged = merge_topics(vectors, words, [fit], settings)
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
    size = settings.level2.min_size
    least = least_texts(len(vectors)) if size == "auto" else size
    both = with_words(vectors, words, seed=settings.seed)
    found = _fit(both, words, settings, least, "leaf", settings.seed)
    placed = Level(fill_outliers(both, found.topics), found.strengths)
    return _limited(vectors, words, placed, settings.level2).topics


def _run(
    find: Callable[..., Level],
    tasks: Sequence[tuple[Any, ...]],
    settings: Settings,
    progress: Progress,
) -> Iterator[Level]:
    n_texts = sum(len(task[0]) for task in tasks)
    processes = n_processes(settings.processes, n_texts >= LEAST_FOR_PROCESSES)
    for level in call_each(find, tasks, processes=processes, threads=settings.threads):
        progress.advance(1)
        yield level


def _fine_tasks(
    vectors: Floats, words: TermCounts, settings: Settings
) -> list[tuple[Floats, TermCounts, Settings, int]]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(settings.threads):
        both = with_words(vectors, words, seed=settings.seed)
    seeds = np.random.SeedSequence(settings.seed).generate_state(settings.topics.n_fits)
    return [(both, words, settings, int(seed)) for seed in seeds]


def _find_fine_topics(vectors: Floats, words: TermCounts, settings: Settings, seed: int) -> Level:
    size = settings.topics.min_size
    least = least_texts(len(vectors)) if size == "auto" else size
    found = _fit(vectors, words, settings, least, "leaf", seed)
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


def _divide(vectors: Floats, words: TermCounts, merged: Level, settings: Settings) -> Level:
    """The children of one parent: those it was merged from, or those of a refit inside it."""
    if len(vectors) < LEAST_TO_REFIT:
        return merged
    size = settings.level2.min_size
    least = _child_size(len(vectors)) if size == "auto" else size
    both = with_words(vectors, words, seed=settings.seed)
    refit = _fit(both, words, settings, least, "eom", settings.seed)
    placed = Level(fill_outliers(both, refit.topics), refit.strengths)
    fresh = _limited(vectors, words, placed, settings.level2)
    if word_agreement(words, fresh.topics) > word_agreement(words, merged.topics):
        return fresh
    return merged


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
