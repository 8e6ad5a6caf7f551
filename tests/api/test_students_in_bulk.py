"""Students line by line: each has an outcome of its own, and clients at once make one of each."""

from __future__ import annotations

import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.storage.students import Student, StudentIdentifier
from tests.api.records import Json, Records
from tests.builders import ApiClient

NDJSON = "application/x-ndjson"


def line(number: int | str, **more: Any) -> bytes:
    sent = {
        "identifiers": [{"system": "sourced_id", "value": f"st-{number}"}],
        "given_name": "Ada",
        "family_name": "Invented",
        **more,
    }
    return json.dumps(sent).encode()


def push(api: ApiClient, *lines: bytes, query: str = "") -> Any:
    sent = b"\n".join(lines)
    return api.call(
        "POST", f"/v1/students/bulk{query}", data=sent, headers={"Content-Type": NDJSON}
    )


def told(answer: Any) -> list[Json]:
    assert (answer.status_code, answer.mimetype) == (200, NDJSON), answer.text
    return [json.loads(one) for one in answer.data.splitlines()]


def on_record(records: Records) -> tuple[int, int]:
    """How many students, and how many of their identifiers."""
    with records.uow() as uow:
        students, identifiers = (
            uow.rows(select(func.count()).select_from(kind))[0][0]
            for kind in (Student, StudentIdentifier)
        )
    return students, identifiers


def test_each_line_makes_or_changes_a_student(api: ApiClient, records: Records) -> None:
    first = told(push(api, line(1), b"", line(2, grade="K")))
    assert [(one["line"], one["status"], one["version"]) for one in first] == [
        (1, 201, 1),
        (3, 201, 1),
    ]
    second = told(push(api, line(2, grade="1"), line(1)))
    assert [(one["status"], one["id"]) for one in second] == [
        (200, first[1]["id"]),
        (200, first[0]["id"]),
    ]
    assert api.get(f"/v1/students/{first[1]['id']}").get_json()["grade"] == "01"
    assert on_record(records) == (2, 2)


def test_the_same_lines_again_change_nothing(api: ApiClient) -> None:
    first, again = told(push(api, line(1), line(2))), told(push(api, line(1), line(2)))
    assert [one["version"] for one in again] == [one["version"] for one in first]
    assert len(api.get("/v1/events").get_json()["items"]) == 2


def test_a_line_that_is_refused_keeps_no_other_from_being_stored(
    api: ApiClient, records: Records
) -> None:
    lines = (
        line(1),
        b"{",
        line(2, grade="many"),
        b'{"identifiers": [{"system": "sourced_id", "value": "st-3"}]}',
        line(4, birth_date="2090-01-01"),
        line(5, given_name="x" * 70_000),
        line(6),
    )
    done = told(push(api, *lines))
    assert [one["status"] for one in done] == [201, 400, 422, 422, 422, 413, 201]
    assert done[2]["problem"]["errors"][0]["pointer"] == "/grade"
    assert done[1]["problem"]["type"] == "/problems/malformed-json"
    assert [one["id"] is None for one in done] == [False, *[True] * 5, False]
    assert on_record(records) == (2, 2)


def test_a_dry_run_tells_the_same_and_keeps_nothing(api: ApiClient, records: Records) -> None:
    answer = push(api, line(1), b"{", query="?dry_run=true")
    assert answer.status_code == 200
    assert [one["status"] for one in answer.get_json()["result"]["lines"]] == [201, 400]
    assert on_record(records) == (0, 0)


def test_more_lines_than_may_be_are_refused_as_a_whole(api: ApiClient, records: Records) -> None:
    answer = push(api, *(line(number) for number in range(1001)))
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert on_record(records) == (0, 0)


def test_a_line_without_identifiers_is_refused_so_that_a_retry_makes_no_second(
    api: ApiClient, records: Records
) -> None:
    sent = b'{"given_name": "Ada", "family_name": "Invented"}'
    done = told(push(api, sent, line(1), line(2, identifiers=[])))
    assert [one["status"] for one in done] == [422, 201, 422]
    assert done[0]["problem"]["errors"][0]["pointer"] == "/identifiers"
    assert on_record(records) == (1, 1)


def test_many_short_lines_take_no_more_memory_than_the_body(api: ApiClient) -> None:
    body = b"ab\n" * 2_000_000
    tracemalloc.start()
    try:
        answer = push(api, body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert most < 5 * len(body)


@pytest.mark.parametrize("kind", ["application/json", None])
def test_a_body_of_another_kind_is_refused(api: ApiClient, kind: str | None) -> None:
    headers = {"Content-Type": kind}
    assert api.call("POST", "/v1/students/bulk", data=b"{}", headers=headers).status_code == 415


CLIENTS, STUDENTS = 16, 6


def test_clients_that_push_the_same_students_at_once_end_with_one_of_each(
    app: Flask, api: ApiClient, token: str, records: Records
) -> None:
    start = Barrier(CLIENTS)

    def push_all(number: int) -> list[int]:
        mine = ApiClient(app.test_client(), token)
        order = [*range(number % STUDENTS, STUDENTS), *range(number % STUDENTS)]
        start.wait()
        if number % 2:
            return [one["status"] for one in told(push(mine, *(line(n) for n in order)))]
        sent = [json.loads(line(n)) for n in order]
        return [mine.post("/v1/students", one).status_code for one in sent]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [status for answer in pool.map(push_all, range(CLIENTS)) for status in answer]
    assert on_record(records) == (STUDENTS, STUDENTS)
    assert answers.count(201) == STUDENTS
    assert answers.count(200) == (CLIENTS - 1) * STUDENTS
