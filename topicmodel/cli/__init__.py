"""Words -> one workflow call -> messages and an exit code.

Standard output carries the result, standard error the progress. Exit codes: 0 done, 1 an error that
the message says how to mend, 2 wrong usage, 130 and 143 stopped by Ctrl-C or a request to end.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from contextlib import suppress

import click

from topicmodel import __version__
from topicmodel.cli.editing import edit
from topicmodel.cli.exporting import export
from topicmodel.cli.fitting import assign, fit, refit
from topicmodel.cli.options import LOG_JSON
from topicmodel.cli.runs import evaluate, names, report, verify
from topicmodel.cli.stopping import Stop, end_helpers
from topicmodel.cli.tools import cache, settings
from topicmodel.errors import TopicModelError
from topicmodel.files.secrets import masked

_STOPPED = "Stopped; what was finished is kept: run the same command again to go on."


def main() -> None:
    """Run the command line; known errors end in one line, never in a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="replace")
    stop = Stop(lambda: _say("stopped", _STOPPED))
    with stop.listening():
        try:
            code = commands.main(prog_name="topicmodel", standalone_mode=False)
        except BaseException as error:
            if stop.code or isinstance(error, click.Abort | KeyboardInterrupt):
                _say("stopped", _STOPPED)
                end_helpers()
                sys.exit(stop.code or 130)
            sys.exit(_exit_code(error))
    if code:  # that the command chose
        sys.exit(code)


def _exit_code(error: BaseException) -> int:
    """Say what went wrong.

    Raises:
        BaseException: the error, where it is none that a user can mend.
    """
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    if isinstance(error, TopicModelError):
        _say("error", f"Error: {error}")
        return 1
    if isinstance(error, OSError):  # such as a full disk behind standard output
        _say("error", f"Error: {error}. {_remedy(error)}")
        # What could not be written must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    raise error


def _remedy(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Make room, also where TMPDIR is, and run the same command again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "Have that made writable; TMPDIR says where temporary files go."
    return "Run the same command again when that is mended."


def _say(event: str, text: str) -> None:
    """Tell people a line, or programs an object, as `--log-json` asks."""
    text = masked(text)
    if LOG_JSON in sys.argv:
        from topicmodel.progress.clock import event_record

        text = json.dumps(event_record(event, "", message=text.removeprefix("Error: ")))
    with suppress(OSError):
        click.echo(text, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="topicmodel")
def commands() -> None:
    """Turn a dump of product descriptions into a category tree with names and a report."""


for command in (
    fit,
    refit,
    assign,
    names,
    evaluate,
    report,
    edit,
    export,
    verify,
    settings,
    cache,
):
    commands.add_command(command)
