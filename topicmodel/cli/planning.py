"""--plan of fit and refit: what it would take, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import progress_of
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.settings import Settings

plan_option = click.option(
    "--plan", "only_plan", is_flag=True, help="Say what it would take in time, memory and disk."
)


def show_plan(
    dump: Sequence[DumpPath],
    settings: Settings | None,
    columns: ColumnChoice,
    *,
    previous: Path | None = None,
    out: Path | None,
    quiet: bool,
    log_json: bool,
    as_json: bool,
) -> None:
    """Print the plan of a fit, or of a refit of a previous run.

    Raises:
        PlanError: it cannot work on this machine.
    """
    from topicmodel.planning import check_plan, plan_text

    with progress_of(quiet, log_json) as progress:
        plan = workflows.plan(
            dump,
            previous=previous,
            out=out,
            settings=settings,
            columns=columns,
            progress=progress,
        )
    click.echo(json.dumps(plan.as_record(), indent=2) if as_json else plan_text(plan))
    check_plan(plan)
