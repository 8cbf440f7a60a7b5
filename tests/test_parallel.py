from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import loky
import numpy as np  # noqa: F401 (its library for linear algebra is what is counted)
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from topicmodel.errors import TopicModelError
from topicmodel.execution.processes import (
    LEAST_FOR_PROCESSES,
    MOST_PROCESSES,
    begin,
    call_each,
    n_processes,
)

LONG = 120
"""Seconds that nothing here takes; what does hangs."""


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Threads in place of processes, which take seconds to start."""
    with ThreadPoolExecutor(8) as pool:
        monkeypatch.setattr("topicmodel.execution.processes._helpers", lambda _: pool)
        yield


def wait_for(seconds: float, name: str) -> str:
    time.sleep(seconds)
    return name


def wait_until(event: threading.Event, name: str) -> str:
    assert event.wait(LONG)
    return name


def process_and_threads() -> tuple[int, set[int]]:
    import scipy.linalg  # noqa: F401 (a library of its own, which a new process has not loaded)

    return os.getpid(), count_threads()


def count_threads() -> set[int]:
    """Threads of the libraries that do linear algebra."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def refuse(name: str) -> str:
    raise TopicModelError(f"{name} cannot be done.")


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_results_come_with_the_number_of_their_arguments(processes: int) -> None:
    slow_first = [(0.02, "first"), (0.0, "second"), (0.01, "third"), (0.0, "fourth")]
    results = dict(call_each(wait_for, slow_first, processes=processes, threads=1))
    assert results == {0: "first", 1: "second", 2: "third", 3: "fourth"}


@pytest.mark.usefixtures("in_threads")
def test_what_is_ready_does_not_wait_for_what_was_begun_before() -> None:
    others_are_there, at_once = threading.Event(), threading.Event()
    at_once.set()
    slow_first = [(others_are_there, "slow"), (at_once, "here"), (at_once, "quick")]
    results = call_each(wait_until, slow_first, processes=2, threads=1)
    assert [next(results), next(results)] == [(1, "here"), (2, "quick")]
    others_are_there.set()
    assert list(results) == [(0, "slow")]


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_arrives_as_it_was_raised(processes: int) -> None:
    with pytest.raises(TopicModelError, match=r"^the fit cannot be done\.$"):
        list(call_each(refuse, [("the fit",), ("the fit",)], processes=processes, threads=1))


@pytest.mark.parametrize("processes", [1, 2])
def test_nothing_to_do_gives_nothing(processes: int) -> None:
    assert list(call_each(refuse, [], processes=processes, threads=1)) == []


def test_a_result_is_there_before_the_next_call_is_made() -> None:
    asked: list[int] = []
    results = call_each(asked.append, [(1,), (2,)], processes=1, threads=1)
    next(results)
    assert asked == [1]


@pytest.mark.parametrize(("n_calls", "processes"), [(1, 4), (4, 1)])
def test_no_process_is_started_where_one_is_enough(
    monkeypatch: pytest.MonkeyPatch, n_calls: int, processes: int
) -> None:
    monkeypatch.delattr(loky, "get_reusable_executor")
    results = call_each(wait_for, [(0, "done")] * n_calls, processes=processes, threads=1)
    assert list(results) == [(number, "done") for number in range(n_calls)]


@pytest.mark.parametrize("threads", [1, 2])
def test_every_call_has_as_many_threads_as_it_was_given(threads: int) -> None:
    with threadpool_limits(3 - threads):
        assert list(call_each(count_threads, [(), ()], processes=1, threads=threads)) == [
            (0, {threads}),
            (1, {threads}),
        ]


def test_other_work_has_the_threads_that_it_had_before() -> None:
    with threadpool_limits(2):
        assert list(call_each(count_threads, [()], processes=1, threads=1)) == [(0, {1})]
        assert count_threads() == {2}


@pytest.mark.usefixtures("in_threads")
def test_a_helper_takes_the_next_call_when_it_is_done() -> None:
    begun_here, last_is_done = threading.Event(), threading.Event()

    def who(number: int) -> int:
        """The thread that was given the call; the one of this thread takes longest."""
        if number == 0:
            assert begun_here.wait(LONG)
        if number == 1:
            begun_here.set()
            assert last_is_done.wait(LONG)
        if number == 3:
            last_is_done.set()
        return threading.get_ident()

    calls = [(number,) for number in range(4)]
    results = list(call_each(who, calls, processes=2, threads=1))
    by_main = {number for number, thread in results if thread == threading.get_ident()}
    assert len(results) == 4
    assert by_main == {1}


@pytest.mark.usefixtures("in_threads")
def test_what_was_begun_is_done_meanwhile() -> None:
    done = threading.Event()
    result = begin(done.set, (), processes=2, threads=1)
    assert done.wait(LONG)
    assert result() is None


def test_alone_a_call_is_made_when_it_is_asked_for() -> None:
    asked: list[int] = []
    result = begin(asked.append, (1,), processes=1, threads=1)
    assert asked == []
    result()
    assert asked == [1]


@pytest.mark.usefixtures("in_threads")
def test_what_was_begun_fails_when_it_is_asked_for() -> None:
    result = begin(refuse, ("the map",), processes=2, threads=1)
    with pytest.raises(TopicModelError, match=r"^the map cannot be done\.$"):
        result()


def test_a_helper_is_another_process_with_its_own_threads() -> None:
    process, threads = begin(process_and_threads, (), processes=2, threads=1)()
    assert process != os.getpid()
    assert threads == {1}


@pytest.mark.parametrize("n_texts", [0, 10**6])
def test_a_chosen_number_of_processes_is_obeyed(n_texts: int) -> None:
    assert n_processes(1, n_texts) == 1
    assert n_processes(7, n_texts) == 7


def test_auto_is_one_process_where_the_run_is_small() -> None:
    assert n_processes("auto", LEAST_FOR_PROCESSES - 1, lambda: 4) == 1


@pytest.mark.parametrize(("n_cores", "expected"), [(3, 3), (6, 6), (1, 1), (64, MOST_PROCESSES)])
def test_auto_is_one_process_a_core_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch, n_cores: int, expected: int
) -> None:
    monkeypatch.setattr(loky, "cpu_count", lambda: n_cores)
    assert n_processes("auto", LEAST_FOR_PROCESSES) == expected
