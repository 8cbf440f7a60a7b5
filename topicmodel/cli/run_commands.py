"""names, verify, evaluate and report: they show what is in a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from topicmodel import workflows
from topicmodel.cli.options import dump_options, edits_option, gathered, run_argument
from topicmodel.cli.output_options import OutputOptions, json_option, output_options
from topicmodel.cli.settings_options import SettingsChoice, settings_options
from topicmodel.cli.shown import (
    defined_tree_text,
    explained_tree_text,
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
@click.option("--why", is_flag=True, help="Also which goods each category is made of.")
@click.option("--definitions", is_flag=True, help="Also what belongs to each category.")
@json_option
def names(run: Path, why: bool, definitions: bool, as_json: bool) -> None:
    """Print the tree of a RUN with the sizes of its categories.

    With --definitions, a line below each category says what belongs there, what does not though it
    is near, how many products there are, and from which price to which.

    With --why, the first line says whether the main categories follow a catalogue of goods, and a
    line below each category which of its families the products vote for. The JSON holds all of
    this in any case.
    """
    loaded = workflows.load(run)
    if as_json:
        click.echo(tree_json(loaded))
    elif definitions and why:
        raise click.UsageError("--definitions and --why cannot be used together.")
    elif definitions:
        click.echo(defined_tree_text(loaded))
    else:
        click.echo(explained_tree_text(loaded) if why else tree_text(loaded))


@click.command()
@run_argument
@json_option
@click.pass_context
def verify(context: click.Context, run: Path, as_json: bool) -> None:
    """Check every file of a RUN, and name those that are damaged, missing or foreign.

    The exit code is 1 where there is such a file.
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
@click.option("--truth", metavar="COLUMN", help="Column with the true category path.")
@dump_options
@output_options
def evaluate(
    run: Path,
    dump: tuple[DumpPath, ...],
    truth: str | None,
    columns: ColumnChoice,
    output: OutputOptions,
) -> None:
    """Print the scorecard of a RUN; with --truth, judge it against a column of its DUMP.

    The dump is found where it was when the run was made, unless it is named.
    """
    with output.progress() as progress:
        scorecard = workflows.evaluate(run, dump, truth=truth, columns=columns, progress=progress)
    click.echo(scorecard_json(scorecard) if output.as_json else scorecard_text(scorecard))


def _look(title: str | None, theme: str | None, logo: str | None) -> list[str]:
    """The options for the report's look that were given, as pairs for --set."""
    import tomlkit

    given = {"title": title, "theme": theme, "logo": logo}
    return [
        f"report.{name}={tomlkit.item(value).as_string()}"
        for name, value in given.items()
        if value is not None
    ]


@click.command()
@run_argument
@click.option("--open", "in_browser", is_flag=True, help="Show it in the web browser.")
@gathered(
    "look",
    _look,
    click.option("--title", metavar="TEXT", help="Heading; if it is empty, the dump's name."),
    click.option("--theme", type=click.Choice(get_args(Theme)), help="Light or dark look."),
    click.option("--logo", metavar="FILE", help="Picture for the top; an empty name removes it."),
)
@settings_options
@edits_option
def report(
    run: Path, in_browser: bool, look: list[str], settings: SettingsChoice, edits: Path | None
) -> None:
    """Render the report of a RUN anew, without fitting; prints its path.

    What is chosen here is kept with the run. Of a settings FILE only the section [report] counts.
    """
    settings.check_sections(("report",), "report.n_examples=12", "report")
    chosen = settings.with_pairs(look).over_run(run)
    page = workflows.report(run, chosen.report if chosen else None, edits=edits)
    click.echo(page)
    if in_browser:
        _open(page)


def _open(page: Path) -> None:
    """Show a page in the web browser, or say that there is none."""
    import webbrowser

    try:
        is_open = webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        is_open = False
    if not is_open:
        click.echo("No web browser was found; open the file by hand.", err=True)
