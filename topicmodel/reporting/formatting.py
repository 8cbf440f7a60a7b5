"""Text of a shop made fit to be shown: cleaned, cut, and safe where it goes into scripts.

HTML itself is escaped by the templates; what is here serves the places that Jinja doesn't know.
"""

from __future__ import annotations

import html
import json
import re
import textwrap
from typing import Any
from urllib.parse import quote

TITLE_LIMIT = 160
"""Characters of a title that are shown."""

MAP_TITLE_LIMIT = 100
"""Characters of a title in the list of all products; there are thousands of them."""

ID_LIMIT = 200
"""Characters of an id that the page repeats exactly; longer ones nobody has made for use."""

_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_UNREPEATABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Marks that turn the direction of all that follows, which lets one title rearrange its neighbours.
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
    """The text as it is, or "" where it is too long, or a page would not give it back the same."""
    return text if len(text) <= ID_LIMIT and not _UNREPEATABLE.search(text) else ""


def writable(text: str) -> str:
    """The text with a mark in place of what no file can hold."""
    return text.encode("utf-8", "replace").decode()


def plotly_text(text: str, width: int = 48) -> str:
    """The text in plotly's own markup: lines of `width` characters, nothing read as a tag."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(text, width))


def anchor(topic_id: str) -> str:
    """Name of a category's place in the report, safe in a link."""
    return "category-" + quote(topic_id, safe="", errors="replace")


def script_json(value: Any) -> str:
    """The value as JSON that may stand inside a `<script>` element.

    Raises:
        ValueError: the value holds NaN or an infinite number.
    """
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return plain.translate(_SCRIPT_ESCAPES)


def script_source(source: str) -> str:
    """JavaScript that may stand inside a `<script>` element, where it reads back unchanged."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    # These occur in string and regex literals only, where the escape means the same.
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", source, flags=re.IGNORECASE)


def quantity(count: int, noun: str, plural: str = "") -> str:
    """The count with its noun, as `1 product` or `12,345 products`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def percent(part: float, whole: float) -> str:
    """A share in per cent with one decimal; small but present shares never read as nothing."""
    if not whole or not part:
        return "0%"
    share = 100 * part / whole
    return "<0.1%" if share < 0.1 else f"{share:.1f}%".replace(".0%", "%")


def duration(seconds: float) -> str:
    """A time span as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
