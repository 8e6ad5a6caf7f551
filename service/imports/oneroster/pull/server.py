"""A OneRoster server as this service speaks to it: a token, a page, and patience that ends."""

from __future__ import annotations

import base64
import json
import re
import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

import orjson

from service.outgoing import Answer, NoAnswer, TooMuch, ask

USER_AGENT = "Childfind-Roster/1"
WITHIN_S = 60.0
"""How long one answer may take, from the first packet to the last byte."""
PULL_WITHIN_S = 3600.0
TRIES = 5
LONGEST_PAUSE_S = 120.0
PAGE_BYTES = 32 * 2**20
"""More than a thousand records are: some servers give everything at once."""
PAGE_MARKS = 3_000_000
"""Commas and opening brackets of a page: each is a value, which takes far more memory than text."""
TOKEN_BYTES = 2**16
AGAIN = frozenset({429, 500, 502, 503, 504})
"""What a server answers that may answer otherwise in a moment."""

_TOKEN = re.compile(r"[!-~]{1,8192}")
_LINK = re.compile(r"<([^<>]*)>((?:\s*;[^,<>]*)*)")
_REL = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))""", re.I)
_ORIGIN = ("scheme", "hostname", "port")

SAYINGS: Mapping[str, tuple[str, str]] = {
    "not_public": (
        "{server} leads to an address that is not a public one.",
        "Give the address by which the server is reached over the Internet.",
    ),
    "timeout": (
        "{server} did not answer in time, again and again.",
        "Look whether it is up. A pull by schedule is tried again.",
    ),
    "unreachable": (
        "No connection to {server} came about, or it ended too soon, again and again.",
        "Look whether it is up, and whether the address is right.",
    ),
    "tls": (
        "The certificate of {server} is not good, or it does not speak TLS.",
        "The certificate must be valid for the name and from an authority that is trusted.",
    ),
    "unknown_name": (
        "The name in {server} leads to no address.",
        "Look whether the name is written right, and whether it is known to the public Internet; "
        "correct it in the source.",
    ),
    "not_http": ("What {server} answers is not HTTP.", "Correct the address in the source."),
    "busy": (
        "{server} answered {status} again and again, or asks to be left alone for long.",
        "A pull by schedule is tried again. If it stays so, ask who runs the server.",
    ),
    "no_token": (
        "{server} gives no token ({status}).",
        "Check the token URL, the client id, the secret and the scope.",
    ),
    "not_allowed": (
        "{server} does not let this client see {name} ({status}).",
        "Have the client given the scope for rosters; and check the base URL.",
    ),
    "redirected": (
        "{server} sends elsewhere ({status}). Credentials are not carried to another address.",
        "Give the address that it leads to.",
    ),
    "refused": (
        "{server} refused to list {name} ({status}).",
        "The base URL is what stands before `/users`, as https://sis.example.org/ims/oneroster/v1p1"
        ".",
    ),
    "not_oneroster": (
        "What {server} answers for {name} is not JSON of OneRoster's shape.",
        "The base URL is what stands before `/users`. If it is right, ask who runs the server.",
    ),
    "too_large": (
        "{server} gives more than a roster may be.",
        "Ask who runs the server; nothing of it was taken.",
    ),
    "too_long": (
        "The pull from {server} took longer than an hour.",
        "Ask who runs the server why it answers slowly, or send the roster as CSV.",
    ),
    "nobody": (
        "{server} lists no users at all.",
        "Nothing was changed. Have the client given the scope for rosters.",
    ),
}
"""Why nothing can be pulled, and what to do. `server`: which of the source's addresses is meant."""


class PullFailed(Exception):
    """Nothing can be pulled now: a code, why, and what to do (`Server.failed`)."""

    def __init__(self, code: str, **words: Any) -> None:
        detail, remedy = SAYINGS[code]
        super().__init__(code)
        self.code, self.detail, self.remedy = code, detail.format(**words), remedy


class Refused(Exception):
    """The server will not answer this very request; another may be answered."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its records, how many there are in all, if told, and what comes next.

    `linked`: whether the server said by `Link` how its pages hang together. `next`: the address
    of the next one on this server, None when there is none.
    """

    records: list[Any]
    total: int | None
    linked: bool
    next: str | None


@dataclass(slots=True)
class Server:
    """A server, and a client that it knows. `pause` waits some seconds.

    `may_reach` says of an address whether it may be connected to.
    """

    base_url: str
    token_url: str
    client_id: str
    secret: str = field(repr=False)
    scope: str
    may_reach: Callable[[str], bool]
    pause: Callable[[float], Any] = time.sleep
    within_s: float = WITHIN_S
    _token: str | None = field(default=None, init=False, repr=False)
    _ends: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        self._ends = time.perf_counter() + PULL_WITHIN_S

    def failed(self, code: str, *, at: str = "base_url", **words: Any) -> PullFailed:
        """A failure as its `code` says it, with the address that it is about.

        No more of that than the machine: a path or a query may be a secret.
        """
        where = urlsplit(getattr(self, at))
        port = "" if where.port is None else f":{where.port}"
        host = f"[{where.hostname}]" if ":" in (where.hostname or "") else where.hostname
        return PullFailed(code, server=f"{where.scheme}://{host}{port} (`{at}`)", **words)

    def page(self, url: str, name: str) -> Page:
        """One page of the list `name`. Raises `PullFailed`, and `Refused` for this request."""
        for tried in range(TRIES):
            answer = self._answer(url, name)
            records = self._records(answer.body, name)
            if records is not None:
                return self._page(url, answer, records)
            self._wait(tried)
        raise self.failed("not_oneroster", name=name)

    def _page(self, url: str, answer: Answer, records: list[Any]) -> Page:
        told = answer.headers.get("X-Total-Count", "").strip()
        total = int(told) if re.fullmatch("[0-9]{1,12}", told) else None
        links = _LINK.findall(answer.headers.get("Link", ""))
        following = next((_joined(url, at) for at, rest in links if _is_next(rest)), None)
        # Behind a proxy servers name themselves by inner names: their pages are found by offset.
        elsewhere = following is not None and not self._is_here(following)
        return Page(records, total, bool(links) and not elsewhere, None if elsewhere else following)

    def _is_here(self, url: str) -> bool:
        """Whether an address is on this server: the token goes nowhere else."""
        try:
            there, here = urlsplit(url), urlsplit(self.base_url)
            return all(getattr(there, part) == getattr(here, part) for part in _ORIGIN)
        except ValueError:
            return False

    def _answer(self, url: str, name: str) -> Answer:
        renewed = False
        while True:
            if self._token is None:
                self._token = self._sign_in()
            headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
            answer = self._ask("GET", url, headers, None, most=PAGE_BYTES, at="base_url")
            status = answer.status
            if status == 200:
                return answer
            if status == 401 and not renewed:
                self._token, renewed = None, True
                continue
            if status in (401, 403):
                raise self.failed("not_allowed", name=name, status=status)
            raise Refused(status)

    def _sign_in(self) -> str:
        """A token. The client says who it is in the header, or where that is not taken, the body.

        RFC 6749, 2.3.1, has servers take the first and lets them take the second.
        """
        form = {"grant_type": "client_credentials", "scope": self.scope}
        # As they are: servers read no escapes here, whatever the same section says.
        basic = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        answer = self._ask_for_token({"Authorization": f"Basic {basic}"}, form)
        if answer.status in (400, 401):
            who = {"client_id": self.client_id, "client_secret": self.secret}
            answer = self._ask_for_token({}, form | who)
        token = _object(answer.body).get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise self.failed("no_token", at="token_url", status=answer.status)
        return token

    def _ask_for_token(self, headers: Mapping[str, str], form: Mapping[str, str]) -> Answer:
        kinds = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        said = {**kinds, **headers}
        return self._ask("POST", self.token_url, said, body, most=TOKEN_BYTES, at="token_url")

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        most: int,
        at: str,
    ) -> Answer:
        """One request, made again when the server is busy or away; never sent on elsewhere.

        `at`: which of the addresses it goes to.
        """
        said = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        failure, status, asked = "busy", 0, 0.0
        for tried in range(TRIES):
            if tried:
                self._wait(tried - 1, asked)
                asked = 0.0
            try:
                answer = ask(
                    method,
                    url,
                    said,
                    body,
                    may_reach=self.may_reach,
                    within_s=self.within_s,
                    most=most,
                )
            except TooMuch:
                raise self.failed("too_large", at=at) from None
            except NoAnswer as none:
                failure = none.why
                if none.lasting:
                    break
            else:
                if 300 <= answer.status < 400:
                    raise self.failed("redirected", at=at, status=answer.status)
                if answer.status not in AGAIN:
                    return answer
                failure, status = "busy", answer.status
                asked = answer.asked.total_seconds() if answer.asked else 0.0
                if asked > LONGEST_PAUSE_S:
                    break
        raise self.failed(failure, at=at, status=status)

    def _records(self, body: bytes, name: str) -> list[Any] | None:
        """The records of a page; None when it is no page of this list."""
        if sum(body.count(mark) for mark in (b",", b"{", b"[")) > PAGE_MARKS:
            raise self.failed("too_large")
        found = _object(body).get(name)
        return found if isinstance(found, list) else None

    def _wait(self, tried: int, asked: float = 0.0) -> None:
        """Wait before the next try, as long as was asked for and longer each time."""
        self.pause(max(asked, 2.0**tried))
        self.look_at_the_time()

    def look_at_the_time(self) -> None:
        """Raises `PullFailed` when the pull has taken too long."""
        if time.perf_counter() > self._ends:
            raise self.failed("too_long")


def _is_next(parameters: str) -> bool:
    """Whether a link leads to the next page, by its parameters."""
    relations = ("".join(found.groups("")) for found in _REL.finditer(parameters))
    return any("next" in relation.lower().split() for relation in relations)


def _joined(url: str, at: str) -> str:
    """Where a link leads; as it is written when that is no address.

    Some servers write a filter with its spaces: what no request may have is escaped.
    """
    try:
        return quote(urljoin(url, at), safe=string.punctuation)
    except ValueError:
        return at


def _object(body: bytes) -> Mapping[str, Any]:
    """What is written in a body, when it is an object of JSON."""
    try:
        read = orjson.loads(body)
    except ValueError:
        try:
            read = json.loads(body.decode("utf-8-sig"))  # more lenient: half a character, a mark
        except (ValueError, RecursionError):
            return {}
    return read if isinstance(read, Mapping) else {}
