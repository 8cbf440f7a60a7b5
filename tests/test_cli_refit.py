"""refit and edit on the command line: what they print where, and how they end."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from command_line import (  # noqa: F401 - a fixture is used by its name
    Command,
    command_fixture,
)
from planted_months import GONE, Month, july_rows
from planted_shop import write_json_lines

from topicmodel import edit, load


@pytest.fixture
def own_run(june: Month, tmp_path: Path) -> Path:
    return Path(shutil.copytree(june.folder, tmp_path / "own"))


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_json_lines(tmp_path / "july.jsonl", july_rows())


@pytest.fixture(autouse=True)
def _cache_of_june(
    june: Month,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "topicmodel.embedding.cache.default_cache_path",
        lambda: june.folder.parent / "vectors.sqlite",
    )


def test_refit_prints_the_tree_what_changed_and_where_the_pages_are(
    command: Command, june: Month, dump: Path, tmp_path: Path
) -> None:
    out = tmp_path / "july"
    done = command("refit", june.folder, dump, "--out", out)
    assert done.code == 0
    run = load(out)
    assert run.changes is not None
    lines = done.out.splitlines()
    assert lines[-2:] == [f"Changes: {out / 'changes.html'}", f"Report: {out / 'index.html'}"]
    tree = lines[: lines.index("")]
    assert [line.split(maxsplit=1)[1] for line in tree if "(unsorted)" not in line] == [
        topic.name
        for parent in run.taxonomy.level1
        for topic in (parent, *run.taxonomy.children(parent.id))
    ]
    report = run.changes
    for verb in ("stayed", "moved", "arrived", "left"):
        count = getattr(report, verb).count
        assert re.search(rf"^ +{count}  products {verb} \(\d+\.\d%\)$", done.out, re.M)
    (born,) = [line for line in lines if re.match(r" +\d+  born: ", line)]
    assert any(topic.name in born for topic in run.taxonomy.level1 if topic.id not in ids_of(june))
    (retired,) = [line for line in lines if re.match(r" +\d+  retired: ", line)]
    assert june.topic(1, GONE).name in retired
    counts = run.manifest.dump
    fresh, n_texts = counts.encoded_texts, counts.distinct_texts
    told = done.err.splitlines()
    assert f"{n_texts} distinct texts: {fresh} encoded now, {n_texts - fresh} from cache" in told
    assert {"reading", "continuing the previous tree", "writing"} <= set(told)


def ids_of(month: Month) -> set[str]:
    return {topic.id for topic in month.run.taxonomy.topics}


def test_refit_of_the_same_dump_says_that_nothing_has_changed(
    command: Command, june: Month, tmp_path: Path
) -> None:
    done = command("refit", june.folder, june.dump, "--out", tmp_path / "again", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "Nothing has changed." in done.out.splitlines()
    told = command("refit", june.folder, june.dump, "--out", tmp_path / "again")
    assert "the tree stays as it is" in told.err


def test_refit_as_json_prints_the_tree_and_nothing_else(
    command: Command, own_run: Path, june: Month
) -> None:
    done = command("refit", own_run, june.dump, "--out", own_run, "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == json.loads(command("names", own_run, "--json").out)


def test_refit_overlays_the_settings_of_the_run(
    command: Command, june: Month, tmp_path: Path
) -> None:
    words = ("--set", "report.title=July & co", "--set", "refit.anchor=1", "--quiet")
    assert command("refit", june.folder, june.dump, "--out", tmp_path / "run", *words).code == 0
    before, after = june.run.manifest.settings, load(tmp_path / "run").manifest.settings
    assert (after["report"]["title"], after["refit"]["anchor"]) == ("July & co", 1)
    assert after["level2"] == before["level2"]
    assert after["evaluation"] == before["evaluation"]
    assert "July &amp; co" in (tmp_path / "run" / "changes.html").read_text()


def test_refit_tells_of_edits_that_are_possible_no_more(
    command: Command, own_run: Path, june: Month, dump: Path
) -> None:
    edit(own_run, "rename", topic=june.topic(1, "Drums").id, name="Percussion")
    done = command("refit", own_run, dump, "--out", own_run, "--quiet")
    assert (done.code, done.err) == (0, "")
    reason = f"the category {june.topic(1, 'Drums').id} is no longer there"
    assert f"edit 1 (rename) is obsolete: {reason}" in done.out.splitlines()
    assert f"(obsolete: {reason})" in command("edit", own_run, "list").out


def test_edit_prints_what_it_did_and_names_show_it(
    command: Command, own_run: Path, june: Month
) -> None:
    kitchen = june.topic(1, "Kitchen")
    done = command("edit", own_run, "rename", kitchen.name.lower(), "Cookware")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"   1  Rename “{kitchen.name}” to “Cookware”  (in force)\n"
    assert "Cookware" in command("names", own_run).out
    assert "Cookware" in (own_run / "index.html").read_text()


def test_every_action_takes_names_in_place_of_ids(
    command: Command, own_run: Path, june: Month
) -> None:
    def name(level: int, kind: str) -> str:
        return june.topic(level, kind).name

    path = f"{name(1, 'Kettles')} > {name(2, 'Kettles')}"
    for words in (
        ("merge", name(1, "Seeds"), name(1, "Hoses")),
        ("move", name(2, "Rackets"), name(1, "Kitchen")),
        ("split", name(2, "Knives")),
        ("pin", path, "--product", june.rows[0]["id"], "--product", june.rows[1]["id"]),
        ("pin", name(1, "Sports"), "--word", "limescale"),
        ("pin", name(1, "Seeds"), "--attribute", "maker = Orbit"),
        ("hide", name(1, "Drums")),
        ("undo", "4"),
    ):
        done = command("edit", own_run, *words)
        assert (done.code, done.err) == (0, ""), words
    run = load(own_run)
    merge, move, split, pin, by_word, by_attribute, hide, undo = run.edits
    assert (merge.topic, merge.others) == (june.topic(1, "Seeds").id, (june.topic(1, "Hoses").id,))
    assert (move.topic, move.parent) == (june.topic(2, "Rackets").id, june.topic(1, "Kitchen").id)
    assert split.topic == june.topic(2, "Knives").id
    assert (pin.topic, len(pin.products)) == (june.topic(2, "Kettles").id, 2)
    assert by_word.word == "limescale"
    assert by_attribute.attribute == ("maker", "Orbit")
    assert hide.topic == june.topic(1, "Drums").id
    assert undo.number == 4
    statuses = [outcome.status for outcome in run.outcomes]
    assert statuses == ["in force"] * 2 + ["waiting", "undone"] + ["in force"] * 4


def test_the_list_of_edits_has_a_line_each(command: Command, own_run: Path, june: Month) -> None:
    assert command("edit", own_run, "list").out == "No edits.\n"
    assert json.loads(command("edit", own_run, "list", "--json").out) == []
    drums, seeds, hoses = (june.topic(1, kind) for kind in ("Drums", "Seeds", "Hoses"))
    edit(own_run, "hide", topic=drums.id)
    edit(own_run, "merge", topic=seeds.id, others=[hoses.id])
    edit(own_run, "undo", number=1)
    done = command("edit", own_run, "list")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"   1  Hide “{drums.name}”  (undone)",
        f"   2  Merge “{hoses.name}” into “{seeds.name}”  (in force, {hoses.size} products)",
        "   3  Undo edit 1  (in force)",
    ]


def test_the_list_as_json_is_for_programs(command: Command, own_run: Path, june: Month) -> None:
    drums, knives = june.topic(1, "Drums"), june.topic(2, "Knives")
    edit(own_run, "hide", topic=drums.id)
    edit(own_run, "split", topic=knives.id)
    hidden, split = json.loads(command("edit", own_run, "list", "--json").out)
    assert hidden["time"] <= split["time"]
    del hidden["time"], split["time"]
    assert hidden == {
        "number": 1,
        "action": "hide",
        "topic": drums.id,
        "status": "in force",
        "reason": "",
        "products": drums.size,
    }
    assert (split["status"], split["reason"]) == ("waiting", "carried out by the next refit")


def test_report_and_refit_take_a_file_of_edits(
    command: Command, own_run: Path, june: Month, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(june.folder, tmp_path / "other"))
    edit(other, "rename", topic=june.topic(1, "Kitchen").id, name="Cookware")
    file = other / "edits.jsonl"
    assert command("report", own_run, "--edits", file).code == 0
    assert "Cookware" in command("names", own_run).out
    words = ("refit", june.folder, june.dump, "--out", tmp_path / "next", "--edits", file)
    assert "Cookware" in command(*words, "--quiet").out
    assert (tmp_path / "next" / "edits.jsonl").read_bytes() == file.read_bytes()


def test_a_fit_over_edits_is_refused_with_the_remedy(
    command: Command, own_run: Path, june: Month
) -> None:
    edit(own_run, "hide", topic=june.topic(1, "Drums").id)
    done = command("fit", june.dump, "--out", own_run, "--quiet")
    assert (done.code, done.out) == (1, "")
    assert "Use `topicmodel refit` to keep them, or choose another --out." in done.error
    assert load(own_run).edits


@pytest.mark.parametrize(
    "words",
    [
        ["names", "RUN"],
        ["report", "RUN"],
        ["edit", "RUN", "list"],
        ["edit", "RUN", "undo"],
        ["refit", "RUN", "none.jsonl", "--out", "next", "--quiet"],
    ],
    ids=lambda words: " ".join(words[:3]),
)
def test_a_log_with_a_damaged_line_is_refused_and_the_line_is_named(
    command: Command, own_run: Path, june: Month, words: Sequence[str]
) -> None:
    edit(own_run, "hide", topic=june.topic(1, "Drums").id)
    with (own_run / "edits.jsonl").open("a") as file:
        file.write('{"action": "hide"\n')
    done = command(*(own_run if word == "RUN" else word for word in words))
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"{own_run} is damaged: edits.jsonl is not as it was written.")
    refused = command("edit", own_run, "accept")
    assert refused.code == 1
    assert refused.error.startswith(f"{own_run / 'edits.jsonl'} line 2: it is not JSON")
    assert refused.error.endswith("Mend or delete that line.")


def test_a_log_that_was_mended_by_hand_is_accepted(
    command: Command, own_run: Path, june: Month
) -> None:
    edit(own_run, "hide", topic=june.topic(1, "Drums").id)
    (own_run / "edits.jsonl").write_bytes(b"")
    assert command("names", own_run).code == 1
    assert command("edit", own_run, "accept").out == "The log holds 0 edits now.\n"
    assert command("edit", own_run, "list").out == "No edits.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["refit", "none", "july.jsonl", "--out", "next"], "none holds no run"),
        (["refit", "own", "none.jsonl", "--out", "next"], "no file or folder none.jsonl"),
        (["refit", "own", "july.jsonl", "--out", "july.jsonl"], "is a file. Choose another --out."),
        (["refit", "own", "july.jsonl", "--out", "next", "--id", "idd"], "idd"),
        (["refit", "own", "july.jsonl", "--out", "next", "--set", "refit.ankor=1"], "refit.anchor"),
        (["refit", "own", "july.jsonl", "--out", "next", "--edits", "none.jsonl"], "none.jsonl"),
        (["edit", "none", "list"], "none holds no run"),
        (["edit", "own", "rename", "Kitchin", "x"], "There is no category 'Kitchin'"),
        (["edit", "own", "undo"], "There is no edit to undo."),
        (["edit", "own", "undo", "3"], "no edit 3"),
        (["report", "own", "--edits", "none.jsonl"], "Cannot read the edits none.jsonl"),
    ],
)
def test_a_known_error_ends_in_1_with_one_line(
    command: Command,
    own_run: Path,
    dump: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: Sequence[str],
    message: str,
) -> None:
    monkeypatch.chdir(dump.parent)
    before = (own_run / "manifest.json").read_bytes()
    done = command(*words, *(["--quiet"] if words[0] == "refit" else []))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert message in done.error
    assert not Path("next").exists()
    assert (own_run / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["refit"], "Missing argument 'RUN'"),
        (["refit", "own", "--out", "next"], "Name the files of the new dump, or a query by --sql."),
        (["refit", "own", "july.jsonl"], "Say where the run goes with --out DIR."),
        (["refit", "own", "july.jsonl", "--out", "next", "--demo"], "No such option"),
        (["edit"], "Usage: topicmodel edit"),
        (["edit", "own"], "Usage: topicmodel edit"),
        (["edit", "own", "renam", "A", "B"], "No such command 'renam'"),
        (["edit", "own", "rename", "A"], "Missing argument 'NAME'"),
        (["edit", "own", "merge", "A"], "Missing argument 'OTHERS"),
        (["edit", "own", "move", "A"], "Missing argument 'PARENT'"),
        (["edit", "own", "undo", "last"], "is not a valid integer"),
        (["edit", "own", "pin", "A", "--attribute", "maker"], "--attribute takes NAME=VALUE"),
        (["edit", "own", "pin", "A", "--attribute", "=Orbit"], "--attribute takes NAME=VALUE"),
        (["edit", "own", "pin", "A"], "with --product, --word or --attribute"),
    ],
)
def test_wrong_usage_ends_in_2_and_shows_the_way(
    command: Command,
    own_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: Sequence[str],
    message: str,
) -> None:
    monkeypatch.chdir(own_run.parent)
    done = command(*words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert not load(own_run).edits


@pytest.mark.parametrize("month", ["june", "july"])
def test_a_label_adds_the_agreement_to_what_is_printed(
    command: Command, june: Month, dump: Path, tmp_path: Path, month: str
) -> None:
    words = ("--out", tmp_path / "run", "--quiet", "--label", "category_path")
    done = command("refit", june.folder, june.dump if month == "june" else dump, *words)
    assert done.code == 0
    assert re.search(r"^level1 AMI against the true categories: [01]\.\d{3}$", done.out, re.M)
    assert "level1.ami" in command("evaluate", tmp_path / "run").out
