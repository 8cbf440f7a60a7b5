"""Paths of categories -> families of goods, and what is wrong with a path."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from topicmodel.catalogue.families import build_catalogue
from topicmodel.datatypes import Catalogue, Family
from topicmodel.errors import MenuError

LONGEST_NAME = 80
"""Characters of a category's name."""
MOST_LEVELS = 12
"""Of one path; the longest of published taxonomies have 8."""
MOST_CATEGORIES = 20_000
"""Of a menu; the longest of published taxonomies have about 12,000."""

_SEPARATOR = re.compile("[>»]")
_MOST_NAMED = 5
_MOST_SHOWN = 60


@dataclass(frozen=True)
class MenuEntry:
    """A path of a menu, as it is written there."""

    where: str
    """Such as `line 7`; "" where the format does not tell."""
    names: tuple[str, ...]
    """From the department down; at least one, "" where a level is empty."""

    @property
    def key(self) -> tuple[str, ...]:
        """What is equal for equal paths, in capitals or not."""
        return tuple(map(str.casefold, self.names))


@dataclass(frozen=True)
class _Fault:
    where: str
    what: str
    remedy: str


def split_path(path: str) -> tuple[str, ...]:
    """The names of a path such as `A > B`, `A>B` or `A » B`, without needless blanks."""
    return tuple(" ".join(name.split()) for name in _SEPARATOR.split(path))


def has_levels(path: str) -> bool:
    """Whether a text holds a character that parts the levels of a path."""
    return _SEPARATOR.search(path) is not None


def shown(text: str) -> str:
    """The text in quotes for a message, in one line and not too long."""
    return repr(text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…")


def check_number(n_entries: int, menu: str) -> None:
    """Make sure that a menu has not far too many categories.

    Raises:
        MenuError: it has.
    """
    if n_entries > MOST_CATEGORIES:
        raise MenuError(
            f"{menu}: expected at most {MOST_CATEGORIES:,} categories, got {n_entries:,}. Keep the "
            "upper levels, or the part that the shop sells."
        )


def entries_to_catalogue(entries: Sequence[MenuEntry], menu: str, source: str) -> Catalogue:
    """The catalogue that a menu's paths make up.

    Level one is the department, level two the family; everything below is goods of the family.

    Args:
        entries: the paths. One that others lie below of counts through those only.
        menu: what messages call it.
        source: of the catalogue.

    Raises:
        MenuError: a path is faulty, or there are too few or too many.
    """
    check_number(len(entries), menu)
    faults = [fault for entry in entries if (fault := _fault(entry))]
    _complain(faults or _repetitions(entries), menu)
    families = _families(_without_parents(_spelled_alike(entries)))
    if len(families) < 2:
        raise MenuError(
            f"{menu}: expected at least two categories, got {len(families)}. Write one path a "
            "line, such as Food > Fruit."
        )
    return build_catalogue(source, families)


def _complain(faults: Sequence[_Fault], menu: str) -> None:
    """Name the first fault, and where there are more."""
    if not faults:
        return
    first, *others = faults
    places = list(dict.fromkeys(fault.where for fault in others if fault.where))
    more = ""
    if places:
        left = "" if len(places) <= _MOST_NAMED else f" and {len(places) - _MOST_NAMED} more"
        more = f" Also look at {', '.join(places[:_MOST_NAMED])}{left}."
    place = f"{menu}, {first.where}" if first.where else menu
    raise MenuError(f"{place}: {first.what}. {first.remedy}{more}")


def _fault(entry: MenuEntry) -> _Fault | None:
    """What is wrong with a path, taken by itself."""
    if len(entry.names) > MOST_LEVELS:
        what = f"expected at most {MOST_LEVELS} levels, got {len(entry.names)}"
        return _Fault(entry.where, what, "Leave out the lowest ones.")
    path = shown(" > ".join(entry.names))
    found = next(filter(None, map(_fault_of_name, entry.names)), None)
    return found and _Fault(entry.where, f"{path} {found[0]}", found[1])


def _fault_of_name(name: str) -> tuple[str, str] | None:
    """What is wrong with a name, and what to do about it."""
    if not name:
        return "has an empty level", "Write a name on either side of each >, as in Food > Fruit."
    if odd := next(filter(_is_no_text, name), ""):
        what = f"holds the character U+{ord(odd):04X}, which no name can have"
        return what, "Delete it; if there are many, this is no text file."
    if len(name) > LONGEST_NAME:
        what = f"has a name of {len(name):,} characters, where {LONGEST_NAME} are the most"
        return what, "Shorten it, or write > between its levels."
    if not any(map(str.isalnum, name)):
        return "has a name without a letter", "Name it, or delete it."
    return None


def _is_no_text(character: str) -> bool:
    """Whether it is a control character, half a surrogate pair, or stands for lost bytes."""
    return character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cs"}


def _repetitions(entries: Iterable[MenuEntry]) -> list[_Fault]:
    first: dict[tuple[str, ...], MenuEntry] = {}
    faults = []
    for entry in entries:
        earlier = first.setdefault(entry.key, entry)
        if earlier is not entry:
            path = shown(" > ".join(entry.names))
            again = f"repeats {earlier.where}" if earlier.where else "is there twice"
            faults.append(_Fault(entry.where, f"{path} {again}", "Delete one of them."))
    return faults


def _spelled_alike(entries: Iterable[MenuEntry]) -> list[tuple[str, ...]]:
    """The paths, in which a category is spelled as where it came first."""
    spelling: dict[tuple[str, ...], str] = {}
    paths = []
    for entry in entries:
        keys = [entry.key[: level + 1] for level in range(len(entry.names))]
        pairs = zip(keys, entry.names, strict=True)
        paths.append(tuple(spelling.setdefault(key, name) for key, name in pairs))
    return paths


def _without_parents(paths: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The paths without the departments that have families."""
    with_families = {path[0] for path in paths if len(path) > 1}
    return [path for path in paths if len(path) > 1 or path[0] not in with_families]


def _families(paths: Iterable[tuple[str, ...]]) -> list[Family]:
    """The families, each with its goods: its own name first, and all names below it."""
    names: dict[tuple[str, str], dict[str, str]] = {}
    for path in paths:
        department, family, *below = path if len(path) > 1 else path * 2
        known = names.setdefault((department, family), {})
        for name in (family, *below):
            known.setdefault(name.casefold(), name)
    frequency = Counter(key for known in names.values() for key in known)
    return [Family(*path, tuple(_goods(path, known, frequency))) for path, known in names.items()]


def _goods(
    path: tuple[str, str], names: Mapping[str, str], frequency: Mapping[str, int]
) -> Iterator[str]:
    """What texts are compared with.

    A name that several families have, such as the shoes of men and of women, tells nothing without
    its path.
    """
    for key, name in names.items():
        if frequency[key] == 1 or name == path[1]:
            yield name
        if frequency[key] > 1:
            yield " ".join(dict.fromkeys((*path, name)))
