from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_words import folded, phrases_within
from small_shop import documents_of

from topicmodel.datatypes import Product, Products
from topicmodel.documents import build_documents
from topicmodel.naming.brands import MIN_CAPITALISED_USES, Brands, proper_nouns
from topicmodel.naming.occurrences import FEW_TEXTS, Occurrences
from topicmodel.naming.phrases import Phrases, mine_phrases
from topicmodel.naming.wording import Wording
from topicmodel.settings import DocumentSettings
from topicmodel.text import cut


def wording_of(
    titles: Sequence[str], descriptions: Sequence[str] | None = None, **told: Sequence[str] | str
) -> Wording:
    return Wording.from_documents(documents_of(titles, descriptions, **told))


def brands_of(titles: Sequence[str], brands: Sequence[str]) -> Brands:
    return Brands.of(wording_of(titles, brands=brands))


def mine(
    titles: Sequence[str],
    descriptions: Sequence[str] | None = None,
    *,
    topics: Sequence[int] | None = None,
    **told: Sequence[str] | str,
) -> Phrases:
    """Phrases of one topic, unless told otherwise."""
    wording = wording_of(titles, descriptions, **told)
    return mine_phrases(wording, Brands.of(wording), np.array(topics or [0] * len(titles)))


def found(phrases: Phrases) -> set[str]:
    return {" ".join(key) for key in phrases.keys}


def column(phrases: Phrases, phrase: str) -> int:
    return phrases.keys.index(tuple(phrase.split()))


def heads(title: str, language: str = "en") -> set[str]:
    """What a title says that the product is."""
    phrases = mine([title], languages=language)
    return {
        " ".join(key) for key, n in zip(phrases.keys, phrases.heads.toarray()[0], strict=True) if n
    }


def test_the_wording_of_a_text_is_that_of_the_product_that_stands_for_it() -> None:
    documents = documents_of(["Pan", "Mug"], brands=["Bolt", "Acme"], colours=["", "red"])
    turned = type(documents)(
        **{
            **{field.name: getattr(documents, field.name) for field in fields(documents)},
            "texts": documents.texts[::-1],
            "product_of_text": np.array([1, 0]),
        }
    )
    wording = Wording.from_documents(turned)
    assert (wording.titles, wording.texts) == (["Mug", "Pan"], ["Mug", "Pan"])
    assert (wording.brands, wording.colours) == ([("Acme",), ("Bolt",)], ["red", ""])
    assert wording.of([1]).titles == ["Pan"]


@pytest.mark.parametrize(
    ("brand", "words"),
    [
        ("Acme", "acme"),
        ("ACME", "acme kettle"),
        ("Royal Oak", "blue royal oak chair"),
        ("L'Oréal", "l'oréal shampoo"),
        ("Johnson & Johnson", "johnson johnson"),
        ("红牛", "红牛"),
    ],
)
def test_a_brand_is_found_within_a_run_of_words(brand: str, words: str) -> None:
    assert brands_of([f"{brand} Thing"], [brand]).within(tuple(words.split()))


def test_a_part_of_a_brand_is_no_brand() -> None:
    brands = brands_of(["Royal Oak Chair"], ["Royal Oak"])
    assert not brands.within(("oak", "chair"))
    assert not brands.within(("royal", "blue"))
    assert not brands.within(())


def test_a_brand_that_no_title_has_is_one_nevertheless() -> None:
    assert brands_of(["Steel Kettle"], ["Acme"]).within(("acme", "kettle"))


def test_without_brands_nothing_is_one() -> None:
    brands = brands_of(["Steel Kettle", ""], ["", " "])
    assert brands == Brands(frozenset(), frozenset())
    assert not brands.within(("steel", "kettle"))


def test_a_rare_brand_of_which_titles_speak_as_of_a_thing_is_overlooked() -> None:
    titles = ["Care lotion", *["skin care lotion"] * 20]
    assert not brands_of(titles, ["Care", *[""] * 20]).within(("skin", "care"))


def test_a_rare_brand_that_titles_write_like_a_brand_is_one() -> None:
    titles = ["Nokia phone", *["case for Nokia phones"] * 20]
    assert brands_of(titles, ["Nokia", *[""] * 20]).within(("nokia", "case"))


def test_a_brand_of_many_products_is_one_however_it_is_written() -> None:
    assert brands_of(["care lotion"] * 5, ["Care"] * 5).within(("care",))


def test_words_that_mostly_are_brand_or_colour_are_told() -> None:
    wording = wording_of(
        ["Acme red mug", "Acme red pan", "oak shelf", "oak table", "Oak blue lamp"],
        brands=["Acme", "Acme", "", "", "Oak"],
        colours=["Red", "red", "", "", "sky blue"],
    )
    assert Brands.of(wording).words == {"acme", "red", "blue"}


def test_names_in_running_text_are_told_by_their_capitals() -> None:
    titles = [f"pot {n}" for n in "abcdefgh"]
    texts = [f"{title}. You brew with Vertuo at home. Your tea is with milk" for title in titles]
    assert proper_nouns(titles, texts) == {"vertuo"}


def test_a_capital_at_the_start_of_a_sentence_tells_nothing() -> None:
    texts = ["pot. It is good. Kettle for tea. Kettle for all."] * 9
    assert proper_nouns(["pot"] * 9, texts) == frozenset()


def test_capitals_of_headlines_and_titles_tell_nothing() -> None:
    texts = ["my Vertuo pot. it has The Best Kettle Of All and is made OF STEEL"] * 9
    assert "kettle" not in proper_nouns(["my Vertuo pot"] * 9, texts)
    assert "vertuo" not in proper_nouns(["my Vertuo pot"] * 9, texts)
    assert "steel" not in proper_nouns(["my Vertuo pot"] * 9, texts)


def test_a_word_that_is_mostly_written_small_is_no_name() -> None:
    texts = ["pot. you use the Kettle here"] * 6 + ["pot. you use the kettle here"] * 4
    assert proper_nouns(["pot"] * 10, texts) == frozenset()


def test_few_capitals_make_no_name() -> None:
    texts = ["pot. you brew with Vertuo today"] * MIN_CAPITALISED_USES
    assert proper_nouns(["pot"] * len(texts), texts) == {"vertuo"}
    assert proper_nouns(["pot"] * len(texts[1:]), texts[1:]) == frozenset()


def test_phrases_have_up_to_three_words_of_titles_and_two_of_descriptions() -> None:
    phrases = mine(["cotton bath towel"], ["heavy organic terry cloth"])
    assert "cotton bath towel" in found(phrases)
    assert not {"heavy", "terry cloth"} & found(phrases)
    twice = found(mine(["cotton bath towel"] * 2, ["heavy organic terry cloth"] * 2))
    assert {"heavy", "terry cloth"} <= twice
    assert "organic terry cloth" not in twice


def test_phrases_of_single_titles_are_left_out_of_many_titles() -> None:
    titles = ["cotton towel"] * (FEW_TEXTS - 1)
    assert "kettle" not in found(mine([*titles, "kettle"]))
    assert "kettle" in found(mine([*titles[1:], "kettle"]))


def test_phrases_hold_neither_brands_nor_colours() -> None:
    phrases = mine(
        ["steel Acme kettle", "crimson pan", "Royal Oak chair"],
        brands=["Acme", "", "Royal Oak"],
        colours=["", "Crimson", ""],
    )
    words = {word for key in phrases.keys for word in key}
    assert words == {"steel", "kettle", "pan", "chair"}


def test_words_around_a_brand_make_no_phrase() -> None:
    assert "steel kettle" not in found(mine(["steel Acme kettle"], brands=["Acme"]))


def test_what_is_cut_out_of_a_brand_describes_nothing() -> None:
    titles = ["Royal Oak chair", "oak table", "oak bench", "oak shelf", "royal jelly", "royal tea"]
    phrases = mine(titles, brands=["Royal Oak", *[""] * 5])
    assert {"oak table", "royal jelly"} <= found(phrases)
    assert "oak chair" not in found(phrases)


def test_phrases_are_counted_where_they_stand() -> None:
    phrases = mine(["bath towel", "bath mat"], ["a soft towel", "for a towel"])
    towel, mat = column(phrases, "towel"), column(phrases, "mat")
    assert phrases.titles.toarray()[:, [towel, mat]].tolist() == [[1, 0], [0, 1]]
    assert phrases.texts.toarray()[:, [towel, mat]].tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    "title", ["bath towel towel", "lunch box", "trash can", "Steel Pan, 24 cm", "TV Unit"]
)
def test_a_text_has_every_phrase_of_its_title(title: str) -> None:
    phrases = mine([title, "red mug"])
    titles, texts = phrases.titles.toarray(), phrases.texts.toarray()
    assert titles.any()
    assert (titles <= texts).all()
    assert (phrases.heads.toarray() <= titles).all()


def test_plural_and_singular_are_one_phrase_in_the_form_that_is_used_most() -> None:
    phrases = mine(["bread knife", "bread knives", "bread knives"])
    assert phrases.forms[column(phrases, "bread knife")] == ("bread", "knives")
    assert phrases.plurals == {"knife": "knives"}


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Cotton Bath Towel - Blue, 2 pcs", "cotton bath towel"),
        ("Bath Towel (Large)", "bath towel"),
        ("Bath Towel for Kids", "bath towel"),
        ("Bath Towel with Hood", "bath towel"),
        ("Towel | Acme Store", "towel"),
        ("Towel – Acme Store", "towel"),
        ("500 ml - Olive Oil, Refined", "olive oil"),
        ("Thick Soft Cotton Bath Towel", "cotton bath towel"),
    ],
)
def test_the_head_is_what_the_first_part_of_a_title_ends_in(title: str, head: str) -> None:
    words = head.split()
    assert heads(title) == {" ".join(words[start:]) for start in range(len(words))}


def test_the_head_of_a_spanish_title_is_its_first_word() -> None:
    assert heads("Funda Móvil Silicona para Coche", "es") == {
        "funda",
        "funda móvil",
        "funda móvil silicona",
    }


def test_the_noun_leads_in_spanish_and_follows_in_english() -> None:
    spanish, english = mine(["Funda Móvil"] * 2, languages="es"), mine(["Bath Towel"] * 2)
    assert spanish.nouns[column(spanish, "funda móvil")] == 0
    assert english.nouns[column(english, "bath towel")] == 1
    assert not spanish.english.any()
    assert english.english.all()


def test_headness_is_how_often_a_word_is_what_a_title_is_about() -> None:
    phrases = mine(["bath towel", "beach towel", "towel rack", "towel warmer"])
    assert phrases.headness[column(phrases, "towel")] == 0.5
    assert phrases.headness[column(phrases, "towel rack")] == 1
    assert phrases.headness[column(phrases, "bath")] == 0


def test_prose_is_how_often_descriptions_say_the_word_of_the_title() -> None:
    phrases = mine(["oak chair", "elm chair"], ["a chair of wood", "sit on it"])
    assert phrases.prose[column(phrases, "chair")] == 0.5
    assert phrases.prose[column(phrases, "oak")] == 0


def test_a_word_of_all_topics_makes_a_phrase_vague() -> None:
    titles = ["modern chair", "oak chair", "modern lamp", "modern rug"]
    phrases = mine(titles, topics=[0, 0, 1, 2])
    assert phrases.vague[column(phrases, "modern chair")] > 0.9
    assert phrases.vague[column(phrases, "oak chair")] < 0.1
    assert phrases.vague[column(phrases, "chair")] == 0


def test_another_row_order_gives_the_same_phrases() -> None:
    titles = ["bath towel", "bath towels", "steel pan", "pans of steel", "12 34"]
    order = [3, 0, 4, 2, 1]
    phrases = mine(titles, topics=[0, 0, 1, 1, 2])
    again = mine([titles[row] for row in order], topics=[1, 0, 2, 1, 0])
    assert (again.keys, again.forms, again.nouns) == (phrases.keys, phrases.forms, phrases.nouns)
    np.testing.assert_array_equal(again.heads.toarray(), phrases.heads.toarray()[order])
    for name in ("headness", "prose", "vague", "names", "english"):
        np.testing.assert_allclose(getattr(again, name), getattr(phrases, name))


@pytest.mark.parametrize("titles", [[], ["", "12 kg"]])
def test_titles_without_words_have_no_phrases(titles: list[str]) -> None:
    phrases = mine(titles)
    assert phrases.keys == []
    assert phrases.titles.shape == (len(titles), 0)


def test_every_brand_of_a_product_is_cut_out_of_its_title() -> None:
    makers = {"brand": "BOSCH", "maker": "Bosch GmbH"}
    product = Product("1", "BOSCH Bosch GmbH Drill", attributes=makers)
    wording = Wording.from_documents(build_documents(Products.of([product]), DocumentSettings()))
    assert wording.brands == [("BOSCH", "Bosch GmbH")]
    assert Brands.of(wording).within(("bosch", "drill"))
    assert wording.without_brands(0)[0].split()[-1] == "Drill"


def test_a_german_title_says_what_it_is_before_what_it_is_for() -> None:
    assert heads("Hülle für Samsung Galaxy", "de") == {"hülle"}


def test_a_share_of_many_texts_is_even_and_has_the_rows_that_are_wanted() -> None:
    wording = wording_of([f"Kettle {letter}" for letter in "abcdefghij"])
    chosen = wording.sample(4, rows=[4, 3]).titles
    assert chosen == [wording.titles[row] for row in (0, 3, 4, 6, 9)]
    assert wording.sample(10) is wording


@given(
    st.lists(
        st.lists(st.sampled_from(["pans", "pan", "steel", "boxes", "box", "the", ","]), max_size=7),
        min_size=1,
        max_size=12,
    )
)
def test_phrases_stand_where_the_texts_have_them(rows: list[list[str]]) -> None:
    wording = wording_of([" ".join(row) or "x" for row in rows])
    found = Occurrences.of(wording, frozenset())
    expected = [
        {
            folded(phrase, found.singulars)
            for phrase in phrases_within(cut(title, "en", frozenset(), {"box", "boxes"}), 3)
        }
        for title in wording.titles
    ]
    assert found.keys == sorted(set().union(*expected))
    for row, held in enumerate(expected):
        columns = found.titles[row].indices
        assert {found.keys[column] for column in columns} == held
        assert set(columns) == set(found.texts[row].indices)
    assert all(
        folded(form, found.singulars) == key
        for form, key in zip(found.forms, found.keys, strict=True)
    )
    assert (found.titles.data == 1).all()


def test_a_phrase_is_shown_in_the_form_that_is_used_most() -> None:
    found = Occurrences.of(wording_of(["steel pans", "Steel pans, pan", "red pan"]), frozenset())
    forms = dict(zip(found.keys, found.forms, strict=True))
    assert forms[("steel", "pan")] == ("steel", "pans")
    # As often as the other one, and further down in the alphabet.
    assert forms[("pan",)] == ("pans",)
    assert found.words["pan"] == (3, 3, 3)
