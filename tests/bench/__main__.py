"""Run the measurement and print it."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import uuid4

from tests.bench.data import GRADES, STUDENTS, Filled, fill
from tests.bench.load import Request, Sample, family, sample
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
            token = a_token(filled)
            compare(filled, token, {"ours": ours, "raw": raw}, asked)


def compare(
    filled: Filled, token: str, pids: dict[str, list[int]], asked: argparse.Namespace
) -> None:
    """Alternate the contenders, so that both meet the same weather."""
    print(
        f"\n{'':14}{'CPU µs/request':>18}{'':10}{'requests/s':>18}\n"
        f"{'':14}{'ours':>9}{'raw':>9}{'raw/ours':>10}{'ours':>9}{'raw':>9}{'ours/raw':>10}{'goal':>7}"
    )
    for name, make in workloads(filled, token).items():
        if asked.only not in (None, name):
            continue
        samples: dict[str, list[Sample]] = {"ours": [], "raw": []}
        for number in range(asked.rounds + 1):
            for contender, kept in samples.items():
                seen = sample(PORTS[contender], pids[contender], make, seconds=asked.seconds)
                if seen.wrong:
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


def workloads(filled: Filled, token: str) -> dict[str, Callable[[int], Iterator[Request]]]:
    """What is asked for, by name; each gives one connection's endless requests."""
    bearer = {"Authorization": f"Bearer {token}"}
    unused = iter(filled.students)

    def reading(path: Callable[[random.Random], str]) -> Callable[[int], Iterator[Request]]:
        def requests(number: int) -> Iterator[Request]:
            chance = random.Random(number)  # noqa: S311 - the same requests in every run
            while True:
                yield "GET", path(chance), None, bearer

        return requests

    def writing(
        make: Callable[[random.Random], tuple[str, dict[str, object]]],
    ) -> Callable[[int], Iterator[Request]]:
        def requests(number: int) -> Iterator[Request]:
            chance = random.Random(number)  # noqa: S311
            while True:
                path, body = make(chance)
                headers = {
                    **bearer,
                    "Content-Type": "application/json",
                    "Idempotency-Key": str(uuid4()),
                }
                yield "POST", path, json.dumps(body).encode(), headers

        return requests

    def page(chance: random.Random) -> str:
        asked = {
            "school_id": str(chance.choice(filled.schools)),
            "grade": chance.choice(GRADES),
            "limit": 100,
        }
        return f"/v1/students?{urlencode(asked)}"

    def session(chance: random.Random) -> tuple[str, dict[str, object]]:
        id = chance.choice(filled.interventions)
        return f"/v1/interventions/{id}/sessions", {"held_on": "2026-10-01", "minutes": 30}

    def referral(_: random.Random) -> tuple[str, dict[str, object]]:
        words = "Please evaluate my child."
        student = str(next(unused))
        return "/v1/referrals", {"requester": "parent", "student_id": student, "words": words}

    return {
        "one student": reading(lambda chance: f"/v1/students/{chance.choice(filled.students)}"),
        "page of 100": reading(page),
        "session": writing(session),
        "referral": writing(referral),
    }


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
def serving(contender: str, url: str) -> Iterator[list[int]]:
    """One contender on the first core; its processes' ids. The load comes from another."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "tests.bench.server", contender, url, str(PORTS[contender])]
    process = subprocess.Popen(command)
    try:
        os.sched_setaffinity(process.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        wait_for(PORTS[contender])
        yield family(process.pid)
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
