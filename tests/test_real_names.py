"""Names of real shops, with the bundled encoder: what a shop would print, and nothing else."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from topicmodel import Run, fit, load_settings, sample_path
from topicmodel.naming.gates import tree_faults
from topicmodel.naming.ordinary import catalogue_words, is_known
from topicmodel.text.plurals import is_uncountable, singular

DATA = Path(__file__).parents[2] / "shared" / "data"
ROWS = 500
"""Products of each shop, evenly spaced."""

SHOPS = ["amazon_in", "flipkart", "bigbasket", "mixed_catalogue", "amazon_titles", "hm", "mae"]
QUICK = ["topics.n_fits=1", "evaluation.resamples=0", "processes=1", "embedding.precision=auto"]

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no development data beside the checkout")


def rows_of(shop: str) -> list[dict[str, Any]]:
    if shop == "sample":
        return read(sample_path())
    if shop == "mae":
        return list(chain.from_iterable(mae_rows()))
    return read(DATA / f"{shop}.jsonl.gz")


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def mae_rows() -> Iterator[list[dict[str, Any]]]:
    for archive in ("train", "val"):
        with zipfile.ZipFile(DATA / "mae" / f"{archive}.zip") as packed:
            for name in sorted(packed.namelist()):
                if name.endswith(".json"):
                    yield json.loads(packed.read(name))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of goods are made once for all shops."""
    return tmp_path_factory.mktemp("vectors") / "vectors.sqlite"


def fitted(shop: str, folder: Path, cache: Path) -> Run:
    rows = rows_of(shop)
    chosen = rows[:: max(len(rows) // ROWS, 1)]
    dump = folder / "dump.jsonl"
    dump.write_text("\n".join(map(json.dumps, chosen)), encoding="utf-8")
    settings = load_settings(assignments=QUICK)
    return fit(dump, out=folder / "run", settings=settings, cache=cache)


def nested(run: Run) -> dict[str, list[str]]:
    return {
        parent.name: [child.name for child in run.taxonomy.children(parent.id)]
        for parent in run.taxonomy.level1
    }


@pytest.mark.parametrize(
    "shop",
    [
        *(pytest.param(shop, marks=[pytest.mark.shared_data, needs_data]) for shop in SHOPS),
        "sample",
    ],
)
def test_every_name_of_a_real_shop_could_be_printed(shop: str, tmp_path: Path, cache: Path) -> None:
    run = fitted(shop, tmp_path, cache)
    tree, printed = nested(run), catalogue_words()[0]
    assert tree_faults(tree) == []
    for name in chain(tree, *tree.values()):
        for word in re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", name.casefold()):
            assert is_known(word), f"{word} in {name}"
            one = singular(word)
            is_wrong_plural = one != word and is_uncountable(one) and word not in printed
            assert not is_wrong_plural, f"{word} in {name}"
    for topic in run.taxonomy.topics:
        assert topic.definition.endswith("."), topic.name
        assert topic.coverage is not None
        assert len(topic.runners_up) <= 3
