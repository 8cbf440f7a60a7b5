"""Web addresses in texts: those of pages and of mailboxes, and names of sites."""

from __future__ import annotations

import re

WEB_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s|]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w-])[a-z0-9][a-z0-9-]*\.(?:com|net|org)\b(?:/[^\s|]*)?",
    re.IGNORECASE,
)
_TRACES = ("@", "://", "www.", ".com", ".net", ".org")


def may_have_address(text: str) -> bool:
    """Whether `WEB_ADDRESS` may match; much quicker than to look for it."""
    lower = text.lower()
    return any(trace in lower for trace in _TRACES)


def without_addresses(text: str, instead: str) -> str:
    """The text with `instead` in place of each web address."""
    return WEB_ADDRESS.sub(instead, text) if may_have_address(text) else text
