"""Which device an encoder runs on, and in which precision."""

from __future__ import annotations

import ctypes
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from topicmodel.embedding.models import Precision


def choose_device(wanted: str) -> str:
    """The device by its name in torch; `auto` is the fastest one that is available."""
    if wanted != "auto":
        return wanted
    if not _may_have_gpu():
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_precision(wanted: Literal["auto", "float32"], device: str) -> Precision:
    """The precision to run in; `auto` is half precision where the device is faster with it."""
    if wanted == "float32" or device == "mps":
        return "float32"
    if device == "cuda":
        return "float16"
    return "bfloat16" if _cpu_has_bfloat16() else "float32"


def _may_have_gpu() -> bool:
    """Whether a GPU is possible; only then torch, which takes seconds to import, is asked."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    try:
        build = version("torch").partition("+")[2]
    except PackageNotFoundError:
        return False
    if build == "cpu":
        return False
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return build.startswith("rocm")
    return True


def _cpu_has_bfloat16() -> bool:
    from topicmodel.embedding.openvino import capabilities

    try:
        return "BF16" in capabilities()
    except (ImportError, RuntimeError):
        return False
