"""What the report shows: a run turned into plain values, with nothing decided about its looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Run, Topic, TopicId
from topicmodel.reporting import facts
from topicmodel.reporting.edit_log import EditRow
from topicmodel.reporting.facts import FigureGroup, Problem, Reproduction
from topicmodel.reporting.formatting import anchor, displayed, percent, writable
from topicmodel.reporting.history import History, change_line, history_of, run_edits
from topicmodel.reporting.listed_products import (
    Example,
    Products,
    Unplaced,
    doubtful,
    mean_confidence,
    products_of,
    typical,
    unplaced,
)
from topicmodel.reporting.neighbours import Neighbour, neighbours_of
from topicmodel.reporting.points import ProductMap, category_name, placed, product_map
from topicmodel.reporting.profile import AttributeProfile, attribute_profiles
from topicmodel.reporting.summary import Headline, heading, headlines, summary
from topicmodel.settings import ReportSettings


@dataclass(frozen=True, slots=True)
class Keyword:
    """A term with its c-TF-IDF weight."""

    term: str
    weight: float
    fill: float
    """Weight relative to the heaviest of the category, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category with all that its panel shows."""

    id: str
    """As the run has it, for scripts; the reader sees its name."""
    anchor: str
    """Name of its place in the page, safe in a link."""
    number: str
    """Place in the tree, for display only: `3` or `3.2`."""
    name: str
    parent: str
    """Name of the category above, "" on level one."""
    parent_anchor: str
    slot: int
    """Place of its level-one category, from 0; decides colour and marker."""
    size: int
    share: str
    """Of all products on level one, of the parent's on level two."""
    fill: float
    """Size relative to the largest category of level one, 0 to 1."""
    keywords: tuple[Keyword, ...]
    cloud_terms: tuple[tuple[str, float], ...]
    examples: tuple[Example, ...]
    """Typical products, the most central first."""
    doubtful: tuple[Example, ...]
    """Products whose place is least sure, the least sure first; none of the typical ones."""
    attributes: tuple[AttributeProfile, ...]
    neighbours: tuple[Neighbour, ...]
    """The nearest categories of the same level, the nearest first."""
    confidence: float | None
    """Mean of its products, 0 to 1; None where it has none."""
    children: tuple[Category, ...]
    direct: int
    """Products that are in none of its children."""
    stability: float | None
    """Share of it that is found again on resamples, 0 to 1; None where nobody looked."""
    history: History | None
    """Its sizes over the runs; None where there is one run only."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that the report shows."""

    title: str
    created: str
    summary: str
    change: str
    """What has changed since the run before, in one sentence; "" where there is none."""
    headlines: tuple[Headline, ...]
    categories: tuple[Category, ...]
    all_hidden: bool
    """There were categories, and edits have hidden every one."""
    unsorted: int
    unsorted_share: str
    unplaced: tuple[Unplaced, ...]
    """The same products by the reason why they are in no category."""
    map: ProductMap
    quality: tuple[FigureGroup, ...]
    curve: tuple[tuple[int, float], ...]
    """Number of level-one categories -> relative distance of the two most alike; empty where the
    count was given."""
    separation: float | None
    """The distance below which two categories are merged; None where it is not known."""
    methods: tuple[tuple[str, int, str], ...]
    """How products were placed: words, products, share."""
    problems: tuple[Problem, ...]
    n_problems: int
    duplicates: int | None
    """Rows whose id came again later; None where nobody counted."""
    without_text: int
    folded: int | None
    """Products that share their text with an earlier one; None where nobody counted."""
    warnings: tuple[str, ...]
    """What the run warned of while it was made."""
    edits: tuple[EditRow, ...]
    reproduction: Reproduction

    @property
    def listed(self) -> tuple[str, ...]:
        """Ids of the products in its lists, in the order of the page."""
        families = [(parent, *parent.children) for parent in self.categories]
        lists = [
            *(box for family in families for c in family for box in (c.examples, c.doubtful)),
            *(group.examples for group in self.unplaced),
        ]
        return tuple(example.key for examples in lists for example in examples if example.key)


def build_report(run: Run, settings: ReportSettings) -> Report:
    """The run as plain values to show; the same run gives the same values."""
    products = products_of(run)
    n_unsorted = len(products.members[None])
    dump = run.manifest.dump
    without_text = int(np.count_nonzero(~placed(run)))
    n_products, n_texts = len(run.assignments.product_ids), dump.distinct_texts
    return Report(
        title=heading(run, settings),
        created=facts.shown(run.manifest.created)[:10],
        summary=summary(run, n_unsorted),
        change=change_line(run.changes),
        headlines=headlines(run, n_unsorted),
        categories=_categories(products, settings.n_examples),
        all_hidden=bool(run.fitted.taxonomy.topics) and not run.taxonomy.topics,
        unsorted=n_unsorted,
        unsorted_share=percent(n_unsorted, n_products),
        unplaced=unplaced(products, settings.n_examples),
        map=product_map(run, settings.max_points),
        quality=facts.quality(run.scorecard.metrics),
        curve=tuple((int(n), float(s)) for n, s in run.count_curve if np.isfinite(s)),
        separation=_separation(run),
        methods=facts.methods(run.assignments.methods),
        problems=facts.problems(run.rejects),
        n_problems=len(run.rejects),
        duplicates=dump.duplicates,
        without_text=without_text,
        folded=None if n_texts is None else max(0, n_products - without_text - n_texts),
        warnings=facts.warnings(run.manifest.warnings),
        edits=run_edits(run),
        reproduction=facts.reproduction(run.manifest),
    )


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What every category needs to know of the run."""

    run: Run
    products: Products
    profiles: Mapping[TopicId, tuple[AttributeProfile, ...]]
    neighbours: Mapping[TopicId, tuple[Neighbour, ...]]
    direct: Mapping[TopicId | None, int]
    """Products of a category that are in none of its children."""
    figures: Mapping[str, float | None]
    """Figures of the scorecard, by their name."""
    largest: int
    n_examples: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the tree a category stands."""

    number: str
    slot: int
    parent: Topic | None
    whole: int
    """Products that its share is a share of."""


def _categories(products: Products, n_examples: int) -> tuple[Category, ...]:
    run = products.run
    top, n_products = run.taxonomy.level1, len(run.assignments.product_ids)
    lookups = _lookups(products, max((topic.size for topic in top), default=0), n_examples)
    places = [_Place(str(slot + 1), slot, None, n_products) for slot in range(len(top))]
    return tuple(_category(lookups, *pair) for pair in zip(top, places, strict=True))


def _lookups(products: Products, largest: int, n_examples: int) -> _Lookups:
    run = products.run
    placements = zip(run.assignments.level1, run.assignments.level2, strict=True)
    return _Lookups(
        run=run,
        products=products,
        profiles=attribute_profiles(run),
        neighbours=neighbours_of(run),
        direct=Counter(parent for parent, child in placements if child is None),
        figures={metric.name: metric.value for metric in run.scorecard.metrics},
        largest=largest,
        n_examples=n_examples,
    )


def _category(lookups: _Lookups, topic: Topic, place: _Place) -> Category:
    products, limit = lookups.products, lookups.n_examples
    examples = typical(products, topic, limit)
    return Category(
        id=writable(topic.id),
        anchor=anchor(topic.id),
        number=place.number,
        name=category_name(topic),
        parent=category_name(place.parent) if place.parent else "",
        parent_anchor=anchor(place.parent.id) if place.parent else "",
        slot=place.slot,
        size=topic.size,
        share=percent(topic.size, place.whole),
        fill=_ratio(topic.size, lookups.largest),
        keywords=_keywords(topic),
        cloud_terms=tuple(lookups.run.tree.cloud_terms.get(topic.id) or topic.keywords),
        examples=examples,
        doubtful=doubtful(products, topic.id, examples, limit),
        attributes=lookups.profiles.get(topic.id, ()),
        neighbours=lookups.neighbours.get(topic.id, ()),
        confidence=mean_confidence(products, topic.id),
        children=_children(lookups, topic, place),
        direct=lookups.direct.get(topic.id, 0),
        stability=lookups.figures.get(f"topics.{topic.id}.stability"),
        history=history_of(topic.id, lookups.run.history),
    )


def _children(lookups: _Lookups, topic: Topic, place: _Place) -> tuple[Category, ...]:
    children = lookups.run.taxonomy.children(topic.id)
    return tuple(
        _category(lookups, child, _Place(f"{place.number}.{i}", place.slot, topic, topic.size))
        for i, child in enumerate(children, start=1)
    )


def _keywords(topic: Topic) -> tuple[Keyword, ...]:
    heaviest = max((weight for _, weight in topic.keywords), default=0.0)
    return tuple(
        Keyword(displayed(term, 60), weight, _ratio(weight, heaviest))
        for term, weight in topic.keywords
    )


def _ratio(part: float, whole: float) -> float:
    return max(0.0, min(1.0, part / whole)) if whole > 0 else 0.0


def _separation(run: Run) -> float | None:
    value = run.manifest.setting("level1.separation")
    # The settings are kept as they were read, so this may be anything.
    return value if isinstance(value, float) and np.isfinite(value) else None
