"""Embedding in steps: the encoder reads a sample and what is doubtful, a student the rest.

The encoder embeds a sample, and a student learns from most of it. The categories of the tree are
not known yet, so the sample's own groups stand for them: small cells, joined to about as many
groups as level one may have, which are harder to tell apart than real categories are. A text is
doubtful where the student sees it nearly as close to a second group; a part of the sample that it
has not learnt from tells how close is too close. Another part is held out, to measure on the tree
how often student and encoder agree.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from topicmodel.datatypes import Cascade, Embeddings, Flags, Floats, Integers, Stage
from topicmodel.embedding.student import Student
from topicmodel.errors import EncoderError
from topicmodel.geometry import BLOCK, MicroClusters, k_means
from topicmodel.progress import Progress
from topicmodel.settings import EmbeddingSettings

log = logging.getLogger(__name__)

CELLS = 200
"""Of the sample, of at least ten texts each; more do not foretell the student's errors better."""

CELLS_PER_GROUP = 8
"""On average; among larger groups the student errs less than on some trees."""

HELD_OUT = 10
"""One in so many texts of the sample is held out, and as many tell what is doubtful."""

CAUTION = 0.8
"""Errors allowed among the groups, as a part of those allowed on the tree: the measurement there
is of a few thousand texts, and may come out a little lower."""

MOST_DOUBTFUL = 0.25
"""Share of the texts outside the sample; where there are more, a larger sample is cheaper."""

Embed: TypeAlias = Callable[[Sequence[str], Progress], Embeddings]
"""Texts -> the encoder's own vectors, through the cache."""


def embed_in_steps(
    texts: Sequence[str], embed: Embed, settings: EmbeddingSettings, progress: Progress, seed: int
) -> Embeddings:
    """Vectors of the texts: the encoder's where it matters, a student's elsewhere.

    A text is in the sample by its content and the seed, so that most of the sample stays the same
    while texts come and go. The student's vectors are kept in no cache. Where there are fewer texts
    than two samples, all are encoded.

    Args:
        texts: distinct, in any order.
        embed: gives the encoder's vectors.
        settings: size of the sample, and the agreement that is wanted.
        progress: told about the steps.
        seed: of the sample and its groups.

    Raises:
        EncoderError: too many texts are doubtful; or what `embed` raises.
    """
    size = settings.cascade_sample
    if len(texts) < 2 * size:
        progress.message(
            f"Fewer than two samples of {size:,} texts: the cascade is left out, all are encoded"
        )
        return embed(texts, progress)
    sample = _Sample.draw(texts, size, seed)
    own = embed(_pick(texts, sample.rows), progress)
    progress.stage(Stage.LEARNING_FROM_THE_ENCODER)
    assistant = _Assistant.taught(_pick(texts, sample.rows), own.vectors, settings, seed)
    vectors = np.empty((len(texts), own.vectors.shape[1]), dtype=np.float32)
    vectors[sample.rows] = own.vectors
    doubtful = _draft(vectors, texts, sample.others, assistant, progress)
    asked = embed(_pick(texts, doubtful), progress)
    vectors[doubtful] = asked.vectors
    log.info("%d texts sampled, %d of %d doubtful", size, len(doubtful), len(sample.others))
    cascade = _judged(texts, sample, doubtful, assistant)
    return Embeddings(vectors, own.encoder, own.n_encoded + asked.n_encoded, cascade)


def agreement(cascade: Cascade, by_encoder: Sequence[str], by_student: Sequence[str]) -> float:
    """Share of the held-out texts whose category is the one that the encoder's vector gives.

    Args:
        cascade: tells whose student's vector would have been kept; the others agree.
        by_encoder: (n_held_out,), category by the encoder's vector.
        by_student: (n_held_out,), category by the student's.
    """
    pairs = zip(by_encoder, by_student, cascade.trusted.tolist(), strict=True)
    same = [one == other or not trusted for one, other, trusted in pairs]
    return sum(same) / max(1, len(same))


def check_agreement(found: float, settings: EmbeddingSettings) -> None:
    """Make sure that student and encoder agree on as many texts as is wanted.

    Raises:
        EncoderError: they do not.
    """
    if found < settings.cascade_agreement:
        raise EncoderError(
            f"With the cascade {found:.1%} of held-out texts are in the main category that the "
            f"encoder puts them in, and embedding.cascade_agreement asks for "
            f"{settings.cascade_agreement:.1%}. {_advice(settings)}"
        )


@dataclass(frozen=True)
class _Sample:
    """Rows of texts, by what they are for."""

    rows: Integers
    """(n_sample,), in an order of chance."""
    others: Integers
    """All other texts."""

    @classmethod
    def draw(cls, texts: Sequence[str], size: int, seed: int) -> _Sample:
        order = np.argsort([_lot(text, seed) for text in texts], kind="stable")
        return cls(order[:size], np.sort(order[size:]))

    @property
    def held_out(self) -> Integers:
        return self.rows[_learnt(len(self.rows)) + len(self.rows) // HELD_OUT :]


def _learnt(n_sample: int) -> int:
    """The first so many texts of a sample are learnt from, the next tell what is doubtful."""
    return n_sample - 2 * (n_sample // HELD_OUT)


def _lot(text: str, seed: int) -> int:
    salt = seed.to_bytes(8, "little")
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, salt=salt).digest(), "little")


@dataclass(frozen=True)
class _Groups:
    """What stands for the categories of the tree."""

    centres: Floats
    """(n_cells, n_dims), the cells of one group after those of another."""
    starts: Integers
    """(n_groups,), where each group begins."""

    @classmethod
    def of(cls, vectors: Floats, seed: int) -> _Groups:
        from scipy.cluster.hierarchy import fcluster, linkage

        n_cells = max(1, min(CELLS, len(vectors) // 10))
        centres = MicroClusters.of(vectors, k_means(vectors, n_cells, seed=seed)).centres
        if len(centres) == 1:
            return cls(centres, np.zeros(1, dtype=np.int64))
        n_groups = max(2, len(centres) // CELLS_PER_GROUP)
        groups = fcluster(linkage(centres, "ward"), n_groups, "maxclust")
        order = np.argsort(groups, kind="stable")
        return cls(centres[order], np.unique(groups[order], return_index=True)[1])

    def compare(self, vectors: Floats) -> tuple[Integers, Floats]:
        """Nearest group of each vector, and how much nearer it is than the second: (n,) each."""
        similarities = np.maximum.reduceat(vectors @ self.centres.T, self.starts, axis=1)
        if similarities.shape[1] == 1:
            return np.zeros(len(vectors), dtype=np.int64), np.full(len(vectors), np.float32(np.inf))
        second, first = np.partition(similarities, -2, axis=1)[:, -2:].T
        return similarities.argmax(axis=1), first - second


@dataclass(frozen=True)
class _Assistant:
    """A student that knows what it does not know."""

    student: Student
    groups: _Groups
    margin: float
    """A text is doubtful where the second group is less than this behind the first."""

    @classmethod
    def taught(
        cls, texts: Sequence[str], vectors: Floats, settings: EmbeddingSettings, seed: int
    ) -> _Assistant:
        """Learn from the sample, and see on some of it what is doubtful.

        Raises:
            EncoderError: too much is.
        """
        learnt = _learnt(len(texts))
        tried = slice(learnt, learnt + len(texts) // HELD_OUT)
        student = Student.from_vectors(texts[:learnt], vectors[:learnt])
        groups = _Groups.of(vectors, seed)
        found, margins = groups.compare(student.expect(texts[tried]))
        right = found == groups.compare(vectors[tried])[0]
        margin = _margin_for(margins, right, CAUTION * (1 - settings.cascade_agreement))
        _check_doubtful(float((margins < margin).mean()), float(right.mean()), settings)
        return cls(student, groups, margin)

    def draft(self, texts: Sequence[str]) -> tuple[Floats, Flags]:
        """Vectors of unit length, (n_texts, n_dims), and which of them can be trusted."""
        expected = self.student.expect(texts)
        # Not scaled: where the words say little the expected vector is short, and the margin too.
        trusted: Flags = self.groups.compare(expected)[1] >= self.margin
        lengths = np.linalg.norm(expected, axis=1, keepdims=True)
        return expected / np.maximum(lengths, np.finfo(np.float32).tiny), trusted


def _margin_for(margins: Floats, right: Flags, allowed: float) -> float:
    """The least margin from which on no more than this share of all texts is wrong."""
    order = np.argsort(margins, kind="stable")
    wrong = np.cumsum(~right[order][::-1])[::-1] / len(order)
    enough = np.flatnonzero(np.append(wrong, 0.0) <= allowed)[0]
    if not enough:
        return 0.0
    return float(margins[order][enough]) if enough < len(order) else math.inf


def _check_doubtful(share: float, right: float, settings: EmbeddingSettings) -> None:
    if share > MOST_DOUBTFUL:
        raise EncoderError(
            f"The cascade's quick model puts {right:.1%} of texts that it has not seen where the "
            f"encoder does; for the {settings.cascade_agreement:.1%} of "
            f"embedding.cascade_agreement the encoder would have to read {share:.0%} of the texts "
            f"outside the sample as well. {_advice(settings)}"
        )


def _advice(settings: EmbeddingSettings) -> str:
    return (
        f"Raise embedding.cascade_sample (now {settings.cascade_sample:,}) or lower "
        "embedding.cascade_agreement, or set embedding.cascade to false; what has been encoded is "
        "in the cache."
    )


def _draft(
    vectors: Floats,
    texts: Sequence[str],
    rows: Integers,
    assistant: _Assistant,
    progress: Progress,
) -> Integers:
    """Put the student's vectors into these rows; those of them that are doubtful."""
    progress.stage(Stage.EMBEDDING_BY_THE_STUDENT, len(rows))
    doubtful = []
    for block in _blocks(rows):
        vectors[block], trusted = assistant.draft(_pick(texts, block))
        doubtful.append(block[~trusted])
        progress.advance(len(block))
    return np.concatenate(doubtful)


def _judged(
    texts: Sequence[str], sample: _Sample, doubtful: Integers, assistant: _Assistant
) -> Cascade:
    sampled = np.zeros(len(texts), dtype=np.bool_)
    sampled[sample.rows] = True
    encoded = sampled.copy()
    encoded[doubtful] = True
    drafts, trusted = assistant.draft(_pick(texts, sample.held_out))
    return Cascade(encoded, sampled, sample.held_out, drafts, trusted)


def _blocks(rows: Integers) -> Iterator[Integers]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _pick(texts: Sequence[str], rows: Integers) -> list[str]:
    return [texts[row] for row in rows.tolist()]
