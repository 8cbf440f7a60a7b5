"""Dumps as careless, unlucky and hostile people make them, by seeded chance."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from hostile.files import SPECIALS

Row = dict[str, Any]

SUFFIX = {
    "csv": ".csv",
    "tsv": ".tsv",
    "json": ".json",
    "jsonl": ".jsonl",
    "parquet": ".parquet",
    "arrow": ".arrow",
    "feather": ".feather",
    "xlsx": ".xlsx",
}
PACKINGS = ("plain", "plain", "plain", "gz", "bz2", "zst", "zip", "gz in zip")
_TEXTS = (
    *(
        "Red mug",
        "A lamp, 2 m",
        'The "best" chair',
        "l'été à la plage",
        "茶壶",
        "Ünïcödé",
        "مصباح",
        "😀 mug",
    ),
    *(
        "a\nb",
        "a\r\nb\r\n",
        "a\tb",
        "a;b|c",
        "<b>bold</b> &amp; <br>",
        "\ufeffmug",
        "a\u2028b",
        "x" * 300,
    ),
    *(
        "=1+1",
        "@cmd",
        "-5",
        "&#" + "9" * 5000 + ";",
        "{broken",
        "[1, 2",
        '{"a": 1}',
        "[[[[",
        "\u202emug",
    ),
    *(
        "\u0301" * 50,
        "NULL",
        "n/a",
        "",
        "   ",
        "-",
        "nan",
        "#N/A",
        "\\N",
        "0",
        "1e999999999999",
        "9" * 5000,
    ),
)
_IDS = ("00123", "1e5", "-7", "a b", "ключ", "1.0", "'1", "x" * 900)


@dataclass(frozen=True)
class Case:
    """One dump."""

    path: Path
    format: str
    change: str
    """What was done to it, in a word or two."""
    rows: int | None = None
    """How many rows it has, where that is known."""
    must_be_read: bool = False
    is_small: bool = True
    """Whether it is worth going further than reading."""


def make_case(rng: random.Random, folder: Path, data: Path) -> Case:
    """A dump in a folder: sound but odd, broken, or made to do harm."""
    kind = rng.random()
    if kind < 0.15:
        name = rng.choice(sorted(SPECIALS))
        return Case(SPECIALS[name](rng, folder), "special", name, is_small=False)
    rows = odd_rows(rng) if kind < 0.55 else _real_rows(rng, data)
    fmt = rng.choice(list(SUFFIX))
    content = WRITERS[fmt](rows, rng)
    case = Case(folder / f"dump{SUFFIX[fmt]}", fmt, "sound", len(rows), _has_product(rows))
    if kind >= 0.35:
        name = rng.choice(list(MUTATIONS))
        content = MUTATIONS[name](content, rng)
        case = replace(case, change=name, rows=None, must_be_read=False)
    packing = rng.choice(PACKINGS)
    case.path.with_name(case.path.name).parent.mkdir(exist_ok=True)
    path, content = packed(content, case.path.name, packing)
    if rng.random() < 0.1:
        content = MUTATIONS["flipped bytes"](content, rng)
        case = replace(case, change=f"{case.change}, packing broken", rows=None, must_be_read=False)
    (folder / path).write_bytes(content)
    return replace(case, path=folder / path)


def _has_product(rows: Sequence[Row]) -> bool:
    return any(row.get("id") == "sound" for row in rows)


def odd_rows(rng: random.Random) -> list[Row]:
    """Rows of a few columns with odd cells; one at least is sound."""
    n = rng.choice([1, 2, 5, 20, 60])
    columns = ["id", "title", *rng.sample(["description", "brand", "price", "category", "x y"], 3)]
    rows = [{name: _odd_cell(name, rng) for name in columns} for _ in range(n)]
    rows[0] |= {"id": "sound", "title": "Green kettle"}
    return rows


def _odd_cell(column: str, rng: random.Random) -> str:
    if column == "id":
        return rng.choice([*_IDS, *(str(rng.randrange(50)) for _ in range(30)), ""])
    return rng.choice(_TEXTS) if rng.random() < 0.6 else f"Thing {rng.randrange(1000)} for home"


def _real_rows(rng: random.Random, data: Path) -> list[Row]:
    rows = _real_file(rng.choice(_real_files(data)))
    start = rng.randrange(max(1, len(rows) - 60))
    chosen = rows[start : start + rng.choice([3, 20, 60])]
    return [{**chosen[0], "id": "sound", "title": "Green kettle"}, *chosen[1:]]


@cache
def _real_files(data: Path) -> list[Path]:
    bundled = Path(__file__).parents[2] / "topicmodel" / "ingest" / "sample.jsonl.gz"
    return [bundled, *sorted(data.glob("*.jsonl.gz"))]


@cache
def _real_file(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in islice(lines, 1500)]


def _flat(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return names, [[_as_text(row.get(name, "")) for name in names] for row in rows]


def _as_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\0", "")


def _csv(rows: Sequence[Row], rng: random.Random) -> bytes:
    return _table(rows, rng, rng.choice(",;\t|"))


def _tsv(rows: Sequence[Row], rng: random.Random) -> bytes:
    return _table(rows, rng, "\t")


def _table(rows: Sequence[Row], rng: random.Random, delimiter: str) -> bytes:
    names, cells = _flat(rows)
    file = io.StringIO()
    quoting = rng.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
    ends = rng.choice(["\n", "\r\n"])
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    writer.writerows([names, *cells])
    encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
    return file.getvalue().encode(encoding, "replace")


def _json(rows: Sequence[Row], rng: random.Random) -> bytes:
    whole: Any = rng.choice([rows, rows, {"products": rows}, {"page": 1, "data": {"items": rows}}])
    indent = rng.choice([None, 2])
    return json.dumps(whole, ensure_ascii=rng.random() < 0.5, indent=indent).encode(
        "utf-8", "replace"
    )


def _jsonl(rows: Sequence[Row], rng: random.Random) -> bytes:
    ends = rng.choice(["\n", "\r\n", "\n\n"])
    return ends.join(json.dumps(row, ensure_ascii=False) for row in rows).encode("utf-8", "replace")


def _arrow_table(rows: Sequence[Row]) -> Any:
    import pyarrow as pa

    names, cells = _flat(rows)
    columns = [list(column) for column in zip(*cells, strict=True)]
    return pa.table(dict(zip(names, [pa.array(c, pa.string()) for c in columns], strict=True)))


def _parquet(rows: Sequence[Row], rng: random.Random) -> bytes:
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(
        _arrow_table(rows),
        file,
        row_group_size=rng.choice([7, 1000]),
        compression=rng.choice(["snappy", "zstd", "none"]),
    )
    return file.getvalue()


def _arrow(rows: Sequence[Row], rng: random.Random) -> bytes:
    from pyarrow import ipc

    file, table = io.BytesIO(), _arrow_table(rows)
    opened = rng.choice([ipc.new_file, ipc.new_stream])
    with opened(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=rng.choice([3, 1000]))
    return file.getvalue()


def _feather(rows: Sequence[Row], rng: random.Random) -> bytes:
    from pyarrow import feather

    file = io.BytesIO()
    feather.write_feather(
        _arrow_table(rows), file, compression=rng.choice(["lz4", "zstd", "uncompressed"])
    )
    return file.getvalue()


def _xlsx(rows: Sequence[Row], rng: random.Random) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook()
    sheet = book.active
    names, cells = _flat(rows)
    for line in [names, *cells]:
        plain = [ILLEGAL_CHARACTERS_RE.sub("", cell)[:32_000] for cell in line]
        # A leading = would be a formula, which has no value until Excel has seen it.
        sheet.append([cell.lstrip("=") for cell in plain])
    if rng.random() < 0.3:
        book.create_sheet("empty")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


WRITERS: dict[str, Callable[[Sequence[Row], random.Random], bytes]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "arrow": _arrow,
    "feather": _feather,
    "xlsx": _xlsx,
}


def packed(content: bytes, name: str, packing: str) -> tuple[str, bytes]:
    """The name of the packed file, and its content."""
    import pyarrow

    if packing == "gz":
        return f"{name}.gz", gzip.compress(content, 1)
    if packing == "bz2":
        return f"{name}.bz2", bz2.compress(content, 1)
    if packing == "zst":
        return f"{name}.zst", pyarrow.Codec("zstd").compress(content, asbytes=True)
    if packing == "plain":
        return name, content
    if packing == "gz in zip":
        name, content = f"{name}.gz", gzip.compress(content, 1)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"folder/{name}", content)
    return "dump.zip", file.getvalue()


def _flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 3, 30])):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut_off(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _without_part(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.choice([1, 10, 1000]) :]


def _with_part_twice(content: bytes, rng: random.Random) -> bytes:
    start, end = sorted(rng.choices(range(len(content) + 1), k=2))
    return content[:end] + content[start:]


def _with_junk(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    junk = rng.choice(
        [
            b"\0" * 50,
            b'"',
            b"'",
            b"\xff\xfe",
            b"\n\n\n",
            b"{",
            b"]",
            b"\x1a",
            b"\r",
            rng.randbytes(40),
        ]
    )
    return content[:start] + junk * rng.choice([1, 1, 50]) + content[start:]


def _ragged(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    for _ in range(3):
        place = rng.randrange(len(lines))
        lines[place] = rng.choice(
            [lines[place] + b",,,x", lines[place][: len(lines[place]) // 2], b""]
        )
    return b"\n".join(lines)


def _shuffled(content: bytes, rng: random.Random) -> bytes:
    lines = content.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def _in_another_encoding(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(
        rng.choice(["cp1252", "cp1250", "shift_jis", "utf-16-le", "utf-32", "utf-7"]), "replace"
    )


def _half_in_another_encoding(content: bytes, rng: random.Random) -> bytes:
    middle = rng.randrange(len(content) + 1)
    return content[:middle] + content[middle:].decode("utf-8", "replace").encode(
        "cp1252", "replace"
    )


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped bytes": _flipped,
    "cut off": _cut_off,
    "a part is missing": _without_part,
    "a part is there twice": _with_part_twice,
    "junk inside": _with_junk,
    "ragged lines": _ragged,
    "lines shuffled": _shuffled,
    "another encoding": _in_another_encoding,
    "half in another encoding": _half_in_another_encoding,
}
