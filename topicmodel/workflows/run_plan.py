"""What fit and refit expect a run to take, when its texts are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from topicmodel.datatypes import Counts, Documents, FreeResources, Plan, Run, RunKind, Stage
from topicmodel.embedding import Embedder
from topicmodel.progress import Progress
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings

if TYPE_CHECKING:
    from topicmodel.planning import Trial


@dataclass(frozen=True)
class Workload:
    """What a run will do with a dump."""

    run_kind: RunKind = "fit"
    n_new: int | None = None
    """Texts that are not in the previous run; None where there is no previous run."""


A_FIT = Workload()


def expect(
    documents: Documents,
    settings: Settings,
    embed: Embedder,
    clock: StageClock,
    free: FreeResources,
    workload: Workload = A_FIT,
) -> Plan:
    """The plan of a run. Where many texts are to be encoded, a handful of them is, to see how long.

    Args:
        documents: the texts of the dump.
        settings: of the run.
        embed: has the encoder and the cache.
        clock: knows what the stages before have taken.
        free: what is free on this machine.
        workload: what is made of the dump.

    Raises:
        EncoderError: the encoder or the cache cannot be used.
    """
    from topicmodel.planning import make_plan, try_machine

    clock.stage(Stage.PLANNING)
    texts = documents.texts
    held = embed.cache.contains(embed.encoder.identity, texts).tolist()
    missing = [text for text, is_held in zip(texts, held, strict=True) if not is_held]
    counts = Counts(
        n_products=len(documents.products),
        n_texts=len(texts),
        mean_characters=sum(map(len, texts)) / len(texts),
        n_missing=len(missing),
        n_new=workload.n_new,
    )
    trial = _try_encoder(missing, counts, settings, embed)
    n_dims = trial.n_dims if trial else _known_width(texts, held, embed)
    if n_dims:
        counts = replace(counts, n_dims=n_dims)
    machine = try_machine(trial.seconds_a_text if trial else None)
    done = {stage.name: stage.seconds or 0.0 for stage in clock.stages}
    return make_plan(counts, settings, machine, free, workload.run_kind, done)


def announce(plan: Plan, progress: Progress) -> None:
    """Tell the plan, before the work.

    Raises:
        PlanError: memory or disk clearly do not suffice.
    """
    from topicmodel.planning import check_plan, plan_text

    progress.message(plan_text(plan))
    check_plan(plan)


def with_plan(run: Run, plan: Plan) -> Run:
    """The run, which remembers what it was expected to take."""
    return replace(run, manifest=replace(run.manifest, plan=plan.as_record()))


def _try_encoder(
    missing: Sequence[str], counts: Counts, settings: Settings, embed: Embedder
) -> Trial | None:
    from topicmodel.planning import MIN_TEXTS_FOR_TRIAL, n_to_encode, try_encoder

    if n_to_encode(counts, settings.embedding) <= MIN_TEXTS_FOR_TRIAL:
        return None
    return try_encoder(missing, embed.encoder)


def _known_width(texts: Sequence[str], held: Sequence[bool], embed: Embedder) -> int | None:
    """Dimensions of the vectors in the cache, where it holds one of these texts."""
    if True not in held:
        return None
    vectors = embed.cache.get(embed.encoder.identity, [texts[held.index(True)]])
    return int(vectors.shape[1])
