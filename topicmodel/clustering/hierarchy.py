"""Texts -> a tree of two levels.

The fine topics of several BERTopic fits are merged into both levels: by a catalogue of goods where
it knows enough of the texts, else by how far apart the topics are. Level two also refits BERTopic
inside each level-one topic, and keeps the refit where the texts agree with it better than with what
was merged.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from topicmodel.catalogue.knowledge import find_knowledge
from topicmodel.clustering.catalogue_levels import is_clearly_better, merge_by_catalogue
from topicmodel.clustering.features import Features
from topicmodel.clustering.fits import LEAST_TO_FIT, features_from, find_topics, fine_topics
from topicmodel.clustering.merging import MergedTopics, link_topics, merge_topics
from topicmodel.clustering.sampling import PropagatedTopics, draw_samples
from topicmodel.clustering.sizes import least_texts
from topicmodel.datatypes import Corpus, Flags, Floats, Integers, Level, Levels, Stage
from topicmodel.execution.context import FitContext
from topicmodel.geometry import number_by_size
from topicmodel.settings import DivisionSettings, TreeSettings
from topicmodel.text.similarity import word_agreement

log = logging.getLogger(__name__)


def build_levels(corpus: Corpus, context: FitContext) -> Levels:
    """Find fine topics and arrange them, and refits of them, on two levels.

    Args:
        corpus: the texts.
        context: how they are fitted.
    """
    settings = context.settings
    fits = fine_topics(corpus, context, settings.topics.n_fits)
    context.progress.stage(Stage.MERGING_TOPICS)
    merged = _merged(corpus, fits, settings)
    members = _members_of(merged.level1)
    log.info("%d fine topics merged into %d", sum(f.topics.max() + 1 for f in fits), len(members))
    context.progress.stage(Stage.FINDING_LEVEL_TWO, len(members))
    children = _divided(corpus, merged, members, context)
    strengths = np.zeros(len(corpus), dtype=np.float32)
    for rows, level in zip(members, children, strict=True):
        strengths[rows] = level.strengths
    level2 = _numbered_on(len(corpus), members, [level.topics for level in children])
    return _levels(merged, level2, strengths)


def draft_levels(corpus: Corpus, context: FitContext) -> Levels:
    """The levels that a single fit gives, nothing refitted inside: a quick second opinion.

    Args:
        corpus: the texts.
        context: how they are fitted; its progress is told nothing.
    """
    fits = fine_topics(corpus, context.silent(), 1)
    merged = _merged(corpus, fits, context.settings)
    members = _members_of(merged.level1)
    level2 = _numbered_on(len(corpus), members, [merged.level2[rows] for rows in members])
    return _levels(merged, level2, merged.strengths)


def divide_topic(corpus: Corpus, settings: DivisionSettings, sample_size: int) -> Integers:
    """The parts that BERTopic finds in one topic: (n_texts,), from 0, largest first.

    All 0 where it finds nothing to divide.

    Args:
        corpus: the texts of the topic.
        settings: of the fit inside it.
        sample_size: most texts that the fit is made on.
    """
    features = Features.of(corpus, seed=settings.seed)
    sample = draw_samples(corpus.vectors, sample_size, 1, seed=settings.seed)[0]
    size = settings.min_size
    min_size = least_texts(len(sample)) if size == "auto" else size
    level = find_topics(
        features.joined_corpus(sample), settings.fit, min_size, "leaf", settings.seed
    )
    propagated = PropagatedTopics.of(features, sample, level).level
    return _limited(corpus, propagated, settings).topics


def _merged(corpus: Corpus, fits: Sequence[Level], settings: TreeSettings) -> MergedTopics:
    """Both levels, by the catalogue where it knows enough of the texts, else by distances."""
    if corpus.votes is None:
        return merge_topics(corpus, fits, settings)
    knowledge = find_knowledge(corpus.votes, fits)
    log.info("the catalogue knows %.0f %% of the texts", 100 * knowledge.share)
    if knowledge.suffices:
        return merge_by_catalogue(corpus, fits, knowledge, settings)
    return replace(merge_topics(corpus, fits, settings), known_share=knowledge.share)


def _levels(merged: MergedTopics, level2: Integers, strengths: Floats) -> Levels:
    return Levels(
        merged.level1, level2, strengths, merged.curve, merged.known_share, merged.by_catalogue
    )


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


def _divided(
    corpus: Corpus, merged: MergedTopics, members: Sequence[Integers], context: FitContext
) -> list[Level]:
    """The children of each parent: those it was merged from, or those of a refit inside it."""
    settings, corpus = context.settings, replace(corpus, votes=None)
    size, seed = settings.topics.sample_size, settings.seed
    samples = [
        rows[draw_samples(corpus.vectors[rows], size, 1, seed=seed, only=_enough(corpus, rows))[0]]
        for rows in members
    ]
    tasks = [
        (corpus.take(rows), merged.children(rows), settings.division, parent in merged.familiar)
        for parent, rows in enumerate(samples)
        if parent not in merged.settled
    ]
    found = iter(context.call_each(_refit_inside, tasks, len(corpus)))
    refits = [None if n in merged.settled else next(found) for n in range(len(members))]
    return [
        _children(corpus, rows, merged.children(rows), sample, refit, context)
        for rows, sample, refit in zip(members, samples, refits, strict=True)
    ]


def _enough(corpus: Corpus, rows: Integers) -> Flags | None:
    """Which texts of a parent fits may be made on; any, that is None, where these are few."""
    may_fit = corpus.may_fit_of(rows)
    return None if may_fit is None or may_fit.sum() < LEAST_TO_FIT else may_fit


def _children(
    corpus: Corpus,
    rows: Integers,
    merged: Level,
    sample: Integers,
    refit: Level | None,
    context: FitContext,
) -> Level:
    """The children of one parent, of all its texts.

    Args:
        corpus: all texts.
        rows: those of the parent, in rising order.
        merged: the children that it was merged from.
        sample: rows among them that the refit was made on.
        refit: the children that it has found; None where those that were merged are better.
        context: how texts are fitted.
    """
    if refit is None:
        return merged
    if len(sample) == len(rows):
        return refit
    within = np.searchsorted(rows, sample)
    features = features_from(corpus.take(rows), within, context)
    return PropagatedTopics.of(features, within, refit).level


def _refit_inside(
    corpus: Corpus, merged: Level, settings: DivisionSettings, are_families: bool
) -> Level | None:
    """The children that a refit finds; None where those that were merged are better."""
    if len(corpus) < LEAST_TO_FIT:
        return None
    size = settings.min_size
    min_size = _child_size(len(corpus)) if size == "auto" else size
    joined = Features.of(corpus, seed=settings.seed).joined_corpus()
    level = find_topics(joined, settings.fit, min_size, "eom", settings.seed)
    fresh = _limited(corpus, level, settings)
    before = number_by_size(merged.topics)
    if are_families:
        return fresh if is_clearly_better(corpus, fresh.topics, before) else None
    gain = word_agreement(corpus.words, fresh.topics) - word_agreement(corpus.words, before)
    return fresh if gain > 0 else None


def _child_size(n_texts: int) -> int:
    return max(8, round(math.sqrt(n_texts) / 5), round(0.015 * n_texts))


def _limited(corpus: Corpus, level: Level, settings: DivisionSettings) -> Level:
    """The level merged down to the number a menu can show, without crumbs."""
    topics = number_by_size(level.topics)
    sizes = np.bincount(topics)
    min_size = settings.min_share * len(topics)
    if len(sizes) > settings.max_topics or sizes.min() < min_size:
        tree = link_topics(corpus, [Level(topics, level.strengths)])
        groups, _ = tree.split(tree.root, settings.max_topics, min_size)
        topics = number_by_size(tree.number_leaves(groups)[topics])
    return Level(topics, level.strengths)
