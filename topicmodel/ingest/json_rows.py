"""Rows of JSON arrays, of objects that wrap one, and of JSON lines."""

from __future__ import annotations

import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes import Reject
from topicmodel.ingest.columns import has_text_name
from topicmodel.ingest.lines import LONGEST_LINE, TOO_LONG, bounded_lines
from topicmodel.ingest.rows import MOST_COLUMNS, Row, reject
from topicmodel.ingest.streams import filtered
from topicmodel.ingest.values import number_of

_HEAD = 1 << 16
_PIECE = 1 << 9
_AT_ONCE = 1 << 20
"""Bytes that ijson gets at once. It parses an unfinished text again with every chunk."""
_DEEPEST = 1000
_MOST_DIGITS = 4000
_MANY_DIGITS = re.compile(rb"(?<!\d)\d{%d}" % _MOST_DIGITS)
_WRAPPERS = frozenset(
    {"products", "items", "data", "results", "rows", "records", "hits", "docs", "offers", "entries"}
)
_NO_OBJECT = "is no JSON object"


def read_json(stream: io.BufferedReader, name: str) -> Iterator[Row | Reject]:
    """Rows of a .json file, read as a stream: an array, an object with one, or objects on end.

    Positions count from 1. Where the JSON breaks, one reject stands for all that was to follow.
    """
    shape = _shape(stream.peek(_HEAD))
    if shape.is_lines:
        return read_json_lines(stream, name)
    return _read_items(stream, name, shape.prefix)


def read_json_lines(stream: io.BufferedReader, name: str) -> Iterator[Row | Reject]:
    """Rows of JSON lines: one object a line, blank lines skipped, broken ones rejected."""
    for number, line in enumerate(bounded_lines(stream), start=1):
        if line is None:
            yield reject(name, number, TOO_LONG, "")
        elif line.strip():
            yield _parse_line(line, name, number)


def _parse_line(line: bytes, name: str, number: int) -> Row | Reject:
    try:
        # Files that were joined have a byte order mark on many lines.
        value = _DECODER.decode(line.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError) as error:
        raw = line.decode("utf-8", "replace").strip()
        return reject(name, number, f"is no valid JSON: {error}", raw)
    return _as_row(value, name, number)


def _as_row(value: Any, name: str, number: int) -> Row | Reject:
    if isinstance(value, dict) and len(value) <= MOST_COLUMNS:
        return Row(number, value)
    if isinstance(value, dict):
        return reject(name, number, f"has {len(value):,} keys, over {MOST_COLUMNS:,}", "")
    return reject(name, number, _NO_OBJECT, value)


def _no_number(_word: str) -> None:
    """Read NaN and Infinity, which Python writes into JSON, as empty."""


_DECODER = json.JSONDecoder(parse_float=number_of, parse_int=number_of, parse_constant=_no_number)


def _read_items(stream: io.BufferedReader, name: str, prefix: str) -> Iterator[Row | Reject]:
    import ijson

    number, meter = 0, _Meter()
    plain = filtered(filtered(stream, meter), _WithoutNaN())
    try:
        values = ijson.items(plain, prefix, multiple_values=True, buf_size=_AT_ONCE)
        for number, value in enumerate(values, start=1):
            meter.reset()
            yield _as_row(value, name, number)
    except (ijson.JSONError, RecursionError, ValueError, ArithmeticError) as error:
        # The last two: numbers that Python does not read.
        first, *rest = str(error).strip().splitlines() or ["it ends too early"]
        reason = meter.problem or f"the JSON breaks off here: {first.strip()}"
        yield reject(name, number + 1, reason, " ".join(rest))
    else:
        if meter.problem:
            yield reject(name, number + 1, meter.problem, "")


class _Meter:
    """Chunks as they are, up to a value that is too long or too deep, where the stream ends.

    What is deep takes ijson the square of its depth, and a whole number of more digits than Python
    reads ends the process.
    """

    def __init__(self) -> None:
        self.problem = ""
        """Why the stream was ended early; empty where it was not."""
        self._length = self._depth = 0
        self._before = b""
        self._in_text, self._held = False, b""

    def reset(self) -> None:
        """Note that a value has ended."""
        self._length = self._depth = 0

    def __call__(self, chunk: bytes) -> bytes:
        if self.problem:
            return b""
        self._length += len(chunk)
        if self._length > LONGEST_LINE:
            self.problem = TOO_LONG
            return b""
        for found in _MANY_DIGITS.finditer(self._before + chunk):
            start = max(0, found.start() - len(self._before))
            if not self._ends_in_text(chunk[:start])[0]:
                self.problem = "holds a number of thousands of digits"
                return chunk[:start]
        self._before = chunk[-_MOST_DIGITS:]
        self._in_text, self._held = self._ends_in_text(chunk)
        for start in range(0, len(chunk), _PIECE):
            # Brackets within texts count too, but mostly come in pairs.
            self._depth = max(0, self._depth + _opened(chunk[start : start + _PIECE]))
            if self._depth > _DEEPEST:
                self.problem = "is nested too deeply"
                return chunk[:start]
        return chunk

    def _ends_in_text(self, piece: bytes) -> tuple[bool, bytes]:
        """Whether a text is open after the piece, and the half of an escape that it ends in."""
        bare = (self._held + piece).replace(rb"\\", b"")
        is_odd = bare.replace(rb"\"", b"").count(b'"') % 2 == 1
        return self._in_text != is_odd, b"\\" if bare.endswith(b"\\") else b""


def _opened(piece: bytes) -> int:
    """The number of brackets that are open."""
    opened, closed = piece.count(b"{") + piece.count(b"["), piece.count(b"}") + piece.count(b"]")
    return opened - closed


@dataclass(frozen=True)
class _Shape:
    is_lines: bool
    prefix: str = ""
    """Where the rows are, in the words of ijson: "item", "products.item", or "" for the top."""


def _shape(head: bytes) -> _Shape:
    if head.lstrip().startswith(b"["):
        return _Shape(is_lines=False, prefix="item")
    names, array, is_alone = _outline(head)
    if array and is_alone and _wraps(names, array):
        return _Shape(is_lines=False, prefix=array)
    return _Shape(is_lines=_is_one_line_each(head))


def _wraps(names: list[str], array: str) -> bool:
    """Whether an object with these keys is a wrapper of rows rather than a product itself."""
    key = array.removesuffix(".item").rpartition(".")[2]
    return key.casefold() in _WRAPPERS or not has_text_name(names)


def _outline(head: bytes) -> tuple[list[str], str, bool]:
    """Keys of the first object, path of its first array of objects, and whether it is alone."""
    import ijson

    names: list[str] = []
    array, has_ended = "", False
    head = _Meter()(head)
    try:
        for prefix, event, value in ijson.parse(io.BytesIO(head), multiple_values=True):
            if has_ended:
                return names, array, False
            if not prefix and event == "map_key":
                names.append(value)
            elif event == "start_map" and prefix.endswith(".item"):
                array = array or prefix
            has_ended = not prefix and event == "end_map"
    except (ijson.JSONError, ValueError, ArithmeticError):
        # The head ends in the middle of a value, or what follows is for the reader to reject.
        pass
    return names, array, True


def _is_one_line_each(head: bytes) -> bool:
    lines = head.lstrip().splitlines()
    # Pretty-printed objects open with a brace alone or with an unfinished line.
    return len(lines) < 2 or lines[0].rstrip().endswith(b"}") or lines[1].startswith(b"{")


class _WithoutNaN:
    """Chunks of JSON with null for NaN and Infinity, which Python's json writes.

    Words within strings are told apart by what stands around them, so a text that holds `: NaN,`
    to the letter changes too; ijson would give up on the whole file without this.
    """

    _WORD = re.compile(rb"([\[:,]\s{0,16})(?:NaN|-?Infinity)(?=\s{0,16}[,}\]])")
    _HELD = 64

    def __init__(self) -> None:
        self._held = b""

    def __call__(self, chunk: bytes) -> bytes:
        text = self._WORD.sub(rb"\1null", self._held + chunk)
        # A word may go on in the next chunk.
        split = max(0, len(text) - self._HELD) if chunk else len(text)
        self._held = text[split:]
        return text[:split]
