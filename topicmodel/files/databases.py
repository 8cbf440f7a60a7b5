"""Databases by their address: opened, and explained where they fail, without their password."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topicmodel.errors import DatabaseError, first_line
from topicmodel.files.secrets import masked

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

ENVIRONMENT = "TOPICMODEL_DB"
"""Environment variable with the address of the database, so that no password is typed."""

_SECONDS_TO_CONNECT = 15
_INSTALL = "pip install 'topicmodel[sql]'"


def database_address(url: str | None) -> str:
    """The address that is given, or else the one in the environment.

    Raises:
        DatabaseError: there is neither.
    """
    address = url or os.environ.get(ENVIRONMENT, "").strip()
    if not address:
        raise DatabaseError(
            f"No database is named. Set {ENVIRONMENT} to its address, such as "
            "postgresql://user:password@host/database, or give it with --db."
        )
    return address


@contextmanager
def connected(url: str | None, *, read_only: bool, remedy: str) -> Iterator[Connection]:
    """A connection in one transaction, which is kept at the end unless it only reads.

    A process that is killed in between leaves the database as it was. PostgreSQL and SQLite are
    told to refuse writing where it only reads; other databases just keep nothing of it.

    Args:
        url: address as SQLAlchemy has it; that in the environment where it is None.
        read_only: whether nothing shall be written.
        remedy: what to do where the database refuses what it is asked.

    Raises:
        DatabaseError: a library is missing, the database cannot be reached, or it refuses.
    """
    address = database_address(url)
    shown = _shown(address)
    with _explained(address, f"Cannot reach {shown}", f"Check --db or {ENVIRONMENT}."):
        engine = _engine(address, read_only=read_only)
        connection = engine.connect()
    try:
        with _explained(address, f"{shown} refuses", remedy):
            if read_only and engine.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            with connection.begin() as transaction:
                yield connection
                if read_only:
                    transaction.rollback()
    finally:
        connection.close()
        engine.dispose()


def _shown(address: str) -> str:
    # What is no address at all may be a password.
    return f"the database {masked(address)}" if "://" in address else "the database"


def _engine(address: str, *, read_only: bool) -> Engine:
    try:
        from sqlalchemy import create_engine, make_url
        from sqlalchemy.pool import NullPool
    except ImportError as error:
        raise DatabaseError(f"Databases need more libraries: {_INSTALL}.") from error
    try:
        # Heroku and others still write the short name.
        found = make_url(address.replace("postgres://", "postgresql://", 1))
    except ValueError as error:
        # What it says holds a part of the address, maybe one of the password.
        raise DatabaseError(
            f"The address of the database has no number as its port. Check --db or {ENVIRONMENT}; "
            "in a password, letters such as : / @ are written as %3A %2F %40."
        ) from error
    if found.get_backend_name() == "postgresql" and "+" not in found.drivername:
        found = found.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(found, poolclass=NullPool, connect_args=_arguments(found))
    except ImportError as error:
        raise DatabaseError(
            f"The driver of {_shown(address)} is not installed ({error}). That of PostgreSQL comes "
            f"with {_INSTALL}; SQLite needs none."
        ) from error
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine, found, read_only=read_only)
    return engine


def _arguments(url: URL) -> dict[str, Any]:
    is_plain = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
    return {"connect_timeout": _SECONDS_TO_CONNECT} if is_plain else {}


def _set_up_sqlite(engine: Engine, url: URL, *, read_only: bool) -> None:
    """Transactions that hold new tables too, as other databases have them."""
    from sqlalchemy import event

    if read_only and url.database and not Path(url.database).is_file():
        # SQLite would make an empty one.
        raise DatabaseError(f"There is no database file {url.database}. Check the path in --db.")

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        # Python's own handling of transactions begins none before CREATE TABLE.
        connection.isolation_level = None
        if read_only:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def _explained(address: str, what: str, remedy: str) -> Iterator[None]:
    """Raise errors of a database as our own, on one line."""
    from_others = _errors()
    try:
        yield
    except from_others as error:
        reason = _reason(error, address)
        raise DatabaseError(f"{what[:1].upper()}{what[1:]}: {reason}. {remedy}") from error


def _errors() -> tuple[type[Exception], ...]:
    try:
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        return ()
    # The last one: half a surrogate pair, which no database takes.
    return (SQLAlchemyError, UnicodeError)


def _reason(error: Exception, address: str) -> str:
    """What a database said, without the statement, its values, and any secret."""
    # PostgreSQL points into the statement on further lines; what it tried before comes first.
    hidden = [(secret, "***") for secret in _secrets(address)]
    return masked(first_line(getattr(error, "orig", None) or error, hidden).removesuffix("."))


def _secrets(address: str) -> list[str]:
    """The password of an address as it is, and as it is written there."""
    from urllib.parse import unquote

    user = address.partition("://")[2].rpartition("@")[0]
    password = user.partition(":")[2]
    return sorted({password, unquote(password)} - {""}, key=len, reverse=True)
