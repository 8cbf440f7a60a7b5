"""refit: a run and a new dump -> the next run, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from topicmodel.catalogue.choice import catalogue_of, with_menu
from topicmodel.continuation.succession import Succession
from topicmodel.datatypes import Documents, DumpReport, PreparedDump, Run, Stage
from topicmodel.edits.runs import apply_log, read_edits, with_edits, with_history
from topicmodel.embedding import embedding
from topicmodel.errors import RunError
from topicmodel.execution import open_workers
from topicmodel.ingest import ColumnChoice, DumpInput, as_list
from topicmodel.progress import as_progress
from topicmodel.progress.clock import StageClock
from topicmodel.reporting.pictures import with_logo
from topicmodel.settings import Settings
from topicmodel.workflows.building import FittedRun, RunContext, build_run
from topicmodel.workflows.cascading import judge_cascade
from topicmodel.workflows.checkpointing import checkpoints_beside
from topicmodel.workflows.evaluating import judge
from topicmodel.workflows.fitting import prepare, read_texts
from topicmodel.workflows.provenance import (
    build_manifest,
    columns_of,
    settings_of,
    with_log,
    with_request,
)
from topicmodel.workflows.run_plan import Workload, announce, expect, with_plan
from topicmodel.workflows.saved_runs import alone_in, as_patience, load, save
from topicmodel.workflows.verb_options import RunOptions, check_keywords

if TYPE_CHECKING:
    pass

WITHOUT_EFFECT = ("ingest", "refit", "evaluation", "report", "processes", "keep_stages", "scaling")
"""Sections of settings that do not change an existing tree."""


def refit(
    folder: Path | str,
    paths: DumpInput,
    *,
    out: Path | str | None = None,
    settings: Settings | None = None,
    columns: ColumnChoice | None = None,
    **options: Unpack[RunOptions],
) -> Run:
    """Continue the tree of a run on a new dump: what is the same keeps its id and its name.

    Args:
        folder: the previous run, which stays as it is unless `out` is the same folder.
        paths: files or folders of the new dump, or a query of a database; or the products
            themselves: a data frame, or records, that is mappings of column -> value.
        out: run folder to write; nothing is written where it is None.
        settings: those of the previous run unless given.
        columns: which column is what; those that are not given, as in the previous run.
        options: `menu`, `edits`, `encoder`, `representation`, `cache`, `progress`, `wait` and
            `command_line`; see `workflows.verb_options.RunOptions`.

    Returns:
        The new run; its `changes` say what is new, gone, and elsewhere.

    Raises:
        DatabaseError: a database cannot be reached, or refuses the query.
        DumpError: the dump cannot be read or holds no text.
        EncoderError: the encoder cannot be loaded, the cache not be used, or the cascade differs
            from full encoding more than is allowed.
        MenuError: the menu cannot be read, or one of its categories is faulty.
        PlanError: memory or disk clearly do not suffice.
        RunError: there is no previous run, a line of the edits is damaged, or `out` cannot be
            written to or is in use.
        ScalingError: Ray is named, and not installed or not to be reached; or its workers fail.
        SettingsError: a language model is named that cannot be asked.
    """
    from topicmodel.changes import compare
    from topicmodel.naming.language_model import check_language_model
    from topicmodel.planning import find_free_resources
    from topicmodel.store import check_target

    check_keywords("refit", options, RunOptions)
    clock, wait = StageClock(as_progress(options.get("progress"))), options.get("wait", False)
    with (
        alone_in(out, "refit", patience=as_patience(wait), progress=clock),
        clock.hearing_warnings(),
    ):
        before = load(folder)
        previous = with_edits(before, options.get("edits"))
        settings, columns = settings or settings_of(previous), columns_of(previous, columns)
        if out is not None:
            check_target(Path(out))
            _check_edits(Path(out), previous)
        check_language_model(settings.language_model)
        settings = with_menu(settings, options.get("menu"))
        settings = settings.model_copy(update={"report": with_logo(settings.report)})
        succession = Succession(previous)
        with (
            open_workers(settings.scaling) as workers,
            embedding(settings, options.get("encoder"), options.get("cache"), workers) as embed,
        ):
            known = boilerplate_for(previous, settings)
            dump, documents = read_texts(as_list(paths), columns, settings, clock, workers, known)
            workload = look_ahead(previous, dump, documents, settings, embed.encoder.identity)
            free = find_free_resources(Path(out) if out is not None else None, embed.cache.path)
            plan = expect(documents, settings, embed, clock, free, workload)
            announce(plan, clock)
            checkpoints = checkpoints_beside(
                embed.cache.path, settings, len(documents.texts), clock
            )
            context = RunContext(settings, embed, clock, options.get("representation"), checkpoints)
            prepared = prepare(dump, documents, context)
            if workload.run_kind == "keep":
                clock.message("Nothing in the dump has changed: the tree stays as it is.")
                built = FittedRun(_again(previous, prepared, context), ())
            else:
                built = build_run(prepared, context, succession)
        for topic in sorted(set(succession.to_split).difference(built.divided)):
            name = previous.fitted.taxonomy[topic].name
            clock.message(
                f"Nothing was found to divide {name} by: its split waits for the next refit."
            )
        run = with_plan(with_request(built.run, columns, options.get("command_line")), plan)
        run = apply_log(run, succession.edits(built.divided, run.manifest.created))
        run = with_history(run, previous.history)
        run = with_log(replace(run, changes=compare(before, run)), clock)
        if out is not None:
            _check_edits(Path(out), previous)
            save(run, out)
    return run


def _check_edits(out: Path, previous: Run) -> None:
    """Make sure that no edits are lost that people have made since, in a run that is replaced.

    Raises:
        RunError: the run in `out` holds edits that the previous run lacks.
    """
    known = {replace(edit, done="") for edit in previous.edits}
    log = out / "edits.jsonl"
    if log.is_file() and any(replace(edit, done="") not in known for edit in read_edits(log)):
        raise RunError(
            f"{out} holds edits that would be lost. Hand them over with --edits {log}, or choose "
            "another --out."
        )


def boilerplate_for(previous: Run, settings: Settings) -> Sequence[str] | None:
    """What the previous run has left out of the texts, so that they stay the same texts.

    None where it was told to leave out nothing, and this one is not.
    """
    was_dropped = settings_of(previous).documents.drop_boilerplate
    return previous.boilerplate if was_dropped or not settings.documents.drop_boilerplate else None


def look_ahead(
    previous: Run, dump: DumpReport, documents: Documents, settings: Settings, encoder: str
) -> Workload:
    """What a refit makes of a dump, as far as is known before its texts have vectors.

    Args:
        previous: the run that is continued.
        dump: what reading the new one has shown.
        documents: its texts.
        settings: of the new run.
        encoder: identity of its encoder.
    """
    from topicmodel.text.digests import text_digests

    known = set(previous.digests)
    n_new = sum(digest not in known for digest in text_digests(documents.texts))
    if _stands(previous, dump, settings, encoder):
        return Workload("keep", n_new)
    is_continued = settings.refit.anchor > 0 and n_new < len(documents.texts)
    return Workload("continue" if is_continued else "fit", n_new)


def _stands(previous: Run, dump: DumpReport, settings: Settings, encoder: str) -> bool:
    """Whether the previous tree is the one that these products and settings would give."""
    from topicmodel.embedding import are_comparable

    same_products = previous.manifest.dump.fingerprint == dump.fingerprint
    same_encoder = are_comparable(previous.manifest.encoder, encoder)
    # A run of format 1 knows nothing of where new products go; what is fitted anew does.
    is_whole = bool(previous.landmarks.topics) or not previous.fitted.taxonomy.topics
    return (
        is_whole
        and same_products
        and same_encoder
        and _deciding(settings) == _deciding(settings_of(previous))
        and _same_catalogue(previous, settings)
        and not Succession(previous).to_split
    )


def _same_catalogue(previous: Run, settings: Settings) -> bool:
    """Whether the catalogue holds what it held; a menu's file may have been changed since.

    A run that knows nothing of a catalogue is taken to have had the same.
    """
    known, catalogue = previous.manifest.catalogue, catalogue_of(settings.catalogue)
    return known is None or catalogue is None or known.digest == catalogue.digest


def _deciding(settings: Settings) -> dict[str, Any]:
    values = settings.model_dump(mode="json")
    return {key: value for key, value in values.items() if key not in WITHOUT_EFFECT}


def _again(previous: Run, prepared: PreparedDump, context: RunContext) -> Run:
    """The previous run with the manifest, rejects and pictures of this one."""
    documents, clock = prepared.documents, context.clock
    row_of = {product: row for row, product in enumerate(documents.products.ids)}
    products = documents.products.take(np.array([row_of[x] for x in previous.products.ids]))
    if any(products.true_paths):
        clock.stage(Stage.SCORING)
        previous = judge(previous, products.true_paths, context.embed)
    clock.stage(Stage.WRITING)
    manifest = build_manifest(
        prepared.dump, documents, prepared.embeddings, context.settings, clock.stages
    )
    asked = previous.manifest.language_model
    cascade = judge_cascade(
        prepared.embeddings, previous.landmarks, previous.fitted.taxonomy, context.settings, clock
    )
    return replace(
        previous,
        history=(),
        manifest=replace(
            manifest,
            language_model=asked,
            cascade=cascade,
            catalogue=previous.manifest.catalogue,
        ),
        rejects=prepared.dump.rejects,
        products=replace(previous.products, images=products.images),
    )
