"""Whole fits of the program, with their clock, as the parts of the benchmark need them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import topicmodel as tm
from speed.processes import Memory
from topicmodel.datatypes import Encoder, Floats
from topicmodel.execution.processes import LEAST_FOR_PROCESSES, n_processes

N_SEARCHED = 500
LAST = "writing and report"
"""What a run does after the last stage that its manifest tells of."""


class TimedEncoder:
    """An encoder under another name that notes what it was asked for."""

    def __init__(self, identity: str, encoder: Encoder) -> None:
        self.identity = identity
        self.n_texts = 0
        self.seconds = 0.0
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Floats:
        """What the encoder makes of the texts."""
        start = time.perf_counter()
        vectors = self._encoder.encode(texts)
        self.seconds += time.perf_counter() - start
        self.n_texts += len(texts)
        return vectors


def whole_fit(
    dump: Path, settings: tm.Settings, encoder: Encoder, cache: Path | None = None
) -> dict[str, Any]:
    """Seconds from the dump to the written report, and of each stage; topics; what was expected.

    Args:
        dump: that is fitted.
        settings: of the run.
        encoder: asked for what is not in the cache.
        cache: file of vectors; an empty one unless given, so that nothing is left of another run.
    """
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        run = tm.fit(
            dump,
            out=Path(folder) / "run",
            settings=settings,
            encoder=encoder,
            cache=cache or Path(folder) / "cache" / "vectors.sqlite",
        )
        seconds = time.perf_counter() - start
        if not (Path(folder) / "run" / "index.html").exists():
            raise RuntimeError("The run has written no report.")
    stages = [stage.as_record() for stage in run.manifest.stages]
    cascade = run.manifest.cascade
    rest = {"name": LAST, "seconds": round(seconds - seconds_of(stages), 2)}
    return {
        "seconds": seconds,
        "products": run.manifest.dump.products,
        "texts": run.manifest.dump.distinct_texts,
        "topics": [sum(topic.level == level for topic in run.taxonomy.topics) for level in (1, 2)],
        "stages": [*stages, rest],
        "cascade": cascade.as_record() if cascade else None,
        "plan": run.manifest.plan,
    }


def warm_up(dump: Path, n_products: int, settings: tm.Settings, encoder: Encoder) -> None:
    """Load and compile all that a fit needs, by one of the first products of a dump.

    Helper processes are started too, and kept, where a large dump would have some.
    """
    if n_products == 0:
        return
    processes = n_processes(settings.processes, LEAST_FOR_PROCESSES)
    settings = settings.model_copy(update={"processes": processes})
    with tempfile.TemporaryDirectory() as folder:
        head = Path(folder) / "head.jsonl"
        with dump.open("rb") as source, head.open("wb") as file:
            file.writelines(islice(source, n_products))
        whole_fit(head, settings, encoder)
    warm_up_neighbours()


def warm_up_neighbours() -> None:
    """Compile UMAP's search for neighbours, which it leaves out where texts are few."""
    from umap import UMAP

    some = np.random.default_rng(0).standard_normal((N_SEARCHED, 8), dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        UMAP(metric="cosine", force_approximation_algorithm=True).fit(some)


def keep_compiled_code() -> None:
    """Let processes that are started find what others have compiled, where the program keeps it."""
    import platformdirs

    os.environ.setdefault("NUMBA_CACHE_DIR", platformdirs.user_cache_dir("topicmodel-numba"))


def seconds_of(stages: Sequence[Mapping[str, Any]]) -> float:
    """Seconds of all stages together."""
    return float(sum(stage["seconds"] for stage in stages))


def as_record(memory: Memory) -> dict[str, float | None]:
    """The peaks, for the JSON."""
    return {
        "peak_mb": memory.own,
        "peak_child_mb": memory.child,
        "peak_together_mb": memory.together,
    }


def tell(text: str) -> None:
    """Say what is done so far: whole fits take long."""
    print(text, file=sys.stderr, flush=True)


def add_fit_options(parser: argparse.ArgumentParser) -> None:
    """The options that all parts with whole fits have."""
    parser.add_argument(
        "--warm-up",
        type=int,
        default=1000,
        help="products of an uncounted fit beforehand; 0 leaves it out",
    )
    parser.add_argument(
        "--set", dest="assignments", action="append", default=[], metavar="KEY=VALUE"
    )
