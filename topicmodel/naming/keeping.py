"""Whether a category keeps the name it had before, or takes a new one."""

from __future__ import annotations

from collections.abc import Sequence

from topicmodel.naming.form import singular_words

MIN_RATIO = 2.0
MIN_GAIN = 0.1
"""A new name replaces the old one if its coverage is greater than `MIN_RATIO` times that of the old
one, plus `MIN_GAIN`."""


def is_clearly_better(new: float, old: float) -> bool:
    """Whether a name is true of so many more texts that it should replace the old one.

    Args:
        new: coverage of the new name, 0 to 1.
        old: coverage of the old one.

    >>> is_clearly_better(0.9, 0.4), is_clearly_better(0.9, 0.3)
    (False, True)
    """
    return new > MIN_RATIO * old + MIN_GAIN


def matching_share(name: str, titles: Sequence[str]) -> float:
    """Share of the titles that contain all words of a name, or of one of its halves, 0 to 1."""
    halves = [singular_words(half) for half in name.split(" & ")]
    n_matching = sum(any(half <= singular_words(title) for half in halves) for title in titles)
    return n_matching / len(titles) if titles else 0.0
