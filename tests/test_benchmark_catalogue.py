"""The products and vectors that growth is measured on."""

from __future__ import annotations

import gzip
import json
import statistics
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_sample import load_kinds
from speed.catalogue import products, write_dumps
from speed.drawing import DrawnEncoder
from tiny_encoder import TinyEncoder

from topicmodel import ColumnChoice, Settings, sample_path
from topicmodel.documents import build_documents
from topicmodel.ingest import read_dump

KINDS = [kind.words["kind"][0] for kind in load_kinds()]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return list(islice(products(seed=1), 3000))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    dump = write_dumps(tmp_path_factory.mktemp("dump"), [600], seed=2)[600]
    return list(
        build_documents(read_dump([dump], ColumnChoice()).products, Settings().documents).texts
    )


@pytest.fixture(scope="module")
def drawn(texts: list[str]) -> DrawnEncoder:
    known, tiny = texts[:400], TinyEncoder()
    return DrawnEncoder(known, tiny.encode(known), KINDS, tiny.identity)


def test_no_two_products_have_the_same_text(tmp_path: Path) -> None:
    dump = read_dump([write_dumps(tmp_path, [3000], seed=1)[3000]], ColumnChoice())
    documents = build_documents(dump.products, Settings().documents)
    assert len(documents.texts) == len(documents.products.ids) == 3000
    assert not dump.report.rejects


def test_the_same_seed_gives_the_same_products(rows: list[dict[str, Any]]) -> None:
    assert list(islice(products(seed=1), 200)) == rows[:200]
    assert next(products(seed=2)) != rows[0]


def test_a_smaller_dump_begins_the_larger_one(tmp_path: Path) -> None:
    dumps = write_dumps(tmp_path, [300, 100], seed=1)
    assert dumps[300].read_bytes().startswith(dumps[100].read_bytes())
    assert [len(path.read_text().splitlines()) for path in dumps.values()] == [100, 300]


def test_texts_are_about_as_long_as_those_of_the_sample(rows: list[dict[str, Any]]) -> None:
    with gzip.open(sample_path(), "rt", encoding="utf-8") as lines:
        sample = [json.loads(line) for line in lines]
    ours, its = (
        statistics.median(len(row["description"]) for row in each) for each in (rows, sample)
    )
    assert ours == pytest.approx(its, rel=0.1)


def test_brands_have_a_long_tail_that_grows_with_the_catalogue(rows: list[dict[str, Any]]) -> None:
    brands = [row["attributes"]["brand"] for row in rows if "brand" in row["attributes"]]
    counts = Counter(brands)
    once = sum(count == 1 for count in counts.values())
    assert once > 0.4 * len(counts)
    assert max(counts.values()) < 0.05 * len(brands)
    assert len(counts) > 1.3 * len(set(brands[: len(brands) // 2]))


def test_a_brand_in_the_attributes_is_that_of_the_title(rows: list[dict[str, Any]]) -> None:
    told = [row for row in rows if "brand" in row["attributes"]]
    named = [row["attributes"]["brand"].lower() in row["title"].lower() for row in told]
    assert np.mean(named) > 0.7


def test_the_same_text_gets_the_same_vector_of_unit_length(
    drawn: DrawnEncoder, texts: list[str]
) -> None:
    vectors = drawn.encode(texts)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(drawn.encode(texts[::-1])[::-1], vectors)
    assert len(np.unique(vectors, axis=0)) == len(texts)


def test_vectors_lie_nearer_to_those_of_their_own_kind(
    drawn: DrawnEncoder, texts: list[str]
) -> None:
    kinds = np.array([drawn.kind(text) for text in texts])
    vectors = drawn.encode(texts)
    same = kinds[:, None] == kinds[None]
    np.fill_diagonal(same, False)
    cosines = vectors @ vectors.T
    assert cosines[same].mean() > cosines[~same].mean() + 0.2


def test_the_kind_of_a_product_is_read_from_its_title(
    drawn: DrawnEncoder, texts: list[str]
) -> None:
    assert drawn.kind("NEW: Waggleton Dry Dog Food, 2 kg. Kibble.") == "dry dog food"
    assert drawn.kind("nothing of that sort") == ""
    assert np.mean([drawn.kind(text) != "" for text in texts]) > 0.95


def test_a_text_of_no_known_word_gets_a_vector_too(drawn: DrawnEncoder) -> None:
    (vector,) = drawn.encode(["zzyzx"])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_other_known_vectors_make_another_identity(texts: list[str]) -> None:
    tiny = TinyEncoder()
    one, other = (
        DrawnEncoder(known, tiny.encode(known), KINDS, "tiny") for known in (texts[:9], texts[1:10])
    )
    assert one.identity != other.identity
