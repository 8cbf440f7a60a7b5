"""What is told about a run besides its categories: quality, data problems, how to repeat it.

The manifest was read from a file: any key may be absent or hold something unexpected, and then
the fact that it stands for is left out.
"""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

from topicmodel.datatypes import Method, Metric, Reject, Run
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
class Stage:
    """What one stage of the run cost."""

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
    stages: tuple[Stage, ...]
    total_time: str


_DIRECTIONS = {True: "higher is better", False: "lower is better", None: "a count, not a score"}


def section(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The nested mapping of that key, empty where there is none."""
    value = manifest.get(key)
    return value if isinstance(value, Mapping) else {}


def number(values: Mapping[str, Any], key: str) -> float | None:
    """The finite number of that key, None where there is none."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def text(values: Mapping[str, Any], key: str) -> str:
    """The text or number of that key, as text; "" where there is none."""
    value = values.get(key)
    return displayed(str(value), _TEXT_LIMIT) if isinstance(value, str | int | float) else ""


def entries(values: Mapping[str, Any], key: str) -> Sequence[Any]:
    """The list of that key, empty where there is none."""
    value = values.get(key)
    return value if isinstance(value, list | tuple) else ()


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


def warnings(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """What the run warned of while it was made, each once."""
    texts = [displayed(str(text), _TEXT_LIMIT) for text in entries(manifest, "warnings")]
    return tuple(dict.fromkeys(filter(None, texts)))


def methods(used: Sequence[Method]) -> tuple[tuple[str, int, str], ...]:
    """How products were placed: words, products, share; ways that no product went are left out."""
    counts = Counter(used)
    return tuple(
        (words, counts[method], percent(counts[method], len(used)))
        for method, words in _METHODS.items()
        if counts[method]
    )


def reproduction(run: Run) -> Reproduction:
    """The manifest, made readable."""
    manifest = run.manifest
    stages = _stages(entries(manifest, "stages"))
    return Reproduction(
        command=_command(entries(manifest, "command")),
        settings=_changed_settings(section(manifest, "settings")),
        facts=_facts(manifest),
        columns=_pairs(section(section(manifest, "dump"), "columns")),
        versions=_pairs(section(manifest, "versions")),
        stages=stages,
        total_time=_total_time(entries(manifest, "stages")) if stages else "",
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
    return tuple(
        (f"{displayed(PurePath(row.file).name)}, line {row.line:,}", displayed(row.raw))
        for row in found
    )


def _command(words: Sequence[Any]) -> str:
    return displayed(shlex.join(str(word) for word in words), 4 * _TEXT_LIMIT)


def _changed_settings(values: Mapping[str, Any]) -> tuple[ChangedSetting, ...]:
    rows = []
    for key, default, _ in iterate_settings():
        group, _, name = key.rpartition(".")
        holder = section(values, group) if group else values
        if name in holder and _as_json(holder[name]) != _as_json(default):
            rows.append(ChangedSetting(key, _as_json(holder[name]), _as_json(default)))
    return tuple(rows)


def _as_json(value: Any) -> str:
    if isinstance(value, str) and value.startswith("data:"):
        return "a picture"
    return displayed(json.dumps(value, ensure_ascii=False, default=str), _TEXT_LIMIT)


def _facts(manifest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    dump = section(manifest, "dump")
    facts = (
        ("Made", text(manifest, "created")),
        ("Dump", ", ".join(displayed(str(source)) for source in entries(dump, "sources"))),
        ("Fingerprint of the dump", text(dump, "fingerprint")),
        ("Seed", text(manifest, "seed")),
        ("Threads", text(manifest, "threads")),
        ("Encoder", text(manifest, "encoder")),
        ("Cascade", _cascade(section(manifest, "cascade"))),
        ("Format of the run folder", text(manifest, "format_version")),
    )
    return tuple((name, value) for name, value in facts if value)


def _cascade(values: Mapping[str, Any]) -> str:
    """How much of the encoder's work a student did, and how well."""
    keys = ("by_student", "encoded", "held_out", "agreement")
    found = [number(values, key) for key in keys]
    if None in found:
        return ""
    by_student, encoded, held_out, agreement = (value or 0.0 for value in found)
    return (
        f"the encoder read {encoded:,.0f} of {by_student + encoded:,.0f} texts, a quick model that "
        f"learnt from it the others; of {held_out:,.0f} texts held out, {agreement:.1%} are in the "
        "main category that the encoder puts them in"
    )


def _pairs(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((displayed(str(key)), displayed(str(values[key]))) for key in sorted(values))


def _stages(rows: Sequence[Any]) -> tuple[Stage, ...]:
    timed = [row for row in rows if isinstance(row, Mapping) and number(row, "seconds") is not None]
    total = sum(number(row, "seconds") or 0.0 for row in timed)
    return tuple(_stage(row, total) for row in timed)


def _stage(row: Mapping[str, Any], total: float) -> Stage:
    seconds, peak = number(row, "seconds") or 0.0, number(row, "peak_mb")
    return Stage(
        name=text(row, "name") or "unnamed",
        time=duration(seconds),
        memory="" if peak is None else f"{peak:,.0f} MB",
        share=seconds / total if total else 0.0,
    )


def _total_time(rows: Sequence[Any]) -> str:
    return duration(sum(number(row, "seconds") or 0.0 for row in rows if isinstance(row, Mapping)))
