"""The pages in docs say what is so: the layers are those that are checked, the files are there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import topicmodel

ROOT = Path(__file__).parent.parent
PACKAGE = Path(topicmodel.__file__).parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def checked_layers() -> list[list[str]]:
    """The layers that import-linter checks, the highest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    return [sorted(layer.split(" | ")) for layer in layers]


def drawn_layers() -> list[str]:
    """The packages of the drawing, the highest first."""
    drawing = ARCHITECTURE.split("## Who may import whom")[1].split("```")[1]
    return [line.split()[0].removesuffix(".py") for line in drawing.splitlines() if line.strip()]


def test_the_drawing_shows_the_layers_that_are_checked() -> None:
    drawn, start = drawn_layers(), 0
    for layer in checked_layers():
        end = start + len(layer)
        assert sorted(drawn[start:end]) == layer
        start = end
    assert start == len(drawn)


def test_every_package_is_drawn() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(drawn_layers()) == modules | packages


def test_the_top_of_the_package_can_be_taken_in_at_a_glance() -> None:
    assert len([path for path in PACKAGE.iterdir() if path.name != "__pycache__"]) <= 30


def test_no_package_bears_the_name_of_a_verb() -> None:
    verbs = {name for name in topicmodel.__all__ if name[0].islower()}
    assert not verbs & {path.stem for path in PACKAGE.iterdir()}


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([\w/]+(?:\.\w+|/))`", ARCHITECTURE)
    paths = [name for name in named if "/" in name or name.endswith(".py")]
    assert len(paths) > 30
    assert [path for path in paths if not (PACKAGE / path).exists()] == []


def test_every_name_that_the_page_gives_of_a_function_is_in_its_file() -> None:
    pairs = re.findall(r"`([\w/]+\.py)`, `(\w+)`", ARCHITECTURE)
    assert pairs
    for file, name in pairs:
        assert f"def {name}(" in (PACKAGE / file).read_text(encoding="utf-8")


def test_the_words_of_the_glossary_are_in_order_and_each_once() -> None:
    words = re.findall(r"^\| ([^|]+?) \|", GLOSSARY, re.MULTILINE)[2:]
    assert len(words) > 40
    assert words == sorted(set(words), key=str.casefold)


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(file.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
