"""Paths in, named byte streams out: files, folders, gzip, zip, and addresses of object stores."""

from __future__ import annotations

import difflib
import gzip
import io
import math
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from topicmodel.datatypes import Reject
from topicmodel.errors import DumpError
from topicmodel.ingest.addresses import RemoteFile, is_address, remote_files
from topicmodel.ingest.streams import Readable, filtered
from topicmodel.masking import masked

Format = Literal["table", "json", "lines", "parquet"]

READABLE = "CSV, TSV, JSON, JSON lines or Parquet, plain, gzipped or in a zip"
_FORMATS: dict[str, Format] = {
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".jl": "lines",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_GZIP_MARK = b"\x1f\x8b"
_ZIP_MARK = b"PK\x03\x04"
_PARQUET_MARK = b"PAR1"
_MOST_BYTES = 1 << 30
_MOST_RATIO = 100
_UNPACKS_TOO_FAR = "unpacks to over 100 times its size and over 1 GiB"


@dataclass(frozen=True)
class Source:
    """One file of rows, wherever it lies."""

    name: str
    """For people: the path as given, and `:member` for a file in a zip."""
    format: Format
    size: int
    """Bytes that reading it to the end reports to `advance`."""
    opener: Callable[[], IO[bytes]]
    path: Path | None = None
    """Where it lies when it is a plain file of its own."""
    is_apart: bool = True
    """Whether any process may open it, as it may not the members of an open zip."""

    @property
    def is_plain(self) -> bool:
        """Whether its bytes lie in a file of their own, unpacked."""
        with self.opener() as raw:
            return self.path is not None and not raw.read(2).startswith(_GZIP_MARK)

    @contextmanager
    def open(self, advance: Callable[[int], None]) -> Iterator[io.BufferedReader]:
        """Its bytes, unpacked. `advance` is told how many bytes were read before unpacking."""
        with self.opener() as raw:
            stream = _count(raw, advance, math.inf)
            if not stream.peek(2).startswith(_GZIP_MARK):
                yield stream
                return
            with gzip.GzipFile(fileobj=stream) as unpacked:
                yield _count(unpacked, _ignore, max(_MOST_BYTES, _MOST_RATIO * self.size))


def find_sources(
    paths: Iterable[Path | str | Source], stack: ExitStack
) -> tuple[list[Source], list[Reject]]:
    """The files of rows behind paths, in order; folders are searched through, names sorted.

    What is a source already, such as the fetched rows of a query, is taken as it is.

    Zip archives stay open until `stack` closes; their members are read in place, never unpacked to
    disk. Members that cannot or should not be read come back as rejects.

    Raises:
        DumpError: a path does not exist, is no format we read, or is a folder without such a file.
    """
    sources: list[Source] = []
    rejects: list[Reject] = []
    for path in _distinct_files(paths):
        if isinstance(path, Source):
            sources.append(path)
        elif isinstance(path, RemoteFile):
            _add_remote(path, sources, rejects)
        elif _is_zip(path):
            _add_members(path, stack, sources, rejects)
        else:
            sources.append(_file_source(path))
    return sources, rejects


def _distinct_files(paths: Iterable[Path | str | Source]) -> list[Path | RemoteFile | Source]:
    files: dict[Path | str, Path | RemoteFile | Source] = {}
    for path in paths:
        if isinstance(path, Source):
            files[path.name] = path
        elif is_address(path):
            files |= {file.name: file for file in _remote_files(str(path))}
        else:
            files |= {file.resolve(): file for file in _files(Path(path))}
    return list(files.values())


def _remote_files(address: str) -> list[RemoteFile]:
    found = remote_files(address)
    runs = {file.path.parent for file in found if file.path.name == "manifest.json"}
    files = [file for file in found if _is_wanted(file.path) and runs.isdisjoint(file.path.parents)]
    if not files:
        raise DumpError(f"{masked(address)} holds no file that can be read: {READABLE}.")
    return files


def _add_remote(file: RemoteFile, sources: list[Source], rejects: list[Reject]) -> None:
    kind = _format_of(file.path)
    if kind is None:
        rejects.append(Reject(file.name, 1, "a zip that is read from afar; unpack it first", ""))
    else:
        sources.append(Source(file.name, kind, file.size, file.opener))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DumpError(_missing(path))
    found = [file for file in sorted(path.rglob("*")) if _is_wanted(file.relative_to(path))]
    # A run that was written into the dump's folder is no part of the dump.
    runs = {file.parent for file in path.rglob("manifest.json")}
    files = [file for file in found if file.is_file() and runs.isdisjoint(file.parents)]
    if not files:
        raise DumpError(f"The folder {path} holds no file that can be read: {READABLE}.")
    return files


def _missing(path: Path) -> str:
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    hint = f"Did you mean {path.parent / near[0]}?" if near else "Check the path."
    return f"There is no file or folder {path}. {hint}"


def _is_wanted(name: Path | PurePosixPath) -> bool:
    junk = any(part == "__MACOSX" or part.startswith(".") for part in name.parts if part != "..")
    return not junk and (_format_of(name) is not None or _bare(name).suffix.lower() == ".zip")


def _bare(name: Path | PurePosixPath) -> Path | PurePosixPath:
    return name.with_suffix("") if name.suffix.lower() == ".gz" else name


def _format_of(name: Path | PurePosixPath) -> Format | None:
    return _FORMATS.get(_bare(name).suffix.lower())


def _is_zip(path: Path) -> bool:
    if path.suffix.lower() == ".zip":
        return True
    return _format_of(path) is None and _head(path).startswith(_ZIP_MARK)


def _file_source(path: Path) -> Source:
    kind = _format_of(path) or _format_by_content(path)
    return Source(str(path), kind, path.stat().st_size, partial(_open, path), path)


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _head(path: Path) -> bytes:
    probe = Source(str(path), "table", path.stat().st_size, partial(_open, path))
    try:
        with probe.open(_ignore) as stream:
            return stream.read(4096)
    except (OSError, EOFError, zlib.error) as error:
        raise DumpError(f"Cannot read {path}: {error}.") from error


def _format_by_content(path: Path) -> Format:
    head = _head(path)
    if head.startswith(_PARQUET_MARK):
        return "parquet"
    text = head.decode(
        "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8", "replace"
    )
    if "\0" in text:
        raise DumpError(f"{path} is in no format that can be read. Save it as {READABLE}.")
    return "json" if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else "table"


def _add_members(
    path: Path, stack: ExitStack, sources: list[Source], rejects: list[Reject]
) -> None:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (OSError, zipfile.BadZipFile) as error:
        rejects.append(Reject(str(path), 1, f"the zip cannot be opened: {error}", ""))
        return
    members = [info for info in archive.infolist() if _is_wanted_member(info)]
    if not members:
        rejects.append(Reject(str(path), 1, "the zip holds no CSV, TSV, JSON or Parquet file", ""))
    for info in members:
        name = f"{path}:{info.filename}"
        if reason := _reason_to_refuse(info):
            rejects.append(Reject(name, 1, reason, ""))
        else:
            kind = _FORMATS[_bare(PurePosixPath(info.filename)).suffix.lower()]
            sources.append(
                Source(name, kind, info.file_size, partial(archive.open, info), is_apart=False)
            )


def _is_wanted_member(info: zipfile.ZipInfo) -> bool:
    return not info.is_dir() and _is_wanted(PurePosixPath(info.filename))


def _reason_to_refuse(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 1:
        return "is encrypted; unpack it first"
    if info.filename.lower().endswith((".zip", ".zip.gz")):
        return "is a zip inside a zip; unpack it first"
    if info.file_size > max(_MOST_BYTES, _MOST_RATIO * info.compress_size):
        return _UNPACKS_TOO_FAR
    return ""


def _ignore(_amount: int) -> None:
    """Nobody wants to know."""


def _count(stream: Readable, advance: Callable[[int], None], limit: float) -> io.BufferedReader:
    total = 0

    def count(chunk: bytes) -> bytes:
        nonlocal total
        total += len(chunk)
        if total > limit:
            raise OSError(_UNPACKS_TOO_FAR)
        advance(len(chunk))
        return chunk

    return filtered(stream, count)
