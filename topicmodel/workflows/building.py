"""Documents and their vectors -> a Run: all the stages between reading and writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from topicmodel.catalogue.definitions import with_definitions
from topicmodel.clustering.resampling import begin_resamples
from topicmodel.datatypes import (
    CatalogueRecord,
    Landmarks,
    LanguageModelRecord,
    Levels,
    Manifest,
    Names,
    Placement,
    PreparedDump,
    Resample,
    Run,
    Scorecard,
    Stage,
    TopicId,
    Tree,
)
from topicmodel.datatypes.language_wording import naming_told
from topicmodel.embedding import Embed, silently
from topicmodel.evaluation.scorecard import score_clustering, score_stability, score_with_truth
from topicmodel.execution.checkpoints import NO_CHECKPOINTS, Checkpoints
from topicmodel.execution.context import FitContext
from topicmodel.progress.clock import StageClock
from topicmodel.settings import Settings
from topicmodel.workflows.cascading import judge_cascade
from topicmodel.workflows.checkpointing import tell_kept
from topicmodel.workflows.drawing import begin_map
from topicmodel.workflows.provenance import build_manifest
from topicmodel.workflows.voting import record_of_use, shop_catalogue, tell_families

if TYPE_CHECKING:
    from topicmodel.continuation.succession import Succession
    from topicmodel.datatypes import FormerNames, TopicIds
    from topicmodel.engine import Representation


@dataclass(frozen=True)
class RunContext:
    """What the stages of a run have in common, beside the dump."""

    settings: Settings
    embed: Embed
    clock: StageClock
    representation: Representation | None = None
    """Chooses the keywords in place of what the settings name."""
    checkpoints: Checkpoints = NO_CHECKPOINTS
    """Results of earlier runs."""

    @property
    def fits(self) -> FitContext:
        """How the texts are fitted."""
        return FitContext.of(self.settings, self.clock, self.checkpoints)


@dataclass(frozen=True)
class FittedRun:
    """A run before edits and without a history, and the splits that were carried out."""

    run: Run
    divided: tuple[TopicId, ...]


def build_run(
    prepared: PreparedDump, context: RunContext, succession: Succession | None = None
) -> FittedRun:
    """All stages from the words to the scorecard.

    Args:
        prepared: the texts, with their vectors and words.
        context: settings and the like.
        succession: the run that this one continues.

    Raises:
        EncoderError: the cascade differs from full encoding more than is allowed.
    """
    from topicmodel.placement.fitted_texts import place
    from topicmodel.taxonomy import build_tree

    documents, clock, settings = prepared.documents, context.clock, context.settings
    before = None if succession is None else succession.coordinates(prepared.digests)
    corpus, fits = prepared.corpus, context.fits
    drawn_map = begin_map(corpus.vectors, documents.text_of_product, fits, before)
    levels, divided = _levels(prepared, context, succession)
    resamples = begin_resamples(corpus, fits, settings.evaluation.resamples)
    placement = place(corpus, levels)
    earlier = None if succession is None else succession.previous.manifest.catalogue
    use = record_of_use(prepared, levels, settings, earlier)
    ids, names, asked = _name(prepared, levels, placement, context, succession, use)
    tree = build_tree(
        documents,
        prepared.embeddings.vectors,
        levels,
        placement,
        names,
        ids,
        settings.report.n_examples,
    )
    tree = with_definitions(tell_families(tree, prepared, levels), documents.products)
    landmarks = _landmarks(prepared, levels, tree, ids, settings)
    cascade = judge_cascade(prepared.embeddings, landmarks, tree.taxonomy, settings, clock)
    clock.stage(Stage.DRAWING_THE_MAP)
    coordinates = drawn_map()
    clock.stage(Stage.KEEPING_THE_BERTOPIC_MODEL)
    bertopic = _bertopic(prepared, placement, [label.name for label in names.level1], settings)
    run = Run(
        manifest=Manifest(),
        tree=tree,
        fitted=tree,
        # True paths are for the scorecard: a run folder does not keep them.
        products=replace(documents.products, true_paths=()),
        digests=[
            prepared.digests[row] if row >= 0 else "" for row in documents.text_of_product.tolist()
        ],
        scorecard=Scorecard([]),
        rejects=prepared.dump.rejects,
        coordinates=coordinates,
        count_curve=levels.count_curve,
        bertopic=bertopic,
        landmarks=landmarks,
        boilerplate=documents.boilerplate,
    )
    clock.stage(Stage.SCORING)
    run = replace(run, scorecard=_scores(run, prepared, placement, context, resamples()))
    tell_kept(context.checkpoints, clock)
    clock.stage(Stage.WRITING)
    manifest = build_manifest(prepared.dump, documents, prepared.embeddings, settings, clock.stages)
    manifest = replace(manifest, language_model=asked, cascade=cascade, catalogue=use)
    return FittedRun(replace(run, manifest=manifest), divided)


def _levels(
    prepared: PreparedDump, context: RunContext, succession: Succession | None
) -> tuple[Levels, tuple[TopicId, ...]]:
    """The tree of the texts, and the categories that were divided on request."""
    from topicmodel.clustering.hierarchy import build_levels

    if succession is not None:
        anchor = context.settings.refit.anchor
        continued = succession.continued(prepared, context.fits, anchor)
        return continued.levels, continued.divided
    return build_levels(prepared.corpus, context.fits), ()


def _name(
    prepared: PreparedDump,
    levels: Levels,
    placement: Placement,
    context: RunContext,
    succession: Succession | None,
    use: CatalogueRecord | None,
) -> tuple[TopicIds, Names, LanguageModelRecord | None]:
    """Ids and names of the topics, and what a language model cost."""
    from topicmodel.naming import describe_topics

    documents, settings = prepared.documents, context.settings
    ids = _ids(prepared, levels, placement, succession)
    former = None if succession is None else succession.former_names(ids)
    context.clock.stage(Stage.NAMING)
    if told := naming_told(use):
        context.clock.message(told)
    names = describe_topics(
        documents,
        prepared.words,
        prepared.embeddings.vectors,
        levels,
        silently(context.embed),
        settings.naming,
        context.representation,
        former,
        shop_catalogue(levels, prepared, use),
    )
    return ids, *_polish(names, former, prepared, levels, context)


def _ids(
    prepared: PreparedDump, levels: Levels, placement: Placement, succession: Succession | None
) -> TopicIds:
    """Old ids for topics that continue a category of the previous run, new ones for the rest."""
    from topicmodel.taxonomy import mint_ids

    texts = prepared.documents.texts
    if succession is None:
        ids1 = mint_ids(texts, levels.level1)
        return ids1, mint_ids(texts, levels.level2, ids1)
    known1, known2 = succession.known_ids(placement.level1, placement.level2, levels, prepared)
    ids1 = mint_ids(texts, levels.level1, succession.ever, known1)
    return ids1, mint_ids(texts, levels.level2, succession.ever.union(ids1), known2)


def _polish(
    names: Names,
    former: FormerNames | None,
    prepared: PreparedDump,
    levels: Levels,
    context: RunContext,
) -> tuple[Names, LanguageModelRecord | None]:
    """Names as a language model would have them, if one is set; and what it cost."""
    from topicmodel.naming import polish_names
    from topicmodel.naming.language_model import default_answer_cache

    settings = context.settings.language_model
    if not settings.model:
        return names, None
    names, answers = polish_names(
        names,
        prepared.documents,
        prepared.embeddings.vectors,
        levels,
        settings,
        default_answer_cache(),
        context.clock,
        former,
    )
    if answers.completion_tokens:
        context.clock.message(
            f"{answers.n_asked} names asked of {settings.model}: "
            f"{answers.prompt_tokens:,} tokens sent, {answers.completion_tokens:,} received, "
            f"cost {answers.cost:.4f}"
        )
    usage = {
        key: value for key, value in asdict(answers).items() if key not in {"names", "descriptions"}
    }
    return names, LanguageModelRecord(**usage)


def _landmarks(
    prepared: PreparedDump, levels: Levels, tree: Tree, ids: TopicIds, settings: Settings
) -> Landmarks:
    from topicmodel.placement.landmarks import choose_landmarks

    # Of all texts, also of those that are not placed in the end: so it is known how far from its
    # category a text may be.
    leaves = np.where(levels.level2 < 0, levels.level1, len(ids[0]) + levels.level2)
    parent_of = {topic.id: topic.parent for topic in tree.taxonomy.topics}
    return choose_landmarks(
        prepared.embeddings.vectors, leaves, [*ids[0], *ids[1]], parent_of, seed=settings.seed
    )


def _bertopic(
    prepared: PreparedDump, placement: Placement, names: Sequence[str], settings: Settings
) -> dict[str, bytes]:
    from topicmodel import engine
    from topicmodel.text import plain_words

    documents = prepared.documents
    return dict(
        engine.bertopic_files(
            documents.texts,
            prepared.embeddings.vectors,
            placement.level1,
            names,
            sorted(plain_words(*sorted(set(documents.languages)))),
            settings.embedding.model,
        )
    )


def _scores(
    run: Run,
    prepared: PreparedDump,
    placement: Placement,
    context: RunContext,
    resamples: Sequence[Resample],
) -> Scorecard:
    documents, settings = prepared.documents, context.settings
    vectors, words = prepared.embeddings.vectors, prepared.words
    figures = [
        *score_clustering(run, documents, vectors, placement, words, settings),
        *score_stability(run, documents, resamples),
    ]
    if any(documents.products.true_paths):
        truth = score_with_truth(run, documents.products.true_paths, silently(context.embed))
        figures = [*truth, *figures]
    return Scorecard(figures)
