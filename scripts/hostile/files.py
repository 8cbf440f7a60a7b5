"""Single files that are made to do harm, or that only look so: one function each."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import random
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_SOUND = b"id,title\nsound,Green kettle\n2,Red mug\n"
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MANY = 300_000_000
"""Bytes that bombs unpack to."""

Special = Callable[[random.Random, Path], Path]


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _zip(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _zeros(rng: random.Random) -> bytes:
    unit = rng.choice([b"0", b"1,a\n", b"\n", b'{"id":1,"title":"a"}\n', b",", b'"', b"["])
    return b"id,title\n" + unit * (_MANY // len(unit))


def gzip_bomb(rng: random.Random, folder: Path) -> Path:
    """Unpacks to 300 MB."""
    return _file(
        folder, f"bomb.{rng.choice(['csv', 'jsonl', 'json'])}.gz", gzip.compress(_zeros(rng), 1)
    )


def bzip2_bomb(rng: random.Random, folder: Path) -> Path:
    """Unpacks to 360 MB."""
    packed = bz2.compress(b"0" * 9_000_000, 9)
    return _file(folder, f"bomb.{rng.choice(['csv', 'jsonl'])}.bz2", packed * 40)


def zstd_bomb(rng: random.Random, folder: Path) -> Path:
    """Unpacks to 300 MB."""
    import pyarrow

    packed = pyarrow.Codec("zstd").compress(_zeros(rng), asbytes=True)
    return _file(folder, f"bomb.{rng.choice(['csv', 'parquet', 'arrow', 'xlsx'])}.zst", packed)


def zip_bomb(rng: random.Random, folder: Path) -> Path:
    """A member unpacks to 300 MB."""
    name = rng.choice(["bomb.csv", "bomb.xlsx", "bomb.parquet", "bomb.json"])
    return _file(folder, "bomb.zip", _zip({name: _zeros(rng), "sound.csv": _SOUND}))


def nested_bomb(rng: random.Random, folder: Path) -> Path:
    """Twenty files that are packed once more."""
    inner = gzip.compress(_zeros(rng), 1)
    return _file(folder, "bomb.zip", _zip({f"{n}.csv.gz": inner for n in range(20)}))


def zip_of_zips(rng: random.Random, folder: Path) -> Path:
    """A zip in a zip, up to five deep."""
    inner = _zip({"a.csv": _SOUND})
    for _ in range(rng.choice([1, 5])):
        inner = _zip({"deeper.zip": inner, "a.csv": _SOUND})
    return _file(folder, "dump.zip", inner)


def zip_with_odd_names(rng: random.Random, folder: Path) -> Path:
    """Members whose names lead elsewhere, or nowhere."""
    names = [
        "../../evil.csv",
        "/etc/evil.csv",
        "C:\\evil.csv",
        "a\n.csv",
        "con.csv",
        "x" * 3000 + ".csv",
    ]
    return _file(folder, "dump.zip", _zip({rng.choice(names): _SOUND, "sound.csv": _SOUND}))


def zip_with_a_link(_rng: random.Random, folder: Path) -> Path:
    """A member that is a link."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("sound.csv", _SOUND)
    return _file(folder, "dump.zip", file.getvalue())


def zip_that_lies(rng: random.Random, folder: Path) -> Path:
    """Sizes, methods and flags in its directory are others than those of its members."""
    content = bytearray(_zip({"a.csv": _SOUND * 50, "sound.csv": _SOUND}))
    start = content.rfind(b"PK\x01\x02")
    place = rng.choice([8, 10, 20, 24, 42])
    content[start + place : start + place + 4] = struct.pack("<I", rng.choice([1, 0xFFFFFFF0, 99]))
    return _file(folder, "dump.zip", bytes(content))


def workbook_bomb(rng: random.Random, folder: Path) -> Path:
    """Entities that unfold, shared strings without end, or a sheet of nothing but zeros."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    laughs = f"<!DOCTYPE x [{entities}]>"
    rows = rng.choice(
        [
            '<row r="1"><c r="A1" t="inlineStr"><is><t>&a11;</t></is></c></row>',
            '<row r="1"><c r="A1"><v>1</v></c></row>'
            '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
            '<row r="99999999999"><c r="A1"><v>1</v></c></row>',
            "".join(f'<row r="{n}"><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(1, 3000)),
            f'<row r="1"><c r="A1"><v>{"9" * 1_000_000}</v></c></row>',
            '<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>',
            '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
            "<row>" * 50_000,
        ]
    )
    sheet = (
        f'{laughs if "&" in rows else ""}<worksheet xmlns="{_SPREADSHEET}">'
        f'<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>'
    )
    members = _workbook_members()
    members["xl/worksheets/sheet1.xml"] = sheet.encode()
    if rng.random() < 0.3:
        members["xl/sharedStrings.xml"] = b"<sst>" + b"<si><t>a</t></si>" * 20_000_000
    return _file(folder, "bomb.xlsx", _zip(members))


def workbook_with_odd_parts(rng: random.Random, folder: Path) -> Path:
    """A part of a workbook is missing, empty, cut off, or something else."""
    members = _workbook_members()
    name = rng.choice(sorted(members))
    change = rng.choice(["gone", "empty", "cut", "junk"])
    content = members.pop(name)
    if change != "gone":
        members[name] = {"empty": b"", "cut": content[: len(content) // 2], "junk": b"<a/>"}[change]
    return _file(folder, "odd.xlsx", _zip(members))


def workbook_of_many_sheets(rng: random.Random, folder: Path) -> Path:
    """Sheets that are hidden, have a title, hold formulas or a chart."""
    from openpyxl import Workbook

    book = Workbook()
    for number in range(rng.choice([3, 30])):
        sheet = book.create_sheet(f"Sheet {number}")
        sheet.sheet_state = rng.choice(["visible", "hidden", "veryHidden"])
        sheet.append(["A title above"] if rng.random() < 0.3 else ["id", "title"])
        sheet.append(["id", "title"])
        sheet.append([number, "=A1" if rng.random() < 0.3 else "Red mug"])
    book.create_chartsheet("chart")
    file = io.BytesIO()
    book.save(file)
    return _file(folder, "many.xlsx", file.getvalue())


def _workbook_members() -> dict[str, bytes]:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["id", "title"], ["sound", "Green kettle"], [2, "Red mug"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def parquet_that_promises(rng: random.Random, folder: Path) -> Path:
    """Rows by the billion, or one long value for each of many rows."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = rng.choice(
        [
            {"title": pa.nulls(30_000_000, pa.string())},
            {
                "title": pa.DictionaryArray.from_arrays(
                    pa.array([0] * 100_000), pa.array(["x" * 100_000])
                )
            },
            {
                "id": pa.array([1, 2]),
                "title": pa.array(["a", "b"]),
                "when": pa.array([10**17, -(10**17)]).cast(pa.timestamp("us")),
            },
            {"id": pa.array([1]), "title": pa.array([[["a"] * 1000] * 100])},
        ]
    )
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return _file(folder, "dump.parquet", file.getvalue())


def arrow_that_promises(rng: random.Random, folder: Path) -> Path:
    """Rows by the billion, or one long value for each of many rows."""
    import pyarrow as pa
    from pyarrow import ipc

    columns: dict[str, Any] = rng.choice(
        [
            {"title": pa.nulls(2_000_000_000)},
            {
                "title": pa.DictionaryArray.from_arrays(
                    pa.array([0] * 100_000), pa.array(["x" * 1_000_000])
                )
            },
            {"id": pa.array([1]), "title": pa.array([b"\xff\xfe"]).view(pa.binary())},
            {
                "id": pa.RunEndEncodedArray.from_arrays([999_000], ["a"]),
                "title": pa.array(["b"] * 999_000),
            },
        ]
    )
    table = pa.table(columns)
    file = io.BytesIO()
    with ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return _file(folder, "dump.arrow", file.getvalue())


def deep_json(rng: random.Random, folder: Path) -> Path:
    """Lists and objects in each other, up to 100,000 deep."""
    depth = rng.choice([900, 1100, 100_000])
    opening, closing = rng.choice([("[", "]"), ('{"a":', "}")])
    deep = opening * depth + "1" + closing * depth
    place = rng.choice(["title", "x", "category", "attributes"])
    line = f'{{"id": "1", "title": "a", "{place}": {deep}}}'
    text = rng.choice([line, f"[{line}]", deep, f'{{"products": [{line}]}}', opening * depth])
    return _file(folder, f"deep.{rng.choice(['json', 'jsonl'])}", text.encode())


def deep_cells(rng: random.Random, folder: Path) -> Path:
    """Cells of a table that look like JSON or Python."""
    deep = rng.choice(
        [
            "[" * 90_000,
            "{'a':" * 20_000,
            "[" + "-" * 90_000 + "1]",
            "[" + "9" * 90_000 + "]",
            "[" + "1+" * 40_000 + "1]",
        ]
    )
    line = f'2,"{deep}","{deep}"\n'.encode()
    return _file(folder, "deep.csv", b"id,title,attributes\nsound,Kettle,\n" + line)


def long_line(rng: random.Random, folder: Path) -> Path:
    """60 MB without a line break."""
    unit = rng.choice([b"x", b'"', b"a,", b'{"a":', b"\\", b"'"])
    head = rng.choice(
        [b"id,title\nsound,Kettle\n1,", b'{"id": 1, "title": "', b'[{"id": 1, "title": "']
    )
    return _file(
        folder,
        f"long.{rng.choice(['csv', 'jsonl', 'json'])}",
        head + unit * (60_000_000 // len(unit)),
    )


def huge_numbers(rng: random.Random, folder: Path) -> Path:
    """Numbers of more digits than Python reads."""
    number = rng.choice(
        ["9" * 1_000_000, "1e" + "9" * 100, "0." + "1" * 500_000, "-" + "9" * 5000, "1e-99999999"]
    )
    row = f'{{"id": {number}, "title": "a", "price": {number}}}'
    return _file(folder, rng.choice(["n.json", "n.jsonl"]), rng.choice([row, f"[{row}]"]).encode())


def many_columns(rng: random.Random, folder: Path) -> Path:
    """A table of up to 200,000 columns."""
    n = rng.choice([5000, 200_000])
    name = rng.choice(["c{}", "title", "", "title.{}"])
    header = ",".join(name.format(number) for number in range(n))
    return _file(
        folder, "wide.csv", f"id,title,{header}\nsound,Kettle,{'x,' * (n - 1)}x\n".encode()
    )


def many_keys(_rng: random.Random, folder: Path) -> Path:
    """An object of 200,000 keys."""
    keys = {f"key {number}": number for number in range(200_000)}
    return _file(folder, "keys.json", json.dumps([{"id": 1, "title": "a", **keys}]).encode())


def open_quotes(rng: random.Random, folder: Path) -> Path:
    """Quotes that are opened and not closed, now and then or always."""
    line = rng.choice([b'1,"open\n', b'"x","\n', b'1,"a""\n', b'"""\n', b'","\n'])
    lines = b"".join(rng.choice([line, b"%d,Thing\n" % n]) for n in range(rng.choice([50, 50_000])))
    return _file(folder, "quotes.csv", _SOUND + lines)


def odd_line_ends(rng: random.Random, folder: Path) -> Path:
    """Lines that end in something unusual."""
    ends = rng.choice([b"\r", b"\r\r\n", b"\n\r", b"\x0b", b"\x85", b"\0\n"])
    return _file(folder, "ends.csv", _SOUND.replace(b"\n", ends))


def wrong_name(rng: random.Random, folder: Path) -> Path:
    """Content of one format under the name of another."""
    contents = [
        _SOUND,
        _zip({"a.csv": _SOUND}),
        gzip.compress(_SOUND),
        json.dumps([{"id": 1, "title": "a"}]).encode(),
        _zip(_workbook_members()),
        b"",
        b"\0" * 100,
        b"PK\x03\x04",
        b"PAR1",
        b"ARROW1\0\0",
        b"\x1f\x8b",
    ]
    names = [
        "a.csv",
        "a.json",
        "a.jsonl",
        "a.parquet",
        "a.arrow",
        "a.xlsx",
        "a.zip",
        "a.gz",
        "a.zst",
        "a",
        "a.txt",
    ]
    return _file(folder, rng.choice(names), rng.choice(contents))


def no_regular_file(rng: random.Random, folder: Path) -> Path:
    """A pipe, a device, an empty folder, a name that no file can have."""
    pipe = folder / "pipe.csv"
    os.mkfifo(pipe)
    return rng.choice(
        [
            pipe,
            folder,
            Path("/dev/zero"),
            Path("/dev/null"),
            folder / "\0.csv",
            folder / ("x" * 5000),
        ]
    )


def folder_of_links(rng: random.Random, folder: Path) -> Path:
    """Links that lead out of a folder, or in a circle, and a pipe; or a pattern over them."""
    shop = folder / "shop"
    shop.mkdir()
    _file(shop, "sound.csv", _SOUND)
    (shop / "out.csv").symlink_to("/etc/passwd")
    (shop / "circle.csv").symlink_to(shop / "circle.csv")
    (shop / "around").symlink_to(shop)
    os.mkfifo(shop / "pipe.csv")
    return rng.choice(
        [shop, shop / "*.csv", shop / "**", shop / "**" / "*.csv", shop / "[", shop / "a**b"]
    )


SPECIALS: dict[str, Special] = {
    function.__name__.replace("_", " "): function
    for function in (
        gzip_bomb,
        bzip2_bomb,
        zstd_bomb,
        zip_bomb,
        nested_bomb,
        zip_of_zips,
        zip_with_odd_names,
        zip_with_a_link,
        zip_that_lies,
        workbook_bomb,
        workbook_with_odd_parts,
        workbook_of_many_sheets,
        parquet_that_promises,
        arrow_that_promises,
        deep_json,
        deep_cells,
        long_line,
        huge_numbers,
        many_columns,
        many_keys,
        open_quotes,
        odd_line_ends,
        wrong_name,
        no_regular_file,
        folder_of_links,
    )
}
