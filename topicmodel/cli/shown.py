"""Results as text for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from topicmodel.datatypes import ChangeReport, Relation, Run, Scorecard
from topicmodel.store import EDITS, Verification
from topicmodel.workflows import Assigned, Exported

SHOWN = 6
"""Categories of one fate that are named."""


def show_run(run: Run, out: Path, as_json: bool) -> None:
    """Print the tree of a run, what a refit changed, its agreement with the truth, its pages."""
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
    """The tree with sizes, a line a category."""
    lines = []
    for parent in run.taxonomy.level1:
        lines.append(f"{parent.size:>9,}  {parent.name}")
        lines += [f"{c.size:>9,}    {c.name}" for c in run.taxonomy.children(parent.id)]
    unsorted = sum(topic is None for topic in run.assignments.level1)
    return "\n".join([*lines, *([f"{unsorted:>9,}  (unsorted)"] if unsorted else [])])


def tree_json(run: Run) -> str:
    """The tree, nested."""
    from topicmodel.store import nested_tree

    return json.dumps(nested_tree(run.taxonomy), indent=2, ensure_ascii=False)


def scorecard_text(scorecard: Scorecard) -> str:
    """The figures but those of single categories, a line each."""
    return "\n".join(
        f"{metric.name:<28}{'-' if metric.value is None else f'{metric.value:.4g}':>10}"
        for metric in scorecard.metrics
        if not metric.name.startswith("topics.")
    )


def scorecard_json(scorecard: Scorecard) -> str:
    """Figure -> value."""
    return json.dumps({metric.name: metric.value for metric in scorecard.metrics}, indent=2)


def verification_text(found: Verification) -> str:
    """Each file that is not as it should be, a line each; or that all are."""
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
    """What a refit changed, in a few lines."""
    if report.is_empty:
        return "Nothing has changed."
    lines = [
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
    """What has become of the products of a dump, in a few lines."""
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
        lines.append("What fits nowhere says: " + ", ".join(term for term, _ in novelty.keywords))
    drifted = [drift.name for drift in novelty.drifts if drift.drifted]
    if drifted:
        lines.append("Unlike what they were: " + ", ".join(drifted))
    return "\n".join([*lines, *_targets(assigned)])


def exported_text(exported: Exported) -> str:
    """Where an export went."""
    return "\n".join([f"{exported.n_rows:>9,}  rows", *_targets(exported)])


def exported_json(exported: Exported) -> str:
    """All that is known about an export."""
    record = asdict(exported) | {"out": None if exported.out is None else str(exported.out)}
    return json.dumps(record, indent=2, ensure_ascii=False)


def _targets(written: Assigned | Exported) -> list[str]:
    file = [] if written.out is None else [f"File: {written.out}"]
    return [*file, *([] if written.table is None else [f"Table: {written.table}"])]


def assigned_json(assigned: Assigned) -> str:
    """All that is known about the products of a dump."""
    return json.dumps(assigned.as_record(), indent=2, ensure_ascii=False)
