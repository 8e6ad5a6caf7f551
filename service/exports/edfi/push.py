"""Sending resources to an Ed-Fi API: a token, one POST for each, and what came of it.

A POST there is an upsert by the natural key, so that sending twice does no harm. What an API has
taken is remembered in a file beside the district's data, by digests alone: a push that broke off
goes on where it was, and the push of the next night sends what has changed.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from service.exports.edfi.shapes import Json

TIMEOUT_S = 30
TRIES = 5
LONGEST_PAUSE_S = 60
LONGEST_ANSWER = 1 << 20
LOCAL = ("localhost", "127.0.0.1", "::1")
_TOKEN = re.compile(r"[!-~]+")

KEYS: Mapping[str, tuple[str, ...]] = {
    "interventions": ("educationOrganizationReference", "interventionIdentificationCode"),
    "studentInterventionAssociations": ("interventionReference", "studentReference"),
    "ideaEvents": (
        "educationOrganizationReference",
        "ideaEventIdentifier",
        "ideaEventTypeDescriptor",
        "studentReference",
    ),
    "studentIEPs": (
        "educationOrganizationReference",
        "iepFinalizedDate",
        "studentIEPIdentifier",
        "studentReference",
    ),
    **{
        name: (
            day,
            "educationOrganizationReference",
            "programReference",
            "studentReference",
        )
        for name, day in {
            "studentSpecialEducationProgramAssociations": "beginDate",
            "studentSection504ProgramAssociations": "beginDate",
            "studentSpecialEducationProgramEligibilityAssociations": (
                "consentToEvaluationReceivedDate"
            ),
        }.items()
    },
}
"""The members of each resource that its natural key is made of."""


class PushFailed(Exception):
    """The API cannot be reached, or lets nobody in: nothing more can be sent now."""


@dataclass(slots=True)
class Pushed:
    """What came of one kind: how many were sent, had been before, and were refused and why."""

    resource: str
    sent: int = 0
    unchanged: int = 0
    refused: list[tuple[Json, Json]] = field(default_factory=list)

    @property
    def problems(self) -> Counter[str]:
        """How often each problem came, by its type and what it says."""
        return Counter(f"{p.get('type', '?')}: {p.get('detail', '')}" for _, p in self.refused)


class Sent:
    """What an API has taken: for each natural key, the digest of what was taken last."""

    def __init__(self, path: Path, target: str) -> None:
        self._target = target
        self._known: dict[bytes, bytes] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        lines = path.read_text("ascii").splitlines(keepends=True)
        for line in lines:
            key, _, body = line.rstrip("\n").partition(" ")
            if len(key) == len(body) == 32:
                self._known[bytes.fromhex(key)] = bytes.fromhex(body)
        self._file = path.open("a", encoding="ascii")
        if lines and not lines[-1].endswith("\n"):  # cut off when the power went
            self._file.write("\n")

    def __enter__(self) -> Sent:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._file.close()

    def has(self, resource: str, one: Json) -> bool:
        return self._known.get(self._key(resource, one)) == _digest(one)

    def add(self, resource: str, one: Json) -> None:
        key, body = self._key(resource, one), _digest(one)
        self._known[key] = body
        self._file.write(f"{key.hex()} {body.hex()}\n")
        self._file.flush()

    def _key(self, resource: str, one: Json) -> bytes:
        return _digest([self._target, resource, *(one[name] for name in KEYS[resource])])


class EdFiApi:
    """An Ed-Fi API at an address, as a client with a key and a secret.

    `pause` waits some seconds. Redirects are not followed: they would carry records elsewhere.
    Raises ValueError for an address that is no https (http only on this machine).
    """

    def __init__(self, url: str, key: str, secret: str, *, pause: Callable[[float], Any]) -> None:
        parts = urlsplit(url)
        if parts.hostname is None or parts.scheme not in ("http", "https"):
            raise ValueError(f"{url} is not an address: https://host/path is expected")
        if parts.scheme == "http" and parts.hostname not in LOCAL:
            raise ValueError("children's records are sent over https only")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("the address holds more than a host and a path")
        self.url = url.rstrip("/")
        # As they are: Ed-Fi reads no escapes here, whatever RFC 6749 (2.3.1) says.
        self._basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._pause = pause
        self._base = parts.path.rstrip("/")
        self._host, self._port, self._https = parts.hostname, parts.port, parts.scheme == "https"
        self._connection: http.client.HTTPConnection | None = None
        self._token: str | None = None
        self._data = ""

    def push(self, resource: str, made: Iterable[Json], sent: Sent) -> Pushed:
        """Send all of one kind. Raises `PushFailed` when the API stays away."""
        result = Pushed(resource)
        for one in made:
            if sent.has(resource, one):
                result.unchanged += 1
                continue
            status, body = self._post(resource, one)
            if status in (200, 201, 204):
                result.sent += 1
                sent.add(resource, one)
            else:
                result.refused.append((one, _problem(status, body)))
        return result

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _post(self, resource: str, one: Json) -> tuple[int, bytes]:
        renewed = False
        while True:
            if self._token is None:
                self._sign_in()
            headers = {
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            }
            path = f"{self._data}/ed-fi/{resource}"
            status, body = self._call("POST", path, orjson.dumps(one), headers)
            if status != 401:
                return status, body
            if renewed:
                raise PushFailed("the API refuses the token it has just given (401)")
            self._token, renewed = None, True

    def _sign_in(self) -> None:
        """Ask where things are, as far as the API says it, and for a token."""
        status, body = self._call("GET", self._base or "/", b"", {"Accept": "application/json"})
        told = _object(body).get("urls", {}) if status == 200 else {}
        self._data = self._path(told.get("dataManagementApi"), "/data/v3")
        oauth = self._path(told.get("oauth"), "/oauth/token")
        headers = {
            "Authorization": f"Basic {self._basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = urlencode({"grant_type": "client_credentials"}).encode()
        status, body = self._call("POST", oauth, form, headers)
        token = _object(body).get("access_token")
        # A header takes no more than visible characters, and what it refuses it would quote.
        if status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise PushFailed(f"the API gives no token ({status}): are key and secret right?")
        self._token = token

    def _path(self, told: Any, otherwise: str) -> str:
        """The path of an address the API told; never on another host than the one named."""
        parts = urlsplit(told) if isinstance(told, str) else None
        if parts is None or not parts.path:
            return f"{self._base}{otherwise}"
        if parts.hostname not in (None, self._host):
            raise PushFailed("the API names another host for its data: push to that address")
        return parts.path.rstrip("/")

    def _call(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """One request. Tried again, later each time, when the API is busy or away."""
        why = ""
        for tried in range(TRIES):
            try:
                connection = self._connected()
                connection.request(method, path, body or None, dict(headers))
                answer = connection.getresponse()
                read = answer.read(LONGEST_ANSWER)
                if answer.will_close or not answer.isclosed():
                    self.close()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                why, wait = type(error).__name__, 2.0**tried
            else:
                if answer.status not in (429, 500, 502, 503, 504):
                    return answer.status, read
                why, wait = str(answer.status), 2.0**tried
                asked = answer.headers.get("Retry-After", "")
                if asked.isascii() and asked.isdigit():
                    wait = float(asked[:4])
            if tried < TRIES - 1:
                self._pause(min(wait, LONGEST_PAUSE_S))
        raise PushFailed(f"the API does not answer ({why}); what it took is remembered")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._https:
                self._connection = http.client.HTTPSConnection(
                    self._host,
                    self._port,
                    timeout=TIMEOUT_S,
                    context=ssl.create_default_context(),
                )
            else:
                self._connection = http.client.HTTPConnection(
                    self._host, self._port, timeout=TIMEOUT_S
                )
        return self._connection


def _digest(value: Any) -> bytes:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()[:16]


def _problem(status: int, body: bytes) -> Json:
    """The problem details of a refusal (RFC 9457), or the little there is."""
    return {"type": "about:blank", "detail": f"refused with {status}", **_object(body)}


def _object(body: bytes) -> Json:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
