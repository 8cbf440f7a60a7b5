"""Categories that the user names beforehand: what is read, and what is refused."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import (  # noqa: F401 - a fixture is used by its name
    Command,
    command_fixture,
)
from hypothesis import given
from hypothesis import strategies as st
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel.catalogue import menu_entries, menus
from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.choice import catalogue_of, with_menu
from topicmodel.catalogue.examples import with_examples
from topicmodel.catalogue.families import build_catalogue
from topicmodel.catalogue.menus import menu_of, read_menu
from topicmodel.datatypes import Catalogue, Family, Floats
from topicmodel.settings import CatalogueSettings

MENUS = Path(__file__).parent / "data" / "menus"
SUPERMARKET = MENUS / "supermarket.txt"

SMALL = [
    Family("Food", "Fruit", ("Fruit", "Apples", "Pears")),
    Family("Food", "Milk, Eggs", ("Milk, Eggs",)),
    Family("Toys", "Toys", ("Toys",)),
]
"""What each of the next menus holds."""

SMALL_MENUS = {
    "menu.txt": "# ours\n\nFood > Fruit > Apples\nFood>Fruit>Pears\n Food » Milk,  Eggs \r\nToys\n",
    "menu": "1 - Food > Fruit > Apples\n22 - Food > Fruit > Pears\n3 - Food > Milk, Eggs\n4 - Toys",
    "paths.csv": "id,Path\n1,Food > Fruit > Apples\n2,Food > Fruit > Pears\n"
    '3,"Food > Milk, Eggs"\n4,Toys\n',
    "bare.csv": "Food > Fruit > Apples\nFood > Fruit > Pears\nFood > Milk, Eggs\nToys\n",
    "levels.csv": 'Food,Fruit,Apples\n,,Pears\n,"Milk, Eggs",\nToys\n',
    "headed.csv": "Abteilung;Ebene 2;Ebene 3\nFood;Fruit;Apples\n;;Pears\n;Milk, Eggs\nToys;;\n",
    "numbers.tsv": "7\tFood\tFruit\tApples\n8\tFood\tFruit\tPears\n9\tFood\tMilk, Eggs\n10\tToys\n",
    "goods.toml": '[Food]\nFruit = ["Apples", "Pears"]\n"Milk, Eggs" = []\n[Toys]\n',
    "goods.json": '{"Food": {"Fruit": ["Apples", "Pears"], "Milk, Eggs": null}, "Toys": {}}',
    "paths.json": '["Food > Fruit > Apples", ["Food", "Fruit", "Pears"], "Food > Milk, Eggs", '
    '"Toys"]',
    "nodes.json": '{"name": "All", "children": [{"id": 3, "name": "Food", "children": ['
    '{"name": "Fruit", "children": [{"name": "Apples"}, "Pears"]}, {"name": "Milk, Eggs"}]}, '
    '{"name": "Toys", "children": []}]}',
}


def menu_file(folder: Path, content: str | bytes, name: str = "menu.txt") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(tm.MenuError) as caught:
        read_menu(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def families(menu: Catalogue) -> list[tuple[str, str]]:
    return [(family.department, family.name) for family in menu.families]


def test_the_bundled_catalogue_is_read_once_and_known_by_its_content() -> None:
    bundled = bundled_catalogue()
    assert bundled is bundled_catalogue()
    assert len(bundled.departments) > 20
    assert bundled.digest == build_catalogue("elsewhere", bundled.families).digest


@pytest.mark.parametrize(
    "other",
    [
        [Family("Food", "Fruit", ("Apples", "Pears"))],
        [Family("Food", "Fruit", ("Apples, Pears",))],
        [Family("Food", "Fruit Apples", ("Pears",))],
        [Family("Food", "Fruit", ("Apples",)), Family("Food", "Pears", ())],
        [Family("Food Fruit", "Apples", ("Pears",))],
    ],
)
def test_other_families_have_another_digest(other: list[Family]) -> None:
    first = build_catalogue("x", [Family("Food", "Fruit", ("Pears", "Apples"))])
    assert build_catalogue("x", other).digest != first.digest


@pytest.mark.parametrize("name", SMALL_MENUS)
def test_the_same_menu_is_read_from_every_format(name: str, tmp_path: Path) -> None:
    menu = read_menu(menu_file(tmp_path, SMALL_MENUS[name], name))
    assert list(menu.families) == SMALL
    assert menu.source == name
    assert menu.digest == build_catalogue("x", SMALL).digest


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_menu_may_have_the_encodings_that_dumps_may_have(encoding: str, tmp_path: Path) -> None:
    text = "Büro > Stühle\nKüche > Töpfe\nBüro > Tische und Regale\n"
    menu = read_menu(menu_file(tmp_path, text.encode(encoding)))
    assert families(menu) == [
        ("Büro", "Stühle"),
        ("Büro", "Tische und Regale"),
        ("Küche", "Töpfe"),
    ]


def test_a_supermarkets_menu_has_all_its_aisles() -> None:
    menu = read_menu(SUPERMARKET)
    assert len(menu.families) == 60
    assert menu.departments[0] == "Fruit & Vegetables"
    assert families(menu)[-1] == ("Flowers & Plants", "Flowers & Plants")


@pytest.mark.parametrize("name", ["taxonomy_with_numbers.txt", "taxonomy_with_addresses.txt"])
def test_a_published_taxonomy_is_read_as_it_is(name: str) -> None:
    menu = read_menu(MENUS / name)
    assert families(menu) == [
        ("Pet Care", "Bird Care"),
        ("Pet Care", "Fish Care"),
        ("Workshop", "Saws"),
        ("Workshop", "3 - 5 Inch Clamps"),
        ("Vouchers", "Vouchers"),
    ]
    assert menu.families[0].goods == ("Bird Care", "Bird Cages", "Bird Cage Covers", "Bird Seed")


def test_a_name_that_several_families_have_is_compared_with_its_path() -> None:
    menu = menu_of(["Women > Shoes > Sandals", "Men > Shoes > Sandals", "Men > Hats"])
    assert [family.goods for family in menu.families] == [
        ("Shoes", "Women Shoes", "Women Shoes Sandals"),
        ("Shoes", "Men Shoes", "Men Shoes Sandals"),
        ("Hats",),
    ]


def test_a_department_is_one_however_it_is_spelled() -> None:
    menu = menu_of(["Food > Fruit", "Toys", "FOOD > Milk"])
    assert families(menu) == [("Food", "Fruit"), ("Food", "Milk"), ("Toys", "Toys")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Food > Fruit\nFood > > Apples\n", "line 2: 'Food > > Apples' has an empty level."),
        ("Food >\nToys\n", "line 1: 'Food > ' has an empty level."),
        ("Food\nToys\nFood\n", "line 3: 'Food' repeats line 1. Delete one of them."),
        ("Food > Fruit\nfood > FRUIT\n", "line 2: 'food > FRUIT' repeats line 1."),
        (f"Food\n{'x' * 81}\n", "line 2: '" + "x" * 59 + "…' has a name of 81 characters, where"),
        ("Food\nTo\x07ys\n", r"line 2: 'To\x07ys' holds the character U+0007,"),
        ("Food\n---\n", "line 2: '---' has a name without a letter."),
        ("Food\n" + " > ".join("abcdefghijklm"), "line 2: expected at most 12 levels, got 13."),
        (
            "",
            "expected at least two categories, got 0. Write one path a line, such as Food > Fruit.",
        ),
        ("Food > Fruit\n", "expected at least two categories, got 1."),
    ],
)
def test_a_bad_path_is_named_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = menu_file(tmp_path, text)
    assert said in refusal(path)
    assert refusal(path).startswith(str(path))


def test_all_bad_lines_are_named_as_far_as_they_can_be_listed(tmp_path: Path) -> None:
    lines = ["Food > Fruit", *["Food > "] * 8]
    assert refusal(menu_file(tmp_path, "\n".join(lines))).endswith(
        "Also look at line 3, line 4, line 5, line 6, line 7 and 2 more."
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "Food > Milk, Eggs\nToys\n", ", line 2: expected 2 cells as in line 1, got 1."),
        ("a.csv", "Category,Family\nFood,Milk, Eggs\n", ", line 2: expected 2 cells as in line 1"),
        (
            "a.csv",
            "Food,Fruit\nBooks,,Novels\n",
            ", line 2: 'Books > > Novels' has an empty level.",
        ),
        ("a.csv", 'Food,"Fruit\n', ", line 1: unexpected end of data."),
        ("a.csv", "Food,Fruit\n" + "," * 200, ", line 2: expected at most 100 columns, got 201."),
        ("a.toml", "a" + ".a" * 9999, ", line 1: expected at most 12 levels, got more in one key."),
        ("a.toml", "[Food\n", ": expected TOML, which this is not: "),
        (
            "a.toml",
            "[Food]\nFruit = 3\n",
            ": expected names of categories below 'Food > Fruit', got",
        ),
        (
            "a.toml",
            "x = " + "[" * 9999,
            ": expected TOML, which this is not: it is nested too deeply.",
        ),
        ("a.json", '{"Food": [}', "line 1 column 11"),
        ("a.json", '{"Food": 1, "Food": 2}', "the name 'Food' stands twice in one object."),
        ("a.json", "[" * 99999, ": expected JSON, which this is not: it is nested too deeply."),
        ("a.json", "[[[1]]]", ": expected lists in a list to be paths, such as"),
        ("a.json", '["Food > Fruit", ""]', ", entry 2: '' has an empty level."),
        ("a.json", '{"A": ["x", "x"]}', ": 'A > x' is there twice. Delete one of them."),
        ("a.json", '{"a": ' * 14 + "{}" + "}" * 14, ": expected at most 12 levels, got more below"),
    ],
)
def test_other_formats_say_what_is_wrong_too(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    assert said in refusal(menu_file(tmp_path, text, name))


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = menu_file(tmp_path, b"PK\x03\x04" + bytes(range(256)), "menu.xlsx")
    assert refusal(path) == f"{path}: expected text. Save it as text, CSV, TOML or JSON."


def test_a_file_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "gone.txt"
    assert refusal(path) == (
        f"Cannot read the menu {path}: No such file or directory. Name a file with --menu FILE, or "
        "use --menu none to do without."
    )
    assert "--menu" in refusal(tmp_path)
    assert "--menu" in refusal(tmp_path / "a\0b")


def test_menus_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = menu_file(tmp_path, "\n".join(f"Food > Kind {n}" for n in range(40)))
    monkeypatch.setattr(menu_entries, "MOST_CATEGORIES", 39)
    assert "expected at most 39 categories, got 40. Keep the upper levels" in refusal(path)
    monkeypatch.setattr(menus, "LARGEST_FILE", 100)
    assert "expected a menu of at most" in refusal(path)


def test_a_list_of_categories_names_its_bad_entry() -> None:
    assert families(menu_of(["Electronics > Phones", "Clothing"])) == [
        ("Electronics", "Phones"),
        ("Clothing", "Clothing"),
    ]
    with pytest.raises(tm.MenuError, match=r"The menu, entry 3: 'A > ' has an empty level\."):
        menu_of(["A > B", "C", "A > "])
    with pytest.raises(tm.MenuError, match=r"entry 2: expected text such as .*, got int\."):
        menu_of(["A > B", 3])  # type: ignore[list-item]


PIECES = st.sampled_from(
    [*"ab>,;\t\n\r\"'[]{}:=#\\\0\x07é ", "Food", " > ", "3 - ", "gid://x : ", "[Food]\n", "\ud800"]
)


@given(
    content=st.one_of(st.binary(), st.lists(PIECES).map("".join)),
    ending=st.sampled_from(["", ".txt", ".csv", ".tsv", ".toml", ".json"]),
    mark=st.sampled_from([b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_BE]),
)
def test_whatever_a_file_holds_is_read_or_refused(
    content: bytes | str, ending: str, mark: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    path = menu_file(tmp_path_factory.getbasetemp(), mark + raw, f"hypothesis{ending}")
    try:
        menu = read_menu(path)
    except tm.MenuError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert len(menu.families) >= 2
        assert len(set(families(menu))) == len(menu.families)
        assert all(family.name in family.goods for family in menu.families)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["name", "children", "a"]), inner)
    ),
)


@given(value=JSON)
def test_whatever_json_nests_is_read_or_refused(
    value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = menu_file(tmp_path_factory.getbasetemp(), json.dumps(value), "hypothesis.json")
    try:
        read_menu(path)
    except tm.MenuError as error:
        assert len(str(error).splitlines()) == 1


BUNDLED = build_catalogue(
    "bundled",
    [
        Family("Food & Drinks", "Fresh Fruit", ("apples", "pears", "fresh fruit basket")),
        Family("Food & Drinks", "Milk & Cheese", ("fresh milk", "cheddar cheese")),
        Family("Vehicles", "Car Tyres", ("winter tyres", "summer tyres")),
    ],
)
MEANINGS = {
    "fruit": "fruit obst apples pears basket fresh",
    "dairy": "milk cheese cheddar milch käse",
    "food": "food drinks lebensmittel",
    "cars": "vehicles car tyres winter summer",
    "home": "möbel tische",
}
"""Direction -> words of two languages that a multilingual encoder would put there."""


class BilingualEncoder:
    def __init__(self) -> None:
        self.calls: list[Sequence[str]] = []

    def __call__(self, texts: Sequence[str]) -> Floats:
        self.calls.append(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text: str) -> Floats:
        words = text.lower().replace("&", " ").split()
        counts = [
            sum(word in meaning.split() for word in words) + 0.01 for meaning in MEANINGS.values()
        ]
        return np.array(counts) / np.linalg.norm(counts)


def test_bundled_goods_are_examples_of_the_families_that_they_match() -> None:
    menu = menu_of(["Lebensmittel > Obst", "Lebensmittel > Milch Käse", "Möbel > Tische"])
    encode = BilingualEncoder()
    found = with_examples(menu, BUNDLED, encode)
    assert [family.goods for family in found.families] == [
        ("Obst", "apples", "pears", "fresh fruit basket"),
        ("Milch Käse", "fresh milk", "cheddar cheese"),
        ("Tische",),
    ]
    assert families(found) == families(menu)
    assert (found.source, found.digest) == (menu.source, menu.digest)
    (texts,) = encode.calls
    assert len(set(texts)) == len(texts)


def test_a_good_goes_to_the_family_beside_its_own_that_it_is_clearly_nearer_to() -> None:
    bundled = build_catalogue(
        "bundled",
        [
            Family("Food", "Fruit", ("apples", "pears", "cheddar")),
            Family("Vehicles", "Tyres", ("winter tyres",)),
        ],
    )
    menu = menu_of(["Food > Fruit", "Food > Cheese", "Möbel"])
    found = with_examples(menu, bundled, BilingualEncoder())
    assert found.families[0].goods == ("Fruit", "apples", "pears")
    assert found.families[1].goods == ("Cheese", "cheddar")


def test_the_bundled_catalogue_needs_no_examples() -> None:
    def explode(texts: Sequence[str]) -> Floats:
        raise AssertionError(len(texts))

    assert with_examples(BUNDLED, BUNDLED, explode) is BUNDLED


@pytest.mark.parametrize("vector", [[1.0, 0.0], [0.0, 0.0]])
def test_an_encoder_that_tells_nothing_gives_no_examples(vector: list[float]) -> None:
    menu = menu_of(["Food > Fruit", "Toys"])
    found = with_examples(menu, BUNDLED, lambda texts: np.array([vector] * len(texts), np.float32))
    assert found == menu


@pytest.mark.model
def test_the_bundled_encoder_puts_goods_onto_a_supermarkets_shelves() -> None:
    from topicmodel.embedding import load_encoder

    departments = {"Drinks", "Food & Groceries", "Beauty & Personal Care", "Pets & Livestock"}
    some = [each for each in bundled_catalogue().families if each.department in departments]
    encoder = load_encoder(tm.Settings().embedding)
    found = with_examples(read_menu(SUPERMARKET), build_catalogue("bundled", some), encoder.encode)
    goods = {(family.department, family.name): family.goods for family in found.families}
    assert "orange juice" in goods["Drinks", "Juice"]
    assert "cheddar cheese" in goods["Dairy & Eggs", "Cheese"]
    assert "kitten food" in goods["Pets", "Cat Food"]
    named = {good for listed in goods.values() for good in listed}
    assert named.isdisjoint({"aquarium", "poultry feed", "dog collar"})


def test_a_path_becomes_absolute_and_a_list_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(menu_file(tmp_path, "Food\nToys\n").parent)
    absolute = str(tmp_path / "menu.txt")
    settings = tm.Settings()
    assert with_menu(settings, "menu.txt").catalogue.source == absolute
    assert with_menu(settings, Path("menu.txt")).catalogue.source == absolute
    assert with_menu(settings, ["Food", "Toys"]).catalogue.source == ("Food", "Toys")
    assert with_menu(with_menu(settings, "none"), "bundled") == settings
    assert with_menu(settings, None) == settings


def test_the_settings_name_the_catalogue() -> None:
    assert catalogue_of(CatalogueSettings()) is bundled_catalogue()
    assert catalogue_of(CatalogueSettings(source="none")) is None
    listed = tm.load_settings(assignments=['catalogue.source=["Food > Fruit", "Toys"]'])
    assert catalogue_of(listed.catalogue) == menu_of(["Food > Fruit", "Toys"])


ROWS = planted_rows(120)
SHOP_MENU = ["Kitchen > Pans", "Kitchen > Knives", "Garden > Hoses", "Garden > Seeds", "Music"]


@dataclass(frozen=True)
class ShopWithMenu:
    """A run with a menu, and what its refit takes."""

    menu: Path
    folder: Path
    cache: Path

    def refit(self, encoder: TinyEncoder, **options: Any) -> tm.Run:
        return tm.refit(self.folder, ROWS, encoder=encoder, cache=self.cache, **options)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> ShopWithMenu:
    folder = tmp_path_factory.mktemp("shop")
    menu = menu_file(folder, "\n".join(SHOP_MENU))
    fitted = ShopWithMenu(menu, folder / "run", folder / "vectors.sqlite")
    tm.fit(ROWS, out=fitted.folder, menu=menu, encoder=TinyEncoder(), cache=fitted.cache)
    return fitted


@pytest.fixture
def own_menu(fitted: ShopWithMenu) -> Iterator[Path]:
    """The run's menu, which a test may change."""
    content = fitted.menu.read_bytes()
    yield fitted.menu
    fitted.menu.write_bytes(content)


def test_a_run_tells_its_menu(fitted: ShopWithMenu) -> None:
    manifest = tm.load(fitted.folder).manifest
    assert manifest.setting("catalogue.source") == str(fitted.menu)
    assert manifest.catalogue is not None
    assert manifest.catalogue.source == "menu.txt"
    assert manifest.catalogue.digest == read_menu(fitted.menu).digest


def test_a_refit_takes_the_menu_of_its_run_and_encodes_nothing_anew(fitted: ShopWithMenu) -> None:
    before = tm.load(fitted.folder)
    again = fitted.refit(TinyEncoder(explodes=True))
    assert again.fitted.taxonomy == before.fitted.taxonomy
    assert again.manifest.catalogue == before.manifest.catalogue


def test_a_refit_sees_that_the_file_of_its_menu_has_changed(
    fitted: ShopWithMenu, own_menu: Path
) -> None:
    own_menu.write_text("\n".join([*SHOP_MENU, "Sports"]), encoding="utf-8")
    changed = fitted.refit(TinyEncoder())
    assert changed.manifest.catalogue is not None
    assert changed.manifest.catalogue.digest == read_menu(own_menu).digest


def test_a_refit_whose_menu_is_gone_says_what_to_do(fitted: ShopWithMenu, own_menu: Path) -> None:
    own_menu.unlink()
    with pytest.raises(tm.MenuError, match=r"menu\.txt: No such file.* --menu FILE"):
        fitted.refit(TinyEncoder())
    listed = fitted.refit(TinyEncoder(), menu=SHOP_MENU)
    assert listed.manifest.setting("catalogue.source") == SHOP_MENU


@pytest.mark.parametrize("only_plan", [False, True])
def test_a_broken_menu_stops_a_fit_at_once(
    only_plan: bool, command: Command, tmp_path: Path
) -> None:
    dump = write_json_lines(tmp_path / "shop.jsonl", ROWS)
    broken = menu_file(tmp_path, "Food > Fruit\nFood > > Apples\n")
    words = ("--plan",) if only_plan else ("--out", tmp_path / "run")
    done = command("fit", dump, "--menu", broken, *words)
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"{broken}, line 2: 'Food > > Apples' has an empty level.")
    assert not (tmp_path / "run").exists()


def test_a_broken_menu_stops_a_refit_at_once(
    command: Command, fitted: ShopWithMenu, tmp_path: Path
) -> None:
    dump, missing = write_json_lines(tmp_path / "shop.jsonl", ROWS), tmp_path / "no.txt"
    done = command("refit", fitted.folder, dump, "--menu", missing, "--out", tmp_path / "run")
    assert done.code == 1
    assert done.error.startswith(f"Cannot read the menu {missing}: No such file")
    assert not (tmp_path / "run").exists()


def test_none_switches_the_catalogue_off(command: Command, tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "shop.jsonl", ROWS)
    assert command("fit", dump, "--menu", "none", "--out", tmp_path / "run").code == 0
    manifest = tm.load(tmp_path / "run").manifest
    assert manifest.setting("catalogue.source") == "none"
    assert manifest.catalogue is None
