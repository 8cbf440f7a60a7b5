"""Whether a phrase consists of ordinary words, so that it names a kind of thing and no brand."""

from __future__ import annotations

import re
from functools import cache

from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.naming.phrases import Phrases
from topicmodel.text import lexicon
from topicmodel.text.plurals import singular

_PART = re.compile(r",| & ")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_GOOD_FOR = re.compile(r"\b(?:of|de|for|with|in|to|on)\b")

_MATERIALS = """
acrylic alloy aluminium aluminum bamboo brass bronze canvas carbon ceramic clay copper cotton
crystal denim diamond fabric fibre fiber fleece foam fur glass gold granite iron jute lace latex
leather linen marble melamine mesh metal microfibre microfiber nylon paper pearl plastic platinum
polyester porcelain resin rubber satin silicone silk silver stainless steel stone suede terracotta
velvet vinyl wood wool
"""
_PLACES = "bathroom bedroom car garden home house indoor kitchen office outdoor school"
_NO_NAMES = frozenset([*_MATERIALS.split(), *_PLACES.split()])
"""Words that say what a thing is made of, or where it belongs, and so do not name it alone."""


def is_ordinary(phrases: Phrases, column: int) -> bool:
    """Whether all words of a phrase are ordinary and its noun names a thing.

    Phrases in other languages than English are taken to be ordinary. A word is ordinary if the
    catalogue of goods or the lexicon has it. The noun must be that of a good, or one that is no
    adjective, too; a material or a place alone names nothing.
    """
    if not phrases.english[column]:
        return True
    words = [word.lower() for word in phrases.forms[column]]
    noun = phrases.keys[column][phrases.nouns[column]]
    if not all(map(is_known, words)):
        return False
    if len(words) == 1 and noun in _NO_NAMES:
        return False
    is_plain_noun = lexicon.is_noun(noun) and not lexicon.is_adjective(noun)
    return is_plain_noun or noun in catalogue_words()[1]


def nouns_of(name: str) -> list[str]:
    """The nouns that the parts of a catalogue's name end in, in the singular.

    >>> nouns_of("Mugs, Cups & Boxes of Tea")
    ['mug', 'cup', 'box']
    """
    parts = (_WORD.findall(_GOOD_FOR.split(part)[0]) for part in _PART.split(name.lower()))
    return [singular(words[-1]) for words in parts if words]


@cache
def is_known(word: str) -> bool:
    """Whether the catalogue of goods or the lexicon has a word, in lower case, in any form."""
    known = catalogue_words()[0]
    return word in known or singular(word) in known or lexicon.is_known(word)


@cache
def catalogue_words() -> tuple[frozenset[str], frozenset[str]]:
    """All words of the bundled catalogue, and those that a name in it ends in; in the singular."""
    every, last = set[str](), set[str]()
    for family in bundled_catalogue().families:
        for name in (family.department, family.name, *family.goods):
            words = _WORD.findall(name.lower())
            every.update(words, map(singular, words))
            last.update(nouns_of(name))
    return frozenset(every), frozenset(last)
