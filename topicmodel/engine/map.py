"""The map: two-dimensional coordinates of the texts by UMAP, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.engine import backends
from topicmodel.engine.parts import pinned
from topicmodel.engine.reduction import MIN_TEXTS, reducer_for
from topicmodel.settings import FitSettings

MAX_MAPPED = 10_000
"""Maximum texts whose coordinates UMAP computes; other texts are put near similar ones."""

MIN_KNOWN = 0.5
"""Minimum share of texts with coordinates on an earlier map for a map to start from that one."""

N_NEAREST = 4
"""Number of the most similar texts of the map that decide where another text is put."""

MAP_BLOCK = 4_096
"""Texts that are compared with the whole map at once, to limit memory."""


@dataclass(frozen=True)
class MapSample:
    """The texts whose coordinates UMAP computes: all of them, or a random sample."""

    rows: Integers
    """(n_rows,), rows of the texts in the sample, ascending."""
    vectors: Floats
    """(n_rows, n_dims), vectors of these texts, unit length."""
    start: Floats | None
    """(n_rows, 2), coordinates that UMAP starts from; None for a map without an earlier one."""


def sample_for_map(
    vectors: Floats, settings: FitSettings, *, seed: int, before: Floats | None = None
) -> MapSample:
    """Draw up to `MAX_MAPPED` texts whose coordinates UMAP computes.

    Args:
        vectors: (n_texts, n_dims), unit length.
        settings: settings of UMAP.
        seed: decides the sample.
        before: (n_texts, 2), coordinates on an earlier map; nan for texts that were not on it. If
            at least `MIN_KNOWN` of the texts were, the map starts from them, so that known texts
            stay about where they were.
    """
    rows = _sample(np.arange(len(vectors)), seed)
    start = None
    if before is not None and len(vectors) >= MIN_TEXTS:
        start = _start(vectors, rows, before, settings, seed)
    return MapSample(rows, vectors[rows], start)


def draw_map(sample: MapSample, settings: FitSettings, seed: int) -> Floats:
    """(n_rows, 2), coordinates of the sampled texts by UMAP; a circle if UMAP has too few texts."""
    if len(sample.vectors) < MIN_TEXTS:
        angles = 2 * np.pi * np.arange(len(sample.vectors)) / max(len(sample.vectors), 1)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    with pinned(settings.threads):
        if sample.start is not None:
            return _continued(sample.vectors, sample.start, settings, seed)
        reducer = reducer_for(sample.vectors, settings, 2, seed, min_dist=0.1)
        return np.asarray(reducer.fit_transform(sample.vectors), dtype=np.float32)


def put_on_map(vectors: Floats, rows: Integers, coordinates: Floats, *, threads: int) -> Floats:
    """(n_texts, 2), coordinates of all texts: each is put near the most similar ones of the map.

    Args:
        vectors: (n_texts, n_dims), unit length.
        rows: (n_rows,), rows of the texts whose coordinates are known.
        coordinates: (n_rows, 2), of these texts.
        threads: number of threads.
    """
    with pinned(threads):
        return _put_near_similar(vectors, rows, coordinates)


def _sample(rows: Integers, seed: int) -> Integers:
    """The rows, or a random `MAX_MAPPED` of them, ascending."""
    if len(rows) <= MAX_MAPPED:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MAX_MAPPED, replace=False))


def _start(
    vectors: Floats, rows: Integers, before: Floats, settings: FitSettings, seed: int
) -> Floats | None:
    """(n_rows, 2), coordinates that the map starts from; None if too few texts are known.

    New texts start near the most similar known ones.
    """
    known = np.isfinite(before).all(axis=1)
    if backends.gpu(settings.device) or known.mean() < MIN_KNOWN:
        return None
    known_rows = _sample(np.flatnonzero(known), seed)
    start = _put_near_similar(vectors, known_rows, before[known_rows])[rows]
    return start if np.ptp(start, axis=0).min() > 0 else None


def _continued(vectors: Floats, start: Floats, settings: FitSettings, seed: int) -> Floats:
    """(n_texts, 2), the map that UMAP makes from these coordinates, in the same scale as them."""
    reducer = reducer_for(vectors, settings, 2, seed, min_dist=0.1, start=start)
    mapped = np.asarray(reducer.fit_transform(vectors), dtype=np.float32)
    # UMAP scales its start to 0 to 10 on both axes, and the result is larger still. So the result
    # is mapped back by the affine function that brings it nearest to the start.
    affine = np.column_stack([mapped, np.ones(len(mapped), dtype=np.float32)])
    moved: Floats = affine @ np.linalg.lstsq(affine, start, rcond=None)[0].astype(np.float32)
    return moved


def _put_near_similar(vectors: Floats, rows: Integers, mapped: Floats) -> Floats:
    """(n_texts, 2), coordinates of all texts, from the known ones, `mapped`, of some rows."""
    coordinates = np.empty((len(vectors), 2), dtype=np.float32)
    coordinates[rows] = mapped
    sample, others = vectors[rows], np.delete(np.arange(len(vectors)), rows)
    for first in range(0, len(others), MAP_BLOCK):
        block = others[first : first + MAP_BLOCK]
        near = _most_similar(vectors[block] @ sample.T)
        similar = mapped[near]
        # Similar texts may be in distant regions, whose mean would be in an empty one. So they
        # count less the farther they are from the most similar text.
        distances = np.linalg.norm(similar - similar[:, :1], axis=2, keepdims=True)
        weights = np.exp(-distances)
        coordinates[block] = (similar * weights).sum(axis=1) / weights.sum(axis=1)
    return coordinates


def _most_similar(cosines: Floats) -> Integers:
    """(n, N_NEAREST), columns of the greatest cosines of each row; `cosines` is overwritten."""
    rows, columns = np.arange(len(cosines)), np.empty((len(cosines), N_NEAREST), dtype=np.int64)
    # A few searches for the maximum are several times as fast as a partition.
    for rank in range(N_NEAREST):
        columns[:, rank] = cosines.argmax(axis=1)
        cosines[rows, columns[:, rank]] = -np.inf
    return columns
