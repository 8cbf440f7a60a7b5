"""Numbers as shops write them: prices, weights and sizes, with a currency sign or a unit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.reporting.formatting import displayed

_MOSTLY = 0.9
"""Share of the values that must be numbers of the same unit."""
_CURRENCIES = r"[A-Za-z]{0,3}[$€£¥₹₽₩₺₫₴₦₱฿₪₡]|[Rr]s\.?|[A-Z]{3}(?=\s)"
# 1,999 and 1,99,999; 1.999,00; 1999.5 and 1999,5. A leading zero marks a code, not a number.
_DIGITS = (
    r"[1-9]\d{0,2}(?:[,' \u00a0\u2009\u202f’]\d{2,3})*[,' \u00a0\u2009\u202f’]\d{3}(?:\.\d+)?"
    r"|[1-9]\d{0,2}(?:\.\d{3})+,\d+|[1-9]\d{0,2}(?:\.\d{3}){2,}"
    r"|(?:0|[1-9]\d*)(?:[.,]\d+)?"
)
_NUMBER = re.compile(
    rf"(?P<sign>[-+\u2212]?)(?P<before>{_CURRENCIES})?\s*(?P<digits>{_DIGITS})"
    r"(?P<after>\s*[^\s\d.,;:/*()–-][^\d,;:/*()–-]{0,11})?"
)
_MOST_DIGITS = 15
"""Beyond that a float is no longer exact, and what is written is a code."""
_YEARS = (1900, 2100)
_CLOSE_UNITS = ("%", "\u00b0", "'", '"', "\u2032", "\u2033")
"""Signs that stand next to their number: per cent, degrees, feet and inches."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of one unit."""

    values: tuple[float, ...]
    counts: tuple[int, ...]
    """How often each occurs."""
    before: str
    """What stands before each, as a currency sign; "" for nothing."""
    after: str
    """What stands behind each, as a unit."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far numbers reach, as they are shown: with separators and their unit."""

    lowest: str
    median: str
    highest: str


def mostly_numbers(values: Mapping[str, int]) -> Numbers | None:
    """The numbers among values, None unless nine in ten values are numbers of the same unit.

    Args:
        values: a value -> how often it occurs.
    """
    found: dict[tuple[str, str], list[tuple[float, int, str, str]]] = defaultdict(list)
    for value in sorted(values):
        parsed = _parsed(value)
        if parsed:
            number, before, after = parsed
            found[before.casefold(), after.casefold()].append(
                (number, values[value], before, after)
            )
    group = max(found.values(), key=lambda rows: sum(row[1] for row in rows), default=[])
    if not group or sum(row[1] for row in group) < _MOSTLY * sum(values.values()):
        return None
    numbers, counts, befores, afters = zip(*group, strict=True)
    return Numbers(numbers, counts, _usual(befores, counts), _usual(afters, counts))


def spread_of(numbers: Numbers) -> Spread:
    """Lowest, median and highest of the numbers."""
    sample = np.repeat(numbers.values, numbers.counts)
    lowest, median, highest = sample.min(), np.median(sample), sample.max()
    bare = not (numbers.before or numbers.after)
    years = bare and lowest >= _YEARS[0] and highest <= _YEARS[1]
    return Spread(*(_shown(float(n), numbers, years) for n in (lowest, median, highest)))


def _parsed(value: str) -> tuple[float, str, str] | None:
    """The number with what stands before and behind it, None where the value is no number."""
    match = _NUMBER.fullmatch(value.strip())
    if not match or sum(map(str.isdigit, match["digits"])) > _MOST_DIGITS:
        return None
    digits = re.sub(r"[' \u00a0\u2009\u202f’]", "", match["digits"])
    # A comma behind a lone zero is a decimal one, however many digits follow.
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif "," in digits or digits.count(".") > 1:
        digits = digits.replace(".", "").replace(",", ".")
    # Separators of several kinds, as in 1,234,567 890, are no number that anybody means.
    if digits.count(".") > 1:
        return None
    number = -float(digits) if match["sign"] in ("-", "\u2212") else float(digits)
    return number, match["before"] or "", " ".join((match["after"] or "").split())


def _usual(spellings: Sequence[str], counts: Sequence[int]) -> str:
    totals: Counter[str] = Counter()
    for spelling, count in zip(spellings, counts, strict=True):
        totals[spelling] += count
    return max(totals, key=lambda spelling: (totals[spelling], spelling))


def _shown(number: float, numbers: Numbers, year: bool) -> str:
    digits = f"{number:.0f}" if year else _digits(abs(number), cents=bool(numbers.before))
    sign = "\u2212" if number < 0 else ""
    gap_before = " " if numbers.before[-1:].isalnum() or numbers.before.endswith(".") else ""
    gap_after = "" if numbers.after.startswith(_CLOSE_UNITS) else " " * bool(numbers.after)
    return displayed(f"{sign}{numbers.before}{gap_before}{digits}{gap_after}{numbers.after}")


def _digits(number: float, cents: bool) -> str:
    if 0 < number < 0.01:
        return f"{number:.1g}"
    shown = f"{number:,.2f}".removesuffix(".00")
    return shown.rstrip("0").rstrip(".") if "." in shown and not cents else shown
