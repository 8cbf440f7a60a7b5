"""Names -> better ones, where a language model suggests some that are valid and not taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
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
from topicmodel.naming.brands import MAX_BRAND_TEXTS, Brands
from topicmodel.naming.choice import RUNNERS_UP
from topicmodel.naming.form import comparison_key, fault, has_brand
from topicmodel.naming.gates import fault_beside
from topicmodel.naming.language_model import Brief, Suggestions, suggest_names
from topicmodel.naming.wording import Wording
from topicmodel.progress import Progress
from topicmodel.settings import LanguageModelSettings
from topicmodel.text import plain_words

EXAMPLES = 8
"""Maximum titles of a topic that the language model is shown."""


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
    """Ask a language model for better names; a topic without a valid suggestion keeps its name.

    Args:
        vectors: (n_texts, n_dims), unit length.
        levels: of the same texts.
        cache_folder: where answers are kept.
        former: former names of the topics; topics that still have them are not asked about.

    Raises:
        SettingsError: as for `check_language_model`.
    """
    briefs = _briefs(names, documents, vectors, levels)
    former_names = [*former.level1, *former.level2] if former else [""] * len(briefs)
    asked = [index for index, brief in enumerate(briefs) if brief.name != former_names[index]]
    progress.stage(Stage.ASKING_THE_LANGUAGE_MODEL, len(asked))
    suggestions = suggest_names(
        [briefs[index] for index in asked], settings, cache_folder, progress
    )
    suggested = dict(zip(asked, suggestions.names, strict=True))
    languages = [
        *_languages(documents, levels.level1),
        *_languages(documents, levels.level2),
    ]
    brands = Brands.of(Wording.from_documents(documents).sample(MAX_BRAND_TEXTS))
    described = {
        index: description
        for index, description in zip(asked, suggestions.descriptions, strict=True)
        if not has_brand(description, brands)
    }
    chosen = _accepted(
        briefs,
        [suggested.get(index) for index in range(len(briefs))],
        languages,
        brands,
        former.taken if former else (),
    )
    given = frozenset(map(comparison_key, chosen))
    polished = [
        _polished(label, name, described.get(index, ""), given)
        for index, (label, name) in enumerate(
            zip([*names.level1, *names.level2], chosen, strict=True)
        )
    ]
    n_parents = len(names.level1)
    return Names(polished[:n_parents], polished[n_parents:]), suggestions


def _briefs(names: Names, documents: Documents, vectors: Floats, levels: Levels) -> list[Brief]:
    """What the language model is told about each topic, parents first."""
    parents = {
        int(child): int(parent) for parent, child in zip(levels.level1, levels.level2, strict=True)
    }
    first = [description.name for description in names.level1]
    second = [description.name for description in names.level2]
    children = [
        [second[c] for c in range(len(second)) if parents[c] == p] for p in range(len(first))
    ]
    examples1 = _examples(documents, vectors, levels.level1)
    examples2 = _examples(documents, vectors, levels.level2)
    above = [
        _brief(description, examples1[n], "", first, children[n])
        for n, description in enumerate(names.level1)
    ]
    below = [
        _brief(description, examples2[n], first[parents[n]], children[parents[n]], ())
        for n, description in enumerate(names.level2)
    ]
    return [*above, *below]


def _brief(
    description: TopicDescription,
    examples: Sequence[str],
    parent: str,
    level: Sequence[str],
    children: Sequence[str],
) -> Brief:
    return Brief(
        name=description.name,
        keywords=tuple(term for term, _ in description.keywords),
        examples=tuple(examples),
        parent=parent,
        siblings=tuple(name for name in level if name != description.name),
        children=tuple(children),
        coverage=description.coverage,
        runners_up=description.runners_up,
        goods=description.includes,
    )


def _examples(documents: Documents, vectors: Floats, topics: Integers) -> list[list[str]]:
    """For each topic up to `EXAMPLES` distinct titles, those nearest to its centre first."""
    examples = []
    for number, centre in enumerate(centroids(vectors, topics)):
        members = np.flatnonzero(topics == number)
        order = np.argsort(-cosines_of_rows(vectors, members, centre), kind="stable")
        nearest = members[order]
        titles = (documents.products.titles[documents.product_of_text[row]] for row in nearest)
        examples.append(list(dict.fromkeys(titles))[:EXAMPLES])
    return examples


def _languages(documents: Documents, topics: Integers) -> list[str]:
    """The most frequent language of each topic, an ISO 639-1 code."""
    counts_of_topic = [Counter[str]() for _ in range(int(topics.max(initial=-1)) + 1)]
    for topic, language in zip(topics.tolist(), documents.languages, strict=True):
        if topic >= 0:
            counts_of_topic[topic][language] += 1
    return [max(counts, key=lambda code: (counts[code], code)) for counts in counts_of_topic]


def _accepted(
    briefs: Sequence[Brief],
    suggested: Sequence[str | None],
    languages: Sequence[str],
    brands: Brands,
    reserved: Sequence[str],
) -> list[str]:
    """For each brief its suggestion if that is valid and not taken, or else its present name.

    Parents come first, so that their children are judged beside the names that they have by then. A
    parent's name must leave its children good names even if they keep theirs.
    """
    taken = {comparison_key(name) for name in (*reserved, *(brief.name for brief in briefs))}
    accepted = {brief.name: brief.name for brief in briefs}
    for brief, name, language in zip(briefs, suggested, languages, strict=True):
        if not name or fault(name, plain_words(language), brands):
            continue
        is_same = comparison_key(name) == comparison_key(brief.name)
        siblings = [accepted[sibling] for sibling in brief.siblings]
        is_free = is_same or comparison_key(name) not in taken
        is_good = not fault_beside(name, accepted.get(brief.parent, ""), siblings)
        if is_free and is_good and not _spoils_children(name, brief):
            taken.add(comparison_key(name))
            accepted[brief.name] = name
    return [accepted[brief.name] for brief in briefs]


def _spoils_children(name: str, brief: Brief) -> bool:
    """Whether a child that stands well below the present name would not do so below this one."""
    for place, child in enumerate(brief.children):
        others = [*brief.children[:place], *brief.children[place + 1 :]]
        if fault_beside(child, name, others) and not fault_beside(child, brief.name, others):
            return True
    return False


def _polished(
    label: TopicDescription, name: str, description: str, given: Set[str]
) -> TopicDescription:
    """The label with this name and description; our own name is the first of the others.

    Args:
        given: keys of the names of all categories; none of them is another name to choose.
    """
    others = tuple(other for other in label.runners_up if comparison_key(other) not in given)
    label = replace(label, description=description, runners_up=others)
    if name == label.name:
        return label
    # Nobody has measured how far the model's name is true.
    return replace(label, name=name, coverage=None, runners_up=(label.name, *others)[:RUNNERS_UP])
