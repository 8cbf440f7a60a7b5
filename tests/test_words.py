from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from topicmodel.datatypes import TermCounts, Words
from topicmodel.words import FEW_TEXTS, count_words, stop_words


def count(titles: Sequence[str], modifiers: Sequence[str] | None = None) -> Words:
    return count_words(titles, titles, modifiers or [""] * len(titles))


def row(counts: TermCounts, place: int) -> dict[str, int]:
    """The terms of one text and how often each stands in it."""
    numbers = counts.counts[[place]].toarray().ravel().tolist()
    return {term: n for term, n in zip(counts.terms, numbers, strict=True) if n}


def phrases(title: str) -> set[str]:
    return set(row(count([title]).titles, 0))


def recount(words: Sequence[str], longest: int) -> Counter[str]:
    runs = [
        words[start : start + n]
        for n in range(1, longest + 1)
        for start in range(len(words) - n + 1)
    ]
    return Counter(map(" ".join, runs))


def test_counts_equal_a_naive_recount() -> None:
    texts = ["red towel red towel", "iron pan iron lid", "towel", ""]
    counted = count(texts)
    for place, text in enumerate(texts):
        words = text.split()
        assert row(counted.body, place) == recount(words, 2)
        assert row(counted.titles, place) == dict.fromkeys(recount(words, 3), 1)
    assert counted.body.counts.shape == (4, len(counted.body.terms))
    assert np.issubdtype(counted.body.counts.dtype, np.integer)


def test_what_describes_nothing_ends_a_phrase() -> None:
    assert phrases("cotton with towel") == {"cotton", "towel"}
    assert phrases("cotton, towel") == {"cotton", "towel"}
    assert phrases("cotton - towel") == {"cotton", "towel"}
    assert phrases("cotton 500 towel") == {"cotton", "towel"}
    assert phrases("cotton 3 kg towel") == {"cotton", "towel"}
    assert phrases("cotton 3kg towel") == {"cotton", "towel"}
    assert phrases("cotton_towel") == {"cotton", "towel"}
    assert phrases("cotton towel") == {"cotton", "towel", "cotton towel"}


def test_no_stop_word_unit_or_number_is_a_term() -> None:
    counted = count(["Best 2 pcs of the cotton towel 500 ml 30cm x 40 cm Rs. 99 free shipping"])
    assert set(counted.body.terms) == {"cotton", "towel", "cotton towel"}


def test_brands_end_the_phrases_of_titles() -> None:
    counted = count(["steel Acme kettle", "Acme pan"], ["ACME", "Acme"])
    assert set(counted.titles.terms) == {"steel", "kettle", "pan"}
    assert row(counted.heads, 0) == {"kettle": 1}


def test_a_word_that_few_brands_share_with_many_titles_stays() -> None:
    counted = count(["apple phone", "apple juice", "apple pie"], ["Apple", "", ""])
    assert "apple juice" in counted.titles.terms


def test_plural_and_singular_are_one_term() -> None:
    counted = count(["bath towel", "bath towels", "bath towels"])
    assert counted.titles.terms == ["bath", "bath towels", "towels"]
    np.testing.assert_array_equal(counted.titles.counts.toarray(), np.ones((3, 3)))
    assert counted.plurals == {"towel": "towels"}


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("berry", "berries"),
        ("cookie", "cookies"),
        ("knife", "knives"),
        ("scarf", "scarves"),
        ("glove", "gloves"),
        ("brush", "brushes"),
        ("box", "boxes"),
        ("case", "cases"),
        ("potato", "potatoes"),
        ("shoe", "shoes"),
        ("dress", "dresses"),
    ],
)
def test_common_ways_to_form_a_plural_are_known(singular: str, plural: str) -> None:
    assert len(count([singular, plural]).titles.terms) == 1


@pytest.mark.parametrize(
    ("word", "other"), [("glas", "glass"), ("viru", "virus"), ("tenni", "tennis")]
)
def test_words_that_only_end_like_a_plural_are_left_alone(word: str, other: str) -> None:
    assert set(count([word, other]).titles.terms) == {word, other}


def test_a_chance_look_alike_is_no_singular() -> None:
    counted = count(["canvas bag"] * 60 + ["canva"])
    assert {"canvas", "canva"} <= set(counted.titles.terms)


@pytest.mark.parametrize(
    "words",
    ["crème brûlée", "größe", "кофе молотый", "καφές", "قهوة عربية", "红色 毛巾", "áo thun"],
)
def test_accents_and_other_scripts_survive(words: str) -> None:
    assert words in phrases(words.title())


@pytest.mark.parametrize("words", ["हरी चाय", "পাটের ব্যাগ", "ชาเขียว", "தேநீர்", "cafe\u0301"])
def test_letters_with_combining_marks_survive(words: str) -> None:
    assert words in phrases(words)


@pytest.mark.parametrize("word", ["don't", "don’t", "you'll", "they're", "we've"])
def test_contractions_describe_nothing(word: str) -> None:
    assert phrases(f"{word} towel") == {"towel"}


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Cotton Bath Towel - Blue, 2 pcs", "cotton bath towel"),
        ("Bath Towel (Large)", "bath towel"),
        ("Bath Towel for Kids", "bath towel"),
        ("Towel | Acme Store", "towel"),
        ("500 ml - Olive Oil, Refined", "olive oil"),
    ],
)
def test_the_head_is_what_the_first_part_of_the_title_ends_in(title: str, head: str) -> None:
    words = head.split()
    endings = {" ".join(words[start:]) for start in range(len(words))}
    assert row(count([title]).heads, 0) == dict.fromkeys(endings, 1)


def test_heads_have_the_terms_of_the_titles() -> None:
    counted = count(["cotton bath towels", "bath towel", "steel pan"])
    assert counted.heads.terms == counted.titles.terms
    assert (counted.heads.counts.toarray() <= counted.titles.counts.toarray()).all()


def test_words_of_a_single_text_are_left_out_of_many_texts() -> None:
    titles = ["cotton towel"] * (FEW_TEXTS - 1)
    assert "kettle" not in count([*titles, "kettle"]).body.terms
    assert "kettle" in count([*titles[1:], "kettle"]).body.terms


def test_another_row_order_gives_the_same_counts() -> None:
    titles = ["bath towel", "bath towels", "steel pan", "pans of steel", "12 34"]
    order = [3, 0, 4, 2, 1]
    counted, shuffled = count(titles), count([titles[place] for place in order])
    assert shuffled.body.terms == counted.body.terms
    assert shuffled.plurals == counted.plurals
    for name in ("body", "titles", "heads"):
        expected = getattr(counted, name).counts.toarray()[order]
        np.testing.assert_array_equal(getattr(shuffled, name).counts.toarray(), expected)


@pytest.mark.parametrize("titles", [[], [""], ["123 456"] * 3, ["the and of"]])
def test_texts_without_words_have_counts_without_terms(titles: list[str]) -> None:
    counted = count(titles)
    for part in (counted.body, counted.titles, counted.heads):
        assert part.counts.shape == (len(titles), 0)
        assert list(part.terms) == []


def test_stop_words_hold_grammar_units_and_what_every_shop_says_but_no_goods() -> None:
    assert {"the", "with", "ml", "pcs", "offer"} <= stop_words()
    assert not stop_words() & {"top", "bottom", "towel"}
