"""A map of vectors, as a run draws it."""

from __future__ import annotations

import numpy as np

from topicmodel.datatypes import Floats
from topicmodel.execution.context import FitContext
from topicmodel.settings import Settings, TopicSettings
from topicmodel.workflows.drawing import begin_map


def drawn_map(
    vectors: Floats,
    topics: TopicSettings,
    *,
    seed: int,
    threads: int,
    before: Floats | None = None,
) -> Floats:
    """Two dimensions for the eye, (n_texts, 2)."""
    settings = Settings(seed=seed, threads=threads, topics=topics, processes=1)
    return begin_map(vectors, np.arange(len(vectors)), FitContext.of(settings), before)()
