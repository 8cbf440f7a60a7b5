"""Two workers of a Ray on this machine: the same results, and nothing lost with one of them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import PlantedRun
from noting_encoder import LONG, NotingEncoder, at_work, done, processes
from planted_shop import planted_rows, write_csv, write_json_lines
from test_assign import new_rows
from test_embedding import RecordedProgress, run_python
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import EncoderError, ScalingSettings
from topicmodel.embedding import VectorCache, embed, encode_on
from topicmodel.execution import RayWorkers
from topicmodel.workflows import assigning

pytestmark = [
    pytest.mark.ray,
    # Ray's own code uses settings that Ray calls old.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
]

TEXTS = [f"product-{number} of {number % 7} kinds" for number in range(320)]
RAY = ScalingSettings(engine="ray", workers=2)


@pytest.fixture(scope="module", autouse=True)
def _own_modules_in_other_processes() -> Iterator[None]:
    folders = [str(Path(__file__).parent), str(Path(tm.__file__).parents[1])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(folders))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.delenv("RAY_ADDRESS", raising=False)
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    ray = pytest.importorskip("ray", reason="needs ray")
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topicmodel.embedding.session._CHUNK", 20)
    monkeypatch.setattr(assigning, "BLOCK", 20)


def mapping(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


@pytest.mark.usefixtures("small_chunks")
def test_fit_and_assign_give_what_they_give_in_one_process(
    cluster: Any, planted: PlantedRun, tmp_path: Path
) -> None:
    rows, folder = planted_rows(), tmp_path / "shop"
    folder.mkdir()
    write_json_lines(folder / "a.jsonl", rows[:150])
    write_csv(folder / "b.csv", rows[150:])
    encoder = TinyEncoder()
    run = tm.fit(
        folder,
        out=tmp_path / "run",
        settings=tm.Settings(scaling=RAY),
        menu="none",
        encoder=encoder,
        cache=tmp_path / "v",
    )
    assert run.manifest.dump.encoded_texts == len(rows)
    assert not {text for batch in encoder.batches for text in batch} & set(texts_of(planted))
    for name in ("assignments.parquet", "taxonomy.json"):
        assert (tmp_path / "run" / name).read_bytes() == (planted.folder / name).read_bytes()

    new = write_json_lines(tmp_path / "new.jsonl", new_rows(200))
    here, there = tmp_path / "here.parquet", tmp_path / "there.parquet"
    tm.assign(planted.folder, new, out=here, encoder=TinyEncoder(), cache=planted.cache)
    encoder = TinyEncoder()
    assigned = tm.assign(
        tmp_path / "run", new, out=there, encoder=encoder, cache=tmp_path / "v", scaling=RAY
    )
    assert assigned.n_products == 200
    assert not encoder.batches
    assert mapping(there) == mapping(here)
    assert cluster.is_initialized()


def texts_of(planted: PlantedRun) -> list[str]:
    """All texts of its products, as they are encoded."""
    first, *_ = planted.encoder.batches[:1]
    return first


class Killing(RecordedProgress):
    """Kills a worker that is at work once the first chunk has arrived."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.killed: list[int] = []

    def advance(self, amount: float, note: str = "") -> None:
        super().advance(amount, note)
        if self.killed:
            return
        end = time.monotonic() + LONG
        while not (working := at_work(self.folder)):
            assert time.monotonic() < end, "no worker is at work"
            time.sleep(0.02)
        os.kill(working[0], signal.SIGKILL)
        self.killed = working[:1]


@pytest.mark.usefixtures("cluster", "small_chunks")
def test_a_killed_worker_loses_nothing_but_what_it_had_in_hand(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    encoder, progress = NotingEncoder(notes, waits_for=3), Killing(notes)
    with VectorCache(tmp_path / "a") as a, VectorCache(tmp_path / "b") as b, RayWorkers(2) as two:
        expected = embed(TEXTS, TinyEncoder(), a)
        found = embed(TEXTS, encoder, b, progress, encode_on(two, encoder))
    assert found.n_encoded == len(TEXTS)
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert progress.killed
    assert len(processes(notes)) == 3
    assert len(progress.amounts) == len(done(notes)) == 16
    # What a worker has done and not handed over when it dies is done again; each has two at most.
    assert sum(done(notes).values()) <= 16 + 2


class Broken(TinyEncoder):
    def encode(self, texts: Any) -> Any:
        raise EncoderError(f"Cannot encode {len(texts)} texts.")


@pytest.mark.usefixtures("cluster", "small_chunks")
def test_an_error_of_ours_arrives_as_it_was_raised(tmp_path: Path) -> None:
    with (
        VectorCache(tmp_path / "v") as cache,
        RayWorkers(2) as two,
        pytest.raises(EncoderError, match=r"^Cannot encode 20 texts\.$"),
    ):
        embed(TEXTS, Broken(), cache, encode_all=encode_on(two, Broken()))


KILLED_AFTER_THREE_CHUNKS = """
import json, os, signal, warnings
from pathlib import Path
from noting_encoder import NotingEncoder
import topicmodel.embedding
from topicmodel.embedding import VectorCache, embed, encode_on
from topicmodel.progress import Silent
from topicmodel.execution import RayWorkers

warnings.filterwarnings("ignore", category=DeprecationWarning, module="ray")
topicmodel.embedding.session._CHUNK = 20
folder = Path(sys.argv[1])

class Killed(Silent):
    chunks = 0
    def advance(self, amount, note=""):
        self.chunks += 1
        if self.chunks == 3:
            os.kill(os.getpid(), signal.SIGKILL)

encoder = NotingEncoder(folder / "notes")
with VectorCache(folder / "vectors") as cache, RayWorkers(2) as two:
    embed(json.loads(sys.argv[2]), encoder, cache, Killed(), encode_on(two, encoder))
"""


@pytest.mark.usefixtures("small_chunks")
def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs ray")
    (tmp_path / "notes").mkdir()
    killed = run_python(KILLED_AFTER_THREE_CHUNKS, tmp_path, json.dumps(TEXTS))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    encoder = TinyEncoder()
    with VectorCache(tmp_path / "vectors") as cache, VectorCache(tmp_path / "a") as other:
        found = embed(TEXTS, encoder, cache)
        expected = embed(TEXTS, TinyEncoder(), other)
    assert len(encoder.batches) == 16 - 3
    assert found.vectors.tobytes() == expected.vectors.tobytes()
