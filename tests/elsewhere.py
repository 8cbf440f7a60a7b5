"""Workers for tests: as if in other processes, and the last item is ready first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cloudpickle


class Elsewhere:
    """Work, items and results are sent there and back; nothing else is shared."""

    at_once = 3

    def __init__(self) -> None:
        self.handed_over: list[int] = []
        """Number of items of every call."""

    def map(
        self,
        work: Callable[[Any], Any],
        items: Sequence[Any],
        *,
        make: Callable[[], Callable[[Any], Any]] | None = None,
        least: int = 2,
        on_gpu: bool = False,  # noqa: ARG002 - there is none
    ) -> Iterator[tuple[int, Any]]:
        if len(items) < least:
            yield from ((number, work(item)) for number, item in enumerate(items))
            return
        self.handed_over.append(len(items))
        sent = _sent(make)() if make else _sent(work)
        for number in reversed(range(len(items))):
            yield number, _sent(sent(_sent(items[number])))


def _sent(value: Any) -> Any:
    return cloudpickle.loads(cloudpickle.dumps(value))
