"""The verbs of the Python API, from files to a run folder and back."""

from __future__ import annotations

import gc
import hashlib
import html
import json
import math
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import PlantedRun
from llm_server import (  # noqa: F401 - a fixture is used by its name
    LlmServer,
    closed_port,
    forget_endpoints,
    llm_server_fixture,
    named,
)
from planted_shop import Row, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import (
    ColumnChoice,
    DumpError,
    ReportSettings,
    Run,
    RunError,
    TopicModelError,
    cache_info,
    clear_cache,
    evaluate,
    fit,
    load,
    load_settings,
    names,
    report,
    sample_path,
    save,
)
from topicmodel.datatypes import Floats, Product
from topicmodel.store.checking import FORMAT_VERSION

Fit = Callable[..., Run]


@pytest.fixture
def quick_fit(tmp_path: Path) -> Fit:
    """Fits rows that it writes to a dump of the test's own, with the quick encoder."""

    def fit_rows(rows: Sequence[Row], *pairs: str, out: Path | None = None) -> Run:
        return fit(
            write_json_lines(tmp_path / "dump.jsonl", rows),
            out=out,
            settings=load_settings(None, pairs),
            encoder=TinyEncoder(),
            cache=tmp_path / "vectors.sqlite",
        )

    return fit_rows


class Listener:
    """Progress that remembers what it was told, and knows nothing of warnings."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def stage(self, name: str, total: float | None = None) -> None:
        pass

    def advance(self, amount: float, note: str = "") -> None:
        pass

    def message(self, text: str) -> None:
        self.messages.append(text)


@pytest.fixture
def own_run(planted: PlantedRun, tmp_path: Path) -> Path:
    """A copy of the planted run that a test may change."""
    return Path(shutil.copytree(planted.folder, tmp_path / "own"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def figures(run: Run) -> Mapping[str, float | None]:
    return {metric.name: metric.value for metric in run.scorecard.metrics}


class BrokenEncoder:
    """Gives up at the first text, as an encoder does whose device has no memory left."""

    identity = "broken"

    def encode(self, texts: Sequence[str]) -> Floats:
        raise MemoryError(f"no room for {len(texts)} texts")


def n_products_held() -> int:
    return sum(type(held) is Product for held in gc.get_objects())


class CountingEncoder(TinyEncoder):
    """Counts the products that are held while it encodes."""

    n_products = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        self.n_products = max(self.n_products, n_products_held())
        return super().encode(texts)


def test_what_the_shop_wrote_is_not_held_once_it_has_become_texts(tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "dump.jsonl", planted_rows(30))
    encoder = CountingEncoder()
    before = n_products_held()
    run = fit(dump, encoder=encoder, cache=tmp_path / "vectors.sqlite")
    assert encoder.n_products <= before
    assert run.manifest.dump.products == 30


def test_a_run_folder_holds_what_the_contract_lists(planted: PlantedRun) -> None:
    assert set(contents(planted.folder)) == {
        "manifest.json",
        "taxonomy.json",
        "assignments.parquet",
        "products.parquet",
        "arrays.safetensors",
        "evidence.json",
        "scorecard.json",
        "edits.jsonl",
        "history.json",
        "log.jsonl",
        "index.html",
        "bertopic/config.json",
        "bertopic/topic_embeddings.safetensors",
        "bertopic/topics.json",
    }


def test_rows_that_were_refused_are_kept_with_the_run(quick_fit: Fit, tmp_path: Path) -> None:
    rows = [*planted_rows(30), {"id": "w", "title": "  ", "description": "\n"}]
    quick_fit(rows, out=tmp_path / "run")
    refused = (tmp_path / "run" / "rejects.jsonl").read_text().splitlines()
    assert [json.loads(line)["line"] for line in refused] == [31]


def test_nothing_but_the_run_folder_appears(quick_fit: Fit, tmp_path: Path) -> None:
    quick_fit(planted_rows(5), out=tmp_path / "deep" / "run")
    beside = {path.name for path in tmp_path.iterdir()} - {"dump.jsonl", "vectors.sqlite"}
    assert {name for name in beside if not name.startswith("vectors.sqlite-")} == {"deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]


def test_the_manifest_says_how_the_run_was_made(planted: PlantedRun) -> None:
    manifest = json.loads((planted.folder / "manifest.json").read_text())
    assert manifest["format_version"] == FORMAT_VERSION
    assert {"created", "settings", "seed", "threads", "encoder", "dump"} <= set(manifest)
    assert {"versions", "stages", "files"} <= set(manifest)
    chosen = load_settings(None, ["catalogue.source=none"])
    assert manifest["settings"] == chosen.model_dump(mode="json")
    assert (manifest["seed"], manifest["threads"]) == (42, 1)
    assert manifest["encoder"] == "tiny-encoder"
    assert manifest["dump"]["sources"] == [str(planted.dump)]
    assert len(manifest["dump"]["fingerprint"]) == 64
    counts = ("products", "rejects", "duplicates", "distinct_texts", "encoded_texts")
    assert [manifest["dump"][count] for count in counts] == [300, 0, 0, 300, 300]
    assert {"python", "bertopic", "umap-learn", "hdbscan", "numpy"} <= set(manifest["versions"])


def test_the_manifest_has_seconds_and_memory_of_every_stage(planted: PlantedRun) -> None:
    stages = json.loads((planted.folder / "manifest.json").read_text())["stages"]
    names = [stage["name"] for stage in stages]
    assert {"reading", "encoding", "finding topics", "naming", "scoring"} <= set(names)
    assert all(stage["seconds"] >= 0 and stage["peak_mb"] > 0 for stage in stages)


def test_the_manifest_has_the_digest_of_every_other_file(planted: PlantedRun) -> None:
    files = contents(planted.folder)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }


def test_every_json_file_is_json_for_every_reader(planted: PlantedRun) -> None:
    strange: list[str] = []
    paths = [*planted.folder.rglob("*.json")]
    for path in paths:
        json.loads(path.read_text(encoding="utf-8"), parse_constant=strange.append)
    assert paths
    assert not strange


def test_a_loaded_run_is_the_one_that_was_fitted(planted: PlantedRun) -> None:
    loaded, fitted = load(planted.folder), planted.run
    assert loaded.taxonomy == fitted.taxonomy
    assert loaded.scorecard == fitted.scorecard
    assert list(loaded.products.titles) == list(fitted.products.titles)
    assert list(loaded.assignments.level2) == list(fitted.assignments.level2)
    np.testing.assert_array_equal(loaded.assignments.confidence, fitted.assignments.confidence)
    np.testing.assert_array_equal(loaded.coordinates, fitted.coordinates)


def test_a_loaded_run_saves_to_the_same_bytes(planted: PlantedRun, tmp_path: Path) -> None:
    save(load(planted.folder), tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(planted.folder)


def test_bertopic_opens_the_model_of_a_run(
    planted: PlantedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    # BERTopic looks for the encoder on the hub, and without it opens the model all the same.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what BERTopic warns of is not ours to mend
        from bertopic import BERTopic
        from bertopic.backend import BaseEmbedder

        model = BERTopic.load(str(planted.folder / "bertopic"), embedding_model=BaseEmbedder())
    level1 = planted.run.taxonomy.level1
    assert set(model.custom_labels_) - {"-1"} >= {topic.name for topic in level1}
    sizes = {number: size for number, size in model.topic_sizes_.items() if number >= 0}
    assert sorted(sizes.values()) == sorted(topic.size for topic in level1)


def test_nothing_is_written_without_a_folder(quick_fit: Fit, tmp_path: Path) -> None:
    run = quick_fit(planted_rows(3))
    assert run.taxonomy.level1
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


@pytest.mark.parametrize("n_products", [1, 2, 3, 5, 11, 12, 13, 20])
def test_a_dump_of_any_size_gives_a_run_that_loads_and_shows(
    quick_fit: Fit, tmp_path: Path, n_products: int
) -> None:
    run = quick_fit(planted_rows(n_products), out=tmp_path / "run")
    loaded = load(tmp_path / "run")
    assert loaded.taxonomy == run.taxonomy
    assert len(loaded.assignments.product_ids) == n_products
    assert sum(topic.size for topic in run.taxonomy.level1) == sum(
        topic is not None for topic in run.assignments.level1
    )
    page = html.unescape((tmp_path / "run" / "index.html").read_text(encoding="utf-8"))
    assert page.rstrip().endswith("</html>")
    assert all(topic.name and topic.name in page for topic in run.taxonomy.level1)


@pytest.mark.parametrize("n_products", [1, 3, 5])
def test_a_handful_of_products_is_one_category(quick_fit: Fit, n_products: int) -> None:
    run = quick_fit(planted_rows(n_products))
    assert [topic.size for topic in run.taxonomy.topics] == [n_products]
    assert set(run.assignments.methods) == {"core"}


@pytest.mark.parametrize("title", ["Blue cotton towel", "Towel"])
def test_one_text_two_hundred_times_is_one_category(
    quick_fit: Fit, tmp_path: Path, title: str
) -> None:
    run = quick_fit([{"id": str(n), "title": title} for n in range(200)], out=tmp_path / "run")
    assert [topic.size for topic in load(tmp_path / "run").taxonomy.topics] == [200]
    assert run.manifest.dump.distinct_texts == 1


@pytest.mark.parametrize(
    "titles",
    [
        [str(number) for number in range(30)],
        ["the " * (number + 1) for number in range(30)],
        ["\N{GRINNING FACE}" * (number + 1) for number in range(30)],
        ["手机壳" + chr(0x4E00 + number) for number in range(30)],
    ],
    ids=["numbers", "stop words", "emoji", "Chinese"],
)
def test_texts_without_an_english_word_still_give_a_run(
    quick_fit: Fit, tmp_path: Path, titles: Sequence[str]
) -> None:
    rows = [{"id": f"p{n}", "title": title} for n, title in enumerate(titles)]
    run = quick_fit(rows, out=tmp_path / "run")
    assert all(topic.name for topic in run.taxonomy.topics)
    assert len(load(tmp_path / "run").assignments.product_ids) == len(titles)


def test_products_without_text_are_told_of_and_the_others_fitted(quick_fit: Fit) -> None:
    run = quick_fit([{"id": "blank", "title": " "}, *planted_rows(30)])
    assert "blank" not in run.assignments.product_ids
    assert len(run.rejects) == run.manifest.dump.rejects == 1


def test_a_title_of_markup_only_is_unsorted_and_not_lost(quick_fit: Fit, tmp_path: Path) -> None:
    run = quick_fit([{"id": "odd", "title": "<br>"}, *planted_rows(30)], out=tmp_path / "run")
    assert run.assignments.product_ids[0] == "odd"
    assert (run.assignments.level1[0], run.assignments.methods[0]) == (None, "unsorted")
    assert run.assignments.confidence[0] == 0
    assert "odd" in load(tmp_path / "run").assignments.product_ids


def _empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def _file(content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "dump.jsonl"
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize(
    "make",
    [
        _empty_folder,
        _file(""),
        _file('{"id": 1, "title": " "}\n{"id": 2, "title": "\\n"}\n'),
        _file('{"id": 1, "title": "<br>"}\n'),
        _file('{"price": 1}\n'),
        lambda folder: folder / "missing.csv",
    ],
    ids=["empty folder", "empty file", "whitespace", "markup", "no text column", "missing"],
)
def test_a_dump_with_nothing_in_it_is_refused_in_one_line(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    with pytest.raises(DumpError) as caught:
        fit(make(tmp_path), out=tmp_path / "run", encoder=TinyEncoder(explodes=True))
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "pair",
    [
        "topics.min_size=1000",
        "topics.n_neighbors=1000",
        "topics.n_components=70",
        "level1.n_topics=1",
        "level1.n_topics=500",
        "level1.min_share=0.49",
        "level2.min_share=0.49",
        "report.max_points=0",
        "naming.n_keywords=1",
    ],
)
def test_extreme_settings_still_give_a_run(quick_fit: Fit, pair: str) -> None:
    run = quick_fit(planted_rows(60), pair)
    assert len(run.assignments.product_ids) == 60
    assert run.taxonomy.level1


def test_a_fit_that_fails_leaves_the_run_that_was_there(own_run: Path, tmp_path: Path) -> None:
    before = contents(own_run)
    dump = write_json_lines(tmp_path / "new.jsonl", planted_rows(50, seed=2))
    with pytest.raises(MemoryError):
        fit(dump, out=own_run, encoder=BrokenEncoder(), cache=tmp_path / "vectors.sqlite")
    assert contents(own_run) == before
    assert not list(tmp_path.glob(".own*"))


def test_a_folder_of_somebody_elses_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"not ours")
    dump = write_json_lines(tmp_path / "dump.jsonl", planted_rows(5))
    with pytest.raises(RunError, match="holiday"):
        fit(dump, out=tmp_path / "holiday", encoder=TinyEncoder(explodes=True))
    assert [path.name for path in (tmp_path / "holiday").iterdir()] == ["photo.jpg"]


def test_a_fit_replaces_the_run_that_was_there(
    own_run: Path, quick_fit: Fit, planted: PlantedRun
) -> None:
    quick_fit(planted_rows(20), out=own_run)
    assert len(load(own_run).assignments.product_ids) == 20
    assert len(load(planted.folder).assignments.product_ids) == 300


def test_evaluate_without_a_truth_returns_the_stored_figures(own_run: Path) -> None:
    before = contents(own_run)
    assert evaluate(own_run) == load(own_run).scorecard
    assert contents(own_run) == before


def test_a_truth_adds_figures_and_keeps_the_others(planted: PlantedRun, own_run: Path) -> None:
    before = figures(load(own_run))
    assert "level1.ami" not in before
    card = evaluate(own_run, truth="category_path", encoder=TinyEncoder(), cache=planted.cache)
    judged = load(own_run)
    assert judged.scorecard == card
    after = figures(judged)
    assert {name: after[name] for name in before} == before
    assert after["level1.products"] == 300
    assert (after["level1.ami"] or 0) > 0.8
    assert (after["level2.ami"] or 0) > 0.8
    assert judged.taxonomy == planted.run.taxonomy
    assert "level1.ami" in json.loads((own_run / "scorecard.json").read_text())


def test_a_second_judgement_replaces_the_first(planted: PlantedRun, own_run: Path) -> None:
    def judge(dump: Path) -> list[str]:
        card = evaluate(
            own_run, dump, truth="category_path", encoder=TinyEncoder(), cache=planted.cache
        )
        return [metric.name for metric in card.metrics]

    halved = write_json_lines(own_run.parent / "half.jsonl", planted_rows()[:150])
    names = judge(planted.dump)
    assert judge(halved) == names
    assert len(set(names)) == len(names)
    assert figures(load(own_run))["level1.products"] == 150


def test_a_fit_with_labels_scores_as_evaluate_does(planted: PlantedRun, own_run: Path) -> None:
    fitted = fit(
        planted.dump,
        columns=ColumnChoice(label="category_path"),
        menu="none",
        encoder=TinyEncoder(),
        cache=planted.cache,
    )
    card = evaluate(own_run, truth="category_path", encoder=TinyEncoder(), cache=planted.cache)
    assert card == fitted.scorecard


def test_a_truth_of_another_dump_is_refused(own_run: Path, tmp_path: Path) -> None:
    before = contents(own_run)
    rows = [row | {"id": f"other-{row['id']}"} for row in planted_rows(30)]
    other = write_json_lines(tmp_path / "other.jsonl", rows)
    with pytest.raises(RunError, match="Is this the dump that the run was made from"):
        evaluate(own_run, other, truth="category_path", encoder=TinyEncoder(explodes=True))
    assert contents(own_run) == before


def test_a_truth_column_that_is_not_there_is_named(own_run: Path) -> None:
    with pytest.raises(DumpError, match="departmant"):
        evaluate(own_run, truth="departmant", encoder=TinyEncoder(explodes=True))


def test_resamples_give_stability_within_its_range(quick_fit: Fit) -> None:
    run = quick_fit(planted_rows(200), "evaluation.resamples=2")
    found = figures(run)
    assert {"level1.stability", "level2.stability"} <= set(found)
    assert 0.5 < (found["level1.stability"] or 0) <= 1
    assert 0 <= (found["level2.stability"] or 0) <= 1
    ids = [topic.id for topic in run.taxonomy.topics]
    assert {f"topics.{id_}.stability" for id_ in ids} <= set(found)
    none = figures(quick_fit(planted_rows(200), "evaluation.resamples=0"))
    assert not [name for name in none if name.endswith("stability")]


@pytest.mark.parametrize("n_products", [1, 2, 20])
def test_resamples_of_a_small_dump_give_a_run(quick_fit: Fit, n_products: int) -> None:
    found = figures(quick_fit(planted_rows(n_products), "evaluation.resamples=2"))
    assert 0 <= (found["level1.stability"] or 0) <= 1


def test_every_figure_lies_in_its_range(planted: PlantedRun, own_run: Path) -> None:
    card = evaluate(own_run, truth="category_path", encoder=TinyEncoder(), cache=planted.cache)
    assert len(card.metrics) > 30
    for metric in card.metrics:
        assert metric.value is None or metric.low <= metric.value <= metric.high, metric
        assert metric.value is None or math.isfinite(metric.value)


def test_a_report_rendered_anew_changes_nothing(own_run: Path) -> None:
    before = contents(own_run)
    assert report(own_run) == own_run / "index.html"
    assert contents(own_run) == before


def test_report_settings_show_and_stay_with_the_run(own_run: Path) -> None:
    report(own_run, ReportSettings(title="Autumn <catalogue>", max_points=10))
    assert "Autumn <catalogue>" in html.unescape((own_run / "index.html").read_text())
    assert "Autumn <catalogue>" not in (own_run / "index.html").read_text()
    kept = load(own_run).manifest.settings["report"]
    assert (kept["title"], kept["max_points"]) == ("Autumn <catalogue>", 10)
    before = contents(own_run)
    report(own_run)
    assert contents(own_run) == before


def test_report_settings_leave_all_else_as_it_was(own_run: Path) -> None:
    before = contents(own_run)
    report(own_run, ReportSettings(title="Another"))
    changed = {name for name, content in contents(own_run).items() if content != before[name]}
    assert changed == {"manifest.json", "index.html"}


@pytest.mark.parametrize("verb", [load, evaluate, report])
def test_a_folder_without_a_run_is_named(verb: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(TopicModelError, match="nothing-here holds no run"):
        verb(tmp_path / "nothing-here")


@pytest.mark.parametrize("verb", [load, evaluate, report])
def test_a_damaged_file_is_named(verb: Callable[[Path], object], own_run: Path) -> None:
    (own_run / "taxonomy.json").write_text("{}")
    with pytest.raises(RunError, match=r"taxonomy\.json is not as it was written"):
        verb(own_run)


def test_the_bundled_sample_is_there() -> None:
    assert sample_path().is_file()


def test_names_are_the_tree_of_the_run(planted: PlantedRun) -> None:
    assert names(planted.folder) == planted.run.taxonomy


def test_the_cache_can_be_looked_at_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPICMODEL_CACHE", str(tmp_path))
    dump = write_json_lines(tmp_path / "shop.jsonl", planted_rows()[:5])
    fit(dump, encoder=TinyEncoder())
    assert cache_info().entries["tiny-encoder"] > 5  # phrases that could be names, too
    assert clear_cache() == cache_info().path
    assert cache_info().entries == {}


@pytest.fixture
def asking_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], tuple[Run, list[str]]]:
    """Fits the same rows with a language model at an address, and tells what was said of it."""
    forget_endpoints(monkeypatch)
    monkeypatch.setenv("TOPICMODEL_CACHE", str(tmp_path / "cache"))
    dump = write_json_lines(tmp_path / "dump.jsonl", planted_rows()[:80])

    def fit_with(base_url: str) -> tuple[Run, list[str]]:
        listener = Listener()
        pairs = [f"language_model.base_url={base_url}", "language_model.retries=0"]
        model = ["language_model.model=small"] if base_url else []
        settings = load_settings(None, ["evaluation.resamples=0", *pairs, *model])
        run = fit([dump], settings=settings, encoder=TinyEncoder(), progress=listener)
        return run, [
            text for text in listener.messages if "language model" in text and "Plan" not in text
        ]

    return fit_with


def all_names(run: Run) -> list[str]:
    return [topic.name for topic in run.taxonomy.topics]


def test_with_the_language_model_down_our_names_stay_and_one_message_says_so(
    asking_fit: Callable[[str], tuple[Run, list[str]]],
) -> None:
    plain, nothing = asking_fit("")
    left, messages = asking_fit(closed_port())
    assert all_names(left) == all_names(plain)
    assert nothing == []
    assert len(messages) == 1
    assert "cannot be reached" in messages[0]
    assert left.manifest.language_model.completion_tokens == 0


def test_a_language_model_is_asked_once_and_what_it_cost_is_kept(
    asking_fit: Callable[[str], tuple[Run, list[str]]], llm_server: LlmServer
) -> None:
    llm_server.behaviour = lambda request: named(
        f"Better {request.name.split()[-1]}", "Goods of one kind."
    )
    run, _ = asking_fit(llm_server.base_url)
    assert all(topic.definition.startswith("Goods of one kind. ") for topic in run.taxonomy.topics)
    assert all_names(run) != all_names(asking_fit("")[0])
    usage = run.manifest.language_model
    assert usage
    assert usage.n_asked == len(run.taxonomy.topics) == len(llm_server.requests)
    assert usage.completion_tokens > 0
    again, _ = asking_fit(llm_server.base_url)
    assert all_names(again) == all_names(run)
    assert len(llm_server.requests) == usage.n_asked
    assert again.manifest.language_model.n_cached == usage.n_asked
