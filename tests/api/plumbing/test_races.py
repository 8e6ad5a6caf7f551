"""Two requests at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.api.plumbing import idempotency
from service.api.v1 import schools
from service.storage.database import Database
from service.storage.schools import School
from tests.builders import ApiClient

WAIT_S = 60
"""Longer than anything takes on a busy machine: only what hangs is longer."""


def test_twins_with_one_key_do_it_once(
    app: Flask, token: str, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the second is told that the first is running; on SQLite it waits."""
    inside, go_on = Event(), Event()
    created = schools.Schools.created

    def slowly(self: Any, *args: Any, **kwargs: Any) -> Any:
        inside.set()
        assert go_on.wait(WAIT_S)
        return created(self, *args, **kwargs)

    monkeypatch.setattr(schools.Schools, "created", slowly)

    def post() -> TestResponse:
        api = ApiClient(app.test_client(), token)
        return api.post("/v1/schools", {"name": "A"}, headers={"Idempotency-Key": "k"})

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post)
        assert inside.wait(WAIT_S)
        second = pool.submit(post)
        if not store.sqlite:
            answer = second.result(WAIT_S)
            assert answer.status_code == 409
            assert answer.get_json()["type"] == "/problems/request-in-progress"
            assert answer.headers["Retry-After"] == "1"
        go_on.set()
        assert first.result(WAIT_S).status_code == 201
        if store.sqlite:
            assert second.result(WAIT_S).data == first.result().data
            assert second.result().headers["Idempotent-Replayed"] == "true"
    with Session(store.reader) as session:
        assert session.scalar(select(func.count()).select_from(School)) == 1


def test_a_twin_that_ended_between_look_and_lock_is_found_when_the_answer_is_kept(
    api: ApiClient, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post() -> TestResponse:
        return api.post("/v1/schools", {"name": "A"}, headers={"Idempotency-Key": "k"})

    first = post()
    with monkeypatch.context() as unseen:
        unseen.setattr(idempotency, "replay", lambda *_: None)
        late = post()
    assert (late.status_code, late.get_json()["type"]) == (409, "/problems/request-in-progress")
    assert late.headers["Retry-After"] == "1"
    assert post().data == first.data
    with Session(store.reader) as session:
        assert session.scalar(select(func.count()).select_from(School)) == 1


def test_two_changes_of_one_version_never_both_stand(
    app: Flask, token: str, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = api.post("/v1/schools", {"name": "A"}).headers["Location"]

    def change(name: str) -> int:
        mine = ApiClient(app.test_client(), token)
        return mine.patch(path, {"name": name}, etag='"1"').status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(change, "BCDEFGHI"))
    assert statuses == [200] + [412] * 7
