from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from planted import SHOP, Planted, plant

from topicmodel.datatypes import Levels, Names
from topicmodel.naming import name_topics
from topicmodel.settings import NamingSettings
from topicmodel.words import count_words, stop_words


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def names(shop: Planted) -> Names:
    return name_topics(shop.levels, shop.words, NamingSettings())


def name_groups(
    groups: Sequence[Sequence[str]],
    brands: Sequence[Sequence[str]] | None = None,
    held: Sequence[Sequence[bool]] | None = None,
) -> Names:
    """Names of level-one topics, told by the titles in each."""
    titles = [title for group in groups for title in group]
    topics = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    strengths = np.ones(len(titles)) if held is None else np.concatenate([*held])
    nothing = [""] * len(titles)
    modifiers = nothing if brands is None else [brand for group in brands for brand in group]
    levels = Levels(topics, np.full(len(titles), -1), strengths.astype(np.float32), [])
    return name_topics(levels, count_words(titles, titles, modifiers), NamingSettings())


def written(names: Names) -> list[str]:
    return [label.name for label in (*names.level1, *names.level2)]


def level1(groups: Sequence[Sequence[str]]) -> list[str]:
    return written(name_groups(groups))


def test_planted_subgroups_are_called_what_they_sell(names: Names) -> None:
    goods = [name.title() for children in SHOP.values() for name in children]
    for label, expected in zip(names.level2, goods, strict=True):
        # In the singular or the plural, as the titles have it.
        assert label.name.removesuffix("s") == expected.removesuffix("s")


def test_planted_groups_are_called_by_their_largest_halves(names: Names) -> None:
    for label, children in zip(names.level1, SHOP.values(), strict=True):
        halves = {half.casefold() for half in label.name.split(" & ")}
        assert len(halves) == 2
        assert halves <= {name.casefold() for name in children}


def test_a_category_is_called_what_its_titles_end_in() -> None:
    pans = ["Steel Frying Pan", "Iron Frying Pan", "Copper Frying Pan, 24 cm"]
    towels = ["Red Bath Towel", "Blue Bath Towel - Large", "Green Bath Towels"]
    assert level1([pans, towels]) == ["Frying Pan", "Bath Towels"]


def test_what_no_title_ends_in_is_no_name() -> None:
    found = level1([["bamboo lid jar", "bamboo lid bottle", "bamboo lid bowl"], ["red towel"] * 3])
    assert found[0].split()[-1] in {"Jar", "Bottle", "Bowl"}


def test_what_all_categories_have_in_common_names_none() -> None:
    found = level1([["tea jar", "coffee jar", "cocoa jar"], ["pen jar", "ink jar", "chalk jar"]])
    assert not {"Jar", "Jars"} & set(found)


def test_every_topic_has_one_name_and_no_two_are_alike(names: Names) -> None:
    assert len(names.level1) == 4
    assert len(names.level2) == 12
    assert len({name.casefold() for name in written(names)}) == 16


def test_categories_with_the_same_titles_have_different_names() -> None:
    found = level1([["cotton towel"] * 3] * 5)
    assert len({name.casefold() for name in found}) == 5


def test_a_child_does_not_repeat_the_name_of_its_parent() -> None:
    titles = ["frying pan"] * 6 + ["bath towel"] * 4
    words = count_words(titles, titles, [""] * 10)
    level1, level2 = np.repeat([0, 1], [6, 4]), np.repeat([0, 1, -1], [3, 3, 4])
    levels = Levels(level1, level2, np.ones(10, dtype=np.float32), [])
    found = written(name_topics(levels, words, NamingSettings()))
    assert len({name.casefold() for name in found}) == 4


HARD_TITLES = [
    ["The Best 2 pcs of 500 ml Offer", "with free shipping 30cm", "100 % genuine", "1 kg"],
    ["USB_C_cable 3 m", "USB_C_cable 2 m", "hdmi_cable", "12_34"],
    ["áo thun nam", "áo thun nữ"],
    ["x", "y", "!!!"],
    ["Towel", "towels", "TOWEL"],
    ["a & b", "Tom & Jerry mug", "salt & pepper mill", "salt & pepper shaker"],
    ["<script>alert(1)</script> lamp", "desk lamp"],
]


def test_names_have_two_to_forty_characters() -> None:
    for name in level1(HARD_TITLES):
        assert 2 <= len(name) <= 40


def test_a_phrase_that_is_too_long_for_a_menu_is_no_name() -> None:
    found = level1([["internationalized compatibility workstations"] * 3, ["red towel"]])
    assert 2 <= len(found[0]) <= 40


def test_a_single_character_is_no_name() -> None:
    assert len(level1([["茶"] * 3, ["red towel"]])[0]) >= 2


def test_names_hold_no_stop_words_units_numbers_or_underscores(names: Names) -> None:
    for name in [*level1(HARD_TITLES), *written(names)]:
        words = [word for word in name.split() if word != "&"]
        if not name.startswith("Products"):
            assert not {word.casefold() for word in words} & stop_words()
            assert re.fullmatch(
                r"[^\W\d_]+(['-][^\W\d_]+)*( (& )?[^\W\d_]+(['-][^\W\d_]+)*)*", name
            )


def test_brands_are_kept_out_of_names() -> None:
    kettles = ["Acme Kettle", "Acme kettle", "Acme Kettle 2 l"]
    pans = ["Bolt Pan", "Bolt pan", "Bolt Pan 24 cm"]
    brands = [["Acme"] * 3, ["Bolt"] * 3]
    assert written(name_groups([kettles, pans], brands)) == ["Kettle", "Pan"]


def test_outliers_have_no_say_in_a_name() -> None:
    groups = [["iron pan"] * 2 + ["gift card"] * 5, ["bath towel"] * 3]
    held = [[True] * 2 + [False] * 5, [True] * 3]
    assert written(name_groups(groups, held=held))[0] == "Iron Pan"


def test_words_are_written_as_people_write_them() -> None:
    cables = ["usb cable", "USB Cable 2 m", "USB Cable"]
    found = level1([cables, ["women's t-shirt"] * 3, ["crème brûlée"] * 3])
    assert found == ["USB Cable", "Women's T-Shirt", "Crème Brûlée"]


@pytest.mark.parametrize("titles", [["", ""], ["123 456", "7 ml"], ["the and", "with"]])
def test_a_topic_without_describing_titles_still_has_a_name(titles: list[str]) -> None:
    found = level1([titles, ["iron pan"] * 2, titles])
    assert found[1] == "Iron Pan"
    assert all(len(name) >= 2 for name in found)
    assert len(set(found)) == 3
    assert len(set(level1([titles] * 3))) == 3


def test_no_topics_have_no_names() -> None:
    nothing = np.empty(0, dtype=np.int64)
    levels = Levels(nothing, nothing, np.empty(0, dtype=np.float32), [])
    assert name_topics(levels, count_words([], [], []), NamingSettings()) == Names([], [])


def test_another_row_order_gives_the_same_names(shop: Planted, names: Names) -> None:
    order = np.random.default_rng(1).permutation(240)
    texts = [shop.texts[row] for row in order]
    titles = [shop.titles[row] for row in order]
    strengths = np.ones(240, dtype=np.float32)
    levels = Levels(shop.groups[order], shop.subgroups[order], strengths, [])
    again = name_topics(levels, count_words(texts, titles, [""] * 240), NamingSettings())
    assert written(again) == written(names)
    assert [label.keywords for label in again.level1] == [label.keywords for label in names.level1]


def test_keywords_are_the_topics_own_words_heaviest_first(shop: Planted) -> None:
    found = name_topics(shop.levels, shop.words, NamingSettings(n_keywords=4))
    for label, (group, children) in zip(found.level1, SHOP.items(), strict=True):
        terms, weights = zip(*label.keywords, strict=True)
        assert 1 <= len(terms) <= 4
        assert list(weights) == sorted(weights, reverse=True)
        assert all(np.isfinite(weight) and weight > 0 for weight in weights)
        assert set(" ".join(terms).split()) <= {group, *" ".join(children).split()}


def test_no_keyword_repeats_another_and_the_cloud_begins_with_them(names: Names) -> None:
    for label in (*names.level1, *names.level2):
        assert label.cloud[: len(label.keywords)] == label.keywords
        assert len(label.keywords) <= 10
        terms = [set(term.split()) for term, _ in label.cloud]
        assert not any(one <= other for one in terms for other in terms if one is not other)
