"""The cascade of large dumps: when it is used, and what a run says about it."""

from __future__ import annotations

from collections.abc import Sequence

from topicmodel.datatypes import CascadeRecord, Embeddings, Floats, Landmarks, Taxonomy, TopicId
from topicmodel.embedding import Embed
from topicmodel.progress import Progress
from topicmodel.settings import Settings


def embed_documents(
    texts: Sequence[str], embed: Embed, settings: Settings, progress: Progress
) -> Embeddings:
    """Vectors of a dump's texts, by the encoder alone or with a student.

    Raises:
        EncoderError: the encoder cannot be used, or the student is not good enough.
    """
    if not settings.embedding.cascade:
        return embed(texts, progress)
    from topicmodel.embedding.cascade import embed_in_steps

    return embed_in_steps(texts, embed, settings.embedding, progress, settings.seed)


def judge_cascade(
    embeddings: Embeddings,
    landmarks: Landmarks,
    taxonomy: Taxonomy,
    settings: Settings,
    progress: Progress,
) -> CascadeRecord | None:
    """What the manifest says about the cascade; None where there was none.

    Held-out texts are put on the tree twice, by the encoder's vectors and by the student's.

    Args:
        embeddings: of the dump.
        landmarks: of the tree.
        taxonomy: the tree that the landmarks were chosen for.
        settings: of the run.
        progress: told how often both agree.

    Raises:
        EncoderError: they agree on too few.
    """
    cascade = embeddings.cascade
    if cascade is None:
        return None
    from topicmodel.embedding.cascade import agreement, check_agreement

    found = agreement(
        cascade,
        _main_categories(embeddings.vectors[cascade.held_out], landmarks, taxonomy),
        _main_categories(cascade.drafts, landmarks, taxonomy),
    )
    check_agreement(found, settings.embedding)
    n_encoded, n_held_out = int(cascade.encoded.sum()), len(cascade.held_out)
    progress.message(
        f"Cascade: {found:.1%} of {n_held_out:,} held-out texts are in the main category that the "
        "encoder puts them in"
    )
    return CascadeRecord(
        sample=int(cascade.sampled.sum()),
        encoded=n_encoded,
        by_student=len(cascade.encoded) - n_encoded,
        held_out=n_held_out,
        agreement=round(found, 4),
    )


def _main_categories(vectors: Floats, landmarks: Landmarks, taxonomy: Taxonomy) -> list[TopicId]:
    """Level-one category of the nearest landmark of each vector."""
    from topicmodel.placement.landmarks import nearest_cosines

    parent_of = {topic.id: topic.parent for topic in taxonomy.topics}
    found, _ = nearest_cosines(vectors, landmarks)
    topics = [landmarks.topics[landmark] for landmark in found.tolist()]
    return [parent_of[topic] or topic for topic in topics]
