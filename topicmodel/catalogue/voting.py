"""Texts -> their votes on the families of a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from topicmodel.catalogue.words import incidence, numbered, stems_of
from topicmodel.datatypes import BUNDLED, Catalogue, Floats, Integers, Votes

if TYPE_CHECKING:
    import scipy.sparse as sp

TEMPERATURE = 0.07
"""Of the softmax over the goods, on cosines that are scaled so that 0 is the mean of two goods and
1 is equality. With the bundled encoder this is .06 of a plain cosine; .04 to .1 do equally well."""

FARTHEST = 4.0
"""Goods whose similarity is so many temperatures below the largest do not count. Each would weigh
less than 2 % of the best, but there are thousands of them."""

TEXTS_AT_ONCE = 2048
"""Texts that are compared with all goods at once, to limit memory."""


def vote(vectors: Floats, titles: Sequence[str], catalogue: Catalogue, goods: Floats) -> Votes:
    """The votes of texts.

    Args:
        vectors: (n_texts, n_dims), unit length.
        titles: of the same texts; "" where there is none.
        catalogue: what they vote on.
        goods: (n_goods, n_dims), unit length, of the goods of all families in their order.
    """
    families = catalogue.families
    n_goods = np.array([len(family.goods) for family in families])
    by_vectors, cosines = _by_vectors(vectors, goods, n_goods)
    departments = {name: number for number, name in enumerate(catalogue.departments)}
    return Votes(
        by_vectors,
        _by_words(titles, [good for family in families for good in family.goods], n_goods),
        cosines,
        np.array([departments[family.department] for family in families]),
        n_goods,
        are_wanted=catalogue.source != BUNDLED,
    )


def _by_vectors(vectors: Floats, goods: Floats, n_goods: Integers) -> tuple[sp.csr_matrix, Floats]:
    """Share of each family in the goods near each text, and the scaled cosine of the nearest."""
    import scipy.sparse as sp

    starts = np.cumsum(n_goods) - n_goods
    typical = mean_cosine(goods)
    # Another encoder may give two unrelated goods a cosine of .8: only the rest tells anything.
    columns = np.ascontiguousarray(goods.T / np.float32((1 - typical) * TEMPERATURE))
    parts, cosines = [], np.empty(len(vectors), dtype=np.float32)
    for first in range(0, len(vectors), TEXTS_AT_ONCE):
        block = slice(first, first + TEXTS_AT_ONCE)
        weights = vectors[block] @ columns
        largest = weights.max(axis=1, keepdims=True)
        cosines[block] = largest[:, 0] * TEMPERATURE - typical / (1 - typical)
        weights -= largest
        weights[weights < -FARTHEST] = -np.inf
        np.exp(weights, out=weights)
        shares = np.add.reduceat(weights, starts, axis=1)
        parts.append(sp.csr_matrix(shares / shares.sum(axis=1, keepdims=True)))
    none = sp.csr_matrix((0, len(n_goods)), dtype=np.float32)
    return sp.vstack([none, *parts], format="csr"), cosines


def mean_cosine(goods: Floats) -> float:
    """Mean cosine of two different goods; at most .95, lest equal vectors divide by zero."""
    n = len(goods)
    total = float(np.square(goods.sum(axis=0, dtype=np.float64)).sum())
    return min((total - n) / max(n * (n - 1), 1), 0.95)


def _by_words(titles: Sequence[str], goods: Sequence[str], n_goods: Integers) -> sp.csr_matrix:
    """How much of the names of each family's goods stands in each title.

    A good gets the square of the share of its name that the title holds, times the root of what
    its name weighs. Words weigh the more, the fewer families and the fewer titles have them.
    """
    import scipy.sparse as sp

    words_of_goods = list(map(stems_of, goods))
    columns = numbered(words_of_goods)
    names = incidence(words_of_goods, columns)
    found = incidence(list(map(stems_of, titles)), columns)
    of_family = _members(n_goods)
    weights = _rarity(of_family @ names > 0) * _rarity(found)
    total = names @ weights
    shares = sp.diags_array(1 / np.maximum(total, 1e-9)) @ names @ sp.diags_array(weights)
    coverage = sp.csr_matrix(found @ sp.csr_matrix(shares).T)
    coverage.data **= 2
    votes = coverage @ sp.diags_array(np.sqrt(total)) @ of_family.T
    return sp.csr_matrix(votes.astype(np.float32))


def _members(n_goods: Integers) -> sp.csr_matrix:
    """(n_families, n_goods), 1 where a good is of a family."""
    import scipy.sparse as sp

    starts, n_all = np.concatenate([[0], np.cumsum(n_goods)]), int(n_goods.sum())
    ones = np.ones(n_all, dtype=np.float32)
    return sp.csr_matrix((ones, np.arange(n_all), starts), shape=(len(n_goods), n_all))


def _rarity(found: sp.csr_matrix) -> npt.NDArray[np.float64]:
    """Inverse document frequency of each word, (n_words,): 1 for one that no text has."""
    n_texts, n_found = max(found.shape[0], 1), np.asarray(found.sum(axis=0)).ravel()
    rarity: npt.NDArray[np.float64] = np.log1p(n_texts / np.maximum(n_found, 1)) / np.log1p(n_texts)
    return rarity
