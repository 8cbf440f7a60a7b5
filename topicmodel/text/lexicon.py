"""Ordinary English words: which are known, which are nouns, and which nouns have no plural.

Source: the SPECIALIST lexicon of general and technical English, as the package lemminflect has it.
It lists no brands and no product lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache


def is_known(word: str) -> bool:
    """Whether a word, lower case and in any form, is an ordinary one; so are hyphenated ones."""
    parts = [part for part in word.removesuffix("'s").split("-") if part]
    return bool(_lemmas(word)) or (len(parts) > 1 and all(map(is_known, parts)))


def is_noun(word: str) -> bool:
    """Whether a word, lower case, is a noun, in the singular or the plural."""
    return "NOUN" in _lemmas(word.rsplit("-", 1)[-1])


def is_adjective(word: str) -> bool:
    """Whether a word, lower case, is an adjective, whatever else it is."""
    return "ADJ" in _lemmas(word)


def is_mass(noun: str) -> bool:
    """Whether an English noun, lower case and in the singular, has no plural of its own."""
    plurals = _forms(noun).get("NNS", ())
    return tuple(plurals) == (noun,)


@lru_cache(maxsize=2**16)
def _lemmas(word: str) -> Mapping[str, Sequence[str]]:
    import lemminflect

    lemmas: Mapping[str, Sequence[str]] = lemminflect.getAllLemmas(word)
    return lemmas


@lru_cache(maxsize=2**16)
def _forms(noun: str) -> Mapping[str, Sequence[str]]:
    import lemminflect

    forms: Mapping[str, Sequence[str]] = lemminflect.getAllInflections(noun, upos="NOUN")
    return forms
