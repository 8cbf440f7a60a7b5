"""Results of finished steps, kept on disk so that a later run need not repeat them.

The result of a step is decided by its arguments and the code, and by nothing else. It is kept under
a key of all that, in a folder that several runs may use at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from topicmodel.datatypes import Level, Levels
from topicmodel.execution.checkpoint_folder import (
    Arrays,
    KeptStages,
    clear_stages,
    kept_stages,
    read_arrays,
    write_arrays,
)
from topicmodel.execution.checkpoint_keys import code_digest, key_of
from topicmodel.execution.processes import begin, call_each

__all__ = ["NO_CHECKPOINTS", "Checkpoints", "KeptStages", "clear_stages", "kept_stages", "key_of"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MOST_BYTES = 10**9
"""Bytes of all results in the folder together."""

_LAYOUT = 1
"""Version of the layout of the files; part of the key, so that another layout is never read."""


@dataclass(frozen=True)
class _Found:
    """A result that was kept; it may be None."""

    value: Any


class Checkpoints:
    """Calls functions and keeps their results: arrays, a `Level`, `Levels` or None.

    Where the folder cannot be written, this is told once and nothing more is kept.
    """

    def __init__(
        self,
        folder: Path | None,
        decided_by: Sequence[str] = (),
        tell: Callable[[str], None] | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Use a folder.

        Args:
            folder: of the results; it is made where it is missing. None keeps nothing.
            decided_by: what decides all results beside their arguments and this code, such as the
                versions of libraries; part of every key.
            tell: told why nothing is kept.
            most_bytes: of all results in the folder.
        """
        self._folder = folder
        self._decided_by = tuple(decided_by)
        self._tell = tell or (lambda _: None)
        self._most_bytes = most_bytes
        self._is_writable = True
        self._own: set[str] = set()
        self.n_asked = 0
        """How many results were asked for."""
        self.n_found = 0
        """How many of them an earlier run had kept."""

    def call(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """The result of the function for these arguments, kept or computed now.

        Args:
            function: its result depends on its arguments only.
            args: of the function; what `key_of` takes.
            kwargs: of the function.
        """
        if self._folder is None:
            return function(*args, **kwargs)
        key = self._key(function, [*args, *sorted(kwargs.items())])
        found = self._look_up(key)
        if found is not None:
            value: Result = found.value
            return value
        return self._keep(key, function(*args, **kwargs))

    def begin(
        self,
        function: Callable[..., Result],
        values: tuple[Any, ...],
        *,
        processes: int,
        threads: int,
    ) -> Callable[[], Result]:
        """As `processes.begin`: start a call; the function that comes back waits for its result."""
        if self._folder is None:
            return begin(function, values, processes=processes, threads=threads)
        key = self._key(function, values)
        found = self._look_up(key)
        if found is not None:
            return lambda: found.value
        result = begin(function, values, processes=processes, threads=threads)
        return lambda: self._keep(key, result())

    def call_each(
        self,
        function: Callable[..., Result],
        arguments: Sequence[tuple[Any, ...]],
        *,
        processes: int,
        threads: int,
    ) -> Iterator[tuple[int, Result]]:
        """As `processes.call_each`: number of the arguments, and result, as they get ready.

        Kept results come first. Every other result is kept as soon as it is there.
        """
        if self._folder is None:
            yield from call_each(function, arguments, processes=processes, threads=threads)
            return
        keys = [self._key(function, values) for values in arguments]
        missing = []
        for number, key in enumerate(keys):
            found = self._look_up(key)
            if found is None:
                missing.append(number)
            else:
                yield number, found.value
        wanted = [arguments[number] for number in missing]
        for index, result in call_each(function, wanted, processes=processes, threads=threads):
            yield missing[index], self._keep(keys[missing[index]], result)

    def _key(self, function: Callable[..., Any], arguments: Sequence[Any]) -> str:
        name = f"{function.__module__}.{function.__qualname__}"
        return key_of(_LAYOUT, code_digest(), self._decided_by, name, arguments)

    def _look_up(self, key: str) -> _Found | None:
        self.n_asked += 1
        arrays = read_arrays(self._folder, key) if self._folder else None
        found = None if arrays is None else _as_value(arrays)
        self.n_found += found is not None and key not in self._own
        return found

    def _keep(self, key: str, value: Result) -> Result:
        self._own.add(key)
        if self._folder is None or not self._is_writable:
            return value
        try:
            write_arrays(self._folder, key, _as_arrays(value), self._most_bytes)
        except OSError as error:
            self._is_writable = False
            self._tell(
                f"Finished fits cannot be kept in {self._folder}: {error.strerror or error}. The "
                "run goes on without; a later one repeats them."
            )
        return value


NO_CHECKPOINTS = Checkpoints(None)
"""Keeps nothing: every function is called."""


def _as_arrays(value: Any) -> Arrays:
    if value is None:
        return {}
    if isinstance(value, np.ndarray):
        return {"array": value}
    if isinstance(value, Level):
        return {"topics": value.topics, "strengths": value.strengths}
    if isinstance(value, Levels):
        curve = np.array(value.count_curve, dtype=np.float64).reshape(-1, 2)
        share = [] if value.known_share is None else [value.known_share]
        known = np.array([*share, value.by_catalogue], dtype=np.float64)
        levels = {"level1": value.level1, "level2": value.level2, "known": known}
        return {**levels, "strengths": value.strengths, "curve": curve}
    raise TypeError(f"A {type(value).__name__} is no result that can be kept.")


def _as_value(arrays: Arrays) -> _Found | None:
    """The result that these arrays make up; None where they make up none."""
    names = set(arrays)
    if not names:
        return _Found(None)
    if names == {"array"}:
        return _Found(arrays["array"])
    if names == {"topics", "strengths"}:
        return _Found(Level(arrays["topics"], arrays["strengths"]))
    if names == {"level1", "level2", "strengths", "curve", "known"}:
        curve = [(int(number), float(distance)) for number, distance in arrays["curve"]]
        *share, by_catalogue = arrays["known"].tolist()
        topics = (arrays["level1"], arrays["level2"], arrays["strengths"])
        return _Found(Levels(*topics, curve, share[0] if share else None, bool(by_catalogue)))
    return None
