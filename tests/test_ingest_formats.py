"""Excel, Arrow, packings, patterns, standard input and web addresses give the same products."""

from __future__ import annotations

import bz2
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from topicmodel.cli import commands
from topicmodel.datatypes import Dump
from topicmodel.errors import DumpError
from topicmodel.ingest import read_dump
from topicmodel.progress import Silent
from topicmodel.reporting.summary import dump_name

ROWS = [
    {"id": "00123", "title": "Red mug", "description": "Holds tea.\nAnd coffee."},
    {"id": "7", "title": "Blué lamp", "description": 'A "bright" lamp'},
    {"id": "x-9", "title": "Green chair", "description": ""},
]
EXPECTED = [(row["id"], row["title"], row["description"]) for row in ROWS]
LINES = "\n".join(map(json.dumps, ROWS)).encode()


class Listener(Silent):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


def facts(dump: Dump) -> list[tuple[str, str, str]]:
    return [(product.id, product.title, product.description) for product in dump.products]


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], **states: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = states.get(name, "visible")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def arrow(*, as_stream: bool = False, rows: Sequence[Mapping[str, Any]] = ROWS) -> bytes:
    import pyarrow
    from pyarrow import ipc

    table, file = pyarrow.Table.from_pylist(list(rows)), io.BytesIO()
    opened = ipc.new_stream if as_stream else ipc.new_file
    with opened(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return file.getvalue()


def feather() -> bytes:
    import pyarrow
    from pyarrow.feather import write_feather

    file = io.BytesIO()
    write_feather(pyarrow.Table.from_pylist(ROWS), file)
    return file.getvalue()


def zstd(content: bytes) -> bytes:
    import pyarrow

    packed: bytes = pyarrow.Codec("zstd").compress(content, asbytes=True)
    return packed


TABLE = [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
FILES: Mapping[str, Callable[[], bytes]] = {
    "a.xlsx": lambda: workbook({"Products": TABLE}),
    "a.arrow": arrow,
    "stream.arrow": partial(arrow, as_stream=True),
    "a.feather": feather,
    "a.jsonl.zst": lambda: zstd(LINES),
    "a.jsonl.bz2": lambda: bz2.compress(LINES),
    "two_frames.jsonl.zst": lambda: zstd(LINES[:40]) + zstd(LINES[40:]),
    "two_parts.jsonl.bz2": lambda: bz2.compress(LINES[:40]) + bz2.compress(LINES[40:]),
    "a.arrow.bz2": lambda: bz2.compress(arrow()),
    "a.xlsx.zst": lambda: zstd(workbook({"Products": TABLE})),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_by_its_name_and_without_one_by_its_content(
    tmp_path: Path, name: str
) -> None:
    content = FILES[name]()
    for given in (name, "dump"):
        path = tmp_path / given
        path.write_bytes(content)
        if not (given == "dump" and name == "a.xlsx.zst"):
            dump = read_dump([path])
            assert facts(dump) == EXPECTED
            assert not dump.report.rejects


@pytest.mark.parametrize("name", ["a.xlsx", "a.arrow", "a.jsonl.zst"])
def test_what_a_file_is_beats_what_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(FILES[name]() if name != "a.jsonl.zst" else zstd(b"id,title\n1,a"))
    assert len(read_dump([path]).products) == (1 if name == "a.jsonl.zst" else 3)


def test_every_visible_sheet_with_rows_is_read_and_the_others_are_said(tmp_path: Path) -> None:
    sheets = {
        "Mugs": [["Export of May"], [], ["id", "title"], [1, "Red mug"], [], [2, "=1+1"]],
        "Lamps": [["name", "sku"], ["Blue lamp", 12345.0]],
        "Old": [["id", "title"], [9, "Gone"]],
        "Empty": [],
        "Only a header": [["id", "title"]],
    }
    path = tmp_path / "shop.xlsx"
    path.write_bytes(workbook(sheets, Old="hidden"))
    listener = Listener()
    dump = read_dump([path], progress=listener)
    assert [(product.id, product.title) for product in dump.products] == [
        ("1", "Red mug"),
        ("12345", "Blue lamp"),
    ]
    # A formula that no spreadsheet has worked out yet has no value.
    assert [(each.file, each.line) for each in dump.report.rejects] == [(f"{path}:Mugs", 6)]
    said = [message for message in listener.messages if message.startswith("not read")]
    assert said == [
        f"not read: the sheet Old of {path}, which is hidden",
        f"not read: the sheet Empty of {path}, which is empty",
        f"not read: the sheet Only a header of {path}, which holds a single row",
    ]


def test_a_workbook_without_a_sheet_to_read_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    path.write_bytes(workbook({"Old": TABLE, "Empty": []}, Old="hidden"))
    with pytest.raises(DumpError, match="no sheet can be read: Old is hidden, Empty is empty"):
        read_dump([path])


def test_dates_beyond_pythons_are_text_and_cost_no_row(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    when = pyarrow.array([0, 10**18]).cast(pyarrow.timestamp("us"))
    table = pyarrow.table({"id": ["1", "2"], "title": ["a", "b"], "when": when})
    parquet.write_table(table, tmp_path / "a.parquet")
    dump = read_dump([tmp_path / "a.parquet"])
    assert [product.id for product in dump.products] == ["1", "2"]
    assert dump.products[0].attributes["when"].startswith("1970")


def test_text_that_is_no_utf8_in_parquet_costs_no_row(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    titles = pyarrow.array([b"Caf\xe9", b"Tea"]).view(pyarrow.string())
    parquet.write_table(pyarrow.table({"id": ["1", "2"], "title": titles}), tmp_path / "a.parquet")
    dump = read_dump([tmp_path / "a.parquet"])
    assert [product.title for product in dump.products] == ["Café", "Tea"]


def write_months(folder: Path) -> None:
    for number, name in enumerate(
        ["2026-01.csv", "2026-02.csv", "2025-12.csv", "deep/2026-03.csv"]
    ):
        path = folder / "dumps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"id,title\n{number},{name}\n")
    (folder / "dumps" / "notes.md").write_text("no dump")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("dumps/2026-*.csv", ["0", "1"]),
        ("dumps/*", ["2", "0", "1", "3"]),
        ("dumps/**", ["2", "0", "1", "3"]),
        ("dumps/**/2026-*.csv", ["0", "1", "3"]),
        ("dump?/202[5]-12.csv", ["2"]),
    ],
)
def test_a_pattern_names_all_files_that_match_it(
    tmp_path: Path, pattern: str, expected: list[str]
) -> None:
    write_months(tmp_path)
    assert [product.id for product in read_dump([tmp_path / pattern]).products] == expected


def test_a_file_that_exists_is_no_pattern_and_one_without_matches_is_said(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").write_text("id,title\n1,a")
    assert len(read_dump([tmp_path / "a[1].csv"]).products) == 1
    with pytest.raises(DumpError, match=r"No file that can be read matches .*\*\.json"):
        read_dump([tmp_path / "*.json"])


class _Piped(io.TextIOWrapper):
    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))


@pytest.mark.parametrize("name", ["a.xlsx", "a.arrow", "a.jsonl.zst"])
def test_standard_input_is_a_file_of_any_format(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "stdin", _Piped(FILES[name]()))
    dump = read_dump(["-"])
    assert facts(dump) == EXPECTED
    assert dump.report.sources == ["-"]


def test_standard_input_is_named_once_and_is_no_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DumpError, match="once"):
        read_dump(["-", "-"])
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DumpError, match="nothing is piped"):
        read_dump(["-"])


def test_the_command_line_reads_standard_input() -> None:
    result = CliRunner().invoke(commands, ["fit", "-", "--plan", "--json"], input=b"id,title\n1,\n")
    assert result.exit_code == 1
    assert "standard input line 2: has no text" in str(result.exception)


class _Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            return
        files = {"/a.csv": b"id,title\n1,Mug\n2,Lamp", "/a.parquet": None, "/dump": LINES}
        if path not in files:
            self.send_error(404)
            return
        content = files[path] or arrow()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + 10 * (path == "/a.parquet")))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    pytest.importorskip("aiohttp", reason="needs topicmodel[remote]")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as shop:
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{shop.server_port}"
        shop.shutdown()


def test_a_web_address_is_read_and_its_secrets_are_not_told(server: str) -> None:
    listener = Listener()
    dump = read_dump([f"{server}/a.csv?key=secret"], progress=listener)
    assert [product.title for product in dump.products] == ["Mug", "Lamp"]
    assert facts(read_dump([f"{server}/dump"])) == EXPECTED
    assert "secret" not in "".join(listener.messages)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/nothing.csv?key=secret", "/nothing.csv"), ("/away", "/away"), ("/a.parquet", "/a.parquet")],
)
def test_a_web_address_that_fails_is_one_line(server: str, path: str, expected: str) -> None:
    with pytest.raises(DumpError, match=f"Cannot (read|copy) {server}{expected}") as caught:
        read_dump([server + path])
    assert "secret" not in str(caught.value)


def test_an_address_that_needs_more_packages_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(DumpError, match=r"pip install 'topicmodel\[remote\]'"):
        read_dump(["https://shop.example/a.csv"])


def test_an_address_of_no_known_kind_is_refused() -> None:
    pytest.importorskip("fsspec", reason="needs topicmodel[remote]")
    with pytest.raises(DumpError, match=r"Cannot read nonsense://shop/a\.csv"):
        read_dump(["nonsense://shop/a.csv"])


def test_copies_are_gone_when_a_dump_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", _Piped(LINES))
    read_dump(["-"])
    assert list(tmp_path.iterdir()) == []


def test_a_report_says_that_its_dump_came_by_standard_input() -> None:
    assert dump_name(["-"]) == "standard input"
    assert dump_name(["dumps/june.csv"]) == "june"
