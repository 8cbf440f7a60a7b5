"""What several verbs need."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from topicmodel.datatypes import Embeddings, Encoder, Floats, Query, Run, query_from
from topicmodel.execution import HERE, Workers
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.execution.versions import versions
from topicmodel.files.databases import ENVIRONMENT
from topicmodel.ingest import ColumnChoice, DumpPath
from topicmodel.progress import Progress, Silent, warn
from topicmodel.progress.clock import StageClock
from topicmodel.settings import ReportSettings, Settings, settings_from_values

if TYPE_CHECKING:
    from topicmodel.embedding import EncodeAll, VectorCache

Embed = Callable[[Sequence[str], Progress], Embeddings]
"""Texts -> vectors, through the cache."""

Paths = Sequence[DumpPath] | DumpPath

PATIENCE = 60.0
"""Seconds that quick commands, such as edit, wait for another one on the same run."""

LEAST_KEPT = 500
"""Texts of a run from which on its fits are kept; others are quick."""


def as_list(paths: Paths) -> list[DumpPath]:
    """One path or query, or several, as a list."""
    return [paths] if isinstance(paths, str | Path | Query) else list(paths)


@dataclass(frozen=True)
class Embedder:
    """An encoder, an open cache of vectors, and who encodes."""

    encoder: Encoder
    cache: VectorCache
    encode_all: EncodeAll

    def __call__(self, texts: Sequence[str], progress: Progress) -> Embeddings:
        """Vectors of the texts, through the cache."""
        from topicmodel.embedding import embed

        return embed(texts, self.encoder, self.cache, progress, self.encode_all)

    def fill(self, blocks: Sequence[Sequence[str]], progress: Progress) -> None:
        """Encode what the cache lacks of several lists of texts together."""
        from topicmodel.embedding import fill_cache

        fill_cache(blocks, self.encoder, self.cache, progress, self.encode_all)


@contextmanager
def embedding(
    settings: Settings, encoder: Encoder | None, cache: Path | None, workers: Workers = HERE
) -> Iterator[Embedder]:
    """The encoder and the cache of vectors, open.

    Raises:
        EncoderError: either cannot be used.
    """
    from topicmodel.embedding import VectorCache, default_cache_path, encode_on, load_encoder

    chosen = encoder or load_encoder(settings.embedding)
    encode_all = encode_on(workers, chosen, None if encoder else settings.embedding)
    with VectorCache(cache or default_cache_path()) as vectors:
        yield Embedder(chosen, vectors, encode_all)


def alone_in(
    target: Path | str | None, command: str, *, patience: float = 0.0, progress: Progress
) -> AbstractContextManager[None]:
    """Nobody else makes or edits the run, or the mapping, of that name meanwhile.

    Args:
        target: run folder or mapping; where it is None nothing is to be kept from anyone.
        command: what others are told that is going on.
        patience: seconds to wait for somebody who is at it.
        progress: told whom one waits for.

    Raises:
        RunError: somebody is at it still, or nothing can be written there.
    """
    from topicmodel.files.locks import sole_use

    if target is None:
        return nullcontext()
    return sole_use(Path(target), command, patience, progress.message)


def as_patience(wait: bool) -> float:
    """How long to wait for others: for ever, or not at all."""
    return math.inf if wait else 0.0


def with_log(run: Run, clock: StageClock) -> Run:
    """The run, which remembers what was said while it was made."""
    manifest = {**run.manifest, "warnings": clock.warnings}
    return replace(run, manifest=manifest, log=tuple(clock.log))


def stages_beside(cache: Path) -> Path:
    """The folder of finished stages that belongs to a cache of vectors."""
    return cache.with_name("stages")


def checkpoints_beside(
    cache: Path, settings: Settings, n_texts: int, progress: Progress
) -> Checkpoints:
    """What earlier runs have finished, and where this one keeps what it finishes.

    Args:
        cache: of vectors.
        settings: of the run.
        n_texts: of the run.
        progress: told why nothing can be kept.
    """
    from topicmodel.embedding.cache import IN_MEMORY
    from topicmodel.engine import device_used

    if not settings.keep_stages or n_texts < LEAST_KEPT or cache == IN_MEMORY:
        return KEEP_NOTHING
    used = [f"{package} {version}" for package, version in versions().items()]
    decided_by = [device_used(settings.topics), *used]
    return Checkpoints(stages_beside(cache), decided_by, partial(warn, progress))


def tell_kept(kept: Checkpoints, progress: Progress) -> None:
    """Say how much an earlier run had done."""
    if kept.n_found:
        progress.message(f"Taken from an earlier run: {kept.n_found} of {kept.n_asked} fits")


def silently(embed: Embed) -> Callable[[Sequence[str]], Floats]:
    """Texts to vectors, and nobody is told."""
    return lambda texts: embed(texts, Silent()).vectors


def tell_encoded(embeddings: Embeddings, progress: Progress) -> None:
    """Say how many texts were encoded."""
    n_texts, n_encoded = len(embeddings.vectors), embeddings.n_encoded
    n_own = n_texts if embeddings.encoded is None else int(embeddings.encoded.sum())
    learnt = "" if n_own == n_texts else f", {n_texts - n_own:,} by what was learnt from these"
    progress.message(
        f"{n_texts:,} distinct texts: {n_encoded:,} encoded now, {n_own - n_encoded:,} from "
        f"cache{learnt}"
    )


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


def with_logo(settings: ReportSettings) -> ReportSettings:
    """The settings with the logo itself in place of its file, which a run needs no more.

    Raises:
        RunError: the logo cannot be read, is too large, or is of another kind.
    """
    from topicmodel.reporting.pictures import logo_source

    return settings.model_copy(update={"logo": logo_source(settings.logo)})
