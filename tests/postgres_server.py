"""A PostgreSQL for tests: the one that the environment names, or one of the tests' own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SHORT = "/tmp"  # noqa: S108 - mktemp makes a folder of its own in there
VARIABLE = "TOPICMODEL_TEST_POSTGRES"
"""Address of a database in which tests may make and drop schemas."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database; its password is `se:cr/et`, where it is the tests' own."""
    named = os.environ.get(VARIABLE)
    if named:
        yield named
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        reason = f"needs PostgreSQL: apt-get install postgresql, or set {VARIABLE}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_server(programs[-1].parent, tmp_path_factory.mktemp("postgres")) as address:
        yield address


@contextmanager
def running_server(programs: Path, folder: Path) -> Iterator[str]:
    """A server on a socket in a folder, which is gone with it."""
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    user = as_user if os.geteuid() == 0 else []
    # The folders of pytest are closed to other users, and a socket's path must be short.
    place = Path(subprocess.check_output([*user, "mktemp", "-d", "-p", SHORT], text=True).strip())
    data, log, password = place / "data", place / "log", folder / "password"
    password.write_text("se:cr/et", encoding="ascii")
    password.chmod(0o644)  # whatever the umask: the server's user reads it too
    how = ["-U", "me", "-E", "UTF8", "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--no-sync"]
    options = f"-c listen_addresses='' -c unix_socket_directories='{place}' -c fsync=off"
    try:
        run([*user, programs / "initdb", "-D", data, *how], password)
        run([*user, programs / "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options])
        try:
            yield f"postgresql://me:se%3Acr%2Fet@/postgres?host={place}"
        finally:
            run([*user, programs / "pg_ctl", "stop", "-m", "immediate", "-D", data])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run(words: list[object], typed: Path | None = None) -> None:
    """Run a program; what it says goes into files, since a server would keep a pipe open."""
    with tempfile.TemporaryFile("w+") as said, (typed or Path(os.devnull)).open() as keyboard:
        code = subprocess.run(
            list(map(str, words)), stdin=keyboard, stdout=said, stderr=said, check=False, cwd="/"
        ).returncode
        said.seek(0)
        assert code == 0, said.read()
