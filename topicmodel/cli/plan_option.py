"""--plan of fit and refit: what the work would take, without doing it."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from topicmodel.cli.output_options import OutputOptions
from topicmodel.datatypes import Plan

plan_option = click.option(
    "--plan",
    "only_plan",
    is_flag=True,
    help="Only estimate the time, memory and disk space; nothing is fitted.",
)


def show_plan(make: Callable[..., Plan], output: OutputOptions) -> None:
    """Print the plan of a fit or a refit.

    Args:
        make: makes the plan; it is called with `progress`, which it tells about its stages.
        output: how the plan is printed.

    Raises:
        PlanError: the work cannot be done on this machine; the plan is printed all the same.
    """
    from topicmodel.planning import check_plan, plan_text

    with output.progress() as progress:
        plan = make(progress=progress)
    click.echo(json.dumps(plan.as_record(), indent=2) if output.as_json else plan_text(plan))
    check_plan(plan)
