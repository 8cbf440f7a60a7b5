"""A mapping of products, written into a table of a database in one transaction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from topicmodel.datatypes import Table, TableCounts
from topicmodel.errors import DatabaseError
from topicmodel.files.databases import connected

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import Insert

Row = dict[str, Any]

_KEY = "product_id"
_TEXTS = ("level1_id", "level1_name", "level2_id", "level2_name", "method")
_NUMBER = "confidence"
_COLUMNS = (_KEY, *_TEXTS, _NUMBER)
_BATCH = 1000
_PRECISION = 6
"""Decimals of the confidence, as in files of text."""
_REMEDY = "Nothing was written."


def check_table(table: Table) -> None:
    """Say early, before hours of work, that a mapping cannot be written into a table.

    Raises:
        DatabaseError: the database cannot be reached, or the table is made for something else.
    """
    with connected(table.url, read_only=False, remedy=_REMEDY) as connection:
        _check(connection, table)


def write_table(table: Table, blocks: Iterable[Mapping[str, Any]]) -> TableCounts:
    """Write a mapping into a table: all of it, or nothing where that fails or is killed.

    The table is made where there is none, with product_id as its primary key. Rows are found by
    product_id: new ones are inserted, those that differ updated, and those that are as they should
    be not touched. Rows of other products stay unless the table asks for their deletion.

    Args:
        table: where to.
        blocks: columns of `assignments.parquet`, name -> values; each product once in all.

    Raises:
        DatabaseError: the database cannot be reached, or refuses; or the table is made for
            something else.
    """
    counts, written = TableCounts(), set[str]()
    with connected(table.url, read_only=False, remedy=_REMEDY) as connection:
        _check(connection, table)
        target = _table(table)
        target.create(connection, checkfirst=True)
        for rows in _batches(blocks):
            counts = _upsert(connection, target, rows, counts)
            if table.replace:
                written.update(row[_KEY] for row in rows)
        if table.replace:
            counts = replace(counts, deleted=_delete_others(connection, target, written))
    return counts


def _table(table: Table) -> sa.Table:
    import sqlalchemy as sa

    schema, name = _split(table.name)
    texts = [sa.Column(column, sa.Text) for column in _TEXTS]
    number = sa.Column(_NUMBER, sa.Double)
    key = sa.Column(_KEY, sa.Text, primary_key=True)
    return sa.Table(name, sa.MetaData(), key, *texts, number, schema=schema)


def _split(name: str) -> tuple[str | None, str]:
    schema, _, table = name.rpartition(".")
    return schema or None, table


def _check(connection: sa.Connection, table: Table) -> None:
    """Make sure that the table is missing, or can hold a mapping.

    Raises:
        DatabaseError: it cannot.
    """
    import sqlalchemy as sa

    if connection.dialect.name not in ("postgresql", "sqlite"):
        raise DatabaseError(
            f"Mappings are written to PostgreSQL and SQLite, not to {connection.dialect.name}. "
            "Write a file with --to and load that."
        )
    schema, name = _split(table.name)
    if not name:
        raise DatabaseError(f"{table.name!r} names no table. Give NAME or SCHEMA.NAME.")
    inspector = sa.inspect(connection)
    if not inspector.has_table(name, schema=schema):
        return
    problem = _problem(inspector, schema, name)
    if problem:
        raise DatabaseError(f"The table {table.name} {problem}. Name another one.")


def _problem(inspector: sa.Inspector, schema: str | None, name: str) -> str:
    """Why a table that is there cannot hold a mapping; "" where it can."""
    import sqlalchemy as sa

    columns = {column["name"]: column for column in inspector.get_columns(name, schema=schema)}
    missing = [column for column in _COLUMNS if column not in columns]
    if missing:
        return f"is there, but has no column {', '.join(missing)}"
    others = [name for name, column in columns.items() if name not in _COLUMNS and _must(column)]
    if others:
        return f"has columns that have to be filled, which a mapping does not: {', '.join(others)}"
    for column in (_KEY, *_TEXTS):
        if not isinstance(columns[column]["type"], sa.String):
            return f"has a column {column} that is no text, but {columns[column]['type']}"
    if not isinstance(columns[_NUMBER]["type"], sa.Float):
        return f"has a column {_NUMBER} that is no floating point number"
    if [_KEY] not in _unique_keys(inspector, schema, name):
        return f"has no primary key on {_KEY} alone"
    return ""


def _must(column: Any) -> bool:
    """Whether a row needs a value for it."""
    is_made = (
        column.get("identity") or column.get("computed") or column.get("autoincrement") is True
    )
    return not column["nullable"] and column["default"] is None and not is_made


def _unique_keys(inspector: sa.Inspector, schema: str | None, name: str) -> list[list[str | None]]:
    primary = inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
    # SQLite knows the names of such constraints only where they are indexes of its own making.
    indexes = inspector.get_indexes(name, schema=schema, include_auto_indexes=True)
    unique = [list(index["column_names"]) for index in indexes if index["unique"]]
    return [list(primary), *unique]


def _batches(blocks: Iterable[Mapping[str, Any]]) -> Iterator[list[Row]]:
    for block in blocks:
        columns = [_plain(name, block[name]) for name in _COLUMNS]
        for start in range(0, len(columns[0]), _BATCH):
            parts = (column[start : start + _BATCH] for column in columns)
            yield [dict(zip(_COLUMNS, values, strict=True)) for values in zip(*parts, strict=True)]


def _plain(name: str, values: Sequence[Any]) -> Sequence[Any]:
    return [round(float(value), _PRECISION) for value in values] if name == _NUMBER else values


def _upsert(
    connection: sa.Connection, target: sa.Table, rows: Sequence[Row], counts: TableCounts
) -> TableCounts:
    """Write what differs of some rows, and count on."""
    stored = _stored(connection, target, [row[_KEY] for row in rows])
    new = [row for row in rows if row[_KEY] not in stored]
    changed = [row for row in rows if row[_KEY] in stored and not _is_same(row, stored[row[_KEY]])]
    if new or changed:
        connection.execute(_statement(connection, target), new + changed)
    return replace(
        counts,
        inserted=counts.inserted + len(new),
        updated=counts.updated + len(changed),
        unchanged=counts.unchanged + len(rows) - len(new) - len(changed),
    )


def _stored(
    connection: sa.Connection, target: sa.Table, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    found = connection.execute(target.select().where(target.c[_KEY].in_(ids)))
    return {row[_KEY]: dict(row) for row in found.mappings()}


def _is_same(row: Row, stored: Mapping[str, Any]) -> bool:
    number = stored[_NUMBER]
    if number is None or not math.isclose(number, row[_NUMBER], abs_tol=10**-_PRECISION):
        return False
    return all(stored[name] == row[name] for name in _TEXTS)


def _statement(connection: sa.Connection, target: sa.Table) -> Insert:
    from sqlalchemy.dialects import postgresql, sqlite

    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Insert = dialect.insert(target)
    fresh = {name: statement.excluded[name] for name in (*_TEXTS, _NUMBER)}
    return statement.on_conflict_do_update(index_elements=[_KEY], set_=fresh)


def _delete_others(connection: sa.Connection, target: sa.Table, written: set[str]) -> int:
    """Delete the rows of all products but these; how many there were."""
    key = target.c[_KEY]
    stored = connection.scalars(key.table.select().with_only_columns(key))
    gone = [product for product in stored if product not in written]
    for start in range(0, len(gone), _BATCH):
        connection.execute(target.delete().where(key.in_(gone[start : start + _BATCH])))
    return len(gone)
