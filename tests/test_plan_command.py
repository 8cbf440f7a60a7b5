"""Plans of dumps: what is read, told, kept and left alone."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from command_line import Command, command_fixture  # noqa: F401 - used by its name
from conftest import PlantedRun
from planted_months import Month
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import N_DIMS, TinyEncoder

import topicmodel as tm
from topicmodel.datatypes import FreeResources
from topicmodel.planning import MIN_TEXTS_FOR_TRIAL
from topicmodel.planning.costs import SECONDS, Cost
from topicmodel.planning.machine import TRIAL_TEXTS

ROOT = Path(tm.__file__).parents[1]


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_json_lines(tmp_path / "shop.jsonl", planted_rows(60))


def test_a_plan_counts_what_is_in_the_dump_and_not_in_the_cache(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = planted_rows(320)
    more = write_json_lines(tmp_path / "more.jsonl", [*rows, rows[0] | {"id": "again"}])
    plan = tm.plan(more, encoder=TinyEncoder(explodes=True), cache=planted.cache)
    known = tm.plan(planted.dump, encoder=TinyEncoder(explodes=True), cache=planted.cache)
    assert (plan.counts.n_products, plan.counts.n_texts) == (321, 320)
    assert (known.counts.n_texts, known.n_encoded) == (300, 0)
    assert plan.n_encoded == len(
        {row["title"] + row["description"] for row in rows}
        - {row["title"] + row["description"] for row in planted_rows()}
    )
    assert known.counts.n_dims == N_DIMS


def test_a_plan_leaves_no_trace(dump: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    tm.plan(dump, out=tmp_path / "run", encoder=TinyEncoder(explodes=True), cache=tmp_path / "c")
    assert files_in(tmp_path) == before


def test_of_many_new_texts_a_handful_is_encoded_and_kept_nowhere(tmp_path: Path) -> None:
    many = write_json_lines(tmp_path / "many.jsonl", planted_rows(MIN_TEXTS_FOR_TRIAL + 100))
    encoder, before = TinyEncoder(), files_in(tmp_path)
    plan = tm.plan(many, encoder=encoder, cache=tmp_path / "cache.sqlite")
    assert 0 < encoder.encoded <= TRIAL_TEXTS + 1
    assert files_in(tmp_path) == before
    assert plan.n_encoded == MIN_TEXTS_FOR_TRIAL + 100
    assert plan.counts.n_dims == N_DIMS


def test_the_command_prints_a_plan_and_stops(command: Command, dump: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    done = command("fit", dump, "--plan")
    assert done.code == 0
    assert done.out.startswith("Plan for 60 products, 60 distinct texts, 60 to encode:\n")
    assert "in all" in done.out
    assert "of memory" in done.out
    assert files_in(tmp_path) == before


def test_a_plan_is_to_be_had_as_json(command: Command, dump: Path) -> None:
    done = command("fit", dump, "--plan", "--json", "--quiet")
    plan = json.loads(done.out)
    assert done.err == ""
    assert plan["counts"]["n_products"] == 60
    assert plan["total_seconds"] == pytest.approx(sum(plan["seconds"].values()), abs=0.01)
    assert {"peak_mb", "helpers_mb", "run_mb", "cache_mb", "free_mb", "problems"} <= set(plan)


def test_a_refit_is_planned_without_an_out(
    command: Command, planted: PlantedRun, tmp_path: Path
) -> None:
    rows = planted_rows(330)
    new = write_json_lines(tmp_path / "new.jsonl", [*rows[:200], *planted_rows(60, seed=5)])
    done = command("refit", planted.folder, new, "--plan")
    assert done.code == 0
    assert "of them new" in done.out
    assert not (tmp_path / "out").exists()


def test_without_a_plan_a_refit_asks_for_an_out(command: Command, planted: PlantedRun) -> None:
    done = command("refit", planted.folder, planted.dump)
    assert done.code == 2
    assert "--out" in done.err


def test_a_refit_of_the_same_dump_has_hardly_anything_to_do(planted: PlantedRun) -> None:
    encoder = TinyEncoder(explodes=True)
    plan = tm.plan(planted.dump, previous=planted.folder, encoder=encoder, cache=planted.cache)
    assert plan.run_kind == "keep"
    assert plan.counts.n_new == 0
    assert not {"finding topics", "drafting a tree to compare with"} & set(plan.seconds)


def test_a_refit_is_planned_as_it_is_done(june: Month, tmp_path: Path) -> None:
    july = write_json_lines(tmp_path / "july.jsonl", planted_rows(150, seed=9))
    cache = tmp_path / "cache.sqlite"
    again = tm.refit(june.folder, july, encoder=TinyEncoder(), cache=cache)
    plan = tm.plan(july, previous=june.folder, encoder=TinyEncoder(), cache=cache)
    assert plan.run_kind == again.manifest.plan["course"]
    assert plan.counts.n_new == again.manifest.plan["counts"]["n_new"]


def test_the_manifest_keeps_the_plan_beside_what_was_seen(planted: PlantedRun) -> None:
    manifest = json.loads((planted.folder / "manifest.json").read_text())
    seen = [stage["name"] for stage in manifest["stages"]]
    expected = manifest["plan"]["seconds"]
    assert set(seen) == set(expected) - {"writing"} | {"planning"}
    assert all(seconds >= 0 for seconds in expected.values())
    assert manifest["plan"]["peak_mb"] > 0


def test_a_run_that_cannot_fit_is_refused_before_the_work(
    command: Command, dump: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "topicmodel.planning.find_free_resources", lambda *_: FreeResources(memory=10)
    )
    done = command("fit", dump, "--out", tmp_path / "run", "--quiet")
    assert done.code == 1
    assert "10 MB are free" in done.error
    assert not (tmp_path / "run").exists()
    asked = command("fit", dump, "--plan", "--quiet")
    assert asked.code == 1
    assert asked.out.startswith("Plan for")
    assert "10 MB are free" in asked.error


@pytest.fixture(scope="module")
def measuring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("costs", ROOT / "scripts/measure_costs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_costs_are_found_again_from_what_they_make(measuring: ModuleType) -> None:
    truth = Cost(3.0, {"texts": 200.0, "products": 0.0})
    work = [{"texts": n, "products": m} for n, m in ((1e4, 9e4), (1e5, 2e5), (1e6, 1.5e6))]
    start = Cost(30.0, {"texts": 20.0, "products": 500.0})
    found = measuring.best_cost(start, work, [truth.of(own) for own in work])
    for own in work:
        assert found.of(own) == pytest.approx(truth.of(own), rel=0.05)


def test_costs_that_nobody_has_seen_stay_as_they_are(measuring: ModuleType) -> None:
    cost = SECONDS["learning from the encoder"]
    found = measuring.best_cost(cost, [], [])
    assert found.fixed == pytest.approx(cost.fixed)
    assert dict(found.per_million) == pytest.approx(dict(cost.per_million))


def test_runs_are_set_beside_their_plans(measuring: ModuleType, planted: PlantedRun) -> None:
    runs = [measuring.read_run(planted.folder)]
    assert planted.folder.name in measuring.as_planned(runs)
    table = measuring.as_measured(runs)
    assert all(f"Stage.{stage.name}: Cost(" in table for stage in SECONDS)
    unseen = [line for line in table.splitlines() if line.endswith("# not seen")]
    assert any(line.startswith("Stage.LEARNING_FROM_THE_ENCODER:") for line in unseen)
    assert not any(line.startswith("Stage.NAMING:") for line in unseen)
