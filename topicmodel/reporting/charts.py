"""Plotly figure specs as JSON values, and the colours and markers of categories.

A spec contains no colours: the page has a light and a dark theme, so its script takes the colours
from the style sheet. `meta` holds the slot of the category whose colour a mark gets: the index of
its level-one category, -1 for no category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from topicmodel.reporting.formatting import plotly_text
from topicmodel.reporting.points import UNSORTED, ProductMap
from topicmodel.reporting.view import Category

Spec = dict[str, Any]

_NO_MARGIN = {"l": 0, "r": 0, "t": 0, "b": 0}

# Found by search: any two colours of a row differ clearly for people with normal vision and with
# any kind of colour blindness, and each has a contrast of at least 3 to 1 with the page.
LIGHT_HUES = ("#2440e8", "#cf3a42", "#00474a", "#c45892", "#2494da", "#a08a00", "#4c1a79")
DARK_HUES = ("#4f8fd1", "#eb603a", "#2fec9b", "#d97f9b", "#d0fcfc", "#e8dd4c", "#955af0")

SYMBOLS = {
    "circle": "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z",
    "diamond": "M0-6L6 0L0 6L-6 0Z",
    "square": "M-4.5-4.5H4.5V4.5H-4.5Z",
    "triangle-up": "M0-5.5L5.5 4.5H-5.5Z",
    "cross": "M-2-5.5H2V-2H5.5V2H2V5.5H-2V2H-5.5V-2H-2Z",
    "x": "M-5-3L-3-5L0-2L3-5L5-3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0Z",
    "triangle-down": "M0 5.5L5.5-4.5H-5.5Z",
    "star": "M0-6L1.6-2L5.8-1.9L2.5.8L3.5 4.9L0 2.5L-3.5 4.9L-2.5.8L-5.8-1.9L-1.6-2Z",
}
"""Plotly's name of a marker -> the same shape as an SVG path around the origin."""


def hue(slot: int) -> str:
    """Name of the colour of a category in the style sheet.

    There are fewer colours than categories; categories of one colour differ by their marker.
    """
    return "--hue-none" if slot < 0 else f"--hue-{slot % len(LIGHT_HUES)}"


def symbol(slot: int) -> str:
    """Plotly's name of the marker of a category."""
    return list(SYMBOLS)[max(0, slot) // len(LIGHT_HUES) % len(SYMBOLS)]


def treemap(categories: Sequence[Category], unsorted: int) -> Spec:
    """The tree as nested areas; products without a category are one more area."""
    nodes = [*_nodes(categories)]
    if unsorted:
        nodes.append(_Node("unsorted", "all", UNSORTED, -1, unsorted, 1))
    total = sum(node.value for node in nodes if node.depth == 1)
    nodes.insert(0, _Node("all", "", "All products", -1, total, 0))
    trace = {
        "type": "treemap",
        "branchvalues": "total",
        "ids": [node.id for node in nodes],
        "labels": [node.label for node in nodes],
        "parents": [node.parent for node in nodes],
        "values": [node.value for node in nodes],
        "textinfo": "label+value",
        "hoverinfo": "label+value+percent root",
        "tiling": {"pad": 2},
        "meta": {
            "slots": [node.slot for node in nodes],
            "depths": [node.depth for node in nodes],
        },
    }
    layout = {"margin": _NO_MARGIN}
    return {"data": [trace], "layout": layout}


def product_map(products: ProductMap) -> Spec:
    """The layout of the map; the page's script adds the points from its list of products."""
    size = 4 if products.shown > 8_000 else 5 if products.shown > 1_500 else 7
    return {
        "data": [],
        "layout": {
            "margin": _NO_MARGIN,
            "hovermode": "closest",
            "showlegend": False,
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
        },
        "size": size,
        "symbols": list(SYMBOLS.items()),
    }


def product_list(products: ProductMap) -> Spec:
    """The products for the page's scripts: one list for each property, all in the same order."""
    return {
        "titles": products.titles,
        "ids": products.ids,
        "x": products.x,
        "y": products.y,
        "places": products.path_of_product,
        "tree": [astuple(path) for path in products.paths],
    }


def count_curve(curve: Sequence[tuple[int, float]], chosen: int, separation: float | None) -> Spec:
    """A curve of the distance by number of level-one categories, with the chosen number.

    Args:
        curve: number of categories, and the relative distance of the two most similar ones.
        chosen: number of level-one categories of the tree.
        separation: the distance below which categories are merged; None where it is not known.
    """
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [count for count, _ in curve],
        "y": [round(distance, 4) for _, distance in curve],
        "hoverinfo": "x+y",
        "meta": {"slot": 0},
    }
    lines = [_line("x", chosen)]
    if separation is not None:
        lines.append(_line("y", separation))
    layout = {
        "margin": {"l": 56, "r": 16, "t": 16, "b": 48},
        "showlegend": False,
        "xaxis": {"title": _axis_title("Main categories"), "tickformat": "d"},
        "yaxis": {"title": _axis_title("Distance of the two most similar")},
        "shapes": lines,
    }
    return {"data": [trace], "layout": layout}


def _line(axis: str, at: float) -> Spec:
    """A dotted line across the whole plot at one value of an axis."""
    across = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": at,
        f"{axis}1": at,
        f"{across}ref": "paper",
        f"{across}0": 0,
        f"{across}1": 1,
        "line": {"dash": "dot", "width": 1.5},
    }


def _axis_title(text: str) -> Spec:
    return {"text": text, "font": {"size": 13}}


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    parent: str
    label: str
    slot: int
    value: int
    depth: int


def _nodes(categories: Iterable[Category], parent: str = "all", depth: int = 1) -> Iterator[_Node]:
    for category in categories:
        below = list(_nodes(category.children, category.anchor, depth + 1))
        # Plotly draws nothing where the parts add up to more than the whole.
        size = max(category.size, sum(node.value for node in below if node.depth == depth + 1))
        # The label of a category with subcategories is one line above their areas.
        label = plotly_text(category.name, 60 if below else 14)
        yield _Node(category.anchor, parent, label, category.slot, size, depth)
        yield from below
