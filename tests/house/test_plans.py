"""How the databases look long lists up: by an index, however they are narrowed down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, insert

from service.api.v1.deadlines import STATES
from service.clock import SetClock
from service.storage.database import Database
from service.storage.imports import STATUSES, Import
from tests.bench.data import Filled, Owing, fill, fill_deadlines
from tests.builders import ApiClient, a_token
from tests.postgres import Cluster
from tests.postgres import Database as Addresses

STUDENTS = 4_000
"""They owe some seven thousand deadlines: more than a page by far, however narrowed down."""

IMPORTS_MADE = 4_000
SOURCE = UUID(int=7)

QUERIES = (
    "",
    *(f"state={state}" for state in STATES),
    "state=open,running",
    "overdue=true",
    "due_after=2026-10-01&due_before=2026-10-31",
    "kind=clock",
    "kind=duty",
    "term=initial_evaluation",
    "school_id={school}",
    "owner_staff_id={owner}",
    "school_id={school}&state=late&kind=clock",
    "owner_staff_id={owner}&state=paused",
    "state=paused&kind=clock&sort=-due_on",
)
IMPORTS = (
    "",
    "feed=roster",
    "source=case_history_csv",
    "roster_source_id={source}",
    *(f"status={status}" for status in STATUSES),
    "started_since=2026-10-01T00:00:00Z&started_before=2026-11-01T00:00:00Z",
    "feed=roster&status=failed",
    "status=failed&started_since=2026-10-01T00:00:00Z&sort=started_at",
)


@dataclass(frozen=True)
class Large:
    """A database with many deadlines, and whose they are."""

    database: Database
    filled: Filled
    owing: Owing


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def large(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Large]:
    """A database of this file's own, which nothing changes once its statistics are there.

    A planner that knows nothing of the tables, or what the last test left, chooses by chance.
    """
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans') / 'childfind.sqlite3'}"
        made = Addresses("childfind", url, owner_url=url)
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        made = cluster.create_database()
    filled = fill(made.owner_url, made.url, students=STUDENTS, supported=False)
    fill_imports(made.owner_url, filled.district)
    # Of a few rows PostgreSQL reads the table or its index, by what a vacuum could make sure of.
    owing = fill_deadlines(made.owner_url, filled, parts=20)
    opened = Database(made.url)
    yield Large(opened, filled, owing)
    opened.dispose()


def fill_imports(owner_url: str, district: UUID) -> None:
    """Those of some years, of four feeds; one in a hundred did not come through."""
    began = datetime(2023, 10, 5, 15, 0, tzinfo=UTC)
    rows: list[dict[str, Any]] = []
    for n in range(IMPORTS_MADE):
        at = began + timedelta(hours=n * 7)
        rows.append(
            {
                "district_id": district,
                "id": uuid4(),
                "source": "case_history_csv" if n % 50 == 0 else "oneroster_rest",
                "feed": ("roster", "night", "preschool", "charter")[n % 4],
                "status": STATUSES[n // 100 % len(STATUSES)] if n % 100 == 0 else "succeeded",
                "started_at": at,
                "report": {},
                "roster_source_id": SOURCE if n % 4 == 1 else uuid4(),
                "version": 1,
                "created_at": at,
                "updated_at": at,
            }
        )
    owner = Database(owner_url)
    with owner.writer.begin() as connection:
        connection.execute(insert(Import), rows)
    owner.dispose()


@pytest.fixture
def store(large: Large) -> Database:
    return large.database


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 10, 5, 15, 0, tzinfo=UTC))


@pytest.fixture
def api(app: Flask, large: Large) -> ApiClient:
    return ApiClient(app.test_client(), a_token(app, large.filled.client))


def asked(api: ApiClient, large: Large, query: str, of: str = "deadlines") -> tuple[str, Any]:
    """The statement that a list sends, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _x: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    known = {"school": large.filled.schools[3], "owner": large.owing.staff[3], "source": SOURCE}
    query = query.format(**known)
    event.listen(large.database.engine, "before_cursor_execute", note)
    try:
        answer = api.get(f"/v1/{of}?{query}")
    finally:
        event.remove(large.database.engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.text
    (found,) = [one for one in sent if f"FROM {of}" in one[0]]
    return found


def plan(store: Database, statement: str, parameters: Any) -> list[str]:
    """The steps that the database takes."""
    with store.engine.connect() as connection:
        if store.sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return [row[-1] for row in rows]
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [row[0] for row in rows]


def is_looked_up(step: str) -> bool:
    """Whether a step neither reads a whole table nor sorts what it read.

    Of rebuilds a district has one at most: no index finds it sooner.
    """
    if "Seq Scan on deadline_rebuilds" in step:
        return True
    return not any(word in step for word in ("SCAN ", "Seq Scan", "TEMP B-TREE", "Sort"))


@pytest.mark.parametrize("query", QUERIES)
def test_deadlines_are_found_by_an_index(api: ApiClient, large: Large, query: str) -> None:
    steps = plan(large.database, *asked(api, large, query))
    assert any("ix_deadlines_district_id_" in step for step in steps)
    assert [step for step in steps if not is_looked_up(step)] == []


@pytest.mark.parametrize("query", IMPORTS)
def test_imports_are_found_by_an_index(api: ApiClient, large: Large, query: str) -> None:
    steps = plan(large.database, *asked(api, large, query, "imports"))
    assert any("ix_imports_district_id_" in step for step in steps)
    assert [step for step in steps if not is_looked_up(step)] == []


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("overdue=true", "ix_deadlines_district_id_due_on_id_not_done"),
        ("state=open,running", "ix_deadlines_district_id_due_on_id_not_done"),
        ("state=paused", "ix_deadlines_district_id_due_on_id_still"),
        ("state=paused&sort=-due_on", "ix_deadlines_district_id_due_on_id_still"),
    ],
)
def test_what_is_asked_every_day_has_an_index_without_the_rest(
    api: ApiClient, large: Large, query: str, index: str
) -> None:
    """SQLite, which keeps no statistics, takes either of two that both answer the question."""
    steps = plan(large.database, *asked(api, large, query))
    found = "ix_deadlines_district_id_due_on_id" if large.database.sqlite else index
    assert any(found in step for step in steps)


@pytest.mark.parametrize("query", ["", "term=initial_evaluation", "overdue=true", "state=paused"])
def test_no_page_reads_the_spans_of_other_rows(api: ApiClient, large: Large, query: str) -> None:
    steps = plan(large.database, *asked(api, large, query))
    spans = [step for step in steps if "ix_paused_spans_" in step]
    assert spans
    assert all("_deadline_id_last_on_first_on" in step for step in spans)


def test_the_check_can_tell_a_list_that_is_sorted_first(store: Database) -> None:
    steps = plan(store, "SELECT id FROM deadlines ORDER BY title", ())
    assert not all(is_looked_up(step) for step in steps)
