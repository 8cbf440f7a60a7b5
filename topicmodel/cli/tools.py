"""settings and cache: what is not about a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from topicmodel import workflows
from topicmodel.cli.options import json_option, settings_options
from topicmodel.settings import load_settings, settings_as_toml


@click.command()
@settings_options
def settings(settings_file: Path | None, pairs: Sequence[str]) -> None:
    """Print all settings as TOML; with options, as those change them."""
    click.echo(settings_as_toml(load_settings(settings_file, pairs)), nl=False)


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
