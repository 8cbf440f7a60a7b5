"""Where chunks of texts are encoded: by the encoder at hand, or by one in each of many workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from topicmodel.datatypes import Encoder, Floats
from topicmodel.embedding.encoders import load_encoder
from topicmodel.errors import EncoderError
from topicmodel.execution import HERE, Workers
from topicmodel.settings import EmbeddingSettings

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
