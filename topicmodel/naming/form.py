"""How a name is written, and what no name may be."""

from __future__ import annotations

import re
from collections.abc import Set
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

from topicmodel.naming.brands import Brands
from topicmodel.naming.phrases import Phrases, capitalise
from topicmodel.text import LETTERS, UNITS
from topicmodel.text.languages import split_words

SHORTEST_NAME, LONGEST_NAME = 2, 40
"""Characters of a name."""

MOST_WORDS, MOST_HALVES = 6, 2

LONGEST_ACRONYM = 5
"""Letters of a word that stays in capitals because titles write it so."""

_MASS = """
baking bedding bread butter cash catering chicken cleaning clothing clutter coffee cooking cotton
crockery cutlery cycling data decor denim dust equipment fencing fish fishing fitness flooring
flour food fruit fun furniture gaming gardening ghee gold grooming hair health help honey hosiery
jewellery jewelry juice knitting leather lighting linen luggage machinery makeup meat milk music
networking nylon packaging paper pasta photography plumbing polyester pork poultry printing rice
roofing salt seafood seating sewing shaving shelving silk silver skin software stationery steel
storage styling sugar swimming tea training tubing underwear velvet water wellness wiring wood
wool writing
"""
_UNCOUNTABLE = frozenset(_MASS.split())
_UNCOUNTABLE_END = re.compile(r"(ware|wear|care|less|fabric)$")
"""English nouns that have no plural in the mouth of a shop, unless its texts use one."""

_SINGULAR_IN_S = frozenset({"atlas", "bus", "cactus", "canvas", "gas", "lens", "octopus"})
"""English nouns in the singular, though they look like plurals."""

_QUANTITY = re.compile(r"\d(?![dgk]\b)")
"""A number, with its unit or not, but for 3D, 5G and 4K."""

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_MARKUP = re.compile(r"[<>{}\[\]`_|\\\x00-\x1f]|https?:")


def write(phrases: Phrases, column: int) -> str:
    """A phrase as a name: in title case, its noun in the plural."""
    words = list(phrases.forms[column])
    noun = phrases.nouns[column]
    if phrases.english[column] and not phrases.names[column]:
        words[noun] = _plural(phrases.keys[column][noun], words[noun], phrases)
    blank = "" if all(_UNSPACED.match(word) for word in words) else " "
    return blank.join(_written(word, phrases) for word in words)


def sameness(name: str) -> str:
    """What is equal in two names that a reader takes for one, as Smart Watch and Smartwatches."""
    words = re.split(r"[\s&/-]+", name.casefold().replace("’", "'"))
    bare = (word.removesuffix("'s") for word in words)
    return "".join(_singular(word) for word in bare if word)


def singular_words(text: str) -> frozenset[str]:
    """The words of a title or a name, in lower case and the singular."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", split_words(text.casefold().replace("’", "'")))
    return frozenset(_singular(word.removesuffix("'s")) for word in words)


def fault(name: str, stop_words: Set[str], brands: Brands) -> str:
    """Why a text is no name for a category, or "" if it is one.

    Args:
        stop_words: words that describe nothing, lower case.
        brands: none of them may be in the name.
    """
    words = [word for word in re.split(r"[^\w'’-]+", name.casefold()) if word]
    letters = tuple(LETTERS.findall(name.casefold()))
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        return f"has {len(name)} characters"
    if any(map(_QUANTITY.match, words)):
        return "has a number"
    halves = re.split(r"(?:^|\s)&(?:\s|$)", name)
    whole = len(halves) <= MOST_HALVES and all(map(LETTERS.search, halves))
    if not whole or _MARKUP.search(name) or len(words) > MOST_WORDS:
        return "is no plain name"
    if len(set(map(sameness, halves))) < len(halves):
        return "says the same twice"
    if UNITS & set(words):
        return "has a unit"
    if any(half.split()[-1].casefold() in stop_words for half in halves):
        return "ends in a stop word"
    singular = tuple(_singular(word.removesuffix("'s")) for word in letters)
    return "has a brand" if brands.within(letters) or brands.within(singular) else ""


def _plural(singular: str, form: str, phrases: Phrases) -> str:
    """The plural of an English noun, where it has one."""
    used = phrases.plurals.get(singular, "")
    if phrases.spellings.get(singular, "").isupper():
        return phrases.spellings[singular] + "s" if used else form
    uncountable = singular in _UNCOUNTABLE or _UNCOUNTABLE_END.search(singular)
    looks_singular = singular in _SINGULAR_IN_S or re.fullmatch(r"[a-z'-]*([a-rt-z]|ss)", singular)
    if used or uncountable or not looks_singular:
        return used or form
    return form if singular in phrases.spellings else _inflector().plural_noun(singular) or form


@cache
def _singular(word: str) -> str:
    if word in _SINGULAR_IN_S or word.endswith("ss"):
        return word
    return str(_inflector().singular_noun(word) or word)


@cache
def _inflector() -> Any:
    with _no_type_checks():
        import inflect
    return inflect.engine()


def _no_type_checks() -> AbstractContextManager[Any]:
    """What is imported meanwhile does without typeguard's checks of its arguments.

    It rewrites the functions of inflect when they are imported, which takes seconds, and makes
    each call of them take two to three times as long.
    """
    # A later inflect may do without it.
    if find_spec("typeguard") is None:
        return nullcontext()
    return patch("typeguard.typechecked", lambda function: function)


def _written(word: str, phrases: Phrases) -> str:
    if not word.islower():
        return word
    spelling = phrases.spellings.get(word, "")
    if spelling and not (spelling.isupper() and len(spelling) > LONGEST_ACRONYM):
        return spelling
    return capitalise(word)
