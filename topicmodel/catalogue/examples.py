"""Goods of the bundled catalogue as examples of a menu's families."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from topicmodel.catalogue.voting import mean_cosine
from topicmodel.datatypes import Catalogue, Family, Floats, Integers

LEAST_LIKENESS = 0.35
"""How like a family of the menu a bundled one must be, their departments included, where 0 is the
mean of two goods and 1 is equality. Below it, they have to do with each other only."""

LEAST_LEAD = 0.1
"""How much less like it the best family of any other department must be."""

LEAST_SHARE = 0.65
"""How like it must be without the departments, as a share of the bundled family that is most like
it: a shelf of baby food in the department for babies is no place for prams."""

MOST_EXAMPLES = 25
"""Examples of a family, as many as the bundled ones have: a family with far more draws what is not
its own."""

LEAST_GAIN = 0.15
"""How much more like another family of the department a single good must be to go there."""


@dataclass(frozen=True)
class _Likeness:
    """Scaled cosines of what is bundled to the families of a menu."""

    goods: Sequence[Floats]
    """Of the name and the goods of each bundled family: (1 + n_goods, n_menu_families)."""
    departments: Floats
    """Of the departments of the bundled families: (n_bundled_families, n_menu_families)."""

    @property
    def families(self) -> Floats:
        """(n_bundled_families, n_menu_families), half by the name and half by the mean of all."""
        families: Floats = np.array([(each[0] + each.mean(axis=0)) / 2 for each in self.goods])
        return families


def with_examples(
    menu: Catalogue, bundled: Catalogue, encode: Callable[[Sequence[str]], Floats]
) -> Catalogue:
    """The menu, whose families have the goods of the bundled families that match them.

    A menu names a family in a word or two; goods tell better what belongs there. Bundled families
    that match none are left out, so that products of their kind can become categories of their own.

    The digest stays that of the menu, by which a changed menu is known.

    Args:
        menu: the user's. Its own names stay the first of each family's goods.
        bundled: where the examples come from; nothing is added where it is the menu itself.
        encode: texts -> their vectors, (n, n_dims), unit length; it is called once.
    """
    if menu.digest == bundled.digest:
        return menu
    likeness = _compare(menu, bundled, encode)
    number = {name: n for n, name in enumerate(menu.departments)}
    departments = np.array([number[family.department] for family in menu.families])
    examples: list[list[tuple[float, str]]] = [[] for _ in menu.families]
    for family, rows, home in zip(
        bundled.families, likeness.goods, _homes(likeness, departments), strict=True
    ):
        if home >= 0:
            for good, row in zip(family.goods, rows[1:], strict=True):
                nearest = _nearest(row, home, departments)
                examples[nearest].append((float(row[nearest]), good))
    return replace(menu, families=tuple(map(_with_goods, menu.families, examples)))


def _compare(
    menu: Catalogue, bundled: Catalogue, encode: Callable[[Sequence[str]], Floats]
) -> _Likeness:
    names = [family.name for family in menu.families]
    above = [family.department for family in menu.families]
    paths = [f"{family.department} {family.name}" for family in menu.families]
    shelves = [[family.name, *family.goods] for family in bundled.families]
    goods, departments = list(chain(*shelves)), [family.department for family in bundled.families]
    distinct = list(dict.fromkeys([*names, *above, *paths, *goods, *departments]))
    vectors = dict(zip(distinct, encode(distinct), strict=True))
    # With many an encoder, any two goods have a high cosine: only the rest tells anything.
    typical = mean_cosine(_rows(goods, vectors))

    def scaled(texts: Sequence[str], others: Sequence[str]) -> Floats:
        scaled: Floats = (_rows(texts, vectors) @ _rows(others, vectors).T - typical) / (
            1 - typical
        )
        return scaled

    ends = np.cumsum([len(shelf) for shelf in shelves])
    return _Likeness(
        np.split((scaled(goods, names) + scaled(goods, paths)) / 2, ends[:-1]),
        np.maximum(scaled(departments, paths), scaled(departments, above)),
    )


def _rows(texts: Sequence[str], vectors: Mapping[str, Floats]) -> Floats:
    rows: Floats = np.array([vectors[text] for text in texts])
    return rows


def _homes(likeness: _Likeness, departments: Integers) -> Integers:
    """The menu's family that each bundled one matches, by its number; -1 for none.

    Two families that are each most like the other match whatever their departments are called:
    what is food in one shop is bread, drinks and pets in another. Of all others, the departments
    count too.

    Args:
        likeness: of all families.
        departments: (n_menu_families,), number of the department of each.
    """
    families = likeness.families
    whole: Floats = np.float32(0.5) * (families + likeness.departments)
    rows, homes = np.arange(len(families)), families.argmax(axis=1)
    is_mutual = families.argmax(axis=0)[homes] == rows
    is_mutual &= _lead(families, homes, departments) >= LEAST_LEAD
    homes = np.where(is_mutual, homes, whole.argmax(axis=1))
    lead = np.maximum(_lead(families, homes, departments), _lead(whole, homes, departments))
    is_match = (
        (np.where(is_mutual, families[rows, homes], whole[rows, homes]) >= LEAST_LIKENESS)
        & (lead >= LEAST_LEAD)
        & (families[rows, homes] >= LEAST_SHARE * families.max(axis=0)[homes])
    )
    matches: Integers = np.where(is_match, homes, -1)
    return matches


def _lead(likeness: Floats, homes: Integers, departments: Integers) -> Floats:
    """How much more like each bundled family its home is than any family of other departments."""
    elsewhere = departments != departments[homes][:, None]
    others = np.where(elsewhere, likeness, np.float32(-np.inf)).max(axis=1)
    lead: Floats = likeness[np.arange(len(homes)), homes] - others
    return lead


def _nearest(likeness: Floats, home: int, departments: Integers) -> int:
    """The family that a good goes to: its own one's, or a clearly better one beside that.

    Args:
        likeness: (n_menu_families,), of the good.
        home: the family that its own one matches.
        departments: (n_menu_families,), number of the department of each.
    """
    beside = np.flatnonzero(departments == departments[home])
    best = int(beside[likeness[beside].argmax()])
    return best if likeness[best] - likeness[home] >= LEAST_GAIN else int(home)


def _with_goods(family: Family, examples: Sequence[tuple[float, str]]) -> Family:
    """The family with those examples that are most like it, in their order."""
    most_like = set(sorted(examples, key=lambda each: -each[0])[:MOST_EXAMPLES])
    chosen = [example[1] for example in examples if example in most_like]
    goods = {good.casefold(): good for good in (*family.goods, *chosen)}
    return Family(family.department, family.name, tuple(goods.values()))
