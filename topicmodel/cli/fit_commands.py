"""fit, refit and assign: they turn a dump into a run, or into a mapping of its products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.invocation import command_line
from topicmodel.cli.options import (
    MappingTarget,
    combined,
    dump_options,
    edits_option,
    gathered,
    label_option,
    menu_option,
    run_argument,
    target_options,
    wait_option,
)
from topicmodel.cli.output_options import OutputOptions, output_options
from topicmodel.cli.plan_option import plan_option, show_plan
from topicmodel.cli.settings_options import (
    SettingsChoice,
    language_option,
    resume_option,
    settings_options,
)
from topicmodel.cli.shown import assigned_json, assigned_text, show_run
from topicmodel.datatypes import Run
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.settings import Settings


@dataclass(frozen=True)
class FitRequest:
    """What the user asks of fit or refit."""

    dump: tuple[DumpPath, ...]
    """Files, folders, addresses and queries."""
    columns: ColumnChoice
    settings: SettingsChoice
    out: Path | None
    """Run folder to write."""
    menu: str | None
    """File of the categories that are known beforehand; none or bundled."""
    edits: Path | None
    """File of edits that are applied to the tree."""
    only_plan: bool
    """Whether to estimate the work only, and to fit nothing."""
    wait: bool
    """Whether to wait while another command is writing to `out`, rather than to stop."""


_fit_options = combined(
    label_option,
    dump_options,
    settings_options,
    gathered(
        "request",
        FitRequest,
        menu_option,
        language_option,
        edits_option,
        plan_option,
        wait_option,
        resume_option,
    ),
    output_options,
)
"""Add the options that fit and refit share; both are handed `request` and `output`."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Run folder to write.")
@click.option("--demo", is_flag=True, help="Use the bundled sample of 2,000 products.")
@_fit_options
def fit(request: FitRequest, demo: bool, output: OutputOptions) -> None:
    """Find the categories of a DUMP: files or folders of products.

    Reads CSV, TSV, JSON, JSON lines, Excel, Parquet and Arrow, plain, packed or zipped, from here,
    an address or standard input (-), and writes a run folder with the tree, the mapping of products
    and a report.
    """
    if demo == bool(request.dump):
        raise click.UsageError(
            "Name the files of a dump, a query by --sql, or use --demo for the bundled sample."
        )
    if request.out is None and not (demo or request.only_plan):
        raise click.UsageError("Say where the run goes with --out DIR.")
    if demo:
        request = _of_the_sample(request)
    _fit_or_plan(request, request.settings.over_defaults(), output)


@click.command()
@run_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Run folder to write; the RUN itself is replaced if it is the same.",
)
@_fit_options
def refit(run: Path, request: FitRequest, output: OutputOptions) -> None:
    """Continue the tree of a RUN on a new DUMP: what is the same keeps its id and its name.

    Columns and settings are those of the RUN unless they are given. What changed is printed, and
    shown in changes.html.
    """
    if not request.dump:
        raise click.UsageError("Name the files of the new dump, or a query by --sql.")
    if request.out is None and not request.only_plan:
        raise click.UsageError("Say where the run goes with --out DIR.")
    _fit_or_plan(request, request.settings.over_run(run), output, previous=run)


def _of_the_sample(request: FitRequest) -> FitRequest:
    """The request with the bundled sample as its dump."""
    return replace(
        request,
        dump=(workflows.sample_path(),),
        columns=ColumnChoice(label=request.columns.label or "category_path"),
        out=request.out or Path("reports/demo"),
    )


def _fit_or_plan(
    request: FitRequest,
    settings: Settings | None,
    output: OutputOptions,
    previous: Path | None = None,
) -> None:
    """Make the run that is asked for and show it, or show the plan of it.

    Args:
        request: what is asked for.
        settings: of the run; those of the previous run where they are None.
        output: how progress and result are told.
        previous: the run that a refit continues; without it, it is a fit.
    """
    columns, out = request.columns, request.out
    if request.only_plan:
        plan = partial(workflows.plan, request.dump, out=out, settings=settings, columns=columns)
        plan = partial(plan, menu=request.menu)
        show_plan(partial(plan, previous=previous), output)
        return
    make: Callable[..., Run] = workflows.fit
    if previous is not None:
        make = partial(workflows.refit, previous)
    with output.progress() as progress:
        run = make(
            request.dump,
            out=out,
            settings=settings,
            columns=columns,
            menu=request.menu,
            edits=request.edits,
            progress=progress,
            wait=request.wait,
            command_line=command_line(),
        )
    show_run(run, out or Path(), output.as_json)


@click.command()
@run_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Mapping to write: .parquet, .csv, .jsonl or .xlsx.",
)
@target_options
@dump_options
@settings_options
@wait_option
@output_options
def assign(
    run: Path,
    dump: tuple[DumpPath, ...],
    target: MappingTarget,
    columns: ColumnChoice,
    settings: SettingsChoice,
    output: OutputOptions,
) -> None:
    """Put the products of a DUMP where they belong in the tree of a RUN, without a fit.

    Says how many fit nowhere, what they have in common, and whether a refit is due. Of settings
    only those of the sections [ingest] and [scaling] count: the others are the RUN's.
    """
    if not dump:
        raise click.UsageError("Name the files of the dump, or a query by --sql.")
    if not target.is_named:
        raise click.UsageError("Say where the mapping goes with --out FILE or --to-table NAME.")
    settings.check_sections(("ingest", "scaling"), "ingest.encoding=cp1250", "assign")
    chosen = settings.over_run(run)
    with output.progress() as progress:
        assigned = workflows.assign(
            run,
            dump,
            out=target.out,
            table=target.table,
            columns=columns,
            scaling=chosen.scaling if chosen else None,
            ingest=chosen.ingest if chosen else None,
            progress=progress,
            wait=target.wait,
        )
    click.echo(assigned_json(assigned) if output.as_json else assigned_text(assigned))
