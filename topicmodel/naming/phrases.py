"""Titles and texts of a topic's members -> the phrases that could name it.

A phrase is one to three words of a title, or one or two of a description. Brands and colours are
no part of one, nor do words end one that only ever are names. Each phrase is counted where it
stands, and what the words themselves tell is kept beside it: whether titles end with them, whether
they have a plural, and how people write them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import Flags, Integers
from topicmodel.naming.brands import Brands, proper_nouns
from topicmodel.naming.occurrences import Occurrences
from topicmodel.naming.wording import Wording
from topicmodel.text import LETTERS, Phrase
from topicmodel.text.languages import head_first

if TYPE_CHECKING:
    import scipy.sparse as sp

OFTEN_HEAD = 0.3
"""A name of its own, such as Kindle, that heads so many titles is what the thing is called."""

LEAST_TITLED = 0.05
"""Words that are rarer in titles, relative to texts, are how shops talk."""

_CONTAINERS = frozenset({"set", "sets", "kit", "kits", "bundle", "collection", "machine", "refill"})
"""Words that name a thing only together with what is in it, or what it is for."""

_AUDIENCES = frozenset(
    {"men", "women", "boys", "girls", "kids", "baby", "adults", "ladies", "children", "unisex"}
    | {"men's", "women's", "boy's", "girl's", "boys'", "girls'", "kid's", "kids'"}
)
"""Words that say whom a thing is for, so that they are no noun of a name."""

HALF = 0.5
"""Of the texts with a phrase; what more of them are, it is."""


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

    @cached_property
    def noun_columns(self) -> Integers:
        """(n_phrases,), the phrase that is nothing but the noun; itself where there is none."""
        number = {key: column for column, key in enumerate(self.keys)}
        found = [
            number.get((key[at],), column)
            for column, (key, at) in enumerate(zip(self.keys, self.nouns, strict=True))
        ]
        return np.array(found, dtype=np.int64)

    @cached_property
    def lengths(self) -> Integers:
        """(n_phrases,), words in each."""
        return np.array([len(key) for key in self.keys], dtype=np.int64)

    @cached_property
    def name_things(self) -> Flags:
        """(n_phrases,), whether the phrase names a kind of thing."""
        sound = np.array(
            [
                len(set(key)) == len(key)
                and key[at] not in _AUDIENCES
                and (len(key) > 1 or key[at] not in _CONTAINERS)
                for key, at in zip(self.keys, self.nouns, strict=True)
            ],
            dtype=bool,
        )
        own_names = self.names & (self.headness < OFTEN_HEAD)
        heads = (self.headness > 0) & (self.titled >= LEAST_TITLED)
        return sound & heads & ~own_names


def mine_phrases(wording: Wording, brands: Brands, topics: Integers) -> Phrases:
    """The phrases of some texts, without brands and colours.

    Args:
        brands: of the whole dump.
        topics: (n_texts,), number of the leaf of the tree that each text is in, from 0.
    """
    found = Occurrences.of(wording, brands.words)
    own = [
        column
        for column, (key, form) in enumerate(zip(found.keys, found.forms, strict=True))
        if not (brands.within(key) or brands.within(form))
    ]
    keys, titles, texts = (
        [found.keys[column] for column in own],
        found.titles[:, own],
        found.texts[:, own],
    )
    names = proper_nouns(wording.titles, wording.texts)
    first = _share(texts, [head_first(language) for language in wording.languages]) > HALF
    places = [0 if at_start else len(key) - 1 for at_start, key in zip(first, keys, strict=True)]
    nouns = [key[place] for key, place in zip(keys, places, strict=True)]
    headness, titled = _noun_shares(found.words, nouns)
    return Phrases(
        keys=keys,
        forms=[found.forms[column] for column in own],
        titles=titles,
        texts=texts,
        heads=found.heads[:, own],
        nouns=places,
        headness=headness,
        titled=titled,
        prose=_prose(wording, found.singulars, nouns),
        names=np.array([noun in names for noun in nouns], dtype=bool),
        vague=_vagueness(keys, places, names, _spread(titles, topics)),
        english=_share(texts, [language == "en" for language in wording.languages]) > HALF,
        plurals=_usual_plurals(found),
        spellings=_usual_spellings([*wording.titles, *wording.texts]),
    )


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


def _noun_shares(
    words: Mapping[str, tuple[int, int, int]], nouns: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Of the titles with each noun, the share of which it is the head; of the texts, of titles."""
    counts = np.array([words[noun] for noun in nouns]).reshape(-1, 3).T
    titles, texts, heads = counts
    return heads / np.maximum(titles, 1), titles / np.maximum(texts, 1)


def _usual_plurals(found: Occurrences) -> dict[str, str]:
    """Singular -> plural, where people do use the plural."""
    seen = found.seen
    return {one: many for many, one in found.singulars.items() if seen[many] * 5 >= seen[one]}


def _usual_spellings(texts: Sequence[str]) -> dict[str, str]:
    """Lower case -> usual spelling, for words that are written neither so nor like a name."""
    # What is all in capitals would tell nothing.
    written = Counter(
        chain.from_iterable(LETTERS.findall(text) for text in texts if not text.isupper())
    )
    usual: dict[str, str] = {}
    for word in written:
        best = usual.setdefault(word.lower(), word)
        usual[word.lower()] = max(best, word, key=lambda form: (written[form], form))
    plain = ({lower, capitalise(lower), lower.capitalize()} for lower in usual)
    return {
        lower: word
        for (lower, word), forms in zip(usual.items(), plain, strict=True)
        if word not in forms
    }


def capitalise(word: str) -> str:
    """A word in title case, and so its parts between hyphens."""
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _prose(wording: Wording, singulars: Mapping[str, str], words: Sequence[str]) -> np.ndarray:
    """Of the titles that have each word, the share whose description has it in lower case."""
    titled: Counter[str] = Counter()
    described: Counter[str] = Counter()

    def singular_words(text: str) -> set[str]:
        return {singulars.get(word, word) for word in set(LETTERS.findall(text))}

    for title, text in zip(wording.titles, wording.texts, strict=True):
        in_title = singular_words(title.lower())
        titled.update(in_title)
        described.update(in_title & singular_words(text.removeprefix(title)))
    return np.array([described[word] / max(titled[word], 1) for word in words])
