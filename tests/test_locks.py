"""Several commands at once on one run: nothing is lost, and who is in the way is told."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from command_line import ROOT, Command, command_fixture, environment  # noqa: F401 - by its name
from conftest import PlantedRun
from planted_shop import planted_rows, write_json_lines
from tiny_cli import words_for
from tiny_encoder import TinyEncoder

from topicmodel import RunError, edit, fit, load, refit
from topicmodel.datatypes import Floats, TopicId
from topicmodel.files import locks
from topicmodel.files.locks import sole_use
from topicmodel.workflows import saved_runs as runs


@pytest.fixture
def own_run(planted: PlantedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planted.folder, tmp_path / "own"))


def lock_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.lock")


def test_while_somebody_has_it_others_are_told_who(tmp_path: Path) -> None:
    with sole_use(tmp_path / "run", "fit"):
        who = json.loads(lock_of(tmp_path / "run").read_text())
        assert (who["pid"], who["command"]) == (os.getpid(), "fit")
        with (
            pytest.raises(
                RunError, match=rf"is in use: `topicmodel fit`, process {os.getpid()} on"
            ),
            sole_use(tmp_path / "run", "refit"),
        ):
            pass
        with sole_use(tmp_path / "another", "refit"):
            pass
    with sole_use(tmp_path / "run", "refit"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_made_for_it_and_stay_empty_go_again(tmp_path: Path) -> None:
    with sole_use(tmp_path / "some" / "deep" / "run", "fit"):
        assert (tmp_path / "some" / "deep").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunError, match=r"Cannot write .*choose another --out"),
        sole_use(tmp_path / "file" / "run", "fit"),
    ):
        pass


def test_a_file_system_that_knows_no_locks_is_written_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with sole_use(tmp_path / "some" / "run", "fit"):
        (tmp_path / "some" / "run").mkdir()
    assert [path.name for path in (tmp_path / "some").iterdir()] == ["run"]


HOLDER = """
import sys
from pathlib import Path
from topicmodel.files.locks import sole_use
with sole_use(Path(sys.argv[1]), "fit"):
    print("mine", flush=True)
    sys.stdin.read()
"""


def holder_of(target: Path) -> subprocess.Popen[str]:
    """A process that has it, until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_lock_that_a_killed_process_has_left_stops_nobody(tmp_path: Path) -> None:
    holder = holder_of(tmp_path / "run")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert lock_of(tmp_path / "run").exists()
    with sole_use(tmp_path / "run", "fit"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_one_may_wait_for_another_and_is_told_once_for_whom(tmp_path: Path) -> None:
    holder, told = holder_of(tmp_path / "run"), list[str]()

    def end_it(text: str) -> None:
        told.append(text)
        holder.communicate()

    with sole_use(tmp_path / "run", "fit", patience=600, tell=end_it):
        assert holder.returncode == 0
    assert len(told) == 1
    assert f"`topicmodel fit`, process {holder.pid} on" in told[0]


def test_a_fit_into_a_folder_that_is_in_use_does_no_work(tmp_path: Path) -> None:
    dump, idle = (
        write_json_lines(tmp_path / "d.jsonl", planted_rows(20)),
        TinyEncoder(explodes=True),
    )
    with (
        sole_use(tmp_path / "run", "refit"),
        pytest.raises(RunError, match=r"is in use: `topicmodel refit`.*--wait"),
    ):
        fit(dump, out=tmp_path / "run", encoder=idle, cache=tmp_path / "c.sqlite")


def test_a_refit_into_a_folder_that_is_in_use_does_no_work(
    planted: PlantedRun, own_run: Path
) -> None:
    idle = TinyEncoder(explodes=True)
    with sole_use(own_run, "fit"), pytest.raises(RunError, match="is in use: `topicmodel fit`"):
        refit(own_run, planted.dump, out=own_run, encoder=idle, cache=planted.cache)


def test_two_assigns_do_not_write_one_mapping(
    command: Command, planted: PlantedRun, tmp_path: Path
) -> None:
    out = tmp_path / "mapping.csv"
    with sole_use(out, "assign"):
        done = command("assign", planted.folder, planted.dump, "--out", out, "--quiet")
    assert done.code == 1
    assert "mapping.csv is in use: `topicmodel assign`" in done.error
    assert not out.exists()


def test_an_edit_does_not_wait_for_ever(own_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PATIENCE", 0.3)
    topic = load(own_run).taxonomy.level1[0].id
    with sole_use(own_run, "refit"), pytest.raises(RunError, match="is in use: `topicmodel refit`"):
        edit(own_run, "rename", topic=topic, name="Mine")
    assert not load(own_run).edits


def test_of_edits_at_the_same_time_none_is_lost(own_run: Path, tmp_path: Path) -> None:
    topics = [topic.id for topic in load(own_run).taxonomy.level1[:3]]
    people = [
        subprocess.Popen(
            words_for(0, "edit", own_run, "rename", topic, f"Name {number}"),
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path / "cache"),
        )
        for number, topic in enumerate(topics)
    ]
    assert [person.communicate(timeout=120)[1] for person in people] == ["", "", ""]
    names = {topic: load(own_run).taxonomy[TopicId(topic)].name for topic in topics}
    assert names == {topic: f"Name {number}" for number, topic in enumerate(topics)}
    assert not list(tmp_path.glob(".own*"))


def test_the_second_of_two_fits_waits_where_it_is_asked_to(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, run = write_json_lines(tmp_path / "d.jsonl", planted_rows(30)), tmp_path / "run"
    words = ("fit", dump, "--out", run, "--set", "evaluation.resamples=0")
    assert command(*words, "--quiet").code == 0
    first, who = holder_of(run), locks._holder

    def tell_and_end_it(lock: Any) -> str:
        said = who(lock)
        first.communicate()
        return said

    monkeypatch.setattr(locks, "_holder", tell_and_end_it)
    second = command(*words, "--wait")
    assert (second.code, first.returncode) == (0, 0)
    waited = f"is in use: `topicmodel fit`, process {first.pid} on"
    assert waited in second.err.replace("\n", " ")
    assert " 0 encoded now" in second.err
    assert load(run).manifest.dump.products == 30


class Curious(TinyEncoder):
    """Tries to have a folder for itself each time that it is asked to encode something."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def encode(self, texts: Sequence[str]) -> Floats:
        with (
            pytest.raises(RunError, match="is in use: `topicmodel fit`"),
            sole_use(self.folder, "x"),
        ):
            pass
        return super().encode(texts)


def test_a_fit_has_its_folder_for_itself_while_it_works(tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", planted_rows(20))
    encoder = Curious(tmp_path / "run")
    fit(dump, out=tmp_path / "run", encoder=encoder, cache=tmp_path / "c.sqlite")
    assert encoder.batches
