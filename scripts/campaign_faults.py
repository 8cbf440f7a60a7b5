"""Kills commands at random moments, or fills their disk, and looks at what is left.

    python scripts/campaign_faults.py --runs 200
    python scripts/campaign_faults.py --disk-full --runs 40    (mounts a tmpfs, so as root)

fit, refit, assign and edit work on a small planted shop with a quick encoder, in processes that
are forked from one that has loaded everything. Each is killed by SIGKILL and run again: it has to
finish, its result has to be that of a run that nothing befell, to the byte, and no text may be
encoded twice but those of the chunk in hand. Prints a table, and all of it as JSON with --json;
the exit code is 1 if anything failed.
"""

from __future__ import annotations

import os

# Processes can be forked only while the libraries that compute have no threads.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["NUMBA_THREADING_LAYER"] = "workqueue"

import argparse  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Mapping, Sequence  # noqa: E402
from contextlib import redirect_stderr, redirect_stdout, suppress  # noqa: E402
from dataclasses import asdict  # noqa: E402
from io import StringIO  # noqa: E402
from pathlib import Path  # noqa: E402

from faults.disk import Filled, fill_one  # noqa: E402
from faults.kills import Killed, Undisturbed, kill_one, undisturbed  # noqa: E402
from faults.processes import call  # noqa: E402
from faults.shop import KINDS, prepare  # noqa: E402
from tiny_encoder import TinyEncoder  # noqa: E402

WEIGHTS = {"fit": 4, "refit": 4, "assign": 2, "edit": 2}
N_PRODUCTS = 520
"""Enough for fits to be kept."""


def main() -> None:
    """Run the campaign that the command line asks for."""
    asked = _arguments()
    # So that folders and small disks go, too, when the campaign is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    warnings.simplefilter("ignore")
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        folder = Path(place)
        base = folder / "base"
        prepare(base, asked.products, _warm_up)
        kinds = [kind for kind in KINDS if kind in asked.kinds]
        calm = {kind: undisturbed(kind, base, folder / "calm") for kind in kinds}
        for kind, found in calm.items():
            print(f"undisturbed {kind}: {found.ended.seconds:.1f} s", file=sys.stderr, flush=True)
        if asked.disk_full:
            failed = _fill(calm, base, folder, rng, asked)
        else:
            failed = _kill(calm, base, folder, rng, asked)
    sys.exit(1 if failed else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="commands that an accident befalls")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--products", type=int, default=N_PRODUCTS, help="of the shop")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="commands")
    parser.add_argument("--disk-full", action="store_true", help="fill the disk in place of kills")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all that was found")
    return parser.parse_args()


def _warm_up(words: list[str], cache: Path) -> None:
    """A command in this process, so that all that it loads and compiles is there for the others."""
    with suppress(SystemExit), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        call(words, cache, TinyEncoder())


def _kinds(calm: Mapping[str, Undisturbed], n_runs: int, rng: random.Random) -> list[str]:
    kinds = list(calm)
    return rng.choices(kinds, [WEIGHTS[kind] for kind in kinds], k=n_runs)


def _kill(
    calm: Mapping[str, Undisturbed],
    base: Path,
    folder: Path,
    rng: random.Random,
    asked: argparse.Namespace,
) -> int:
    runs: list[Killed] = []
    tries = 0
    for kind in _kinds(calm, asked.runs, rng):
        while True:
            tries += 1
            killed = kill_one(kind, calm[kind], base, folder / f"killed{tries}", rng)
            if isinstance(killed, Killed):
                break
            # The machine is quicker now than it was: later moments would come too late too.
            calm = {**calm, kind: killed}
        runs.append(killed)
        _tell(
            f"{len(runs):>4}  {kind:<7} killed after {killed.seconds:5.2f} s, in {killed.stage}; "
            f"left the {killed.left}",
            killed.faults,
        )
    table = {
        "killed": len(runs),
        "finished": sum(run.is_finished for run in runs),
        "equal to the undisturbed": sum(run.is_equal for run in runs),
        "texts encoded twice": sum(run.n_twice for run in runs),
        "left neither old nor new": sum(run.left not in ("old", "new") for run in runs),
        "ended before their kill": tries - len(runs),
    }
    stages = Counter(f"{run.kind}: {run.stage}" for run in runs)
    _show(table, stages)
    return _conclude(asked, table, stages, [asdict(run) for run in runs])


def _fill(
    calm: Mapping[str, Undisturbed],
    base: Path,
    folder: Path,
    rng: random.Random,
    asked: argparse.Namespace,
) -> int:
    runs: list[Filled] = []
    for number, kind in enumerate(_kinds(calm, asked.runs, rng)):
        try:
            filled = fill_one(kind, calm[kind], base, folder / f"filled{number}", rng)
        except OSError as error:
            print(f"Skipped: no small disk can be mounted here ({error}).")
            return 0
        runs.append(filled)
        _tell(
            f"{len(runs):>4}  {kind:<7} ended with {filled.code}, in {filled.stage}: {filled.said}",
            filled.faults,
        )
    table = {
        "disks filled": len(runs),
        "stopped by it": sum(run.code != 0 for run in runs),
        "went wrong": sum(bool(run.faults) for run in runs),
    }
    stages = Counter(f"{run.kind}: {run.stage}" for run in runs)
    _show(table, stages)
    return _conclude(asked, table, stages, [asdict(run) for run in runs])


def _tell(line: str, faults: Sequence[str]) -> None:
    print(line, *(f"\n      FAULT: {fault}" for fault in faults), file=sys.stderr, flush=True)


def _show(table: Mapping[str, int], stages: Mapping[str, int]) -> None:
    for name, count in table.items():
        print(f"{count:>6}  {name}")
    print("\nWhere it happened:")
    for stage in sorted(stages):
        print(f"{stages[stage]:>6}  {stage}")


def _conclude(
    asked: argparse.Namespace,
    table: Mapping[str, int],
    stages: Mapping[str, int],
    runs: Sequence[Mapping[str, object]],
) -> int:
    """Write the JSON; how many runs failed."""
    if asked.json:
        record = {"seed": asked.seed, "counts": table, "stages": dict(stages), "runs": runs}
        asked.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return sum(bool(run["faults"]) for run in runs)


if __name__ == "__main__":
    main()
