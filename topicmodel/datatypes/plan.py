"""What a run is expected to take, before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

RunKind = Literal["fit", "continue", "keep"]
"""A tree is built; the previous one continued; or it stays as it is."""


@dataclass(frozen=True)
class Counts:
    """How much there is to do."""

    n_products: int
    n_texts: int
    """Distinct."""
    mean_characters: float
    """Of a text."""
    n_missing: int
    """Texts whose vectors the cache lacks."""
    n_dims: int = 384
    """Of a vector."""
    n_new: int | None = None
    """Texts that the previous run has not; None where there is no previous run."""


@dataclass(frozen=True)
class Machine:
    """How quick a machine is beside the one that the costs were measured on."""

    python: float = 1.0
    """Time that it takes for the same plain Python, 1 where it is equally quick."""
    arrays: float = 1.0
    """Time that it takes for the same arithmetic on arrays."""
    cores: int = 2
    """Processor cores that this process may use."""
    seconds_a_text: float | None = None
    """Of encoding; None where it was not tried."""


@dataclass(frozen=True)
class FreeResources:
    """What is free, in a million bytes each; None where nobody knows or nothing is written."""

    memory: float | None = None
    """For this process and those that it starts, what it holds already included."""
    run_disk: float | None = None
    """Where the run folder goes."""
    cache_disk: float | None = None
    """Where the cache of vectors is."""
    is_one_disk: bool = False
    """Whether run folder and cache are on the same disk."""


@dataclass(frozen=True)
class Plan:
    """What a run is expected to take."""

    run_kind: RunKind
    counts: Counts
    machine: Machine
    free: FreeResources
    seconds: Mapping[str, float]
    """Stage, as the manifest calls it -> seconds, in their order; of the stages that were over when
    the plan was made, what they took."""
    peak_mb: float
    """Memory of this process at its peak, in units of 2**20 bytes as in the manifest."""
    helpers_mb: float
    """Memory of all processes that fit side by side, together; 0 where there are none."""
    run_mb: float
    """Disk for the run folder, in a million bytes."""
    cache_mb: float
    """Disk for vectors that the cache lacks, in a million bytes."""
    n_encoded: int
    """Texts that go to the encoder; with a cascade, about as many."""
    hints: tuple[str, ...] = ()
    """What else is worth knowing."""
    problems: tuple[str, ...] = ()
    """What cannot work on this machine, each with what helps."""

    @property
    def total_seconds(self) -> float:
        """Of all stages."""
        return sum(self.seconds.values())

    @property
    def memory_mb(self) -> float:
        """Of all processes together."""
        return self.peak_mb + self.helpers_mb

    def as_record(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "course": self.run_kind,
            "counts": asdict(self.counts),
            "machine": _rounded(asdict(self.machine)),
            "free_mb": _rounded(asdict(self.free)),
            "seconds": _rounded(self.seconds),
            "total_seconds": round(self.total_seconds, 2),
            "peak_mb": round(self.peak_mb, 1),
            "helpers_mb": round(self.helpers_mb, 1),
            "run_mb": round(self.run_mb, 1),
            "cache_mb": round(self.cache_mb, 1),
            "n_encoded": self.n_encoded,
            "hints": list(self.hints),
            "problems": list(self.problems),
        }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(v, 4) if isinstance(v, float) else v for key, v in values.items()}
