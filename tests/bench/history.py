"""Load a district's past: `python -m tests.bench.history`.

In full: `--students 40000 --plans 5500 --cases 600`. An invented roster comes first, then the
history as `childfind import-history` loads it, then the same file again, each in a process of its
own whose memory is measured. Printed is how fast that was, and what the list at its end counts.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from service.cli.history import import_history
from service.cli.workplace import Workplace
from service.clock import Clock
from service.settings import Settings
from service.storage.database import Database
from tests.bench.roster import write_bundle
from tests.builders import a_district
from tests.postgres import running_cluster

STUDENTS, PLANS, CASES = 1_000, 140, 15
"""A small district; in full 40,000, 5,500 and 600."""
SYSTEM = "old-sis"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS, help="40,000 in full")
    parser.add_argument("--plans", type=int, default=PLANS, help="students with one; 5,500 in full")
    parser.add_argument("--cases", type=int, default=CASES, help="open ones; 600 in full")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="one of them only")
    parser.add_argument("--load", nargs=3, dest="job", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        one_load(*asked.job)
        return
    if asked.plans + asked.cases > asked.students:
        parser.error("There are more plans and cases than students.")
    with tempfile.TemporaryDirectory() as folder:
        roster, past = Path(folder) / "roster.zip", Path(folder) / "history.ndjson"
        write_bundle(roster, asked.students, changed=0)
        with past.open("w") as file:
            for line in history(asked.plans, asked.cases, Clock().today("America/Chicago")):
                file.write(json.dumps(line) + "\n")
        print(
            f"{asked.students:,} students, {asked.plans:,} with a plan,"
            f" {asked.cases:,} open cases\n"
            f"{'':22}{'rows':>9}{'seconds':>10}{'rows/s':>8}{'MB':>6}{'late':>8}{'undatable':>11}"
            f"{'breaches':>10}"
        )
        if asked.database != "postgresql":
            url = f"sqlite:///{folder}/childfind.sqlite3"
            measure("sqlite", url, url, roster, past)
        if asked.database != "sqlite":
            with running_cluster() as cluster:
                made = cluster.create_database()
                measure("postgresql", made.url, made.owner_url, roster, past)


def measure(kind: str, url: str, owner_url: str, roster: Path, past: Path) -> None:
    place = Workplace(Settings(database_url=url), Clock())
    place.migrate(owner_url)
    database = Database(url)
    district = a_district(database)
    database.dispose()
    place.close()
    # Not here: a process begins with the greatest size that its parent ever had.
    run("tests.bench.roster", "--import", url, str(district), str(roster))
    for name in ("first", "again"):
        said = run(__spec__.name, "--load", url, str(district), str(past))
        print(
            f"{kind + ', ' + name:22}{said['rows']:9,}{said['seconds']:10.1f}"
            f"{said['rows'] / said['seconds']:8.0f}{said['megabytes']:6.0f}{said['late']:8,}"
            f"{said['undatable']:11,}{said['breaches']:10,}",
            flush=True,
        )


def run(module: str, *arguments: str) -> dict[str, Any]:
    """What a process of its own has to say."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def one_load(url: str, district: str, past: str) -> None:
    """Load a history, and print what came of it, how long it took and with how much memory."""
    place = Workplace(Settings(database_url=url), Clock())
    _ = place.database, place.policies
    began = time.perf_counter()
    report = import_history(place, UUID(district), Path(past))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    place.close()
    said = {
        "rows": sum(report.done.values()),
        "seconds": seconds,
        "megabytes": peak,
        "late": report.states["late"],
        "undatable": report.states["undatable"],
        "breaches": sum(one["count"] for one in report.causes.values() if one["code"] == "breach"),
    }
    print(json.dumps(said))


# The history --------------------------------------------------------------------------------


def history(plans: int, cases: int, today: date) -> Iterator[dict[str, Any]]:
    """An invented past: children who are served, then open cases, then who was helped before.

    Most of it is in order. One in twenty lacks a day, a consent, or what a plan rests on.
    """
    chance = random.Random(3)  # noqa: S311 - the same in every run
    for n in range(plans):
        yield from _served(n, today, chance)
    for n in range(plans, plans + cases):
        yield from _open(n, today, chance)


def _served(n: int, today: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    """A child found eligible up to three years ago, with a plan that was reviewed each year."""
    asked = today - timedelta(days=chance.randrange(200, 1200))
    case, odd = f"c{n}", chance.randrange(60)
    law, kind = ("section_504", "section_504") if n % 6 == 0 else ("idea", "iep")
    helped = _days(asked, started_on=-120, ended_on=-10)
    yield _line("intervention", f"i{n}", n, title="Small group", **helped)
    received = {} if odd == 0 else _days(asked, received_on=0)
    who = ("parent", "staff")[n % 2]
    yield _line("referral", f"r{n}", n, case=case, requester=who, frameworks=[law], **received)
    signed = {"case": case, "answer": "granted", "form": "written"}
    if odd != 1:
        days = _days(asked, requested_on=6, received_on=14)
        yield _line("consent", f"e{n}", n, purpose="initial_evaluation", **signed, **days)
    yield _line("evaluation", f"v{n}", n, case=case, **_days(asked, report_completed_on=50))
    found = _days(asked, decided_on=120 if odd == 2 else 62)
    yield _line("determination", f"d{n}", n, case=case, framework=law, outcome="eligible", **found)
    days = _days(asked, received_on=76)
    yield _line("consent", f"s{n}", n, purpose="initial_services", **signed, **days)
    last = today - timedelta(days=400 if odd == 3 else 30)
    for turn in range(4):
        since = asked + timedelta(days=80 + 360 * turn)
        if since > last:
            break
        days = _days(since, meeting_held_on=-4, in_effect_on=0, next_review_on=361)
        yield _line("plan", f"p{n}-{turn}", n, case=case, plan_kind=kind, **days)


def _open(n: int, today: date, chance: random.Random) -> Iterator[dict[str, Any]]:
    """A child about whom somebody asked this year: some are late, of some a day is missing."""
    asked = today - timedelta(days=chance.randrange(5, 120))
    case, who = f"o{n}", ("parent", "staff")[n % 2]
    said = {"requester": who, "words": "She reads two years behind her class."}
    yield _line("referral", f"r{n}", n, case=case, **said, **_days(asked, received_on=0))
    if (today - asked).days > 20:
        days = _days(asked, requested_on=7, **({} if n % 20 == 0 else {"received_on": 15}))
        signed = {"case": case, "answer": "granted", "form": "written"}
        yield _line("consent", f"e{n}", n, purpose="initial_evaluation", **signed, **days)


def _line(kind: str, id: str, n: int, **said: Any) -> dict[str, Any]:
    student = {"system": "local_id", "value": f"L{n:07}"}
    return {"kind": kind, "source_system": SYSTEM, "source_id": id, "student": student, **said}


def _days(since: date, **after: int) -> dict[str, str]:
    return {name: (since + timedelta(days=days)).isoformat() for name, days in after.items()}


if __name__ == "__main__":
    main()
