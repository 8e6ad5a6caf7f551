"""A mail server for tests: it takes mail over SMTP (RFC 5321) and keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


@dataclass
class Mailbox:
    """What came; `refused`: addresses that are not taken; `full`: no mail is."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    full: bool = False


class _Server(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    mailbox: Mailbox


class _Conversation(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        box = self.server.mailbox
        self._say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT" and any(one.encode() in line for one in box.refused):
                self._say("550 nobody of that name")
            elif word == b"DATA":
                self._say("354 go on")
                message = message_from_bytes(b"".join(self._lines()), policy=policy.default)
                if box.full:
                    self._say("452 no room left")
                else:
                    box.messages.append(message)
                    self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _lines(self) -> Iterator[bytes]:
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            yield line.removeprefix(b".")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def receiving() -> Iterator[Mailbox]:
    """A server on a free port of this machine, until it is left."""
    box = Mailbox()
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        box.port, server.mailbox = server.server_address[1], box
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
