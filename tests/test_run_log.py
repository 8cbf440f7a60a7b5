"""What is said while a run is made: in its folder, in its report, and to programs."""

from __future__ import annotations

import html
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from command_line import Command, command_fixture  # noqa: F401 - used by its name
from conftest import PlantedRun
from fake_run import fake_run
from planted_shop import planted_rows, write_json_lines

from topicmodel import load, verify
from topicmodel.execution import checkpoint_folder as kept
from topicmodel.progress import Silent, as_progress
from topicmodel.progress.clock import StageClock
from topicmodel.reporting import render
from topicmodel.settings import ReportSettings
from topicmodel.workflows import checkpointing

QUICK = ("--set", "evaluation.resamples=0")


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_json_lines(tmp_path / "shop.jsonl", planted_rows(30))


def test_a_run_keeps_its_log_with_what_each_stage_took(planted: PlantedRun) -> None:
    entries = events((planted.folder / "log.jsonl").read_text(encoding="utf-8"))
    assert entries == list(load(planted.folder).log)
    stages = [entry["stage"] for entry in entries if entry["event"] == "stage"]
    assert stages[0] == "reading"
    assert {"encoding", "finding topics", "naming", "writing"} <= set(stages)
    done = [entry for entry in entries if entry["event"] == "done"]
    assert [entry["stage"] for entry in done] == stages[:-1]
    assert all(entry["seconds"] >= 0 and entry["peak_mb"] > 0 for entry in done)
    messages = [entry["message"] for entry in entries if entry["event"] == "message"]
    assert any(message.startswith("columns: id <- id") for message in messages)
    times = [entry["time"] for entry in entries]
    assert times == sorted(times)
    assert "log.jsonl" in json.loads((planted.folder / "manifest.json").read_text())["files"]


class Listener(Silent):
    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


def test_warnings_are_kept_once_and_passed_on() -> None:
    listener = Listener()
    clock = StageClock(listener)
    with clock.hearing_warnings():
        logging.getLogger("topicmodel.embedding").warning("it is %s", "slow")
        logging.getLogger("topicmodel.embedding").info("it is well")
        logging.getLogger("another").warning("not ours")
        clock.warning("no room")
        clock.warning("no room")
        clock.message("a fact")
    logging.getLogger("topicmodel.embedding").warning("too late")
    assert clock.warnings == ["it is slow", "no room"]
    assert listener.messages == ["no room", "no room", "a fact"]


class WithoutWarnings:
    """A Progress as the library had them before there were warnings."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    def stage(self, name: str, total: float | None = None) -> None:
        self.told.append((name, total))

    def advance(self, amount: float, note: str = "") -> None:
        self.told.append((note, amount))

    def message(self, text: str) -> None:
        self.told.append(("message", text))


def test_a_progress_without_warnings_gets_them_as_messages() -> None:
    listener = WithoutWarnings()
    progress = as_progress(listener)
    progress.stage("reading", 3)
    progress.advance(1, "a file")
    progress.message("a fact")
    progress.warning("no room")
    assert listener.told == [
        ("reading", 3),
        ("a file", 1),
        ("message", "a fact"),
        ("message", "no room"),
    ]


def test_a_progress_with_warnings_is_taken_as_it_is() -> None:
    listener = Listener()
    assert as_progress(listener) is listener
    assert isinstance(as_progress(None), Silent)


def no_room(*_: object) -> None:
    raise OSError(28, os.strerror(28))


def test_a_disk_that_is_full_for_kept_fits_is_told_once_and_stands_in_the_report(
    command: Command, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "LEAST_KEPT", 10)
    monkeypatch.setattr(kept, "_make_room", no_room)
    done = command("fit", dump, "--out", tmp_path / "run", *QUICK)
    assert done.code == 0
    assert done.err.replace("\n", " ").count("Finished fits cannot be kept in") == 1
    (warning,) = load(tmp_path / "run").manifest.warnings
    assert "No space left on device. The run goes on without" in warning
    page = html.unescape((tmp_path / "run" / "index.html").read_text(encoding="utf-8"))
    assert page.count(warning) == 1


def test_a_report_without_warnings_says_nothing_of_any() -> None:
    run = fake_run()
    assert 'id="warnings"' not in render(run, ReportSettings())


def test_for_programs_progress_is_json_an_object_a_line(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    done = command("fit", dump, "--out", tmp_path / "run", "--log-json", *QUICK)
    assert done.code == 0
    entries = events(done.err)
    assert all(entry["time"] and entry["event"] for entry in entries)
    kinds = {entry["event"] for entry in entries}
    assert {"stage", "progress", "message"} <= kinds
    encoding = [entry for entry in entries if entry.get("stage") == "encoding"]
    assert encoding[0]["event"] == "stage"
    assert encoding[1]["amount"] == encoding[1]["total"] == encoding[0]["total"] > 0


def test_for_programs_an_error_is_json_too(command: Command, tmp_path: Path) -> None:
    done = command("fit", tmp_path / "none.csv", "--out", tmp_path / "run", "--log-json")
    assert (done.code, done.out) == (1, "")
    last = events(done.err)[-1]
    assert last["event"] == "error"
    assert "none.csv" in last["message"]


@pytest.mark.parametrize(("words", "taken"), [((), 1), (("--resume",), 1), (("--no-resume",), 0)])
def test_finished_fits_are_taken_up_unless_that_is_not_wanted(
    command: Command,
    dump: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    taken: int,
) -> None:
    monkeypatch.setattr(checkpointing, "LEAST_KEPT", 10)
    for name in ("first", "second"):
        done = command("fit", dump, "--out", tmp_path / name, *QUICK, *words)
    assert done.err.count("Taken from an earlier run") == taken


def test_verify_names_each_file_that_is_not_as_it_was(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command("fit", dump, "--out", run, "--quiet", *QUICK)
    sound = command("verify", run)
    assert (sound.code, sound.err) == (0, "")
    assert "all as they were written" in sound.out
    (run / "index.html").write_text("mine")
    (run / "history.json").unlink()
    (run / "notes.txt").touch()
    done = command("verify", run)
    assert done.code == 1
    assert done.out.splitlines()[:3] == [
        "damaged  index.html",
        "missing  history.json",
        "foreign  notes.txt",
    ]
    record = json.loads(command("verify", run, "--json").out)
    assert record["missing"] == ["history.json"]
    assert not record["is_intact"]
    assert not verify(run).is_intact
    assert command("verify", tmp_path / "none").code == 1
