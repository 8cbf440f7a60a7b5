"""A run that places batches of texts, as Spark hands them over."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import PlantedRun
from planted_shop import planted_rows
from test_assign import assign, new_rows
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel import EncoderError, RunError, Settings

COLUMNS = ["level1_id", "level1_name", "level2_id", "level2_name", "confidence", "method"]


def as_rows(columns: dict[str, np.ndarray]) -> list[tuple[Any, ...]]:
    return list(zip(*(columns[name].tolist() for name in COLUMNS), strict=True))


def test_texts_go_where_assign_puts_them(planted: PlantedRun, tmp_path: Path) -> None:
    rows = [*new_rows(), *planted_rows(20)]
    assign(planted, rows, tmp_path)
    table = pq.read_table(tmp_path / "out.parquet")
    expected = {
        row["product_id"]: tuple(row[name] for name in COLUMNS) for row in table.to_pylist()
    }
    place = tm.placer(planted.folder, TinyEncoder())
    titles = np.array([row["title"] for row in rows], dtype=object)
    found = place(titles, np.array([row["description"] for row in rows], dtype=object))
    assert list(found) == COLUMNS
    assert {values.shape for values in found.values()} == {(len(rows),)}
    assert found["confidence"].dtype == np.float32
    for row, values in zip(rows, as_rows(found), strict=True):
        before = expected[row["id"]]
        assert values[4] == pytest.approx(before[4], abs=1e-5)
        assert (*values[:4], values[5]) == (*before[:4], before[5])


def test_batches_do_not_matter(planted: PlantedRun) -> None:
    place = tm.placer(planted.folder, TinyEncoder())
    titles = [row["title"] for row in new_rows(10)]
    one_by_one = [row for title in titles for row in as_rows(place([title]))]
    for row, other in zip(as_rows(place(titles)), one_by_one, strict=True):
        assert row[4] == pytest.approx(other[4], abs=1e-5)
        assert (*row[:4], row[5]) == (*other[:4], other[5])


def test_what_is_no_text_fits_nowhere(planted: PlantedRun) -> None:
    place = tm.placer(planted.folder, TinyEncoder())
    found = as_rows(place([None, float("nan"), "", "guitar acoustic"], [None, 3, "", None]))
    assert found[:3] == [(None, None, None, None, 0.0, "unsorted")] * 3
    assert found[3][0] is not None
    assert as_rows(place([])) == []


def test_another_encoder_than_that_of_the_run_is_refused(planted: PlantedRun) -> None:
    with pytest.raises(EncoderError, match="made with the encoder tiny-encoder"):
        tm.placer(planted.folder, TinyEncoder("another"))


def test_a_run_whose_texts_hold_attributes_is_refused(
    planted: PlantedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tm.load_settings(assignments=['documents.attributes=["*"]'])
    monkeypatch.setattr("topicmodel.workflows.serving.settings_of", lambda _run: settings)
    assert settings != Settings()
    with pytest.raises(RunError, match="topicmodel assign"):
        tm.placer(planted.folder, TinyEncoder())


def test_the_recipe_for_spark_gives_every_column_that_it_names(
    planted: PlantedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```py\n(.*?)```", readme, flags=re.DOTALL)
    types: list[str] = []

    def predict_batch_udf(make: Any, *, return_type: str, batch_size: int) -> Any:
        assert batch_size > 0
        types.append(return_type)
        return lambda *columns: make()(*(shop[column] for column in columns))

    shop = {
        name: np.array([row[name] for row in new_rows(20)], dtype=object)
        for name in ("title", "description")
    }
    for name in ("pyspark", "pyspark.ml", "pyspark.ml.functions"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["pyspark.ml.functions"].__dict__["predict_batch_udf"] = predict_batch_udf
    placer = tm.placer
    monkeypatch.setattr(tm, "placer", lambda _folder: placer(planted.folder, TinyEncoder()))
    products = SimpleNamespace(withColumn=lambda _name, values: values)
    made = {"products": products}
    exec(compile(recipe, "README.md", "exec"), made)  # noqa: S102 - our own README
    assert len(made["placed"]["level1_id"]) == 20
    assert re.findall(r"(\w+):", types[0]) == list(made["placed"]) == COLUMNS
