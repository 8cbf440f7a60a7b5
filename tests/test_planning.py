"""The plan: what it promises of counts, machines and what is free."""

from __future__ import annotations

import doctest
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_encoder import N_DIMS, TinyEncoder

from topicmodel import PlanError, load_settings
from topicmodel.clustering import resampling
from topicmodel.datatypes import Counts, Floats, FreeResources, Machine, Plan
from topicmodel.engine import map as text_map
from topicmodel.planning import (
    check_plan,
    costs,
    find_free_resources,
    machine,
    make_plan,
    plan_text,
    try_encoder,
    workload,
)
from topicmodel.planning import (
    description as wording,
)
from topicmodel.planning.description import size_text, time_text

COUNTS = Counts(n_products=60_000, n_texts=50_000, mean_characters=400, n_missing=50_000)
MACHINE = Machine(cores=2)
CASCADE = "embedding.cascade=true"


def planned(
    counts: Counts = COUNTS,
    *pairs: str,
    machine: Machine = MACHINE,
    free: FreeResources | None = None,
) -> Plan:
    return make_plan(counts, load_settings(None, pairs), machine, free or FreeResources())


def times(counts: Counts, factor: int) -> Counts:
    return replace(
        counts,
        n_products=factor * counts.n_products,
        n_texts=factor * counts.n_texts,
        n_missing=factor * counts.n_missing,
    )


numbers = st.integers(1, 2_000_000)


@given(few=numbers, more=numbers, characters=st.floats(1, 2000), share=st.floats(0, 1))
def test_more_texts_never_take_less(few: int, more: int, characters: float, share: float) -> None:
    less, larger = (
        planned(Counts(n, n, characters, n_missing=round(share * n))) for n in (few, few + more)
    )
    assert less.run_mb <= larger.run_mb
    assert less.cache_mb <= larger.cache_mb
    assert less.peak_mb <= larger.peak_mb or larger.helpers_mb > 0
    assert less.memory_mb <= larger.memory_mb


@given(few=st.integers(10_000, 2_000_000), more=numbers)
def test_beyond_the_start_of_processes_more_texts_never_take_less_time(few: int, more: int) -> None:
    less, larger = (planned(Counts(n, n, 400, n_missing=n)) for n in (few, few + more))
    assert less.total_seconds <= larger.total_seconds


def test_beyond_the_sample_time_and_memory_grow_in_a_straight_line() -> None:
    once, twice, thrice = (planned(times(COUNTS, 20 * n)) for n in (1, 2, 3))
    for stage, seconds in once.seconds.items():
        if stage not in ("finding level two", "drawing the map"):
            gain = twice.seconds[stage] - seconds
            assert thrice.seconds[stage] - twice.seconds[stage] == pytest.approx(gain)
    gain = twice.memory_mb - once.memory_mb
    assert thrice.memory_mb - twice.memory_mb == pytest.approx(gain)
    assert thrice.total_seconds / once.total_seconds < 3.1


def test_only_what_the_cache_lacks_is_encoded() -> None:
    whole, tenth = planned(), planned(replace(COUNTS, n_missing=5_000))
    start = costs.SECONDS["encoding"].fixed
    expected = start + 0.1 * (whole.seconds["encoding"] - start)
    assert tenth.seconds["encoding"] == pytest.approx(expected)
    assert tenth.cache_mb == pytest.approx(whole.cache_mb / 10)
    none = planned(replace(COUNTS, n_missing=0))
    assert "encoding" not in none.seconds
    assert none.cache_mb == 0


def test_a_rate_that_was_measured_counts_in_place_of_the_table() -> None:
    seen = planned(machine=Machine(arrays=7, seconds_a_text=0.02))
    assert seen.seconds["encoding"] == pytest.approx(50_000 * 0.02)


def test_a_slower_machine_takes_longer() -> None:
    usual, slow = planned(), planned(machine=Machine(python=3, arrays=3))
    assert slow.total_seconds == pytest.approx(3 * usual.total_seconds)
    assert slow.memory_mb == usual.memory_mb


def test_fits_side_by_side_take_less_time_and_more_memory() -> None:
    one, three = planned(COUNTS, "processes=1"), planned(COUNTS, "processes=3")
    assert three.seconds["finding topics"] < one.seconds["finding topics"]
    assert three.memory_mb > one.memory_mb
    assert one.helpers_mb == 0


def test_workers_share_the_encoding_and_nothing_else() -> None:
    here = planned()
    on_ray = planned(COUNTS, "scaling.engine=ray", "scaling.workers=8")
    assert on_ray.seconds["encoding"] == pytest.approx(here.seconds["encoding"] * 2 / 8)
    assert {**on_ray.seconds, "encoding": 0} == {**here.seconds, "encoding": 0}


def test_the_cascade_encodes_a_sample_and_a_part_of_the_rest() -> None:
    many = times(COUNTS, 4)
    whole, steps = planned(many), planned(many, CASCADE)
    assert 20_000 < steps.n_encoded < 0.3 * whole.n_encoded
    assert {"learning from the encoder", "embedding by what was learnt"} <= set(steps.seconds)
    assert set(steps.seconds) > set(whole.seconds)


def test_what_a_cascade_has_encoded_is_not_encoded_again() -> None:
    many = times(COUNTS, 4)
    held = replace(many, n_missing=many.n_texts - planned(many, CASCADE).n_encoded)
    assert planned(held, CASCADE).n_encoded == 0


def test_a_cascade_that_would_be_left_out_is_not_planned() -> None:
    few = Counts(30_000, 30_000, 400, 30_000)
    assert planned(few, CASCADE) == planned(few)


def test_the_plan_counts_as_the_program_does() -> None:
    assert workload.MAPPED == text_map.MAX_MAPPED
    assert workload.RESAMPLE == resampling.RESAMPLE
    assert workload.RESAMPLE_AT_MOST == resampling.RESAMPLE_AT_MOST


def test_too_little_memory_is_refused_with_advice() -> None:
    plan = planned(free=FreeResources(memory=300))
    with pytest.raises(PlanError, match=r"memory, and 300 MB are free.*topics\.sample_size below"):
        check_plan(plan)
    assert "processes=1" in plan.problems[0]
    assert (
        "processes=1"
        not in planned(COUNTS, "processes=1", free=FreeResources(memory=300)).problems[0]
    )


def test_what_the_advice_says_needs_less_memory() -> None:
    usual = planned()
    assert planned(COUNTS, "processes=1").memory_mb < usual.memory_mb
    assert planned(COUNTS, "topics.sample_size=5000").memory_mb < usual.memory_mb
    assert planned(COUNTS, "report.max_points=1000").run_mb < usual.run_mb


def test_too_little_disk_is_refused_with_advice() -> None:
    with pytest.raises(PlanError, match=r"The run needs .* 1 MB are free there\. Choose an --out"):
        check_plan(planned(free=FreeResources(run_disk=1, cache_disk=1e6)))
    with pytest.raises(PlanError, match=r"New vectors need .* Let TOPICMODEL_CACHE name"):
        check_plan(planned(free=FreeResources(run_disk=1e6, cache_disk=1)))


def test_one_disk_has_to_hold_both() -> None:
    usual = planned()
    # Each of them would fit alone.
    free = (usual.run_mb + usual.cache_mb) / 1.6
    free = FreeResources(run_disk=free, cache_disk=free)
    assert not planned(free=free).problems
    assert len(planned(free=replace(free, is_one_disk=True)).problems) == 1


@pytest.mark.parametrize("share", [0.7, 1.0, 2.0])
def test_what_might_fit_is_never_refused(share: float) -> None:
    usual = planned()
    memory = share * usual.memory_mb * 2**20 / 1e6
    run_disk, cache_disk = share * usual.run_mb, share * usual.cache_mb
    plan = planned(free=FreeResources(memory, run_disk, cache_disk))
    check_plan(plan)
    assert not plan.problems


def test_nothing_is_refused_where_nobody_knows_what_is_free() -> None:
    plan = planned(times(COUNTS, 1000), free=FreeResources())
    check_plan(plan)
    assert not plan.problems


def test_a_long_encoding_is_answered_with_the_cascade() -> None:
    slow = Machine(seconds_a_text=0.02)
    assert CASCADE in planned(times(COUNTS, 10), machine=slow).hints[0]
    assert not planned(times(COUNTS, 10), CASCADE, machine=slow).hints
    assert not planned().hints


def test_the_text_tells_costly_stages_all_time_memory_and_disk() -> None:
    plan = planned(free=FreeResources(memory=20_000, run_disk=3_000, cache_disk=4_000))
    text = plan_text(plan)
    assert text.startswith("Plan for 60,000 products, 50,000 distinct texts, 50,000 to encode:\n")
    for line in (
        f"{time_text(plan.seconds['encoding'])}  encoding",
        f"{time_text(plan.total_seconds)}  in all",
        "of memory (20.0 GB free)",
        "of disk for the run (3.0 GB free)",
        f"{size_text(plan.cache_mb)}  of disk for new vectors (4.0 GB free)",
    ):
        assert line in text
    assert "counting words" not in text


def test_the_examples_of_how_amounts_read_are_right() -> None:
    assert doctest.testmod(wording).attempted == 2
    assert doctest.testmod(wording).failed == 0


def test_a_handful_of_all_lengths_is_encoded_to_see_how_long_it_takes() -> None:
    encoder = TinyEncoder()
    texts = ["word " * length for length in range(1, 3_001)]
    trial = try_encoder(texts, encoder)
    assert trial.n_dims == N_DIMS
    assert trial.seconds_a_text > 0
    tried = sorted(map(len, encoder.batches[-1]))
    assert len(tried) == machine.TRIAL_TEXTS
    assert (tried[0], tried[-1]) == (len(texts[0]), len(texts[-1]))
    assert np.mean(tried) == pytest.approx(np.mean([len(text) for text in texts]), rel=0.02)
    assert encoder.encoded <= machine.TRIAL_TEXTS + 1


def test_the_first_text_that_an_encoder_reads_is_not_timed() -> None:
    class Slow(TinyEncoder):
        """Loads itself with its first text."""

        def encode(self, texts: list[str]) -> Floats:
            if not self.batches:
                assert len(texts) == 1
            return super().encode(texts)

    assert try_encoder([f"text {n}" for n in range(3_000)], Slow()).n_dims == N_DIMS


def system(root: Path, files: dict[str, str]) -> Path:
    """A /proc with 8,000 MB available, of which this process holds 1,000 on top."""
    tables = {
        "proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 7812500 kB\n",
        "proc/self/status": "Name: python\nVmRSS:\t 976563 kB\n",
    }
    for name, content in {**tables, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_free_memory_is_what_the_system_has_and_the_process_holds(tmp_path: Path) -> None:
    assert machine.free_memory(system(tmp_path, {})) == pytest.approx(9_000, abs=1)


def test_a_container_limits_memory(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/a/b"
    files = {
        "proc/self/cgroup": "0::/a/b\n",
        f"{group}/memory.max": "max\n",
        f"{group}/memory.current": "5000000\n",
        "sys/fs/cgroup/a/memory.max": "3000000000\n",
        "sys/fs/cgroup/a/memory.current": "2000000000\n",
        "sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 500000000\n",
    }
    # 1,000 MB under the limit, 500 of files that make way, and what the process holds.
    assert machine.free_memory(system(tmp_path, files)) == pytest.approx(2_500, abs=1)


def test_a_container_of_the_older_kind_limits_memory_too(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory/box"
    files = {
        "proc/self/cgroup": "5:cpu,cpuacct:/box\n4:memory:/box\n",
        f"{group}/memory.limit_in_bytes": "4000000000\n",
        f"{group}/memory.usage_in_bytes": "3000000000\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
    }
    assert machine.free_memory(system(tmp_path, files)) == pytest.approx(2_000, abs=1)


def test_what_is_free_is_seen_where_things_will_be_written(tmp_path: Path) -> None:
    free = find_free_resources(tmp_path / "not" / "yet", tmp_path / "cache" / "vectors.sqlite")
    assert free.is_one_disk
    assert free.run_disk == pytest.approx(free.cache_disk, rel=0.01)
    assert not (tmp_path / "not").exists()
    assert find_free_resources(None, tmp_path).run_disk is None
