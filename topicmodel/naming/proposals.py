"""Scored names of a topic -> names that it could get, best first, two joined by "&" among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, permutations

from topicmodel.datatypes import Flags, Floats
from topicmodel.datatypes.tree import LONGEST_MADE_NAME
from topicmodel.naming.candidates import Candidates
from topicmodel.naming.catalogue_names import FAMILY_NODE
from topicmodel.naming.choice import Proposal
from topicmodel.naming.evidence import Evidence, Scored
from topicmodel.naming.form import SHORTEST_NAME

HALVES = 8
"""So many of a topic's best names may be joined with another one."""

MIN_HALF_SHARE = 0.4
"""Two names may be joined if the texts that only the second is true of are at least this share of
those that the first is true of."""

TWO_HALVES = 0.3
"""Subtracted from the score of two joined names, so that one name is preferred."""

TELLING, KNOWN_TELLING = 0.15, 0.3
"""Coverage from which on a name says more of a topic than that it is the rest of the shop, or of
the category above. `KNOWN_TELLING` is for main categories that the catalogue knows: where none of
its departments and families is true of so many, they are of many kinds."""

MAX_HALF_COSINE = 0.8
"""Names with this cosine or a higher one mean the same and are not joined."""


def propose(
    evidence: Evidence, topic: int, ranked: Sequence[Scored], centre: Floats, size: float
) -> list[Proposal]:
    """Names for a topic, best first.

    Two names are joined only where no single one is true of enough of the topic.

    Args:
        evidence: of the topic and its siblings.
        topic: index of the topic among its siblings.
        ranked: its names, best first.
        centre: (n_dims,), centroid of the topic.
        size: texts of the topic.
    """
    candidates, least = evidence.candidates, _least_telling(evidence, topic)
    proposed = []
    for one in ranked:
        # Of a main category, any name says more than none.
        may_tell = bool(candidates.ordinary[one.column]) or evidence.level == 1
        is_telling = may_tell and one.coverage >= least
        name = candidates.names[one.column]
        proposed.append((one.score, Proposal(name, one.coverage, size, is_telling)))
    if not _suffices(ranked, evidence):
        for first, second, told in _halves(ranked, evidence, topic):
            both = evidence.of_both(topic, first, second, told, centre)
            name = f"{candidates.names[first.column]} & {candidates.names[second.column]}"
            proposal = Proposal(name, both.coverage, size, both.coverage >= least)
            proposed.append((both.score - TWO_HALVES, proposal))
    return [
        proposal
        for _, proposal in sorted(proposed, key=lambda pair: -pair[0])
        if SHORTEST_NAME <= len(proposal.name) <= LONGEST_MADE_NAME
    ]


def _least_telling(evidence: Evidence, topic: int) -> float:
    return KNOWN_TELLING if evidence.level == 1 and evidence.known[topic] else TELLING


def _suffices(ranked: Sequence[Scored], evidence: Evidence) -> bool:
    """Whether one of the best names, or any family, is true of enough of the topic by itself."""
    families = (one for one in ranked if evidence.candidates.kinds[one.column] == FAMILY_NODE)
    return any(one.coverage >= evidence.enough for one in chain(ranked[:HALVES], families))


def _halves(
    ranked: Sequence[Scored], evidence: Evidence, topic: int
) -> Iterator[tuple[Scored, Scored, Flags]]:
    """Pairs of names that are each true of a part of the topic; the larger part comes first.

    Each with the texts that one of the two is true of: (n_texts,).
    """
    candidates, rows = evidence.candidates, evidence.members[topic]
    best = ranked[:HALVES]
    told = evidence.told([one.column for one in best])
    weights = evidence.weights[rows] / max(float(evidence.weights[rows].sum()), 1e-9)
    for (n, first), (m, second) in permutations(enumerate(best), 2):
        beside = float(weights[told[rows, m] & ~told[rows, n]].sum())
        if (
            second.coverage <= first.coverage
            and beside >= MIN_HALF_SHARE * first.coverage > 0
            and all(map(candidates.may_be_half, (first.column, second.column)))
            and candidates.words[first.column].isdisjoint(candidates.words[second.column])
            and not _mean_the_same(first, second, ranked, candidates)
        ):
            yield first, second, told[:, n] | told[:, m]


def _mean_the_same(
    first: Scored, second: Scored, ranked: Sequence[Scored], candidates: Candidates
) -> bool:
    """Whether the second name, or one that it is a kind of, means the same as the first."""
    wider = (
        one for one in ranked if candidates.words[one.column] <= candidates.words[second.column]
    )
    return any(first.vector @ one.vector >= MAX_HALF_COSINE for one in wider)
