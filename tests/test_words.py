from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from topicmodel.datatypes import TermCounts
from topicmodel.text import (
    FEW_TEXTS,
    UNITS,
    Phrase,
    count_words,
    cut,
    fold_plurals,
    plain_words,
)
from topicmodel.text.numbering import cut_all
from topicmodel.text.phrase_numbers import PhraseNumbers


def count(texts: Sequence[str], language: str = "en") -> TermCounts:
    return count_words(texts, [language] * len(texts))


def row(counts: TermCounts, place: int) -> dict[str, int]:
    """The terms of one text and how often each stands in it."""
    numbers = counts.counts[[place]].toarray().ravel().tolist()
    return {term: n for term, n in zip(counts.terms, numbers, strict=True) if n}


def terms(text: str, language: str = "en") -> set[str]:
    return set(row(count([text], language), 0))


def recount(words: Sequence[str]) -> Counter[str]:
    return Counter([*words, *map(" ".join, pairwise(words))])


def test_counts_equal_a_naive_recount() -> None:
    texts = ["red towel red towel", "iron pan iron lid", "towel", ""]
    counted = count(texts)
    for place, text in enumerate(texts):
        assert row(counted, place) == recount(text.split())
    assert counted.counts.shape == (4, len(counted.terms))
    assert np.issubdtype(counted.counts.dtype, np.integer)


def test_no_term_is_longer_than_two_words() -> None:
    assert terms("cotton bath towel") == {"cotton", "bath", "towel", "cotton bath", "bath towel"}


def test_what_describes_nothing_ends_a_phrase() -> None:
    for between in (" with ", ", ", " - ", " – ", " 500 ", " 3 kg ", " 3kg ", "_", "/", " (", "; "):
        assert terms(f"cotton{between}towel") == {"cotton", "towel"}
    assert terms("cotton towel") == {"cotton", "towel", "cotton towel"}


def test_no_stop_word_unit_or_number_is_a_term() -> None:
    text = "Best 2 pcs of the cotton towel 500 ml 30cm x 40 cm Rs. 99 free shipping"
    assert terms(text) == {"cotton", "towel", "cotton towel"}


def test_words_of_one_run_are_lower_case_and_in_their_order() -> None:
    assert cut("Red Bath TOWEL for Kids’ Room", "en") == [["red", "bath", "towel"], ["room"]]


def test_web_addresses_end_a_phrase_and_are_no_terms() -> None:
    text = "green tea from shop.example.com or care@shop.example, https://tea.example/leaf fresh"
    assert [" ".join(run) for run in cut(text, "en")] == ["green tea", "fresh"]


def test_words_that_the_caller_names_end_a_run() -> None:
    assert cut("steel Acme kettle", "en") == [["steel", "acme", "kettle"]]
    assert cut("steel Acme kettle", "en", {"acme"}) == [["steel"], ["kettle"]]


def test_words_that_the_caller_keeps_do_not_end_a_run() -> None:
    assert cut("lunch box blue", "en") == [["lunch"], ["blue"]]
    assert cut("lunch box blue", "en", allowed={"box"}) == [["lunch", "box", "blue"]]


def phrases(texts: Sequence[str], longest: int) -> list[tuple[int, Phrase]]:
    """Row of the text and words of each phrase in it."""
    cut = cut_all(texts, ["en"] * len(texts))
    numbers = PhraseNumbers.of(cut, longest)
    found = numbers.find(cut)
    return [*zip(found.rows.tolist(), numbers.written(found.numbers), strict=True)]


def test_phrases_stay_within_their_run() -> None:
    runs = ["cotton bath towel, blue"]
    assert sorted(phrase for _, phrase in phrases(runs, 2)) == [
        ("bath",),
        ("bath", "towel"),
        ("blue",),
        ("cotton",),
        ("cotton", "bath"),
        ("towel",),
    ]
    assert (0, ("cotton", "bath", "towel")) in phrases(runs, 3)
    assert phrases([], 3) == []


def test_phrases_stay_within_their_text() -> None:
    found = phrases(["cotton", "bath towel"], 3)
    assert sorted(found) == [
        (0, ("cotton",)),
        (1, ("bath",)),
        (1, ("bath", "towel")),
        (1, ("towel",)),
    ]


def test_phrases_have_the_numbers_that_their_words_say() -> None:
    cut = cut_all(["cotton bath towels, towel"], ["en"])
    numbers = PhraseNumbers.of(cut, 2)
    asked = [("towels",), ("bath", "towels"), ("cotton", "kettle")]
    found = numbers.number(asked)
    assert numbers.written(found[:2]) == asked[:2]
    assert found[2] == 0
    assert numbers.lengths(found).tolist() == [1, 2, 0]
    assert numbers.written(numbers.folded(found[:2])) == [("towel",), ("bath", "towel")]


def test_plural_and_singular_are_one_term_in_the_form_that_is_used_most() -> None:
    counted = count(["bath towel", "bath towels", "bath towels"])
    assert counted.terms == ["bath", "bath towels", "towels"]
    np.testing.assert_array_equal(counted.counts.toarray(), np.ones((3, 3)))
    assert "towel" in count(["bath towel", "bath towel", "bath towels"]).terms


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("berry", "berries"),
        ("cookie", "cookies"),
        ("knife", "knives"),
        ("scarf", "scarves"),
        ("glove", "gloves"),
        ("brush", "brushes"),
        ("case", "cases"),
        ("potato", "potatoes"),
        ("shoe", "shoes"),
        ("dress", "dresses"),
        ("lens", "lenses"),
    ],
)
def test_common_ways_to_form_a_plural_are_known(singular: str, plural: str) -> None:
    assert fold_plurals(Counter([singular, plural])) == {plural: singular}
    assert len(count([singular, plural]).terms) == 1


@pytest.mark.parametrize(
    ("word", "other"), [("glas", "glass"), ("viru", "virus"), ("tenni", "tennis")]
)
def test_words_that_only_end_like_a_plural_are_left_alone(word: str, other: str) -> None:
    assert set(count([word, other]).terms) == {word, other}


def test_a_plural_whose_singular_nobody_uses_is_left_alone() -> None:
    assert fold_plurals(Counter({"jeans": 9, "trousers": 4})) == {}


def test_a_chance_look_alike_is_no_singular() -> None:
    assert fold_plurals(Counter({"canvas": 60, "canva": 1})) == {}
    assert {"canvas", "canva"} <= set(count(["canvas bag"] * 60 + ["canva"]).terms)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "crème brûlée"),
        ("de", "größe"),
        ("ru", "кофе молотый"),
        ("el", "καφές"),
        ("ar", "قهوة عربية"),
        ("zh", "红色 毛巾"),
        ("vi", "áo thun"),
        ("hi", "हरी चाय"),
        ("bn", "পাটের ব্যাগ"),
        ("ta", "தேநீர்"),
        ("fr", "cafe\u0301"),
    ],
)
def test_accents_and_other_scripts_survive(language: str, words: str) -> None:
    assert words in terms(words.title(), language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "纯棉毛巾", "毛巾"),
        ("ja", "コーヒーカップ", "コーヒー"),
        ("th", "กระเป๋าหนัง", "กระเป๋า"),
    ],
)
def test_words_are_found_where_a_script_writes_no_blanks(
    language: str, text: str, expected: str
) -> None:
    assert expected in terms(text, language)


def test_each_text_is_read_in_its_own_language() -> None:
    counted = count_words(["funda para mesa", "funda para mesa"], ["es", "en"])
    assert set(row(counted, 0)) == {"funda", "mesa"}
    assert "funda para" in row(counted, 1)


@pytest.mark.parametrize("word", ["don't", "don’t", "you'll", "they're", "we've", "I'm"])
def test_contractions_describe_nothing(word: str) -> None:
    assert terms(f"{word} towel") == {"towel"}


def test_both_apostrophes_are_one() -> None:
    assert count(["women's shirt", "women’s shirt"]).terms == ["shirt", "women's", "women's shirt"]


def test_words_of_a_single_text_are_left_out_of_many_texts() -> None:
    texts = ["cotton towel"] * (FEW_TEXTS - 1)
    assert "kettle" not in count([*texts, "kettle"]).terms
    assert "kettle" in count([*texts[1:], "kettle"]).terms


def test_another_row_order_gives_the_same_counts() -> None:
    texts = ["bath towel", "bath towels", "steel pan", "pans of steel", "12 34"]
    order = [3, 0, 4, 2, 1]
    counted, shuffled = count(texts), count([texts[place] for place in order])
    assert shuffled.terms == counted.terms
    np.testing.assert_array_equal(shuffled.counts.toarray(), counted.counts.toarray()[order])


@pytest.mark.parametrize("texts", [[], [""], ["123 456"] * 3, ["the and of"]])
def test_texts_without_words_have_counts_without_terms(texts: list[str]) -> None:
    counted = count(texts)
    assert counted.counts.shape == (len(texts), 0)
    assert list(counted.terms) == []


@pytest.mark.parametrize(("language", "grammar"), [("en", "the"), ("es", "para"), ("de", "und")])
def test_plain_words_are_grammar_units_and_what_every_shop_says(
    language: str, grammar: str
) -> None:
    assert {grammar, "ml", "offer"} <= plain_words(language)
    assert plain_words(language) >= UNITS


def test_plain_words_name_no_goods() -> None:
    assert not plain_words("en") & {"top", "bottom", "towel", "camera", "home", "computer"}


def test_a_letter_under_many_marks_is_cut_as_quickly_as_any() -> None:
    assert cut("a" + 400 * "\u0323" + "& towel", "en") == [["towel"]]
