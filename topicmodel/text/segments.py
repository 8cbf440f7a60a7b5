"""Descriptions -> segments, and the pattern of each: what it says whatever the product.

A segment is a sentence, or the part of one that ends at a separator, a long number or an address of
the web. In its pattern, numbers, web addresses and words of the product's own title are folded, so
that "EAN code 8901246003683" is what a hundred products say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from topicmodel.text.languages import split_words
from topicmodel.text.web import WEB_ADDRESS, may_have_address

TITLE = "*"
"""In a pattern: the title, word for word."""

OWN = "_"
"""In a pattern: numbers, and some words of the title."""

LONG_NUMBER = "#"
"""In a pattern: six digits or more, such as a telephone number, a date or an article code."""

WEB = "@"
"""In a pattern: an e-mail address, or the address or name of a site."""

_LEAST_LETTERS = 5
"""A word of the title with fewer letters, such as "with", is folded only between others."""

_LONG = re.compile(r"(?<!\w)\+?\d(?:[ ()/-]{0,2}\d){5,40}(?!\w|-\w)")
_CONTACT = re.compile(rf"(?P<web>{WEB_ADDRESS.pattern})|{_LONG.pattern}", re.IGNORECASE)
_END = re.compile(
    r"[.!?,|•✓✔●►★。\uff01\uff1f–—-](?:"
    r"(?<=[.!?])(?:[\"')\]]* (?![a-z\d])|(?<=[a-z)].)(?=[A-Z])|, ?)"
    r"|(?<=,)(?=[A-Z])|(?<=[|•✓✔●►★]) ?|(?<=[。\uff01\uff1f])|(?<= [-–—]) )"
)
_TOKEN = re.compile(rf"[{TITLE}{OWN}{LONG_NUMBER}{WEB}]|[^\W_]+")
_SIGNS = str.maketrans(dict.fromkeys((TITLE, OWN, LONG_NUMBER, WEB), " "))


def split_segments(title: str, description: str) -> list[str]:
    """The segments, each with what parts it from the next: joined, they are the description.

    Args:
        title: of the product; no segment ends within it.
        description: cleaned.
    """
    ends = {match.end() for match in _END.finditer(description)}
    ends.update(match.end() for match in _contacts(description))
    for start in _starts(title, description):
        ends.difference_update(range(start + 1, start + len(title)))
    borders = [0, *sorted(ends - {0, len(description)}), len(description)]
    return [description[a:b] for a, b in pairwise(borders)]


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case and in their order; numbers among them."""
    return _TOKEN.findall(split_words(text.translate(_SIGNS).casefold()))


@dataclass(frozen=True)
class Title:
    """A title, to be folded in the patterns of its description."""

    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Title:
        """The title and its words."""
        return cls(text, frozenset(words_of(text)))

    def pattern_of(self, segment: str) -> tuple[str, ...]:
        """What a segment says whatever the product: its words and signs, in their order."""
        parts, position = list[str](), 0
        for start in _starts(self.text, segment):
            parts.append(_with_signs(segment[position:start]))
            position = start + len(self.text)
        plain = f" {TITLE} ".join((*parts, _with_signs(segment[position:])))
        return tuple(_folded(_TOKEN.findall(split_words(plain)), self.words))


def _starts(title: str, text: str) -> Iterator[int]:
    """Where the title stands in the text, not as part of other words."""
    start = text.find(title) if title else -1
    while start >= 0:
        end = start + len(title)
        if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
            yield start
        start = text.find(title, end)


def _with_signs(segment: str) -> str:
    """The segment in lower case, with signs for web addresses and long numbers only."""
    parts, position = list[str](), 0
    for match in _contacts(segment):
        sign = WEB if match.lastgroup == "web" else LONG_NUMBER
        parts += segment[position : match.start()].translate(_SIGNS), f" {sign} "
        position = match.end()
    return "".join((*parts, segment[position:].translate(_SIGNS))).casefold()


def _contacts(text: str) -> Iterator[re.Match[str]]:
    """Web addresses, in the group `web`, and long numbers."""
    return (_CONTACT if may_have_address(text) else _LONG).finditer(text)


def _folded(words: Iterable[str], own: Set[str]) -> Sequence[str]:
    """The words, with one sign for each run of numbers and words of the title."""
    folded: list[str] = []
    short: list[str] = []
    for word in words:
        if word in _KEPT or (word not in own and word.isalpha()):
            folded += (*short, word)
            short.clear()
        elif not word.isalpha() or len(word) >= _LEAST_LETTERS:
            folded += () if folded[-1:] == [OWN] else (*short, OWN)
            short.clear()
        else:
            short.append(word)
    return folded + short


_KEPT = frozenset({TITLE, LONG_NUMBER, WEB})
"""Signs that are not folded with others."""
