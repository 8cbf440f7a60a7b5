"""Words and phrases as one would count them by hand, text by text, in dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import scipy.sparse as sp

from topicmodel.datatypes import TermCounts
from topicmodel.text import Phrase, cut, fold_plurals


def phrases_within(runs: Iterable[Sequence[str]], longest: int) -> list[Phrase]:
    """All phrases of up to `longest` words within the runs."""
    return [
        tuple(run[start : start + length])
        for run in runs
        for start in range(len(run))
        for length in range(1, min(longest, len(run) - start) + 1)
    ]


def folded(phrase: Phrase, singulars: Mapping[str, str]) -> Phrase:
    """The phrase with its words in the singular."""
    return tuple(singulars.get(word, word) for word in phrase)


def count_one_by_one(texts: Sequence[str], languages: Sequence[str], least: int) -> TermCounts:
    """What `count_words` should count, of the terms of at least so many texts."""
    found = [
        phrases_within(cut(text, language), 2)
        for text, language in zip(texts, languages, strict=True)
    ]
    words = Counter(phrase[0] for row in found for phrase in row if len(phrase) == 1)
    singulars = fold_plurals(words)
    rows = [Counter(folded(phrase, singulars) for phrase in row) for row in found]
    n_texts = Counter(phrase for row in rows for phrase in row)
    keys = sorted(phrase for phrase, n in n_texts.items() if n >= least)
    forms = _usual_forms(found, singulars)
    column = {key: n for n, key in enumerate(keys)}
    counts = sp.dok_matrix((len(texts), len(keys)), dtype=np.int64)
    for place, row in enumerate(rows):
        for key in row.keys() & column.keys():
            counts[place, column[key]] = row[key]
    return TermCounts(counts.tocsr(), [" ".join(forms[key]) for key in keys])


def _usual_forms(
    found: Iterable[Sequence[Phrase]], singulars: Mapping[str, str]
) -> dict[Phrase, Phrase]:
    """Singular phrase -> the form in which it is used most."""
    forms: dict[Phrase, Counter[Phrase]] = {}
    for phrase, n in Counter(phrase for row in found for phrase in row).items():
        forms.setdefault(folded(phrase, singulars), Counter())[phrase] += n
    return {
        key: max(uses, key=lambda form, uses=uses: (uses[form], form))
        for key, uses in forms.items()
    }
