"""What is said of a catalogue: what a category is made of, which way was taken, what changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_changes import fake_changes, nothing_changed

from topicmodel.datatypes import CatalogueRecord, ChangeReport
from topicmodel.datatypes.catalogue_wording import catalogue_change, main_goods, way_taken

CARE = (("Beauty > Skin Care", 0.54), ("Beauty > Hair Care", 0.2))


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        (CARE, "mostly Skin Care 54%, Hair Care 20%"),
        ((*CARE, ("Drinks > Tea", 0.1)), "mostly Skin Care 54%, Hair Care 20%, Drinks > Tea 10%"),
        ((*CARE, ("Drinks > Tea", 0.0999)), "mostly Skin Care 54%, Hair Care 20%"),
        (
            (("A > a", 0.4), ("A > b", 0.3), ("A > c", 0.2), ("A > d", 0.1)),
            "mostly a 40%, b 30%, c 20%",
        ),
        ((("A > a", 0.26), ("A > b", 0.24)), "mostly a 26%, b 24%"),
        ((("A > a", 0.25), ("A > b", 0.24)), "among others a 25%, b 24%"),
        ((("A > a", 0.08), ("B > b", 0.07)), "goods of many kinds, most often a 8%"),
        ((("Toys", 1.0),), "mostly Toys 100%"),
        ((("A > a", 0.8), ("Toys", 0.2)), "mostly a 80%, Toys 20%"),
        ((("A > B > c", 0.7), ("D > E > f", 0.3)), "mostly B > c 70%, D > E > f 30%"),
    ],
)
def test_the_largest_families_are_named_with_their_shares(shares: Any, words: str) -> None:
    assert str(main_goods(shares)) == words


def test_the_department_of_most_votes_needs_no_mention_wherever_its_families_stand() -> None:
    shares = (("A > a", 0.4), ("B > b", 0.3), ("B > c", 0.3))
    assert str(main_goods(shares)) == "mostly A > a 40%, b 30%, c 30%"


def test_a_subcategory_mentions_departments_that_its_main_category_is_not_of() -> None:
    shares = (("Drinks > Tea", 0.6), ("Beauty > Skin Care", 0.4))
    assert str(main_goods(shares, CARE)) == "mostly Drinks > Tea 60%, Skin Care 40%"
    assert str(main_goods(shares)) == "mostly Tea 60%, Beauty > Skin Care 40%"


def test_of_a_category_that_the_catalogue_does_not_know_nothing_is_said() -> None:
    assert main_goods(()) is None
    assert main_goods((), CARE) is None


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (
            {"source": "bundled", "used": True, "known_share": 0.934},
            "The main categories follow the bundled catalogue of goods, which knows 93% of the "
            "texts.",
        ),
        (
            {"source": "menu.csv", "used": True, "known_share": 1.0},
            "The main categories follow the menu menu.csv, which knows 100% of the texts.",
        ),
        (
            {"source": "bundled", "used": False, "known_share": 0.12, "needed_share": 0.4},
            "The catalogue of goods was left aside: it knows only 12% of the texts, and it takes "
            "40% to follow it.",
        ),
        (
            {"source": "menu.csv", "used": False, "known_share": 0.649, "needed_share": 0.65},
            "The menu menu.csv was left aside: it knows only 64% of the texts, and it takes 65% to "
            "follow it.",
        ),
        (
            {"source": "bundled", "used": False, "known_share": 0.29, "needed_share": 0.3},
            "The catalogue of goods was left aside: it knows only 29% of the texts, and it takes "
            "30% to follow it.",
        ),
        (
            {"source": "bundled", "used": False, "known_share": 0.002, "needed_share": 0.65},
            "The catalogue of goods was left aside: it knows hardly any of the texts, and it takes "
            "65% to follow it.",
        ),
        (
            {"source": "bundled", "used": False, "known_share": 0.98, "needed_share": 0.6},
            "The catalogue of goods was left aside: it knows 98% of the texts, but this run "
            "continues a tree that does not follow it.",
        ),
        (
            {"source": "menu.csv", "used": False},
            "The menu menu.csv was left aside: it knows too few of the texts.",
        ),
        ({"source": "menu.csv"}, "The main categories follow the menu menu.csv."),
        ({"source": "menu"}, "The main categories follow the user's menu."),
        ({}, "The main categories follow the bundled catalogue of goods."),
    ],
)
def test_which_way_was_taken_and_why_is_one_sentence(record: dict[str, Any], sentence: str) -> None:
    assert way_taken(CatalogueRecord(**record)) == sentence


def test_a_run_without_a_catalogue_says_so() -> None:
    assert way_taken(None) == "No catalogue of goods was used."


def between(before: tuple[str, str], now: tuple[str, str], report: ChangeReport) -> str:
    """What is said of a refit that followed one catalogue (source, digest) after another."""
    previous = replace(report.previous, catalogue=before[0], catalogue_digest=before[1])
    current = replace(report.current, catalogue=now[0], catalogue_digest=now[1])
    return catalogue_change(replace(report, previous=previous, current=current))


NONE, BUNDLED, MENU = ("", ""), ("bundled", "d1"), ("menu.csv", "d2")


@pytest.mark.parametrize(
    ("before", "now", "sentence"),
    [
        (NONE, NONE, ""),
        (MENU, MENU, ""),
        (
            BUNDLED,
            MENU,
            "The catalogue of goods has changed since the previous run (bundled -> menu.csv): "
            "categories may differ for that reason.",
        ),
        (
            MENU,
            ("menu.csv", "d3"),
            "The catalogue of goods has changed since the previous run (menu.csv, with other "
            "contents): categories may differ for that reason.",
        ),
        (
            NONE,
            BUNDLED,
            "The previous run followed no catalogue of goods, this one follows the bundled "
            "catalogue of goods: categories may differ for that reason.",
        ),
        (
            MENU,
            NONE,
            "The previous run followed the menu menu.csv, this one follows no catalogue of goods: "
            "categories may differ for that reason.",
        ),
    ],
)
def test_another_catalogue_than_before_is_said_in_one_sentence(
    before: tuple[str, str], now: tuple[str, str], sentence: str
) -> None:
    assert between(before, now, fake_changes()) == sentence


def test_another_catalogue_is_told_also_where_it_has_changed_nothing() -> None:
    assert between(BUNDLED, MENU, nothing_changed()) == (
        "The catalogue of goods has changed since the previous run (bundled -> menu.csv), yet all "
        "categories are the same."
    )
