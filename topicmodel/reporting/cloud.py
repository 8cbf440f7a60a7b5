"""Word clouds as SVG: the wordcloud package does the layout, the style sheet the colours."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from topicmodel.reporting.formatting import displayed

if TYPE_CHECKING:
    from PIL import ImageFont

WIDTH, HEIGHT = 400, 220
_LONGEST_WORD = 28
_TINTS = 4


def word_cloud(terms: Sequence[tuple[str, float]], label: str, max_words: int = 40) -> Markup:
    """The terms as an `<svg>` element; a heavier term is larger. Empty where nothing can be drawn.

    Words have the classes `tint-0` (heaviest) to `tint-3`, which the style sheet colours.

    Args:
        terms: words or phrases with their weights, heaviest first.
        label: what a screen reader says in place of the picture.
        max_words: at most so many words are drawn.
    """
    weights = _drawable(terms, max_words)
    if not weights:
        return Markup()
    words = Markup().join(
        _word(word, size, (x, y), rank / len(weights))
        for rank, (word, size, x, y) in enumerate(_layout(weights))
    )
    return Markup(
        '<svg class="cloud" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, words)


def _drawable(terms: Sequence[tuple[str, float]], max_words: int) -> dict[str, float]:
    """The words that can be drawn, without duplicates, with their weights."""
    weights: dict[str, float] = {}
    for term, weight in terms:
        word = displayed(term, _LONGEST_WORD)
        if word and math.isfinite(weight) and weight > 0:
            weights.setdefault(word, float(weight))
        if len(weights) == max_words:
            break
    return weights


def _layout(weights: dict[str, float]) -> list[tuple[str, int, int, int]]:
    """Words that have room in the picture, with font size and top left corner in pixels."""
    from wordcloud import WordCloud

    cloud = WordCloud(
        width=WIDTH,
        height=HEIGHT,
        max_words=len(weights),
        max_font_size=52,
        min_font_size=8,
        font_step=2,
        margin=4,
        prefer_horizontal=1.0,
        font_path=_font(),
        random_state=0,
        color_func=_no_colour,
    )
    cloud.generate_from_frequencies(weights)
    return [
        (word, int(size), int(column), int(row))
        for (word, _), size, (row, column), _, _ in cloud.layout_
    ]


def _no_colour(*_: Any, random_state: Random, **__: Any) -> str:
    """Black; the style sheet colours the words, and wordcloud's default colours are slow."""
    # The layout uses the same random numbers as the colours: one is drawn for each colour, as in
    # wordcloud's default, so that the layout does not change.
    random_state.uniform(0, 1)
    return "black"


@cache
def _font_of(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(_font(), size)


@cache
def _font() -> str:
    # The font of wordcloud is monospaced and Latin only. DejaVu comes with matplotlib, which
    # wordcloud needs anyway. Its bold is wider than the fonts of browsers, so that words never
    # overlap there.
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf")


def _word(word: str, size: int, corner: tuple[int, int], rank: float) -> Markup:
    left, top, right, _ = _font_of(size).getbbox(word, anchor="ls")
    # The font has no East Asian glyphs, so these are squeezed into the width of the layout.
    squeeze = Markup(' textLength="{:.0f}" lengthAdjust="spacingAndGlyphs"').format(right - left)
    return Markup('<text x="{:.0f}" y="{:.0f}" font-size="{}" class="tint-{}"{}>{}</text>').format(
        corner[0] + (right - left) / 2,
        corner[1] - top,
        size,
        int(rank * _TINTS),
        squeeze if any(unicodedata.east_asian_width(char) in "WF" for char in word) else "",
        word,
    )
