"""Blocks of documents onto the tree of a run that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Documents,
    Encoder,
    Floats,
    Integers,
    Method,
    Run,
    TopicId,
)
from topicmodel.embedding import Embedder
from topicmodel.errors import EncoderError
from topicmodel.execution import Workers, in_order
from topicmodel.progress import Progress

if TYPE_CHECKING:
    from topicmodel.placement.landmarks import Placed


@dataclass(frozen=True)
class PlacedBlock:
    """Where the products of a block are."""

    documents: Documents
    placed: Placed
    """The texts as if the run knew none of them."""
    known: Integers
    """(n_texts,), row of a product of the run with the same text; -1 where there is none."""
    assignments: Assignments
    """Of the products on the fitted tree; those with a known text are where they were."""

    @property
    def n_known(self) -> int:
        """Products whose text the run knows."""
        rows = self.documents.text_of_product
        return int((self.known[rows[rows >= 0]] >= 0).sum())


@dataclass(frozen=True)
class BlockPlacer:
    """Places blocks of documents on the fitted tree of a run."""

    run: Run
    embed: Embedder
    workers: Workers
    progress: Progress

    def sample(self, blocks: Iterator[Documents]) -> Floats:
        """Vectors of texts that the run does not know: an even sample of bounded size.

        Raises:
            EncoderError: the encoder is not the one of the run.
        """
        from topicmodel.placement.new_groups import MOST_COMPARED

        check_encoder(self.run, self.embed.encoder)
        kept, step = np.zeros((0, self.n_dims), dtype=np.float32), 1
        for group in self._groups(blocks):
            if len(group) > 1:
                self.embed.fill([documents.texts for documents in group], self.progress)
            for documents in group:
                vectors = self._vectors(documents)[self._known_rows(documents) < 0]
                kept = np.concatenate([kept, vectors[::step]])
                while len(kept) > 2 * MOST_COMPARED:
                    kept, step = kept[::2], 2 * step
        return kept

    def place(self, blocks: Iterator[Documents], new_groups: Floats) -> Iterator[PlacedBlock]:
        """The blocks with their places, in their order.

        Args:
            blocks: of new products.
            new_groups: (n_groups, n_dims), centres of new texts that no category holds.
        """
        from topicmodel.placement.landmarks import place_new

        work = partial(
            place_new,
            landmarks=self.run.landmarks,
            taxonomy=self.run.fitted.taxonomy,
            new_groups=new_groups,
        )
        for group in self._groups(blocks):
            vectors = [self._vectors(documents) for documents in group]
            found = in_order(self.workers.map(work, vectors))
            for documents, placed in zip(group, found, strict=True):
                yield self._placed_block(documents, placed)

    def _groups(self, blocks: Iterator[Documents]) -> Iterator[list[Documents]]:
        """As many blocks together as are worth being handed to the workers."""
        while group := list(islice(blocks, self.workers.at_once)):
            yield group

    def _placed_block(self, documents: Documents, placed: Placed) -> PlacedBlock:
        known = self._known_rows(documents)
        assignments = self._assignments(documents, placed, known.tolist())
        return PlacedBlock(documents, placed, known, assignments)

    def _vectors(self, documents: Documents) -> Floats:
        if not documents.texts:
            return np.zeros((0, self.n_dims), dtype=np.float32)
        return self.embed(documents.texts, self.progress).vectors

    @property
    def n_dims(self) -> int:
        """Of the vectors."""
        return int(self.run.landmarks.vectors.shape[1])

    def _assignments(
        self, documents: Documents, placed: Placed, known: Sequence[int]
    ) -> Assignments:
        """On the fitted tree, known texts where they were."""
        before = self.run.fitted.assignments
        level1 = list[TopicId | None]()
        level2 = list[TopicId | None]()
        confidence, methods = list[float](), list[Method]()
        for text in documents.text_of_product.tolist():
            row = known[text] if text >= 0 else -1
            source, index = (before, row) if row >= 0 else (placed, text)
            level1.append(source.level1[index] if text >= 0 else None)
            level2.append(source.level2[index] if text >= 0 else None)
            confidence.append(float(source.confidence[index]) if text >= 0 else 0.0)
            methods.append(source.methods[index] if text >= 0 else "unsorted")
        return Assignments(
            documents.products.ids, level1, level2, np.array(confidence, dtype=np.float32), methods
        )

    def _known_rows(self, documents: Documents) -> Integers:
        """Row of a product of the run with the same text, for each text; -1 where there is none."""
        from topicmodel.text.digests import text_digests

        digests = text_digests(documents.texts)
        return np.array([self._rows.get(digest, -1) for digest in digests], dtype=np.int64)

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        """Digest of a text -> the row of a product of the run that has it."""
        return {digest: row for row, digest in enumerate(self.run.digests) if digest}


def check_encoder(run: Run, encoder: Encoder) -> None:
    """Make sure that vectors of new texts may be compared with those of the run.

    Raises:
        EncoderError: they may not.
    """
    from topicmodel.embedding import are_comparable

    if not are_comparable(encoder.identity, run.manifest.encoder):
        raise EncoderError(
            f"The run was made with the encoder {run.manifest.encoder or '(unknown)'}, this one is "
            f"{encoder.identity}. Use the same, or `topicmodel refit`."
        )
