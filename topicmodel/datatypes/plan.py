"""What a run is expected to take, before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

RunKind = Literal["fit", "continue", "keep"]
"""fit: a tree is built; continue: the previous tree goes on; keep: it stays as it is."""


@dataclass(frozen=True)
class Counts:
    """How much there is to do."""

    n_products: int
    n_texts: int
    """Distinct texts."""
    mean_characters: float
    """Mean length of a text, in characters."""
    n_missing: int
    """Texts whose vectors the cache lacks."""
    n_dims: int = 384
    """Dimensions of a vector."""
    n_new: int | None = None
    """Texts that are not in the previous run; None where there is no previous run."""


@dataclass(frozen=True)
class Machine:
    """How fast a machine is, relative to the one on which the costs were measured."""

    python: float = 1.0
    """Its time for the same plain Python over the time of that machine; 1 is equally fast."""
    arrays: float = 1.0
    """The same ratio for arithmetic on arrays."""
    cores: int = 2
    """Processor cores that this process may use."""
    seconds_a_text: float | None = None
    """Seconds to encode one text; None where encoding was not tried."""


@dataclass(frozen=True)
class FreeResources:
    """Free memory and disk, in millions of bytes; None where unknown or not needed."""

    memory: float | None = None
    """Memory for this process and those that it starts, including what it uses already."""
    run_disk: float | None = None
    """Disk where the run folder will be."""
    cache_disk: float | None = None
    """Disk where the cache of vectors is."""
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
    """Stage, by its name in the manifest -> seconds, in the order of the stages; measured ones for
    the stages that were over when the plan was made."""
    peak_mb: float
    """Peak memory of this process, in units of 2**20 bytes as in the manifest."""
    helpers_mb: float
    """Memory of all helper processes together, in the same units; 0 where there are none."""
    run_mb: float
    """Disk for the run folder, in millions of bytes."""
    cache_mb: float
    """Disk for vectors that the cache lacks, in millions of bytes."""
    n_encoded: int
    """Texts that the encoder will read; an estimate with a cascade."""
    hints: tuple[str, ...] = ()
    """Sentences that may help the user to save time."""
    problems: tuple[str, ...] = ()
    """Sentences about what cannot work on this machine, each with its remedy."""

    @property
    def total_seconds(self) -> float:
        """Seconds of all stages together."""
        return sum(self.seconds.values())

    @property
    def memory_mb(self) -> float:
        """Memory of all processes together, in units of 2**20 bytes."""
        return self.peak_mb + self.helpers_mb

    def as_record(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
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
