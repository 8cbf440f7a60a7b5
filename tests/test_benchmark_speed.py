"""The benchmark's parts of whole fits, on next to nothing."""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_shop import planted_rows, write_json_lines
from speed import fits, growth, runs
from speed.catalogue import write_dumps
from speed.processes import PAUSE, Memory, alone
from tiny_encoder import TinyEncoder

from topicmodel import Settings, load_settings

QUICK = load_settings(assignments=["topics.n_fits=1", "evaluation.resamples=0", "processes=1"])


@pytest.fixture
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading and compiling anew for each fit would take most of the time."""
    monkeypatch.setattr(fits, "_bertopic", quick_bertopic)
    monkeypatch.setattr(runs, "warm_up_neighbours", lambda: None)
    for part in (fits, growth):
        monkeypatch.setattr(part, "alone", lambda work, *rest: (work(*rest), Memory(1, 0, 1)))


def quick_bertopic() -> Any:
    """BERTopic without UMAP's search for neighbours, which is compiled for each process."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from sklearn.decomposition import PCA

    return BERTopic(embedding_model=BaseEmbedder(), umap_model=PCA(5))


def taken(megabytes: int) -> int:
    held = np.ones(megabytes * 2**17)
    time.sleep(2 * PAUSE)
    return int(held.sum())


def row(products: int, seconds: float, **stages: float) -> dict[str, Any]:
    return {
        "products": products,
        "texts": products,
        "seconds": seconds,
        "topics": [9, 40],
        "stages": [
            *({"name": name, "seconds": of, "peak_mb": 512.0} for name, of in stages.items()),
            {"name": "the rest", "seconds": 1.0},
        ],
        "peak_mb": 600.0,
        "peak_child_mb": 0.0,
        "peak_together_mb": 700.0,
    }


def test_work_alone_returns_its_result_and_its_own_memory() -> None:
    result, memory = alone(taken, 300)
    assert result == 300 * 2**17
    assert 300 < memory.own < 600
    assert memory.together is None or memory.together >= memory.own


def test_an_error_in_a_process_of_its_own_comes_back() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        alone(int, "three")


@pytest.mark.parametrize(
    ("sizes", "seconds", "power"),
    [
        ([50, 1000], [3, 60], 1.0),
        ([10, 1000, 100], [2, 20_000, 7], 2.0),
        ([10, 1000], [5, 5], 0.0),
    ],
)
def test_the_exponent_is_that_of_the_smallest_and_the_largest(
    sizes: list[int], seconds: list[float], power: float
) -> None:
    assert growth.exponent(sizes, seconds) == pytest.approx(power)


def test_there_is_no_exponent_of_one_size_or_of_no_time() -> None:
    assert growth.exponent([50], [3]) is None
    assert growth.exponent([50, 100], [0, 3]) is None


def test_the_table_of_growth_has_every_stage_with_its_exponent() -> None:
    rows = [row(1000, 11, fits=10), row(10_000, 201, fits=100, more=100)]
    text = growth.table({"rows": rows, "exponent": growth.exponent([1000, 10_000], [11, 201])})
    lines = {line.split()[0]: line.split() for line in text.splitlines() if line}
    assert lines["10,000"][2:7] == ["201.0", "s", "20.10", "s", "600"]
    assert lines["fits"] == ["fits", "10.0", "100.0", "1.00", "512", "MB"]
    assert lines["more"] == ["more", "0.0", "100.0", "-", "512", "MB"]
    assert "power 1.26" in text
    assert "700 MB, with all child processes" in text


@pytest.mark.usefixtures("_in_this_process")
def test_growth_is_measured_to_the_report(tmp_path: Path) -> None:
    encoded = write_dumps(tmp_path, [200], seed=2)[200]
    cache = tmp_path / "vectors.sqlite"
    drawn = growth.drawn_encoder(encoded, TinyEncoder(), cache, QUICK)
    dumps = write_dumps(tmp_path, [150], seed=1)
    found = growth.measure_growth(dumps, QUICK, drawn, n_warm_up=100)
    (row,) = found["rows"]
    assert row["products"] == row["texts"] == 150
    assert row["encoded"] >= 150
    stages = sum(stage["seconds"] for stage in row["stages"])
    assert stages == pytest.approx(row["seconds"], abs=0.1)
    assert "one size only" in growth.table(found)
    assert json.dumps(found)


@pytest.mark.usefixtures("_in_this_process")
def test_the_cascade_is_measured_beside_encoding_all(tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "shop.jsonl", planted_rows(500))
    settings = QUICK.model_copy(
        update={
            "embedding": QUICK.embedding.model_copy(
                update={"cascade": True, "cascade_sample": 200, "cascade_agreement": 0.0}
            )
        }
    )
    found = growth.measure_cascade(dump, settings, 0, TinyEncoder())
    (row,) = found["rows"]
    assert row["cascade"]["sample"] == 200
    rate = sum(found["texts_per_second"]) / 2
    assert found["seconds_encoding_all_alone"] == pytest.approx(500 / rate)
    assert found["share_of_encoding_all"] == pytest.approx(row["seconds"] * rate / 500)
    assert "texts a second" in growth.table(found)


@pytest.mark.usefixtures("_in_this_process")
def test_whole_fits_are_measured_beside_bertopic(tmp_path: Path) -> None:
    found = fits.compare(planted_case(tmp_path), QUICK, n_warm_up=0, encoder=TinyEncoder())
    (both,) = found["rounds"]
    assert found["ratio"] == both["ours"]["seconds"] / both["theirs"]["seconds"]
    assert both["ours"]["products"] == found["texts"] == 300
    # The texts are in the cache: only what the names need is asked for.
    assert both["ours"]["phrases_encoded"] > 0
    assert both["theirs"]["topics"] > 1
    assert f"{found['ratio']:.2f} times" in fits.table({"cases": [found]})


@pytest.mark.filterwarnings("ignore::ImportWarning:umap")  # it misses TensorFlow
def test_bertopic_is_measured_with_its_own_defaults() -> None:
    from umap import UMAP

    model = fits._bertopic()
    assert isinstance(model.umap_model, UMAP)
    assert (model.umap_model.n_neighbors, model.umap_model.metric) == (15, "cosine")


def test_vectors_of_a_folder_are_those_of_their_own_rows(tmp_path: Path) -> None:
    case = planted_case(tmp_path)
    assert np.allclose(case.vectors, TinyEncoder().encode(case.texts), atol=1e-3)


def test_a_size_is_taken_from_the_first_set_that_has_as_many() -> None:
    assert [fits.set_of_size(size) for size in fits.SIZES] == ["mixed_catalogue"] * 2 + ["hm"]
    with pytest.raises(SystemExit, match="No set has 50,000 products"):
        fits.set_of_size(50_000)


def test_missing_vectors_are_told_before_the_first_fit(tmp_path: Path) -> None:
    words = ["--data", str(tmp_path), "--vectors", str(tmp_path), "--sizes", "100"]
    with pytest.raises(SystemExit, match=r"mixed_catalogue\.npy"):
        fits.measure(options_of(fits, words))


def planted_case(folder: Path) -> fits.Case:
    """The planted shop as a set with stored vectors."""
    dump = write_json_lines(folder / "planted.jsonl", planted_rows())
    (folder / "planted.jsonl.gz").write_bytes(gzip.compress(dump.read_bytes()))
    rows = [json.loads(line) for line in dump.read_text().splitlines()]
    texts = [f"{row['title']}. {row['description']}" for row in rows]
    np.save(folder / "planted.npy", TinyEncoder().encode(texts).astype(np.float16))
    options = options_of(fits, ["--data", str(folder), "--vectors", str(folder)])
    return fits.load_case(options, "planted", 300, folder, Settings())


def options_of(part: Any, words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    part.add_options(parser)
    return parser.parse_args(words)
