"""What a refit takes over from the run before: its tree, ids, names and edits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.datatypes import (
    Edit,
    EditOutcome,
    Floats,
    Integers,
    Levels,
    Placement,
    Run,
    TopicId,
)
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.geometry import centroids
from topicmodel.progress import Progress
from topicmodel.settings import Settings, reduced
from topicmodel.taxonomy import TopicIds, mint_ids

if TYPE_CHECKING:
    from topicmodel.naming import FormerNames
    from topicmodel.workflows.building import Material

KnownIds = tuple[list[TopicId | None], list[TopicId | None]]


@dataclass(frozen=True)
class Continued:
    """The levels of a tree that goes on."""

    levels: Levels
    divided: tuple[TopicId, ...]
    """Categories that were to be split, and are."""


@dataclass(frozen=True)
class Succession:
    """The run that a new one continues."""

    previous: Run

    @cached_property
    def ever(self) -> frozenset[TopicId]:
        """All ids that this run and those before it have given."""
        return frozenset(topic for past in self.previous.history for topic in past.sizes)

    def continued(
        self,
        material: Material,
        settings: Settings,
        progress: Progress,
        kept: Checkpoints = KEEP_NOTHING,
    ) -> Continued:
        """The previous tree among the new texts; categories that were to be split, divided.

        Everything is fitted afresh where there is nothing to continue, or that is clearly better.
        What is kept of earlier fits is not done again.
        """
        from topicmodel.clustering.hierarchy import build_levels

        levels = self._continue(material, settings, progress, kept)
        if levels is None:
            levels = build_levels(
                material.vectors, material.words, settings, progress, material.among, kept
            )
        divided = []
        for topic in self.to_split:
            before, levels = levels, self._split(topic, levels, material, settings, kept)
            divided += [topic] if levels is not before else []
        return Continued(levels, tuple(divided))

    def ids(self, levels: Levels, placement: Placement, material: Material) -> TopicIds:
        """Old ids for what is the same, new ones for the rest."""
        n_topics = (_n_topics(levels.level1), _n_topics(levels.level2))
        known1, known2 = self._known_ids(placement.level1, placement.level2, n_topics, material)
        texts = material.documents.texts
        ids1 = mint_ids(texts, levels.level1, self.ever, known1)
        return ids1, mint_ids(texts, levels.level2, self.ever.union(ids1), known2)

    def former_names(self, ids: TopicIds) -> FormerNames:
        """What the topics were called before edits, and what people have called categories."""
        from topicmodel.naming import FormerNames

        names = {topic.id: topic.name for topic in self.previous.fitted.taxonomy.topics}
        given = [outcome.edit.name for outcome in self.previous.outcomes if outcome.edit.name]
        return FormerNames(
            [names.get(topic, "") for topic in ids[0]],
            [names.get(topic, "") for topic in ids[1]],
            given,
            fixed="language_model" in self.previous.manifest,
        )

    def coordinates(self, digests: Sequence[str]) -> Floats:
        """Where texts were on the previous map, (n_texts, 2); nan where they were not on it."""
        previous = self.previous
        place_of = dict(zip(previous.digests, previous.coordinates, strict=True))
        nowhere = np.full(2, np.nan, dtype=np.float32)
        places = [place_of.get(digest, nowhere) for digest in digests]
        return np.array(places, dtype=np.float32).reshape(-1, 2)

    @property
    def to_split(self) -> list[TopicId]:
        """Categories that people want to be divided, and that no refit has divided yet."""
        return [
            outcome.edit.topic
            for outcome in self.previous.outcomes
            if _is_waiting(outcome) and outcome.edit.topic
        ]

    def edits(self, divided: Collection[TopicId], created: str) -> tuple[Edit, ...]:
        """The log, with the splits that this refit has carried out marked as done."""
        waiting = {outcome.number for outcome in self.previous.outcomes if _is_waiting(outcome)}
        return tuple(
            replace(edit, done=created) if number in waiting and edit.topic in divided else edit
            for number, edit in enumerate(self.previous.edits, start=1)
        )

    def _continue(
        self, material: Material, settings: Settings, progress: Progress, kept: Checkpoints
    ) -> Levels | None:
        from topicmodel.clustering.hierarchy import draft_levels
        from topicmodel.continuation.levels import Precedent, continue_levels, has_precedent

        previous, vectors, words = self.previous, material.vectors, material.words
        precedent = Precedent.of(previous.fitted, previous.digests, material.digests)
        if not has_precedent(precedent, settings):
            return None
        progress.stage("drafting a tree to compare with")
        draft = draft_levels(vectors, words, settings, material.among, kept)
        progress.stage("continuing the previous tree")
        return continue_levels(precedent, draft, vectors, words, settings)

    def _split(
        self,
        topic: TopicId,
        levels: Levels,
        material: Material,
        settings: Settings,
        kept: Checkpoints,
    ) -> Levels:
        """The levels with that category divided; the very same where nothing is found to do so."""
        from topicmodel.clustering.hierarchy import OF_A_DIVISION, divide_topic
        from topicmodel.continuation.levels import as_levels

        n_topics = (_n_topics(levels.level1), _n_topics(levels.level2))
        known = self._known_ids(levels.level1, levels.level2, n_topics, material)
        members = [
            np.flatnonzero(topics == ids.index(topic))
            for topics, ids in zip((levels.level1, levels.level2), known, strict=True)
            if topic in ids
        ]
        rows = members[0] if members else np.empty(0, dtype=np.int64)
        if not len(rows):
            return levels
        own = reduced(settings, *OF_A_DIVISION, "topics.sample_size")
        words = material.words.take(rows)
        parts = kept.call(divide_topic, material.vectors[rows], words, own)
        if not parts.any():
            return levels
        level2 = levels.level2.copy()
        level2[rows] = _n_topics(level2) + parts
        return as_levels(levels.level1, level2, levels.strengths, levels.count_curve)

    def _known_ids(
        self,
        level1: Integers,
        level2: Integers,
        n_topics: tuple[int, int],
        material: Material,
    ) -> KnownIds:
        """Ids of the previous categories that the topics of texts continue; None for new ones."""
        before, pairs = self.previous.fitted.assignments, self._shared(material)
        first = self._align(1, before.level1, level1, n_topics[0], pairs, material)
        return first, self._align(2, before.level2, level2, n_topics[1], pairs, material)

    def _shared(self, material: Material) -> list[tuple[int, int]]:
        """Row in the previous run, and place of the text, of the products that both dumps have.

        A product is known by its text first, for a shop may number its products anew.
        """
        row_of_text = {digest: row for row, digest in enumerate(self.previous.digests) if digest}
        row_of_id = {id_: row for row, id_ in enumerate(self.previous.assignments.product_ids)}
        documents, pairs = material.documents, []
        texts = documents.text_of_product.tolist()
        for product, text in zip(documents.product_ids, texts, strict=True):
            row = row_of_text.get(material.digests[text]) if text >= 0 else None
            row = row_of_id.get(product) if row is None else row
            if row is not None:
                pairs.append((row, text))
        return pairs

    def _align(
        self,
        level: int,
        before: Sequence[TopicId | None],
        topics: Integers,
        n_topics: int,
        shared: Sequence[tuple[int, int]],
        material: Material,
    ) -> list[TopicId | None]:
        from topicmodel.continuation.alignment import align

        topics_before = self.previous.fitted.taxonomy.topics
        ids = [topic.id for topic in topics_before if topic.level == level]
        return align(
            [before[row] for row, _ in shared],
            np.array([topics[text] if text >= 0 else -1 for _, text in shared], dtype=np.int64),
            ids=ids,
            n_topics=n_topics,
            cosines=self._cosines(ids, topics, n_topics, material),
        )

    def _cosines(
        self, ids: Sequence[TopicId], topics: Integers, n_topics: int, material: Material
    ) -> Floats | None:
        from topicmodel.embedding import are_comparable

        identity = self.previous.manifest.get("encoder", "")
        if not ids or not are_comparable(identity, material.embeddings.encoder):
            return None
        known = self.previous.fitted.centroids
        before = np.array([known[topic] for topic in ids])
        found: Floats = centroids(material.vectors, topics, n_topics) @ before.T
        return found


def _n_topics(topics: Integers) -> int:
    return int(topics.max(initial=-1)) + 1


def _is_waiting(outcome: EditOutcome) -> bool:
    return outcome.edit.action == "split" and outcome.status == "waiting"
