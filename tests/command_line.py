"""The command line as tests use it: in this process, and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_encoder import TinyEncoder

import topicmodel
from topicmodel.cli import main

ROOT = Path(topicmodel.__file__).parents[1]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The message, where standard error holds that one line and nothing else."""
        (line,) = self.err.splitlines()
        return line.removeprefix("Error: ")


Command = Callable[..., Outcome]


@pytest.fixture(name="command")
def command_fixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command line in this process, with the quick encoder and a cache of its own."""
    monkeypatch.setattr("topicmodel.embedding.session.load_encoder", lambda _: TinyEncoder())
    return _runner(tmp_path, monkeypatch, capsys)


@pytest.fixture
def real_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command line in this process, with the encoder that it names."""
    return _runner(tmp_path, monkeypatch, capsys)


def _runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("TOPICMODEL_CACHE", str(tmp_path / "cache"))

    def run(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["topicmodel", *map(str, words)])
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        assert isinstance(code, int)
        return Outcome(code, *capsys.readouterr())

    return run


def in_a_process(*words: object, cache: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "topicmodel", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(cache, **variables),
    )


def environment(cache: Path, **more: str) -> dict[str, str]:
    own = {"TOPICMODEL_CACHE": str(cache), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return os.environ | own | more
