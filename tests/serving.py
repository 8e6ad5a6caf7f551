"""The service in a process of its own, as whoever runs it starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from tests.postgres import Database

ROOT = Path(__file__).parents[1]


@contextmanager
def served(
    *arguments: str, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, once it says that it is ready. `settings`: beside those of this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(settings or {})},
    )
    assert process.stdout is not None
    too_late = Timer(60, process.kill)
    too_late.start()
    told = ""
    try:
        while "Ctrl-C" not in told and "Booting worker" not in told:
            line = process.stdout.readline()
            assert line, f"it ended before it was ready:\n{told}"
            told += line
        too_late.cancel()
        yield process, told
    finally:
        too_late.cancel()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)  # a worker has half of that to finish what it does
        finally:
            process.kill()
            process.stdout.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def demonstration(database: Database, data: Path) -> Iterator[tuple[str, str]]:
    """The demonstration district, as `make run` serves it: its address, and `id:secret`."""
    settings = {
        "CHILDFIND_DATABASE_URL": database.url,
        "CHILDFIND_DATABASE_OWNER_URL": database.owner_url,
        "CHILDFIND_DATA_DIR": str(data),
        "PORT": str(free_port()),
    }
    with served("run", settings=settings):
        client = (data / "demonstration-client").read_text().strip()
        yield f"http://127.0.0.1:{settings['PORT']}", client
