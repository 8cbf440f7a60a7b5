"""What a refit takes over from the run before: its tree, ids, names and edits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from topicmodel.datatypes import (
    Corpus,
    Edit,
    EditOutcome,
    Floats,
    FormerNames,
    Integers,
    Levels,
    PreparedDump,
    Run,
    Stage,
    TopicId,
    TopicIds,
)
from topicmodel.execution.context import FitContext
from topicmodel.geometry import centroids

KnownIds = tuple[list[TopicId | None], list[TopicId | None]]


@dataclass(frozen=True)
class Continued:
    """The levels of a tree that goes on."""

    levels: Levels
    divided: tuple[TopicId, ...]
    """Categories that a person asked to split, and that are split now."""


@dataclass(frozen=True)
class Succession:
    """The run that a new one continues."""

    previous: Run

    @cached_property
    def ever(self) -> frozenset[TopicId]:
        """All ids that the previous run and the runs before it have given."""
        return frozenset(topic for past in self.previous.history for topic in past.sizes)

    def continued(self, prepared: PreparedDump, context: FitContext, anchor: float) -> Continued:
        """The previous tree among the new texts; categories that were to be split, divided.

        Everything is fitted afresh where there is nothing to continue, or that is clearly better.

        Args:
            prepared: the new dump.
            context: how texts are fitted.
            anchor: how much the previous tree counts, 0 to 1; see `RefitSettings`.
        """
        from topicmodel.clustering.hierarchy import build_levels

        corpus = prepared.corpus
        if anchor > 0 and not self._followed_catalogue:
            # Else a tree of another make would replace one that the shop has got used to.
            corpus = replace(corpus, votes=None)
        levels = self._continue(prepared, corpus, context, anchor)
        if levels is None:
            levels = build_levels(corpus, context)
        divided = []
        for topic in self.to_split:
            before, levels = levels, self._split(topic, levels, prepared, context)
            divided += [topic] if levels is not before else []
        return Continued(levels, tuple(divided))

    def known_ids(
        self, level1: Integers, level2: Integers, levels: Levels, prepared: PreparedDump
    ) -> KnownIds:
        """Ids of the previous categories that the topics of a tree continue; None for new ones.

        Args:
            level1: (n_texts,), level-one topic of each text; -1 for none.
            level2: (n_texts,), level-two topic of each text; -1 for none.
            levels: of the tree.
            prepared: the new dump.
        """
        assigned, pairs = self.previous.fitted.assignments, self._shared(prepared)
        return (
            self._align(1, assigned.level1, level1, _n_topics(levels.level1), pairs, prepared),
            self._align(2, assigned.level2, level2, _n_topics(levels.level2), pairs, prepared),
        )

    def former_names(self, ids: TopicIds) -> FormerNames:
        """What the topics were called before edits, and what people have called categories."""
        names = {topic.id: topic.name for topic in self.previous.fitted.taxonomy.topics}
        given = [outcome.edit.name for outcome in self.previous.outcomes if outcome.edit.name]
        return FormerNames(
            [names.get(topic, "") for topic in ids[0]],
            [names.get(topic, "") for topic in ids[1]],
            given,
            fixed=self.previous.manifest.language_model is not None,
        )

    def coordinates(self, digests: Sequence[str]) -> Floats:
        """Where texts were on the previous map, (n_texts, 2); nan where they were not on it."""
        previous = self.previous
        point_of = dict(zip(previous.digests, previous.coordinates, strict=True))
        nowhere = np.full(2, np.nan, dtype=np.float32)
        points = [point_of.get(digest, nowhere) for digest in digests]
        return np.array(points, dtype=np.float32).reshape(-1, 2)

    @property
    def to_split(self) -> list[TopicId]:
        """Categories that people want to be split, and that no refit has split yet."""
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

    @property
    def _followed_catalogue(self) -> bool:
        """Whether the previous tree follows a catalogue; its continuation does only then."""
        use = self.previous.manifest.catalogue
        return use is not None and bool(use.used)

    def _continue(
        self, prepared: PreparedDump, corpus: Corpus, context: FitContext, anchor: float
    ) -> Levels | None:
        from topicmodel.clustering.hierarchy import draft_levels
        from topicmodel.continuation.levels import Precedent, continue_levels, has_precedent

        previous = self.previous
        precedent = Precedent.of(previous.fitted, previous.digests, prepared.digests)
        if not has_precedent(precedent, anchor):
            return None
        context.progress.stage(Stage.DRAFTING_A_TREE)
        draft = draft_levels(corpus, context)
        context.progress.stage(Stage.CONTINUING_THE_TREE)
        return continue_levels(precedent, draft, corpus, anchor, context.settings.level2)

    def _split(
        self, topic: TopicId, levels: Levels, prepared: PreparedDump, context: FitContext
    ) -> Levels:
        """The levels with that category divided; the same object where no parts are found."""
        from topicmodel.clustering.hierarchy import divide_topic
        from topicmodel.continuation.levels import as_levels

        known = self.known_ids(levels.level1, levels.level2, levels, prepared)
        members = [
            np.flatnonzero(topics == ids.index(topic))
            for topics, ids in zip((levels.level1, levels.level2), known, strict=True)
            if topic in ids
        ]
        rows = members[0] if members else np.empty(0, dtype=np.int64)
        if not len(rows):
            return levels
        settings = context.settings
        parts = context.checkpoints.call(
            divide_topic, prepared.corpus.take(rows), settings.division, settings.topics.sample_size
        )
        if not parts.any():
            return levels
        level2 = levels.level2.copy()
        level2[rows] = _n_topics(level2) + parts
        return as_levels(levels.level1, level2, levels.strengths, levels)

    def _shared(self, prepared: PreparedDump) -> list[tuple[int, int]]:
        """Row in the previous run, and row of the text in this one, of products in both dumps.

        A product is known by its text first, for a shop may number its products anew.
        """
        row_of_text = {digest: row for row, digest in enumerate(self.previous.digests) if digest}
        row_of_id = {id_: row for row, id_ in enumerate(self.previous.assignments.product_ids)}
        documents, pairs = prepared.documents, []
        texts = documents.text_of_product.tolist()
        for product, text in zip(documents.products.ids, texts, strict=True):
            row = row_of_text.get(prepared.digests[text]) if text >= 0 else None
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
        prepared: PreparedDump,
    ) -> list[TopicId | None]:
        from topicmodel.continuation.alignment import align

        topics_before = self.previous.fitted.taxonomy.topics
        ids = [topic.id for topic in topics_before if topic.level == level]
        return align(
            [before[row] for row, _ in shared],
            np.array([topics[text] if text >= 0 else -1 for _, text in shared], dtype=np.int64),
            ids=ids,
            n_topics=n_topics,
            cosines=self._cosines(ids, topics, n_topics, prepared),
        )

    def _cosines(
        self, ids: Sequence[TopicId], topics: Integers, n_topics: int, prepared: PreparedDump
    ) -> Floats | None:
        from topicmodel.embedding import are_comparable

        identity = self.previous.manifest.encoder
        if not ids or not are_comparable(identity, prepared.embeddings.encoder):
            return None
        known = self.previous.fitted.centroids
        before = np.array([known[topic] for topic in ids])
        cosines: Floats = centroids(prepared.embeddings.vectors, topics, n_topics) @ before.T
        return cosines


def _n_topics(topics: Integers) -> int:
    return int(topics.max(initial=-1)) + 1


def _is_waiting(outcome: EditOutcome) -> bool:
    return outcome.edit.action == "split" and outcome.status == "waiting"
