"""Temporary copies of what cannot be read in place: standard input and web addresses."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeGuard
from urllib.parse import urlsplit, urlunsplit

from topicmodel.errors import DumpError, first_line
from topicmodel.files.secrets import masked
from topicmodel.ingest.records import AnySource

STANDARD_INPUT = "-"
_SECONDS = {"sock_connect": 30, "sock_read": 60}
"""Seconds that a web server may take to answer, and that it may then pause."""
_MORE_PACKAGES = "needs more packages: pip install 'topicmodel[remote]'"


@dataclass(frozen=True)
class Copy:
    """A file that was copied to this machine."""

    name: str
    """What it is a copy of, as shown to people: without passwords and keys."""
    title: PurePosixPath
    """The name by which its format is recognised."""
    path: Path


def copied(
    paths: Iterable[Path | str | Copy | AnySource], stack: ExitStack
) -> list[Path | str | Copy | AnySource]:
    """The paths, with a copy in place of standard input and of each address that needs one.

    A dump is read more than once, and not always from its start; so these are copied once. The
    copies are gone when `stack` closes. Addresses of object stores stay: they are read in place.

    Args:
        paths: files, folders, addresses, "-" for standard input, and what is copied already.
        stack: keeps the copies.

    Raises:
        DumpError: standard input is a keyboard or named twice; an address cannot be read, or needs
            packages that are not installed.
    """
    given = list(paths)
    if given.count(STANDARD_INPUT) > 1:
        raise DumpError("Standard input, -, can be read once only. Name it once.")
    return [each for path in given for each in _copies(path, stack)]


def _copies(
    path: Path | str | Copy | AnySource, stack: ExitStack
) -> list[Path | str | Copy | AnySource]:
    if path == STANDARD_INPUT:
        return [_standard_input(stack)]
    if is_address(path) and not is_of_a_store(path):
        return [*_fetched(path, stack)]
    return [path]


def _standard_input(stack: ExitStack) -> Copy:
    if sys.stdin is None or sys.stdin.isatty():
        raise DumpError("- reads standard input, and nothing is piped into it. Name a file.")
    name = "standard input"
    return Copy(name, PurePosixPath(), _kept(sys.stdin.buffer, name, stack))


def _fetched(address: str, stack: ExitStack) -> list[Copy]:
    shown = _without_secrets(address)
    try:
        return _fetch(address, shown, stack)
    except DumpError:
        raise
    except ImportError as error:
        raise DumpError(f"Reading {shown} {_MORE_PACKAGES}") from error
    except Exception as error:
        # Each kind of server has errors of its own, of no common kind.
        said = first_line(error, hidden=[(address, shown)])
        raise DumpError(f"Cannot read {shown}: {said}") from error


def _fetch(address: str, shown: str, stack: ExitStack) -> list[Copy]:
    from fsspec.core import url_to_fs

    system, root = url_to_fs(address, **_options(address))
    is_web = bool(_options(address))
    # A web server has no folders; what it lists is a page of links.
    found = [root] if is_web or not system.isdir(root) else sorted(system.find(root))
    copies = []
    for path in found:
        below = path.removeprefix(root).strip("/")
        name = f"{shown.rstrip('/')}/{below}" if below else shown
        with system.open(path, "rb", **({"block_size": 0} if is_web else {})) as file:
            title = PurePosixPath(below or urlsplit(shown).path.rpartition("/")[2])
            copies.append(Copy(name, title, _kept(file, name, stack)))
    return copies


def _options(address: str) -> dict[str, Any]:
    if not address.startswith(("http://", "https://")):
        return {}
    from aiohttp import ClientTimeout

    # Redirects to anything but the web are refused by aiohttp itself.
    return {"client_kwargs": {"timeout": ClientTimeout(total=None, **_SECONDS)}}


def _kept(stream: IO[bytes], name: str, stack: ExitStack) -> Path:
    try:
        with tempfile.NamedTemporaryFile(prefix="topicmodel-", delete=False) as file:
            path = Path(file.name)
            stack.callback(path.unlink, missing_ok=True)
            shutil.copyfileobj(stream, file, 1 << 20)
    except OSError as error:
        raise DumpError(
            f"Cannot copy {name} to {tempfile.gettempdir()}: {error.strerror or error}. "
            "Is there room? TMPDIR may name another folder."
        ) from error
    return path


def _without_secrets(address: str) -> str:
    """An address without user, password, and what follows a question mark."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


_STORES = ("s3://", "gs://", "gcs://", "abfs://", "abfss://", "hdfs://", "viewfs://", "file://")


@dataclass(frozen=True)
class RemoteFile:
    """A file that is read through its address."""

    name: str
    """Shown to people: the address that was given, and the path below it."""
    path: PurePosixPath
    """Below the folder that was named; the file's own name where it was named itself."""
    size: int
    opener: Callable[[], IO[bytes]]
    """Opens it, in any process that may reach the store."""


def is_address(path: object) -> TypeGuard[str]:
    """Whether it is an address, such as `s3://bucket/folder`, and no path."""
    return isinstance(path, str) and "://" in path


def is_of_a_store(address: str) -> bool:
    """Whether pyarrow reads it in place; all else is fetched first."""
    return address.casefold().startswith(_STORES)


def remote_files(address: str) -> list[RemoteFile]:
    """The file at an address, or all files below it, by name.

    Keys and regions are found as the store's own tools find them: in the environment, in their
    files, or in the address.

    Raises:
        DumpError: the address is of no known kind, cannot be reached, or nothing is there.
    """
    from pyarrow.fs import FileSelector, FileType

    try:
        system, root = _file_system(address)
        info = system.get_file_info(root)
        if info.type == FileType.File:
            found = [info]
        else:
            found = system.get_file_info(FileSelector(root, recursive=True))
    except (OSError, ValueError) as error:  # pyarrow's own errors are of these two kinds
        raise DumpError(masked(f"Cannot read {address}: {first_line(error)}")) from error
    files = [each for each in found if each.type == FileType.File]
    return [_remote_file(address, root, each) for each in sorted(files, key=lambda one: one.path)]


def _remote_file(address: str, root: str, info: Any) -> RemoteFile:
    below = info.path.removeprefix(root).strip("/")
    return RemoteFile(
        name=masked(f"{address.rstrip('/')}/{below}" if below else address),
        path=PurePosixPath(below or info.base_name),
        size=info.size,
        opener=partial(_open, address, info.path),
    )


def _open(address: str, path: str) -> IO[bytes]:
    file: IO[bytes] = _file_system(address)[0].open_input_file(path)
    return file


def _file_system(address: str) -> tuple[Any, str]:
    from pyarrow.fs import FileSystem

    system, root = FileSystem.from_uri(address)
    return system, root
