"""The command line as the user typed it."""

from __future__ import annotations

import shlex

import click

from topicmodel.files.secrets import masked

PROGRAM = "topicmodel"

_COMMAND_LINE = "topicmodel.command_line"
"""Key of the context's `meta` under which the command line is kept."""


class RememberedGroup(click.Group):
    """A group of commands that remembers the words with which it was called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words, without their secrets, before they are taken apart."""
        # Word by word, since the quotation marks of a shell could hide a password in a word.
        line = shlex.join(masked(word) for word in (PROGRAM, *args))
        # A file's name that is not UTF-8 could be written to no file.
        ctx.meta[_COMMAND_LINE] = line.encode(errors="replace").decode()
        return super().parse_args(ctx, args)


def command_line() -> str:
    """The command line of the command that runs, such as `topicmodel fit shop.csv --out DIR`.

    It is quoted for a shell, so that it can be pasted there. Passwords and keys in addresses are
    left out, or replaced by ***; see `topicmodel.files.secrets`.

    Raises:
        RuntimeError: no command runs.
    """
    line: str = click.get_current_context().meta[_COMMAND_LINE]
    return line
