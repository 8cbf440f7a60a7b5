"""Names of a catalogue's departments, families and goods, among the names that titles give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from goods_shop import GoodsShop, catalogue, goods_of, stock, votes_of
from small_shop import encode

from topicmodel.catalogue.translations import Translation
from topicmodel.datatypes import Documents, FormerNames, Integers, Levels, Products
from topicmodel.naming import name_topics
from topicmodel.naming.catalogue_names import (
    DEPARTMENT_NODE,
    FAMILY_NODE,
    GOOD_NODE,
    CatalogueNames,
    ShopCatalogue,
)
from topicmodel.naming.choice import TopicName

PLAIN = ("sturdy", "modern", "compact", "elegant", "durable", "gentle", "handy")


def texts_of(shop: GoodsShop) -> list[str]:
    """The titles of a stock: the goods between plain words and a number."""
    count, texts = dict[int, int](), []
    for family in shop.families.tolist():
        k = count[family] = count.get(family, -1) + 1
        goods = catalogue().families[family].goods
        texts.append(f"{PLAIN[k % len(PLAIN)]} {goods[k % len(goods)]}")
    return texts


def documents_of(titles: list[str], language: str = "en") -> Documents:
    rows = np.arange(len(titles))
    products = Products([f"p{row}" for row in rows], titles, [""] * len(rows))
    return Documents(
        products, [f"{t} {n}" for n, t in enumerate(titles)], rows, rows, [language] * len(rows)
    )


def named(
    shop: GoodsShop,
    level2: Integers | None = None,
    former: FormerNames | None = None,
    translate: Translation | None = None,
    *,
    has_goods: bool = True,
) -> tuple[list[TopicName], list[TopicName]]:
    """Names of a stock whose topics are its departments and families, unless told otherwise."""
    titles = texts_of(shop)
    children = shop.families if level2 is None else level2
    strengths = np.ones(len(titles), dtype=np.float32)
    levels = Levels(shop.departments, children, strengths, [], 1.0, by_catalogue=True)
    assert shop.corpus.votes is not None
    known = ShopCatalogue(catalogue(), shop.corpus.votes, translate or Translation("en"), has_goods)
    vectors = encode(titles)
    return name_topics(documents_of(titles), vectors, levels, encode, former, known)


def calls(told: list[TopicName]) -> list[str]:
    return [each.name for each in told]


def test_parents_are_called_after_departments_and_children_after_families() -> None:
    parents, children = named(stock())
    assert calls(parents) == ["Bath", "Garden", "Music"]
    assert calls(children) == ["Towels", "Soap", "Mowers", "Plants", "Guitars", "Drums"]
    assert all(each.coverage > 0.9 for each in [*parents, *children])


def test_of_two_children_that_vote_for_one_family_only_one_gets_its_name() -> None:
    shop = stock()
    children = shop.families.copy()
    guitars = np.flatnonzero(children == 4)
    children[guitars[1::3]] = 6
    _, names = named(shop, children)
    # A third of the guitars are electric ones, which their titles say.
    assert calls(names)[6] == "Electric Guitars"
    assert calls(names)[4] != "Electric Guitars"


def test_a_child_is_called_after_no_department_nor_after_a_family_of_another_one() -> None:
    shop = stock()
    children = shop.families.copy()
    # A child of few soaps and many towels in the department of soaps and towels.
    names = calls(named(shop, np.where(children < 2, 0, children - 1))[1])
    assert not set(names) & {"Bath", "Garden", "Music"}


def test_a_name_that_is_true_of_few_is_known_to_be_weak() -> None:
    shop = stock()
    one = replace(shop, departments=np.zeros(len(shop.families), dtype=np.int64))
    parents, _ = named(one)
    assert parents[0].coverage < 0.7


def test_a_category_keeps_the_name_that_it_had() -> None:
    parents, _ = named(stock(), former=FormerNames(["Bath Tiles", "", ""], [""] * 6, ["Garden"]))
    assert calls(parents)[2] == "Music"
    assert "Garden" not in calls(parents)


def test_names_are_in_the_language_of_the_shop() -> None:
    german = Translation("de", {"Music": "Musik", "Guitars": "Gitarren", "Drums": "Trommeln"})
    parents, children = named(stock(), translate=german, has_goods=False)
    assert calls(parents)[2] == "Musik"
    assert calls(children)[4:] == ["Gitarren", "Trommeln"]


@pytest.mark.parametrize("has_goods", [True, False])
def test_what_each_name_is_true_of_is_told_by_votes_and_words(has_goods: bool) -> None:
    titles = ["acoustic guitar", "lawn mower"]
    known = ShopCatalogue(catalogue(), votes_of(titles), Translation("en"), has_goods)
    names = CatalogueNames.of(known, titles, encode(titles), encode)
    told = {
        name: names.texts.toarray()[:, column].tolist() for column, name in enumerate(names.names)
    }
    assert told["Music"] == told["Guitars"] == [1, 0]
    assert told["Garden"] == told["Mowers"] == [0, 1]
    assert ("Acoustic Guitars" in told) == has_goods
    if has_goods:
        assert told["Acoustic Guitars"] == [1, 0]
        assert told["Electric Guitars"] == told["Drum Kits"] == [0, 0]
    n_goods = len(goods_of(catalogue())) if has_goods else 0
    counts = np.bincount(names.kinds, minlength=3)
    assert counts[[DEPARTMENT_NODE, FAMILY_NODE, GOOD_NODE]].tolist() == [3, 6, n_goods]


def test_words_tell_only_of_the_department_that_a_text_votes_for() -> None:
    titles = ["soap bar in the shape of a guitar", "acoustic guitar"]
    known = ShopCatalogue(catalogue(), votes_of(["soap bar", "acoustic guitar"]), Translation("en"))
    names = CatalogueNames.of(known, titles, encode(titles), encode)
    guitars = names.texts.toarray()[:, list(names.names).index("Guitars")]
    assert guitars.tolist() == [0, 1]
