"""Imports over HTTP: a zipped roster in one transaction, or nothing and why."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from service.api.plumbing.services import EXTENSION
from service.domain import roster_feeds
from service.imports.jobs import MOST_WAITING
from service.storage.cases import DeadlineRow
from service.storage.imports import ImportJob, ImportPart
from service.storage.schools import School
from service.storage.students import Student, StudentIdentifier
from tests.api.records import Json, Records
from tests.builders import AClient, ApiClient, do_imports, services_of
from tests.imports.oneroster.bundles import ORGS, manifest, roster, user, zipped

TWO_SCHOOLS = (
    ORGS + "d1,,,Invented District,district,,\r\n"
    "s1,,,Invented School,school,,d1\r\ns2,,,Other School,school,,d1\r\n"
)


def send(
    api: ApiClient, files: Any, query: str = "", headers: dict[str, str | None] | None = None
) -> Any:
    body = files if isinstance(files, bytes) else zipped(files)
    sent = {"Content-Type": "application/zip", **(headers or {})}
    return api.call("POST", f"/v1/imports{query}", data=body, headers=sent)


def taken(api: ApiClient, files: Any, query: str = "") -> Json:
    """The import as it is when its job is done."""
    answer = send(api, files, query)
    assert answer.status_code == 202, answer.text
    assert do_imports(api.http.application)
    made: Json = api.get(answer.headers["Location"]).get_json()
    return made


def refused(answer: Any, status: int = 422) -> Json:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem: Json = answer.get_json()
    return problem


def full(*rows: str, orgs: str = TWO_SCHOOLS) -> dict[str, str | bytes]:
    """A bundle that says it is complete."""
    return roster(*rows, orgs=orgs, manifest=manifest(orgs="bulk", users="bulk"))


def class_of(count: int) -> list[str]:
    return [user(f"p{n}", given="Invented", family=f"Pupil{n}") for n in range(count)]


def names(records: Records) -> list[str]:
    with records.uow() as uow:
        found = uow.rows(select(Student.given_name).order_by(Student.given_name))
        return [row.given_name for row in found]


class TestTakingARoster:
    def test_puts_schools_and_people_on_record(self, api: ApiClient, records: Records) -> None:
        made = taken(api, full(user("p1", given="Ada"), user("p2", given="Bo", org="s2")))
        assert (made["status"], made["source"]) == ("succeeded", "oneroster_csv")
        assert made["report"]["counts"]["students"]["created"] == 2
        assert made["report"]["held_because"] is None
        assert (made["progress"], made["error"]) == (None, None)
        assert names(records) == ["Ada", "Bo"]

    def test_says_what_to_correct_and_takes_the_rest(
        self, api: ApiClient, records: Records
    ) -> None:
        made = taken(api, full(user("p1", given="Ada"), user("", given="Bo")))
        [found] = [f for f in made["report"]["findings"] if f["code"] == "blank_value"]
        assert (found["file"], found["line"], found["severity"]) == ("users.csv", 3, "error")
        assert found["remedy"]
        assert names(records) == ["Ada"]

    def test_the_same_again_changes_nothing(self, api: ApiClient) -> None:
        taken(api, full(*class_of(3)))
        counts = taken(api, full(*class_of(3)))["report"]["counts"]["students"]
        assert (counts["created"], counts["updated"], counts["unchanged"]) == (0, 0, 3)

    def test_a_retry_is_answered_again_and_another_body_is_refused(
        self, api: ApiClient, records: Records
    ) -> None:
        key: dict[str, str | None] = {"Idempotency-Key": "roster-1"}
        first = send(api, full(user("p1")), headers=key)
        again = send(api, full(user("p1")), headers=key)
        assert (again.status_code, again.data) == (202, first.data)
        assert again.headers["Location"] == first.headers["Location"]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert do_imports(api.http.application) == 1
        other = refused(send(api, full(user("p1"), user("p2")), headers=key))
        assert other["type"] == "/problems/idempotency-key-reused"
        assert len(names(records)) == 1
        missing = send(api, full(user("p1")), headers={"Idempotency-Key": None})
        assert refused(missing, 400)["type"] == "/problems/idempotency-key"

    def test_the_deadlines_of_a_student_who_moves_follow(
        self, api: ApiClient, records: Records
    ) -> None:
        taken(api, full(user("p1", org="s1"), user("p2", org="s1")))
        with records.uow() as uow:
            [known] = uow.rows(
                select(StudentIdentifier.student_id).where(StudentIdentifier.value == "p1")
            )
        case_id = UUID(records.receipt(str(known.student_id), "parent")["case_id"])
        taken(api, full(user("p1", org="s2"), user("p2", org="s1")))
        with records.uow() as uow:
            other = uow.first(select(School).where(School.sourced_id == "s2"))
            assert other is not None
            owed = uow.rows(select(DeadlineRow.school_id).where(DeadlineRow.case_id == case_id))
            assert {row.school_id for row in owed} == {other.id}

    def test_reaches_no_other_district(
        self, api: ApiClient, neighbor: ApiClient, records: Records
    ) -> None:
        made = taken(api, full(user("p1")))
        assert neighbor.get(f"/v1/imports/{made['id']}").status_code == 404
        assert neighbor.get("/v1/imports").get_json()["items"] == []
        assert taken(neighbor, full(user("p1")))["report"]["counts"]["students"]["created"] == 1
        assert len(names(records)) == 1


class TestGuardians:
    USERS = (
        "sourcedId,givenName,familyName,role,orgSourcedIds,agentSourcedIds,metadata.language\r\n"
        "p1,Ada,Invented,student,s1,g1,\r\n"
    )

    def files(self, language: str) -> Any:
        return {"users.csv": f"{self.USERS}g1,Per,Invented,parent,,,{language}\r\n"}

    def guardian(self, api: ApiClient, records: Records) -> Json:
        with records.uow() as uow:
            [child] = uow.rows(select(Student.id))
        [found] = api.get(f"/v1/students/{child.id}/guardians").get_json()["items"]
        shown: Json = found
        return shown

    def test_come_with_their_language_and_without_rights(
        self, api: ApiClient, records: Records
    ) -> None:
        taken(api, self.files("Vietnamese"))
        found = self.guardian(api, records)
        assert (found["language"], found["educational_rights"]) == ("vi", "unknown")

    def test_keep_what_a_person_has_said_where_the_file_tells_nothing(
        self, api: ApiClient, records: Records
    ) -> None:
        taken(api, self.files(""))
        found = self.guardian(api, records)
        assert found["language"] is None
        path = f"/v1/guardians/{found['id']}"
        said = {"language": "so", "educational_rights": "confirmed"}
        etag = api.get(path).headers["ETag"]
        assert api.patch(path, said, etag=etag).status_code == 200
        taken(api, self.files(""))
        assert self.guardian(api, records) | said == self.guardian(api, records)
        taken(api, self.files("es"))
        found = self.guardian(api, records)
        assert (found["language"], found["educational_rights"]) == ("es", "confirmed")

    def test_in_another_language_are_owed_an_interpreter_of_what_was_issued(
        self, api: ApiClient, records: Records
    ) -> None:
        """34 CFR 300.503(c): the duty follows the roster, as it follows a person's word."""
        taken(api, self.files("en"))
        student_id = self.guardian(api, records)["student_id"]
        case_id = records.receipt(student_id, "parent")["case_id"]
        told = {"kind": "procedural_safeguards", "language": "en"}
        made = api.post(f"/v1/cases/{case_id}/notices", told).get_json()
        assert api.post(f"/v1/notices/{made['id']}/steps/issue", {}).status_code == 200
        assert "interpret_notice" not in records.owed(case_id)
        taken(api, self.files("es"))
        assert records.owed(case_id)["interpret_notice"] == "open"


class TestIdentifiers:
    def numbers(self, records: Records) -> dict[str, str]:
        """The district's own number of each student, by the roster's id."""
        row = StudentIdentifier
        with records.uow() as uow:
            found = uow.rows(select(row.student_id, row.system, row.value))
        roster_ids = {r.student_id: r.value for r in found if r.system == "sourced_id"}
        return {roster_ids[r.student_id]: r.value for r in found if r.system == "local_id"}

    def test_change_and_come_with_the_roster(self, api: ApiClient, records: Records) -> None:
        taken(api, full(user("p1", identifier="1001"), user("p2")))
        with records.uow() as uow:
            [first] = uow.rows(
                select(StudentIdentifier.student_id).where(StudentIdentifier.value == "p1")
            )
        before = api.get(f"/v1/students/{first.student_id}")
        files = full(user("p1", identifier="2001"), user("p2", identifier="1002"))
        counts = taken(api, files)["report"]["counts"]["students"]
        assert (counts["updated"], counts["unchanged"]) == (2, 0)
        assert self.numbers(records) == {"p1": "2001", "p2": "1002"}
        after = api.get(f"/v1/students/{first.student_id}")
        assert {"system": "local_id", "value": "1001"} in before.get_json()["identifiers"]
        assert {"system": "local_id", "value": "2001"} in after.get_json()["identifiers"]
        assert before.headers["ETag"] != after.headers["ETag"]
        assert taken(api, files)["report"]["counts"]["students"]["unchanged"] == 2

    def test_change_hands(self, api: ApiClient, records: Records) -> None:
        """Two were mixed up in the student system, or all moved up by one."""
        taken(api, full(*(user(f"p{n}", identifier=f"100{n}") for n in (1, 2, 3))))
        for given in (("1002", "1001", "1003"), ("1001", "1003", "1004")):
            said = dict(zip(("p1", "p2", "p3"), given, strict=True))
            taken(api, full(*(user(sid, identifier=value) for sid, value in said.items())))
            assert self.numbers(records) == said

    def test_of_other_systems_are_left_alone(self, api: ApiClient, records: Records) -> None:
        taken(api, full(user("p1", identifier="1001")))
        with records.uow() as uow:
            [known] = uow.rows(
                select(StudentIdentifier.student_id).where(StudentIdentifier.value == "p1")
            )
        path = f"/v1/students/{known.student_id}"
        found = api.get(path)
        state = {"system": "state_id", "value": "X"}
        changed = {"identifiers": [*found.get_json()["identifiers"], state]}
        assert api.patch(path, changed, etag=found.headers["ETag"]).status_code == 200
        taken(api, full(user("p1", identifier="2001")))
        now = {one["system"]: one["value"] for one in api.get(path).get_json()["identifiers"]}
        assert now == {"sourced_id": "p1", "local_id": "2001", "state_id": "X"}

    def test_go_with_the_roster(self, api: ApiClient, records: Records) -> None:
        taken(api, full(user("p1", identifier="1001"), user("p2", identifier="1002")))
        files = full(user("p1"), user("p2", identifier="1002"))
        taken(api, files)
        assert self.numbers(records) == {"p2": "1002"}
        assert taken(api, files)["report"]["counts"]["students"]["unchanged"] == 2


def test_people_who_are_in_no_roster_are_left_alone(api: ApiClient, records: Records) -> None:
    """A child and a guardian whom somebody put on record by hand."""
    child = records.student("Juniper")
    said = {"given_name": "Per", "family_name": "Invented", "sourced_id": "g9"}
    assert api.post(f"/v1/students/{child}/guardians", said).status_code == 201
    family = (user("c1", agents="g1"), user("g1", "parent"))
    made = taken(api, full(*class_of(2), *family))
    assert made["report"]["counts"]["guardians"]["not_in_file"] == 0
    assert made["report"]["counts"]["students"]["not_in_file"] == 0
    [guardian] = api.get(f"/v1/students/{child}/guardians").get_json()["items"]
    assert guardian["active"] is True
    assert api.get(f"/v1/students/{child}").get_json()["active"] is True


def test_a_member_of_staff_keeps_the_roles_that_only_people_give(api: ApiClient) -> None:
    def staff() -> Json:
        [found] = api.get("/v1/staff").get_json()["items"]
        assert isinstance(found, dict)
        return found

    taken(api, full(user("p1"), user("t1", "teacher", given="Ivo")))
    person = staff()
    assert person["roles"] == ["teacher"]
    path = f"/v1/staff/{person['id']}"
    etag = api.get(path).headers["ETag"]
    roles = ["teacher", "case_manager"]
    assert api.patch(path, {"roles": roles}, etag=etag).status_code == 200
    counts = taken(api, full(user("p1"), user("t1", "teacher", given="Ivo")))["report"]["counts"]
    assert counts["staff"]["unchanged"] == 1
    taken(api, full(user("p1"), user("t1", "administrator", given="Ida")))
    after = staff()
    assert after["given_name"] == "Ida"
    assert sorted(after["roles"]) == ["administrator", "case_manager"]


class TestWhoIsNotInTheFile:
    def test_becomes_inactive_and_keeps_everything(self, api: ApiClient, records: Records) -> None:
        taken(api, full(*class_of(20), user("g1", "parent", agents="p0")))
        with records.uow() as uow:
            [known] = uow.rows(
                select(StudentIdentifier.student_id).where(StudentIdentifier.value == "p0")
            )
        child = str(known.student_id)
        case_id = records.receipt(child, "parent")["case_id"]
        made = taken(api, full(*class_of(20)[1:]))
        assert made["report"]["counts"]["students"]["not_in_file"] == 1
        assert made["report"]["counts"]["guardians"]["not_in_file"] == 1
        assert self.active(api, child) == (False, [True])
        assert api.get(f"/v1/cases/{case_id}").get_json()["closed_on"] is None
        taken(api, full(*class_of(20), user("g1", "parent", agents="p0")))
        assert self.active(api, child) == (True, [True])

    def active(self, api: ApiClient, child: str) -> tuple[bool, list[bool]]:
        guardians = api.get(f"/v1/students/{child}/guardians").get_json()["items"]
        student = api.get(f"/v1/students/{child}").get_json()
        return student["active"], [guardian["active"] for guardian in guardians]


class TestHoldingARoster:
    def test_that_would_end_too_many_unless_forced(self, api: ApiClient, records: Records) -> None:
        taken(api, full(*class_of(40)))
        held = taken(api, full(*class_of(4)))
        assert held["status"] == "held"
        assert held["report"]["held"] is True
        assert "36" in held["report"]["held_because"]
        assert self.active(records) == 40
        forced = taken(api, full(*class_of(4)), "?force=true")
        assert forced["status"] == "succeeded"
        assert self.active(records) == 4

    def active(self, records: Records) -> int:
        with records.uow() as uow:
            return len(uow.rows(select(Student.id).where(Student.active)))


class TestADryRun:
    def test_answers_with_the_report_and_keeps_nothing(
        self, api: ApiClient, records: Records
    ) -> None:
        answer = send(api, full(*class_of(2)), "?dry_run=true&feed=nightly")
        assert answer.status_code == 200, answer.text
        result = answer.get_json()["result"]
        assert result["feed"] == "nightly"
        assert result["report"]["counts"]["students"]["created"] == 2
        assert (result["id"], result["status"]) == (None, "succeeded")
        assert names(records) == []
        assert api.get("/v1/imports").get_json()["items"] == []

    def test_says_that_a_roster_would_be_held(self, api: ApiClient, records: Records) -> None:
        taken(api, full(*class_of(40)))
        dry = send(api, full(*class_of(4)), "?dry_run=true").get_json()["result"]
        assert (dry["status"], dry["report"]["held"]) == ("held", True)

    def test_of_a_large_roster_is_a_job(
        self, api: ApiClient, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("service.api.v1.imports.TRIED_BYTES", 2000)
        problem = refused(send(api, full(*class_of(100)), "?dry_run=true"))
        assert problem["code"] == "too_large"
        assert "compare_only=true" in problem["remedy"]
        made = taken(api, full(*class_of(100)), "?compare_only=true")
        assert (made["status"], made["report"]["counts"]["students"]["created"]) == ("held", 100)
        assert names(records) == []

    def test_refuses_what_would_be_refused(self, api: ApiClient) -> None:
        assert refused(send(api, b"no zip", "?dry_run=true"))["code"] == "not_a_zip"


class TestRefusing:
    @pytest.mark.parametrize(
        ("bundle", "code"),
        [
            (b"", "not_a_zip"),
            (b"sourcedId,givenName", "not_a_zip"),
            (zipped({"users.csv": "sourcedId"})[:-9], "not_a_zip"),
            (zipped({"../users.csv": "sourcedId"}), "path_traversal"),
            (zipped({"/etc/users.csv": "sourcedId"}), "absolute_path"),
            (zipped({"users.csv": "sourcedId", "more.zip": zipped({})}), "nested_archive"),
            (zipped({"users.csv": b"0" * 2**23}), "ratio"),
            (zipped({"readme.txt": "Hello"}), "no_csv_files"),
        ],
        ids=lambda given: given if isinstance(given, str) else "",
    )
    def test_what_is_no_roster_says_what_to_do(
        self, api: ApiClient, records: Records, bundle: bytes, code: str
    ) -> None:
        problem = refused(send(api, bundle))
        assert (problem["type"], problem["code"]) == ("/problems/roster-refused", code)
        assert problem["detail"]
        assert problem["remedy"]
        assert api.get("/v1/imports").get_json()["items"] == []

    def test_a_link_in_the_archive(self, api: ApiClient) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            link = zipfile.ZipInfo("users.csv")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        assert refused(send(api, out.getvalue()))["code"] == "symlink"

    @pytest.mark.parametrize("kind", ["text/csv", "application/json", None])
    def test_a_body_of_another_kind(self, api: ApiClient, kind: str | None) -> None:
        problem = refused(send(api, full(user("p1")), headers={"Content-Type": kind}), 415)
        assert problem["type"] == "/problems/unsupported-media-type"
        assert "application/zip" in problem["detail"]

    def test_a_body_over_the_limit_of_uploads(self, app: Flask, api: ApiClient) -> None:
        held = services_of(app)
        small = replace(held.settings, max_json_bytes=200, max_upload_bytes=2000)
        app.extensions[EXTENSION] = replace(held, settings=small)
        bundle = zipped(full(user("p1")))
        assert small.max_json_bytes < len(bundle) < small.max_upload_bytes
        assert send(api, bundle).status_code == 202
        over = refused(send(api, bundle + b"0" * 2000), 413)
        assert over["type"] == "/problems/content-too-large"
        assert "2000" in over["detail"]

    def test_an_option_it_does_not_know(self, api: ApiClient) -> None:
        problem = refused(send(api, full(user("p1")), "?forced=true"))
        assert problem["type"] == "/problems/unknown-parameter"
        assert "force" in problem["detail"]


def test_are_listed_from_the_latest_without_their_reports(
    api: ApiClient, clock: Any, records: Records
) -> None:
    first = taken(api, full(user("p1")))["id"]
    clock.set(clock.now().replace(hour=16))
    second = taken(api, full(user("p1"), user("p2")))["id"]
    page = api.get("/v1/imports").get_json()
    assert [item["id"] for item in page["items"]] == [second, first]
    assert "report" not in page["items"][0]
    earliest = api.get("/v1/imports?sort=started_at&limit=1").get_json()
    assert [item["id"] for item in earliest["items"]] == [first]


class TestFindingAnImport:
    @pytest.fixture
    def sent(self, api: ApiClient, clock: Any) -> dict[str, str]:
        """Three rosters, an hour apart: of two feeds, and one that could not be taken."""
        hour = clock.now().replace(hour=10)
        found = {}
        for name, bundle, query in (
            ("first", full(user("p1")), ""),
            ("other", full(user("p1")), "?feed=other"),
            ("held", full(user("p1"), user("p2", grades="many")), "?strict=true"),
        ):
            clock.set(hour := hour + timedelta(hours=1))
            found[name] = send(api, bundle, query).get_json()["id"]
            assert do_imports(api.http.application)
        return found

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("feed=other", ["other"]),
            ("feed=nobody", []),
            ("status=held", ["held"]),
            ("status=held,succeeded", ["held", "other", "first"]),
            ("source=oneroster_rest", []),
            ("source=oneroster_csv,case_history_csv", ["held", "other", "first"]),
            ("started_since={day}T12:00:00Z", ["held", "other"]),
            ("started_before={day}T12:00:00Z&sort=started_at", ["first"]),
            ("feed=roster&status=succeeded", ["first"]),
            ("roster_source_id=01936f1e-8a00-7000-8000-000000000001", []),
        ],
    )
    def test_by_where_it_came_from_how_it_ended_and_when(
        self, api: ApiClient, clock: Any, sent: dict[str, str], query: str, found: list[str]
    ) -> None:
        day = clock.now().date().isoformat()
        page = api.get(f"/v1/imports?{query.format(day=day)}").get_json()
        assert [item["id"] for item in page["items"]] == [sent[name] for name in found]

    @pytest.mark.parametrize("query", ["kind=csv", "status=done", "feed=My+feed", "source=excel"])
    def test_by_what_it_is_not_found_by_is_refused(self, api: ApiClient, query: str) -> None:
        problem = refused(api.get(f"/v1/imports?{query}"))
        assert query.partition("=")[0] in str(problem)


class TestAJob:
    def test_is_queued_at_once_and_tells_how_far_it_is(
        self, api: ApiClient, records: Records
    ) -> None:
        answer = send(api, full(user("p1", given="Ada")))
        assert (answer.status_code, answer.headers["Retry-After"]) == (202, "1")
        waiting = api.get(answer.headers["Location"])
        assert waiting.get_json() == answer.get_json()
        assert waiting.get_json()["status"] == "queued"
        assert waiting.get_json()["report"] is None
        assert waiting.get_json()["progress"] == {
            "stage": "waiting", "file": None, "rows": 0, "attempt": 0,
        }  # fmt: skip
        assert waiting.headers["Retry-After"] == "1"
        assert names(records) == []

    def test_is_done_in_the_order_of_sending(self, api: ApiClient, clock: Any) -> None:
        first = send(api, full(user("p1", given="First"))).get_json()["id"]
        clock.advance(timedelta(seconds=1))
        second = send(api, full(user("p1", given="Second"))).get_json()["id"]
        assert do_imports(api.http.application) == 2
        reports = [api.get(f"/v1/imports/{id}").get_json()["report"] for id in (first, second)]
        assert [r["counts"]["students"]["created"] for r in reports] == [1, 0]
        assert [r["counts"]["students"]["updated"] for r in reports] == [0, 1]

    def test_that_waits_is_cancelled_and_changes_nothing(
        self, api: ApiClient, records: Records
    ) -> None:
        made = send(api, full(user("p1"))).get_json()
        answer = api.post(f"/v1/imports/{made['id']}/cancel")
        assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
        assert do_imports(api.http.application) == 0
        assert names(records) == []
        again = refused(api.post(f"/v1/imports/{made['id']}/cancel"), 409)
        assert again["record"] == {"type": "import", "id": made["id"]}

    def test_waits_with_so_many_others_of_the_district_at_most(
        self, api: ApiClient, neighbor: ApiClient
    ) -> None:
        ids = {send(api, full(user("p1"))).get_json()["id"] for _ in range(MOST_WAITING)}
        problem = refused(send(api, full(user("p1"))), 409)
        assert problem["record"]["id"] in ids
        assert send(neighbor, full(user("p1"))).status_code == 202
        assert api.post(f"/v1/imports/{ids.pop()}/cancel").status_code == 200
        assert send(api, full(user("p1"))).status_code == 202

    def test_that_is_done_cannot_be_cancelled(self, api: ApiClient) -> None:
        made = taken(api, full(user("p1")))
        assert refused(api.post(f"/v1/imports/{made['id']}/cancel"), 409)["detail"]

    def test_that_cannot_be_read_to_its_end_fails_and_says_why(
        self, api: ApiClient, records: Records
    ) -> None:
        endless = ",".join(f'"{number}\r\n"' for number in range(120_000))
        made = taken(api, full(user("p1"), endless))
        assert made["status"] == "failed"
        assert made["error"]["code"] == "line_too_long"
        assert made["error"]["detail"]
        assert made["error"]["remedy"]
        assert names(records) == []

    def test_leaves_its_bundle_nowhere(self, api: ApiClient, records: Records) -> None:
        send(api, full(user("p1")))
        made = send(api, full(user("p1"))).get_json()
        api.post(f"/v1/imports/{made['id']}/cancel")
        do_imports(api.http.application)
        with records.uow() as uow:
            assert not uow.rows(select(ImportPart.id))
            assert not uow.rows(select(ImportJob.id))

    def test_says_who_sent_it(self, api: ApiClient, client: AClient) -> None:
        taken(api, full(user("p1")))
        for event in ("import.queued", "import.started", "student.imported", "import.applied"):
            [entry] = api.get(f"/v1/events?event={event}").get_json()["items"]
            assert entry["client_id"] == str(client.id), event


class TestTheFourLists:
    def listed(self, api: ApiClient, made: Json, name: str) -> list[tuple[str, str, str | None]]:
        found = api.get(f"/v1/imports/{made['id']}/records?list={name}").get_json()["items"]
        return [(one["kind"], one["sourced_id"], one["student_sourced_id"]) for one in found]

    def test_tell_who_matched_who_did_not_who_came_twice_and_who_is_missing(
        self, api: ApiClient
    ) -> None:
        first = taken(api, full(*class_of(20), user("g", "parent", agents="p1")))
        assert ("students", "p1", None) in self.listed(api, first, "unmatched")
        assert ("guardians", "g", "p1") in self.listed(api, first, "unmatched")
        assert self.listed(api, first, "matched") == []
        made = taken(api, full(*class_of(20)[1:], user("new"), user("new", given="Other")))
        assert self.listed(api, made, "unmatched") == [("students", "new", None)]
        assert self.listed(api, made, "duplicates") == [("students", "new", None)]
        assert self.listed(api, made, "not_in_file") == [
            ("students", "p0", None),
            ("guardians", "g", "p1"),
        ]
        matched = self.listed(api, made, "matched")
        assert len(matched) == 3 + 19
        assert ("schools", "s1", None) in matched

    def test_are_read_in_stretches(self, api: ApiClient) -> None:
        made = taken(api, full(*class_of(7)))
        path = f"/v1/imports/{made['id']}/records?list=unmatched&limit=4"
        seen: list[str] = []
        page = api.get(path).get_json()
        while page["next_after"] is not None:
            seen += [one["sourced_id"] for one in page["items"]]
            page = api.get(f"{path}&after={page['next_after']}").get_json()
        assert seen == ["d1", "s1", "s2", *(f"p{n}" for n in range(7))]

    @pytest.mark.parametrize(
        ("name", "said"), [("records?list=unmatched", "students,p1"), ("findings", "blank_value")]
    )
    def test_are_tables_too_and_so_is_what_was_found(
        self, api: ApiClient, name: str, said: str
    ) -> None:
        made = taken(api, full(user("p1"), user("", given="Bo")))
        path = f"/v1/imports/{made['id']}/{name}"
        answer = api.get(path, headers={"Accept": "text/csv"})
        assert answer.mimetype == "text/csv"
        name = path.partition("?")[0].removeprefix("/v1/").replace("/", "-")
        assert f'filename="{name}.csv"' in answer.headers["Content-Disposition"]
        assert len(answer.text.splitlines()) == 1 + len(api.get(path).get_json()["items"])
        assert said in answer.text

    def test_of_a_held_roster_say_whom_it_would_have_ended(self, api: ApiClient) -> None:
        taken(api, full(*class_of(40)))
        held = taken(api, full(*class_of(4)))
        assert len(self.listed(api, held, "not_in_file")) == 36

    def test_of_another_district_are_not_there(self, api: ApiClient, neighbor: ApiClient) -> None:
        made = taken(api, full(user("p1")))
        for name in ("records", "findings"):
            assert neighbor.get(f"/v1/imports/{made['id']}/{name}").status_code == 404


class TestTheHealthOfFeeds:
    def health(self, api: ApiClient) -> dict[str, Json]:
        return {one["feed"]: one for one in api.get("/v1/imports/health").get_json()["items"]}

    def test_tells_of_each_when_it_last_came_through(self, api: ApiClient, clock: Any) -> None:
        assert self.health(api) == {}
        taken(api, full(user("p1")))
        clock.advance(timedelta(hours=1))
        taken(api, full(user("p1"), user("p2", org="nowhere")), "?feed=nightly")
        clock.advance(timedelta(hours=1))
        found = self.health(api)
        assert list(found) == ["nightly", "roster"]
        assert (found["roster"]["lag_s"], found["nightly"]["lag_s"]) == (7200, 3600)
        assert not found["roster"]["late"]
        assert found["nightly"]["rows"] == 5
        [cause] = found["nightly"]["root_causes"]
        assert (cause["code"], cause["sourced_id"], cause["count"]) == ("missing_org", "nowhere", 1)

    def test_says_which_is_late_and_what_stands_in_its_way(
        self, api: ApiClient, clock: Any
    ) -> None:
        first = taken(api, full(*class_of(40)))
        clock.advance(timedelta(hours=37))
        taken(api, full(*class_of(4)))
        found = self.health(api)["roster"]
        assert (found["status"], found["late"]) == ("held", True)
        assert found["last_success_at"] == first["started_at"]
        assert "36" in found["held_because"]
        assert found["root_causes"][0]["code"] == "held"

    def test_of_more_feeds_than_anybody_has_is_refused(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(roster_feeds, "MOST", 2)
        for feed in ("one", "two"):
            taken(api, full(user("p1")), f"?feed={feed}")
        assert refused(send(api, full(user("p1")), "?feed=three"))["errors"][0]["code"] == (
            "too_many"
        )
        taken(api, full(user("p1")), "?feed=two")

    def test_a_feed_is_a_word(self, api: ApiClient) -> None:
        assert refused(send(api, full(user("p1")), "?feed=Night%20ly"))["errors"][0]["code"] == (
            "not_a_feed"
        )


class TestAStrictImport:
    def test_takes_nothing_when_anything_is_to_be_corrected(
        self, api: ApiClient, records: Records
    ) -> None:
        files = full(user("p1", given="Ada"), user("p2", grades="many"))
        held = taken(api, files, "?strict=true")
        assert held["status"] == "held"
        assert "corrected" in held["report"]["held_because"]
        assert names(records) == []
        assert taken(api, files)["status"] == "succeeded"

    def test_takes_what_is_in_order(self, api: ApiClient, records: Records) -> None:
        assert taken(api, full(user("p1")), "?strict=true")["status"] == "succeeded"


def test_an_import_is_not_refused_for_what_others_change_meanwhile(
    app: Flask, api: ApiClient, token: str, records: Records
) -> None:
    """Another import, or the change of one student, which may itself come too late."""
    taken(api, full(*class_of(40)))
    with records.uow() as uow:
        ids = [row.id for row in uow.all(select(Student).order_by(Student.id))]
    at_once = 6
    start = Barrier(at_once)

    def change(number: int) -> set[int]:
        mine = ApiClient(app.test_client(), token)
        start.wait()
        if number % 2:
            paths = [f"/v1/students/{id}" for id in ids[number::10]]
            return {mine.patch(path, {"grade": "05"}, etag="*").status_code for path in paths}
        rows = [user(f"p{n}", given=f"Renamed{number}", family=f"Pupil{n}") for n in range(40)]
        made = send(mine, full(*rows))
        if number == 0:
            do_imports(app)
        return {made.status_code}

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(change, range(at_once)))
    do_imports(app)
    assert answers[::2] == [{202}] * 3
    done = api.get("/v1/imports").get_json()["items"]
    assert [one["status"] for one in done] == ["succeeded"] * 4
    assert set().union(*answers[1::2]) <= {200, 412}
    with records.uow() as uow:
        assert len({row.given_name for row in uow.all(select(Student))}) == 1
