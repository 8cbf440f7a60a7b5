"""What becomes of Ctrl-C and of a request to end: one line, and an exit code that tells which."""

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
"""Before a program that was asked to stop and has not is ended."""

_SECONDS_BETWEEN_TRIES = 0.02


class Stop:
    """Listens for SIGINT and SIGTERM, and raises KeyboardInterrupt wherever the program is."""

    def __init__(self, say_last: Callable[[], None]) -> None:
        """Know what to do.

        Args:
            say_last: called where the program has to be ended.
        """
        self.code = 0
        """128 and the number of the signal that came; 0 where none has."""
        self._say_last = say_last
        self._deadline = 0.0
        self._unraisable = sys.unraisablehook

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen meanwhile, and to the end of the program where a signal comes."""
        # Whoever starts a program in the background may have it ignore Ctrl-C.
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
        """Try again where the exception came up in something that cannot raise, as a finalizer."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            self._unraisable(lost)
            return
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_BETWEEN_TRIES)

    def _insist(self, *_: object) -> None:
        left = self._deadline - time.monotonic()
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, left)
            raise KeyboardInterrupt
        self._say_last()
        end_helpers()
        os._exit(self.code)


def end_helpers() -> None:
    """Kill the processes that work for this one: nobody waits for what they do."""
    for child in multiprocessing.active_children():
        with suppress(OSError):  # it has ended meanwhile
            if child.pid is not None:
                # Not all kinds of process have a method for it.
                os.kill(child.pid, signal.SIGKILL)
