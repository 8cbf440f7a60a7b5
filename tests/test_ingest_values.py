"""Cells of every type as text, attributes, label paths and pictures."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicmodel.ingest.values import attributes_of, image_of, text_of, true_path_of

NUMBERS = st.integers() | st.floats() | st.decimals()
CELLS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("  ", ""),
        ("NaN", ""),
        ("None", ""),
        ("n/a", ""),
        ("NULL", ""),
        (float("nan"), ""),
        (Decimal("Infinity"), ""),
        ("Nonesuch", "Nonesuch"),
        (True, "true"),
        (12, "12"),
        (12.0, "12"),
        (Decimal("12.0"), "12"),
        (Decimal("19.90"), "19.90"),
        (Decimal("1e999999"), "1E+999999"),
        (0.5, "0.5"),
        (["a", None, 2], "a, 2"),
        ({"w": 3, "h": None}, "w: 3"),
        ({"w\0": {"\ud800": 3}}, "w: \ufffd: 3"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff\xd8\xff", ""),
        (datetime.date(2024, 5, 1), "2024-05-01"),
    ],
)
def test_cells_become_text(value: Any, expected: str) -> None:
    assert text_of(value) == expected


@settings(deadline=None)
@given(CELLS)
def test_whatever_a_cell_holds_it_becomes_text_that_can_be_written(value: Any) -> None:
    attributes = attributes_of(value)
    texts = [text_of(value), image_of(value), *true_path_of(value), *attributes.values()]
    assert "\0" not in "".join(texts)
    "".join(texts).encode("utf-8")
    assert all(attributes.values())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Home >> Kitchen >> Mugs", ("Home", "Kitchen", "Mugs")),
        ("Home > Kitchen & Dining > Mugs", ("Home", "Kitchen & Dining", "Mugs")),
        ("Home|Kitchen", ("Home", "Kitchen")),
        ("Home/Kitchen", ("Home", "Kitchen")),
        ("Home/Garden > Pots", ("Home/Garden", "Pots")),
        ("Home", ("Home",)),
        ('["Home >> Kitchen"]', ("Home", "Kitchen")),
        ('["Home", "Food/Drink"]', ("Home", "Food/Drink")),
        ("['Home', 'Kitchen']", ("Home", "Kitchen")),
        ('["Home >> Kit', ("Home", "Kit")),
        (["Home", None, "Food/Drink"], ("Home", "Food/Drink")),
        (["Food/Drink"], ("Food/Drink",)),
        (["Home > Kitchen"], ("Home", "Kitchen")),
        ("nan", ()),
        (None, ()),
        ([], ()),
    ],
)
def test_labels_become_paths(value: Any, expected: tuple[str, ...]) -> None:
    assert true_path_of(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"size": {"w": 3}, "colour": ": red"},
        '{"size": {"w": 3}, "colour": "red"}',
        "{'size': {'w': 3}, 'colour': 'red'}",
        [{"name": "size.w", "value": 3}, {"name": "colour", "value": "red"}],
        [("size", [("w", 3)]), ("colour", "red")],
    ],
)
def test_attributes_are_flat_whatever_their_form(value: Any) -> None:
    assert attributes_of(value) == {"size.w": "3", "colour": "red"}


@pytest.mark.parametrize(
    "value",
    [
        "http://x/1.jpg",
        ["", "http://x/1.jpg", "http://x/2.jpg"],
        '["http://x/1.jpg", "http://x/2.jpg"]',
        [{"url": "http://x/1.jpg"}],
    ],
)
def test_the_first_picture_is_taken(value: Any) -> None:
    assert image_of(value) == "http://x/1.jpg"
