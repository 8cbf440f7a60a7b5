"""Evidence of a topic's members -> what it is called: its name and its keywords."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from topicmodel.datatypes import (
    Documents,
    Floats,
    FormerNames,
    Levels,
    Names,
    TermCounts,
    TopicDescription,
)
from topicmodel.engine import Representation
from topicmodel.naming.keywords import describe
from topicmodel.naming.names import name_topics
from topicmodel.naming.polish import polish_names
from topicmodel.settings import NamingSettings

__all__ = ["FormerNames", "label_topics", "name_topics", "polish_names"]


def label_topics(
    documents: Documents,
    words: TermCounts,
    vectors: Floats,
    levels: Levels,
    encode: Callable[[Sequence[str]], Floats],
    settings: NamingSettings,
    representation: Representation | None = None,
    former: FormerNames | None = None,
) -> Names:
    """Name and describe every topic of both levels; names are unique in the tree.

    Args:
        words: counts over the texts.
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        encode: texts to unit vectors.
        representation: chooses the keywords in place of what the settings name.
        former: what the topics were called before; kept unless another name is clearly better.
    """
    names = name_topics(documents, vectors, levels, encode, former)
    labels = []
    for topics, found in zip((levels.level1, levels.level2), names, strict=True):
        described = describe(
            topics, words, documents.texts, vectors, encode, settings, representation
        )
        labels.append(
            [
                TopicDescription(name, description.keywords, description.cloud)
                for name, description in zip(found, described, strict=True)
            ]
        )
    return Names(*labels)
