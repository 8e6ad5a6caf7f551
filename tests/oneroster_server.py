"""A OneRoster server as they are met: tokens, pages by Link or offset, a filter, and its faults."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition, Event
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests import http_servers
from tests.http_servers import Handler

Json = dict[str, Any]

CLIENT_ID, SECRET = "childfind", "a secret: of the SIS"
BASE = "/ims/oneroster/v1p1"
WAIT_S = 60


@dataclass(frozen=True)
class Answer:
    """What a request is answered: a list's page, unless a test says otherwise."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Fault = Callable[[int, int, Answer], Answer | None]
"""Makes of the answer to a page, by offset and limit, another; None cuts the connection."""


@dataclass
class OneRosterServer:
    """What the server holds and how it behaves.

    `most`: records of a page, whatever is asked for. `links`, `totals`: whether it says `Link`
    and `X-Total-Count`. `filters`: whether it knows `filter`. `withheld`: lists that the client
    may not see. `token_lasts`: how many pages a token is good for. `basic`: whether a client may
    say who it is in the header. `answers`: what the next pages are answered instead. `fault`
    changes every page. `hold`: what it waits for before it answers a page.
    """

    lists: dict[str, list[Json]] = field(default_factory=dict)
    most: int = 100
    links: bool = True
    totals: bool = True
    filters: bool = True
    basic: bool = True
    withheld: set[str] = field(default_factory=set)
    token_lasts: int = 1000
    chunked: bool = False
    answers: list[Answer | None] = field(default_factory=list)
    fault: Fault | None = None
    hold: Event | None = None
    asked: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    origin: str = ""
    _came: Condition = field(default_factory=Condition)

    @property
    def base_url(self) -> str:
        return f"{self.origin}{BASE}"

    @property
    def token_url(self) -> str:
        return f"{self.origin}/token"

    def asked_for(self, name: str) -> list[dict[str, list[str]]]:
        """The queries with which a list was asked for."""
        found = map(urlsplit, self.asked)
        return [parse_qs(one.query) for one in found if one.path == f"{BASE}/{name}"]

    def wait_for(self, number: int) -> None:
        """Until so many pages were asked for."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.asked) >= number, WAIT_S)

    def page(self, path: str, token: str) -> Answer | None:
        with self._came:
            self.asked.append(path)
            self._came.notify_all()
        if self.hold is not None:
            self.hold.wait(WAIT_S)
        if self.tokens.get(token, 0) <= 0:
            return Answer(401)
        self.tokens[token] -= 1
        if self.answers:
            return self.answers.pop(0)
        split = urlsplit(path)
        name, query = split.path.removeprefix(f"{BASE}/"), parse_qs(split.query)
        if name in self.withheld:
            return Answer(403)
        if name not in self.lists:
            return Answer(404)
        if "filter" in query and not self.filters:
            return Answer(400)
        found = self._matching(name, query)
        offset = int(query.get("offset", ["0"])[0])
        limit = min(int(query.get("limit", ["100"])[0]), self.most)
        answer = Answer(200, self._headers(split.path, query, offset, limit, len(found)))
        body = json.dumps({name: found[offset : offset + limit]}).encode()
        answer = Answer(200, answer.headers, body)
        return answer if self.fault is None else self.fault(offset, limit, answer)

    def _matching(self, name: str, query: dict[str, list[str]]) -> list[Json]:
        found = self.lists[name]
        if "filter" not in query:
            return found
        told = re.fullmatch(r"dateLastModified>'(.+)'", query["filter"][0])
        assert told
        since = datetime.fromisoformat(told[1])
        return [one for one in found if datetime.fromisoformat(one["dateLastModified"]) > since]

    def _headers(
        self, path: str, query: dict[str, list[str]], offset: int, limit: int, count: int
    ) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.totals:
            headers["X-Total-Count"] = str(count)
        if self.links:
            others = {name: values[0] for name, values in query.items() if name == "filter"}

            def link(at: int, rel: str) -> str:
                query = urlencode({"limit": limit, "offset": at, **others})
                return f'<{self.origin}{path}?{query}>; rel="{rel}"'

            told = [link(0, "first")]
            if offset + limit < count:
                told.append(link(offset + limit, "next"))
            headers["Link"] = ", ".join(told)
        return headers

    def token(self, authorization: str, form: dict[str, list[str]]) -> Answer:
        who = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if not self.basic:
            who = ":".join(form.get(f"client_{part}", [""])[0] for part in ("id", "secret"))
        if who != f"{CLIENT_ID}:{SECRET}" or form["grant_type"] != ["client_credentials"]:
            return Answer(401, body=b'{"error": "invalid_client"}')
        self.scopes.append(form["scope"][0])
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = self.token_lasts
        told = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        return Answer(body=json.dumps(told).encode())


@contextmanager
def serving(server: OneRosterServer) -> Iterator[OneRosterServer]:
    """The server on a free port of this machine, until it is left."""

    class Answering(Handler):
        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self.give(server.page(self.path, token))

        def do_POST(self) -> None:
            form = parse_qs(self.body().decode())
            self.give(server.token(self.headers.get("Authorization", ""), form))

        def give(self, answer: Answer | None) -> None:
            if answer is None:
                self.hang_up()
            elif server.chunked:
                parts = [answer.body[at : at + 100] for at in range(0, len(answer.body), 100)]
                body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))
                chunked = {"Transfer-Encoding": "chunked", **answer.headers}
                self.answer(answer.status, chunked, body)
            else:
                self.answer(answer.status, answer.headers, answer.body)

    with http_servers.serving(Answering) as port:
        server.origin = f"http://127.0.0.1:{port}"
        try:
            yield server
        finally:
            if server.hold is not None:
                server.hold.set()


CHANGED = "2026-09-01T00:00:00.000Z"


def org(sid: str, kind: str = "school", parent: str | None = "d1", **more: Any) -> Json:
    return {
        "sourcedId": sid,
        "status": "active",
        "dateLastModified": CHANGED,
        "name": f"Invented {sid}",
        "type": kind,
        "identifier": None,
        "parent": parent and {"href": f"/orgs/{parent}", "sourcedId": parent, "type": "org"},
        **more,
    }


def user(sid: str, role: str = "student", school: str = "s1", **more: Any) -> Json:
    """A user of version 1.1."""
    return {
        "sourcedId": sid,
        "status": "active",
        "dateLastModified": CHANGED,
        "username": f"u-{sid}",
        "password": "a password that nobody asked for",
        "enabledUser": "true",
        "givenName": "Ada",
        "familyName": f"Invented{sid}",
        "role": role,
        "orgs": [{"href": f"/orgs/{school}", "sourcedId": school, "type": "org"}],
        "agents": [],
        "grades": ["03"],
        **more,
    }


def user_12(sid: str, role: str = "student", school: str = "s1", **more: Any) -> Json:
    """A user of version 1.2."""
    place = {"href": f"/orgs/{school}", "sourcedId": school, "type": "org"}
    plain = {name: value for name, value in user(sid).items() if name not in ("role", "orgs")}
    roles = [{"roleType": "primary", "role": role, "org": place}]
    return {**plain, "roles": roles, "primaryOrg": place, **more}


def demographics(sid: str, **more: Any) -> Json:
    return {"sourcedId": sid, "status": "active", "dateLastModified": CHANGED, **more}


def district_of(*users: Json, demographics: tuple[Json, ...] = ()) -> dict[str, list[Json]]:
    """What a server holds: two schools and these users."""
    orgs = [org("d1", "district", None), org("s1"), org("s2")]
    return {"orgs": orgs, "users": list(users), "demographics": list(demographics)}
