"""Files of an object store, or of anything else that pyarrow knows by an address such as s3://."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, TypeGuard

from topicmodel.errors import DumpError
from topicmodel.files.secrets import masked

_STORES = ("s3://", "gs://", "gcs://", "abfs://", "abfss://", "hdfs://", "viewfs://", "file://")


@dataclass(frozen=True)
class RemoteFile:
    """A file that is read through its address."""

    name: str
    """For people: the address that was given, and the path below it."""
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
        raise DumpError(masked(f"Cannot read {address}: {_first_line(error)}")) from error
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


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(". ") + "."
