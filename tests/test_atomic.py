"""What `files.atomic` promises: the old or the new, whole, and nothing beside it in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from topicmodel.files import atomic
from topicmodel.files.atomic import bring_back, staged, staged_folder, write_atomically, write_files
from topicmodel.files.locks import open_locked

KILLED_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from topicmodel.files.atomic import staged, write_atomically

steps, last = 0, int(sys.argv[2])

def counted(function):
    def call(*arguments, **named):
        global steps
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1
        return function(*arguments, **named)
    return call

os.fsync = counted(os.fsync)
for name in ("write_bytes", "replace", "touch", "unlink"):
    setattr(Path, name, counted(getattr(Path, name)))
path = Path(sys.argv[1])
if sys.argv[3] == "at once":
    write_atomically(path, b"new")
else:
    with staged(path, durable=True) as beside:
        beside.write_bytes(b"new")
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def old_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    write_files(folder, {"a.txt": b"old", "b/c.txt": b"old"})
    return folder


def test_a_file_is_replaced_and_nothing_else_stays(old: Path) -> None:
    write_atomically(old, b"new")
    assert old.read_bytes() == b"new"
    assert names_in(old.parent) == [old.name]


@pytest.mark.parametrize("how", ["at once", "durably"])
def test_a_process_that_is_killed_anywhere_leaves_the_old_file_or_the_new(
    old: Path, how: str
) -> None:
    found, code = [], -signal.SIGKILL
    while code == -signal.SIGKILL:
        old.write_bytes(b"old")
        command = [sys.executable, "-c", KILLED_AT_A_STEP, str(old), str(len(found)), how]
        code = subprocess.run(command, timeout=60, check=False).returncode
        found.append(old.read_bytes())
    assert code == 0
    # The last two: killed when the file was in place, and not killed.
    assert found == [b"old"] * (len(found) - 2) + [b"new"] * 2
    assert len(found) > 2


@pytest.mark.parametrize("durable", [False, True])
def test_an_error_leaves_the_old_file_and_nothing_beside_it(old: Path, durable: bool) -> None:
    with pytest.raises(OSError, match="full"), staged(old, durable=durable) as beside:
        beside.write_bytes(b"ne")
        raise OSError("full")
    assert old.read_bytes() == b"old"
    assert names_in(old.parent) == [old.name]


def test_where_nothing_is_written_the_old_file_stays(old: Path) -> None:
    with staged(old, durable=True) as beside:
        beside.unlink()
    assert old.read_bytes() == b"old"
    assert names_in(old.parent) == [old.name]


def test_what_killed_processes_have_left_is_removed_but_not_what_is_being_written(
    old: Path,
) -> None:
    left, written = (old.with_name(f".{old.name}.{part * 4}.partial") for part in ("ab", "cd"))
    left.touch()
    written.touch()
    other = old.with_name(f".{old.name}x.{'ab' * 4}.partial")
    other.touch()
    handle = open_locked(written)
    try:
        with staged(old, durable=True) as beside:
            beside.write_bytes(b"new")
    finally:
        os.close(handle)
    assert names_in(old.parent) == sorted([old.name, written.name, other.name])


def test_only_what_is_wanted_after_a_power_cut_is_flushed(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr("os.fsync", flushed.append)
    write_atomically(old, b"new")
    assert not flushed
    with staged(old, durable=True) as beside:
        beside.write_bytes(b"newer")
    assert len(flushed) == 1


def test_a_folder_is_replaced_whole(old_folder: Path) -> None:
    with staged_folder(old_folder) as beside:
        write_files(beside, {"d.txt": b"new"})
        assert (old_folder / "a.txt").read_bytes() == b"old"
    assert names_in(old_folder) == ["d.txt"]
    assert names_in(old_folder.parent) == [old_folder.name]


def test_a_folder_that_must_not_be_replaced_stays(old_folder: Path) -> None:
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise ValueError("somebody was here")

    with pytest.raises(ValueError, match="somebody"), staged_folder(old_folder, check) as beside:
        write_files(beside, {"a.txt": b"new"})
    assert (old_folder / "a.txt").read_bytes() == b"old"
    assert names_in(old_folder.parent) == [old_folder.name]


def test_an_old_folder_is_brought_back_where_there_is_none(old_folder: Path) -> None:
    aside = old_folder.with_name(f".{old_folder.name}.0123abcd.{atomic.OLD}")
    old_folder.rename(aside)
    bring_back(old_folder)
    assert (old_folder / "a.txt").read_bytes() == b"old"
    assert not aside.exists()
    bring_back(old_folder)
    assert names_in(old_folder.parent) == [old_folder.name]
