"""Titles and texts of a topic's members -> the phrases that could name it.

A phrase is one to three words of a title, or one or two of a description. Brands and colours are
no part of one, nor do words end one that only ever are names. Each phrase is counted where it
stands, and what the words themselves tell is kept beside it: whether titles end with them, whether
they have a plural, and how people write them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Integers
from topicmodel.languages import head_first
from topicmodel.naming.brands import Brands, proper_nouns
from topicmodel.naming.wording import Wording
from topicmodel.words import (
    LETTERS,
    Phrase,
    count_matrix,
    cut,
    fold,
    fold_plurals,
    phrases,
    usual_forms,
)

if TYPE_CHECKING:
    import scipy.sparse as sp

FEW_TEXTS = 100
"""In fewer texts than this, a phrase that stands in only one title counts too."""

HALF = 0.5
"""Of the texts with a phrase; what more of them are, it is."""

LONGEST_IN_TITLE = 3
"""Words in a phrase."""

LONGEST_IN_TEXT = 2
"""Words in a phrase that no title has."""

_THINGS = frozenset({"box", "boxes", "can", "cans", "key", "keys", "weight", "weights"})
"""Words that name things in titles, and say nothing elsewhere."""

_TITLE_PART = re.compile(r"\s[-–|]+\s|[,()\[\]|:;/]|\b(?:for|with|in|by|from|of|compatible)\b")


@dataclass(frozen=True)
class Phrases:
    """Phrases, where they stand, and what their words tell; all in the same order."""

    keys: Sequence[Phrase]
    """Words in the singular."""
    forms: Sequence[Phrase]
    """As the texts use them most."""
    titles: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title has the phrase."""
    texts: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the text has it, its title included."""
    heads: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title says that the product is one: it ends the title's
    first part, or starts it in a language that puts the noun first."""
    nouns: Sequence[int]
    """Place of the noun in the phrase: its last word, or its first in such a language."""
    headness: np.ndarray
    """(n_phrases,), of the titles that have the noun, the share of which it is the head."""
    titled: np.ndarray
    """(n_phrases,), of the texts that have the noun, the share that has it in the title."""
    prose: np.ndarray
    """(n_phrases,), of the titles that have the noun, the share whose description has it too, in
    lower case: what a thing is called, not what this one is called."""
    names: np.ndarray
    """(n_phrases,), whether the noun is a name of its own, such as a brand."""
    vague: np.ndarray
    """(n_phrases,), 0 to 1: whether what stands beside the noun says little about a topic, since it
    is a name of its own or stands in the titles of all topics alike."""
    english: np.ndarray
    """(n_phrases,), whether the texts with the phrase are in English."""
    plurals: Mapping[str, str]
    """Singular -> plural, for nouns that the texts use in the plural."""
    spellings: Mapping[str, str]
    """Lower case -> as the texts write it, for words such as USB and iPhone."""


def mine_phrases(wording: Wording, brands: Brands, topics: Integers) -> Phrases:
    """The phrases of some texts, without brands and colours.

    Args:
        brands: of the whole dump.
        topics: (n_texts,), number of the leaf of the tree that each text is in, from 0.
    """
    found = _Found.of(wording, brands.words)
    keys = [
        key
        for key in _frequent(found)
        if not (brands.within(key) or brands.within(found.forms[key]))
    ]
    names = proper_nouns(wording.titles, wording.texts)
    titles = count_matrix(found.titles, keys)
    texts = count_matrix(found.texts, keys)
    heads = count_matrix(found.heads, keys)
    first = _share(texts, [head_first(language) for language in wording.languages]) > HALF
    places = [0 if at_start else len(key) - 1 for at_start, key in zip(first, keys, strict=True)]
    nouns = [key[place] for key, place in zip(keys, places, strict=True)]
    headness, titled = _noun_shares(found, nouns)
    return Phrases(
        keys=keys,
        forms=[found.forms[key] for key in keys],
        titles=titles,
        texts=texts,
        heads=heads,
        nouns=places,
        headness=headness,
        titled=titled,
        prose=_prose(wording, found, nouns),
        names=np.array([noun in names for noun in nouns], dtype=bool),
        vague=_vagueness(keys, places, names, _spread(titles, topics)),
        english=_share(texts, [language == "en" for language in wording.languages]) > HALF,
        plurals=_usual_plurals(found),
        spellings=_usual_spellings([*wording.titles, *wording.texts]),
    )


@dataclass(frozen=True)
class _Found:
    """The phrases of each text: in the singular, each once."""

    titles: Sequence[Mapping[Phrase, int]]
    texts: Sequence[Mapping[Phrase, int]]
    heads: Sequence[Mapping[Phrase, int]]
    forms: Mapping[Phrase, Phrase]
    """Singular phrase -> the form in which it is used most."""
    singulars: Mapping[str, str]
    seen: Counter[str]
    """How often each word stands in a title or text."""

    @classmethod
    def of(cls, wording: Wording, ending: Set[str]) -> _Found:
        titles, texts, heads = [], [], []
        for row, language in enumerate(wording.languages):
            title, text = wording.without_brands(row)
            titles.append(phrases(cut(title, language, ending, _THINGS), LONGEST_IN_TITLE))
            texts.append(phrases(cut(text, language, ending, _THINGS), LONGEST_IN_TITLE))
            heads.append(_heads(title, language, ending))
        seen = Counter(found[0] for row in [*titles, *texts] for found in row if len(found) == 1)
        singulars = fold_plurals(seen)
        return cls(
            titles=_folded(titles, singulars),
            texts=_folded(texts, singulars),
            heads=_folded(heads, singulars),
            forms=usual_forms([*titles, *texts], singulars),
            singulars=singulars,
            seen=seen,
        )


def _folded(
    rows: Sequence[Sequence[Phrase]], singulars: Mapping[str, str]
) -> list[dict[Phrase, int]]:
    return [{fold(phrase, singulars): 1 for phrase in row} for row in rows]


def _frequent(found: _Found) -> list[Phrase]:
    """Phrases of two titles or, if shorter, of three texts; of fewer in a small shop."""
    few = len(found.titles) < FEW_TEXTS
    in_titles = Counter(chain.from_iterable(found.titles))
    in_texts = Counter(key for row in found.texts for key in row if len(key) <= LONGEST_IN_TEXT)
    return sorted(
        {phrase for phrase, n in in_titles.items() if n >= (1 if few else 2)}
        | {phrase for phrase, n in in_texts.items() if n >= (2 if few else 3)}
    )


def _heads(title: str, language: str, ending: Set[str]) -> list[Phrase]:
    """One, two and three words that say what the product is."""
    parts = (cut(part, language, ending, _THINGS) for part in _TITLE_PART.split(title.lower()))
    runs: list[list[str]] = next((runs for runs in parts if runs), [[]])
    # The prepositions of other languages end a run, so what it is for stands in a later one.
    run = runs[-1] if language == "en" else runs[0]
    lengths = range(1, min(LONGEST_IN_TITLE, len(run)) + 1)
    return [tuple(run[:n] if head_first(language) else run[-n:]) for n in lengths]


def _share(texts: sp.csr_matrix, flags: Sequence[bool]) -> np.ndarray:
    """Of the texts with each phrase, the share that is flagged."""
    counts = np.asarray(texts.sum(axis=0)).ravel()
    return np.asarray(texts.T @ np.array(flags, dtype=float) / np.maximum(counts, 1))


def _spread(titles: sp.csr_matrix, topics: Integers) -> np.ndarray:
    """How evenly the topics' titles use each phrase, 0 to 1: entropy over topics."""
    import scipy.sparse as sp

    n_topics = int(topics.max(initial=0)) + 1
    if n_topics < 2:
        return np.zeros(titles.shape[1])
    sizes = np.bincount(topics, minlength=n_topics)
    shape = (n_topics, len(topics))
    mean = sp.csr_matrix((1 / sizes[topics], (topics, np.arange(len(topics)))), shape=shape)
    shares = (mean @ titles).toarray()
    shares /= np.maximum(shares.sum(axis=0), 1e-12)
    return np.asarray(-(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=0) / np.log(n_topics))


def _vagueness(
    keys: Sequence[Phrase], nouns: Sequence[int], names: Set[str], spread: np.ndarray
) -> np.ndarray:
    number = {key: column for column, key in enumerate(keys)}
    vague = np.zeros(len(keys))
    for column, (key, noun) in enumerate(zip(keys, nouns, strict=True)):
        beside = [word for place, word in enumerate(key) if place != noun]
        known = [
            1.0 if word in names else spread[number[(word,)]]
            for word in beside
            if (word,) in number
        ]
        vague[column] = max(known, default=0.0)
    return vague


def _noun_shares(found: _Found, nouns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Of the titles with each noun, the share of which it is the head; of the texts, of titles."""
    titles, texts, heads = (
        Counter(phrase[0] for row in rows for phrase in row if len(phrase) == 1)
        for rows in (found.titles, found.texts, found.heads)
    )
    headness = [heads[noun] / max(titles[noun], 1) for noun in nouns]
    titled = [titles[noun] / max(texts[noun], 1) for noun in nouns]
    return np.array(headness), np.array(titled)


def _usual_plurals(found: _Found) -> dict[str, str]:
    """Singular -> plural, where people do use the plural."""
    seen = found.seen
    return {one: many for many, one in found.singulars.items() if seen[many] * 5 >= seen[one]}


def _usual_spellings(texts: Sequence[str]) -> dict[str, str]:
    """Lower case -> usual spelling, for words that are written neither so nor like a name."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        if not text.isupper():  # which would tell nothing
            for word in LETTERS.findall(text):
                found[word.lower()][word] += 1
    usual = {lower: max(forms, key=lambda w: (forms[w], w)) for lower, forms in found.items()}
    plain = ({lower, capitalise(lower), lower.capitalize()} for lower in usual)
    return {
        lower: word
        for (lower, word), forms in zip(usual.items(), plain, strict=True)
        if word not in forms
    }


def capitalise(word: str) -> str:
    """A word in title case, and so its parts between hyphens."""
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _prose(wording: Wording, found: _Found, words: Sequence[str]) -> np.ndarray:
    """Of the titles that have each word, the share whose description has it in lower case."""
    titled: Counter[str] = Counter()
    described: Counter[str] = Counter()
    for title, text in zip(wording.titles, wording.texts, strict=True):
        fold_one = found.singulars.get
        in_title = {fold_one(word, word) for word in LETTERS.findall(title.lower())}
        below = {fold_one(word, word) for word in LETTERS.findall(text.removeprefix(title))}
        titled.update(in_title)
        described.update(in_title & below)
    return np.array([described[word] / max(titled[word], 1) for word in words])
