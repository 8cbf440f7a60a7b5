"""Texts and titles -> counts of the words and phrases that can describe a category.

Every text is cut into words here, once; all levels and names are sums of rows of these counts.
Stop words, units, numbers and punctuation end a phrase, so that none reaches across them.
Singular and plural count as one term, shown in the form that the texts use most.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicmodel.datatypes import TermCounts, Words

if TYPE_CHECKING:
    import scipy.sparse as sp

Phrase: TypeAlias = tuple[str, ...]

FEW_TEXTS = 100
"""In fewer texts than this, a word that stands in only one of them counts too."""

_MARKS = "".join(chr(n) for n in range(0x300, 0x10000) if unicodedata.category(chr(n))[0] == "M")
"""Vowel signs and accents that follow a letter, which are no letters for Python."""

_BREAK = re.compile(rf"[^\w\s'’&{_MARKS}-]+|\s-+\s|_+")
_TITLE_PART = re.compile(r"\s[-–|]+\s|[,()\[\]|:;/]|\b(?:for|with|in|by|from|of|compatible)\b")
_PART = rf"[^\W\d_]+(?:[{_MARKS}]+[^\W\d_]*)*"
_LETTERS = re.compile(rf"{_PART}(?:['’-]{_PART})*\d?")
_WORD = re.compile(rf"{_LETTERS.pattern}(?=\s|$)|\S+")
_CONTRACTIONS = ("n't", "'re", "'ll", "'ve", "'m")

_UNITS = """
ml cl ltr litre litres liter liters l mg g gm gms gr gram grams kg kgs kilogram oz ounce ounces lb
lbs pound pounds mm cm cms m mtr meter meters metre metres inch inches ft feet yd w watt watts v
volt volts mah hz khz mhz ghz kb mb gb tb mp dpi rpm psi pc pcs piece pieces pk pkt pair pairs x xl
xxl xs s rs inr usd eur gbp xxxl no nos qty approx dia gsm denier
"""
_SHOP_WORDS = """
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
_PRODUCT_WORDS = frozenset({"bill", "bottom", "fire", "interest", "part", "system", "top"})
"""Stop words in the general list that name things in a shop."""


@cache
def stop_words() -> frozenset[str]:
    """Words that never describe a category: grammar, units, and what every shop says."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    general = frozenset(ENGLISH_STOP_WORDS) - _PRODUCT_WORDS
    return general | frozenset(_UNITS.split()) | frozenset(_SHOP_WORDS.split())


def count_words(texts: Sequence[str], titles: Sequence[str], modifiers: Sequence[str]) -> Words:
    """Count words and phrases.

    Args:
        texts: what is embedded, one a document.
        titles: the title of the same documents.
        modifiers: brand and colour of the same documents, or "". Words of titles that mostly are
            such end a phrase, as stop words do.
    """
    excluded = _modifying_words(titles, modifiers)
    body = [_runs(text) for text in texts]
    heads = [_runs(title, excluded) for title in titles]
    seen = Counter(word for runs in body + heads for run in runs for word in run)
    singulars = _fold_plurals(seen)
    least = 1 if len(texts) < FEW_TEXTS else 2
    body_counts, _ = _count([_phrases(runs, 2) for runs in body], singulars, least)
    title_phrases = [list(dict.fromkeys(_phrases(runs, 3))) for runs in heads]
    title_counts, keys = _count(title_phrases, singulars, least)
    endings = [_folded(_endings(title, excluded), singulars) for title in titles]
    return Words(
        body=body_counts,
        titles=title_counts,
        heads=TermCounts(_matrix(endings, keys), title_counts.terms),
        plurals=_usual_plurals(singulars, seen),
        spellings=_usual_spellings(titles),
    )


def _modifying_words(titles: Sequence[str], modifiers: Sequence[str]) -> frozenset[str]:
    """Words that, where titles use them, mostly are part of the product's own brand or colour."""
    everywhere: Counter[str] = Counter()
    modifying: Counter[str] = Counter()
    for title, modifier in zip(titles, modifiers, strict=True):
        words = {word for run in _runs(title) for word in run}
        everywhere.update(words)
        modifying.update(words & {word for run in _runs(modifier) for word in run})
    return frozenset(word for word, n in modifying.items() if 2 * n >= everywhere[word])


def _runs(text: str, excluded: frozenset[str] = frozenset()) -> list[list[str]]:
    """Runs of describing words, lower case; whatever describes nothing ends a run."""
    runs: list[list[str]] = [[]]
    for part in _BREAK.split(text.lower()):
        runs.append([])
        for word in _WORD.findall(part):
            if _describes(word) and word not in excluded:
                runs[-1].append(word.replace("’", "'"))
            else:
                runs.append([])
    return [run for run in runs if run]


@cache
def _describes(word: str) -> bool:
    word = word.replace("’", "'")
    plain = word.removesuffix("'s")
    return (
        _LETTERS.fullmatch(word) is not None
        and (len(plain) > 2 or not plain.isascii() or plain in ("tv", "pc"))
        and plain not in stop_words()
        and not word.endswith(_CONTRACTIONS)
    )


def _phrases(runs: Sequence[Sequence[str]], longest: int) -> list[Phrase]:
    return [
        tuple(run[start : start + length])
        for run in runs
        for start in range(len(run))
        for length in range(1, min(longest, len(run) - start) + 1)
    ]


def _endings(title: str, excluded: frozenset[str]) -> list[Phrase]:
    """The last one, two and three words of a title's first part: what the product is."""
    parts = (_runs(part, excluded) for part in _TITLE_PART.split(title.lower()))
    last = next((runs[-1] for runs in parts if runs), [])
    return [tuple(last[-length:]) for length in range(1, min(3, len(last)) + 1)]


def _fold_plurals(seen: Counter[str]) -> dict[str, str]:
    """Plural -> singular, for words of which the texts use both."""
    folded = {}
    for word, count in seen.items():
        for singular in _singulars(word):
            # A rare look-alike (gas, ga) is chance, not a singular.
            if seen[singular] * 50 >= count:
                folded[word] = singular
                break
    return folded


def _singulars(word: str) -> list[str]:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return []
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    if word.endswith("ves"):
        return [word[:-1], word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        return [word[:-2], word[:-1]]
    return [word[:-1]]


def _usual_plurals(singulars: Mapping[str, str], seen: Counter[str]) -> dict[str, str]:
    """Singular -> plural, where people do use the plural."""
    return {one: many for many, one in singulars.items() if seen[many] * 20 >= seen[one]}


def _usual_spellings(titles: Sequence[str]) -> dict[str, str]:
    """Lower case -> usual spelling, for words that are written neither so nor like a name."""
    found: dict[str, Counter[str]] = {}
    for title in titles:
        if not title.isupper():  # which would tell nothing
            for word in _LETTERS.findall(title):
                found.setdefault(word.lower(), Counter())[word] += 1
    usual = {lower: max(forms, key=lambda w: (forms[w], w)) for lower, forms in found.items()}
    return {lower: word for lower, word in usual.items() if not word[1:].islower() and word[1:]}


def _count(
    documents: Sequence[Sequence[Phrase]], singulars: Mapping[str, str], least: int
) -> tuple[TermCounts, list[Phrase]]:
    """Count phrases under their singular; show each in the form that is used most.

    Returns the counts, and the singular phrase of each column.
    """
    rows = [_folded(phrases, singulars) for phrases in documents]
    n_documents = Counter(phrase for row in rows for phrase in row)
    keys = sorted(phrase for phrase, n in n_documents.items() if n >= least)
    forms: dict[Phrase, Counter[Phrase]] = {key: Counter() for key in keys}
    for phrase, n in Counter(phrase for phrases in documents for phrase in phrases).items():
        key = _singular(phrase, singulars)
        if key in forms:
            forms[key][phrase] += n
    return TermCounts(_matrix(rows, keys), [_usual_form(forms[key]) for key in keys]), keys


def _folded(phrases: Iterable[Phrase], singulars: Mapping[str, str]) -> Counter[Phrase]:
    return Counter(_singular(phrase, singulars) for phrase in phrases)


def _singular(phrase: Phrase, singulars: Mapping[str, str]) -> Phrase:
    return tuple(singulars.get(word, word) for word in phrase)


def _matrix(rows: Sequence[Counter[Phrase]], keys: Sequence[Phrase]) -> sp.csr_matrix:
    import scipy.sparse as sp

    number = {key: column for column, key in enumerate(keys)}
    entries = [[(number[key], n) for key, n in row.items() if key in number] for row in rows]
    starts = np.cumsum([0, *map(len, entries)])
    flat = np.array([entry for row in entries for entry in row], dtype=np.int64).reshape(-1, 2)
    shape = (len(rows), len(keys))
    return sp.csr_matrix((flat[:, 1], flat[:, 0], starts), shape=shape)


def _usual_form(forms: Counter[Phrase]) -> str:
    return " ".join(max(forms.items(), key=lambda item: (item[1], item[0]))[0])
