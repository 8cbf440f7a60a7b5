"""Zip archives -> their members, which are read in place and never unpacked to disk."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from topicmodel.ingest.formats import is_wanted, is_zip_name
from topicmodel.ingest.packing import MOST_BYTES, MOST_RATIO, UNPACKS_TOO_FAR, most_unpacked

ZIP_ERRORS = (
    *(OSError, ValueError, RuntimeError, OverflowError),
    *(zipfile.BadZipFile, struct.error),
)
"""Errors of zipfile for a damaged or crafted zip, or one of an unknown compression."""

_MOST_MEMBERS = 100_000
_ENCRYPTED = 1


@dataclass(frozen=True)
class Member:
    """A file of rows in a zip."""

    info: zipfile.ZipInfo
    most: int
    """Maximum bytes that it may unpack to where it is a packed file itself."""


@dataclass(frozen=True)
class Members:
    """What is in a zip."""

    readable: Sequence[Member] = ()
    refused: Sequence[tuple[str, str]] = ()
    """Names of members that are not read, "" for the zip itself, each with the reason."""


def members_of(archive: zipfile.ZipFile, size: int) -> Members:
    """The members of a zip that hold rows, and those that are refused.

    What they promise to unpack to is refused together: members may share their packed bytes.

    Args:
        archive: the zip.
        size: of it, in bytes.
    """
    wanted = [
        info
        for info in archive.infolist()
        if info.filename and not info.is_dir() and is_wanted(PurePosixPath(info.filename))
    ]
    if not wanted:
        return Members(refused=[("", "the zip holds no file of rows, such as a CSV")])
    if len(wanted) > _MOST_MEMBERS:
        return Members(refused=[("", f"the zip holds over {_MOST_MEMBERS:,} files")])
    reasons = {info: _reason_to_refuse(info) for info in wanted}
    sound = [info for info in wanted if not reasons[info]]
    if sum(info.file_size for info in sound) > most_unpacked(size):
        return Members(refused=[("", f"the zip {UNPACKS_TOO_FAR}")])
    return Members(
        [Member(info, _most_of(info, len(sound))) for info in sound],
        [(info.filename, reason) for info, reason in reasons.items() if reason],
    )


def is_workbook(path: Path) -> bool:
    """Whether a zip is an Excel file, whatever its name is."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except ZIP_ERRORS:
        return False


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """The bytes of a member.

    Raises:
        BadZipFile: what the zip says of it is wrong, or unknown.
    """
    try:
        return archive.open(info)
    except ZIP_ERRORS as error:
        raise zipfile.BadZipFile(str(error)) from error


def _most_of(info: zipfile.ZipInfo, n_members: int) -> int:
    """Maximum bytes that a packed member may unpack to; all members together share one limit."""
    return max(MOST_BYTES // n_members, MOST_RATIO * info.compress_size)


def _reason_to_refuse(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack it first"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link; it is not followed"
    if is_zip_name(PurePosixPath(info.filename)):
        return "is a zip inside a zip; unpack it first"
    if info.file_size > max(MOST_BYTES, MOST_RATIO * info.compress_size):
        return UNPACKS_TOO_FAR
    return ""
