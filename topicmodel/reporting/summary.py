"""The top of the report: the heading, a summary in one paragraph, and the main numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from topicmodel.datatypes import Run, query_from
from topicmodel.reporting.formatting import displayed, percent, quantity
from topicmodel.settings import ReportSettings


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the large numbers at the top of the page."""

    value: str
    label: str


def heading(run: Run, settings: ReportSettings) -> str:
    """The heading from the settings, or one with the names of the dump's files."""
    if settings.title:
        return displayed(settings.title)
    dump = run.manifest.dump
    name = "" if dump.in_memory else dump_name(dump.sources)
    return displayed(f"Product categories of {name}") if name else "Product categories"


def dump_name(sources: Sequence[str]) -> str:
    """A name for a dump from its files, such as `june and 2 more files`; "" where none is known."""
    names = [_short_name(source) for source in sources]
    if not names or not names[0]:
        return ""
    more = f" and {quantity(len(names) - 1, 'more file')}" if len(names) > 1 else ""
    return f"{names[0]}{more}"


def _short_name(source: str) -> str:
    """The name of a file without its extension, or the name of a database."""
    if source == "-":
        return "standard input"
    query = query_from(source)
    path = (query.url or "").partition("?")[0].replace("%20", " ") if query else source
    return PurePath(path).name.partition(".")[0]


def summary(run: Run, n_unsorted: int) -> str:
    """A summary of the run in one paragraph."""
    n_products, n_rejects = len(run.assignments.product_ids), len(run.rejects)
    texts = run.manifest.dump.distinct_texts
    distinct = f", described by {quantity(texts, 'distinct text')}," if texts else ""
    subject = f"{quantity(n_products, 'product')}{distinct}"
    parts = [_findings(run, subject, "was" if n_products == 1 else "were")]
    if run.taxonomy.topics and not n_unsorted:
        parts.append("Every product was placed.")
    elif run.taxonomy.topics:
        share = percent(n_unsorted, n_products)
        verb = "is" if n_unsorted == 1 else "are"
        parts.append(f"{quantity(n_unsorted, 'product')} ({share}) {verb} in no category.")
    if n_rejects:
        parts.append(f"{quantity(n_rejects, 'row')} of the dump could not be used.")
    return " ".join(parts)


def _findings(run: Run, subject: str, verb: str) -> str:
    n_top = len(run.taxonomy.level1)
    if not n_top and run.fitted.taxonomy.topics:
        return f"{subject} {verb} sorted into categories, but edits have hidden all of them."
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


def headlines(run: Run, n_unsorted: int) -> tuple[Headline, ...]:
    """The main numbers of the summary, for the top of the page."""
    texts = run.manifest.dump.distinct_texts
    n_children = sum(topic.level == 2 for topic in run.taxonomy.topics)
    numbers = (
        (len(run.assignments.product_ids), "product", "products"),
        (texts, "distinct text", "distinct texts"),
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
