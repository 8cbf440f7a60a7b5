"""Texts to vectors through the cache; what it lacks is encoded here or by workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from topicmodel.datatypes import Embeddings, Encoder, Floats, Stage
from topicmodel.embedding.cache import VectorCache, default_cache_path
from topicmodel.embedding.encoders import load_encoder
from topicmodel.errors import EncoderError
from topicmodel.execution import HERE, Workers
from topicmodel.progress import Progress, Silent
from topicmodel.settings import EmbeddingSettings, Settings

EncodeAll = Callable[[Sequence[Sequence[str]]], Iterator[tuple[int, Floats]]]
"""Chunks -> the number of each with its vectors, as they get ready."""

LEAST_CHUNKS = 8
"""Fewer are encoded here in the time that workers take to start and to load the model."""


def encode_here(encoder: Encoder) -> EncodeAll:
    """In this process, one chunk after the other."""
    return partial(HERE.map, encoder.encode)


def encode_on(
    workers: Workers, encoder: Encoder, settings: EmbeddingSettings | None = None
) -> EncodeAll:
    """By workers, each with the model in its memory.

    Args:
        workers: who encode.
        encoder: that of this process, whose identity those of the workers have to have.
        settings: what each worker loads the model by, since the folder that it has here may not
            be there; None sends the encoder itself.
    """
    return lambda chunks: workers.map(
        encoder.encode,
        chunks,
        make=partial(_load, settings, encoder.identity) if settings else None,
        least=LEAST_CHUNKS,
        on_gpu=settings is not None and settings.device in ("auto", "cuda"),
    )


def _load(settings: EmbeddingSettings, identity: str) -> Callable[[Sequence[str]], Floats]:
    """The work of a worker.

    Raises:
        EncoderError: the worker has another model, or cannot load it.
    """
    encoder = load_encoder(settings)
    if encoder.identity != identity:
        raise EncoderError(
            f"A worker has the encoder {encoder.identity}, this process has {identity}. Install "
            "the same versions and models on all machines, and set embedding.precision to float32 "
            "where their processors differ."
        )
    return encoder.encode


Embed = Callable[[Sequence[str], Progress], Embeddings]
"""Texts -> vectors, through the cache."""


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
        progress.stage(Stage.ENCODING, total=sum(len(text) for chunk in chunks for text in chunk))
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


@dataclass(frozen=True)
class Embedder:
    """An encoder, an open cache of vectors, and who encodes."""

    encoder: Encoder
    cache: VectorCache
    encode_all: EncodeAll

    def __call__(self, texts: Sequence[str], progress: Progress) -> Embeddings:
        """Vectors of the texts, through the cache."""
        return embed(texts, self.encoder, self.cache, progress, self.encode_all)

    def fill(self, blocks: Sequence[Sequence[str]], progress: Progress) -> None:
        """Encode what the cache lacks of several lists of texts together."""
        fill_cache(blocks, self.encoder, self.cache, progress, self.encode_all)


@contextmanager
def embedding(
    settings: Settings, encoder: Encoder | None, cache: Path | None, workers: Workers = HERE
) -> Iterator[Embedder]:
    """The encoder and the cache of vectors, open.

    Raises:
        EncoderError: either cannot be used.
    """
    chosen = encoder or load_encoder(settings.embedding)
    encode_all = encode_on(workers, chosen, None if encoder else settings.embedding)
    with VectorCache(cache or default_cache_path()) as vectors:
        yield Embedder(chosen, vectors, encode_all)


def silently(embed: Embed) -> Callable[[Sequence[str]], Floats]:
    """Texts to vectors, and nobody is told."""
    return lambda texts: embed(texts, Silent()).vectors


def tell_encoded(embeddings: Embeddings, progress: Progress) -> None:
    """Say how many texts were encoded."""
    n_texts, n_encoded = len(embeddings.vectors), embeddings.n_encoded
    n_own = n_texts if embeddings.encoded is None else int(embeddings.encoded.sum())
    learnt = "" if n_own == n_texts else f", {n_texts - n_own:,} by what was learnt from these"
    progress.message(
        f"{n_texts:,} distinct texts: {n_encoded:,} encoded now, {n_own - n_encoded:,} from "
        f"cache{learnt}"
    )
