"""Names that categories had before: kept, unless a new one says clearly better what is inside."""

from __future__ import annotations

from collections.abc import Sequence

from topicmodel.naming.form import singular_words

CLEARLY = 2.0
"""A new name must stand in so many times as many titles as the old one."""

AT_LEAST = 0.1
"""And in this share of the titles more."""


def says_clearly_better(new: str, old: str, titles: Sequence[str]) -> bool:
    """Whether so many more titles bear out a new name that the old one should go."""
    if singular_words(new) == singular_words(old):
        return False
    words = [singular_words(title) for title in titles]
    return _borne_out(new, words) > CLEARLY * _borne_out(old, words) + AT_LEAST


def _borne_out(name: str, titles: Sequence[frozenset[str]]) -> float:
    """Share of the titles that have all words of a name, or of one of its halves."""
    halves = [singular_words(half) for half in name.split(" & ")]
    found = sum(any(half <= title for half in halves) for title in titles)
    return found / len(titles) if titles else 0.0
