"""Texts to vectors: encoders behind one protocol, and the cache that saves encoding twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from topicmodel.datatypes import Embeddings, Encoder, Floats
from topicmodel.embedding.cache import (
    CacheInfo,
    VectorCache,
    clear_cache,
    default_cache_path,
)
from topicmodel.embedding.encoders import SentenceEncoder, load_encoder
from topicmodel.embedding.identity import are_comparable
from topicmodel.embedding.spreading import EncodeAll, encode_here, encode_on
from topicmodel.errors import EncoderError
from topicmodel.progress import Progress, Silent

__all__ = [
    "CacheInfo",
    "EncodeAll",
    "SentenceEncoder",
    "VectorCache",
    "are_comparable",
    "clear_cache",
    "default_cache_path",
    "embed",
    "encode_on",
    "fill_cache",
    "load_encoder",
]

log = logging.getLogger(__name__)

_CHUNK = 512
"""Texts between two writes to the cache: what a killed run loses at most."""
_ROWS_AT_ONCE = 65_536
_NOBODY = Silent()


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress = _NOBODY,
    encode_all: EncodeAll | None = None,
) -> Embeddings:
    """Vectors of the texts: from the cache, where what is missing is encoded first.

    Each distinct text is encoded once, and written to the cache a chunk at a time; a run that is
    killed goes on where it stopped. The result is what the cache holds, in half precision, so it
    is the same in the run that encodes and in every later one.

    Args:
        texts: in any order; the same text may come twice.
        encoder: asked for the identity, and to encode only where a text is missing.
        cache: an open cache.
        progress: told the characters of the missing texts, chunk by chunk.
        encode_all: where chunks are encoded; in this process unless given.

    Raises:
        EncoderError: the encoder or the cache cannot be used, or the encoder gave vectors of the
            wrong shape or not numbers.
    """
    n_encoded = fill_cache([texts], encoder, cache, progress, encode_all)
    vectors = _scale_to_unit_length(cache.get(encoder.identity, texts))
    log.info("embedded %d texts, %d from the cache", n_encoded, len(texts) - n_encoded)
    return Embeddings(vectors, encoder.identity, n_encoded)


def fill_cache(
    blocks: Iterable[Sequence[str]],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress = _NOBODY,
    encode_all: EncodeAll | None = None,
) -> int:
    """Encode what the cache lacks of several lists of texts; how many texts that was.

    The chunks are those that `embed` makes of one list after the other, so the vectors are too,
    but all are under way together. The other arguments and errors are those of `embed`.
    """
    chunks = _missing_chunks(blocks, encoder.identity, cache)
    if chunks:
        progress.stage("encoding", total=sum(len(text) for chunk in chunks for text in chunk))
    start, n_encoded = time.perf_counter(), 0
    for number, vectors in (encode_all or encode_here(encoder))(chunks):
        chunk = chunks[number]
        cache.put(encoder.identity, chunk, _checked(vectors, chunk, encoder))
        n_encoded += len(chunk)
        rate = n_encoded / (time.perf_counter() - start)
        progress.advance(sum(map(len, chunk)), note=f"{rate:,.0f} texts/s")
    return n_encoded


def _missing_chunks(
    blocks: Iterable[Sequence[str]], identity: str, cache: VectorCache
) -> list[Sequence[str]]:
    """What is to be encoded of each block, in chunks; a text only with the first that has it."""
    chunks: list[Sequence[str]] = []
    seen: set[str] = set()
    for texts in blocks:
        held = cache.holds(identity, texts)
        missing = {text for text, is_held in zip(texts, held, strict=True) if not is_held} - seen
        chunks += _chunks(_in_fixed_order(missing))
        seen |= missing
    return chunks


def _in_fixed_order(texts: Iterable[str]) -> list[str]:
    # Texts of like length make full batches; the longest come first, so that a lack of memory
    # shows at once. A run that goes on meets the chunks of the killed one, hence its vectors.
    return sorted(texts, key=lambda text: (-len(text), text))


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _CHUNK):
        yield texts[start : start + _CHUNK]


def _checked(vectors: Floats, texts: Sequence[str], encoder: Encoder) -> Floats:
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise EncoderError(
            f"The encoder {encoder.identity} gave an array of shape {vectors.shape} for "
            f"{len(texts)} texts. Choose another embedding.model."
        )
    if not np.isfinite(vectors).all():
        raise EncoderError(
            f"The encoder {encoder.identity} gave vectors that are not numbers. "
            "Choose another embedding.model or embedding.device."
        )
    return vectors


def _scale_to_unit_length(vectors: Floats) -> Floats:
    """The same array, scaled in place: half precision leaves it a little off."""
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = vectors[start : start + _ROWS_AT_ONCE]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.maximum(lengths, np.finfo(np.float32).tiny)
    return vectors
