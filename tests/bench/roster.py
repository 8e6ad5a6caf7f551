"""Measure how fast a roster is imported: `python -m tests.bench.roster`.

The yardstick is what the database itself takes for the rows that the import wrote: on PostgreSQL a
plain COPY into tables with the same columns and indexes, on SQLite a plain `executemany`; without
references, rules or a journal. It runs on the same rows in the same run. The import reads a
zipped bundle, compares it with the record and writes it with its journal, in a process of its
own, whose memory and processor time are measured, too: on a busy machine that time tells more.

Beside it stand two figures that no import can do without, so that it can be seen how far the rest
is from them: `keyed`, the same rows into tables that have the same references, too, as the
tables of the record have; and what `csv.reader` takes for the files, with a mapping for each row.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg

from service.cli.imports import import_roster
from service.cli.workplace import Workplace
from service.clock import Clock
from service.settings import Settings
from service.storage.database import Database
from tests.builders import a_district
from tests.postgres import running_cluster

STUDENTS = 5_000
GOALS = {("postgresql", "first"): 0.45, ("postgresql", "again"): 0.65, ("sqlite", "first"): 0.5}
TABLES = ("students", "student_identifiers", "guardians")
REFERRED_TO = ("districts", "schools")
SCHOOLS = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.roster", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS, help="5,000; in full 100,000")
    parser.add_argument("--import", nargs=3, dest="job", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        one_import(*asked.job)
        return
    with tempfile.TemporaryDirectory() as folder:
        first, again = Path(folder) / "first.zip", Path(folder) / "again.zip"
        write_bundle(first, asked.students, changed=0)
        write_bundle(again, asked.students, changed=0.05)
        rows, seconds = bare_reading(first)
        print(
            f"{asked.students:,} students, a guardian and two enrolments each; to read the"
            f" {rows:,} rows of the files, with a mapping for each, takes {seconds:.2f} s\n"
            f"{'':19}{'rows':>8}{'import s':>10}{'its CPU':>9}{'plain s':>9}{'plain/import':>14}"
            f"{'goal':>6}{'keyed s':>9}{'keyed/import':>14}{'MB':>5}"
        )
        with running_cluster() as cluster:
            made = cluster.create_database()
            measure("postgresql", made.url, made.owner_url, first, again)
        url = f"sqlite:///{folder}/childfind.sqlite3"
        measure("sqlite", url, url, first, again)


def measure(kind: str, url: str, owner_url: str, first: Path, again: Path) -> None:
    Workplace(Settings(database_url=url), Clock()).migrate(owner_url)
    database = Database(url)
    district = a_district(database)
    database.dispose()
    rows, plain, keyed = 0, 0.0, 0.0
    for name, bundle in (("first", first), ("again", again)):
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, "--import", url, str(district), str(bundle)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = json.loads(done.stdout)
        if name == "first":
            written = copied if kind == "postgresql" else executed
            rows, plain = written(owner_url, references=False)
            _, keyed = written(owner_url, references=True)
        goal = GOALS.get((kind, name))
        print(
            f"{kind + ', ' + name:19}{rows:8,}{said['seconds']:10.2f}{said['cpu']:9.2f}{plain:9.2f}"
            f"{plain / said['seconds']:14.2f}{goal or '':>6}{keyed:9.2f}"
            f"{keyed / said['seconds']:14.2f}{said['megabytes']:5.0f}",
            flush=True,
        )


def one_import(url: str, district: str, bundle: str) -> None:
    """Import a bundle, and print how long it took and how much memory the process had."""
    place = Workplace(Settings(database_url=url), Clock())
    _ = place.database, place.policies
    began, busy = time.perf_counter(), time.process_time()
    import_roster(place, UUID(district), Path(bundle))
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    peak = _peak_megabytes()
    place.close()
    print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak}))


def _peak_megabytes() -> float:
    """The most that this process had; `ru_maxrss` would count its parent's, too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def bare_reading(bundle: Path) -> tuple[int, float]:
    """The rows of the files, and the seconds to read them without looking at what they say."""
    rows, began = 0, time.perf_counter()
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            with archive.open(name) as raw:
                for _ in csv.DictReader(io.TextIOWrapper(raw, "utf-8", newline="")):
                    rows += 1
    return rows, time.perf_counter() - began


def copied(url: str, *, references: bool) -> tuple[int, float]:
    """The rows of the import, and the seconds for a plain COPY of them."""
    rows, seconds = 0, 0.0
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection, connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE plain_{table} (LIKE {table} INCLUDING ALL)".encode())
            if references:
                cursor.execute(_REFERENCES, (table,))
                for (said,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE plain_{table} ADD {said}".encode())
            with cursor.copy(f"COPY {table} TO STDOUT".encode()) as out:
                taken = b"".join(bytes(part) for part in out)
            began = time.perf_counter()
            with cursor.copy(f"COPY plain_{table} FROM STDIN".encode()) as into:
                for start in range(0, len(taken), 2**16):
                    into.write(taken[start : start + 2**16])
            seconds += time.perf_counter() - began
            rows += cursor.rowcount
            cursor.execute(f"DROP TABLE plain_{table}".encode())
    return rows, seconds


_REFERENCES = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = to_regclass(%s)
"""


def executed(url: str, *, references: bool) -> tuple[int, float]:
    """The same by `executemany`, into a database of its own."""
    source = sqlite3.connect(url.removeprefix("sqlite:///"))
    rows, seconds = 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        target = sqlite3.connect(f"{folder}/plain.sqlite3", isolation_level=None)
        target.execute("PRAGMA journal_mode=WAL")
        target.execute("PRAGMA synchronous=FULL")
        target.execute(f"PRAGMA foreign_keys={int(references)}")
        for table in (*REFERRED_TO, *TABLES):
            made = source.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
                " ORDER BY type DESC",
                (table,),
            ).fetchall()
            for (statement,) in made:
                target.execute(statement)
            taken = source.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            marks = ", ".join("?" * len(taken[0]))
            began = time.perf_counter()
            target.execute("BEGIN")
            target.executemany(f"INSERT INTO {table} VALUES ({marks})", taken)  # noqa: S608
            target.execute("COMMIT")
            if table in TABLES:
                seconds += time.perf_counter() - began
                rows += len(taken)
        target.close()
    source.close()
    return rows, seconds


# The bundle ---------------------------------------------------------------------------------

GIVEN = [
    "Ana",
    "Ben",
    "Cleo",
    "Dara",
    "Eli",
    "Fern",
    "Gus",
    "Hana",
    "Ivo",
    "June",
    "Kai",
    "Lena",
    "Milo",
    "Nora",
    "Otto",
    "Pia",
]
FAMILY = [
    "Abbott",
    "Baker",
    "Cole",
    "Diaz",
    "Evans",
    "Ford",
    "Gray",
    "Hill",
    "Irwin",
    "Jones",
    "Klein",
    "Lopez",
    "Moore",
    "Nash",
]
FILES = ["orgs", "users", "demographics", "academicSessions", "courses", "classes", "enrollments"]
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"
)
DEMOGRAPHICS = (
    "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,"
    "demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity"
)


def write_bundle(path: Path, students: int, *, changed: float) -> None:
    """An invented district; of `changed` of the students grade and given name are others."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        modes = [["manifest.version", "1.0"], ["oneroster.version", "1.1"]]
        modes += [[f"file.{name}", "bulk"] for name in FILES]
        _write(archive, "manifest", "propertyName,value", modes)
        _write(archive, "orgs", "sourcedId,name,type,identifier,parentSourcedId", _orgs())
        _write(archive, "users", USERS, _users(students, changed))
        _write(archive, "demographics", DEMOGRAPHICS, map(_demographics, range(students)))
        _write(archive, "academicSessions", "sourcedId,title,schoolYear", [["y1", "Year", "2027"]])
        _write(archive, "courses", "sourcedId,title,orgSourcedId", [["c1", "Reading", "d1"]])
        classes = ([f"k{n}", "c1", f"s{n % SCHOOLS}", "y1"] for n in range(students // 20 + 1))
        _write(
            archive, "classes", "sourcedId,courseSourcedId,schoolSourcedId,termSourcedIds", classes
        )
        enrolled = "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role"
        _write(archive, "enrollments", enrolled, _enrollments(students))


def _write(archive: zipfile.ZipFile, name: str, header: str, rows: Iterable[Iterable[str]]) -> None:
    with archive.open(f"{name}.csv", "w", force_zip64=True) as raw:
        text = io.TextIOWrapper(raw, "utf-8", newline="")
        table = csv.writer(text, lineterminator="\r\n")
        table.writerow(header.split(","))
        table.writerows(rows)
        text.flush()
        text.detach()


def _orgs() -> Iterator[list[str]]:
    yield ["d1", "Invented District", "district", "", ""]
    for n in range(SCHOOLS):
        yield [f"s{n}", f"School {n}", "school", str(n), "d1"]


def _users(students: int, changed: float) -> Iterator[list[str]]:
    chance, which = random.Random(1), random.Random(2)  # noqa: S311 - the same in every run
    for n in range(students):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        school, grade = f"s{n % SCHOOLS}", n % 12 + 1
        if which.random() < changed:
            given, grade = given + "a", grade % 12 + 1
        student, parent = f"st-{n:07}", f"g-{n:07}"
        yield [
            student, "", "", "true", school, "student", f"u{n}", "", given, family, "", f"L{n:07}",
            f"u{n}@example.org", "", "", parent, f"{grade:02}", "",
        ]  # fmt: skip
        yield [
            parent, "", "", "true", school, "parent", f"p{n}", "", chance.choice(GIVEN), family,
            "", "", f"p{n}@example.org", "", f"555-{n:07}", student, "", "",
        ]  # fmt: skip


def _demographics(n: int) -> list[str]:
    said = ["true" if n % number == 0 else "false" for number in (97, 7, 5, 89, 2, 83, 4)]
    day = f"20{8 + n % 12:02}-{1 + n % 12:02}-{1 + n % 28:02}"
    return [f"st-{n:07}", "", "", day, "male" if n % 2 else "female", *said]


def _enrollments(students: int) -> Iterator[list[str]]:
    classes = students // 20 + 1
    for n in range(students):
        for turn in (0, 1):
            yield [
                f"e{n}-{turn}", f"k{(n * 7 + turn) % classes}", f"s{n % SCHOOLS}", f"st-{n:07}",
                "student",
            ]  # fmt: skip


if __name__ == "__main__":
    main()
