"""What a run says about how it was made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from topicmodel.datatypes import (
    ChosenColumns,
    Documents,
    DumpRecord,
    DumpReport,
    Embeddings,
    Manifest,
    Query,
    Run,
    StageRecord,
    query_from,
)
from topicmodel.datatypes.boilerplate_wording import record_of_boilerplate
from topicmodel.errors import DumpError
from topicmodel.execution.versions import versions
from topicmodel.files.databases import ENVIRONMENT
from topicmodel.files.secrets import masked
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings, settings_from_values


def build_manifest(
    dump: DumpReport,
    documents: Documents,
    embeddings: Embeddings,
    settings: Settings,
    stages: Sequence[StageRecord],
) -> Manifest:
    """What decides a result, and what it cost."""
    from topicmodel.engine import device_used

    return Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=settings.model_dump(mode="json"),
        seed=settings.seed,
        threads=settings.threads,
        device=device_used(settings.topics.device),
        encoder=embeddings.encoder,
        dump=DumpRecord(
            sources=tuple(dump.sources),
            fingerprint=dump.fingerprint,
            columns=dict(dump.columns),
            products=len(documents.products),
            rejects=len(dump.rejects),
            duplicates=dump.duplicates,
            distinct_texts=len(documents.texts),
            encoded_texts=embeddings.n_encoded,
            in_memory=True if dump.in_memory else None,
        ),
        versions=versions(),
        stages=tuple(stages),
        boilerplate=record_of_boilerplate(documents),
    )


def with_request(run: Run, columns: ColumnChoice, command_line: str | None = None) -> Run:
    """The run, which remembers what was asked for.

    Args:
        run: as it was built.
        columns: those that were named for it.
        command_line: as it was typed; None where it was asked for from Python.
    """
    chosen = ChosenColumns(id=columns.id, text=tuple(columns.text), image=columns.image)
    dump = replace(run.manifest.dump, chosen_columns=chosen)
    typed = None if command_line is None else masked(command_line)
    return replace(run, manifest=replace(run.manifest, dump=dump, command_line=typed))


def with_log(run: Run, clock: StageClock) -> Run:
    """The run, which remembers what was said while it was made."""
    manifest = replace(run.manifest, warnings=tuple(clock.warnings))
    return replace(run, manifest=manifest, log=tuple(clock.log))


def settings_of(run: Run) -> Settings:
    """The settings that a run was made with."""
    return settings_from_values(run.manifest.settings)


def columns_of(run: Run, named: ColumnChoice | None = None) -> ColumnChoice:
    """The columns named now, or else when the run was made; the others are guessed."""
    now = named or ColumnChoice()
    before = run.manifest.dump.chosen_columns or ChosenColumns()
    return ColumnChoice(
        id=now.id or before.id,
        text=now.text or before.text,
        label=now.label,
        image=now.image or before.image,
    )


def sources_of(run: Run) -> list[DumpPath]:
    """What the run was made from; its queries are asked of TOPICMODEL_DB where that is set.

    Raises:
        DumpError: its products came from memory.
    """
    named = run.manifest.dump.sources
    if run.manifest.dump.in_memory:
        raise DumpError(
            f"The products of the run came from memory ({', '.join(named)}), where they cannot be "
            "read once more. Hand them over again, or name a file that holds them."
        )
    return [_asked_again(query) if (query := query_from(name)) else name for name in named]


def _asked_again(query: Query) -> Query:
    # The address that a run remembers lacks its password.
    return replace(query, url=None) if os.environ.get(ENVIRONMENT) else query
