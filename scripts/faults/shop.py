"""Four commands on a small shop, each of which turns something old into something new."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from planted_shop import planted_rows, write_json_lines

RESULTS = ("taxonomy.json", "assignments.parquet")
KINDS = ("fit", "refit", "assign", "edit")

Content = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Case:
    """A command in a folder of its own: a run `run` and dumps, caches, and what it writes."""

    kind: str
    folder: Path

    @property
    def run(self) -> Path:
        """The run folder that fit, refit and edit replace."""
        return self.folder / "run"

    @property
    def mapping(self) -> Path:
        """What assign replaces."""
        return self.folder / "mapping.parquet"

    @property
    def words(self) -> list[str]:
        """The command line behind `topicmodel`."""
        july, run = str(self.folder / "july.jsonl"), str(self.run)
        following = ["--log-json", "--json"]
        if self.kind == "fit":
            return ["fit", july, "--out", run, *following]
        if self.kind == "refit":
            return ["refit", run, july, "--out", run, *following]
        if self.kind == "assign":
            return ["assign", run, july, "--out", str(self.mapping), *following]
        return ["edit", run, "rename", first_category(self.run), "Renamed by hand"]

    def content(self) -> Content:
        """What counts of what is there: the result of the command, or what it replaces."""
        if self.kind == "assign":
            return {self.mapping.name: self.mapping.read_bytes()}
        results = {name: (self.run / name).read_bytes() for name in RESULTS}
        return {**results, "edits": _without_times(self.run / "edits.jsonl")}

    def is_done(self) -> bool:
        """Whether the command has had its effect already, where it must not have it twice."""
        return self.kind == "edit" and "Renamed by hand" in str(self.content()["edits"])

    def strangers(self) -> list[str]:
        """Files beside those that belong there, such as half ones."""
        own = {"run", "mapping.parquet", "june.jsonl", "july.jsonl", "cache", "tmp", "filler"}
        return sorted(path.name for path in self.folder.iterdir() if path.name not in own)


def prepare(base: Path, n_products: int, command: Callable[[list[str], Path], None]) -> None:
    """Make the base that all cases start from: two dumps, a run of the first, an old mapping."""
    base.mkdir(parents=True)
    rows = planted_rows(n_products)
    june = write_json_lines(base / "june.jsonl", rows)
    new = [row | {"id": f"n{row['id']}"} for row in planted_rows(n_products // 5, seed=7)]
    write_json_lines(base / "july.jsonl", [*rows[n_products // 10 :], *new])
    command(["fit", str(june), "--out", str(base / "run"), "--quiet"], base / "cache")
    (base / "mapping.parquet").write_bytes(b"what was there before")


def case_of(kind: str, base: Path, folder: Path) -> Case:
    """A copy of the base for one command; a fit finds no vectors and no fits."""
    shutil.copytree(base, folder, dirs_exist_ok=True)
    if kind == "fit":
        shutil.rmtree(folder / "cache")
    return Case(kind, folder)


def first_category(run: Path) -> str:
    """Id of the largest category."""
    topics = json.loads((run / "taxonomy.json").read_text(encoding="utf-8"))["topics"]
    return str(topics[0]["id"])


def _without_times(log: Path) -> str:
    edits = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return json.dumps([{k: v for k, v in edit.items() if k != "time"} for edit in edits])
