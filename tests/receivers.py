"""Receivers of webhooks as they may be: those that answer, and those that do not behave."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from threading import Condition, Event, Thread
from typing import Any

import orjson

from tests.http_servers import Handler, serving

WAIT_S = 60


@dataclass(frozen=True)
class Received:
    """One request that came in."""

    path: str
    headers: Message
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """Answers with `status` and `headers`, and remembers what came in.

    `hold`: what it waits for before it answers.
    """

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    hold: Event | None = None
    received: list[Received] = field(default_factory=list)
    _came: Condition = field(default_factory=Condition)

    def take(self, received: Received) -> None:
        with self._came:
            self.received.append(received)
            self._came.notify_all()
        if self.hold is not None:
            self.hold.wait(WAIT_S)

    def wait_for(self, number: int) -> list[Received]:
        """What came in, once it is so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.received) >= number, WAIT_S)
            return list(self.received)

    def events(self) -> list[str]:
        return [one.event["type"] for one in self.received]


@contextmanager
def listening(context: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> Iterator[Receiver]:
    """A receiver on this machine; with a context it speaks TLS."""
    receiver = Receiver()

    class Answering(Handler):
        def do_POST(self) -> None:
            receiver.take(Received(self.path, self.headers, self.body()))
            self.answer(receiver.status, receiver.headers)

    with serving(Answering, context) as port:
        receiver.url = f"{'https' if context else 'http'}://{name}:{port}/hook"
        try:
            yield receiver
        finally:
            if receiver.hold is not None:
                receiver.hold.set()


@contextmanager
def misbehaving(behave: Callable[[socket.socket, Event], None]) -> Iterator[str]:
    """A receiver that does what it is told with each connection; its address.

    The event it is given says that the test is over.
    """
    over = Event()
    threads: list[Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the other end had enough
            behave(connection, over)

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threads.append(Thread(target=one, args=(connection,), daemon=True))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join(WAIT_S)
            for thread in threads:
                thread.join(WAIT_S)
