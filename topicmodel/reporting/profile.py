"""What the products of each category have in common, as their attributes tell it.

Attributes are whatever the shop's dump holds: what cannot be read, shown or compared is left out.
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
from topicmodel.reporting.numerals import Spread, mostly_numbers, spread_of

_ATTRIBUTES_SHOWN = 6
_VALUES_SHOWN = 5
_LEAST_SHARE = 0.2
"""Of the products of a category that must have an attribute, for it to say anything about it."""
_LEAST_PRODUCTS = 3
_FEW = 20
"""Products among which values may differ by chance, though they aren't one for each product."""
_MANY = 2_000
"""Different values, from which on a look at some of them must do."""
_SWEPT = 100_000
"""Products after which attributes that only tell them apart are looked for, and left out."""
_LONGEST = 60
"""Characters of a name or a value; what is longer is a text, a link or a list of its own."""
_SERIAL = re.compile(r"\b(id|ids|code|no|number|sku|ean|upc|gtin|isbn|asin|mpn|barcode)$")
"""Names of attributes whose numbers only tell products apart."""

_Place = tuple[TopicId, TopicId | None]
_Values = Counter[str]
"""A value as the shop wrote it -> products that have it."""


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value of an attribute, and how many products of a category have it."""

    text: str
    count: int
    share: str
    """Of the products that have the attribute, as all shares of values."""
    fill: float
    """The same, 0 to 1."""


@dataclass(frozen=True, slots=True)
class AttributeProfile:
    """What the products of a category have as one attribute."""

    name: str
    count: int
    """Products of the category that have it."""
    share: str
    """Of all products of the category."""
    values: tuple[AttributeValue, ...]
    """The commonest first; () where spread is given."""
    n_others: int
    """Further values, which are not shown."""
    others_share: str
    spread: Spread | None
    """Of an attribute that is a number."""


def attribute_profiles(run: Run) -> Mapping[TopicId, tuple[AttributeProfile, ...]]:
    """The attributes that many products of a category have, the commonest first, up to six each.

    At least three products, and a fifth of the category, must have an attribute. Names and values
    count as the same whatever their case, spaces and underscores. Attributes that tell each product
    from all others, such as links and codes, are left out. A category without any has an empty
    tuple.
    """
    folded = _FoldedNames()
    found = _by_topic(*_by_place(run, folded))
    # Of several spellings the last in the alphabet: the one that is not in capitals.
    spellings = {name: spelling for spelling, name in sorted(folded.items())}
    return {
        topic.id: _profiles(found.get(topic.id, {}), topic.size, spellings)
        for topic in run.taxonomy.topics
    }


class _FoldedNames(dict[str, str]):
    """Name of an attribute, as a product has it -> its folded form, worked out once."""

    def __missing__(self, spelling: str) -> str:
        self[spelling] = _fold(spelling)
        return self[spelling]


_Entries = Mapping[_Place, Counter[tuple[str, str]]]
"""Categories of a product -> folded name and value -> products."""
_Codes = Mapping[_Place, set[str]]
"""Categories of a product -> folded names of attributes that tell products apart."""


def _by_place(run: Run, folded: _FoldedNames) -> tuple[_Entries, _Codes]:
    """The attributes of all products, without those that were seen to be codes on the way."""
    found: dict[_Place, Counter[tuple[str, str]]] = defaultdict(Counter)
    codes: dict[_Place, set[str]] = defaultdict(set)
    places = zip(run.assignments.level1, run.assignments.level2, strict=True)
    products = zip(places, run.products.attributes, strict=True)
    for number, ((level1, level2), text) in enumerate(products, start=1):
        if text and level1 is not None:
            place = level1, level2
            own, entries = codes.get(place), _usable(text, folded).items()
            found[place].update([e for e in entries if e[0] not in own] if own else entries)
        if number % _SWEPT == 0:
            _sweep(found, codes)
    return found, codes


def _sweep(found: dict[_Place, Counter[tuple[str, str]]], codes: dict[_Place, set[str]]) -> None:
    """Forget what tells products apart, which no profile shows: of a million, it fills memory."""
    for place, entries in found.items():
        values: dict[str, _Values] = defaultdict(Counter)
        for (name, value), count in entries.items():
            values[name][value] = count
        seen = {name for name, own in values.items() if _are_codes(name, own)}
        if seen:
            codes[place] |= seen
            found[place] = Counter({e: n for e, n in entries.items() if e[0] not in seen})


def _are_codes(name: str, values: _Values) -> bool:
    if len(values) <= _MANY:
        return False
    is_serial = _SERIAL.search(name) and mostly_numbers(dict(islice(values.items(), _MANY)))
    return bool(is_serial) or _tells_apart_at_sight(values)


def _usable(text: str, folded: _FoldedNames) -> dict[str, str]:
    """The attributes of one product that can be shown: folded name -> value."""
    return {
        folded[name]: shown
        for name, value in _read(text).items()
        if len(name) <= _LONGEST
        and (shown := value if isinstance(value, str) else _as_text(value))
        and len(shown) <= _LONGEST
    }


def _read(text: str) -> Mapping[str, object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _as_text(value: object) -> str:
    """Numbers, truth values and lists of texts as text; "" for anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return ""


def _by_topic(places: _Entries, codes: _Codes) -> Mapping[TopicId, Mapping[str, _Values]]:
    """Category -> folded name -> values; a parent has the values of its children too."""
    found: dict[TopicId, dict[str, _Values]] = defaultdict(lambda: defaultdict(Counter))
    for place, entries in places.items():
        for topic in filter(None, place):
            own = found[topic]
            for (name, value), count in entries.items():
                own[name][value] += count
    for place, names in codes.items():
        for topic in filter(None, place):
            for name in names:
                found[topic].pop(name, None)
    return found


def _profiles(
    found: Mapping[str, _Values], size: int, spellings: Mapping[str, str]
) -> tuple[AttributeProfile, ...]:
    needed = max(_LEAST_PRODUCTS, _LEAST_SHARE * size)
    counts = {name: values.total() for name, values in found.items()}
    common = sorted(name for name, count in counts.items() if name and count >= needed)
    common.sort(key=lambda name: -counts[name])
    profiles = (_profile(spellings[name], found[name], size) for name in common)
    return tuple(islice(filter(None, profiles), _ATTRIBUTES_SHOWN))


def _profile(name: str, values: _Values, size: int) -> AttributeProfile | None:
    """The attribute as it is shown, None where its values only tell products apart."""
    if _tells_apart_at_sight(values):
        return None
    merged, numbers = _merged(values), mostly_numbers(values)
    total = merged.total()
    apart = _tells_apart(len(merged), total)
    if _SERIAL.search(_fold(name)) if numbers else apart:
        return None
    spread = numbers and (apart or len(merged) > _VALUES_SHOWN)
    top = () if spread else merged.most_common(_VALUES_SHOWN)
    rest = 0 if spread else total - sum(count for _, count in top)
    return AttributeProfile(
        name=_as_heading(name),
        count=total,
        share=percent(total, size),
        values=tuple(_value(text, count, total) for text, count in top),
        n_others=0 if spread else len(merged) - len(top),
        others_share=percent(rest, total),
        spread=spread_of(numbers) if numbers and spread else None,
    )


def _tells_apart_at_sight(values: _Values) -> bool:
    """Whether so many values are different, and no numbers, that there is nothing to count."""
    if len(values) <= _MANY or not _tells_apart(len(values), values.total()):
        return False
    return mostly_numbers(dict(islice(values.items(), _MANY))) is None


def _tells_apart(n_distinct: int, total: int) -> bool:
    return n_distinct > total / 2 if total > _FEW else n_distinct == total


def _value(text: str, count: int, total: int) -> AttributeValue:
    return AttributeValue(displayed(text, _LONGEST), count, percent(count, total), count / total)


def _merged(values: _Values) -> _Values:
    """Values that differ in case and spaces alone as one, called as most products call it.

    In the order of their text, so that ties don't depend on the order of the products.
    """
    spellings: dict[str, _Values] = defaultdict(Counter)
    for value in sorted(values):
        spellings[_fold(value)][value] += values[value]
    return Counter({spelled.most_common(1)[0][0]: n for spelled, n in _totals(spellings)})


def _totals(spellings: Mapping[str, _Values]) -> Iterator[tuple[_Values, int]]:
    for folded in sorted(spellings):
        # What is left of some values is not to be seen.
        if folded:
            yield spellings[folded], spellings[folded].total()


def _fold(text: str) -> str:
    return displayed(text.replace("_", " "), _LONGEST).casefold()


def _as_heading(name: str) -> str:
    shown = displayed(name.replace("_", " "), _LONGEST)
    return shown[:1].upper() + shown[1:]
