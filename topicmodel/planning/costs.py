"""What work costs, in one table, as it was measured on one machine.

Seconds of a stage are a fixed part and so much for each million of what it works on; `work.py` says
what that is. `scripts/measure_costs.py` reads finished runs and prints the figures that fit them
best, in the form of this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MEASURED_ON = "2 cores of an AMD EPYC (Zen 4), 23 GB, Python 3.11"
"""The machine of all figures here, as quick as it is with nothing else to do."""

PYTHON_SECONDS = 0.0073
"""That it takes for `machine.some_python`."""

ARRAY_SECONDS = 0.0026
"""That it takes for `machine.some_arithmetic`."""


@dataclass(frozen=True)
class Cost:
    """A fixed amount, and so much for each million of what is worked on."""

    fixed: float
    per_million: Mapping[str, float] = field(default_factory=dict)
    """Kind of work -> amount for a million of it."""
    like: Literal["python", "arrays"] = "arrays"
    """What the time grows with on another machine."""

    def of(self, work: Mapping[str, float]) -> float:
        """The amount for this work."""
        rates = self.per_million.items()
        return self.fixed + sum(rate * work[kind] / 1e6 for kind, rate in rates)


SECONDS: Mapping[str, Cost] = {
    "reading vectors": Cost(0.05, {"texts": 4}, "python"),
    "encoding": Cost(3, {"encoded characters": 20}),
    "learning from the encoder": Cost(2, {"learnt": 1200}),
    "embedding by what was learnt": Cost(0.5, {"by student": 180}),
    "counting words": Cost(0.1, {"characters": 0.11}, "python"),
    "finding topics": Cost(8.5, {"fits": 70, "spread": 7}),
    "merging topics": Cost(0.1, {"texts": 6}),
    "finding level two": Cost(0.8, {"level two": 48, "texts": 25}),
    "drafting a tree to compare with": Cost(6, {"draft": 60, "drafted": 10}),
    "continuing the previous tree": Cost(0.5, {"texts": 300}),
    "naming": Cost(5, {"texts": 14}, "python"),
    "drawing the map": Cost(0.1, {"mapped here": 40, "off the map": 80}),
    "keeping the BERTopic model": Cost(0.7, {"characters": 0.016}, "python"),
    "scoring": Cost(0.4, {"resampled here": 60, "texts": 3}),
    "writing": Cost(2, {"shown": 50, "products": 11}, "python"),
}
"""Stage, as the manifest calls it -> seconds. Those of a refit and of the cascade are told from
what fits cost, and from the student's speed."""

PEAK_MB = Cost(1100, {"texts": 3100, "characters": 3.5, "on the map": 20_000, "fitted": 7500})
"""Memory of this process, in units of 2**20 bytes."""

HELPER_MB = Cost(450, {"fitted": 35_000})
"""Memory of each process that fits beside this one, without what they share."""

RUN_MB = Cost(5.6, {"shown": 180, "products": 95})
"""Disk for a run folder, in a million bytes."""

CACHE_MB = Cost(0, {"encoded numbers": 2.8})
"""Disk for new vectors, in a million bytes, by the numbers in them."""
