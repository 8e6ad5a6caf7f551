"""The yardstick: the same answers from bare WSGI and hand-written SQL.

It verifies the same token, filters by the same district, and writes the same journal
entries in the same transaction; nothing else: no schemas, no rules, no idempotency, no
versions. What it costs is the floor for this server and database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from service.api.plumbing.services import Services
from service.api.plumbing.tokens import Verifier
from service.storage.base import time_ordered_id

STUDENT = (
    "id, given_name, middle_name, family_name, preferred_given_name, preferred_family_name, "
    "birth_date, grade, sex, hispanic, races, home_language, english_learner, placement, "
    "school_id, active, version, created_at, updated_at"
)
ONE_STUDENT = f"SELECT {STUDENT} FROM students WHERE district_id = %s AND id = %s"  # noqa: S608
IDENTIFIERS = (
    "SELECT system, value FROM student_identifiers WHERE district_id = %s AND student_id = %s"
)
PAGE = (
    f"SELECT {STUDENT} FROM students WHERE district_id = %s AND school_id = %s "  # noqa: S608
    "AND grade = %s ORDER BY family_name, id LIMIT 101"
)
JOURNAL = (
    "WITH head AS (UPDATE journal_heads SET last_seq = last_seq + 1 WHERE district_id = %(d)s "
    "RETURNING last_seq), entry AS (INSERT INTO journal (district_id, seq, event, subject_type, "
    "subject_id, at, client_id, row_count, findings) SELECT %(d)s, last_seq, %(event)s, %(kind)s, "
    "%(id)s, %(at)s, %(client)s, 1, '[]' FROM head RETURNING seq) INSERT INTO journal_payloads "
    "(district_id, seq, after) SELECT %(d)s, seq, %(after)s FROM entry"
)
SESSION = (
    "INSERT INTO intervention_sessions (district_id, id, intervention_id, held_on, minutes, "
    "attended, version, created_at, updated_at) SELECT %(d)s, %(new)s, id, %(held_on)s, "
    "%(minutes)s, true, 1, %(at)s, %(at)s FROM interventions WHERE district_id = %(d)s "
    "AND id = %(intervention)s RETURNING id"
)
CASE = (
    "INSERT INTO cases (district_id, id, student_id, path, status, frameworks, opened_on, "
    "jurisdiction, law_on, absences, version, created_at, updated_at) VALUES (%(d)s, %(case)s, "
    "%(student)s, 'initial', 'evaluation_requested', '[\"idea\"]', %(on)s, 'us', %(on)s, '[]', 1, "
    "%(at)s, %(at)s)"
)
REFERRAL = (
    "INSERT INTO referrals (district_id, id, case_id, student_id, requester, words, form, "
    "received_on, recorded_at, suspected_areas, frameworks, from_screening, kept, warnings, "
    "version, created_at, updated_at) VALUES (%(d)s, %(new)s, %(case)s, %(student)s, 'parent', "
    "%(words)s, 'written', %(on)s, %(at)s, '[]', '[]', false, '{}', '[]', 1, %(at)s, %(at)s)"
)
DEADLINE = (
    "INSERT INTO deadlines (district_id, id, case_id, student_id, key, term_id, kind, title, "
    "state, started_on, provisional, basis, detail) VALUES (%(d)s, %(id)s, %(case)s, %(student)s, "
    "%(key)s, 'answer_to_request', 'duty', 'Answer the request', 'open', %(on)s, false, 'state', "
    "'{}')"
)

Start = Callable[[str, list[tuple[str, str]]], object]


class Raw:
    """A WSGI program with four addresses, each like the service's own."""

    def __init__(self, services: Services, url: str) -> None:
        self.services = services
        self.url = url.replace("postgresql+psycopg://", "postgresql://")
        self.verifier = Verifier()
        self.local = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        identity = self.verifier.verify(self.services, token)
        (district,) = identity.districts
        path = environ["PATH_INFO"].split("/")
        if environ["REQUEST_METHOD"] == "GET":
            status, answer = self.read(district, path, environ["QUERY_STRING"])
        else:
            body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            status, answer = self.write(district, identity.client_id, path, body)
        sent = orjson.dumps(answer)
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(sent)))])
        return [sent]

    def read(self, district: UUID, path: list[str], query: str) -> tuple[str, Any]:
        cursor = self.connection(autocommit=True).cursor(row_factory=dict_row)
        if len(path) == 4:
            id = UUID(path[3])
            student = cursor.execute(ONE_STUDENT, (district, id)).fetchone()
            assert student is not None
            student["identifiers"] = cursor.execute(IDENTIFIERS, (district, id)).fetchall()
            return "200 OK", student
        asked = parse_qs(query)
        where = (district, UUID(asked["school_id"][0]), asked["grade"][0])
        rows = cursor.execute(PAGE, where).fetchall()
        return "200 OK", {"items": rows[:100], "next_cursor": None}

    def write(
        self, district: UUID, client: UUID, path: list[str], body: dict[str, Any]
    ) -> tuple[str, Any]:
        at = datetime.now(UTC)
        new = time_ordered_id(at)
        said = {"d": district, "new": new, "id": new, "at": at, "client": client, **body}
        connection = self.connection(autocommit=False)
        with connection.transaction():
            if path[2] == "interventions":
                said |= {"intervention": UUID(path[3]), "event": "session.recorded"}
                connection.execute(SESSION, said)
            else:
                said |= {"student": UUID(body["student_id"]), "case": time_ordered_id(at)}
                said |= {"on": at.date(), "event": "referral.received", "key": str(new)}
                connection.execute(
                    "SELECT 1 FROM students WHERE district_id = %(d)s AND id = %(student)s "
                    "FOR UPDATE",
                    said,
                )
                connection.execute(
                    "SELECT id FROM cases WHERE district_id = %(d)s AND student_id = %(student)s "
                    "AND path = 'initial' AND closed_on IS NULL",
                    said,
                )
                connection.execute(CASE, said)
                connection.execute(REFERRAL, said)
                connection.execute(DEADLINE, said)
            connection.execute(JOURNAL, {**said, "kind": path[2], "after": Jsonb(body)})
        return "201 Created", {"id": new, **body}

    def connection(self, *, autocommit: bool) -> psycopg.Connection[Any]:
        name = f"autocommit_{autocommit}"
        found: psycopg.Connection[Any] | None = getattr(self.local, name, None)
        if found is None:
            found = psycopg.connect(self.url, autocommit=autocommit)
            setattr(self.local, name, found)
        return found
