"""Cells of a dump, of whatever type, as plain text, paths and attributes."""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections.abc import Mapping, Set
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np

_EMPTY = frozenset(
    {"", "-", "--", "?", "\\n", "nan", "none", "null", "nil", "na", "n/a", "n.a.", "n.a", "n\\a"}
    | {"#n/a", "#na", "<na>", "<null>", "(null)", "[null]", "undefined", "nat"}
    | {"#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!"}
)
"""Texts that mean an empty cell in databases, spreadsheets and programs."""
_LONGEST_EMPTY = max(map(len, _EMPTY))
_SURROGATES = re.compile("[\ud800-\udfff]")
_LEADING_COLON = re.compile(r"^:\s+")
# Spaces around are stripped afterwards: a pattern with them takes long where there are many.
_LEVEL_SEPARATORS = (r"[>›»]|&gt;", r"\|", "/")  # noqa: RUF001 - shops use them
_PAIR_KEYS = ("key", "name", "label")
_PICTURE_KEYS = ("url", "src", "link", "href", "path", "file", "filename")
_NEXT_PICTURE = re.compile(r"\||[\s,;~](?=https?://)")
_AROUND_PICTURES = " \t\r\n,;~"
_LONGEST_LITERAL = 100_000
_MOST_DIGITS = 30
_MOST_BITS = 10_000
"""Maximum digits of a whole number that is turned into text."""


def text_of(value: Any) -> str:
    r"""A cell as text, without spaces around; "" where it holds nothing.

    Nulls and what stands for them (nan, None, N/A, NULL, \N, -, undefined, #N/A and the like) are
    nothing. Integral floats lose their ".0", since pandas makes floats of integers beside a gap.
    Lists are joined by ", ".
    """
    if isinstance(value, str):
        return _tidy(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = ((text_of(key), text_of(inner)) for key, inner in value.items())
        return ", ".join(f"{key}: {text}" for key, text in pairs if text)
    if isinstance(value, (list, tuple)):
        return ", ".join(text for text in map(text_of, value) if text)
    if isinstance(value, bytes):
        return _bytes(value)
    # The date that is none is a date for Python, and called NaT.
    return _tidy(value.isoformat() if isinstance(value, (date, time)) else str(value))


def plain_of(value: Any) -> Any:
    """A value of a program's own, such as NumPy's, as it would come out of a JSON file.

    Nulls, texts and whole numbers stay; other numbers are decimal, NaN and infinity are null. In
    mappings and lists all values are made so, and the keys of mappings are text; arrays and sets
    become lists. Anything else becomes text.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if value is None or isinstance(value, (str, bool, Decimal)):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= _MOST_BITS else None
    if isinstance(value, float):
        return Decimal(repr(float(value))) if isfinite(value) else None
    if isinstance(value, Mapping):
        return {
            key if isinstance(key, str) else text_of(key): plain_of(inner)
            for key, inner in value.items()
        }
    if isinstance(value, tuple):
        return tuple(map(plain_of, value))
    if isinstance(value, list):
        return list(map(plain_of, value))
    if isinstance(value, Set):
        return sorted(map(text_of, value))
    if isinstance(value, (np.ndarray, np.generic)):
        kind = value.dtype.kind
        # Of nanoseconds, which Python's dates do not know, NumPy would give a number.
        return plain_of((value.astype(f"{kind}8[us]") if kind in "mM" else value).tolist())
    return text_of(bytes(value) if isinstance(value, (bytearray, memoryview)) else value)


def number_of(digits: str) -> int | Decimal | str:
    """A number of JSON; the digits themselves where it is beyond what Python counts with."""
    try:
        return int(digits) if digits.lstrip("-").isdecimal() else Decimal(digits)
    except (ValueError, ArithmeticError):
        return digits


def attributes_of(value: Any) -> dict[str, str]:
    """An attributes cell as flat name -> text: nested objects get dotted names.

    Takes an object, a list of {"key" or "name": ..., "value": ...}, or either as JSON text.
    Whatever holds nothing is left out, and so is a ": " before a value.
    """
    return dict(_flatten("", _structure(value)))


def true_path_of(value: Any) -> tuple[str, ...]:
    """A cell of true categories as a category path, top first.

    A list is the path itself, save a list of one "A > B". Text is split at the first of
    > (or >>), | and / that occurs in it; without any of them it is a path of one level.
    """
    if isinstance(value, str):
        value = _structure(value)
    if isinstance(value, (list, tuple)):
        levels = tuple(text for text in map(text_of, value) if text)
        single = levels[0] if len(levels) == 1 else ""
        return _split_path(single) if ">" in single else levels
    return _split_path(text_of(value).strip("[]\"' "))


def image_of(value: Any) -> str:
    """The first picture of an image cell: of a text, a list, or an object with a url.

    A text may hold several: parted by "|", or addresses one after the other.
    """
    if isinstance(value, str):
        value = _structure(value)
    while isinstance(value, (list, tuple, Mapping)):
        inner = _picture_values(value) if isinstance(value, Mapping) else value
        value = next((item for item in inner if text_of(item)), "")
    parts = (part.strip(_AROUND_PICTURES) for part in _NEXT_PICTURE.split(text_of(value)))
    return next(filter(None, parts), "")


def _picture_values(value: Mapping[Any, Any]) -> list[Any]:
    """The values of an object, those first that usually are the picture."""
    return [*map(value.get, _PICTURE_KEYS), *value.values()]


def _tidy(text: str) -> str:
    text = text.replace("\0", "").strip()
    if not text.isascii():
        # Lone halves of a surrogate pair cannot be written to any file.
        text = _SURROGATES.sub("\ufffd", text)
    return "" if len(text) <= _LONGEST_EMPTY and text.casefold() in _EMPTY else text


@lru_cache(maxsize=65_536)
def _tidy_name(name: str) -> str:
    return _tidy(name)


def _number(value: float | Decimal) -> str:
    number = Decimal(str(value))
    if not number.is_finite():
        return ""
    if number.adjusted() < _MOST_DIGITS and number == number.to_integral_value():
        return str(int(number))
    return str(value)


def _bytes(value: bytes) -> str:
    try:
        return _tidy(value.decode("utf-8"))
    except UnicodeDecodeError:
        # Pictures and the like are no text.
        return ""


def _structure(value: Any) -> Any:
    """Lists and objects written as text, as lists and objects; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    # Flipkart's dump writes Ruby's `=>`.
    for candidate in (value, value.replace("=>", ":")):
        try:
            return json.loads(candidate, parse_float=number_of, parse_int=number_of)
        except (ValueError, RecursionError):
            continue
    return _python_literal(value)


def _python_literal(text: str) -> Any:
    if len(text) > _LONGEST_LITERAL:
        return text
    try:
        with warnings.catch_warnings():
            # A backslash in a shop's text is no mistake of ours.
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _flatten(name: str, value: Any) -> list[tuple[str, str]]:
    pairs = None if isinstance(value, str) else _as_object(value)
    if pairs is None:
        text = _LEADING_COLON.sub("", text_of(value))
        return [(sys.intern(name), text)] if name and text else []
    prefix = f"{name}." if name else ""
    return [pair for key, inner in pairs.items() for pair in _flatten(prefix + _name(key), inner)]


def _name(key: Any) -> str:
    return _tidy_name(key) if isinstance(key, str) else text_of(key)


def _as_object(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, (list, tuple)) or not value:
        return None
    # Parquet's maps arrive as lists of pairs.
    if all(isinstance(item, tuple) and len(item) == 2 for item in value):
        return {text_of(key): inner for key, inner in value}
    for key in _PAIR_KEYS:
        if all(isinstance(item, Mapping) and {key, "value"} <= item.keys() for item in value):
            return {text_of(item[key]): item["value"] for item in value}
    return None


def _split_path(text: str) -> tuple[str, ...]:
    for separator in _LEVEL_SEPARATORS:
        levels = tuple(filter(None, map(str.strip, re.split(separator, text))))
        if len(levels) > 1:
            return levels
    return (text,) if text else ()
