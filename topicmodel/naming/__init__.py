"""Texts and vectors of a topic -> its name, its keywords and its word cloud."""

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
from topicmodel.naming.catalogue_names import ShopCatalogue
from topicmodel.naming.keywords import describe
from topicmodel.naming.names import name_topics
from topicmodel.naming.polish import polish_names
from topicmodel.settings import NamingSettings

__all__ = ["FormerNames", "ShopCatalogue", "describe_topics", "name_topics", "polish_names"]


def describe_topics(
    documents: Documents,
    words: TermCounts,
    vectors: Floats,
    levels: Levels,
    encode: Callable[[Sequence[str]], Floats],
    settings: NamingSettings,
    representation: Representation | None = None,
    former: FormerNames | None = None,
    shop: ShopCatalogue | None = None,
) -> Names:
    """Name, keywords and word cloud of every topic of both levels; names are unique in the tree.

    Args:
        words: term counts of the texts.
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        encode: texts to unit vectors.
        representation: chooses the keywords in place of `settings.representation`.
        former: former names of the topics; kept unless another name is clearly better.
        shop: the catalogue of goods that the topics follow, if any.
    """
    names = name_topics(documents, vectors, levels, encode, former, shop)
    described = []
    for topics, names_of_level in zip((levels.level1, levels.level2), names, strict=True):
        descriptions = describe(
            topics, words, documents.texts, vectors, encode, settings, representation
        )
        described.append(
            [
                TopicDescription(
                    name=name.name,
                    keywords=description.keywords,
                    cloud=description.cloud,
                    coverage=name.coverage,
                    runners_up=name.runners_up,
                    includes=name.includes,
                )
                for name, description in zip(names_of_level, descriptions, strict=True)
            ]
        )
    return Names(*described)
