"""An API such as Ed-Fi's, as far as a client that sends can tell: a token that runs out, an upsert
by natural key, problem details, and a server that is busy or gone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from jsonschema import Draft202012Validator

from tests import http_servers
from tests.exports.edfi_shapes import SHAPES, Json, key_of
from tests.http_servers import Handler

KEY, SECRET = "a key", "a secret:with a colon"


@dataclass
class EdFiServer:
    """What the server holds and how it behaves. `kept`: by resource and natural key.

    `token_lasts`: how many POSTs a token is good for. `answers`: what the next POSTs of resources
    are answered instead, by status; None stands for a connection that is cut. `unknown`: students
    it does not have. `token`: what tokens begin with. `urls`: where it says that things are, beside
    what it says of itself. `headers`: sent with each answer. `plain`: answers of refusals are HTML.
    """

    version: str = "5.2"
    token: str = "token"
    token_lasts: int = 1000
    answers: list[int | None] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    kept: dict[tuple[str, tuple[Any, ...]], Json] = field(default_factory=dict)
    posts: list[tuple[str, int]] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    url: str = ""
    urls: dict[str, str | None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    plain: bool = False

    def of(self, resource: str) -> list[Json]:
        return [one for (name, _), one in self.kept.items() if name == resource]

    def take(self, resource: str, token: str, body: bytes) -> tuple[int, Json | None]:
        if self.tokens.get(token, 0) <= 0:
            return 401, _problem("security:authentication", 401)
        self.tokens[token] -= 1
        if resource not in SHAPES[self.version]:
            return 404, _problem("not-found", 404)
        one = json.loads(body)
        errors = list(Draft202012Validator(SHAPES[self.version][resource]).iter_errors(one))
        if errors:
            told = {error.json_path: [error.message] for error in errors}
            return 400, {
                **_problem("bad-request:data-validation-failed", 400),
                "validationErrors": told,
            }
        student = one.get("studentReference", {}).get("studentUniqueId")
        if student in self.unknown:
            return 409, _problem("data-conflict:unresolved-reference", 409)
        key = (resource, key_of(resource, one))
        status = 200 if key in self.kept else 201
        self.kept[key] = one
        return status, None


def _problem(kind: str, status: int) -> Json:
    return {"type": f"urn:ed-fi:api:{kind}", "title": kind, "status": status, "detail": f"{kind}."}


@contextmanager
def serving(server: EdFiServer) -> Iterator[EdFiServer]:
    class Answering(Handler):
        def do_GET(self) -> None:
            urls = {
                "oauth": f"{server.url}/connect/token",
                "dataManagementApi": f"{server.url}/data/v3/",
            }
            self.give(200, {"version": "7.3", "urls": urls | server.urls})

        def do_POST(self) -> None:
            body = self.body()
            if self.path.endswith(("/connect/token", "/oauth/token")):
                self.token(body)
                return
            resource = self.path.rpartition("/")[2]
            assert self.path == f"/api/data/v3/ed-fi/{resource}"
            if server.answers:
                instead = server.answers.pop(0)
                if instead is None:
                    self.hang_up()
                    return
                self.give(instead, _problem("busy", instead))
                return
            token = self.headers["Authorization"].removeprefix("Bearer ")
            status, told = server.take(resource, token, body)
            server.posts.append((resource, status))
            self.give(status, told)

        def token(self, body: bytes) -> None:
            given = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            asked = parse_qs(body.decode())
            if asked != {"grant_type": ["client_credentials"]} or given != f"{KEY}:{SECRET}":
                self.give(401, {"error": "invalid_client"})
                return
            token = f"{server.token}-{len(server.tokens)}"
            server.tokens[token] = server.token_lasts
            self.give(200, {"access_token": token, "expires_in": 1800, "token_type": "bearer"})

        def give(self, status: int, told: Json | None) -> None:
            body = b"" if told is None else json.dumps(told).encode()
            if server.plain and status >= 400:
                body = b"<h1>No</h1>"
            self.answer(status, {**server.headers, "Content-Type": "application/json"}, body)

    with http_servers.serving(Answering) as port:
        server.url = f"http://127.0.0.1:{port}/api"
        yield server
