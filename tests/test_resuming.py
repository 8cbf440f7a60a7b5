"""Runs that find finished fits of earlier ones: quicker, and otherwise the very same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from planted import Planted, plant
from planted_months import july_rows, june_rows
from planted_shop import write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, engine, fit, load_settings, refit
from topicmodel.clustering import fits, hierarchy, resampling
from topicmodel.clustering.hierarchy import build_levels, draft_levels
from topicmodel.datatypes import Level, Levels
from topicmodel.execution.checkpoint_keys import key_of
from topicmodel.execution.checkpoints import NO_CHECKPOINTS, Checkpoints
from topicmodel.execution.context import FitContext
from topicmodel.progress import Silent
from topicmodel.settings import DivisionSettings, FitSettings, Settings, TreeSettings
from topicmodel.settings.sections import Section
from topicmodel.workflows import checkpointing
from topicmodel.workflows.checkpointing import checkpoints_beside

ONE_RESAMPLE = "evaluation.resamples=1"


class Listener(Silent):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)

    @property
    def taken(self) -> list[str]:
        return [text for text in self.messages if text.startswith("Taken from an earlier run")]


@pytest.fixture
def keep_small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpointing, "LEAST_KEPT", 100)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_json_lines(tmp_path / "june.jsonl", june_rows())


@pytest.fixture
def run_of(dump: Path, tmp_path: Path) -> Callable[..., Run]:
    """Fits the dump, with the caches of that test."""

    def run(out: str, *pairs: str, progress: Listener | None = None) -> Run:
        return fit(
            dump,
            out=tmp_path / out,
            settings=load_settings(None, [ONE_RESAMPLE, *pairs]),
            encoder=TinyEncoder(),
            cache=tmp_path / "vectors.sqlite",
            progress=progress,
        )

    return run


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("this is done already")


def assert_same_files(some: Path, other: Path) -> None:
    for name in ("taxonomy.json", "assignments.parquet", "arrays.safetensors", "scorecard.json"):
        assert (some / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.usefixtures("keep_small_runs")
def test_a_run_is_the_same_whatever_was_kept(
    run_of: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Listener(), Listener()
    run_of("without", "keep_stages=false")
    assert not (tmp_path / "stages").exists()
    run_of("empty", progress=first)
    kept = sorted((tmp_path / "stages").iterdir())
    monkeypatch.setattr(fits.engine, "find_topics", refuse)
    monkeypatch.setattr("topicmodel.engine.reduction.reducer_for", refuse)
    run_of("full", progress=second)
    assert_same_files(tmp_path / "without", tmp_path / "empty")
    assert_same_files(tmp_path / "without", tmp_path / "full")
    assert first.taken == []
    assert second.taken == [f"Taken from an earlier run: {len(kept)} of {len(kept)} fits"]
    assert sorted((tmp_path / "stages").iterdir()) == kept


@pytest.mark.usefixtures("keep_small_runs")
def test_a_run_that_was_stopped_goes_on_where_it_was(
    run_of: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, n_found = fits.engine.find_topics, 0

    def stop_at_the_third(*args: Any, **options: Any) -> Any:
        nonlocal n_found
        n_found += 1
        if n_found == 3:
            raise KeyboardInterrupt
        return find(*args, **options)

    monkeypatch.setattr(fits.engine, "find_topics", stop_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        run_of("stopped")
    assert len(list((tmp_path / "stages").iterdir())) == 2
    listener = Listener()
    run_of("resumed", progress=listener)
    monkeypatch.undo()
    run_of("undisturbed", "keep_stages=false")
    assert listener.taken[0].startswith("Taken from an earlier run: 2 of ")
    assert_same_files(tmp_path / "resumed", tmp_path / "undisturbed")


@pytest.mark.usefixtures("keep_small_runs")
def test_a_refit_finds_what_an_earlier_one_has_finished(
    run_of: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_of("june")
    july = write_json_lines(tmp_path / "july.jsonl", july_rows())

    def refit_july(out: str, progress: Listener) -> None:
        cache = tmp_path / "vectors.sqlite"
        refit(
            tmp_path / "june",
            july,
            out=tmp_path / out,
            encoder=TinyEncoder(),
            cache=cache,
            progress=progress,
        )

    first, second = Listener(), Listener()
    refit_july("first", first)
    monkeypatch.setattr(fits.engine, "find_topics", refuse)
    refit_july("second", second)
    assert_same_files(tmp_path / "first", tmp_path / "second")
    assert first.taken == []
    assert len(second.taken) == 1


def test_a_small_run_keeps_nothing(run_of: Callable[..., Run], tmp_path: Path) -> None:
    run_of("june", "evaluation.resamples=0", "topics.n_fits=1")
    assert not (tmp_path / "stages").exists()


@pytest.mark.parametrize(
    ("pair", "n_texts", "name"),
    [
        ("keep_stages=false", 10**6, "vectors.sqlite"),
        ("keep_stages=true", checkpointing.LEAST_KEPT - 1, "vectors.sqlite"),
        ("keep_stages=true", 10**6, ":memory:"),
    ],
)
def test_nothing_is_kept_where_it_is_not_wanted(pair: str, n_texts: int, name: str) -> None:
    settings = load_settings(None, [pair])
    assert checkpoints_beside(Path(name), settings, n_texts, Silent()) is NO_CHECKPOINTS


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


SMALL = ("topics.n_fits=1",)


def built(shop: Planted, kept: Checkpoints, *pairs: str) -> Levels:
    return build_levels(
        shop.corpus, FitContext.of(load_settings(None, [*SMALL, *pairs]), checkpoints=kept)
    )


@pytest.fixture(scope="module")
def full(shop: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all the fits of the shop by the default settings are kept."""
    folder = tmp_path_factory.mktemp("kept") / "stages"
    built(shop, Checkpoints(folder))
    built(shop, Checkpoints(folder), "topics.sample_size=120")
    return folder


CHANGES = [
    "seed=7",
    "threads=2",
    "topics.n_neighbors=5",
    "topics.n_components=2",
    "topics.n_fits=2",
    "topics.min_size=30",
    "topics.sample_size=120",
    "level1.n_topics=2",
    "level1.max_share=0.1",
    "level2.min_size=20",
    "level2.separation=0",
    "level2.max_topics=2",
    "level2.min_share=0.4",
]


@pytest.mark.parametrize("pair", CHANGES)
def test_no_setting_finds_what_another_has_kept(shop: Planted, full: Path, pair: str) -> None:
    some, other = built(shop, Checkpoints(full), pair), built(shop, NO_CHECKPOINTS, pair)
    for name in ("level1", "level2", "strengths", "count_curve"):
        np.testing.assert_array_equal(getattr(some, name), getattr(other, name))


@pytest.mark.parametrize(
    "pair", ["level1.n_topics=4", "level2.separation=0.9", "processes=1", "report.title=Mine"]
)
def test_fits_are_found_again_when_what_comes_after_them_is_changed(
    shop: Planted, full: Path, monkeypatch: pytest.MonkeyPatch, pair: str
) -> None:
    monkeypatch.setattr(fits, "_fit_fine", _named_like(fits._fit_fine))
    checkpoints = Checkpoints(full)
    built(shop, checkpoints, pair)
    assert checkpoints.n_found >= 1


def _named_like(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that fails when it is called, and is kept under the other's name."""

    def fail(*_: Any) -> Any:
        raise AssertionError("this is done already")

    fail.__module__, fail.__qualname__ = function.__module__, function.__qualname__
    return fail


def test_a_further_fit_leaves_those_that_are_there(shop: Planted, full: Path) -> None:
    kept = Checkpoints(full)
    settings = load_settings(None, ["topics.n_fits=3"])
    fits.fine_topics(shop.corpus, FitContext.of(settings, checkpoints=kept), 3)
    assert kept.n_asked == 3
    assert kept.n_found >= 1


def test_a_fit_is_told_all_that_was_set_for_it(
    shop: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, asked = fits.engine.find_topics, list[tuple[FitSettings, dict[str, Any]]]()

    def remember(vectors: Any, words: Any, settings: FitSettings, **options: Any) -> Level:
        asked.append((settings, options))
        return find(vectors, words, settings, **options)

    monkeypatch.setattr(fits.engine, "find_topics", remember)
    pairs = ["n_neighbors=7", "n_components=3", "min_size=11", 'device="cpu"']
    sizes = ["level2.min_size=9", "level1.n_topics=4", "threads=2"]
    built(shop, NO_CHECKPOINTS, *(f"topics.{pair}" for pair in pairs), *sizes)
    assert len(asked) == 5
    assert {settings for settings, _ in asked} == {FitSettings(7, 3, 11, "cpu", 2)}
    assert [options["min_size"] for _, options in asked] == [11, 9, 9, 9, 9]


def test_a_draft_is_the_first_fit_of_a_whole_tree(shop: Planted, full: Path) -> None:
    kept = Checkpoints(full)
    draft_levels(shop.corpus, FitContext.of(Settings(), checkpoints=kept))
    assert (kept.n_found, kept.n_asked) == (1, 1)


def _others(value: Any) -> Iterator[Any]:
    """The same settings with one of them changed, for each of them."""
    is_section = isinstance(value, Section)
    for name in type(value).model_fields if is_section else [f.name for f in fields(value)]:
        for new in _other_values(name, getattr(value, name)):
            changes = {name: new}
            yield value.model_copy(update=changes) if is_section else replace(value, **changes)


def _other_values(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, Section) or is_dataclass(value):
        yield from _others(value)
    elif value == "auto":
        yield "cpu" if name == "device" else 9
    else:
        yield value + 1


@pytest.mark.parametrize("step", ["fit", "division", "whole"])
def test_every_setting_that_a_step_can_read_changes_its_key(step: str) -> None:
    tree = TreeSettings.of(Settings())
    value = tree if step == "whole" else getattr(tree, step)
    keys = [key_of(value), *map(key_of, _others(value))]
    assert len(set(keys)) == len(keys) > 5


def test_steps_of_a_fit_cannot_read_the_settings_of_the_run() -> None:
    for step in (
        fits._fit_fine,
        fits._fit_poorly_fitting,
        hierarchy._refit_inside,
        hierarchy.divide_topic,
        resampling._cluster,
        engine.draw_map,
    ):
        hints = get_type_hints(step)
        assert Settings not in hints.values(), step
        assert {FitSettings, DivisionSettings, TreeSettings}.intersection(hints.values()), step
