"""What the report shows: a run turned into plain values, with nothing decided about its looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from topicmodel.datatypes import Method, Run, Topic, TopicId
from topicmodel.reporting import facts
from topicmodel.reporting.edits import EditRow
from topicmodel.reporting.facts import FigureGroup, Problem, Reproduction
from topicmodel.reporting.history import History, change_line, history_of, run_edits
from topicmodel.reporting.points import ProductMap, category_name, placed, product_map
from topicmodel.reporting.summary import Headline, heading, headlines, summary
from topicmodel.reporting.text import anchor, displayed, percent
from topicmodel.settings import ReportSettings

_METHODS: Mapping[Method, str] = {
    "core": "found as part of a dense group of similar products",
    "reassigned": "placed in the nearest category",
    "parent_only": "placed in a main category, but in none of its subcategories",
    "pinned": "put in its category by hand",
    "unsorted": "not placed at all",
}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A term with its c-TF-IDF weight."""

    term: str
    weight: float
    fill: float
    """Weight relative to the heaviest of the category, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Example:
    """A product, as far as it is shown."""

    id: str
    title: str
    key: str
    """The id as the dump has it."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category with all that its panel shows."""

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
    unsorted: int
    unsorted_share: str
    unsorted_examples: tuple[Example, ...]
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
    edits: tuple[EditRow, ...]
    reproduction: Reproduction


def build_report(run: Run, settings: ReportSettings) -> Report:
    """The run as plain values to show; the same run gives the same values."""
    categories = _categories(run, settings.n_examples)
    unsorted = [row for row, topic in enumerate(run.assignments.level1) if topic is None]
    dump = facts.section(run.manifest, "dump")
    without_text = int(np.count_nonzero(~placed(run)))
    n_products, n_texts = len(run.assignments.product_ids), facts.number(dump, "distinct_texts")
    duplicates = facts.number(dump, "duplicates")
    return Report(
        title=heading(run, settings),
        created=facts.text(run.manifest, "created")[:10],
        summary=summary(run, len(unsorted)),
        change=change_line(run.changes),
        headlines=headlines(run, len(unsorted)),
        categories=categories,
        unsorted=len(unsorted),
        unsorted_share=percent(len(unsorted), n_products),
        unsorted_examples=_rows_as_examples(run, unsorted[: settings.n_examples]),
        map=product_map(run, settings.max_points),
        quality=facts.quality(run.scorecard.metrics),
        curve=tuple((int(n), float(s)) for n, s in run.count_curve if np.isfinite(s)),
        separation=_separation(run),
        methods=_methods(run),
        problems=facts.problems(run.rejects),
        n_problems=len(run.rejects),
        duplicates=None if duplicates is None else int(duplicates),
        without_text=without_text,
        folded=None if n_texts is None else max(0, n_products - without_text - int(n_texts)),
        edits=run_edits(run),
        reproduction=facts.reproduction(run),
    )


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What every category needs to know of the run."""

    run: Run
    titles: Mapping[str, str]
    """Of the example products, by their id."""
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


def _categories(run: Run, n_examples: int) -> tuple[Category, ...]:
    placements = zip(run.assignments.level1, run.assignments.level2, strict=True)
    top, n_products = run.taxonomy.level1, len(run.assignments.product_ids)
    lookups = _Lookups(
        run=run,
        titles=_titles_of(run, {id_ for topic in run.taxonomy.topics for id_ in topic.examples}),
        direct=Counter(parent for parent, child in placements if child is None),
        figures={metric.name: metric.value for metric in run.scorecard.metrics},
        largest=max((topic.size for topic in top), default=0),
        n_examples=n_examples,
    )
    places = [_Place(str(slot + 1), slot, None, n_products) for slot in range(len(top))]
    return tuple(_category(lookups, *pair) for pair in zip(top, places, strict=True))


def _category(lookups: _Lookups, topic: Topic, place: _Place) -> Category:
    return Category(
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
        examples=_examples(lookups, topic),
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


def _examples(lookups: _Lookups, topic: Topic) -> tuple[Example, ...]:
    return tuple(
        Example(displayed(id_, 60), displayed(lookups.titles.get(id_, "")), id_)
        for id_ in topic.examples[: lookups.n_examples]
    )


def _keywords(topic: Topic) -> tuple[Keyword, ...]:
    heaviest = max((weight for _, weight in topic.keywords), default=0.0)
    return tuple(
        Keyword(displayed(term, 60), weight, _ratio(weight, heaviest))
        for term, weight in topic.keywords
    )


def _ratio(part: float, whole: float) -> float:
    return max(0.0, min(1.0, part / whole)) if whole > 0 else 0.0


def _titles_of(run: Run, wanted: set[str]) -> dict[str, str]:
    pairs = zip(run.assignments.product_ids, run.titles, strict=True)
    return {id_: title for id_, title in pairs if id_ in wanted}


def _rows_as_examples(run: Run, rows: Iterable[int]) -> tuple[Example, ...]:
    ids = run.assignments.product_ids
    return tuple(Example(displayed(ids[r], 60), displayed(run.titles[r]), ids[r]) for r in rows)


def _separation(run: Run) -> float | None:
    settings = facts.section(run.manifest, "settings")
    return facts.number(facts.section(settings, "level1"), "separation")


def _methods(run: Run) -> tuple[tuple[str, int, str], ...]:
    counts = Counter(run.assignments.methods)
    total = len(run.assignments.methods)
    return tuple(
        (words, counts[method], percent(counts[method], total))
        for method, words in _METHODS.items()
        if counts[method]
    )
