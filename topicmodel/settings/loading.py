"""Settings from TOML files, pairs and plain values, and back to TOML."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from topicmodel.errors import SettingsError
from topicmodel.settings.sections import Section, Settings


def load_settings(
    file: Path | None = None, assignments: Iterable[str] = (), base: Settings | None = None
) -> Settings:
    """The defaults, overlaid by a TOML file, overlaid by `section.key=value` pairs.

    Values of pairs are read as TOML where they are TOML and as text otherwise.

    Args:
        file: the TOML file.
        assignments: the pairs.
        base: what is overlaid, in place of the defaults.

    Raises:
        SettingsError: the file cannot be read, a key is unknown, or a value does not fit.
    """
    values = base.model_dump(mode="json") if base else {}
    _overlay(values, _read_toml(file) if file else {})
    for pair in assignments:
        key, separator, text = pair.partition("=")
        if not (separator and key.strip()):
            raise SettingsError(f"--set takes key=value, such as level1.n_topics=12; got {pair!r}.")
        _put(values, key.strip().split("."), _parse_value(text.strip()))
    return settings_from_values(values)


def settings_from_values(values: Mapping[str, Any]) -> Settings:
    """Settings from nested plain values, as they stand in a TOML file or a manifest.

    Raises:
        SettingsError: a key is unknown, or a value does not fit.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def iterate_settings() -> Iterator[tuple[str, Any, str]]:
    """Every setting as (dotted key, default, description), in the order of `Settings`."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            for key, inner in type(field.default).model_fields.items():
                yield f"{name}.{key}", inner.default, inner.description or ""
        else:
            yield name, field.default, field.description or ""


def settings_as_toml(settings: Settings) -> str:
    """The settings as a TOML document with a comment above each key."""
    import tomlkit

    document = tomlkit.document()
    for dotted, _, description in iterate_settings():
        section, _, key = dotted.rpartition(".")
        value = settings.model_dump(mode="json")
        table: Any = document
        if section:
            value = value[section]
            if section not in document:
                document[section] = tomlkit.table()
            table = document[section]
        table.add(tomlkit.comment(description))
        table.add(key, value[key])
    return tomlkit.dumps(document)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read the settings file {file}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from error


def _overlay(values: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _overlay(values[key], value)
        else:
            values[key] = value


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _put(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise SettingsError(f"{'.'.join(keys)} is no setting. {_hint('.'.join(keys))}")
    values[keys[-1]] = value


def _explain(error: ValidationError) -> str:
    first, *others = error.errors()
    # What lies deeper names the alternatives of a value, such as a number or "auto".
    key = ".".join(map(str, first["loc"][:2]))
    if first["type"] == "extra_forbidden":
        return f"{key} is no setting. {_hint(key)}"
    if first["type"] == "model_type":
        return f"{key} is a group of settings. {_hint(key)}"
    if first["type"] == "value_error":
        return f"{key} {first['ctx']['error']}.".replace(" Input ", " ")
    same = [first, *(other for other in others if other["loc"][:2] == first["loc"][:2])]
    expected = " or ".join(problem["msg"].removeprefix("Input ") for problem in same)
    return f"{key} {expected}, got {first['input']!r}."


def _hint(key: str) -> str:
    known = [name for name, _, _ in iterate_settings()]
    near = difflib.get_close_matches(key, known, n=3, cutoff=0.4)
    return f"Did you mean {' or '.join(near)}?" if near else "`topicmodel settings` lists them all."
