"""The flow picture of a refit: how many products went from one main category to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from topicmodel.datatypes import ChangeReport, TopicId
from topicmodel.reporting.formatting import displayed, plotly_text
from topicmodel.reporting.points import UNSORTED

ARRIVED = "Not in the dump before"
LEFT = "No longer in the dump"

_MIN_SHARE = 0.002
"""Moves of a smaller share of all products of both dumps are too thin to be drawn."""

_LABEL_LIMIT = 26
"""Most characters of a name in the picture; two names must fit side by side on a phone."""

_NO_MARGIN = {"l": 8, "r": 8, "t": 12, "b": 12}


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """A category that products come from or go to, or another origin or target of them."""

    key: str
    """Id of the category; "" where it is no category."""
    name: str
    slot: int
    """Index of the category in the new tree, from 0, which decides its colour; -1 for none."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Products that have the same source and the same target."""

    source: FlowEnd
    target: FlowEnd
    products: int

    @property
    def stays(self) -> bool:
        """Whether the products are in the same category as before."""
        if self.source.key or self.target.key:
            return self.source.key == self.target.key
        return self.source.name == self.target.name

    @property
    def is_move(self) -> bool:
        """Whether the products are in both dumps, and in another category than before."""
        return not self.stays and self.source.name != ARRIVED and self.target.name != LEFT


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """The streams between the main categories, by decreasing number of products."""

    drawn: tuple[Stream, ...]
    small: tuple[Stream, ...]
    """Streams that are too thin to be drawn."""

    @property
    def n_rows(self) -> int:
        """Number of names on the side of the picture that has more names."""
        sides = ({s.source for s in self.drawn}, {s.target for s in self.drawn})
        return max(map(len, sides))

    @property
    def small_products(self) -> int:
        """Number of products of the streams that are not drawn."""
        return sum(stream.products for stream in self.small)


def flow_picture(report: ChangeReport) -> FlowPicture:
    """The streams of level one, for products that are in both dumps, have arrived or have left.

    Moves of very few products are not drawn. Arriving and leaving products always are: their
    streams start or end at one bar, which shows their total.
    """
    streams = sorted(
        _streams(report), key=lambda s: (-s.products, s.source.name, s.target.name, s.source.key)
    )
    min_products = _MIN_SHARE * sum(stream.products for stream in streams)
    small = tuple(stream for stream in streams if stream.is_move and stream.products < min_products)
    return FlowPicture(tuple(stream for stream in streams if stream not in small), small)


def sankey(picture: FlowPicture) -> dict[str, Any]:
    """The picture as a plotly figure spec; the page's script fills in the colours."""
    sources = list(dict.fromkeys(stream.source for stream in picture.drawn))
    targets = list(dict.fromkeys(stream.target for stream in picture.drawn))
    ends = [*sources, *targets]
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "node": {
            "label": [plotly_text(displayed(end.name, _LABEL_LIMIT)) for end in ends],
            "customdata": [plotly_text(end.name) for end in ends],
            "pad": 14,
            "thickness": 14,
            "hovertemplate": "%{customdata}<br>%{value:,} products<extra></extra>",
        },
        "link": {
            "source": [sources.index(stream.source) for stream in picture.drawn],
            "target": [len(sources) + targets.index(s.target) for s in picture.drawn],
            "value": [stream.products for stream in picture.drawn],
            "hovertemplate": "%{source.customdata}<br>to %{target.customdata}<br>"
            "%{value:,} products<extra></extra>",
        },
        "valueformat": ",d",
        "meta": {
            "slots": [end.slot for end in ends],
            "links": [_link_slot(stream) for stream in picture.drawn],
            "stays": [stream.stays for stream in picture.drawn],
        },
    }
    return {"data": [trace], "layout": {"margin": _NO_MARGIN}}


def _link_slot(stream: Stream) -> int:
    return stream.source.slot if stream.source.slot >= 0 else stream.target.slot


def _streams(report: ChangeReport) -> Iterator[Stream]:
    before, now = _ends(report, previous=True), _ends(report, previous=False)
    top = [topic for topic in report.topics if topic.level == 1]
    for flow in report.flows:
        if flow.level == 1 and flow.products > 0:
            yield Stream(_end(before, flow.previous), _end(now, flow.current), flow.products)
    arrived, left = FlowEnd("", ARRIVED, -1), FlowEnd("", LEFT, -1)
    for topic in top:
        if topic.arrived > 0:
            yield Stream(arrived, _end(now, topic.id), topic.arrived)
        if topic.left > 0:
            yield Stream(_end(before, topic.id), left, topic.left)
    # Products without a category, before or now, are not counted by any TopicChange.
    unsorted_arrived = report.arrived.count - sum(topic.arrived for topic in top)
    unsorted_left = report.left.count - sum(topic.left for topic in top)
    if unsorted_arrived > 0:
        yield Stream(arrived, _end(now, None), unsorted_arrived)
    if unsorted_left > 0:
        yield Stream(_end(before, None), left, unsorted_left)


def _ends(report: ChangeReport, *, previous: bool) -> dict[TopicId, FlowEnd]:
    top = [topic for topic in report.topics if topic.level == 1]
    current = [topic.id for topic in top if "retired" not in topic.relations]
    slots = {id_: slot for slot, id_ in enumerate(current)}
    return {
        topic.id: FlowEnd(
            topic.id,
            displayed((previous and topic.previous_name) or topic.name, 80) or "(no name)",
            slots.get(topic.id, -1),
        )
        for topic in top
    }


def _end(ends: Mapping[TopicId, FlowEnd], topic: TopicId | None) -> FlowEnd:
    if topic is None:
        return FlowEnd("", UNSORTED, -1)
    return ends.get(topic) or FlowEnd(topic, displayed(topic), -1)
