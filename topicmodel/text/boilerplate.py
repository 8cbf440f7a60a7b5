"""What texts share without being alike: addresses, delivery lines, disclaimers, links.

Such segments stand under products that have nothing else in common, and that is how they are
found. What like products share, such as "machine wash cold", describes them and stays.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from topicmodel.text.cleaning import clean_text
from topicmodel.text.likeness import Likeness
from topicmodel.text.plurals import stem
from topicmodel.text.segments import LONG_NUMBER, OWN, TITLE, WEB, Title, split_segments, words_of

if TYPE_CHECKING:
    from topicmodel.datatypes import Integers

Text: TypeAlias = tuple[str, str]
"""Title and description of a product."""
Pattern: TypeAlias = tuple[str, ...]

FEW_TEXTS = 100
"""Fewer distinct texts show nothing."""
_SAMPLE = 50_000
"""Texts that are searched; more show nothing new."""
_LEAST_TEXTS, _LEAST_SHARE = 10, 0.001
"""A segment counts if it stands in so many of them, and in this share of them: what is rarer holds
no category together."""
_COMPARED, _REFERENCE = 100, 1000
"""Texts with a segment, and of the whole dump, that are compared with one another."""

_UNLIKE = 0.61
"""Likeness of the products of a boilerplate segment, at most: 0.5 is chance, 1 is products of one
kind. Lines of a department, such as "store in a cool, dry place", begin at 0.62."""
_UNLIKE_CONTACT = 0.7
"""The same for segments with a web address or a long number, which seldom describe a product."""
_UNLIKE_BESIDE, _MOST = 0.75, 0.8
"""The same for segments that stand beside boilerplate in this share of their texts."""
_LEAST_WORDS = 3
"""A segment of fewer words is a value, such as "slim fit", unless it stands beside boilerplate."""
_LEAST_LETTERS = 3
_COVERED = 0.5
"""A segment goes if more than this share of it is boilerplate."""


def find_boilerplate(texts: Iterable[Text]) -> tuple[str, ...]:
    """Patterns of the segments that unlike products share, the most frequent first.

    Two products with the segment are hardly more often alike than any two products of the dump, as
    far as their titles and what few other products say can tell. A segment that has the title, as
    in "buy red mug online", is none: it says what the product is. Neither the order of the texts
    nor how often they come matters.

    Args:
        texts: titles and descriptions as the shop wrote them; they are read once, and a sample is
            held.
    """
    segmented = [_Segmented.of(*text) for text in _sample(texts)]
    if len(segmented) < FEW_TEXTS:
        return ()
    common = _common_patterns(segmented)
    likeness = _likeness(segmented, common)
    certain = {
        pattern
        for pattern in common
        if _is_sentence(pattern) and likeness[pattern] <= _limit(pattern)
    }
    found = _with_neighbours(certain, segmented, common, likeness)
    ordered = sorted(found, key=lambda pattern: (-common[pattern], pattern))
    return tuple(map(" ".join, ordered))


@dataclass(frozen=True)
class Boilerplate:
    """Patterns of segments that are left out of texts."""

    patterns: Sequence[str]
    """As `find_boilerplate` gives them."""

    def stripped(self, title: str, description: str) -> str | None:
        """What is left of the description; None where it has no boilerplate.

        A segment goes if its pattern is known, or if more than half of its words are those of known
        patterns. One that has the title stays: it says what the product is.
        """
        own = Title.of(title)
        segments = split_segments(title, description) if self.patterns else []
        patterns = [own.pattern_of(segment) for segment in segments]
        falls = list(map(self._has, patterns))
        if not any(falls):
            return None
        triples = zip(segments, patterns, falls, strict=True)
        kept = [segment for segment, pattern, gone in triples if pattern and not gone]
        return " ".join(" ".join(kept).split())

    def _has(self, pattern: Pattern) -> bool:
        if TITLE in pattern:
            return False
        return pattern in self._known or self._n_covered(pattern) > _COVERED * len(pattern)

    def _n_covered(self, pattern: Pattern) -> int:
        """How many of the pattern's words belong to known patterns within it."""
        covered: set[int] = set()
        for start in range(len(pattern) - _LEAST_WORDS + 1):
            for known in self._by_beginning.get(pattern[start : start + _LEAST_WORDS], ()):
                if pattern[start : start + len(known)] == known:
                    covered.update(range(start, start + len(known)))
        return len(covered)

    @cached_property
    def _known(self) -> frozenset[Pattern]:
        return frozenset(tuple(pattern.split()) for pattern in self.patterns)

    @cached_property
    def _by_beginning(self) -> Mapping[Pattern, Sequence[Pattern]]:
        found: defaultdict[Pattern, list[Pattern]] = defaultdict(list)
        for pattern in self._known:
            inner = pattern[pattern[:1] == (OWN,) :]
            if _n_words(inner) >= _LEAST_WORDS:
                found[inner[:_LEAST_WORDS]].append(inner)
        return found


@dataclass(frozen=True)
class _Segmented:
    """A text, cut into segments."""

    title: str
    segments: Sequence[str]
    patterns: Sequence[Pattern]
    """In the order of the segments; none is empty."""

    @classmethod
    def of(cls, title: str, description: str) -> _Segmented:
        own = Title.of(title)
        pairs = [
            (segment, pattern)
            for segment in split_segments(title, description)
            if (pattern := own.pattern_of(segment))
        ]
        return cls(title, [segment for segment, _ in pairs], [pattern for _, pattern in pairs])

    def own_words(self, common: Mapping[Pattern, int]) -> frozenset[str]:
        """Stems of the words of the title, and of what few other texts say."""
        told = [
            segment
            for segment, pattern in zip(self.segments, self.patterns, strict=True)
            if pattern not in common and _CONTACT.isdisjoint(pattern) and TITLE not in pattern
        ]
        words = words_of(" ".join((self.title, *told)))
        return frozenset(stem(word) for word in words if _tells(word))


def _tells(word: str) -> bool:
    return word.isalpha() and (len(word) >= _LEAST_LETTERS or not word.isascii())


def _sample(texts: Iterable[Text]) -> list[Text]:
    """The distinct texts with the lowest digests, cleaned, in the order of these."""
    lowest: dict[bytes, Text] = {}
    highest = b""
    for text in texts:
        digest = blake2b("\0".join(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if not highest or digest <= highest:
            lowest[digest] = text
        if len(lowest) >= 2 * _SAMPLE:
            lowest = dict(sorted(lowest.items())[:_SAMPLE])
            highest = max(lowest)
    chosen = [text for _, text in sorted(lowest.items())[:_SAMPLE]]
    return list(dict.fromkeys((clean_text(title), clean_text(body)) for title, body in chosen))


def _common_patterns(texts: Sequence[_Segmented]) -> dict[Pattern, int]:
    """Pattern -> texts with it, for those that enough of the texts have."""
    counts: Counter[Pattern] = Counter()
    for text in texts:
        counts.update(set(text.patterns))
    least = max(_LEAST_TEXTS, math.ceil(_LEAST_SHARE * len(texts)))
    return {pattern: n for pattern, n in counts.items() if n >= least and TITLE not in pattern}


def _is_sentence(pattern: Pattern) -> bool:
    n_words = _n_words(pattern)
    return n_words >= _LEAST_WORDS or WEB in pattern or (n_words > 0 and LONG_NUMBER in pattern)


def _limit(pattern: Pattern) -> float:
    return _UNLIKE if _CONTACT.isdisjoint(pattern) else _UNLIKE_CONTACT


def _n_words(pattern: Pattern) -> int:
    return sum(word not in _SIGNS for word in pattern)


_SIGNS = frozenset({OWN, LONG_NUMBER, WEB})
_CONTACT = frozenset({LONG_NUMBER, WEB})


def _likeness(
    texts: Sequence[_Segmented], common: Mapping[Pattern, int]
) -> Mapping[Pattern, float]:
    """How alike the texts with each pattern are, 0 to 1, apart from what many texts say.

    0.5 is chance. 1 where that cannot be told: texts need words that other texts have too.
    """
    members = _members(texts, common)
    compared = {*range(min(_REFERENCE, len(texts))), *chain.from_iterable(members.values())}
    rows = sorted(compared)
    place = {row: n for n, row in enumerate(rows)}
    words = [texts[row].own_words(common) for row in rows]
    likeness = Likeness.of(words, min(_REFERENCE, len(texts)))
    if not likeness.is_telling:
        return dict.fromkeys(common, 1.0)
    return {
        pattern: _likeness_among(likeness, np.array([place[row] for row in rows_with]))
        for pattern, rows_with in members.items()
    }


def _likeness_among(likeness: Likeness, rows: Integers) -> float:
    known = rows[likeness.is_known[rows]]
    return likeness.among(known) if len(known) >= _LEAST_TEXTS else 1.0


def _members(
    texts: Sequence[_Segmented], common: Mapping[Pattern, int]
) -> dict[Pattern, list[int]]:
    """Pattern -> rows of the first texts with it."""
    members: dict[Pattern, list[int]] = {pattern: [] for pattern in common}
    for row, text in enumerate(texts):
        for pattern in common.keys() & set(text.patterns):
            if len(members[pattern]) < _COMPARED:
                members[pattern].append(row)
    return members


def _with_neighbours(
    found: Set[Pattern],
    texts: Sequence[_Segmented],
    common: Mapping[Pattern, int],
    likeness: Mapping[Pattern, float],
) -> Set[Pattern]:
    """The found patterns, and others that stand beside one of them in most texts."""
    possible = {p for p in common if likeness[p] <= _UNLIKE_BESIDE}
    while True:
        beside = _n_beside(found, texts, possible)
        more = {p for p, count in beside.items() if count >= _MOST * common[p]} - found
        if not more:
            return found
        found = found | more


def _n_beside(
    found: Set[Pattern], texts: Sequence[_Segmented], possible: Set[Pattern]
) -> Counter[Pattern]:
    """Pattern -> texts in which a found one stands next to it."""
    beside: Counter[Pattern] = Counter()
    for text in texts:
        patterns = text.patterns
        pairs = chain(pairwise(patterns), pairwise(reversed(patterns)))
        beside.update({p for p, neighbour in pairs if p in possible and neighbour in found})
    return beside
