"""Run folder <-> Run: written whole or not at all, checked byte for byte when read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from topicmodel.datatypes import Run
from topicmodel.errors import RunError
from topicmodel.store.checking import EDITS, Verification
from topicmodel.store.layout import files_of, run_from
from topicmodel.store.run_folder import check_target, read_folder, verify_folder, write_folder
from topicmodel.store.trees import assignment_columns, nested_tree

__all__ = [
    "EDITS",
    "Verification",
    "assignment_columns",
    "check_target",
    "has_edits",
    "load_run",
    "nested_tree",
    "save_run",
    "verify_folder",
]


def has_edits(folder: Path) -> bool:
    """Whether a folder holds a log of edits with something in it."""
    log = folder / EDITS
    return log.is_file() and bool(log.read_bytes().strip())


def save_run(run: Run, folder: Path, pages: Mapping[str, str]) -> None:
    """Write a run into its folder, in place of the run that may be there.

    The same run and pages give the same bytes. Until the last moment a run that was there before
    stays untouched; a process that is killed leaves either that or the new one.

    Args:
        run: what the folder shall hold.
        folder: made with its parents where it is missing.
        pages: what is rendered from the run: file name, such as `index.html`, -> content.

    Raises:
        RunError: the folder cannot be written, or holds something else than a run.
    """
    rendered = {name: content.encode("utf-8", "replace") for name, content in pages.items()}
    write_folder(folder, run.manifest, rendered | files_of(run))


def load_run(folder: Path, *, hand_edited: bool = False) -> Run:
    """The run that a folder holds, after a check of every file against its digest.

    Args:
        folder: of the run; one of an earlier format is read too.
        hand_edited: whether the log of edits is taken as people have left it.

    Raises:
        RunError: there is no run, a file is missing or damaged, or the run was written by a later
            release.
    """
    try:
        manifest, files = read_folder(folder, hand_edited=hand_edited)
        return run_from(manifest, files, str(folder))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{folder} does not hold what a run should ({error!r}). Make the run again."
        ) from error
