"""A row of any format -> a product, or a reject with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from topicmodel.datatypes import Product, Reject
from topicmodel.ingest.columns import Roles, is_attribute_object, leaks_the_label
from topicmodel.ingest.values import attributes_of, image_of, text_of, true_path_of

MOST_COLUMNS = 1 << 14
"""Maximum columns of a table, or keys of an object."""
_RAW_LENGTH = 500
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A row as its format gave it."""

    line: int
    """Line in the file, or position in an array or table; from 1."""
    values: Mapping[str, Any]


def reject(file: str, line: int, reason: str, raw: Any) -> Reject:
    """The reject of a row, with the row as text cut to 500 characters."""
    text = raw if isinstance(raw, str) else _as_json(raw)
    return Reject(file, line, reason, text[:_RAW_LENGTH])


def build_product(row: Row, roles: Roles, file: str, number: int) -> Product | Reject:
    """The product that a row describes, or the reject that tells what it lacks.

    `number` becomes the id where no column has the role.
    """
    try:
        product = _product(row.values, roles, number)
    except RecursionError:
        return Reject(file, row.line, "is nested too deeply", "")
    if len(product.id) > _LONGEST_ID:
        return reject(file, row.line, f"has an id of over {_LONGEST_ID} characters", product.id)
    if not product.id:
        return reject(file, row.line, f"has no id in {_names(roles.id)}", row.values)
    if not product.title and not product.description:
        columns = (*roles.title, *roles.description)
        return reject(file, row.line, f"has no text in {_names(columns)}", row.values)
    return product


def _product(values: Mapping[str, Any], roles: Roles, number: int) -> Product:
    return Product(
        id=_join(values, roles.id, " ") if roles.id else str(number),
        title=_join(values, roles.title, " "),
        description=_join(values, roles.description, "\n"),
        attributes=_attributes(values, roles),
        true_path=_shared(_true_path(values, roles.label)),
        image=next((image_of(values.get(name)) for name in roles.image), ""),
    )


def _join(values: Mapping[str, Any], columns: Iterable[str], separator: str) -> str:
    texts = (text_of(values.get(name)) for name in columns)
    return separator.join(text for text in texts if text)


def _true_path(values: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(columns) == 1:
        return true_path_of(values.get(columns[0]))
    return tuple(text for text in (text_of(values.get(name)) for name in columns) if text)


@lru_cache(maxsize=65_536)
def _shared(path: tuple[str, ...]) -> tuple[str, ...]:
    """The same tuple object for all products of a category, which saves memory."""
    return path


def _attributes(values: Mapping[str, Any], roles: Roles) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if name not in roles.columns and _is_attribute(name):
            found |= attributes_of({name: value})
    for name in roles.attributes:
        found |= _attribute_object(name, values.get(name))
    return {name: text for name, text in found.items() if not _leaks(name)}


def _is_attribute(name: str) -> bool:
    # pandas writes its row numbers under these names.
    index = not name.strip() or name.startswith("Unnamed:")
    return not index and not leaks_the_label(name, flat=True)


def _attribute_object(column: str, value: Any) -> dict[str, str]:
    flat = attributes_of(value) or attributes_of({column: value})
    return {_without_wrapper(name): text for name, text in flat.items()}


def _without_wrapper(name: str) -> str:
    first, _, rest = name.partition(".")
    return rest if rest and is_attribute_object(first) else name


@lru_cache(maxsize=65_536)
def _leaks(name: str) -> bool:
    return any(leaks_the_label(part, flat=False) for part in (name, *name.split(".")))


def _names(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return ""
    except (ValueError, TypeError):
        return str(value)
