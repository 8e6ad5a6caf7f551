"""Measure a page of deadlines in a large district: `python -m tests.bench.deadlines`.

The yardstick is a page of students of the same length, asked of the same server in the same run.
The rows go straight into the tables: every seventh student, as many as have special education in a
district, has a case with twelve deadlines in all their states.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlalchemy import insert

from service.storage.cases import Case, DeadlineRow, PausedSpan
from service.storage.database import Database
from tests.bench.__main__ import PORTS, a_token, serving
from tests.bench.data import MADE_AT, SCHOOLS, Filled, fill
from tests.bench.load import Request, sample
from tests.postgres import running_cluster

STUDENTS = 100_000
EVERY = 7
"""About 15 % of students are served under IDEA."""
PAGE = 100
BATCH = 2_000
GOAL = 1.5
"""A page of deadlines takes at most so many times a page of students."""

STATES = ("met", "met", "met", "late", "excused", "unknown", "running", "running", "open")
TERMS = (
    "answer_to_request", "procedural_safeguards", "initial_evaluation", "report_copy",
    "determination_copy", "notice_of_determination", "iep_meeting", "inform_providers",
    "annual_review", "reevaluation", "yearly_safeguards", "offer_support",
)  # fmt: skip
CITATION = {
    "text": "34 CFR 300.301(c)(1)(i)",
    "href": "https://www.ecfr.gov/current/title-34/section-300.301",
    "verification": "R",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.deadlines", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS, help="100,000")
    parser.add_argument("--rounds", type=int, default=5, help="windows for each page (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a window (1)")
    asked = parser.parse_args()
    with running_cluster() as cluster:
        made = cluster.create_database()
        print(f"Filling PostgreSQL with {asked.students:,} students ...", flush=True)
        filled = fill(made.owner_url, made.url, students=asked.students, supported=False)
        owing = fill_deadlines(made.owner_url, filled)
        with serving("ours", made.url) as pid:
            compare(Pages(filled, a_token(filled), owing), pid, asked)


def fill_deadlines(owner_url: str, filled: Filled) -> list[UUID]:
    """Cases with their deadlines; the students who have one."""
    owner, owing = Database(owner_url), list(filled.students[::EVERY])
    with owner.writer.begin() as connection:
        for start in range(0, len(owing), BATCH):
            cases, deadlines, paused = [], [], []
            for n, student_id in enumerate(owing[start : start + BATCH], start):
                case_id = uuid4()
                cases.append(_case(filled.district, case_id, student_id))
                for number, term in enumerate(TERMS):
                    row = _deadline(filled, n, number, term, case_id, student_id)
                    deadlines.append(row)
                    if row["state"] == "running" and n % 5 == 0:
                        paused.append(_paused(row))
            connection.execute(insert(Case), cases)
            connection.execute(insert(DeadlineRow), deadlines)
            connection.execute(insert(PausedSpan), paused)
    with owner.writer.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    owner.dispose()
    print(f"{len(owing) * len(TERMS):,} deadlines of {len(owing):,} students", flush=True)
    return owing


def _case(district_id: UUID, id: UUID, student_id: UUID) -> dict[str, Any]:
    return {
        "district_id": district_id,
        "id": id,
        "student_id": student_id,
        "jurisdiction": "us",
        "status": "determined",
        "path": "initial",
        "frameworks": ["idea"],
        "opened_on": date(2026, 9, 1),
        "law_on": date(2026, 9, 1),
        "absences": [],
        "version": 1,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }


def _deadline(
    filled: Filled, n: int, number: int, term: str, case_id: UUID, student_id: UUID
) -> dict[str, Any]:
    state = STATES[(n + number) % len(STATES)]
    started_on = date(2026, 1, 1) + timedelta(days=(n * 7 + number * 31) % 330)
    due_on = None if state in ("open", "unknown") else started_on + timedelta(days=60)
    return {
        "district_id": filled.district,
        "id": uuid4(),
        "case_id": case_id,
        "student_id": student_id,
        "school_id": filled.schools[(n * EVERY) % SCHOOLS],
        "owner_staff_id": None,
        "key": f"{term}:{case_id}",
        "term_id": term,
        "kind": "duty" if state == "open" else "clock",
        "title": "Complete the initial evaluation",
        "rule_id": "IDEA-EVAL-CLOCK",
        "state": state,
        "started_on": started_on,
        "due_on": due_on,
        "met_on": due_on if state == "met" else None,
        "provisional": False,
        "basis": "federal_default",
        "verification": "R",
        "detail": {
            "needs": ["a school calendar that covers 2027-08-16"] if state == "unknown" else [],
            "citations": [CITATION],
            "subjects": {"consent_id": str(case_id)},
            "still": [],
        },
    }


def _paused(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "district_id": row["district_id"],
        "id": uuid4(),
        "deadline_id": row["id"],
        "first_on": row["started_on"],
        "last_on": row["due_on"],
    }


class Pages:
    """The pages that are asked for, by name: that of students first."""

    def __init__(self, filled: Filled, token: str, owing: list[UUID]) -> None:
        self.filled, self.owing = filled, owing
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.paths: dict[str, Callable[[random.Random], str]] = {
            "students": lambda chance: _path("students", school_id=self._school(chance)),
            "deadlines": lambda chance: _path("deadlines"),
            "of a school": lambda chance: _path("deadlines", school_id=self._school(chance)),
            "overdue": lambda chance: _path("deadlines", overdue="true"),
            "paused": lambda chance: _path("deadlines", state="paused"),
            "due soon": lambda chance: _path("deadlines", due_after="2026-09-01", state="running"),
            "of a kind": lambda chance: _path("deadlines", term=chance.choice(TERMS)),
            "of a student": lambda chance: _path(
                "deadlines", student_id=str(chance.choice(self.owing))
            ),
        }

    def _school(self, chance: random.Random) -> str:
        return str(chance.choice(self.filled.schools))

    def requests(self, name: str, number: int) -> Iterator[Request]:
        chance = random.Random(number)  # noqa: S311 - the same requests in every run
        while True:
            yield "GET", self.paths[name](chance), None, self.bearer

    def length(self, name: str) -> int:
        """How many rows the first such page has."""
        method, path, _, headers = next(self.requests(name, 0))
        connection = http.client.HTTPConnection("127.0.0.1", PORTS["ours"])
        connection.request(method, path, None, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            sys.exit(f"{name}: {answer.status} {said.decode()}")
        return len(json.loads(said)["items"])


def _path(noun: str, **asked: str) -> str:
    return f"/v1/{noun}?{urlencode({**asked, 'limit': PAGE})}"


def compare(pages: Pages, pid: int, asked: argparse.Namespace) -> None:
    """Take turns, so that every page meets the same weather."""
    took: dict[str, list[float]] = {name: [] for name in pages.paths}
    for number in range(asked.rounds + 1):
        for name, kept in took.items():
            seen = sample(
                PORTS["ours"],
                pid,
                lambda n, name=name: pages.requests(name, n),  # type: ignore[misc]
                seconds=asked.seconds,
                connections=1,
            )
            if seen.wrong or not seen.requests:
                sys.exit(f"{seen.wrong} answers in error: {name}")
            if number:  # the first window only warms up
                kept.append(seen.seconds / seen.requests * 1000)
    of_students = statistics.median(took["students"])
    print(f"\n{'a page of':16}{'rows':>6}{'ms':>8}{'/students':>11}{'goal':>7}")
    for name, kept in took.items():
        ms = statistics.median(kept)
        goal = "" if name == "students" else f"{GOAL:.2f}"
        print(f"{name:16}{pages.length(name):6}{ms:8.2f}{ms / of_students:11.2f}{goal:>7}")


if __name__ == "__main__":
    main()
