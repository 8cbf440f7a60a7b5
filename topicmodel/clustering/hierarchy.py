"""Texts -> a tree of two levels.

The fine topics of several BERTopic fits are merged into both levels. Level two also refits BERTopic
inside each level-one topic, and keeps the refit where the words of the texts agree with it better
than with what was merged.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence

import numpy as np

from topicmodel.clustering.features import Features
from topicmodel.clustering.fits import (
    LEAST_TO_FIT,
    OF_A_FIT,
    features_from,
    find_topics,
    fine_topics,
    run_each,
)
from topicmodel.clustering.merging import Merged, link_topics, merge_topics
from topicmodel.clustering.sampling import PropagatedTopics, draw_samples
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Flags, Floats, Integers, Level, Levels, TermCounts
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.geometry import number_by_size
from topicmodel.progress import Progress, Silent
from topicmodel.settings import LevelTwoSettings, Settings, reduced
from topicmodel.text.similarity import word_agreement

log = logging.getLogger(__name__)

OF_A_DIVISION = (
    *OF_A_FIT,
    "seed",
    "level2.min_size",
    "level2.max_topics",
    "level2.min_share",
)
"""Settings that the parts of a category depend on, wherever these are few enough to be fitted."""


def build_levels(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    progress: Progress | None = None,
    among: Flags | None = None,
    kept: Checkpoints = KEEP_NOTHING,
) -> Levels:
    """Find fine topics and arrange them, and refits of them, on two levels.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
        settings: of the run.
        progress: told about the stages.
        among: (n_texts,), which texts fits may be made on; all unless given.
        kept: fits that need not be done again.
    """
    progress = progress or Silent()
    fits = fine_topics(vectors, words, settings, settings.topics.n_fits, progress, among, kept)
    progress.stage("merging topics")
    merged = merge_topics(vectors, words, fits, settings)
    members = _members_of(merged.level1)
    log.info("%d fine topics merged into %d", sum(f.topics.max() + 1 for f in fits), len(members))
    progress.stage("finding level two", len(members))
    found = _divided(vectors, words, merged, members, settings, progress, among, kept)
    strengths = np.zeros(len(vectors), dtype=np.float32)
    for rows, level in zip(members, found, strict=True):
        strengths[rows] = level.strengths
    level2 = _numbered_on(len(vectors), members, [level.topics for level in found])
    return Levels(merged.level1, level2, strengths, merged.curve)


def draft_levels(
    vectors: Floats,
    words: TermCounts,
    settings: Settings,
    among: Flags | None = None,
    kept: Checkpoints = KEEP_NOTHING,
) -> Levels:
    """The levels that a single fit gives, nothing refitted inside: a quick second opinion.

    Args:
        vectors: (n_texts, n_dims), unit length.
        words: term counts of the same texts.
        settings: of the run.
        among: (n_texts,), which texts the fit may be made on; all unless given.
        kept: fits that need not be done again.
    """
    fits = fine_topics(vectors, words, settings, 1, Silent(), among, kept)
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
    found = find_topics(
        features.joined(sample), words.take(sample), settings, least, "leaf", settings.seed
    )
    placed = PropagatedTopics.of(features, sample, found).level
    return _limited(vectors, words, placed, settings.level2).topics


def _divided(
    vectors: Floats,
    words: TermCounts,
    merged: Merged,
    members: Sequence[Integers],
    settings: Settings,
    progress: Progress,
    among: Flags | None,
    kept: Checkpoints,
) -> list[Level]:
    """The children of each parent: those it was merged from, or those of a refit inside it."""
    size = settings.topics.sample_size
    samples = [
        rows[draw_samples(vectors[rows], size, 1, seed=settings.seed, among=own)[0]]
        for rows, own in zip(members, _enough_of(among, members), strict=True)
    ]
    own_settings = reduced(settings, *OF_A_DIVISION)
    tasks = [
        (vectors[rows], words.take(rows), _members(merged, rows), own_settings) for rows in samples
    ]
    found = run_each(_refit_inside, tasks, settings, len(vectors), progress, kept)
    return [
        _children(vectors, words, merged, rows, sample, level, settings)
        for rows, sample, level in zip(members, samples, found, strict=True)
    ]


def _enough_of(among: Flags | None, members: Sequence[Integers]) -> Iterator[Flags | None]:
    """Which texts of each parent fits may be made on; any, where these are few."""
    for rows in members:
        own = None if among is None else among[rows]
        yield None if own is None or own.sum() < LEAST_TO_FIT else own


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
    own = words.take(rows)
    within = np.searchsorted(rows, sample)
    features = features_from(vectors[rows], own, within, settings)
    return PropagatedTopics.of(features, within, refit).level


def _refit_inside(
    vectors: Floats, words: TermCounts, merged: Level, settings: Settings
) -> Level | None:
    """The children that a refit finds; None where those that were merged are better."""
    if len(vectors) < LEAST_TO_FIT:
        return None
    size = settings.level2.min_size
    least = _child_size(len(vectors)) if size == "auto" else size
    both = Features.of(vectors, words, seed=settings.seed).joined()
    placed = find_topics(both, words, settings, least, "eom", settings.seed)
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


def _members(merged: Merged, rows: Integers) -> Level:
    """The children of one parent."""
    return Level(merged.level2[rows], merged.strengths[rows])
