"""Options that several commands share."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any

import click

from topicmodel import workflows
from topicmodel.datatypes import Query, Table
from topicmodel.ingest import DumpPath
from topicmodel.progress import Progress, Silent, warn
from topicmodel.settings import Settings, load_settings, settings_from_values

_Command = Callable[..., None]

quiet_option = click.option("--quiet", is_flag=True, help="No progress on standard error.")
LOG_JSON = "--log-json"
log_json_option = click.option(
    LOG_JSON, is_flag=True, help="Progress and warnings as JSON, an object a line, for programs."
)
wait_option = click.option(
    "--wait", is_flag=True, help="Wait where another command is writing to --out."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Result as JSON.")
label_option = click.option(
    "--label", metavar="COLUMN", help="True category path; for evaluation, never used in fitting."
)
edits_option = click.option(
    "--edits",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Edits to apply, such as a report's reader has downloaded.",
)


class _DumpPath(click.Path):
    """A path; an address such as s3://bucket/folder, and -, stay as they were given."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        is_path = value != "-" and "://" not in str(value)
        return super().convert(value, param, context) if is_path else value


dump_argument = click.argument("dump", nargs=-1, type=_DumpPath(path_type=Path))
run_argument = click.argument("run", type=click.Path(path_type=Path))


def _remember_database(context: click.Context, _: click.Parameter, address: str | None) -> None:
    context.meta[_DATABASE] = address


_DATABASE = "topicmodel.database"

db_option = click.option(
    "--db",
    metavar="ADDRESS",
    is_eager=True,  # before the options that speak of it
    expose_value=False,
    callback=_remember_database,
    help="Database, such as postgresql://me@host/shop; TOPICMODEL_DB unless given, which suits "
    "passwords better.",
)


def database() -> str | None:
    """The address that --db gave to the command that runs."""
    address: str | None = click.get_current_context().meta.get(_DATABASE)
    return address


def dump_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which column is what, and which query gives the dump.

    The command finds the query among the paths of its dump.
    """

    @wraps(command)
    def with_query(*, dump: tuple[DumpPath, ...], sql: str | None, **others: Any) -> None:
        queries = () if sql is None else (Query(sql, database()),)
        command(dump=(*dump, *queries), **others)

    options = [
        click.option("--sql", metavar="QUERY", help="Read the dump from a database: a SELECT."),
        db_option,
        click.option("--id", "id_column", metavar="COLUMN", help="Column with the product id."),
        click.option(
            "--text",
            metavar="COLUMN,...",
            help="Columns with the text: title first, then what describes the product.",
        ),
        click.option("--image", metavar="COLUMN", help="Column with the picture."),
    ]
    return _with_options(with_query, options)


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that write a mapping into a database; the command is handed a `table`."""

    @wraps(command)
    def with_table(*, to_table: str | None, replace: bool, **others: Any) -> None:
        if replace and to_table is None:
            raise click.UsageError("--replace is about the rows of a table: name it by --to-table.")
        table = None if to_table is None else Table(to_table, database(), replace)
        command(table=table, **others)

    options = [
        click.option(
            "--to-table",
            metavar="NAME",
            help="Table of the database of --db: rows are inserted and updated by product_id.",
        ),
        click.option(
            "--replace",
            is_flag=True,
            help="Delete rows of products that are no longer in the mapping; they stay otherwise.",
        ),
    ]
    return _with_options(with_table, options)


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that change settings."""
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
    return _with_options(command, options)


def _with_options(command: _Command, options: Sequence[Callable[[_Command], _Command]]) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


resume_option = click.option(
    "--resume/--no-resume",
    default=None,
    help="Take fits that an earlier run has finished, the default; or fit everything anew.",
)


def with_resume(pairs: Sequence[str], resume: bool | None) -> Sequence[str]:
    """The pairs of --set, and what --resume or --no-resume means."""
    return pairs if resume is None else [*pairs, f"keep_stages={str(resume).lower()}"]


def split_columns(text: str | None) -> tuple[str, ...]:
    """The names in a list that commas separate."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def settings_like(run: Path, file: Path | None, pairs: Sequence[str]) -> Settings | None:
    """The settings of a run with what the user changed; None where that is nothing."""
    if not (file or pairs):
        return None
    kept = settings_from_values(workflows.load(run).manifest["settings"])
    return load_settings(file, pairs, kept)


def check_sections(
    pairs: Sequence[str], sections: Sequence[str], example: str, command: str
) -> None:
    """Make sure that all pairs are settings of these sections.

    Raises:
        click.UsageError: one is not.
    """
    allowed = " and ".join(f"{section}.*" for section in sections)
    for pair in pairs:
        key, separator, _ = pair.partition("=")
        if separator and key.strip().partition(".")[0] not in sections:
            raise click.UsageError(
                f"`{command}` fits nothing anew, so --set takes {allowed} settings only, such as "
                f"{example}; got {key.strip()}."
            )


@contextmanager
def progress_of(quiet: bool, log_json: bool = False) -> Iterator[Progress]:
    """The progress that is shown on standard error, warnings of the library among it."""
    if quiet and not log_json:
        yield Silent()
        return
    with _lines_or_bars(log_json) as shown:
        library, warnings = logging.getLogger("topicmodel"), _ShownWarnings(shown)
        library.addHandler(warnings)
        try:
            yield shown
        finally:
            library.removeHandler(warnings)


def _lines_or_bars(log_json: bool) -> AbstractContextManager[Progress]:
    if log_json:
        from topicmodel.progress.json_lines import LogLines

        return nullcontext(LogLines(sys.stderr))
    from topicmodel.progress.bars import Bars

    return Bars()


class _ShownWarnings(logging.Handler):
    """What the library warns of, as messages to the user."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.WARNING)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        warn(self._progress, record.getMessage())
