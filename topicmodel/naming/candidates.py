"""Names that categories could have: phrases of titles, and names that a catalogue of goods has.

They compete in one score, so all of them are told in the same way: which texts a name is true of.
A phrase is true of the texts whose titles contain it. A department, a family or a good is true of
the texts that vote for it, and of those whose titles contain its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Flags, Integers
from topicmodel.naming.catalogue_names import DEPARTMENT_NODE, CatalogueNames
from topicmodel.naming.form import comparison_key, content_words, write
from topicmodel.naming.ordinary import is_ordinary
from topicmodel.naming.phrases import Phrases

if TYPE_CHECKING:
    import scipy.sparse as sp

PHRASE = -0.5
"""Added to the score of a phrase: where a family says the same, its name is the safer one."""

NOT_ORDINARY = -20.0
"""Added to the score of a phrase with a word that may be a brand: it comes after all others."""

HEADNESS, PROSE, THIRD_WORD, VAGUE = 0.4, 0.35, 0.3, 0.3
"""Weights of what is known of a phrase by itself: how often titles end in its noun, how often
descriptions speak of it, whether it has a third word, and how little the words beside the noun
tell."""


@dataclass(frozen=True)
class Candidates:
    """Names and the texts that they are true of; columns and arrays are in the order of names."""

    names: Sequence[str]
    """Each once, however it is written."""
    meanings: Sequence[str]
    """What is encoded for each: the name itself, or the one that a catalogue has for it."""
    texts: sp.csr_matrix
    """(n_texts, n_names), 1 where the name is true of the text."""
    kinds: Integers
    """(n_names,), as in `CatalogueNames`; -1 for a phrase."""
    departments: Integers
    """(n_names,), number of the department in the catalogue; -1 for a phrase."""
    quality: npt.NDArray[np.float64]
    """(n_names,), how good a name it is by itself, as a part of its score."""
    homes: Sequence[frozenset[int]]
    """(n_names,), departments of the catalogue with goods that are called like the noun of a
    phrase; none where the catalogue does not know the noun, or the name is its own."""
    ordinary: Flags
    """(n_names,), whether the name consists of ordinary words."""

    @classmethod
    def of(cls, phrases: Phrases, known: CatalogueNames | None) -> Candidates:
        """All names of both sources; of names that look the same, that of the catalogue stays."""
        import scipy.sparse as sp

        columns = np.flatnonzero(phrases.name_things)
        ordinary = np.array([is_ordinary(phrases, n) for n in columns.tolist()], dtype=bool)
        names = [write(phrases, column) for column in columns.tolist()]
        texts = sp.csc_matrix(phrases.titles)[:, columns]
        quality = _quality(phrases)[columns] + np.where(ordinary, 0, NOT_ORDINARY)
        meanings = names
        kinds = departments = np.full(len(names), -1)
        homes = [frozenset[int]()] * len(names)
        if known is not None:
            names, meanings = [*known.names, *names], [*known.meanings, *names]
            texts = sp.hstack([known.texts, texts], format="csc")
            quality = np.concatenate([known.quality, quality])
            ordinary = np.concatenate([np.ones(len(known.names), dtype=bool), ordinary])
            kinds = np.concatenate([known.kinds, kinds])
            departments = np.concatenate([known.departments, departments])
            nouns = [phrases.keys[column][phrases.nouns[column]] for column in columns.tolist()]
            of_phrases = [known.homes.get(noun, frozenset()) for noun in nouns]
            homes = [*[frozenset[int]()] * len(known.names), *of_phrases]
        first, group = _first_of_each(names)
        merged = sp.csr_matrix(
            (np.ones(len(names)), (np.arange(len(names)), group)), shape=(len(names), len(first))
        )
        told = sp.csr_matrix(texts @ merged)
        told.data[:] = 1
        chosen, nodes = [names[n] for n in first], [homes[n] for n in first]
        return cls(
            names=chosen,
            meanings=[meanings[n] for n in first],
            texts=told,
            kinds=kinds[first],
            departments=departments[first],
            quality=quality[first],
            homes=nodes,
            ordinary=ordinary[first],
        )

    @cached_property
    def by_name(self) -> sp.csc_matrix:
        """`texts`, stored name by name."""
        return self.texts.tocsc()

    @cached_property
    def words(self) -> Sequence[frozenset[str]]:
        """(n_names,), the words of each that mean something, in the singular."""
        return [content_words(name) for name in self.names]

    @cached_property
    def strange(self) -> Flags:
        """(n_departments, n_names), whether only other departments have goods of this noun."""
        n_departments = int(self.departments.max(initial=-1)) + 1
        flags = np.zeros((n_departments, len(self.names)), dtype=bool)
        for column, departments in enumerate(self.homes):
            if departments:
                flags[:, column] = True
                flags[list(departments), column] = False
        return flags

    def may_be_half(self, column: int) -> bool:
        """Whether a name can be joined with another: ordinary, no department, not joined yet."""
        is_joined = any(mark in self.names[column] for mark in "&,")
        is_sound = not is_joined and bool(self.ordinary[column])
        return is_sound and int(self.kinds[column]) != DEPARTMENT_NODE

    def __len__(self) -> int:
        return len(self.names)


def _first_of_each(names: Sequence[str]) -> tuple[list[int], Integers]:
    """Of names that look the same the first, and for each name the number of its group."""
    groups: dict[str, int] = {}
    first: list[int] = []
    numbers = []
    for position, name in enumerate(names):
        key = comparison_key(name)
        if key not in groups:
            groups[key] = len(first)
            first.append(position)
        numbers.append(groups[key])
    return first, np.array(numbers, dtype=np.int64)


def _quality(phrases: Phrases) -> npt.NDArray[np.float64]:
    """(n_phrases,), how good a name each phrase is, whatever topic it is for."""
    quality: npt.NDArray[np.float64] = (
        PHRASE
        + HEADNESS * np.log(phrases.headness + 0.05)
        + PROSE * np.log(phrases.prose + 0.1)
        - THIRD_WORD * (phrases.lengths > 2)
        - VAGUE * phrases.vague
    )
    return quality
