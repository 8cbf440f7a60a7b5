"""What a run says about how it was made."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from topicmodel.datatypes import Documents, Dump, Embeddings
from topicmodel.progress import Progress
from topicmodel.settings import Settings

PACKAGES = (
    "bertopic",
    "cuml-cu12",
    "hdbscan",
    "numba",
    "numpy",
    "openvino",
    "pandas",
    "pynndescent",
    "scikit-learn",
    "scipy",
    "sentence-transformers",
    "tokenizers",
    "topicmodel",
    "torch",
    "transformers",
    "umap-learn",
)
"""Whose versions decide a result."""


class StageClock:
    """A Progress that passes everything on and keeps the time and memory of every stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name = ""
        self._start = 0.0
        self._stages: list[dict[str, Any]] = []

    def stage(self, name: str, total: float | None = None) -> None:
        """End the stage before, begin this one, and pass it on."""
        self._end_stage()
        self._name, self._start = name, time.monotonic()
        self._progress.stage(name, total)

    def advance(self, amount: float, note: str = "") -> None:
        """Pass it on."""
        self._progress.advance(amount, note)

    def message(self, text: str) -> None:
        """Pass it on."""
        self._progress.message(text)

    @property
    def stages(self) -> Sequence[dict[str, Any]]:
        """Name, seconds, and the process's peak memory in MB so far, of each stage that ended."""
        return self._stages

    def _end_stage(self) -> None:
        if self._name:
            seconds = round(time.monotonic() - self._start, 2)
            record = {"name": self._name, "seconds": seconds, "peak_mb": _peak_memory()}
            self._stages.append(record)


def build_manifest(
    dump: Dump,
    documents: Documents,
    embeddings: Embeddings,
    settings: Settings,
    stages: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """What decides a result, and what it cost, as plain JSON values."""
    from topicmodel.engine import device_used

    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings.model_dump(mode="json"),
        "seed": settings.seed,
        "threads": settings.threads,
        "device": device_used(settings.topics),
        "encoder": embeddings.encoder,
        "dump": {
            "sources": list(dump.sources),
            "fingerprint": dump.fingerprint,
            "columns": dict(dump.columns),
            "products": len(documents.product_ids),
            "rejects": len(dump.rejects),
            "duplicates": dump.duplicates,
            "distinct_texts": len(documents.texts),
            "encoded_texts": embeddings.n_encoded,
        },
        "versions": versions(),
        "stages": list(stages),
    }


def versions() -> dict[str, str]:
    """Of Python, and of the packages that are installed and decide a result."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # such as topicmodel itself, run from a checkout
            continue
    return found


def _peak_memory() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return round(peak * bytes_each / 2**20, 1)
