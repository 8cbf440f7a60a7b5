"""Titles and texts of a topic's members -> the phrases that could name it.

A phrase is one to three words of a title, or one or two of a description, without brands and
colours. For each phrase it is known which titles and texts contain it, how often its noun is the
head of a title, whether the noun is a proper noun or has a plural, and how its words are spelt.
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

MIN_HEADNESS = 0.3
"""A proper noun, such as Kindle, names a kind of thing if its `headness` is at least this."""

MIN_TITLED = 0.05
"""Minimum `titled` of a noun; a lower value is typical of the general language of descriptions."""

_CONTAINERS = frozenset({"set", "sets", "kit", "kits", "bundle", "collection", "machine", "refill"})
"""Nouns that name a thing only together with its content or purpose, as in "tea set"."""

_AUDIENCES = frozenset(
    {"men", "women", "boys", "girls", "kids", "baby", "adults", "ladies", "children", "unisex"}
    | {"men's", "women's", "boy's", "girl's", "boys'", "girls'", "kid's", "kids'"}
)
"""Words that say who uses a product; none of them can be the noun of a name."""

MAJORITY = 0.5
"""A phrase belongs to a language, or puts the noun first, if more than this share of the texts that
contain it do."""


@dataclass(frozen=True)
class Phrases:
    """Phrases, the texts that contain them, and properties of their words.

    Sequences, arrays and columns of matrices are in the order of the phrases.
    """

    keys: Sequence[Phrase]
    """Words in the singular."""
    forms: Sequence[Phrase]
    """Each phrase in the form that the texts use most."""
    titles: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the title contains the phrase."""
    texts: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the text, including its title, contains the phrase."""
    heads: sp.csr_matrix
    """(n_texts, n_phrases), 1 where the phrase is the head of the title and says what the product
    is: it ends the title's first part, or begins it in a language that puts the noun first."""
    nouns: Sequence[int]
    """Index of the noun in each phrase: its last word, or its first in such a language."""
    headness: np.ndarray
    """(n_phrases,), 0 to 1: of the titles that contain the noun, the share with it as head."""
    titled: np.ndarray
    """(n_phrases,), 0 to 1: of the texts that contain the noun, the share with it in the title."""
    prose: np.ndarray
    """(n_phrases,), 0 to 1: of the titles that contain the noun, the share with it in the
    description too, in lower case. High for kinds of things, low for proper nouns."""
    names: np.ndarray
    """(n_phrases,), whether the noun is a proper noun, such as a brand."""
    vague: np.ndarray
    """(n_phrases,), 0 to 1: how little the words beside the noun tell about a topic. 1 for a proper
    noun, else how evenly the titles of all topics use the word; 0 for the noun alone."""
    english: np.ndarray
    """(n_phrases,), whether the texts with the phrase are in English."""
    plurals: Mapping[str, str]
    """Singular -> plural, for words that the texts use in the plural."""
    spellings: Mapping[str, str]
    """Lower case -> usual spelling, for words such as USB and iPhone."""

    @cached_property
    def noun_columns(self) -> Integers:
        """(n_phrases,), column of the noun as a phrase; the phrase's own where there is none."""
        column_of = {key: column for column, key in enumerate(self.keys)}
        columns = [
            column_of.get((key[noun],), column)
            for column, (key, noun) in enumerate(zip(self.keys, self.nouns, strict=True))
        ]
        return np.array(columns, dtype=np.int64)

    @cached_property
    def lengths(self) -> Integers:
        """(n_phrases,), number of words in each."""
        return np.array([len(key) for key in self.keys], dtype=np.int64)

    @cached_property
    def name_things(self) -> Flags:
        """(n_phrases,), whether the phrase names a kind of thing."""
        sound = np.array(
            [
                len(set(key)) == len(key)
                and key[noun] not in _AUDIENCES
                and (len(key) > 1 or key[noun] not in _CONTAINERS)
                for key, noun in zip(self.keys, self.nouns, strict=True)
            ],
            dtype=bool,
        )
        only_proper = self.names & (self.headness < MIN_HEADNESS)
        heads = (self.headness > 0) & (self.titled >= MIN_TITLED)
        return sound & heads & ~only_proper


def mine_phrases(wording: Wording, brands: Brands, topics: Integers) -> Phrases:
    """The phrases of some texts, without brands and colours.

    Args:
        brands: of the whole dump.
        topics: (n_texts,), number of the leaf of the tree that each text belongs to, from 0.
    """
    mined = Occurrences.of(wording, brands.words)
    columns = [
        column
        for column, (key, form) in enumerate(zip(mined.keys, mined.forms, strict=True))
        if not (brands.within(key) or brands.within(form))
    ]
    keys, titles, texts = (
        [mined.keys[column] for column in columns],
        mined.titles[:, columns],
        mined.texts[:, columns],
    )
    names = proper_nouns(wording.titles, wording.texts)
    first = _share(texts, [head_first(language) for language in wording.languages]) > MAJORITY
    indices = [0 if at_start else len(key) - 1 for at_start, key in zip(first, keys, strict=True)]
    nouns = [key[index] for key, index in zip(keys, indices, strict=True)]
    headness, titled = _noun_shares(mined.words, nouns)
    return Phrases(
        keys=keys,
        forms=[mined.forms[column] for column in columns],
        titles=titles,
        texts=texts,
        heads=mined.heads[:, columns],
        nouns=indices,
        headness=headness,
        titled=titled,
        prose=_prose(wording, mined.singulars, nouns),
        names=np.array([noun in names for noun in nouns], dtype=bool),
        vague=_vagueness(keys, indices, names, _evenness(titles, topics)),
        english=_share(texts, [language == "en" for language in wording.languages]) > MAJORITY,
        plurals=_usual_plurals(mined),
        spellings=_usual_spellings([*wording.titles, *wording.texts]),
    )


def _share(texts: sp.csr_matrix, flags: Sequence[bool]) -> np.ndarray:
    """(n_phrases,), 0 to 1: of the texts that contain each phrase, the share that is flagged."""
    counts = np.asarray(texts.sum(axis=0)).ravel()
    return np.asarray(texts.T @ np.array(flags, dtype=float) / np.maximum(counts, 1))


def _evenness(titles: sp.csr_matrix, topics: Integers) -> np.ndarray:
    """(n_phrases,), 0 to 1: how evenly the topics' titles use each phrase (normalised entropy)."""
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
    keys: Sequence[Phrase], nouns: Sequence[int], names: Set[str], evenness: np.ndarray
) -> np.ndarray:
    """`vague` of `Phrases`; the word beside the noun that tells least decides."""
    column_of = {key: column for column, key in enumerate(keys)}
    vague = np.zeros(len(keys))
    for column, (key, noun) in enumerate(zip(keys, nouns, strict=True)):
        beside = [word for index, word in enumerate(key) if index != noun]
        values = [
            1.0 if word in names else evenness[column_of[(word,)]]
            for word in beside
            if (word,) in column_of
        ]
        vague[column] = max(values, default=0.0)
    return vague


def _noun_shares(
    words: Mapping[str, tuple[int, int, int]], nouns: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """`headness` and `titled` of `Phrases`, from the counts of each noun in `Occurrences.words`."""
    counts = np.array([words[noun] for noun in nouns]).reshape(-1, 3).T
    titles, texts, heads = counts
    return heads / np.maximum(titles, 1), titles / np.maximum(texts, 1)


def _usual_plurals(mined: Occurrences) -> dict[str, str]:
    """Singular -> plural, where the plural is at least a fifth as frequent as the singular."""
    seen = mined.seen
    return {one: many for many, one in mined.singulars.items() if seen[many] * 5 >= seen[one]}


def _usual_spellings(texts: Sequence[str]) -> dict[str, str]:
    """Lower case -> most frequent spelling, where that is neither lower case nor capitalised."""
    # A text all in capitals does not tell how its words are spelt.
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
    """The word with a capital at its start and after each hyphen."""
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))


def _prose(wording: Wording, singulars: Mapping[str, str], words: Sequence[str]) -> np.ndarray:
    """`prose` of `Phrases`, for these words instead of the nouns: (n_words,), 0 to 1."""
    titled: Counter[str] = Counter()
    described: Counter[str] = Counter()

    def singular_words(text: str) -> set[str]:
        return {singulars.get(word, word) for word in set(LETTERS.findall(text))}

    for title, text in zip(wording.titles, wording.texts, strict=True):
        in_title = singular_words(title.lower())
        titled.update(in_title)
        described.update(in_title & singular_words(text.removeprefix(title)))
    return np.array([described[word] / max(titled[word], 1) for word in words])
