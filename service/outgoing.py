"""Going out to an address that somebody else chose: one request that harms nobody here.

The name is resolved once, every address is looked at, and the connection goes to the address
that was looked at. Nothing is followed, no proxy is asked, and of the answer no more is read than
was asked for. From the name to the last byte it takes a bounded time.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.client import HTTPException
from threading import Thread, Timer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

CONNECT_S = 5.0
RESOLVE_S = 10.0
"""How long a name may take to lead somewhere: a resolver has no such limit of its own."""
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


class NoAnswer(Exception):
    """No answer came: `why`, in one word, and whether that is `lasting`.

    What is lasting stays so until somebody corrects a name, an address or a certificate.
    """

    def __init__(self, why: str, *, lasting: bool = False) -> None:
        super().__init__(why)
        self.why, self.lasting = why, lasting


class NotPublic(OSError):
    """The name leads to an address that is not to be reached from here."""


class TooMuch(Exception):
    """The body is longer than it may be."""


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    may_reach: Callable[[str], bool],
    within_s: float,
    most: int = 0,
) -> Answer:
    """Send one request and read at most `most` bytes of the answer's body, none unless told.

    `may_reach` says of an address whether it may be connected to. Raises `NoAnswer`, and `TooMuch`
    when there is more to read.
    """
    with _TimedConnection(url, may_reach, within_s) as connection:
        try:
            return connection.ask(method, headers, body, most)
        except (OSError, HTTPError, HTTPException) as broken:
            raise connection.no_answer(broken) from None


class _TimedConnection:
    """One connection, which ends when its time is over, whatever it is waiting for."""

    def __init__(self, url: str, may_reach: Callable[[str], bool], within_s: float) -> None:
        self._url, self._may_reach, self._within_s = urlsplit(url), may_reach, within_s
        self._handle: socket.socket | None = None
        self._late = False
        self._timer = Timer(within_s, self._end)

    def __enter__(self) -> _TimedConnection:
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

    def ask(self, method: str, headers: Mapping[str, str], body: bytes | None, most: int) -> Answer:
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

    def no_answer(self, broken: Exception) -> NoAnswer:
        """What a connection that broke like this comes to."""
        while isinstance(broken, HTTPError) and isinstance(broken.__cause__, Exception):
            broken = broken.__cause__
        if isinstance(broken, NotPublic):
            return NoAnswer("not_public", lasting=True)
        if self._late or isinstance(broken, TimeoutError):
            return NoAnswer("timeout")
        if isinstance(broken, socket.gaierror):
            return NoAnswer("unknown_name", lasting=broken.errno in _NO_SUCH_NAME)
        if isinstance(broken, ssl.SSLError):
            return NoAnswer("tls", lasting=isinstance(broken, ssl.SSLCertVerificationError))
        if isinstance(broken, OSError):
            return NoAnswer("unreachable")
        return NoAnswer("not_http")

    def _connection(self) -> HTTPConnection:
        host, port, wait = self._url.hostname or "", self._url.port, self._within_s
        if self._url.scheme == "http":
            plain = _PinnedHTTP(host, port, timeout=wait)
            plain.open = self.open
            return plain
        context = _trusting(os.environ.get("SSL_CERT_FILE"))
        pinned = _PinnedHTTPS(host, port, timeout=wait, ssl_context=context)
        pinned.open = self.open
        return pinned

    def open(self, host: str, port: int) -> socket.socket:
        """A socket to the first address that answers, when all of them may be reached."""
        found = _resolved(host, port, min(RESOLVE_S, self._within_s))
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
    """Connects where it is led, and is otherwise as ever."""

    open: Callable[[str, int], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.open(self.host, self.port)


class _PinnedHTTPS(HTTPSConnection):
    """The same over TLS: what is verified is the name, not the address."""

    open: Callable[[str, int], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.open(self.host, self.port or 443)


_Found = list[tuple[Any, Any, int, str, Any]]
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def _resolved(host: str, port: int, within_s: float) -> _Found:
    """Every address of a name, asked for in a thread that nobody waits for longer than this."""
    found: Future[_Found] = Future()

    def resolve() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)

    Thread(target=resolve, name="resolve", daemon=True).start()
    try:
        return found.result(within_s)
    except UnicodeError:  # a label is longer than one can be
        raise socket.gaierror(socket.EAI_NONAME, "no name") from None
    except TimeoutError:
        raise socket.gaierror(socket.EAI_AGAIN, "not in time") from None


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
