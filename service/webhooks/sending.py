"""The way to a receiver: one POST that harms nobody, whatever is at the other end.

The name is resolved once, every address is looked at, and the connection goes to the address
that was looked at. Nothing is followed, and nothing but the status line and the headers is read.
From the first packet to the last header it takes a bounded time.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Timer
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_S = 5.0
WITHIN_S = 15.0
USER_AGENT = "Childfind-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: a status, or why there is none (`service.domain.webhooks.FAILURES`)."""

    status: int | None
    failure: str | None
    ms: int
    asked: timedelta | None = None
    """What the receiver asks to be left alone for."""


class NotPublic(OSError):
    """The name leads to an address that is not to be reached from here."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    may_reach: Callable[[str], bool],
    within_s: float = WITHIN_S,
) -> Outcome:
    """Send a body; `may_reach` says of an address whether it may be connected to."""
    began = time.perf_counter()
    status: int | None = None
    failure, asked = None, None
    with _Way(url, may_reach, within_s) as way:
        try:
            answered, asked = way.post(body, headers)
        except Exception as error:  # whatever a receiver brings about is its own failure
            failure = way.why(error)
        else:
            status, failure = answered, None if 200 <= answered < 300 else "refused"
    return Outcome(status, failure, round((time.perf_counter() - began) * 1000), asked)


class _Way:
    """One connection, which ends when its time is over, whatever it is waiting for."""

    def __init__(self, url: str, may_reach: Callable[[str], bool], within_s: float) -> None:
        self._url, self._may_reach, self._within_s = urlsplit(url), may_reach, within_s
        self._handle: socket.socket | None = None
        self._late = False
        self._timer = Timer(within_s, self._end)

    def __enter__(self) -> _Way:
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        if self._handle is not None:
            self._handle.close()

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, timedelta | None]:
        connection = self._connection()
        try:
            connection.request(
                "POST",
                (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else ""),
                body,
                {"User-Agent": USER_AGENT, "Connection": "close", **headers},
                preload_content=False,
                decode_content=False,
            )
            answer = connection.getresponse()
            if self._late:
                raise TimeoutError  # what was cut off reads like an end
            return answer.status, _asked(answer.headers.get("Retry-After", ""))
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

    way: _Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self.host, self.port)


class _PinnedHTTPS(HTTPSConnection):
    """The same over TLS: what is verified is the name, not the address."""

    way: _Way

    def _new_conn(self) -> socket.socket:
        return self.way.open(self.host, self.port or 443)


@cache
def _trusting(_: str | None) -> ssl.SSLContext:
    """The authorities that the system trusts, or those of the file that the environment names.

    Made once: to read them takes longer than to send.
    """
    return ssl.create_default_context()


def _asked(retry_after: str) -> timedelta | None:
    """`Retry-After` in seconds; as a date, or beyond thirty years, it is not understood."""
    plain = retry_after.strip()
    return timedelta(seconds=int(plain)) if re.fullmatch("[0-9]{1,9}", plain) else None
