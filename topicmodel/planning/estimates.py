"""Counts -> a plan: seconds a stage, memory and disk, and what cannot work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from topicmodel.datatypes import Counts, FreeResources, Machine, Plan, RunKind, Stage
from topicmodel.errors import PlanError
from topicmodel.planning import costs
from topicmodel.planning.description import MIB, size_text
from topicmodel.planning.workload import amounts, n_to_encode, processes_for, stages_of
from topicmodel.settings import Settings

TOO_MUCH = 1.5
"""A run is refused where it is expected to need so many times what is free: a plan may be wrong,
and what would just fit is never refused."""

WORTH_A_CASCADE = 3600
"""Seconds of encoding."""


def make_plan(
    counts: Counts,
    settings: Settings,
    machine: Machine,
    free: FreeResources,
    run_kind: RunKind = "fit",
    done: Mapping[str, float] | None = None,
) -> Plan:
    """What a run will take. Pure: the same values give the same plan.

    Where topics are found on a GPU, less time is needed than the plan says.

    Args:
        counts: of the dump.
        settings: of the run.
        machine: that it runs on.
        free: what is free there.
        run_kind: what is made of the dump.
        done: stage -> seconds, of what is over.
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
    """Make sure that memory and disk suffice, as far as one can tell.

    Raises:
        PlanError: they clearly do not.
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
    return seconds * _share_of_each(settings, machine)


def _share_of_each(settings: Settings, machine: Machine) -> float:
    """Seconds of encoding by workers for each second that this machine alone would take.

    This machine encodes on all its cores, and a worker has one.
    """
    scaling = settings.scaling
    if scaling.engine == "local" or scaling.workers == "auto":
        return 1.0
    return machine.cores / scaling.workers


def _hints(plan: Plan, settings: Settings) -> Iterator[str]:
    encoding = plan.seconds.get(Stage.ENCODING, 0.0)
    cascade_sample = settings.embedding.cascade_sample
    is_most = encoding > max(WORTH_A_CASCADE, plan.total_seconds / 2)
    if is_most and not settings.embedding.cascade and plan.counts.n_texts > 4 * cascade_sample:
        yield "Most of it is encoding, which --set embedding.cascade=true makes far shorter."
    if settings.language_model.model:
        yield "What the language model takes for its answers comes on top."


def _problems(plan: Plan, settings: Settings) -> Iterator[str]:
    needed, memory = plan.memory_mb * MIB, plan.free.memory
    if memory is not None and needed > TOO_MUCH * memory:
        yield (
            f"This needs about {size_text(needed)} of memory, and {size_text(memory)} are "
            f"free. {_memory_advice(plan, settings)}"
        )
    for what, size, available, advice in _disks(plan):
        if available is not None and size > TOO_MUCH * available:
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
    """What is written, its size, what is free where it goes, and what helps; MB each."""
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
