"""Attribute profiles: what the products of each category have in common.

Attributes come from the shop's dump; values that cannot be read, shown or compared are left out.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from topicmodel.datatypes import Run, TopicId
from topicmodel.reporting.formatting import displayed, percent
from topicmodel.text.numerals import NumberRange, mostly_numbers, range_of

_ATTRIBUTES_SHOWN = 6
_VALUES_SHOWN = 5
_MIN_SHARE = 0.2
"""An attribute is shown if at least this share of the category's products have it."""
_MIN_PRODUCTS = 3
"""An attribute is shown if at least so many products of the category have it."""
_SMALL_GROUP = 20
"""For at most so many products, values identify them only if no two products share a value."""
_MAX_PARSED = 2_000
"""Of more different values, only so many are parsed, to save time."""
_CHECK_INTERVAL = 100_000
"""After each so many products, attributes that are codes are removed, to save memory."""
_MAX_LENGTH = 60
"""Most characters of a name or a value; longer ones are texts, links or lists."""
_SERIAL = re.compile(r"\b(id|ids|code|no|number|sku|ean|upc|gtin|isbn|asin|mpn|barcode)$")
"""Names of attributes whose numbers are codes, which only identify products."""

_CategoryPair = tuple[TopicId, TopicId | None]
"""Level-one and level-two category of a product."""
_Values = Counter[str]
"""A value as the shop wrote it -> number of products that have it."""


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value of an attribute, and how many products of a category have it."""

    text: str
    count: int
    share: str
    """Share of the products with the attribute, in per cent."""
    fill: float
    """The same share, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AttributeProfile:
    """One attribute of the products of a category: its commonest values, or its range."""

    name: str
    count: int
    """Number of products of the category with the attribute."""
    share: str
    """Share of all products of the category, in per cent."""
    values: tuple[AttributeValue, ...]
    """The commonest values first; () where number_range is given."""
    n_others: int
    """Number of further values, which are not shown."""
    others_share: str
    """Share of the products with the attribute that have one of these, in per cent."""
    number_range: NumberRange | None
    """Lowest, median and highest value of a numeric attribute; None for other attributes."""


def attribute_profiles(run: Run) -> Mapping[TopicId, tuple[AttributeProfile, ...]]:
    """Up to six attributes of each category, the commonest first.

    At least three products, and a fifth of the category, must have the attribute. Case, spaces and
    underscores do not count in names and values. Attributes that identify single products, such as
    links and codes, are left out. A category without attributes has an empty tuple.
    """
    folded = _FoldedNames()
    values_of = _by_topic(*_by_pair(run, folded))
    # Of several spellings of a name, the last in alphabetical order is not in capitals.
    spellings = {name: spelling for spelling, name in sorted(folded.items())}
    return {
        topic.id: _profiles(values_of.get(topic.id, {}), topic.size, spellings)
        for topic in run.taxonomy.topics
    }


class _FoldedNames(dict[str, str]):
    """Name of an attribute as it is in the dump -> its folded form, computed only once."""

    def __missing__(self, spelling: str) -> str:
        self[spelling] = _fold(spelling)
        return self[spelling]


_Entries = Mapping[_CategoryPair, Counter[tuple[str, str]]]
"""Categories of a product -> (folded name, value) -> number of products."""
_Codes = Mapping[_CategoryPair, set[str]]
"""Categories of a product -> folded names of attributes that are codes."""


def _by_pair(run: Run, folded: _FoldedNames) -> tuple[_Entries, _Codes]:
    """The attributes of all products without codes, and the codes that were removed."""
    entries_of: dict[_CategoryPair, Counter[tuple[str, str]]] = defaultdict(Counter)
    codes: dict[_CategoryPair, set[str]] = defaultdict(set)
    pairs = zip(run.assignments.level1, run.assignments.level2, strict=True)
    products = zip(pairs, run.products.attributes, strict=True)
    for number, ((level1, level2), text) in enumerate(products, start=1):
        if text and level1 is not None:
            pair = level1, level2
            removed, entries = codes.get(pair), _usable(text, folded).items()
            kept = [e for e in entries if e[0] not in removed] if removed else entries
            entries_of[pair].update(kept)
        if number % _CHECK_INTERVAL == 0:
            _remove_codes(entries_of, codes)
    return entries_of, codes


def _remove_codes(
    entries_of: dict[_CategoryPair, Counter[tuple[str, str]]], codes: dict[_CategoryPair, set[str]]
) -> None:
    """Remove attributes that are codes; no profile shows them, and they need much memory."""
    for pair, entries in entries_of.items():
        values: dict[str, _Values] = defaultdict(Counter)
        for (name, value), count in entries.items():
            values[name][value] = count
        new_codes = {name for name, counts in values.items() if _are_codes(name, counts)}
        if new_codes:
            codes[pair] |= new_codes
            entries_of[pair] = Counter(
                {entry: n for entry, n in entries.items() if entry[0] not in new_codes}
            )


def _are_codes(name: str, values: _Values) -> bool:
    if len(values) <= _MAX_PARSED:
        return False
    is_serial = _SERIAL.search(name) and mostly_numbers(dict(islice(values.items(), _MAX_PARSED)))
    return bool(is_serial) or _clearly_identifies(values)


def _usable(text: str, folded: _FoldedNames) -> dict[str, str]:
    """The attributes of a product that can be shown: folded name -> value."""
    return {
        folded[name]: shown
        for name, value in _read(text).items()
        if len(name) <= _MAX_LENGTH
        and (shown := value if isinstance(value, str) else _as_text(value))
        and len(shown) <= _MAX_LENGTH
    }


def _read(text: str) -> Mapping[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _as_text(value: object) -> str:
    """A number, a truth value or a list of texts as text; "" for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return ""


def _by_topic(entries_of: _Entries, codes: _Codes) -> Mapping[TopicId, Mapping[str, _Values]]:
    """Category -> folded name -> values; a parent also has the values of its children."""
    values_of: dict[TopicId, dict[str, _Values]] = defaultdict(lambda: defaultdict(Counter))
    for pair, entries in entries_of.items():
        for topic in filter(None, pair):
            values = values_of[topic]
            for (name, value), count in entries.items():
                values[name][value] += count
    for pair, names in codes.items():
        for topic in filter(None, pair):
            for name in names:
                values_of[topic].pop(name, None)
    return values_of


def _profiles(
    values_of: Mapping[str, _Values], size: int, spellings: Mapping[str, str]
) -> tuple[AttributeProfile, ...]:
    needed = max(_MIN_PRODUCTS, _MIN_SHARE * size)
    counts = {name: values.total() for name, values in values_of.items()}
    common = sorted(name for name, count in counts.items() if name and count >= needed)
    common.sort(key=lambda name: -counts[name])
    profiles = (_profile(spellings[name], values_of[name], size) for name in common)
    return tuple(islice(filter(None, profiles), _ATTRIBUTES_SHOWN))


def _profile(name: str, values: _Values, size: int) -> AttributeProfile | None:
    """The attribute as it is shown; None where its values only identify products."""
    if _clearly_identifies(values):
        return None
    merged, numbers = _merged(values), mostly_numbers(values)
    total = merged.total()
    identifies = _identifies(len(merged), total)
    if _SERIAL.search(_fold(name)) if numbers else identifies:
        return None
    shows_range = numbers and (identifies or len(merged) > _VALUES_SHOWN)
    top = () if shows_range else merged.most_common(_VALUES_SHOWN)
    rest = 0 if shows_range else total - sum(count for _, count in top)
    return AttributeProfile(
        name=_as_heading(name),
        count=total,
        share=percent(total, size),
        values=tuple(_value(text, count, total) for text, count in top),
        n_others=0 if shows_range else len(merged) - len(top),
        others_share=percent(rest, total),
        number_range=range_of(numbers) if numbers and shows_range else None,
    )


def _clearly_identifies(values: _Values) -> bool:
    """Whether values are so many and so different, and not numbers, that they identify products."""
    if len(values) <= _MAX_PARSED or not _identifies(len(values), values.total()):
        return False
    return mostly_numbers(dict(islice(values.items(), _MAX_PARSED))) is None


def _identifies(n_distinct: int, total: int) -> bool:
    return n_distinct > total / 2 if total > _SMALL_GROUP else n_distinct == total


def _value(text: str, count: int, total: int) -> AttributeValue:
    return AttributeValue(displayed(text, _MAX_LENGTH), count, percent(count, total), count / total)


def _merged(values: _Values) -> _Values:
    """Merge values that differ only in case and spaces; the commonest spelling is used.

    Values are in alphabetical order, so that ties do not depend on the order of the products.
    """
    spellings: dict[str, _Values] = defaultdict(Counter)
    for value in sorted(values):
        spellings[_fold(value)][value] += values[value]
    return Counter({spelled.most_common(1)[0][0]: n for spelled, n in _totals(spellings)})


def _totals(spellings: Mapping[str, _Values]) -> Iterator[tuple[_Values, int]]:
    for folded in sorted(spellings):
        # Some values consist only of characters that are not shown.
        if folded:
            yield spellings[folded], spellings[folded].total()


def _fold(text: str) -> str:
    return displayed(text.replace("_", " "), _MAX_LENGTH).casefold()


def _as_heading(name: str) -> str:
    shown = displayed(name.replace("_", " "), _MAX_LENGTH)
    return shown[:1].upper() + shown[1:]
