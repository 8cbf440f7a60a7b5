"""The manifest of a folder, and its files against the digests that stand in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from topicmodel.datatypes import Manifest
from topicmodel.errors import RunError
from topicmodel.files.encoding import as_json

FORMAT_VERSION = 5

MANIFEST = "manifest.json"
EDITS = "edits.jsonl"

_FILES_OF_DESKTOPS = (".DS_Store", "Thumbs.db", "desktop.ini")

_RESTORE = "Restore it, or make the run again."
_ACCEPT = (
    "If somebody has changed it by hand, `topicmodel edit RUN accept` takes it over as it is; "
    "otherwise restore it."
)


@dataclass(frozen=True)
class Verification:
    """What has become of the files of a run folder since they were written."""

    folder: Path
    format_version: int | None
    """Version of the format; None where the manifest is damaged."""
    n_files: int
    """Number of files compared with their digest, including the manifest."""
    damaged: tuple[str, ...] = ()
    """Files that were changed since; with a damaged manifest no other file can be checked."""
    missing: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    """Files in the folder that are not part of the run."""

    @property
    def is_intact(self) -> bool:
        """Whether every file is there as it was written, and no other."""
        return not (self.damaged or self.missing or self.foreign)

    def as_record(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {**asdict(self), "folder": str(self.folder), "is_intact": self.is_intact}


def verify_files(folder: Path) -> Verification:
    """Compare every file of a folder with its digest; all that is wrong is told, not the first.

    Raises:
        RunError: there is no run, or a later release wrote it.
        OSError: a file cannot be read.
    """
    manifest = _parse_manifest(folder)
    if manifest is None:
        return Verification(folder, None, 1, damaged=(MANIFEST,))
    digests = manifest.files or {}
    found = {name: _digest_of_file(folder / name) for name in digests}
    return Verification(
        folder,
        manifest.format_version,
        n_files=1 + len(digests),
        damaged=tuple(name for name in found if found[name] not in (None, digests[name])),
        missing=tuple(name for name in found if found[name] is None),
        foreign=tuple(foreign_files(folder, digests)),
    )


def manifest_text(manifest: Manifest, files: Mapping[str, bytes]) -> bytes:
    """`manifest.json` of a run with these files: path in the folder -> content."""
    digests = {name: _digest(content) for name, content in files.items()}
    record = replace(manifest, format_version=FORMAT_VERSION, files=digests).as_record()
    return as_json(record | {"digest": _digest_of_manifest(record)}, sort_keys=True)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, also one of an earlier format; it has its version and files.

    Raises:
        RunError: there is none, it is damaged, or a later release wrote it.
    """
    manifest = _parse_manifest(folder)
    if manifest is None:
        raise _damaged(folder, MANIFEST)
    return manifest


def read_file(folder: Path, name: str, digest: str) -> bytes:
    """The content of a file, after a check of its digest.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        content = (folder / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(f"{folder} is damaged: {name} is missing. {_remedy(name)}") from error
    if _digest(content) != digest:
        raise _damaged(folder, name)
    return content


def check_names(folder: Path, names: Iterable[str]) -> None:
    """Make sure that files lie in a folder.

    Raises:
        RunError: one of the names leads out of it.
    """
    for path in map(PurePosixPath, names):
        if path.is_absolute() or ".." in path.parts:
            raise RunError(f"A run in {folder} cannot have the file {path}: it lies outside.")


def files_in(folder: Path) -> set[str]:
    """Paths in a folder of all that lies in it but folders."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def foreign_files(folder: Path, known: Collection[str]) -> list[str]:
    """Files in a folder that its run does not know; what desktops leave behind does not count."""
    foreign = files_in(folder) - {MANIFEST, *known}
    return sorted(path for path in foreign if Path(path).name not in _FILES_OF_DESKTOPS)


def _parse_manifest(folder: Path) -> Manifest | None:
    """The manifest; None where it is damaged.

    Raises:
        RunError: there is none, or a later release wrote it.
    """
    if not folder.exists():
        raise RunError(f"{folder} holds no run: there is no such folder.")
    if not folder.is_dir():
        raise RunError(f"{folder} holds no run: it is a file. Name the folder of the run.")
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError as error:
        raise RunError(f"{folder} holds no run: {MANIFEST} is missing.") from error
    try:
        record = dict(json.loads(content))
        # Also a blank or a letter that changes no value is not as it was written.
        is_intact = content == as_json(record, sort_keys=True)
        is_intact &= record.get("digest") == _digest_of_manifest(record)
    except (TypeError, ValueError, RecursionError):
        return None
    manifest = Manifest.from_record(record)
    version = manifest.format_version
    if version is not None and version > FORMAT_VERSION:
        raise RunError(
            f"{folder / MANIFEST} has format {version}; this topicmodel reads up to "
            f"{FORMAT_VERSION}. Install a newer one: pip install -U topicmodel."
        )
    if not is_intact or version is None or version < 1 or manifest.files is None:
        return None
    check_names(folder, manifest.files)
    return manifest


def _digest_of_manifest(record: Mapping[str, Any]) -> str:
    """Digest of all that the manifest says, but for this digest."""
    return _digest(as_json({k: v for k, v in record.items() if k != "digest"}, sort_keys=True))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of_file(path: Path) -> str | None:
    """The content of a file; None where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _damaged(folder: Path, name: str) -> RunError:
    return RunError(f"{folder} is damaged: {name} is not as it was written. {_remedy(name)}")


def _remedy(name: str) -> str:
    return _ACCEPT if name == EDITS else _RESTORE
