"""Who may write where: locks that the system drops when their process ends, however that is.

While a run or a mapping `NAME` is being made, `.NAME.lock` lies beside it and says who makes it.
What counts is the lock on that file, not the file: one that a killed process has left stops nobody.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from topicmodel.errors import RunError

_SECONDS_BETWEEN_LOOKS = 0.2


@contextmanager
def sole_use(
    target: Path,
    command: str,
    patience: float = 0.0,
    tell: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Nobody else who asks for it writes to this run folder or mapping meanwhile.

    Args:
        target: the folder or file; it need not be there.
        command: what others are told that is going on, such as `fit`.
        patience: seconds to wait for somebody who has it.
        tell: told once whom one waits for.

    Raises:
        RunError: somebody has it still, and the message says who; or the folder that it lies in
            cannot be made or written.
    """
    target = target.resolve()
    note = target.with_name(f".{target.name}.lock")
    made: list[Path] = []
    try:
        handle = _claim(note, target, command, made, patience, tell)
        try:
            yield
        finally:
            _release(note, handle)
    finally:
        for folder in made:
            with suppress(OSError):  # it is in use now
                folder.rmdir()


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep what lies in a folder from being replaced, by others or, if shared, by anyone."""
    handle = open_locked(folder, shared=shared) if os.access(folder, os.R_OK) else None
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def open_locked(path: Path, *, shared: bool = False) -> int:
    """A handle that locks a file or folder until it is closed, or the process ends in any way."""
    import fcntl

    handle = os.open(path, os.O_RDONLY)
    # Some network file systems know no locks; there, two saves of one name must not coincide.
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    return handle


def is_locked(path: Path) -> bool:
    """Whether a process holds a lock on a file or folder."""
    import fcntl

    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _claim(
    note: Path,
    target: Path,
    command: str,
    made: list[Path],
    patience: float,
    tell: Callable[[str], None] | None,
) -> int:
    """A handle that locks the note, when it says who has it; adds the folders that it makes."""
    try:
        made += [path for path in (note.parent, *note.parent.parents) if not path.exists()]
        note.parent.mkdir(parents=True, exist_ok=True)
        handle = _take(note, target, patience, tell)
        try:
            _write_note(handle, command)
        except BaseException:
            _release(note, handle)
            raise
    except OSError as error:
        raise RunError(
            f"Cannot write {target}: {error.strerror or error}. Make room, or choose another --out."
        ) from error
    return handle


def _release(note: Path, handle: int) -> None:
    # Removed while it is locked: whoever has opened it since sees that it is gone.
    with suppress(OSError):
        note.unlink()
    os.close(handle)


def _take(note: Path, target: Path, patience: float, tell: Callable[[str], None] | None) -> int:
    deadline = time.monotonic() + patience
    while (handle := _try_to_take(note)) is None:
        holder = _read_note(note)
        if time.monotonic() >= deadline:
            raise RunError(
                f"{target} is in use: {holder}. Run again when that has ended, wait for it with "
                "--wait where the command has it, or choose another --out."
            )
        if tell is not None:
            tell(f"Waiting for {target}, which is in use: {holder}")
            tell = None
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return handle


def _try_to_take(note: Path) -> int | None:
    """A handle that locks the file of that path; None where somebody else has locked it."""
    while True:
        handle = os.open(note, os.O_RDWR | os.O_CREAT, 0o666)
        if not _lock_at_once(handle):
            os.close(handle)
            return None
        if _is_file_of(handle, note):
            return handle
        os.close(handle)


def _lock_at_once(handle: int) -> bool:
    """Whether the lock could be had, or the file system knows none."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_file_of(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _write_note(handle: int, command: str) -> None:
    who = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    os.ftruncate(handle, 0)
    os.write(handle, json.dumps(who).encode() + b"\n")


def _read_note(note: Path) -> str:
    """Who holds a lock, in words."""
    try:
        who = json.loads(note.read_bytes())
        return (
            f"`topicmodel {who['command']}`, process {who['pid']} on {who['host']}, "
            f"since {who['since']}"
        )
    except (OSError, ValueError, TypeError, KeyError):
        return "another process has just begun or ended"
