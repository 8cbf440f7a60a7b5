"""Paths in, named byte streams out: files, folders, zips, workbooks, addresses."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from topicmodel.datatypes import Reject
from topicmodel.errors import DumpError
from topicmodel.files.secrets import masked
from topicmodel.ingest.archives import ZIP_ERRORS, is_workbook, members_of, open_member
from topicmodel.ingest.copies import Copy, RemoteFile, copied, is_address, remote_files
from topicmodel.ingest.formats import (
    READABLE,
    ZIP_MARK,
    Format,
    format_by_mark,
    format_by_name,
    format_of_text,
    is_wanted,
)
from topicmodel.ingest.packing import UNPACKING_ERRORS, ignore
from topicmodel.ingest.paths import local_files
from topicmodel.ingest.records import AnySource, Records
from topicmodel.ingest.source import Source
from topicmodel.settings import IngestSettings

_HEAD = 4096


@dataclass
class Found:
    """The files that the paths of a dump stand for."""

    settings: IngestSettings
    """How files are read."""
    sources: list[AnySource] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    """Files that cannot or should not be read."""
    notes: list[str] = field(default_factory=list)
    """Sentences about what else is left out."""

    def add(self, source: Source) -> None:
        """Add a file that is to be read."""
        self.sources.append(replace(source, settings=self.settings))


def find_sources(
    paths: Iterable[Path | str | Copy | AnySource], stack: ExitStack, settings: IngestSettings
) -> Found:
    """The files of rows behind paths, in order; folders are searched through, names sorted.

    What is a source already, such as the fetched rows of a query or records, is taken as it is.

    Zip archives, and copies of what cannot be read in place, are there until `stack` closes.

    Raises:
        DumpError: a path does not exist, is no format we read, or is a folder without such a file.
    """
    found = Found(settings)
    for file in _distinct_files(copied(paths, stack), found):
        if isinstance(file, AnySource):
            found.sources.append(file)
        elif isinstance(file, RemoteFile):
            _add_remote(file, found)
        elif _is_zip(file):
            _add_members(file, stack, found)
        else:
            found.add(_file_source(file))
    return _with_sheets(found)


def _distinct_files(
    paths: Iterable[Path | str | Copy | AnySource], found: Found
) -> list[Copy | RemoteFile | AnySource]:
    files: dict[Path | str, Copy | RemoteFile | AnySource] = {}
    for path in paths:
        if isinstance(path, AnySource):
            files[path.name] = path
        elif isinstance(path, Copy):
            files[path.path] = path
        elif is_address(path):
            files |= {file.name: file for file in _remote_files(path)}
        else:
            local = local_files(Path(path))
            found.rejects += local.rejects
            found.notes += local.notes
            for file in local.files:
                files[file.resolve()] = Copy(str(file), PurePosixPath(file.name), file)
    return list(files.values())


def _remote_files(address: str) -> list[RemoteFile]:
    found = remote_files(address)
    runs = {file.path.parent for file in found if file.path.name == "manifest.json"}
    files = [file for file in found if is_wanted(file.path) and runs.isdisjoint(file.path.parents)]
    if not files:
        raise DumpError(f"{masked(address)} holds no file that can be read. Name {READABLE}.")
    return files


def _add_remote(file: RemoteFile, found: Found) -> None:
    kind = format_by_name(file.path)
    if kind is None:
        found.rejects.append(
            Reject(file.name, 1, "is a zip that is read from afar; unpack it first", "")
        )
    else:
        found.add(Source(file.name, kind, file.size, file.opener))


def _is_zip(file: Copy) -> bool:
    head = _head(file)
    if head.startswith(ZIP_MARK):
        return format_by_name(file.title) != "excel" and not is_workbook(file.path)
    return file.title.suffix.lower() == ".zip"


def _file_source(file: Copy) -> Source:
    size = file.path.stat().st_size
    return Source(file.name, _format_of(file), size, partial(_open, file.path), file.path)


def _format_of(file: Copy) -> Format:
    """What its first bytes say beyond doubt, or else its name, or else how its text begins."""
    head = _head(file)
    if head.startswith(ZIP_MARK):
        return "excel"
    if kind := format_by_mark(head) or format_by_name(file.title):
        return kind
    head = _head(file, must=True)
    kind = format_by_mark(head) or format_of_text(head)
    if kind is None:
        raise DumpError(f"{file.name} is in no format that can be read. Save it as {READABLE}.")
    return kind


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _head(file: Copy, *, must: bool = False) -> bytes:
    """The first bytes; as they lie there, or unpacked where they `must` tell the format.

    Raises:
        DumpError: it cannot be read at all.
    """
    try:
        if not must:
            with file.path.open("rb") as raw:
                return raw.read(_HEAD)
        probe = Source(file.name, "table", file.path.stat().st_size, partial(_open, file.path))
        with probe.open(ignore) as stream:
            return stream.read(_HEAD)
    except UNPACKING_ERRORS as error:
        raise DumpError(f"Cannot read {file.name}: {error}.") from error


def _add_members(file: Copy, stack: ExitStack, found: Found) -> None:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file.path))
        members = members_of(archive, file.path.stat().st_size)
    except ZIP_ERRORS as error:
        found.rejects.append(Reject(file.name, 1, f"the zip cannot be opened: {error}", ""))
        return
    for member, reason in members.refused:
        found.rejects.append(Reject(_join(file.name, member), 1, reason, ""))
    for each in members.readable:
        info = each.info
        kind = format_by_name(PurePosixPath(info.filename)) or "table"
        opener = partial(open_member, archive, info)
        found.add(
            Source(
                _join(file.name, info.filename),
                kind,
                info.file_size,
                opener,
                is_apart=False,
                most=each.most,
            )
        )


def _join(file: str, member: str) -> str:
    return f"{file}:{member}" if member else file


def _with_sheets(found: Found) -> Found:
    """The same with a source for each sheet of a workbook that holds rows."""
    from topicmodel.ingest.workbooks import sheets_of

    sources: list[AnySource] = []
    for source in found.sources:
        if isinstance(source, Records) or source.format != "excel":
            sources.append(source)
            continue
        try:
            sheets = sheets_of(source)
        except UNPACKING_ERRORS as error:
            found.rejects.append(Reject(source.name, 1, f"cannot be read: {error}", ""))
            continue
        sources += [
            replace(source, name=f"{source.name}:{sheet}", sheet=sheet) for sheet in sheets.read
        ]
        found.notes += [
            f"not read: the sheet {sheet} of {source.name}, which {why}"
            for sheet, why in sheets.left_out
        ]
    return replace(found, sources=sources)
