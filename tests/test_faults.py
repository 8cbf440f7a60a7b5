"""A small campaign of faults; `scripts/campaign_faults.py` makes larger ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import ROOT

ALL = """
import json, os, sys
from pathlib import Path
import campaign_faults

def run(folder, words):
    sys.argv = ["campaign_faults.py", *words]
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        stream.flush()
        os.dup2(os.open(folder / str(number), os.O_WRONLY | os.O_CREAT), number)
    try:
        campaign_faults.main()
    except SystemExit as end:
        (folder / "code").write_text(str(end.code))

for folder, words in json.loads(sys.argv[1]).items():
    run(Path(folder), words)
"""
"""Campaigns one after another, in one process, which takes long to load all that fits need."""


@dataclass(frozen=True)
class Campaign:
    code: int
    out: str
    said: str
    counts: dict[str, int]

    @classmethod
    def of(cls, folder: Path) -> Campaign:
        code, out, said = ((folder / name).read_text() for name in ("code", "1", "2"))
        found = folder / "found.json"
        counts = json.loads(found.read_text())["counts"] if found.exists() else {}
        return cls(int(code), out, said, counts)


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Campaign]:
    """One that kills commands, and one that fills their disk."""
    words = {
        "kills": ["--runs", "6", "--seed", "11"],
        "full disks": ["--runs", "4", "--seed", "4", "--disk-full"],
    }
    folders = {name: tmp_path_factory.mktemp("campaign") for name in words}
    asked = {
        str(folder): [*words[name], "--products", "120", "--json", str(folder / "found.json")]
        for name, folder in folders.items()
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALL, json.dumps(asked)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "scripts")])},
    )
    assert done.returncode == 0, done.stderr
    return {name: Campaign.of(folder) for name, folder in folders.items()}


def test_commands_that_are_killed_and_run_again_give_what_undisturbed_ones_do(
    campaigns: dict[str, Campaign],
) -> None:
    done = campaigns["kills"]
    assert done.code == 0, done.said
    counts = done.counts
    assert counts["killed"] == counts["finished"] == counts["equal to the undisturbed"] == 6
    assert counts["texts encoded twice"] == counts["left neither old nor new"] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_disk_that_fills_up_leaves_the_old_run_or_the_new(campaigns: dict[str, Campaign]) -> None:
    done = campaigns["full disks"]
    if done.out.startswith("Skipped"):
        pytest.skip(done.out.strip())
    assert done.code == 0, done.said
    counts = done.counts
    assert (counts["disks filled"], counts["went wrong"]) == (4, 0)
