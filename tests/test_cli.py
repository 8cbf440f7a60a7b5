"""The command line: what it prints where, and how it ends."""

from __future__ import annotations

import gzip
import html
import json
import logging
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import (  # noqa: F401 - a fixture is used by its name
    Command,
    command_fixture,
    environment,
    in_a_process,
    real_command,
)
from conftest import PlantedRun
from fake_run import GOODS, fake_run, with_goods, with_weak_names
from planted_shop import planted_rows, write_csv, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel
from topicmodel import load, sample_path, save
from topicmodel.catalogue.definitions import with_definitions
from topicmodel.datatypes import Floats
from topicmodel.embedding.cache import VectorCache, default_cache_path

RESULTS = ("taxonomy.json", "assignments.parquet")


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_json_lines(tmp_path / "shop.jsonl", planted_rows(60))


@pytest.fixture
def own_run(planted: PlantedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(planted.folder, tmp_path / "own"))


def test_fit_writes_a_run_and_prints_its_tree_and_report(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    done = command("fit", dump, "--out", tmp_path / "run")
    assert done.code == 0
    run = load(tmp_path / "run")
    lines = done.out.splitlines()
    assert lines[-1] == f"Report: {tmp_path / 'run' / 'index.html'}"
    for topic in run.taxonomy.topics:
        assert any(re.fullmatch(rf"\s+{topic.size}\s+{re.escape(topic.name)}", x) for x in lines)


def test_progress_and_column_guesses_go_to_standard_error(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    done = command("fit", dump, "--out", tmp_path / "run")
    told = done.err.splitlines()
    assert {"reading", "encoding", "finding topics", "writing"} <= set(told)
    assert "columns: id <- id, title <- title, description <- description" in done.err
    assert "60 distinct texts: 60 encoded now, 0 from cache" in told
    assert "" not in told
    assert "\x1b" not in done.err
    assert not set(told) & set(done.out.splitlines())


def test_a_second_fit_says_that_it_encoded_nothing(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    first = command("fit", dump, "--out", tmp_path / "run")
    before = [(tmp_path / "run" / name).read_bytes() for name in RESULTS]
    second = command("fit", dump, "--out", tmp_path / "run")
    assert "60 distinct texts: 0 encoded now, 60 from cache" in second.err
    assert second.out == first.out
    assert [(tmp_path / "run" / name).read_bytes() for name in RESULTS] == before


def test_quiet_leaves_standard_error_empty(command: Command, dump: Path, tmp_path: Path) -> None:
    done = command("fit", dump, "--out", tmp_path / "run", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "Report:" in done.out


def test_json_is_all_that_standard_output_holds(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    tree = json.loads(command("fit", dump, "--out", tmp_path / "run", "--json").out)
    run = load(tmp_path / "run")
    assert [node["id"] for node in tree] == [topic.id for topic in run.taxonomy.level1]
    assert json.loads(command("names", tmp_path / "run", "--json").out) == tree


def test_a_label_adds_the_agreement_to_what_is_printed(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    done = command("fit", dump, "--out", tmp_path / "run", "--label", "category_path")
    assert re.search(r"^level1 AMI against the true categories: [01]\.\d{3}$", done.out, re.M)
    assert "AMI" not in command("fit", dump, "--out", tmp_path / "run").out


def test_settings_are_taken_from_file_and_pairs(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("seed = 5\n[level1]\nn_topics = 5\n")
    options = ("--settings", file, "--set", "level1.n_topics=3", "--set", "report.title=Ours")
    assert command("fit", dump, "--out", tmp_path / "run", *options).code == 0
    run = load(tmp_path / "run")
    assert len(run.taxonomy.level1) == 3
    assert run.manifest.seed == 5
    assert "Ours" in (tmp_path / "run" / "index.html").read_text()


def test_a_run_remembers_how_it_was_typed_until_the_next_one_is_made(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    words = ("--set", "report.title=Ours & theirs", "--out", tmp_path / "a run")
    assert command("fit", dump, *words, "--quiet").code == 0
    typed = shlex.join(["topicmodel", "fit", str(dump), *map(str, words), "--quiet"])
    assert load(tmp_path / "a run").manifest.command_line == typed
    assert command("report", tmp_path / "a run", "--theme", "dark").code == 0
    assert load(tmp_path / "a run").manifest.command_line == typed
    assert typed in html.unescape((tmp_path / "a run" / "index.html").read_text(encoding="utf-8"))
    again = ("refit", tmp_path / "a run", dump, "--out", tmp_path / "a run")
    assert command(*again).code == 0
    typed = shlex.join(["topicmodel", *map(str, again)])
    assert load(tmp_path / "a run").manifest.command_line == typed


def test_columns_of_any_name_can_be_named(command: Command, tmp_path: Path) -> None:
    rows = [
        {"nr": row["id"], "was": row["title"], "wozu": row["description"], "category_path": []}
        for row in planted_rows(30)
    ]
    dump = write_csv(tmp_path / "laden.csv", rows)
    options = ("--id", "nr", "--text", "was, wozu")
    done = command("fit", dump, "--out", tmp_path / "run", *options)
    assert done.code == 0
    assert "title <- was, description <- wozu" in done.err
    assert list(load(tmp_path / "run").assignments.product_ids) == [row["nr"] for row in rows]


def test_several_files_and_folders_make_one_dump(command: Command, tmp_path: Path) -> None:
    rows = planted_rows(30)
    (tmp_path / "part").mkdir()
    write_json_lines(tmp_path / "part" / "1.jsonl", rows[:10])
    write_json_lines(tmp_path / "2.jsonl", rows[10:])
    out = tmp_path / "run"
    assert command("fit", tmp_path / "part", tmp_path / "2.jsonl", "--out", out).code == 0
    assert len(load(out).assignments.product_ids) == 30


def test_the_demo_needs_nothing_but_its_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = _sample(tmp_path / "part.jsonl", 200)
    monkeypatch.setattr("topicmodel.workflows.sample_path", lambda: part)
    monkeypatch.chdir(tmp_path)
    done = command("fit", "--demo", "--quiet")
    assert done.code == 0
    assert "level1 AMI" in done.out
    assert "Report: reports/demo/index.html" in done.out
    assert len(load(Path("reports/demo")).assignments.product_ids) == 200


def test_names_prints_the_tree_with_sizes(command: Command, planted: PlantedRun) -> None:
    done = command("names", planted.folder)
    assert (done.code, done.err) == (0, "")
    tree = planted.run.taxonomy
    names = [line.split(maxsplit=1)[1] for line in done.out.splitlines()]
    expected = [
        topic.name for parent in tree.level1 for topic in (parent, *tree.children(parent.id))
    ]
    unsorted = ["(unsorted)"] if None in planted.run.assignments.level1 else []
    assert names == expected + unsorted


def test_names_as_json_is_the_tree_of_the_run(command: Command, planted: PlantedRun) -> None:
    tree = json.loads(command("names", planted.folder, "--json").out)
    nodes = [node for parent in tree for node in (parent, *parent["children"])]
    assert {node["id"]: (node["name"], node["size"]) for node in nodes} == {
        topic.id: (topic.name, topic.size) for topic in planted.run.taxonomy.topics
    }


def test_names_why_says_what_goods_each_category_is_made_of(
    command: Command, tmp_path: Path
) -> None:
    run = with_goods(fake_run(300))
    save(run, tmp_path / "run")
    done = command("names", tmp_path / "run", "--why")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:2] == [
        "The main categories follow the bundled catalogue of goods, which knows 93% of the texts.",
        "",
    ]
    plain = command("names", tmp_path / "run").out.splitlines()
    assert [line for line in lines[2:] if re.match(" *[0-9]", line)] == plain
    below = {
        topic.name: next(x for n, x in enumerate(lines) if lines[n - 1].endswith(f"  {topic.name}"))
        for topic in run.taxonomy.topics
    }
    assert below["Electronics"].strip() == (
        "mostly Headphones & Earphones 31%, Cameras & Drones 27%, "
        "Phones & Wearables > Mobile Phones 24%"
    )
    assert below["Phones"].strip() == "among others Phones & Wearables > Mobile Phones 40%"
    assert below["Books"].strip() == "not in the catalogue"
    assert not lines[-1].strip().startswith("not in")


def test_names_why_says_which_names_are_weak_and_what_else_would_do(
    command: Command, tmp_path: Path
) -> None:
    save(with_weak_names(fake_run(60), {"Electronics": ["Gadgets", "Devices"]}), tmp_path / "run")
    lines = command("names", tmp_path / "run", "--why").out.splitlines()
    weak = [n for n, line in enumerate(lines) if "weak name" in line]
    assert len(weak) == 1
    assert lines[weak[0] - 1].endswith("  Electronics")
    assert lines[weak[0]].strip() == (
        "weak name: true of 43% of its products; or: Gadgets, Devices"
    )
    (told,) = (
        topic
        for topic in json.loads(command("names", tmp_path / "run", "--json").out)
        if topic["name"] == "Electronics"
    )
    assert (told["coverage"], told["runners_up"]) == (0.43, ["Gadgets", "Devices"])


def test_names_definitions_says_what_belongs_to_each_category(
    command: Command, tmp_path: Path
) -> None:
    run = fake_run(60)
    tree = with_definitions(run.tree, run.products)
    save(replace(run, tree=tree, fitted=tree), tmp_path / "run")
    lines = command("names", tmp_path / "run", "--definitions").out.splitlines()
    for topic in tree.taxonomy.topics:
        place = next(n for n, line in enumerate(lines) if line.endswith(f"  {topic.name}"))
        assert lines[place + 1].strip() == topic.definition
    assert command("names", tmp_path / "run", "--definitions", "--why").code == 2


def test_names_why_says_so_where_no_catalogue_was_followed(
    command: Command, tmp_path: Path
) -> None:
    save(fake_run(60), tmp_path / "run")
    plain = command("names", tmp_path / "run").out
    why = command("names", tmp_path / "run", "--why").out
    assert why == f"No catalogue of goods was used.\n\n{plain}"
    save(with_goods(fake_run(60, shop={"A": {}}), used=False), tmp_path / "run")
    aside = command("names", tmp_path / "run", "--why").out
    assert aside.startswith("The catalogue of goods was left aside: ")
    assert "not in the catalogue" not in aside


def test_names_as_json_holds_the_families_of_each_category(
    command: Command, tmp_path: Path
) -> None:
    save(with_goods(fake_run(60)), tmp_path / "run")
    tree = json.loads(command("names", tmp_path / "run", "--json").out)
    nodes = [node for parent in tree for node in (parent, *parent["children"])]
    assert {node["name"]: node["catalogue"] for node in nodes} == {
        node["name"]: [list(pair) for pair in GOODS.get(node["name"], ())] for node in nodes
    }


def test_evaluate_prints_the_stored_figures(command: Command, planted: PlantedRun) -> None:
    done = command("evaluate", planted.folder)
    assert (done.code, done.err) == (0, "")
    metrics = planted.run.scorecard.metrics
    general = [m.name for m in metrics if not m.name.startswith("topics.")]
    assert [line.split()[0] for line in done.out.splitlines()] == general
    printed = json.loads(command("evaluate", planted.folder, "--json").out)
    assert printed == {metric.name: metric.value for metric in metrics}


def test_evaluate_finds_the_dump_of_the_run_again(command: Command, own_run: Path) -> None:
    done = command("evaluate", own_run, "--truth", "category_path", "--json")
    assert done.code == 0
    assert json.loads(done.out)["level1.ami"] > 0.8
    assert "level1.ami" in command("evaluate", own_run).out


def test_evaluate_takes_a_dump_that_has_moved(
    command: Command, own_run: Path, tmp_path: Path
) -> None:
    moved = write_csv(tmp_path / "moved.csv", planted_rows())
    done = command("evaluate", own_run, moved, "--truth", "category_path", "--quiet")
    assert (done.code, done.err) == (0, "")


def test_evaluate_with_a_wrong_dump_says_so(
    command: Command, own_run: Path, tmp_path: Path
) -> None:
    rows = [row | {"id": f"other-{row['id']}"} for row in planted_rows(30)]
    other = write_json_lines(tmp_path / "other.jsonl", rows)
    done = command("evaluate", own_run, other, "--truth", "category_path", "--quiet")
    assert done.code == 1
    assert "Is this the dump that the run was made from" in done.error


def test_report_prints_the_path_of_the_page(command: Command, own_run: Path) -> None:
    done = command("report", own_run)
    assert (done.code, done.out, done.err) == (0, f"{own_run / 'index.html'}\n", "")


def test_report_overlays_the_settings_that_the_run_has(command: Command, own_run: Path) -> None:
    command("report", own_run, "--set", "report.title=Autumn shop")
    command("report", own_run, "--set", "report.max_points=20")
    command("report", own_run)
    kept = load(own_run).manifest.settings["report"]
    assert (kept["title"], kept["max_points"]) == ("Autumn shop", 20)
    assert "Autumn shop" in (own_run / "index.html").read_text()


def test_settings_prints_toml_that_holds_every_default(command: Command) -> None:
    done = command("settings")
    assert (done.code, done.err) == (0, "")
    assert tomllib.loads(done.out) == topicmodel.Settings().model_dump(mode="json")


def test_settings_prints_what_its_options_change(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(command("settings", "--set", "level1.n_topics=12").out)
    again = command("settings", "--settings", file, "--set", "seed=3").out
    assert tomllib.loads(again)["level1"]["n_topics"] == 12
    assert tomllib.loads(again)["seed"] == 3


def test_cache_info_counts_vectors_and_clear_removes_them(
    command: Command, dump: Path, tmp_path: Path
) -> None:
    command("fit", dump, "--out", tmp_path / "run")
    info = json.loads(command("cache", "info", "--json").out)
    assert info["path"] == str(tmp_path / "cache" / "vectors.sqlite") == str(default_cache_path())
    # 60 texts, and the phrases that could be names.
    n_vectors = info["vectors"]["tiny-encoder"]
    assert n_vectors > 60
    assert info["bytes"] > n_vectors * 64 * 2
    assert re.search(rf"^ +{n_vectors:,}  tiny-encoder$", command("cache", "info").out, re.M)
    fit = tmp_path / "cache" / "stages" / "a.safetensors"
    fit.parent.mkdir()
    fit.write_bytes(b"12345")
    stages = json.loads(command("cache", "info", "--json").out)["stages"]
    assert stages == {"path": str(fit.parent), "bytes": 5, "kept": 1}
    assert re.search(r"^ +1  finished fits$", command("cache", "info").out, re.M)
    answer = tmp_path / "cache" / "answers" / "a.json"
    answer.parent.mkdir()
    answer.write_text("{}")
    model = tmp_path / "cache" / "converted" / "a"
    model.mkdir(parents=True)
    (model / "digests.json").write_text("{}")
    cleared = command("cache", "clear")
    assert (cleared.code, cleared.err) == (0, "")
    assert str(default_cache_path()) in cleared.out
    left = json.loads(command("cache", "info", "--json").out)
    assert (left["vectors"], left["stages"]["kept"]) == ({}, 0)
    assert not answer.exists()
    assert not model.exists()


class Slow(TinyEncoder):
    """Warns, as an encoder does that cannot be run the quick way."""

    def encode(self, texts: Sequence[str]) -> Floats:
        if not self.batches:
            logging.getLogger("topicmodel.embedding").warning("This will take %d times longer.", 2)
        return super().encode(texts)


def test_a_warning_of_the_library_is_told_once(
    command: Command, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("topicmodel.embedding.session.load_encoder", lambda _: Slow())
    done = command("fit", dump, "--out", tmp_path / "run")
    assert done.code == 0
    assert done.err.splitlines().count("This will take 2 times longer.") == 1
    assert logging.getLogger("topicmodel").handlers == []


def test_the_version_is_the_packages(command: Command) -> None:
    assert command("--version").out.split()[-1] == topicmodel.__version__


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fit", "--out", "run"], "Name the files of a dump, a query"),
        (["fit", "shop.jsonl"], "--out DIR"),
        (["fit", "shop.jsonl", "--demo"], "or use --demo"),
        (["fit", "shop.jsonl", "--out", "run", "--sead", "3"], "No such option"),
        (["fit", "shop.jsonl", "--out"], "requires an argument"),
        (["names"], "Missing argument 'RUN'"),
        (["name", "run"], "No such command 'name'"),
        (["cache", "wipe"], "No such command 'wipe'"),
    ],
)
def test_wrong_usage_ends_in_2_and_shows_the_way(
    command: Command, words: Sequence[str], message: str
) -> None:
    done = command(*words)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fit", "none.csv", "--out", "run"], "There is no file or folder none.csv"),
        (["fit", "empty.csv", "--out", "run"], "No usable product in empty.csv"),
        (["fit", "shop.jsonl", "--out", "run", "--id", "idd"], "idd"),
        (["fit", "shop.jsonl", "--out", "shop.jsonl"], "is a file. Choose another --out."),
        (["fit", "shop.jsonl", "--out", "run", "--set", "level1.n_topix=3"], "level1.n_topics"),
        (["fit", "shop.jsonl", "--out", "run", "--settings", "none.toml"], "none.toml"),
        (["names", "none"], "none holds no run"),
        (["names", "shop.jsonl"], "it is a file"),
        (["evaluate", "none", "--truth", "category_path"], "none holds no run"),
        (["report", "none", "--set", "report.title=x"], "none holds no run"),
        (["settings", "--set", "seed=x"], "seed should be a valid integer"),
    ],
)
def test_a_known_error_ends_in_1_with_one_line(
    command: Command,
    dump: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: Sequence[str],
    message: str,
) -> None:
    monkeypatch.chdir(dump.parent)
    Path("empty.csv").touch()
    quiet = ["--quiet"] if words[0] in ("fit", "evaluate") else []
    done = command(*words, *quiet)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert message in done.error
    assert not Path("run").exists()


def test_an_error_comes_after_the_progress_as_the_last_line(
    command: Command, tmp_path: Path
) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", [{"id": "1", "title": "<br>"}])
    done = command("fit", dump, "--out", tmp_path / "run")
    *progress, last = done.err.splitlines()
    assert done.code == 1
    assert last.startswith("Error: None of the 1 products has a text.")
    assert "cleaning texts" in progress
    assert not [line for line in progress if not line or line.startswith("Error")]


class Interrupted(TinyEncoder):
    """Someone presses Ctrl-C while the second batch of texts is encoded."""

    def encode(self, texts: Sequence[str]) -> Floats:
        if self.batches:
            raise KeyboardInterrupt
        return super().encode(texts)


def test_a_run_that_is_interrupted_keeps_what_was_encoded_and_says_how_to_go_on(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("topicmodel.embedding.session.load_encoder", lambda _: Interrupted())
    monkeypatch.setattr("topicmodel.embedding.session._CHUNK", 200)
    dump = write_json_lines(tmp_path / "shop.jsonl", planted_rows())
    done = command("fit", dump, "--out", tmp_path / "run", "--quiet")
    assert done.code == 130
    # Behind the ^C of a terminal a new line begins.
    assert done.err.strip() == (
        "Stopped; what was finished is kept: run the same command again to go on."
    )
    assert not (tmp_path / "run").exists()
    assert json.loads(command("cache", "info", "--json").out)["vectors"] == {"tiny-encoder": 200}


def test_python_dash_m_ends_with_the_same_codes(tmp_path: Path) -> None:
    fine = in_a_process("settings", cache=tmp_path)
    assert (fine.returncode, fine.stderr) == (0, "")
    known = in_a_process("names", tmp_path / "none", cache=tmp_path)
    assert (known.returncode, known.stdout) == (1, "")
    assert known.stderr.splitlines() == [
        f"Error: {tmp_path / 'none'} holds no run: there is no such folder."
    ]
    wrong = in_a_process("fit", cache=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Usage: ")


def test_a_name_that_the_terminal_cannot_show_is_no_error(tmp_path: Path, command: Command) -> None:
    rows = [{"id": str(n), "title": "手机壳"} for n in range(3)]
    dump = write_json_lines(tmp_path / "d.jsonl", rows)
    assert command("fit", dump, "--out", tmp_path / "run").code == 0
    shown = in_a_process("names", tmp_path / "run", cache=tmp_path, PYTHONIOENCODING="latin-1")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.split() == ["3", "???"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_result_that_cannot_be_written_ends_in_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "topicmodel", "settings"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment(tmp_path),
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: [Errno 28] No space left on device. Make room")
    assert len(done.stderr.splitlines()) == 1


def _sample(path: Path, n_products: int) -> Path:
    """Some lines of the bundled sample, spread over all of it."""
    with gzip.open(sample_path(), "rt", encoding="utf-8") as file:
        lines = list(file)
    path.write_text("".join(lines[:: len(lines) // n_products][:n_products]), encoding="utf-8")
    return path


@pytest.mark.model
def test_the_real_encoder_finds_the_departments_of_the_sample(
    real_command: Command,  # noqa: F811
    tmp_path: Path,
) -> None:
    dump, out, cache = _sample(tmp_path / "d.jsonl", 300), tmp_path / "run", tmp_path / "cache"
    words = ("fit", dump, "--out", out, "--label", "category_path")
    first = in_a_process(*words, cache=cache)
    assert first.returncode == 0, first.stderr
    found = re.search(r"^level1 AMI against the true categories: (.*)$", first.stdout, re.M)
    assert found
    assert float(found[1]) > 0.4
    assert "<html" in (out / "index.html").read_text(encoding="utf-8")
    assert load(out).manifest.encoder.startswith("sentence-transformers/all-MiniLM-L6-v2@")
    before = [(out / name).read_bytes() for name in RESULTS]
    second = real_command(*words)
    assert second.code == 0
    assert " 0 encoded now" in second.err
    assert second.out == first.stdout
    assert [(out / name).read_bytes() for name in RESULTS] == before


@pytest.mark.model
def test_a_fit_that_was_killed_goes_on_where_it_stopped(
    real_command: Command,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dump, killed, calm = _sample(tmp_path / "d.jsonl", 640), tmp_path / "killed", tmp_path / "calm"
    words = ("fit", dump, "--text", "title")
    monkeypatch.setenv("TOPICMODEL_CACHE", str(calm))
    assert real_command(*words, "--out", calm / "run").code == 0
    # The model that was made ready there need not be made ready again.
    shutil.copytree(calm / "converted", killed / "converted")
    held = _kill_while_encoding(*words, "--out", killed / "run", cache=killed)
    assert not (killed / "run").exists()
    monkeypatch.setenv("TOPICMODEL_CACHE", str(killed))
    assert real_command(*words, "--out", killed / "run").code == 0
    counts = load(killed / "run").manifest.dump
    assert 0 < counts.encoded_texts == counts.distinct_texts - held
    for name in RESULTS:
        assert (killed / "run" / name).read_bytes() == (calm / "run" / name).read_bytes()


KILLED_WITH_ITS_FIRST_CHUNK = """
import os, signal
from topicmodel.cli import main
from topicmodel.embedding.cache import VectorCache

put = VectorCache.put

def put_and_be_killed(*values):
    put(*values)
    os.kill(os.getpid(), signal.SIGKILL)

VectorCache.put = put_and_be_killed
main()
"""


def _kill_while_encoding(*words: object, cache: Path) -> int:
    """How many vectors the cache held when the run was killed."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WITH_ITS_FIRST_CHUNK, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(cache),
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with VectorCache(cache / "vectors.sqlite") as vectors:
        return sum(vectors.info().entries.values())
