"""What is read from, and written to, a database."""

from __future__ import annotations

from dataclasses import dataclass, field

from topicmodel.files.secrets import masked

_PREFIX = "sql:"


@dataclass(frozen=True)
class Query:
    """A dump that a database gives: the rows of a SELECT.

    As text it is `sql:ADDRESS SELECT ...`, without any password, which is how a run remembers it.
    """

    sql: str
    url: str | None = field(default=None, repr=False)
    """Address as SQLAlchemy has it, such as postgresql://user:password@host/database; that in the
    environment variable TOPICMODEL_DB where it is None."""

    def __str__(self) -> str:
        address = masked(self.url or "").replace(" ", "%20")
        return f"{_PREFIX}{address} {self.sql}"


def query_from(text: str) -> Query | None:
    """The query that is written so; None where the text is something else, such as a path."""
    address, separator, sql = text.removeprefix(_PREFIX).partition(" ")
    return Query(sql, address or None) if text.startswith(_PREFIX) and separator else None


@dataclass(frozen=True)
class Table:
    """Where a mapping of products is written in a database."""

    name: str
    """Of the table, or schema.table; it is made where there is none."""
    url: str | None = field(default=None, repr=False)
    """As for a Query."""
    replace: bool = False
    """Whether rows of products that are not in the mapping are deleted."""


@dataclass(frozen=True)
class TableCounts:
    """What writing a mapping changed in a table, in rows."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    def __str__(self) -> str:
        parts = (
            f"{self.inserted:,} inserted, {self.updated:,} updated, {self.unchanged:,} unchanged"
        )
        return f"{parts}, {self.deleted:,} deleted" if self.deleted else parts
