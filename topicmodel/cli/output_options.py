"""--quiet, --log-json and --json: how a command tells its progress and its result."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import click

from topicmodel.cli.options import gathered
from topicmodel.progress import Progress, Silent

LOG_JSON = "--log-json"


@dataclass(frozen=True)
class OutputOptions:
    """What a command writes to standard error and to standard output."""

    quiet: bool
    """No progress on standard error, unless `log_json` asks for it."""
    log_json: bool
    """Progress and warnings on standard error as JSON, an object a line."""
    as_json: bool
    """The result on standard output as JSON, in place of text."""

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show progress on standard error meanwhile, and the warnings of the library with it."""
        if self.quiet and not self.log_json:
            yield Silent()
            return
        with _lines_or_bars(self.log_json) as shown:
            library, warnings = logging.getLogger("topicmodel"), _ShownWarnings(shown)
            library.addHandler(warnings)
            try:
                yield shown
            finally:
                library.removeHandler(warnings)


json_option = click.option("--json", "as_json", is_flag=True, help="Result as JSON.")
output_options = gathered(
    "output",
    OutputOptions,
    click.option("--quiet", is_flag=True, help="No progress on standard error."),
    click.option(
        LOG_JSON,
        is_flag=True,
        help="Progress and warnings as JSON, an object a line, for programs.",
    ),
    json_option,
)
"""Add the options of a command that takes long; it is handed `output`, an `OutputOptions`."""


def _lines_or_bars(log_json: bool) -> AbstractContextManager[Progress]:
    if log_json:
        from topicmodel.progress.json_lines import LogLines

        return nullcontext(LogLines(sys.stderr))
    from topicmodel.progress.bars import Bars

    return Bars()


class _ShownWarnings(logging.Handler):
    """Passes the warnings that the library logs on to a Progress, which shows them to the user."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.WARNING)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        self._progress.warning(record.getMessage())
