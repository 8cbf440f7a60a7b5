"""Paths, folders and patterns -> the files that are meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from topicmodel.datatypes import Reject
from topicmodel.errors import DumpError
from topicmodel.ingest.formats import READABLE, is_unread, is_wanted

_MAGIC = frozenset("*?[")
_MOST_COMPARED = 1000


@dataclass
class LocalFiles:
    """The files that a path stands for."""

    files: list[Path] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    """Links and special files that are not followed."""
    notes: list[str] = field(default_factory=list)


def local_files(path: Path) -> LocalFiles:
    """The file itself, all files below a folder, or those that a pattern such as `*.csv` matches.

    In folders and patterns, what is hidden is left out, and so are runs of this program. A link is
    followed where it stays within the folder.

    Raises:
        DumpError: nothing is there, it is no regular file, or it may not be read.
    """
    try:
        return _found(path)
    except (OSError, ValueError) as error:  # the second: a pattern such as a**b
        raise DumpError(
            f"Cannot read {path}: {getattr(error, 'strerror', None) or error}."
        ) from error


def _found(path: Path) -> LocalFiles:
    if path.is_file():
        return LocalFiles([path])
    if path.is_dir():
        return _below(path, path.rglob("*"), f"The folder {path} holds no file that can be read")
    if path.exists():
        raise DumpError(
            f"{path} is neither a file nor a folder. Hand its content over through standard input: "
            f"cat {path} | topicmodel fit - ..."
        )
    if not is_pattern(str(path)):
        raise DumpError(_missing(path))
    root, pattern = _split_pattern(path)
    found = sorted(root.glob(pattern)) if root.is_dir() else []
    if len(found) == 1 and found[0].is_dir():
        return _found(found[0])
    return _below(root, _with_folders(found), f"No file that can be read matches {path}")


def is_pattern(path: str) -> bool:
    """Whether a path holds wildcards."""
    return not _MAGIC.isdisjoint(path)


def _split_pattern(path: Path) -> tuple[Path, str]:
    """The folder above all wildcards, and the rest."""
    fixed = Path(path.anchor) if path.anchor else Path()
    parts = list(path.relative_to(path.anchor).parts)
    while _MAGIC.isdisjoint(parts[0]):
        fixed /= parts.pop(0)
    # A pattern that ends in ** would give folders only.
    return fixed, "/".join([*parts, "*"] if parts[-1] == "**" else parts)


def _with_folders(found: Iterable[Path]) -> Iterable[Path]:
    for path in found:
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from path.rglob("*")


def _below(root: Path, found: Iterable[Path], nothing: str) -> LocalFiles:
    below = sorted(set(found))
    inside = LocalFiles()
    # A run that was written into the dump's folder is no part of the dump.
    runs = {folder for folder in _folders(below, root) if (folder / "manifest.json").is_file()}
    named = [file for file in below if runs.isdisjoint(file.parents)]
    within = root.resolve()
    for file in named:
        if is_wanted(file.relative_to(root)) and not file.is_dir():
            if reason := _reason_to_refuse(file, within):
                inside.rejects.append(Reject(str(file), 1, reason, ""))
            else:
                inside.files.append(file)
    unread = [file for file in named if is_unread(file.relative_to(root)) and file.is_file()]
    if not inside.files:
        first = f": {inside.rejects[0].file} {inside.rejects[0].reason}" if inside.rejects else ""
        raise DumpError(f"{nothing}{first}. Name {READABLE}.")
    if unread:
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        inside.notes.append(f"not read, for its format is none that can be: {unread[0]}{more}")
    return inside


def _folders(files: Iterable[Path], root: Path) -> set[Path]:
    parents = {file.parent for file in files}
    return {folder for parent in parents for folder in (parent, *parent.parents)} - set(
        root.parents
    )


def _reason_to_refuse(file: Path, within: Path) -> str:
    try:
        real = file.resolve(strict=True)
    except (OSError, RuntimeError):  # a link in a circle
        return "is a link that leads nowhere"
    if not real.is_relative_to(within):
        return "is a link that leads out of the folder; name what it leads to, to read that"
    return "" if real.is_file() else "is no regular file"


def _missing(path: Path) -> str:
    beside = path.parent.iterdir() if path.parent.is_dir() else iter(())
    names = [file.name for file in islice(beside, _MOST_COMPARED)]
    near = difflib.get_close_matches(path.name, names, n=1)
    hint = f"Did you mean {path.parent / near[0]}?" if near else "Check the path."
    return f"There is no file or folder {path}. {hint}"
