"""Words and phrases that people write in several forms -> one form of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.text.tokens import Phrase

if TYPE_CHECKING:
    import scipy.sparse as sp


def fold_plurals(seen: Counter[str]) -> dict[str, str]:
    """Plural -> singular, for words of which the texts use both."""
    folded = {}
    for word, count in seen.items():
        for singular in _singulars(word):
            # A rare look-alike (gas, ga) is chance, not a singular.
            if seen[singular] * 50 >= count:
                folded[word] = singular
                break
    return folded


def fold(phrase: Phrase, singulars: Mapping[str, str]) -> Phrase:
    """The phrase with its words in the singular."""
    return tuple(singulars.get(word, word) for word in phrase)


def count_matrix(rows: Sequence[Mapping[Phrase, int]], keys: Sequence[Phrase]) -> sp.csr_matrix:
    """(n_rows, n_keys), how often each key stands in each row; other phrases are left out."""
    import scipy.sparse as sp

    number = {key: column for column, key in enumerate(keys)}
    entries = [[(number[key], n) for key, n in row.items() if key in number] for row in rows]
    starts = np.cumsum([0, *map(len, entries)])
    flat = np.array([entry for row in entries for entry in row], dtype=np.int64).reshape(-1, 2)
    shape = (len(rows), len(keys))
    return sp.csr_matrix((flat[:, 1], flat[:, 0], starts), shape=shape)


def usual_forms(
    documents: Iterable[Sequence[Phrase]], singulars: Mapping[str, str]
) -> dict[Phrase, Phrase]:
    """Singular phrase -> the form in which it is used most."""
    forms: dict[Phrase, Counter[Phrase]] = {}
    for phrase, n in Counter(phrase for found in documents for phrase in found).items():
        forms.setdefault(fold(phrase, singulars), Counter())[phrase] += n
    return {
        key: max(found.items(), key=lambda item: (item[1], item[0]))[0]
        for key, found in forms.items()
    }


def _singulars(word: str) -> list[str]:
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return []
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    if word.endswith("ves"):
        return [word[:-1], word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        return [word[:-2], word[:-1]]
    return [word[:-1]]
