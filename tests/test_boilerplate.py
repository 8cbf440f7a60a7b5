"""Which sentences are the shop's, and which tell of the product."""

from __future__ import annotations

import gzip
import json
import random
import time
from itertools import islice
from pathlib import Path

import pytest

from topicmodel.boilerplate import Text, find_boilerplate, without_boilerplate

DATA = Path(__file__).parents[2] / "shared" / "data"
KINDS = ("teapot", "lamp", "chair", "kettle", "scarf", "ladder", "guitar", "tent", "clock", "spade")
MAKERS = ("Arvid", "Belmo", "Corin", "Dassel", "Edda", "Finno", "Gorm", "Halla")


def shop(line: str, *, kinds: tuple[str, ...] = KINDS) -> list[Text]:
    """80 products of ten kinds, of which those of the given kinds end with the line."""
    return [
        (f"{maker} {kind}", f"{maker}{kind} at its best. {line * (kind in kinds)}".strip())
        for kind in KINDS
        for maker in MAKERS
    ]


def stripped(texts: list[Text]) -> list[str]:
    boilerplate = find_boilerplate(texts)
    return [without_boilerplate(*text, boilerplate) for text in texts]


@pytest.mark.parametrize(
    "line",
    [
        "Only genuine products.",
        "We have traded from the old harbour since long ago.",
        "For tips & more visit https://shop.example/blog",
        "Enviamos desde nuestro almacén en un día.",
    ],
)
def test_a_line_of_the_whole_shop_is_dropped(line: str) -> None:
    texts = shop(line)
    assert stripped(texts) == [description.removesuffix(f" {line}") for _, description in texts]


def test_shop_talk_of_one_department_is_dropped() -> None:
    texts = shop("Free delivery of furniture.", kinds=("lamp", "chair", "ladder"))
    assert not any("delivery" in description for description in stripped(texts))


@pytest.mark.parametrize("kinds", [("teapot",), ("tent", "spade")])
def test_a_sentence_of_few_kinds_stays(kinds: tuple[str, ...]) -> None:
    texts = shop("For a quiet morning outdoors.", kinds=kinds) * 2
    assert stripped(texts) == [description for _, description in texts]


def test_few_products_are_no_evidence() -> None:
    texts = shop("Only genuine products.")[::9]
    assert len(texts) < 10
    assert stripped(texts) == [description for _, description in texts]


def test_titles_without_a_common_word_are_no_evidence() -> None:
    texts = [(f"XK-{n}", text) for n, (_, text) in enumerate(shop("Keeps the feet warm."))]
    assert stripped(texts) == [description for _, description in texts]


def test_numbers_and_the_title_are_folded() -> None:
    texts = [
        (title, f"Buy {title} for Rs.{price} online. {description}")
        for price, (title, description) in enumerate(shop(""), start=100)
    ]
    assert stripped(texts) == [description for _, description in shop("")]


def test_single_words_stay() -> None:
    texts = shop("Black.")
    assert stripped(texts) == [description for _, description in texts]


def test_what_stands_around_the_sentence_stays_as_it_was() -> None:
    boilerplate = find_boilerplate(shop("Only genuine products."))
    described = "Holds 0.5 l. Only genuine products. Rs. 5 | for tea, e.g. green."
    assert (
        without_boilerplate("Mug", described, boilerplate)
        == "Holds 0.5 l. Rs. 5 | for tea, e.g. green."
    )


def test_a_product_without_a_title_keeps_its_only_sentence() -> None:
    boilerplate = find_boilerplate(shop("Only genuine products."))
    assert without_boilerplate("", "Only genuine products.", boilerplate)
    assert not without_boilerplate("Mug", "Only genuine products.", boilerplate)


def test_another_order_finds_the_same() -> None:
    texts = shop("Only genuine products.")
    shuffled = random.Random(0).sample(texts, len(texts))
    assert find_boilerplate(shuffled) == find_boilerplate(texts) != frozenset()


def test_no_boilerplate_comes_from_no_or_empty_texts() -> None:
    assert find_boilerplate([]) == frozenset()
    assert find_boilerplate([("", "")] * 50) == frozenset()


@pytest.mark.parametrize("piece", [".", ".)", "_", "a", "a.", "|", " •", "1", "a1", '."'])
def test_hostile_descriptions_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    find_boilerplate([("Mug", piece * 20_000)] * 2)
    # Seconds apart from the hours that a quadratic pattern would take.
    assert time.perf_counter() - began < 10


def read(name: str, n_products: int) -> list[Text]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, n_products)]
    return [(row["title"], row["description"]) for row in rows]


@pytest.mark.shared_data
@pytest.mark.skipif(not DATA.is_dir(), reason="no development data beside the checkout")
def test_a_marketplace_loses_its_delivery_lines_and_a_fashion_shop_nothing() -> None:
    assert {
        "cash on delivery",
        "only genuine products 0 day replacement guarantee",
        "* at best prices with free shipping cash on delivery",
    } <= find_boilerplate(read("flipkart.jsonl.gz", 1929))
    # Its sentences are about heels, linings and brims, under titles that name no kind.
    assert find_boilerplate(read("hm.jsonl.gz", 10_000)) == frozenset()
