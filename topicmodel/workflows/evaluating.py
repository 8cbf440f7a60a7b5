"""evaluate: the scorecard of a run, against a truth where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topicmodel.datatypes import Encoder, Run, Scorecard, Stage
from topicmodel.embedding import Embed, embedding, silently
from topicmodel.errors import RunError
from topicmodel.evaluation.scorecard import score_with_truth
from topicmodel.ingest import ColumnChoice, DumpInput, as_list, read_dump
from topicmodel.progress import Progress, as_progress
from topicmodel.workflows.provenance import columns_of, settings_of, sources_of
from topicmodel.workflows.saved_runs import alone_with, load, save


def evaluate(
    folder: Path | str,
    paths: DumpInput = (),
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
        paths: the dump, in any form that `fit` takes; the files that the run was made from unless
            given.
        truth: column with the true category path; without it the stored figures are returned.
        columns: which column is the id; those that are not given, as when the run was made.
        encoder: the one that the run was made with, unless given.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Raises:
        RunError: there is no run, or it shares no product with the dump.
        DatabaseError: a database cannot be reached, or refuses the query.
        DumpError: the dump cannot be read or has no such column; or none is given, and the run was
            made from products in memory.
    """
    if truth is None:
        return load(folder).scorecard
    progress = as_progress(progress)
    with alone_with(folder, "evaluate", progress=progress) as run:
        sources = as_list(paths) or sources_of(run)
        dump = read_dump(
            sources,
            replace(columns_of(run, columns), label=truth),
            progress,
            settings=settings_of(run).ingest,
        )
        path_of = dict(zip(dump.products.ids, dump.products.true_paths, strict=True))
        true_paths = [path_of.get(product_id, ()) for product_id in run.assignments.product_ids]
        if not any(true_paths):
            raise RunError(
                f"No product of {folder} has a true category in {truth}. Is this the dump that the "
                "run was made from, and --id the same column?"
            )
        progress.stage(Stage.SCORING)
        with embedding(settings_of(run), encoder, cache) as embed:
            judged = judge(run, true_paths, embed)
        save(judged, folder)
    return judged.scorecard


def judge(run: Run, true_paths: Sequence[tuple[str, ...]], embed: Embed) -> Run:
    """The run with figures against the truth in place of those that it had.

    Args:
        true_paths: true category path of each product, in the order of assignments.product_ids.
    """
    figures = score_with_truth(run, true_paths, silently(embed))
    fresh = {metric.name for metric in figures}
    kept = [metric for metric in run.scorecard.metrics if metric.name not in fresh]
    return replace(run, scorecard=Scorecard([*figures, *kept]))
