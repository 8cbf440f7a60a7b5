"""Words -> one workflow call -> messages and an exit code.

Standard output carries the result, standard error the progress. Exit codes: 0 done, 1 an error that
the message says how to mend, 2 wrong usage.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from topicmodel import __version__, workflows
from topicmodel.datatypes import Run, Scorecard, Topic
from topicmodel.errors import TopicModelError
from topicmodel.ingest import ColumnChoice
from topicmodel.progress import Silent
from topicmodel.settings import (
    load_settings,
    settings_as_toml,
    settings_from_values,
)


def main() -> None:
    """Run the command line; known errors end in one line, never in a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="replace")
    try:
        commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "Stopped. What was encoded is kept; the same command goes on from there.", err=True
        )
        sys.exit(130)
    except TopicModelError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except OSError as error:  # such as a full disk behind standard output
        click.echo(f"Error: {error}.", err=True)
        # What could not be written must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="topicmodel")
def commands() -> None:
    """Turn a dump of product descriptions into a category tree with names and a report."""


def _dump_options(command: Callable[..., None]) -> Callable[..., None]:
    options = [
        click.option("--id", "id_column", metavar="COLUMN", help="Column with the product id."),
        click.option(
            "--text",
            metavar="COLUMN,...",
            help="Columns with the text: title first, then what describes the product.",
        ),
        click.option("--image", metavar="COLUMN", help="Column with the picture."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _settings_options(command: Callable[..., None]) -> Callable[..., None]:
    options = [
        click.option(
            "--settings",
            "settings_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="TOML file of settings; `topicmodel settings` prints one.",
        ),
        click.option(
            "--set",
            "pairs",
            multiple=True,
            metavar="KEY=VALUE",
            help="One setting, such as level1.n_topics=12; may be repeated.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


_quiet = click.option("--quiet", is_flag=True, help="No progress on standard error.")
_json = click.option("--json", "as_json", is_flag=True, help="Result as JSON.")
_dump = click.argument("dump", nargs=-1, type=click.Path(path_type=Path))
_run = click.argument("run", type=click.Path(path_type=Path))


@commands.command()
@_dump
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Run folder to write.")
@click.option("--demo", is_flag=True, help="Use the bundled sample of 2,000 products.")
@click.option(
    "--label", metavar="COLUMN", help="True category path; for evaluation, never used in fitting."
)
@_dump_options
@_settings_options
@_quiet
@_json
def fit(
    dump: tuple[Path, ...],
    out: Path | None,
    demo: bool,
    label: str | None,
    id_column: str | None,
    text: str | None,
    image: str | None,
    settings_file: Path | None,
    pairs: Sequence[str],
    quiet: bool,
    as_json: bool,
) -> None:
    """Find the categories of a DUMP: files or folders of products.

    Reads CSV, TSV, JSON, JSON lines and Parquet, plain, gzipped or zipped, and writes a run folder
    with the tree, the mapping of products and a report.
    """
    if demo == bool(dump):
        raise click.UsageError("Name the files of a dump, or use --demo for the bundled sample.")
    if out is None and not demo:
        raise click.UsageError("Say where the run goes with --out DIR.")
    columns = ColumnChoice(id=id_column, text=_split(text), label=label, image=image)
    if demo:
        dump, out = (workflows.sample_path(),), out or Path("reports/demo")
        columns = ColumnChoice(label=label or "category_path")
    settings = load_settings(settings_file, pairs)
    with _progress(quiet) as progress:
        run = workflows.fit(dump, out=out, settings=settings, columns=columns, progress=progress)
    _show_run(run, out or Path(), as_json)


@commands.command()
@_run
@_json
def names(run: Path, as_json: bool) -> None:
    """Print the tree of a RUN with the sizes of its categories."""
    loaded = workflows.load(run)
    click.echo(_tree_json(loaded) if as_json else _tree_text(loaded))


@commands.command()
@_run
@_dump
@click.option("--truth", metavar="COLUMN", help="Column with the true category path.")
@_dump_options
@_quiet
@_json
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
    columns = ColumnChoice(id=id_column, text=_split(text), image=image)
    with _progress(quiet) as progress:
        scorecard = workflows.evaluate(run, dump, truth=truth, columns=columns, progress=progress)
    click.echo(_scorecard_json(scorecard) if as_json else _scorecard_text(scorecard))


@commands.command()
@_run
@_settings_options
def report(run: Path, settings_file: Path | None, pairs: Sequence[str]) -> None:
    """Render the report of a RUN anew, without fitting; prints its path."""
    chosen = None
    if settings_file or pairs:
        kept = settings_from_values(workflows.load(run).manifest["settings"])
        chosen = load_settings(settings_file, pairs, kept).report
    click.echo(workflows.report(run, chosen))


@commands.command()
@_settings_options
def settings(settings_file: Path | None, pairs: Sequence[str]) -> None:
    """Print all settings as TOML; with options, as those change them."""
    click.echo(settings_as_toml(load_settings(settings_file, pairs)), nl=False)


@commands.group()
def cache() -> None:
    """Look at, or clear, the cache of vectors."""


@cache.command("info")
@_json
def cache_info(as_json: bool) -> None:
    """Print where the cache is, its size, and the vectors of each encoder."""
    info = workflows.cache_info()
    if as_json:
        record = {"path": str(info.path), "bytes": info.n_bytes, "vectors": dict(info.entries)}
        click.echo(json.dumps(record, indent=2))
        return
    click.echo(f"{info.path}  {info.n_bytes / 1e6:,.1f} MB")
    for encoder, n_vectors in info.entries.items():
        click.echo(f"{n_vectors:>12,}  {encoder}")


@cache.command("clear")
def cache_clear() -> None:
    """Delete all vectors; the next run encodes its texts again."""
    click.echo(f"Cleared {workflows.clear_cache()}.")


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _show_run(run: Run, out: Path, as_json: bool) -> None:
    if as_json:
        click.echo(_tree_json(run))
        return
    click.echo(_tree_text(run))
    click.echo()
    agreement = {m.name: m.value for m in run.scorecard.metrics if m.value is not None}
    for level in ("level1", "level2"):
        if f"{level}.ami" in agreement:
            click.echo(f"{level} AMI against the true categories: {agreement[f'{level}.ami']:.3f}")
    click.echo(f"Report: {out / 'index.html'}")


def _tree_text(run: Run) -> str:
    lines = []
    for parent in run.taxonomy.level1:
        lines.append(f"{parent.size:>9,}  {parent.name}")
        lines += [f"{c.size:>9,}    {c.name}" for c in run.taxonomy.children(parent.id)]
    unsorted = sum(topic is None for topic in run.assignments.level1)
    return "\n".join([*lines, *([f"{unsorted:>9,}  (unsorted)"] if unsorted else [])])


def _tree_json(run: Run) -> str:
    def node(topic: Topic) -> dict[str, Any]:
        record = {"id": topic.id, "name": topic.name, "size": topic.size}
        return record | {"keywords": [term for term, _ in topic.keywords]}

    tree = [
        node(parent) | {"children": [node(c) for c in run.taxonomy.children(parent.id)]}
        for parent in run.taxonomy.level1
    ]
    return json.dumps(tree, indent=2, ensure_ascii=False)


def _scorecard_text(scorecard: Scorecard) -> str:
    return "\n".join(
        f"{metric.name:<28}{'-' if metric.value is None else f'{metric.value:.4g}':>10}"
        for metric in scorecard.metrics
        if not metric.name.startswith("topics.")
    )


def _scorecard_json(scorecard: Scorecard) -> str:
    return json.dumps({metric.name: metric.value for metric in scorecard.metrics}, indent=2)


def _progress(quiet: bool) -> Any:
    from contextlib import nullcontext

    if quiet:
        return nullcontext(Silent())
    logging.getLogger("topicmodel").addHandler(logging.NullHandler())
    from topicmodel.bars import Bars

    return Bars()
