"""The protocol of workers, and its simplest case: this process does the work itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """Does the same work on many items, here or elsewhere."""

    @property
    def at_once(self) -> int:
        """How many blocks of a stream are best handed over together."""

    def map(
        self,
        work: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        make: Callable[[], Callable[[Item], Result]] | None = None,
        least: int = 2,
        on_gpu: bool = False,
    ) -> Iterator[tuple[int, Result]]:
        """The number of each item with its result, each once, as they get ready.

        Args:
            work: of one item; it depends on nothing but the item.
            items: what is worked on.
            make: makes the work anew in another process, where it is not fit to be sent there.
            least: items that other processes are worth starting for.
            on_gpu: whether the work is quicker with a GPU.

        Raises:
            TopicModelError: whatever the work raises of this kind; and a `ScalingError` where the
                workers fail.
        """


@dataclass(frozen=True)
class Here:
    """Works in the calling process, on one item after the other."""

    at_once: int = 1

    def map(
        self,
        work: Callable[[Item], Result],
        items: Sequence[Item],
        *,
        make: Callable[[], Callable[[Item], Result]] | None = None,  # noqa: ARG002 - for others
        least: int = 2,  # noqa: ARG002
        on_gpu: bool = False,  # noqa: ARG002
    ) -> Iterator[tuple[int, Result]]:
        """Work on an item when its result is asked for."""
        return ((number, work(item)) for number, item in enumerate(items))


HERE = Here()


def in_order(numbered: Iterable[tuple[int, Result]]) -> Iterator[Result]:
    """Results in the order of their numbers 0, 1, 2, ...; a result that comes early waits."""
    early: dict[int, Result] = {}
    following = 0
    for number, result in numbered:
        early[number] = result
        while following in early:
            yield early.pop(following)
            following += 1
