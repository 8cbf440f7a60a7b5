"""export: it writes the mapping or the tree of a run for other systems."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from topicmodel import workflows
from topicmodel.cli.options import MappingTarget, db_option, run_argument, target_options
from topicmodel.cli.output_options import json_option
from topicmodel.cli.shown import exported_json, exported_text
from topicmodel.workflows.exporting import What


@click.command()
@run_argument
@click.option(
    "--to",
    "out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write: .parquet, .csv, .jsonl or .xlsx; .json for the tree.",
)
@click.option(
    "--what",
    type=click.Choice(get_args(What)),
    default="mapping",
    help="Where each product is (the default), or the categories.",
)
@target_options
@db_option
@json_option
def export(run: Path, what: What, target: MappingTarget, as_json: bool) -> None:
    """Write the mapping or the tree of a RUN to a file, or the mapping to a table of a database.

    Edits are in it. In .csv and .xlsx, text that a spreadsheet would take for a formula begins with
    an apostrophe.
    """
    if not target.is_named:
        raise click.UsageError("Say where it goes with --to FILE or --to-table NAME.")
    exported = workflows.export(run, out=target.out, table=target.table, what=what)
    click.echo(exported_json(exported) if as_json else exported_text(exported))
