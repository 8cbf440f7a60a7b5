"""fit, refit, assign: a dump in, a run or a mapping out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import (
    check_sections,
    dump_argument,
    dump_options,
    edits_option,
    json_option,
    label_option,
    log_json_option,
    progress_of,
    quiet_option,
    resume_option,
    run_argument,
    settings_like,
    settings_options,
    split_columns,
    table_options,
    wait_option,
    with_resume,
)
from topicmodel.cli.planning import plan_option, show_plan
from topicmodel.cli.shown import (
    assigned_json,
    assigned_text,
    show_run,
)
from topicmodel.datatypes import Table
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.settings import load_settings


@click.command()
@dump_argument
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Run folder to write.")
@click.option("--demo", is_flag=True, help="Use the bundled sample of 2,000 products.")
@label_option
@dump_options
@settings_options
@edits_option
@plan_option
@wait_option
@resume_option
@quiet_option
@log_json_option
@json_option
def fit(
    dump: tuple[DumpPath, ...],
    out: Path | None,
    demo: bool,
    label: str | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    settings_file: Path | None,
    pairs: Sequence[str],
    edits: Path | None,
    only_plan: bool,
    wait: bool,
    resume: bool | None,
    quiet: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Find the categories of a DUMP: files or folders of products.

    Reads CSV, TSV, JSON, JSON lines, Excel, Parquet and Arrow, plain, packed or zipped, from here,
    an address or standard input (-), and writes a run folder with the tree, the mapping of products
    and a report.
    """
    if demo == bool(dump):
        raise click.UsageError(
            "Name the files of a dump, a query by --sql, or use --demo for the bundled sample."
        )
    if out is None and not (demo or only_plan):
        raise click.UsageError("Say where the run goes with --out DIR.")
    columns = ColumnChoice(id=id_column, text=split_columns(text), label=label, image=image)
    if demo:
        dump, out = (workflows.sample_path(),), out or Path("reports/demo")
        columns = ColumnChoice(label=label or "category_path")
    settings = load_settings(settings_file, with_resume(pairs, resume))
    if only_plan:
        show_plan(dump, settings, columns, out=out, quiet=quiet, log_json=log_json, as_json=as_json)
        return
    with progress_of(quiet, log_json) as progress:
        run = workflows.fit(
            dump,
            out=out,
            settings=settings,
            columns=columns,
            edits=edits,
            progress=progress,
            wait=wait,
        )
    show_run(run, out or Path(), as_json)


@click.command()
@run_argument
@dump_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Run folder to write; the RUN itself is replaced if it is the same.",
)
@label_option
@dump_options
@settings_options
@edits_option
@plan_option
@wait_option
@resume_option
@quiet_option
@log_json_option
@json_option
def refit(
    run: Path,
    dump: tuple[DumpPath, ...],
    out: Path | None,
    label: str | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    settings_file: Path | None,
    pairs: Sequence[str],
    edits: Path | None,
    only_plan: bool,
    wait: bool,
    resume: bool | None,
    quiet: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Continue the tree of a RUN on a new DUMP: what is the same keeps its id and its name.

    Columns and settings are those of the RUN unless they are given. What changed is printed, and
    shown in changes.html.
    """
    if not dump:
        raise click.UsageError("Name the files of the new dump, or a query by --sql.")
    if out is None and not only_plan:
        raise click.UsageError("Say where the run goes with --out DIR.")
    columns = ColumnChoice(id=id_column, text=split_columns(text), label=label, image=image)
    settings = settings_like(run, settings_file, with_resume(pairs, resume))
    if only_plan:
        show_plan(
            dump,
            settings,
            columns,
            previous=run,
            out=out,
            quiet=quiet,
            log_json=log_json,
            as_json=as_json,
        )
        return
    with progress_of(quiet, log_json) as progress:
        found = workflows.refit(
            run,
            dump,
            out=out,
            settings=settings,
            columns=columns,
            edits=edits,
            progress=progress,
            wait=wait,
        )
    show_run(found, out or Path(), as_json)


@click.command()
@run_argument
@dump_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Mapping to write: .parquet, .csv, .jsonl or .xlsx.",
)
@table_options
@dump_options
@settings_options
@wait_option
@quiet_option
@log_json_option
@json_option
def assign(
    run: Path,
    dump: tuple[DumpPath, ...],
    out: Path | None,
    table: Table | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    settings_file: Path | None,
    pairs: Sequence[str],
    wait: bool,
    quiet: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Put the products of a DUMP where they belong in the tree of a RUN, without a fit.

    Says how many fit nowhere, what they have in common, and whether a refit is due. Of settings
    only those of the sections [ingest] and [scaling] count: the others are the RUN's.
    """
    if not dump:
        raise click.UsageError("Name the files of the dump, or a query by --sql.")
    if out is None and table is None:
        raise click.UsageError("Say where the mapping goes with --out FILE or --to-table NAME.")
    check_sections(pairs, ("ingest", "scaling"), "ingest.encoding=cp1250", "assign")
    columns = ColumnChoice(id=id_column, text=split_columns(text), image=image)
    chosen = settings_like(run, settings_file, pairs)
    with progress_of(quiet, log_json) as progress:
        assigned = workflows.assign(
            run,
            dump,
            out=out,
            table=table,
            columns=columns,
            scaling=chosen.scaling if chosen else None,
            ingest=chosen.ingest if chosen else None,
            progress=progress,
            wait=wait,
        )
    click.echo(assigned_json(assigned) if as_json else assigned_text(assigned))
