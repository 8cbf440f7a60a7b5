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
    TermCounts,
    TopicId,
)
from topicmodel.geometry import centroids
from topicmodel.naming import FormerNames
from topicmodel.settings import Settings
from topicmodel.taxonomy import TopicIds, mint_ids

if TYPE_CHECKING:
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

    @cached_property
    def _row_of_id(self) -> dict[str, int]:
        return {id_: row for row, id_ in enumerate(self.previous.assignments.product_ids)}

    @cached_property
    def _row_of_text(self) -> dict[str, int]:
        """Digest of a text -> row of a product that had it; all of them had the same place."""
        return {digest: row for row, digest in enumerate(self.previous.digests) if digest}

    def continued(self, fresh: Levels, material: Material, settings: Settings) -> Continued:
        """The previous tree among the new texts; categories that were to be split, divided."""
        from topicmodel.continuity import Precedent, continue_levels
        from topicmodel.documents import text_digests

        digests = text_digests(material.documents.texts)
        precedent = Precedent.of(self.previous.fitted, self.previous.digests, digests)
        levels = continue_levels(precedent, fresh, material.vectors, material.words, settings)
        divided = []
        for topic in self.to_split:
            before, levels = levels, self._split(topic, levels, material, settings)
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
        names = {topic.id: topic.name for topic in self.previous.fitted.taxonomy.topics}
        given = [outcome.edit.name for outcome in self.previous.outcomes if outcome.edit.name]
        return FormerNames(
            [names.get(topic, "") for topic in ids[0]],
            [names.get(topic, "") for topic in ids[1]],
            given,
            fixed="language_model" in self.previous.manifest,
        )

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

    def _split(
        self, topic: TopicId, levels: Levels, material: Material, settings: Settings
    ) -> Levels:
        """The levels with that category divided; the very same where nothing is found to do so."""
        from topicmodel.continuity import as_levels
        from topicmodel.hierarchy import divide_topic

        n_topics = (_n_topics(levels.level1), _n_topics(levels.level2))
        known = self._known_ids(levels.level1, levels.level2, n_topics, material)
        members = [
            np.flatnonzero(topics == ids.index(topic))
            for topics, ids in zip((levels.level1, levels.level2), known, strict=True)
            if topic in ids
        ]
        rows = members[0] if members else np.empty(0, dtype=np.int64)
        words = TermCounts(material.words.counts[rows], material.words.terms)
        parts = divide_topic(material.vectors[rows], words, settings) if len(rows) else rows
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
        before = self.previous.fitted.assignments
        first = self._align(1, before.level1, level1, n_topics[0], material)
        return first, self._align(2, before.level2, level2, n_topics[1], material)

    def _align(
        self,
        level: int,
        before: Sequence[TopicId | None],
        topics: Integers,
        n_topics: int,
        material: Material,
    ) -> list[TopicId | None]:
        from topicmodel.align import align
        from topicmodel.documents import text_digests

        documents, tree = material.documents, self.previous.fitted
        ids = [topic.id for topic in tree.taxonomy.topics if topic.level == level]
        digests = text_digests(documents.texts)
        shared = []
        for id_, text in zip(
            documents.product_ids, documents.text_of_product.tolist(), strict=True
        ):
            # By its text first: a shop may number its products anew.
            row = self._row_of_text.get(digests[text]) if text >= 0 else None
            row = self._row_of_id.get(id_) if row is None else row
            if row is not None:
                shared.append((row, text))
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
        if self.previous.manifest.get("encoder") != material.embeddings.encoder or not ids:
            return None
        known = self.previous.fitted.centroids
        before = np.array([known[topic] for topic in ids])
        found: Floats = centroids(material.vectors, topics, n_topics) @ before.T
        return found


def _n_topics(topics: Integers) -> int:
    return int(topics.max(initial=-1)) + 1


def _is_waiting(outcome: EditOutcome) -> bool:
    return outcome.edit.action == "split" and outcome.status == "waiting"
