"""A small campaign of faults; `scripts/campaign_faults.py` makes larger ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ROOT


def campaign(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            str(ROOT / "scripts" / "campaign_faults.py"),
            *words,
            "--products",
            "120",
            "--json",
            str(folder / "found.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=500,
    )


def test_commands_that_are_killed_and_run_again_give_what_undisturbed_ones_do(
    tmp_path: Path,
) -> None:
    done = campaign(tmp_path, "--runs", "6", "--seed", "11")
    assert done.returncode == 0, done.stderr
    counts = json.loads((tmp_path / "found.json").read_text())["counts"]
    assert counts["killed"] == counts["finished"] == counts["equal to the undisturbed"] == 6
    assert counts["texts encoded twice"] == counts["left neither old nor new"] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_disk_that_fills_up_leaves_the_old_run_or_the_new(tmp_path: Path) -> None:
    done = campaign(tmp_path, "--runs", "4", "--seed", "4", "--disk-full")
    if done.stdout.startswith("Skipped"):
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr
    counts = json.loads((tmp_path / "found.json").read_text())["counts"]
    assert (counts["disks filled"], counts["went wrong"]) == (4, 0)
