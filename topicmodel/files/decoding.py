"""Bytes of a text whose encoding nobody has named."""

from __future__ import annotations

import codecs
import re

ESCAPED = re.compile("[\udc80-\udcff]")
"""Bytes that UTF-8 does not allow, as Python's `surrogateescape` keeps them."""

# Of the four marks, the first begins like another.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MANY_ZEROS = 0.4
_FEW_ZEROS = 0.05
"""Shares of every other byte: where a text without a mark is UTF-16, one half is nearly all 0."""


def decoded(content: bytes) -> str:
    """The text without a byte order mark.

    UTF-16 and UTF-32 are known by their marks, and UTF-16 by its zeros; all else is UTF-8, and
    bytes that UTF-8 does not allow are read as Windows-1252.
    """
    if encoding := encoding_by_mark(content):
        return content.decode(encoding, "replace").removeprefix("\ufeff")
    return ESCAPED.sub(as_windows_1252, content.decode("utf-8-sig", "surrogateescape"))


def encoding_by_mark(head: bytes) -> str | None:
    """The encoding that a text's first bytes show, where it is not UTF-8."""
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) / 2
    if odd > _MANY_ZEROS * half and even < _FEW_ZEROS * half:
        return "utf-16-le"
    return "utf-16-be" if even > _MANY_ZEROS * half and odd < _FEW_ZEROS * half else None


def as_windows_1252(found: re.Match[str]) -> str:
    """The character that an escaped byte stands for in Windows-1252."""
    byte = found[0].encode("utf-8", "surrogateescape")
    try:
        return byte.decode("windows-1252")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; they stay control characters.
        return byte.decode("latin-1")
