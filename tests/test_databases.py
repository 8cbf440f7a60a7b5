"""Dumps that a database gives: read like files, in one go, and never a word of the password."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Command, command_fixture
from planted_shop import planted_rows, write_json_lines
from postgres_server import postgres
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import DatabaseError, DumpError, Query
from topicmodel.datatypes import Dump, query_from
from topicmodel.files.secrets import masked
from topicmodel.ingest import read_dump

__all__ = ["command_fixture", "postgres"]

SECRET = "se:cr/et"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def _no_database_but_the_tests_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPICMODEL_DB", raising=False)


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The address of an SQLite file with the planted shop in the table `products`."""
    file = tmp_path / "the shop.db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table products (id text, title text, description text)")
        rows = [(row["id"], row["title"], row["description"]) for row in planted_rows()]
        connection.executemany("insert into products values (?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{file}"


def read(sql: str, url: str | None) -> Dump:
    return read_dump([Query(sql, url)])


def refused(sql: str, url: str | None) -> str:
    with pytest.raises(DatabaseError) as caught:
        read(sql, url)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_a_query_is_read_like_the_same_products_in_a_file(shop: str, tmp_path: Path) -> None:
    from_file = read_dump([write_json_lines(tmp_path / "shop.jsonl", planted_rows())])
    from_query = read("select id, title, description from products", shop)
    assert [(p.id, p.title, p.description) for p in from_query.products] == [
        (p.id, p.title, p.description) for p in from_file.products
    ]
    assert not from_query.report.rejects


def test_columns_of_one_name_are_told_apart(shop: str) -> None:
    dump = read("select id, title, title, 7 as title from products limit 1", shop)
    assert set(dump.products[0].attributes) == {"title.1", "title.2"}


def test_a_query_is_asked_once_though_the_dump_is_read_more_than_once(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from topicmodel.ingest import queries

    asked: list[str] = []
    once = queries._rows

    def counted(query: Query) -> Iterator[dict[str, object]]:
        asked.append(query.sql)
        return once(query)

    monkeypatch.setattr(queries, "_rows", counted)
    read("select id, title from products", shop)
    assert len(asked) == 1


def test_the_fetched_rows_are_gone_afterwards(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    read("select id, title from products", shop)
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("selec 1", "syntax error"),
        ("select title from nowhere", "no such table"),
        ("delete from products", "readonly"),
        ("create table more (a)", "readonly"),
        ("savepoint here", "no columns"),
    ],
)
def test_a_query_that_is_none_is_refused_and_nothing_changes(
    sql: str, said: str, shop: str
) -> None:
    before = Path(shop.removeprefix("sqlite:///")).read_bytes()
    assert said in refused(sql, shop)
    assert Path(shop.removeprefix("sqlite:///")).read_bytes() == before


def test_a_query_without_rows_is_said_so(shop: str) -> None:
    with pytest.raises(DumpError, match="holds no rows"):
        read("select id, title from products where 1 = 0", shop)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        (None, "TOPICMODEL_DB"),
        (f"me:{SECRET}@host/shop", "--db"),
        (f"nosuch://me:{SECRET}@host/shop", "--db"),
        (f"postgresql://me:{SECRET}@localhost:1/shop", "--db"),
        ("postgresql://me:se%3Acr%2Fet@localhost:port/shop", "--db"),
        ("postgresql://localhost:1/shop?user=me&password=se:cr/et", "--db"),
        (f"mysql+nosuchdriver://me:{SECRET}@host/shop", "--db"),
        ("sqlite:////no/such/file.db", "--db"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_line_without_the_password(
    url: str | None, remedy: str
) -> None:
    assert remedy in refused("select 1", url)


def test_without_sqlalchemy_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    assert "pip install 'topicmodel[sql]'" in refused("select 1", "sqlite:///x.db")


def test_a_query_comes_back_from_what_a_run_remembers() -> None:
    query = Query("select id\n  from products -- all", "postgresql://me:pw@host/shop")
    again = query_from(str(query))
    assert again == replace(query, url="postgresql://me@host/shop")
    assert "pw" not in str(query) + repr(query)
    assert query_from("shop.csv") is None
    assert query_from("s3://bucket/sql:x y") is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:a@b:c@host/shop", "postgresql://me@host/shop"),
        ("https://host/x?sig=abc&a=b", "https://host/x?sig=***&a=b"),
        ("s3://key:secret@bucket/x?region=eu", "s3://key@bucket/x?region=eu"),
        ("https://host:8080/a/b", "https://host:8080/a/b"),
        ("no address: at all @ home", "no address: at all @ home"),
        ("invalid dsn password=abc host=x", "invalid dsn password=*** host=x"),
    ],
)
def test_secrets_of_addresses_are_left_out(address: str, shown: str) -> None:
    assert masked(address) == shown
    assert masked(masked(address)) == shown


def test_masking_a_long_text_takes_no_long_time() -> None:
    assert masked("://a:" * 20_000)
    assert masked("?key" * 20_000)


def test_the_command_line_reads_a_query_and_knows_it_again(
    command: Command, shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "select id, title, description, substr(title, 1, 3) as kind from products"
    run, out = tmp_path / "run", tmp_path / "out.jsonl"
    fitted = command("fit", "--sql", sql, "--db", shop, "--out", run, "--quiet")
    assert fitted.code == 0
    dump = json.loads((run / "manifest.json").read_bytes())["dump"]
    assert dump["sources"] == [f"sql:{shop.replace(' ', '%20')} {sql}"]
    assert command("evaluate", run, "--truth", "kind", "--quiet").code == 0
    monkeypatch.setenv("TOPICMODEL_DB", shop)
    assert command("evaluate", run, "--truth", "kind", "--quiet").code == 0
    assert command("refit", run, "--sql", sql, "--out", tmp_path / "next", "--quiet").code == 0
    assert command("assign", run, "--sql", sql, "--out", out, "--quiet").code == 0
    assert len(out.read_text().splitlines()) == len(planted_rows())


def test_a_report_is_called_after_the_database(shop: str, tmp_path: Path) -> None:
    tm.fit(
        Query("select id, title from products", shop),
        out=tmp_path / "run",
        encoder=TinyEncoder(),
        cache=tmp_path / "cache.sqlite",
    )
    page = (tmp_path / "run/index.html").read_text()
    assert "Product categories of the shop" in page


@pytest.mark.postgres
def test_every_type_of_postgresql_is_text_as_other_readers_have_it(postgres: str) -> None:
    sql = """select 7 as id, '100% :wool' as title, 1.50::numeric as price, 2.0::float8 as weight,
    true as sold, null::text as nothing, 'nan'::float8 as none, date '2026-01-02' as day,
    '{"size": {"cm": [1, 2]}}'::jsonb as specs, array['x', 'y'] as list, '\\x6869'::bytea as raw,
    '9ab1c5ae-0000-4000-8000-000000000000'::uuid as key, interval '1 day' as pause"""
    (product,) = read(sql, postgres).products
    assert (product.id, product.title) == ("7", "100% :wool")
    assert product.attributes == {
        "price": "1.50",
        "weight": "2",
        "sold": "true",
        "day": "2026-01-02",
        "size.cm": "1, 2",
        "list": "x, y",
        "raw": "hi",
        "key": "9ab1c5ae-0000-4000-8000-000000000000",
        "pause": "1 day, 0:00:00",
    }


@pytest.mark.postgres
@pytest.mark.parametrize(
    "sql",
    [
        "selec 1",
        "select 'infinity'::timestamp as title",
        "delete from pg_class",
        "with gone as (delete from pg_description returning 1) select * from gone",
        "select 1 as title; create table never_made (a int)",
    ],
)
def test_postgresql_refuses_what_is_no_reading(sql: str, postgres: str) -> None:
    assert "Mend the query" in refused(sql, postgres)


@pytest.mark.postgres
def test_a_wrong_password_is_one_line_and_never_repeated(postgres: str) -> None:
    if "se%3Acr%2Fet" not in postgres:
        pytest.skip("the server is not the tests' own: its password is not known")
    said = refused("select 1", postgres.replace("se%3Acr%2Fet", "geheim"))
    assert "password authentication failed" in said
    assert "geheim" not in said


@pytest.mark.postgres
def test_fifty_thousand_rows_are_read(postgres: str) -> None:
    sql = "select g as id, 'title ' || g as title from generate_series(1, 50000) g"
    dump = read(sql, postgres)
    assert len(dump.products) == 50_000
    assert dump.products[-1].title == "title 50000"
