"""BERTopic, UMAP and HDBSCAN behind one interface: texts and vectors in, frozen values out.

No other part of the package imports these three libraries. Their random numbers are seeded, their
number of threads is fixed, and dumps that are too small for them are handled without them.
"""

from __future__ import annotations

from topicmodel.engine.backends import device_used
from topicmodel.engine.map import MapSample, draw_map, put_on_map, sample_for_map
from topicmodel.engine.reduction import MIN_TEXTS
from topicmodel.engine.representation import Representation, class_tfidf, represent
from topicmodel.engine.saving import bertopic_files
from topicmodel.engine.topics import find_topics

__all__ = [
    "MIN_TEXTS",
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
