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
"""The machine of all figures here, otherwise idle."""

PYTHON_SECONDS = 0.0095
"""That it takes for `machine.some_python`."""

ARRAY_SECONDS = 0.0033
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
    "reading vectors": Cost(0.1, {"texts": 60}, "python"),
    "encoding": Cost(3, {"encoded characters": 30}),
    "learning from the encoder": Cost(2, {"learnt": 1000}),
    "embedding by what was learnt": Cost(0.5, {"by student": 300}),
    "counting words": Cost(0.1, {"characters": 0.25}, "python"),
    "finding topics": Cost(12, {"fits": 40, "spread": 150}),
    "merging topics": Cost(0.1, {"texts": 100, "late start": 8}),
    "finding level two": Cost(2, {"level two": 40, "texts": 100}),
    "drafting a tree to compare with": Cost(12, {"draft": 40, "drafted": 150}),
    "continuing the previous tree": Cost(0.5, {"texts": 300}),
    "naming": Cost(2, {"texts": 600}, "python"),
    "drawing the map": Cost(3, {"mapped": 30, "texts": 100}),
    "keeping the BERTopic model": Cost(0.2, {"characters": 0.1}, "python"),
    "scoring": Cost(3, {"resampled": 40, "texts": 100}),
    "writing": Cost(3, {"shown": 100, "products": 60}, "python"),
}
"""Stage, as the manifest calls it -> seconds."""

PEAK_MB = Cost(650, {"texts": 6000, "characters": 8, "on the map": 50000, "fitted here": 1000})
"""Memory of this process."""

HELPER_MB = Cost(300, {"fitted beside": 15000})
"""Memory of each process that fits beside others."""

RUN_MB = Cost(6, {"shown": 150, "products": 80})
"""Disk for a run folder, in a million bytes."""

CACHE_MB = Cost(0, {"encoded numbers": 2.4})
"""Disk for new vectors, by the numbers in them."""
