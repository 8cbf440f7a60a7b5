"""What the report shows: a run turned into plain values, with nothing decided about its looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

import numpy as np

from topicmodel.datatypes import Method, Run, Topic, TopicId
from topicmodel.report import facts
from topicmodel.report.facts import FigureGroup, Problem, Reproduction
from topicmodel.report.points import ProductMap, category_name, placed, product_map
from topicmodel.report.text import displayed, percent, quantity
from topicmodel.settings import ReportSettings

_METHODS: Mapping[Method, str] = {
    "core": "found as part of a dense group of similar products",
    "reassigned": "placed in the nearest category",
    "parent_only": "placed in a main category, but in none of its subcategories",
    "unsorted": "not placed at all",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the large numbers at the top."""

    value: str
    label: str


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


@dataclass(frozen=True, slots=True)
class Report:
    """All that the report shows."""

    title: str
    created: str
    summary: str
    headlines: tuple[Headline, ...]
    categories: tuple[Category, ...]
    unsorted: int
    unsorted_share: str
    unsorted_examples: tuple[Example, ...]
    map: ProductMap
    quality: tuple[FigureGroup, ...]
    curve: tuple[tuple[int, float], ...]
    """Number of level-one categories -> score; empty where the count was given."""
    methods: tuple[tuple[str, int, str], ...]
    """How products were placed: words, products, share."""
    problems: tuple[Problem, ...]
    n_problems: int
    duplicates: int | None
    """Rows whose id came again later; None where nobody counted."""
    without_text: int
    folded: int | None
    """Products that share their text with an earlier one; None where nobody counted."""
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
        title=_title(run, settings),
        created=facts.text(run.manifest, "created")[:10],
        summary=_summary(run, len(unsorted)),
        headlines=_headlines(run, len(unsorted)),
        categories=categories,
        unsorted=len(unsorted),
        unsorted_share=percent(len(unsorted), n_products),
        unsorted_examples=_rows_as_examples(run, unsorted[: settings.n_examples]),
        map=product_map(run, settings.max_points),
        quality=facts.quality(run.scorecard.metrics),
        curve=tuple((int(n), float(s)) for n, s in run.count_curve if np.isfinite(s)),
        methods=_methods(run),
        problems=facts.problems(run.rejects),
        n_problems=len(run.rejects),
        duplicates=None if duplicates is None else int(duplicates),
        without_text=without_text,
        folded=None if n_texts is None else max(0, n_products - without_text - int(n_texts)),
        reproduction=facts.reproduction(run),
    )


def _title(run: Run, settings: ReportSettings) -> str:
    if settings.title:
        return displayed(settings.title)
    sources = facts.entries(facts.section(run.manifest, "dump"), "sources")
    names = [PurePath(str(source)).name.partition(".")[0] for source in sources]
    if not names or not names[0]:
        return "Product categories"
    more = f" and {quantity(len(names) - 1, 'more file')}" if len(names) > 1 else ""
    return displayed(f"Product categories of {names[0]}{more}")


def _summary(run: Run, n_unsorted: int) -> str:
    """One paragraph for people who read nothing else."""
    n_products, n_rejects = len(run.assignments.product_ids), len(run.rejects)
    texts = facts.number(facts.section(run.manifest, "dump"), "distinct_texts")
    distinct = f", described by {quantity(int(texts), 'distinct text')}," if texts else ""
    subject = f"{quantity(n_products, 'product')}{distinct}"
    parts = [_findings(run, subject, "was" if n_products == 1 else "were")]
    if run.taxonomy.topics and not n_unsorted:
        parts.append("Every product was placed.")
    elif run.taxonomy.topics:
        share = percent(n_unsorted, n_products)
        parts.append(f"{quantity(n_unsorted, 'product')} ({share}) could not be placed.")
    if n_rejects:
        parts.append(f"{quantity(n_rejects, 'row')} of the dump could not be used.")
    return " ".join(parts)


def _findings(run: Run, subject: str, verb: str) -> str:
    n_top = len(run.taxonomy.level1)
    if not n_top:
        return f"{subject} {verb} read, but no categories were found, so none could be placed."
    top = quantity(n_top, "main category", "main categories")
    return f"{subject} {verb} sorted into {top}, {_refinement(run, n_top)}."


def _refinement(run: Run, n_top: int) -> str:
    n_children = sum(topic.level == 2 for topic in run.taxonomy.topics)
    n_parents = len({topic.parent for topic in run.taxonomy.topics if topic.level == 2})
    if not n_children:
        return "which is not divided further" if n_top == 1 else "none of which is divided further"
    which = "" if n_top == 1 else "all of " if n_parents == n_top else f"{n_parents} of "
    verb = "is" if n_parents == 1 else "are"
    children = quantity(n_children, "subcategory", "subcategories")
    return f"{which}which {verb} divided further into {children}"


def _headlines(run: Run, n_unsorted: int) -> tuple[Headline, ...]:
    texts = facts.number(facts.section(run.manifest, "dump"), "distinct_texts")
    n_children = sum(topic.level == 2 for topic in run.taxonomy.topics)
    numbers = (
        (len(run.assignments.product_ids), "product", "products"),
        (None if texts is None else int(texts), "distinct text", "distinct texts"),
        (len(run.taxonomy.level1), "main category", "main categories"),
        (n_children, "subcategory", "subcategories"),
        (n_unsorted, "not placed", "not placed"),
        (len(run.rejects), "unusable row", "unusable rows"),
    )
    return tuple(
        Headline(f"{value:,}", one if value == 1 else many)
        for value, one, many in numbers
        if value is not None
    )


@dataclass(frozen=True, slots=True)
class _Lookups:
    """What every category needs to know of the run."""

    titles: Mapping[str, str]
    """Of the example products, by their id."""
    direct: Mapping[TopicId | None, int]
    """Products of a category that are in none of its children."""
    largest: int
    n_examples: int


def _categories(run: Run, n_examples: int) -> tuple[Category, ...]:
    placements = zip(run.assignments.level1, run.assignments.level2, strict=True)
    top = run.taxonomy.level1
    lookups = _Lookups(
        titles=_titles_of(run, {id_ for topic in run.taxonomy.topics for id_ in topic.examples}),
        direct=Counter(parent for parent, child in placements if child is None),
        largest=max((topic.size for topic in top), default=0),
        n_examples=n_examples,
    )
    return tuple(_main_category(run, topic, slot, lookups) for slot, topic in enumerate(top))


def _main_category(run: Run, topic: Topic, slot: int, lookups: _Lookups) -> Category:
    children = tuple(
        replace(
            _category(child, lookups),
            number=f"{slot + 1}.{place}",
            slot=slot,
            parent=category_name(topic),
            parent_anchor=_anchor(topic.id),
            share=percent(child.size, topic.size),
        )
        for place, child in enumerate(run.taxonomy.children(topic.id), start=1)
    )
    return replace(
        _category(topic, lookups),
        number=f"{slot + 1}",
        slot=slot,
        share=percent(topic.size, len(run.assignments.product_ids)),
        children=children,
    )


def _category(topic: Topic, lookups: _Lookups) -> Category:
    """The category by itself; its place in the tree is filled in by who knows it."""
    return Category(
        anchor=_anchor(topic.id),
        number="",
        name=category_name(topic),
        parent="",
        parent_anchor="",
        slot=0,
        size=topic.size,
        share="",
        fill=_ratio(topic.size, lookups.largest),
        keywords=_keywords(topic),
        cloud_terms=(),
        examples=tuple(
            Example(displayed(id_, 60), displayed(lookups.titles.get(id_, "")))
            for id_ in topic.examples[: lookups.n_examples]
        ),
        children=(),
        direct=lookups.direct.get(topic.id, 0),
    )


def _keywords(topic: Topic) -> tuple[Keyword, ...]:
    heaviest = max((weight for _, weight in topic.keywords), default=0.0)
    return tuple(
        Keyword(displayed(term, 60), weight, _ratio(weight, heaviest))
        for term, weight in topic.keywords
    )


def _anchor(topic_id: TopicId) -> str:
    return "category-" + quote(topic_id, safe="", errors="replace")


def _ratio(part: float, whole: float) -> float:
    return max(0.0, min(1.0, part / whole)) if whole > 0 else 0.0


def _titles_of(run: Run, wanted: set[str]) -> dict[str, str]:
    pairs = zip(run.assignments.product_ids, run.titles, strict=True)
    return {id_: title for id_, title in pairs if id_ in wanted}


def _rows_as_examples(run: Run, rows: Iterable[int]) -> tuple[Example, ...]:
    ids = run.assignments.product_ids
    return tuple(Example(displayed(ids[r], 60), displayed(run.titles[r])) for r in rows)


def _methods(run: Run) -> tuple[tuple[str, int, str], ...]:
    counts = Counter(run.assignments.methods)
    total = len(run.assignments.methods)
    return tuple(
        (words, counts[method], percent(counts[method], total))
        for method, words in _METHODS.items()
        if counts[method]
    )
