"""The log of edits as a file of JSON lines, one edit on each line; people may edit it by hand."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from topicmodel.datatypes import Action, Edit, TopicId
from topicmodel.errors import RunError

_BOM = b"\xef\xbb\xbf"

_NEEDS: Mapping[Action, tuple[str, ...]] = {
    "rename": ("topic", "name"),
    "merge": ("topic", "others"),
    "move": ("topic", "parent"),
    "split": ("topic",),
    "pin": ("topic",),
    "hide": ("topic",),
    "undo": ("number",),
}
_SELECTORS = ("products", "word", "attribute")
"""Keys that select the products of a pin; a pin needs at least one of them."""
_MAY_HAVE: Mapping[Action, tuple[str, ...]] = {"split": ("done",), "pin": _SELECTORS}


def _check_time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


_Text = Annotated[str, Field(min_length=1)]
_Time = Annotated[str, AfterValidator(_check_time)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Attribute(_Strict):
    name: _Text
    value: _Text


class _Line(_Strict):
    """A line of the log, with the keys of all actions."""

    action: Action
    time: _Time
    topic: _Text = ""
    name: _Text = ""
    others: Annotated[list[_Text], Field(min_length=1)] = []
    parent: _Text = ""
    products: Annotated[list[_Text], Field(min_length=1)] = []
    word: _Text = ""
    attribute: _Attribute | None = None
    number: Annotated[int, Field(ge=1)] = 0
    done: _Time = ""


def parse_edits(content: bytes, source: str) -> list[Edit]:
    """The edits of a log file, in order; blank lines are skipped.

    Args:
        content: the bytes of the file.
        source: the name of the file for error messages.

    Raises:
        RunError: a line is damaged; the message has its number, from 1, counting blank lines.
    """
    edits = []
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            edits.append(_parse_line(line))
        except ValueError as error:
            raise RunError(
                f"{source} line {number}: {_explain(error)}. Mend or delete that line."
            ) from error
    return edits


def format_edits(edits: Iterable[Edit]) -> bytes:
    """The edits as the bytes of a log file, always the same for the same edits.

    `parse_edits` reads them back.
    """
    lines = (json.dumps(dict(_filled(edit)), ensure_ascii=False) + "\n" for edit in edits)
    return "".join(lines).encode("utf-8", "replace")


def why_not_writable(edit: Edit) -> str:
    """Why an edit cannot be written to a log and read back unchanged; "" where it can."""
    try:
        read = _parse_line(format_edits([edit]))
    except ValueError as error:
        return _explain(error)
    return "" if read == edit else "it holds characters that cannot be written"


def _parse_line(line: bytes) -> Edit:
    try:
        record = json.loads(line.decode(), object_pairs_hook=_without_repeats)
    except RecursionError as error:
        raise ValueError("it is not an edit") from error
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object, such as {...}")
    read = _Line.model_validate(record)
    _check_keys(read.action, set(record) - {"action", "time"})
    attribute = (read.attribute.name, read.attribute.value) if read.attribute else ("", "")
    return Edit(
        action=read.action,
        time=read.time,
        topic=TopicId(read.topic) if read.topic else None,
        name=read.name,
        others=tuple(map(TopicId, read.others)),
        parent=TopicId(read.parent) if read.parent else None,
        products=tuple(read.products),
        word=read.word,
        attribute=attribute,
        number=read.number,
        done=read.done,
    )


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key occurs twice")
    return record


def _check_keys(action: Action, keys: set[str]) -> None:
    needed = _NEEDS[action]
    missing = [key for key in needed if key not in keys]
    if missing:
        raise ValueError(f"{action} needs {' and '.join(missing)}")
    if action == "pin" and not keys.intersection(_SELECTORS):
        raise ValueError(f"pin needs {' or '.join(_SELECTORS)}")
    foreign = sorted(keys.difference(needed, _MAY_HAVE.get(action, ())))
    if foreign:
        raise ValueError(f"{action} takes no {' and no '.join(foreign)}")


def _filled(edit: Edit) -> Iterator[tuple[str, Any]]:
    """Keys and values of an edit, without empty values."""
    name, value = edit.attribute
    values: Mapping[str, Any] = {
        "action": edit.action,
        "topic": edit.topic,
        "name": edit.name,
        "others": list(edit.others),
        "parent": edit.parent,
        "products": list(edit.products),
        "word": edit.word,
        "attribute": {"name": name, "value": value} if name or value else None,
        "number": edit.number,
        "done": edit.done,
        "time": edit.time,
    }
    return ((key, value) for key, value in values.items() if value)


def _explain(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON ({error.msg} at character {error.pos + 1})"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.start + 1})"
    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors()[0]
    key, got = ".".join(map(str, problem["loc"])), reprlib.repr(problem["input"])
    if problem["type"] == "extra_forbidden":
        return f"{key!r} is no key of an edit"
    if problem["type"] == "missing":
        return f"{key} is missing"
    if problem["type"] == "literal_error":
        return f"{got} is no action; there are {', '.join(get_args(Action))}"
    if problem["type"] == "value_error":
        return f"{key} should be a time such as 2025-06-01T12:00:00+00:00, got {got}"
    _, _, wish = problem["msg"].partition(" should ")
    return f"{key} should {wish}, got {got}"
