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
    "reading vectors": Cost(0.1, {"texts": 10}, "python"),
    "encoding": Cost(3, {"encoded characters": 30}),
    "learning from the encoder": Cost(2, {"learnt": 1000}),
    "embedding by what was learnt": Cost(0.5, {"by student": 300}),
    "counting words": Cost(0.1, {"characters": 0.13}, "python"),
    "finding topics": Cost(6, {"fits": 60, "spread": 20}),
    "merging topics": Cost(0.1, {"texts": 7, "late start": 3}),
    "finding level two": Cost(4, {"level two": 50, "texts": 55}),
    "drafting a tree to compare with": Cost(6, {"draft": 60, "drafted": 20}),
    "continuing the previous tree": Cost(0.5, {"texts": 300}),
    "naming": Cost(5, {"texts": 22}, "python"),
    "drawing the map": Cost(0.1, {"mapped": 40, "texts": 80}),
    "keeping the BERTopic model": Cost(1, {"characters": 0.02}, "python"),
    "scoring": Cost(1, {"resampled": 40, "texts": 5}),
    "writing": Cost(1.5, {"shown": 150, "products": 8}, "python"),
}
"""Stage, as the manifest calls it -> seconds. Those of a refit and of the cascade are told from
what fits cost, and from the student's speed."""

PEAK_MB = Cost(950, {"texts": 3600, "characters": 2, "on the map": 100_000, "fitted here": 8000})
"""Memory of this process, in units of 2**20 bytes."""

HELPER_MB = Cost(450, {"fitted beside": 20_000})
"""Memory of each process that fits beside others, without what all of them share."""

RUN_MB = Cost(5.6, {"shown": 240, "products": 105})
"""Disk for a run folder, in a million bytes."""

CACHE_MB = Cost(0, {"encoded numbers": 2.8})
"""Disk for new vectors, in a million bytes, by the numbers in them."""
