"""A PostgreSQL for tests: the one that the environment names, or one of the tests' own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
    place = Path(subprocess.check_output([*user, "mktemp", "-d"], text=True).strip())
    secret = place / "password"
    subprocess.run(
        [*user, "tee", secret], input="se:cr/et", text=True, check=True, stdout=subprocess.DEVNULL
    )
    start = ["-w", "-D", place / "data", "-l", place / "log"]
    options = f"-c listen_addresses='' -c unix_socket_directories='{place}' -c fsync=off"
    how = ["-U", "me", "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
    try:
        run([*user, programs / "initdb", "-D", place / "data", *how], folder)
        run([*user, programs / "pg_ctl", "start", *start, "-o", options], folder)
        yield f"postgresql://me:se%3Acr%2Fet@/postgres?host={place}"
        run([*user, programs / "pg_ctl", "stop", "-m", "immediate", "-D", place / "data"], folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run(words: list[object], folder: Path) -> None:
    """Run a program; what it says goes into a file, since a server would keep a pipe open."""
    with (folder / "output").open("a+") as output:
        code = subprocess.run(
            list(map(str, words)), stdout=output, stderr=output, check=False, cwd="/"
        ).returncode
        output.seek(0)
        assert code == 0, output.read()
