from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from small_shop import documents_of

from topicmodel.naming.brands import Brands
from topicmodel.naming.form import comparison_key, fault, write
from topicmodel.naming.phrases import mine_phrases
from topicmodel.naming.wording import Wording
from topicmodel.text import plain_words
from topicmodel.text.plurals import _without_type_checks

BRANDS = Brands(frozenset({"royal", "oak", "acme"}), frozenset({("royal", "oak"), ("acme",)}))


def written(
    phrase: str,
    titles: Sequence[str],
    descriptions: Sequence[str] | None = None,
    language: str = "en",
) -> str:
    """How a phrase of some titles is written, its words given in the singular."""
    wording = Wording.from_documents(documents_of(titles, descriptions, languages=language))
    phrases = mine_phrases(wording, Brands.of(wording), np.zeros(len(titles), dtype=np.int64))
    return write(phrases, phrases.keys.index(tuple(phrase.split())))


def faulty(name: str) -> str:
    return fault(name, plain_words("en"), BRANDS)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("kettle", "Kettles"),
        ("bread knife", "Bread Knives"),
        ("soap dish", "Soap Dishes"),
        ("berry", "Berries"),
        ("evening dress", "Evening Dresses"),
        ("chef's knife", "Chef's Knives"),
        ("t-shirt", "T-Shirts"),
    ],
)
def test_an_english_name_ends_in_a_plural(singular: str, plural: str) -> None:
    assert written(singular, [f"red {singular}"] * 2) == plural


def test_only_the_noun_is_in_the_plural() -> None:
    titles = ["baking trays liner", "baking trays liner", "steel trays"]
    assert written("trays liner", titles) == "Trays Liners"
    assert written("tray liner", [*titles, "steel tray"]) in {"Tray Liners", "Trays Liners"}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("milk", "Milk"),
        ("jewellery", "Jewellery"),
        ("jewelry", "Jewelry"),
        ("furniture", "Furniture"),
        ("footwear", "Footwear"),
        ("cookware", "Cookware"),
        ("skincare", "Skincare"),
        ("bedding", "Bedding"),
        ("basmati rice", "Basmati Rice"),
    ],
)
def test_what_has_no_plural_stays_in_the_singular(word: str, name: str) -> None:
    assert written(word, [f"white {word}"] * 2) == name


@pytest.mark.parametrize("noun", ["food", "cheese", "pork", "rice", "software", "luggage", "dairy"])
def test_what_has_no_plural_gets_none_though_titles_use_one(noun: str) -> None:
    assert written(noun, [f"good {noun}", f"fine {noun}s"] * 2) == noun.title()


@pytest.mark.parametrize("word", ["jeans", "scissors", "trousers", "headphones", "binoculars"])
def test_what_is_plural_stays_as_it_is(word: str) -> None:
    assert written(word, [f"blue {word}"] * 2) == word.title()


@pytest.mark.parametrize("word", ["USB", "RAM", "LED"])
def test_acronyms_stay_as_they_are(word: str) -> None:
    titles = [f"Charger {word} for cars"] * 2
    assert written(word.lower(), titles) == word
    assert written(f"charger {word.lower()}", titles) == f"Charger {word}"


def test_acronyms_that_titles_put_in_the_plural_keep_their_capitals() -> None:
    assert written("cctv", ["indoor CCTV", "outdoor CCTVs", "small CCTVs"]) == "CCTVs"


def test_a_title_in_capitals_tells_nothing_about_spelling() -> None:
    titles = ["USB CABLE", "USB CABLE", "USB cable 2 m"]
    assert written("usb cable", titles) == "USB Cables"
    assert written("frying pan", ["FRYING PAN", "FRYING PAN", "Frying Pan"]) == "Frying Pans"


def test_long_words_in_capitals_are_written_like_others() -> None:
    titles = ["LEATHER wallet", "LEATHER wallet, brown"]
    assert written("leather wallet", titles) == "Leather Wallets"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("iPhone case", "iPhone Cases"),
        ("women's t-shirt", "Women's T-Shirts"),
        ("crème brûlée", "Crème Brûlée"),
        ("USB cable", "USB Cables"),
        ("WiFi router", "WiFi Routers"),
    ],
)
def test_words_are_written_as_people_write_them(title: str, name: str) -> None:
    assert written(title.lower(), [title, f"{title}, red"]) == name


def test_names_in_other_languages_get_no_english_plural() -> None:
    assert written("funda móvil", ["funda móvil"] * 2, language="es") == "Funda Móvil"
    assert written("teller", ["Teller"] * 2, language="de") == "Teller"


def test_names_without_blanks_stay_so() -> None:
    assert written("浴室 毛巾", ["浴室毛巾"] * 2, language="zh") == "浴室毛巾"


def test_marks_above_and_below_letters_stay() -> None:
    assert written("हरी चाय", ["हरी चाय"] * 2, language="hi") == "हरी चाय"


def test_product_lines_get_no_plural() -> None:
    below = ["you will love the Vertuo on your table"] * 6
    assert written("vertuo", ["coffee maker Vertuo"] * 6, below) == "Vertuo"
    assert written("coffee maker", ["coffee maker Vertuo"] * 6, below) == "Coffee Makers"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smart Watch", "Smartwatches"),
        ("T-Shirt", "tshirts"),
        ("Women's Shoes", "Women’s Shoe"),
        ("Bread Knife", "Bread Knives"),
        ("Battery", "Batteries"),
        ("Wine Glass", "Wine Glasses"),
        ("Kettle", "KETTLES"),
        ("Wi-Fi Routers", "Wifi Router"),
    ],
)
def test_names_that_a_reader_takes_for_one_are_the_same(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Towels", "Bath Towels"),
        ("Towels", "Trowels"),
        ("Towels", "Towels & Curtains"),
        ("Products", "Products 2"),
        ("茶", "茶杯"),
        ("हरा", "हरी"),
        ("Glasses", "Gas"),
        ("Paints", "Paintings"),
        ("Cooks", "Cookers"),
    ],
)
def test_names_that_differ_are_not_the_same(one: str, other: str) -> None:
    assert comparison_key(one) != comparison_key(other)


@pytest.mark.parametrize(
    "name",
    [
        "Kettles",
        "Toys & Games",
        "Women's T-Shirts",
        "Fruit & Vegetables",
        "USB Cables",
        "3D Printers",
        "Care of the Elderly",
        "Oak Furniture",
        "毛巾",
        "Crème Brûlée",
        "हरी चाय",
        "TV",
        "T" * 40,
    ],
)
def test_a_good_name_has_no_fault(name: str) -> None:
    assert faulty(name) == ""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "0 characters"),
        ("T", "1 characters"),
        ("T" * 41, "41 characters"),
        ("<b>Towels</b>", "no plain name"),
        ("usb_cables", "no plain name"),
        ("Towels | Home", "no plain name"),
        ("Towels\nCurtains", "no plain name"),
        ("See https://towels", "no plain name"),
        ("A Cup of Tea and a Big Bun", "no plain name"),
        ("500 Towels", "number"),
        ("500ml Bottles", "number"),
        ("24-Inch Monitors", "number"),
        ("Shelves (12)", "number"),
        ("Towels 2.5", "number"),
        ("123", "number"),
        ("Bags of kg", "unit"),
        ("Xl Towels", "unit"),
        ("Towels With", "stop word"),
        ("The", "stop word"),
        ("Towels for & Curtains", "stop word"),
        ("Towels & More", "stop word"),
        ("Acme Kettles", "brand"),
        ("Kettles & Acme", "brand"),
        ("Royal Oak Chairs", "brand"),
        ("ROYAL OAK", "brand"),
        ("Acme’s Kettles", "brand"),
    ],
)
def test_each_rule_for_names_is_kept(name: str, reason: str) -> None:
    assert reason in faulty(name)


@pytest.mark.parametrize("name", ["  ", "&", "Towels &", "& Towels", "Towels & ", "- -", "!!!"])
def test_a_name_without_words_on_both_sides_is_none(name: str) -> None:
    assert faulty(name)


@pytest.mark.parametrize("name", ["4K TVs", "3D Printers", "5G Phones"])
def test_what_a_thing_is_called_may_hold_a_digit(name: str) -> None:
    assert not faulty(name)


@pytest.mark.parametrize("name", ["-Kettles", "Kettles -", "Kettles/", "Toys &", "Women 's Shoes"])
def test_odd_marks_in_a_name_are_compared_and_judged_without_a_crash(name: str) -> None:
    assert comparison_key(name)
    assert isinstance(faulty(name), str)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [("camera lens", "Camera Lenses"), ("gold earring", "Gold Earrings"), ("bedding", "Bedding")],
)
def test_words_that_only_look_like_plurals_or_as_if_they_had_none(
    singular: str, plural: str
) -> None:
    assert written(singular, [singular.title()]) == plural


def test_other_programs_keep_the_checks_that_inflect_does_without() -> None:
    import typeguard

    before = typeguard.typechecked
    with _without_type_checks():
        assert typeguard.typechecked(len) is len
    assert typeguard.typechecked is before
