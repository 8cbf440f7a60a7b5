"""Keyword arguments that verbs have in common, or that depend on what is done.

A verb takes them as `**options: Unpack[...]`, so that type checkers know each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from topicmodel.catalogue.choice import Menu
    from topicmodel.datatypes import Encoder
    from topicmodel.engine import Representation
    from topicmodel.progress import Progress
    from topicmodel.settings import IngestSettings, ScalingSettings


class WorkOptions(TypedDict, total=False):
    """How the work of a verb is done; the result does not depend on it, save on the encoder."""

    encoder: Encoder | None
    """Turns texts into vectors, in place of the one that the settings or the run name."""
    cache: Path | None
    """File of the vector cache; the user's own unless given."""
    progress: Progress | None
    """Is told about the stages; nobody is told unless given."""
    wait: bool
    """Whether to wait where somebody else is at work on the same target, rather than to stop."""


class RunOptions(WorkOptions, total=False):
    """What fit and refit take beside dump, target, settings and columns."""

    menu: Menu | None
    """Categories that are known beforehand, in place of `catalogue.source`: the file of a menu, a
    list of categories such as `Electronics > Phones`, `none`, or `bundled`."""
    edits: Path | str | None
    """File of edits that are applied to the tree; a refit adds them to the previous run's log."""
    representation: Representation | None
    """One of BERTopic's representation models, or an object like them, that chooses the keywords in
    place of `naming.representation`."""
    command_line: str | None
    """By which the run is made; the manifest keeps it without secrets."""


class AssignOptions(WorkOptions, total=False):
    """What assign takes beside run, dump, targets and columns."""

    scaling: ScalingSettings | None
    """Who reads, encodes and places; as in the run unless given."""
    ingest: IngestSettings | None
    """How files are read; as in the run unless given."""


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
