"""The way out to an address that somebody else chose: one request that harms nobody here.

The name is resolved once, every address is looked at, and the connection goes to the address
that was looked at. Nothing is followed, no proxy is asked, and of the answer no more is read than
was asked for. From the first packet to the last byte it takes a bounded time.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Timer
from types import TracebackType
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_S = 5.0
AT_A_TIME = 2**16


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers, and as much of the body as was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def asked(self) -> timedelta | None:
        """What it asks to be left alone for, in `Retry-After`."""
        return _asked(self.headers.get("Retry-After", ""))


class NotPublic(OSError):
    """The name leads to an address that is not to be reached from here."""


class TooMuch(Exception):
    """The body is longer than it may be."""


class Way:
    """One connection, which ends when its time is over, whatever it is waiting for."""

    def __init__(self, url: str, may_reach: Callable[[str], bool], within_s: float) -> None:
        self._url, self._may_reach, self._within_s = urlsplit(url), may_reach, within_s
        self._handle: socket.socket | None = None
        self._late = False
        self._timer = Timer(within_s, self._end)

    def __enter__(self) -> Way:
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._handle is not None:
            self._handle.close()

    def ask(
        self, method: str, headers: Mapping[str, str], body: bytes | None = None, *, most: int = 0
    ) -> Answer:
        """Send the request and read at most `most` bytes of the answer's body, none unless told.

        Raises `TooMuch` when there is more, and whatever a broken connection raises (`why`).
        """
        connection = self._connection()
        try:
            connection.request(
                method,
                (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else ""),
                body,
                {"Connection": "close", **headers},
                preload_content=False,
                decode_content=False,
            )
            answer = connection.getresponse()
            read = _read(answer, most) if most else b""
            if self._late:
                raise TimeoutError  # what was cut off reads like an end
            return Answer(answer.status, answer.headers, read)
        finally:
            connection.close()

    def why(self, error: Exception) -> str:
        """The kind of failure, in one word."""
        while isinstance(error, HTTPError) and isinstance(error.__cause__, Exception):
            error = error.__cause__
        if isinstance(error, NotPublic):
            return "not_public"
        if self._late or isinstance(error, TimeoutError):
            return "timeout"
        if isinstance(error, (socket.gaierror, UnicodeError)):
            return "unknown_name"
        if isinstance(error, ssl.SSLError):
            return "tls"
        if isinstance(error, OSError):
            return "unreachable"
        return "not_http"

    def _connection(self) -> HTTPConnection:
        host, port, wait = self._url.hostname or "", self._url.port, self._within_s
        if self._url.scheme == "http":
            plain = _PinnedHTTP(host, port, timeout=wait)
            plain.way = self
            return plain
        context = _trusting(os.environ.get("SSL_CERT_FILE"))
        pinned = _PinnedHTTPS(host, port, timeout=wait, ssl_context=context)
        pinned.way = self
        return pinned

    def open(self, host: str, port: int) -> socket.socket:
        """A socket to the first address that answers, when all of them may be reached."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not all(self._may_reach(str(address[0])) for *_, address in found):
            raise NotPublic(host)
        error: OSError | None = None
        for family, kind, number, _, address in found:
            opened = socket.socket(family, kind, number)
            try:
                # A second name for the same connection: what wraps it in TLS takes the first.
                self._hold(opened.dup())
                opened.settimeout(min(CONNECT_S, self._within_s))
                opened.connect(address)
                if self._late:
                    raise TimeoutError
                opened.settimeout(self._within_s)
                return opened
            except OSError as failed:
                opened.close()
                error = failed
        raise error or OSError("no address")

    def _hold(self, handle: socket.socket) -> None:
        if self._handle is not None:
            self._handle.close()
        self._handle = handle
        if self._late:
            raise TimeoutError

    def _end(self) -> None:
        """Cut the connection: whoever reads from it or writes to it is told so at once."""
        self._late = True
        if self._handle is not None:
            try:
                self._handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


class _PinnedHTTP(HTTPConnection):
    """Connects where its way leads, and is otherwise as ever."""

    way: Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self.host, self.port)


class _PinnedHTTPS(HTTPSConnection):
    """The same over TLS: what is verified is the name, not the address."""

    way: Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self.host, self.port or 443)


@cache
def _trusting(_: str | None) -> ssl.SSLContext:
    """The authorities that the system trusts, or those of the file that the environment names.

    Made once: to read them takes longer than to send.
    """
    return ssl.create_default_context()


def _read(answer: BaseHTTPResponse, most: int) -> bytes:
    read = bytearray()
    while chunk := answer.read(AT_A_TIME, decode_content=False):
        read += chunk
        if len(read) > most:
            raise TooMuch
    return bytes(read)


def _asked(retry_after: str) -> timedelta | None:
    """`Retry-After` in seconds; as a date, or beyond thirty years, it is not understood."""
    plain = retry_after.strip()
    return timedelta(seconds=int(plain)) if re.fullmatch("[0-9]{1,9}", plain) else None
