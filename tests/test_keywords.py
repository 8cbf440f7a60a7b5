from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from planted import SHOP, Planted, plant, unit
from scipy.sparse import csr_matrix

from topicmodel.datatypes import Floats, TermCounts
from topicmodel.naming.keywords import Description, describe
from topicmodel.settings import NamingSettings
from topicmodel.text import count_words

METHODS = ("mmr", "c-tf-idf", "keybert")
KITCHEN, BATH = 0, 1
SALES: Mapping[str, int] = {
    "steel frying pan, sturdy": KITCHEN,
    "iron frying pan, sturdy": KITCHEN,
    "copper saucepan, sturdy": KITCHEN,
    "cotton bath towel, sturdy": BATH,
    "striped bath towel, sturdy": BATH,
    "sturdy gift card": -1,
}
"""Text -> topic."""

DIRECTIONS: Mapping[str, Sequence[float]] = {
    "pan": (1, 0, 0),
    "skillet": (0.99, 0, 0.14),
    "towel": (0, 1.9, 0),
}
"""Word -> what it means; any other word means nothing that is sold."""


class Encoder:
    """A text means what its words mean."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> Floats:
        self.calls.append([*texts])
        return unit(np.array([np.sum([_meaning(word) for word in t.split()], 0) for t in texts]))


def _meaning(word: str) -> Sequence[float]:
    return DIRECTIONS.get(word.strip(","), (0, 0, 0.1))


def counted(texts: Sequence[str]) -> TermCounts:
    return count_words(texts, ["en"] * len(texts))


def described(
    sales: Mapping[str, int] = SALES,
    method: str = "mmr",
    n_keywords: int = 10,
    encode: Any = None,
    representation: Any = None,
) -> list[Description]:
    texts, topics = list(sales), np.array(list(sales.values()), dtype=np.int64)
    vectors = Encoder()(texts) if texts else np.zeros((0, 3), dtype=np.float32)
    settings = NamingSettings(representation=method, n_keywords=n_keywords)
    encode = encode or Encoder()
    return describe(topics, counted(texts), texts, vectors, encode, settings, representation)


def terms(pairs: Sequence[tuple[str, float]]) -> list[str]:
    return [term for term, _ in pairs]


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


class Meanings:
    """Terms mean the planted group that sells them; any other term means nothing."""

    def __init__(self, shop: Planted) -> None:
        self.of = {
            word: shop.vectors[shop.subgroups == 3 * group + child].mean(axis=0)
            for group, goods in enumerate(SHOP.values())
            for child, name in enumerate(goods)
            for word in (name, *name.split())
        }
        self.nothing = np.eye(1, shop.vectors.shape[1], dtype=np.float32)[0]

    def __call__(self, texts: Sequence[str]) -> Floats:
        return unit(np.array([self.of.get(text, self.nothing) for text in texts]))


@pytest.mark.parametrize("method", METHODS)
def test_planted_groups_are_described_by_what_they_sell(shop: Planted, method: str) -> None:
    settings = NamingSettings(representation=method, n_keywords=3)
    encode = Meanings(shop)
    found = describe(shop.groups, shop.words, shop.texts, shop.vectors, encode, settings)
    assert len(found) == len(SHOP)
    for description, (group, goods) in zip(found, SHOP.items(), strict=True):
        sold = {group, *(word for name in goods for word in name.split())}
        assert {word for term in terms(description.keywords) for word in term.split()} <= sold


def test_a_term_close_to_the_topic_is_taken_before_a_heavier_one_that_says_nothing() -> None:
    sales = {"alpha, pan, alpha, pan, alpha, pan, alpha": 0, "towel, " * 60: 1}
    [kitchen, _] = described(sales, "c-tf-idf", n_keywords=1)
    assert terms(kitchen.keywords) == ["alpha"]
    [kitchen, _] = described(sales, "mmr", n_keywords=1)
    assert terms(kitchen.keywords) == ["pan"]


def test_a_heavy_term_is_taken_before_a_light_one_that_is_a_little_closer() -> None:
    def encode(texts: Sequence[str]) -> Floats:
        slanted = {"pan": (0.95, 0, 0.31), "lid": (1, 0, 0)}
        return unit(np.array([slanted.get(text, (0, 0, 1)) for text in texts]))

    [kitchen, _] = described({"pan, " * 6 + "lid, bowl": 0, "towel, " * 60: 1}, "mmr", 1, encode)
    assert terms(kitchen.keywords) == ["pan"]


def test_of_terms_that_mean_the_same_one_is_taken() -> None:
    [goods, _] = described({"pan, skillet, towel": 0, "grass, " * 60: 1}, "mmr", n_keywords=2)
    assert "towel" in terms(goods.keywords)


@pytest.mark.parametrize("method", METHODS)
def test_no_term_repeats_another(method: str) -> None:
    sales = {f"{word} frying pan, frying pans, fry": 0 for word in ("steel", "iron", "pans")}
    for description in described({**sales, "towel": 1}, method):
        for pairs in (description.keywords, description.cloud):
            words = [{word.removesuffix("s") for word in term.split()} for term in terms(pairs)]
            for number, mine in enumerate(words):
                assert not any(mine <= theirs for theirs in words[number + 1 :])


def test_forms_of_a_word_are_one_term() -> None:
    sales = {"boil, boil, boiled, boiling, boil, kettle, kettle": 0, "towel, " * 60: 1}
    assert terms(described(sales)[0].cloud) == ["boil", "kettle"]


class Reversed:
    """A representation of somebody else's: the lightest candidates, and a word of its own."""

    def extract_topics(
        self,
        topic_model: Any,  # noqa: ARG002 (the protocol names it)
        documents: Any,  # noqa: ARG002
        c_tf_idf: csr_matrix,  # noqa: ARG002
        topics: Mapping[int, Sequence[tuple[str, float]]],
    ) -> Mapping[int, Sequence[tuple[str, float]]]:
        return {
            topic: [("very own", 9.0), *(pair for pair in pairs[::-1] if pair[0])]
            for topic, pairs in topics.items()
        }


@pytest.mark.parametrize("method", [*METHODS, Reversed()])
@pytest.mark.parametrize("n_keywords", [1, 2, 5, 100])
def test_weights_fall_and_keywords_are_part_of_the_cloud(method: Any, n_keywords: int) -> None:
    plugged = None if isinstance(method, str) else method
    shown = method if isinstance(method, str) else "mmr"
    for description in described(method=shown, n_keywords=n_keywords, representation=plugged):
        assert 0 < len(description.keywords) <= n_keywords
        assert set(description.keywords) <= set(description.cloud)
        for pairs in (description.keywords, description.cloud):
            weights = [weight for _, weight in pairs]
            assert weights == sorted(weights, reverse=True)
            assert np.isfinite(weights).all()
            assert min(weights) > 0


def test_a_term_weighs_the_same_however_it_was_chosen() -> None:
    weights = [dict(described(method=method)[KITCHEN].cloud) for method in METHODS]
    for term in set.intersection(*map(set, weights)):
        assert len({found[term] for found in weights}) == 1


def test_a_representation_of_ones_own_chooses_in_place_of_the_setting() -> None:
    [kitchen, _] = described(n_keywords=2, representation=Reversed())
    [plain, _] = described(n_keywords=2, method="c-tf-idf")
    assert "very own" in terms(kitchen.keywords)
    assert dict(kitchen.keywords)["very own"] == plain.keywords[0][1]
    assert terms(kitchen.keywords) != terms(plain.keywords)


def test_terms_of_all_topics_are_encoded_in_one_call() -> None:
    encode = Encoder()
    described(n_keywords=1, encode=encode)
    [asked] = encode.calls
    assert len(set(asked)) == len(asked)
    assert {"pan", "towel"} <= set(asked)


def _explode(_: Sequence[str]) -> Floats:
    raise AssertionError("Nothing is to be encoded.")


def test_nothing_is_encoded_where_nothing_is_to_choose() -> None:
    assert described(method="c-tf-idf", encode=_explode) == described(method="mmr", n_keywords=10)
    assert described(n_keywords=50, encode=_explode)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("sales", "described_topics"),
    [
        ({}, []),
        ({"gift card": -1}, []),
        ({"-": 0}, [False]),
        ({"red towel": 0, "12": 1, "pan": 2}, [True, False, True]),
        ({"red towel": 0, "pan": 2}, [True, False, True]),
        ({"towel": 0}, [True]),
    ],
)
def test_a_topic_without_texts_or_words_has_an_empty_description(
    method: str, sales: Mapping[str, int], described_topics: Sequence[bool]
) -> None:
    found = described(sales, method)
    assert [bool(description.keywords) for description in found] == described_topics
    assert [bool(description.cloud) for description in found] == described_topics


def test_words_of_texts_without_a_topic_count_nowhere() -> None:
    for description in described():
        assert not {"gift", "card", "gift card"} & set(terms(description.cloud))


@pytest.mark.parametrize("method", METHODS)
def test_another_order_of_rows_gives_the_same_descriptions(shop: Planted, method: str) -> None:
    order = np.random.default_rng(1).permutation(len(shop.texts))
    settings = NamingSettings(representation=method, n_keywords=4)
    texts = [shop.texts[row] for row in order]
    turned = TermCounts(shop.words.counts[order], shop.words.terms)
    vectors, groups, encode = shop.vectors[order], shop.subgroups[order], Meanings(shop)
    assert describe(groups, turned, texts, vectors, encode, settings) == describe(
        shop.subgroups, shop.words, shop.texts, shop.vectors, encode, settings
    )


def test_inputs_are_left_as_they_were(shop: Planted) -> None:
    words = shop.words
    before = words.counts.toarray(), shop.vectors.copy(), shop.groups.copy()
    describe(
        shop.groups, words, shop.texts, shop.vectors, Meanings(shop), NamingSettings(n_keywords=3)
    )
    for now, then in zip((words.counts.toarray(), shop.vectors, shop.groups), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_what_all_of_many_topics_say_is_no_keyword() -> None:
    kinds = ("teapot", "lamp", "chair", "kettle", "scarf")
    sales = {f"{size} {kind}, shopname": n for n, kind in enumerate(kinds) for size in "ab"}
    every = described(sales, n_keywords=3)
    assert [terms(each.keywords)[:1] for each in every] == [[kind] for kind in kinds]
    assert not any("shopname" in terms(each.cloud) for each in every)
    few = {text: topic for text, topic in sales.items() if topic < 4}
    assert all("shopname" in terms(each.cloud) for each in described(few, n_keywords=3))
