from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from planted import unit

from topicmodel import text as words
from topicmodel.datatypes import Floats, Landmarks, Taxonomy, TermCounts, Topic, TopicId
from topicmodel.placement import novelty
from topicmodel.placement.landmarks import Placed, choose_landmarks, place_new
from topicmodel.placement.new_groups import find_new_groups
from topicmodel.placement.novelty import Drift, Novelty, NoveltyMonitor

DATA = Path(__file__).parents[2] / "shared" / "data"

N_DIMS = 32
AXES = np.eye(N_DIMS)
TOYS, TOOLS, DRILLS = TopicId("toys"), TopicId("tools"), TopicId("drills")
LEAVES = [TOYS, DRILLS]
PARENTS = {TOYS: None, DRILLS: TOOLS}
TAXONOMY = Taxonomy(
    [
        Topic(TOYS, None, 1, "Toys", (), 60, ()),
        Topic(TOOLS, None, 1, "Tools", (), 40, ()),
        Topic(DRILLS, TOOLS, 2, "Drills", (), 40, ()),
    ]
)
STRANGE = unit(0.75 * AXES[0] + AXES[20])
"""Farther from the toys than most of them are, and not too far for one of them."""


def around(direction: np.ndarray, n: int, shortest: float, longest: float, seed: int) -> Floats:
    """Texts with noise of such lengths beside a direction of length 1."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, N_DIMS))
    noise[:, [0, 1, 20]] = 0
    return unit(direction + rng.uniform(shortest, longest, (n, 1)) * unit(noise))


def known(n: int, seed: int) -> Floats:
    """Texts of toys and drills in turn."""
    both = [around(AXES[leaf], n, 0.3, 2.5, seed + leaf) for leaf in range(2)]
    return np.stack(both, axis=1).reshape(-1, N_DIMS)[:n]


@pytest.fixture(scope="module")
def marks() -> Landmarks:
    return choose_landmarks(known(400, 1), np.arange(400) % 2, LEAVES, PARENTS, seed=0)


def unsorted_share(vectors: Floats, marks: Landmarks, new_groups: Floats) -> float:
    placed = place_new(vectors, marks, TAXONOMY, new_groups)
    return float(np.mean([topic is None for topic in placed.level1]))


def test_many_texts_that_are_odd_in_the_same_way_are_a_kind_that_fits_nowhere(
    marks: Landmarks,
) -> None:
    kind = around(STRANGE, 40, 0.5, 0.7, seed=3)
    new = np.vstack([known(160, 11), kind])

    new_groups = find_new_groups(new, marks, seed=0)

    nothing = new_groups[:0]
    assert unsorted_share(kind, marks, nothing) < 0.1
    assert unsorted_share(kind, marks, new_groups) > 0.9
    assert unsorted_share(new[:160], marks, new_groups) < 0.08


def test_one_odd_text_is_no_crowd(marks: Landmarks) -> None:
    new = np.vstack([known(160, 11), around(STRANGE, 1, 0.5, 0.7, seed=3)])

    assert len(find_new_groups(new, marks, seed=0)) == 0


def test_variants_of_one_product_are_no_crowd(marks: Landmarks) -> None:
    assert len(find_new_groups(around(STRANGE, 40, 0.1, 0.15, seed=3), marks, seed=0)) == 0
    assert len(find_new_groups(around(STRANGE, 40, 0.5, 0.7, seed=3), marks, seed=0)) > 0


def test_a_crowd_is_found_in_an_even_sample_of_many_texts(
    marks: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = around(STRANGE, 80, 0.5, 0.7, seed=3)
    new = np.vstack([known(320, 11), kind])[np.random.default_rng(0).permutation(400)]
    monkeypatch.setattr("topicmodel.placement.new_groups.MOST_COMPARED", 200)
    monkeypatch.setattr("topicmodel.placement.new_groups.MOST_FAR", 100)

    new_groups = find_new_groups(new, marks, seed=0)

    assert 0 < len(new_groups) <= 100 // 5
    assert unsorted_share(kind, marks, new_groups) > 0.8


def test_no_texts_and_no_landmarks_make_no_crowd(marks: Landmarks) -> None:
    nothing = np.zeros((0, N_DIMS), dtype=np.float32)
    treeless = Landmarks(nothing, [], {}, {}, 1.0)

    assert find_new_groups(nothing, marks, seed=0).shape == (0, N_DIMS)
    assert find_new_groups(known(10, 1), treeless, seed=0).shape == (0, N_DIMS)


def test_the_same_seed_finds_the_same_crowds(marks: Landmarks) -> None:
    new = around(STRANGE, 60, 0.5, 0.7, seed=3)

    first, second = (find_new_groups(new, marks, seed=5) for _ in range(2))

    assert first.tobytes() == second.tobytes()


def placed(
    topics: list[TopicId | None], cosine: float = 0.8, in_new_group: bool = False
) -> tuple[list[str], list[str], Placed]:
    """Texts put into leaves, or nowhere: pet supplies."""
    goods = {TOYS: "wooden puzzle", DRILLS: "cordless drill", None: "dog leash"}
    texts = [f"{goods[leaf]} number {row}" for row, leaf in enumerate(topics)]
    unfit = np.array([leaf is None for leaf in topics])
    return (
        texts,
        ["en"] * len(texts),
        Placed(
            level1=[TOOLS if leaf == DRILLS else leaf for leaf in topics],
            level2=[leaf if leaf == DRILLS else None for leaf in topics],
            confidence=np.where(unfit, 0, 0.9).astype(np.float32),
            methods=["unsorted" if leaf is None else "reassigned" for leaf in topics],
            cosines=np.full(len(topics), cosine, dtype=np.float32),
            in_new_group=unfit & in_new_group,
        ),
    )


FITTED = Landmarks(
    vectors=AXES[:2].astype(np.float32),
    topics=LEAVES,
    median_cosine={TOYS: 0.8, TOOLS: 0.8, DRILLS: 0.8},
    min_cosine={TOYS: 0.4, TOOLS: 0.4, DRILLS: 0.5},
    temperature=0.05,
)


def watched(*blocks: tuple[list[str], list[str], Placed]) -> Novelty:
    watch = NoveltyMonitor(FITTED, TAXONOMY)
    for block in blocks:
        watch.add(*block)
    return watch.report()


def drift_of(found: Novelty, topic: TopicId) -> Drift:
    return next(drift for drift in found.drifts if drift.topic == topic)


def test_products_that_fit_nowhere_are_counted_and_described() -> None:
    found = watched(placed([TOYS] * 50 + [DRILLS] * 30 + [None] * 20, in_new_group=True))

    assert (found.n_products, found.n_unfit, found.n_in_new_groups) == (100, 20, 20)
    assert found.share_unfit == 0.2
    assert {word for term, _ in found.keywords[:2] for word in term.split()} == {"dog", "leash"}
    assert all(lead > 0 for _, lead in found.keywords)


def test_products_that_share_a_text_all_count() -> None:
    watch = NoveltyMonitor(FITTED, TAXONOMY)
    watch.add(*placed([TOYS, DRILLS, None]), np.array([5, 3, 2]))

    found = watch.report()

    assert (found.n_products, found.n_unfit) == (10, 2)
    assert drift_of(found, TOYS).products == 5
    assert drift_of(found, DRILLS).products == drift_of(found, TOOLS).products == 3


def test_shares_are_told_beside_those_of_the_fit() -> None:
    found = watched(placed([TOYS] * 10 + [DRILLS] * 30 + [None] * 60))

    toys = drift_of(found, TOYS)
    assert (toys.share, toys.share_at_fit) == (0.25, 0.6)


def test_a_crowd_of_products_makes_a_refit_due() -> None:
    found = watched(placed([TOYS] * 95 + [None] * 5, in_new_group=True))

    assert found.refit_due
    assert found.reason == (
        "A refit is due: 5 of 100 products (5.0%) form groups of a kind that no category holds."
    )


def test_many_unfit_products_make_a_refit_due_even_without_a_crowd() -> None:
    assert watched(placed([TOYS] * 80 + [None] * 20)).refit_due
    assert not watched(placed([TOYS] * 95 + [None] * 5)).refit_due


def test_a_few_products_are_no_reason_for_a_refit() -> None:
    assert not watched(placed([TOYS, None])).refit_due


def test_a_category_whose_products_are_unlike_it_has_drifted() -> None:
    found = watched(placed([TOYS] * 50, cosine=0.5), placed([DRILLS] * 50, cosine=0.75))

    toys, drills = drift_of(found, TOYS), drift_of(found, DRILLS)
    assert toys.cosine == pytest.approx(0.5, abs=0.01)
    assert toys.cosine_at_fit == 0.8
    assert (toys.drifted, drills.drifted) == (True, False)
    assert found.refit_due
    assert found.reason.endswith("in Toys.")


def test_too_few_products_tell_of_no_drift() -> None:
    assert not drift_of(watched(placed([TOYS] * 5, cosine=0.45)), TOYS).drifted


def test_the_order_and_the_blocks_of_products_do_not_matter() -> None:
    topics = [[TOYS, DRILLS, None, TOYS][row % 4] for row in range(60)]
    texts, languages, whole = placed(topics)
    order = np.random.default_rng(0).permutation(60)

    watch = NoveltyMonitor(FITTED, TAXONOMY)
    for rows in np.array_split(order, 7):
        watch.add([texts[row] for row in rows], ["en"] * len(rows), rows_of(whole, rows))

    assert watch.report() == watched((texts, languages, whole))


def test_keywords_come_from_no_more_texts_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "MOST_TEXTS", 5)
    counted: list[int] = []
    count_words = words.count_words

    def count(texts: Sequence[str], languages: Sequence[str]) -> TermCounts:
        counted.append(len(texts))
        return count_words(texts, languages)

    monkeypatch.setattr(words, "count_words", count)

    found = watched(*[placed([TOYS] * 20 + [None] * 20)] * 3)

    assert counted == [10]
    assert dict(found.keywords).keys() & {"dog", "leash", "dog leash"}


def test_nothing_new_is_said_of_no_products() -> None:
    found = watched()

    assert (found.n_products, found.share_unfit, found.refit_due) == (0, 0, False)
    assert found.keywords == ()
    assert all(drift.cosine is None for drift in found.drifts)


def test_the_record_is_json() -> None:
    found = watched(placed([TOYS] * 40 + [None] * 20))

    record = json.loads(json.dumps(found.as_record(), allow_nan=False))

    assert record["share_unfit"] == pytest.approx(1 / 3)
    assert record["refit_due"] is True
    assert [drift["name"] for drift in record["drifts"]] == ["Toys", "Tools", "Drills"]


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.is_dir(), reason="no development data beside the checkout")
def test_a_department_that_the_tree_has_never_seen_is_mostly_found_out() -> None:
    vectors = unit(np.load(DATA / "embeddings" / "bigbasket.npy").astype(np.float32))
    with gzip.open(DATA / "bigbasket.jsonl.gz", "rt", encoding="utf-8") as lines:
        paths = [tuple(json.loads(line)["category_path"][:2]) for line in lines]
    strange = np.array([path[0] == "Baby Care" for path in paths])
    held_out = np.random.default_rng(0).random(len(paths)) < 0.15
    leaves = sorted(set(paths))
    ids = {leaf: TopicId("/".join(leaf)) for leaf in leaves}
    parents = {ids[leaf]: TopicId(leaf[0]) for leaf in leaves}
    tops = [Topic(top, None, 1, top, (), 1, ()) for top in sorted(set(parents.values()))]
    children = [Topic(leaf, top, 2, leaf, (), 1, ()) for leaf, top in parents.items()]
    number = {leaf: place for place, leaf in enumerate(leaves)}
    numbers = np.array([number[path] for path in paths])
    fitted = ~strange & ~held_out
    marks = choose_landmarks(
        vectors[fitted], numbers[fitted], [ids[leaf] for leaf in leaves], parents, seed=0
    )
    new = strange | held_out

    new_groups = find_new_groups(vectors[new], marks, seed=0)
    outcome = place_new(vectors[new], marks, Taxonomy([*tops, *children]), new_groups)

    unfit = np.array([topic is None for topic in outcome.level1])
    truth = [path[0] for path, is_new in zip(paths, new.tolist(), strict=True) if is_new]
    right = np.array([top == own for top, own in zip(outcome.level1, truth, strict=True)])
    assert unfit[strange[new]].mean() > 0.5
    assert unfit[~strange[new]].mean() < 0.06
    assert right[~strange[new]].mean() > 0.75


def rows_of(whole: Placed, rows: np.ndarray) -> Placed:
    return Placed(
        level1=[whole.level1[row] for row in rows],
        level2=[whole.level2[row] for row in rows],
        confidence=whole.confidence[rows],
        methods=[whole.methods[row] for row in rows],
        cosines=whole.cosines[rows],
        in_new_group=whole.in_new_group[rows],
    )
