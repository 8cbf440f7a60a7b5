"""The README says what is so: its commands and code run, its tables are complete."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shlex
import zipfile
from itertools import islice
from pathlib import Path
from shutil import copy

import pytest
from fake_run import fake_run

import topicmodel
from topicmodel import sample_path, save
from topicmodel.cli import commands
from topicmodel.settings import iterate_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands_shown() -> list[str]:
    lines = [line[2:] for block in blocks("console") for line in block.splitlines()]
    return [line for line in lines if line.startswith("topicmodel ")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dumps that the README speaks of, each of 60 products."""
    folder = tmp_path_factory.mktemp("shop")
    with gzip.open(sample_path(), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 60)]
    with (folder / "products.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "description"])
        writer.writerows([row["id"], row["title"], row["description"]] for row in rows)
    copy(folder / "products.csv", folder / "july.csv")
    details = [{"sku": r["id"], "name": r["title"], "details": r["description"]} for r in rows]
    with gzip.open(folder / "shop.json.gz", "wt", encoding="utf-8") as file:
        json.dump(details, file)
    for part in ("val", "train"):
        products = [
            {"title": row["title"], "text": row["description"], "diffbotUri": f"product|{part}|{n}"}
            for n, row in enumerate(rows)
        ]
        with zipfile.ZipFile(folder / f"{part}.zip", "w") as archive:
            archive.writestr(f"{part}/{part}_0.json", json.dumps(products))
    return folder


@pytest.fixture
def in_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shop)
    monkeypatch.setenv("TOPICMODEL_CACHE", str(shop / "cache"))
    return shop


def test_there_are_commands_to_run() -> None:
    assert len(commands_shown()) >= 4


@pytest.fixture(scope="module")
def done() -> set[str]:
    """The commands that have run in the shop."""
    return set()


@pytest.mark.model
@pytest.mark.parametrize("command", commands_shown())
def test_every_command_shown_runs(command: str, in_shop: Path, done: set[str]) -> None:
    shown = commands_shown()
    # A reader runs those above it first, whatever order the tests have.
    for earlier in shown[: shown.index(command) + 1]:
        if earlier not in done:
            run_shown(earlier, in_shop)
            done.add(earlier)


def run_shown(command: str, in_shop: Path) -> None:
    words = shlex.split(command)[1:]
    if words[0] == "edit" and not is_edited(in_shop / words[1]):
        # The names in the examples are those of this shop.
        save(fake_run(), in_shop / words[1])
    commands.main(words, prog_name="topicmodel", standalone_mode=False)
    if "--out" in words:
        out = in_shop / words[words.index("--out") + 1]
        assert out.is_file() or (out / "index.html").is_file()


def is_edited(run: Path) -> bool:
    return bool((run / "edits.jsonl").read_bytes())


@pytest.mark.model
@pytest.mark.parametrize("code", blocks("python"))
def test_every_code_block_runs(
    code: str, in_shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert capsys.readouterr().out
    assert (in_shop / "reports/products/index.html").is_file()


def test_every_setting_has_a_line_with_its_default() -> None:
    for key, default, description in iterate_settings():
        shown = json.dumps(list(default) if isinstance(default, tuple) else default)
        assert f"| `{key}` | `{shown}` | {description} |" in README


def test_every_command_is_in_the_table() -> None:
    for name in commands.commands:
        assert f"`topicmodel {name} " in README or f"`topicmodel {name}`" in README


def test_every_verb_that_is_named_is_there() -> None:
    verbs = set(re.findall(r"`tm\.(\w+)`", README))
    assert verbs >= {"fit", "names", "evaluate", "report"}
    assert verbs <= set(topicmodel.__all__)


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    missing = [x for x in links if "://" not in x and not (ROOT / x).exists()]
    assert not missing


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench"])
def test_every_make_target_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"make {target}" in README
