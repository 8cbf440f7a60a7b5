"""Keyword arguments that verbs have in common, or that depend on what is done.

A verb takes them as `**options: Unpack[...]`, so that type checkers know each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict


class EditDetails(TypedDict, total=False):
    """What an edit is about, beside its action. Categories: id, name, or "parent > child"."""

    topic: str
    """The category that is edited; of a merge the one that stays, of a pin the target."""
    name: str
    """rename: the new name."""
    others: Sequence[str]
    """merge: the categories that go into `topic`."""
    parent: str
    """move: the level-one category that `topic` goes to."""
    products: Sequence[str]
    """pin: ids of products."""
    word: str
    """pin: products whose title holds this word, or these words in a row."""
    attribute: tuple[str, str]
    """pin: products with this attribute and value."""
    number: int
    """undo: the edit that is taken back; the last one unless given."""


def check_keywords(verb: str, given: Mapping[str, object], allowed: type) -> None:
    """See that a verb knows its keyword arguments, as Python does for those that are written out.

    Args:
        verb: for the message.
        given: keyword arguments.
        allowed: the TypedDict that names those that there are.

    Raises:
        TypeError: one is unknown.
    """
    for name in given:
        if name not in allowed.__annotations__:
            raise TypeError(f"{verb}() got an unexpected keyword argument {name!r}")
