"""Names -> better ones, where a language model knows some that may stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from topicmodel.datatypes import (
    Documents,
    Floats,
    FormerNames,
    Integers,
    Levels,
    Names,
    Stage,
    TopicDescription,
)
from topicmodel.geometry import centroids, cosines_of_rows
from topicmodel.naming.brands import JUDGED, Brands
from topicmodel.naming.form import fault, sameness
from topicmodel.naming.language_model import Brief, Suggestions, suggest_names
from topicmodel.naming.wording import Wording
from topicmodel.progress import Progress
from topicmodel.settings import LanguageModelSettings
from topicmodel.text import plain_words

EXAMPLES = 8
"""Titles of a topic that the language model is shown."""


def polish_names(
    names: Names,
    documents: Documents,
    vectors: Floats,
    levels: Levels,
    settings: LanguageModelSettings,
    cache_folder: Path,
    progress: Progress,
    former: FormerNames | None = None,
) -> tuple[Names, Suggestions]:
    """Ask a language model for better names; what is no name, or is taken, leaves ours.

    Args:
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        cache_folder: where answers are kept.
        former: what topics were called before; those that still are, are not asked about.

    Raises:
        SettingsError: the language model cannot be asked at all.
    """
    briefs = _briefs(names, documents, vectors, levels)
    kept = [*former.level1, *former.level2] if former else [""] * len(briefs)
    asked = [place for place, brief in enumerate(briefs) if brief.name != kept[place]]
    progress.stage(Stage.ASKING_THE_LANGUAGE_MODEL, len(asked))
    suggestions = suggest_names(
        [briefs[place] for place in asked], settings, cache_folder, progress
    )
    suggested = dict(zip(asked, suggestions.names, strict=True))
    languages = [
        *_languages(documents, levels.level1),
        *_languages(documents, levels.level2),
    ]
    chosen = _accepted(
        briefs,
        [suggested.get(place) for place in range(len(briefs))],
        languages,
        Brands.of(Wording.from_documents(documents).share(JUDGED)),
        former.taken if former else (),
    )
    n_parents = len(names.level1)
    return (
        Names(
            _renamed(names.level1, chosen[:n_parents]), _renamed(names.level2, chosen[n_parents:])
        ),
        suggestions,
    )


def _briefs(names: Names, documents: Documents, vectors: Floats, levels: Levels) -> list[Brief]:
    """What the model is told of each topic, parents first."""
    parents = {
        int(child): int(parent) for parent, child in zip(levels.level1, levels.level2, strict=True)
    }
    first = [label.name for label in names.level1]
    second = [label.name for label in names.level2]
    children = [
        [second[c] for c in range(len(second)) if parents[c] == p] for p in range(len(first))
    ]
    examples1 = _examples(documents, vectors, levels.level1)
    examples2 = _examples(documents, vectors, levels.level2)
    above = [
        _brief(label, examples1[n], "", first, children[n]) for n, label in enumerate(names.level1)
    ]
    below = [
        _brief(label, examples2[n], first[parents[n]], children[parents[n]], ())
        for n, label in enumerate(names.level2)
    ]
    return [*above, *below]


def _brief(
    label: TopicDescription,
    examples: Sequence[str],
    parent: str,
    level: Sequence[str],
    children: Sequence[str],
) -> Brief:
    return Brief(
        name=label.name,
        keywords=tuple(term for term, _ in label.keywords),
        examples=tuple(examples),
        parent=parent,
        siblings=tuple(name for name in level if name != label.name),
        children=tuple(children),
    )


def _examples(documents: Documents, vectors: Floats, topics: Integers) -> list[list[str]]:
    """Titles of the members nearest to the centre of each topic."""
    found = []
    for number, centre in enumerate(centroids(vectors, topics)):
        members = np.flatnonzero(topics == number)
        order = np.argsort(-cosines_of_rows(vectors, members, centre), kind="stable")
        nearest = members[order]
        titles = (documents.products.titles[documents.product_of_text[row]] for row in nearest)
        found.append(list(dict.fromkeys(titles))[:EXAMPLES])
    return found


def _languages(documents: Documents, topics: Integers) -> list[str]:
    """The commonest language of each topic."""
    found = [Counter[str]() for _ in range(int(topics.max(initial=-1)) + 1)]
    for topic, language in zip(topics.tolist(), documents.languages, strict=True):
        if topic >= 0:
            found[topic][language] += 1
    return [max(counts, key=lambda code: (counts[code], code)) for counts in found]


def _accepted(
    briefs: Sequence[Brief],
    suggested: Sequence[str | None],
    languages: Sequence[str],
    brands: Brands,
    reserved: Sequence[str],
) -> list[str]:
    """For each brief its suggestion, if it may be a name and is free, or else its present name."""
    taken = {sameness(name) for name in (*reserved, *(brief.name for brief in briefs))}
    chosen = []
    for brief, name, language in zip(briefs, suggested, languages, strict=True):
        sound = name if name and not fault(name, plain_words(language), brands) else brief.name
        own = sameness(sound) == sameness(brief.name)
        fits = sound if own or sameness(sound) not in taken else brief.name
        taken.add(sameness(fits))
        chosen.append(fits)
    return chosen


def _renamed(labels: Sequence[TopicDescription], names: Sequence[str]) -> list[TopicDescription]:
    return [replace(label, name=name) for label, name in zip(labels, names, strict=True)]
