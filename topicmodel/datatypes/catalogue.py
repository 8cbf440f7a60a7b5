"""What is known of goods in general, and how texts vote on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from topicmodel.datatypes.arrays import Floats, Integers

if TYPE_CHECKING:
    import scipy.sparse as sp


BUNDLED = "bundled"
"""Source of the catalogue that comes with the package; any other is a menu of the user's own."""


@dataclass(frozen=True)
class Family:
    """Goods that a shop would put on one shelf."""

    department: str
    name: str
    """Unique in its department; the department's own name where the department has no families."""
    goods: tuple[str, ...]
    """What texts are compared with: at least one, each a word or a few."""


@dataclass(frozen=True)
class Catalogue:
    """A tree of departments, families and goods."""

    source: str
    """Where it comes from: `bundled`, or the name of the file."""
    families: tuple[Family, ...]
    """At least two; those of a department stand together."""
    digest: str
    """sha256 of all departments, families and goods, 64 hexadecimal digits."""

    @property
    def departments(self) -> list[str]:
        """Names of the departments, in the order of their first family."""
        return list(dict.fromkeys(family.department for family in self.families))


@dataclass(frozen=True)
class Votes:
    """How texts vote on the families of a catalogue, in two ways that make different mistakes."""

    by_vectors: sp.csr_matrix
    """(n_texts, n_families), not negative; a row adds up to 1: the share of each family in the
    goods that a text is similar to. Only the most similar goods count."""
    by_words: sp.csr_matrix
    """(n_texts, n_families), not negative: how much of the names of each family's goods stands in
    the title. A row without any is a text that abstains."""
    cosines: Floats
    """(n_texts,), of each text to the good that it is most similar to, scaled so that 0 is the mean
    of two goods and 1 is equality."""
    departments: Integers
    """(n_families,), number of the department of each family, from 0 without gaps."""
    n_goods: Integers
    """(n_families,), at least 1."""
    are_wanted: bool = False
    """Whether the families are the user's own categories, which no others replace."""

    def take(self, rows: Integers) -> Votes:
        """The votes of these texts only."""
        return Votes(
            self.by_vectors[rows],
            self.by_words[rows],
            self.cosines[rows],
            self.departments,
            self.n_goods,
            self.are_wanted,
        )
