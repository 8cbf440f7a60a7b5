"""Who may write where: locks that the system drops when their process ends, however that is.

While a run or a mapping `NAME` is being made, `.NAME.lock` lies beside it and says who makes it.
What counts is the lock on that file, not the file: one that a killed process has left stops nobody.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from topicmodel.errors import RunError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""Errors of file systems without locks, as some network file systems are."""


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
    with ExitStack() as undo:
        try:
            _make_folder(target.parent, undo)
            _claim(target, command, patience, tell, undo)
        except OSError as error:
            raise RunError(
                f"Cannot write {target}: {error.strerror or error}. Make room, or choose another "
                "--out."
            ) from error
        yield


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
    handle = os.open(path, os.O_RDONLY)
    # Some network file systems know no locks; there, two saves of one name must not coincide.
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    return handle


def is_locked(path: Path) -> bool:
    """Whether a process holds a lock on a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make a folder and those above it; the undoing removes the new ones that are empty then."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        undo.callback(_try, path.rmdir)


def _claim(
    target: Path,
    command: str,
    patience: float,
    tell: Callable[[str], None] | None,
    undo: ExitStack,
) -> None:
    """Lock the file beside the target, and write into it who has the lock."""
    from filelock import FileLock

    note = target.with_name(f".{target.name}.lock")
    # Its fallback for file systems without locks would outlive a killed process on another machine.
    lock = FileLock(note, fallback_to_soft=False)
    _acquire(lock, target, patience, tell)
    undo.callback(lock.release)
    # Removed while it is locked: whoever has opened it since sees that it is gone.
    undo.callback(_try, note.unlink)
    note.write_text(_who(command), encoding="utf-8")


def _acquire(
    lock: BaseFileLock, target: Path, patience: float, tell: Callable[[str], None] | None
) -> None:
    from filelock import Timeout

    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if tell is not None and patience > 0:
                tell(f"Waiting for {target}, which is in use: {_holder(lock)}")
            lock.acquire(timeout=patience)
    except Timeout:
        raise RunError(
            f"{target} is in use: {_holder(lock)}. Run again when that has ended, wait for it with "
            "--wait where the command has it, or choose another --out."
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _try(action: Callable[[], None]) -> None:
    with suppress(OSError):
        action()


def _who(command: str) -> str:
    """The text of a lock file: which process has the lock, where, since when and for what."""
    who = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    return json.dumps(who) + "\n"


def _holder(lock: BaseFileLock) -> str:
    """Who holds a lock, in words."""
    try:
        who = json.loads(Path(lock.lock_file).read_bytes())
        return (
            f"`topicmodel {who['command']}`, process {who['pid']} on {who['host']}, "
            f"since {who['since']}"
        )
    except (OSError, ValueError, TypeError, KeyError):
        return "another process has just begun or ended"
