"""Checks of a new edit before it goes into the log."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence

from topicmodel.datatypes import Edit, Taxonomy, Topic, TopicId
from topicmodel.edits.board import EditedCategory, fold
from topicmodel.edits.log import why_not_writable
from topicmodel.edits.pins import words_of
from topicmodel.edits.steps import Replay, replay
from topicmodel.errors import RunError

_SHOWN = 5
"""At most so many categories are listed in a message."""


def find_topic(taxonomy: Taxonomy, words: str) -> Topic:
    """Find a category by its id, its name or `Parent > Child`; case does not count in names.

    Raises:
        RunError: there is none, or there are several; the message lists the most similar ones, or
            the ones that match.
    """
    ids = {topic.id: topic for topic in taxonomy.topics}
    if (by_id := ids.get(TopicId(words.strip()))) is not None:
        return by_id
    wanted = _path(words)
    matches = [
        topic for topic in ids.values() if wanted in (fold(topic.name), _path_of(topic, ids))
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        shown = _listed(_described(topic, ids) for topic in matches)
        raise RunError(f"{words!r} may be {shown}. Name the one you mean by its id.")
    raise RunError(f"There is no category {words!r}. {_hint(taxonomy, words)}")


def check_edit(
    taxonomy: Taxonomy, edits: Sequence[Edit], new: Edit, product_ids: Collection[str]
) -> None:
    """Check that a new edit would be in force, or would wait for a refit.

    Args:
        taxonomy: the fitted taxonomy, before edits.
        edits: the log so far.
        new: the edit to check.
        product_ids: ids of the products of the run.

    Raises:
        RunError: the edit cannot be made; the message has the reason and a remedy.
    """
    before, after = replay(taxonomy, edits), replay(taxonomy, [*edits, new])
    _check_topics(taxonomy, before, new)
    step = after.steps[-1]
    if step.status == "obsolete":
        remedy = f" {step.remedy}" if step.remedy else ""
        raise RunError(f"{step.reason[:1].upper()}{step.reason[1:]}.{remedy}")
    for problem in _problems(before, new, product_ids):
        raise RunError(problem)


def _check_topics(taxonomy: Taxonomy, before: Replay, new: Edit) -> None:
    """Check that the fitted taxonomy has every category that the edit names."""
    fitted = {topic.id for topic in taxonomy.topics}
    visible = Taxonomy([_as_topic(category) for category in before.categories.values()])
    for topic in (new.topic, *new.others, new.parent):
        if topic is not None and topic not in fitted:
            raise RunError(f"There is no category {topic!r}. {_hint(visible, topic)}")


def _problems(before: Replay, new: Edit, product_ids: Collection[str]) -> Iterator[str]:
    """Reasons to refuse a new edit that a replay would accept.

    A replay accepts them because a refit may bring them about.
    """
    if new.action == "merge":
        yield from _problems_of_merge(before, new)
    elif new.action == "move":
        yield from _problems_of_move(before, new)
    elif new.action == "split":
        yield from _problems_of_split(before, new)
    elif new.action == "pin":
        yield from _problems_of_pin(new, product_ids)
    elif new.action == "undo" and before.steps[new.number - 1].status == "undone":
        yield f"Edit {new.number} is undone already. To restore it, undo the edit that undid it."
    if problem := why_not_writable(new):
        yield f"The log cannot hold this edit: {problem}. Give it without that."


def _problems_of_merge(before: Replay, new: Edit) -> Iterator[str]:
    if new.topic in new.others:
        yield f"The category {new.topic} cannot be merged with itself. Name others."
    for other in new.others:
        if other not in before.categories:
            yield f"The category {other} is merged or hidden already. Leave it out."


def _problems_of_move(before: Replay, new: Edit) -> Iterator[str]:
    for category in (c for c in before.categories.values() if c.id == new.topic):
        if category.parent == new.parent:
            yield f"The category {category} is there already. Name another parent."


def _problems_of_split(before: Replay, new: Edit) -> Iterator[str]:
    for step in before.steps:
        if step.status == "waiting" and step.edit.topic == new.topic:
            yield f"Edit {step.number} asks for this split already. Refit the run to have it done."


def _problems_of_pin(new: Edit, product_ids: Collection[str]) -> Iterator[str]:
    if new.word and not words_of(new.word):
        yield f"There is no word in {new.word!r}. Give letters or digits."
    if bool(fold(new.attribute[0])) != bool(fold(new.attribute[1])):
        yield "A pin by attribute needs its name and its value. Give both."
    known = set(product_ids) if new.products else set()
    if new.products and not known.intersection(new.products) and not (new.word or new.attribute[0]):
        yield "None of these products is in the run. Check their ids."


def _as_topic(category: EditedCategory) -> Topic:
    return Topic(category.id, category.parent, category.level, category.name, (), 0, ())


def _path(words: str) -> str:
    """A path such as `Parent > Child` in a form for comparisons."""
    return " > ".join(fold(part) for part in words.split(">"))


def _path_of(topic: Topic, ids: dict[TopicId, Topic]) -> str:
    parent = ids.get(topic.parent) if topic.parent is not None else None
    return _path(f"{parent.name} > {topic.name}" if parent else topic.name)


def _described(topic: Topic, ids: dict[TopicId, Topic]) -> str:
    parent = ids.get(topic.parent) if topic.parent is not None else None
    return f"{f'{parent.name} > ' if parent else ''}{topic.name} ({topic.id})"


def _hint(taxonomy: Taxonomy, words: str) -> str:
    """A sentence for a message: the categories whose name or id is most similar to the words."""
    ids = {topic.id: topic for topic in taxonomy.topics}
    keys: dict[str, list[Topic]] = {}
    for topic in ids.values():
        for key in {fold(topic.id), fold(topic.name), _path_of(topic, ids)}:
            keys.setdefault(key, []).append(topic)
    similar = difflib.get_close_matches(_path(words), keys, n=_SHOWN, cutoff=0.5)
    matches = {topic.id: topic for key in similar for topic in keys[key]}
    if not matches:
        return "`topicmodel names RUN` lists them all."
    return f"Did you mean {_listed(_described(topic, ids) for topic in matches.values())}?"


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    more = f" or one of {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return " or ".join(shown[:_SHOWN]) + more
