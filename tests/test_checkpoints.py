"""Finished stages are kept: the same results, whatever was kept, and whatever happens to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import grimp
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors.numpy import save_file

from topicmodel.datatypes import Level, Levels, TermCounts
from topicmodel.execution import checkpoints
from topicmodel.execution.checkpoint_keys import DECISIVE, _decisive_code
from topicmodel.execution.checkpoints import Checkpoints, clear_stages, kept_stages, key_of
from topicmodel.settings import Settings, TopicSettings, load_settings

VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)
LEVEL = Level(np.array([0, 1, -1]), np.array([1, 0.5, 0], dtype=np.float32))
LEVELS = Levels(
    np.array([0, 0, 1]), np.array([0, 1, -1]), np.ones(3, dtype=np.float32), [(2, 0.1 + 0.2)]
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "stages"


class Worker:
    """Doubles numbers, and remembers which."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def double(self, number: int) -> Any:
        self.asked.append(number)
        return np.array([2 * number])


def doubled(kept: Checkpoints, worker: Worker, numbers: Sequence[int]) -> dict[int, int]:
    tasks = [(number,) for number in numbers]
    found = kept.call_each(worker.double, tasks, processes=1, threads=1)
    return {number: int(result[0]) for number, result in found}


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def only_file(folder: Path) -> Path:
    (file,) = files_in(folder)
    return file


def words(**changes: Any) -> TermCounts:
    counts = sp.csr_matrix(np.array([[1, 0, 2], [0, 3, 0]]))
    return TermCounts(**{"counts": counts, "terms": ["pan", "pot", "wok"]} | changes)


NUMBERS = arrays_of.arrays(np.float32, st.tuples(st.integers(0, 4), st.integers(1, 3)))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(PLAIN, PLAIN)
def test_values_have_one_key_if_and_only_if_they_are_the_same(some: Any, other: Any) -> None:
    # True is 1, and 1 is 1.0, for Python's ==, but not for what is made of them.
    assert (key_of(some) == key_of(other)) == (repr(some) == repr(other))


@given(NUMBERS, st.data())
def test_any_change_of_an_array_changes_the_key(array: Any, data: st.DataObject) -> None:
    key = key_of(array)
    assert key_of(array.copy(order="F")) == key
    assert key_of(array.astype(np.float64)) != key
    assert key_of(array[None]) != key
    if array.size:
        place = data.draw(st.integers(0, array.size - 1))
        changed = array.copy()
        changed.reshape(-1).view(np.uint8)[4 * place] ^= 1
        assert key_of(changed) != key


def test_an_array_is_read_to_its_end_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = VECTORS.copy()
    changed[-1, -1] += 1
    assert key_of(changed) != key_of(VECTORS)
    whole = key_of(VECTORS)
    monkeypatch.setattr("topicmodel.execution.checkpoint_keys._BLOCK", 5)
    assert key_of(VECTORS) == key_of(np.repeat(VECTORS, 2, axis=1)[:, ::2]) == whole
    assert key_of(changed) != whole


OTHER_WORDS = [
    words(terms=["pan", "pot", "jug"]),
    words(counts=sp.csr_matrix(np.array([[1, 0, 2], [0, 4, 0]]))),
    words(counts=sp.csr_matrix(np.array([[1, 2, 0], [0, 0, 3]]))),
    words(counts=sp.csr_matrix(np.array([[1, 0, 2], [0, 3, 0], [0, 0, 0]]))),
    words(counts=sp.csc_matrix(np.array([[1, 0, 2], [0, 3, 0]]))),
]


@pytest.mark.parametrize("other", OTHER_WORDS)
def test_any_change_of_the_words_changes_the_key(other: TermCounts) -> None:
    assert key_of(words()) == key_of(words())
    assert key_of(other) != key_of(words())


def test_any_change_of_settings_changes_the_key() -> None:
    pairs = ["seed=7", "threads=2", "topics.n_neighbors=9", "level2.max_topics=3"]
    changed = [load_settings(None, [pair]) for pair in pairs]
    assert len({key_of(each) for each in (Settings(), *changed)}) == 5
    assert key_of(Settings()) == key_of(load_settings())
    assert key_of(Settings().topics) != key_of(TopicSettings(n_fits=9))


def test_values_do_not_run_into_one_another() -> None:
    others = [("ab", "c"), ("a", "bc"), ("abc",), ["abc", ""], "abc", [["ab"], "c"], [["ab", "c"]]]
    assert len({key_of(value) for value in others}) == len(others)
    assert key_of(LEVEL) != key_of([LEVEL.topics, LEVEL.strengths])
    assert key_of(LEVEL) != key_of(replace(LEVEL, strengths=LEVEL.topics))


@pytest.mark.parametrize("value", [object(), {1: 2}, {1}, np.array([None]), sp.eye(2), Level])
def test_what_cannot_be_looked_into_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="content"):
        key_of(value)


@pytest.mark.parametrize("value", [LEVEL, LEVELS, replace(LEVELS, count_curve=[]), None, VECTORS])
def test_what_is_kept_comes_back_as_it_was(folder: Path, value: Any) -> None:
    def find(again: bool) -> Any:  # noqa: ARG001 - it is only part of the key
        return value

    assert Checkpoints(folder).call(find, True) is value
    found = Checkpoints(folder).call(find, True)
    assert found is not value or value is None
    assert type(found) is type(value)
    assert key_of(found) == key_of(value)


def test_what_is_kept_is_not_made_again(folder: Path) -> None:
    worker = Worker()
    assert doubled(Checkpoints(folder), worker, [1, 2]) == {0: 2, 1: 4}
    later = Checkpoints(folder)
    assert doubled(later, worker, [3, 2, 4, 1]) == {0: 6, 1: 4, 2: 8, 3: 2}
    assert worker.asked == [1, 2, 3, 4]
    assert (later.n_found, later.n_asked) == (2, 4)


def test_a_call_by_names_is_kept_by_them(folder: Path) -> None:
    asked = []

    def find(*, first: int, second: int) -> Any:
        asked.append((first, second))
        return np.array([first, second])

    kept = Checkpoints(folder)
    for first, second in ((1, 2), (2, 1), (1, 2)):
        assert kept.call(find, second=second, first=first).tolist() == [first, second]
    assert asked == [(1, 2), (2, 1)]
    # It was this very run that had made it.
    assert kept.n_found == 0


@pytest.mark.parametrize(("processes", "numbers"), [(1, (1, 0)), (2, (0, 1))])
def test_what_was_finished_before_an_error_is_kept(
    folder: Path, processes: int, numbers: Sequence[int]
) -> None:
    # A helper takes the first call while the second is made here.
    tasks = [(number,) for number in numbers]
    with pytest.raises(ZeroDivisionError):
        list(Checkpoints(folder).call_each(invert, tasks, processes=processes, threads=1))
    assert len(files_in(folder)) == 1
    later = Checkpoints(folder)
    (found,) = later.call_each(invert, [(1,)], processes=1, threads=1)
    assert (found[0], found[1].tolist(), later.n_found) == (0, [1.0], 1)


def invert(number: int) -> Any:
    if not number:
        import time

        time.sleep(1)
    return np.array([1 / number])


def die_at_three(number: int) -> Any:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return np.array([number])


def run_until_killed(folder: Path) -> None:
    list(Checkpoints(folder).call_each(die_at_three, [(1,), (2,), (3,)], processes=1, threads=1))


def test_a_run_that_is_killed_loses_only_what_was_in_hand(folder: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=run_until_killed, args=(folder,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    later = Checkpoints(folder)
    found = dict(later.call_each(die_at_three, [(1,), (2,)], processes=1, threads=1))
    assert {number: result.tolist() for number, result in found.items()} == {0: [1], 1: [2]}
    assert later.n_found == 2


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def replace_by_text(file: Path) -> None:
    file.write_text("This is no result, and longer than the head of a file of results. " * 9)


def replace_by_another_layout(file: Path) -> None:
    arrays = {"other": np.arange(3)}
    save_file(arrays, file, {"digest": key_of([("other", arrays["other"])])})


def replace_without_digest(file: Path) -> None:
    save_file({"array": np.array([5])}, file)


DAMAGES = [
    cut,
    flip,
    empty,
    replace_by_text,
    replace_by_another_layout,
    replace_without_digest,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_made_again(folder: Path, damage: Callable[[Path], None]) -> None:
    worker = Worker()
    doubled(Checkpoints(folder), worker, [1])
    damage(only_file(folder))
    assert doubled(Checkpoints(folder), worker, [1]) == {0: 2}
    assert doubled(Checkpoints(folder), worker, [1]) == {0: 2}
    assert worker.asked == [1, 1]


def test_another_function_another_code_and_other_libraries_find_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    doubled(Checkpoints(folder, ["cpu", "numpy 2"]), worker, [1])
    doubled(Checkpoints(folder, ["cpu", "numpy 3"]), worker, [1])
    doubled(Checkpoints(folder, ["gpu", "numpy 2"]), worker, [1])
    Checkpoints(folder, ["cpu", "numpy 2"]).call(invert, 1)
    monkeypatch.setattr(checkpoints, "code_digest", lambda: "other code")
    doubled(Checkpoints(folder, ["cpu", "numpy 2"]), worker, [1])
    assert worker.asked == [1, 1, 1, 1]
    assert len(files_in(folder)) == 5


def test_a_folder_that_cannot_be_used_is_told_once_and_done_without(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "file").write_text("no folder")
    kept, worker = Checkpoints(tmp_path / "file" / "stages", tell=told.append), Worker()
    assert doubled(kept, worker, [1, 2, 1]) == {0: 2, 1: 4, 2: 2}
    assert len(told) == 1
    assert str(tmp_path / "file" / "stages") in told[0]


def test_a_full_disk_leaves_nothing_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    told: list[str] = []
    monkeypatch.setattr(Path, "write_bytes", write_half)
    assert doubled(Checkpoints(folder, tell=told.append), Worker(), [1, 2]) == {0: 2, 1: 4}
    assert files_in(folder) == []
    assert len(told) == 1
    assert "No space left on device" in told[0]


def test_what_was_used_longest_ago_goes_first(folder: Path) -> None:
    worker = Worker()
    doubled(Checkpoints(folder), worker, [1])
    size = only_file(folder).stat().st_size
    small = Checkpoints(folder, most_bytes=3 * size)
    for age, number in ((400, 1), (300, 2), (200, 3)):
        before = set(files_in(folder)) if number > 1 else set()
        doubled(small, worker, [number])
        (new,) = set(files_in(folder)) - before
        os.utime(new, (new.stat().st_atime - age, new.stat().st_mtime - age))
    doubled(small, worker, [1])
    doubled(small, worker, [4])
    assert kept_stages(folder).n_bytes <= 3 * size
    assert worker.asked == [1, 2, 3, 4]
    doubled(small, worker, [1, 3, 4, 2])
    assert worker.asked == [1, 2, 3, 4, 2]


def test_what_is_larger_than_the_folder_may_be_is_not_kept(folder: Path) -> None:
    doubled(Checkpoints(folder, most_bytes=10), Worker(), [1])
    assert files_in(folder) == []


def test_clearing_deletes_what_is_kept_and_nothing_else(folder: Path) -> None:
    doubled(Checkpoints(folder), Worker(), [1, 2])
    (folder / ".half.partial").write_text("half")
    info = kept_stages(folder)
    assert info.n_stages == 2
    assert info.n_bytes == sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    (folder / "notes.txt").write_text("mine")
    clear_stages(folder)
    assert [file.name for file in files_in(folder)] == ["notes.txt"]
    (folder / "notes.txt").unlink()
    clear_stages(folder)
    assert not folder.exists()
    clear_stages(folder)
    assert kept_stages(folder).n_stages == 0


@pytest.mark.parametrize("folder_is_used", [True, False])
def test_what_was_begun_is_kept_once_it_is_asked_for(folder: Path, folder_is_used: bool) -> None:
    worker, used = Worker(), folder if folder_is_used else None
    for expected in ([21], [21] if folder_is_used else [21, 21]):
        result = Checkpoints(used).begin(worker.double, (21,), processes=1, threads=1)
        assert result().tolist() == [42]
        assert worker.asked == expected


def test_docstrings_and_comments_are_no_part_of_the_code_that_decides(tmp_path: Path) -> None:
    plain, told = tmp_path / "plain.py", tmp_path / "told.py"
    plain.write_text("LIMIT = 3\n\n\ndef double(n):\n    return 2 * n\n")
    told.write_text(
        '"""A module."""\nLIMIT = 3\n"""Of what."""\n\n\n'
        'def double(n):\n    """Twice as many."""\n    # as everybody knows\n    return 2 * n\n'
    )
    assert _decisive_code(plain) == _decisive_code(told)
    told.write_text("LIMIT = 3\n\n\ndef double(n):\n    return n + n\n")
    assert _decisive_code(plain) != _decisive_code(told)


def test_all_code_that_a_fit_runs_is_in_the_digest() -> None:
    carriers = {"errors", "execution", "files", "progress"}
    decisive = {name.removesuffix(".py") for name in DECISIVE}
    graph = grimp.build_graph("topicmodel")
    for package in ("topicmodel.clustering", "topicmodel.engine"):
        modules = graph.find_upstream_modules(package, as_package=True)
        used = {module.split(".")[1] for module in modules if "." in module}
        assert used <= decisive | carriers
