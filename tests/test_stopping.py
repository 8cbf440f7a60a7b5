"""Ctrl-C and SIGTERM: one line, an exit code that tells which, and nobody is left at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import ROOT, environment
from planted_shop import planted_rows, write_json_lines
from tiny_cli import words_for

SAID = "Stopped; what was finished is kept: run the same command again to go on."
WORK = 600
"""Seconds that the work would take which is stopped."""
SOON = 120
"""Seconds in which it ends, also on a machine that does much else."""


@contextmanager
def started(words: list[str], cache: Path, sign: str) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, once it has said something."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(cache, PYTHONPATH=f"{ROOT}:{Path(__file__).parent}"),
        start_new_session=True,
        # Tests that run in the background of a shell inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if sign in line:
                break
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_fit_that_is_stopped_says_so_in_one_line(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", planted_rows(30))
    words = words_for(WORK, "fit", dump, "--out", tmp_path / "deep" / "run")
    with started(words, tmp_path / "cache", "encoding") as process:
        os.killpg(process.pid, number)
        _, said = process.communicate(timeout=SOON)
    assert process.returncode == code
    assert [line for line in said.splitlines() if line.strip()][-1] == SAID
    assert "Traceback" not in said
    assert not (tmp_path / "deep").exists()


def test_as_json_the_last_line_says_so_too(tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", planted_rows(30))
    words = words_for(WORK, "fit", dump, "--out", tmp_path / "run", "--log-json")
    with started(words, tmp_path / "cache", '"stage": "encoding"') as process:
        process.terminate()
        _, said = process.communicate(timeout=SOON)
    assert f'"event": "stopped", "message": "{SAID}"' in said.splitlines()[-1]


STUBBORN = """
import sys, time
from topicmodel.cli.stopping import Stop

class Stubborn:
    def __del__(self):
        print("ready", file=sys.stderr, flush=True)
        time.sleep(600)

stop = Stop(lambda: print("ended", file=sys.stderr, flush=True))
with stop.listening():
    try:
        Stubborn()
        time.sleep(600)
    except KeyboardInterrupt:
        print("stopped", stop.code, file=sys.stderr)
"""


def test_a_signal_that_comes_in_a_finalizer_is_not_lost(tmp_path: Path) -> None:
    with started([sys.executable, "-c", STUBBORN], tmp_path, "ready") as process:
        process.terminate()
        _, said = process.communicate(timeout=SOON)
    assert said == "stopped 143\n"


DEAF = """
import sys, time
from topicmodel.cli import stopping

stopping.SECONDS_TO_END = 1
stop = stopping.Stop(lambda: print("ended", file=sys.stderr, flush=True))
says = ["ready"]
with stop.listening():
    while True:
        try:
            if says:
                print(says.pop(), file=sys.stderr, flush=True)
            time.sleep(600)
        except KeyboardInterrupt:
            pass
"""


def test_a_program_that_does_not_stop_is_ended(tmp_path: Path) -> None:
    with started([sys.executable, "-c", DEAF], tmp_path, "ready") as process:
        process.terminate()
        _, said = process.communicate(timeout=SOON)
    assert (process.returncode, said) == (143, "ended\n")


WORKERS = """
import os, sys, time
from topicmodel.cli.stopping import Stop, end_helpers
from topicmodel.execution.processes import call_each

def work(seconds):
    print("at work", os.getpid(), file=sys.stderr, flush=True)
    time.sleep(seconds)

stop = Stop(lambda: None)
with stop.listening():
    try:
        list(call_each(work, [(600,), (600,)], processes=2, threads=1))
    except KeyboardInterrupt:
        end_helpers()
        sys.exit(stop.code)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_workers_end_with_the_process_that_they_work_for(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "script.py").write_text(WORKERS)
    with started([sys.executable, str(tmp_path / "script.py")], tmp_path, "at work") as process:
        process.send_signal(number)
        # The workers have its standard error too: it is closed when all of them have ended.
        process.communicate(timeout=SOON)
    assert process.returncode in (143, -signal.SIGKILL)
