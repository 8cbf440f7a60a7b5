"""Documents and their vectors -> a Run: all the stages between reading and writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from topicmodel.clustering.resampling import begin_resamples
from topicmodel.datatypes import (
    Documents,
    Dump,
    Embeddings,
    Flags,
    Floats,
    Landmarks,
    Levels,
    Names,
    Placement,
    Resample,
    Run,
    Scorecard,
    TermCounts,
    TopicId,
    Tree,
)
from topicmodel.embedding import Embed, silently
from topicmodel.evaluation.scorecard import score_clustering, score_stability, score_with_truth
from topicmodel.execution.checkpoints import KEEP_NOTHING, Checkpoints
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings
from topicmodel.workflows.cascading import judge_cascade
from topicmodel.workflows.checkpointing import tell_kept
from topicmodel.workflows.drawing import begin_map
from topicmodel.workflows.manifest import build_manifest

if TYPE_CHECKING:
    from topicmodel.continuation.succession import Succession
    from topicmodel.engine import Representation
    from topicmodel.naming import FormerNames
    from topicmodel.taxonomy import TopicIds


@dataclass(frozen=True)
class Material:
    """What a tree is built from."""

    dump: Dump
    documents: Documents
    embeddings: Embeddings
    words: TermCounts
    """Of the documents' texts, as the embeddings are."""

    @property
    def vectors(self) -> Floats:
        """(n_texts, n_dims), unit length."""
        return self.embeddings.vectors

    @property
    def among(self) -> Flags | None:
        """(n_texts,), which texts fits may be made on: a fair part of what the encoder has read.

        None where it has read all of them.
        """
        cascade = self.embeddings.cascade
        return None if cascade is None else cascade.sampled

    @cached_property
    def digests(self) -> Sequence[str]:
        """(n_texts,), what tells whether a text is the same as one of another dump."""
        from topicmodel.documents import text_digests

        return text_digests(self.documents.texts)


@dataclass(frozen=True)
class Means:
    """What a tree is built with."""

    settings: Settings
    embed: Embed
    clock: StageClock
    representation: Representation | None = None
    """Chooses the keywords in place of what the settings name."""
    kept: Checkpoints = KEEP_NOTHING
    """What earlier runs have finished."""


@dataclass(frozen=True)
class Built:
    """A run before edits and without a history, and the splits that were carried out."""

    run: Run
    divided: tuple[TopicId, ...]


def build_run(material: Material, means: Means, succession: Succession | None = None) -> Built:
    """All stages from the words to the scorecard.

    Args:
        material: of the dump.
        means: settings and the like.
        succession: the run that this one continues.

    Raises:
        EncoderError: the cascade differs from full encoding more than is allowed.
    """
    from topicmodel.placement.fitted_texts import place
    from topicmodel.taxonomy import build_tree

    documents, clock, settings = material.documents, means.clock, means.settings
    before = None if succession is None else succession.coordinates(material.digests)
    drawn_map = begin_map(material.vectors, documents.text_of_product, settings, before, means.kept)
    levels, divided = _levels(material, means, succession)
    resamples = begin_resamples(material.vectors, material.words, settings, means.kept)
    placement = place(material.vectors, material.words, levels)
    ids, names, asked = _name(material, levels, placement, means, succession)
    tree = build_tree(
        documents, material.vectors, levels, placement, names, ids, settings.report.n_examples
    )
    landmarks = _landmarks(material, levels, tree, ids, settings)
    cascade = judge_cascade(material.embeddings, landmarks, tree.taxonomy, settings, clock)
    clock.stage("drawing the map")
    coordinates = drawn_map()
    clock.stage("keeping the BERTopic model")
    bertopic = _bertopic(material, placement, [label.name for label in names.level1], settings)
    run = Run(
        manifest={},
        tree=tree,
        fitted=tree,
        titles=documents.titles,
        digests=[
            material.digests[row] if row >= 0 else "" for row in documents.text_of_product.tolist()
        ],
        attributes=documents.attributes,
        scorecard=Scorecard([]),
        rejects=material.dump.rejects,
        coordinates=coordinates,
        count_curve=levels.count_curve,
        bertopic=bertopic,
        boilerplate=documents.boilerplate,
        landmarks=landmarks,
        images=documents.images,
    )
    clock.stage("scoring")
    run = replace(run, scorecard=_scores(run, material, placement, means, resamples()))
    tell_kept(means.kept, clock)
    clock.stage("writing")
    manifest = build_manifest(material.dump, documents, material.embeddings, settings, clock.stages)
    return Built(replace(run, manifest={**manifest, **asked, **cascade}), divided)


def _levels(
    material: Material, means: Means, succession: Succession | None
) -> tuple[Levels, tuple[TopicId, ...]]:
    """The tree of the texts, and the categories that were divided on request."""
    from topicmodel.clustering.hierarchy import build_levels

    if succession is not None:
        continued = succession.continued(material, means.settings, means.clock, means.kept)
        return continued.levels, continued.divided
    levels = build_levels(
        material.vectors, material.words, means.settings, means.clock, material.among, means.kept
    )
    return levels, ()


def _name(
    material: Material,
    levels: Levels,
    placement: Placement,
    means: Means,
    succession: Succession | None,
) -> tuple[TopicIds, Names, dict[str, Any]]:
    """Ids and names of the topics, and what a language model cost."""
    from topicmodel.naming import label_topics
    from topicmodel.taxonomy import mint_ids

    documents, settings = material.documents, means.settings
    if succession is None:
        ids1 = mint_ids(documents.texts, levels.level1)
        ids, former = (ids1, mint_ids(documents.texts, levels.level2, ids1)), None
    else:
        ids = succession.ids(levels, placement, material)
        former = succession.former_names(ids)
    means.clock.stage("naming")
    names = label_topics(
        documents,
        material.words,
        material.vectors,
        levels,
        silently(means.embed),
        settings.naming,
        means.representation,
        former,
    )
    return ids, *_polish(names, former, material, levels, means)


def _polish(
    names: Names,
    former: FormerNames | None,
    material: Material,
    levels: Levels,
    means: Means,
) -> tuple[Names, dict[str, Any]]:
    """Names as a language model would have them, if one is set; and what it cost."""
    from topicmodel.naming import polish_names
    from topicmodel.naming.language_model import default_answer_cache

    settings = means.settings.language_model
    if not settings.model:
        return names, {}
    names, answers = polish_names(
        names,
        material.documents,
        material.vectors,
        levels,
        settings,
        default_answer_cache(),
        means.clock,
        former,
    )
    if answers.completion_tokens:
        means.clock.message(
            f"{answers.n_asked} names asked of {settings.model}: "
            f"{answers.prompt_tokens:,} tokens sent, {answers.completion_tokens:,} received, "
            f"cost {answers.cost:.4f}"
        )
    usage = {key: value for key, value in asdict(answers).items() if key != "names"}
    return names, {"language_model": usage}


def _landmarks(
    material: Material, levels: Levels, tree: Tree, ids: TopicIds, settings: Settings
) -> Landmarks:
    from topicmodel.placement.landmarks import choose_landmarks

    # Of all texts, also of those that are not placed in the end: so it is known how far from its
    # category a text may be.
    leaves = np.where(levels.level2 < 0, levels.level1, len(ids[0]) + levels.level2)
    parent_of = {topic.id: topic.parent for topic in tree.taxonomy.topics}
    return choose_landmarks(
        material.vectors, leaves, [*ids[0], *ids[1]], parent_of, seed=settings.seed
    )


def _bertopic(
    material: Material, placement: Placement, names: Sequence[str], settings: Settings
) -> dict[str, bytes]:
    from topicmodel import engine
    from topicmodel.text import plain_words

    documents = material.documents
    return dict(
        engine.bertopic_files(
            documents.texts,
            material.vectors,
            placement.level1,
            names,
            sorted(plain_words(*sorted(set(documents.languages)))),
            settings.embedding.model,
        )
    )


def _scores(
    run: Run,
    material: Material,
    placement: Placement,
    means: Means,
    resamples: Sequence[Resample],
) -> Scorecard:
    documents, settings = material.documents, means.settings
    vectors, words = material.vectors, material.words
    figures = [
        *score_clustering(run, documents, vectors, placement, words, settings),
        *score_stability(run, documents, resamples),
    ]
    if any(documents.labels):
        truth = score_with_truth(run, documents.labels, silently(means.embed))
        figures = [*truth, *figures]
    return Scorecard(figures)
