from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from topicmodel.datatypes import Floats
from topicmodel.embedding import VectorCache, clear_cache, default_cache_path
from topicmodel.errors import EncoderError

TEXTS = [f"product {number}" for number in range(1200)]


def random_vectors(n_texts: int, n_dims: int = 16, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).standard_normal((n_texts, n_dims))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_what_is_put_is_got_back_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    vectors = random_vectors(len(TEXTS))
    order = np.random.default_rng(1).integers(0, len(TEXTS), 2000)
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", TEXTS, vectors)
    with VectorCache(tmp_path / "v.sqlite") as cache:
        got = cache.get("encoder", [TEXTS[row] for row in order])
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, vectors.astype(np.float16)[order])


def test_only_texts_that_were_put_for_the_encoder_are_held(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", TEXTS[:700], random_vectors(700))
        np.testing.assert_array_equal(cache.contains("encoder", TEXTS), np.arange(len(TEXTS)) < 700)
        assert not cache.contains("another", TEXTS).any()


def test_texts_that_look_alike_are_not_mixed_up(tmp_path: Path) -> None:
    texts = ["", " ", "a", "A", "a ", "\u00e4", "a\u0308", "\ud800", "a\x00b", "a\x00"]
    vectors = random_vectors(len(texts))
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", texts, vectors)
        np.testing.assert_array_equal(cache.get("encoder", texts), vectors.astype(np.float16))


def test_the_first_vector_of_a_text_stays(tmp_path: Path) -> None:
    first, second = random_vectors(2, seed=1), random_vectors(2, seed=2)
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", ["one", "two"], first)
        cache.put("encoder", ["two", "three"], second)
        got = cache.get("encoder", ["one", "two", "three"])
    np.testing.assert_array_equal(got, np.vstack([first, second[1:]]).astype(np.float16))


def test_a_text_that_is_not_there_is_an_error_and_no_vector(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", ["one"], random_vectors(1))
        with pytest.raises(EncoderError, match="lacks 2 of 3 texts"):
            cache.get("encoder", ["one", "two", "three"])


def test_a_chunk_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", ["one"], random_vectors(1))
        with pytest.raises(ValueError, match="zip"):
            cache.put("encoder", ["two", "three"], random_vectors(1))
        with pytest.raises(EncoderError, match="16 dimensions, not 8"):
            cache.put("encoder", ["two"], random_vectors(1, n_dims=8))
        assert cache.info().entries == {"encoder": 1}


def test_info_counts_the_texts_of_each_encoder(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite"
    with VectorCache(path) as cache:
        assert cache.info().entries == {}
        cache.put("one", TEXTS, random_vectors(len(TEXTS)))
        cache.put("two", TEXTS[:5], random_vectors(5))
        info = cache.info()
    assert info.entries == {"one": len(TEXTS), "two": 5}
    assert info.path == path
    assert path.stat().st_size >= len(TEXTS) * 32


def test_clear_forgets_everything_and_gives_the_space_back(tmp_path: Path) -> None:
    path = tmp_path / "v.sqlite"
    with VectorCache(path) as cache, VectorCache(path) as of_another_run:
        cache.put("one", TEXTS, random_vectors(len(TEXTS)))
        freed = clear_cache(path)
        assert freed > len(TEXTS) * 32
        assert cache.info().entries == {}
        of_another_run.put("one", ["new"], random_vectors(1))
        assert cache.info().entries == {"one": 1}


def test_clearing_no_cache_frees_nothing(tmp_path: Path) -> None:
    assert clear_cache(tmp_path / "none" / "v.sqlite") == 0
    assert not (tmp_path / "none").exists()


def not_a_database(path: Path) -> None:
    path.write_bytes(b"These are no vectors. " * 1000)


def of_a_later_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def without_its_tables(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def with_a_cut_vector(path: Path) -> None:
    with VectorCache(path) as cache:
        cache.put("encoder", ["text"], random_vectors(1))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE vectors SET vector = x'00'")
    connection.close()


def with_torn_pages(path: Path) -> None:
    with VectorCache(path) as cache:
        cache.put("encoder", [*TEXTS, "text"], random_vectors(len(TEXTS) + 1))
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [not_a_database, of_a_later_version, without_its_tables, with_a_cut_vector, with_torn_pages],
)
def test_a_damaged_file_is_named_with_the_command_that_mends_it(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "v.sqlite"
    damage(path)
    with (
        pytest.raises(EncoderError, match="topicmodel cache clear") as caught,
        VectorCache(path) as cache,
    ):
        cache.get("encoder", ["text"])
    assert str(path) in str(caught.value)

    clear_cache(path)
    with VectorCache(path) as cache:
        cache.put("encoder", ["text"], random_vectors(1))
        assert cache.contains("encoder", ["text"]).all()


def test_a_folder_that_cannot_be_made_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EncoderError, match="Set TOPICMODEL_CACHE"),
        VectorCache(tmp_path / "file" / "v.sqlite"),
    ):
        pass


def test_a_file_that_cannot_be_written_is_named_with_its_remedy(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(EncoderError, match=r"readonly.*Set TOPICMODEL_CACHE"):
            cache.put("encoder", ["text"], random_vectors(1))


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "v.sqlite") as cache:
        cache.put("encoder", ["text"], random_vectors(1))
        pages = cache._connection.execute("PRAGMA page_count").fetchone()[0]
        cache._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(EncoderError, match="full"):
            cache.put("encoder", TEXTS, random_vectors(len(TEXTS)))
        assert cache.info().entries == {"encoder": 1}


def test_a_cache_that_is_in_use_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("topicmodel.embedding.cache._BUSY_SECONDS", 0.1)
    path = tmp_path / "v.sqlite"
    with VectorCache(path) as cache:
        cache.put("encoder", ["text"], random_vectors(1))
        cache._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(EncoderError, match="locked"):
            clear_cache(path)
        cache._connection.execute("COMMIT")
        assert cache.contains("encoder", ["text"]).all()


def test_the_cache_lies_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPICMODEL_CACHE", str(tmp_path))
    assert default_cache_path() == tmp_path / "vectors.sqlite"
    monkeypatch.delenv("TOPICMODEL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert default_cache_path().parts[-2:] == ("topicmodel", "vectors.sqlite")


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from collections.abc import Callable
from pathlib import Path
from tiny_encoder import TinyEncoder
from topicmodel.embedding import VectorCache, embed

first = int(sys.argv[2])
for start in range(first, first + 3000, 300):
    with VectorCache(Path(sys.argv[1])) as cache:
        embed([f"product {n}" for n in range(start, start + 300)], TinyEncoder(), cache)
"""


def test_several_runs_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "v.sqlite"
    helpers = str(Path(__file__).parent)
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, str(path), str(first), helpers],
            stderr=subprocess.PIPE,
            text=True,
        )
        for first in (0, 1000, 2000)
    ]
    errors = [writer.communicate(timeout=120)[1] for writer in writers]
    assert errors == ["", "", ""]
    with VectorCache(path) as cache:
        assert cache.info().entries == {"tiny-encoder": 5000}
