"""Run folders read, written, shown and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topicmodel.datatypes import Encoder, Run, Scorecard, Taxonomy
from topicmodel.errors import RunError
from topicmodel.ingest import ColumnChoice, read_dump
from topicmodel.progress import Progress, Silent
from topicmodel.scoring import score_with_truth
from topicmodel.settings import ReportSettings
from topicmodel.workflows.common import (
    Embed,
    Paths,
    as_list,
    columns_of,
    embedding,
    settings_of,
    silently,
    sources_of,
    with_logo,
)


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
    """Read a run folder; every file but the log of edits is checked against its digest.

    Raises:
        RunError: there is no run, or a file of it is missing or damaged.
    """
    from topicmodel.store import load_run

    return load_run(Path(folder))


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

    run = with_edits(load(folder), edits)
    if settings is not None:
        values = {**run.manifest["settings"], "report": with_logo(settings).model_dump(mode="json")}
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
    run = load(folder)
    if truth is None:
        return run.scorecard
    progress = progress or Silent()
    sources = as_list(paths) or sources_of(run)
    dump = read_dump(sources, replace(columns_of(run, columns), label=truth), progress)
    labels = {product.id: product.label for product in dump.products}
    known = [labels.get(product_id, ()) for product_id in run.assignments.product_ids]
    if not any(known):
        raise RunError(
            f"No product of {folder} has a true category in {truth}. Is this the dump that the run "
            "was made from, and --id the same column?"
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
