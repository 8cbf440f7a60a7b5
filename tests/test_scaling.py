"""Work that is divided gives the same result; what Ray is asked is seen on a stand-in for it."""

from __future__ import annotations

import csv
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click import UsageError
from conftest import PlantedRun
from elsewhere import Elsewhere
from planted_shop import Row, planted_rows, write_csv, write_json_lines
from test_assign import new_rows, strange_rows
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import DumpError, EncoderError, ScalingError, ScalingSettings, SettingsError
from topicmodel.cli import commands
from topicmodel.embedding import VectorCache, embed, encode_on, fill_cache
from topicmodel.embedding import session as spreading
from topicmodel.execution import HERE, in_order, open_workers
from topicmodel.ingest import read_dump
from topicmodel.settings import EmbeddingSettings
from topicmodel.workflows import assigning, fitting

TEXTS = [f"product {number} of {number % 7} kinds" for number in range(900)]


def test_here_one_item_is_worked_on_at_a_time() -> None:
    begun: list[str] = []
    results = HERE.map(begun.append, ["first", "second"])
    assert next(results)[0] == 0
    assert begun == ["first"]


def test_results_are_put_in_order_as_soon_as_that_is_possible() -> None:
    read: list[int] = []

    def numbered() -> Iterator[tuple[int, str]]:
        for number in (1, 0, 3, 2):
            read.append(number)
            yield number, "abcd"[number]

    results = in_order(numbered())
    assert next(results) == "a"
    assert read == [1, 0]
    assert list(results) == ["b", "c", "d"]


def test_vectors_are_the_same_wherever_they_are_made(tmp_path: Path) -> None:
    workers, encoder = Elsewhere(), TinyEncoder()
    with VectorCache(tmp_path / "a") as here, VectorCache(tmp_path / "b") as there:
        expected = embed(TEXTS, TinyEncoder(), here)
        found = embed(TEXTS, encoder, there, encode_all=encode_on(workers, encoder))
        assert found.n_encoded == expected.n_encoded == len(TEXTS)
        assert found.vectors.tobytes() == expected.vectors.tobytes()
    # Few chunks are quicker encoded here than workers are started.
    assert not workers.handed_over


def test_many_chunks_are_handed_to_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "MIN_CHUNKS", 4)
    monkeypatch.setattr("topicmodel.embedding.session._CHUNK", -(-len(TEXTS) // 4))
    workers, encoder = Elsewhere(), TinyEncoder()
    with VectorCache(tmp_path / "v") as cache:
        found = embed(TEXTS, encoder, cache, encode_all=encode_on(workers, encoder))
    assert workers.handed_over == [4]
    assert not encoder.batches
    np.testing.assert_allclose(found.vectors, TinyEncoder().encode(TEXTS), atol=5e-4)


def test_lists_of_texts_are_encoded_together_in_the_chunks_that_each_would_have(
    tmp_path: Path,
) -> None:
    blocks = [TEXTS[:300], TEXTS[200:600], TEXTS[:50]]
    one_by_one, together = TinyEncoder(), TinyEncoder()
    with VectorCache(tmp_path / "a") as a, VectorCache(tmp_path / "b") as b:
        for block in blocks:
            embed(block, one_by_one, a)
        assert fill_cache(blocks, together, b) == 600
        assert fill_cache(blocks, TinyEncoder(explodes=True), b) == 0
    assert together.batches == one_by_one.batches


def test_a_worker_loads_the_model_by_its_settings_and_has_to_have_the_same() -> None:
    settings = EmbeddingSettings()
    with pytest.raises(EncoderError, match=r"A worker has the encoder .*all-MiniLM.*another"):
        list(encode_on(Elsewhere(), TinyEncoder("another"), settings)([["text"]] * 8))


def dump_in_parts(folder: Path, rows: list[Row]) -> Path:
    """A folder with the rows in several files of all kinds, and one line that is none."""
    import pyarrow as pa

    folder.mkdir()
    third = len(rows) // 3
    lines = write_json_lines(folder / "a.jsonl", rows[:third])
    with lines.open("a", encoding="utf-8") as file:
        file.write("{damaged\n")
    write_csv(folder / "b.csv", rows[third : 2 * third])
    pq.write_table(pa.Table.from_pylist(rows[2 * third :]), folder / "c.parquet")
    (folder / "d.csv").write_bytes("id;title\n7;Caf\xe9\n".encode("latin-1"))
    return folder


class Told:
    def __init__(self) -> None:
        self.total: float | None = 0.0
        self.read = 0.0
        self.messages: list[str] = []

    def stage(self, name: str, total: float | None = None) -> None:  # noqa: ARG002
        self.total = total

    def advance(self, amount: float, note: str = "") -> None:  # noqa: ARG002
        self.read += amount

    def message(self, text: str) -> None:
        self.messages.append(text)

    def warning(self, text: str) -> None:
        self.message(text)


def test_files_are_read_the_same_by_workers(tmp_path: Path) -> None:
    folder = dump_in_parts(tmp_path / "dump", planted_rows(90))
    workers, here, there = Elsewhere(), Told(), Told()
    dump = read_dump([folder], progress=here)
    assert len(dump.products) == 91
    assert len(dump.report.rejects) == 1
    assert dump == read_dump([folder], progress=there, workers=workers)
    assert workers.handed_over == [4]
    assert there.messages == here.messages
    assert any("Windows-1252" in message for message in there.messages)
    assert there.read == there.total == here.total


def test_products_without_ids_are_numbered_on_over_files(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["title"], [f"{name} pan"], [""], [f"{name} pot"]])
    dump = read_dump([tmp_path])
    assert [product.id for product in dump.products] == ["1", "3", "4", "6", "7", "9"]
    assert dump == read_dump([tmp_path], workers=Elsewhere())


def test_one_file_and_members_of_a_zip_are_read_here(tmp_path: Path) -> None:
    write_json_lines(tmp_path / "shop.jsonl", planted_rows(20))
    shutil.make_archive(str(tmp_path / "shop"), "zip", tmp_path, "shop.jsonl")
    workers = Elsewhere()
    assert len(read_dump([tmp_path], workers=workers).products) == 20
    assert not workers.handed_over


@contextmanager
def elsewhere(_settings: ScalingSettings) -> Iterator[Elsewhere]:
    yield Elsewhere()


def mapping(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def test_a_fit_and_an_assignment_are_the_same_with_workers(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = [row | {"category_path": []} for row in strange_rows()]
    products = [*new_rows(), *strange, *planted_rows(30)]
    new = dump_in_parts(tmp_path / "new", products)
    here = tm.assign(
        planted.folder, new, out=tmp_path / "a.parquet", encoder=TinyEncoder(), cache=planted.cache
    )
    monkeypatch.setattr(spreading, "MIN_CHUNKS", 1)
    monkeypatch.setattr(assigning, "open_workers", elsewhere)
    monkeypatch.setattr(fitting, "open_workers", elsewhere)
    there = tm.assign(
        planted.folder, new, out=tmp_path / "b.parquet", encoder=TinyEncoder(), cache=tmp_path / "v"
    )
    own = {"out": "", "rejects": ""}
    assert there.as_record() | own == here.as_record() | own
    assert mapping(tmp_path / "b.parquet") == mapping(tmp_path / "a.parquet")

    encoder, out = TinyEncoder(), tmp_path / "run"
    again = tm.fit(planted.dump, out=out, menu="none", encoder=encoder, cache=tmp_path / "w")
    assert not encoder.batches
    assert again.taxonomy == planted.run.taxonomy
    assert mapping(tmp_path / "run/assignments.parquet") == mapping(
        planted.folder / "assignments.parquet"
    )


def test_without_ray_its_absence_is_told_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with (
        pytest.raises(ScalingError, match=r"pip install topicmodel\[ray\]"),
        open_workers(ScalingSettings(engine="ray")),
    ):
        pass


class FakeRay(SimpleNamespace):
    """As much of Ray as starting and ending it needs."""

    def __init__(self, *, running: bool = False, broken: bool = False) -> None:
        super().__init__()
        self.running = running
        self.broken = broken
        self.options: dict[str, Any] = {}

    def is_initialized(self) -> bool:
        return self.running

    def init(self, **options: Any) -> None:
        if self.broken:
            raise ConnectionError("Could not find any running Ray instance.\nMore.")
        self.options, self.running = options, True

    def shutdown(self) -> None:
        self.running = False


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    fake = FakeRay()
    data = SimpleNamespace(DataContext=SimpleNamespace(get_current=SimpleNamespace))
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setitem(sys.modules, "ray.data", data)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(logging.getLogger("ray.data"), "level", logging.NOTSET)
    return fake


def connect(ray: FakeRay, **settings: Any) -> dict[str, Any]:
    """How Ray is started at the first work that is worth it."""
    with open_workers(ScalingSettings(engine="ray", **settings)) as workers:
        was_running = ray.running
        assert list(workers.map(str, [1])) == [(0, "1")]
        assert ray.running is was_running  # one item is no reason to start it
        workers._connect()
    return ray.options


def test_ray_is_started_here_without_a_dashboard_or_usage_statistics(ray: FakeRay) -> None:
    options = connect(ray, workers=3)
    assert (options["address"], options["num_cpus"]) == ("local", 3)
    assert options["include_dashboard"] is False
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert not ray.running


def test_a_cluster_that_the_environment_names_is_used(ray: FakeRay) -> None:
    os.environ["RAY_ADDRESS"] = "head:6379"
    options = connect(ray, workers=3)
    assert options["address"] == "head:6379"
    assert "num_cpus" not in options
    assert not ray.running


def test_a_connection_that_is_there_is_used_and_left(ray: FakeRay) -> None:
    ray.running = True
    assert connect(ray) == {}
    assert ray.running


def test_a_cluster_that_cannot_be_reached_is_one_line_with_a_remedy(ray: FakeRay) -> None:
    ray.broken = True
    with pytest.raises(ScalingError, match=r"running Ray instance\. Check RAY_ADDRESS") as caught:
        connect(ray)
    assert "\n" not in str(caught.value)


def test_assign_takes_settings_of_reading_and_scaling_only(
    planted: PlantedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[Any] = []

    def assign(*_words: Any, scaling: ScalingSettings | None, **_options: Any) -> None:
        named.append(scaling)
        raise DumpError("Enough is known.")

    monkeypatch.setattr("topicmodel.workflows.assign", assign)
    words = ["assign", planted.folder, planted.dump, "--out", tmp_path / "o.csv", "--set"]
    for pair, complaint in (
        ("seed=1", r"ingest\.encoding=cp1250; got seed"),
        ("scaling.engine=none", "should be 'local' or 'ray'"),
    ):
        with pytest.raises((UsageError, SettingsError), match=complaint):
            commands.main([*map(str, words), pair], standalone_mode=False)
    for given in ([*words, "scaling.workers=3"], words[:-1]):
        with pytest.raises(DumpError, match="Enough"):
            commands.main([*map(str, given)], standalone_mode=False)
    assert named == [ScalingSettings(workers=3), None]


def test_a_dump_may_be_named_by_an_address(tmp_path: Path) -> None:
    folder = dump_in_parts(tmp_path / "my dump", planted_rows(90))
    (folder / "run").mkdir()
    (folder / "run" / "manifest.json").write_text("{}")
    (folder / "run" / "taxonomy.json").write_text('[{"id": 1, "title": "not a product"}]')
    (folder / ".hidden.csv").write_text("id,title\n1,not a product\n")
    address = (tmp_path / "my dump").as_uri()
    expected = read_dump([folder])
    for workers in (HERE, Elsewhere()):
        dump = read_dump([address], workers=workers)
        assert dump.products == expected.products
        assert [reject.file for reject in dump.report.rejects] == [f"{address}/a.jsonl"]
    assert read_dump([f"{address}/b.csv"]).products == read_dump([folder / "b.csv"]).products


def test_a_zip_at_an_address_is_a_reject_not_a_silence(tmp_path: Path) -> None:
    write_json_lines(tmp_path / "shop.jsonl", planted_rows(20))
    shutil.make_archive(str(tmp_path / "more"), "zip", tmp_path, "shop.jsonl")
    dump = read_dump([tmp_path.as_uri()])
    assert len(dump.products) == 20
    assert [(Path(reject.file).name, reject.reason) for reject in dump.report.rejects] == [
        ("more.zip", "is a zip that is read from afar; unpack it first")
    ]


@pytest.mark.parametrize("address", ["none://bucket/file.csv", "file:///no/such/folder"])
def test_an_address_that_cannot_be_read_is_one_line(address: str) -> None:
    with pytest.raises(DumpError, match=address) as caught:
        read_dump([address])
    assert "\n" not in str(caught.value)


def test_the_command_line_keeps_an_address_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[Any] = []

    def fit(paths: Any, **_options: Any) -> None:
        named.extend(paths)
        raise DumpError("Enough is known.")

    monkeypatch.setattr("topicmodel.workflows.fit", fit)
    words = ["fit", "s3://bucket/shop", str(tmp_path / "x.csv"), "--out", str(tmp_path / "run")]
    with pytest.raises(DumpError, match="Enough"):
        commands.main(words)
    assert named == ["s3://bucket/shop", tmp_path / "x.csv"]


def test_settings_of_scaling_are_kept_with_the_run_and_change_nothing(
    planted: PlantedRun, tmp_path: Path
) -> None:
    settings = tm.load_settings(assignments=["scaling.workers=2", "catalogue.source=none"])
    run = tm.refit(
        planted.folder,
        planted.dump,
        out=tmp_path / "run",
        settings=settings,
        encoder=TinyEncoder(explodes=True),
        cache=planted.cache,
    )
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["settings"]["scaling"] == {"engine": "local", "workers": 2}
    assert run.taxonomy == planted.run.taxonomy
