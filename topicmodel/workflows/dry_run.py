"""plan: a dump -> what a fit or a refit of it would take."""

from __future__ import annotations

from pathlib import Path

from topicmodel.catalogue.choice import Menu, with_menu
from topicmodel.datatypes import Encoder, Plan
from topicmodel.embedding import embedding
from topicmodel.execution import open_workers
from topicmodel.ingest import ColumnChoice, DumpInput, as_list
from topicmodel.progress import Progress, as_progress
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings
from topicmodel.workflows.fitting import read_texts
from topicmodel.workflows.provenance import columns_of, settings_of
from topicmodel.workflows.refitting import boilerplate_for, look_ahead
from topicmodel.workflows.run_plan import A_FIT, expect
from topicmodel.workflows.saved_runs import load


def plan(
    paths: DumpInput,
    *,
    previous: Path | str | None = None,
    out: Path | str | None = None,
    settings: Settings | None = None,
    columns: ColumnChoice | None = None,
    menu: Menu | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Read a dump and say what a fit would take: time, memory and disk. Nothing is fitted or kept.

    Args:
        paths: files or folders of the dump, or a query of a database; or the products themselves: a
            data frame, or records, that is mappings of column -> value.
        previous: folder of the run that a refit would continue; a fit is planned without.
        out: run folder that would be written, to see what is free there.
        settings: those of the previous run, or else the defaults, unless given.
        columns: which column is what; those that are not given, as in the previous run.
        menu: categories that are known beforehand, in place of `catalogue.source`.
        encoder: the one that the settings name, unless given.
        cache: file of the vector cache; the user's own unless given.
        progress: told about the stages.

    Returns:
        The plan; its `problems` say what cannot work on this machine.

    Raises:
        DatabaseError: a database cannot be reached, or refuses the query.
        DumpError: the dump cannot be read or holds no text.
        EncoderError: the encoder cannot be loaded, or the cache not be used.
        MenuError: the menu cannot be read, or one of its categories is faulty.
        RunError: there is no previous run.
        ScalingError: Ray is named, and not installed or not to be reached.
    """
    from topicmodel.embedding import default_cache_path
    from topicmodel.embedding.cache import IN_MEMORY
    from topicmodel.planning import find_free_resources

    before = None if previous is None else load(previous)
    settings = settings or (settings_of(before) if before else Settings())
    settings = with_menu(settings, menu)
    columns = columns_of(before, columns) if before else columns or ColumnChoice()
    clock = StageClock(as_progress(progress))
    file = cache or default_cache_path()
    # A plan leaves no trace, not even an empty cache.
    held = file if file.exists() else IN_MEMORY
    with (
        open_workers(settings.scaling) as workers,
        embedding(settings, encoder, held, workers) as embed,
    ):
        known = boilerplate_for(before, settings) if before else None
        dump, documents = read_texts(as_list(paths), columns, settings, clock, workers, known)
        identity = embed.encoder.identity
        workload = look_ahead(before, dump, documents, settings, identity) if before else A_FIT
        free = find_free_resources(Path(out) if out is not None else None, file)
        return expect(documents, settings, embed, clock, free, workload)
