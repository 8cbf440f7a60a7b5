"""Whether a category keeps the name it had before, or takes a new one."""

from __future__ import annotations

from collections.abc import Sequence

from topicmodel.naming.form import singular_words

MIN_RATIO = 2.0
MIN_GAIN = 0.1
"""A new name replaces the old one if the share of titles that match it is greater than `MIN_RATIO`
times the share that match the old one, plus `MIN_GAIN`."""


def is_clearly_better(new: str, old: str, titles: Sequence[str]) -> bool:
    """Whether so many more titles match a new name that it should replace the old one."""
    if singular_words(new) == singular_words(old):
        return False
    words = [singular_words(title) for title in titles]
    return _matching_share(new, words) > MIN_RATIO * _matching_share(old, words) + MIN_GAIN


def _matching_share(name: str, titles: Sequence[frozenset[str]]) -> float:
    """Share of the titles that contain all words of a name, or of one of its halves, 0 to 1."""
    halves = [singular_words(half) for half in name.split(" & ")]
    n_matching = sum(any(half <= title for half in halves) for title in titles)
    return n_matching / len(titles) if titles else 0.0
