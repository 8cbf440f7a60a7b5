"""Texts -> words and phrases that can describe a category, and counts of them.

A text is cut into runs of describing words. Stop words of its language, units, numbers and
punctuation end a run, so that no phrase reaches across them. Singular and plural count as one term,
shown in the form that the texts use most.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicmodel.datatypes import TermCounts
from topicmodel.languages import split_words, stop_words

if TYPE_CHECKING:
    import scipy.sparse as sp

Phrase: TypeAlias = tuple[str, ...]

FEW_TEXTS = 100
"""In fewer texts than this, a word that stands in only one of them counts too."""

LONGEST_TERM = 2
"""Words in a counted term."""

_MARKS = "".join(chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M")
"""Vowel signs and accents that follow a letter, which are no letters for Python."""

_BREAK = re.compile(rf"[^\w\s'’&{_MARKS}-]+|\s-+\s|_+")
_PART = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
LETTERS = re.compile(rf"{_PART}(?:['’-]{_PART})*\d?")
"""A word that describes: letters, with an apostrophe or hyphen within, and a digit at its end."""

_WORD = re.compile(rf"{LETTERS.pattern}(?=\s|$)|\S+")
_CONTRACTIONS = ("n't", "'re", "'ll", "'ve", "'m")

_UNIT_LIST = """
ml cl ltr litre litres liter liters l mg g gm gms gr gram grams kg kgs kilogram oz ounce ounces lb
lbs pound pounds mm cm cms m mtr meter meters metre metres inch inches ft feet yd w watt watts v
volt volts mah hz khz mhz ghz kb mb gb tb mp dpi rpm psi pc pcs piece pieces pk pkt pair pairs x xl
xxl xs s rs inr usd eur gbp xxxl no nos qty approx dia gsm denier
"""
UNITS = frozenset(_UNIT_LIST.split())
"""What things are measured or counted in."""

_SHOP_LIST = """
pack packs packet pcs combo offer offers price prices rs sale buy shop shopping online free shipping
delivery product products item items brand new best quality high good great perfect ideal suitable
available include includes included including feature features featuring specification
specifications model type size sizes color colors colour colours design designed style stylish
multicolor multicolour use used uses using easy easily comes make makes made day days year years
warranty guarantee cash genuine original details key number sales general box return returns order
orders website visit click description dimensions dimension width height length weight material
compatible image images shown store seller customer customers want need look looks love like help
helps helping provide provides keep keeps ensure ensures enjoy add adds gives giving let lets know
www http https com blog html replacement day code ideal occasion india indian usa imported official
assorted various premium classic super extra ultra
"""
_SHOP_WORDS = frozenset(_SHOP_LIST.split())


@cache
def plain_words(*languages: str) -> frozenset[str]:
    """Words that never describe a category: grammar, units, and what every shop says."""
    return UNITS.union(_SHOP_WORDS, *map(stop_words, languages))


def count_words(texts: Sequence[str], languages: Sequence[str]) -> TermCounts:
    """How often each word and pair of words stands in each text.

    Args:
        texts: what is embedded, one a document.
        languages: ISO 639-1 code of each text.
    """
    documents = [
        phrases(cut(text, language), LONGEST_TERM)
        for text, language in zip(texts, languages, strict=True)
    ]
    singulars = fold_plurals(
        Counter(word for terms in documents for (word, *more) in terms if not more)
    )
    return _count(documents, singulars, least=1 if len(texts) < FEW_TEXTS else 2)


def cut(
    text: str, language: str, ending: Set[str] = frozenset(), kept: Set[str] = frozenset()
) -> list[list[str]]:
    """Runs of describing words, lower case; whatever describes nothing ends a run.

    Args:
        ending: more words that end a run, such as brands.
        kept: words that do not, although they mostly describe nothing.
    """
    runs: list[list[str]] = [[]]
    for part in _BREAK.split(split_words(text.lower())):
        runs.append([])
        for word in _WORD.findall(part):
            if word in kept or (_describes(word, language) and word not in ending):
                runs[-1].append(word.replace("’", "'"))
            else:
                runs.append([])
    return [run for run in runs if run]


def phrases(runs: Sequence[Sequence[str]], longest: int) -> list[Phrase]:
    """All phrases of up to `longest` words within the runs."""
    return [
        tuple(run[start : start + length])
        for run in runs
        for start in range(len(run))
        for length in range(1, min(longest, len(run) - start) + 1)
    ]


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


@lru_cache(maxsize=2**18)
def _describes(word: str, language: str) -> bool:
    word = word.replace("’", "'")
    plain = word.removesuffix("'s")
    return (
        LETTERS.fullmatch(word) is not None
        and (len(plain) > 2 or not plain.isascii() or plain == "tv")
        and plain not in plain_words(language)
        and not word.endswith(_CONTRACTIONS)
    )


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


def _count(
    documents: Sequence[Sequence[Phrase]], singulars: Mapping[str, str], least: int
) -> TermCounts:
    """Count phrases under their singular; show each in the form that is used most."""
    rows = [Counter(fold(phrase, singulars) for phrase in found) for found in documents]
    n_documents = Counter(phrase for row in rows for phrase in row)
    keys = sorted(phrase for phrase, n in n_documents.items() if n >= least)
    forms = usual_forms(documents, singulars)
    return TermCounts(count_matrix(rows, keys), [" ".join(forms[key]) for key in keys])


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
