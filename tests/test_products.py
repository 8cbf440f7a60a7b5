"""The table of products: one column for each property, and rows that can be taken out of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topicmodel.datatypes import Product, Products
from topicmodel.ingest.growing import GrowingTable

MUG = Product("1", "Mug", "big", {"brand": "Acme", "Colour": "red"}, ("Home", "Mugs"), "mug.png")
JAR = Product("2", "Jar")
PAN = Product("3", "Pan", "flat", {"colour": "größe\ud800"})
TABLE = Products.of([MUG, JAR, PAN])


def test_a_table_gives_back_the_products_that_it_was_made_of() -> None:
    assert list(TABLE) == [MUG, JAR, PAN]
    assert (len(TABLE), TABLE[0], TABLE[-1]) == (3, MUG, PAN)


def test_rows_are_taken_in_the_order_in_which_they_are_named() -> None:
    assert list(TABLE.take(np.array([2, 0, 2]))) == [PAN, MUG, PAN]
    assert list(TABLE.take(np.array([], dtype=np.int64))) == []


def test_columns_that_nobody_knows_stay_unknown() -> None:
    bare = replace(TABLE, descriptions=(), images=(), true_paths=())
    taken = bare.take(np.array([1, 0]))
    assert (taken.descriptions, taken.images, taken.true_paths) == ((), (), ())
    assert taken[1] == Product("1", "Mug", attributes=MUG.attributes)


def test_columns_of_different_lengths_are_no_table() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        replace(TABLE, titles=["Mug"])
    with pytest.raises(ValueError, match="differ in length"):
        replace(TABLE, images=["mug.png"])


def test_attributes_are_found_whatever_the_case_of_their_names() -> None:
    assert TABLE.values_of({"colour", "brand"}) == [("Acme", "red"), (), ("größe\ud800",)]


def test_a_growing_table_keeps_the_last_product_of_an_id_in_the_row_of_the_first() -> None:
    growing = GrowingTable()
    later = replace(MUG, title="Cup", attributes={})
    assert [growing.put(product) for product in (MUG, JAR, later, PAN)] == [True, True, False, True]
    assert len(growing) == 3
    assert list(growing.table()) == [later, JAR, PAN]
