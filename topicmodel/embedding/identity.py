"""What tells the vectors of one encoder from those of every other."""

from __future__ import annotations

from typing import Literal, get_args

from topicmodel.embedding.models import ModelFiles

Precision = Literal["float32", "bfloat16", "float16"]
"""The arithmetic that a model is run in."""


def identity_of(model: ModelFiles, max_tokens: int, precision: Precision) -> str:
    """Name, digests of weights and configuration, token limit, precision."""
    return (
        f"{model.name}@{model.weights[:16]};configuration={model.configuration[:16]};"
        f"tokens={max_tokens};{precision};normalised"
    )


def are_comparable(identity: str, other: str) -> bool:
    """Whether vectors of two encoders may be compared with one another.

    They may where nothing but the precision differs, as between a machine with a GPU and one
    without: the vectors of a text then differ in their fourth decimal.
    """
    return _without_precision(identity) == _without_precision(other)


def _without_precision(identity: str) -> list[str]:
    return [part for part in identity.split(";") if part not in get_args(Precision)]
