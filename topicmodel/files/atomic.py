"""Files and folders that appear whole or not at all: written beside their place, then renamed.

Beside `NAME` there may lie, while it is written or after a process that was killed,
`.NAME.XXXXXXXX.partial`, what is not complete yet, and `.NAME.XXXXXXXX.old`, the folder that is
being replaced. Whoever writes next removes the former; whoever finds no `NAME` brings the latter
back.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from topicmodel.files.locks import is_locked, locked, open_locked

PARTIAL, OLD = "partial", "old"
"""Endings of temporary files and folders beside their target."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file in place of the one that may be there.

    A process that is killed leaves the old file or the new one; a power cut may damage it.

    Raises:
        OSError: it cannot be written; what was there is there still.
    """
    with staged(path) as beside:
        beside.write_bytes(content)


@contextmanager
def staged(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Where to write a file; it takes the place of `path` when the block ends without an error.

    Where nothing is there at the end, `path` stays as it is.

    Args:
        path: the file that shall be there.
        durable: for a file that takes long to write and is wanted after a power cut too. It is on
            the disk before it takes its place; what killed processes have left beside it is removed
            first, and nobody else takes the file for such a leftover.

    Raises:
        OSError: it cannot be written; what was there is there still.
    """
    beside = _beside(path, PARTIAL)
    with ExitStack() as stack:
        stack.callback(_remove_file, beside)
        if durable:
            _remove_leftovers(path)
            beside.touch()
            handle = open_locked(beside)
            stack.callback(os.close, handle)
        yield beside
        if durable:
            os.fsync(handle)
        if beside.exists():
            beside.replace(path)


@contextmanager
def staged_folder(folder: Path, check: Callable[[], None] | None = None) -> Iterator[Path]:
    """A new folder to fill; it takes the place of `folder` when the block ends without an error.

    What killed processes have left beside it is removed or brought back first. Several processes
    may do so at once: the last one's folder stays.

    Args:
        folder: the folder that shall be there; its parent exists.
        check: called before and after the block, while nobody else can put a folder there; raises
            where the one that is there must not be replaced.

    Raises:
        OSError: it cannot be written; what was there is there still.
    """
    beside = _beside(folder, PARTIAL)
    with locked(folder.parent):
        _bring_back(folder)
        if check is not None:
            check()
        _remove_leftovers(folder)
        beside.mkdir()
        handle = open_locked(beside)
    try:
        yield beside
        with locked(folder.parent):
            # Somebody may have put a file there since.
            if check is not None:
                check()
            _put_in_place(beside, folder)
    finally:
        os.close(handle)
        shutil.rmtree(beside, ignore_errors=True)


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files below a new folder, so that they are on the disk when this returns."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for subfolder in {(folder / name).parent for name in contents}:
        _flush(subfolder)


def bring_back(folder: Path) -> None:
    """Undo a replacement that was killed when the old folder was away and the new one not there."""
    if not folder.exists() and _leftovers(folder, OLD):
        with locked(folder.parent):
            _bring_back(folder)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{ending}")


def _leftovers(path: Path, ending: str) -> list[Path]:
    pattern = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.{ending}")
    if not path.parent.is_dir():
        return []
    return [other for other in path.parent.iterdir() if pattern.fullmatch(other.name)]


def _bring_back(folder: Path) -> None:
    """The same as `bring_back`, with the parent folder locked already."""
    for old in _leftovers(folder, OLD):
        if not folder.exists():
            old.rename(folder)


def _remove_leftovers(path: Path) -> None:
    """Remove what killed processes have left: nobody holds a lock on it."""
    for partial in _leftovers(path, PARTIAL):
        with suppress(FileNotFoundError):  # another process has ended, or is as quick
            if not is_locked(partial):
                _remove(partial)
    is_replaced = path.is_dir() and any(path.iterdir())
    for old in _leftovers(path, OLD) if is_replaced else ():
        _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def _remove_file(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _put_in_place(staging: Path, folder: Path) -> None:
    """Replace a folder by another; the parent is locked."""
    old = _beside(folder, OLD)
    try:
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
    except BaseException:
        _bring_back(folder)
        raise
    _flush(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Write a folder's list of files to the disk (fsync)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
