"""Names are scored by what they are true of, and by how near they are to a topic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from small_shop import encode
from test_phrases import mine

from topicmodel.naming import evidence as evidence_module
from topicmodel.naming.candidates import Candidates
from topicmodel.naming.evidence import NO_NAME, Evidence, Scored


def evidence_of(
    groups: Sequence[Sequence[str]],
    *,
    weights: Sequence[float] | None = None,
    level: int = 1,
    **told: Sequence[str] | str,
) -> Evidence:
    """Evidence of siblings, told by the titles in each."""
    numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    phrases = mine([title for group in groups for title in group], topics=numbers.tolist(), **told)
    candidates = Candidates.of(phrases, None)
    members = [np.flatnonzero(numbers == number) for number in range(len(groups))]
    heavy = np.ones(len(numbers)) if weights is None else np.array(weights)
    totals = candidates.texts.T @ heavy
    return Evidence(candidates, level, members, heavy, totals, np.zeros(len(groups), dtype=bool))


def compared(evidence: Evidence, topic: int) -> list[str]:
    """The names that are compared with a topic's centre."""
    return [evidence.candidates.names[column] for column in evidence.compared(topic)]


def ranked(evidence: Evidence, topic: int, centre: str = "") -> dict[str, Scored]:
    """Name -> its score for a topic, best first, all equally near to the centre unless told."""
    columns = evidence.compared(topic)
    vectors = encode([evidence.candidates.names[column] for column in columns])
    near = encode([centre])[0] if centre else np.zeros(vectors.shape[1], dtype=np.float32)
    found = evidence.ranked(topic, near, columns, vectors)
    return {evidence.candidates.names[one.column]: one for one in found}


def test_coverage_counts_the_texts_that_members_stand_for() -> None:
    titles = [["oak desk", "elm shelf"], ["iron pan"]]
    evidence = evidence_of(titles, weights=[9.0, 1.0, 1.0])
    found = ranked(evidence, 0)
    assert found["Desks"].coverage == pytest.approx(0.9)
    assert found["Shelves"].coverage == pytest.approx(0.1)
    assert found["Desks"].score > found["Shelves"].score


def test_a_name_speaks_for_the_topic_that_has_it_and_not_for_its_siblings() -> None:
    evidence = evidence_of([["bath towel"] * 4, ["iron pan"] * 3 + ["pan for a towel"]])
    first, second = ranked(evidence, 0), ranked(evidence, 1)
    assert first["Towels"].score > second["Towels"].score
    assert second["Pans"].score > second["Towels"].score
    assert "Pans" not in first


def test_what_siblings_have_too_speaks_less_for_each() -> None:
    alone = ranked(evidence_of([["tea jar"] * 3, ["iron pan"] * 3]), 0)
    shared = ranked(evidence_of([["tea jar"] * 3, ["ink jar"] * 3]), 0)
    assert shared["Jars"].score < alone["Jars"].score
    assert shared["Tea Jars"].score > shared["Jars"].score


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("gift set", "Sets"),
        ("sewing kit", "Kits"),
        ("bathrobe women", "Women"),
        ("bathrobe women", "Bathrobe Women"),
        ("pan pan", "Pan Pans"),
        ("bamboo lid jar", "Bamboo"),
        ("cotton", "Cotton"),
        ("kitchen", "Kitchens"),
    ],
)
def test_what_names_no_thing_is_compared_with_none(title: str, name: str) -> None:
    found = ranked(evidence_of([[title] * 3, ["iron mug"] * 3]), 0)
    assert name not in found or found[name].score < -10


def test_a_container_with_what_is_in_it_names_a_thing() -> None:
    evidence = evidence_of([["sewing kit"] * 3, ["lunch box"] * 3])
    assert "Sewing Kits" in compared(evidence, 0)
    assert "Lunch Boxes" in compared(evidence, 1)


@pytest.mark.parametrize(
    "title",
    [
        "Videocon phone",
        "Intel Xeon",
        "Wong handbag",
        "Kielz ladies boot",
        "Sony Xperia",
        "Vertuo pot",
    ],
)
def test_a_name_with_a_word_that_is_not_ordinary_comes_last(title: str) -> None:
    evidence = evidence_of([[title] * 4, ["iron pan"] * 4])
    strange = title.split()[0] if "Intel" not in title and "Sony" not in title else title.split()[1]
    for name, one in ranked(evidence, 0).items():
        assert evidence.candidates.ordinary[one.column] == (strange not in name)
        assert (one.score > -10) == (strange not in name)


def test_few_names_are_compared_and_all_of_them_could_be_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evidence_module, "COMPARED", 8)
    titles = [f"{tree} {thing} lid" for tree in ("oak", "elm", "pine") for thing in ("desk", "jar")]
    evidence = evidence_of([titles, ["mug"]])
    columns = evidence.compared(0)
    assert len(columns) == 8
    assert list(columns) == sorted(columns)
    assert all(one.score > NO_NAME / 2 for one in ranked(evidence, 0).values())


def test_of_names_that_cover_the_same_the_one_nearest_to_the_centre_is_first() -> None:
    evidence = evidence_of([["tea mug", "mug tea"] * 3, ["iron pan"] * 6])
    for wanted in ("Tea", "Mugs"):
        found = ranked(evidence, 0, wanted)
        assert next(iter(found)) == wanted
        scores = [one.score for one in found.values()]
        assert scores == sorted(scores, reverse=True)


def test_two_names_together_cover_what_one_of_them_does() -> None:
    evidence = evidence_of([["oak desk"] * 2 + ["elm shelf"] * 2, ["iron pan"] * 4])
    found = ranked(evidence, 0)
    first, second = found["Desks"], found["Shelves"]
    told = evidence.told([first.column, second.column])
    both = evidence.of_both(0, first, second, told.any(axis=1), encode(["desk"])[0])
    assert both.coverage == 1
    assert both.score > max(first.score, second.score)


def test_without_votes_no_department_is_home() -> None:
    assert evidence_of([["tea jar"] * 3, ["iron pan"] * 3]).homes == [-1, -1]
