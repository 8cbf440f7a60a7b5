"""A folder of results: one file for each, written whole, up to a number of bytes in all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from topicmodel.execution.checkpoint_keys import key_of
from topicmodel.files.atomic import PARTIAL, write_atomically

Arrays = Mapping[str, npt.NDArray[Any]]
"""A result: name -> array."""

_ENDING = ".safetensors"
_DIGEST = "digest"
"""Name of the digest of the arrays that each file holds, by which damage is found."""


@dataclass(frozen=True)
class KeptStages:
    """How many results of finished stages a folder holds."""

    path: Path
    n_stages: int
    n_bytes: int


def read_arrays(folder: Path, key: str) -> Arrays | None:
    """The arrays that are kept under a key; None where there are none.

    Reading counts as use: results that were not used for longest are deleted first.

    A file that is damaged, or another's, is deleted.
    """
    path = _path(folder, key)
    try:
        arrays = _arrays_of(path)
    except OSError:
        return None
    if arrays is None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return None
    with suppress(OSError):
        os.utime(path)
    return arrays


def write_arrays(folder: Path, key: str, arrays: Arrays, most_bytes: int) -> None:
    """Keep arrays under a key, and delete what was not used for longest where there is too much.

    Raises:
        OSError: the folder cannot be written to, or is full.
    """
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(whole, {_DIGEST: _digest(whole)})
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(_path(folder, key), content)
    _make_room(folder, most_bytes)


def kept_stages(folder: Path) -> KeptStages:
    """How many results a folder holds, and how many bytes they take."""
    sizes = [size for _, size, path in _files(folder) if path.endswith(_ENDING)]
    return KeptStages(folder, len(sizes), sum(sizes))


def clear_stages(folder: Path) -> None:
    """Delete the results in a folder as far as possible; other files stay."""
    for _, _, path in _files(folder):
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}{_ENDING}"


def _arrays_of(path: Path) -> Arrays | None:
    """The arrays in a file; None where the file is damaged.

    Raises:
        OSError: the file cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            told = (file.metadata() or {}).get(_DIGEST)
    except (SafetensorError, ValueError, TypeError, AttributeError):
        # The latter where it holds numbers of a kind that numpy lacks.
        return None
    return arrays if told == _digest(arrays) else None


def _digest(arrays: Arrays) -> str:
    return key_of([(name, arrays[name]) for name in sorted(arrays)])


def _make_room(folder: Path, most_bytes: int) -> None:
    files = sorted(_files(folder))
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= most_bytes:
            return
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)
        total -= size


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Time of the last use, size and path of each result, half-written ones included."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((_ENDING, f".{PARTIAL}")):
                # Another run may have deleted it since.
                with suppress(OSError):
                    state = entry.stat()
                    yield state.st_mtime, state.st_size, entry.path
