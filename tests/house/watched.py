"""A client that holds every call it makes to what the house promises of every route.

Beside the call itself it makes others: the same POST with the same key, the same request as a
client of another district, and a rebuild of the deadlines, which must find nothing to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.test import TestResponse

from service.api.plumbing.resource import WRITES
from service.api.plumbing.survey import Operation, operations
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import deadlines
from tests.builders import ApiClient, services_of
from tests.document import conforms

REPLAYED = ("Content-Type", "ETag", "Location", "Link")
ADDRESS = re.compile(r"/v1/([a-z-]+)/([0-9a-f-]{36})$")


def operation_at(app: Flask, method: str, path: str) -> tuple[Operation, Mapping[str, Any]]:
    """The operation that answers a request, with the values in its path."""
    endpoint, values = app.url_map.bind("").match(path.partition("?")[0], method)
    return _by_endpoint(app)[endpoint, method], values


@lru_cache(maxsize=4)
def _by_endpoint(app: Flask) -> Mapping[tuple[str, str], Operation]:
    return {(operation.endpoint, operation.method): operation for operation in operations(app)}


@dataclass
class Remembering(ApiClient):
    """Calls the API and remembers. `done`: the operations that succeeded; `ids`: by noun."""

    app: Flask = field(kw_only=True)
    district: UUID = field(kw_only=True)
    done: set[tuple[str, str]] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        **more: Any,
    ) -> TestResponse:
        answer = super().call(method, path, headers=headers, **more)
        if answer.status_code < 300:
            operation, values = operation_at(self.app, method, path)
            self.done.add((method, operation.path))
            self._remember(operation, values, answer)
        return answer

    def _remember(
        self, operation: Operation, values: Mapping[str, Any], answer: TestResponse
    ) -> None:
        """The ids that were met, by the noun that stands before them in a path."""
        made = ADDRESS.search(answer.headers.get("Location", ""))
        if made is not None:
            self.ids[made[1]] = made[2]
        parts = operation.path.split("/")
        for name, value in values.items():
            if isinstance(value, UUID):
                self.ids[parts[parts.index(f"{{{name}}}") - 1]] = str(value)


@dataclass
class Watched(Remembering):
    """Calls the API and watches; `neighbor` is a client of another district."""

    neighbor: ApiClient = field(kw_only=True)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        **more: Any,
    ) -> TestResponse:
        operation, values = operation_at(self.app, method, path)
        sent: dict[str, str | None] = dict(headers or {})
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid4()))
        answer = super().call(method, path, headers=sent, **more)
        where = f"{method} {operation.path}"
        conforms(self.app, method, operation.path, answer)
        if answer.status_code < 300 and method == "POST":
            self._replays(where, path, answer, sent, more)
        if any(isinstance(value, UUID) for value in values.values()):
            self._is_hidden(where, method, path, sent, more)
        if method in WRITES:
            self._leaves_nothing_to_rebuild(where)
        return answer

    def _replays(
        self,
        where: str,
        path: str,
        first: TestResponse,
        sent: Mapping[str, str | None],
        more: Mapping[str, Any],
    ) -> None:
        """The same key and body once more: the same answer, and done once."""
        again = super().call("POST", path, headers=sent, **more)
        assert again.status_code == first.status_code, (where, again.text)
        assert again.data == first.data, where
        assert again.headers["Idempotent-Replayed"] == "true", where
        for name in REPLAYED:
            assert again.headers.get(name) == first.headers.get(name), (where, name)

    def _is_hidden(
        self,
        where: str,
        method: str,
        path: str,
        sent: Mapping[str, str | None],
        more: Mapping[str, Any],
    ) -> None:
        """To another district the record is not there, whatever is asked of it."""
        fresh = {**sent, "Childfind-Acting-Staff": None}  # one of ours
        if method == "POST":
            fresh["Idempotency-Key"] = str(uuid4())
        answer = self.neighbor.call(method, path, headers=fresh, **more)
        assert answer.status_code == 404, (where, answer.status_code, answer.text)
        assert answer.get_json()["type"] == "/problems/not-found", where

    def _leaves_nothing_to_rebuild(self, where: str) -> None:
        """What a write leaves in the table of deadlines is what is computed from the facts."""
        held = services_of(self.app)
        with UnitOfWork(held.database, Caller(district_id=self.district), held.clock) as uow:
            rebuilt = deadlines.rebuild(uow, held.policies)
        assert rebuilt.changed == 0, where
