"""Each category says what belongs to it, what does not, how much there is and at which price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from topicmodel.catalogue.definitions import with_definitions
from topicmodel.datatypes import Assignments, Edit, Products, Taxonomy, Topic, TopicId, Tree
from topicmodel.datatypes.products import attributes_as_json
from topicmodel.edits import apply_edits

DRINKS, TEA, COFFEE, TOYS = map(TopicId, ("drinks", "tea", "coffee", "toys"))
VECTORS = {DRINKS: (1.0, 0.0), TEA: (1.0, 0.1), COFFEE: (0.9, 0.2), TOYS: (0.0, 1.0)}


def tree_of(*changed: Topic, tea: int = 3, coffee: int = 2, toys: int = 2) -> Tree:
    """A small shop, with some categories changed."""
    changes = {topic.id: topic for topic in changed}
    topics = [
        Topic(DRINKS, None, 1, "Drinks", (), tea + coffee, ()),
        Topic(TOYS, None, 1, "Toys", (("doll", 2.0), ("puzzle", 1.0)), toys, ()),
        Topic(TEA, DRINKS, 2, "Tea", (), tea, (), includes=("Green Tea", "Tea Bags")),
        Topic(COFFEE, DRINKS, 2, "Coffee", (), coffee, (), (("Drinks > Coffee Beans", 0.9),)),
    ]
    level2 = [TEA] * tea + [COFFEE] * coffee + [None] * toys
    n_products = tea + coffee + toys
    return Tree(
        Taxonomy([changes.get(topic.id, topic) for topic in topics]),
        Assignments(
            product_ids=[f"p{n}" for n in range(n_products)],
            level1=[DRINKS] * (tea + coffee) + [TOYS] * toys,
            level2=level2,
            confidence=np.ones(n_products, dtype=np.float32),
            methods=["core"] * n_products,
        ),
        {topic: np.array(vector, dtype=np.float32) for topic, vector in VECTORS.items()},
        {topic.id: () for topic in topics},
    )


def products_of(tree: Tree, prices: Sequence[str] = (), name: str = "price") -> Products:
    ids = tree.assignments.product_ids
    texts = [attributes_as_json({name: price} if price else {}) for price in prices]
    return Products(ids, ["a title"] * len(ids), texts or [""] * len(ids))


def defined(tree: Tree, products: Products | None = None) -> dict[str, Topic]:
    topics = with_definitions(tree, products or products_of(tree)).taxonomy.topics
    return {topic.name: topic for topic in topics}


def test_a_category_is_defined_by_what_it_holds_and_what_is_near() -> None:
    found = defined(tree_of())
    assert (
        found["Drinks"].definition == "Tea and Coffee. What is near but not here: Toys. 5 products."
    )
    assert found["Tea"].definition == (
        "Green tea and tea bags. What is near but not here: Coffee. 3 products."
    )
    assert found["Tea"].excludes == ("Coffee",)
    assert found["Tea"].includes == ("Green Tea", "Tea Bags")


def test_without_goods_families_are_told_and_without_families_keywords() -> None:
    found = defined(tree_of())
    assert found["Coffee"].definition.startswith("Coffee Beans.")
    assert found["Toys"].definition.startswith("Doll and puzzle.")


def test_what_a_language_model_has_said_stands_first() -> None:
    toys = Topic(TOYS, None, 1, "Toys", (("doll", 2.0),), 2, (), description="Things to play with.")
    found = defined(tree_of(toys))
    assert found["Toys"].definition.startswith("Things to play with. What is near")


def test_names_with_commas_are_kept_apart() -> None:
    tea = Topic(TEA, DRINKS, 2, "Tea, Mate & Chai", (), 3, ())
    assert defined(tree_of(tea))["Drinks"].definition.startswith("Tea, Mate & Chai; Coffee.")


def test_of_many_subcategories_the_largest_are_told() -> None:
    tree = tree_of()
    more = [Topic(TopicId(f"t{n}"), DRINKS, 2, f"Kind {n}", (), 1, ()) for n in range(6)]
    tree = replace(tree, taxonomy=Taxonomy([*tree.taxonomy.topics, *more]))
    assert "Kind 2 and 3 more." in defined(tree)["Drinks"].definition


@pytest.mark.parametrize(
    "name", ["price", "Sale_Price", "selling-price", "price_usd", "sale price inr"]
)
def test_prices_are_told_as_the_shop_writes_them(name: str) -> None:
    tree = tree_of(tea=40, coffee=2)
    prices = [f"${n}" for n in range(10, 50)] + ["$5", "$6"] + ["", ""]
    found = defined(tree, products_of(tree, prices, name))
    assert "40 products, priced from $12 to $47." in found["Tea"].definition
    assert found["Toys"].definition.endswith("2 products.")


@pytest.mark.parametrize("prices", [["$5", "€6", "$7", "€8"], ["", "", "$7", ""], ["cheap"] * 4])
def test_mixed_few_or_unclear_prices_are_not_told(prices: list[str]) -> None:
    tree = tree_of(tea=4, coffee=0, toys=0)
    assert "priced" not in defined(tree, products_of(tree, prices))["Tea"].definition


def test_codes_that_are_called_otherwise_are_no_prices() -> None:
    tree = tree_of()
    assert (
        "priced" not in defined(tree, products_of(tree, ["7"] * 7, "price group"))["Tea"].definition
    )


def test_after_an_edit_definitions_fit_the_new_names_and_sizes() -> None:
    tree = tree_of()
    products = products_of(tree)
    tree = with_definitions(tree, products)
    edits = [Edit("rename", "2026-01-01T00:00:00+00:00", COFFEE, "Coffee & Cocoa")]
    found = {t.id: t for t in apply_edits(tree, edits, products).tree.taxonomy.topics}
    assert found[TEA].definition.endswith("What is near but not here: Coffee & Cocoa. 3 products.")
    assert found[DRINKS].definition.startswith("Tea; Coffee & Cocoa.")


def test_the_tree_that_is_given_stays_as_it_is() -> None:
    tree = tree_of()
    with_definitions(tree, products_of(tree))
    assert all(topic.definition == "" for topic in tree.taxonomy.topics)
