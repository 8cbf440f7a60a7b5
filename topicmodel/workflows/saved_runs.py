"""Run folders read, written and shown, by one process at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from topicmodel.datatypes import Run, Taxonomy
from topicmodel.progress import Progress, as_progress
from topicmodel.reporting.pictures import with_logo
from topicmodel.settings import ReportSettings
from topicmodel.workflows.provenance import settings_of

if TYPE_CHECKING:
    from topicmodel.store import Verification

PATIENCE = 60.0
"""Seconds that quick commands, such as edit, wait for another one on the same run."""


def save(run: Run, folder: Path | str) -> None:
    """Write a run folder, its pages included; a run that was there before is replaced.

    Raises:
        RunError: the folder cannot be written, or holds something else than a run.
    """
    from topicmodel.reporting import render, render_changes
    from topicmodel.store import save_run

    settings = settings_of(run).report
    pages = {"index.html": render(run, settings)}
    if run.changes is not None:
        pages["changes.html"] = render_changes(run.changes, settings)
    save_run(run, Path(folder), pages)


def load(folder: Path | str) -> Run:
    """Read a run folder; every file is checked against its digest.

    Raises:
        RunError: there is no run, or a file of it is missing or damaged.
    """
    from topicmodel.store import load_run

    return load_run(Path(folder))


def verify(folder: Path | str) -> Verification:
    """Compare every file of a run with its digest, and look for others in its folder.

    Raises:
        RunError: there is no run, a file cannot be read, or a later release wrote it.
    """
    from topicmodel.store import verify_folder

    return verify_folder(Path(folder))


def alone_in(
    target: Path | str | None, command: str, *, patience: float = 0.0, progress: Progress
) -> AbstractContextManager[None]:
    """Lock a run folder or a mapping, so that no other process writes it meanwhile.

    Args:
        target: run folder or mapping; where it is None nothing is to be kept from anyone.
        command: what others are told that is going on.
        patience: seconds to wait for somebody who is at it.
        progress: told whom one waits for.

    Raises:
        RunError: somebody is at it still, or nothing can be written there.
    """
    from topicmodel.files.locks import sole_use

    if target is None:
        return nullcontext()
    return sole_use(Path(target), command, patience, progress.message)


def as_patience(wait: bool) -> float:
    """How long to wait for others: for ever, or not at all."""
    return math.inf if wait else 0.0


@contextmanager
def alone_with(
    folder: Path | str, command: str, *, hand_edited: bool = False, progress: Progress | None = None
) -> Iterator[Run]:
    """A run, locked against changes by others; waits up to `PATIENCE` seconds for the lock.

    Args:
        folder: the run.
        command: what others are told that is going on.
        hand_edited: whether its log of edits is taken as people have left it.
        progress: told whom one waits for.

    Raises:
        RunError: there is no run, it is damaged, or somebody else is at work on it.
    """
    from topicmodel.store import load_run

    if not Path(folder).exists():
        load(folder)  # tells that there is none, or finds what a killed save has moved aside
    with alone_in(folder, command, patience=PATIENCE, progress=as_progress(progress)):
        yield load_run(Path(folder), hand_edited=hand_edited)


def names(folder: Path | str) -> Taxonomy:
    """The tree of a run.

    Raises:
        RunError: there is no run, or a file of it is missing or damaged.
    """
    return load(folder).taxonomy


def report(
    folder: Path | str,
    settings: ReportSettings | None = None,
    *,
    edits: Path | str | None = None,
) -> Path:
    """Render the report of a run anew; settings that are given are kept with the run.

    Args:
        folder: the run.
        settings: of the report, in place of those that it was made with.
        edits: file of edits that join the log of the run.

    Returns:
        The path of the page.

    Raises:
        RunError: there is no run, it cannot be written, a line of the edits is damaged, or the
            logo cannot be read.
    """
    from topicmodel.edits.runs import with_edits

    with alone_with(folder, "report") as run:
        run = with_edits(run, edits)
        if settings is not None:
            chosen = with_logo(settings).model_dump(mode="json")
            values = {**run.manifest.settings, "report": chosen}
            run = replace(run, manifest=replace(run.manifest, settings=values))
        save(run, folder)
    return Path(folder) / "index.html"
