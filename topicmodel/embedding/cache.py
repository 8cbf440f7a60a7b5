"""Cache of the vectors of all texts that were ever encoded, so that none is encoded twice.

One SQLite file, keyed by encoder identity and text. Several runs may use it at the same time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from topicmodel.datatypes import Floats
from topicmodel.errors import EncoderError

SCHEMA_VERSION = 1

IN_MEMORY = Path(":memory:")
"""Path of a cache that exists in memory only, until it is closed."""

_BLOCK = 500
"""Number of texts that one query looks up."""
_STORED = np.dtype("<f2")
_BUSY_SECONDS = 60.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""Error codes of SQLite for a damaged file; the last one means a missing table or column."""
_SCHEMA = (
    "CREATE TABLE encoders ("
    " id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, n_dims INTEGER NOT NULL)",
    "CREATE TABLE vectors ("
    " encoder INTEGER NOT NULL, text BLOB NOT NULL, vector BLOB NOT NULL,"
    " PRIMARY KEY (encoder, text)) WITHOUT ROWID",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
_LOOK_UP = "SELECT text, vector FROM vectors WHERE encoder = ? AND text IN ({})".format(  # noqa: S608 - only question marks are put in
    ", ".join("?" * _BLOCK)
)


class UnusableCacheError(EncoderError):
    """The cache file is damaged or has another format."""


@dataclass(frozen=True)
class CacheInfo:
    """Size and contents of a cache file."""

    path: Path
    n_bytes: int
    """Size of the file and its write-ahead log."""
    entries: Mapping[str, int]
    """Encoder identity -> number of its texts."""


class VectorCache:
    """A cache file, opened by `with`, and created if it does not exist.

    Vectors are stored in half precision: components of unit vectors keep three decimal places.

    Raises:
        EncoderError: from any method, if the file cannot be used; the message names the remedy.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> VectorCache:
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Transactions are begun explicitly, so that each one chooses its lock.
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None
            )
            try:
                self._prepare(self._connection)
            except BaseException:
                self.close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Everything that was put has been written to it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def contains(self, identity: str, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n_texts,): whether the cache has the vector of each text by this encoder."""
        is_cached = np.zeros(len(texts), dtype=np.bool_)
        with self._transaction("BEGIN") as connection:
            encoder, _ = _find_encoder(connection, identity)
            for rows, _ in _look_up(connection, encoder, texts):
                is_cached[rows] = True
        return is_cached

    def get(self, identity: str, texts: Sequence[str]) -> Floats:
        """Vectors of texts that are all in the cache: (n_texts, n_dims), in the order of the texts.

        They are those that were put, rounded to half precision, so not quite of unit length.

        Raises:
            EncoderError: a text is not, or no longer, in the cache.
        """
        with self._transaction("BEGIN") as connection:
            encoder, n_dims = _find_encoder(connection, identity)
            vectors = np.empty((len(texts), n_dims), dtype=np.float32)
            n_found = 0
            for rows, blobs in _look_up(connection, encoder, texts):
                vectors[rows] = self._decode(blobs, n_dims)
                n_found += len(rows)
        if n_found < len(texts):
            raise EncoderError(
                f"The vector cache {self.path} lacks {len(texts) - n_found} of {len(texts)} "
                "texts, as when it is cleared during a run. Run again."
            )
        return vectors

    def put(self, identity: str, texts: Sequence[str], vectors: Floats) -> None:
        """Add texts with their vectors (n_texts, n_dims): all of them or, on an error, none.

        If a text is there already, as another run has added it, its first vector stays.
        """
        blobs = [vector.tobytes() for vector in vectors.astype(_STORED)]
        rows = sorted(zip(map(_key, texts), blobs, strict=True))
        with self._transaction("BEGIN IMMEDIATE") as connection:
            encoder = self._register(connection, identity, vectors.shape[1])
            connection.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                ((encoder, key, blob) for key, blob in rows),
            )

    def info(self) -> CacheInfo:
        """Size of the file, and its number of texts by encoder."""
        with self._transaction("BEGIN") as connection:
            entries = connection.execute(
                "SELECT identity, COUNT(text) FROM encoders LEFT JOIN vectors ON encoder = id"
                " GROUP BY id ORDER BY identity"
            ).fetchall()
        return CacheInfo(self.path, _size(self.path), dict(entries))

    def clear(self) -> None:
        """Remove every entry and free the disk space."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM encoders")
        with self._explained():
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # A vector takes half a kilobyte or more; in larger pages it needs no overflow pages.
        connection.execute("PRAGMA page_size = 8192")
        _use_write_ahead_log(connection)
        # Safe if the process is killed; after a power cut the last chunks may be encoded again.
        connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction("BEGIN IMMEDIATE"):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA:
                    connection.execute(statement)
            elif version != SCHEMA_VERSION:
                raise self._unusable(f"has format {version}, not {SCHEMA_VERSION}")

    def _register(self, connection: sqlite3.Connection, identity: str, n_dims: int) -> int:
        connection.execute(
            "INSERT OR IGNORE INTO encoders (identity, n_dims) VALUES (?, ?)", (identity, n_dims)
        )
        encoder, known_dims = _find_encoder(connection, identity)
        if known_dims != n_dims:
            raise self._unusable(f"has vectors of {known_dims} dimensions, not {n_dims}")
        return encoder

    def _decode(self, blobs: Sequence[bytes], n_dims: int) -> npt.NDArray[np.float16]:
        if {len(blob) for blob in blobs} != {n_dims * _STORED.itemsize}:
            raise self._unusable("is damaged (a vector has the wrong length)")
        return np.frombuffer(b"".join(blobs), dtype=_STORED).reshape(len(blobs), n_dims)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        if connection is None:
            raise ValueError("The vector cache is not open: use it in a with statement.")
        with self._explained():
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # After some errors, such as a full disk, SQLite itself has rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise errors of SQLite and of the file system as errors with a remedy."""
        try:
            yield
        except sqlite3.Error as error:
            # Errors without a code come from the sqlite3 module and mean a bug in our calls.
            code = getattr(error, "sqlite_errorcode", None)
            if code is None:
                raise
            if code & 0xFF in _DAMAGE:
                raise self._unusable(f"is damaged ({error})") from error
            raise self._out_of_reach(str(error)) from error
        except OSError as error:
            raise self._out_of_reach(error.strerror or str(error)) from error

    def _unusable(self, reason: str) -> UnusableCacheError:
        return UnusableCacheError(
            f"The vector cache {self.path} {reason}. `topicmodel cache clear` starts it afresh."
        )

    def _out_of_reach(self, reason: str) -> EncoderError:
        return EncoderError(
            f"Cannot use the vector cache {self.path}: {reason}. Set TOPICMODEL_CACHE to a folder "
            "that can be written and has room."
        )


def default_cache_path() -> Path:
    """The cache file in the folder that TOPICMODEL_CACHE names, or in this user's cache folder."""
    import platformdirs

    folder = os.environ.get("TOPICMODEL_CACHE") or platformdirs.user_cache_dir("topicmodel")
    return Path(folder) / "vectors.sqlite"


def clear_cache(path: Path) -> int:
    """Empty the cache file, even if it is damaged, and return the number of bytes freed.

    Raises:
        EncoderError: the file cannot be changed.
    """
    if not path.exists():
        return 0
    before = _size(path)
    try:
        with VectorCache(path) as cache:
            cache.clear()
    except UnusableCacheError:
        # Only a damaged file is removed: removing one that is in use makes SQLite lose data.
        _remove(path)
    return max(0, before - _size(path))


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # Two runs that create the file at the same moment lock each other out briefly, and SQLite's own
    # waiting does not cover this case.
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _find_encoder(connection: sqlite3.Connection, identity: str) -> tuple[int, int]:
    """Row id of the encoder and its number of dimensions; (-1, 0) if it has no entries."""
    row: tuple[int, int] | None = connection.execute(
        "SELECT id, n_dims FROM encoders WHERE identity = ?", (identity,)
    ).fetchone()
    return row or (-1, 0)


def _look_up(
    connection: sqlite3.Connection, encoder: int, texts: Sequence[str]
) -> Iterator[tuple[list[int], list[bytes]]]:
    """Indices and vectors of the texts that are in the cache, block by block."""
    if encoder < 0:
        return
    # Sorted, since neighbouring keys are on the same page of the file.
    keys = sorted((_key(text), row) for row, text in enumerate(texts))
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        padded = [key for key, _ in block] + [b""] * (_BLOCK - len(block))
        blob_of = dict(connection.execute(_LOOK_UP, (encoder, *padded)))
        cached = [(row, blob_of[key]) for key, row in block if key in blob_of]
        if cached:
            rows, blobs = zip(*cached, strict=True)
            yield list(rows), list(blobs)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _size(path: Path) -> int:
    files = (path.with_name(path.name + ending) for ending in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _remove(path: Path) -> None:
    try:
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise EncoderError(f"Cannot remove the vector cache {path}: {error.strerror}.") from error
