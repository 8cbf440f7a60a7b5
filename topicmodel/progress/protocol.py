"""How a workflow tells how far it is. The command line draws bars; the library stays silent."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told about stages as they begin and advance."""

    def stage(self, name: str, total: float | None = None) -> None:
        """A stage begins (and the one before it has ended); total is None where nobody knows.

        The stages of this program are named by `topicmodel.datatypes.Stage`; others may have any
        name.
        """

    def advance(self, amount: float, note: str = "") -> None:
        """The current stage got so much further."""

    def message(self, text: str) -> None:
        """A fact that the user should see, such as a column guess."""

    def warning(self, text: str) -> None:
        """What the user should know of the result; the report shows it too."""


class Silent:
    """Shows nothing; subclasses may show messages, to which warnings are passed too."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Say nothing."""

    def advance(self, amount: float, note: str = "") -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing."""

    def warning(self, text: str) -> None:
        """Say it as any message."""
        self.message(text)


def as_progress(progress: Progress | None) -> Progress:
    """What a workflow tells how far it is: what the caller has handed in, or nobody.

    An object of the caller's own that has no `warning` gets warnings as messages.
    """
    if progress is None:
        return Silent()
    return progress if hasattr(progress, "warning") else _WarningsAsMessages(progress)


class _WarningsAsMessages:
    """A Progress around one that has no `warning`."""

    def __init__(self, progress: Progress) -> None:
        self.stage = progress.stage
        self.advance = progress.advance
        self.message = self.warning = progress.message
