"""Case histories over HTTP: what was done before, loaded as it happened, and told to nobody."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.imports import jobs
from service.imports.history import read as history
from service.imports.history import staging
from service.imports.oneroster.read import Limits
from service.storage import Base
from service.storage.cases import Case
from service.storage.history import LoadedRecord
from service.storage.imports import ImportPart
from service.worker import imports
from service.worker.webhooks import take_up
from tests.api.records import Json, Records
from tests.builders import ApiClient, do_imports, services_of

Line = dict[str, Any]
PATH = "/v1/imports/case-history"
NDJSON = "application/x-ndjson"


def a(kind: str, id: str, student: str = "1", **said: Any) -> Line:
    return {
        "kind": kind,
        "source_system": "old",
        "source_id": id,
        "student": {"system": "local", "value": student},
        **said,
    }


LATE = (
    a("referral", "r1", requester="parent", received_on="2026-03-03"),
    a("consent", "c1", case="r1", purpose="initial_evaluation", answer="granted",
      form="written", received_on="2026-03-17"),
)  # fmt: skip
"""Consented in spring, and not evaluated since."""
WITHOUT_CONSENT = (
    a("referral", "r2", "2", requester="staff", received_on="2026-01-08"),
    a("evaluation", "e2", "2", case="r2", report_completed_on="2026-02-05"),
    a("determination", "d2", "2", case="r2", framework="idea", outcome="not_eligible",
      decided_on="2026-02-12"),
)  # fmt: skip
"""Decided, and nobody was asked."""
HISTORY = (*LATE, *WITHOUT_CONSENT)


@pytest.fixture
def students(api: ApiClient) -> dict[str, str]:
    """Three children, by their number in the district."""
    return {number: a_student(api, number) for number in "123"}


def a_student(api: ApiClient, number: str) -> str:
    said = {"given_name": "Ada", "family_name": f"Hollow{number}"}
    named = {"identifiers": [{"system": "local", "value": number}]}
    answer = api.post("/v1/students", {**said, **named})
    assert answer.status_code == 201, answer.text
    id: str = answer.get_json()["id"]
    return id


def send(api: ApiClient, body: bytes, query: str = "", kind: str = NDJSON) -> Any:
    return api.call("POST", PATH + query, data=body, headers={"Content-Type": kind})


def ndjson(lines: Sequence[Any]) -> bytes:
    return "\n".join(json.dumps(line) for line in lines).encode()


def taken(
    api: ApiClient, body: bytes, query: str = "", kind: str = NDJSON, ends: str = "succeeded"
) -> Json:
    """The import as it is when its job is done."""
    answer = send(api, body, query, kind)
    assert answer.status_code == 202, answer.text
    assert do_imports(api.http.application)
    made: Json = api.get(answer.headers["Location"]).get_json()
    assert made["status"] == ends, made
    return made


def listed(api: ApiClient, made: Json, name: str, query: str = "") -> list[Json]:
    found: list[Json] = api.get(f"/v1/imports/{made['id']}/{name}{query}").get_json()["items"]
    return found


def on_record(app: Flask, *but: str) -> dict[str, int]:
    """How many rows each table has."""
    with Session(services_of(app).database.reader) as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
            if table.name not in but
        }


KEPT_OF_A_JOB = (
    "imports", "journal", "journal_payloads", "idempotency_keys", "history_findings",
    "history_owed",
)  # fmt: skip


class TestLoading:
    def test_asks_for_no_notice_of_a_school_year_that_ended_before(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        plan = a("plan", "p1", plan_kind="iep", in_effect_on="2026-03-02")
        taken(api, ndjson([plan]))
        (owed,) = api.get("/v1/deadlines?term=yearly_safeguards").get_json()["items"]
        assert (owed["state"], owed["overdue"]) == ("running", False)
        assert owed["due_on"] == "2027-06-30"

    def test_is_a_job_that_says_how_far_it_is(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        answer = send(api, ndjson(HISTORY))
        queued = answer.get_json()
        assert (answer.status_code, queued["status"]) == (202, "queued")
        assert (queued["source"], queued["feed"]) == ("case_history_ndjson", "case_history")
        assert queued["progress"]["stage"] == "waiting"
        assert answer.headers["Retry-After"]
        do_imports(api.http.application)
        done = api.get(answer.headers["Location"]).get_json()
        assert (done["status"], done["progress"], done["error"]) == ("succeeded", None, None)
        records = done["report"]["records"]
        assert {kind: counts["loaded"] for kind, counts in records.items()} == {
            "referral": 2,
            "consent": 1,
            "evaluation": 1,
            "determination": 1,
        }
        assert done["report"]["cases_opened"] == 2

    def test_ends_with_the_list_of_what_is_late_or_undatable(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        nameless = a("consent", "c3", "3", case="r3", purpose="initial_evaluation",
                     answer="granted", requested_on="2026-09-14")  # fmt: skip
        made = taken(api, ndjson([*HISTORY, nameless]))
        late = listed(api, made, "late-or-undatable", "?state=late")
        assert ("2026-05-16", students["1"]) in {(o["due_on"], o["student_id"]) for o in late}
        [case] = api.get(f"/v1/cases?student_id={students['1']}").get_json()["items"]
        assert {one["case_id"] for one in late} == {case["id"]}
        undatable = listed(api, made, "late-or-undatable", "?state=undatable")
        assert {one["case_source_id"] for one in undatable} == {"r3"}
        assert made["report"]["late_or_undatable"] == {
            "late": len(late),
            "undatable": len(undatable),
        }
        path = f"/v1/imports/{made['id']}/late-or-undatable"
        table = list(csv.DictReader(io.StringIO(api.get(path, headers=AS_CSV).text)))
        whole = listed(api, made, "late-or-undatable")
        assert [row["because"] for row in table] == [one["because"] for one in whole]
        assert [one["due_on"] for one in whole] == sorted(
            (one["due_on"] for one in whole), key=lambda day: day or "9"
        )

    def test_a_breach_becomes_a_finding(self, api: ApiClient, students: dict[str, str]) -> None:
        made = taken(api, ndjson(HISTORY))
        found = listed(api, made, "history-findings", "?code=breach")
        [case] = api.get(f"/v1/cases?student_id={students['2']}").get_json()["items"]
        assert case["status"] == "determined"
        assert ("IDEA-CONSENT-EVAL", case["id"]) in {(o["rule_id"], o["case_id"]) for o in found}
        told = api.get(f"/v1/imports/{made['id']}/findings").get_json()["items"]
        assert "Cases did not meet IDEA-CONSENT-EVAL." in {one["message"] for one in told}

    def test_a_bad_row_tells_file_line_field_and_code(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        bad = a("referral", "bad", received_on="9/1/2026")
        made = taken(
            api, ndjson([HISTORY[0], bad, a("referral", "x", "9", received_on="2026-09-01")])
        )
        assert made["report"]["records"]["referral"]["left_out"] == 2
        found = listed(api, made, "history-findings", "?severity=error")
        assert [(o["file"], o["line"], o["field"], o["code"]) for o in found] == [
            ("history.ndjson", 2, "received_on", "not_a_day"),
            ("history.ndjson", 3, "student", "unknown_student"),
        ]

    @pytest.mark.parametrize("query", ["", "?compare_only=true"])
    def test_of_which_not_a_line_could_be_taken_is_held_and_says_why(
        self, api: ApiClient, app: Flask, students: dict[str, str], query: str
    ) -> None:
        before = on_record(app, *KEPT_OF_A_JOB)
        bad = [a("referral", "r1", received_on="soon"), a("referral", "r2", "9"), "no record"]
        made = taken(api, ndjson(bad), query, ends="held")
        assert made["report"]["held_because"] == "No line of it could be taken."
        assert on_record(app, *KEPT_OF_A_JOB) == before
        assert len(listed(api, made, "history-findings")) == 3
        tried = send(api, ndjson(bad), "?dry_run=true").get_json()["result"]
        assert tried["status"] == "held"
        assert tried["report"]["held_because"] == made["report"]["held_because"]

    def test_of_which_one_line_could_be_taken_has_succeeded(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        some = ndjson([HISTORY[0], "no record"])
        assert taken(api, some)["report"]["held_because"] is None
        assert taken(api, some)["report"]["records"]["referral"]["unchanged"] == 1

    def test_twice_changes_nothing(
        self, api: ApiClient, app: Flask, students: dict[str, str]
    ) -> None:
        first = taken(api, ndjson(HISTORY))
        before = on_record(app, *KEPT_OF_A_JOB)
        again = taken(api, ndjson(HISTORY))
        assert on_record(app, *KEPT_OF_A_JOB) == before
        assert {what for counts in again["report"]["records"].values() for what, n in counts.items()
                if n} == {"unchanged"}  # fmt: skip
        assert listed(api, again, "late-or-undatable") == listed(api, first, "late-or-undatable")

    def test_tells_no_webhook(self, api: ApiClient, app: Flask, students: dict[str, str]) -> None:
        hook = api.post("/v1/webhooks", {"url": "https://sis.example.org/"}).get_json()
        path = f"/v1/webhooks/{hook['id']}/deliveries"
        take_up(services_of(app))
        before = api.get(path).get_json()["items"]
        cancelled = send(api, ndjson(HISTORY)).get_json()
        api.post(f"/v1/imports/{cancelled['id']}/cancel")
        taken(api, ndjson([*HISTORY, "no record"]))
        api.post("/v1/students", {"given_name": "Lin", "family_name": "Osei"})
        take_up(services_of(app))
        after = api.get(path).get_json()["items"]
        assert [one["event"] for one in after[: len(after) - len(before)]] == ["student.created"]

    def test_is_no_feed_that_could_be_late(self, api: ApiClient, students: dict[str, str]) -> None:
        taken(api, ndjson(HISTORY))
        assert api.get("/v1/imports/health").get_json()["items"] == []

    def test_leaves_what_was_sent_nowhere(
        self, api: ApiClient, records: Records, students: dict[str, str]
    ) -> None:
        taken(api, ndjson(HISTORY))
        with records.uow() as uow:
            assert not uow.rows(select(ImportPart.id))

    def test_of_another_district_is_not_there(
        self, api: ApiClient, neighbor: ApiClient, students: dict[str, str]
    ) -> None:
        made = taken(api, ndjson(HISTORY))
        for name in ("late-or-undatable", "history-findings"):
            assert neighbor.get(f"/v1/imports/{made['id']}/{name}").status_code == 404
        theirs = taken(neighbor, ndjson(HISTORY), ends="held")
        assert {one["code"] for one in listed(neighbor, theirs, "history-findings")} == {
            "unknown_student"
        }


class TestShapes:
    def test_a_table(self, api: ApiClient, students: dict[str, str]) -> None:
        body = (
            b"kind,source_system,source_id,student_system,student_value,received_on\r\n"
            b"referral,old,r1,local,1,2026-09-01\r\nreferral,old,r2,local,2,soon\r\n"
        )
        made = taken(api, body, kind="text/csv")
        assert made["report"]["records"]["referral"]["loaded"] == 1
        [found] = listed(api, made, "history-findings", "?severity=error")
        assert (found["file"], found["line"], found["field"]) == ("history.csv", 3, "received_on")

    def test_several_files_zipped_of_which_each_is_named_by_its_kind(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        made = taken(
            api,
            zipped(
                {
                    "referrals.csv": "source_system,source_id,student_system,student_value,case,"
                    "received_on\nold,r1,local,1,k,2026-03-03\nold,r2,local,2,,x\n",
                    "consents.ndjson": ndjson(
                        [{**a("consent", "c1", case="k", purpose="initial_evaluation",
                              answer="granted", received_on="2026-03-17")}]
                    ).decode(),
                }
            ),
            kind="application/zip",
        )  # fmt: skip
        assert made["source"] == "case_history_zip"
        assert made["report"]["cases_opened"] == 1
        [found] = listed(api, made, "history-findings", "?severity=error")
        assert (found["file"], found["line"]) == ("referrals.csv", 3)

    @pytest.mark.parametrize(
        ("kind", "body", "code"),
        [
            ("text/csv", b"a,b\r\n1,2\r\n", "missing_column"),
            ("text/csv", b"", "missing_column"),
            ("text/csv", b"kind,source_system,source_id\r\n", "empty"),
            (NDJSON, b"", "empty"),
            (NDJSON, b"\n \n", "empty"),
            ("application/zip", {"referrals.csv": "source_system,source_id\n"}, "empty"),
            (NDJSON, b"\xff\xfe", "not_utf8"),
            ("application/zip", b"PK", "not_a_zip"),
            ("application/zip", {"notes.docx": "x"}, "unknown_files"),
            ("application/zip", {"../referrals.csv": "x"}, "path_traversal"),
        ],
    )
    def test_what_is_no_history_says_what_to_do(
        self, api: ApiClient, kind: str, body: Any, code: str
    ) -> None:
        answer = send(api, zipped(body) if isinstance(body, dict) else body, kind=kind)
        problem = answer.get_json()
        assert (answer.status_code, problem["type"]) == (422, "/problems/history-refused")
        assert problem["code"] == code
        assert problem["remedy"]

    def test_of_another_kind_is_refused(self, api: ApiClient) -> None:
        assert send(api, b"{}", kind="application/json").status_code == 415

    def test_that_cannot_be_read_to_its_end_fails_and_says_why(
        self, api: ApiClient, students: dict[str, str], records: Records
    ) -> None:
        answer = send(api, ndjson(HISTORY) + b"\n" * 20_000 + b"\xff\xfe")
        assert answer.status_code == 202
        do_imports(api.http.application)
        made = api.get(answer.headers["Location"]).get_json()
        assert (made["status"], made["error"]["code"]) == ("failed", "not_utf8")
        with records.uow() as uow:
            assert not uow.rows(select(Case.id))

    @pytest.mark.parametrize(
        ("place", "by"),
        [(16, 255), (30 + len("referrals.csv") + 2, 255)],
        ids=["sum", "content"],
    )
    @pytest.mark.parametrize("query", ["", "?dry_run=true"])
    def test_in_a_zip_that_is_damaged_is_refused(
        self, api: ApiClient, place: int, by: int, query: str
    ) -> None:
        whole = bytearray(zipped({"referrals.csv": "source_system,source_id\r\n" + "o,1\r\n" * 99}))
        directory = whole.find(b"PK\x01\x02") if place == 16 else 0
        whole[directory + place] ^= by
        answer = send(api, bytes(whole), query, "application/zip")
        assert answer.status_code == 422, answer.text
        assert answer.get_json()["code"] == "damaged"

    def test_with_a_row_without_end_is_refused_and_not_held(self, api: ApiClient) -> None:
        for text in ("a," * 100_000, "kind,source_system,source_id\n" + '"a\n",' * 50_000):
            answer = send(api, text.encode(), "?dry_run=true", "text/csv")
            assert (answer.status_code, answer.get_json()["code"]) == (422, "line_too_long")

    def test_with_a_number_without_end_leaves_out_its_line(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        rows = "".join(
            f"intervention,old,i{n},local,1,Reading,2026-03-03,{tier}\n"
            for n, tier in enumerate(("2", "9" * 5_000, "\u00b2"))
        )
        columns = "kind,source_system,source_id,student_system,student_value,title,started_on,tier"
        made = taken(api, f"{columns}\n{rows}".encode(), kind="text/csv")
        assert made["report"]["records"]["intervention"]["loaded"] == 1
        assert [one["field"] for one in listed(api, made, "history-findings")] == ["tier", "tier"]

    def test_with_a_file_of_a_long_name_is_read(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        name = "requests of the year before " * 9 + ".ndjson"
        body = zipped({name: ndjson(LATE).decode() + "\n[]"})
        made = taken(api, body, kind="application/zip")
        assert made["report"]["cases_opened"] == 1
        found = listed(api, made, "history-findings")
        assert found[0]["file"] == name[-80:]

    def test_with_more_lines_than_a_history_has_fails_and_keeps_no_finding(
        self, api: ApiClient, students: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "MOST_LINES", 3)
        made = taken(api, b"[]\n[]\n[]", ends="held")
        assert made["report"]["records"]["unknown"]["left_out"] == 3
        made = taken(api, b"[]\n[]\n[]\n[]", ends="failed")
        assert made["error"]["code"] == "too_many_lines"
        assert not listed(api, made, "history-findings")

    def test_has_its_limits_named_in_the_document(self, api: ApiClient) -> None:
        document = api.get("/openapi.json").get_json()
        said = document["paths"][PATH]["post"]["requestBody"]["description"]
        assert f"{history.MOST_LINES:,} lines" in said
        assert f"{history.LONGEST_LINE:,} characters" in said
        assert "limits.upload_bytes" in said
        roster = document["paths"]["/v1/imports"]["post"]["requestBody"]["description"]
        assert f"{Limits().line_chars:,} characters a line" in roster

    def test_that_names_members_without_end_is_told_of_some(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        said: Line = {f"m{n}": 1 for n in range(1000)}
        made = taken(api, ndjson([a("referral", "r1", **said)]), ends="held")
        assert len(listed(api, made, "history-findings")[0]["message"]) < 200


class TestTrying:
    def test_at_once_answers_with_the_same_report_and_keeps_nothing(
        self, api: ApiClient, app: Flask, students: dict[str, str]
    ) -> None:
        before = on_record(app)
        answer = send(api, ndjson([*HISTORY, "no record"]), "?dry_run=true")
        assert answer.status_code == 200
        assert on_record(app) == before
        tried = answer.get_json()["result"]
        assert (tried["id"], tried["status"]) == (None, "succeeded")
        lists = tried["report"].pop("lists")
        made = taken(api, ndjson([*HISTORY, "no record"]))
        assert tried["report"] == {**made["report"], "dry_run": True}
        found = listed(api, made, "history-findings")
        assert sorted(one["message"] for one in lists["history_findings"]) == sorted(
            one["message"] for one in found
        )
        owed = listed(api, made, "late-or-undatable")
        assert sorted(one["because"] for one in lists["late_or_undatable"]) == sorted(
            one["because"] for one in owed
        )

    def test_a_long_one_at_once_is_refused_and_told_how(
        self, api: ApiClient, students: dict[str, str]
    ) -> None:
        answer = send(api, b"{}\n" * 2001, "?dry_run=true")
        problem = answer.get_json()
        assert (answer.status_code, problem["code"]) == (422, "too_long_to_try_at_once")
        assert "compare_only=true" in problem["remedy"]

    def test_as_a_job_keeps_nothing_but_what_it_found(
        self, api: ApiClient, app: Flask, students: dict[str, str]
    ) -> None:
        before = on_record(app, *KEPT_OF_A_JOB)
        tried = taken(api, ndjson(HISTORY), "?compare_only=true", ends="held")
        assert on_record(app, *KEPT_OF_A_JOB) == before
        owed = listed(api, tried, "late-or-undatable")
        assert {one["case_id"] for one in owed} == {None}
        breaches = listed(api, tried, "history-findings", "?code=breach")
        assert ("IDEA-CONSENT-EVAL", None, "r2") in {
            (one["rule_id"], one["case_id"], one["source_id"]) for one in breaches
        }
        causes = tried["report"]["findings"]
        assert {one["sourced_id"] for one in causes if one["code"] == "breach"} == {None}
        made = taken(api, ndjson(HISTORY))
        held = {"held_because": tried["report"]["held_because"]}
        assert held["held_because"]
        assert tried["report"] == {**made["report"], "dry_run": True, **held}
        assert [one["because"] for one in listed(api, made, "late-or-undatable")] == [
            one["because"] for one in owed
        ]


class TestStopping:
    @pytest.fixture(autouse=True)
    def one_student_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(staging, "AT_ONCE", 1)

    def test_one_that_waits_leaves_nothing(
        self, api: ApiClient, app: Flask, students: dict[str, str], records: Records
    ) -> None:
        made = send(api, ndjson(HISTORY)).get_json()
        stopped = api.post(f"/v1/imports/{made['id']}/cancel").get_json()
        assert (stopped["status"], stopped["report"]) == ("cancelled", None)
        assert not do_imports(app)
        with records.uow() as uow:
            assert not uow.rows(select(Case.id))

    def test_one_that_runs_leaves_whole_students_and_the_same_file_goes_on(
        self,
        api: ApiClient,
        app: Flask,
        students: dict[str, str],
        records: Records,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        made = send(api, ndjson(HISTORY)).get_json()
        keep_part = imports.Run._keep_part

        def kept(run: imports.Run, *given: Any) -> None:
            keep_part(run, *given)
            at_once = api.get(f"/v1/imports/{made['id']}").get_json()
            assert (at_once["status"], at_once["progress"]["stage"]) == ("running", "writing")
            assert at_once["progress"]["rows"] > 0
            with records.uow() as uow:
                jobs.cancel(uow, run.job.id)
                uow.commit()

        monkeypatch.setattr(imports.Run, "_keep_part", kept)
        do_imports(app)
        monkeypatch.undo()
        stopped = api.get(f"/v1/imports/{made['id']}").get_json()
        assert stopped["status"] == "cancelled"
        assert stopped["report"]["cases_opened"] == 1
        with records.uow() as uow:
            [case] = uow.rows(select(Case.student_id))
            loaded = uow.rows(select(LoadedRecord.id).where(LoadedRecord.kind != "case"))
        of_the_student = LATE if str(case.student_id) == students["1"] else WITHOUT_CONSENT
        assert len(loaded) == len(of_the_student)
        again = taken(api, ndjson(HISTORY))["report"]
        assert again["cases_opened"] == 1
        assert sum(counts["unchanged"] for counts in again["records"].values()) == len(loaded)


AS_CSV: dict[str, str | None] = {"Accept": "text/csv"}


def zipped(files: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return held.getvalue()
