from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from collections import Counter
from functools import cache
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "topicmodel" / "ingest" / "sample.jsonl.gz"
ELECTRONICS = {"Cameras", "Audio Devices", "Computers", "Computer Accessories", "Phones"}
CLOTHING = {"Winter Wear", "Bottom Wear", "Women's Wear", "Footwear"}


@cache
def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts/make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _text(row: dict[str, Any]) -> tuple[str, str]:
    return row["title"], row["description"]


def _share(rows: list[dict[str, Any]], marks: tuple[str, ...]) -> float:
    return sum(any(mark in row["description"] for mark in marks) for row in rows) / len(rows)


def test_the_script_writes_the_bundled_sample(rows: list[dict[str, Any]]) -> None:
    # Compared unpacked: another zlib may pack the same text into other bytes.
    script = _script()
    assert list(script.products(script.N_PRODUCTS, script.SEED)) == rows


def test_the_same_seed_gives_the_same_bytes_under_any_file_name(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl.gz", tmp_path / "second.gz"
    for out in (first, second):
        _script().main(["--out", str(out), "--products", "50", "--seed", "3"])
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_another_seed_gives_other_products() -> None:
    one, other = ({row["title"] for row in _script().products(300, seed=seed)} for seed in (1, 2))
    assert len(one & other) < 0.02 * len(one)


def test_a_longer_stream_begins_with_the_shorter_one() -> None:
    longer = _script().products(10**6, seed=4)
    assert list(islice(longer, 100)) == list(_script().products(100, seed=4))


def test_the_file_is_small_and_tells_neither_time_nor_name() -> None:
    packed = SAMPLE.read_bytes()
    assert len(packed) < 400_000
    flags, time = packed[3], packed[4:8]
    assert flags == 0
    assert time == bytes(4)


def test_ids_are_unique_texts(rows: list[dict[str, Any]]) -> None:
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == 2000
    assert all(isinstance(identity, str) and identity.startswith("GS-") for identity in ids)
    assert ids[0].startswith("GS-0")


def test_every_product_has_the_fields_of_a_dump(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert set(row) == {"id", "title", "description", "category_path", "attributes"}
        assert row["title"].strip()
        assert len(row["category_path"]) == 2
        assert all(isinstance(value, str) and value for value in row["attributes"].values())


def test_nine_departments_of_uneven_size_have_four_to_six_categories_each(
    rows: list[dict[str, Any]],
) -> None:
    sizes = Counter(row["category_path"][0] for row in rows)
    categories = Counter(department for department, _ in {tuple(r["category_path"]) for r in rows})
    assert len(sizes) == 9
    assert set(categories.values()) <= {4, 5, 6}
    assert 3 <= max(sizes.values()) / min(sizes.values()) <= 6


def test_electronics_and_clothing_have_the_categories_of_the_research_project(
    rows: list[dict[str, Any]],
) -> None:
    paths = {tuple(row["category_path"]) for row in rows}
    assert {name for department, name in paths if department == "Electronics"} == ELECTRONICS
    assert {name for department, name in paths if department == "Clothing"} == CLOTHING


def test_every_category_has_at_least_eight_kinds_of_product_with_words_of_their_own() -> None:
    kinds = _script().load_kinds()
    per_category = Counter(kind.path for kind in kinds)
    sentences = [sentence for kind in kinds for sentence in kind.own]
    assert min(per_category.values()) >= 8
    assert len(sentences) == len(set(sentences))


def test_every_slot_of_every_kind_can_be_filled() -> None:
    script = _script()
    for kind in script.load_kinds():
        texts = [*kind.titles, *kind.own, *kind.general, *kind.features]
        texts += [value for values in kind.words.values() for value in values]
        asked = {slot["word"] for text in texts for slot in script.SLOT.finditer(text)}
        missing = {name for name in asked - {None, "has"} if name.lower() not in kind.words}
        assert not missing, f"{kind.path}: {missing}"
        assert kind.titles, kind.path


def test_every_character_of_the_catalogue_can_be_broken_by_encoding() -> None:
    for file in _script().CATALOGUE.glob("*.toml"):
        assert file.read_text(encoding="utf-8").encode().decode("cp1252"), file


def test_no_template_shows_through(rows: list[dict[str, Any]]) -> None:
    texts = [text for row in rows for text in (*_text(row), *row["attributes"].values())]
    assert not [text for text in texts if "{" in text or "}" in text]


def test_about_two_per_cent_repeat_a_product_under_another_id(rows: list[dict[str, Any]]) -> None:
    repeats = len(rows) - len({_text(row) for row in rows})
    assert 0.01 <= repeats / len(rows) <= 0.03


def test_some_products_differ_from_another_in_their_colour_only(rows: list[dict[str, Any]]) -> None:
    colours: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        if colour := row["attributes"].get("colour", "").lower():
            blanked = tuple(text.lower().replace(colour, "@") for text in _text(row))
            colours.setdefault(blanked, set()).add(colour)
    families = [found for blanked, found in colours.items() if "@" in blanked[0] and blanked[1]]
    assert sum(len(found) > 1 for found in families) >= 5


def test_about_four_per_cent_have_no_description(rows: list[dict[str, Any]]) -> None:
    assert 0.02 <= sum(not row["description"] for row in rows) / len(rows) <= 0.06


def test_some_descriptions_are_html_and_some_broken_by_encoding(rows: list[dict[str, Any]]) -> None:
    assert 0.1 <= _share(rows, ("<p>", "<br>", "<ul>")) <= 0.4
    assert _share(rows, ("&amp;",)) > 0.005
    assert 0.01 <= _share(rows, ("â€", "Â°", "Ã")) <= 0.06


def test_descriptions_are_as_long_as_those_of_a_shop(rows: list[dict[str, Any]]) -> None:
    lengths = sorted(len(row["description"].split()) for row in rows if row["description"])
    assert lengths[len(lengths) // 20] >= 10
    assert lengths[-1] <= 125
    assert 40 <= lengths[len(lengths) // 2] <= 70


def test_brands_and_shop_terms_cross_the_departments(rows: list[dict[str, Any]]) -> None:
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row["attributes"].get("brand", ""), set()).add(row["category_path"][0])
    assert sum(len(departments) == 9 for departments in homes.values()) >= 10
    free_delivery = {r["category_path"][0] for r in rows if "Free delivery" in r["description"]}
    assert len(free_delivery) == 9
