"""What read_dump promises about formats, rows and errors."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.datatypes import Dump, Product, Reject
from topicmodel.errors import DumpError
from topicmodel.ingest import ColumnChoice, archives, packing, read_dump, stream_products
from topicmodel.progress import Silent

Write = Callable[[str, bytes], Path]

ROWS: list[dict[str, Any]] = [
    {"product_id": "00123", "name": "Red mug", "description": "Holds tea.\nAnd coffee."},
    {"product_id": "7", "name": "Blué lamp", "description": 'A "bright" lamp, with cable; 2 m'},
    {"product_id": "x-9", "name": "Green chair", "description": ""},
]


class Listener(Silent):
    def __init__(self) -> None:
        self.messages: list[str] = []
        self.total = 0.0
        self.read = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        assert name == "reading"
        self.total = total or 0.0

    def advance(self, amount: float, note: str = "") -> None:  # noqa: ARG002 - as in the protocol
        self.read += amount

    def message(self, text: str) -> None:
        self.messages.append(text)


def as_table(rows: Sequence[Mapping[str, Any]], delimiter: str) -> bytes:
    def quoted(value: Any) -> str:
        return '"' + str(value).replace('"', '""') + '"'

    lines = [delimiter.join(map(quoted, row.values())) for row in rows]
    return "\n".join([delimiter.join(rows[0]), *lines]).encode()


def as_lines(rows: Sequence[Any]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def as_parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), file)
    return file.getvalue()


def as_zip(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def array(rows: Sequence[Any]) -> bytes:
    return json.dumps(rows).encode()


CONTENTS = {
    "a.csv": as_table(ROWS, ","),
    "semicolons.csv": as_table(ROWS, ";"),
    "pipes.csv": as_table(ROWS, "|"),
    "a.tsv": as_table(ROWS, "\t"),
    "a.json": array(ROWS),
    "pretty.json": json.dumps(ROWS, indent=2).encode(),
    "wrapped.json": json.dumps({"total": 3, "data": {"products": ROWS}}).encode(),
    "named_wrapped.json": json.dumps({"name": "export", "items": ROWS}).encode(),
    "pretty_wrapped.json": json.dumps({"page": 1, "items": ROWS}, indent=2).encode(),
    "lines.json": as_lines(ROWS),
    "pretty_objects.json": "\n".join(json.dumps(row, indent=1) for row in ROWS).encode(),
    "a.jsonl": as_lines(ROWS),
    "a.parquet": as_parquet(ROWS),
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write_file


def facts(dump: Dump) -> list[tuple[str, str, str]]:
    return [(product.id, product.title, product.description) for product in dump.products]


EXPECTED = [(row["product_id"], row["name"], row["description"]) for row in ROWS]


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("packing", ["plain", "gzip", "zip", "gzip in zip"])
def test_every_format_and_packing_gives_the_same_products(
    write: Write, name: str, packing: str
) -> None:
    content, listener = CONTENTS[name], Listener()
    if packing.startswith("gzip"):
        name, content = f"{name}.gz", gzip.compress(content)
    if packing.endswith("zip") and packing != "gzip":
        name, content = "dump.zip", as_zip({f"folder/{name}": content, "__MACOSX/._x.csv": b"x"})
    dump = read_dump([write(name, content)], progress=listener)
    assert facts(dump) == EXPECTED
    assert not dump.report.rejects
    assert listener.read == listener.total


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_without_a_known_suffix_is_known_by_its_content(write: Write, name: str) -> None:
    if name != "a.parquet":
        assert facts(read_dump([write("dump", CONTENTS[name])])) == EXPECTED
    assert facts(read_dump([write("packed.bin", gzip.compress(CONTENTS[name]))])) == EXPECTED
    assert facts(read_dump([write("zipped.dat", as_zip({name: CONTENTS[name]}))])) == EXPECTED


def test_a_json_file_of_one_product_is_that_product_whatever_lists_it_holds(write: Write) -> None:
    product = {"id": 1, "title": "Mug", "reviews": [{"title": "Nice", "id": 5}]}
    for indent in (None, 2):
        content = json.dumps(product, indent=indent).encode()
        assert facts(read_dump([write("a.json", content)])) == [("1", "Mug", "")]


def test_folders_are_searched_through_in_the_order_of_names(write: Write, tmp_path: Path) -> None:
    write("shop/b/2.csv", b"id,title\n3,c")
    write("shop/a.jsonl", b'{"id": 1, "title": "a"}')
    write("shop/b/1.json.gz", gzip.compress(b'[{"id": 2, "title": "b"}]'))
    write("shop/.hidden.csv", b"id,title\n9,no")
    write("shop/readme.md", b"no dump")
    dump = read_dump([tmp_path / "shop"])
    assert [product.id for product in dump.products] == ["1", "2", "3"]
    assert dump.report.sources == [str(tmp_path / "shop")]


def test_a_file_named_twice_is_read_once(write: Write, tmp_path: Path) -> None:
    path = write("a.csv", CONTENTS["a.csv"])
    assert read_dump([tmp_path, path]).report.duplicates == 0


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "read as utf-16"),
        ("utf-16-le", "read as utf-16-le"),
        ("utf-16-be", "read as utf-16-be"),
        ("utf-32", "read as utf-32"),
        ("windows-1252", "4 bytes that are not UTF-8, read as Windows-1252"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_any_encoding_is_read_and_an_unusual_one_is_told(
    write: Write, name: str, encoding: str, told: str | None
) -> None:
    text = {
        "a.csv": "id,title\n1,Crème – brûlée",
        "a.jsonl": '{"id": 1, "title": "Crème – brûlée"}',
        "a.json": '[{"id": 1, "title": "Crème – brûlée"}]',
    }[name]
    listener = Listener()
    path = write(name, text.encode(encoding))
    dump = read_dump([path], progress=listener)
    assert facts(dump) == [("1", "Crème – brûlée", "")]
    notes = [message for message in listener.messages[1:] if "rows" not in message]
    assert notes == ([f"{told}: {path}"] if told else [])


def test_one_wrong_byte_late_in_a_file_does_not_spoil_the_rest(write: Write) -> None:
    rows = "".join(f"{number},Café {number}\n" for number in range(20_000))
    content = b"id,title\n" + rows.encode() + b"x,Caf\xe9\n" + "y,Café\n".encode()
    products = read_dump([write("a.csv", content)]).products
    assert len(products) == 20_002
    assert {product.title.split()[0] for product in products} == {"Café"}


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl", "a.parquet"])
def test_ids_are_text_and_never_change(write: Write, name: str) -> None:
    values = ["00123", "1e5", "007.50", " 8 "]
    rows = [{"id": value, "title": "x"} for value in values]
    content = {
        "a.csv": as_table(rows, ","),
        "a.json": array(rows),
        "a.jsonl": as_lines(rows),
        "a.parquet": as_parquet(rows),
    }[name]
    ids = [product.id for product in read_dump([write(name, content)]).products]
    assert ids == ["00123", "1e5", "007.50", "8"]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.parquet"])
@pytest.mark.parametrize("number", [12, 12.0, 12345678901234567])
def test_numeric_ids_become_their_digits(write: Write, name: str, number: float) -> None:
    rows = [{"id": number, "title": "x"}]
    content = {"a.json": array(rows), "a.jsonl": as_lines(rows), "a.parquet": as_parquet(rows)}
    dump = read_dump([write(name, content[name])])
    assert dump.products[0].id == str(int(number))


def test_mae_needs_no_option(write: Write) -> None:
    row = {
        "title": "Steel\nrack",
        "text": "Compliance: ...",
        "specs": {"color": ": gray", "finish": "powder coat"},
        "images": ["0_1.jpg", "0_2.jpg"],
        "diffbotUri": "product|4|116639287",
    }
    second = {**row, "diffbotUri": "product|4|2"}
    archive = as_zip({"train/train_0.json": array([row]), "train/train_1.json": array([second])})
    product, other = read_dump([write("train.zip", archive)]).products
    assert product.id == "product|4|116639287"
    assert product.title == "Steel\nrack"
    assert product.attributes == {"color": "gray", "finish": "powder coat"}
    assert product.image == "0_1.jpg"
    assert other.id == "product|4|2"


def test_duplicate_ids_keep_the_last_row_at_the_place_of_the_first(write: Write) -> None:
    dump = read_dump([write("a.csv", b"id,title\n1,old\n2,two\n1,new\n1,newest")])
    assert facts(dump) == [("1", "newest", ""), ("2", "two", "")]
    assert dump.report.duplicates == 2


def test_without_an_id_column_rows_are_numbered_over_the_whole_dump(write: Write) -> None:
    listener = Listener()
    files = [write("a.csv", b"title\na\nb"), write("b.jsonl", b'{"title": "c"}')]
    dump = read_dump(files, progress=listener)
    assert [product.id for product in dump.products] == ["1", "2", "3"]
    assert "id" not in dump.report.columns
    assert any("--id" in message for message in listener.messages)


def test_files_that_disagree_about_having_ids_are_refused(write: Write) -> None:
    files = [write("a.csv", b"id,title\n1,a"), write("b.csv", b"title\nb")]
    with pytest.raises(DumpError, match=r"b\.csv has no id column, while .*a\.csv has 'id'"):
        read_dump(files)


def test_bad_rows_are_rejected_by_line_and_the_rest_is_kept(write: Write) -> None:
    content = b"\n".join(
        [
            b'{"id": 1, "title": "a"}',
            b'{"id": 2, "title": ',
            b"",
            b"[1, 2]",
            b'{"id": "", "title": "no id"}',
            b'{"id": 6, "title": "N/A", "description": null}',
            b'{"id": 7, "title": NaN, "description": "kept"}',
            b'{"id": 8, "title": "' + b"x" * 1000,
        ]
    )
    path = write("a.jsonl", content)
    dump = read_dump([path])
    assert [product.id for product in dump.products] == ["1", "7"]
    assert [reject.line for reject in dump.report.rejects] == [2, 4, 5, 6, 8]
    reasons = [reject.reason for reject in dump.report.rejects]
    assert "no valid JSON" in reasons[0]
    assert reasons[1:3] == ["is no JSON object", "has no id in id"]
    assert reasons[3] == "has no text in title, description"
    assert dump.report.rejects[0].raw == '{"id": 2, "title":'
    assert len(dump.report.rejects[-1].raw) == 500
    assert {reject.file for reject in dump.report.rejects} == {str(path)}


def test_a_csv_row_with_too_many_cells_is_rejected_and_one_with_too_few_is_not(
    write: Write,
) -> None:
    content = b'id,title,brand\n1,"a\nb",X\n2,b,Y,Z\n\n3,c\n4,d,W,,\n'
    dump = read_dump([write("a.csv", content)])
    assert [product.id for product in dump.products] == ["1", "3", "4"]
    assert [(reject.line, reject.raw) for reject in dump.report.rejects] == [(4, "2,b,Y,Z")]
    assert dump.products[1].attributes == {}


def test_an_array_that_breaks_keeps_what_came_before(write: Write) -> None:
    broken = array(ROWS)[:-30]
    dump = read_dump([write("dump.zip", as_zip({"x/a.json": broken}))])
    assert facts(dump) == EXPECTED[:2]
    (reject,) = dump.report.rejects
    assert reject.file.endswith("dump.zip:x/a.json")
    assert reject.line == 3


def test_nan_in_an_array_is_nothing_wherever_a_chunk_ends(write: Write) -> None:
    rows = ", ".join(f'{{"id": {n}, "title": "t{n}", "price": NaN}}' for n in range(5000))
    dump = read_dump([write("a.json", f"[{rows}]".encode())])
    assert len(dump.products) == 5000
    assert not dump.report.rejects
    assert all(product.attributes == {} for product in dump.products)


def test_a_file_that_cannot_be_read_is_one_reject_beside_others(write: Write) -> None:
    good = write("a.csv", CONTENTS["a.csv"])
    cut = write("b.jsonl.gz", gzip.compress(random.Random(0).randbytes(9999))[:-2000])
    fake = write("c.parquet", b"no parquet at all")
    torn = write("d.zip", as_zip({"x.csv": b"id,title\n5,e"})[:-20])
    empty = write("e.csv", b"")
    dump = read_dump([good, cut, fake, torn, empty])
    assert facts(dump) == EXPECTED
    assert {Path(reject.file).name for reject in dump.report.rejects} >= {
        cut.name,
        fake.name,
        torn.name,
        empty.name,
    }


def test_a_damaged_zip_member_is_one_reject_and_its_neighbours_are_read(write: Write) -> None:
    marked = b"id,title\n5,UNMISTAKABLE"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.csv", marked)
        archive.writestr("good.csv", CONTENTS["a.csv"])
    damaged = file.getvalue().replace(b"UNMISTAKABLE", b"UNMISTAKABLY", 1)
    dump = read_dump([write("dump.zip", damaged)])
    assert {product.id for product in dump.products} >= {"00123", "7", "x-9"}
    assert any(
        "bad.csv" in reject.file and "CRC" in reject.reason for reject in dump.report.rejects
    )


def test_zip_members_are_read_in_place_whatever_their_name(write: Write, tmp_path: Path) -> None:
    archive = as_zip({"../outside.csv": CONTENTS["a.csv"], "/root.csv": b"id,title\n1,a"})
    before = {write("in/dump.zip", archive)}
    assert len(read_dump(before).products) == 4
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.jsonl.gz"])
def test_a_file_that_unpacks_beyond_reason_is_rejected(
    write: Write, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in (packing, archives):
        monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    zeros = b'{"id": 1, "title": "' + b"0" * 3_000_000 + b'"}'
    packed = as_zip({"a.jsonl": zeros}) if name.endswith("zip") else gzip.compress(zeros)
    dump = read_dump([write(name, packed), write("a.csv", CONTENTS["a.csv"])])
    assert facts(dump) == EXPECTED
    assert "unpacks to over 100 times its size" in dump.report.rejects[0].reason


def test_a_zip_inside_a_zip_is_a_reject(write: Write) -> None:
    inner = as_zip({"a.csv": b"id,title\n1,a"})
    dump = read_dump([write("dump.zip", as_zip({"in.zip": inner, "a.csv": CONTENTS["a.csv"]}))])
    assert facts(dump) == EXPECTED
    assert "unpack it first" in dump.report.rejects[0].reason


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"", "the file holds no rows"),
        ("a.csv", b"id,title\n", "the file holds no rows"),
        ("a.json", b"[]", "the file holds no rows"),
        ("a.jsonl", b"{broken", "no valid JSON"),
        ("a.csv", b"id,title\n1,\n2,", "2 rejected, the first at .* line 2: has no text in title"),
        ("a.zip", as_zip({"x.txt": b"x"}), "the zip holds no file of rows"),
        ("a.zip", b"no zip", "the zip cannot be opened"),
        ("a.bin", b"\x00\x01\x02", "is in no format that can be read"),
        ("a.gz", b"\x1f\x8bno gzip", "Cannot read"),
        ("a.csv", b"foo,bar\n1,2", "The columns are: foo, bar. Name one or more with --text."),
    ],
)
def test_a_dump_without_a_usable_row_is_refused_in_one_line(
    write: Write, name: str, content: bytes, expected: str
) -> None:
    with pytest.raises(DumpError, match=expected) as caught:
        read_dump([write(name, content)])
    assert "\n" not in str(caught.value)


def test_a_missing_path_names_its_neighbour(write: Write, tmp_path: Path) -> None:
    write("products.csv", b"id,title\n1,a")
    with pytest.raises(DumpError, match=r"no file or folder .*product\.csv.*products\.csv"):
        read_dump([tmp_path / "product.csv"])


@settings(deadline=None)
@given(
    name=st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.parquet", "a.zip", "a.bin", "a.csv.gz"]),
    source=st.sampled_from([*CONTENTS.values(), as_zip({"a.csv": b"id,title\n1,a"})]),
    is_packed=st.booleans(),
    damage=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=9)), max_size=4),
)
def test_damaged_bytes_end_in_a_dump_or_in_a_known_error(
    name: str, source: bytes, is_packed: bool, damage: list[tuple[int, bytes]]
) -> None:
    content = gzip.compress(source) if is_packed else source
    for place, junk in damage:
        content = content[:place] + junk + content[place + len(junk) // 2 :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        with contextlib.suppress(DumpError):
            dump = read_dump([path])
            assert dump.products
            assert len({product.id for product in dump.products}) == len(dump.products)


def test_a_folder_without_a_dump_and_no_path_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="holds no file that can be read"):
        read_dump([tmp_path])
    with pytest.raises(DumpError, match="No file to read was named"):
        read_dump([])


def test_a_file_without_text_beside_one_with_text_is_one_reject(write: Write) -> None:
    files = [write("a.csv", CONTENTS["a.csv"]), write("stock.csv", b"id,stock\n1,5\n2,6")]
    dump = read_dump(files)
    assert facts(dump) == EXPECTED
    assert [Path(reject.file).name for reject in dump.report.rejects] == ["stock.csv"]


def test_the_fingerprint_depends_on_the_products_and_not_on_their_order(write: Write) -> None:
    lines = [json.dumps(row).encode() for row in ROWS]
    one = read_dump([write("a.jsonl", b"\n".join(lines))])
    other = read_dump([write("b.jsonl", b"\n".join(reversed(lines)))])
    changed = read_dump([write("c.jsonl", b"\n".join(lines).replace(b"Red", b"Rad"))])
    assert one.report.fingerprint == other.report.fingerprint
    assert one.report.fingerprint != changed.report.fingerprint


def test_a_lone_surrogate_and_a_nul_do_not_reach_the_products(write: Write) -> None:
    dump = read_dump([write("a.jsonl", rb'{"id": "1\u0000", "title": "a\ud800b"}')])
    assert facts(dump) == [("1", "a\ufffdb", "")]


def test_lines_of_files_that_were_joined_may_have_a_byte_order_mark_each(write: Write) -> None:
    line = b'\xef\xbb\xbf{"id": "%d", "title": "Mug"}\n'
    dump = read_dump([write("a.jsonl", line % 1 + line % 2)])
    assert facts(dump) == [("1", "Mug", ""), ("2", "Mug", "")]


def test_rows_nested_beyond_reason_are_rejected(write: Write) -> None:
    deep = b'{"id": 2, "title": "b", "x": ' + b'{"y":' * 3000 + b"1" + b"}" * 3000 + b"}"
    rows = b'{"id": 1, "title": "a"}'
    lines = read_dump([write("a.jsonl", rows + b"\n" + deep)])
    items = read_dump([write("a.json", b"[" + rows + b"," + deep + b"]")])
    assert [len(dump.products) for dump in (lines, items)] == [1, 1]
    assert [len(dump.report.rejects) for dump in (lines, items)] == [1, 1]


def test_the_guess_is_told_in_one_line_and_kept(write: Write) -> None:
    listener = Listener()
    dump = read_dump([write("a.csv", CONTENTS["a.csv"])], progress=listener)
    expected = "columns: id <- product_id, title <- name, description <- description"
    assert listener.messages[0] == expected
    assert dump.report.columns == {
        "id": "product_id",
        "title": "name",
        "description": "description",
    }


def test_a_named_column_that_is_missing_is_refused_with_its_flag(write: Write) -> None:
    path = write("a.csv", b"sku,name,kind\n1,a,b")
    choices = {
        "--id": ColumnChoice(id="skus"),
        "--text": ColumnChoice(text=("names",)),
        "--label": ColumnChoice(label="kinds"),
        "--image": ColumnChoice(image="kinda"),
    }
    nearest = {"--id": "'sku'", "--text": "'name'", "--label": "'kind'", "--image": "'kind'"}
    for flag, choice in choices.items():
        with pytest.raises(DumpError, match=f"for {flag}. Did you mean .*{nearest[flag]}"):
            read_dump([path], choice)


def test_a_run_inside_the_folder_of_a_dump_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "shop.jsonl").write_text('{"id": "1", "title": "Red shoes"}\n')
    (tmp_path / "run" / "bertopic").mkdir(parents=True)
    for name in ("manifest.json", "taxonomy.json", "bertopic/topics.json"):
        (tmp_path / "run" / name).write_text('{"title": "no product"}')
    assert [product.id for product in read_dump([tmp_path]).products] == ["1"]


@pytest.mark.parametrize("name", CONTENTS)
def test_a_stream_gives_what_a_dump_holds(write: Write, name: str) -> None:
    path, listener, found = write(name, CONTENTS[name]), Listener(), dict[str, str]()
    dump = read_dump([path])
    assert list(stream_products([path], progress=listener, found=found)) == list(dump.products)
    assert found == dump.report.columns
    assert listener.read == pytest.approx(listener.total)
    assert listener.messages[0].startswith("columns: ")


def test_a_stream_gives_rejects_among_the_products_and_every_row_of_an_id(write: Write) -> None:
    lines = [{"id": 1, "title": "old"}, {"id": 2}, {"id": 3, "title": "c"}, {"id": 1, "title": "n"}]
    paths = [write("a.jsonl", as_lines(lines)), write("b.csv", b"")]
    items = list(stream_products(paths))
    kinds = [item.title if isinstance(item, Product) else item.reason for item in items]
    assert kinds == ["old", "has no text in title", "c", "n", "the file holds no rows"]
    dump = read_dump(paths)
    assert [item for item in items if isinstance(item, Reject)] == dump.report.rejects
    assert {p.id: p for p in items if isinstance(p, Product)} == {p.id: p for p in dump.products}


def test_a_stream_knows_the_columns_before_the_first_product_and_has_not_read_all(
    write: Write,
) -> None:
    rows = [{"sku": n, "title": f"Mug {n}", "description": "tea " * 50} for n in range(20_000)]
    listener, found = Listener(), dict[str, str]()
    stream = stream_products([write("a.jsonl", as_lines(rows))], progress=listener, found=found)
    assert found == {}
    first = next(stream)
    assert isinstance(first, Product)
    assert first.id == "0"
    assert found == {"id": "sku", "title": "title", "description": "description"}
    assert listener.read < listener.total / 2


def test_a_stream_without_a_usable_row_gives_its_rejects(write: Write) -> None:
    (item,) = stream_products([write("a.csv", b"id,title\n1,")])
    assert isinstance(item, Reject)
    assert item.line == 2


def test_a_stream_of_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="no file or folder"):
        next(stream_products([tmp_path / "none.csv"]))
