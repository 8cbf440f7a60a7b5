"""Resamples of the texts clustered again, which tell how stable the categories are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from topicmodel.clustering.hierarchy import draft_levels
from topicmodel.datatypes import Corpus, Levels, Resample
from topicmodel.execution.context import FitContext
from topicmodel.settings import TreeSettings

RESAMPLE = 0.8
"""Share of the texts in a resample."""

RESAMPLE_AT_MOST = 5000
"""Texts in a resample; more would take as long as the run itself."""


def begin_resamples(
    corpus: Corpus, context: FitContext, n_resamples: int
) -> Callable[[], list[Resample]]:
    """Have resamples of the texts clustered again beside other work.

    Each is clustered by a single fit without refits inside, so that the stability that they show is
    a careful estimate.

    Args:
        corpus: the texts; all of them may be drawn.
        context: how they are fitted; its progress is told nothing.
        n_resamples: how many are drawn.

    Returns:
        A function that waits for the resamples and returns them.
    """
    rng = np.random.default_rng(context.settings.seed)
    n_drawn = min(round(RESAMPLE * len(corpus)), RESAMPLE_AT_MOST)
    drawn = [np.sort(rng.choice(len(corpus), n_drawn, replace=False)) for _ in range(n_resamples)]
    waiting = [
        context.begin(_cluster, (corpus.take(rows), context.settings), len(corpus))
        for rows in drawn
    ]
    return lambda: [Resample(rows, levels()) for rows, levels in zip(drawn, waiting, strict=True)]


def _cluster(corpus: Corpus, settings: TreeSettings) -> Levels:
    return draft_levels(corpus, FitContext(settings))
