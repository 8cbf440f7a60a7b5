"""Prepare texts of a shop for display: clean and shorten them, and escape them for scripts.

The templates escape HTML; this module does what Jinja cannot do.
"""

from __future__ import annotations

import html
import json
import re
import textwrap
from typing import Any
from urllib.parse import quote

TITLE_LIMIT = 160
"""Most characters of a title that are shown."""

MAP_TITLE_LIMIT = 100
"""Most characters of a title in the list of all products, which has thousands of titles."""

ID_LIMIT = 200
"""Most characters of an id that the page repeats exactly; longer ids are not useful."""

_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_UNREPEATABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Bidirectional control characters, with which a title could change the order of the text around it.
_DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_SCRIPT_ESCAPES = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def displayed(text: str, limit: int = TITLE_LIMIT) -> str:
    """The text on one line, without control characters, at most `limit` characters long."""
    head = _UNPRINTABLE.sub(" ", text[: 8 * limit])
    head = " ".join(_DIRECTION_MARKS.sub("", head).split())
    return head if len(head) <= limit else head[: limit - 1].rstrip() + "…"


def exact(text: str) -> str:
    """The unchanged text; "" where it is too long, or has characters that HTML cannot hold."""
    return text if len(text) <= ID_LIMIT and not _UNREPEATABLE.search(text) else ""


def writable(text: str) -> str:
    """The text with `?` in place of characters that UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode()


def plotly_text(text: str, width: int = 48) -> str:
    """The text in plotly's markup: escaped, in lines of at most `width` characters."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(text, width))


def anchor(topic_id: str) -> str:
    """The link target of a category in the report."""
    return "category-" + quote(topic_id, safe="", errors="replace")


def script_json(value: Any) -> str:
    """The value as JSON that is safe inside a `<script>` element.

    Raises:
        ValueError: the value holds NaN or an infinite number.
    """
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return plain.translate(_SCRIPT_ESCAPES)


def script_source(source: str) -> str:
    """JavaScript in a form that is safe inside a `<script>` element and does the same there."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    # These sequences occur only in string and regex literals, where the escape means the same.
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", source, flags=re.IGNORECASE)


def quantity(count: int, noun: str, plural: str = "") -> str:
    """The count with its noun, such as `1 product` or `12,345 products`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def percent(part: float, whole: float) -> str:
    """A share in per cent with one decimal; shares below 0.1% but above 0 give `<0.1%`."""
    if not whole or not part:
        return "0%"
    share = 100 * part / whole
    return "<0.1%" if share < 0.1 else f"{share:.1f}%".replace(".0%", "%")


def duration(seconds: float) -> str:
    """A time in words, such as `4.2 s`, `3 min 5 s` or `2 h 10 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
