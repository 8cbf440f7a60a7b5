"""How fits are made: with which settings, where, told to whom, and what need not be done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from topicmodel.execution.checkpoints import NO_CHECKPOINTS, Checkpoints
from topicmodel.execution.processes import n_processes
from topicmodel.progress import Progress, Silent
from topicmodel.settings import Settings, TreeSettings

Result = TypeVar("Result")


@dataclass(frozen=True)
class FitContext:
    """What the fits of a run have in common, beside their texts."""

    settings: TreeSettings
    processes: int | Literal["auto"] = 1
    """Fits that run at once, each in a process; auto is one for each processor core where a run
    has many texts. Results do not depend on it."""
    progress: Progress = field(default_factory=Silent)
    checkpoints: Checkpoints = NO_CHECKPOINTS
    """Results of earlier runs. Results do not depend on it."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        progress: Progress | None = None,
        checkpoints: Checkpoints = NO_CHECKPOINTS,
    ) -> FitContext:
        """How texts are fitted in a run with these settings.

        Args:
            settings: of the run.
            progress: told about the stages; nobody is told unless given.
            checkpoints: results of earlier runs.
        """
        return cls(TreeSettings.of(settings), settings.processes, progress or Silent(), checkpoints)

    def silent(self) -> FitContext:
        """The same, without a word to anyone."""
        return replace(self, progress=Silent())

    def call_each(
        self,
        function: Callable[..., Result],
        arguments: Sequence[tuple[Any, ...]],
        n_texts: int,
    ) -> list[Result]:
        """What a function gives for each tuple of arguments, in their order.

        Args:
            function: the same arguments always give the same result.
            arguments: no more than what decides the result, as they are the key of its checkpoint.
            n_texts: of the run, which decides whether processes are worth their start.
        """
        calls = self.checkpoints.call_each(
            function,
            arguments,
            processes=n_processes(self.processes, n_texts),
            threads=self.settings.threads,
        )
        results: dict[int, Result] = {}
        for number, result in calls:
            self.progress.advance(1)
            results[number] = result
        return [results[number] for number in range(len(arguments))]

    def begin(
        self, function: Callable[..., Result], arguments: tuple[Any, ...], n_texts: int
    ) -> Callable[[], Result]:
        """Have a call made beside other work; the function that comes back waits for its result.

        Args:
            function: the same arguments always give the same result.
            arguments: as for `call_each`.
            n_texts: of the run.
        """
        return self.checkpoints.begin(
            function,
            arguments,
            processes=n_processes(self.processes, n_texts),
            threads=self.settings.threads,
        )
