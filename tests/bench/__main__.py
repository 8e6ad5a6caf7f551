"""Run the measurement and print it."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import uuid4

from service.storage.database import Database
from tests.bench.data import GRADES, STUDENTS, Filled, fill
from tests.bench.load import CONNECTIONS, Request, Sample, sample
from tests.postgres import running_cluster

PORTS = {"ours": 8471, "raw": 8472}
GOALS = {"one student": 0.5, "page of 100": 0.5, "session": 0.4, "referral": 0.4}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="windows for each contender (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a window (2)")
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--only", choices=list(GOALS), help="measure one workload")
    asked = parser.parse_args()
    with running_cluster() as cluster:
        made = cluster.create_database()
        print(f"Filling PostgreSQL with {asked.students:,} students ...", flush=True)
        filled = fill(made.owner_url, made.url, students=asked.students)
        with serving("ours", made.url) as ours, serving("raw", made.url) as raw:
            bench = Bench(filled, a_token(filled), made.owner_url)
            names = [name for name in GOALS if asked.only in (None, name)]
            for name in names:
                same_facts(bench, name)
            compare(bench, names, {"ours": ours, "raw": raw}, asked)


def compare(
    bench: Bench, names: list[str], pids: dict[str, int], asked: argparse.Namespace
) -> None:
    """Alternate the contenders, so that both meet the same weather."""
    print(
        f"\n{'':14}{'CPU µs/request':>18}{'':10}{'requests/s':>18}\n"
        f"{'':14}{'ours':>9}{'raw':>9}{'raw/ours':>10}{'ours':>9}{'raw':>9}{'ours/raw':>10}{'goal':>7}"
    )
    for name in names:
        samples: dict[str, list[Sample]] = {"ours": [], "raw": []}
        for number in range(asked.rounds + 1):
            for contender, kept in samples.items():
                make, port = bench.requests(name), PORTS[contender]
                seen = sample(port, pids[contender], make, seconds=asked.seconds)
                if seen.wrong or not seen.requests:
                    sys.exit(f"{contender} answered {seen.wrong} times in error: {name}")
                if number:  # the first window only warms up
                    kept.append(seen)
        cpu = {c: statistics.median(s.cpu_us for s in kept) for c, kept in samples.items()}
        rate = {c: statistics.median(s.per_second for s in kept) for c, kept in samples.items()}
        print(
            f"{name:14}{cpu['ours']:9.0f}{cpu['raw']:9.0f}{cpu['raw'] / cpu['ours']:10.2f}"
            f"{rate['ours']:9.0f}{rate['raw']:9.0f}{rate['ours'] / rate['raw']:10.2f}"
            f"{GOALS[name]:7.2f}",
            flush=True,
        )


def same_facts(bench: Bench, name: str) -> None:
    """Both contenders are asked the same thing and have to give the same answer, apart from
    what is new in each: ids and instants.
    """
    told = []
    for port in PORTS.values():
        method, path, body, headers = next(bench.requests(name)(0))
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        if answer.status not in (200, 201):
            sys.exit(f"{name}: {answer.status} {said}")
        known = NEW_ID.sub(lambda m: m[0] if m[0] in bench.known else "new", said)
        told.append(json.loads(INSTANT.sub("instant", known)))
    if told[0] != told[1]:
        sys.exit(f"{name}: the contenders differ\n{json.dumps(told, indent=1)}")


NEW_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


class Bench:
    """What is asked for, of which district."""

    def __init__(self, filled: Filled, token: str, owner_url: str) -> None:
        self.filled, self.owner_url = filled, owner_url
        self.bearer = {"Authorization": f"Bearer {token}"}
        ids = (*filled.students, *filled.schools, *filled.interventions)
        self.known = frozenset(map(str, ids))
        self.paths = {"one student": self.one_student, "page of 100": self.page}
        self.posts = {"session": self.sessions, "referral": self.referrals}

    def requests(self, name: str) -> Callable[[int], Iterator[Request]]:
        """One connection's requests of a workload, by the connection's number."""
        if name in self.paths:
            return lambda number: self._reading(self.paths[name], number)
        if name == "referral":
            self.put_back()
        return lambda number: self._writing(self.posts[name](number))

    def one_student(self, chance: random.Random) -> str:
        return f"/v1/students/{chance.choice(self.filled.students)}"

    def page(self, chance: random.Random) -> str:
        asked = {
            "school_id": str(chance.choice(self.filled.schools)),
            "grade": chance.choice(GRADES),
            "limit": 100,
        }
        return f"/v1/students?{urlencode(asked)}"

    def sessions(self, number: int) -> Iterator[tuple[str, dict[str, object]]]:
        chance = random.Random(number)  # noqa: S311
        while True:
            id = chance.choice(self.filled.interventions)
            yield f"/v1/interventions/{id}/sessions", {"held_on": "2026-10-01", "minutes": 30}

    def referrals(self, number: int) -> Iterator[tuple[str, dict[str, object]]]:
        """Each opens a case, so each is about another student; the end of them ends a window."""
        for student in self.filled.students[number::CONNECTIONS]:
            words = "Please evaluate my child."
            yield (
                "/v1/referrals",
                {"requester": "parent", "student_id": str(student), "words": words},
            )

    def put_back(self) -> None:
        """Take the referrals and their cases out again: each window finds the same tables."""
        owner = Database(self.owner_url)
        with owner.writer.begin() as connection:
            connection.exec_driver_sql("TRUNCATE deadlines, referrals, cases CASCADE")
        owner.dispose()

    def _reading(self, path: Callable[[random.Random], str], number: int) -> Iterator[Request]:
        chance = random.Random(number)  # noqa: S311 - the same requests in every run
        while True:
            yield "GET", path(chance), None, self.bearer

    def _writing(self, made: Iterator[tuple[str, dict[str, object]]]) -> Iterator[Request]:
        for path, body in made:
            key = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
            yield "POST", path, json.dumps(body).encode(), self.bearer | key


def a_token(filled: Filled) -> str:
    """A token from the service itself."""
    connection = http.client.HTTPConnection("127.0.0.1", PORTS["ours"])
    body = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": str(filled.client.id),
            "client_secret": filled.client.secret,
        }
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth/token", body, headers)
    token: str = json.loads(connection.getresponse().read())["access_token"]
    return token


@contextmanager
def serving(contender: str, url: str) -> Iterator[int]:
    """One contender on the first core; its process's id. The load comes from another."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "tests.bench.server", contender, url, str(PORTS[contender])]
    process = subprocess.Popen(command)
    try:
        os.sched_setaffinity(process.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        wait_for(PORTS[contender])
        yield process.pid
    finally:
        os.sched_setaffinity(0, cores)
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"nothing answers on port {port}")


if __name__ == "__main__":
    main()
