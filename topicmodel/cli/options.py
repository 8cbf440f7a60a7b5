"""Options that several commands share, and how the values of several become one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from topicmodel.datatypes import Query, Table
from topicmodel.ingest import ColumnChoice, DumpPath

Command = Callable[..., None]
Decorator = Callable[[Command], Command]


def gathered(name: str, build: Callable[..., object], *options: Decorator) -> Decorator:
    """Add options to a command, and hand it one value in place of theirs.

    Args:
        name: parameter of the command that receives the value.
        build: makes the value. Its parameters bear the names of options or arguments; one that has
            a default is left out where the command has no such option.
        options: the options, in the order in which the help lists them. `build` may also take
            values of options that the command has from elsewhere.
    """
    names = tuple(inspect.signature(build).parameters)

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_value(**values: Any) -> None:
            own = {key: values.pop(key) for key in names if key in values}
            command(**values, **{name: build(**own)})

        return combined(*options)(with_value)

    return decorate


def combined(*decorators: Decorator) -> Decorator:
    """One decorator in place of several; the first is the outermost, as if it stood on top."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


run_argument = click.argument("run", type=click.Path(path_type=Path))
wait_option = click.option(
    "--wait", is_flag=True, help="Wait where another command is writing to --out."
)
label_option = click.option(
    "--label", metavar="COLUMN", help="True category path; for evaluation, never used in fitting."
)
menu_option = click.option(
    "--menu",
    metavar="FILE|none",
    help="File of categories that are known beforehand: a path a line, such as Food > Fruit, or "
    "CSV, TOML or JSON; none goes by the texts alone.",
)
edits_option = click.option(
    "--edits",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File of edits to apply, such as one that a reader of the report has downloaded.",
)

_DATABASE = "topicmodel.database"
"""Key of the context's `meta` under which the address of --db is kept."""


def _remember_database(context: click.Context, _: click.Parameter, address: str | None) -> None:
    context.meta[_DATABASE] = address


def _database() -> str | None:
    """The address that --db gave to the command that runs; None where it gave none."""
    address: str | None = click.get_current_context().meta.get(_DATABASE)
    return address


db_option = click.option(
    "--db",
    metavar="ADDRESS",
    is_eager=True,  # read before the options that use the address
    expose_value=False,
    callback=_remember_database,
    help="Address of the database, such as postgresql://me@host/shop. Without it, the variable "
    "TOPICMODEL_DB is read, which is the better place for a password.",
)


class _DumpPath(click.Path):
    """A path. An address such as s3://bucket/folder stays text, and so does - (standard input)."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        is_path = value != "-" and "://" not in str(value)
        return super().convert(value, param, context) if is_path else value


def _sources(dump: Sequence[DumpPath], sql: str | None) -> tuple[DumpPath, ...]:
    """The paths of a dump, and behind them the query of --sql where there is one."""
    return (*dump, *(() if sql is None else (Query(sql, _database()),)))


def _split(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...]:
    """The names in a list that commas separate, without the spaces around them."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


dump_options = combined(
    gathered(
        "dump",
        _sources,
        click.argument("dump", nargs=-1, type=_DumpPath(path_type=Path)),
        click.option(
            "--sql", metavar="QUERY", help="SELECT statement that reads the dump from a database."
        ),
        db_option,
    ),
    gathered(
        "columns",
        ColumnChoice,
        click.option("--id", metavar="COLUMN", help="Column with the product id."),
        click.option(
            "--text",
            metavar="COLUMN,...",
            callback=_split,
            help="Columns with the text: title first, then what describes the product.",
        ),
        click.option("--image", metavar="COLUMN", help="Column with the picture."),
    ),
)
"""Add the dump, a query for it, and the choice of its columns.

The command is handed `dump`, a tuple of paths, addresses and queries, and `columns`, a
`ColumnChoice`, which holds the column of --label too where the command has that option.
"""


@dataclass(frozen=True)
class MappingTarget:
    """Where a mapping goes: to a file, to a table of a database, or to both."""

    out: Path | None
    table: Table | None
    wait: bool = False
    """Whether to wait while another command is writing the file, rather than to stop."""

    @property
    def is_named(self) -> bool:
        """Whether there is a file or a table."""
        return self.out is not None or self.table is not None


def _mapping_target(
    out: Path | None, to_table: str | None, replace: bool, wait: bool = False
) -> MappingTarget:
    if replace and to_table is None:
        raise click.UsageError("--replace deletes rows of a table: name the table with --to-table.")
    table = None if to_table is None else Table(to_table, _database(), replace)
    return MappingTarget(out, table, wait)


target_options = gathered(
    "target",
    _mapping_target,
    click.option(
        "--to-table",
        metavar="NAME",
        help="Table in the database of --db. A row whose product_id is there already is updated.",
    ),
    click.option(
        "--replace",
        is_flag=True,
        help="Delete rows of products that are no longer in the mapping; they stay otherwise.",
    ),
)
"""Add the options that write a mapping into a table of a database.

The command is handed `target`, a `MappingTarget`; the file in it is that of the command's own
option `out`. The command needs `db_option` too, alone or among `dump_options`.
"""
