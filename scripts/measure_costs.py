"""What stages cost, from finished runs: the figures for `topicmodel/planning/costs.py`.

    python scripts/measure_costs.py RUN [RUN ...]

Prints what each run was expected to take beside what it took, then for every stage the figures that
fit all runs best, in the form of the table, with the ratio of expected to seen for each run. Runs
of several sizes make good figures; where they leave it open, a figure stays near the one that the
table has now. Times are set against the speed that the machine had when the plan was made, so other
work on it does less harm. Runs that used kept results of others tell nothing: make them afresh.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from topicmodel.datatypes import Counts
from topicmodel.planning import costs
from topicmodel.planning.costs import Cost
from topicmodel.planning.workload import amounts
from topicmodel.settings import settings_from_values

PULL = 0.03
"""Of the figures that the table has now, beside that of one run."""


@dataclass(frozen=True)
class Seen:
    """What a run took."""

    name: str
    work: Mapping[str, float]
    """Kind of work -> how much of it there was."""
    seconds: Mapping[str, float]
    """Stage -> seconds, as the clock had it."""
    slowness: Mapping[str, float]
    """`python` and `arrays`, as the plan found them."""
    peak_mb: float
    run_mb: float
    plan: Mapping[str, Any]


def main() -> None:
    """Read the runs, print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    runs = [read_run(folder) for folder in parser.parse_args().runs]
    print(as_planned(runs))
    print()
    print(as_measured(runs))


def read_run(folder: Path) -> Seen:
    """A run folder.

    Raises:
        SystemExit: the run has no plan.
    """
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    if "plan" not in manifest:
        raise SystemExit(f"{folder} has no plan: make the run anew.")
    plan, seconds = manifest["plan"], dict[str, float]()
    for stage in manifest["stages"]:
        seconds[stage["name"]] = seconds.get(stage["name"], 0.0) + stage["seconds"]
    # The manifest is made when writing begins, and is the last file to be written.
    begun = datetime.fromisoformat(manifest["created"]).timestamp()
    seconds["writing"] = max(0.5, file.stat().st_mtime - begun)
    settings = settings_from_values(manifest["settings"])
    cores = plan["machine"]["cores"]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Seen(
        name=folder.name,
        work=amounts(Counts(**plan["counts"]), settings, cores),
        seconds=seconds,
        slowness=plan["machine"],
        peak_mb=max(stage["peak_mb"] for stage in manifest["stages"]),
        run_mb=sum(path.stat().st_size for path in files) / 1e6,
        plan=plan,
    )


def as_planned(runs: Sequence[Seen]) -> str:
    """Expected and seen, a line a run."""
    lines = [f"{'run':<24}{'seconds':>20}{'ratio':>8}{'peak MB':>18}{'ratio':>8}"]
    for run in runs:
        expected, seen = run.plan["total_seconds"], sum(run.seconds.values())
        peak = run.plan["peak_mb"]
        lines.append(
            f"{run.name:<24}{expected:>9,.0f} / {seen:<8,.0f}{expected / seen:>8.2f}"
            f"{peak:>8,.0f} / {run.peak_mb:<7,.0f}{peak / run.peak_mb:>8.2f}"
        )
    return "\n".join(lines)


def as_measured(runs: Sequence[Seen]) -> str:
    """The table that fits the runs best, with expected / seen of each run behind each line."""
    lines = []
    for stage, cost in costs.SECONDS.items():
        having = [run for run in runs if run.seconds.get(stage, 0.0) > 0]
        seen = [run.seconds[stage] / run.slowness[cost.like] for run in having]
        lines.append(_line(f"Stage.{stage.name}: ", cost, [run.work for run in having], seen))
    work = [run.work for run in runs]
    lines.append(_line("PEAK_MB = ", costs.PEAK_MB, work, [run.peak_mb for run in runs]))
    lines.append(_line("RUN_MB = ", costs.RUN_MB, work, [run.run_mb for run in runs]))
    return "\n".join(lines)


def best_cost(now: Cost, work: Sequence[Mapping[str, float]], seen: Sequence[float]) -> Cost:
    """The cost that comes nearest to what was seen, by ratio; none of its figures is negative.

    Args:
        now: gives the form, and figures where the runs leave them open.
        work: of each run.
        seen: amount of each run.
    """
    from scipy.optimize import nnls

    kinds = list(now.per_million)
    figures = np.array([now.fixed, *now.per_million.values()])
    scale = np.where(figures > 0, figures, 1.0)
    rows = [[1.0, *(own[kind] / 1e6 for kind in kinds)] for own in work]
    by_ratio = np.array(rows).reshape(-1, len(figures)) * scale / np.array(seen).reshape(-1, 1)
    system = np.vstack([by_ratio, PULL * np.eye(len(figures))])
    wanted = np.concatenate([np.ones(len(seen)), PULL * (figures > 0)])
    found = nnls(system, wanted)[0] * scale
    return replace(now, fixed=found[0], per_million=dict(zip(kinds, found[1:], strict=True)))


def _line(start: str, now: Cost, work: Sequence[Mapping[str, float]], seen: Sequence[float]) -> str:
    cost = best_cost(now, work, seen)
    rates = ", ".join(f'"{kind}": {rate:.3g}' for kind, rate in cost.per_million.items())
    like = "" if cost.like == "arrays" else f', "{cost.like}"'
    ratios = " ".join(
        f"{cost.of(own) / amount:.2f}" for own, amount in zip(work, seen, strict=True)
    )
    return f"{start}Cost({cost.fixed:.3g}, {{{rates}}}{like}),  # {ratios or 'not seen'}"


if __name__ == "__main__":
    main()
