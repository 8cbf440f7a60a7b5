"""Names of categories that follow a catalogue of goods: those of its departments and families.

A main category gets the name of the family that most of its texts vote for, or else that of their
department; a subcategory that of the family that more of its texts vote for than of any sibling's.
Where no node fits, the name stays open and is made from titles.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

import numpy as np

from topicmodel.catalogue.knowledge import known_groups
from topicmodel.catalogue.shares import best_families
from topicmodel.datatypes import BUNDLED, Catalogue, FormerNames, Integers, Levels, Votes
from topicmodel.naming.form import comparison_key

NARROW = 0.7
"""Share of a main category's texts that must vote for one family for the family's name."""

WIDE = 0.4
"""Share of a main category's texts that must vote for one department for the department's name."""

MAIN_PART = 0.4
"""Share of a subcategory's texts that must vote for one family for the family's name; `NARROW` for
a family of another department than that of the category above."""

Translate = Callable[[str], str]
"""Name of a node of the catalogue -> the name in the shop's language."""


def with_catalogue_names(
    former: FormerNames | None,
    levels: Levels,
    catalogue: Catalogue,
    votes: Votes,
    languages: Sequence[str],
) -> FormerNames | None:
    """The former names, and for topics without one the name of a node of the catalogue.

    Args:
        former: names in the previous run, if any.
        levels: of the texts.
        catalogue: what the levels may follow.
        votes: of the texts.
        languages: of the texts, ISO 639-1; names of the bundled catalogue are given in that of most
            texts, where it has them.
    """
    translate = _translator(catalogue, languages)
    if not levels.by_catalogue or translate is None:
        return former
    former = former or FormerNames(_open(levels.level1), _open(levels.level2))
    counts = _Counts(levels, catalogue, votes)
    level1, level2 = list(former.level1), list(former.level2)
    taken = {comparison_key(name) for name in [*level1, *level2, *former.taken] if name}
    for names, proposed in ((level1, counts.for_parents()), (level2, counts.for_children())):
        for topic, node in proposed:
            name = translate(node)
            if not names[topic] and comparison_key(name) not in taken:
                names[topic] = name
                taken.add(comparison_key(name))
    nodes = {name for each in catalogue.families for name in (each.department, each.name)}
    kept = frozenset(map(translate, sorted(nodes)))
    return replace(former, level1=level1, level2=level2, lasting=kept)


class _Counts:
    """Votes of each topic's texts, counted by family; none of a topic that is not known."""

    def __init__(self, levels: Levels, catalogue: Catalogue, votes: Votes) -> None:
        families = best_families(votes)
        self.levels, self.catalogue = levels, catalogue
        numbers = {name: number for number, name in enumerate(catalogue.departments)}
        self.of_family = np.array([numbers[each.department] for each in catalogue.families])
        self.of_parents, self.of_children = (
            _count(topics, families, len(catalogue.families)) * known_groups(votes, topics)[:, None]
            for topics in (levels.level1, levels.level2)
        )

    def for_parents(self) -> Iterator[tuple[int, str]]:
        """Topics of level one and their node, those that hold most of it first."""
        found = []
        for topic, counts in enumerate(self.of_parents):
            by_department = np.bincount(self.of_family, counts)
            family, department = int(counts.argmax()), int(by_department.argmax())
            if not counts.any():
                continue
            if counts[family] >= NARROW * counts.sum():
                found.append((int(counts[family]), topic, self.catalogue.families[family].name))
            elif by_department[department] >= WIDE * counts.sum():
                name = self.catalogue.departments[department]
                found.append((int(by_department[department]), topic, name))
        yield from _largest_first(found)

    def for_children(self) -> Iterator[tuple[int, str]]:
        """Topics of level two and their family, those that hold most of it first."""
        found = []
        for topic, counts in enumerate(self.of_children):
            family, share = int(counts.argmax()), counts.max() / max(counts.sum(), 1)
            at_home = self.of_family[family] == self._department_above(topic)
            if share >= (MAIN_PART if at_home else NARROW):
                found.append((int(counts[family]), topic, self.catalogue.families[family].name))
        yield from _largest_first(found)

    def _department_above(self, child: int) -> int:
        """The department that most texts of the child's parent vote for."""
        parent = int(self.levels.level1[np.argmax(self.levels.level2 == child)])
        return int(np.bincount(self.of_family, self.of_parents[parent]).argmax())


def _largest_first(found: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
    for _, topic, name in sorted(found, key=lambda each: (-each[0], each[1])):
        yield topic, name


def _count(topics: Integers, families: Integers, n_families: int) -> Integers:
    """(n_topics, n_families), texts of each topic that vote for each family."""
    n_topics, inside = int(topics.max(initial=-1)) + 1, topics >= 0
    cells = topics[inside] * n_families + families[inside]
    return np.bincount(cells, minlength=n_topics * n_families).reshape(n_topics, n_families)


def _open(topics: Integers) -> list[str]:
    return [""] * (int(topics.max(initial=-1)) + 1)


def _translator(catalogue: Catalogue, languages: Sequence[str]) -> Translate | None:
    """Names in the shop's language; None where the catalogue has none in it."""
    language = Counter(languages).most_common(1)[0][0] if languages else "en"
    if catalogue.source != BUNDLED or language == "en":
        return lambda name: name
    translations = _translations().get(language)
    return None if translations is None else lambda name: translations.get(name, name)


@cache
def _translations() -> dict[str, dict[str, str]]:
    """Language -> English name of a department or a family -> its name."""
    file = files("topicmodel") / "catalogue" / "translations.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
