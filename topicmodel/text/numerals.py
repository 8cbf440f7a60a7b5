"""Parse numbers as shops write them: prices, weights and sizes, with a currency or a unit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topicmodel.text.cleaning import clean_text

_MOSTLY = 0.9
"""An attribute is numeric when at least this share of its values are numbers of one unit."""
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
_MAX_DIGITS = 15
"""Numbers with more digits are taken for codes; a float would not hold them exactly."""
_YEARS = (1900, 2100)
_CLOSE_UNITS = ("%", "\u00b0", "'", '"', "\u2032", "\u2033")
"""Units that follow their number without a blank: per cent, degrees, feet and inches."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of one unit."""

    values: tuple[float, ...]
    counts: tuple[int, ...]
    """How often each value occurs."""
    before: str
    """Text before each number, such as a currency sign; "" for nothing."""
    after: str
    """Text after each number, such as a unit; "" for nothing."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Lowest, median and highest of some numbers, as text with separators and unit."""

    lowest: str
    median: str
    highest: str


def mostly_numbers(values: Mapping[str, int]) -> Numbers | None:
    """Parse values as numbers; None unless at least 90% of the values are numbers of one unit.

    Args:
        values: value -> how often it occurs.
    """
    by_unit: dict[tuple[str, str], list[tuple[float, int, str, str]]] = defaultdict(list)
    for value in sorted(values):
        parsed = _parsed(value)
        if parsed:
            number, before, after = parsed
            by_unit[before.casefold(), after.casefold()].append(
                (number, values[value], before, after)
            )
    group = max(by_unit.values(), key=lambda rows: sum(row[1] for row in rows), default=[])
    if not group or sum(row[1] for row in group) < _MOSTLY * sum(values.values()):
        return None
    numbers, counts, befores, afters = zip(*group, strict=True)
    return Numbers(numbers, counts, _most_frequent(befores, counts), _most_frequent(afters, counts))


def range_of(numbers: Numbers) -> NumberRange:
    """Lowest, median and highest of the numbers, as text."""
    sample = np.repeat(numbers.values, numbers.counts)
    lowest, median, highest = sample.min(), np.median(sample), sample.max()
    has_no_unit = not (numbers.before or numbers.after)
    years = has_no_unit and lowest >= _YEARS[0] and highest <= _YEARS[1]
    return NumberRange(*(_shown(float(n), numbers, years) for n in (lowest, median, highest)))


def _parsed(value: str) -> tuple[float, str, str] | None:
    """The number, and the texts before and after it; None where the value is no number."""
    match = _NUMBER.fullmatch(value.strip())
    if not match or sum(map(str.isdigit, match["digits"])) > _MAX_DIGITS:
        return None
    digits = re.sub(r"[' \u00a0\u2009\u202f’]", "", match["digits"])
    # A comma after a single zero is a decimal comma, whatever the number of digits after it.
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif "," in digits or digits.count(".") > 1:
        digits = digits.replace(".", "").replace(",", ".")
    # A value with several kinds of separators, such as 1,234,567 890, is not a number.
    if digits.count(".") > 1:
        return None
    number = -float(digits) if match["sign"] in ("-", "\u2212") else float(digits)
    return number, match["before"] or "", " ".join((match["after"] or "").split())


def _most_frequent(spellings: Sequence[str], counts: Sequence[int]) -> str:
    totals: Counter[str] = Counter()
    for spelling, count in zip(spellings, counts, strict=True):
        totals[spelling] += count
    return max(totals, key=lambda spelling: (totals[spelling], spelling))


def _shown(number: float, numbers: Numbers, year: bool) -> str:
    digits = f"{number:.0f}" if year else _digits(abs(number), cents=bool(numbers.before))
    sign = "\u2212" if number < 0 else ""
    gap_before = " " if numbers.before[-1:].isalnum() or numbers.before.endswith(".") else ""
    gap_after = "" if numbers.after.startswith(_CLOSE_UNITS) else " " * bool(numbers.after)
    shown = f"{sign}{numbers.before}{gap_before}{digits}{gap_after}{numbers.after}"
    return clean_text(shown)


def _digits(number: float, cents: bool) -> str:
    if 0 < number < 0.01:
        return f"{number:.1g}"
    shown = f"{number:,.2f}".removesuffix(".00")
    return shown.rstrip("0").rstrip(".") if "." in shown and not cents else shown
