"""What each stage took, and what was said meanwhile."""

from __future__ import annotations

import logging
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from topicmodel.datatypes import StageRecord
from topicmodel.files.secrets import masked
from topicmodel.progress import Progress


class StageClock:
    """A Progress that passes everything on, and keeps what each stage took and what was said."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name = ""
        self._start = 0.0
        self._stages: list[StageRecord] = []
        self._log: list[dict[str, Any]] = []

    def stage(self, name: str, total: float | None = None) -> None:
        """End the stage before, begin this one, and pass it on."""
        self._end_stage()
        self._name, self._start = name, time.monotonic()
        self._note("stage", total=total)
        self._progress.stage(name, total)

    def advance(self, amount: float, note: str = "") -> None:
        """Pass the progress on."""
        self._progress.advance(amount, note)

    def message(self, text: str) -> None:
        """Keep it and pass it on."""
        self._note("message", message=text)
        self._progress.message(text)

    def warning(self, text: str) -> None:
        """Keep it and pass it on."""
        self._note("warning", message=text)
        self._progress.warning(text)

    @contextmanager
    def hearing_warnings(self) -> Iterator[None]:
        """Keep the warnings that the library logs meanwhile; showing them is left to others."""
        library, recorder = logging.getLogger("topicmodel"), WarningRecorder(self)
        library.addHandler(recorder)
        try:
            yield
        finally:
            library.removeHandler(recorder)

    def hear(self, text: str) -> None:
        """Keep a warning that is shown by others."""
        self._note("warning", message=text)

    @property
    def stages(self) -> Sequence[StageRecord]:
        """What each stage that has ended took, in their order."""
        return self._stages

    @property
    def log(self) -> Sequence[dict[str, Any]]:
        """All events in order, with their times, as JSON values."""
        return self._log

    @property
    def warnings(self) -> list[str]:
        """Each warning once, in the order in which they came first."""
        texts = [entry["message"] for entry in self._log if entry["event"] == "warning"]
        return list(dict.fromkeys(texts))

    def _end_stage(self) -> None:
        if self._name:
            seconds = round(time.monotonic() - self._start, 2)
            # A plain text, whatever kind of text the stage is named by.
            record = StageRecord(name=str(self._name), seconds=seconds, peak_mb=_peak_memory())
            self._stages.append(record)
            self._note("done", seconds=seconds, peak_mb=record.peak_mb)

    def _note(self, event: str, **values: Any) -> None:
        self._log.append(event_record(event, self._name, **values))


def event_record(event: str, stage: str, **values: Any) -> dict[str, Any]:
    """What happened as a JSON object: when, what, in which stage; what is None is left out."""
    record = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
    given = {"stage": stage or None, **values}
    if given.get("message"):
        given["message"] = masked(given["message"])
    return record | {key: value for key, value in given.items() if value is not None}


class WarningRecorder(logging.Handler):
    """A logging handler that keeps the warnings of the library in a clock."""

    def __init__(self, clock: StageClock) -> None:
        super().__init__(logging.WARNING)
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of one warning."""
        self._clock.hear(record.getMessage())


def _peak_memory() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return round(peak * bytes_each / 2**20, 1)
