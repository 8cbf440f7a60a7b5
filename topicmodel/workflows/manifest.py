"""What a run says about how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from topicmodel.datatypes import Documents, Dump, Embeddings
from topicmodel.execution.versions import versions
from topicmodel.settings import Settings


def build_manifest(
    dump: Dump,
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
        "device": device_used(settings.topics),
        "encoder": embeddings.encoder,
        "dump": {
            "sources": list(dump.sources),
            "fingerprint": dump.fingerprint,
            "columns": dict(dump.columns),
            "products": len(documents.product_ids),
            "rejects": len(dump.rejects),
            "duplicates": dump.duplicates,
            "distinct_texts": len(documents.texts),
            "encoded_texts": embeddings.n_encoded,
        },
        "versions": versions(),
        "stages": list(stages),
    }
