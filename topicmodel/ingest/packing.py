"""Packed bytes in, plain bytes out, up to a limit: gzip, bzip2 and zstd, known by their marks."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from topicmodel.ingest.streams import Readable, filtered

MOST_BYTES = 1 << 24
MOST_RATIO = 100
UNPACKS_TOO_FAR = "unpacks to over 100 times its size and over 16 MB"
UNPACKING_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""Errors of the unpacking libraries for a damaged file."""

_GZIP_MARK = b"\x1f\x8b"
_ZSTD_MARK = b"\x28\xb5\x2f\xfd"
_BZIP2_MARK = b"BZh"
# A text may begin with "BZh" too; these follow it and a digit in every file of bzip2.
_BZIP2_NEXT = (b"1AY&SY", b"\x17rE8P\x90")


def most_unpacked(size: int) -> int:
    """Maximum bytes that a file of so many packed bytes may unpack to."""
    return max(MOST_BYTES, MOST_RATIO * size)


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is packed."""
    return _unpacker(head) is not None


@contextmanager
def unpacked(
    raw: IO[bytes], most: int, advance: Callable[[int], None]
) -> Iterator[io.BufferedReader]:
    """The bytes of a file, unpacked where they are packed; what is packed twice is unpacked once.

    Args:
        raw: the file.
        most: bytes that it may unpack to; OSError is raised where there are more.
        advance: told how many bytes were read, before unpacking.
    """
    stream = _counted(raw, advance, math.inf)
    opened = _unpacker(stream.peek(10))
    if opened is None:
        yield stream
        return
    with opened(stream) as plain:
        yield _counted(plain, ignore, most)


def _unpacker(head: bytes) -> Callable[[io.BufferedReader], Any] | None:
    if head.startswith(_GZIP_MARK):
        return _gzip
    if head.startswith(_ZSTD_MARK):
        return _zstd
    if head.startswith(_BZIP2_MARK) and head[4:].startswith(_BZIP2_NEXT):
        return bz2.BZ2File
    return None


def _gzip(stream: io.BufferedReader) -> gzip.GzipFile:
    return gzip.GzipFile(fileobj=stream)


def _zstd(stream: io.BufferedReader) -> Any:
    from pyarrow import CompressedInputStream

    return CompressedInputStream(stream, "zstd")


def _counted(stream: Readable, advance: Callable[[int], None], most: float) -> io.BufferedReader:
    total = 0

    def count(chunk: bytes) -> bytes:
        nonlocal total
        total += len(chunk)
        if total > most:
            raise OSError(UNPACKS_TOO_FAR)
        advance(len(chunk))
        return chunk

    return filtered(stream, count)


def ignore(*_facts: object) -> None:
    """Do nothing: for callers who need not be told how far the reading is."""
