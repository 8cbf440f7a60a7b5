"""What each category of a tree holds and what it does not, in a few sentences."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np

from topicmodel.datatypes import Products, Taxonomy, Topic, TopicId, Tree
from topicmodel.datatypes.products import attributes_from_json
from topicmodel.text.cleaning import clean_text
from topicmodel.text.numerals import Numbers, mostly_numbers, range_of

LISTED = 5
"""Families, goods or subcategories that a definition names at most."""

LEAST_FAMILY = 0.1
"""Share of the votes from which on a family is named."""

PRICED = 0.5
"""Share of a category's products that must have a price for the range of prices to be told."""

ORDINARY_PRICES = (0.05, 0.95)
"""Quantiles of the prices that the range is told by, so that single wrong ones do not count."""

PRICE_NAMES = frozenset(
    {"price", "sale price", "selling price", "discounted price", "current price", "unit price"}
)
"""Names of attributes that hold what a product costs, case-folded, with blanks between words, and
without a currency such as `usd` at the end."""

SAMPLED = 20_000
"""Products whose attributes are looked at for names of prices."""

_CURRENCY = re.compile(r" [a-z]{3}$")
_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_SEPARATOR = " > "


def with_definitions(tree: Tree, products: Products) -> Tree:
    """The tree with a definition of each category, which fits its names, sizes and neighbours.

    Args:
        tree: of the products.
        products: with their attributes, in the order of the tree's assignments.
    """
    prices = _prices_of_topics(tree, products)
    near = _nearest_siblings(tree)
    name_of = {topic.id: topic.name for topic in tree.taxonomy.topics}
    topics = []
    for topic in tree.taxonomy.topics:
        others = tuple(name_of[other] for other in near.get(topic.id, ()))
        holds = _holds(topic, tree.taxonomy)
        sentences = [
            topic.description or _sentence(_listed(holds)),
            f"What is near but not here: {_listed(others)}." if others else "",
            _counted(topic.size, prices.get(topic.id, "")),
        ]
        text = " ".join(filter(None, sentences))
        topics.append(replace(topic, definition=text, excludes=others))
    return replace(tree, taxonomy=replace(tree.taxonomy, topics=topics))


def _holds(topic: Topic, taxonomy: Taxonomy) -> Sequence[str]:
    """The subcategories of a category, or else its goods, families or keywords."""
    children = [child.name for child in taxonomy.children(topic.id)]
    if children:
        return _cut(children)
    families = [
        path.split(_SEPARATOR)[-1] for path, share in topic.catalogue if share >= LEAST_FAMILY
    ]
    keywords = [term for term, _ in topic.keywords[:LISTED]]
    return list(map(_small, topic.includes)) or families or keywords


def _cut(names: Sequence[str]) -> list[str]:
    rest = len(names) - LISTED
    return [*names[:LISTED], f"{rest} more"] if rest > 1 else list(names)


def _small(name: str) -> str:
    """A name within a sentence: without capitals, but for words such as USB and iPhone."""
    return " ".join(word.lower() if word.istitle() else word for word in name.split())


def _listed(names: Sequence[str]) -> str:
    """Names in one phrase.

    >>> _listed(["green tea", "coffee"])
    'green tea and coffee'
    >>> _listed(["Tea & Coffee", "Jam, Honey & Spreads"])
    'Tea & Coffee; Jam, Honey & Spreads'
    """
    if any("," in name or "&" in name for name in names):
        return "; ".join(names)
    *before, last = names or [""]
    return f"{', '.join(before)} and {last}" if before else last


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _counted(size: int, prices: str) -> str:
    products = "1 product" if size == 1 else f"{size:,} products"
    return f"{products}, {prices}." if prices else f"{products}."


def _nearest_siblings(tree: Tree) -> dict[TopicId, tuple[TopicId, ...]]:
    """Category -> the sibling whose centroid is nearest to its own; none where it is alone."""
    groups = defaultdict[TopicId | None, list[TopicId]](list)
    for topic in tree.taxonomy.topics:
        if topic.id in tree.centroids:
            groups[topic.parent].append(topic.id)
    nearest = dict[TopicId, tuple[TopicId, ...]]()
    for siblings in groups.values():
        centres = np.array([tree.centroids[topic] for topic in siblings])
        cosines = np.round(centres @ centres.T, 5)
        np.fill_diagonal(cosines, -np.inf)
        if len(siblings) > 1:
            nearest |= {
                topic: (siblings[place],)
                for topic, place in zip(siblings, cosines.argmax(axis=1).tolist(), strict=True)
            }
    return nearest


def _prices_of_topics(tree: Tree, products: Products) -> Mapping[TopicId, str]:
    """Category -> the range of its prices in words, where most of its products have one."""
    prices = _prices(products)
    if not any(prices):
        return {}
    counts = defaultdict[TopicId, Counter[str]](Counter)
    assigned = tree.assignments
    for level in (assigned.level1, assigned.level2):
        for topic, price in compress(zip(level, prices, strict=True), prices):
            if topic is not None:
                counts[topic][price] += 1
    return dict(_ranges(counts, {topic.id: topic.size for topic in tree.taxonomy.topics}))


def _ranges(
    counts: Mapping[TopicId, Counter[str]], sizes: Mapping[TopicId, int]
) -> Iterator[tuple[TopicId, str]]:
    for topic, values in counts.items():
        numbers = mostly_numbers(values) if values.total() >= PRICED * sizes[topic] else None
        if numbers is not None:
            shown = range_of(_ordinary(numbers))
            same = shown.lowest == shown.highest
            words = f"at {shown.lowest}" if same else f"from {shown.lowest} to {shown.highest}"
            yield topic, f"priced {words}"


def _ordinary(numbers: Numbers) -> Numbers:
    """The numbers without the lowest and the highest few."""
    every = np.repeat(numbers.values, numbers.counts)
    low, high = np.quantile(every, ORDINARY_PRICES, method="nearest")
    kept = [low <= value <= high for value in numbers.values]
    return replace(
        numbers,
        values=tuple(compress(numbers.values, kept)),
        counts=tuple(compress(numbers.counts, kept)),
    )


def _prices(products: Products) -> list[str]:
    """What each product costs, as the shop wrote it; "" where that is not known."""
    step = math.ceil(len(products) / SAMPLED)
    sample = products.attributes[::step] if step else ()
    names = {name.casefold() for text in sample for name in attributes_from_json(text)}
    found = products.values_of(frozenset(filter(_is_price, names)))
    return [clean_text(values[0]) if values else "" for values in found]


def _is_price(name: str) -> bool:
    """Whether an attribute of this name says what a product costs."""
    plain = _BETWEEN_WORDS.sub(" ", name).strip()
    return plain in PRICE_NAMES or _CURRENCY.sub("", plain) in PRICE_NAMES
