"""The yardstick: the same answers from bare WSGI and hand-written SQL.

It verifies the same token, filters by the same district, writes the same rows and the same
journal entries in one transaction (of a referral two: its own, and that of the case it opens),
and answers with the same facts; `same_facts` sees to that before anything is measured. It does
nothing else: no schemas, no rules, no idempotency, no versions, no log. What the law says of a
parent's request it has worked out once, at its start. What it costs is the floor for this server
and database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from service.api.plumbing.serializer import OPTIONS
from service.api.plumbing.tokens import Verifier
from service.domain import facts
from service.domain.calendars import SchoolCalendar
from service.domain.deadlines import deadlines
from service.domain.decide import citation_json, finding
from service.domain.lifecycles import RECEIPT
from service.services import Services
from service.storage.base import time_ordered_id

STUDENT = (
    "s.id, s.given_name, s.middle_name, s.family_name, s.preferred_given_name, "
    "s.preferred_family_name, s.birth_date, s.grade, s.sex, s.hispanic, s.races, "
    "s.home_language, s.english_learner, s.placement, s.school_id, s.active, s.version, "
    "s.created_at, s.updated_at"
)
CARE = (
    "s.ward_of_state, s.lives_with_parent, s.unaccompanied_homeless_youth, s.surrogate_needed_on, "
    "s.rights_transfer_told_on, s.rights_stay_with_guardian"
)
ONE_STUDENT = (
    f"SELECT {STUDENT}, {CARE}, i.system, i.value FROM students s "  # noqa: S608
    "LEFT JOIN student_identifiers i "
    "ON i.district_id = s.district_id AND i.student_id = s.id "
    "WHERE s.district_id = %s AND s.id = %s ORDER BY i.system"
)
PAGE = (
    f"SELECT {STUDENT}, (SELECT value FROM student_identifiers i WHERE i.district_id = "  # noqa: S608
    "s.district_id AND i.student_id = s.id AND i.system = 'sourced_id') AS sourced_id "
    "FROM students s WHERE s.district_id = %s AND s.school_id = %s AND s.grade = %s "
    "ORDER BY s.family_name, s.id LIMIT 101"
)


def _journal(entries: int) -> str:
    """The statement for so many entries with their payloads, numbered one after the other."""
    told = " UNION ALL ".join(
        f"SELECT %(d)s, last_seq - {entries - 1 - n}, %(event_{n})s, %(kind_{n})s, "  # noqa: S608
        f"%(id_{n})s, %(case)s, %(student)s, %(at)s, %(client)s, 1, '[]'::jsonb FROM head"
        for n in range(entries)
    )
    paid = " UNION ALL ".join(
        f"SELECT %(d)s, last_seq - {entries - 1 - n}, %(after_{n})s FROM head"  # noqa: S608
        for n in range(entries)
    )
    return (
        f"WITH head AS (UPDATE journal_heads SET last_seq = last_seq + {entries} "  # noqa: S608
        "WHERE district_id = %(d)s RETURNING last_seq), "
        "entry AS (INSERT INTO journal (district_id, seq, event, subject_type, subject_id, "
        f"case_id, student_id, at, client_id, row_count, findings) {told}) "
        f"INSERT INTO journal_payloads (district_id, seq, after) {paid}"
    )


JOURNAL = {entries: _journal(entries) for entries in (1, 2)}
SESSION = (
    "INSERT INTO intervention_sessions (district_id, id, intervention_id, held_on, minutes, "
    "attended, version, created_at, updated_at) SELECT %(d)s, %(new)s, id, %(held_on)s, "
    "%(minutes)s, true, 1, %(at)s, %(at)s FROM interventions WHERE district_id = %(d)s "
    "AND id = %(intervention)s RETURNING (SELECT student_id FROM interventions i WHERE "
    "i.district_id = %(d)s AND i.id = intervention_id)"
)
DISTRICT = "SELECT time_zone, jurisdiction FROM districts WHERE id = %(d)s"
ITS_STUDENT = (
    "SELECT school_id FROM students WHERE district_id = %(d)s AND id = %(student)s "
    "FOR NO KEY UPDATE"
)
OPEN_CASE = (
    "SELECT id FROM cases WHERE district_id = %(d)s AND student_id = %(student)s "
    "AND path = 'initial' AND closed_on IS NULL"
)
PAPERS = "SELECT kind FROM source_documents WHERE district_id = %(d)s AND student_id = %(student)s"
CASE = (
    "INSERT INTO cases (district_id, id, student_id, path, status, frameworks, opened_on, "
    "jurisdiction, law_on, absences, version, created_at, updated_at) VALUES (%(d)s, %(case)s, "
    "%(student)s, 'initial', 'evaluation_requested', '[\"idea\"]', %(on)s, %(law)s, %(on)s, '[]', "
    "1, %(at)s, %(at)s)"
)
REFERRAL = (
    "INSERT INTO referrals (district_id, id, case_id, student_id, requester, words, form, "
    "received_on, recorded_at, suspected_areas, frameworks, from_screening, kept, warnings, "
    "version, created_at, updated_at) VALUES (%(d)s, %(new)s, %(case)s, %(student)s, 'parent', "
    "%(words)s, 'written', %(on)s, %(at)s, '[]', '[]', false, '{}', '[]', 1, %(at)s, %(at)s)"
)
DEADLINE = (
    "INSERT INTO deadlines (district_id, id, case_id, student_id, school_id, key, term_id, kind, "
    "title, rule_id, state, started_on, still_in_parts, provisional, basis, verification, detail) "
)

NOBODY, NO_DAY = UUID(int=0), date(2099, 12, 31)
"""What stands for the referral and its day in what is worked out at the start."""

Start = Callable[[str, list[tuple[str, str]]], object]


class Raw:
    """A WSGI program with four addresses, each like the service's own."""

    def __init__(self, services: Services, url: str) -> None:
        set_json_dumps(orjson.dumps)
        set_json_loads(orjson.loads)
        self.services = services
        self.url = url.replace("postgresql+psycopg://", "postgresql://")
        self.verifier = Verifier()
        self.local = threading.local()
        self.findings, self.duties = _law_of_a_request(services)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"].split("/")
        if path[1] == "healthz":
            start("200 OK", [("Content-Length", "0")])
            return [b""]
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        identity = self.verifier.verify(self.services, token)
        (district,) = identity.districts
        if environ["REQUEST_METHOD"] == "GET":
            status, answer = self.read(district, path, environ["QUERY_STRING"])
        else:
            body = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            status, answer = self.write(district, identity.client_id, path, body)
        sent = orjson.dumps(answer, option=OPTIONS)
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(sent)))])
        return [sent]

    def read(self, district: UUID, path: list[str], query: str) -> tuple[str, Any]:
        cursor = self.connection(autocommit=True).cursor(row_factory=dict_row)
        if len(path) == 4:
            rows = cursor.execute(ONE_STUDENT, (district, UUID(path[3]))).fetchall()
            given = [{"system": r.pop("system"), "value": r.pop("value")} for r in rows]
            student = rows[0]
            student["identifiers"] = [one for one in given if one["system"] is not None]
            student["sourced_id"] = next(
                (one["value"] for one in given if one["system"] == "sourced_id"), None
            )
            student["guardians_href"] = f"/v1/students/{path[3]}/guardians"
            return "200 OK", student
        asked = parse_qs(query)
        where = (district, UUID(asked["school_id"][0]), asked["grade"][0])
        rows = cursor.execute(PAGE, where).fetchall()
        return "200 OK", {"items": rows[:100], "next_cursor": None}

    def write(
        self, district: UUID, client: UUID, path: list[str], body: dict[str, Any]
    ) -> tuple[str, Any]:
        at = datetime.now(UTC)
        said = {"d": district, "new": time_ordered_id(at), "at": at, "client": client, **body}
        connection = self.connection(autocommit=False)
        with connection.transaction():
            if path[2] == "interventions":
                return "201 Created", self.session(connection, said, UUID(path[3]))
            return "201 Created", self.referral(connection, said)

    def session(
        self, connection: psycopg.Connection[Any], said: dict[str, Any], intervention: UUID
    ) -> dict[str, Any]:
        said["intervention"] = intervention
        (student,) = connection.execute(SESSION, said).fetchone() or (None,)
        row = {
            "id": said["new"],
            "intervention_id": intervention,
            "held_on": said["held_on"],
            "minutes": said["minutes"],
            "attended": True,
        }
        self.record(
            connection,
            {**said, "case": None, "student": student},
            ("intervention_session.recorded", "intervention_sessions", row),
        )
        stamps = {"version": 1, "created_at": said["at"], "updated_at": said["at"]}
        return {**row, "staff_id": None, "note": None, **stamps}

    def referral(self, connection: psycopg.Connection[Any], said: dict[str, Any]) -> dict[str, Any]:
        at, new, case = said["at"], said["new"], time_ordered_id(said["at"])
        student = UUID(said["student_id"])
        said |= {"student": student, "case": case}
        zone, law = connection.execute(DISTRICT, said).fetchone() or ("", "")
        on = at.astimezone(ZoneInfo(zone)).date()
        said |= {"law": law, "on": on}
        (school,) = connection.execute(ITS_STUDENT, said).fetchone() or (None,)
        others = connection.execute(OPEN_CASE, said).fetchall()
        papers = connection.execute(PAPERS, said).fetchall()
        if others or papers:
            raise NotImplementedError("the workload has only students of whom nothing is known")
        connection.execute(CASE, said)
        connection.execute(REFERRAL, said)
        owed = orjson.loads(_of(self.duties, new, on))
        ids = [time_ordered_id(at) for _ in owed]
        rows = [
            (said["d"], id, case, student, school, one["key"], one["term"], one["kind"],
             one["title"], one["rule_id"], one["state"], on, False, one["provisional"],
             one["basis"], one["verification"], Jsonb(one["detail"]))
            for id, one in zip(ids, owed, strict=True)
        ]  # fmt: skip
        places = ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))
        connection.execute(f"{DEADLINE} VALUES {places}", [value for row in rows for value in row])
        received = {
            "id": new,
            "case_id": case,
            "student_id": student,
            "requester": "parent",
            "words": said["words"],
            "form": "written",
            "received_on": on,
            "recorded_at": at,
            "suspected_areas": [],
            "frameworks": [],
            "kept": {},
            "warnings": [],
        }
        opened = {
            "id": case,
            "student_id": student,
            "path": "initial",
            "status": "evaluation_requested",
            "frameworks": ["idea"],
            "opened_on": on,
            "jurisdiction": law,
            "law_on": on,
            "absences": [],
        }
        self.record(
            connection,
            said,
            ("case.opened", "cases", opened),
            ("referral.received", "referrals", received),
        )
        empty = (
            "requester_name", "requester_guardian_id", "requester_staff_id", "language",
            "received_by_staff_id", "documented_on", "parent_informed", "suspicion_statement",
            "child_described",
        )  # fmt: skip
        shown = ("id", "student_id", "status", "frameworks", "opened_on")
        return {
            **received,
            **dict.fromkeys(empty),
            "from_screening": False,
            "version": 1,
            "created_at": at,
            "updated_at": at,
            "case": {
                **{name: opened[name] for name in shown},
                "champion_staff_id": None,
                "closed_on": None,
                "version": 1,
            },
            "findings": orjson.Fragment(_of(self.findings, new, on)),
            "deadlines": [
                {
                    "id": id,
                    "started_on": on,
                    "due_on": None,
                    **{k: v for k, v in one.items() if k not in ("key", "kind", "detail")},
                }
                for id, one in zip(ids, owed, strict=True)
            ],
            "next": {
                "steps": f"/v1/referrals/{new}/steps",
                "case": f"/v1/cases/{case}",
                "match": None,
            },
        }

    def record(
        self,
        connection: psycopg.Connection[Any],
        said: dict[str, Any],
        *entries: tuple[str, str, dict[str, Any]],
    ) -> None:
        """Each entry is what happened, to which table, and what the new row says."""
        for n, (event, kind, row) in enumerate(entries):
            after = Jsonb({f"{kind}:{row['id']}": row})
            said |= {f"event_{n}": event, f"kind_{n}": kind, f"id_{n}": row["id"]}
            said[f"after_{n}"] = after
        connection.execute(JOURNAL[len(entries)], said)

    def connection(self, *, autocommit: bool) -> psycopg.Connection[Any]:
        name = f"autocommit_{autocommit}"
        found: psycopg.Connection[Any] | None = getattr(self.local, name, None)
        if found is None:
            found = psycopg.connect(self.url, autocommit=autocommit)
            setattr(self.local, name, found)
        return found


def _law_of_a_request(services: Services) -> tuple[bytes, bytes]:
    """The findings and the deadlines of a parent's request under the federal rules, as JSON."""
    policy = services.policies.policy_for("us", {})
    request = facts.Referral(id=str(NOBODY), requester="parent", form="written", received_on=NO_DAY)
    case = facts.Case(
        id="",
        status="evaluation_requested",
        frameworks=frozenset({"idea"}),
        opened_on=NO_DAY,
        student=facts.Student(id=str(NOBODY)),
        referrals=(request,),
    )
    situation = facts.Situation(case=case, today=NO_DAY)
    found = [finding(rule_id, situation, policy).as_json() for rule_id in RECEIPT]
    owed = [
        {
            "key": one.key,
            "term": one.term_id,
            "kind": one.kind,
            "title": one.title,
            "rule_id": one.rule_id,
            "state": one.state,
            "provisional": one.provisional,
            "basis": one.basis,
            "verification": one.verification,
            "detail": {
                "needs": list(one.needs),
                "citations": [citation_json(citation) for citation in one.citations],
                "subjects": dict(one.subjects),
            },
        }
        for one in deadlines(case, policy, SchoolCalendar(), NO_DAY)
    ]
    return orjson.dumps(found), orjson.dumps(owed)


def _of(words: bytes, referral: UUID, on: date) -> bytes:
    """What was worked out at the start, said of this referral."""
    mine = words.replace(str(NOBODY).encode(), str(referral).encode())
    return mine.replace(NO_DAY.isoformat().encode(), on.isoformat().encode())
