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
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlencode

from tests.bench.__main__ import PORTS, a_token, serving
from tests.bench.data import TERMS, Filled, Owing, fill, fill_deadlines, let_stand_still
from tests.bench.load import Request, sample
from tests.postgres import running_cluster

STUDENTS = 100_000
PAGE = 100
GOAL = 1.5
"""A page of deadlines takes at most so many times a page of students."""
SUMMER = ("students", "deadlines", "overdue", "paused", "not done", "running")


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
        print(f"{owing.deadlines:,} deadlines of {len(owing.students):,} students", flush=True)
        with serving("ours", made.url) as pid:
            pages = Pages(filled, a_token(filled), owing)
            compare(pages, pages.paths, pid, asked)
            let_stand_still(made.owner_url)
            print("\nOn a day in summer, when every clock that runs stands still:", flush=True)
            compare(pages, SUMMER, pid, asked)


class Pages:
    """The pages that are asked for, by name: that of students first."""

    def __init__(self, filled: Filled, token: str, owing: Owing) -> None:
        self.filled, self.owing = filled, owing
        self.bearer = {"Authorization": f"Bearer {token}"}
        self.paths: dict[str, Callable[[random.Random], str]] = {
            "students": lambda chance: _path("students", school_id=self._school(chance)),
            "deadlines": lambda chance: _path("deadlines"),
            "of a school": lambda chance: _path("deadlines", school_id=self._school(chance)),
            "overdue": lambda chance: _path("deadlines", overdue="true"),
            "paused": lambda chance: _path("deadlines", state="paused"),
            "due soon": lambda chance: _path("deadlines", due_after="2026-09-01", state="running"),
            "not done": lambda chance: _path("deadlines", state="open,running"),
            "not done, school": lambda chance: _path(
                "deadlines", state="open,running", school_id=self._school(chance)
            ),
            "due, of an owner": lambda chance: _path(
                "deadlines",
                state="open,running",
                due_before="2026-12-31",
                owner_staff_id=str(chance.choice(self.owing.staff)),
            ),
            "running": lambda chance: _path("deadlines", state="running"),
            "of a kind": lambda chance: _path("deadlines", term=chance.choice(TERMS)),
            "of a student": lambda chance: _path(
                "deadlines", student_id=str(chance.choice(self.owing.students))
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


def compare(pages: Pages, names: Iterable[str], pid: int, asked: argparse.Namespace) -> None:
    """Take turns, so that every page meets the same weather."""
    took: dict[str, list[float]] = {name: [] for name in names}
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
    print(f"\n{'a page of':18}{'rows':>6}{'ms':>8}{'/students':>11}{'goal':>7}")
    for name, kept in took.items():
        ms = statistics.median(kept)
        goal = "" if name == "students" else f"{GOAL:.2f}"
        print(f"{name:18}{pages.length(name):6}{ms:8.2f}{ms / of_students:11.2f}{goal:>7}")


if __name__ == "__main__":
    main()
