"""What is told about a run besides its categories: quality, data problems, how to repeat it.

What the manifest does not tell is left out.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

from topicmodel.datatypes import (
    CascadeRecord,
    CatalogueRecord,
    Manifest,
    Method,
    Metric,
    Reject,
    StageRecord,
)
from topicmodel.datatypes.boilerplate_wording import left_out
from topicmodel.reporting.formatting import displayed, duration, percent
from topicmodel.settings import iterate_settings

_GROUPS = {
    "level1": "Main categories",
    "level2": "Subcategories",
    "tree": "The tree as a whole",
    "names": "Names",
}
_METHODS: Mapping[Method, str] = {
    "core": "found as part of a dense group of similar products",
    "reassigned": "placed in the nearest category",
    "parent_only": "placed in a main category, but in none of its subcategories",
    "pinned": "put in its category by hand",
    "unsorted": "not placed at all",
}
_REASONS_SHOWN = 12
_PLACES_SHOWN = 3
_TEXT_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric, as the quality table shows it."""

    name: str
    value: str
    range: str
    direction: str
    meaning: str
    fill: float | None
    """Part of the way to the end of its range, 0 to 1; None where it has none."""


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Metrics that speak of the same thing."""

    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason for which rows were left out, with a few of them."""

    reason: str
    count: int
    places: tuple[tuple[str, str], ...]
    """Where such a row stands, and what stands there."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """What one stage of the run took."""

    name: str
    time: str
    memory: str
    share: float
    """Part of the whole time, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting that was not left at its default."""

    key: str
    value: str
    default: str


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What it takes to make the same run again; "" or () where it is not known."""

    command: str
    settings: tuple[ChangedSetting, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    stages: tuple[StageRow, ...]
    total_time: str


_DIRECTIONS = {True: "higher is better", False: "lower is better", None: "a count, not a score"}


def shown(value: str | int | None) -> str:
    """A value of the manifest, fit to be shown; "" where there is none."""
    return "" if value is None else displayed(str(value), _TEXT_LIMIT)


def quality(metrics: Iterable[Metric]) -> tuple[FigureGroup, ...]:
    """The scorecard, grouped by the part of the tree that a metric speaks of.

    Figures of single categories are left out; their panels show them.
    """
    general = [metric for metric in metrics if not metric.name.startswith("topics.")]
    return tuple(
        FigureGroup(
            _GROUPS.get(prefix, displayed(prefix) or "Other"),
            tuple(_figure(metric) for metric in members),
        )
        for prefix, members in groupby(general, key=lambda metric: metric.name.partition(".")[0])
    )


def problems(rejects: Sequence[Reject]) -> tuple[Problem, ...]:
    """Rows left out, by reason, the commonest first."""
    reasons = Counter(reject.reason for reject in rejects)
    commonest = sorted(reasons, key=lambda reason: (-reasons[reason], reason))[:_REASONS_SHOWN]
    return tuple(
        Problem(displayed(reason, _TEXT_LIMIT), reasons[reason], _places(rejects, reason))
        for reason in commonest
    )


def warnings(texts: Iterable[str]) -> tuple[str, ...]:
    """What the run warned of while it was made, each once."""
    return tuple(dict.fromkeys(filter(None, map(shown, texts))))


def methods(used: Sequence[Method]) -> tuple[tuple[str, int, str], ...]:
    """How products were placed: words, products, share; ways that no product went are left out."""
    counts = Counter(used)
    return tuple(
        (words, counts[method], percent(counts[method], len(used)))
        for method, words in _METHODS.items()
        if counts[method]
    )


def reproduction(manifest: Manifest) -> Reproduction:
    """The manifest, made readable."""
    timed = [stage for stage in manifest.stages if stage.seconds is not None]
    total = sum(float(stage.seconds or 0.0) for stage in timed)
    return Reproduction(
        command=displayed(manifest.command_line or "", 4 * _TEXT_LIMIT),
        settings=_changed_settings(manifest),
        facts=_facts(manifest),
        columns=_pairs(manifest.dump.columns),
        versions=_pairs(manifest.versions),
        stages=tuple(_stage(stage, total) for stage in timed),
        total_time=duration(total) if timed and math.isfinite(total) else "",
    )


def _figure(metric: Metric) -> Figure:
    value = metric.value if metric.value is not None and math.isfinite(metric.value) else None
    return Figure(
        name=displayed(metric.name),
        value="not available" if value is None else _plain(value),
        range=_range(metric.low, metric.high),
        direction=_DIRECTIONS[metric.higher_is_better],
        meaning=displayed(metric.meaning, _TEXT_LIMIT),
        fill=_fill(value, metric.low, metric.high),
    )


def _plain(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"


def _range(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f"{low:g} to {high:g}"
    if math.isfinite(low):
        return f"{low:g} and more"
    return f"up to {high:g}" if math.isfinite(high) else "any number"


def _fill(value: float | None, low: float, high: float) -> float | None:
    if value is None or not math.isfinite(high - low) or high <= low:
        return None
    # Zero is the natural start of a range such as -1 to 1: chance agreement fills nothing.
    start = max(low, 0.0) if high > 0 else low
    return min(1.0, max(0.0, (value - start) / (high - start)))


def _places(rejects: Sequence[Reject], reason: str) -> tuple[tuple[str, str], ...]:
    found = [reject for reject in rejects if reject.reason == reason][:_PLACES_SHOWN]
    return tuple((_place(row), displayed(row.raw)) for row in found)


def _place(row: Reject) -> str:
    if not row.file:
        return f"row {row.line:,}"
    return f"{displayed(PurePath(row.file).name)}, line {row.line:,}"


def _changed_settings(manifest: Manifest) -> tuple[ChangedSetting, ...]:
    settings = iterate_settings()
    rows = ((key, manifest.setting(key, default), default) for key, default, _ in settings)
    texts = ((key, _as_json(value), _as_json(default)) for key, value, default in rows)
    return tuple(ChangedSetting(*row) for row in texts if row[1] != row[2])


def _as_json(value: Any) -> str:
    if isinstance(value, str) and value.startswith("data:"):
        return "a picture"
    return displayed(json.dumps(value, ensure_ascii=False, default=str), _TEXT_LIMIT)


def _facts(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Made", shown(manifest.created)),
        ("Dump", ", ".join(map(displayed, manifest.dump.sources))),
        ("Fingerprint of the dump", shown(manifest.dump.fingerprint)),
        ("Seed", shown(manifest.seed)),
        ("Threads", shown(manifest.threads)),
        ("Encoder", shown(manifest.encoder)),
        ("Catalogue of goods", _catalogue(manifest.catalogue)),
        ("Left out of the texts", _boilerplate(manifest)),
        ("Cascade", _cascade(manifest.cascade)),
    )
    return tuple((name, value) for name, value in facts if value)


def _catalogue(catalogue: CatalogueRecord | None) -> str:
    """Source and digest; "" where there was none."""
    if catalogue is None:
        return ""
    return shown(", ".join(filter(None, (catalogue.source, catalogue.digest))))


def _boilerplate(manifest: Manifest) -> str:
    """Sentences that unlike products share; "" where there were none."""
    return shown(left_out(manifest.boilerplate, manifest.dump.products))


def _cascade(cascade: CascadeRecord | None) -> str:
    """How much of the encoder's work a student did, and how well; "" where that is not known."""
    if cascade is None or cascade.encoded is None or cascade.by_student is None:
        return ""
    if cascade.held_out is None or cascade.agreement is None:
        return ""
    return (
        f"the encoder read {cascade.encoded:,} of {cascade.by_student + cascade.encoded:,} texts, "
        "a quick model that learnt from it the others; of "
        f"{cascade.held_out:,} texts held out, {cascade.agreement:.1%} are in the main category "
        "that the encoder puts them in"
    )


def _pairs(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((displayed(key), displayed(values[key])) for key in sorted(values))


def _stage(stage: StageRecord, total: float) -> StageRow:
    seconds, peak = stage.seconds or 0.0, stage.peak_mb
    return StageRow(
        name=shown(stage.name) or "unnamed",
        time=duration(seconds),
        memory="" if peak is None else f"{peak:,.0f} MB",
        share=seconds / total if total else 0.0,
    )
