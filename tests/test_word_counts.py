"""What count_words promises about dumps of any size: it counts as one would by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_words import count_one_by_one

from topicmodel.datatypes import TermCounts
from topicmodel.text import FEW_TEXTS, count_words, numbering
from topicmodel.text import counts as counting

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

PLURALS = [
    "towel",
    "towels",
    "Berry",
    "berries",
    "glass",
    "glasses",
    "kids’",
    "kids'",
    "pan",
    "pans",
]
OTHERS = ["cre\u0301me", "茶杯", "the", "de", "30", "x-9", "box", "-", ",", "_", "\u2013", "\n"]
PIECES = st.sampled_from([*PLURALS, *OTHERS])
TEXTS = st.lists(st.lists(PIECES, max_size=8).map(" ".join), max_size=12)


def assert_equal(counted: TermCounts, expected: TermCounts) -> None:
    assert list(counted.terms) == list(expected.terms)
    assert counted.counts.shape == expected.counts.shape
    assert (counted.counts != expected.counts).nnz == 0


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["en", "es", "zh"]))
def test_counts_are_those_of_a_count_one_by_one(texts: list[str], language: str) -> None:
    languages = [language] * len(texts)
    assert_equal(count_words(texts, languages), count_one_by_one(texts, languages, 1))


@settings(deadline=None)
@given(TEXTS)
def test_counts_do_not_depend_on_how_many_are_counted_at_once(texts: list[str]) -> None:
    languages = ["en"] * len(texts)
    at_once = count_words(texts, languages)
    few = patch.multiple(numbering, _BLOCK=2, _REMEMBERED=1)
    with few, patch.object(counting, "_WORDS_AT_ONCE", 3):
        assert_equal(count_words(texts, languages), at_once)


def test_a_term_of_a_large_dump_stands_in_one_text_of_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["towel"] * (2 * FEW_TEXTS) + ["kettle"] * 4 + ["saucer"] * 3
    assert count_words(texts, ["en"] * len(texts)).terms == ["kettle", "saucer", "towel"]
    monkeypatch.setattr(counting, "_ONE_IN", len(texts) // 4)
    assert count_words(texts, ["en"] * len(texts)).terms == ["kettle", "towel"]


def test_terms_are_in_the_order_of_the_alphabet_and_counts_take_four_bytes() -> None:
    texts = ["red towel", "red pan", "red", "redwood"]
    counted = count_words(texts, ["en"] * len(texts))
    assert counted.terms == ["pan", "red", "red pan", "red towel", "redwood", "towel"]
    assert counted.counts.has_canonical_format
    assert counted.counts.dtype == np.int32


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["flipkart", "shopee_lazada"])
def test_real_texts_are_counted_as_one_by_one(name: str) -> None:
    file = SHARED / f"{name}.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file.name} is not beside the checkout")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = [f"{row['title']}. {row['description']}" for row in rows]
    languages = [("en", "es", "id")[place % 3] for place in range(len(texts))]
    assert_equal(count_words(texts, languages), count_one_by_one(texts, languages, 2))
