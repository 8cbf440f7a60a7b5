"""edit: the merchandiser changes the tree of a run by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import run_argument
from topicmodel.cli.output_options import json_option
from topicmodel.datatypes import EditOutcome, Run
from topicmodel.datatypes.edit_wording import edit_in_words

_topic = click.argument("topic")


@click.group()
@run_argument
@click.pass_context
def edit(context: click.Context, run: Path) -> None:
    """Change the tree of a RUN by hand; every later refit keeps to it.

    A TOPIC is named by its name, its id, or "parent > child". The report is rendered anew, and
    nothing is fitted.
    """
    context.obj = run


@edit.command()
@_topic
@click.argument("name")
@click.pass_obj
def rename(run: Path, topic: str, name: str) -> None:
    """Give a TOPIC another NAME."""
    _show(workflows.edit(run, "rename", topic=topic, name=name))


@edit.command()
@_topic
@click.argument("others", nargs=-1, required=True)
@click.pass_obj
def merge(run: Path, topic: str, others: Sequence[str]) -> None:
    """Merge OTHERS of the same level into a TOPIC."""
    _show(workflows.edit(run, "merge", topic=topic, others=others))


@edit.command()
@_topic
@click.argument("parent")
@click.pass_obj
def move(run: Path, topic: str, parent: str) -> None:
    """Put a level-two TOPIC under another PARENT."""
    _show(workflows.edit(run, "move", topic=topic, parent=parent))


@edit.command()
@_topic
@click.pass_obj
def split(run: Path, topic: str) -> None:
    """Have a TOPIC divided further by the next refit."""
    _show(workflows.edit(run, "split", topic=topic))


@edit.command()
@_topic
@click.option(
    "--product", "products", multiple=True, metavar="ID", help="Id of a product; may be repeated."
)
@click.option(
    "--word", default="", help="Products whose title holds this word, or these words in a row."
)
@click.option("--attribute", default="", metavar="NAME=VALUE", help="Products with this attribute.")
@click.pass_obj
def pin(run: Path, topic: str, products: Sequence[str], word: str, attribute: str) -> None:
    """Keep products in a TOPIC, those of later dumps too."""
    name, separator, value = attribute.partition("=")
    if attribute and not (separator and name.strip() and value.strip()):
        raise click.UsageError("--attribute takes NAME=VALUE, such as brand=Pedigree.")
    if not (products or word or attribute):
        raise click.UsageError("Say which products, with --product, --word or --attribute.")
    _show(
        workflows.edit(
            run,
            "pin",
            topic=topic,
            products=products,
            word=word,
            attribute=(name.strip(), value.strip()),
        )
    )


@edit.command()
@_topic
@click.pass_obj
def hide(run: Path, topic: str) -> None:
    """Leave a TOPIC out of the tree."""
    _show(workflows.edit(run, "hide", topic=topic))


@edit.command()
@click.argument("number", type=int, default=0)
@click.pass_obj
def undo(run: Path, number: int) -> None:
    """Take an edit back: the last one, or the one of that NUMBER."""
    _show(workflows.edit(run, "undo", number=number))


@edit.command()
@click.pass_obj
def accept(run: Path) -> None:
    """Accept a log of edits that somebody has changed by hand."""
    n_edits = len(workflows.accept_edits(run).edits)
    click.echo(f"The log holds {n_edits:,} edit{'' if n_edits == 1 else 's'} now.")


@edit.command("list")
@json_option
@click.pass_obj
def list_edits(run: Path, as_json: bool) -> None:
    """Print the edits with their numbers, and whether they are in force."""
    loaded = workflows.load(run)
    if as_json:
        records = [
            {
                "number": outcome.number,
                "action": outcome.edit.action,
                "topic": outcome.edit.topic,
                "status": outcome.status,
                "reason": outcome.reason,
                "products": outcome.products,
                "time": outcome.edit.time,
            }
            for outcome in loaded.outcomes
        ]
        click.echo(json.dumps(records, indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(_line(outcome, loaded) for outcome in loaded.outcomes) or "No edits.")


def _show(run: Run) -> None:
    """Print the edit that was made last."""
    click.echo(_line(run.outcomes[-1], run))


def _line(outcome: EditOutcome, run: Run) -> str:
    """An edit on one line, as `3  Merge “Shirts” into “T-Shirts”  (in force, 120 products)`."""
    from topicmodel.reporting.formatting import displayed

    names = {topic.id: topic.name for topic in run.taxonomy.topics}
    names |= {topic.id: topic.name for topic in run.fitted.taxonomy.topics}
    words = edit_in_words(outcome.edit, names, displayed)
    products = f", {outcome.products:,} products" if outcome.products else ""
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.number:>4}  {words}  ({outcome.status}{reason}{products})"
