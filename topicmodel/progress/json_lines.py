"""Progress as lines of JSON, for programs that follow a run."""

from __future__ import annotations

import json
from typing import Any, TextIO

from topicmodel.progress.clock import event_record


class LogLines:
    """A Progress that writes what happens as JSON, an object a line.

    Each has `time`, `event` (`stage`, `progress`, `message` or `warning`) and, but before the
    first one, `stage`; a stage its `total` where that is known, progress the `amount` of it that
    is done so far, the others a `message`.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._stage = ""
        self._total: float | None = None
        self._amount = 0.0

    def stage(self, name: str, total: float | None = None) -> None:
        """Tell that a stage begins."""
        self._stage, self._total, self._amount = name, total, 0.0
        self._write("stage", total=total)

    def advance(self, amount: float, note: str = "") -> None:
        """Tell how much of the stage is done."""
        self._amount += amount
        self._write("progress", amount=self._amount, total=self._total, message=note or None)

    def message(self, text: str) -> None:
        """Tell a fact."""
        self._write("message", message=text)

    def warning(self, text: str) -> None:
        """Tell what the user should know of the result."""
        self._write("warning", message=text)

    def _write(self, event: str, **values: Any) -> None:
        # Escaped, it holds no character that a stream could lack.
        self._out.write(json.dumps(event_record(event, self._stage, **values)) + "\n")
        self._out.flush()
