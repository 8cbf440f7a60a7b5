"""fit: a dump -> a run."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from topicmodel.catalogue.choice import with_menu
from topicmodel.datatypes import Documents, DumpReport, PreparedDump, Run, Stage
from topicmodel.datatypes.boilerplate_wording import left_out, record_of_boilerplate
from topicmodel.edits.runs import read_edits, with_edits, with_history
from topicmodel.embedding import embedding, tell_encoded
from topicmodel.errors import DumpError, RunError
from topicmodel.execution import Workers, open_workers
from topicmodel.ingest import (
    ColumnChoice,
    DumpInput,
    DumpPath,
    Records,
    as_list,
    check_rejects,
    read_dump,
)
from topicmodel.progress import as_progress
from topicmodel.progress.clock import StageClock
from topicmodel.reporting.pictures import with_logo
from topicmodel.settings import Settings
from topicmodel.workflows.building import RunContext, build_run
from topicmodel.workflows.cascading import embed_documents
from topicmodel.workflows.checkpointing import checkpoints_beside
from topicmodel.workflows.provenance import with_log, with_request
from topicmodel.workflows.run_plan import announce, expect, with_plan
from topicmodel.workflows.saved_runs import alone_in, as_patience, save
from topicmodel.workflows.verb_options import RunOptions, check_keywords
from topicmodel.workflows.voting import ask_catalogue

if TYPE_CHECKING:
    pass


def sample_path() -> Path:
    """The bundled sample: about 2,000 products of an invented general store."""
    return Path(str(files("topicmodel"))) / "ingest" / "sample.jsonl.gz"


def fit(
    paths: DumpInput,
    *,
    out: Path | str | None = None,
    settings: Settings | None = None,
    columns: ColumnChoice | None = None,
    **options: Unpack[RunOptions],
) -> Run:
    """Turn a dump into a tree of categories.

    Args:
        paths: files or folders of the dump, or a query of a database; or the products themselves: a
            data frame, or records, that is mappings of column -> value.
        out: run folder to write; nothing is written where it is None.
        settings: the defaults unless given.
        columns: which column is what; guessed unless given.
        options: `menu`, `edits`, `encoder`, `representation`, `cache`, `progress`, `wait` and
            `command_line`; see `workflows.verb_options.RunOptions`.

    Raises:
        DatabaseError: a database cannot be reached, or refuses the query.
        DumpError: the dump cannot be read or holds no text.
        EncoderError: the encoder cannot be loaded, the cache not be used, or the cascade differs
            from full encoding more than is allowed.
        MenuError: the menu cannot be read, or one of its categories is faulty.
        PlanError: memory or disk clearly do not suffice.
        RunError: `out` cannot be written to, is in use, or holds edits that would be lost; or a
            line of the edits is damaged.
        ScalingError: Ray is named, and not installed or not to be reached; or its workers fail.
        SettingsError: a language model is named that cannot be asked.
    """
    from topicmodel.naming.language_model import check_language_model
    from topicmodel.planning import find_free_resources

    check_keywords("fit", options, RunOptions)
    edits, wait = options.get("edits"), options.get("wait", False)
    settings, columns = settings or Settings(), columns or ColumnChoice()
    if out is not None:
        _check_target(Path(out))
    if edits is not None:
        # A damaged line is told before the work, not after it.
        read_edits(edits)
    check_language_model(settings.language_model)
    settings = with_menu(settings, options.get("menu"))
    settings = settings.model_copy(update={"report": with_logo(settings.report)})
    clock = StageClock(as_progress(options.get("progress")))
    with (
        alone_in(out, "fit", patience=as_patience(wait), progress=clock),
        clock.hearing_warnings(),
        open_workers(settings.scaling) as workers,
        embedding(settings, options.get("encoder"), options.get("cache"), workers) as embed,
    ):
        if out is not None and wait:
            _check_target(Path(out))
        dump, documents = read_texts(as_list(paths), columns, settings, clock, workers)
        free = find_free_resources(Path(out) if out is not None else None, embed.cache.path)
        plan = expect(documents, settings, embed, clock, free)
        announce(plan, clock)
        checkpoints = checkpoints_beside(embed.cache.path, settings, len(documents.texts), clock)
        context = RunContext(settings, embed, clock, options.get("representation"), checkpoints)
        built = build_run(prepare(dump, documents, context), context)
        run = with_history(
            with_plan(with_request(built.run, columns, options.get("command_line")), plan), ()
        )
        run = with_log(with_edits(run, edits), clock)
        if out is not None:
            save(run, out)
    return run


def read_texts(
    paths: Sequence[DumpPath | Records],
    columns: ColumnChoice,
    settings: Settings,
    clock: StageClock,
    workers: Workers,
    boilerplate: Sequence[str] | None = None,
) -> tuple[DumpReport, Documents]:
    """What reading a dump has shown, and its texts.

    Args:
        paths: files or folders of the dump, and the like, as `as_list` gives them.
        columns: which column is what; guessed unless given.
        settings: of the run.
        clock: told about the stages.
        workers: who reads the files.
        boilerplate: what an earlier run has left out of the texts; looked for where it is None.

    Raises:
        DumpError: the dump cannot be read, too few of its rows can be used, or no product has a
            text.
    """
    from topicmodel.documents import build_documents

    dump = read_dump(paths, columns, clock, workers, settings.ingest)
    check_rejects(dump, settings.ingest)
    clock.stage(Stage.CLEANING_TEXTS)
    documents = build_documents(dump.products, settings.documents, boilerplate)
    if not documents.texts:
        raise DumpError(
            f"None of the {len(dump.products):,} products has a text. Name its columns with --text."
        )
    stripped = left_out(record_of_boilerplate(documents), len(dump.products))
    if stripped:
        clock.message(f"Left out of the texts: {stripped}")
    return dump.report, documents


def prepare(dump: DumpReport, documents: Documents, context: RunContext) -> PreparedDump:
    """Texts with their vectors, words, and votes on the catalogue of goods.

    Args:
        dump: what reading it has shown.
        documents: the texts.
        context: says which encoder is used, and is told about the stages.

    Raises:
        EncoderError: the encoder or the cache cannot be used, or the cascade is not good enough.
    """
    from topicmodel.text import count_words
    from topicmodel.text.digests import text_digests

    clock, texts = context.clock, documents.texts
    clock.stage(Stage.READING_VECTORS)
    embeddings = embed_documents(texts, context.embed, context.settings, clock)
    tell_encoded(embeddings, clock)
    clock.stage(Stage.COUNTING_WORDS)
    words = count_words(texts, documents.languages)
    asked = ask_catalogue(documents, embeddings, context.settings, context.embed, clock)
    return PreparedDump(dump, documents, embeddings, words, text_digests(texts), *asked)


def _check_target(out: Path) -> None:
    from topicmodel.store import check_target, has_edits

    check_target(out)
    if has_edits(out):
        raise RunError(
            f"{out} holds edits, which a new fit would lose. Use `topicmodel refit` to keep "
            "them, or choose another --out."
        )
