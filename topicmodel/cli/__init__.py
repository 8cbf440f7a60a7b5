"""Words -> one workflow call -> messages and an exit code.

Standard output carries the result, standard error the progress. Exit codes: 0 done, 1 an error that
the message says how to mend, 2 wrong usage.
"""

from __future__ import annotations

import io
import os
import sys

import click

from topicmodel import __version__
from topicmodel.cli.editing import edit
from topicmodel.cli.exporting import export
from topicmodel.cli.fitting import assign, fit, refit
from topicmodel.cli.runs import evaluate, names, report
from topicmodel.cli.tools import cache, settings
from topicmodel.errors import TopicModelError
from topicmodel.masking import masked


def main() -> None:
    """Run the command line; known errors end in one line, never in a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="replace")
    try:
        commands.main(prog_name="topicmodel", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "Stopped. What was encoded is kept; the same command goes on from there.", err=True
        )
        sys.exit(130)
    except TopicModelError as error:
        click.echo(f"Error: {masked(str(error))}", err=True)
        sys.exit(1)
    except OSError as error:  # such as a full disk behind standard output
        click.echo(f"Error: {error}.", err=True)
        # What could not be written must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="topicmodel")
def commands() -> None:
    """Turn a dump of product descriptions into a category tree with names and a report."""


for command in (fit, refit, assign, names, evaluate, report, edit, export, settings, cache):
    commands.add_command(command)
