"""Small shops that a test writes out, and an encoder that takes plurals for singulars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from tiny_encoder import TinyEncoder

from topicmodel.datatypes import Documents, Floats, Levels, Products, attributes_as_json
from topicmodel.naming.choice import TopicName
from topicmodel.naming.names import name_topics
from topicmodel.text.languages import split_words
from topicmodel.text.plurals import singular


def documents_of(
    titles: Sequence[str],
    descriptions: Sequence[str] | None = None,
    *,
    brands: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
    languages: Sequence[str] | str = "en",
) -> Documents:
    """One product a title; its text is the title and, where there is one, the description."""
    rows = np.arange(len(titles))
    nothing = [""] * len(titles)
    texts = [
        f"{title}. {description}" if description else title
        for title, description in zip(titles, descriptions or nothing, strict=True)
    ]
    return Documents(
        products=Products(
            ids=[f"p{row}" for row in rows],
            titles=titles,
            attributes=[
                attributes_as_json({"brand": brand, "colour": colour})
                for brand, colour in zip(brands or nothing, colours or nothing, strict=True)
            ],
        ),
        texts=texts,
        text_of_product=rows,
        product_of_text=rows,
        languages=[languages] * len(titles) if isinstance(languages, str) else languages,
    )


def levels_of(
    level1: Sequence[int] | np.ndarray,
    level2: Sequence[int] | np.ndarray | None = None,
    strengths: Sequence[float] | None = None,
) -> Levels:
    """Levels of texts that are held firmly and have no children, unless told otherwise."""
    first = np.array(level1, dtype=np.int64)
    second = np.full(len(first), -1) if level2 is None else np.array(level2, dtype=np.int64)
    held = np.ones(len(first)) if strengths is None else np.array(strengths)
    return Levels(first, second, held.astype(np.float32), [])


def encode(texts: Sequence[str]) -> Floats:
    """Unit vectors that are near where texts share words, in the singular or the plural."""
    words = [map(singular, re.findall(r"[\w'’-]+", split_words(text.lower()))) for text in texts]
    return TinyEncoder().encode([" ".join(found) for found in words])


def names_of(groups: Sequence[Sequence[str]], **told: Any) -> list[str]:
    """Names of level-one topics, told by the titles in each.

    Args:
        groups: titles of each topic.
        told: more of `documents_of`, in the order of all titles.
    """
    numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    documents = documents_of([title for group in groups for title in group], **told)
    return tree_names(documents, levels_of(numbers))[0]


def tree_names(documents: Documents, levels: Levels) -> tuple[list[str], list[str]]:
    """Names of the topics of both levels, where texts lie near what their titles say."""
    return called(name_topics(documents, encode(documents.products.titles), levels, encode))


def called(names: tuple[list[TopicName], list[TopicName]]) -> tuple[list[str], list[str]]:
    """The names alone, without what else is told of them."""
    return [each.name for each in names[0]], [each.name for each in names[1]]
