"""Real dumps from end to end, with the quick encoder."""

from __future__ import annotations

import gzip
from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tiny_encoder import TinyEncoder

from topicmodel import ColumnChoice, fit, load, load_settings

DATA = Path(__file__).parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="no development data beside the checkout"),
]


def test_maes_zips_become_a_run_without_a_word_on_what_they_hold(tmp_path: Path) -> None:
    one_fit = ["topics.n_fits=1", "evaluation.resamples=0", "processes=1"]
    fit(
        [DATA / "mae" / "train.zip", DATA / "mae" / "val.zip"],
        out=tmp_path / "run",
        settings=load_settings(assignments=one_fit),
        encoder=TinyEncoder(),
        cache=tmp_path / "vectors.sqlite",
    )
    run = load(tmp_path / "run")
    ids = pq.read_table(tmp_path / "run" / "assignments.parquet")["product_id"].to_pylist()
    assert len(ids) == len(set(ids)) == 6080
    assert 2 <= len(run.taxonomy.level1) <= 25
    sizes = Counter(run.assignments.level1)
    assert {topic.id: topic.size for topic in run.taxonomy.level1} == {
        topic: size for topic, size in sizes.items() if topic is not None
    }
    assert (tmp_path / "run" / "index.html").is_file()


def test_a_part_of_bigbasket_becomes_a_run_that_agrees_with_its_shelves(tmp_path: Path) -> None:
    dump = tmp_path / "bigbasket.jsonl"
    with gzip.open(DATA / "bigbasket.jsonl.gz", "rt", encoding="utf-8") as lines:
        dump.write_text("".join(islice(lines, 800)), encoding="utf-8")
    fitted = fit(
        dump,
        out=tmp_path / "run",
        columns=ColumnChoice(label="category_path"),
        encoder=TinyEncoder(),
        cache=tmp_path / "vectors.sqlite",
    )
    run = load(tmp_path / "run")
    assert run.taxonomy == fitted.taxonomy
    assert len(run.assignments.product_ids) == 800
    figures = {metric.name: metric.value for metric in run.scorecard.metrics}
    assert figures["level1.products"] == 800
    # Better than chance is all that an encoder without a model can promise.
    assert (figures["level1.ami"] or 0) > 0.03
    names = [topic.name for topic in run.taxonomy.level1]
    assert len(set(names)) == len(names)
