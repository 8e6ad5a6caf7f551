"""Serve the application with gunicorn: threads, limits on slow clients, nobody trusted unasked.

In production a proxy that buffers whole requests stands in front. The time limit on
sockets below only softens a slow client; it does not replace the proxy.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

SOCKET_TIMEOUT_S = 5
REQUESTS_PER_WORKER = 20_000
"""A worker is replaced after about so many requests, so that nothing in it grows for ever."""
GRACE_S = 30
"""How long a worker that is told to stop may finish what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How to serve. `trusted_proxies`: whose word about scheme and address is taken."""

    host: str
    port: int
    workers: int = 1
    threads: int = 16
    trusted_proxies: Sequence[str] = ()
    quiet: bool = False

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def busy(self) -> bool:
        """Whether something already listens there; OSError when nothing could listen there."""
        family, kind, number, _, address = socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, number) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                return True
        return False


class Beside(Protocol):
    """What runs in each process beside the application, in a thread of its own."""

    def start(self) -> None: ...

    def stop(self, within_s: float | None = None) -> None: ...


def serve(
    make_app: Callable[[], Any],
    serving: Serving,
    *,
    when_ready: Callable[[], None] | None = None,
    beside: Callable[[Any], Beside] | None = None,
) -> None:
    """Serve until told to stop; `make_app` runs in each worker. Does not return.

    `beside`: what is to run there, too, made from the application.
    """
    Server(make_app, serving, when_ready, beside).run()


class Server(BaseApplication):
    """gunicorn, set up from code: no file, variable or argument of its own changes it."""

    cfg: Any

    def __init__(
        self,
        make_app: Callable[[], Any],
        serving: Serving,
        when_ready: Callable[[], None] | None = None,
        make_beside: Callable[[Any], Beside] | None = None,
    ) -> None:
        self.make_app, self.serving, self.when_ready = make_app, serving, when_ready
        self.make_beside = make_beside
        self.beside: Beside | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self.serving).items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", self._ready)
        self.cfg.set("worker_exit", self._stop_beside)

    def load(self) -> Any:
        app = self.make_app()
        if self.make_beside:
            self.beside = self.make_beside(app)
            self.beside.start()
        return app

    def _stop_beside(self, arbiter: Any, worker: Any) -> None:
        """At the end of a worker's process, when it has answered what it was asked."""
        if self.beside is not None:
            self.beside.stop(within_s=GRACE_S)

    def _ready(self, arbiter: Any) -> None:
        for listener in arbiter.LISTENERS:
            limit_waiting(listener.sock)
        if self.when_ready:
            self.when_ready()


class Log(Logger):
    """gunicorn's own log, without the words of clients.

    It quotes requests that it cannot read or answer, and a name that was put into an address
    unescaped is such a request.
    """

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request from"):
            msg = "A request was refused: it is not HTTP."
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            msg, args = "A request failed outside the application.", ()
        super().exception(msg, *args, **kwargs)


def options(serving: Serving) -> dict[str, Any]:
    """gunicorn's settings."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes an anonymous file there
    return {
        "bind": serving.bind,
        "worker_class": "gthread",
        "workers": serving.workers,
        "threads": serving.threads,
        "proc_name": "childfind",
        "loglevel": "warning" if serving.quiet else "info",
        "logger_class": Log,
        # A worker that does not say it lives is replaced; its heartbeat must not wait for a disk.
        "timeout": 60,
        "graceful_timeout": GRACE_S,
        "worker_tmp_dir": str(shared_memory) if shared_memory.is_dir() else None,
        "max_requests": REQUESTS_PER_WORKER,
        "max_requests_jitter": REQUESTS_PER_WORKER // 10,
        # By default gunicorn opens a control socket, and believes any local proxy.
        "control_socket_disable": True,
        "forwarded_allow_ips": ",".join(serving.trusted_proxies),
        "proxy_allow_ips": "",
        "forwarder_headers": "",
    }


def limit_waiting(listening: socket.socket) -> None:
    """Give up on a client that sends nothing for a while; accepted sockets inherit this."""
    listening.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", SOCKET_TIMEOUT_S, 0)
    )
