"""Calls the service as a program of the district would, shows every call, and checks it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from service.clock import SetClock
from service.demo.page import Page

Json = dict[str, Any]

ZONE = ZoneInfo("America/Chicago")
TIMEOUT_S = 30

ANYTHING = ...
"""As the value of an expected member: whatever it is, as long as it is not null."""


class Unexpected(Exception):
    """An answer is not what it should be."""


class Walker:
    """A client with its token, a clock that it sets, and the page that shows what it does.

    What an answer should say is given as `{"case.status": "received"}`: members by their path,
    with the value they must have. They are shown as the facts that matter.
    """

    def __init__(self, host: str, port: int, clock: SetClock, page: Page) -> None:
        self.page = page
        self._address = host, port
        self._clock = clock
        self._token = ""
        self._acting = ""
        self._etags: dict[str, str] = {}
        self._answer: Json = {}
        self.last = ""
        """The last request, in short."""

    @property
    def today(self) -> str:
        return self._clock.today(str(ZONE)).isoformat()

    def on(self, day: str) -> str:
        """Go to the morning of a day; the day."""
        self._clock.set(datetime.combine(date.fromisoformat(day), time(9), ZONE))
        self.page.day(date.fromisoformat(day))
        return day

    def acting(self, staff_id: str) -> None:
        """Act for this staff member from now on."""
        self._acting = staff_id

    # Calls ------------------------------------------------------------------------

    def sign_in(self, client: tuple[UUID, str]) -> None:
        """Get a token (OAuth 2 client credentials)."""
        id, secret = client
        form = urlencode({"grant_type": "client_credentials"})
        self.page.request(
            "POST", "/oauth/token", {"Authorization": "Basic <client id and secret>"}, form
        )
        basic = b64encode(f"{id}:{secret}".encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._send("POST", "/oauth/token", headers, form.encode(), 200)
        self.page.answer(200)
        self._expect({"token_type": "Bearer", "expires_in": ANYTHING})
        self._token = self._answer["access_token"]

    def get(self, path: str, expected: Mapping[str, Any] | None = None) -> Json:
        return self._call("GET", path, None, 200, expected or {})

    def post(
        self,
        path: str,
        body: Json,
        expected: Mapping[str, Any] | None = None,
        *,
        status: int = 201,
        name: str = "",
    ) -> Json:
        """Create something; `name` is how its id is shown from now on."""
        answer = self._call("POST", path, body, status, expected or {})
        if name:
            self.page.name(answer["id"], name)
        return answer

    def patch(self, path: str, body: Json, expected: Mapping[str, Any] | None = None) -> Json:
        """Change what was last seen there."""
        return self._call("PATCH", path, body, 200, expected or {})

    def step(self, path: str, name: str, details: Json | None = None) -> Json:
        """Take a step that must be allowed; the decision, whose findings are shown."""
        at = f"{path}/steps/{name}"
        answer = self._exchange("POST", at, details or {}, 200)
        decision: Json = answer["decision"]
        self._etags[path] = self._etags[at]
        self.page.answer(200, f"allowed, from `{decision['from']}` to `{decision['to']}`")
        self.page.considered(decision["findings"])
        return decision

    def refused(self, path: str, name: str, *rules: str, details: Json | None = None) -> Json:
        """Try a step that these rules, and no others, must refuse; the problem."""
        problem = self._exchange("POST", f"{path}/steps/{name}", details or {}, 409)
        self.page.answer(409, f"refused ({problem['type']})")
        blocking = [finding for finding in problem["findings"] if finding["blocks"]]
        for finding in blocking:
            self.page.finding(finding)
        by = sorted(finding["rule_id"] for finding in blocking)
        self.check(by == sorted(rules), f"refused by {', '.join(by)}, not {', '.join(rules)}")
        return problem

    def owed(self, case_id: str, states: Mapping[str, str]) -> list[Json]:
        """All that a case owes or owed; `states` says how some of it must stand, by term."""
        query = urlencode({"case_id": case_id, "limit": 500})
        items: list[Json] = self._exchange("GET", f"/v1/deadlines?{query}", None, 200)["items"]
        self.page.answer(200)
        self.page.deadlines(items)
        found = {item["term"]: item["state"] for item in items}
        for term, state in states.items():
            is_so = found.get(term) == state
            self.check(is_so, f"{term} should be {state} and is {found.get(term, 'not there')}")
        return items

    def check(self, is_so: bool, what: str) -> None:
        """Stop the walk, saying what, unless it is so."""
        if not is_so:
            raise Unexpected(f"{self.last}: {what}")

    # One exchange -----------------------------------------------------------------

    def _call(
        self, method: str, path: str, body: Json | None, status: int, expected: Mapping[str, Any]
    ) -> Json:
        answer = self._exchange(method, path, body, status)
        self.page.answer(status)
        self._expect(expected)
        return answer

    def _exchange(self, method: str, path: str, body: Json | None, status: int) -> Json:
        """Show a request and send it; the answer, which must have this status."""
        shown = {}
        if method != "GET" and self._acting:
            shown["Childfind-Acting-Staff"] = self._acting
        if method == "PATCH":
            shown["If-Match"] = self._etags.get(path, "*")
        self.page.request(method, path, shown, body)
        headers = {"Authorization": f"Bearer {self._token}", **shown}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        if body is not None:
            headers["Content-Type"] = "application/json"
        # What is done later is later: nothing in a case happens at the same instant.
        self._clock.advance(timedelta(minutes=1))
        content = None if body is None else json.dumps(body).encode()
        self._send(method, path, headers, content, status)
        return self._answer

    def _send(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None, status: int
    ) -> None:
        self.last = f"{method} {path}"
        connection = HTTPConnection(*self._address, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, HTTPException) as error:
            raise Unexpected(f"{self.last}: no answer: {error!r}") from error
        finally:
            connection.close()
        if answer.status != status:
            raise Unexpected(f"{self.last}: {answer.status} instead of {status}: {text}")
        try:
            self._answer = json.loads(text)
        except ValueError as error:
            raise Unexpected(f"{self.last}: its answer is no JSON: {text}") from error
        if etag := answer.headers["ETag"]:
            self._etags[answer.headers["Location"] or path] = etag

    def _expect(self, expected: Mapping[str, Any]) -> None:
        """Show members of the last answer and check that they are as they should be."""
        for where, wanted in expected.items():
            found = _at(self._answer, where)
            self.page.fact(where, found)
            is_so = found is not None if wanted is ANYTHING else found == wanted
            told = "something" if wanted is ANYTHING else repr(wanted)
            self.check(is_so, f"`{where}` is {found!r} and should be {told}")


def _at(value: Any, path: str) -> Any:
    """The member at a path such as `items.0.id`; None where there is none."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(part)
    return value
