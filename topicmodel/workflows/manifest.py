"""What a run says about how it was made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from topicmodel.datatypes import (
    Documents,
    DumpReport,
    Embeddings,
    Query,
    Run,
    query_from,
)
from topicmodel.execution.versions import versions
from topicmodel.files.databases import ENVIRONMENT
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings, settings_from_values


def build_manifest(
    dump: DumpReport,
    documents: Documents,
    embeddings: Embeddings,
    settings: Settings,
    stages: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """What decides a result, and what it cost, as plain JSON values."""
    from topicmodel.engine import device_used

    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings.model_dump(mode="json"),
        "seed": settings.seed,
        "threads": settings.threads,
        "device": device_used(settings.topics.device),
        "encoder": embeddings.encoder,
        "dump": {
            "sources": list(dump.sources),
            "fingerprint": dump.fingerprint,
            "columns": dict(dump.columns),
            "products": len(documents.products),
            "rejects": len(dump.rejects),
            "duplicates": dump.duplicates,
            "distinct_texts": len(documents.texts),
            "encoded_texts": embeddings.n_encoded,
        },
        "versions": versions(),
        "stages": list(stages),
    }


def with_log(run: Run, clock: StageClock) -> Run:
    """The run, which remembers what was said while it was made."""
    manifest = {**run.manifest, "warnings": clock.warnings}
    return replace(run, manifest=manifest, log=tuple(clock.log))


def settings_of(run: Run) -> Settings:
    """The settings that a run was made with."""
    return settings_from_values(run.manifest.get("settings", {}))


def columns_of(run: Run, named: ColumnChoice | None = None) -> ColumnChoice:
    """The columns named now, or else when the run was made; the others are guessed."""
    now = named or ColumnChoice()
    before = run.manifest.get("dump", {}).get("chosen_columns", {})
    return ColumnChoice(
        id=now.id or before.get("id"),
        text=now.text or tuple(before.get("text", ())),
        label=now.label,
        image=now.image or before.get("image"),
    )


def sources_of(run: Run) -> list[DumpPath]:
    """What the run was made from; its queries are asked of TOPICMODEL_DB where that is set."""
    named = list(map(str, run.manifest["dump"]["sources"]))
    return [_asked_again(query) if (query := query_from(name)) else name for name in named]


def _asked_again(query: Query) -> Query:
    # The address that a run remembers lacks its password.
    return replace(query, url=None) if os.environ.get(ENVIRONMENT) else query
