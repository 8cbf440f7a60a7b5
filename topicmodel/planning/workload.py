"""How much each stage has to do: counts and settings -> amounts of work."""

from __future__ import annotations

import math
from collections.abc import Mapping

from topicmodel.datatypes import Counts, RunKind, Stage
from topicmodel.execution.processes import n_processes
from topicmodel.settings import EmbeddingSettings, Settings

PARENTS = 12
"""Level-one categories, as there usually are."""

LARGEST_PARENT = 0.25
"""Share of the texts in the largest of them, usually."""

DOUBTFUL = 0.12
"""Share of the texts outside the cascade's sample that the encoder reads after all, usually."""

MISFITS = 0.05
"""Share of the texts outside a sample that fit none of its topics, and are fitted once more."""

CHARACTERS_A_TOKEN = 4.5
"""What lies beyond the encoder's limit of tokens costs nothing."""

MAPPED = 10_000
"""Texts that UMAP draws a map of, as the engine has it."""

RESAMPLE, RESAMPLE_AT_MOST = 0.8, 5_000
"""Share, and most, of the texts in a resample, as `scoring` has them."""

BEGINNING = (
    Stage.READING_VECTORS,
    Stage.ENCODING,
    Stage.LEARNING_FROM_THE_ENCODER,
    Stage.EMBEDDING_BY_THE_STUDENT,
    Stage.COUNTING_WORDS,
)
FITTING = (Stage.FINDING_TOPICS, Stage.MERGING_TOPICS, Stage.FINDING_LEVEL_TWO)
CONTINUING = (Stage.DRAFTING_A_TREE, Stage.CONTINUING_THE_TREE)
ENDING = (
    Stage.NAMING,
    Stage.DRAWING_THE_MAP,
    Stage.KEEPING_THE_BERTOPIC_MODEL,
    Stage.SCORING,
    Stage.WRITING,
)


def stages_of(run_kind: RunKind, counts: Counts, settings: Settings) -> list[Stage]:
    """The stages between the cleaning of the texts and the end, in their order."""
    middle: Mapping[RunKind, tuple[Stage, ...]] = {
        "fit": (*FITTING, *ENDING),
        "continue": (*CONTINUING, *ENDING),
        "keep": (Stage.WRITING,),
    }
    idle = set() if n_to_encode(counts, settings.embedding) else {Stage.ENCODING}
    if not is_cascade(counts, settings.embedding):
        idle |= {Stage.LEARNING_FROM_THE_ENCODER, Stage.EMBEDDING_BY_THE_STUDENT}
    return [stage for stage in (*BEGINNING, *middle[run_kind]) if stage not in idle]


def amounts(counts: Counts, settings: Settings, cores: int) -> dict[str, float]:
    """Kind of work, as the table of costs names them -> how much of it there is.

    Args:
        counts: of the dump.
        settings: of the run.
        cores: of the processor.
    """
    n_texts, size = counts.n_texts, sample_size(counts, settings)
    processes = processes_for(counts, settings, cores)
    rest, n_fits = n_texts - size, settings.topics.n_fits
    misfits = min(MISFITS * rest, size / 4)
    n_encoded = n_to_encode(counts, settings.embedding)
    readable = CHARACTERS_A_TOKEN * settings.embedding.max_tokens
    mapped, resampled = min(n_texts, MAPPED), min(RESAMPLE * n_texts, RESAMPLE_AT_MOST)
    n_resampled = settings.evaluation.resamples * fit_work(resampled)
    return {
        "products": counts.n_products,
        "texts": n_texts,
        "characters": n_texts * counts.mean_characters,
        "encoded characters": n_encoded * min(counts.mean_characters, readable),
        "encoded numbers": n_encoded * counts.n_dims,
        "learnt": settings.embedding.cascade_sample,
        "by student": max(0, n_texts - settings.embedding.cascade_sample),
        "fits": math.ceil(n_fits / processes) * (fit_work(size) + fit_work(misfits)),
        "spread": n_fits * rest,
        "level two": _level_two(n_texts, size, processes),
        "draft": fit_work(size) + fit_work(misfits),
        "drafted": rest,
        "fitted": size,
        "on the map": mapped,
        "off the map": n_texts - mapped,
        # A helper does this beside other stages, where there is one.
        "mapped here": fit_work(mapped) if processes == 1 else 0,
        "resampled here": n_resampled if processes == 1 else 0,
        "shown": min(counts.n_products, settings.report.max_points),
    }


def fit_work(n_texts: float) -> float:
    """What UMAP and HDBSCAN grow with, on so many texts: n log2 n."""
    return n_texts * math.log2(n_texts) if n_texts > 1 else 0.0


def sample_size(counts: Counts, settings: Settings) -> int:
    """Texts that one fit is made on."""
    size = min(counts.n_texts, settings.topics.sample_size)
    if is_cascade(counts, settings.embedding):
        return min(size, settings.embedding.cascade_sample)
    return size


def processes_for(counts: Counts, settings: Settings, cores: int) -> int:
    """Fits that run side by side."""
    return n_processes(settings.processes, counts.n_texts, lambda: cores)


def is_cascade(counts: Counts, settings: EmbeddingSettings) -> bool:
    """Whether a student does most of the encoding."""
    return settings.cascade and counts.n_texts >= 2 * settings.cascade_sample


def n_to_encode(counts: Counts, settings: EmbeddingSettings) -> int:
    """Texts that go to the encoder."""
    if not is_cascade(counts, settings):
        return counts.n_missing
    # What an earlier run has encoded is, first of all, what this one needs.
    held = counts.n_texts - counts.n_missing
    needed = settings.cascade_sample + DOUBTFUL * (counts.n_texts - settings.cascade_sample)
    return max(0, round(needed) - held)


def _level_two(n_texts: int, size: int, processes: int) -> float:
    """Work on the refits inside all parents, as long as the one that is busiest works."""
    largest = fit_work(min(LARGEST_PARENT * n_texts, size))
    others = (PARENTS - 1) * fit_work(min((1 - LARGEST_PARENT) * n_texts / (PARENTS - 1), size))
    return max(largest, (largest + others) / processes)
