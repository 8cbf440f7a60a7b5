"""--settings, --set, --language and --resume: settings that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import gathered
from topicmodel.settings import Settings, load_settings, settings_from_values


@dataclass(frozen=True)
class SettingsChoice:
    """Settings named by the user; all others stay what they are in a run, or by default."""

    file: Path | None = None
    """A TOML file of settings."""
    pairs: tuple[str, ...] = ()
    """Single settings as `section.key=value`, which prevail over those of the file."""
    resume: bool | None = None
    """Whether fits that earlier runs have finished are used; None leaves it as it is set."""
    language: str | None = None
    """Language of the catalogue's names; None leaves it as it is set."""

    def over_defaults(self) -> Settings:
        """The default settings with those that the user named.

        Raises:
            SettingsError: the file cannot be read, or a setting is unknown or has a wrong value.
        """
        return load_settings(self.file, self._assignments)

    def over_run(self, run: Path) -> Settings | None:
        """The settings of a run with those that the user named; None where none is named.

        Raises:
            RunError: there is no run, or it is damaged.
            SettingsError: the file cannot be read, or a setting is unknown or has a wrong value.
        """
        if not (self.file or self._assignments):
            return None
        kept = settings_from_values(workflows.load(run).manifest.settings)
        return load_settings(self.file, self._assignments, kept)

    def with_pairs(self, pairs: Sequence[str]) -> SettingsChoice:
        """The same choice with more single settings, which prevail over those before them."""
        return replace(self, pairs=(*self.pairs, *pairs))

    def check_sections(self, sections: Sequence[str], example: str, command: str) -> None:
        """Make sure that --set names settings of certain sections only; the file may hold others.

        Args:
            sections: names of the sections.
            example: a setting with its value, for the message.
            command: name of the command, for the message.

        Raises:
            click.UsageError: a setting of another section is named.
        """
        allowed = " and ".join(f"{section}.*" for section in sections)
        for pair in self.pairs:
            key, separator, _ = pair.partition("=")
            if separator and key.strip().partition(".")[0] not in sections:
                raise click.UsageError(
                    f"`{command}` fits nothing anew, so --set takes {allowed} settings only, such "
                    f"as {example}; got {key.strip()}."
                )

    @property
    def _assignments(self) -> tuple[str, ...]:
        """The pairs, and what --resume, --no-resume and --language mean as further ones."""
        resume = () if self.resume is None else (f"keep_stages={str(self.resume).lower()}",)
        language = () if self.language is None else (f"catalogue.language={self.language}",)
        return (*self.pairs, *resume, *language)


settings_options = gathered(
    "settings",
    SettingsChoice,
    click.option(
        "--settings",
        "file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="TOML file of settings; `topicmodel settings` prints one.",
    ),
    click.option(
        "--set",
        "pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="One setting, such as level1.n_topics=12; may be repeated.",
    ),
)
"""Add the options that change settings; the command is handed `settings`, a `SettingsChoice`."""

resume_option = click.option(
    "--resume/--no-resume",
    default=None,
    help="Use fits that an earlier run has finished (the default), or fit everything anew.",
)
"""Add the switch that `settings_options` takes into the `SettingsChoice`."""

language_option = click.option(
    "--language",
    metavar="CODE",
    help="Language of the names that the catalogue gives, such as es or pt-br; without it, that of "
    "most texts.",
)
"""Add the option that `settings_options` takes into the `SettingsChoice`."""
