"""Which format a file has: by its name, and by what it begins with."""

from __future__ import annotations

import codecs
from pathlib import Path, PurePosixPath
from typing import Literal

Format = Literal["table", "json", "lines", "parquet", "arrow", "excel"]

READABLE = (
    "CSV, TSV, JSON, JSON lines, Excel (.xlsx), Parquet or Arrow, plain, packed with gzip, bzip2 "
    "or zstd, or in a zip"
)
SUFFIXES: dict[str, Format] = {
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".jl": "lines",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
ZIP_MARK = b"PK\x03\x04"
_PACKED = frozenset({".gz", ".bz2", ".zst"})
_UNREAD = frozenset({".xls", ".xlsb", ".ods", ".xml", ".avro", ".orc", ".db", ".sqlite", ".txt"})
_MARKS: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    # A stream of Arrow begins with the mark of its first message.
    b"\xff\xff\xff\xff": "arrow",
}


def format_by_name(name: Path | PurePosixPath) -> Format | None:
    """The format that a name tells, whether it is packed or not; None where it tells none."""
    return SUFFIXES.get(_bare(name).suffix.lower())


def is_zip_name(name: Path | PurePosixPath) -> bool:
    """Whether a name is that of a zip, packed once more or not."""
    return _bare(name).suffix.lower() == ".zip"


def is_wanted(name: Path | PurePosixPath) -> bool:
    """Whether a file below a folder or in a zip is read, by its name there."""
    return not _is_hidden(name) and (format_by_name(name) is not None or is_zip_name(name))


def is_unread(name: Path | PurePosixPath) -> bool:
    """Whether a file that is not read looks like part of a dump."""
    return not _is_hidden(name) and _bare(name).suffix.lower() in _UNREAD


def format_by_mark(head: bytes) -> Format | None:
    """The binary format that the first bytes tell; None where they may be text."""
    return next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)


def format_of_text(head: bytes) -> Format | None:
    """Whether a text that begins so is JSON or a table; None where it is no text."""
    text = head.decode(_encoding_by_mark(head), "replace")
    if "\0" in text:
        return None
    return "json" if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else "table"


def _encoding_by_mark(head: bytes) -> str:
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if marked else "utf-8"


def _is_hidden(name: Path | PurePosixPath) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") for part in name.parts if part != "..")


def _bare(name: Path | PurePosixPath) -> Path | PurePosixPath:
    return name.with_suffix("") if name.suffix.lower() in _PACKED else name
