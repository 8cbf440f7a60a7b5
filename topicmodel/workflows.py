"""The verbs of the program. The only place that strings stages together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.datatypes import (
    Documents,
    Embeddings,
    Encoder,
    Floats,
    Levels,
    Names,
    Run,
    Scorecard,
    Taxonomy,
)
from topicmodel.errors import DumpError, RunError
from topicmodel.ingest import ColumnChoice, read_dump
from topicmodel.manifest import StageClock, build_manifest
from topicmodel.progress import Progress, Silent
from topicmodel.scoring import score_clustering, score_stability, score_with_truth
from topicmodel.settings import ReportSettings, Settings, settings_from_values

if TYPE_CHECKING:
    from topicmodel.embedding.cache import CacheInfo
    from topicmodel.engine import Representation

Embed = Callable[[Sequence[str], Progress], Embeddings]
"""Texts -> vectors, through the cache."""


def sample_path() -> Path:
    """The bundled sample: about 2,000 products of an invented general store."""
    return Path(str(files("topicmodel"))) / "data" / "sample.jsonl.gz"


def fit(
    paths: Sequence[Path | str] | Path | str,
    *,
    out: Path | str | None = None,
    settings: Settings | None = None,
    columns: ColumnChoice | None = None,
    encoder: Encoder | None = None,
    representation: Representation | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Turn a dump into a tree of categories.

    Args:
        paths: files or folders of the dump.
        out: run folder to write; nothing is written where it is None.
        settings: the defaults unless given.
        columns: which column is what; guessed unless given.
        encoder: the one that the settings name, unless given.
        representation: one of BERTopic's representation models, or an object like them, that
            chooses the keywords in place of `naming.representation`.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Raises:
        DumpError: the dump cannot be read or holds no text.
        EncoderError: the encoder cannot be loaded, or the cache not be used.
        RunError: `out` cannot be written to.
        SettingsError: a language model is named that cannot be asked.
    """
    from topicmodel.documents import build_documents
    from topicmodel.naming.language_model import check_language_model

    settings = settings or Settings()
    if out is not None:
        _check_target(Path(out))
    check_language_model(settings.language_model)
    clock = StageClock(progress or Silent())
    dump = read_dump(_as_list(paths), columns or ColumnChoice(), clock)
    clock.stage("cleaning texts")
    documents = build_documents(dump, settings.documents)
    if not documents.texts:
        raise DumpError(
            f"None of the {len(dump.products):,} products has a text. Name its columns with --text."
        )
    with _embedding(settings, encoder, cache) as embed:
        embeddings = embed(documents.texts, clock)
        _tell_encoded(embeddings, clock)
        run, asked = _build_run(documents, embeddings, settings, embed, representation, clock)
    clock.stage("writing")
    manifest = build_manifest(dump, documents, embeddings, settings, clock.stages)
    run = replace(run, manifest={**manifest, **asked}, rejects=dump.rejects)
    if out is not None:
        save(run, out)
    return run


def save(run: Run, folder: Path | str) -> None:
    """Write a run folder, its report included; a run that was there before is replaced.

    Raises:
        RunError: the folder cannot be written, or holds something else than a run.
    """
    from topicmodel.reporting import render
    from topicmodel.store import save_run

    settings = settings_from_values(run.manifest.get("settings", {}))
    save_run(run, Path(folder), {"index.html": render(run, settings.report)})


def load(folder: Path | str) -> Run:
    """Read a run folder; every file is checked against its digest.

    Raises:
        RunError: there is no run, or a file of it is missing or damaged.
    """
    from topicmodel.store import load_run

    return load_run(Path(folder))


def names(folder: Path | str) -> Taxonomy:
    """The tree of a run.

    Raises:
        RunError: there is no run, or a file of it is missing or damaged.
    """
    return load(folder).taxonomy


def report(folder: Path | str, settings: ReportSettings | None = None) -> Path:
    """Render the report of a run anew; settings that are given are kept with the run.

    Returns:
        The path of the page.

    Raises:
        RunError: there is no run, or it cannot be written.
    """
    run = load(folder)
    if settings is not None:
        values = {**run.manifest["settings"], "report": settings.model_dump(mode="json")}
        run = replace(run, manifest={**run.manifest, "settings": values})
    save(run, folder)
    return Path(folder) / "index.html"


def evaluate(
    folder: Path | str,
    paths: Sequence[Path | str] | Path | str = (),
    *,
    truth: str | None = None,
    columns: ColumnChoice | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """The scorecard of a run; judged against a truth column, it keeps those figures too.

    Args:
        folder: the run.
        paths: the dump; the files that the run was made from unless given.
        truth: column with the true category path; without it the stored figures are returned.
        columns: which column is the id; guessed unless given.
        encoder: the one that the run was made with, unless given.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Raises:
        RunError: there is no run, or it shares no product with the dump.
        DumpError: the dump cannot be read or has no such column.
    """
    run = load(folder)
    if truth is None:
        return run.scorecard
    progress = progress or Silent()
    sources = _as_list(paths) or list(run.manifest["dump"]["sources"])
    dump = read_dump(sources, replace(columns or ColumnChoice(), label=truth), progress)
    labels = {product.id: product.label for product in dump.products}
    known = [labels.get(product_id, ()) for product_id in run.assignments.product_ids]
    if not any(known):
        raise RunError(
            f"No product of {folder} has a true category in {truth}. Is this the dump that the run "
            "was made from, and --id the same column?"
        )
    settings = settings_from_values(run.manifest["settings"])
    progress.stage("scoring")
    with _embedding(settings, encoder, cache) as embed:
        figures = score_with_truth(run, known, _silently(embed))
    fresh = {metric.name for metric in figures}
    kept = [metric for metric in run.scorecard.metrics if metric.name not in fresh]
    judged = replace(run, scorecard=Scorecard([*figures, *kept]))
    save(judged, folder)
    return judged.scorecard


def cache_info() -> CacheInfo:
    """Where the user's cache of vectors is, its size, and how many it holds of each encoder.

    Raises:
        EncoderError: the cache cannot be used.
    """
    from topicmodel.embedding.cache import VectorCache, default_cache_path

    with VectorCache(default_cache_path()) as vectors:
        return vectors.info()


def clear_cache() -> Path:
    """Delete all vectors of the user's cache, and all answers of language models.

    Returns:
        Where the cache of vectors is.

    Raises:
        EncoderError: the cache cannot be deleted.
    """
    from topicmodel.embedding import cache
    from topicmodel.naming.language_model import clear_answers, default_answer_cache

    path = cache.default_cache_path()
    cache.clear_cache(path)
    clear_answers(default_answer_cache())
    return path


def _as_list(paths: Sequence[Path | str] | Path | str) -> list[Path | str]:
    return [paths] if isinstance(paths, str | Path) else list(paths)


def _check_target(out: Path) -> None:
    from topicmodel.store import check_target

    check_target(out)


@contextmanager
def _embedding(settings: Settings, encoder: Encoder | None, cache: Path | None) -> Iterator[Embed]:
    from topicmodel.embedding import embed, load_encoder
    from topicmodel.embedding.cache import VectorCache, default_cache_path

    chosen = encoder or load_encoder(settings.embedding)
    with VectorCache(cache or default_cache_path()) as vectors:
        yield lambda texts, progress: embed(texts, chosen, vectors, progress)


def _tell_encoded(embeddings: Embeddings, progress: Progress) -> None:
    n_texts, n_encoded = len(embeddings.vectors), embeddings.n_encoded
    progress.message(
        f"{n_texts:,} distinct texts: {n_encoded:,} encoded now, {n_texts - n_encoded:,} from cache"
    )


def _build_run(
    documents: Documents,
    embeddings: Embeddings,
    settings: Settings,
    embed: Embed,
    representation: Representation | None,
    progress: Progress,
) -> tuple[Run, dict[str, Any]]:
    """The run, but for manifest and rejects; and what a language model cost."""
    from topicmodel import engine
    from topicmodel.hierarchy import build_levels
    from topicmodel.naming import label_topics
    from topicmodel.placement import place
    from topicmodel.taxonomy import build_tree
    from topicmodel.words import count_words, plain_words

    vectors = embeddings.vectors
    progress.stage("counting words")
    words = count_words(documents.texts, documents.languages)
    levels = build_levels(vectors, words, settings, progress)
    progress.stage("naming")
    placement = place(vectors, words, levels)
    names = label_topics(
        documents, words, vectors, levels, _silently(embed), settings.naming, representation
    )
    names, asked = _polish(names, documents, vectors, levels, settings, progress)
    n_examples = settings.report.n_examples
    tree = build_tree(documents, vectors, levels, placement, names, n_examples)
    progress.stage("drawing the map")
    coordinates = engine.map_coordinates(
        vectors, settings.topics, seed=settings.seed, threads=settings.threads
    )
    progress.stage("keeping the BERTopic model")
    run = Run(
        manifest={},
        taxonomy=tree.taxonomy,
        assignments=tree.assignments,
        titles=documents.titles,
        scorecard=Scorecard([]),
        rejects=(),
        centroids=tree.centroids,
        coordinates=_of_products(coordinates, documents),
        cloud_terms=tree.cloud_terms,
        count_curve=levels.count_curve,
        bertopic=engine.bertopic_files(
            documents.texts,
            vectors,
            placement.level1,
            [label.name for label in names.level1],
            sorted(plain_words(*sorted(set(documents.languages)))),
            settings.embedding.model,
        ),
    )
    progress.stage("scoring")
    figures = [
        *score_clustering(run, documents, vectors, placement, words, settings),
        *score_stability(run, documents, vectors, words, settings),
    ]
    if any(documents.labels):
        figures = [*score_with_truth(run, documents.labels, _silently(embed)), *figures]
    return replace(run, scorecard=Scorecard(figures)), asked


def _polish(
    names: Names,
    documents: Documents,
    vectors: Floats,
    levels: Levels,
    settings: Settings,
    progress: Progress,
) -> tuple[Names, dict[str, Any]]:
    """Names as a language model would have them, if one is set; and what it cost."""
    from topicmodel.naming import polish_names
    from topicmodel.naming.language_model import default_answer_cache

    if not settings.language_model.model:
        return names, {}
    names, answers = polish_names(
        names, documents, vectors, levels, settings.language_model, default_answer_cache(), progress
    )
    if answers.completion_tokens:
        progress.message(
            f"{answers.n_asked} names asked of {settings.language_model.model}: "
            f"{answers.prompt_tokens:,} tokens sent, {answers.completion_tokens:,} received, "
            f"cost {answers.cost:.4f}"
        )
    usage = {key: value for key, value in asdict(answers).items() if key != "names"}
    return names, {"language_model": usage}


def _silently(embed: Embed) -> Callable[[Sequence[str]], Floats]:
    return lambda texts: embed(texts, Silent()).vectors


def _of_products(coordinates: Floats, documents: Documents) -> Floats:
    found = np.full((len(documents.product_ids), 2), np.nan, dtype=np.float32)
    known = documents.text_of_product >= 0
    found[known] = coordinates[documents.text_of_product[known]]
    return found
