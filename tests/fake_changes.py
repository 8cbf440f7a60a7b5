"""A change report built by hand from a table of products, so that all its numbers add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from topicmodel.datatypes import (
    ChangeReport,
    Edit,
    EditOutcome,
    Flow,
    ProductChange,
    ProductChanges,
    Relation,
    Snapshot,
    TopicChange,
    TopicId,
)

Path = tuple[str, ...]
"""Level one, or level one and two; () is not placed."""

Way = tuple[Path | None, Path | None, int]
"""Where so many products were and are; None is not in the dump."""

WAYS: Sequence[Way] = (
    (("Electronics", "Phones"), ("Electronics", "Phones"), 700),
    (("Electronics", "Phones"), ("Electronics", "Phone Cases"), 260),
    (None, ("Electronics", "Phone Cases"), 40),
    (("Electronics", "Headphones"), ("Electronics", "Headphones"), 420),
    (("Electronics",), ("Electronics",), 55),
    (("Clothing", "Footwear"), ("Clothing", "Footwear"), 610),
    (None, ("Clothing", "Footwear"), 150),
    (("Clothing", "Winter Wear"), ("Clothing", "Winter Wear"), 300),
    (("Clothing", "Winter Wear"), None, 90),
    (("Clothing", "Scarves"), ("Clothing", "Winter Wear"), 60),
    (("Grocery", "Tea"), ("Grocery", "Hot Drinks"), 210),
    (("Grocery", "Coffee"), ("Grocery", "Hot Drinks"), 180),
    (("Grocery", "Snacks"), ("Grocery", "Snacks"), 330),
    (("Home & Kitchen", "Bath Towels"), ("Bathroom", "Bath Towels"), 140),
    (("Home & Kitchen",), ("Home & Kitchen",), 480),
    (("Home & Kitchen",), ("Pet Supplies",), 9),
    (("Home & Kitchen",), ("Electronics", "Headphones"), 2),
    (("Bathroom",), ("Bathroom",), 220),
    (("Books & Media",), None, 50),
    (("Books & Media",), (), 4),
    (None, ("Pet Supplies", "Dog Food"), 240),
    (None, ("Pet Supplies", "Cat Toys"), 130),
    (None, ("Pet Supplies",), 23),
    (None, (), 30),
    ((), (), 25),
    ((), None, 3),
    ((), ("Grocery", "Snacks"), 6),
)

RELATIONS: Mapping[str, tuple[Relation, ...]] = {
    "Phones": ("shrunk", "split"),
    "Phone Cases": ("born",),
    "Clothing": ("grown",),
    "Footwear": ("grown",),
    "Scarves": ("retired",),
    "Winter Wear": ("shrunk",),
    "Hot Drinks": ("renamed", "merged", "grown"),
    "Coffee": ("retired",),
    "Bath Towels": ("moved",),
    "Bathroom": ("grown",),
    "Home & Kitchen": ("shrunk",),
    "Books & Media": ("retired",),
    "Pet Supplies": ("born",),
    "Dog Food": ("born",),
    "Cat Toys": ("born",),
}

_RENAMED = {"Tea": "Hot Drinks"}
"""Old name -> new name of the same category."""

_SOURCES = {"Phone Cases": ("Phones",), "Hot Drinks": ("Hot Drinks", "Coffee")}
_TARGETS = {
    "Phones": ("Phones", "Phone Cases"),
    "Scarves": ("Winter Wear",),
    "Coffee": ("Hot Drinks",),
}


def fake_changes(
    ways: Iterable[Way] = WAYS,
    *,
    called: Callable[[str], str] = str,
    edits: Sequence[EditOutcome] = (),
) -> ChangeReport:
    """A change report about the products of the table.

    Args:
        ways: the table.
        called: what names, titles and ids read in place of the plain ones.
        edits: the edits.
    """
    ways = list(ways)
    topics = [_topic(ways, path, called) for path in _paths(ways)]
    shared = [way for way in ways if way[0] is not None and way[1] is not None]
    n_before, n_now = (
        _count(ways, lambda way: way[0] is not None),
        _count(ways, lambda way: way[1] is not None),
    )

    def products(total: int, test: Callable[[Way], bool]) -> ProductChanges:
        return _products([way for way in ways if test(way)], total, called)

    return ChangeReport(
        previous=_snapshot("2025-06-02", "june", ways, 0),
        current=_snapshot("2025-07-01", "july", ways, 1),
        topics=sorted(topics, key=lambda topic: (topic.level, -topic.size, topic.id)),
        flows=[*_flows(shared, 1), *_flows(shared, 2)],
        stayed=products(n_now, lambda way: way in shared and _current(way[0]) == way[1]),
        moved=products(n_now, lambda way: way in shared and _current(way[0]) != way[1]),
        arrived=products(n_now, lambda way: way[0] is None),
        left=products(n_before, lambda way: way[1] is None),
        edits=edits,
    )


def nothing_changed() -> ChangeReport:
    """The report of a refit on the same dump."""
    return fake_changes(
        [
            (("Toys", "Dolls"), ("Toys", "Dolls"), 30),
            (("Toys", "Games"), ("Toys", "Games"), 20),
            (("Garden",), ("Garden",), 10),
        ]
    )


EDITS = (
    EditOutcome(
        1,
        Edit("rename", "2025-06-03T10:00:00+00:00", TopicId("t-Hot Drinks"), name="Hot Drinks"),
        "in force",
    ),
    EditOutcome(
        2,
        Edit("pin", "2025-06-03T10:05:00+00:00", TopicId("t-Pet Supplies"), word="cat food"),
        "in force",
        products=17,
    ),
    EditOutcome(
        3,
        Edit("split", "2025-06-04T09:00:00+00:00", TopicId("t-Clothing")),
        "waiting",
        "carried out by the next refit",
    ),
    EditOutcome(
        4,
        Edit(
            "move", "2025-06-05T09:00:00+00:00", TopicId("t-Scarves"), parent=TopicId("t-Clothing")
        ),
        "obsolete",
        "the category is no longer there",
    ),
)


def _current(path: Path | None) -> Path | None:
    """The path under the names of now."""
    return None if path is None else tuple(_RENAMED.get(name, name) for name in path)


def _paths(ways: Iterable[Way]) -> list[Path]:
    """Every category of both trees, where it is now or was last."""
    found: dict[str, Path] = {}
    for side in (0, 1):
        for way in ways:
            path = _current(way[side]) or ()
            found |= {name: path[: i + 1] for i, name in enumerate(path)}
    return list(found.values())


def _id(name: str) -> TopicId:
    return TopicId(f"t-{name}")


def _topic(ways: Sequence[Way], path: Path, called: Callable[[str], str]) -> TopicChange:
    name = path[-1]
    relations = RELATIONS.get(name, ("kept",))
    counts = Counter[str]()
    parents = set()
    for before, now, count in ways:
        was, is_ = name in (_current(before) or ()), name in (now or ())
        if was and is_:
            counts["stayed"] += count
        elif was:
            counts["left" if now is None else "went"] += count
        elif is_:
            counts["arrived" if before is None else "came"] += count
        if was and before and len(path) == 2:
            parents.add(before[0])
    old_name = next((old for old, new in _RENAMED.items() if new == name), name)
    born, retired = "born" in relations, "retired" in relations
    return TopicChange(
        id=_id(name),
        level=len(path),
        relations=relations,
        name=called(name),
        previous_name="" if born else called(old_name),
        parent=_id(path[0]) if len(path) == 2 and not retired else None,
        previous_parent=_id(parents.pop()) if parents else None,
        size=counts["stayed"] + counts["came"] + counts["arrived"],
        previous_size=counts["stayed"] + counts["went"] + counts["left"],
        stayed=counts["stayed"],
        came=counts["came"],
        went=counts["went"],
        arrived=counts["arrived"],
        left=counts["left"],
        sources=tuple(map(_id, _SOURCES.get(name, ()))),
        targets=tuple(map(_id, _TARGETS.get(name, ()))),
        examples=tuple(called(f"{name} no. {i}, 2 pieces") for i in range(1, 5))
        if relations != ("kept",)
        else (),
    )


def _flows(shared: Iterable[Way], level: int) -> list[Flow]:
    counts = Counter[tuple[TopicId | None, TopicId | None]]()
    for before, now, count in shared:
        counts[_at(_current(before), level), _at(now, level)] += count
    return [Flow(level, *pair, count) for pair, count in counts.most_common()]


def _at(path: Path | None, level: int) -> TopicId | None:
    return _id(path[level - 1]) if path and len(path) >= level else None


def _count(ways: Iterable[Way], test: Callable[[Way], bool]) -> int:
    return sum(way[2] for way in ways if test(way))


def _products(ways: Sequence[Way], total: int, called: Callable[[str], str]) -> ProductChanges:
    count = sum(way[2] for way in ways)
    return ProductChanges(
        count,
        count / total if total else 0.0,
        tuple(
            ProductChange(
                called(f"p{place}"),
                called(f"Product no. {place} with a title of the usual length, blue"),
                _names(before, called),
                _names(now, called),
            )
            for place, (before, now, _) in enumerate(ways)
        ),
    )


def _names(path: Path | None, called: Callable[[str], str]) -> tuple[str, str]:
    names = [called(name) for name in path or ()]
    return (names[0] if names else "", names[1] if len(names) > 1 else "")


def _snapshot(date: str, dump: str, ways: Sequence[Way], side: int) -> Snapshot:
    paths = {way[side] for way in ways if way[side]}
    return Snapshot(
        created=f"{date}T08:30:00+00:00",
        sources=(f"exports/{dump}.jsonl.gz",),
        n_products=_count(ways, lambda way: way[side] is not None),
        n_level1=len({path[0] for path in paths if path}),
        n_level2=len({path[1] for path in paths if path and len(path) == 2}),
        n_unsorted=_count(ways, lambda way: way[side] == ()),
    )
