"""The vectors of all texts that were ever encoded, so that none is encoded twice.

One SQLite file, keyed by encoder identity and text. Several runs may use it at once.
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
"""A cache that is gone when it is closed."""

_BLOCK = 500
"""Texts that one query looks up."""
_STORED = np.dtype("<f2")
_BUSY_SECONDS = 60.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""What SQLite says of a damaged file; the last of them where a table or a column is missing."""
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
    """The cache file is damaged, or of another format."""


@dataclass(frozen=True)
class CacheInfo:
    """How full the cache is."""

    path: Path
    n_bytes: int
    """Size of the file and its journal."""
    entries: Mapping[str, int]
    """Encoder identity -> number of its texts."""


class VectorCache:
    """A cache file, opened by `with` and made where there is none.

    Vectors are held in half precision: components of unit vectors keep three decimal places.

    Raises:
        EncoderError: from any method, where the file cannot be used; with the remedy.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> VectorCache:
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Transactions are begun by hand, so that each says what it locks.
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
        """Close the file; all that was put is in it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def holds(self, identity: str, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n_texts,): which of these texts are there for that encoder."""
        held = np.zeros(len(texts), dtype=np.bool_)
        with self._transaction("BEGIN") as connection:
            encoder, _ = _find_encoder(connection, identity)
            for rows, _ in _look_up(connection, encoder, texts):
                held[rows] = True
        return held

    def get(self, identity: str, texts: Sequence[str]) -> Floats:
        """Vectors of texts that are all there: (n_texts, n_dims), in the order of the texts.

        They are the nearest in half precision to those that were put, so a little off unit length.

        Raises:
            EncoderError: a text is not there (any more).
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

        Where a text is there already its first vector stays: another run has been quicker.
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
        """Size of the file, and its entries by encoder."""
        with self._transaction("BEGIN") as connection:
            entries = connection.execute(
                "SELECT identity, COUNT(text) FROM encoders LEFT JOIN vectors ON encoder = id"
                " GROUP BY id ORDER BY identity"
            ).fetchall()
        return CacheInfo(self.path, _size(self.path), dict(entries))

    def clear(self) -> None:
        """Remove every entry and give the space back."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM encoders")
        with self._explained():
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Half a kilobyte a vector and more: larger pages hold it without overflow.
        connection.execute("PRAGMA page_size = 8192")
        _use_write_ahead_log(connection)
        # Survives a killed process; after a power cut the last chunks may have to be made again.
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
                # SQLite has rolled back by itself after some errors, such as a full disk.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of SQLite and of the file system as ours."""
        try:
            yield
        except sqlite3.Error as error:
            # The sqlite3 module's own complaints carry no code: they are about our calls.
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
    """The cache file of this user, or the one in the folder that TOPICMODEL_CACHE names."""
    import platformdirs

    folder = os.environ.get("TOPICMODEL_CACHE") or platformdirs.user_cache_dir("topicmodel")
    return Path(folder) / "vectors.sqlite"


def clear_cache(path: Path) -> int:
    """Empty the cache file, damaged or not; how many bytes that freed.

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
        # Any other file stays in place: SQLite loses data where one is removed while in use.
        _remove(path)
    return max(0, before - _size(path))


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # Two runs that make the file at the same moment block each other, for an instant, in a way
    # that SQLite's own waiting does not cover.
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
    """Row id and number of dimensions; (-1, 0) where the encoder is new."""
    found: tuple[int, int] | None = connection.execute(
        "SELECT id, n_dims FROM encoders WHERE identity = ?", (identity,)
    ).fetchone()
    return found or (-1, 0)


def _look_up(
    connection: sqlite3.Connection, encoder: int, texts: Sequence[str]
) -> Iterator[tuple[list[int], list[bytes]]]:
    """Rows in texts and vectors of those that are there, block by block."""
    if encoder < 0:
        return
    # In the order of the keys, neighbours lie on the same page of the file.
    keys = sorted((_key(text), row) for row, text in enumerate(texts))
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        asked = [key for key, _ in block] + [b""] * (_BLOCK - len(block))
        found = dict(connection.execute(_LOOK_UP, (encoder, *asked)))
        there = [(row, found[key]) for key, row in block if key in found]
        if there:
            rows, blobs = zip(*there, strict=True)
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
