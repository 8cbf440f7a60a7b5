"""An edit as a sentence, such as `Rename “Tea” to “Hot Drinks”`, wherever one is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from topicmodel.datatypes.change_report import Action, Edit
from topicmodel.datatypes.tree import LONGEST_GIVEN_NAME, TopicId

Shown = Callable[[str, int], str]
"""A text and the most characters of it that shall be shown -> the text as it is shown."""

_ID_LIMIT = 40
"""Characters."""
_IDS_SHOWN = 3


def edit_in_words(edit: Edit, names: Mapping[TopicId, str], shown: Shown) -> str:
    """What an edit asks for.

    Args:
        edit: of any log.
        names: of categories, by their id, as they were before the edits; of one that is not among
            them the id is shown.
        shown: makes names, ids and words of products fit to be shown.
    """
    return _WORDS[edit.action](edit, _Quoting(names, shown))


class _Quoting:
    """Names, ids and words of products as they stand in a sentence."""

    def __init__(self, names: Mapping[TopicId, str], shown: Shown) -> None:
        self._names = names
        self._shown = shown

    def category(self, topic: TopicId | None) -> str:
        return "no category" if topic is None else self.text(self._names.get(topic) or topic)

    def text(self, text: str) -> str:
        return f"“{self._shown(text, LONGEST_GIVEN_NAME)}”"

    def products(self, ids: Sequence[str]) -> str:
        first = ", ".join(self._shown(product, _ID_LIMIT) for product in ids[:_IDS_SHOWN])
        more = ", …" if len(ids) > _IDS_SHOWN else ""
        return f"{len(ids):,} product{'' if len(ids) == 1 else 's'} ({first}{more})"


def _rename(edit: Edit, quoted: _Quoting) -> str:
    before, after = quoted.category(edit.topic), quoted.text(edit.name)
    # Where only the tree after the edit is known, the new name is all there is to say.
    return f"Use the name {after}" if before == after else f"Rename {before} to {after}"


def _merge(edit: Edit, quoted: _Quoting) -> str:
    others = _listed([quoted.category(other) for other in edit.others])
    return f"Merge {others} into {quoted.category(edit.topic)}"


def _move(edit: Edit, quoted: _Quoting) -> str:
    return f"Move {quoted.category(edit.topic)} to {quoted.category(edit.parent)}"


def _pin(edit: Edit, quoted: _Quoting) -> str:
    attribute, value = edit.attribute
    chosen = [quoted.products(edit.products)] if edit.products else []
    if edit.word:
        chosen.append(f"products with {quoted.text(edit.word)} in the title")
    if attribute:
        chosen.append(f"products whose {quoted.text(attribute)} is {quoted.text(value)}")
    return f"Pin {_listed(chosen)} to {quoted.category(edit.topic)}"


def _split(edit: Edit, quoted: _Quoting) -> str:
    return f"Split {quoted.category(edit.topic)}"


def _hide(edit: Edit, quoted: _Quoting) -> str:
    return f"Hide {quoted.category(edit.topic)}"


def _undo(edit: Edit, _: _Quoting) -> str:
    return f"Undo edit {edit.number}"


_WORDS: Mapping[Action, Callable[[Edit, _Quoting], str]] = {
    "rename": _rename,
    "merge": _merge,
    "move": _move,
    "split": _split,
    "pin": _pin,
    "hide": _hide,
    "undo": _undo,
}


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts) or "nothing"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
