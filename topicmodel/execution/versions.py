"""Versions of the packages that decide a result."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

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
"""Packages whose versions decide a result."""


def versions() -> dict[str, str]:
    """Name -> version, of Python and of the installed packages that decide a result."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # such as topicmodel itself, run from a checkout
            continue
    return found
