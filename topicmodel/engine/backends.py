"""UMAP and HDBSCAN on the CPU, or by cuML on a GPU.

Both take the options of umap-learn and hdbscan. Results on CPU and GPU differ even with the same
seed, and a GPU sums in an order that varies; so each run records where it was made.
"""

from __future__ import annotations

import importlib.util
import logging
from typing import Any, Literal, TypeAlias

log = logging.getLogger(__name__)

_MAX_SAMPLES = 1023
"""Maximum `min_samples` of cuML's HDBSCAN."""


Device: TypeAlias = Literal["auto", "cpu"]
"""Where UMAP and HDBSCAN run: "auto" is a GPU if there is one and cuML is installed."""


def gpu(device: Device) -> str:
    """Name of the GPU that is used; "" if the CPU is used."""
    if device == "cpu" or importlib.util.find_spec("cuml") is None:
        return ""
    try:
        import cupy

        if not cupy.cuda.is_available():
            return ""
        return str(cupy.cuda.runtime.getDeviceProperties(0)["name"].decode())
    except Exception as error:  # a missing driver raises many kinds of errors
        log.info("cuML is installed, but no GPU can be used: %s", error)
        return ""


def device_used(device: Device) -> str:
    """Name of the GPU that finds the topics, or "cpu"."""
    return gpu(device) or "cpu"


def umap(device: Device, **options: Any) -> Any:
    """An unfitted UMAP model.

    Args:
        device: where it runs.
        options: options of umap-learn; those that cuML does not have are left out on a GPU.
    """
    if gpu(device):
        from cuml import manifold

        shared = _without(options, "n_jobs", "precomputed_knn", "init")
        return manifold.UMAP(**shared, output_type="numpy")
    from umap import UMAP

    return UMAP(**options)


def hdbscan(device: Device, **options: Any) -> Any:
    """An unfitted HDBSCAN model.

    Args:
        device: where it runs.
        options: options of hdbscan; those that cuML does not have are left out on a GPU.
    """
    if gpu(device):
        from cuml import cluster

        shared = _without(options, "core_dist_n_jobs")
        min_samples = min(options["min_cluster_size"], _MAX_SAMPLES)
        return cluster.HDBSCAN(**shared, min_samples=min_samples, output_type="numpy")
    from hdbscan import HDBSCAN

    return HDBSCAN(**options)


def _without(options: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}
