"""How the program ends on Ctrl-C (SIGINT) and on SIGTERM: soon, and with 128 + the signal's number.

The first signal raises KeyboardInterrupt, further ones are ignored. If the program has not ended
`SECONDS_TO_END` later, it is killed, and its helper processes with it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

SECONDS_TO_END = 5
"""Seconds that the program is given to end by itself after a signal, before it is killed."""

_SECONDS_BETWEEN_TRIES = 0.02
"""Seconds until KeyboardInterrupt is raised again, where Python dropped it."""


class Stop:
    """Handles SIGINT and SIGTERM: it raises KeyboardInterrupt wherever the program is."""

    def __init__(self, say_last: Callable[[], None]) -> None:
        """No signal has come yet.

        Args:
            say_last: called just before the program is killed, to print a last line.
        """
        self.code = 0
        """128 plus the number of the signal that came; 0 where none has come."""
        self._say_last = say_last
        self._deadline = 0.0
        self._unraisable = sys.unraisablehook

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle the signals within the `with` block; after a signal, until the program ends."""
        # A shell that starts a program in the background may have it ignore Ctrl-C; it still does.
        before = {
            number: signal.signal(number, self._stop)
            for number in (signal.SIGINT, signal.SIGTERM)
            if signal.getsignal(number) != signal.SIG_IGN
        }
        try:
            yield
        finally:
            if not self.code:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self.code:  # it is stopping already
            return
        self.code = 128 + number
        self._deadline = time.monotonic() + SECONDS_TO_END
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._when_lost
        signal.signal(signal.SIGALRM, self._insist)
        signal.alarm(SECONDS_TO_END)
        raise KeyboardInterrupt

    def _when_lost(self, lost: Any) -> None:
        """Raise again soon after, where Python dropped the exception, as it does in `__del__`."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            self._unraisable(lost)
            return
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_BETWEEN_TRIES)

    def _insist(self, *_: object) -> None:
        """Raise KeyboardInterrupt again; after the deadline, kill the program."""
        left = self._deadline - time.monotonic()
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, left)
            raise KeyboardInterrupt
        self._say_last()
        end_helpers()
        os._exit(self.code)


def end_helpers() -> None:
    """Kill the helper processes of this one: their results are no longer needed."""
    for child in multiprocessing.active_children():
        with suppress(OSError):  # it has ended in the meantime
            if child.pid is not None:
                # Not every kind of helper process has a method `kill`.
                os.kill(child.pid, signal.SIGKILL)
