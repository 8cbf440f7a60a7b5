"""names, evaluate, report: what is in a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import (
    dump_argument,
    dump_options,
    edits_option,
    json_option,
    progress_of,
    quiet_option,
    run_argument,
    settings_like,
    settings_options,
    split_columns,
)
from topicmodel.cli.shown import scorecard_json, scorecard_text, tree_json, tree_text
from topicmodel.ingest import ColumnChoice


@click.command()
@run_argument
@json_option
def names(run: Path, as_json: bool) -> None:
    """Print the tree of a RUN with the sizes of its categories."""
    loaded = workflows.load(run)
    click.echo(tree_json(loaded) if as_json else tree_text(loaded))


@click.command()
@run_argument
@dump_argument
@click.option("--truth", metavar="COLUMN", help="Column with the true category path.")
@dump_options
@quiet_option
@json_option
def evaluate(
    run: Path,
    dump: tuple[Path, ...],
    truth: str | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Print the scorecard of a RUN; with --truth, judge it against a column of its DUMP.

    The dump is found where it was when the run was made, unless it is named.
    """
    columns = ColumnChoice(id=id_column, text=split_columns(text), image=image)
    with progress_of(quiet) as progress:
        scorecard = workflows.evaluate(run, dump, truth=truth, columns=columns, progress=progress)
    click.echo(scorecard_json(scorecard) if as_json else scorecard_text(scorecard))


@click.command()
@run_argument
@settings_options
@edits_option
def report(run: Path, settings_file: Path | None, pairs: Sequence[str], edits: Path | None) -> None:
    """Render the report of a RUN anew, without fitting; prints its path."""
    chosen = settings_like(run, settings_file, pairs)
    click.echo(workflows.report(run, chosen.report if chosen else None, edits=edits))
