"""Fuzzes every reader: files of each format, and the files that people or programs edit by hand.

    python scripts/fuzz_readers.py --minutes 10
    python scripts/fuzz_readers.py --targets csv edits.jsonl --minutes 1 --seed 7

Each target starts from sound files, changes bytes and structure by seeded chance, and keeps what
led somewhere new (another error or another count of rows) to change it further. Anything but a
result or a TopicModelError is a finding, and so is what takes over 20 seconds or ends the process;
the input is saved, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from hostile.dumps import MUTATIONS, SUFFIX, WRITERS, odd_rows, packed
from hostile.watched import watched

LIMIT = 20
"""Seconds of the processor that one input may take, however busy the machine is."""
MOST_KEPT = 300
PACKED = ("gz", "bz2", "zst", "zip")
LOADED = ("edits.jsonl", "taxonomy.json", "settings.toml")

_JUNK = (None, -1, 0, 10**30, 1e308, "", "x" * 5000, "\ud800", [], {}, [[]], True, {"a": [1]})


class _TooLongError(BaseException):
    """No Exception, so that nothing on the way takes it for one of its own."""


def main() -> None:
    """Fuzz the targets and say what was found."""
    options = _options()
    jobs = [(name, options.minutes, options.seed, options.findings) for name in options.targets]
    limit = 60 * options.minutes + 3 * LIMIT
    n_findings = 0
    for job, found in watched(_fuzz, jobs, lambda _: limit, options.processes):
        if isinstance(found, str):
            n_findings += 1
            print(f"{job[0]:<16} {found}: see {_current(job[3], job[0])}")
            continue
        n_findings += len(found["findings"])
        print(
            f"{job[0]:<16}{found['inputs']:>9,} inputs  {found['refused']:>9,} refused  "
            f"{found['kept']:>5} kept  {len(found['findings'])} findings",
            flush=True,
        )
        for finding in found["findings"]:
            print(finding)
    sys.exit(1 if n_findings else 0)


def _options() -> argparse.Namespace:
    targets = [*SUFFIX, *PACKED, *LOADED]
    parser = argparse.ArgumentParser(description="Fuzzes all readers.")
    parser.add_argument("--targets", nargs="+", choices=targets, default=targets)
    parser.add_argument("--minutes", type=float, default=10, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    return parser.parse_args()


def _fuzz(job: tuple[str, float, int, Path]) -> dict[str, Any]:
    """Change inputs of a target until the time is up."""
    target, minutes, seed, folder = job
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, _stop)
    rng = random.Random(f"{target}-{seed}")
    read = _reader(target)
    kept = [_sound(target, rng) for _ in range(10)]
    seen: set[str] = set()
    findings: list[str] = []
    inputs = refused = 0
    current = _current(folder, target)
    current.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        content = _changed(rng.choice(kept) if rng.random() < 0.8 else _sound(target, rng), rng)
        # Should the process end here, what ended it is there.
        current.write_bytes(content)
        outcome, finding = _outcome(read, content)
        inputs += 1
        refused += outcome.startswith("refused")
        if finding and outcome not in seen:
            saved = folder / f"{target}-{hashlib.sha256(content).hexdigest()[:12]}"
            saved.write_bytes(content)
            findings.append(f"{saved}\n{finding}")
        if outcome not in seen and len(kept) < MOST_KEPT and len(content) < 1 << 16:
            kept.append(content)
        seen.add(outcome)
    current.unlink()
    return {"inputs": inputs, "refused": refused, "kept": len(kept), "findings": findings}


def _current(folder: Path, target: str) -> Path:
    return folder / f"{target}-in-work"


def _outcome(read: Callable[[bytes], str], content: bytes) -> tuple[str, str]:
    """What an input led to, the same for alike ones; and the finding, if it is one."""
    from topicmodel.errors import TopicModelError

    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        return read(content), ""
    except TopicModelError as error:
        digitless = "".join(c for c in str(error) if not c.isdigit())[:80]
        is_one_line = "\n" not in str(error)
        return f"refused {digitless}", "" if is_one_line else f"several lines: {error}"
    except _TooLongError:
        return "hang", f"takes over {LIMIT} seconds"
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {place.filename} {place.lineno}", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError


def _sound(target: str, rng: random.Random) -> bytes:
    if target in SUFFIX:
        return WRITERS[target](odd_rows(rng), rng)
    if target in PACKED:
        return packed(WRITERS[rng.choice(list(WRITERS))](odd_rows(rng), rng), "a.csv", target)[1]
    if target == "settings.toml":
        from topicmodel.settings import Settings, settings_as_toml

        return settings_as_toml(Settings()).encode()
    return (_run_folder(target) / target).read_bytes()


def _changed(content: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.4:
        content = _restructured(content, rng)
    for _ in range(rng.choice([0, 1, 1, 3])):
        content = MUTATIONS[rng.choice(list(MUTATIONS))](content, rng)
    return content[: 1 << 20]


def _restructured(content: bytes, rng: random.Random) -> bytes:
    """JSON, or one of its lines, with a value in it that is something else; others as they are."""
    for split, join in ((None, None), (b"\n", b"\n")):
        parts = [content] if split is None else content.split(split)
        place = rng.randrange(len(parts))
        try:
            value = json.loads(parts[place])
        except (ValueError, RecursionError):
            continue
        parts[place] = json.dumps(_with_junk(value, rng)).encode("utf-8", "surrogatepass")
        return (join or b"").join(parts)
    return content


def _with_junk(value: Any, rng: random.Random) -> Any:
    if rng.random() < 0.15 or not isinstance(value, list | dict) or not value:
        return rng.choice(_JUNK)
    if isinstance(value, list):
        place = rng.randrange(len(value))
        return [*value[:place], _with_junk(value[place], rng), *value[place + 1 :]]
    key = rng.choice(list(value))
    if rng.random() < 0.2:
        return {name: inner for name, inner in value.items() if name != key}
    return {**value, key: _with_junk(value[key], rng)}


def _reader(target: str) -> Callable[[bytes], str]:
    if target == "settings.toml":
        return _load_settings
    if target in LOADED:
        return lambda content: _load_run(target, content)
    suffix = SUFFIX.get(target, ".zip" if target == "zip" else f".csv.{target}")
    return lambda content: _read_dump(suffix, content)


def _read_dump(suffix: str, content: bytes) -> str:
    from topicmodel.documents import build_documents
    from topicmodel.ingest import read_dump
    from topicmodel.settings import DocumentSettings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"dump{suffix}"
        path.write_bytes(content)
        dump = read_dump([path])
        documents = build_documents(dump.products, DocumentSettings(attributes=("*",)))
    reasons = sorted({reject.reason[:20] for reject in dump.report.rejects})
    return f"{len(dump.products)} {len(documents.texts)} {dump.report.duplicates} {reasons[:3]}"


def _load_settings(content: bytes) -> str:
    from topicmodel.settings import load_settings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(content)
        return str(hash(load_settings(path).model_dump_json()) % 50)


def _load_run(name: str, content: bytes) -> str:
    """Load a run with another file in it, whose digest is right all the same."""
    from topicmodel import load
    from topicmodel.files.encoding import as_json

    folder = _run_folder(name)
    manifest = folder / "manifest.json"
    before, file_before = manifest.read_bytes(), (folder / name).read_bytes()
    record = json.loads(before)
    if name in record["files"]:
        record["files"][name] = hashlib.sha256(content).hexdigest()
    del record["digest"]
    digest = hashlib.sha256(as_json(record, sort_keys=True)).hexdigest()
    try:
        (folder / name).write_bytes(content)
        manifest.write_bytes(as_json({**record, "digest": digest}, sort_keys=True))
        run = load(folder)
        return f"{len(run.taxonomy.topics)} {len(run.edits)}"
    finally:
        (folder / name).write_bytes(file_before)
        manifest.write_bytes(before)


@cache
def _run_folder(target: str) -> Path:
    """A small run, such as the tests make; with edits where these are the target."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from fake_run import fake_run

    from topicmodel import edit, save

    folder = Path(tempfile.mkdtemp(prefix="fuzz-")) / "run"
    save(fake_run(), folder)
    if target != "edits.jsonl":
        return folder
    edit(folder, "rename", topic="Clothing", name="Clothes")
    edit(folder, "pin", topic="Phones", word="charger")
    return folder


if __name__ == "__main__":
    main()
