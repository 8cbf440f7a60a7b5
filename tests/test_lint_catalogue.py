"""The bundled catalogue has the form that its lint asks for, and the lint finds what breaks it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import lint_catalogue as lint
import numpy as np
import pytest

SCRIPT = Path(lint.__file__)
FRUIT = ["apples", "pears", "plums", "peaches", "cherries", "grapes"]
TOOLS = ["hammer", "pliers", "chisel", "hand saw", "spirit level", "tape measure"]
SHOP = {"Food": {"Fruit": FRUIT}, "Building": {"Tools": TOOLS}}
"""Two departments of a family each."""


def with_good(good: str) -> dict[str, dict[str, list[str]]]:
    return {**SHOP, "Food": {"Fruit": [*FRUIT, good]}}


def faults_of(good: str) -> list[str]:
    """Faults of the shop with one more good; those of its size are expected and left out."""
    return [fault for fault in lint.faults_of_tree(with_good(good)) if "expected" not in fault]


def test_the_bundled_catalogue_has_no_faults() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["0 faults"]), done.stdout


def test_a_folder_with_faults_is_told_by_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "goods.toml").write_text('[Food]\nFruit = ["pears"]\n')
    (tmp_path / "translations.toml").write_text('[de]\nFood = "Essen"\n')
    command = [sys.executable, str(SCRIPT), "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "goods of Food > Fruit: 1, expected 6 to 25." in done.stdout
    assert "de: 'Fruit' is missing." in done.stdout


def test_the_small_shop_has_no_faults_but_its_size() -> None:
    assert faults_of("lemons") == []


@pytest.mark.parametrize("good", ["apple", "Apples", "level spirit", "hand-saw", "tapes measure"])
def test_a_good_stands_once_also_by_plural_hyphen_and_order_of_words(good: str) -> None:
    (fault,) = faults_of(good)
    assert f"{good!r} (Food > Fruit)" in fault
    assert "the same as" in fault


@pytest.mark.parametrize(
    ("good", "words"),
    [
        ("pack of 6 lemons", "has a digit"),
        ("lemons, limes", "has a sign"),
        ("fresh  lemons", "has a sign or a space"),
        ("lego bricks", "has a brand: lego"),
        ("premium quality", "names no good"),
    ],
)
def test_digits_signs_brands_and_adjectives_alone_are_faults(good: str, words: str) -> None:
    (fault,) = faults_of(good)
    assert words in fault


@pytest.mark.parametrize("good", ["x", "a good of very many words", "l" * 41])
def test_goods_that_are_too_short_or_too_long_are_faults(good: str) -> None:
    assert any(
        f"of {good!r} (Food > Fruit)" in fault for fault in lint.faults_of_tree(with_good(good))
    )


def test_families_have_six_to_twenty_five_goods() -> None:
    tree = {"Food": {"Fruit": FRUIT[:5], "Nuts": [f"nut {k}" for k in range(26)]}}
    faults = list(lint.faults_of_counts(tree))
    assert "goods of Food > Fruit: 5, expected 6 to 25." in faults
    assert "goods of Food > Nuts: 26, expected 6 to 25." in faults


def test_departments_are_balanced() -> None:
    goods = [lint.Good("pears", "Food", "Fruit")] * 99 + [lint.Good("hammer", "Building", "Tools")]
    assert list(lint.faults_of_balance(goods)) == ["share of Food: 0.99, expected 0.01 to 0.12."]


def test_no_two_departments_or_families_have_one_name() -> None:
    tree = {"Food": {"Fruit": FRUIT}, "Building": {"Fruit": TOOLS}}
    assert list(lint.faults_of_names(lint.all_names(tree))) == ["The name 'Fruit' stands twice."]


def test_a_name_of_what_is_left_over_is_a_fault() -> None:
    (fault,) = lint.faults_of_names(["Other Tools", "Mother & Baby"])
    assert "Other Tools" in fault


def test_translations_are_complete_and_none_is_stale_or_used_twice() -> None:
    german = {"Food": "Essen", "Fruit": "Obst", "Building": "Obst", "Toys": "Spielzeug"}
    assert list(lint.faults_of_translations(SHOP, {"de": german})) == [
        "de: 'Tools' is missing.",
        "de: 'Toys' is no name.",
        "de: 'Obst' translates 2 names.",
    ]


def test_every_language_translates_every_name() -> None:
    translations = tomllib.loads((lint.FOLDER / "translations.toml").read_text(encoding="utf-8"))
    languages = {"de", "fr", "es", "it", "pt", "pt-br", "nl", "pl", "tr", "id", "ja"}
    assert set(translations) == languages
    assert {len(names) for names in translations.values()} == {456}


def test_a_translation_has_at_most_forty_letters() -> None:
    german = {"Food": "Essen", "Fruit": "O" * 41, "Building": "Bau", "Tools": "Werkzeug"}
    (fault,) = lint.faults_of_translations(SHOP, {"de": german})
    assert fault.endswith("41, expected 1 to 40.")


@pytest.mark.parametrize(
    ("name", "translation", "is_english"),
    [
        ("Pots & Pans", "Pots & Pans", True),
        ("Pots & Pans", "Pans und Pots", False),
        ("Pots & Pans", "pots e pan", True),
        ("Pots & Pans", "Töpfe & Pfannen", False),
        ("Golf", "Golf", False),
        ("Tennis, Badminton & Squash", "Tennis, badminton et squash", False),
        ("Tennis & Golf Shoes", "Tennis & Golf Shoes", True),
        ("Rice", "米", False),
    ],
)
def test_a_name_that_nobody_translated_is_told_from_one_that_is_the_same_in_both(
    name: str, translation: str, is_english: bool
) -> None:
    assert lint.left_in_english(name, translation) is is_english


def on_the_circle(degrees: Sequence[float]) -> np.ndarray:
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def goods_at(**degrees: tuple[str, str, float]) -> tuple[list[lint.Good], np.ndarray]:
    """Goods with department, family and the direction of their vector."""
    goods = [lint.Good(name, *place) for name, (*place, _) in degrees.items()]
    return goods, on_the_circle([place[2] for place in degrees.values()])


def test_goods_of_two_departments_that_look_alike_come_first() -> None:
    goods, vectors = goods_at(
        apples=("Food", "Fruit", 0.0),
        pears=("Food", "Fruit", 1.0),
        jam=("Food", "Spreads", 3.0),
        glue=("Building", "Glues", 9.0),
        hammer=("Building", "Tools", 90.0),
    )
    pairs = [(a.name, b.name) for _, a, b in lint.alike(goods, vectors, 0.98)]
    assert pairs == [
        ("jam", "glue"),
        ("pears", "glue"),
        ("apples", "glue"),
        ("pears", "jam"),
        ("apples", "jam"),
    ]


def test_a_good_nearer_to_a_family_of_another_department_is_astray() -> None:
    goods, vectors = goods_at(
        apples=("Food", "Fruit", 0.0),
        pears=("Food", "Fruit", 2.0),
        plums=("Food", "Fruit", 80.0),
        hammer=("Building", "Tools", 85.0),
        pliers=("Building", "Tools", 90.0),
    )
    ((lead, good, there),) = lint.astray(goods, vectors, 0.5)
    assert (good.name, there) == ("plums", "Building > Tools")
    assert lead == pytest.approx(np.cos(np.radians(7.5)) - np.cos(np.radians(79)), abs=1e-3)
    assert lint.astray(goods, vectors, lead + 0.01) == []


def test_advice_names_the_goods_and_where_they_stand() -> None:
    def encode(texts: Sequence[str]) -> np.ndarray:
        return on_the_circle([0.0 if text in FRUIT else 90.0 for text in texts]) * 3

    lines = list(lint.advice(with_good("chisels"), encode, 0.9, 0.5))
    assert "1.00  'chisels' (Food > Fruit) and 'hammer' (Building > Tools)" in lines
    assert "1.00  'chisels' (Food > Fruit) to Building > Tools" in lines
