"""Cells that a spreadsheet would take for a formula, kept from being one."""

from __future__ import annotations

import re

_TAKEN_FOR_FORMULAS = "=+@\t\r\n\uff1d\uff0b\uff0d\uff20-"
"""What Excel and its like begin a formula with, its full-width forms included; and what they skip
before one."""
_FORMULA = re.compile(rf"'*[{_TAKEN_FOR_FORMULAS}]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def guarded(value: object) -> object:
    """A value as it may stand in a cell: text that would be a formula begins with an apostrophe.

    So OWASP advises against CSV injection: product texts, and hence names of categories, are other
    people's words, and `=HYPERLINK(...)` is carried out by whoever opens the file. A plain number
    such as -12.5 or +49 is no formula and stays, whether it is a number or an id. `unguarded` takes
    the apostrophe away again, as our own reader of CSV does, so that every id comes back as it was;
    for that, text that begins with apostrophes and then a formula gets one more.
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def unguarded(text: str) -> str:
    """The text that a guarded cell holds."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
