"""Where UMAP and HDBSCAN run: on the processor, or by cuML on a GPU.

Both take what umap-learn and hdbscan take. Their results differ, whatever the seed, and a GPU adds
in an order of its own; so a run says which it was made on.
"""

from __future__ import annotations

import importlib.util
import logging
from typing import Any, Literal, TypeAlias

log = logging.getLogger(__name__)

_MOST_SAMPLES = 1023
"""Neighbours that cuML's HDBSCAN can look at."""


Device: TypeAlias = Literal["auto", "cpu"]
"""Where UMAP and HDBSCAN shall run, as `TopicSettings.device` says it."""


def gpu(device: Device) -> str:
    """Name of the GPU that is used; "" where the processor is."""
    if device == "cpu" or importlib.util.find_spec("cuml") is None:
        return ""
    try:
        import cupy

        if not cupy.cuda.is_available():
            return ""
        return str(cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())
    except Exception as error:  # a missing driver shows in many ways
        log.info("cuML is installed, but no GPU can be used: %s", error)
        return ""


def device_used(device: Device) -> str:
    """Name of the GPU that finds the topics, or "cpu"."""
    return gpu(device) or "cpu"


def umap(device: Device, **options: Any) -> Any:
    """A UMAP.

    Args:
        device: where it runs.
        options: as umap-learn has them; what only the processor needs is left out on a GPU.
    """
    if gpu(device):
        from cuml import manifold

        kept = _without(options, "n_jobs", "precomputed_knn", "init")
        return manifold.UMAP(**kept, output_type="numpy")
    from umap import UMAP

    return UMAP(**options)


def hdbscan(device: Device, **options: Any) -> Any:
    """An HDBSCAN.

    Args:
        device: where it runs.
        options: as hdbscan has them; what only the processor needs is left out on a GPU.
    """
    if gpu(device):
        from cuml import cluster

        kept = _without(options, "core_dist_n_jobs")
        min_samples = min(options["min_cluster_size"], _MOST_SAMPLES)
        return cluster.HDBSCAN(**kept, min_samples=min_samples, output_type="numpy")
    from hdbscan import HDBSCAN

    return HDBSCAN(**options)


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}
