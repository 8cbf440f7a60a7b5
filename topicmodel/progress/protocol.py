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


def warn(progress: Progress, text: str) -> None:
    """Tell what the user should know of the result, and the report shows too.

    A progress that has no `warning` gets a message.
    """
    tell = getattr(progress, "warning", progress.message)
    tell(text)


class Silent:
    """Progress for nobody."""

    def stage(self, name: str, total: float | None = None) -> None:
        """Say nothing."""

    def advance(self, amount: float, note: str = "") -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing."""
