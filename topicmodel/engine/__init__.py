"""BERTopic, UMAP and HDBSCAN behind one door: texts and vectors in, frozen values out.

Nothing else in the package imports these three. What they draw by chance is seeded, their threads
are pinned, and dumps too small for them never reach them.
"""

from __future__ import annotations

from topicmodel.engine.backends import device_used
from topicmodel.engine.map import MapSample, draw_map, put_on_map, sample_for_map
from topicmodel.engine.reduction import LEAST_TEXTS
from topicmodel.engine.representation import Representation, class_tfidf, represent
from topicmodel.engine.saving import bertopic_files
from topicmodel.engine.topics import find_topics

__all__ = [
    "LEAST_TEXTS",
    "MapSample",
    "Representation",
    "bertopic_files",
    "class_tfidf",
    "device_used",
    "draw_map",
    "find_topics",
    "put_on_map",
    "represent",
    "sample_for_map",
]
