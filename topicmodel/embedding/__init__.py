"""Texts -> vectors: encoders behind one protocol, and a cache so that no text is encoded twice."""

from topicmodel.embedding.cache import CacheInfo, VectorCache, clear_cache, default_cache_path
from topicmodel.embedding.encoders import SentenceEncoder, load_encoder
from topicmodel.embedding.models import are_comparable
from topicmodel.embedding.session import (
    Embed,
    Embedder,
    EncodeAll,
    embed,
    embedding,
    encode_on,
    fill_cache,
    silently,
    tell_encoded,
)

__all__ = [
    "CacheInfo",
    "Embed",
    "Embedder",
    "EncodeAll",
    "SentenceEncoder",
    "VectorCache",
    "are_comparable",
    "clear_cache",
    "default_cache_path",
    "embed",
    "embedding",
    "encode_on",
    "fill_cache",
    "load_encoder",
    "silently",
    "tell_encoded",
]
