"""Singular and plural forms, and stems, of words.

`fold_plurals` finds, in any language, the words of some texts that are plurals of other words in
them. `singular` and `plural` give the forms of English words, whether texts use them or not. `stem`
is equal for all forms of an English word, including those of verbs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from topicmodel.text import lexicon

Function = TypeVar("Function")

_MASS = """
art bacon baking bedding beef bread butter cash catering cheese chicken cleaning clothing clutter
coffee cooking cotton crockery curd cutlery cycling dairy data decor denim dust equipment fencing
fish fishing fitness flooring flour food fragrance fruit fun furniture gaming gardening ghee gold
granola grooming haberdashery hair ham health heating help honey hosiery ice incense jewellery
jewelry juice knitting lamb laundry leather lighting linen luggage machinery make-up makeup meat
memorabilia milk music networking nylon packaging paper pasta photography plumbing polyester pork
poultry printing protein rice roofing salt seafood seating seasoning sewing shaving shelving silk
silver skin software stationery steel storage styling sugar swimming tackle tea tofu tobacco
training tubing underwear velvet water wellness wiring wood wool writing yarn yoghurt yogurt
"""
_UNCOUNTABLE = frozenset(_MASS.split())
_UNCOUNTABLE_END = re.compile(r"(ware|wear|care|less|fabric)$")
"""English nouns, and endings of nouns, that shops print in the singular."""

_SINGULAR_IN_S = frozenset({"atlas", "bus", "cactus", "canvas", "gas", "lens", "octopus"})
"""English nouns in the singular that look like plurals."""

_SINGULAR = re.compile(r"[a-z'-]*([a-rt-z]|ss)")
"""Words that look like an English noun in the singular."""


def fold_plurals(seen: Counter[str]) -> dict[str, str]:
    """Plural -> singular, for words of which the texts use both."""
    folded = {}
    for word, count in seen.items():
        for one in _possible_singulars(word):
            # A word that is much rarer (ga, for gas) is no singular but there by chance.
            if seen[one] * 50 >= count:
                folded[word] = one
                break
    return folded


@cache
def singular(word: str) -> str:
    """The singular of an English word, lower case, without 's; a singular stays as it is."""
    word = word.removesuffix("'s")
    if word in _SINGULAR_IN_S or word.endswith("ss"):
        return word
    return str(_inflector().singular_noun(word) or word)


def is_uncountable(noun: str) -> bool:
    """Whether shops print an English noun, lower case and in the singular, without a plural."""
    return noun in _UNCOUNTABLE or bool(_UNCOUNTABLE_END.search(noun)) or lexicon.is_mass(noun)


def plural(noun: str) -> str:
    """The plural of an English noun, lower case; "" if it has none or is a plural itself."""
    if is_uncountable(noun):
        return ""
    if noun not in _SINGULAR_IN_S and not _SINGULAR.fullmatch(noun):
        return ""
    if noun.endswith("o") and not lexicon.is_noun(noun):
        # Young words such as chino and espresso take no e, as tomatoes do.
        return f"{noun}s"
    return str(_inflector().plural_noun(noun))


@lru_cache(maxsize=2**18)
def stem(word: str) -> str:
    """The stem of an English word, lower case, by the Porter 2 stemmer."""
    return _stemmer()(word)


def _possible_singulars(word: str) -> list[str]:
    """Words whose plural the word may be by its spelling, the likeliest first."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return []
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1]]
    if word.endswith("ves"):
        return [word[:-1], word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        return [word[:-2], word[:-1]]
    return [word[:-1]]


@cache
def _stemmer() -> Callable[[str], str]:
    import snowballstemmer

    stem_word: Callable[[str], str] = snowballstemmer.stemmer("english").stemWord
    return stem_word


@cache
def _inflector() -> Any:
    with _without_type_checks():
        import inflect
    return inflect.engine()


@contextmanager
def _without_type_checks() -> Iterator[None]:
    """Modules that are imported meanwhile get no checks of argument types by typeguard.

    inflect decorates all its functions with these checks when it is imported. With them the import
    takes 2.4 s instead of 0.03 s, and each call two to three times as long.
    """
    # A later version of inflect may not need typeguard.
    if find_spec("typeguard") is None:
        yield
        return
    typeguard: Any = import_module("typeguard")
    checks = typeguard.typechecked
    typeguard.typechecked = _unchanged
    try:
        yield
    finally:
        typeguard.typechecked = checks


def _unchanged(function: Function) -> Function:
    return function
