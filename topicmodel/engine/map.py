"""A map of the texts in two dimensions, by UMAP: for the eye."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Floats, Integers
from topicmodel.engine import backends
from topicmodel.engine.parts import pinned
from topicmodel.engine.reduction import LEAST_TEXTS, reducer_for
from topicmodel.settings import FitSettings

MAPPED = 10_000
"""Texts that UMAP draws a map of."""

MOSTLY_KNOWN = 0.5
"""Least share of the texts on the map before from which a map starts there."""

N_AMONG = 4
"""Texts of the map that another one is put among."""

MAP_BLOCK = 4_096
"""Texts that are compared with the whole map at once."""


@dataclass(frozen=True)
class MapSample:
    """The texts that UMAP draws a map of: all, or an even sample."""

    rows: Integers
    """(n_rows,), of all texts."""
    vectors: Floats
    """(n_rows, n_dims), theirs."""
    start: Floats | None
    """(n_rows, 2), where they are on a map that was there before."""


def sample_for_map(
    vectors: Floats, settings: FitSettings, *, seed: int, before: Floats | None = None
) -> MapSample:
    """Up to `MAPPED` texts, to draw a map of.

    Args:
        vectors: (n_texts, n_dims), unit length.
        settings: of UMAP.
        seed: of the draw.
        before: (n_texts, 2), places on an earlier map, nan where a text had none. Where most had
            one the map starts there, so that what was known is found again about where it was.
    """
    rows = _even_sample(np.arange(len(vectors)), seed)
    start = None
    if before is not None and len(vectors) >= LEAST_TEXTS:
        start = _start(vectors, rows, before, settings, seed)
    return MapSample(rows, vectors[rows], start)


def draw_map(sample: MapSample, settings: FitSettings, seed: int) -> Floats:
    """Two dimensions for the eye, (n_rows, 2), by UMAP."""
    if len(sample.vectors) < LEAST_TEXTS:
        angles = 2 * np.pi * np.arange(len(sample.vectors)) / max(len(sample.vectors), 1)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    with pinned(settings.threads):
        if sample.start is not None:
            return _continued(sample.vectors, sample.start, settings, seed)
        reducer = reducer_for(sample.vectors, settings, 2, seed, min_dist=0.1)
        return np.asarray(reducer.fit_transform(sample.vectors), dtype=np.float32)


def put_on_map(vectors: Floats, rows: Integers, places: Floats, *, threads: int) -> Floats:
    """Places of all texts, (n_texts, 2): each is put among those of the map most like it.

    Args:
        vectors: (n_texts, n_dims), unit length.
        rows: of the texts on the map.
        places: (n_rows, 2), theirs.
        threads: of the arithmetic.
    """
    with pinned(threads):
        return _put_among(vectors, rows, places)


def _even_sample(rows: Integers, seed: int) -> Integers:
    if len(rows) <= MAPPED:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MAPPED, replace=False))


def _start(
    vectors: Floats, rows: Integers, before: Floats, settings: FitSettings, seed: int
) -> Floats | None:
    """Where some texts start, (n_rows, 2): new ones among known ones. None for a map of its own."""
    known = np.isfinite(before).all(axis=1)
    if backends.gpu(settings.device) or known.mean() < MOSTLY_KNOWN:
        return None
    kept = _even_sample(np.flatnonzero(known), seed)
    start = _put_among(vectors, kept, before[kept])[rows]
    return start if np.ptp(start, axis=0).min() > 0 else None


def _continued(vectors: Floats, start: Floats, settings: FitSettings, seed: int) -> Floats:
    """The map that comes of these places, (n_texts, 2), in their own measure."""
    reducer = reducer_for(vectors, settings, 2, seed, min_dist=0.1, start=start)
    found = np.asarray(reducer.fit_transform(vectors), dtype=np.float32)
    # UMAP stretches what it starts from to 0 to 10 on both axes, and what comes of it grows.
    affine = np.column_stack([found, np.ones(len(found), dtype=np.float32)])
    moved: Floats = affine @ np.linalg.lstsq(affine, start, rcond=None)[0].astype(np.float32)
    return moved


def _put_among(vectors: Floats, rows: Integers, mapped: Floats) -> Floats:
    """Coordinates of all texts, where those of some rows are known."""
    found = np.empty((len(vectors), 2), dtype=np.float32)
    found[rows] = mapped
    sample, others = vectors[rows], np.delete(np.arange(len(vectors)), rows)
    for first in range(0, len(others), MAP_BLOCK):
        block = others[first : first + MAP_BLOCK]
        near = _most_similar(vectors[block] @ sample.T)
        places = mapped[near]
        # Neighbours may lie on islands far from one another: the middle of them would be the sea.
        nearest = places[:, :1]
        apart = np.linalg.norm(places - nearest, axis=2, keepdims=True)
        weights = np.exp(-apart)
        found[block] = (places * weights).sum(axis=1) / weights.sum(axis=1)
    return found


def _most_similar(cosines: Floats) -> Integers:
    """Columns of the greatest in each row, best first: (n, N_AMONG). They are overwritten."""
    rows, found = np.arange(len(cosines)), np.empty((len(cosines), N_AMONG), dtype=np.int64)
    # A few searches for the greatest are several times as quick as a partition.
    for place in range(N_AMONG):
        found[:, place] = cosines.argmax(axis=1)
        cosines[rows, found[:, place]] = -np.inf
    return found
