"""How a name is written, and which texts are not valid names."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache

from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.naming.brands import Brands
from topicmodel.naming.phrases import Phrases, capitalise
from topicmodel.text import LETTERS, UNITS
from topicmodel.text.languages import split_words
from topicmodel.text.plurals import is_uncountable, plural, singular

SHORTEST_NAME = 2
"""Minimum characters of a name; the maximum is `LONGEST_MADE_NAME`."""

MAX_WORDS, MAX_HALVES = 6, 2
"""Maximum words of a name, and maximum phrases joined by "&"."""

LONGEST_ACRONYM = 5
"""Maximum letters of a word that is written in capitals because the titles write it so."""

_QUANTITY = re.compile(r"\d(?![dgk]\b)")
"""A number, with or without a unit, except in words such as 3D, 5G and 4K."""

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SMALL = frozenset({"a", "and", "de", "for", "in", "of", "on", "or", "the", "to", "with"})
"""Words of names that mean nothing by themselves; they are written small."""

_COMPLEMENT = re.compile(r" (?:de|for|in|of|on|to|with) ")
"""What follows the noun of a good, as in "box of chocolates"."""

_MARKUP = re.compile(r"[<>{}\[\]`_|\\\x00-\x1f]|https?:")


def write(phrases: Phrases, column: int) -> str:
    """A phrase as a name: in title case, its noun in the plural."""
    words = list(phrases.forms[column])
    noun = phrases.nouns[column]
    if phrases.english[column] and not phrases.names[column]:
        words[noun] = _plural(phrases.keys[column][noun], words[noun], phrases)
    blank = "" if all(_UNSPACED.match(word) for word in words) else " "
    return blank.join(_written(word, phrases) for word in words)


def write_good(good: str) -> str:
    """A good of the catalogue as a name: in title case, its noun in the plural."""
    end = _COMPLEMENT.search(good)
    thing, rest = (good[: end.start()], good[end.start() :]) if end else (good, "")
    *before, noun = thing.split(" ")
    many = plural(noun) if noun.islower() else ""
    if noun.isupper() and not noun.endswith("S"):
        many = f"{noun}s"
    return " ".join(
        word if word in _SMALL or not word.islower() else capitalise(word)
        for word in [*before, many or noun, *rest.split()]
    )


@lru_cache(maxsize=65_536)
def content_words(name: str) -> frozenset[str]:
    """The words of a name that mean something, in lower case and the singular."""
    return singular_words(name) - _SMALL


@lru_cache(maxsize=65_536)
def comparison_key(name: str) -> str:
    """A key that is equal for names that look the same, such as Smart Watch and Smartwatches."""
    words = re.split(r"[\s&/-]+", name.casefold().replace("’", "'"))
    return "".join(map(singular, words))


def singular_words(text: str) -> frozenset[str]:
    """The words of a title or a name, in lower case and the singular."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", split_words(text.casefold().replace("’", "'")))
    return frozenset(map(singular, words))


def fault(name: str, stop_words: Set[str], brands: Brands) -> str:
    """Why a text is not a valid name of a category; "" if it is valid.

    Args:
        stop_words: words that describe nothing, lower case.
        brands: brands, none of which may be in the name.
    """
    words = [word for word in re.split(r"[^\w'’-]+", name.casefold()) if word]
    if not SHORTEST_NAME <= len(name) <= LONGEST_MADE_NAME:
        return f"has {len(name)} characters"
    if any(map(_QUANTITY.match, words)):
        return "has a number"
    halves = re.split(r"(?:^|\s)&(?:\s|$)", name)
    whole = len(halves) <= MAX_HALVES and all(map(LETTERS.search, halves))
    if not whole or _MARKUP.search(name) or len(words) > MAX_WORDS:
        return "is no plain name"
    if len(set(map(comparison_key, halves))) < len(halves):
        return "says the same twice"
    if UNITS & set(words):
        return "has a unit"
    if any(half.split()[-1].casefold() in stop_words for half in halves):
        return "ends in a stop word"
    return "has a brand" if has_brand(name, brands) else ""


def has_brand(text: str, brands: Brands) -> bool:
    """Whether a text contains a brand, also in the plural or with a possessive 's."""
    words = LETTERS.findall(text.casefold().replace("’", "'"))
    owners = (word.removesuffix("'s") for word in words)
    return any(brands.within(tuple(form)) for form in (words, map(singular, words), owners))


def _plural(noun: str, form: str, phrases: Phrases) -> str:
    """The form in a name of an English noun, given its singular and its most frequent form."""
    used = phrases.plurals.get(noun, "")
    spelling = phrases.spellings.get(noun, "")
    if spelling.isupper() and len(spelling) <= LONGEST_ACRONYM:
        return spelling + "s" if used else form
    if is_uncountable(noun):
        return noun
    if noun in phrases.spellings:
        return used or form
    return plural(noun) or used or form


def _written(word: str, phrases: Phrases) -> str:
    """The word in title case, or as the texts spell it, such as USB and iPhone."""
    if not word.islower():
        return word
    spelling = phrases.spellings.get(word, "")
    if spelling and not (spelling.isupper() and len(spelling) > LONGEST_ACRONYM):
        return spelling
    return capitalise(word)
