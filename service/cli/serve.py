"""`childfind serve`: the API for others, behind a proxy."""

from __future__ import annotations

from argparse import BooleanOptionalAction, Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.cli.parsing import add_command
from service.cli.workplace import Refused, Workplace
from service.serve import Serving, serve
from service.storage.clients import Client
from service.worker import TASKS, Worker

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Serve the API. In production put a proxy in front that speaks TLS and buffers whole requests, and
name it with --trusted-proxy, so that its word about address and scheme is taken.

What the service does by itself, such as sending webhooks, is done by a worker: on SQLite inside
this process, on PostgreSQL by `childfind worker` unless --worker is given here.
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "serve", "serve the API", start, DESCRIPTION)
    parser.add_argument("--host", help="default: CHILDFIND_HOST, else 127.0.0.1")
    parser.add_argument("--port", type=int, help="default: PORT, else 8000")
    parser.add_argument(
        "--workers", type=int, help="processes; default: 2 on PostgreSQL, and always 1 on SQLite"
    )
    parser.add_argument("--threads", type=int, default=16, help="per process; default: 16")
    parser.add_argument(
        "--worker",
        action=BooleanOptionalAction,
        help="whether the worker runs in here, too; default: on SQLite, not on PostgreSQL",
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="the address of the proxy in front; may be given several times; default: none",
    )


def start(workplace: Workplace, given: Namespace) -> None:
    sqlite = workplace.database.sqlite
    serving = Serving(
        host=given.host or workplace.settings.host,
        port=workplace.settings.port if given.port is None else given.port,
        workers=(1 if sqlite else 2) if given.workers is None else given.workers,
        threads=given.threads,
        trusted_proxies=given.trusted_proxy,
    )
    if min(serving.workers, serving.threads) < 1:
        raise Refused("--workers and --threads must be 1 or more.")
    if sqlite and serving.workers > 1:
        raise Refused("A SQLite database takes one worker. Use PostgreSQL for more.")
    if not serving.loopback and has_demonstration_client(workplace):
        raise Refused(
            f"This database has a demonstration client, which may do everything, so it is not"
            f" served on {serving.host}. Use another database, or disable the client:"
            " childfind client disable ID"
        )
    serve_until_stopped(workplace, serving, worker=sqlite if given.worker is None else given.worker)


def serve_until_stopped(
    workplace: Workplace,
    serving: Serving,
    *,
    worker: bool,
    when_ready: Callable[[], None] | None = None,
) -> None:
    """Serve; what can be wrong with law, keys or address is said before workers start."""
    refuse_if_busy(serving)
    settings = replace(workplace.settings, host=serving.host, port=serving.port)
    policies, _ = workplace.policies, workplace.keys
    workplace.database.dispose()  # workers are forked and must not share a connection
    waiters = serving.threads // 4
    serve(
        lambda: create_app(settings, policies=policies, waiters=waiters),
        serving,
        when_ready=when_ready,
        beside=(lambda app: Worker(app.extensions[EXTENSION], TASKS)) if worker else None,
    )


def has_demonstration_client(workplace: Workplace) -> bool:
    with Session(workplace.database.reader) as session:
        clients = select(Client.id).where(Client.demonstration, Client.active)
        return session.scalars(clients.limit(1)).first() is not None


def refuse_if_busy(serving: Serving) -> None:
    if not 0 < serving.port < 65536:
        raise Refused(f"There is no port {serving.port}.")
    try:
        busy = serving.busy()
    except OSError as error:
        raise Refused(f"Cannot listen on {serving.bind}: {error}") from error
    if busy:
        raise Refused(
            f"Something already listens on {serving.bind}. Choose another port: PORT=8001"
        )
