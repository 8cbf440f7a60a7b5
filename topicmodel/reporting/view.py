"""Compute what the report shows from a run; its looks are decided elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Run, Topic, TopicId
from topicmodel.datatypes.language_wording import with_language
from topicmodel.reporting import facts
from topicmodel.reporting.edit_log import EditRow
from topicmodel.reporting.facts import FigureGroup, Problem, Reproduction
from topicmodel.reporting.formatting import anchor, displayed, percent, writable
from topicmodel.reporting.goods import GoodsLine, goods_line
from topicmodel.reporting.history import History, change_line, history_of, run_edits
from topicmodel.reporting.listed_products import (
    Example,
    GroupedProducts,
    Unplaced,
    doubtful,
    group_products,
    mean_confidence,
    typical,
    unplaced,
)
from topicmodel.reporting.neighbours import Neighbour, neighbours_of
from topicmodel.reporting.points import ProductMap, category_name, has_position, product_map
from topicmodel.reporting.profile import AttributeProfile, attribute_profiles
from topicmodel.reporting.summary import Headline, heading, headlines, summary
from topicmodel.reporting.weak_names import WeakName, name_truth, weak_names
from topicmodel.settings import ReportSettings


@dataclass(frozen=True, slots=True)
class Keyword:
    """A term with its c-TF-IDF weight."""

    term: str
    weight: float
    fill: float
    """Weight relative to the heaviest keyword of the category, 0 to 1."""


_DEFINITION_LIMIT = 600
"""Characters."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category with everything that its panel shows."""

    id: str
    """The id in the run, for scripts; readers see the name."""
    anchor: str
    """Link target of the category in the page."""
    number: str
    """Number in the tree, for display only, such as `3` or `3.2`."""
    name: str
    parent: str
    """Name of the category above; "" on level one."""
    parent_anchor: str
    slot: int
    """Index of its level-one category, from 0, which decides colour and marker."""
    size: int
    share: str
    """Share of all products on level one, of the parent's products on level two; in per cent."""
    fill: float
    """Size relative to the largest level-one category, 0 to 1."""
    truth: str
    """How far its name is true, in words; "" where nobody has measured it."""
    definition: str
    """What belongs to it and what does not; "" where that is not known."""
    goods: GoodsLine | None
    """What it is made of; None where the run follows no catalogue of goods."""
    keywords: tuple[Keyword, ...]
    cloud_terms: tuple[tuple[str, float], ...]
    examples: tuple[Example, ...]
    """Typical products, the most central first."""
    doubtful: tuple[Example, ...]
    """Products with the lowest confidence, by increasing confidence, without the typical ones."""
    attributes: tuple[AttributeProfile, ...]
    neighbours: tuple[Neighbour, ...]
    """The nearest categories of the same level, the nearest first."""
    confidence: float | None
    """Mean confidence of its products, 0 to 1; None where it has no products."""
    children: tuple[Category, ...]
    direct: int
    """Number of products that are in none of its children."""
    stability: float | None
    """Share of it that is found again on resamples, 0 to 1; None where it was not computed."""
    history: History | None
    """Its sizes over the runs; None where there is only one run."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the report shows."""

    title: str
    created: str
    summary: str
    change: str
    """What has changed since the previous run, in one sentence; "" for a first run."""
    headlines: tuple[Headline, ...]
    categories: tuple[Category, ...]
    weak_names: tuple[WeakName, ...]
    """Categories whose name is true of too few of their products, the largest first."""
    all_hidden: bool
    """Whether there were categories, but edits have hidden all of them."""
    unsorted: int
    """Number of products without a category."""
    unsorted_share: str
    unplaced: tuple[Unplaced, ...]
    """The products without a category, by reason."""
    map: ProductMap
    quality: tuple[FigureGroup, ...]
    curve: tuple[tuple[int, float], ...]
    """Number of level-one categories, and the relative distance of the two most similar ones; ()
    where the number was given in the settings."""
    catalogue: str
    """Whether the main categories follow a catalogue of goods, and why, in one sentence."""
    separation: float | None
    """Relative distance below which two categories are merged; None where it is not known."""
    methods: tuple[tuple[str, int, str], ...]
    """How products were placed: description, number of products, share."""
    problems: tuple[Problem, ...]
    n_problems: int
    duplicates: int | None
    """Number of rows whose id occurs again later; None where they were not counted."""
    without_text: int
    """Number of products without a text."""
    folded: int | None
    """Products that share their text with an earlier product; None where they were not counted."""
    warnings: tuple[str, ...]
    """Warnings that were given while the run was made."""
    edits: tuple[EditRow, ...]
    reproduction: Reproduction

    @property
    def n_categories(self) -> int:
        """Number of categories on both levels."""
        return sum(1 + len(category.children) for category in self.categories)

    @property
    def listed(self) -> tuple[str, ...]:
        """Ids of the products in the lists of the report, in the order of the page."""
        families = [(parent, *parent.children) for parent in self.categories]
        lists = [
            *(box for family in families for c in family for box in (c.examples, c.doubtful)),
            *(group.examples for group in self.unplaced),
        ]
        return tuple(example.key for examples in lists for example in examples if example.key)


def build_report(run: Run, settings: ReportSettings) -> Report:
    """Compute what the report shows; the same run always gives the same values."""
    products = group_products(run)
    n_unsorted = len(products.members[None])
    dump = run.manifest.dump
    without_text = int(np.count_nonzero(~has_position(run)))
    n_products, n_texts = len(run.assignments.product_ids), dump.distinct_texts
    return Report(
        title=heading(run, settings),
        created=facts.shown(run.manifest.created)[:10],
        summary=summary(run, n_unsorted),
        change=change_line(run.changes),
        headlines=headlines(run, n_unsorted),
        categories=_categories(products, settings.n_examples),
        weak_names=weak_names(run.taxonomy),
        all_hidden=bool(run.fitted.taxonomy.topics) and not run.taxonomy.topics,
        unsorted=n_unsorted,
        unsorted_share=percent(n_unsorted, n_products),
        unplaced=unplaced(products, settings.n_examples),
        map=product_map(run, settings.max_points),
        quality=facts.quality(run.scorecard.metrics),
        curve=tuple((int(n), float(s)) for n, s in run.count_curve if np.isfinite(s)),
        catalogue=displayed(with_language(run.manifest.catalogue), 600),
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
    """What the values of each category are computed from."""

    run: Run
    products: GroupedProducts
    profiles: Mapping[TopicId, tuple[AttributeProfile, ...]]
    neighbours: Mapping[TopicId, tuple[Neighbour, ...]]
    direct: Mapping[TopicId | None, int]
    """Category -> number of its products that are in none of its children."""
    figures: Mapping[str, float | None]
    """Name of a figure of the scorecard -> its value."""
    largest: int
    n_examples: int


@dataclass(frozen=True, slots=True)
class _Position:
    """The position of a category in the tree."""

    number: str
    slot: int
    parent: Topic | None
    whole: int
    """Number of products that its share refers to."""


def _categories(products: GroupedProducts, n_examples: int) -> tuple[Category, ...]:
    run = products.run
    top, n_products = run.taxonomy.level1, len(run.assignments.product_ids)
    lookups = _lookups(products, max((topic.size for topic in top), default=0), n_examples)
    positions = [_Position(str(slot + 1), slot, None, n_products) for slot in range(len(top))]
    return tuple(_category(lookups, *pair) for pair in zip(top, positions, strict=True))


def _lookups(products: GroupedProducts, largest: int, n_examples: int) -> _Lookups:
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


def _category(lookups: _Lookups, topic: Topic, position: _Position) -> Category:
    products, limit = lookups.products, lookups.n_examples
    examples = typical(products, topic, limit)
    return Category(
        id=writable(topic.id),
        anchor=anchor(topic.id),
        number=position.number,
        name=category_name(topic),
        parent=category_name(position.parent) if position.parent else "",
        parent_anchor=anchor(position.parent.id) if position.parent else "",
        slot=position.slot,
        size=topic.size,
        share=percent(topic.size, position.whole),
        fill=_ratio(topic.size, lookups.largest),
        truth=name_truth(topic),
        definition=displayed(topic.definition, _DEFINITION_LIMIT),
        goods=goods_line(
            lookups.run.manifest,
            topic.catalogue,
            position.parent.catalogue if position.parent else (),
        ),
        keywords=_keywords(topic),
        cloud_terms=tuple(lookups.run.tree.cloud_terms.get(topic.id) or topic.keywords),
        examples=examples,
        doubtful=doubtful(products, topic.id, examples, limit),
        attributes=lookups.profiles.get(topic.id, ()),
        neighbours=lookups.neighbours.get(topic.id, ()),
        confidence=mean_confidence(products, topic.id),
        children=_children(lookups, topic, position),
        direct=lookups.direct.get(topic.id, 0),
        stability=lookups.figures.get(f"topics.{topic.id}.stability"),
        history=history_of(topic.id, lookups.run.history),
    )


def _children(lookups: _Lookups, topic: Topic, position: _Position) -> tuple[Category, ...]:
    children = lookups.run.taxonomy.children(topic.id)
    return tuple(
        _category(
            lookups, child, _Position(f"{position.number}.{i}", position.slot, topic, topic.size)
        )
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
