from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from safetensors.numpy import load_file
from stored_run import (
    CLOTHES,
    SHOES,
    TIME,
    TOYS,
    assert_same_run,
    edited,
    edited_run,
    empty_run,
    runs,
    small_run,
    small_tree,
)

from topicmodel.datatypes import Edit, Manifest, Run, TopicId
from topicmodel.edits import format_edits
from topicmodel.errors import RunError
from topicmodel.files.encoding import as_table, read_table, shared_values
from topicmodel.store import check_target, has_edits, load_run, save_run, verify_folder
from topicmodel.store.checking import FORMAT_VERSION, manifest_text
from topicmodel.store.layout import files_of, run_from
from topicmodel.store.run_folder import read_folder, write_folder

PAGES = {"index.html": "<html>Jacken & Mäntel</html>"}
FITTED = {"fitted/assignments.parquet", "fitted/taxonomy.json"}


def contents_of(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_seed(seed: int) -> Run:
    return small_run(manifest=Manifest(seed=seed))


@pytest.mark.parametrize("run", [small_run(), edited_run(), empty_run(), small_run(rejects=[])])
def test_a_run_comes_back_as_it_was_saved(run: Run, tmp_path: Path) -> None:
    save_run(run, tmp_path / "deep" / "run", PAGES)
    assert_same_run(load_run(tmp_path / "deep" / "run"), run)
    assert names_in(tmp_path / "deep") == ["run"]


def test_a_category_without_a_centroid_comes_back_without_one(tmp_path: Path) -> None:
    run = small_run(small_tree(centroids={SHOES: np.ones(4, dtype=np.float32)}))
    save_run(run, tmp_path / "run", PAGES)
    assert_same_run(load_run(tmp_path / "run"), run)


@given(runs())
@settings(max_examples=60, deadline=None)
def test_any_run_survives_the_way_into_files_and_back(run: Run) -> None:
    files = files_of(run)
    assert_same_run(run_from(run.manifest, files), run)
    assert files_of(run_from(run.manifest, files)) == files


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    tree, run = small_tree(), small_run()
    turned = small_run(
        replace(
            tree,
            cloud_terms=dict(reversed(tree.cloud_terms.items())),
            centroids=dict(reversed(tree.centroids.items())),
        ),
        manifest=Manifest.from_record(dict(reversed(run.manifest.as_record().items()))),
        bertopic=dict(reversed(run.bertopic.items())),
        landmarks=replace(
            run.landmarks,
            median_cosine=dict(reversed(run.landmarks.median_cosine.items())),
            min_cosine=dict(reversed(run.landmarks.min_cosine.items())),
        ),
        history=[replace(p, sizes=dict(reversed(p.sizes.items()))) for p in run.history],
    )
    save_run(run, tmp_path / "a", PAGES)
    save_run(turned, tmp_path / "b", PAGES)
    save_run(load_run(tmp_path / "a"), tmp_path / "c", PAGES)
    assert contents_of(tmp_path / "a") == contents_of(tmp_path / "b")
    assert contents_of(tmp_path / "a") == contents_of(tmp_path / "c")


def test_the_files_keep_the_contract_with_other_programs(tmp_path: Path) -> None:
    run = small_run()
    save_run(run, tmp_path / "run", PAGES)
    folder = tmp_path / "run"
    assert sorted(contents_of(folder)) == [
        "arrays.safetensors",
        "assignments.parquet",
        "bertopic/config.json",
        "bertopic/topic_embeddings.safetensors",
        "edits.jsonl",
        "evidence.json",
        "history.json",
        "index.html",
        "manifest.json",
        "products.parquet",
        "rejects.jsonl",
        "scorecard.json",
        "taxonomy.json",
    ]
    table = pq.read_table(folder / "assignments.parquet")
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("product_id", "string"),
        ("level1_id", "string"),
        ("level1_name", "string"),
        ("level2_id", "string"),
        ("level2_name", "string"),
        ("confidence", "float"),
        ("method", "string"),
    ]
    assert table["level2_name"].to_pylist() == ["Shoes", None, "Shoes", None, None]
    topics = json.loads((folder / "taxonomy.json").read_text(encoding="utf-8"))["topics"]
    assert topics[2] == {
        "id": "t2",
        "parent": "t1",
        "level": 2,
        "name": "Shoes",
        "keywords": [["boot", 1.0]],
        "size": 2,
        "examples": ["p3"],
        "catalogue": [["Schuhe > Stiefel & Größen", 0.75], ["Toys", 0.25]],
        "coverage": 0.5,
        "runners_up": ["Boots", "Größen"],
        "definition": "Boots & Größen.",
        "includes": ["boots"],
        "excludes": ["Shirts"],
        "description": "",
    }
    scores = json.loads((folder / "scorecard.json").read_text())
    assert list(scores) == ["tree.npmi", "level1.ami", "a.count"]
    assert (scores["level1.ami"]["value"], scores["a.count"]["high"]) == (None, None)
    arrays = load_file(folder / "arrays.safetensors")
    np.testing.assert_array_equal(arrays["centroids"][2], run.tree.centroids[SHOES])
    assert arrays["coordinates"].shape == (5, 2)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format_version"] == FORMAT_VERSION
    assert sorted(manifest["files"]) == sorted(set(contents_of(folder)) - {"manifest.json"})
    assert (folder / "index.html").read_text(encoding="utf-8") == PAGES["index.html"]


def test_no_rejects_leave_no_file(tmp_path: Path) -> None:
    save_run(small_run(rejects=[]), tmp_path / "run", PAGES)
    assert not (tmp_path / "run" / "rejects.jsonl").exists()


def test_a_run_with_all_there_can_be_adds_these_files(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "plain", PAGES)
    save_run(edited_run(), tmp_path / "full", PAGES)
    more = contents_of(tmp_path / "full").keys() - contents_of(tmp_path / "plain").keys()
    assert more == FITTED | {"changes.json", "mapping.csv"}
    changes = json.loads((tmp_path / "full" / "changes.json").read_text(encoding="utf-8"))
    assert changes["is_empty"] is False
    history = json.loads((tmp_path / "full" / "history.json").read_text(encoding="utf-8"))
    assert [past["sizes"]["t1"] for past in history["runs"]] == [4, 3]


def whole_run() -> Run:
    """A run with every kind of file that there can be."""
    told = {"time": TIME, "event": "message", "message": "columns: id <- id"}
    return replace(edited_run(), log=[told])


SMALL = 600
"""Bytes of a file of which each is flipped; of others it is every seventh."""


def test_any_flipped_byte_of_any_file_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    save_run(whole_run(), tmp_path / "run", PAGES | {"changes.html": "<html>"})
    contents = contents_of(tmp_path / "run")
    flipped = 0
    for name, content in contents.items():
        file = tmp_path / "run" / name
        step = 1 if len(content) <= SMALL else 7
        for position in {*range(0, len(content), step), len(content) - 1}:
            damaged = bytearray(content)
            damaged[position] ^= 1 << position % 8
            file.write_bytes(damaged)
            with pytest.raises(RunError, match=re.escape(name)):
                read_folder(tmp_path / "run")
            flipped += 1
        file.write_bytes(content)
    assert flipped > 2000
    load_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\n", b" "), (b'"seed": 42', b'"seed":  42'), (b"1.25", b"1.250"), (b"\n}\n", b"\n}")],
)
def test_a_manifest_that_says_the_same_in_other_bytes_is_refused_too(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    file = tmp_path / "run" / "manifest.json"
    changed = file.read_bytes().replace(before, after, 1)
    assert json.loads(changed) == json.loads(file.read_bytes())
    file.write_bytes(changed)
    with pytest.raises(RunError, match=r"manifest\.json is not as it was written"):
        load_run(tmp_path / "run")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    save_run(whole_run(), tmp_path / "run", PAGES)
    for name, content in contents_of(tmp_path / "run").items():
        file = tmp_path / "run" / name
        file.unlink()
        with pytest.raises(RunError, match=f"{name}.* is missing"):
            load_run(tmp_path / "run")
        file.write_bytes(content)


def test_a_foreign_file_is_named_by_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    for name in (".DS_Store", "notes.txt", "bertopic/more.json"):
        (tmp_path / "run" / name).write_text("?")
    assert_same_run(load_run(tmp_path / "run"), small_run())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].endswith("not of the run: bertopic/more.json, notes.txt")


def test_verifying_names_all_that_is_wrong(tmp_path: Path) -> None:
    save_run(whole_run(), tmp_path / "run", PAGES)
    assert verify_folder(tmp_path / "run").is_intact
    for name in ("index.html", "fitted/taxonomy.json"):
        (tmp_path / "run" / name).write_text("changed")
    for name in ("edits.jsonl", "log.jsonl"):
        (tmp_path / "run" / name).unlink()
    (tmp_path / "run" / "link").symlink_to(tmp_path)
    found = verify_folder(tmp_path / "run")
    assert not found.is_intact
    assert set(found.damaged) == {"index.html", "fitted/taxonomy.json"}
    assert set(found.missing) == {"edits.jsonl", "log.jsonl"}
    assert found.foreign == ("link",)
    assert found.as_record()["format_version"] == FORMAT_VERSION


def test_verifying_a_damaged_manifest_names_it(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    (tmp_path / "run" / "manifest.json").write_text("{")
    found = verify_folder(tmp_path / "run")
    assert (found.damaged, found.format_version) == (("manifest.json",), None)


RENAME = Edit("rename", TIME, CLOTHES, name="Kleidung")
PIN = Edit("pin", TIME, TOYS, products=("p1",))


def test_a_log_that_people_change_is_refused_until_they_say_that_it_was_them(
    tmp_path: Path,
) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    assert not has_edits(tmp_path / "run")
    (tmp_path / "run" / "edits.jsonl").write_bytes(format_edits([RENAME, PIN]))
    assert has_edits(tmp_path / "run")
    with pytest.raises(RunError, match=r"edits\.jsonl is not as it was written.*RUN accept"):
        load_run(tmp_path / "run")
    run = load_run(tmp_path / "run", hand_edited=True)
    assert_same_run(run, edited(small_run(), [RENAME, PIN]))
    assert run.taxonomy[CLOTHES].name == "Kleidung"
    assert run.assignments.level1[1] == TOYS
    assert [outcome.status for outcome in run.outcomes] == ["in force"] * 2


def test_a_log_that_people_shorten_or_delete_may_be_accepted(tmp_path: Path) -> None:
    save_run(edited(small_run(), [RENAME, PIN]), tmp_path / "run", PAGES)
    log = tmp_path / "run" / "edits.jsonl"
    log.write_bytes(format_edits([PIN]))
    assert_same_run(load_run(tmp_path / "run", hand_edited=True), edited(small_run(), [PIN]))
    log.unlink()
    with pytest.raises(RunError, match=r"edits\.jsonl is missing.*RUN accept"):
        load_run(tmp_path / "run")
    assert_same_run(load_run(tmp_path / "run", hand_edited=True), small_run())
    assert not has_edits(tmp_path / "run")
    save_run(load_run(tmp_path / "run", hand_edited=True), tmp_path / "run", PAGES)
    assert load_run(tmp_path / "run").edits == []


def test_a_damaged_line_of_the_log_is_named_by_its_number(tmp_path: Path) -> None:
    save_run(edited(small_run(), [RENAME, PIN]), tmp_path / "run", PAGES)
    log = tmp_path / "run" / "edits.jsonl"
    log.write_bytes(b"\n" + log.read_bytes() + b'{"action": "rename", "topic"\n')
    with pytest.raises(RunError, match=r"edits\.jsonl line 4: .* Mend or delete that line"):
        load_run(tmp_path / "run", hand_edited=True)


def test_the_tree_before_edits_is_there_only_with_edits(tmp_path: Path) -> None:
    save_run(edited(small_run(), [RENAME]), tmp_path / "run", PAGES)
    before, after = (
        json.loads((tmp_path / "run" / name).read_text(encoding="utf-8"))["topics"][0]["name"]
        for name in ("fitted/taxonomy.json", "taxonomy.json")
    )
    assert (before, after) == ("Clothing", "Kleidung")
    save_run(small_run(), tmp_path / "run", PAGES)
    assert not (tmp_path / "run" / "fitted").exists()
    run = load_run(tmp_path / "run")
    assert run.tree is run.fitted


def test_the_mapping_holds_the_tree_with_edits(tmp_path: Path) -> None:
    save_run(edited(small_run(), [RENAME, PIN]), tmp_path / "run", PAGES)
    table = pq.read_table(tmp_path / "run" / "assignments.parquet")
    assert table["level1_name"].to_pylist() == ["Kleidung", "Toys", "Kleidung", "Toys", None]
    assert table["method"].to_pylist()[1] == "pinned"


def test_an_edit_that_no_longer_applies_stays_in_the_log(tmp_path: Path) -> None:
    gone = Edit("hide", TIME, TopicId("tgone"))
    save_run(edited(small_run(), [gone]), tmp_path / "run", PAGES)
    run = load_run(tmp_path / "run")
    assert list(run.edits) == [gone]
    assert [outcome.status for outcome in run.outcomes] == ["obsolete"]
    assert run.tree is run.fitted


def test_what_is_no_run_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for name, complaint in {
        "empty": r"holds no run: manifest\.json is missing\.",
        "file": "holds no run: it is a file",
        "nothing": "holds no run: there is no such folder",
        "no/where": "holds no run: there is no such folder",
    }.items():
        with pytest.raises(RunError, match=complaint):
            load_run(tmp_path / name)


def test_a_run_of_a_later_release_asks_for_an_upgrade(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    manifest = tmp_path / "run" / "manifest.json"
    now, later = (f'"format_version": {FORMAT_VERSION + more}' for more in (0, 1))
    manifest.write_text(manifest.read_text().replace(now, later))
    expected = rf"has format {FORMAT_VERSION + 1}; .* up to {FORMAT_VERSION}\. .*pip install -U"
    for read in (load_run, verify_folder):
        with pytest.raises(RunError, match=expected):
            read(tmp_path / "run")


def test_a_manifest_that_only_claims_an_earlier_format_is_damaged(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    manifest = tmp_path / "run" / "manifest.json"
    now = f'"format_version": {FORMAT_VERSION}'
    manifest.write_text(manifest.read_text().replace(now, '"format_version": 1'))
    with pytest.raises(RunError, match=r"manifest\.json is not as it was written"):
        load_run(tmp_path / "run")


@pytest.mark.parametrize("content", ["[]", "7", "{", '{"seed": NaN}', '{"format_version": 2}'])
def test_a_manifest_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(RunError, match=r"manifest\.json is not as it was written"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"taxonomy.json": b"{}"},
        {"taxonomy.json": b"not JSON"},
        {"assignments.parquet": b"no table"},
        {"arrays.safetensors": b"no arrays"},
        {"scorecard.json": b'{"level1.ami": {}}'},
        {"history.json": b'{"runs": [{}]}'},
        {"changes.json": b"{}"},
    ],
)
def test_files_that_make_no_run_are_an_error_with_a_remedy(
    tmp_path: Path, changed: dict[str, bytes]
) -> None:
    write_folder(tmp_path / "run", Manifest(), files_of(small_run()) | changed)
    with pytest.raises(RunError, match="Make the run again"):
        load_run(tmp_path / "run")


@pytest.mark.parametrize(
    "catalogue",
    [None, "Toys", 1, {"Toys": 1}, [["Toys"]], [["Toys", "1"]], [[1, 1]], [["Toys", 1.5]], [7]],
)
def test_families_of_a_category_that_are_none_are_an_error_with_a_remedy(
    tmp_path: Path, catalogue: object
) -> None:
    files = files_of(small_run())
    record = json.loads(files["taxonomy.json"])
    record["topics"][0]["catalogue"] = catalogue
    damaged = {"taxonomy.json": json.dumps(record).encode()}
    write_folder(tmp_path / "run", Manifest(), files | damaged)
    with pytest.raises(RunError, match="Make the run again"):
        load_run(tmp_path / "run")


@pytest.mark.parametrize("path", ["../secret", "bertopic/../../secret", "/etc/hostname"])
def test_a_path_out_of_the_folder_is_neither_written_nor_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    files = {path: b"mine"}
    with pytest.raises(RunError, match="outside"):
        write_folder(tmp_path / "run", Manifest(), files)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_bytes(manifest_text(Manifest(), files))
    with pytest.raises(RunError, match="outside"):
        read_folder(tmp_path / "run")
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_a_new_run_replaces_the_old_one_whole(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "run", PAGES | {"changes.html": "old"})
    save_run(empty_run(), tmp_path / "run", PAGES)
    assert_same_run(load_run(tmp_path / "run"), empty_run())
    assert not (tmp_path / "run" / "changes.html").exists()
    assert names_in(tmp_path) == ["run"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    for refuse in (check_target, lambda folder: save_run(small_run(), folder, PAGES)):
        with pytest.raises(RunError, match="Choose another --out"):
            refuse(tmp_path / "photos")
    assert contents_of(tmp_path) == {"photos/cat.jpg": b"cat"}


def test_a_persons_own_files_beside_a_run_are_left_alone(tmp_path: Path) -> None:
    save_run(with_seed(1), tmp_path / "run", PAGES)
    (tmp_path / "run" / ".DS_Store").touch()
    save_run(with_seed(2), tmp_path / "run", PAGES)
    (tmp_path / "run" / "notes.txt").write_text("call the buyer")
    with pytest.raises(RunError, match=r"also notes\.txt"):
        save_run(with_seed(3), tmp_path / "run", PAGES)
    assert load_run(tmp_path / "run").manifest.seed == 2


def test_a_place_that_cannot_be_written_is_named_with_the_flag_that_helps(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for target in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError, match="another --out"):
            check_target(target)
        with pytest.raises(RunError, match="another --out"):
            save_run(small_run(), target, PAGES)
    assert names_in(tmp_path) == ["file"]


def test_an_empty_folder_and_a_link_to_one_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    save_run(with_seed(1), tmp_path / "link", PAGES)
    save_run(with_seed(2), tmp_path / "link", PAGES)
    assert (tmp_path / "link").is_symlink()
    assert load_run(tmp_path / "real").manifest.seed == 2


def test_a_disk_that_fills_up_leaves_the_old_run_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_run(with_seed(1), tmp_path / "run", PAGES)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(RunError, match=r"No space left on device\. Make room"):
            save_run(with_seed(2), tmp_path / "run", PAGES)
    assert names_in(tmp_path) == ["run"]
    assert load_run(tmp_path / "run").manifest.seed == 1


KILLED_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from topicmodel.datatypes import Manifest
from topicmodel.store.run_folder import write_folder

steps, last = 0, int(sys.argv[2])

def counted(function):
    def call(*arguments, **named):
        global steps
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1
        return function(*arguments, **named)
    return call

os.fsync, Path.rename, Path.mkdir = map(counted, (os.fsync, Path.rename, Path.mkdir))
write_folder(Path(sys.argv[1]), Manifest(seed=2), {"a.txt": b"new", "b/c.txt": b"new"})
"""


def test_a_save_that_is_killed_anywhere_leaves_the_old_run_or_the_new(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    seeds, code = [], -signal.SIGKILL
    while code == -signal.SIGKILL:
        write_folder(folder, Manifest(seed=1), {"a.txt": b"old"})
        assert names_in(tmp_path) == ["run"]
        command = [sys.executable, "-c", KILLED_AT_A_STEP, str(folder), str(len(seeds))]
        code = subprocess.run(command, timeout=60, check=False).returncode
        manifest, files = read_folder(folder)
        seeds.append(manifest.seed)
        assert files["a.txt"] == (b"old" if manifest.seed == 1 else b"new")
    assert code == 0
    # The last two: killed after it was put in place, and not killed.
    assert seeds == [1] * (len(seeds) - 2) + [2, 2]
    assert len(seeds) > 8


def test_a_run_that_a_killed_save_moved_aside_is_found_again(tmp_path: Path) -> None:
    save_run(with_seed(1), tmp_path / "run", PAGES)
    save_run(with_seed(5), tmp_path / "other", PAGES)
    (tmp_path / "run").rename(tmp_path / ".run.0123abcd.old")
    (tmp_path / ".run.0123abcd.partial").mkdir()
    with pytest.raises(RunError, match="no such folder"):
        load_run(tmp_path / "ru")
    assert load_run(tmp_path / "run").manifest.seed == 1
    assert load_run(tmp_path / "other").manifest.seed == 5


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_store import PAGES, with_seed
from topicmodel.store import load_run, save_run

for _ in range(8):
    save_run(with_seed(int(sys.argv[3])), Path(sys.argv[2]), PAGES)
    load_run(Path(sys.argv[2]))
"""


def test_two_processes_may_save_and_load_one_name_at_once(tmp_path: Path) -> None:
    helpers = str(Path(__file__).parent)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, helpers, str(tmp_path / "run"), str(seed)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in (1, 2)
    ]
    assert [writer.communicate(timeout=120)[1] for writer in writers] == ["", ""]
    assert load_run(tmp_path / "run").manifest.seed in (1, 2)
    assert names_in(tmp_path) == ["run"]


def test_loading_and_saving_need_no_encoder_and_no_pandas() -> None:
    script = """
import sys, topicmodel.store
heavy = {"torch", "pandas", "pyarrow", "safetensors", "bertopic"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted by /proc")
def test_reading_a_run_starts_no_threads_that_a_short_program_would_die_of(tmp_path: Path) -> None:
    save_run(small_run(), tmp_path / "run", PAGES)
    script = (
        "import pathlib, sys, topicmodel\n"
        "topicmodel.load(sys.argv[1])\n"
        "names = [t.read_text().strip() for t in pathlib.Path('/proc/self/task').glob('*/comm')]\n"
        "print(len([name for name in names if name != 'jemalloc_bg_thd']))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "run")],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "1"


def test_equal_texts_of_a_column_are_one_object() -> None:
    values = ["t1", None, "t2", "t1", None, ""]
    read = read_table(as_table({"topic": values}))["topic"]
    found = shared_values(read)
    assert found == values
    assert found[0] is found[3]
    assert shared_values(read.slice(0, 0)) == []
    assert shared_values(read.slice(1, 1)) == [None]
