"""A throw-away PostgreSQL server from the machine's own binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@contextmanager
def temporary_postgres() -> Iterator[str | None]:
    """A server on a free loopback port with its own data folder; ``None`` without binaries.

    PostgreSQL refuses to run as root, so that root hands the server to the account ``postgres``.
    """
    with tempfile.TemporaryDirectory(prefix="overread-postgres-") as folder:
        yield from _serve(Path(folder))


def _serve(folder: Path) -> Iterator[str | None]:
    found = shutil.which("initdb") or (str(BINARIES[0] / "initdb") if BINARIES else None)
    if found is None:
        yield None
        return
    binaries, data, user = Path(found).parent, folder / "data", None
    if os.geteuid() == 0:
        user = "postgres"
        shutil.chown(folder, user)
    run = _runner(user)
    run(binaries / "initdb", "-D", data, "-U", "overread", "-A", "trust", "-E", "UTF8", "-N")
    port = _free_port()
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    log = folder / "log"
    run(binaries / "pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
    try:
        yield f"postgresql+psycopg://overread@127.0.0.1:{port}/postgres"
    finally:
        run(binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _runner(user: str | None) -> Callable[..., None]:
    def run(*command: object) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            cwd="/",
            env={**os.environ, "HOME": pwd.getpwnam(user).pw_dir} if user else None,
        )

    return run


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stopped_for_a_while(engine: Engine) -> Iterator[None]:
    """Stop the server of an engine at once, as a crash would, and start it again."""
    with engine.connect() as connection:
        data = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
    found = shutil.which("pg_ctl") or str(BINARIES[0] / "pg_ctl")
    run = _runner("postgres" if os.geteuid() == 0 else None)
    options = f"-h 127.0.0.1 -p {engine.url.port} -k {data.parent} -c fsync=off"
    run(found, "-D", data, "-m", "immediate", "stop")
    try:
        yield
    finally:
        run(found, "-D", data, "-o", options, "-l", data.parent / "log", "-w", "start")
