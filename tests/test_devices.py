"""UMAP and HDBSCAN of cuML where there is a GPU; here a cuML that only looks like one."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import PlantedRun
from maps import drawn_map

from topicmodel.datatypes import Floats, TermCounts
from topicmodel.engine import device_used, find_topics
from topicmodel.settings import FitSettings, TopicSettings

ONLY_CPU = {"n_jobs", "precomputed_knn", "core_dist_n_jobs"}


def module(name: str, **content: Any) -> ModuleType:
    made = ModuleType(name)
    made.__spec__ = importlib.machinery.ModuleSpec(name, None)
    made.__path__ = []
    vars(made).update(content)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """A GPU, and what is asked of cuML on it; the work is done by the usual libraries."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def recording(name: str, library: str) -> Any:
        def make(*, output_type: str, **options: Any) -> Any:
            asked.append((name, options | {"output_type": output_type}))
            # At its first import UMAP warns of what it lacks, which the engine hushes.
            return getattr(importlib.import_module(library), name)(**options)

        return make

    manifold = module("cuml.manifold", UMAP=recording("UMAP", "umap"))
    cluster = module("cuml.cluster", HDBSCAN=recording("HDBSCAN", "hdbscan"))
    add(monkeypatch, module("cuml", manifold=manifold, cluster=cluster), manifold, cluster)
    add(monkeypatch, cupy_with({"name": b"NVIDIA Imaginary"}))
    return asked


def add(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    for each in modules:
        monkeypatch.setitem(sys.modules, each.__name__, each)


def cupy_with(properties: dict[str, bytes] | None) -> ModuleType:
    runtime = SimpleNamespace(getDeviceProperties=lambda _number: properties)
    cuda = SimpleNamespace(is_available=lambda: properties is not None, runtime=runtime)
    return module("cupy", cuda=cuda)


def two_groups() -> tuple[Floats, TermCounts]:
    import scipy.sparse as sp

    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(2, 16, dtype=np.float32), 60, axis=0)
    vectors = centres + 0.1 * rng.standard_normal((120, 16)).astype(np.float32)
    counts = sp.csr_matrix(np.repeat(np.eye(2, dtype=np.int64), 60, axis=0))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), TermCounts(counts, ["a", "b"])


def find(settings: TopicSettings) -> Any:
    vectors, words = two_groups()
    return find_topics(
        vectors, words, FitSettings.of(settings, 1), min_size=10, selection="eom", seed=1
    )


def test_with_a_gpu_both_steps_run_there(asked: list[tuple[str, dict[str, Any]]]) -> None:
    level = find(TopicSettings())
    assert len(set(level.topics[:60])) == len(set(level.topics[60:])) == 1
    assert [name for name, _ in asked] == ["UMAP", "HDBSCAN"]
    (_, umap_options), (_, hdbscan_options) = asked
    assert umap_options["random_state"] == 1
    assert (umap_options["n_neighbors"], umap_options["metric"]) == (15, "cosine")
    assert hdbscan_options["min_cluster_size"] == 10
    assert hdbscan_options["cluster_selection_method"] == "eom"
    for options in (umap_options, hdbscan_options):
        assert options["output_type"] == "numpy"
        assert not ONLY_CPU & set(options)


def test_the_map_is_drawn_there_too(asked: list[tuple[str, dict[str, Any]]]) -> None:
    vectors, _ = two_groups()
    assert drawn_map(vectors, TopicSettings(), seed=1, threads=1).shape == (120, 2)
    assert [(name, options["n_components"]) for name, options in asked] == [("UMAP", 2)]


def test_the_processor_is_taken_where_the_settings_say_so(
    asked: list[tuple[str, dict[str, Any]]],
) -> None:
    settings = TopicSettings(device="cpu")
    find(settings)
    assert device_used(settings.device) == "cpu"
    assert not asked


def test_the_name_of_the_gpu_is_known(asked: list[tuple[str, dict[str, Any]]]) -> None:
    assert device_used(TopicSettings().device) == "NVIDIA Imaginary"
    assert not asked


@pytest.mark.usefixtures("asked")
def test_without_a_gpu_the_processor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, cupy_with(None))
    assert device_used(TopicSettings().device) == "cpu"


@pytest.mark.usefixtures("asked")
def test_a_driver_that_is_missing_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, module("cupy"))
    assert device_used(TopicSettings().device) == "cpu"


def test_without_cuml_the_processor_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cuml", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert device_used(TopicSettings().device) == "cpu"


def test_a_run_says_what_it_was_made_on(planted: PlantedRun) -> None:
    assert planted.run.manifest.device == device_used(TopicSettings().device)
