"""What is found among texts: topics by their number, placements, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topicmodel.datatypes.arrays import Floats, Integers
from topicmodel.datatypes.tree import Method, TopicId

TopicIds = tuple[list[TopicId], list[TopicId]]
"""Of level one and of level two, each in the order of the topics' numbers."""


@dataclass(frozen=True)
class Level:
    """A flat clustering of texts."""

    topics: Integers
    """(n_texts,), from 0; -1 is an outlier."""
    strengths: Floats
    """(n_texts,), 0 to 1: how firmly HDBSCAN holds the text; 0 for outliers."""


@dataclass(frozen=True)
class Levels:
    """Two nested clusterings of texts: every text has its nearest topic on both levels."""

    level1: Integers
    """(n_texts,), from 0, largest first."""
    level2: Integers
    """(n_texts,), numbered over the whole tree; -1 where the level-one topic has no children."""
    strengths: Floats
    """(n_texts,), 0 to 1: how firmly HDBSCAN holds the text in its topic; 0 for outliers."""
    count_curve: Sequence[tuple[int, float]]
    """Number of level-one topics -> distance, relative to that of unrelated topics, at which the
    last two of them would merge. Empty where the number was given, or a catalogue decided it."""
    known_share: float | None = None
    """Share of the texts in fine topics that the catalogue of goods knows; None without one."""
    by_catalogue: bool = False
    """Whether the topics follow the catalogue."""


@dataclass(frozen=True)
class Resample:
    """A part of the texts, clustered anew."""

    rows: Integers
    """(n_drawn,), the texts that were drawn, in rising order."""
    levels: Levels
    """What was found among them: all (n_drawn,)."""


@dataclass(frozen=True)
class Placement:
    """The topics that texts get in the end, and how sure that is. All (n_texts,)."""

    level1: Integers
    """Level-one topic; -1 where the text is unsorted."""
    level2: Integers
    """Level-two topic; -1 where the text has a level-one topic only, or is unsorted."""
    confidence: Floats
    """0 to 1."""
    methods: Sequence[Method]


@dataclass(frozen=True)
class TopicDescription:
    """What a topic is called."""

    name: str
    keywords: tuple[tuple[str, float], ...]
    """Terms with their c-TF-IDF weight, heaviest first."""
    cloud: tuple[tuple[str, float], ...]
    """More terms of the same kind, for the word cloud."""
    coverage: float | None = None
    """Share of its texts that the name is true of, 0 to 1; None where nobody has measured it."""
    runners_up: tuple[str, ...] = ()
    """Up to three other names that it could have, the best first."""
    includes: tuple[str, ...] = ()
    """Goods that it holds, the commonest first."""
    description: str = ""
    """What belongs to it, as a language model has put it; "" where none has."""


@dataclass(frozen=True)
class Names:
    """Descriptions of all topics, in the order of their numbers in `Levels`."""

    level1: Sequence[TopicDescription]
    level2: Sequence[TopicDescription]


@dataclass(frozen=True)
class FormerNames:
    """What the topics were called before, in the order of their numbers; "" for new ones."""

    level1: Sequence[str]
    level2: Sequence[str]
    taken: Sequence[str] = ()
    """Names that no topic may be given, such as those that people gave."""
    fixed: bool = False
    """Whether no other name can be better, as where a language model has chosen the names."""
