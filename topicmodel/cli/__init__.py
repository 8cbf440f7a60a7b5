"""The command line: each command calls one workflow and prints its result.

The result goes to standard output, progress and messages to standard error. Exit codes: 0 done; 1
an error, whose message says what the user can do about it; 2 wrong usage; 130 stopped by Ctrl-C
(SIGINT); 143 stopped by SIGTERM.
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
from topicmodel.cli.edit_commands import edit
from topicmodel.cli.export_commands import export
from topicmodel.cli.fit_commands import assign, fit, refit
from topicmodel.cli.invocation import PROGRAM, RememberedGroup
from topicmodel.cli.output_options import LOG_JSON
from topicmodel.cli.run_commands import evaluate, names, report, verify
from topicmodel.cli.stopping import Stop, end_helpers
from topicmodel.cli.tool_commands import cache, print_settings
from topicmodel.errors import TopicModelError
from topicmodel.files.secrets import masked

_STOPPED = "Stopped; what was finished is kept: run the same command again to go on."


def main() -> None:
    """Run the command that `sys.argv` names; an error that a user can mend ends in one line.

    Raises:
        SystemExit: the command failed, was stopped, or chose an exit code other than 0.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A category's name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="replace")
    stop = Stop(lambda: _say("stopped", _STOPPED))
    with stop.listening():
        try:
            code = commands.main(prog_name=PROGRAM, standalone_mode=False)
        except BaseException as error:
            if stop.code or isinstance(error, click.Abort | KeyboardInterrupt):
                _say("stopped", _STOPPED)
                end_helpers()
                sys.exit(stop.code or 130)
            sys.exit(_exit_code(error))
    if code:  # chosen by the command, such as `verify`
        sys.exit(code)


def _exit_code(error: BaseException) -> int:
    """Print what went wrong, and return the exit code that tells of it.

    Raises:
        BaseException: the error itself, where it is a fault of the program.
    """
    if isinstance(error, click.ClickException):
        error.show()
        return 2
    if isinstance(error, TopicModelError):
        _say("error", f"Error: {error}")
        return 1
    if isinstance(error, OSError):  # such as a full disk that standard output is written to
        _say("error", f"Error: {error}. {_remedy(error)}")
        # Python must not try to write the rest of standard output again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    raise error


def _remedy(error: OSError) -> str:
    """What the user can do about an error of the operating system, as a sentence."""
    if error.errno == errno.ENOSPC:
        return "Make room, also where TMPDIR is, and run the same command again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "Make that writable; the variable TMPDIR says where temporary files go."
    return "Run the same command again when that is repaired."


def _say(event: str, text: str) -> None:
    """Print a message to standard error: as text, or with --log-json as a JSON object."""
    text = masked(text)
    if LOG_JSON in sys.argv:
        from topicmodel.progress.clock import event_record

        text = json.dumps(event_record(event, "", message=text.removeprefix("Error: ")))
    with suppress(OSError):
        click.echo(text, err=True)


@click.group(
    cls=RememberedGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name=PROGRAM)
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
    print_settings,
    cache,
):
    commands.add_command(command)
