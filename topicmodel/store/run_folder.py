"""A folder of files that appears whole or not at all, under a manifest of their digests."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from topicmodel.datatypes import Manifest
from topicmodel.errors import RunError
from topicmodel.files.atomic import bring_back, staged_folder, write_files
from topicmodel.files.locks import locked
from topicmodel.store.checking import (
    EDITS,
    FORMAT_VERSION,
    MANIFEST,
    Verification,
    check_names,
    files_in,
    foreign_files,
    manifest_text,
    read_file,
    read_manifest,
    verify_files,
)
from topicmodel.store.migration import migrate

log = logging.getLogger(__name__)

_FOREIGN_SHOWN = 3


def check_target(folder: Path) -> None:
    """Say early, before hours of work, that a run cannot be written to a folder.

    Raises:
        RunError: the folder holds something else than a run, or cannot be made or written.
    """
    folder = folder.resolve()
    with _explained(folder, "write"), _undisturbed(folder):
        _check_target(folder)


def write_folder(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Write the files and their manifest, in place of the run that may be there.

    Raises:
        RunError: as for `check_target`, or the disk is full.
    """
    contents = {**files, MANIFEST: manifest_text(manifest, files)}
    folder = folder.resolve()
    check_names(folder, files)
    with _explained(folder, "write"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with staged_folder(folder, partial(_check_target, folder)) as staging:
            write_files(staging, contents)


def read_folder(folder: Path, *, hand_edited: bool = False) -> tuple[Manifest, Mapping[str, bytes]]:
    """Manifest and files of a folder: path -> content, each as it was written.

    A run of an earlier format is given as it would be in this one. Files that the run does not
    know are left alone, and a warning names them.

    Args:
        folder: of the run.
        hand_edited: whether the log of edits is taken as it is now, also where it is missing.

    Raises:
        RunError: there is no run, a file is missing or damaged, or a later release wrote it.
        KeyError, TypeError, ValueError: it is intact, but no run of an earlier format.
    """
    folder = folder.resolve()
    with _explained(folder, "read"), _undisturbed(folder):
        manifest = read_manifest(folder)
        digests = manifest.files or {}
        files = {EDITS: _read_log(folder)} if hand_edited else {}
        files |= {
            name: read_file(folder, name, digest)
            for name, digest in digests.items()
            if name not in files
        }
        foreign = foreign_files(folder, digests)
    if foreign:
        log.warning(
            "%s holds files that are not of the run: %s",
            folder,
            ", ".join([*foreign[:_FOREIGN_SHOWN], *(["..."] * (len(foreign) > _FOREIGN_SHOWN))]),
        )
    own = replace(manifest, format_version=None, files=None, digest=None)
    return migrate(manifest.format_version or FORMAT_VERSION, own, files)


def verify_folder(folder: Path) -> Verification:
    """Every file of a run compared with its digest, and what else lies in its folder.

    Raises:
        RunError: there is no run, a file cannot be read, or a later release wrote it.
    """
    folder = folder.resolve()
    with _explained(folder, "read"), _undisturbed(folder):
        return verify_files(folder)


def _read_log(folder: Path) -> bytes:
    log_of_edits = folder / EDITS
    return log_of_edits.read_bytes() if log_of_edits.is_file() else b""


@contextmanager
def _explained(folder: Path, verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = " Make room, or choose another --out." if verb == "write" else ""
        raise RunError(f"Cannot {verb} {folder}: {error.strerror or error}.{remedy}") from error


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
    present = files_in(folder)
    if not present:
        return
    if MANIFEST not in present:
        raise RunError(
            f"{folder} is not empty and holds no run ({MANIFEST} is missing). Choose another --out."
        )
    foreign = foreign_files(folder, read_manifest(folder).files or {})
    if foreign:
        raise RunError(
            f"{folder} holds a run and also {', '.join(foreign[:3])}, which would be "
            "lost. Move that away, or choose another --out."
        )


@contextmanager
def _undisturbed(folder: Path) -> Iterator[None]:
    """Nobody replaces the folder meanwhile; what a killed save moved aside is back."""
    bring_back(folder)
    with locked(folder.parent, shared=True):
        yield
