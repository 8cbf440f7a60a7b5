"""names, evaluate, report: what is in a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import click

from topicmodel import workflows
from topicmodel.cli.options import (
    check_sections,
    dump_argument,
    dump_options,
    edits_option,
    json_option,
    log_json_option,
    progress_of,
    quiet_option,
    run_argument,
    settings_like,
    settings_options,
    split_columns,
)
from topicmodel.cli.shown import (
    scorecard_json,
    scorecard_text,
    tree_json,
    tree_text,
    verification_text,
)
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.settings import Theme


@click.command()
@run_argument
@json_option
def names(run: Path, as_json: bool) -> None:
    """Print the tree of a RUN with the sizes of its categories."""
    loaded = workflows.load(run)
    click.echo(tree_json(loaded) if as_json else tree_text(loaded))


@click.command()
@run_argument
@json_option
@click.pass_context
def verify(context: click.Context, run: Path, as_json: bool) -> None:
    """Check every file of a RUN against what was written, and name what is not as it should be.

    The exit code is 1 where a file is damaged, missing or foreign.
    """
    found = workflows.verify(run)
    click.echo(
        json.dumps(found.as_record(), indent=2, ensure_ascii=False)
        if as_json
        else verification_text(found)
    )
    context.exit(0 if found.is_intact else 1)


@click.command()
@run_argument
@dump_argument
@click.option("--truth", metavar="COLUMN", help="Column with the true category path.")
@dump_options
@quiet_option
@log_json_option
@json_option
def evaluate(
    run: Path,
    dump: tuple[DumpPath, ...],
    truth: str | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    quiet: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Print the scorecard of a RUN; with --truth, judge it against a column of its DUMP.

    The dump is found where it was when the run was made, unless it is named.
    """
    columns = ColumnChoice(id=id_column, text=split_columns(text), image=image)
    with progress_of(quiet, log_json) as progress:
        scorecard = workflows.evaluate(run, dump, truth=truth, columns=columns, progress=progress)
    click.echo(scorecard_json(scorecard) if as_json else scorecard_text(scorecard))


@click.command()
@run_argument
@click.option("--open", "in_browser", is_flag=True, help="Show it in the web browser.")
@click.option("--title", metavar="TEXT", help="Heading; an empty one takes the dump's name.")
@click.option("--theme", type=click.Choice(get_args(Theme)), help="Light or dark look.")
@click.option("--logo", metavar="FILE", help="Picture for the top; an empty name takes it away.")
@settings_options
@edits_option
def report(
    run: Path,
    in_browser: bool,
    title: str | None,
    theme: str | None,
    logo: str | None,
    settings_file: Path | None,
    pairs: Sequence[str],
    edits: Path | None,
) -> None:
    """Render the report of a RUN anew, without fitting; prints its path.

    What is chosen here is kept with the run. Of a settings FILE only the section [report] counts.
    """
    check_sections(pairs, ("report",), "report.n_examples=12", "report")
    short = {"title": title, "theme": theme, "logo": logo}
    chosen = settings_like(run, settings_file, [*pairs, *_as_pairs(short)])
    page = workflows.report(run, chosen.report if chosen else None, edits=edits)
    click.echo(page)
    if in_browser:
        _open(page)


def _as_pairs(options: Mapping[str, str | None]) -> list[str]:
    """Options that were given, as `--set` has them."""
    import tomlkit

    given = {name: value for name, value in options.items() if value is not None}
    return [f"report.{name}={tomlkit.item(value).as_string()}" for name, value in given.items()]


def _open(page: Path) -> None:
    import webbrowser

    try:
        is_open = webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        is_open = False
    if not is_open:
        click.echo("No web browser was found; open the file by hand.", err=True)
