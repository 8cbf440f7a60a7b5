"""Embedding in two steps: the encoder reads a sample and the doubtful texts, a student the rest.

The encoder embeds a sample, and the student is fitted on most of it. The categories of the tree are
not known yet, so groups of the sample stand for them: micro-clusters, merged into about as many
groups as level one may have. Such groups are harder to tell apart than real categories. A text is
doubtful if by the student's vector its second group is nearly as close as its first. How close is
too close is measured on a part of the sample that the student is not fitted on. Another part is
held out, to measure on the finished tree how often student and encoder agree.
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

MICRO_CLUSTERS = 200
"""Maximum micro-clusters of the sample, of at least ten texts each; more of them do not predict the
student's errors better."""

MICRO_CLUSTERS_PER_GROUP = 8
"""Mean number of micro-clusters in a group. Between larger groups the student makes fewer errors
than on some trees, so its errors would be underestimated."""

HELD_OUT = 10
"""One in this many texts of the sample is held out; equally many are used to find the margin."""

CAUTION = 0.8
"""Share of the errors allowed on the tree that is allowed between the groups. Agreement on the tree
is measured on a few thousand texts only and may be a little lower."""

MAX_DOUBTFUL = 0.25
"""Maximum share of doubtful texts outside the sample; with more, a larger sample is cheaper."""

Embed: TypeAlias = Callable[[Sequence[str], Progress], Embeddings]
"""Texts -> the encoder's own vectors, through the cache."""


def embed_in_steps(
    texts: Sequence[str], embed: Embed, settings: EmbeddingSettings, progress: Progress, seed: int
) -> Embeddings:
    """Vectors of the texts: the encoder's for the sample and doubtful texts, else the student's.

    The content of a text and the seed decide whether it is in the sample, so most of the sample
    stays the same when texts are added or removed. The student's vectors are not cached. If there
    are fewer texts than twice the sample, all are encoded.

    Args:
        texts: distinct, in any order.
        embed: gives the encoder's vectors.
        settings: size of the sample, and the agreement that is required.
        progress: is told about the steps.
        seed: decides the sample and its groups.

    Raises:
        EncoderError: too many texts are doubtful; or what `embed` raises.
    """
    size = settings.cascade_sample
    if len(texts) < 2 * size:
        progress.message(
            f"Fewer than two samples of {size:,} texts: the cascade is left out, all are encoded"
        )
        return embed(texts, progress)
    sample = _SampleRows.draw(texts, size, seed)
    sampled = embed(_pick(texts, sample.rows), progress)
    progress.stage(Stage.LEARNING_FROM_THE_ENCODER)
    model = _CalibratedStudent.fit(_pick(texts, sample.rows), sampled.vectors, settings, seed)
    vectors = np.empty((len(texts), sampled.vectors.shape[1]), dtype=np.float32)
    vectors[sample.rows] = sampled.vectors
    doubtful = _predict_into(vectors, texts, sample.others, model, progress)
    encoded = embed(_pick(texts, doubtful), progress)
    vectors[doubtful] = encoded.vectors
    log.info("%d texts sampled, %d of %d doubtful", size, len(doubtful), len(sample.others))
    cascade = _record(texts, sample, doubtful, model)
    return Embeddings(vectors, sampled.encoder, sampled.n_encoded + encoded.n_encoded, cascade)


def agreement(cascade: Cascade, by_encoder: Sequence[str], by_student: Sequence[str]) -> float:
    """Share of the held-out texts that get the same category as with the encoder's vector, 0 to 1.

    Args:
        cascade: tells which student's vectors are trusted; other texts would be encoded, so they
            agree.
        by_encoder: (n_held_out,), category by the encoder's vector.
        by_student: (n_held_out,), category by the student's vector.
    """
    pairs = zip(by_encoder, by_student, cascade.trusted.tolist(), strict=True)
    same = [one == other or not trusted for one, other, trusted in pairs]
    return sum(same) / max(1, len(same))


def check_agreement(measured: float, settings: EmbeddingSettings) -> None:
    """Check that student and encoder agree on enough texts.

    Args:
        measured: their agreement on the held-out texts, 0 to 1.
        settings: the agreement that is required.

    Raises:
        EncoderError: the agreement is lower than required.
    """
    if measured < settings.cascade_agreement:
        raise EncoderError(
            f"With the cascade {measured:.1%} of held-out texts are in the main category that the "
            f"encoder puts them in, and embedding.cascade_agreement asks for "
            f"{settings.cascade_agreement:.1%}. {_advice(settings)}"
        )


@dataclass(frozen=True)
class _SampleRows:
    """Which texts are in the sample."""

    rows: Integers
    """(n_sample,), rows of the sampled texts, in random order."""
    others: Integers
    """Rows of all other texts, ascending."""

    @classmethod
    def draw(cls, texts: Sequence[str], size: int, seed: int) -> _SampleRows:
        order = np.argsort([_random_number(text, seed) for text in texts], kind="stable")
        return cls(order[:size], np.sort(order[size:]))

    @property
    def held_out(self) -> Integers:
        """Rows of the texts on which the agreement is measured on the tree."""
        return self.rows[_n_training(len(self.rows)) + len(self.rows) // HELD_OUT :]


def _n_training(n_sample: int) -> int:
    """Number of texts at the start of a sample that the student is fitted on."""
    return n_sample - 2 * (n_sample // HELD_OUT)


def _random_number(text: str, seed: int) -> int:
    """A 64-bit number that depends on nothing but the text and the seed."""
    salt = seed.to_bytes(8, "little")
    content = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, salt=salt).digest(), "little")


@dataclass(frozen=True)
class _Groups:
    """Groups of the sample's texts, which stand for the categories of the tree."""

    centres: Floats
    """(n_micro_clusters, n_dims), unit length, ordered by group."""
    starts: Integers
    """(n_groups,), row in `centres` of each group's first micro-cluster."""

    @classmethod
    def of(cls, vectors: Floats, seed: int) -> _Groups:
        from scipy.cluster.hierarchy import fcluster, linkage

        n_clusters = max(1, min(MICRO_CLUSTERS, len(vectors) // 10))
        centres = MicroClusters.of(vectors, k_means(vectors, n_clusters, seed=seed)).centres
        if len(centres) == 1:
            return cls(centres, np.zeros(1, dtype=np.int64))
        n_groups = max(2, len(centres) // MICRO_CLUSTERS_PER_GROUP)
        groups = fcluster(linkage(centres, "ward"), n_groups, "maxclust")
        order = np.argsort(groups, kind="stable")
        return cls(centres[order], np.unique(groups[order], return_index=True)[1])

    def compare(self, vectors: Floats) -> tuple[Integers, Floats]:
        """Nearest group of each vector, and its cosine less that of the second; (n,) each."""
        similarities = np.maximum.reduceat(vectors @ self.centres.T, self.starts, axis=1)
        if similarities.shape[1] == 1:
            return np.zeros(len(vectors), dtype=np.int64), np.full(len(vectors), np.float32(np.inf))
        second, first = np.partition(similarities, -2, axis=1)[:, -2:].T
        return similarities.argmax(axis=1), first - second


@dataclass(frozen=True)
class _CalibratedStudent:
    """A student with the margin above which its vectors are good enough."""

    student: Student
    groups: _Groups
    margin: float
    """A text is doubtful if its nearest group is nearer than the second by less than this."""

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Floats, settings: EmbeddingSettings, seed: int
    ) -> _CalibratedStudent:
        """Fit a student on most of the sample, and find its margin on another part.

        Raises:
            EncoderError: too many texts are doubtful.
        """
        n_training = _n_training(len(texts))
        other = slice(n_training, n_training + len(texts) // HELD_OUT)
        student = Student.from_vectors(texts[:n_training], vectors[:n_training])
        groups = _Groups.of(vectors, seed)
        nearest, margins = groups.compare(student.predict(texts[other]))
        right = nearest == groups.compare(vectors[other])[0]
        margin = _margin_for(margins, right, CAUTION * (1 - settings.cascade_agreement))
        _check_doubtful(float((margins < margin).mean()), float(right.mean()), settings)
        return cls(student, groups, margin)

    def predict(self, texts: Sequence[str]) -> tuple[Floats, Flags]:
        """Unit vectors, (n_texts, n_dims), and whether each can be trusted, (n_texts,)."""
        predicted = self.student.predict(texts)
        # Not scaled: a text whose words say little has a short vector and so a small margin.
        trusted: Flags = self.groups.compare(predicted)[1] >= self.margin
        lengths = np.linalg.norm(predicted, axis=1, keepdims=True)
        return predicted / np.maximum(lengths, np.finfo(np.float32).tiny), trusted


def _margin_for(margins: Floats, right: Flags, allowed: float) -> float:
    """The smallest margin above which at most this share of all texts is in a wrong group."""
    order = np.argsort(margins, kind="stable")
    wrong = np.cumsum(~right[order][::-1])[::-1] / len(order)
    enough = np.flatnonzero(np.append(wrong, 0.0) <= allowed)[0]
    if not enough:
        return 0.0
    return float(margins[order][enough]) if enough < len(order) else math.inf


def _check_doubtful(share: float, right: float, settings: EmbeddingSettings) -> None:
    """Check that not too many texts are doubtful; both shares are from 0 to 1."""
    if share > MAX_DOUBTFUL:
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


def _predict_into(
    vectors: Floats,
    texts: Sequence[str],
    rows: Integers,
    model: _CalibratedStudent,
    progress: Progress,
) -> Integers:
    """Write the student's vectors into these rows, and return the rows that are doubtful."""
    progress.stage(Stage.EMBEDDING_BY_THE_STUDENT, len(rows))
    doubtful = []
    for block in _blocks(rows):
        vectors[block], trusted = model.predict(_pick(texts, block))
        doubtful.append(block[~trusted])
        progress.advance(len(block))
    return np.concatenate(doubtful)


def _record(
    texts: Sequence[str], sample: _SampleRows, doubtful: Integers, model: _CalibratedStudent
) -> Cascade:
    """Which texts were encoded, and the student's vectors of the held-out ones."""
    sampled = np.zeros(len(texts), dtype=np.bool_)
    sampled[sample.rows] = True
    encoded = sampled.copy()
    encoded[doubtful] = True
    predicted, trusted = model.predict(_pick(texts, sample.held_out))
    return Cascade(encoded, sampled, sample.held_out, predicted, trusted)


def _blocks(rows: Integers) -> Iterator[Integers]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _pick(texts: Sequence[str], rows: Integers) -> list[str]:
    return [texts[row] for row in rows.tolist()]
