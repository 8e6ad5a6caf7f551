"""The walk-through: children's cases over real HTTP, each answer shown and checked.

It is a demonstration and a test at once: it stops, and says why, at the first answer that is not
what it should be. `service.cli.demo` makes the district that it walks in.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import UUID

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from service.clock import SetClock
from service.demo.page import Page
from service.demo.story import BEGINS, tell
from service.demo.walker import Unexpected, Walker

__all__ = ["BEGINS", "main"]


def main(app: Flask, clock: SetClock, client: tuple[UUID, str]) -> int:
    """Walk with a client's id and secret; the exit status: 0 when all was as it should be.

    `app` tells the time by `clock`, which stands at `BEGINS` or later, and serves a
    demonstration district in which nothing has happened yet.
    """
    page = Page(sys.stdout)
    with served(app) as (host, port):
        walker = Walker(host, port, clock, page)
        try:
            tell(walker, client)
        except Unexpected as error:
            return _stopped(str(error))
        except LookupError as error:
            return _stopped(f"{walker.last}: its answer has no {error}")
    return 0


def _stopped(why: str) -> int:
    sys.stdout.flush()
    print(f"\nThe walk stopped: {why}", file=sys.stderr)
    return 1


@contextmanager
def served(app: Flask) -> Iterator[tuple[str, int]]:
    """The application on a free port of this machine; its host and port.

    It runs in a thread of this process, because the walk sets its clock.
    """
    # The walk shows every request itself; warnings and errors still come through.
    log = logging.getLogger("childfind")
    level = log.level
    log.setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.host, server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        log.setLevel(level)


class _Quiet(WSGIRequestHandler):
    """Says nothing about the requests: the walk shows each of them."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass
