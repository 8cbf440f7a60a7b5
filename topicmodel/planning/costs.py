"""The costs of each stage in seconds, memory and disk, as measured on one machine.

It has 2 cores of an AMD EPYC (Zen 4), 23 GB and Python 3.11, and had no other load.

The cost of a stage is a fixed amount, and an amount for each million units of its work;
`workload.py` computes how many units there are. `scripts/measure_costs.py` reads finished runs and
prints the figures that fit them best, in the form of this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from topicmodel.datatypes import Stage

PYTHON_SECONDS = 0.0073
"""Seconds that this machine takes for `machine.some_python`."""

ARRAY_SECONDS = 0.0026
"""Seconds that this machine takes for `machine.some_arithmetic`."""


@dataclass(frozen=True)
class Cost:
    """A fixed amount, and an amount for each million units of work."""

    fixed: float
    per_million: Mapping[str, float] = field(default_factory=dict)
    """Kind of work -> amount for a million units of it."""
    like: Literal["python", "arrays"] = "arrays"
    """Which speed of another machine the time is scaled by."""

    def of(self, work: Mapping[str, float]) -> float:
        """The amount for this work.

        Args:
            work: kind of work -> number of units.
        """
        rates = self.per_million.items()
        return self.fixed + sum(rate * work[kind] / 1e6 for kind, rate in rates)


SECONDS: Mapping[Stage, Cost] = {
    Stage.READING_VECTORS: Cost(0.05, {"texts": 4}, "python"),
    Stage.ENCODING: Cost(3, {"encoded characters": 20}),
    Stage.LEARNING_FROM_THE_ENCODER: Cost(2, {"learnt": 1200}),
    Stage.EMBEDDING_BY_THE_STUDENT: Cost(0.5, {"by student": 180}),
    Stage.COUNTING_WORDS: Cost(0.1, {"characters": 0.11}, "python"),
    Stage.COMPARING_WITH_GOODS: Cost(1, {"texts": 45}),
    Stage.FINDING_TOPICS: Cost(8.5, {"fits": 70, "propagated": 7}),
    Stage.MERGING_TOPICS: Cost(0.1, {"texts": 6}),
    Stage.FINDING_LEVEL_TWO: Cost(0.8, {"level two": 48, "texts": 25}),
    Stage.DRAFTING_A_TREE: Cost(6, {"draft": 60, "drafted": 10}),
    Stage.CONTINUING_THE_TREE: Cost(0.5, {"texts": 300}),
    Stage.NAMING: Cost(5, {"texts": 14}, "python"),
    Stage.DRAWING_THE_MAP: Cost(0.1, {"mapped here": 40, "off the map": 80}),
    Stage.KEEPING_THE_BERTOPIC_MODEL: Cost(0.7, {"characters": 0.016}, "python"),
    Stage.SCORING: Cost(0.4, {"resampled here": 60, "texts": 3}),
    Stage.WRITING: Cost(2, {"shown": 50, "products": 11}, "python"),
}
"""Stage -> seconds.

The figures for a refit and for the cascade are derived from the costs of fits and of the student.
"""

PEAK_MB = Cost(1100, {"texts": 3100, "characters": 3.5, "on the map": 20_000, "fitted": 7500})
"""Peak memory of this process, in units of 2**20 bytes."""

HELPER_MB = Cost(450, {"fitted": 35_000})
"""Unshared memory of each further process that makes fits, in units of 2**20 bytes."""

RUN_MB = Cost(5.6, {"shown": 180, "products": 95})
"""Disk for a run folder, in units of a million bytes."""

CACHE_MB = Cost(0, {"encoded numbers": 2.8})
"""Disk for new vectors, in units of a million bytes; the work is how many numbers they hold."""
