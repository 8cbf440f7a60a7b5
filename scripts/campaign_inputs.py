"""The bad-input campaign: thousands of broken, huge and hostile dumps, each read under a clock.

    python scripts/campaign_inputs.py --n 2000 --seed 1

Dumps are made by seeded chance in every format and packing, and from real files whose bytes and
structure are changed. Each is read in a worker process. What counts as a failure: an exception that
is no TopicModelError (a traceback, for a user), more than 20 seconds (a hang), and rows of a file
with a known number of them that became neither products nor rejects nor duplicates. Some also go
the whole way of `fit` with a quick encoder. The result is a table and, with --out, JSON; the exit
code is 1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

from hostile.dumps import Case, make_case
from hostile.watched import watched

LIMIT = 20
"""Seconds that one dump may take to be read."""
LIMIT_OF_FIT = 240
LIMIT_OF_ALL = LIMIT + LIMIT_OF_FIT + 60
SHARE_OF_FITS = 20
"""One dump in so many goes the whole way."""


@dataclass(frozen=True)
class Outcome:
    """What became of a dump."""

    number: int
    format: str
    change: str
    result: str
    """ "read", "refused", "traceback", "hang", "crash" or "lost"."""
    detail: str
    seconds: float
    fitted: bool = False


class _TooLongError(BaseException):
    """No Exception, so that nothing on the way takes it for one of its own."""


def main() -> None:
    """Run the campaign and print what came of it."""
    options = _options()
    numbers = range(options.n) if options.only is None else [options.only]
    jobs = [(options.seed, number, str(options.data), options.keep) for number in numbers]
    start, outcomes = time.monotonic(), []
    for job, found in watched(_judge, jobs, lambda _: LIMIT_OF_ALL, options.processes):
        # A process that neither answers nor ends has nothing more to tell.
        lost = Outcome(job[1], "unknown", "unknown", str(found), "see --only", LIMIT_OF_ALL)
        outcome = found if isinstance(found, Outcome) else lost
        outcomes.append(outcome)
        if outcome.result in _FAILURES:
            print(outcome, file=sys.stderr, flush=True)
    failed = sum(outcome.result in _FAILURES for outcome in outcomes)
    print(_table(outcomes))
    seconds = time.monotonic() - start
    print(f"{len(outcomes):,} dumps in {seconds:.0f} s, {failed} failures")
    if options.out:
        options.out.write_text(json.dumps(_record(options, outcomes), indent=2), encoding="utf-8")
    sys.exit(1 if failed else 0)


_FAILURES = ("traceback", "hang", "crash", "lost")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads thousands of bad dumps.")
    here = Path(__file__).parents[1]
    parser.add_argument("--n", type=int, default=2000, help="dumps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the one dump of this number")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--data", type=Path, default=here.parent / "shared" / "data")
    parser.add_argument("--keep", type=Path, help="folder for the dumps that failed")
    parser.add_argument("--out", type=Path, help="JSON file of the result")
    return parser.parse_args()


def _judge(job: tuple[int, int, str, Path | None]) -> Outcome:
    """Make one dump, read it, and see that nothing is lost."""
    seed, number, data, keep = job
    warnings.simplefilter("error")
    rng = random.Random(f"{seed}-{number}")
    # The encoder of the tests, which needs no model.
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        case = make_case(rng, Path(folder), Path(data))
        is_fitted = number % SHARE_OF_FITS == 0 and case.is_small
        start = time.monotonic()
        result, detail = _tried(case, Path(folder), is_fitted)
        seconds = round(time.monotonic() - start, 2)
        if result in _FAILURES and keep:
            keep.mkdir(parents=True, exist_ok=True)
            if case.path.is_file():
                (keep / f"{number}-{case.path.name}").write_bytes(case.path.read_bytes())
    return Outcome(number, case.format, case.change, result, detail, seconds, is_fitted)


def _tried(case: Case, folder: Path, is_fitted: bool) -> tuple[str, str]:
    from topicmodel.errors import TopicModelError

    try:
        with _clock(LIMIT):
            problem = _read(case)
        if is_fitted and not problem:
            with _clock(LIMIT_OF_FIT), redirect_stderr(StringIO()):
                problem = _fit(case, folder)
    except TopicModelError as error:
        if "\n" in str(error):
            return "traceback", f"an error of several lines: {error}"
        return ("lost", str(error)) if case.must_be_read else ("refused", str(error)[:300])
    except _TooLongError:
        return "hang", ""
    except BaseException:
        return "traceback", traceback.format_exc()[-1500:]
    return ("lost", problem) if problem else ("read", "")


def _read(case: Case) -> str:
    """What is lost of a dump, in words."""
    from topicmodel.documents import build_documents
    from topicmodel.ingest import read_dump
    from topicmodel.settings import DocumentSettings

    dump = read_dump([case.path])
    found = len(dump.products) + len(dump.report.rejects) + dump.report.duplicates
    if case.rows is not None and found != case.rows:
        return f"{case.rows} rows became {found}"
    if case.is_small:
        documents = build_documents(dump.products, DocumentSettings(attributes=("*",)))
        if len(documents.products) != len(dump.products):
            return f"{len(dump.products)} products became {len(documents.products)}"
    return ""


def _fit(case: Case, folder: Path) -> str:
    """What a fit loses, in words."""
    from tiny_encoder import TinyEncoder

    from topicmodel import Settings, fit, load
    from topicmodel.ingest import read_dump

    values = {"evaluation": {"resamples": 0}, "topics": {"n_fits": 1}}
    settings = Settings.model_validate({**values, "ingest": {"max_rejects": 1}})
    out = folder / "run"
    fit(
        case.path,
        out=out,
        settings=settings,
        encoder=TinyEncoder(),
        cache=folder / "vectors.sqlite",
    )
    placed = load(out).assignments.product_ids
    expected = [product.id for product in read_dump([case.path]).products]
    all_there = sorted(placed) == sorted(expected)
    return "" if all_there else f"{len(expected)} products, {len(placed)} placed"


class _clock:  # noqa: N801 - read as a word of the language
    """Stops what takes too long."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, _stop)
        signal.alarm(self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def _table(outcomes: Sequence[Outcome]) -> str:
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        rows[outcome.format][outcome.result] += 1
        rows[outcome.format]["fits"] += outcome.fitted
        rows["all"][outcome.result] += 1
        rows["all"]["fits"] += outcome.fitted
    columns = ["read", "refused", "fits", "traceback", "hang", "crash", "lost"]
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    lines = ["format".ljust(12) + "".join(name.rjust(11) for name in columns)]
    lines += [
        name.ljust(12) + "".join(str(rows[name][column]).rjust(11) for column in columns)
        for name in sorted(rows, key=lambda name: (name == "all", name))
    ]
    return "\n".join([*lines, f"slowest: {slowest.seconds} s, number {slowest.number}"])


def _record(options: argparse.Namespace, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    counts = Counter(outcome.result for outcome in outcomes)
    failed = [asdict(outcome) for outcome in outcomes if outcome.result in _FAILURES]
    return {
        "seed": options.seed,
        "dumps": len(outcomes),
        "counts": dict(counts),
        "changes": dict(Counter(outcome.change for outcome in outcomes)),
        "slowest_seconds": max(outcome.seconds for outcome in outcomes),
        "failed": failed,
    }


if __name__ == "__main__":
    main()
