"""Categories that follow a catalogue bear the names of its departments and families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from goods_shop import GoodsShop, catalogue, stock

from topicmodel.catalogue import translations
from topicmodel.datatypes import Catalogue, FormerNames, Levels
from topicmodel.naming.catalogue_names import with_catalogue_names


def levels_of(shop: GoodsShop, *, by_catalogue: bool = True) -> Levels:
    strengths = np.ones(len(shop.families), dtype=np.float32)
    return Levels(shop.departments, shop.families, strengths, [], 1.0, by_catalogue)


def named(
    shop: GoodsShop,
    levels: Levels | None = None,
    former: FormerNames | None = None,
    known: Catalogue | None = None,
    languages: Sequence[str] = ("en",),
) -> FormerNames | None:
    assert shop.corpus.votes is not None
    levels = levels_of(shop) if levels is None else levels
    known = known or catalogue()
    return with_catalogue_names(former, levels, known, shop.corpus.votes, languages)


def test_parents_are_called_after_departments_and_children_after_families() -> None:
    found = named(stock())
    assert found is not None
    assert found.level1 == ["Bath", "Garden", "Music"]
    assert found.level2 == ["Towels", "Soap", "Mowers", "Plants", "Guitars", "Drums"]


def test_a_parent_that_is_nearly_all_one_family_is_called_after_it() -> None:
    found = named(stock({"Soap": 0, "Drums": 2}))
    assert found is not None
    assert found.level1 == ["Towels", "Garden", "Guitars"]
    # No name is given twice: the only family of such a parent is named by its titles.
    assert found.level2[0] == ""


def test_of_two_children_that_vote_for_one_family_the_larger_gets_its_name() -> None:
    shop = stock()
    numbers = shop.families.copy()
    guitars = np.flatnonzero(numbers == 4)
    numbers[guitars[:5]] = 6
    found = named(shop, replace(levels_of(shop), level2=numbers))
    assert found is not None
    assert found.level2[4] == "Guitars"
    assert found.level2[6] == ""


def test_a_category_of_many_departments_has_no_name_of_a_node() -> None:
    shop = stock()
    one = np.zeros(len(shop.families), dtype=np.int64)
    found = named(shop, replace(levels_of(shop), level1=one, level2=one - 1))
    assert found is not None
    assert found.level1 == [""]


def test_a_category_keeps_the_name_that_it_had() -> None:
    former = FormerNames(["Tiles", "", ""], [""] * 6, ["Garden"])
    found = named(stock(), former=former)
    assert found is not None
    assert found.level1 == ["Tiles", "", "Music"]
    assert found.taken == ["Garden"]
    assert "Music" in found.lasting


def test_where_the_tree_does_not_follow_the_catalogue_nothing_is_named_after_it() -> None:
    shop = stock()
    assert named(shop, levels_of(shop, by_catalogue=False)) is None


def test_a_shop_in_another_language_gets_names_in_it_or_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translations, "translations", lambda: {"de": {"Music": "Musik"}})
    german = named(stock(), languages=["de", "de", "en"])
    assert german is not None
    assert german.level1 == ["Bath", "Garden", "Musik"]
    assert named(stock(), languages=["fi"]) is None


def test_a_menu_is_in_the_language_of_its_user() -> None:
    menu = replace(catalogue(), source="menu.txt")
    found = named(stock(), known=menu, languages=["fi"])
    assert found is not None
    assert found.level1 == ["Bath", "Garden", "Music"]
