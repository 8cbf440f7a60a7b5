"""Menus of the user's own: categories that are known beforehand, in a file or a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from topicmodel.catalogue.menu_entries import (
    MenuEntry,
    check_number,
    entries_to_catalogue,
    split_path,
)
from topicmodel.catalogue.menu_tables import read_table
from topicmodel.catalogue.menu_trees import read_json, read_toml
from topicmodel.datatypes import Catalogue
from topicmodel.errors import MenuError
from topicmodel.files.decoding import decoded

LARGEST_FILE = 5_000_000
"""Bytes of a menu; the largest of published taxonomies have about 1.5 million."""

_NEWLINE = re.compile("\r\n|\r|\n")
_ID = re.compile(r"(?:\d+ +- +|gid://\S+ *: +)")
"""What stands in front of each path in Google's and in Shopify's product taxonomy."""


def read_menu(path: Path) -> Catalogue:
    """The categories of a file: one's own menu, or a published taxonomy.

    The ending of its name says what it is: `.toml`, `.json`, `.csv` or `.tsv`; all else is text
    with a path a line, such as `Food > Fruit > Apples`. Level one is the department, level two the
    family, and everything below is goods of the family, which texts are compared with. A department
    without families is a family by itself. What has something below it may be listed by itself too.

    Raises:
        MenuError: it cannot be read, a path is faulty, or there are too few or too many.
    """
    menu, text = str(path), _read(path)
    entries = _READERS.get(path.suffix.lower(), _read_lines)(text, menu)
    return entries_to_catalogue(entries, menu, path.name)


def menu_of(paths: Sequence[str]) -> Catalogue:
    """The categories of a list of paths, such as `["Food > Fruit", "Clothing"]`.

    Raises:
        MenuError: a path is faulty, or there are too few or too many.
    """
    for number, path in enumerate(paths, 1):
        if not isinstance(path, str):
            raise MenuError(
                f"The menu, entry {number}: expected text such as 'Food > Fruit', got "
                f"{type(path).__name__}."
            )
    entries = [MenuEntry(f"entry {n}", split_path(path)) for n, path in enumerate(paths, 1)]
    return entries_to_catalogue(entries, "The menu", "menu")


def _read(path: Path) -> str:
    """The text of a file.

    Raises:
        MenuError: there is none, or it is too large or no text.
    """
    remedy = "Name a file with --menu FILE, or use --menu none to do without."
    try:
        if path.exists() and not path.is_file():
            raise MenuError(f"Expected the file of a menu, but {path} is none. {remedy}")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:  # the second: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise MenuError(f"Cannot read the menu {path}: {reason}. {remedy}") from error
    if len(content) > LARGEST_FILE:
        raise MenuError(
            f"{path}: expected a menu of at most {LARGEST_FILE // 1_000_000} MB. Keep its upper "
            "levels, or the part that the shop sells."
        )
    text = decoded(content)
    if "\0" in text:
        raise MenuError(f"{path}: expected text. Save it as text, CSV, TOML or JSON.")
    return text


def _read_lines(text: str, menu: str) -> list[MenuEntry]:
    """A path a line; blank lines and those that begin with # are none.

    Ids in front of the paths are left out where every path has one.
    """
    lines = [(n, line.strip()) for n, line in enumerate(_NEWLINE.split(text), 1)]
    lines = [(n, line) for n, line in lines if line and not line.startswith("#")]
    check_number(len(lines), menu)
    if all(_ID.match(line) for _, line in lines):
        lines = [(n, _ID.sub("", line, count=1)) for n, line in lines]
    return [MenuEntry(f"line {n}", split_path(line)) for n, line in lines]


_READERS: dict[str, Callable[[str, str], list[MenuEntry]]] = {
    ".toml": read_toml,
    ".json": read_json,
    ".csv": lambda text, menu: read_table(text, "", menu),
    ".tsv": lambda text, menu: read_table(text, "\t", menu),
}
