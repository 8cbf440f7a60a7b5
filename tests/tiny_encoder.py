"""An encoder for tests: quick, the same everywhere, and near where texts share words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from topicmodel.datatypes import Floats

N_DIMS = 64


class TinyEncoder:
    """Unit vectors that add up a fixed random direction for each word of a text."""

    def __init__(self, identity: str = "tiny-encoder", *, explodes: bool = False) -> None:
        self.identity = identity
        self.explodes = explodes
        self.batches: list[list[str]] = []
        """The texts of every call, in order."""

    @property
    def encoded(self) -> int:
        """How many texts it was asked to encode."""
        return sum(map(len, self.batches))

    def encode(self, texts: Sequence[str]) -> Floats:
        if self.explodes:
            raise AssertionError(f"The encoder was asked for {len(texts)} texts.")
        self.batches.append(list(texts))
        if not texts:
            return np.empty((0, N_DIMS), dtype=np.float32)
        sums = np.stack([np.sum([_direction(word) for word in _words(t)], axis=0) for t in texts])
        return (sums / np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower()) or [text]


@cache
def _direction(word: str) -> np.ndarray:
    digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
    return np.random.default_rng(list(digest)).standard_normal(N_DIMS)
