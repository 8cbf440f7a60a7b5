"""Results of commands as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from topicmodel.datatypes import ChangeReport, Relation, Run, Scorecard, Topic
from topicmodel.datatypes.catalogue_wording import (
    catalogue_change,
    followed_catalogue,
    main_goods,
)
from topicmodel.datatypes.language_wording import with_language
from topicmodel.store import EDITS, Verification
from topicmodel.workflows import Assigned, Exported

SHOWN = 6
"""How many categories are named at most of those that a refit changed in the same way."""


def show_run(run: Run, out: Path, as_json: bool) -> None:
    """Print a run that was just made.

    As text: the tree, what a refit changed, the agreement with the true categories, and where the
    pages are. As JSON: the tree.

    Args:
        run: the run.
        out: folder that it was written to.
        as_json: whether to print JSON.
    """
    if as_json:
        click.echo(tree_json(run))
        return
    click.echo(tree_text(run))
    click.echo()
    if run.changes is not None:
        click.echo(changes_text(run.changes))
    agreement = {m.name: m.value for m in run.scorecard.metrics if m.value is not None}
    for level in ("level1", "level2"):
        if f"{level}.ami" in agreement:
            click.echo(f"{level} AMI against the true categories: {agreement[f'{level}.ami']:.3f}")
    if run.changes is not None:
        click.echo(f"Changes: {out / 'changes.html'}")
    click.echo(f"Report: {out / 'index.html'}")


def tree_text(run: Run) -> str:
    """The tree, one line for each category: the number of its products and its name."""
    lines = []
    for parent in run.taxonomy.level1:
        lines.append(_line(parent))
        lines += [_line(child) for child in run.taxonomy.children(parent.id)]
    return "\n".join([*lines, *_unsorted(run)])


def explained_tree_text(run: Run) -> str:
    """The tree, and the goods that each category is made of on a line below it; weak names say so.

    The first line says whether the main categories follow a catalogue, and why, and which language
    its names are in where that does not go without saying.
    """
    lines = [with_language(run.manifest.catalogue), ""]
    for parent in run.taxonomy.level1:
        lines += [_line(parent), *_weak(parent), *_goods(run, parent, ())]
        for child in run.taxonomy.children(parent.id):
            lines += [_line(child), *_weak(child), *_goods(run, child, parent.catalogue)]
    return "\n".join([*lines, *_unsorted(run)])


def defined_tree_text(run: Run) -> str:
    """The tree, and the definition of each category on a line below it."""
    lines = []
    for parent in run.taxonomy.level1:
        for topic in (parent, *run.taxonomy.children(parent.id)):
            lines += [
                _line(topic),
                *([_below(topic, topic.definition)] if topic.definition else []),
            ]
    return "\n".join([*lines, *_unsorted(run)])


def _weak(topic: Topic) -> list[str]:
    """A line that says that a name is weak, and what the category could be called instead."""
    if not topic.is_weakly_named or topic.coverage is None:
        return []
    others = f"; or: {', '.join(topic.runners_up)}" if topic.runners_up else ""
    return [_below(topic, f"weak name: true of {topic.coverage:.0%} of its products{others}")]


def _below(topic: Topic, text: str) -> str:
    """A line that stands below the name of a category."""
    return f"{' ' * (9 + 2 * topic.level + 2)}{text}"


def _line(topic: Topic) -> str:
    return f"{topic.size:>9,}{' ' * 2 * topic.level}{topic.name}"


def _unsorted(run: Run) -> list[str]:
    count = sum(topic is None for topic in run.assignments.level1)
    return [f"{count:>9,}  (unsorted)"] if count else []


def _goods(run: Run, topic: Topic, shares_above: Sequence[tuple[str, float]]) -> list[str]:
    """A line with the goods of a category; none where no catalogue was followed."""
    goods = main_goods(topic.catalogue, shares_above)
    indent = " " * (9 + 2 * topic.level + 2)
    if goods is None:
        return [f"{indent}not in the catalogue"] if followed_catalogue(run.manifest) else []
    return [f"{indent}{goods}"]


def tree_json(run: Run) -> str:
    """The tree as JSON: the level-one categories, each with its children."""
    from topicmodel.store import nested_tree

    return json.dumps(nested_tree(run.taxonomy), indent=2, ensure_ascii=False)


def scorecard_text(scorecard: Scorecard) -> str:
    """The figures of a run, one a line, without those of single categories."""
    return "\n".join(
        f"{metric.name:<28}{'-' if metric.value is None else f'{metric.value:.4g}':>10}"
        for metric in scorecard.metrics
        if not metric.name.startswith("topics.")
    )


def scorecard_json(scorecard: Scorecard) -> str:
    """All figures of a run as a JSON object: name -> value."""
    return json.dumps({metric.name: metric.value for metric in scorecard.metrics}, indent=2)


def verification_text(found: Verification) -> str:
    """The files that are damaged, missing or foreign, one a line, and what to do about them."""
    if found.is_intact:
        return f"{found.folder}: {found.n_files} files, all as they were written."
    groups = {"damaged": found.damaged, "missing": found.missing, "foreign": found.foreign}
    lines = [f"{state}  {name}" for state, names in groups.items() for name in names]
    remedies = []
    if found.format_version is None:
        remedies.append("Without its manifest no other file can be checked.")
    if found.damaged or found.missing:
        remedies.append("Restore what is damaged or missing, or make the run again.")
    if EDITS in (*found.damaged, *found.missing):
        remedies.append(
            "If the log of edits was changed by hand, `topicmodel edit RUN accept` takes it over."
        )
    if found.foreign:
        remedies.append("Foreign files do not belong to the run; move them away.")
    return "\n".join([*lines, " ".join(remedies)])


def changes_text(report: ChangeReport) -> str:
    """What a refit changed: the catalogue, products, categories by kind of change, edits."""
    catalogue = [change] if (change := catalogue_change(report)) else []
    if report.is_empty:
        return "\n".join(["Nothing has changed.", *catalogue])
    lines = catalogue + [
        f"{group.count:>9,}  products {verb} ({group.share:.1%})"
        for verb, group in (
            ("stayed", report.stayed),
            ("moved", report.moved),
            ("arrived", report.arrived),
            ("left", report.left),
        )
    ]
    for relation in get_args(Relation):
        found = [topic for topic in report.topics if relation in topic.relations]
        if found and relation != "kept":
            shown = ", ".join(topic.name for topic in found[:SHOWN])
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            lines.append(f"{len(found):>9,}  {relation}: {shown}{more}")
    waiting = [outcome for outcome in report.edits if outcome.status in ("waiting", "obsolete")]
    lines += [
        f"edit {outcome.number} ({outcome.edit.action}) is {outcome.status}: {outcome.reason}"
        for outcome in waiting
    ]
    return "\n".join(lines)


def assigned_text(assigned: Assigned) -> str:
    """Where `assign` put the products of a dump, and whether a refit is due, in a few lines."""
    novelty = assigned.novelty
    lines = [f"{assigned.n_products:>9,}  products, {assigned.n_known:,} of them as in the run"]
    lines += [f"{count:>9,}  {method}" for method, count in assigned.methods.items()]
    if assigned.duplicates or assigned.n_rejects:
        lines.append(
            f"{assigned.duplicates:,} rows had an id that had come before, "
            f"{assigned.n_rejects:,} could not be used"
        )
    if assigned.rejects:
        lines.append(f"Rejects: {assigned.rejects}")
    lines.append(novelty.reason)
    if novelty.keywords:
        lines.append(
            "Typical words of products that fit nowhere: "
            + ", ".join(term for term, _ in novelty.keywords)
        )
    drifted = [drift.name for drift in novelty.drifts if drift.drifted]
    if drifted:
        lines.append("Categories whose products have become unlike them: " + ", ".join(drifted))
    return "\n".join([*lines, *_targets(assigned)])


def exported_text(exported: Exported) -> str:
    """How many rows an export has, and where it was written."""
    return "\n".join([f"{exported.n_rows:>9,}  rows", *_targets(exported)])


def exported_json(exported: Exported) -> str:
    """The same as a JSON object, with the counts of the table."""
    record = asdict(exported) | {"out": None if exported.out is None else str(exported.out)}
    return json.dumps(record, indent=2, ensure_ascii=False)


def _targets(written: Assigned | Exported) -> list[str]:
    """The file and the table that were written, a line each."""
    file = [] if written.out is None else [f"File: {written.out}"]
    return [*file, *([] if written.table is None else [f"Table: {written.table}"])]


def assigned_json(assigned: Assigned) -> str:
    """The same as a JSON object, with all figures about products that fit nowhere."""
    return json.dumps(assigned.as_record(), indent=2, ensure_ascii=False)
