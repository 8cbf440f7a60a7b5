"""The development data reads as its description says."""

from __future__ import annotations

from pathlib import Path

import pytest

from topicmodel.documents import build_documents
from topicmodel.ingest import ColumnChoice, read_dump
from topicmodel.settings import DocumentSettings

DATA = Path(__file__).parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="no development data beside the checkout"),
]


@pytest.mark.parametrize(
    ("name", "n_products", "n_departments"),
    [("bigbasket", 5957, 11), ("flipkart", 1929, 22), ("amazon_in", 1342, 9)],
)
def test_a_shop_reads_whole_with_its_departments(
    name: str, n_products: int, n_departments: int
) -> None:
    dump = read_dump([DATA / f"{name}.jsonl.gz"], ColumnChoice(label="category_path"))
    assert len(dump.products) == n_products
    assert not dump.report.rejects
    assert dump.report.duplicates == 0
    assert (
        len({product.true_path[0] for product in dump.products if product.true_path})
        == n_departments
    )
    keys = {key for product in dump.products for key in product.attributes}
    assert not {key for key in keys if "category" in key}


def test_maes_zips_read_without_an_option() -> None:
    dump = read_dump([DATA / "mae" / "train.zip", DATA / "mae" / "val.zip"])
    assert len(dump.products) == 6080
    assert not dump.report.rejects
    assert dump.report.columns["title"] == "title"
    assert dump.report.columns["description"] == "text"
    assert dump.report.columns["attributes"] == "specs"
    assert not [
        product for product in dump.products if product.attributes.get("color", "")[:1] == ":"
    ]


def test_every_bigbasket_product_has_a_clean_text() -> None:
    dump = read_dump([DATA / "bigbasket.jsonl.gz"])
    documents = build_documents(dump.products, DocumentSettings())
    assert len(documents.products.ids) == 5957
    assert documents.text_of_product.min() == 0
    assert not [text for text in documents.texts if "<br" in text or "&amp;" in text]
