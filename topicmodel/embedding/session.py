"""Texts -> vectors from the cache; missing ones are encoded in this process or by workers."""

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
"""Chunks of texts -> index and vectors of each chunk, in the order in which they are finished."""

MIN_CHUNKS = 8
"""Fewer chunks are encoded in this process, which is faster than to start workers and load the
model."""


def encode_here(encoder: Encoder) -> EncodeAll:
    """Encode in this process, one chunk after the other."""
    return partial(HERE.map, encoder.encode)


def encode_on(
    workers: Workers, encoder: Encoder, settings: EmbeddingSettings | None = None
) -> EncodeAll:
    """Encode by workers, each of which loads the model.

    Args:
        workers: the processes or machines that encode.
        encoder: the encoder of this process; those of the workers must have the same identity.
        settings: each worker loads the model that they name, since the model's folder of this
            machine may not exist on others; None sends the encoder itself.
    """
    return lambda chunks: workers.map(
        encoder.encode,
        chunks,
        make=partial(_load, settings, encoder.identity) if settings else None,
        least=MIN_CHUNKS,
        on_gpu=settings is not None and settings.device in ("auto", "cuda"),
    )


def _load(settings: EmbeddingSettings, identity: str) -> Callable[[Sequence[str]], Floats]:
    """Load the encoder in a worker, and return its `encode`.

    Raises:
        EncoderError: the worker's model is another one, or cannot be loaded.
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
"""Texts -> embeddings, through the cache."""


log = logging.getLogger(__name__)

_CHUNK = 512
"""Texts between two writes to the cache: the maximum that a killed run loses."""

_ROWS_AT_ONCE = 65_536
"""Vectors that are scaled at once, to limit memory."""

_SILENT = Silent()


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress = _SILENT,
    encode_all: EncodeAll | None = None,
) -> Embeddings:
    """Vectors of the texts from the cache, after missing ones have been encoded.

    Each distinct text is encoded once, and written to the cache a chunk at a time, so a run after a
    killed one continues where that stopped. The result is read from the cache, in half precision,
    so it is the same in the run that encodes and in later ones.

    Args:
        texts: in any order; the same text may come twice.
        encoder: gives the identity, and encodes only if a text is missing.
        cache: an open cache.
        progress: advances by the characters of the missing texts, chunk by chunk.
        encode_all: encodes the chunks; by default they are encoded in this process.

    Raises:
        EncoderError: the encoder or the cache cannot be used, or the encoder gave vectors that have
            the wrong shape or are not finite.
    """
    n_encoded = fill_cache([texts], encoder, cache, progress, encode_all)
    vectors = _scale_to_unit_length(cache.get(encoder.identity, texts))
    log.info("embedded %d texts, %d from the cache", n_encoded, len(texts) - n_encoded)
    return Embeddings(vectors, encoder.identity, n_encoded)


def fill_cache(
    blocks: Iterable[Sequence[str]],
    encoder: Encoder,
    cache: VectorCache,
    progress: Progress = _SILENT,
    encode_all: EncodeAll | None = None,
) -> int:
    """Encode the texts of several lists that the cache lacks, and return how many those were.

    The chunks are the same as with one call of `embed` after the other, and so are the vectors, but
    all chunks are encoded together. The other arguments and errors are those of `embed`.
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
    """The texts of each block that are to be encoded, in chunks; each text once."""
    chunks: list[Sequence[str]] = []
    seen: set[str] = set()
    for texts in blocks:
        cached = cache.contains(identity, texts)
        missing = {text for text, known in zip(texts, cached, strict=True) if not known} - seen
        chunks += _chunks(_in_fixed_order(missing))
        seen |= missing
    return chunks


def _in_fixed_order(texts: Iterable[str]) -> list[str]:
    # Texts of similar length need little padding; the longest come first, so that a lack of memory
    # shows at once. By the fixed order a continued run has the chunks of the killed one.
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
    """The same array, scaled in place to undo the rounding to half precision."""
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        rows = vectors[start : start + _ROWS_AT_ONCE]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.maximum(lengths, np.finfo(np.float32).tiny)
    return vectors


@dataclass(frozen=True)
class Embedder:
    """An encoder, an open cache of vectors, and a way to encode many chunks."""

    encoder: Encoder
    cache: VectorCache
    encode_all: EncodeAll

    def __call__(self, texts: Sequence[str], progress: Progress) -> Embeddings:
        """Vectors of the texts, through the cache: see `embed`."""
        return embed(texts, self.encoder, self.cache, progress, self.encode_all)

    def fill(self, blocks: Sequence[Sequence[str]], progress: Progress) -> None:
        """Encode the texts of several lists that the cache lacks, all together."""
        fill_cache(blocks, self.encoder, self.cache, progress, self.encode_all)


@contextmanager
def embedding(
    settings: Settings, encoder: Encoder | None, cache: Path | None, workers: Workers = HERE
) -> Iterator[Embedder]:
    """The encoder with the opened cache of vectors, which is closed afterwards.

    Args:
        settings: name the encoder, if none is given.
        encoder: is used in place of the one that the settings name.
        cache: file of the cache; None is the default one.
        workers: encode the texts that are missing in the cache.

    Raises:
        EncoderError: the encoder or the cache cannot be used.
    """
    chosen = encoder or load_encoder(settings.embedding)
    encode_all = encode_on(workers, chosen, None if encoder else settings.embedding)
    with VectorCache(cache or default_cache_path()) as vectors:
        yield Embedder(chosen, vectors, encode_all)


def silently(embed: Embed) -> Callable[[Sequence[str]], Floats]:
    """A function from texts to vectors that reports no progress."""
    return lambda texts: embed(texts, Silent()).vectors


def tell_encoded(embeddings: Embeddings, progress: Progress) -> None:
    """Report how many texts were encoded, came from the cache, or were embedded by the student."""
    n_texts, n_encoded = len(embeddings.vectors), embeddings.n_encoded
    n_by_encoder = n_texts if embeddings.encoded is None else int(embeddings.encoded.sum())
    n_learnt = n_texts - n_by_encoder
    learnt = f", {n_learnt:,} by what was learnt from these" if n_learnt else ""
    progress.message(
        f"{n_texts:,} distinct texts: {n_encoded:,} encoded now, {n_by_encoder - n_encoded:,} from "
        f"cache{learnt}"
    )
