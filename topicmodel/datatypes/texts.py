"""Texts, their vectors and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from topicmodel.datatypes.arrays import Flags, Floats, Integers
from topicmodel.datatypes.catalogue import Votes
from topicmodel.datatypes.products import Products

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True)
class Documents:
    """The distinct texts of a dump, and which product has which."""

    products: Products
    """With cleaned titles and without descriptions, which have become texts."""
    texts: Sequence[str]
    """Distinct texts, none of them empty, in an order that depends on their content only."""
    text_of_product: Integers
    """(n_products,), row in texts; -1 for a product without a text."""
    product_of_text: Integers
    """(n_texts,), row of the product that stands for the text: the one with the first id."""
    languages: Sequence[str]
    """ISO 639-1 codes, in the order of texts."""
    boilerplate: Sequence[str] = ()
    """Patterns of what was left out of the texts because unlike products share it."""
    n_stripped: int = 0
    """Products whose text lacks some of it."""


@dataclass(frozen=True)
class Embeddings:
    """Vectors of texts: unit length, (n_texts, n_dims), in the order of the texts."""

    vectors: Floats
    encoder: str
    """Identity of the encoder: everything that decides the vectors."""
    n_encoded: int
    """How many were encoded now; the others came from the cache, or from a student."""
    cascade: Cascade | None = None
    """Which vectors a student made; None where the encoder made all."""

    @property
    def encoded(self) -> Flags | None:
        """(n_texts,), which vectors the encoder made; None where it made all."""
        return None if self.cascade is None else self.cascade.encoded


@dataclass(frozen=True)
class Cascade:
    """Vectors that a student has made in the encoder's place, and texts to judge it by."""

    encoded: Flags
    """(n_texts,), which vectors the encoder made."""
    sampled: Flags
    """(n_texts,), which of these are of the random sample; the others were doubtful cases."""
    held_out: Integers
    """Rows of sampled texts on which the student was not trained."""
    drafts: Floats
    """(n_held_out, n_dims), unit length: the vectors that the student predicts for them."""
    trusted: Flags
    """(n_held_out,), whether the predicted vector would have been used."""


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    @property
    def identity(self) -> str:
        """Everything that decides the vectors: model, digest of weights, token limit, precision."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_dims), unit length, in the order of the texts."""


@dataclass(frozen=True)
class TermCounts:
    """How often each term stands in each text."""

    counts: sp.csr_matrix
    """(n_texts, n_terms), whole numbers."""
    terms: Sequence[str]
    """(n_terms,), as people write them."""

    def take(self, rows: Integers) -> TermCounts:
        """The counts of these texts only, (n_rows, n_terms)."""
        return TermCounts(self.counts[rows], self.terms)


@dataclass(frozen=True)
class Corpus:
    """Distinct texts as fits see them: what they mean and what they say."""

    vectors: Floats
    """(n_texts, n_dims), unit length."""
    words: TermCounts
    """Word counts of the same texts."""
    may_fit: Flags | None = None
    """(n_texts,), on which texts fits may be made; None where they may be made on all."""
    votes: Votes | None = None
    """On a catalogue of goods; None where none is used."""

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.vectors)

    def take(self, rows: Integers) -> Corpus:
        """These texts only, in this order; fits may be made on all of them."""
        votes = None if self.votes is None else self.votes.take(rows)
        return Corpus(self.vectors[rows], self.words.take(rows), votes=votes)

    def may_fit_of(self, rows: Integers) -> Flags | None:
        """(n_rows,), on which of these texts fits may be made; None where they may be on all."""
        return None if self.may_fit is None else self.may_fit[rows]
