"""Make the plan of a run from its counts: seconds for each stage, memory, disk, and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from topicmodel.datatypes import Counts, FreeResources, Machine, Plan, RunKind, Stage
from topicmodel.errors import PlanError
from topicmodel.planning import costs
from topicmodel.planning.description import MIB, size_text
from topicmodel.planning.workload import amounts, n_to_encode, processes_for, stages_of
from topicmodel.settings import Settings

REFUSAL_FACTOR = 1.5
"""A run is refused when it needs more than this many times the free memory or disk.

The factor is above 1 because estimates can be wrong, and a run that just fits must not be refused.
"""

MIN_SECONDS_FOR_CASCADE = 3600
"""Seconds of encoding from which on the plan recommends a cascade."""


def make_plan(
    counts: Counts,
    settings: Settings,
    machine: Machine,
    free: FreeResources,
    run_kind: RunKind = "fit",
    done: Mapping[str, float] | None = None,
) -> Plan:
    """Estimate the time, memory and disk of a run. The same arguments always give the same plan.

    With a GPU, finding topics takes less time than the plan says.

    Args:
        counts: the number of products and texts.
        settings: the settings of the run.
        machine: the speed of the machine.
        free: its free memory and disk.
        run_kind: whether a tree is fitted, continued or kept.
        done: stage -> seconds, for the stages that are finished already.
    """
    work = amounts(counts, settings, machine.cores)
    stages = stages_of(run_kind, counts, settings)
    expected: dict[str, float] = {
        stage: _seconds(stage, work, counts, settings, machine) for stage in stages
    }
    processes = processes_for(counts, settings, machine.cores)
    plan = Plan(
        run_kind=run_kind,
        counts=counts,
        machine=machine,
        free=free,
        seconds={**(done or {}), **expected},
        peak_mb=costs.PEAK_MB.of(work),
        helpers_mb=(processes - 1) * costs.HELPER_MB.of(work),
        run_mb=costs.RUN_MB.of(work),
        cache_mb=costs.CACHE_MB.of(work),
        n_encoded=n_to_encode(counts, settings.embedding),
    )
    problems = tuple(_problems(plan, settings))
    return replace(plan, hints=tuple(_hints(plan, settings)), problems=problems)


def check_plan(plan: Plan) -> None:
    """Check that memory and disk are probably sufficient.

    Raises:
        PlanError: they clearly are not.
    """
    if plan.problems:
        raise PlanError(" ".join(plan.problems))


def _seconds(
    stage: Stage,
    work: Mapping[str, float],
    counts: Counts,
    settings: Settings,
    machine: Machine,
) -> float:
    cost = costs.SECONDS[stage]
    slowness = machine.python if cost.like == "python" else machine.arrays
    if stage != Stage.ENCODING:
        return cost.of(work) * slowness
    if machine.seconds_a_text is None:
        seconds = cost.of(work) * slowness
    else:
        seconds = machine.seconds_a_text * work["encoded numbers"] / counts.n_dims
    return seconds * _worker_factor(settings, machine)


def _worker_factor(settings: Settings, machine: Machine) -> float:
    """Time for encoding with workers, relative to the time on this machine alone.

    This machine encodes on all its cores, and a worker on one core.
    """
    scaling = settings.scaling
    if scaling.engine == "local" or scaling.workers == "auto":
        return 1.0
    return machine.cores / scaling.workers


def _hints(plan: Plan, settings: Settings) -> Iterator[str]:
    encoding = plan.seconds.get(Stage.ENCODING, 0.0)
    cascade_sample = settings.embedding.cascade_sample
    is_mostly_encoding = encoding > max(MIN_SECONDS_FOR_CASCADE, plan.total_seconds / 2)
    has_many_texts = plan.counts.n_texts > 4 * cascade_sample
    if is_mostly_encoding and has_many_texts and not settings.embedding.cascade:
        yield "Most of the time is for encoding; --set embedding.cascade=true makes it far shorter."
    if settings.language_model.model:
        yield "The time that the language model takes for its answers is not included."


def _problems(plan: Plan, settings: Settings) -> Iterator[str]:
    needed, memory = plan.memory_mb * MIB, plan.free.memory
    if memory is not None and needed > REFUSAL_FACTOR * memory:
        yield (
            f"This needs about {size_text(needed)} of memory, and {size_text(memory)} are "
            f"free. {_memory_advice(plan, settings)}"
        )
    for what, size, available, advice in _disks(plan):
        if available is not None and size > REFUSAL_FACTOR * available:
            needs = f"{what} about {size_text(size)} of disk"
            yield f"{needs}, and {size_text(available)} are free there. {advice}"


def _memory_advice(plan: Plan, settings: Settings) -> str:
    fitted = min(plan.counts.n_texts, settings.topics.sample_size)
    ways = [f"a topics.sample_size below {fitted:,}"]
    if plan.helpers_mb:
        ways.insert(0, "processes=1 (fits one after the other)")
    return (
        f"With --set, {' or '.join(ways)} needs less; or take a part of the dump, or a machine "
        "with more."
    )


def _disks(plan: Plan) -> list[tuple[str, float, float | None, str]]:
    """What is written, its size and the free space in MB, and advice where space is lacking."""
    free = plan.free
    run = "Choose an --out on another disk, or a smaller report.max_points"
    cache = "et TOPICMODEL_CACHE name a folder on another disk."
    if free.is_one_disk:
        both = plan.run_mb + plan.cache_mb
        return [("The run and new vectors need", both, free.run_disk, f"{run}; or l{cache}")]
    return [
        ("The run needs", plan.run_mb, free.run_disk, f"{run}."),
        ("New vectors need", plan.cache_mb, free.cache_disk, f"L{cache}"),
    ]
