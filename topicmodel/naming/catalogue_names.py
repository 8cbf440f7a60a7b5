"""Names that a catalogue of goods has for some texts, and the texts that they are true of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.catalogue.shares import best_families
from topicmodel.catalogue.words import incidence, numbered, stems_of
from topicmodel.datatypes import Catalogue, Floats, Integers, Votes
from topicmodel.naming.form import write_good
from topicmodel.naming.ordinary import nouns_of

if TYPE_CHECKING:
    import scipy.sparse as sp

GOOD = -1.0
"""Added to the score of a good's name: a good is rarely all that a category holds."""

WORD_OF_A_GOOD = -0.3
"""Added for each word of a good beyond the second."""

DEPARTMENT_NODE, FAMILY_NODE, GOOD_NODE = 0, 1, 2
"""Kinds of names that a catalogue has."""

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> unit vectors."""

_PART = re.compile(r",| & ")


@dataclass(frozen=True)
class ShopCatalogue:
    """A catalogue that the categories of a shop follow, as it speaks of the shop's texts."""

    catalogue: Catalogue
    votes: Votes
    """Of the texts."""
    translate: Callable[[str], str]
    """Name of a department or a family -> its name in the shop's language."""
    has_goods: bool = True
    """Whether the goods, too, are in the shop's language, and could be names."""

    def of(self, rows: Integers) -> ShopCatalogue:
        """What it says of some of the texts."""
        votes = self.votes.take(rows)
        return ShopCatalogue(self.catalogue, votes, self.translate, self.has_goods)


@dataclass(frozen=True)
class CatalogueNames:
    """Names of departments, families and goods; columns and arrays are in the order of names."""

    names: Sequence[str]
    """In the shop's language."""
    meanings: Sequence[str]
    """What to encode for each: its name in the catalogue, which the encoder may know better."""
    texts: sp.csr_matrix
    """(n_texts, n_names), 1 where the name is true of the text: it votes for the node, or its title
    has the words of a family or a good of the department that it votes for."""
    kinds: Integers
    """(n_names,), `DEPARTMENT_NODE`, `FAMILY_NODE` or `GOOD_NODE`."""
    departments: Integers
    """(n_names,), number of the department that each is or belongs to."""
    quality: Floats
    """(n_names,), how good a name each is by itself."""
    homes: Mapping[str, frozenset[int]]
    """Noun, in the singular -> departments with goods that are called so."""

    @classmethod
    def of(
        cls, shop: ShopCatalogue, titles: Sequence[str], vectors: Floats, encode: Encode
    ) -> CatalogueNames:
        """The names of a catalogue, told by texts.

        Args:
            shop: the catalogue, with the votes of the texts.
            titles: of the texts.
            vectors: (n_texts, n_dims), unit length.
            encode: texts to unit vectors; called once, with all goods, if they could be names.
        """
        import scipy.sparse as sp

        catalogue, votes = shop.catalogue, shop.votes
        families = best_families(votes)
        departments = votes.departments[families]
        of_families = [family.name for family in catalogue.families]
        titled = _Titles.of(titles)
        told = [
            _chosen(departments, len(catalogue.departments)),
            _chosen(families, len(of_families))
            + _within(titled.with_a_part(of_families), votes.departments, departments),
        ]
        meanings = [*catalogue.departments, *of_families]
        names = list(map(shop.translate, meanings))
        quality = [0.0] * len(names)
        homes = [np.arange(len(catalogue.departments)), votes.departments]
        if shop.has_goods:
            goods = [good for family in catalogue.families for good in family.goods]
            nearest = _nearest_goods(vectors, encode(goods), families, votes.n_goods)
            of_goods = np.repeat(votes.departments, votes.n_goods)
            told.append(
                _chosen(nearest, len(goods))
                + _within(titled.with_all_words(goods), of_goods, departments)
            )
            written = list(map(write_good, goods))
            names += written
            meanings += written
            quality += [GOOD + WORD_OF_A_GOOD * max(len(good.split()) - 2, 0) for good in goods]
            homes.append(of_goods)
        texts = sp.hstack(told, format="csr")
        texts.data[:] = 1
        kinds = np.repeat(np.arange(len(told)), [each.shape[1] for each in told])
        of_names = np.concatenate(homes)
        return cls(
            names, meanings, texts, kinds, of_names, np.array(quality, dtype=float), _homes(shop)
        )


def _homes(shop: ShopCatalogue) -> dict[str, frozenset[int]]:
    homes: defaultdict[str, set[int]] = defaultdict(set)
    if shop.has_goods:
        departments = shop.votes.departments.tolist()
        for family, department in zip(shop.catalogue.families, departments, strict=True):
            for name in (family.department, family.name, *family.goods):
                for noun in nouns_of(name):
                    homes[noun].add(department)
    return {noun: frozenset(departments) for noun, departments in homes.items()}


def _chosen(nodes: Integers, n_nodes: int) -> sp.csr_matrix:
    """(n_texts, n_nodes), 1 for the node of each text."""
    import scipy.sparse as sp

    ones, starts = np.ones(len(nodes)), np.arange(len(nodes) + 1)
    return sp.csr_matrix((ones, nodes, starts), shape=(len(nodes), n_nodes))


def _within(told: sp.csr_matrix, of_names: Integers, departments: Integers) -> sp.csr_matrix:
    """What is told of texts, as far as a name belongs to the department that the text votes for."""
    import scipy.sparse as sp

    cells = told.tocoo()
    inside = of_names[cells.col] == departments[cells.row]
    rows, columns = cells.row[inside], cells.col[inside]
    return sp.csr_matrix((cells.data[inside], (rows, columns)), shape=told.shape)


def _nearest_goods(
    vectors: Floats, goods: Floats, families: Integers, n_goods: Integers
) -> Integers:
    """(n_texts,), the nearest good in the family of each text."""
    ends = np.cumsum(n_goods)
    nearest = np.empty(len(families), dtype=np.int64)
    for family in np.unique(families).tolist():
        rows = np.flatnonzero(families == family)
        first = int(ends[family] - n_goods[family])
        nearest[rows] = first + (vectors[rows] @ goods[first : ends[family]].T).argmax(axis=1)
    return nearest


@dataclass(frozen=True)
class _Titles:
    """Which titles have which words, compared by their stems."""

    columns: dict[str, int]
    found: sp.csr_matrix
    """(n_titles, n_words), 1 where a title has a word."""

    @classmethod
    def of(cls, titles: Sequence[str]) -> _Titles:
        words = list(map(stems_of, titles))
        columns = numbered(words)
        return cls(columns, incidence(words, columns))

    def with_all_words(self, names: Sequence[str]) -> sp.csr_matrix:
        """(n_titles, n_names), 1 where a title has all words of a name."""
        words = list(map(stems_of, names))
        held = (self.found @ incidence(words, self.columns).T).tocsr()
        wanted = np.array([len(each) for each in words])
        held.data = (held.data >= wanted[held.indices]).astype(float)
        held.eliminate_zeros()
        return held

    def with_a_part(self, names: Sequence[str]) -> sp.csr_matrix:
        """(n_titles, n_names), 1 where a title has all words of a part, as of "Cups & Mugs"."""
        import scipy.sparse as sp

        parts = [(owner, part) for owner, name in enumerate(names) for part in _PART.split(name)]
        owners = np.array([owner for owner, _ in parts])
        member = sp.csr_matrix(
            (np.ones(len(parts)), (np.arange(len(parts)), owners)), shape=(len(parts), len(names))
        )
        return sp.csr_matrix(self.with_all_words([part for _, part in parts]) @ member)
