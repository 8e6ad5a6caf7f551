"""The `childfind` command: what it does, what it prints, and how it refuses."""

import base64
import json
import os
import re
import signal
import socket
import stat
import sys
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from uuid import UUID, uuid4

import pytest
import yaml
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from migrations import run as migrations
from service.api.plumbing.scopes import SCOPES
from service.cli import demonstration, main
from service.cli.check_data import Checked, table
from service.cli.clients import create_client
from service.cli.districts import create_district
from service.cli.main import _parser
from service.cli.openapi import generated
from service.cli.workplace import Workplace
from service.clock import Clock
from service.imports.oneroster.demonstration import ROSTER
from service.keys import is_secret
from service.serve import SOCKET_TIMEOUT_S, Serving, limit_waiting, options
from service.settings import Settings
from service.storage.clients import Client, ClientDistrict, IdempotencyKey
from service.storage.database import Database as Storage
from service.storage.journal import JournalEntry, JournalPayload
from service.storage.students import StudentIdentifier
from service.storage.unit_of_work import Caller, UnitOfWork
from service.storage.webhooks import WebhookDelivery
from service.webhooks.signing import new_secret
from service.workflow import webhooks
from tests import ed_fi_sample
from tests.postgres import Database
from tests.receivers import listening
from tests.serving import free_port, served

Run = Callable[..., str]

EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see that it is refused


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the test's own, with a data directory and no database yet."""
    for name in list(os.environ):
        if name.startswith("CHILDFIND_") and not name.startswith("CHILDFIND_TEST_"):
            monkeypatch.delenv(name)
    for name in ("PORT", "DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("CHILDFIND_DATA_DIR", str(data))
    return data


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Carry out a command; what it printed. `status` is what it must end with."""

    def run(*arguments: object, status: int = 0) -> str:
        ended = main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert ended == status, told.err or told.out
        if status:
            assert "Traceback" not in told.err
        return told.out + told.err

    return run


@pytest.fixture
def migrated(database: Database, monkeypatch: pytest.MonkeyPatch, run: Run) -> Database:
    """A database set up as in production: on PostgreSQL the service is not the owner."""
    monkeypatch.setenv("CHILDFIND_DATABASE_URL", database.url)
    monkeypatch.setenv("CHILDFIND_DATABASE_OWNER_URL", database.owner_url)
    assert run("migrate") == f"The database is at revision {migrations.head()}.\n"
    return database


def make_district(run: Run, **options: str) -> str:
    wanted = {"name": "Amber Falls", "jurisdiction": "us-wi", "time-zone": "America/Chicago"}
    given = [part for name, value in (wanted | options).items() for part in (f"--{name}", value)]
    return run("district", "create", *given).strip()


def make_client(run: Run, district: str, *more: str) -> tuple[UUID, str]:
    told = run("client", "create", "--name", "SIS", "--district", district, *more)
    found = re.fullmatch(r"client_id     (\S+)\nclient_secret (cfs_\S+)\n", told)
    assert found
    return UUID(found[1]), found[2]


def stored_client(database: Database, id: UUID) -> Client:
    storage = Storage(database.url)
    with Session(storage.reader) as session:
        client = session.get(Client, id)
        assert client is not None
    storage.dispose()
    return client


# --- migrate, district, client ----------------------------------------------------------------


def test_migrate_needs_no_owner_of_its_own(
    monkeypatch: pytest.MonkeyPatch, database: Database, run: Run
) -> None:
    monkeypatch.setenv("CHILDFIND_DATABASE_URL", database.owner_url)
    run("migrate")
    run("migrate")
    assert run("district", "list") == ""


def test_a_database_that_is_not_ready_is_named(run: Run, environment: Path) -> None:
    assert "The database is empty. Bring it up to date: childfind migrate" in run(
        "district", "list", status=1
    )
    run("migrate")
    storage = Storage(f"sqlite:///{environment}/childfind.sqlite3")
    with storage.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    storage.dispose()
    assert "at revision 0000, not" in run("serve", status=1)


def test_a_sqlite_database_is_private(run: Run, environment: Path) -> None:
    run("migrate")
    file = environment / "childfind.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_districts(migrated: Database, run: Run) -> None:
    id = make_district(run)
    assert re.search(
        rf"{id}  us-wi   live .* America/Chicago .* Amber Falls", run("district", "list")
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("jurisdiction", "us-xx", "us-tx"),
        ("time-zone", "Middle/Nowhere", "IANA time zone"),
        ("name", " ", "A district has a name."),
        ("time-zone", "localtime", "IANA time zone"),
        ("time-zone", "posixrules", "IANA time zone"),
    ],
)
def test_a_district_that_cannot_be(
    migrated: Database, run: Run, option: str, value: str, said: str
) -> None:
    wanted = {"name": "X", "jurisdiction": "us", "time-zone": "America/Chicago", option: value}
    given = [part for name, value in wanted.items() for part in (f"--{name}", value)]
    assert said in run("district", "create", *given, status=1)
    assert run("district", "list") == ""


def test_a_client_with_its_secret(migrated: Database, run: Run) -> None:
    district = make_district(run)
    id, secret = make_client(run, district, "--scope", "students:*", "--scope", "*:read")
    client = stored_client(migrated, id)
    keys = Workplace(Settings.from_environment(), Clock()).keys
    assert is_secret(keys, secret, client.secret_hash)
    assert "students:write" in client.scopes
    assert "referrals:read" in client.scopes
    assert "referrals:write" not in client.scopes
    assert not client.may_assert_people
    assert not client.demonstration
    listed = run("client", "list")
    assert str(id) in listed
    assert secret not in listed


def test_rotating_keeps_the_old_secret_for_a_while(migrated: Database, run: Run) -> None:
    id, first = make_client(run, make_district(run), "--scope", "cases:read")
    keys = Workplace(Settings.from_environment(), Clock()).keys
    second = run("client", "rotate", id).removeprefix("client_secret ").strip()
    client = stored_client(migrated, id)
    assert is_secret(keys, second, client.secret_hash)
    assert is_secret(keys, first, client.previous_secret_hash)
    assert client.previous_valid_until is not None
    run("client", "rotate", id, "--overlap", "0")
    assert stored_client(migrated, id).previous_secret_hash is None


@pytest.mark.parametrize("hours", ["-1", "nan", "1e12", "a day"])
def test_an_overlap_that_makes_no_sense_is_refused(
    hours: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["client", "rotate", str(uuid4()), f"--overlap={hours}"])
    assert ended.value.code == 2
    assert "argument --overlap" in capsys.readouterr().err


def test_what_happens_to_a_client_is_in_the_journal_of_each_of_its_districts(
    migrated: Database, run: Run
) -> None:
    districts = [make_district(run), make_district(run, name="Lake Shore")]
    more = ("--district", districts[1], "--scope", "cases:read", "--may-assert-people")
    id, _ = make_client(run, districts[0], *more)
    run("client", "rotate", id)
    run("client", "disable", id)
    store = Storage(migrated.url)
    with Session(store.reader) as session:
        for district in districts:
            entries = session.execute(
                select(JournalEntry, JournalPayload)
                .outerjoin_from(JournalEntry, JournalPayload)
                .where(JournalEntry.district_id == UUID(district), JournalEntry.subject_id == id)
                .order_by(JournalEntry.seq)
            ).all()
            assert [entry.event for entry, _ in entries] == [
                "client.created",
                "client.secret_rotated",
                "client.disabled",
            ]
            assert {entry.request_id for entry, _ in entries} == {"command-line"}
            after = (entries[0][1].after or {})[f"clients:{id}"]
            assert (after["scopes"], after["may_assert_people"]) == (["cases:read"], True)
            assert entries[2][1].after == {f"clients:{id}": {"active": False}}
            assert "hash" not in str([payload.after for _, payload in entries])
    store.dispose()


def test_a_disabled_client(migrated: Database, run: Run) -> None:
    id, _ = make_client(run, make_district(run), "--scope", "cases:read", "--may-assert-people")
    assert run("client", "disable", id) == "SIS can no longer call the API.\n"
    client = stored_client(migrated, id)
    assert not client.active
    assert client.may_assert_people


def test_what_is_not_there(migrated: Database, run: Run) -> None:
    district, nobody = make_district(run), uuid4()
    wanted = ("client", "create", "--name", "SIS", "--district", district, "--scope")
    assert "There is no scope 'students:delete'." in run(*wanted, "students:delete", status=1)
    assert f"no district {nobody}" in run(
        "client", "create", "--name", "x", "--district", nobody, "--scope", "cases:read", status=1
    )
    assert f"no client {nobody}" in run("client", "rotate", nobody, status=1)
    assert f"no client {nobody}" in run("client", "disable", nobody, status=1)
    assert f"no district {nobody}" in run("import", ROSTER, "--district", nobody, status=1)
    assert f"no district {nobody}" in run("deadlines", "rebuild", "--district", nobody, status=1)
    assert "no file or folder" in run("import", "nowhere.zip", "--district", district, status=1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "many", "CHILDFIND_PORT is 'many'"),
        ("DATABASE_URL", "a database", "CHILDFIND_DATABASE_URL is not an address"),
        ("DATABASE_URL", "mysql://here/x", "it names mysql, and only SQLite and PostgreSQL serve"),
        ("DATABASE_URL", "postgresql://nobody@/x?host=/nowhere", "The database did not do it:"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/childfind.sqlite3", "childfind: "),
    ],
)
def test_settings_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, run: Run, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"CHILDFIND_{name}", value)
    told = run("district", "list", status=1)
    assert said in told
    assert told.count("\n") == 1


def test_help_tells_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for command in (
        "run",
        "serve",
        "worker",
        "migrate",
        "district",
        "client",
        "import",
        "export",
        "check-data",
    ):
        assert command in told


# --- import, deadlines ------------------------------------------------------------------------


def test_a_roster_twice(migrated: Database, run: Run) -> None:
    district = make_district(run)
    tried = run("import", ROSTER, "--district", district, "--dry-run")
    assert "students: 120 new" in tried
    assert "dry run: nothing was changed" in tried
    assert "students: 120 new" in run("import", ROSTER, "--district", district)
    again = json.loads(run("import", ROSTER, "--district", district, "--json"))
    assert again["counts"]["students"]["created"] == 0
    assert again["counts"]["students"]["unchanged"] == 120
    assert not again["held"]


def test_a_roster_that_shrinks_is_held(migrated: Database, run: Run, tmp_path: Path) -> None:
    district = make_district(run)
    run("import", ROSTER, "--district", district)
    for file in ROSTER.glob("*.csv"):
        lines = file.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not re.match(r"stu-0[2-9]", line)]
        (tmp_path / file.name).write_text("".join(kept if file.name == "users.csv" else lines))
    told = run("import", tmp_path, "--district", district, status=1)
    assert "Held, nothing is changed" in told
    assert "80 no longer active" in run("import", tmp_path, "--district", district, "--force")


def test_an_empty_roster_is_refused(migrated: Database, run: Run, tmp_path: Path) -> None:
    header = (ROSTER / "users.csv").read_text().splitlines()[0]
    (tmp_path / "users.csv").write_text(f"{header}\n")
    told = run("import", tmp_path, "--district", make_district(run), status=1)
    assert "the roster is empty" in told


def test_a_case_history_tried_and_loaded(migrated: Database, run: Run, tmp_path: Path) -> None:
    district = make_district(run)
    run("import", ROSTER, "--district", district)
    storage = Storage(migrated.url)
    with Session(storage.reader) as session:
        known = session.scalars(select(StudentIdentifier).order_by(StudentIdentifier.value)).first()
        assert known is not None
        student = {"system": known.system, "value": known.value}
    storage.dispose()
    line = {
        "kind": "referral",
        "source_system": "old",
        "source_id": "R-1",
        "student": student,
        "requester": "parent",
        "received_on": "2020-02-03",
    }
    path = tmp_path / "history.ndjson"
    path.write_text(json.dumps(line) + "\nnot a record\n")
    command = ("import-history", path, "--district", district)
    tried = run(*command, "--dry-run")
    assert "referral: 1 loaded" in tried
    assert "error: history.ndjson, line 2" in tried
    assert "  late: case " in tried
    assert "dry run: nothing was changed" in tried
    assert "referral: 1 loaded" in run(*command)
    again = json.loads(run(*command, "--json"))
    assert again["records"]["referral"]["unchanged"] == 1
    assert again["cases_opened"] == 0
    assert again["late_or_undatable"][0]["state"] == "late"
    assert "no file" in run("import-history", "nowhere", "--district", district, status=1)
    path.write_text("not a record\n")
    assert "No line of it could be taken" in run(*command, status=1)
    path.write_bytes(b"\xff")
    assert "not UTF-8" in run(*command, status=1)


def test_deadlines_are_rebuilt(migrated: Database, run: Run) -> None:
    told = run("deadlines", "rebuild", "--district", make_district(run))
    assert told == "The deadlines of 0 cases are up to date; 0 were not.\n"


def test_check_data_names_what_it_lacks(run: Run, tmp_path: Path) -> None:
    assert "There is no folder" in run("check-data", tmp_path, status=1)


def test_check_data_on_rosters_of_the_same_shapes(run: Run, tmp_path: Path) -> None:
    """The real ones are not part of the project; `make check-data` reads them."""
    header = (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
        "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
        "password\n"
    )
    orgs = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    student = "u{0},active,,true,{1},student,n{0},,Fern,Mock,,,,,,,03,\n"
    for name in ("school-small", "district-large", "dangling-orgs", "header-only"):
        folder = tmp_path / "oneroster" / name
        folder.mkdir(parents=True)
        org = "o1,active,,Placeholder Elementary School,school,,\n"
        (folder / "orgs.csv").write_text(orgs + org)
        of = "not-there" if name == "dangling-orgs" else "o1"
        rows = "" if name == "header-only" else "".join(student.format(n, of) for n in range(9))
        users = "test-csv.csv" if name == "dangling-orgs" else "users.csv"
        (folder / users).write_text(header + rows)
    assert f"There is no folder {tmp_path / 'edfi'}" in run("check-data", tmp_path, status=1)
    ed_fi_sample.write(tmp_path / "edfi" / "ds-5.2")
    told = run("check-data", tmp_path)
    assert "studentSpecialEducationProgramAssociations: 3 there, 3 here" in told
    assert "all 9 users are on record, with no school" in told
    assert "one finding names the missing organisation, 9 times" in told
    assert "NOT SO" not in told
    (tmp_path / "oneroster" / "header-only" / "users.csv").write_text(
        header + student.format(1, "o1")
    )
    told = run("check-data", tmp_path, status=1)
    assert "NOT SO  it is refused as an empty roster, both times" in told


def test_a_bundle_that_fails_leaves_the_table_whole() -> None:
    result = Checked("school-small")
    result.expect("it loads", False)
    assert any("NOT SO  it loads" in line for line in table([result]))


# --- openapi ----------------------------------------------------------------------------------


def test_the_document_is_printed_as_it_is_made(run: Run) -> None:
    assert run("openapi").encode() == generated()


def test_a_committed_document_that_lies_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "openapi.json"
    monkeypatch.setattr("service.cli.openapi.COMMITTED", file)
    assert "openapi --write" in run("openapi", "--check", status=1)
    run("openapi", "--write")
    run("openapi", "--check")
    file.write_text(file.read_text().replace("Childfind", "Childlost"))
    assert "Childlost" in run("openapi", "--check", status=1)


# --- serve and run ----------------------------------------------------------------------------


def test_gunicorn_is_told_to_trust_nobody() -> None:
    said = options(Serving(host="::1", port=8000))
    assert said["bind"] == "[::1]:8000"
    assert said["forwarded_allow_ips"] == ""
    assert said["control_socket_disable"] is True
    assert (said["workers"], said["threads"], said["worker_class"]) == (1, 16, "gthread")
    assert said["max_requests"] > said["max_requests_jitter"] > 0


def test_a_silent_client_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        limit_waiting(listening)
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                wait = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)
    assert int.from_bytes(wait[:8], sys.byteorder) == SOCKET_TIMEOUT_S


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        (EVERYWHERE, False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_who_can_reach_it(host: str, loopback: bool) -> None:
    assert Serving(host=host, port=8000).loopback is loopback


def test_serve_refuses(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    assert "one worker" in run("serve", "--workers", "2", status=1)
    assert "1 or more" in run("serve", "--threads", "0", status=1)
    assert "1 or more" in run("serve", "--workers", "0", status=1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert f"127.0.0.1:{port}" in run("serve", "--port", port, status=1)
        monkeypatch.setenv("PORT", str(port))
        assert "already listens" in run("run", status=1)
    assert "no port 70000" in run("serve", "--port", "70000", status=1)
    assert "Cannot listen" in run("serve", "--host", "203.0.113.1", status=1)
    monkeypatch.setenv("CHILDFIND_SECRET_KEY", "short")
    assert "CHILDFIND_SECRET_KEY" in run("serve", "--port", free_port(), status=1)


def test_a_demonstration_stays_on_this_machine(run: Run, request: pytest.FixtureRequest) -> None:
    run("migrate")
    workplace = Workplace(Settings.from_environment(), Clock())
    request.addfinalizer(workplace.close)
    district = demonstration.demonstration_district(workplace)
    assert demonstration.demonstration_district(workplace) == district, "made once"
    path, new = demonstration.demonstration_client(workplace, district)
    assert new is not None
    assert path.read_text() == f"{new[0]}:{new[1]}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demonstration.demonstration_client(workplace, district) == (path, None)
    client = stored_client(Database("", workplace.settings.database, ""), new[0])
    assert set(SCOPES) - set(client.scopes) == {"clients:write", "settings:write"}
    with workplace.unit_of_work(district) as uow:
        assert uow.district.kind == "demonstration"
        policy = workplace.policies.policy_for("us", uow.district.settings)
    setting = policy.setting("STATE-PREREFERRAL-INTERVENTION")
    assert setting["min_weeks"] == 6
    assert setting["min_progress_points"] == 4
    told = run("serve", "--host", EVERYWHERE, "--port", free_port(), status=1)
    assert "demonstration client" in told
    path.unlink()
    path, again = demonstration.demonstration_client(workplace, district)
    assert again is not None
    assert again[0] == new[0]
    assert again[1] != new[1], "a lost secret is replaced"


def test_a_demonstration_has_no_place_beside_a_live_district(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("migrate")
    make_district(run)
    monkeypatch.setenv("PORT", str(free_port()))
    assert "live district" in run("run", status=1)


def test_demonstration_calendars_have_the_days_they_should() -> None:
    assert demonstration._nth(2026, 8, 0, 3).isoformat() == "2026-08-17"
    days = {
        off["name"]: (str(off["from"]), str(off["until"])) for off in demonstration._days_off(2027)
    }
    assert days["Labor Day"] == ("2026-09-07", "2026-09-07")
    assert days["Thanksgiving break"] == ("2026-11-25", "2026-11-27")
    assert days["Winter break"] == ("2026-12-21", "2027-01-01")
    assert days["Memorial Day"] == ("2027-05-31", "2027-05-31")
    for year in range(2024, 2040):
        for off in demonstration._days_off(year):
            assert off["from"] <= off["until"]


def answer(url: str, body: bytes | None = None, **headers: str) -> str:
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(answer.read().decode())


def test_run_from_nothing_and_again(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    base = f"http://127.0.0.1:{port}"
    secret_file = environment / "demonstration-client"
    with served("run") as (process, told):
        id, secret = secret_file.read_text().strip().split(":")
        assert f"client_id      {id}\n  client_secret  {secret}\n" in told
        assert f"{base}/docs" in told
        assert told.count("curl") == 3
        basic = base64.b64encode(f"{id}:{secret}".encode()).decode()
        token = answer(
            f"{base}/oauth/token",
            b"grant_type=client_credentials",
            Authorization=f"Basic {basic}",
        )
        bearer = json.loads(token)["access_token"]
        students = answer(f"{base}/v1/students?limit=3", Authorization=f"Bearer {bearer}")
        assert len(json.loads(students)["items"]) == 3
    assert process.returncode == 0
    with served("run") as (process, told):
        assert secret not in told
        assert str(secret_file) in told
        assert json.loads(answer(f"{base}/healthz")) == {"status": "ok"}
        assert secret_file.read_text().strip() == f"{id}:{secret}"
    assert process.returncode == 0


def test_serve_stops_in_order(migrated: Database) -> None:
    port = free_port()
    with served("serve", "--port", str(port), "--workers", "1") as (process, told):
        assert "Listening at" in told
        assert json.loads(answer(f"http://127.0.0.1:{port}/readyz"))["status"] == "ok"
    assert process.returncode == 0


def an_old_answer(database: Database) -> None:
    """Keep an answer that a worker will forget."""
    storage = Storage(database.url)
    with Session(storage.writer) as session, session.begin():
        [(client_id, district_id)] = session.execute(
            select(ClientDistrict.client_id, ClientDistrict.district_id)
        ).all()
        session.add(
            IdempotencyKey(
                district_id=district_id,
                client_id=client_id,
                key="old",
                fingerprint="",
                status=201,
                headers={},
                body=b"",
                stored_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
    storage.dispose()


def is_forgotten(database: Database) -> bool:
    """Whether a worker, which looks every second, forgets it soon."""
    storage = Storage(database.url)
    try:
        for _ in range(600):
            with storage.reader.connect() as connection:
                if not connection.execute(select(IdempotencyKey.key)).all():
                    return True
            Event().wait(0.1)
        return False
    finally:
        storage.dispose()


def test_a_worker_of_its_own_works_until_it_is_stopped(migrated: Database, run: Run) -> None:
    make_client(run, make_district(run), "--scope", "cases:read")
    an_old_answer(migrated)
    with served("worker") as (process, _):
        assert is_forgotten(migrated)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    an_old_answer(migrated)
    assert run("worker", "--once") == ""
    assert is_forgotten(migrated)


def test_a_worker_runs_inside_a_server_that_is_asked_for_it(migrated: Database, run: Run) -> None:
    make_client(run, make_district(run), "--scope", "cases:read")
    an_old_answer(migrated)
    with served("serve", "--port", str(free_port()), "--worker") as (process, _):
        assert is_forgotten(migrated)
    assert process.returncode == 0


def noted(workplace: Workplace, district: UUID) -> WebhookDelivery:
    """The one delivery there is, once a worker has noted what came of it."""
    for _ in range(600):
        with workplace.unit_of_work(district) as uow:
            [delivery] = uow.all(select(WebhookDelivery))
        if delivery.tries:
            return delivery
        Event().wait(0.1)
    raise AssertionError("nothing was noted")


def test_a_worker_that_is_killed_loses_nothing(
    migrated: Database, request: pytest.FixtureRequest
) -> None:
    """It is killed when the receiver has the message and has not answered yet."""
    workplace = Workplace(Settings.from_environment(), Clock())
    request.addfinalizer(workplace.close)
    district = create_district(
        workplace, name="A", jurisdiction="us", time_zone="America/Chicago", kind="demonstration"
    )
    client, _ = create_client(workplace, name="SIS", districts=[district], scopes=["events:read"])
    caller = Caller(district_id=district, client_id=client)
    with listening() as receiver:
        with UnitOfWork(workplace.database, caller, workplace.clock) as uow:
            said = {"url": receiver.url, "events": ["webhook.created"]}
            row = webhooks.create(uow, workplace.keys, said, new_secret())
            uow.commit()
        receiver.hold = Event()
        with served("worker") as (process, _):
            receiver.wait_for(1)
            process.kill()
            process.wait(60)
        receiver.hold.set()
        with served("worker"):
            first, second = receiver.wait_for(2)
            delivery = noted(workplace, district)
    assert first.id == second.id == str(delivery.id)
    assert first.body == second.body
    assert (delivery.webhook_id, delivery.status) == (row.id, "delivered")
    assert len(delivery.tries) == 1, "the first was sent and never noted"
    assert len(receiver.received) == 2


def test_what_compose_starts_are_commands_with_settings_that_are_known() -> None:
    """No engine runs it here: what can be told of it without one."""
    root = Path(__file__).parents[1]
    composed = yaml.safe_load((root / "compose.yaml").read_text())
    services, documented = composed["services"], (root / "README.md").read_text()
    assert services.keys() == {"db", "migrate", "service", "worker"}
    done = {}
    for name in ("migrate", "service", "worker"):
        given = _parser().parse_args(services[name]["command"])
        done[name] = given.do.__module__
        for variable in services[name]["environment"]:
            assert f"`{variable}`" in documented
        assert services[name]["build"] == "."
    assert done == {
        "migrate": "service.cli.migrate",
        "service": "service.cli.serve",
        "worker": "service.cli.worker",
    }
    assert services["service"]["environment"] == services["worker"]["environment"]


def test_the_servers_own_log_quotes_no_request(migrated: Database) -> None:
    """A name in an address, not escaped, is no HTTP; what is sent after a body is none either."""
    port = free_port()
    with served("serve", "--port", str(port), "--workers", "1") as (process, _):
        for sent in ("GET /v1/students?name=Zo\xe9+Invented HTTP/1.1", '{"name": "Invented"}'):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(f"{sent}\r\n\r\n".encode())
                assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        answer(f"http://127.0.0.1:{port}/healthz")
        assert process.stdout is not None
        told = ""
        while "/healthz" not in told:
            line = process.stdout.readline()
            assert line
            told += line
    assert told.count("not HTTP") == 2
    assert "Invented" not in told
