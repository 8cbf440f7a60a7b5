"""A folder of files that appears whole or not at all, under a manifest of their digests.

Beside a folder `NAME` there may lie, for the moment of a save or after one that was killed,
`.NAME.XXXXXXXX.partial` (files not complete yet) and `.NAME.XXXXXXXX.old` (the run that is being
replaced). Whoever saves next removes the former; whoever finds no `NAME` brings the latter back.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from topicmodel.errors import RunError
from topicmodel.store.encoding import as_json

FORMAT_VERSION = 2

_MANIFEST = "manifest.json"
_OURS = ("format_version", "files", "digest")
"""Keys of manifest.json that belong to the folder, not to the run."""
_FILES_OF_PEOPLE = ("edits.jsonl",)
"""May be written to, or deleted, by hand."""
_FILES_OF_DESKTOPS = (".DS_Store", "Thumbs.db", "desktop.ini")


def check_target(folder: Path) -> None:
    """Say early, before hours of work, that a run cannot be written to a folder.

    Raises:
        RunError: the folder holds something else than a run, or cannot be made or written.
    """
    folder = folder.resolve()
    with _explained(folder, "write"), _undisturbed(folder):
        _check_target(folder)


def write_folder(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write the files and their manifest, in place of the run that may be there.

    Raises:
        RunError: as for `check_target`, or the disk is full.
    """
    contents = {**files, _MANIFEST: _manifest_text(manifest, files)}
    folder = folder.resolve()
    _check_names(folder, files)
    with _explained(folder, "write"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _staging(folder) as staging:
            _write_files(staging, contents)
            with _lock(folder.parent):
                # Somebody may have put a file there since.
                _check_target(folder)
                _put_in_place(staging, folder)


def read_folder(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and files of a folder: path -> content, each as it was written.

    Raises:
        RunError: there is no run, a file is missing or damaged, or a later release wrote it.
    """
    folder = folder.resolve()
    with _explained(folder, "read"), _undisturbed(folder):
        manifest = _read_manifest(folder)
        files = {
            name: _read_file(folder, name, digest) for name, digest in manifest["files"].items()
        }
    return {key: value for key, value in manifest.items() if key not in _OURS}, files


@contextmanager
def _explained(folder: Path, verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = " Make room, or choose another --out." if verb == "write" else ""
        raise RunError(
            f"Cannot {verb} the run {folder}: {error.strerror or error}.{remedy}"
        ) from error


def _manifest_text(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    own = {key: value for key, value in manifest.items() if key not in _OURS}
    digests = {name: _digest(content) for name, content in files.items()}
    record = own | {"format_version": FORMAT_VERSION, "files": digests}
    return as_json(record | {"digest": _digest_of_manifest(record)}, sort_keys=True)


def _digest_of_manifest(record: Mapping[str, Any]) -> str:
    """Digest of all that the manifest says, but for this digest."""
    return _digest(as_json({k: v for k, v in record.items() if k != "digest"}, sort_keys=True))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_manifest(folder: Path, *, readable: bool = True) -> dict[str, Any]:
    """The manifest; unless the run is to be read, that of an earlier release will do."""
    if not folder.exists():
        raise RunError(f"{folder} holds no run: there is no such folder.")
    if not folder.is_dir():
        raise RunError(f"{folder} holds no run: it is a file. Name the folder of the run.")
    try:
        record = dict(json.loads((folder / _MANIFEST).read_bytes()))
        is_intact = record.get("digest") == _digest_of_manifest(record)
    except FileNotFoundError as error:
        raise RunError(f"{folder} holds no run: {_MANIFEST} is missing.") from error
    except (TypeError, ValueError) as error:
        raise _damaged(folder, _MANIFEST) from error
    version = record.get("format_version")
    is_older = isinstance(version, int) and 1 <= version < FORMAT_VERSION and not readable
    if isinstance(version, int) and version != FORMAT_VERSION and not is_older:
        remedy = "Upgrade topicmodel" if version > FORMAT_VERSION else "Make the run again"
        raise RunError(
            f"{folder / _MANIFEST} has format {version}; this topicmodel reads {FORMAT_VERSION}. "
            f"{remedy}."
        )
    if not (version == FORMAT_VERSION or is_older) or not is_intact:
        raise _damaged(folder, _MANIFEST)
    _check_names(folder, record["files"])
    return record


def _check_names(folder: Path, names: Iterable[str]) -> None:
    for path in map(PurePosixPath, names):
        if path.is_absolute() or ".." in path.parts:
            raise RunError(f"A run in {folder} cannot have the file {path}: it lies outside.")


def _read_file(folder: Path, name: str, digest: str) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as error:
        if name in _FILES_OF_PEOPLE:
            return b""
        raise RunError(
            f"{folder} is damaged: {name} is missing. Restore it, or make the run again."
        ) from error
    if name not in _FILES_OF_PEOPLE and _digest(content) != digest:
        raise _damaged(folder, name)
    return content


def _damaged(folder: Path, name: str) -> RunError:
    return RunError(
        f"{folder} is damaged: {name} is not as it was written. Restore it, or make the run again."
    )


def _check_target(folder: Path) -> None:
    if folder.is_dir():
        _check_replaceable(folder)
    elif folder.exists():
        raise RunError(f"{folder} is a file. Choose another --out.")
    ancestor = next(parent for parent in folder.parents if parent.exists())
    if not (ancestor.is_dir() and os.access(ancestor, os.W_OK)):
        raise RunError(f"{ancestor} is no folder that can be written. Choose another --out.")


def _check_replaceable(folder: Path) -> None:
    """An empty folder or one that holds a run and nothing else; never a person's own files."""
    present = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()
    }
    if present and _MANIFEST not in present:
        raise RunError(
            f"{folder} is not empty and holds no run ({_MANIFEST} is missing). "
            "Choose another --out."
        )
    known = {_MANIFEST, *_read_manifest(folder, readable=False)["files"]} if present else set()
    foreign = [path for path in present - known if Path(path).name not in _FILES_OF_DESKTOPS]
    if foreign:
        raise RunError(
            f"{folder} holds a run and also {', '.join(sorted(foreign)[:3])}, which would be "
            "lost. Move that away, or choose another --out."
        )


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A new empty folder beside the target, locked by this process and removed if it stays."""
    staging = _beside(folder, "partial")
    with _lock(folder.parent):
        _bring_back(folder)
        _check_target(folder)
        _remove_leftovers(folder)
        staging.mkdir()
        handle = _open_locked(staging)
    try:
        yield staging
    finally:
        os.close(handle)
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _undisturbed(folder: Path) -> Iterator[None]:
    """Nobody replaces the folder meanwhile; what a killed save moved aside is back."""
    if not folder.exists() and _leftovers(folder, "old"):
        with _lock(folder.parent):
            _bring_back(folder)
    with _lock(folder.parent, shared=True):
        yield


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.{ending}")


def _leftovers(folder: Path, ending: str) -> list[Path]:
    pattern = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.{ending}")
    if not folder.parent.is_dir():
        return []
    return [path for path in folder.parent.iterdir() if pattern.fullmatch(path.name)]


def _bring_back(folder: Path) -> None:
    """Undo a replacement that was killed between its two steps; the parent is locked."""
    for old in _leftovers(folder, "old"):
        if not folder.exists():
            old.rename(folder)


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed saves have left; the parent is locked."""
    dead = [path for path in _leftovers(folder, "partial") if not _is_locked(path)]
    replaced = _leftovers(folder, "old") if (folder / _MANIFEST).exists() else []
    for path in dead + replaced:
        shutil.rmtree(path, ignore_errors=True)


def _put_in_place(staging: Path, folder: Path) -> None:
    """Replace a folder by another; the parent is locked."""
    old = _beside(folder, "old")
    try:
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
    except BaseException:
        _bring_back(folder)
        raise
    _flush(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for subfolder in {(folder / name).parent for name in contents}:
        _flush(subfolder)


def _flush(folder: Path) -> None:
    """Bring a folder's list of files onto the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _lock(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep what lies in a folder from being replaced, by others or, if shared, by anyone."""
    handle = _open_locked(folder, shared=shared) if os.access(folder, os.R_OK) else None
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _open_locked(folder: Path, *, shared: bool = False) -> int:
    """A handle that locks a folder until it is closed or the process ends, however that is."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    # Some network file systems know no locks; there, two saves of one name must not coincide.
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    return handle


def _is_locked(folder: Path) -> bool:
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
