"""settings and cache: they show what holds for all runs."""

from __future__ import annotations

import json

import click

from topicmodel import workflows
from topicmodel.cli.output_options import json_option
from topicmodel.cli.settings_options import SettingsChoice, settings_options
from topicmodel.settings import settings_as_toml


@click.command("settings")
@settings_options
def print_settings(settings: SettingsChoice) -> None:
    """Print all settings as TOML, with the changes that the options make."""
    click.echo(settings_as_toml(settings.over_defaults()), nl=False)


@click.group()
def cache() -> None:
    """Look at, or clear, the cache of vectors and of finished fits."""


@cache.command("info")
@json_option
def cache_info(as_json: bool) -> None:
    """Print where the cache is, its size, the vectors of each encoder, and the fits kept."""
    info = workflows.cache_info()
    if as_json:
        stages = {"path": str(info.stages.path), "bytes": info.stages.n_bytes}
        record = {
            "path": str(info.path),
            "bytes": info.n_bytes,
            "vectors": dict(info.entries),
            "stages": {**stages, "kept": info.stages.n_stages},
        }
        click.echo(json.dumps(record, indent=2))
        return
    click.echo(f"{info.path}  {info.n_bytes / 1e6:,.1f} MB")
    for encoder, n_vectors in info.entries.items():
        click.echo(f"{n_vectors:>12,}  {encoder}")
    click.echo(f"{info.stages.path}  {info.stages.n_bytes / 1e6:,.1f} MB")
    click.echo(f"{info.stages.n_stages:>12,}  finished fits")


@cache.command("clear")
def cache_clear() -> None:
    """Delete all vectors and fits; the next run encodes its texts and fits them again."""
    click.echo(f"Cleared {workflows.clear_cache()}.")
