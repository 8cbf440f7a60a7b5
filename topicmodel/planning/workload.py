"""Compute the amount of work of each stage from the counts and the settings."""

from __future__ import annotations

import math
from collections.abc import Mapping

from topicmodel.datatypes import Counts, RunKind, Stage
from topicmodel.execution.processes import n_processes
from topicmodel.settings import EmbeddingSettings, Settings

TYPICAL_PARENTS = 12
"""Typical number of level-one categories."""

LARGEST_PARENT = 0.25
"""Typical share of the texts in the largest level-one category."""

DOUBTFUL = 0.12
"""Typical share of the texts outside a cascade's sample that the encoder must read too."""

POORLY_FITTING = 0.05
"""Typical share of the texts outside a sample that fit none of its topics, and get another fit."""

CHARACTERS_A_TOKEN = 4.5
"""Typical number of characters of a token; texts are cut at the token limit of the encoder."""

MAPPED = 10_000
"""Most texts that UMAP makes the map from; the same value as in `engine.map`."""

RESAMPLE, RESAMPLE_AT_MOST = 0.8, 5_000
"""Share of the texts in a resample, and their largest number, as in `clustering.resampling`."""

BEGINNING = (
    Stage.READING_VECTORS,
    Stage.ENCODING,
    Stage.LEARNING_FROM_THE_ENCODER,
    Stage.EMBEDDING_BY_THE_STUDENT,
    Stage.COUNTING_WORDS,
    Stage.COMPARING_WITH_GOODS,
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
    """The stages of a run after the cleaning of the texts, in order."""
    middle: Mapping[RunKind, tuple[Stage, ...]] = {
        "fit": (*FITTING, *ENDING),
        "continue": (*CONTINUING, *ENDING),
        "keep": (Stage.WRITING,),
    }
    skipped = set() if n_to_encode(counts, settings.embedding) else {Stage.ENCODING}
    if settings.catalogue.source == "none":
        skipped.add(Stage.COMPARING_WITH_GOODS)
    if not is_cascade(counts, settings.embedding):
        skipped |= {Stage.LEARNING_FROM_THE_ENCODER, Stage.EMBEDDING_BY_THE_STUDENT}
    return [stage for stage in (*BEGINNING, *middle[run_kind]) if stage not in skipped]


def amounts(counts: Counts, settings: Settings, cores: int) -> dict[str, float]:
    """Kind of work, as the table of costs names it -> number of units.

    Args:
        counts: the number of products and texts.
        settings: the settings of the run.
        cores: number of processor cores.
    """
    n_texts, size = counts.n_texts, sample_size(counts, settings)
    processes = processes_for(counts, settings, cores)
    rest, n_fits = n_texts - size, settings.topics.n_fits
    poorly_fitting = min(POORLY_FITTING * rest, size / 4)
    n_encoded = n_to_encode(counts, settings.embedding)
    max_characters = CHARACTERS_A_TOKEN * settings.embedding.max_tokens
    mapped, resampled = min(n_texts, MAPPED), min(RESAMPLE * n_texts, RESAMPLE_AT_MOST)
    n_resampled = settings.evaluation.resamples * fit_work(resampled)
    return {
        "products": counts.n_products,
        "texts": n_texts,
        "characters": n_texts * counts.mean_characters,
        "encoded characters": n_encoded * min(counts.mean_characters, max_characters),
        "encoded numbers": n_encoded * counts.n_dims,
        "learnt": settings.embedding.cascade_sample,
        "by student": max(0, n_texts - settings.embedding.cascade_sample),
        "fits": math.ceil(n_fits / processes) * (fit_work(size) + fit_work(poorly_fitting)),
        "propagated": n_fits * rest,
        "level two": _level_two(n_texts, size, processes),
        "draft": fit_work(size) + fit_work(poorly_fitting),
        "drafted": rest,
        "fitted": size,
        "on the map": mapped,
        "off the map": n_texts - mapped,
        # With several processes, another one does this at the same time as other stages.
        "mapped here": fit_work(mapped) if processes == 1 else 0,
        "resampled here": n_resampled if processes == 1 else 0,
        "shown": min(counts.n_products, settings.report.max_points),
    }


def fit_work(n_texts: float) -> float:
    """Work of UMAP and HDBSCAN for a number of texts: n log2 n."""
    return n_texts * math.log2(n_texts) if n_texts > 1 else 0.0


def sample_size(counts: Counts, settings: Settings) -> int:
    """Number of texts that one fit is made on."""
    size = min(counts.n_texts, settings.topics.sample_size)
    if is_cascade(counts, settings.embedding):
        return min(size, settings.embedding.cascade_sample)
    return size


def processes_for(counts: Counts, settings: Settings, cores: int) -> int:
    """Number of fits that run in parallel."""
    return n_processes(settings.processes, counts.n_texts, lambda: cores)


def is_cascade(counts: Counts, settings: EmbeddingSettings) -> bool:
    """Whether a cascade is used, in which a student does most of the encoding."""
    return settings.cascade and counts.n_texts >= 2 * settings.cascade_sample


def n_to_encode(counts: Counts, settings: EmbeddingSettings) -> int:
    """Number of texts that go to the encoder."""
    if not is_cascade(counts, settings):
        return counts.n_missing
    # The texts that an earlier run has encoded are probably among those that this one needs.
    cached = counts.n_texts - counts.n_missing
    needed = settings.cascade_sample + DOUBTFUL * (counts.n_texts - settings.cascade_sample)
    return max(0, round(needed) - cached)


def _level_two(n_texts: int, size: int, processes: int) -> float:
    """Work of the busiest process on the fits inside all level-one categories."""
    largest = fit_work(min(LARGEST_PARENT * n_texts, size))
    others = (TYPICAL_PARENTS - 1) * fit_work(
        min((1 - LARGEST_PARENT) * n_texts / (TYPICAL_PARENTS - 1), size)
    )
    return max(largest, (largest + others) / processes)
