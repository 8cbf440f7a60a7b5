"""What every run promises, tried on a shop whose categories are known."""

from __future__ import annotations

import json
import os
import pkgutil
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PlantedRun
from planted_shop import Row, planted_rows, write_csv, write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel
from topicmodel import ColumnChoice, Run, fit, load_settings
from topicmodel.evaluation import adjusted_mutual_information

RESULTS = ("taxonomy.json", "assignments.parquet")


def results(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RESULTS}


def places(run: Run) -> dict[str, tuple[object, ...]]:
    """Product id -> all that the run says about it."""
    found = run.assignments
    rows = zip(found.level1, found.level2, found.confidence.tolist(), found.methods, strict=True)
    return dict(zip(found.product_ids, rows, strict=True))


def fit_again(planted: PlantedRun, dump: Path, out: Path) -> Run:
    """Fit products whose texts are all in the cache; encoding one of them is an error."""
    exploding = TinyEncoder(explodes=True)
    return fit(dump, out=out, menu="none", encoder=exploding, cache=planted.cache)


def test_every_product_has_exactly_one_row_in_the_mapping(planted: PlantedRun) -> None:
    table = pq.read_table(planted.folder / "assignments.parquet")
    ids = [row["id"] for row in planted_rows()]
    assert sorted(table["product_id"].to_pylist()) == sorted(ids)


def test_the_mapping_has_the_columns_that_others_rely_on(planted: PlantedRun) -> None:
    schema = pq.read_schema(planted.folder / "assignments.parquet")
    texts = ("product_id", "level1_id", "level1_name", "level2_id", "level2_name")
    assert schema.names == [*texts, "confidence", "method"]
    assert {schema.field(name).type for name in (*texts, "method")} == {pa.string()}
    assert schema.field("confidence").type == pa.float32()


def test_confidence_and_method_stay_within_what_is_documented(planted: PlantedRun) -> None:
    rows = pq.read_table(planted.folder / "assignments.parquet").to_pylist()
    assert all(0 <= row["confidence"] <= 1 for row in rows)
    for row in rows:
        assert row["method"] in {"core", "reassigned", "parent_only", "unsorted"}
        assert (row["level1_id"] is None) == (row["method"] == "unsorted")
        if row["method"] == "parent_only":
            assert row["level2_id"] is None


def test_names_in_the_mapping_are_those_of_the_tree(planted: PlantedRun) -> None:
    tree = json.loads((planted.folder / "taxonomy.json").read_text())["topics"]
    names = {topic["id"]: topic["name"] for topic in tree} | {None: None}
    for row in pq.read_table(planted.folder / "assignments.parquet").to_pylist():
        assert row["level1_name"] == names[row["level1_id"]]
        assert row["level2_name"] == names[row["level2_id"]]


def test_a_childs_products_are_its_parents(planted: PlantedRun) -> None:
    tree = json.loads((planted.folder / "taxonomy.json").read_text())["topics"]
    parents = {topic["id"]: topic["parent"] for topic in tree}
    rows = pq.read_table(planted.folder / "assignments.parquet").to_pylist()
    below = [row for row in rows if row["level2_id"] is not None]
    assert below
    assert all(parents[row["level2_id"]] == row["level1_id"] for row in below)


def test_the_tree_lists_parents_first_with_true_sizes_and_examples(planted: PlantedRun) -> None:
    tree = json.loads((planted.folder / "taxonomy.json").read_text())["topics"]
    assert [topic["level"] for topic in tree] == sorted(topic["level"] for topic in tree)
    members = defaultdict(set)
    for row in pq.read_table(planted.folder / "assignments.parquet").to_pylist():
        members[row["level1_id"]].add(row["product_id"])
        members[row["level2_id"]].add(row["product_id"])
    for topic in tree:
        keys = ["id", "parent", "level", "name", "keywords", "size", "examples", "catalogue"]
        keys += ["coverage", "runners_up", "definition", "description", "includes", "excludes"]
        assert list(topic) == keys
        assert topic["size"] == len(members[topic["id"]])
        assert topic["examples"]
        assert set(topic["examples"]) <= members[topic["id"]]
        weights = [weight for _, weight in topic["keywords"]]
        assert weights
        assert weights == sorted(weights, reverse=True)


def test_planted_departments_and_kinds_are_found(planted: PlantedRun) -> None:
    run = fit(
        planted.dump,
        settings=load_settings(None, ["level1.n_topics=4", "catalogue.source=none"]),
        encoder=TinyEncoder(explodes=True),
        cache=planted.cache,
    )
    truth = {row["id"]: row["category_path"] for row in planted_rows()}
    found = places(run)
    departments, kinds = zip(*(truth[product] for product in found), strict=True)
    level1 = [str(place[0]) for place in found.values()]
    level2 = [str(place[1] or place[0]) for place in found.values()]
    assert adjusted_mutual_information(departments, level1) > 0.95
    assert adjusted_mutual_information(kinds, level2) > 0.9


def test_the_same_command_twice_gives_the_same_bytes_and_encodes_nothing(
    planted: PlantedRun, tmp_path: Path
) -> None:
    assert planted.run.manifest.dump.encoded_texts == 300
    again = fit_again(planted, planted.dump, tmp_path / "again")
    assert results(tmp_path / "again") == results(planted.folder)
    assert again.manifest.dump.encoded_texts == 0


def test_another_order_of_the_rows_gives_the_same_tree_and_places(
    planted: PlantedRun, tmp_path: Path
) -> None:
    rows = planted_rows()
    random.Random(7).shuffle(rows)
    shuffled = fit_again(planted, write_json_lines(tmp_path / "d.jsonl", rows), tmp_path / "run")
    assert shuffled.taxonomy == planted.run.taxonomy
    assert places(shuffled) == places(planted.run)
    assert list(shuffled.assignments.product_ids) == [row["id"] for row in rows]


def test_another_format_of_the_dump_gives_the_same_result(
    planted: PlantedRun, tmp_path: Path
) -> None:
    fit_again(planted, write_csv(tmp_path / "shop.csv", planted_rows()), tmp_path / "run")
    assert results(tmp_path / "run") == results(planted.folder)


def test_a_dump_in_several_files_gives_the_same_result(planted: PlantedRun, tmp_path: Path) -> None:
    rows, folder = planted_rows(), tmp_path / "shop"
    folder.mkdir()
    write_json_lines(folder / "1.jsonl", rows[:120])
    write_json_lines(folder / "2.jsonl", rows[120:])
    fit_again(planted, folder, tmp_path / "run")
    assert results(tmp_path / "run") == results(planted.folder)


def test_identical_texts_get_the_same_category(planted: PlantedRun, tmp_path: Path) -> None:
    rows = planted_rows()
    copies = [row | {"id": f"copy-{row['id']}"} for row in rows[:100]]
    run = fit_again(
        planted, write_json_lines(tmp_path / "d.jsonl", rows + copies), tmp_path / "run"
    )
    found = places(run)
    assert len(found) == 400
    assert all(found[row["id"]] == found[f"copy-{row['id']}"] for row in rows[:100])
    assert {topic.id for topic in run.taxonomy.topics} == {
        topic.id for topic in planted.run.taxonomy.topics
    }


def _with_shuffled_true_paths(rows: list[Row]) -> list[Row]:
    true_paths = [row["category_path"] for row in rows]
    random.Random(3).shuffle(true_paths)
    return [row | {"category_path": path} for row, path in zip(rows, true_paths, strict=True)]


@pytest.mark.parametrize("label", [None, "category_path"])
def test_the_true_path_is_never_used_in_fitting(
    planted: PlantedRun, tmp_path: Path, label: str | None
) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", _with_shuffled_true_paths(planted_rows()))
    # Scoring names embeds the true ones, so here the encoder has to work.
    fit(
        dump,
        out=tmp_path / "run",
        encoder=TinyEncoder(),
        cache=planted.cache,
        menu="none",
        columns=ColumnChoice(label=label),
    )
    assert results(tmp_path / "run") == results(planted.folder)


def test_without_true_paths_the_result_is_the_same(planted: PlantedRun, tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "category_path"} for row in planted_rows()]
    fit_again(planted, write_json_lines(tmp_path / "d.jsonl", rows), tmp_path / "run")
    assert results(tmp_path / "run") == results(planted.folder)


def test_inputs_are_left_as_they_were(planted: PlantedRun, tmp_path: Path) -> None:
    dump = write_json_lines(tmp_path / "d.jsonl", planted_rows())
    before, paths = (dump.read_bytes(), dump.stat().st_mtime_ns), [dump]
    chosen, columns = load_settings(None, ["catalogue.source=none"]), ColumnChoice()
    fit(
        paths,
        settings=chosen,
        columns=columns,
        encoder=TinyEncoder(explodes=True),
        cache=planted.cache,
    )
    assert (dump.read_bytes(), dump.stat().st_mtime_ns) == before
    same = load_settings(None, ["catalogue.source=none"])
    assert (paths, chosen, columns) == ([dump], same, ColumnChoice())
    assert list(tmp_path.iterdir()) == [dump]


def test_no_text_is_encoded_twice(planted: PlantedRun) -> None:
    asked = Counter(text for batch in planted.encoder.batches for text in batch)
    assert set(asked.values()) == {1}


def test_a_new_product_costs_one_text(tmp_path: Path) -> None:
    cache, encoder = tmp_path / "vectors.sqlite", TinyEncoder()
    rows = planted_rows(40)
    first = fit(write_json_lines(tmp_path / "d.jsonl", rows[:39]), encoder=encoder, cache=cache)
    assert first.manifest.dump.encoded_texts == 39
    second = fit(write_json_lines(tmp_path / "d.jsonl", rows), encoder=encoder, cache=cache)
    assert second.manifest.dump.encoded_texts == 1


PICKLES = re.compile(
    r"^\s*(?:import|from)\s+(?:pickle|dill|cloudpickle|shelve|marshal)\b"
    r"|\bjoblib\b.*\b(?:load|dump)\b"
    r"|\btorch\.(?:load|save)\b|\bnp\.load\b|allow_pickle\s*=\s*True|read_pickle|to_pickle",
    re.MULTILINE,
)


def test_no_module_of_ours_reads_or_writes_a_pickle() -> None:
    package = Path(topicmodel.__file__).parent
    sources = sorted(package.rglob("*.py"))
    assert len(sources) > 30
    found = [path.name for path in sources if PICKLES.search(path.read_text(encoding="utf-8"))]
    assert not found
    assert PICKLES.search("import pickle\n")
    assert PICKLES.search("    from joblib import load\n")
    assert not PICKLES.search("    from joblib import Parallel, delayed\n")


def test_a_run_folder_holds_no_pickle(planted: PlantedRun) -> None:
    contents = [path.read_bytes() for path in planted.folder.rglob("*") if path.is_file()]
    assert not [content for content in contents if content.startswith(b"\x80")]
    # A zip is how torch.save wraps its pickle.
    assert not [content for content in contents if content.startswith(b"PK")]


HEAVY = ("torch", "numba", "pandas", "sklearn", "scipy", "umap", "hdbscan", "bertopic", "plotly")


@pytest.mark.parametrize(
    "code",
    [
        "import topicmodel",
        "import topicmodel.cli",
        "import sys; sys.argv = ['topicmodel', '--help']; run()",
        "import sys; sys.argv = ['topicmodel', 'fit', '--help']; run()",
        "import sys; sys.argv = ['topicmodel', 'settings']; run()",
        "import sys; sys.argv = ['topicmodel', 'fit', 'none.csv', '--out', 'run']; run()",
        "import sys; sys.argv = ['topicmodel', 'names', 'none']; run()",
    ],
)
def test_what_does_no_modelling_loads_nothing_heavy(code: str, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "def run():\n"
        "    from topicmodel.cli import main\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit:\n"
        "        pass\n"
        f"{code}\n"
        f"loaded = [name for name in {HEAVY} if name in sys.modules]\n"
        "assert 'topicmodel' in sys.modules\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        # From another folder, the package of this checkout has to be found still.
        env=os.environ | {"PYTHONPATH": str(Path(topicmodel.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr


def test_no_module_hides_a_public_name() -> None:
    # A module that is imported replaces a function of its name in the package.
    for module in pkgutil.iter_modules(topicmodel.__path__):
        assert module.name not in topicmodel.__all__
