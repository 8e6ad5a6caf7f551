"""Referrals over HTTP: a receipt is kept whatever is missing, and a request is one at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.storage.cases import Case, Referral
from service.storage.database import Database
from service.storage.journal import JournalEntry, RefusedAccess
from tests.api.records import Records
from tests.builders import ApiClient, a_client, a_district, a_staff_member, a_token, faults
from tests.scenarios.journey import Json, sent

TODAY, YESTERDAY, TOMORROW = "2026-10-05", "2026-10-04", "2026-10-06"
GATE = "STATE-PREREFERRAL-INTERVENTION"


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """A district under the federal base alone, which has the intervention rule."""
    return a_district(store, "us", clock=clock)


@pytest.fixture
def student(records: Records) -> str:
    return records.student(grade="03")


def received(api: ApiClient, **body: Any) -> Json:
    return sent(api.post("/v1/referrals", body))


def warned(receipt: Json) -> set[tuple[str, str]]:
    return {(w["pointer"], w["code"]) for w in receipt["warnings"]}


def events(store: Database, case_id: str) -> list[str]:
    """What the journal names of a case, in order."""
    with Session(store.reader) as session:
        return list(
            session.scalars(
                select(JournalEntry.event)
                .where(JournalEntry.case_id == UUID(case_id))
                .order_by(JournalEntry.seq)
            )
        )


class TestReceiving:
    def test_a_parents_letter_is_a_request_from_its_first_moment(
        self, api: ApiClient, student: str
    ) -> None:
        answer = api.post(
            "/v1/referrals",
            {
                "requester": "parent",
                "requester_name": "Dana Rivers",
                "words": "I want my son tested.",
                "student_id": student,
                "received_on": "2026-09-10",
            },
        )
        receipt = sent(answer)
        assert receipt["case"]["status"] == "evaluation_requested"
        assert receipt["case"]["frameworks"] == ["idea"]
        assert receipt["case"]["opened_on"] == "2026-09-10"
        assert receipt["warnings"] == []
        assert receipt["next"] == {
            "steps": f"/v1/referrals/{receipt['id']}/steps",
            "case": f"/v1/cases/{receipt['case_id']}",
            "match": None,
        }
        assert answer.headers["Location"] == f"/v1/referrals/{receipt['id']}"
        assert answer.headers["ETag"] == '"1"'
        read = sent(api.get(answer.headers["Location"]), 200)
        assert read == {
            **{n: v for n, v in receipt.items() if n in read},
            "corrections": [],
        }

    def test_what_is_owed_is_said_and_nothing_names_interventions(
        self, api: ApiClient, student: str
    ) -> None:
        answer = api.post("/v1/referrals", {"requester": "parent", "student_id": student})
        receipt = sent(answer)
        owed = {d["term"] for d in receipt["deadlines"]}
        assert {"answer_to_request", "procedural_safeguards"} <= owed
        assert {f["rule_id"] for f in receipt["findings"]} >= {"IDEA-REQUEST-WHO", "IDEA-PSN"}
        assert not [f for f in receipt["findings"] if f["blocks"]]
        assert "intervention" not in answer.text.lower()

    def test_nothing_at_all_has_to_be_known(self, api: ApiClient) -> None:
        receipt = received(api)
        assert receipt["requester"] == "unknown"
        assert receipt["form"] == "written"
        assert receipt["received_on"] == TODAY
        assert receipt["case"]["status"] == "evaluation_requested"
        assert warned(receipt) == {("/requester", "missing"), ("/student_id", "unmatched")}
        assert receipt["next"]["match"] == f"/v1/referrals/{receipt['id']}/match"

    def test_the_day_is_the_districts_own(self, api: ApiClient, clock: SetClock) -> None:
        clock.set(clock.now().replace(day=6, hour=4))  # eleven in the evening in Chicago
        assert received(api)["received_on"] == TODAY
        assert faults(api.post("/v1/referrals", {"received_on": TOMORROW})) == {
            ("/received_on", "future")
        }

    def test_members_nobody_knows_are_kept_as_they_were_sent(self, api: ApiClient) -> None:
        receipt = received(api, requester="parent", formVersion=7, form_fields={"a": [1, None]})
        assert receipt["kept"] == {"formVersion": 7, "form_fields": {"a": [1, None]}}
        assert {("/formVersion", "unknown_member"), ("/form_fields", "unknown_member")} <= warned(
            receipt
        )

    def test_a_requester_nobody_knows_is_taken_as_a_parent(
        self, api: ApiClient, student: str
    ) -> None:
        receipt = received(api, requester="neighbour", student_id=student)
        assert receipt["requester"] == "unknown"
        assert receipt["kept"] == {"requester": "neighbour"}
        assert receipt["case"]["status"] == "evaluation_requested"
        assert warned(receipt) == {("/requester", "unknown_word")}

    @pytest.mark.parametrize("spelt", ["Adult Student", "adult-student", "ADULT_STUDENT"])
    def test_a_word_is_known_however_it_is_spelt(self, api: ApiClient, spelt: str) -> None:
        receipt = received(api, requester=spelt)
        assert receipt["requester"] == "adult_student"
        assert "requester" not in receipt["kept"]

    def test_references_that_lead_nowhere_are_kept_and_warned_of(
        self, api: ApiClient, neighbor: ApiClient
    ) -> None:
        theirs = sent(
            neighbor.post("/v1/students", {"given_name": "Ivo", "family_name": "Elsewhere"})
        )["id"]
        nobody = str(uuid4())
        receipt = received(
            api,
            requester="parent",
            student_id=theirs,
            requester_guardian_id=nobody,
            received_by_staff_id="front desk",
        )
        assert receipt["student_id"] is None
        assert receipt["kept"] == {
            "student_id": theirs,
            "requester_guardian_id": nobody,
            "received_by_staff_id": "front desk",
        }
        assert {
            ("/student_id", "unmatched"),
            ("/requester_guardian_id", "not_found"),
            ("/received_by_staff_id", "not_found"),
        } == warned(receipt)

    def test_other_words_without_a_meaning_here_are_kept_too(self, api: ApiClient) -> None:
        receipt = received(
            api,
            requester="parent",
            form="fax",
            frameworks=["ada", "section_504"],
            language="x" * 40,
            suspicion={"statement": " ", "because": "a feeling"},
            student_identifier={"system": "sis"},
        )
        assert receipt["form"] == "written"
        assert receipt["frameworks"] == ["section_504"]
        assert receipt["language"] is None
        assert receipt["suspicion_statement"] is None
        assert receipt["kept"] == {
            "form": "fax",
            "frameworks": ["ada", "section_504"],
            "language": "x" * 40,
            "suspicion": {"because": "a feeling"},
            "student_identifier": {"system": "sis"},
        }

    def test_null_is_the_same_as_nothing(self, api: ApiClient, student: str) -> None:
        names = ["words", "language", "form", "received_on", "suspicion", "child", "frameworks"]
        receipt = received(
            api, requester="parent", student_id=student, **dict.fromkeys(names, None)
        )
        assert receipt["warnings"] == []
        assert receipt["received_on"] == TODAY

    def test_a_child_is_found_by_the_number_their_system_gave_them(self, api: ApiClient) -> None:
        made = sent(
            api.post(
                "/v1/students",
                {
                    "given_name": "Sam",
                    "family_name": "Rivers",
                    "identifiers": [{"system": "sis", "value": "S-20417"}],
                },
            )
        )
        identifier = {"system": "sis", "value": "S-20417"}
        assert received(api, student_identifier=identifier)["student_id"] == made["id"]
        other = received(api, student_identifier={**identifier, "value": "S-1"})
        assert other["student_id"] is None
        assert other["kept"]["student_identifier"]["value"] == "S-1"

    def test_a_child_in_words_is_kept_until_somebody_says_who_it_is(self, api: ApiClient) -> None:
        child = {"name": "Sam Rivers", "grade": 3, "teacher": "Ms Okoro"}
        receipt = received(api, requester="physician", child=child)
        assert receipt["child_described"] == child
        assert receipt["case"]["student_id"] is None
        assert receipt["case"]["status"] == "received"

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"words": 7}, ("/words", "invalid")),
            ({"suspected_areas": "reading"}, ("/suspected_areas", "invalid")),
            ({"child": "Sam"}, ("/child", "invalid")),
            ({"parent_informed": "maybe"}, ("/parent_informed", "not_a_flag")),
            ({"suspicion": ["x"]}, ("/suspicion", "not_an_object")),
            ({"received_on": "10 September"}, ("/received_on", "not_a_date")),
            ({"received_on": "2026-02-30"}, ("/received_on", "not_a_date")),
            ({"received_on": "1899-12-31"}, ("/received_on", "date_range")),
            ({"received_on": TOMORROW}, ("/received_on", "future")),
            ({"documented_on": TOMORROW}, ("/documented_on", "future")),
        ],
    )
    def test_only_what_cannot_be_read_or_cannot_be_is_refused(
        self, api: ApiClient, store: Database, body: Json, where: tuple[str, str]
    ) -> None:
        assert faults(api.post("/v1/referrals", body)) == {where}
        with Session(store.reader) as session:
            assert session.scalars(select(Referral.id)).all() == []

    def test_no_key_is_demanded_and_one_that_is_sent_is_honoured(
        self, api: ApiClient, student: str
    ) -> None:
        body = {"requester": "parent", "student_id": student}
        bare = {"Idempotency-Key": None}
        first = sent(api.post("/v1/referrals", body, headers=bare))
        second = sent(api.post("/v1/referrals", body, headers=bare))
        assert first["id"] != second["id"]
        key = {"Idempotency-Key": "letter-1"}
        third = api.post("/v1/referrals", body, headers=key)
        again = api.post("/v1/referrals", body, headers=key)
        assert sent(again) == sent(third)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert api.post("/v1/referrals", {}, headers=key).status_code == 422

    def test_a_dry_run_keeps_nothing(self, api: ApiClient, student: str, store: Database) -> None:
        answer = api.post("/v1/referrals?dry_run=true", {"student_id": student})
        assert sent(answer, 200)["result"]["case"]["status"] == "evaluation_requested"
        with Session(store.reader) as session:
            assert session.scalars(select(Case.id)).all() == []

    def test_a_staff_members_suspicion_is_theirs(
        self, api: ApiClient, records: Records, student: str
    ) -> None:
        teacher = records.staff_member()
        said = {"staff_id": teacher, "statement": "I suspect a reading disability."}
        receipt = received(api, requester="staff", student_id=student, suspicion=said)
        assert receipt["suspicion_statement"] == "I suspect a reading disability."
        assert receipt["requester_staff_id"] == teacher
        assert receipt["kept"] == {}
        other = received(api, requester="parent", student_id=student, suspicion=said)
        assert other["requester_staff_id"] is None
        assert other["kept"] == {"suspicion": {"staff_id": teacher}}


class TestWhatAReceiptCosts:
    def test_few_statements(self, api: ApiClient, student: str, store: Database) -> None:
        seen: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(store.engine, "before_cursor_execute", note)
        try:
            received(api, student_id=student, requester="parent")
        finally:
            event.remove(store.engine, "before_cursor_execute", note)
        # The key, the district, the student, their path and open case, what there is of them, the
        # calendars, the new rows, whether they are watched, the answer, the journal. SQLite begins,
        # and takes rows by their tables and the journal in three.
        assert len(seen) <= (15 if store.sqlite else 10), "\n".join(seen)


class TestOneCaseAChild:
    def test_a_second_receipt_joins_the_open_case(
        self, api: ApiClient, student: str, store: Database
    ) -> None:
        first = received(api, requester="staff", student_id=student, received_on="2026-09-20")
        assert first["case"]["status"] == "received"
        second = received(
            api,
            requester="parent",
            student_id=student,
            received_on="2026-09-10",
            frameworks=["section_504"],
        )
        assert second["case_id"] == first["case_id"]
        assert second["case"]["status"] == "evaluation_requested"
        assert second["case"]["frameworks"] == ["idea", "section_504"]
        assert second["case"]["opened_on"] == "2026-09-10"
        assert second["case"]["version"] > first["case"]["version"]
        assert events(store, first["case_id"]) == [
            "case.opened",
            "referral.received",
            "referral.received",
            "case.evaluation_requested",
        ]

    def test_a_plain_request_brings_idea_into_a_case_of_section_504(
        self, api: ApiClient, student: str
    ) -> None:
        received(api, requester="parent", student_id=student, frameworks=["section_504"])
        second = received(api, requester="parent", student_id=student)
        assert second["case"]["frameworks"] == ["section_504", "idea"]

    def test_a_parents_request_lifts_the_schools_gate_and_ends_its_review(
        self, api: ApiClient, student: str
    ) -> None:
        school = received(api, requester="staff", student_id=student)
        steps = f"/v1/referrals/{school['id']}/steps"
        assert api.post(f"{steps}/request-evaluation", {}).status_code == 409
        query = {"case_id": school["case_id"], "limit": 500}

        def review() -> str:
            items = sent(api.get("/v1/deadlines", query_string=query), 200)["items"]
            (found,) = [d for d in items if d["term"] == "child_find_review"]
            return str(found["state"])

        assert review() == "open"
        received(api, requester="parent", student_id=student)
        assert review() == "met"

    def test_when_the_case_is_closed_the_next_receipt_opens_another(
        self, api: ApiClient, records: Records, student: str
    ) -> None:
        first = received(api, requester="staff", student_id=student)
        records.close(first["case_id"])
        second = received(api, requester="parent", student_id=student)
        assert second["case_id"] != first["case_id"]

    def test_two_at_the_same_moment_are_both_kept_in_one_case(
        self, app: Flask, token: str, student: str, store: Database
    ) -> None:
        at_once = 6
        start = Barrier(at_once)

        def send(number: int) -> tuple[int, Json]:
            client = ApiClient(app.test_client(), token)
            start.wait()
            requester = "parent" if number % 2 else "staff"
            answer = client.post("/v1/referrals", {"requester": requester, "student_id": student})
            return answer.status_code, answer.get_json()

        with ThreadPoolExecutor(at_once) as pool:
            answers = list(pool.map(send, range(at_once)))
        assert [status for status, _ in answers] == [201] * at_once, answers
        assert len({body["case_id"] for _, body in answers}) == 1
        with Session(store.reader) as session:
            (case,) = session.scalars(select(Case)).all()
            assert case.status == "evaluation_requested"
            assert len(session.scalars(select(Referral.id)).all()) == at_once
            numbers = session.scalars(select(JournalEntry.seq).order_by(JournalEntry.seq)).all()
            assert list(numbers) == list(range(1, len(numbers) + 1))

    def test_a_receipt_and_a_step_at_the_same_moment_do_not_refuse_each_other(
        self, app: Flask, api: ApiClient, token: str, student: str, records: Records
    ) -> None:
        teacher = records.staff_member()
        case_id = received(api, requester="staff", student_id=student)["case_id"]
        step = f"/v1/cases/{case_id}/steps/request-evaluation"
        said = {"suspicion": {"staff_id": teacher, "statement": "I suspect a disability."}}
        requests: list[tuple[str, Json]] = [
            ("/v1/referrals", {"requester": "parent", "student_id": student}),
            (step, said),
            ("/v1/referrals", {"requester": "staff", "student_id": student}),
        ]
        start = Barrier(len(requests))

        def send(request: tuple[str, Json]) -> tuple[str, int]:
            client = ApiClient(app.test_client(), token)
            start.wait()
            return request[0], client.post(*request).status_code

        with ThreadPoolExecutor(len(requests)) as pool:
            answers = list(pool.map(send, requests))
        assert {status for path, status in answers if path == "/v1/referrals"} == {201}
        # The step comes first, or finds that the parent's request has done its work already.
        assert {status for path, status in answers if path == step} <= {200, 409}
        assert sent(api.get(f"/v1/cases/{case_id}"), 200)["status"] == "evaluation_requested"

    @pytest.mark.parametrize("store", ["postgresql"], indirect=True)
    def test_who_needs_two_cases_waits_for_the_first_with_nothing_in_hand(
        self, app: Flask, api: ApiClient, token: str, student: str, records: Records,
        store: Database, clock: SetClock,
    ) -> None:  # fmt: skip
        """A change of the calendar holds every case; held out of order they would deadlock."""
        open_ = received(api, requester="staff", student_id=student)
        clock.advance(timedelta(seconds=1))  # ids of one instant are in no order
        waiting = received(api, requester="parent")
        path = f"/v1/referrals/{waiting['id']}/match"
        with ThreadPoolExecutor(1) as pool, records.uow() as other:
            other.get(Case, UUID(open_["case_id"]), lock=True)
            client = ApiClient(app.test_client(), token)
            matching = pool.submit(client.post, path, {"student_id": student})
            assert any(somebody_waits(store) for _ in range(100_000))
            second = select(Case).where(Case.id == UUID(waiting["case_id"]))
            assert other.first(second.with_for_update(nowait=True)) is not None
            other.rollback()
            assert matching.result(30).status_code == 200


def somebody_waits(store: Database) -> bool:
    """Whether a transaction on this database waits for another one's lock."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with store.reader.connect() as connection:
        return bool(connection.scalar(asked))


class TestMatching:
    def test_the_case_becomes_the_childs(self, api: ApiClient, student: str) -> None:
        waiting = received(api, requester="parent", received_on="2026-09-10")
        answer = api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student})
        matched = sent(answer, 200)
        assert matched["student_id"] == student
        assert matched["case"] == {**matched["case"], "id": waiting["case_id"]}
        assert matched["case"]["student_id"] == student
        assert matched["next"]["match"] is None
        assert answer.headers["Location"] == f"/v1/referrals/{waiting['id']}"
        assert "match_student" in {d["term"] for d in waiting["deadlines"]}
        assert "match_student" not in {d["term"] for d in matched["deadlines"]}
        assert "unmatched" in {warning["code"] for warning in waiting["warnings"]}
        assert matched["warnings"] == []

    def test_it_joins_the_open_case_and_brings_everything_along(
        self, api: ApiClient, student: str
    ) -> None:
        open_ = received(api, requester="staff", student_id=student, received_on="2026-09-20")
        waiting = received(api, requester="parent", received_on="2026-09-10")
        drafted = sent(
            api.post(f"/v1/referrals/{waiting['id']}/notices", {"kind": "procedural_safeguards"})
        )
        matched = sent(
            api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student}), 200
        )
        assert matched["case_id"] == open_["case_id"]
        assert matched["case"]["status"] == "evaluation_requested"
        assert matched["case"]["opened_on"] == "2026-09-10"
        notice = sent(api.get(f"/v1/notices/{drafted['id']}"), 200)
        assert notice["case_id"] == open_["case_id"]
        former = sent(api.get(f"/v1/cases/{waiting['case_id']}"), 200)
        assert former["joined_to_case_id"] == open_["case_id"]
        assert former["closed_on"] == TODAY
        assert former["referral_ids"] == []
        case = sent(api.get(f"/v1/cases/{open_['case_id']}"), 200)
        assert case["referral_ids"] == [waiting["id"], open_["id"]]

    def test_a_case_that_joined_another_goes_no_further_and_passes_on_what_is_recorded(
        self, api: ApiClient, student: str
    ) -> None:
        open_ = received(api, requester="staff", student_id=student)
        waiting = received(api, requester="staff")
        sent(api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student}), 200)
        former = f"/v1/cases/{waiting['case_id']}"
        steps = sent(api.get(f"{former}/steps"), 200)["items"]
        assert [step["step"] for step in steps if step["allowed"]] == []
        refused = api.post(f"{former}/steps/close", {"reason_code": "other", "reason": "Joined."})
        assert refused.status_code == 409
        (finding,) = (f for f in refused.get_json()["findings"] if f["rule_id"] == "LIFECYCLE")
        assert open_["case_id"] in finding["remedy"]
        for noun, body in (
            ("notices", {"kind": "procedural_safeguards"}),
            ("consents", {"purpose": "initial_evaluation"}),
            ("evaluations", {}),
            ("eligibility-determinations", {"framework": "idea"}),
        ):
            assert sent(api.post(f"{former}/{noun}", body))["case_id"] == open_["case_id"]
        met = {"kind": "other", "held_on": TODAY, "student_id": student}
        meeting = sent(api.post("/v1/team-meetings", {**met, "case_id": waiting["case_id"]}))
        assert meeting["case_id"] == open_["case_id"]

    def test_a_case_never_goes_back_by_what_joins_it(self, api: ApiClient, student: str) -> None:
        received(api, requester="parent", student_id=student)
        waiting = received(api, requester="staff")
        assert waiting["case"]["status"] == "received"
        matched = sent(
            api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student}), 200
        )
        assert matched["case"]["status"] == "evaluation_requested"

    def test_when_both_have_an_open_review_one_stays(self, api: ApiClient, student: str) -> None:
        ids = []
        for body in ({"student_id": student}, {}):
            school = received(api, requester="staff", **body)
            steps = f"/v1/referrals/{school['id']}/steps"
            assert api.post(f"{steps}/request-evaluation", {}).status_code == 409
            ids.append(school["id"])
        matched = sent(api.post(f"/v1/referrals/{ids[1]}/match", {"student_id": student}), 200)
        states = [d["state"] for d in matched["deadlines"] if d["term"] == "child_find_review"]
        assert sorted(states) == ["met", "open"]

    def test_a_closed_case_keeps_to_itself(
        self, api: ApiClient, records: Records, student: str
    ) -> None:
        open_ = received(api, requester="parent", student_id=student)
        waiting = received(api, requester="staff")
        records.close(waiting["case_id"])
        matched = sent(
            api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student}), 200
        )
        assert matched["case_id"] == waiting["case_id"] != open_["case_id"]
        assert matched["case"]["student_id"] == student
        assert matched["case"]["status"] == "closed"

    def test_again_to_the_same_child_changes_nothing(self, api: ApiClient, student: str) -> None:
        waiting = received(api, requester="parent")
        path = f"/v1/referrals/{waiting['id']}/match"
        first, again = (sent(api.post(path, {"student_id": student}), 200) for _ in "ab")
        assert again == first

    def test_another_child_and_one_that_is_not_there_are_refused(
        self, api: ApiClient, records: Records, student: str
    ) -> None:
        waiting = received(api, requester="parent")
        path = f"/v1/referrals/{waiting['id']}/match"
        assert faults(api.post(path, {"student_id": str(uuid4())})) == {
            ("/student_id", "not_found")
        }
        sent(api.post(path, {"student_id": student}), 200)
        other = records.student("Wren")
        assert faults(api.post(path, {"student_id": other})) == {("/student_id", "already_matched")}

    @pytest.mark.parametrize("whose", ["the child's", "another child's"])
    def test_a_consent_counts_that_came_before_from_the_childs_own_guardian(
        self, api: ApiClient, records: Records, student: str, whose: str
    ) -> None:
        of = student if whose == "the child's" else records.student("Wren")
        name = {"given_name": "Dana", "family_name": "Rivers"}
        guardian = sent(api.post(f"/v1/students/{of}/guardians", name))
        waiting = received(api, requester="parent")
        case = f"/v1/cases/{waiting['case_id']}"
        consent = {
            "purpose": "initial_evaluation",
            "guardian_id": guardian["id"],
            "activity": "Tests of reading.",
            "language": "en",
            "answer": "granted",
            "form": "written",
            "signed_on": YESTERDAY,
            "received_on": TODAY,
        }
        sent(api.post(f"{case}/consents", consent))
        sent(api.post(f"/v1/referrals/{waiting['id']}/match", {"student_id": student}), 200)
        step = sent(api.get(f"{case}/steps/start-evaluation"), 200)
        [found] = [f for f in step["findings"] if f["rule_id"] == "IDEA-CONSENT-DEF"]
        if whose == "the child's":
            assert found["answer"] == "met"
        else:
            assert found["answer"] == "unmet"
            assert "someone who holds the educational rights" in found["because"]

    def test_a_receipt_of_a_young_child_becomes_a_request_where_the_state_says_so(
        self, app: Flask, store: Database, clock: SetClock
    ) -> None:
        id = a_district(store, "us-dc", time_zone="America/New_York", clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, id)))
        who = {"given_name": "Sam", "family_name": "Rivers"}
        for born, status in (("2022-05-04", "evaluation_requested"), ("2017-05-04", "received")):
            child = sent(api.post("/v1/students", {**who, "birth_date": born}))["id"]
            waiting = received(api, requester="physician")
            assert waiting["case"]["status"] == "received"
            path = f"/v1/referrals/{waiting['id']}/match"
            assert sent(api.post(path, {"student_id": child}), 200)["case"]["status"] == status


class TestAddingTo:
    def test_what_is_no_fact_of_receipt_is_changed(
        self, api: ApiClient, store: Database, district: UUID
    ) -> None:
        receipt = received(api, requester="parent")
        desk = str(a_staff_member(store, district))
        changes = {
            "requester_name": "Dana Rivers",
            "received_by_staff_id": desk,
            "language": "es",
            "suspected_areas": ["reading"],
            "parent_informed": True,
            "documented_on": TODAY,
        }
        answer = api.patch(f"/v1/referrals/{receipt['id']}", changes, etag='"1"')
        changed = sent(answer, 200)
        assert {name: changed[name] for name in changes} == changes
        assert answer.headers["ETag"] == '"2"'

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("received_on", YESTERDAY),
            ("requester", "staff"),
            ("form", "oral"),
            ("words", "Never mind."),
        ],
    )
    def test_a_fact_of_receipt_is_corrected_and_not_changed(
        self, api: ApiClient, name: str, value: str
    ) -> None:
        receipt = received(api, requester="parent", words="Test my son.", received_on=TODAY)
        path = f"/v1/referrals/{receipt['id']}"
        answer = api.patch(path, {name: value}, etag='"1"')
        assert faults(answer) == {(f"/{name}", "use_correction")}
        assert "corrections" in answer.text
        assert sent(api.get(path), 200)[name] == receipt[name]

    def test_a_corrected_day_is_a_new_version_of_the_case_whose_receipts_it_orders(
        self, api: ApiClient, student: str
    ) -> None:
        days = ("2026-09-18", "2026-09-20", "2026-09-22")
        receipts = [received(api, student_id=student, received_on=day) for day in days]
        first, second, third = (receipt["id"] for receipt in receipts)
        path = f"/v1/cases/{receipts[0]['case_id']}"
        before = api.get(path)
        assert before.get_json()["referral_ids"] == [first, second, third]
        said = {"field": "received_on", "value": "2026-09-19", "reason": "It was stamped before."}
        sent(api.post(f"/v1/referrals/{third}/corrections", said))
        after = api.get(path, headers={"If-None-Match": before.headers["ETag"]})
        assert sent(after, 200)["referral_ids"] == [first, third, second]

    def test_the_record_may_be_sent_back_as_it_was_read(self, api: ApiClient) -> None:
        receipt = received(api, requester="parent", words="Test my son.")
        facts = {name: receipt[name] for name in ("received_on", "requester", "form", "words")}
        path = f"/v1/referrals/{receipt['id']}"
        assert sent(api.patch(path, facts, etag='"1"'), 200)["words"] == "Test my son."

    def test_words_that_were_missing_are_added_once(self, api: ApiClient) -> None:
        path = f"/v1/referrals/{received(api, requester='parent', form='oral')['id']}"
        changed = api.patch(path, {"words": "Test my son.", "documented_on": TODAY}, etag='"1"')
        assert sent(changed, 200)["words"] == "Test my son."
        again = api.patch(path, {"documented_on": YESTERDAY}, etag=changed.headers["ETag"])
        assert faults(again) == {("/documented_on", "use_correction")}

    def test_nothing_is_documented_in_the_future_and_nobody_is_invented(
        self, api: ApiClient
    ) -> None:
        path = f"/v1/referrals/{received(api)['id']}"
        late = api.patch(path, {"documented_on": TOMORROW}, etag='"1"')
        assert faults(late) == {("/documented_on", "future")}
        nobody = api.patch(path, {"received_by_staff_id": str(uuid4())}, etag='"1"')
        assert faults(nobody) == {("/received_by_staff_id", "not_found")}

    def test_a_stale_change_is_refused(self, api: ApiClient) -> None:
        path = f"/v1/referrals/{received(api)['id']}"
        assert api.patch(path, {"language": "es"}).status_code == 428
        assert api.patch(path, {"language": "es"}, etag='"7"').status_code == 412


class TestASuspicionStatedWithAStep:
    def test_is_somebodys_who_is_named_or_who_acts(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case_id = received(api, requester="staff", student_id=student)["case_id"]
        step = f"/v1/cases/{case_id}/steps/request-evaluation"
        said = {"suspicion": {"statement": "I suspect a disability."}}
        nobodys = api.post(step, said)
        assert faults(nobodys) == {("/suspicion/staff_id", "required")}
        assert "Name the staff member" in nobodys.get_json()["errors"][0]["message"]
        acting = {"Childfind-Acting-Staff": records.staff_member()}
        assert sent(api.post(step, said, headers=acting), 200)["decision"]["allowed"] is True


class TestListing:
    def test_by_day_received_with_filters(
        self, api: ApiClient, student: str, clock: SetClock
    ) -> None:
        days = ("2026-09-12", "2026-09-10", "2026-09-11")
        made = {
            day: received(api, requester="parent", student_id=student, received_on=day)["id"]
            for day in days
        }
        school = received(api, requester="staff", received_on="2026-09-13")

        def listed(**query: str) -> list[str]:
            page = sent(api.get("/v1/referrals", query_string=query), 200)
            return [item["id"] for item in page["items"]]

        in_order = [made[day] for day in sorted(days)]
        assert listed() == [*in_order, school["id"]]
        assert listed(sort="-received_on") == [school["id"], *reversed(in_order)]
        assert listed(student_id=student) == in_order
        assert listed(case_id=school["case_id"]) == [school["id"]]
        assert listed(requester="staff,physician") == [school["id"]]
        assert listed(received_since="2026-09-11", received_before="2026-09-13") == in_order[1:]
        assert listed(updated_since="2026-10-05T15:00:00Z") == [*in_order, school["id"]]
        assert listed(updated_since="2026-10-05T15:00:01Z") == []

    def test_page_by_page(self, api: ApiClient) -> None:
        made = {received(api)["id"] for _ in range(5)}
        seen, cursor = [], None
        while True:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = sent(api.get("/v1/referrals", query_string=query), 200)
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == 5
        assert set(seen) == made

    def test_another_district_sees_none_of_it(
        self, api: ApiClient, neighbor: ApiClient, student: str
    ) -> None:
        receipt = received(api, requester="parent", student_id=student)
        assert sent(neighbor.get("/v1/referrals"), 200)["items"] == []
        path = f"/v1/referrals/{receipt['id']}"
        for answer in (
            neighbor.get(path),
            neighbor.patch(path, {"language": "es"}, etag='"1"'),
            neighbor.post(f"{path}/match", {"student_id": student}),
            neighbor.get(f"{path}/steps"),
            neighbor.post(f"{path}/steps/request-evaluation", {}),
            neighbor.get(f"{path}/corrections"),
        ):
            assert answer.status_code == 404


class TestStepsOfItsCase:
    def test_they_are_the_cases_own(self, api: ApiClient, student: str) -> None:
        receipt = received(api, requester="staff", student_id=student)
        mine = sent(api.get(f"/v1/referrals/{receipt['id']}/steps"), 200)
        theirs = sent(api.get(f"/v1/cases/{receipt['case_id']}/steps"), 200)
        assert mine == theirs
        assert "request-evaluation" in {step["step"] for step in mine["items"]}

    def test_who_makes_referrals_may_send_the_schools_request_and_no_other_step(
        self, app: Flask, api: ApiClient, store: Database, district: UUID, student: str
    ) -> None:
        teacher = str(a_staff_member(store, district, roles=["teacher"]))
        receipt = received(api, requester="staff", student_id=student)
        narrow = a_client(store, district, scopes=["referrals:read", "referrals:write"])
        sis = ApiClient(app.test_client(), a_token(app, narrow))
        steps = f"/v1/referrals/{receipt['id']}/steps"
        refused = sis.post(f"{steps}/close", {"reason_code": "other", "reason": "x"})
        assert refused.status_code == 403
        assert refused.get_json()["scope"] == "cases:write"
        with Session(store.reader) as session:
            counted = session.scalars(select(RefusedAccess)).one()
        assert (counted.client_id, counted.reason) == (narrow.id, "scope:cases:write")
        assert sis.post(f"/v1/cases/{receipt['case_id']}/steps/close", {}).status_code == 403
        said = {"suspicion": {"staff_id": teacher, "statement": "I suspect a disability."}}
        taken = sent(sis.post(f"{steps}/request-evaluation", said), 200)
        assert taken["record"]["status"] == "evaluation_requested"
        assert taken["record"]["id"] == receipt["case_id"]
