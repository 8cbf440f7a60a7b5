"""The small parts that the report is made of."""

from __future__ import annotations

import json
from importlib import resources
from itertools import combinations

import numpy as np
import pytest
from fake_run import fake_run, with_weak_names

from topicmodel import reporting
from topicmodel.datatypes.tree import LONGEST_GIVEN_NAME
from topicmodel.reporting import charts
from topicmodel.reporting.cloud import HEIGHT, WIDTH, word_cloud
from topicmodel.reporting.formatting import (
    displayed,
    duration,
    percent,
    plotly_text,
    quantity,
    script_json,
    script_source,
)
from topicmodel.reporting.points import allocate, fair_sample
from topicmodel.reporting.weak_names import weak_names
from topicmodel.settings import ReportSettings

WORDS = [(f"word{i}", 1 / (i + 1)) for i in range(60)]

# Machado, Oliveira & Fernandes 2009: linear RGB as people see it who lack one kind of cone.
VISIONS = {
    "full": np.eye(3),
    "no red": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]]
    ),
    "no green": np.array(
        [[0.3673, 0.8606, -0.228], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "no blue": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("hues", [charts.LIGHT_HUES, charts.DARK_HUES], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_the_hues_stay_apart_for_colour_blind_eyes(hues: tuple[str, ...], vision: str) -> None:
    seen = [lab(VISIONS[vision] @ linear(hue)) for hue in hues]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 20


@pytest.mark.parametrize(
    ("hues", "page"), [(charts.LIGHT_HUES, "#ffffff"), (charts.DARK_HUES, "#1b1f26")]
)
def test_the_hues_stand_out_from_the_page(hues: tuple[str, ...], page: str) -> None:
    def luminance(colour: str) -> float:
        return float(linear(colour) @ [0.2126, 0.7152, 0.0722]) + 0.05

    ratios = [luminance(hue) / luminance(page) for hue in hues]
    assert min(max(ratio, 1 / ratio) for ratio in ratios) >= 3


def test_twenty_five_categories_differ_in_hue_or_marker() -> None:
    assert len({(charts.hue(slot), charts.symbol(slot)) for slot in range(25)}) == 25


@pytest.mark.parametrize(
    ("sizes", "limit", "expected"),
    [
        ([6, 3, 1], 20, [6, 3, 1]),
        ([60, 30, 10], 10, [6, 3, 1]),
        ([1000, 1, 1], 10, [8, 1, 1]),
        ([5, 0, 5], 4, [2, 0, 2]),
        ([5, 5], 0, [0, 0]),
    ],
)
def test_a_sample_keeps_shares_and_forgets_no_group(
    sizes: list[int], limit: int, expected: list[int]
) -> None:
    assert allocate(np.array(sizes), limit).tolist() == expected


def test_a_sample_does_not_depend_on_the_order_of_the_rows() -> None:
    groups = np.array([0, 0, 1, 1, 1, -1] * 20)
    ids = [f"p{i}" for i in range(120)]
    order = np.random.default_rng(1).permutation(120)

    def drawn(groups: np.ndarray, ids: list[str]) -> list[list[str]]:
        rows = fair_sample(groups, ids, 30, np.random.default_rng(0))
        return [[ids[row] for row in group] for group in rows]

    assert drawn(groups, ids) == drawn(groups[order], [ids[i] for i in order])


def test_a_sample_draws_only_rows_that_have_a_group() -> None:
    groups = np.array([0, -1, 1, -1, 0])
    rows = fair_sample(groups, list("abcde"), 10, np.random.default_rng(0))
    assert [sorted(group.tolist()) for group in rows] == [[0, 4], [2]]


def test_a_cloud_shows_the_heaviest_word_largest() -> None:
    sizes = [
        int(part.split('"')[0]) for part in str(word_cloud(WORDS, "words")).split('font-size="')[1:]
    ]
    assert len(sizes) > 20
    assert sizes[0] == max(sizes)


def test_a_cloud_is_the_same_each_time_and_keeps_inside_its_frame() -> None:
    cloud = str(word_cloud(WORDS, "words"))
    assert cloud == word_cloud(WORDS, "words")
    places = [part.split('"') for part in cloud.split('<text x="')[1:]]
    assert all(0 < int(x) < WIDTH and 0 < int(y) <= HEIGHT for x, _, y, *_ in places)


def test_a_cloud_escapes_words_and_label() -> None:
    cloud = word_cloud([("<b>&", 1.0), ("plain", 0.5)], '"><script>')
    assert "&lt;b&gt;&amp;</text>" in cloud
    assert "<script>" not in cloud
    assert "&#34;&gt;&lt;script&gt;" in cloud


@pytest.mark.parametrize("terms", [[], [("x", 0.0)], [("", 1.0)], [("x", float("nan"))]])
def test_a_cloud_of_nothing_is_empty(terms: list[tuple[str, float]]) -> None:
    assert word_cloud(terms, "nothing") == ""


def test_wide_characters_are_fitted_into_the_room_that_was_left_for_them() -> None:
    assert "textLength" in word_cloud([("\u8033\u6a5f", 1.0)], "wide")
    assert "textLength" not in word_cloud([("earphones", 1.0)], "narrow")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \n b\t", "a b"),
        ("a\x00b", "a b"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800x", "x"),
        ("", ""),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
    ],
)
def test_text_is_shown_on_one_line_without_tricks(text: str, expected: str) -> None:
    assert displayed(text) == expected


def test_long_text_is_cut_to_the_limit() -> None:
    assert displayed("x" * 1000, 10) == "x" * 9 + "\u2026"
    assert displayed("x" * 10, 10) == "x" * 10


def test_json_in_a_script_reads_back_and_holds_no_tag() -> None:
    value = {"a": ["</script>", "<!--", "&", "\u2028", "\x00"]}
    written = script_json(value)
    assert json.loads(written) == value
    assert not set("<>&\u2028") & set(written)


def test_json_in_a_script_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json([float("nan")])


def test_a_script_cannot_close_its_own_element() -> None:
    written = script_source("a = '</SCRIPT>'; b = '<!--'; c = 1 < 2;\r\n")
    assert written == "a = '\\x3c/SCRIPT>'; b = '\\x3c!--'; c = 1 < 2;\n"


def test_plotly_text_is_wrapped_and_escaped() -> None:
    assert plotly_text("ab <i> & cd", 6) == "ab &lt;i&gt;<br>&amp; cd"


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 10, "0%"), (1, 3, "33.3%"), (1, 1, "100%"), (1, 5000, "<0.1%"), (0, 0, "0%")],
)
def test_a_share_is_read_in_per_cent(part: int, whole: int, expected: str) -> None:
    assert percent(part, whole) == expected


def test_quantities_and_times_read_as_people_say_them() -> None:
    assert quantity(1, "product") == "1 product"
    assert quantity(1200, "category", "categories") == "1,200 categories"
    assert duration(3.21) == "3.2 s"
    assert duration(60 * 61 + 5) == "1 h 1 min"


def test_the_page_refuses_the_names_that_the_log_of_edits_refuses() -> None:
    rules = resources.files(reporting).joinpath("scripts/review_log.js").read_text("utf-8")
    assert f"const LONGEST_NAME = {LONGEST_GIVEN_NAME};" in rules


def test_weak_names_are_listed_largest_first_with_what_they_are_true_of() -> None:
    run = with_weak_names(fake_run(), {"Electronics": ["Gadgets"], "Footwear": []})
    first, second = sorted(
        (topic for topic in run.taxonomy.topics if topic.name in ("Electronics", "Footwear")),
        key=lambda topic: -topic.size,
    )
    listed = weak_names(run.taxonomy)
    assert [weak.name for weak in listed] == [first.name, second.name]
    assert listed[0].truth == f"true of 43% of its {first.size:,} products"
    assert listed[0].others == ("Gadgets",)
    assert (listed[0].parent, bool(listed[1].parent)) == ("", True)


def test_a_report_without_weak_names_says_nothing_of_them() -> None:
    assert weak_names(fake_run().taxonomy) == ()
    assert 'id="names"' not in reporting.render(fake_run(), ReportSettings())
