"""Menus in TOML and JSON, whose nesting is that of the categories."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from topicmodel.catalogue.menu_entries import MOST_LEVELS, MenuEntry, shown, split_path
from topicmodel.errors import MenuError, as_sentence

_Path = tuple[str, ...]

_KEY = r"""(?:[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:\.[ \t]*{_KEY}[ \t]*){{{MOST_LEVELS}}}")
"""A dotted key of more parts than a menu has levels. Time and memory grow with their square."""


def read_toml(text: str, menu: str) -> list[MenuEntry]:
    """Departments that are tables of families, whose values are their goods, or lists of families.

    Args:
        text: of the file.
        menu: what messages call it.

    Raises:
        MenuError: this is no TOML, a key has too many parts, or a value is no name.
    """
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise MenuError(
            f"{menu}, line {line}: expected at most {MOST_LEVELS} levels, got more in one key. "
            "Leave out the lowest ones."
        )
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_format(menu, "TOML", error) from error
    return _entries(tree, menu)


def read_json(text: str, menu: str) -> list[MenuEntry]:
    """Nested objects or lists, nodes with name and children, or a list of paths.

    A list holds paths as text or as lists of names. The single node that a file may consist of is
    the root, and no category.

    Args:
        text: of the file.
        menu: what messages call it.

    Raises:
        MenuError: this is no JSON, or a value is no name.
    """
    try:
        tree = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _no_format(menu, "JSON", error) from error
    if isinstance(tree, dict) and _is_node(tree):
        tree = tree.get("children")
    return _entries(tree, menu)


def _no_format(menu: str, name: str, error: Exception) -> MenuError:
    said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return MenuError(
        f"{menu}: expected {name}, which this is not: {as_sentence(said)} Correct it, or write one "
        "path a line into a text file."
    )


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The object, whose names have to differ."""
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise ValueError(f"the name {shown(key)} stands twice in one object")
        values[key] = value
    return values


def _is_node(value: Mapping[str, Any]) -> bool:
    """Whether an object is a category with a name, rather than categories by their names."""
    return isinstance(value.get("name"), str)


def _entries(tree: Any, menu: str) -> list[MenuEntry]:
    if not isinstance(tree, list):
        return [MenuEntry("", path) for path in _paths(tree, (), menu)]
    return [
        MenuEntry(f"entry {number}", path)
        for number, value in enumerate(tree, 1)
        for path in _paths([value], (), menu)
    ]


def _paths(value: Any, above: _Path, menu: str) -> Iterator[_Path]:
    """The paths of everything below a category, or its own where nothing is below it.

    Args:
        value: what is below it: an object, a list, the name of a single category, or nothing.
        above: the path of the category.
        menu: what messages call the file.
    """
    if len(above) > MOST_LEVELS:
        raise MenuError(
            f"{menu}: expected at most {MOST_LEVELS} levels, got more below "
            f"{shown(' > '.join(above))}. Leave out the lowest ones."
        )
    below: Iterator[_Path]
    if isinstance(value, dict):
        below = _paths_of_object(value, above, menu)
    elif isinstance(value, list):
        below = (path for each in value for path in _paths_of_item(each, above, menu))
    elif value is None or isinstance(value, str):
        below = iter([(*above, *split_path(value))] if value else [])
    else:
        where = f" below {shown(' > '.join(above))}" if above else ""
        raise MenuError(
            f"{menu}: expected names of categories{where}, got a value of type "
            f"{type(value).__name__}. Put each name into quotes."
        )
    first = next(below, None)
    if first is not None:
        yield first
        yield from below
    elif above:
        yield above


def _paths_of_object(value: Mapping[str, Any], above: _Path, menu: str) -> Iterator[_Path]:
    if _is_node(value):
        yield from _paths(value.get("children"), (*above, *split_path(value["name"])), menu)
        return
    for name, inside in value.items():
        yield from _paths(inside, (*above, *split_path(name)), menu)


def _paths_of_item(item: Any, above: _Path, menu: str) -> Iterator[_Path]:
    """The paths of one item of a list: a list in a list is a path, name by name."""
    if isinstance(item, str):
        yield (*above, *split_path(item))
    elif not isinstance(item, list):
        yield from _paths(item, above, menu)
    elif item and all(isinstance(name, str) for name in item):
        yield (*above, *(" ".join(name.split()) for name in item))
    else:
        raise MenuError(
            f"{menu}: expected lists in a list to be paths, such as "
            '["Food", "Fruit"], got one that holds other values than names. Use objects for what '
            "is nested deeper."
        )
