"""docs/integrating.md does what it says, and its example carries nights of a real server."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.nightly_sync import AGAIN, Childfind
from service.api.plumbing.problems import KINDS
from service.cli.clients import create_client, scopes_named
from service.cli.workplace import Workplace
from service.clock import Clock
from service.imports.oneroster.demonstration import ROSTER
from service.settings import Settings
from service.storage.districts import District
from tests.http_servers import Handler, serving
from tests.pages import assert_within, values
from tests.postgres import Database
from tests.serving import ROOT, demonstration

PAGE = (ROOT / "docs" / "integrating.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "nightly_sync.py"
WAITS_S = 120

Json = dict[str, Any]


# --- the page -----------------------------------------------------------------------------------


@dataclass
class Block:
    """A command of the page, with the answers that are shown after it."""

    command: str
    shown: list[tuple[str, str]] = field(default_factory=list)


def blocks() -> list[Block]:
    found: list[Block] = []
    for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        if kind == "bash":
            found.append(Block(text))
        elif kind in ("json", "text"):
            found[-1].shown.append((kind, text))
    return found


def test_its_commands_do_what_is_shown(database: Database, tmp_path: Path) -> None:
    """All of them, in their order, in one shell."""
    bash, curl = shutil.which("bash"), shutil.which("curl")
    if not bash or not curl:
        pytest.skip("The commands of the page need bash and curl.")
    for name in ("examples", "service"):
        (tmp_path / name).symlink_to(ROOT / name)
    mark = "\n=== next ===\n"
    commands = blocks()
    script = "".join(f"{block.command}\nprintf '{mark}'\n" for block in commands)
    assert "CHILDFIND=http://127.0.0.1:8000\n" in script
    with demonstration(database, tmp_path / "data") as (address, _):
        ran = subprocess.run(
            [bash, "-euo", "pipefail"],
            input=script.replace("http://127.0.0.1:8000", address),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=WAITS_S,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    printed = ran.stdout.split(mark)
    for block, told in zip(commands, printed, strict=False):
        for kind, shown in block.shown:
            if kind == "text":
                lines = shown.splitlines()
                assert [line.rstrip() for line in told.strip().splitlines()][: len(lines)] == lines
            else:
                answers = iter(values(told))
                for wanted in values(shown):
                    assert_within(wanted, next(answers))
    assert sum(len(block.shown) for block in commands) == 9
    table = (tmp_path / "decisions.csv").read_text()
    assert table.startswith("student_id,sourced_id,")


def test_it_names_only_what_there_is() -> None:
    document = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    known = [re.sub(r"\{\w+\}", "[^/]+", path) for path in document["paths"]]
    for path in re.findall(r"(/v1/[\w/$-]+)", PAGE):
        assert any(re.fullmatch(pattern, path) for pattern in known), path
    for slug in re.findall(r"`/problems/([\w-]+)`", PAGE):
        assert slug in KINDS
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target


def test_it_says_of_every_status_whether_to_send_again() -> None:
    section = PAGE.split("send it again?", 1)[1].split("\n\n", 1)[0]
    said: dict[int, str] = {}
    for statuses, what in re.findall(r"^\| (.+?) \| (.+?) \|$", section, re.MULTILINE):
        said |= {int(status): what for status in re.findall(r"\b\d{3}\b", statuses)}
    assert {kind.status for kind in KINDS.values()} <= said.keys()
    assert {status for status, what in said.items() if what.startswith("Yes, as")} - {409} == set(
        AGAIN
    )


def test_the_example_is_short_and_needs_python_alone() -> None:
    text = EXAMPLE.read_text("utf-8")
    lines = len(text.splitlines())
    assert lines < 150
    assert f"is {lines} lines of Python" in PAGE
    imported = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE))
    assert imported <= set(sys.stdlib_module_names)


# --- the nights ---------------------------------------------------------------------------------


@dataclass
class Front:
    """A bad line to a server: what it does with the next requests, by path."""

    server: str
    url: str = ""
    harms: dict[str, list[str]] = field(default_factory=dict)
    """`busy`: 503, not passed on. `expired`: 401. `lost`: passed on, and no answer."""
    passed: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def in_front_of(address: str) -> Iterator[Front]:
    front = Front(address)

    class Passing(Handler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.body()
            path = urlsplit(self.path).path
            harm = (front.harms.get(path) or [""]).pop(0)
            if harm in ("busy", "expired"):
                self.answer(503 if harm == "busy" else 401, {"Retry-After": "0"})
                return
            with closing(HTTPConnection(urlsplit(front.server).netloc, timeout=30)) as line:
                line.request(self.command, self.path, body or None, dict(self.headers))
                answer = line.getresponse()
                read = answer.read()
            front.passed.append((path, str(answer.headers.get("Idempotent-Replayed"))))
            if harm == "lost":
                self.hang_up()
                return
            dropped = ("transfer-encoding", "connection", "content-length", "server", "date")
            kept = {k: v for k, v in answer.headers.items() if k.lower() not in dropped}
            self.answer(answer.status, kept, read)

    with serving(Passing) as port:
        front.url = f"http://127.0.0.1:{port}"
        yield front


@dataclass
class Sis:
    """A student-information system that runs the example, with the scopes that the page names."""

    address: str
    client: str
    folder: Path

    def night(self, roster: Path, status: int = 0) -> list[str]:
        """Run the example as cron would; the lines it printed."""
        ran = subprocess.run(
            [sys.executable, str(EXAMPLE), self.address, str(roster), str(self.folder / "state")],
            capture_output=True,
            text=True,
            env={"CHILDFIND_CLIENT": f"{self.client}\n"},
            timeout=WAITS_S,
        )
        assert ran.returncode == status, ran.stdout + ran.stderr
        return (ran.stdout + ran.stderr).splitlines()

    def tables(self) -> list[list[dict[str, str]]]:
        """The files to read back, in their order."""
        files = sorted((self.folder / "state").glob("decisions-*.csv"))
        return [list(csv.DictReader(io.StringIO(file.read_text()))) for file in files]


def a_sis(database: Database, address: str, folder: Path) -> Sis:
    (command,) = re.findall(r"```console\n(childfind client create .*?)```", PAGE, re.DOTALL)
    scopes = scopes_named(re.findall(r"--scope '?([\w:*]+)", command))
    settings = Settings(data_dir=folder / "data", database_url=database.url)
    with closing(Workplace(settings, Clock())) as workplace:
        with Session(workplace.database.reader) as session:
            district = session.scalars(select(District.id)).one()
        id, secret = create_client(workplace, name="SIS", districts=[district], scopes=scopes)
    return Sis(address, f"{id}:{secret}", folder)


def a_bundle(path: Path, **grades: str) -> Path:
    """The demonstration's roster, with other grades for the students named."""
    with zipfile.ZipFile(path, "w") as made:
        for file in sorted(ROSTER.glob("*.csv")):
            text = file.read_text("utf-8")
            if file.name == "users.csv":
                rows = list(csv.DictReader(io.StringIO(text)))
                for row in rows:
                    row["grades"] = grades.get(row["sourcedId"], row["grades"])
                written = io.StringIO()
                writer = csv.DictWriter(written, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
                text = written.getvalue()
            made.writestr(file.name, text)
    return path


def a_student_of(bundle: Path) -> dict[str, str]:
    with zipfile.ZipFile(bundle) as files:
        users = csv.DictReader(io.StringIO(files.read("users.csv").decode()))
        return next(row for row in users if row["grades"] == "03")


def test_nights_of_a_roster(database: Database, tmp_path: Path) -> None:
    whole = a_bundle(tmp_path / "roster.zip")
    child = a_student_of(whole)
    moved_up = a_bundle(tmp_path / "moved-up.zip", **{child["sourcedId"]: "04"})
    with (
        demonstration(database, tmp_path / "data") as (address, school),
        in_front_of(address) as front,
    ):
        sis = a_sis(database, front.url, tmp_path)
        others = Childfind(address, school)

        front.harms = {
            "/oauth/token": ["busy"],
            "/v1/imports": ["expired", "lost", "busy"],
            "/v1/events": ["lost"],
        }
        told = sis.night(whole)
        assert "students 120 matched 120 unchanged" in told
        assert told[-1] == "decisions 0 students"
        assert not any(front.harms.values())
        sent = [replayed for path, replayed in front.passed if path == "/v1/imports"]
        assert sent == ["None", "true"], "its answer was lost, and it was not done twice"

        assert sis.night(whole)[:5] == [
            "guardians 220 matched 220 unchanged",
            "schools 4 matched 4 unchanged",
            "staff 30 matched 30 unchanged",
            "students 120 matched 120 unchanged",
            "roster succeeded ",
        ]
        assert sis.tables()[-1] == [], "nothing was changed"

        asked = {"identifiers": [{"system": "sourced_id", "value": child["sourcedId"]}]}
        known, _ = others.call("POST", "/v1/students/lookup", *as_json(asked))
        student = json.loads(known)["items"][0]["student"]
        assert student["grade"] == "03"
        receipt = {
            "requester": "parent",
            "received_on": "2026-01-12",
            "words": "Please test her.",
            "student_id": student["id"],
        }
        referral = json.loads(others.call("POST", "/v1/referrals", *as_json(receipt))[0])

        told = sis.night(moved_up)
        assert "students 120 matched 119 unchanged 1 updated" in told
        assert f"event referral.received {referral['id']}" in told
        (row,) = sis.tables()[-1]
        assert (row["sourced_id"], row["grade"]) == (child["sourcedId"], "04")
        assert (row["referred_on"], row["case_id"]) == ("2026-01-12", referral["case_id"])

        told = sis.night(moved_up)
        assert not [line for line in told if line.startswith("event")], "told once"
        assert sis.tables()[-1] == []


def test_nights_that_need_a_person(database: Database, tmp_path: Path) -> None:
    lines = [
        {"identifiers": ids(sourced_id="a-1", state_id="1"), **named("Ana"), "grade": "3"},
        {"identifiers": ids(sourced_id="a-2", state_id="1"), **named("Ben"), "grade": "3"},
        {"identifiers": ids(sourced_id="a-3"), **named("Cal"), "grade": "thirteenth"},
    ]
    pushed = tmp_path / "students.ndjson"
    pushed.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    shrunk = tmp_path / "shrunk.zip"
    with zipfile.ZipFile(shrunk, "w") as made:
        for name in ("orgs.csv", "users.csv"):
            some = (ROSTER / name).read_text("utf-8").splitlines(keepends=True)[:9]
            made.writestr(name, "".join(some))
    with demonstration(database, tmp_path / "data") as (address, _):
        sis = a_sis(database, address, tmp_path)
        told = sis.night(pushed, status=1)
        assert told[2] == "students 1 taken 2 refused"
        found, _ = Childfind(address, sis.client).call(
            "POST", "/v1/students/lookup", *as_json({"identifiers": ids(state_id="1")})
        )
        ana = json.loads(found)["items"][0]["student"]
        assert told[0].startswith("line 2 It conflicts")
        assert ana["id"] in told[0]
        assert told[1].startswith("line 3")
        assert "'/grade'" in told[1]
        assert told[-1] == "decisions 0 students", "what was decided is fetched all the same"

        told = sis.night(shrunk, status=1)
        (held,) = [line for line in told if line.startswith("roster held ")]
        assert len(held) > len("roster held ")

        sis.client = f"{sis.client.partition(':')[0]}:wrong"
        (told_why,) = sis.night(pushed, status=1)
        assert told_why.startswith("refused 401")
        assert told_why.endswith("No active client has this id and secret.")


def test_a_night_that_is_called_amiss_says_how() -> None:
    ran = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, timeout=WAITS_S)
    assert ran.returncode == 1
    assert "nightly_sync.py https://childfind.example roster.zip state" in ran.stderr
    assert "Traceback" not in ran.stderr


def ids(**given: str) -> list[Json]:
    return [{"system": system, "value": value} for system, value in given.items()]


def named(given: str) -> Json:
    return {"given_name": given, "family_name": "Invented"}


def as_json(body: Any) -> tuple[bytes, str]:
    return json.dumps(body).encode(), "application/json"
