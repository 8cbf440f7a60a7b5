from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import SHOP, Planted, plant
from small_shop import called, documents_of, encode, levels_of, names_of, tree_names
from tiny_encoder import TinyEncoder

from topicmodel.datatypes import Documents, Levels
from topicmodel.naming import describe_topics, name_topics
from topicmodel.naming.form import comparison_key
from topicmodel.naming.names import MEMBERS_PER_LEAF
from topicmodel.settings import NamingSettings
from topicmodel.text import plain_words
from topicmodel.text.languages import split_words

PLAIN_NAME = re.compile(r"[^\W\d_]+(['’-][^\W\d_]+)*( (& )?[^\W\d_]+(['’-][^\W\d_]+)*)*")


@pytest.fixture(scope="module")
def shop() -> Planted:
    """Its vectors say what its titles say."""
    planted = plant()
    return replace(planted, vectors=encode(planted.titles))


@pytest.fixture(scope="module")
def names(shop: Planted) -> tuple[list[str], list[str]]:
    return called(name_topics(shop.documents, shop.vectors, shop.levels, encode))


def halves(name: str) -> list[str]:
    return name.split(" & ")


def words_of(name: str) -> set[str]:
    return {word.casefold() for half in halves(name) for word in half.split()}


def test_planted_subgroups_are_called_what_they_sell(names: tuple[list[str], list[str]]) -> None:
    assert names[1] == [
        *("Cotton Towels", "Shower Curtains", "Soap Dishes"),
        *("Lawn Mowers", "Bird Feeders", "Flower Pots"),
        *("Acoustic Guitars", "Drum Sticks", "Violin Bows"),
        *("Basmati Rice", "Olive Oils", "Black Peppers"),
    ]


def test_planted_groups_are_called_by_two_of_their_subgroups(
    names: tuple[list[str], list[str]],
) -> None:
    for place, name in enumerate(names[0]):
        children = names[1][3 * place : 3 * place + 3]
        assert len(halves(name)) == 2
        assert set(halves(name)) <= set(children)


def test_a_category_is_called_what_its_titles_end_in() -> None:
    pans = ["Steel Frying Pan", "Iron Frying Pan", "Copper Frying Pan, 24 cm"]
    towels = ["Red Bath Towel", "Blue Bath Towel - Large", "Green Bath Towels"]
    assert names_of([pans, towels]) == ["Frying Pans", "Bath Towels"]


def test_what_no_title_ends_in_is_no_name() -> None:
    found = names_of([["bamboo lid jar", "bamboo lid bottle", "bamboo lid bowl"], ["towel"] * 3])
    assert found[0].split()[-1] in {"Jars", "Bottles", "Bowls"}


def test_what_all_categories_have_in_common_names_none() -> None:
    found = names_of([["tea jar"] * 3 + ["coffee jar"], ["pen jar"] * 3 + ["ink jar"]])
    assert found == ["Tea Jars", "Pen Jars"]


def test_children_are_named_by_what_tells_them_apart() -> None:
    shoes = ["running shoe"] * 4 + ["walking shoe"] * 4 + ["dance shoe"] * 4
    documents = documents_of([*shoes, *["frying pan"] * 4])
    levels = levels_of(np.repeat([0, 1], [12, 4]), np.repeat([0, 1, 2, -1], 4))
    parents, children = tree_names(documents, levels)
    assert parents[0].split()[-1] == "Shoes"
    assert len({child for child in children if child.endswith(" Shoes")}) >= 2
    assert "Shoes" not in children


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("steel kettle", "Steel Kettles"),
        ("bread knife", "Bread Knives"),
        ("goat milk", "Goat Milk"),
        ("silver jewellery", "Silver Jewellery"),
        ("hiking footwear", "Hiking Footwear"),
        ("denim jeans", "Denim Jeans"),
        ("desk RAM", "Desk RAM"),
        ("USB charger", "USB Chargers"),
        ("women's t-shirt", "Women's T-Shirts"),
        ("crème brûlée", "Crème Brûlée"),
    ],
)
def test_names_are_written_as_people_write_them(title: str, name: str) -> None:
    assert names_of([[title] * 4, ["frying pan"] * 4])[0] == name


def test_two_halves_of_a_category_are_joined() -> None:
    home = ["wool rug", "round rug", "silk rug"] * 2 + ["oak shelf", "pine shelf", "tall shelf"] * 2
    name, pans = names_of([home, ["frying pan"] * 4])
    assert {half.split()[-1] for half in halves(name)} == {"Rugs", "Shelves"}
    assert pans == "Frying Pans"


def test_one_phrase_is_enough_where_it_covers_all() -> None:
    shelves = ["oak shelf", "pine shelf", "steel shelf", "glass shelf", "tall shelf", "round rug"]
    assert names_of([shelves, ["frying pan"] * 4])[0] == "Shelves"


def test_a_small_remainder_is_no_half() -> None:
    mixed = ["oak shelf"] * 6 + ["wool rug"]
    assert names_of([mixed, ["frying pan"] * 4])[0] == "Oak Shelves"


def test_near_synonyms_are_not_joined() -> None:
    def one_sofa(texts: Sequence[str]) -> np.ndarray:
        return encode(
            [text.lower().replace("couches", "sofas").replace("couch", "sofa") for text in texts]
        )

    titles = ["grey sofa", "wide sofa", "low sofa"] * 2 + ["grey couch", "wide couch"] * 3
    documents = documents_of([*titles, *["frying pan"] * 6])
    levels = levels_of(np.repeat([0, 1], [12, 6]))
    both, _ = called(name_topics(documents, encode(documents.products.titles), levels, encode))
    one, _ = called(name_topics(documents, one_sofa(documents.products.titles), levels, one_sofa))
    assert len(halves(both[0])) == 2
    assert len(halves(one[0])) == 1


def test_the_two_halves_of_a_name_share_no_word() -> None:
    # Mixed so that no single phrase covers half of the titles.
    goods = ["oak desk lamp", "iron floor lamp", "wall lamp", "desk fan", "floor fan", "wall fan"]
    found = names_of([goods * 2, ["frying pan"] * 4, ["desk mat", "bath mat", "rug"] * 3])
    assert [len(halves(name)) for name in found] == [2, 1, 2]
    for name in found:
        first, *second = map(words_of, halves(name))
        assert not any(first & other for other in second)


def test_the_two_halves_of_a_name_in_chinese_share_no_word() -> None:
    # An encoder of whole phrases, for which all towels are unlike.
    phrase_encoder = TinyEncoder().encode
    titles = ["柔软毛巾", "浴室毛巾", "柔软毛巾", "浴室毛巾", "柔软地毯", "平底锅", "平底锅"]
    documents = documents_of(titles, languages="zh")
    vectors, levels = phrase_encoder(titles), levels_of([0, 0, 0, 0, 0, 1, 1])
    for name in called(name_topics(documents, vectors, levels, phrase_encoder))[0]:
        first, *second = (set(split_words(half).split()) for half in halves(name))
        assert not any(first & other for other in second)


@pytest.mark.parametrize("largest", [0, 1, 2])
def test_the_largest_child_leads_the_name_of_its_parent(largest: int) -> None:
    sizes = [4 * MEMBERS_PER_LEAF if child == largest else MEMBERS_PER_LEAF for child in range(3)]
    goods = np.repeat(["oak shelf", "wool rug", "tea pot"], sizes).tolist()
    documents = documents_of([*goods, *["frying pan"] * 4])
    level1, level2 = (
        np.repeat([0, 1], [6 * MEMBERS_PER_LEAF, 4]),
        np.repeat([0, 1, 2, -1], [*sizes, 4]),
    )
    parents, _ = tree_names(documents, levels_of(level1, level2))
    assert halves(parents[0])[0] == ("Oak Shelves", "Wool Rugs", "Tea Pots")[largest]


def test_every_topic_has_one_name_and_no_two_are_alike(
    names: tuple[list[str], list[str]],
) -> None:
    assert [len(level) for level in names] == [4, 12]
    assert len({comparison_key(name) for level in names for name in level}) == 16


def test_categories_with_the_same_titles_have_different_names() -> None:
    found = names_of([["cotton towel"] * 3] * 5)
    assert len({comparison_key(name) for name in found}) == 5


def test_names_that_a_reader_takes_for_one_are_given_once() -> None:
    found = names_of([["smart watch"] * 4, ["smartwatch"] * 4, ["smartwatches"] * 4])
    assert len({name.casefold().replace(" ", "").removesuffix("es") for name in found}) == 3


def test_a_child_does_not_repeat_the_name_of_its_parent_nor_of_a_sibling() -> None:
    documents = documents_of(["frying pan"] * 6 + ["bath towel"] * 4)
    for children in ([0, 0, 0, 1, 1, 1], [0] * 6):
        level2 = [*children, *[-1] * 4]
        first, second = tree_names(documents, levels_of([0] * 6 + [1] * 4, level2))
        assert len({comparison_key(name) for name in (*first, *second)}) == 2 + len(set(children))


def test_topics_of_other_parents_do_not_share_a_name_either() -> None:
    documents = documents_of(["gift card", "gift card", "tea pot", "tea pot"] * 2)
    level1, level2 = np.repeat([0, 1], 4), [0, 0, 1, 1, 2, 2, 3, 3]
    first, second = tree_names(documents, levels_of(level1, level2))
    assert len({comparison_key(name) for name in (*first, *second)}) == 6


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
    for name in names_of(HARD_TITLES):
        assert 2 <= len(name) <= 40


def test_a_phrase_that_is_too_long_for_a_menu_is_no_name() -> None:
    found = names_of([["internationalized compatibility workstations"] * 3, ["red towel"]])
    assert found[0] == "Compatibility Workstations"


def test_a_single_character_is_no_name() -> None:
    assert len(names_of([["茶"] * 3, ["red towel"]], languages="zh")[0]) >= 2


def test_names_hold_no_stop_words_units_numbers_or_underscores(
    names: tuple[list[str], list[str]],
) -> None:
    for name in [*names_of(HARD_TITLES), *names[0], *names[1]]:
        if not re.fullmatch(r"Products( [A-Z])?", name):
            assert not words_of(name) & plain_words("en")
            assert PLAIN_NAME.fullmatch(name)


def test_brands_are_kept_out_of_names() -> None:
    kettles = ["Acme Kettle", "Acme kettle", "Acme Kettle 2 l"]
    pans = ["Bolt Pan", "Bolt pan", "Bolt Pan 24 cm"]
    found = names_of([kettles, pans], brands=["Acme"] * 3 + ["BOLT"] * 3)
    assert found == ["Kettles", "Pans"]


def test_a_brand_of_several_words_is_kept_out_of_names() -> None:
    chairs = ["Royal Oak Chair", "Chair Royal Oak", "Royal Oak chair, brown"]
    tables = ["oak table", "Oak Table", "oak table, round"] * 2
    found = names_of([chairs, tables], brands=["Royal Oak"] * 3 + [""] * 6)
    assert found == ["Chairs", "Oak Tables"]


def test_a_brand_that_is_called_like_a_thing_does_not_take_its_name_away() -> None:
    groups = [["hair care", "winter hair care", "summer hair care"] * 4, ["frying pan"] * 4]
    below = ["hair care with argan oil"] * 12 + [""] * 4
    found = names_of(groups, descriptions=below, brands=["Care"] + [""] * 15)
    assert found[0] == "Hair Care"


def test_colours_are_kept_out_of_names() -> None:
    groups = [["crimson towel"] * 4, ["teal pan"] * 4]
    assert names_of(groups) == ["Crimson Towels", "Teal Pans"]
    assert names_of(groups, colours=["Crimson"] * 4 + ["teal"] * 4) == ["Towels", "Pans"]


def test_outliers_have_no_say_in_a_name() -> None:
    documents = documents_of(["iron pan"] * 2 + ["gift card"] * 5 + ["bath towel"] * 3)
    topics = np.repeat([0, 1], [7, 3])
    held = np.repeat([1.0, 0.0, 1.0], [2, 5, 3])
    assert tree_names(documents, levels_of(topics, strengths=held))[0][0] == "Iron Pans"
    assert tree_names(documents, levels_of(topics))[0][0] == "Gift Cards"


def test_a_topic_of_outliers_alone_is_named_by_them() -> None:
    documents = documents_of(["gift card"] * 3 + ["bath towel"] * 3)
    levels = levels_of([0, 0, 0, 1, 1, 1], strengths=[0, 0, 0, 1, 1, 1])
    assert tree_names(documents, levels)[0] == ["Gift Cards", "Bath Towels"]


def test_spanish_names_begin_with_what_the_product_is() -> None:
    covers = ["Funda de móvil roja", "Funda de móvil azul", "Funda de móvil negra"]
    shoes = ["Zapatos de mujer rojos", "Zapatos de niño", "Zapatos de mujer negros"]
    assert names_of([covers, shoes], languages="es") == ["Funda", "Zapatos"]


def test_spanish_names_take_no_english_plural() -> None:
    watches = ["Reloj deportivo", "Reloj deportivo negro", "Reloj deportivo digital"]
    shirts = ["Camisa blanca", "Camisa blanca hombre", "Camisa blanca mujer"]
    found = names_of([watches, shirts], languages="es")
    assert all(name.split()[0] in {"Reloj", "Camisa"} for name in found)
    assert not any(word.endswith("s") for name in found for word in name.split())


def test_names_in_chinese_are_written_without_blanks() -> None:
    towels, kettles = ["纯棉毛巾", "纯棉毛巾 大"], ["电热水壶", "电热水壶 白"]
    found = names_of([towels * 2, kettles * 2], languages="zh")
    assert found[0].endswith("毛巾")
    assert found[1].endswith("水壶")
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{2,}", name) for name in found)


@pytest.mark.parametrize("titles", [["", ""], ["123 456", "7 ml"], ["the and", "with"]])
def test_a_topic_without_describing_titles_still_has_a_name(titles: list[str]) -> None:
    found = names_of([titles, ["iron pan"] * 2, titles])
    assert found[1] == "Iron Pans"
    assert all(len(name) >= 2 for name in found)
    assert len(set(found)) == 3
    assert len(set(names_of([titles] * 3))) == 3


def test_no_topics_have_no_names() -> None:
    assert tree_names(documents_of([]), levels_of([])) == ([], [])


def test_another_row_order_gives_the_same_names(
    shop: Planted, names: tuple[list[str], list[str]]
) -> None:
    documents, vectors, levels = shuffled(shop)
    assert called(name_topics(documents, vectors, levels, encode)) == names


def test_all_phrases_are_encoded_in_one_call(shop: Planted) -> None:
    calls: list[Sequence[str]] = []

    def noted(texts: Sequence[str]) -> np.ndarray:
        calls.append(texts)
        return encode(texts)

    name_topics(shop.documents, shop.vectors, shop.levels, noted)
    (texts,) = calls
    assert len(texts) == len(set(texts))


def test_inputs_are_left_as_they_were(shop: Planted) -> None:
    before = shop.vectors.copy(), shop.groups.copy(), shop.subgroups.copy()
    name_topics(shop.documents, shop.vectors, shop.levels, encode)
    after = shop.vectors, shop.groups, shop.subgroups
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_bring_names_and_keywords_together(
    shop: Planted, names: tuple[list[str], list[str]]
) -> None:
    labels = describe_topics(
        shop.documents, shop.words, shop.vectors, shop.levels, encode, NamingSettings(n_keywords=4)
    )
    assert ([label.name for label in labels.level1], [label.name for label in labels.level2]) == (
        names
    )
    for label, (group, children) in zip(labels.level1, SHOP.items(), strict=True):
        assert 1 <= len(label.keywords) <= 4
        terms = " ".join(term for term, _ in label.keywords).split()
        assert set(terms) <= {group, *" ".join(children).split()}


WORDS = (
    "red Towel towels USB usb_c the 2 500ml & - x áo 毛巾 हरी 's Knife knives T-Shirt for "
    "internationalization compatibility"
)
TITLES = st.lists(st.sampled_from(WORDS.split()) | st.text(max_size=8), max_size=6).map(" ".join)
ROWS = st.lists(st.tuples(TITLES, st.integers(0, 2), st.integers(-1, 1)), min_size=1, max_size=14)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_whatever_the_titles_say_names_fit_a_menu_and_are_unique(
    rows: list[tuple[str, int, int]],
) -> None:
    titles, parents, _ = zip(*rows, strict=True)
    level1 = np.unique(parents, return_inverse=True)[1]
    inside = sorted({row[1:] for row in rows if row[2] >= 0})
    level2 = [inside.index(row[1:]) if row[2] >= 0 else -1 for row in rows]
    first, second = tree_names(documents_of(titles), levels_of(level1, level2))
    assert (len(first), len(second)) == (len(set(parents)), len(inside))
    assert len({comparison_key(name) for name in (*first, *second)}) == len(first) + len(second)
    for name in (*first, *second):
        assert 2 <= len(name) <= 40
        assert name == " ".join(name.split())
        assert not re.search(r"[_<>\x00-\x1f]", name)


def shuffled(shop: Planted) -> tuple[Documents, np.ndarray, Levels]:
    """The same texts in another order."""
    order = np.random.default_rng(1).permutation(len(shop.texts))
    documents = replace(
        shop.documents,
        products=replace(shop.documents.products, titles=[shop.titles[row] for row in order]),
        texts=[shop.texts[row] for row in order],
    )
    levels = replace(shop.levels, level1=shop.groups[order], level2=shop.subgroups[order])
    return documents, shop.vectors[order], levels
