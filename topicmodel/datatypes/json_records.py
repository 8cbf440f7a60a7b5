"""JSON objects as frozen values: each known key is a field, and all other keys are kept.

What is read may be of an earlier or a later release, damaged, or made up by somebody. Where a key
is missing or its value is of the wrong type, the field has its default; nothing is raised.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields
from typing import Any, Self

Reader = Callable[[Any], Any]
"""A JSON value -> the value of a field; raises TypeError where it is of another type."""


def _nothing() -> None:
    """The default of a field that is optional."""


def known(read: Reader, default: Callable[[], Any] = _nothing, *, nullable: bool = False) -> Any:
    """A field that is a key of the JSON object, under its own name.

    Args:
        read: the JSON value to the field's value.
        default: makes the field's value where the key is missing. A field whose default is None
            is optional: while it is None, its key is not written.
        nullable: whether the field's None is written as null instead.
    """
    metadata = {"read": read, "default": default, "nullable": nullable}
    return field(default_factory=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Record:
    """A JSON object. `from_record(record).as_record()` equals `record`, whatever that holds."""

    extra: Mapping[str, Any] = field(default_factory=dict)
    """What has no field: keys that are unknown, and values of the wrong type, as they were read."""
    absent: frozenset[str] = frozenset()
    """Keys that are not optional and were not read. None is written before its field is filled."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The value of a JSON object."""
        values = dict[str, Any]()
        for each in _known_fields(cls):
            with suppress(KeyError, TypeError):
                values[each.name] = _read(each, record)
        required = {each.name for each in _known_fields(cls) if not _is_optional(each)}
        extra = {key: value for key, value in record.items() if key not in values}
        return cls(**values, extra=extra, absent=frozenset(required - values.keys()))

    def as_record(self) -> dict[str, Any]:
        """The JSON object."""
        written = {
            each.name: _plain(getattr(self, each.name))
            for each in _known_fields(type(self))
            if self._is_written(each)
        }
        return {**self.extra, **written}

    def _is_written(self, each: Field[Any]) -> bool:
        is_default = getattr(self, each.name) == each.metadata["default"]()
        return not (is_default and (_is_optional(each) or each.name in self.absent))


def plain_text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise TypeError
    return value


def whole_number(value: Any) -> int:
    """A whole number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def truth_value(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def number(value: Any) -> float:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise TypeError
    return value


def json_object(value: Any) -> dict[str, Any]:
    """An object, whatever it holds."""
    if not isinstance(value, Mapping):
        raise TypeError
    return dict(value)


def texts_by_name(value: Any) -> dict[str, str]:
    """An object that holds texts only."""
    return {name: plain_text(each) for name, each in json_object(value).items()}


def list_of(read: Reader) -> Reader:
    """A list of values of one type, as a tuple."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise TypeError
        return tuple(map(read, value))

    return read_all


def record_of(kind: type[Record]) -> Reader:
    """An object that is read as a record of this kind."""
    return lambda value: kind.from_record(json_object(value))


def _known_fields(kind: type[Record]) -> list[Field[Any]]:
    return [each for each in fields(kind) if "read" in each.metadata]


def _is_optional(each: Field[Any]) -> bool:
    return each.metadata["default"]() is None and not each.metadata["nullable"]


def _read(each: Field[Any], record: Mapping[str, Any]) -> Any:
    value = record[each.name]
    if value is None and each.metadata["nullable"]:
        return None
    return each.metadata["read"](value)


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, Record):
        return value.as_record()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
