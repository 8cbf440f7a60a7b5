"""Progress as bars on standard error."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bars:
    """A Progress for people: one line a stage, with a bar and the time left where that is known.

    Where standard error is no terminal, each stage is one plain line.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}"),
            console=self._console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Bars:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._console.is_terminal:
            return
        if kind is None:
            self._finish()
        self._bars.stop()

    def stage(self, name: str, total: float | None = None) -> None:
        """Begin a line, and fill the one before it."""
        if not self._console.is_terminal:
            self._console.print(name, highlight=False)
            return
        self._finish()
        self._task = self._bars.add_task(name, total=total, note="")

    def advance(self, amount: float, note: str = "") -> None:
        """Fill the bar by so much more."""
        if self._task is not None:
            self._bars.update(self._task, advance=amount, note=note)

    def message(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def warning(self, text: str) -> None:
        """Print a line above the bars, as for any message."""
        self.message(text)

    def _finish(self) -> None:
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)
