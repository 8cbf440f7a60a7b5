"""Run folders read, written, shown and judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from topicmodel.datatypes import Encoder, Run, Scorecard, Taxonomy
from topicmodel.errors import RunError
from topicmodel.evaluation.scorecard import score_with_truth
from topicmodel.ingest import ColumnChoice, read_dump
from topicmodel.progress import Progress, Silent
from topicmodel.settings import ReportSettings
from topicmodel.workflows.common import (
    PATIENCE,
    Embed,
    Paths,
    alone_in,
    as_list,
    columns_of,
    embedding,
    settings_of,
    silently,
    sources_of,
    with_logo,
)

if TYPE_CHECKING:
    from topicmodel.store import Verification


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


@contextmanager
def alone_with(
    folder: Path | str, command: str, *, hand_edited: bool = False, progress: Progress | None = None
) -> Iterator[Run]:
    """A run that nobody else changes meanwhile; whoever is at it is waited for, but not for long.

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
    with alone_in(folder, command, patience=PATIENCE, progress=progress or Silent()):
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
    from topicmodel.workflows.editing import with_edits

    with alone_with(folder, "report") as run:
        run = with_edits(run, edits)
        if settings is not None:
            chosen = with_logo(settings).model_dump(mode="json")
            values = {**run.manifest["settings"], "report": chosen}
            run = replace(run, manifest={**run.manifest, "settings": values})
        save(run, folder)
    return Path(folder) / "index.html"


def evaluate(
    folder: Path | str,
    paths: Paths = (),
    *,
    truth: str | None = None,
    columns: ColumnChoice | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """The scorecard of a run; judged against a truth column, it keeps those figures too.

    Args:
        folder: the run.
        paths: the dump; the files that the run was made from unless given.
        truth: column with the true category path; without it the stored figures are returned.
        columns: which column is the id; those that are not given, as when the run was made.
        encoder: the one that the run was made with, unless given.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Raises:
        RunError: there is no run, or it shares no product with the dump.
        DatabaseError: a database cannot be reached, or refuses the query.
        DumpError: the dump cannot be read or has no such column.
    """
    if truth is None:
        return load(folder).scorecard
    progress = progress or Silent()
    with alone_with(folder, "evaluate", progress=progress) as run:
        sources = as_list(paths) or sources_of(run)
        dump = read_dump(
            sources,
            replace(columns_of(run, columns), label=truth),
            progress,
            settings=settings_of(run).ingest,
        )
        labels = {product.id: product.label for product in dump.products}
        known = [labels.get(product_id, ()) for product_id in run.assignments.product_ids]
        if not any(known):
            raise RunError(
                f"No product of {folder} has a true category in {truth}. Is this the dump that the "
                "run was made from, and --id the same column?"
            )
        progress.stage("scoring")
        with embedding(settings_of(run), encoder, cache) as embed:
            judged = judge(run, known, embed)
        save(judged, folder)
    return judged.scorecard


def judge(run: Run, labels: Sequence[tuple[str, ...]], embed: Embed) -> Run:
    """The run with figures against the truth in place of those that it had.

    Args:
        labels: true category path of each product, in the order of assignments.product_ids.
    """
    figures = score_with_truth(run, labels, silently(embed))
    fresh = {metric.name for metric in figures}
    kept = [metric for metric in run.scorecard.metrics if metric.name not in fresh]
    return replace(run, scorecard=Scorecard([*figures, *kept]))
