"""Proposed names of all topics -> one name each, such that they stand well side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice, product
from string import ascii_uppercase

from topicmodel.datatypes import FormerNames
from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.naming.form import comparison_key, singular_words
from topicmodel.naming.gates import fault_beside
from topicmodel.naming.keeping import is_clearly_better, matching_share
from topicmodel.naming.rest_names import RestNames, rest_names

ENGLISH_REST = rest_names(["en"])

RUNNERS_UP = 3
"""Maximum names beside the chosen one that are told."""


@dataclass(frozen=True)
class Proposal:
    """A name that a topic could have."""

    name: str
    coverage: float
    """Share of the topic's texts that it is true of, 0 to 1."""
    size: float
    """Texts of the topic."""
    is_telling: bool = True
    """Whether it says more of the topic than that it is the rest of the shop, or of the category
    above."""


@dataclass(frozen=True)
class TopicName:
    """What a topic is called, and what it could be called."""

    name: str
    coverage: float
    """Share of the topic's texts that the name is true of, 0 to 1."""
    runners_up: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    """Goods that the topic holds, the commonest first."""


@dataclass
class _Tree:
    """The names that are given so far."""

    parents: Mapping[int, int]
    """Child -> its parent."""
    rest: RestNames
    """What the rest of a shop or of a category is called."""
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Level, from 0, and number of a topic -> its name."""
    reserved: frozenset[str] = frozenset()
    """Keys of names that no topic may get."""

    def taken(self, topic: tuple[int, int]) -> frozenset[str]:
        """Keys of the names of all other topics."""
        return self.reserved | {
            comparison_key(name) for other, name in self.names.items() if other != topic
        }

    def siblings(self, topic: tuple[int, int]) -> list[str]:
        """Names of the topic's siblings."""
        return [
            name
            for other, name in self.names.items()
            if other != topic and self._is_sibling(other, topic)
        ]

    def above(self, topic: tuple[int, int]) -> str:
        """Name of the topic's parent; "" on level one."""
        level, number = topic
        return self.names.get((0, self.parents[number]), "") if level else ""

    def _is_sibling(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        if one[0] != other[0]:
            return False
        return one[0] == 0 or self.parents[one[1]] == self.parents[other[1]]


def choose_names(
    proposals: Sequence[Mapping[int, Sequence[Proposal]]],
    titles: Sequence[Mapping[int, Sequence[str]]],
    parents: Mapping[int, int],
    former: FormerNames | None,
    rest: RestNames = ENGLISH_REST,
) -> tuple[list[TopicName], list[TopicName]]:
    """One name for each topic; all of them differ.

    Args:
        proposals: per level, topic -> names that it could have, best first.
        titles: per level, topic -> titles of its members.
        parents: child -> its parent.
        former: former names, which topics keep unless another one is clearly better.
        rest: what is left of a shop or of a category is called so.
    """
    reserved = frozenset(map(comparison_key, former.taken if former else ()))
    tree = _Tree(parents, rest, reserved=reserved)
    if former is not None:
        _keep(tree, former, proposals, titles)
    for level, by_topic in enumerate(proposals):
        open_topics = [n for n in by_topic if (level, n) not in tree.names]
        for number in sorted(open_topics, key=lambda n: _held(by_topic[n])):
            tree.names[level, number] = _best(tree, (level, number), by_topic[number])
    first, second = (
        [
            _told(tree, (level, number), by_topic[number], titles[level][number])
            for number in sorted(by_topic)
        ]
        for level, by_topic in enumerate(proposals)
    )
    return first, second


def _keep(
    tree: _Tree,
    former: FormerNames,
    proposals: Sequence[Mapping[int, Sequence[Proposal]]],
    titles: Sequence[Mapping[int, Sequence[str]]],
) -> None:
    """Give topics their former names, unless a proposed one is clearly better."""
    for level, names in enumerate((former.level1, former.level2)):
        tree.names.update(
            {(level, number): names[number] for number in proposals[level] if names[number]}
        )
    for topic, name in () if former.fixed else tuple(tree.names.items()):
        level, number = topic
        better = next(_fitting(tree, topic, proposals[level][number]), None)
        old = _coverage(name, proposals[level][number], titles[level][number])
        if (
            better is not None
            and singular_words(better.name) != singular_words(name)
            and is_clearly_better(better.coverage, old)
        ):
            del tree.names[topic]


def _held(proposals: Sequence[Proposal]) -> float:
    """Sort key: topics of whose texts more are told by their best name come first."""
    return -proposals[0].coverage * proposals[0].size if proposals else 0.0


def _best(tree: _Tree, topic: tuple[int, int], proposals: Sequence[Proposal]) -> str:
    """The best name that stands well beside the others, or else one that is at least free."""
    fitting = next(_fitting(tree, topic, proposals), None)
    if fitting is not None and fitting.is_telling:
        return fitting.name
    taken, above, siblings = tree.taken(topic), tree.above(topic), tree.siblings(topic)
    for name in _rest(tree, topic, proposals):
        is_free = comparison_key(name) not in taken and len(name) <= LONGEST_MADE_NAME
        if is_free and not fault_beside(name, above, siblings):
            return name
    names = chain((each.name for each in proposals), _placeholders())
    return next(name for name in names if comparison_key(name) not in taken)


def _rest(tree: _Tree, topic: tuple[int, int], proposals: Sequence[Proposal]) -> Iterator[str]:
    """Names of the rest: more of a sibling, or else what is left of the category above."""
    rest, above = tree.rest, tree.above(topic)
    if not rest.products or not (above or proposals):
        return
    if not above:
        yield rest.products
    elif above == rest.products:
        # In English "More Products", not "More Other Products".
        yield rest.more.format(rest.products.removeprefix(rest.other.format("")))
    else:
        if proposals and proposals[0].is_telling:
            yield rest.more.format(proposals[0].name)
        yield from (rest.other.format(above), rest.more.format(above))


def _fitting(
    tree: _Tree, topic: tuple[int, int], proposals: Iterable[Proposal]
) -> Iterator[Proposal]:
    """The proposals that no gate keeps out, in their order."""
    taken, above, siblings = tree.taken(topic), tree.above(topic), tree.siblings(topic)
    for proposal in proposals:
        is_free = comparison_key(proposal.name) not in taken
        if is_free and not fault_beside(proposal.name, above, siblings):
            yield proposal


def _told(
    tree: _Tree, topic: tuple[int, int], proposals: Sequence[Proposal], titles: Sequence[str]
) -> TopicName:
    name = tree.names[topic]
    key = comparison_key(name)
    others = (each.name for each in _fitting(tree, topic, proposals))
    runners_up = islice((each for each in others if comparison_key(each) != key), RUNNERS_UP)
    best = proposals[0] if proposals else None
    if best is not None and name == tree.rest.more.format(best.name):
        return TopicName(name, round(best.coverage, 4), tuple(runners_up))
    return TopicName(name, round(_coverage(name, proposals, titles), 4), tuple(runners_up))


def _coverage(name: str, proposals: Sequence[Proposal], titles: Sequence[str]) -> float:
    """Coverage of a name: as it was proposed, or by the titles that have its words."""
    key = comparison_key(name)
    own = next((each for each in proposals if comparison_key(each.name) == key), None)
    return own.coverage if own else matching_share(name, titles)


def _placeholders() -> Iterator[str]:
    """Names for topics whose titles contain no usable phrase: Products, Products A, and so on."""
    yield "Products"
    for length in count(1):
        for letters in product(ascii_uppercase, repeat=length):
            yield f"Products {''.join(letters)}"
