"""Whether the names of a tree stand well side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.naming.form import SHORTEST_NAME, comparison_key, content_words

MAX_SHARED = 0.3
"""Share of the different words in the names of siblings that more than one of them may have."""

MANY = 4
"""Number of siblings from which on their names are held to `MAX_SHARED`."""


def own_words(name: str, above: str) -> frozenset[str]:
    """The words of a name that the name of the category above does not say.

    Half a name, as "Towels" below "Towels & Curtains", has all of its words for its own.
    """
    words = content_words(name)
    is_half = " & " in above and name in above.split(" & ")
    return words if is_half else words - content_words(above)


def fault_beside(name: str, above: str, siblings: Sequence[str]) -> str:
    """Why a name does not stand well in its place, as the end of a sentence; "" if it does.

    Args:
        name: of a category.
        above: name of the category above; "" on level one.
        siblings: names of the other categories below the same one.

    >>> fault_beside("Towels & Soap", "Bath", ["Soap & Towels", "Mats"])
    'says the same as "Soap & Towels"'
    """
    words = own_words(name, above)
    others = [own_words(sibling, above) for sibling in siblings]
    if not words:
        return f'says no more than "{above}" above it'
    for sibling, other in zip(siblings, others, strict=True):
        if words == other:
            return f'says the same as "{sibling}"'
    if len(others) + 1 >= MANY and shared_share([*others, words]) > MAX_SHARED:
        return "shares too many words with its siblings"
    return ""


def shared_share(names: Sequence[frozenset[str]]) -> float:
    """Of the different words in some names, the share that more than one name has, 0 to 1.

    >>> shared_share([frozenset({"baby", "toy"}), frozenset({"baby", "bath", "cot"})])
    0.25
    """
    counts = Counter(chain.from_iterable(names))
    return sum(n > 1 for n in counts.values()) / len(counts) if counts else 0.0


def tree_faults(tree: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the names of a tree, one sentence each; [] where nothing is.

    Args:
        tree: name of each category of level one -> names of those below it.
    """
    names = [*tree, *chain.from_iterable(tree.values())]
    counts = Counter(map(comparison_key, names))
    faults = [f'"{name}" is given twice.' for name in names if counts[comparison_key(name)] > 1]
    faults += [
        f'"{name}" has {len(name)} characters.'
        for name in names
        if not SHORTEST_NAME <= len(name) <= LONGEST_MADE_NAME
    ]
    for above, siblings in [("", list(tree)), *tree.items()]:
        for place, name in enumerate(siblings):
            others = [*siblings[:place], *siblings[place + 1 :]]
            if fault := fault_beside(name, above, others):
                faults.append(f'"{name}" {fault}.')
    return faults
