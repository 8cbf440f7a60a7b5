"""Commands that are killed at random moments, and run again."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from faults.processes import Command, Ended
from faults.shop import Case, Content, case_of
from topicmodel import verify


@dataclass(frozen=True)
class Undisturbed:
    """A command that nothing befell."""

    before: Content
    after: Content
    ended: Ended
    marks: Sequence[float]
    """Seconds at which its stages began, its start and its end among them."""


@dataclass
class Killed:
    """One command that was killed and run again."""

    kind: str
    stage: str
    seconds: float
    left: str
    """What the killed one left: `old`, `new`, or what is wrong with it."""
    is_finished: bool = False
    is_equal: bool = False
    n_twice: int = 0
    """Texts that were encoded twice, beyond those of the chunk in hand."""
    faults: list[str] = field(default_factory=list)


def undisturbed(kind: str, base: Path, folder: Path) -> Undisturbed:
    """The command, run to its end: what all others are compared with.

    Raises:
        RuntimeError: it does not work.
    """
    case = case_of(kind, base, folder / kind)
    before = case.content()
    ended = _run(case, folder / f"{kind}.notes")
    if ended.code:
        raise RuntimeError(f"{kind} ends with {ended.code}: {ended.said}")
    return Undisturbed(before, case.content(), ended, _marks(ended))


def kill_one(
    kind: str, calm: Undisturbed, base: Path, folder: Path, rng: random.Random
) -> Killed | Undisturbed:
    """Kill a command at a random moment and run it again.

    Returns:
        What became of it; where it ended before that moment, another undisturbed command.
    """
    case = case_of(kind, base, folder / "case")
    command = Command.begin(case.words, case.folder / "cache", folder / "first")
    command.kill_after(_moment(calm, rng))
    first = command.end()
    if first.code == 0:
        shutil.rmtree(folder)
        return replace(calm, ended=first, marks=_marks(first))
    killed = Killed(kind, first.stage, first.seconds, left=state_of(case, calm))
    if killed.left not in ("old", "new"):
        killed.faults.append(f"the killed command left {killed.left}")
    _run_again(case, calm, first, killed, folder / "second")
    if not killed.faults:
        shutil.rmtree(folder)
    return killed


def _run_again(case: Case, calm: Undisturbed, first: Ended, killed: Killed, notes: Path) -> None:
    second = Ended(0, 0.0, (), ()) if case.is_done() else _run(case, notes)
    killed.is_finished = second.code == 0
    killed.is_equal = killed.is_finished and case.content() == calm.after
    done = frozenset().union(*first.batches[:-1])
    killed.n_twice = sum(len(done & batch) for batch in second.batches)
    if not killed.is_finished:
        killed.faults.append(f"run again, it ends with {second.code}: {second.said}")
    elif not killed.is_equal:
        killed.faults.append("run again, its result is another")
    if killed.n_twice:
        killed.faults.append(f"{killed.n_twice} texts were encoded twice")
    # What a killed edit has left goes with the next command, which here there is none of.
    if case.strangers() and second.seconds:
        killed.faults.append(f"there is still {case.strangers()}")


def _run(case: Case, notes: Path) -> Ended:
    return Command.begin(case.words, case.folder / "cache", notes).end()


def state_of(case: Case, calm: Undisturbed) -> str:
    """Whether the old result is there or the new one, whole."""
    try:
        found = verify(case.run)  # which also puts back what was moved aside
        content = case.content()
    except Exception as error:
        return f"nothing that can be read: {error}"
    if not found.is_intact:
        return f"a damaged run: {found}"
    states: Mapping[str, Content] = {"old": calm.before, "new": calm.after}
    return next((name for name, other in states.items() if other == content), "something else")


def _marks(ended: Ended) -> list[float]:
    """Seconds at which stages began, by the times in its log; the first event comes at once."""
    times = [
        datetime.fromisoformat(entry["time"]).timestamp()
        for entry in ended.log
        if entry.get("event") == "stage"
    ]
    return [0.0, *(time - times[0] for time in times[1:]), ended.seconds]


def _moment(calm: Undisturbed, rng: random.Random) -> float:
    """Half of the moments are any of the whole duration, half any of a stage, also a short one."""
    if rng.random() < 0.5:
        return rng.uniform(0, calm.ended.seconds)
    stage = rng.randrange(len(calm.marks) - 1)
    return rng.uniform(calm.marks[stage], calm.marks[stage + 1])
