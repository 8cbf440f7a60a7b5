"""Mappings in a table of a database: upserted in one transaction, on PostgreSQL and SQLite."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from command_line import environment
from postgres_server import postgres

from topicmodel.datatypes import Table, TableCounts
from topicmodel.errors import DatabaseError
from topicmodel.exports import check_table, write_table

__all__ = ["postgres"]

Columns = dict[str, list[Any]]

ODD_IDS = ["1", "'; drop table mapping; --", "größe", "a\nb", '"', "%s", ":id", "=1+1"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a database with nothing in it, which TOPICMODEL_DB names."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'shop.db'}"
        monkeypatch.setenv("TOPICMODEL_DB", address)
        yield address
        return
    address = request.getfixturevalue("postgres")
    monkeypatch.setenv("TOPICMODEL_DB", address)
    yield address
    ask("drop schema public cascade; create schema public; drop schema if exists shop cascade")


def ask(*statements: str) -> list[tuple[Any, ...]]:
    """Run statements on the database; the rows of the last one."""
    import os

    address = os.environ["TOPICMODEL_DB"].replace("postgresql:", "postgresql+psycopg:")
    engine = sa.create_engine(address, poolclass=sa.NullPool)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def mapping(ids: list[str], level1: str = "t1", confidence: float = 0.3) -> Columns:
    n_rows = len(ids)
    return {
        "product_id": ids,
        "level1_id": [level1] * n_rows,
        "level1_name": ["Toys & 'Games'"] * n_rows,
        "level2_id": [None] * n_rows,
        "level2_name": [None] * n_rows,
        "confidence": [confidence] * n_rows,
        "method": ["core"] * n_rows,
    }


def ids_of(n_rows: int) -> list[str]:
    return [f"p{number}" for number in range(n_rows)]


def write(*blocks: Columns, name: str = "mapping", replace: bool = False) -> TableCounts:
    return write_table(Table(name, replace=replace), blocks)


@pytest.mark.usefixtures("database")
def test_a_table_is_made_with_product_id_as_its_key() -> None:
    assert write(mapping(ODD_IDS)) == TableCounts(inserted=8)
    rows = ask("select product_id, level1_name, level2_id, confidence from mapping")
    assert sorted(rows) == sorted((x, "Toys & 'Games'", None, 0.3) for x in ODD_IDS)
    with pytest.raises(sa.exc.IntegrityError):
        ask("insert into mapping (product_id) values ('1')")


@pytest.mark.usefixtures("database")
def test_only_what_is_new_or_differs_is_written() -> None:
    write(mapping(ids_of(5)))
    changed = mapping(["p0", "p1"], level1="t2"), mapping(["p2", "new"])
    assert write(*changed) == TableCounts(inserted=1, updated=2, unchanged=1)
    assert ask("select product_id from mapping where level1_id = 't2' order by 1") == [
        ("p0",),
        ("p1",),
    ]


def test_writing_the_same_again_changes_nothing(database: str) -> None:
    write(mapping(ids_of(2500), confidence=1 / 3))
    versions = ask("select count(*) from mapping")
    if database.startswith("postgresql"):
        versions = ask("select xmin::text, ctid::text from mapping order by product_id")
    assert write(mapping(ids_of(2500), confidence=1 / 3)) == TableCounts(unchanged=2500)
    if database.startswith("postgresql"):
        assert versions == ask("select xmin::text, ctid::text from mapping order by product_id")


@pytest.mark.usefixtures("database")
def test_rows_of_other_products_stay_unless_they_are_to_be_replaced() -> None:
    write(mapping(ids_of(4)))
    assert write(mapping(["p0"])) == TableCounts(unchanged=1)
    assert ask("select count(*) from mapping") == [(4,)]
    assert write(mapping(["p0"]), replace=True) == TableCounts(unchanged=1, deleted=3)
    assert ask("select product_id from mapping") == [("p0",)]


@pytest.mark.usefixtures("database")
def test_a_name_is_never_taken_for_sql() -> None:
    name = 'my "mapping"; drop table x; --'
    assert write(mapping(["p1"]), name=name) == TableCounts(inserted=1)
    assert write(mapping(["p1"]), name=name) == TableCounts(unchanged=1)


@pytest.mark.usefixtures("database")
def test_columns_of_the_shops_own_are_left_alone() -> None:
    write(mapping(ids_of(2)))
    ask("alter table mapping add column note text", "update mapping set note = 'seen'")
    assert write(mapping([*ids_of(2), "p9"], level1="t2")).updated == 2
    assert sorted(ask("select product_id, note from mapping")) == [
        ("p0", "seen"),
        ("p1", "seen"),
        ("p9", None),
    ]


TEXTS = ", ".join(f"{name} text" for name in ("level1_id", "level1_name", "level2_id", "method"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("product_id text primary key", "no column level1_id"),
        (f"product_id text primary key, {TEXTS}, confidence float", "no column level2_name"),
        (f"product_id int primary key, {TEXTS}, level2_name text, confidence float", "is no text"),
        (f"product_id text, {TEXTS}, level2_name text, confidence float", "no primary key"),
        (f"product_id text unique, {TEXTS}, level2_name text, confidence text", "floating point"),
        (
            f"product_id text unique, {TEXTS}, level2_name text, confidence float, a int not null",
            "have to be filled",
        ),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_table_that_is_made_for_something_else_is_refused(columns: str, said: str) -> None:
    ask(f"create table mapping ({columns})")
    for call in (lambda: check_table(Table("mapping")), lambda: write(mapping(["p1"]))):
        with pytest.raises(DatabaseError, match=said):
            call()
    assert ask("select count(*) from mapping") == [(0,)]


@pytest.mark.usefixtures("database")
def test_a_table_with_a_unique_product_id_and_defaults_will_do() -> None:
    more = "level2_name text, confidence real, note text not null default 'x'"
    ask(f"create table mapping (product_id varchar(20) unique, {TEXTS}, {more})")
    assert write(mapping(["p1"])) == TableCounts(inserted=1)
    assert write(mapping(["p1"])) == TableCounts(unchanged=1)


@pytest.mark.usefixtures("database")
def test_what_fails_on_the_way_leaves_the_table_as_it_was() -> None:
    def blocks() -> Iterator[Columns]:
        yield mapping(ids_of(3))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(Table("mapping"), blocks())
    assert not sa_tables()


def sa_tables() -> list[str]:
    import os

    engine = sa.create_engine(
        os.environ["TOPICMODEL_DB"].replace("postgresql:", "postgresql+psycopg:")
    )
    try:
        return sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


KILLED = """
import sys, time
from test_tables import ids_of, mapping, write_table
from topicmodel.datatypes import Table

def blocks():
    yield mapping(ids_of(3000), level1="t2")
    print("half", flush=True)
    time.sleep(60)

write_table(Table("mapping", replace=True), blocks())
"""


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.usefixtures("database")
def test_a_killed_write_leaves_the_table_as_it_was(is_there: bool, tmp_path: Path) -> None:
    if is_there:
        write(mapping(ids_of(2000)))
    before = ask("select * from mapping order by product_id") if is_there else []
    here = environment(tmp_path, PYTHONPATH=":".join(sys.path))
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=here
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert sa_tables() == (["mapping"] if is_there else [])
    if is_there:
        assert ask("select * from mapping order by product_id") == before
    assert write(mapping(ids_of(3000), level1="t2")).unchanged == 0


@pytest.mark.postgres
def test_a_schema_may_stand_before_the_name(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPICMODEL_DB", postgres)
    ask("create schema shop")
    try:
        assert write(mapping(["p1"]), name="shop.mapping").inserted == 1
        assert ask("select count(*) from shop.mapping") == [(1,)]
        with pytest.raises(DatabaseError, match="Nothing was written"):
            write(mapping(["p1"]), name="elsewhere.mapping")
    finally:
        ask("drop schema shop cascade")


@pytest.mark.postgres
def test_fifty_thousand_rows_written_twice_change_nothing_the_second_time(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPICMODEL_DB", postgres)
    try:
        assert write(mapping(ids_of(50_000))) == TableCounts(inserted=50_000)
        assert write(mapping(ids_of(50_000))) == TableCounts(unchanged=50_000)
    finally:
        ask("drop table if exists mapping")


def test_a_database_of_another_kind_is_told_what_to_do_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sqlalchemy.dialects.sqlite.base.SQLiteDialect.name", "other")
    with pytest.raises(DatabaseError, match="--to"):
        check_table(Table("mapping", f"sqlite:///{tmp_path / 'x.db'}"))


@pytest.mark.parametrize("name", ["", "schema."])
def test_a_table_without_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="names no table"):
        check_table(Table(name, f"sqlite:///{tmp_path / 'x.db'}"))
