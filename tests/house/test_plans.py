"""How the databases look the list of deadlines up: by an index, however it is narrowed down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, text

from service.clock import SetClock
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token

QUERIES = (
    "",
    *(
        f"state={state}"
        for state in ("open", "running", "paused", "met", "late", "excused", "unknown")
    ),
    "overdue=true",
    "due_after=2026-10-01&due_before=2026-10-31",
    "kind=clock",
    "kind=duty",
    "term=initial_evaluation",
    "school_id={id}",
    "owner_staff_id={id}",
    "school_id={id}&state=late&kind=clock",
    "owner_staff_id={id}&state=paused",
    "state=paused&kind=clock&sort=-due_on",
)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 10, 5, 15, 0, tzinfo=UTC))


@pytest.fixture
def api(app: Flask, store: Database) -> ApiClient:
    return ApiClient(app.test_client(), a_token(app, a_client(store, a_district(store))))


def asked(api: ApiClient, store: Database, query: str) -> tuple[str, Any]:
    """The statement that the list sends, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _x: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        answer = api.get(f"/v1/deadlines?{query}")
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.text
    (found,) = [one for one in sent if "FROM deadlines" in one[0]]
    return found


def plan(store: Database, statement: str, parameters: Any) -> list[str]:
    """The steps that the database would take, were the tables large."""
    with store.engine.connect() as connection:
        if store.sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [row[-1] for row in rows]
        # What it would rather do with a table of no rows; without an index it still has to.
        for rather in ("seqscan", "bitmapscan", "sort"):
            connection.execute(text(f"SET LOCAL enable_{rather} = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [row[0] for row in rows]


def is_looked_up(step: str) -> bool:
    """Whether a step neither reads a whole table nor sorts what it read."""
    return not any(word in step for word in ("SCAN ", "Seq Scan", "TEMP B-TREE", "Sort"))


@pytest.mark.parametrize("query", QUERIES)
def test_deadlines_are_found_by_an_index(api: ApiClient, store: Database, query: str) -> None:
    steps = plan(store, *asked(api, store, query.format(id=uuid4())))
    assert any("ix_deadlines_district_id_" in step for step in steps)
    assert [step for step in steps if not is_looked_up(step)] == []


def test_what_is_overdue_is_found_among_what_is_not_done(api: ApiClient, store: Database) -> None:
    steps = plan(store, *asked(api, store, "overdue=true"))
    assert any("ix_deadlines_district_id_due_on_id_not_done" in step for step in steps)


@pytest.mark.parametrize("query", ["", "term=initial_evaluation", "overdue=true"])
def test_no_page_reads_the_spans_of_other_rows(api: ApiClient, store: Database, query: str) -> None:
    steps = plan(store, *asked(api, store, query))
    spans = [step for step in steps if "ix_paused_spans_" in step]
    assert spans
    assert all("_deadline_id_last_on_first_on" in step for step in spans)


def test_the_check_can_tell_a_list_that_is_sorted_first(store: Database) -> None:
    steps = plan(store, "SELECT id FROM deadlines ORDER BY title", ())
    assert not all(is_looked_up(step) for step in steps)
