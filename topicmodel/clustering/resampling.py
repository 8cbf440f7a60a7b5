"""Resamples of the texts clustered again, which tell how stable the categories are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from topicmodel.clustering.hierarchy import draft_levels
from topicmodel.datatypes import (
    Floats,
    Resample,
    TermCounts,
)
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.execution.processes import n_processes
from topicmodel.settings import Settings, reduced

RESAMPLE = 0.8
"""Share of the texts in a resample."""

RESAMPLE_AT_MOST = 5000
"""Texts in a resample; more would take as long as the run itself."""


def begin_resamples(
    vectors: Floats, words: TermCounts, settings: Settings, kept: Checkpoints = KEEP_NOTHING
) -> Callable[[], list[Resample]]:
    """Have resamples of the texts clustered again; they are there when they are asked for.

    Each is clustered by a single fit without refits inside, so that what is said of stability is on
    the careful side.

    Args:
        vectors: (n_texts, n_dims), and words, of the same texts.
        settings: of the run; `evaluation.resamples` says how many.
        kept: resamples that need not be clustered again.
    """
    rng = np.random.default_rng(settings.seed)
    n_drawn = min(round(RESAMPLE * len(vectors)), RESAMPLE_AT_MOST)
    drawn = [
        np.sort(rng.choice(len(vectors), n_drawn, replace=False))
        for _ in range(settings.evaluation.resamples)
    ]
    own = reduced(settings, "seed", "threads", "topics", "level1", "level2")
    alone = own.model_copy(update={"processes": 1})
    processes = n_processes(settings.processes, len(vectors))
    found = [
        kept.begin(
            draft_levels,
            (vectors[rows], words.take(rows), alone),
            processes=processes,
            threads=settings.threads,
        )
        for rows in drawn
    ]
    return lambda: [Resample(rows, levels()) for rows, levels in zip(drawn, found, strict=True)]
