"""Deadlines over HTTP: the list, the working, the ledger, and that they never go stale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.policies import Policies
from service.storage.base import MutableRow
from service.storage.cases import Case, CaseStep, DeadlineRow, Referral
from service.storage.database import Database
from service.storage.interventions import Intervention
from service.storage.notices import Consent, ConsentAttempt, Notice
from service.storage.schools import School, SchoolCalendar
from service.storage.students import Student
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import deadlines
from tests.builders import (
    AClient,
    ApiClient,
    a_client,
    a_district,
    a_staff_member,
    a_token,
    services_of,
)
from tests.document import conforms
from tests.scenarios.journey import sent

Json = dict[str, Any]
RECEIVED = date(2026, 9, 14)
CONSENTED = date(2026, 9, 21)


@dataclass(frozen=True)
class Place:
    """A district to make cases in, with the law that is applied there."""

    store: Database
    district: UUID
    clock: SetClock
    policies: Policies

    def work(self) -> UnitOfWork:
        return UnitOfWork(self.store, Caller(district_id=self.district), self.clock)

    def keep(self, *rows: MutableRow) -> list[UUID]:
        with self.work() as uow:
            for row in rows:
                uow.add(row)
                uow.record("record.made", row)
            uow.commit()
            return [row.id for row in rows]

    def a_school(self, name: str = "Lincoln Elementary") -> UUID:
        return self.keep(School(name=name))[0]

    def a_student(self, school_id: UUID | None = None) -> UUID:
        return self.keep(Student(given_name="Mia", family_name="Lund", school_id=school_id))[0]

    def a_year(self, first_day: date, last_day: date) -> None:
        self.keep(SchoolCalendar(school_year=last_day.year, first_day=first_day, last_day=last_day))

    def a_case(
        self,
        student_id: UUID | None = None,
        *,
        received_on: date = RECEIVED,
        consented_on: date | None = CONSENTED,
        champion: UUID | None = None,
        jurisdiction: str = "us",
    ) -> UUID:
        """A parent's request, perhaps with their consent, and the deadlines of its case."""
        with self.work() as uow:
            case = uow.add(
                Case(
                    student_id=student_id,
                    status="evaluation_requested",
                    frameworks=["idea"],
                    opened_on=received_on,
                    champion_staff_id=champion,
                    jurisdiction=jurisdiction,
                    law_on=received_on,
                )
            )
            referral = Referral(
                case_id=case.id,
                student_id=student_id,
                requester="parent",
                received_on=received_on,
                recorded_at=uow.now,
            )
            uow.record("case.opened", case, uow.add(referral))
            if consented_on is not None:
                consent = Consent(
                    case_id=case.id,
                    purpose="initial_evaluation",
                    requested_on=received_on,
                    answer="granted",
                    form="written",
                    signed_on=consented_on,
                    received_on=consented_on,
                )
                uow.record("consent.received", uow.add(consent))
            uow.flush()
            deadlines.refresh(uow, self.policies, case)
            uow.commit()
            return case.id


@pytest.fixture
def place(store: Database, district: UUID, clock: SetClock, policies: Policies) -> Place:
    """The Wisconsin district; its cases here run under the federal default."""
    return Place(store, district, clock, policies)


@pytest.fixture
def texas(
    app: Flask, store: Database, clock: SetClock, policies: Policies
) -> tuple[Place, ApiClient]:
    """A district in Texas, where school days are counted, and a client of it."""
    district = a_district(store, "us-tx", name="Cedar Creek", clock=clock)
    caller = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
    return Place(store, district, clock, policies), caller


def listed(api: ApiClient, query: str = "") -> list[Json]:
    answer = api.get(f"/v1/deadlines{query}")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.get_json()["items"]
    return items


def the(api: ApiClient, term: str) -> Json:
    """The only deadline of a term, as the list has it."""
    (found,) = listed(api, f"?term={term}")
    return found


def in_full(api: ApiClient, term: str) -> Json:
    return sent(api.get(f"/v1/deadlines/{the(api, term)['id']}"), 200)


@contextmanager
def statements(store: Database) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: object, _x: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def terms(api: ApiClient, states: str) -> set[str]:
    """The terms of the deadlines in these states."""
    return {found["term"] for found in listed(api, f"?state={states}")}


class TestListing:
    def test_shows_what_is_due_why_and_whose_it_is(
        self, api: ApiClient, app: Flask, place: Place
    ) -> None:
        school = place.a_school()
        student = place.a_student(school)
        champion = a_staff_member(place.store, place.district)
        case = place.a_case(student, champion=champion)
        answer = api.get("/v1/deadlines?term=initial_evaluation")
        conforms(app, "GET", "/v1/deadlines", answer)
        (found,) = answer.get_json()["items"]
        assert found == {
            "id": found["id"],
            "case_id": str(case),
            "student_id": str(student),
            "school_id": str(school),
            "owner_staff_id": str(champion),
            "term": "initial_evaluation",
            "kind": "clock",
            "title": "Complete the initial evaluation",
            "rule_id": "IDEA-EVAL-CLOCK",
            "state": "running",
            "started_on": "2026-09-21",
            "due_on": "2026-11-20",
            "met_on": None,
            "overdue": False,
            "provisional": True,
            "stale": False,
            "basis": "federal_default",
            "verification": "R",
            "needs": [],
            "subjects": found["subjects"],
            "citations": found["citations"],
        }
        assert list(found["subjects"]) == ["consent_id"]
        assert found["citations"][0] == {
            "text": "34 CFR 300.301(c)(1)",
            "href": "https://www.ecfr.gov/current/title-34/section-300.301",
            "verification": "R",
        }

    @pytest.mark.parametrize("down", [False, True])
    def test_goes_by_due_date_with_duties_without_one_last_across_pages(
        self, api: ApiClient, place: Place, down: bool
    ) -> None:
        for days in (9, 0, 4):
            place.a_case(consented_on=CONSENTED + timedelta(days=days))
        seen: list[Json] = []
        query = f"?limit=2&sort={'-' if down else ''}due_on"
        path: str | None = f"/v1/deadlines{query}"
        while path is not None:
            page = api.get(path).get_json()
            seen += page["items"]
            following = page["next_cursor"]
            path = f"/v1/deadlines{query}&cursor={following}" if following else None
        days_due = [found["due_on"] for found in seen]
        dated = ["2026-11-20", "2026-11-24", "2026-11-29"]
        without = [None] * (len(days_due) - 3)
        assert without
        assert days_due == ([*without, *reversed(dated)] if down else [*dated, *without])
        assert len({found["id"] for found in seen}) == len(seen)

    def test_narrows_down_by_every_filter(self, api: ApiClient, place: Place) -> None:
        schools = [place.a_school(), place.a_school("Harbor View")]
        students = [place.a_student(school) for school in schools]
        champions = [
            a_staff_member(place.store, place.district, family_name=name) for name in ("Ito", "Kim")
        ]
        cases = [
            place.a_case(student, champion=champion, consented_on=CONSENTED + timedelta(days=more))
            for student, champion, more in zip(students, champions, (0, 7), strict=True)
        ]
        everything = {found["id"] for found in listed(api)}
        for query, member, value in (
            ("school_id", "school_id", schools[0]),
            ("student_id", "student_id", students[0]),
            ("owner_staff_id", "owner_staff_id", champions[0]),
            ("case_id", "case_id", cases[0]),
            ("kind", "kind", "duty"),
            ("state", "state", "running"),
            ("term", "term", "answer_to_request"),
        ):
            found = listed(api, f"?{query}={value}")
            assert 0 < len(found) < len(everything), query
            assert {item[member] for item in found} == {str(value)}, query

    def test_takes_several_states_and_terms_at_once(self, api: ApiClient, place: Place) -> None:
        place.a_case()
        both = listed(api, "?state=open,running&term=initial_evaluation,answer_to_request")
        assert {(f["term"], f["state"]) for f in both} == {
            ("initial_evaluation", "running"),
            ("answer_to_request", "open"),
        }

    def test_due_before_and_due_after_leave_the_day_itself_out(
        self, api: ApiClient, place: Place
    ) -> None:
        place.a_case()
        assert len(listed(api, "?due_before=2026-11-21")) == 1
        assert listed(api, "?due_before=2026-11-20") == []
        assert len(listed(api, "?due_after=2026-11-19")) == 1
        assert listed(api, "?due_after=2026-11-20") == []

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("state=open,nonsense", "state"),
            ("kind=chore", "kind"),
            ("overdue=maybe", "overdue"),
            ("due_before=tomorrow", "due_before"),
            ("school_id=7", "school_id"),
            ("sort=title", "sort"),
            ("colour=red", "colour"),
        ],
    )
    def test_refuses_what_it_cannot_read(self, api: ApiClient, query: str, parameter: str) -> None:
        answer = api.get(f"/v1/deadlines?{query}")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["parameter"] == parameter

    def test_sends_as_few_statements_for_many_as_for_one(
        self, api: ApiClient, place: Place
    ) -> None:
        place.a_case()
        with statements(place.store) as one:
            listed(api)
        for _ in range(5):
            place.a_case()
        with statements(place.store) as many:
            assert len(listed(api)) > 10
        assert len(many) == len(one)
        assert len([sent for sent in many if "SELECT" in sent]) == 2  # the district, the list

    def test_another_district_sees_none_of_it(
        self, api: ApiClient, neighbor: ApiClient, place: Place
    ) -> None:
        place.a_case()
        id = the(api, "initial_evaluation")["id"]
        assert listed(neighbor) == []
        for path in (f"/v1/deadlines/{id}", f"/v1/deadlines/{id}/ledger"):
            assert api.get(path).status_code == 200
            assert neighbor.get(path).status_code == 404

    def test_needs_its_scope(
        self, app: Flask, store: Database, district: UUID, stranger: ApiClient
    ) -> None:
        narrow = a_client(store, district, scopes=["cases:read"])
        caller = ApiClient(app.test_client(), a_token(app, narrow))
        assert caller.get("/v1/deadlines").status_code == 403
        assert stranger.get("/v1/deadlines").status_code == 401


class TestOverdue:
    def test_comes_with_the_day_and_without_a_write(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        place.a_case()
        clock.set(datetime(2026, 11, 20, 18, tzinfo=UTC))
        assert the(api, "initial_evaluation")["overdue"] is False
        assert listed(api, "?overdue=true") == []
        clock.set(datetime(2026, 11, 21, 18, tzinfo=UTC))
        assert the(api, "initial_evaluation")["overdue"] is True
        assert [f["term"] for f in listed(api, "?overdue=true")] == ["initial_evaluation"]
        assert in_full(api, "initial_evaluation")["overdue"] is True

    def test_goes_by_the_district_s_own_day(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        place.a_case()
        clock.set(datetime(2026, 11, 21, 5, 59, tzinfo=UTC))  # still the 20th in Wisconsin
        assert the(api, "initial_evaluation")["overdue"] is False
        clock.set(datetime(2026, 11, 21, 6, 1, tzinfo=UTC))
        assert the(api, "initial_evaluation")["overdue"] is True

    def test_a_duty_without_a_date_and_what_is_done_are_never_overdue(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        case_id = place.a_case()
        clock.set(datetime(2027, 3, 1, 18, tzinfo=UTC))
        with place.work() as uow:
            case = uow.get(Case, case_id)
            step = CaseStep(
                case_id=case_id,
                record_type="cases",
                record_id=case_id,
                step="complete-evaluation",
                from_status="evaluating",
                to_status="evaluated",
                taken_on=date(2026, 12, 1),
                taken_at=uow.now,
                client_id=uuid4(),
            )
            uow.record("case.evaluation_completed", case, uow.add(step))
            uow.flush()
            deadlines.refresh(uow, place.policies, case)
            uow.commit()
        assert listed(api, "?overdue=true") == []
        evaluation = the(api, "initial_evaluation")
        assert (evaluation["state"], evaluation["met_on"]) == ("late", "2026-12-01")
        assert the(api, "answer_to_request")["overdue"] is False
        assert len(listed(api, "?overdue=false")) == len(listed(api))


class TestOne:
    def test_explains_itself(self, api: ApiClient, app: Flask, place: Place) -> None:
        place.a_case()
        id = the(api, "initial_evaluation")["id"]
        answer = api.get(f"/v1/deadlines/{id}")
        conforms(app, "GET", "/v1/deadlines/{id}", answer)
        found = answer.get_json()
        assert found["explanation"] == (
            "60 calendar days from 2026-09-21 (consent received), which is not itself counted. "
            "Due on Friday 2026-11-20. "
            "Provisional: a later step decides whether what started the clock meets its own rules, "
            "and the clock does not wait for that."
        )
        assert (found["count"], found["unit"]) == (60, "calendar_day")
        assert (found["days_counted"], found["days_left"]) == (14, 46)
        assert found["last_working_day_on_or_before"] == "2026-11-20"
        assert found["citations"][0]["verification"] == "R"

    def test_agrees_with_the_list_on_everything_both_show(
        self, api: ApiClient, place: Place
    ) -> None:
        place.a_case()
        there = listed(api)
        assert there
        for found in there:
            whole = api.get(f"/v1/deadlines/{found['id']}").get_json()
            assert found.pop("stale") is False  # what is worked out when it is read never is
            assert {name: whole[name] for name in found} == found

    def test_names_the_last_working_day_before_a_due_date_on_a_weekend(
        self, api: ApiClient, place: Place
    ) -> None:
        place.a_case(consented_on=date(2026, 9, 22))
        found = in_full(api, "initial_evaluation")
        assert found["due_on"] == "2026-11-21"  # a Saturday, and it stays one
        assert found["last_working_day_on_or_before"] == "2026-11-20"

    def test_a_duty_has_neither_date_nor_days(self, api: ApiClient, place: Place) -> None:
        place.a_case()
        found = in_full(api, "answer_to_request")
        assert (found["kind"], found["state"]) == ("duty", "open")
        for member in ("due_on", "days_left", "count", "last_working_day_on_or_before"):
            assert found[member] is None, member

    def test_days_left_go_below_zero_and_end_when_it_is_done(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        place.a_case()
        clock.set(datetime(2026, 11, 23, 18, tzinfo=UTC))
        assert in_full(api, "initial_evaluation")["days_left"] == -3

    def test_an_agreed_date_takes_the_place_of_the_count(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        case_id = place.a_case()
        with place.work() as uow:
            case = uow.get(Case, case_id)
            step = CaseStep(
                case_id=case_id,
                record_type="cases",
                record_id=case_id,
                step="extend-evaluation",
                from_status="evaluating",
                to_status="evaluating",
                taken_on=date(2026, 10, 5),
                taken_at=uow.now,
                client_id=uuid4(),
                details={"new_due_on": "2026-12-11", "agreed_on": "2026-10-02"},
            )
            uow.record("case.evaluation_extended", case, uow.add(step))
            uow.flush()
            deadlines.refresh(uow, place.policies, case)
            uow.commit()
        found = in_full(api, "initial_evaluation")
        assert found["due_on"] == the(api, "initial_evaluation")["due_on"] == "2026-12-11"
        assert found["adjustments"] == ["extension"]
        assert found["extension"] == {
            "kind": "written_agreement",
            "agreed_on": "2026-10-02",
            "new_due_on": "2026-12-11",
        }
        assert found["exception"] is None
        days = api.get(f"/v1/deadlines/{found['id']}/ledger").get_json()["items"]
        assert days[-1]["day"] == "2026-12-11"
        assert max(day["number"] or 0 for day in days) == 60

    def test_is_not_sent_again_while_it_says_the_same(
        self, api: ApiClient, place: Place, clock: SetClock
    ) -> None:
        place.a_case()
        path = f"/v1/deadlines/{the(api, 'initial_evaluation')['id']}"
        tag = api.get(path).headers["ETag"]
        again = api.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        clock.advance(timedelta(days=1))
        assert api.get(path, headers={"If-None-Match": tag}).status_code == 200

    def test_is_not_found_when_it_is_owed_no_more(self, api: ApiClient, place: Place) -> None:
        """Its row is of before: what a change took away is gone as soon as somebody looks."""
        said = {"given_name": "Juniper", "family_name": "Sampleton"}
        student = sent(api.post("/v1/students", said))["id"]
        sent(api.post("/v1/referrals", {"requester": "parent", "student_id": student}))
        (row,) = api.get("/v1/deadlines?term=answer_to_request").get_json()["items"]
        assert api.get(f"/v1/deadlines/{row['id']}").status_code == 200
        with place.work() as uow:
            kept = uow.get(DeadlineRow, UUID(row["id"]))
            kept.key = "answer_to_letter:gone"
            uow.record("deadline.changed", kept)
            uow.commit()
        for path in ("", "/ledger"):
            answer = api.get(f"/v1/deadlines/{row['id']}{path}")
            assert answer.status_code == 404
            assert answer.get_json()["type"] == "/problems/not-found"

    def test_is_not_found_under_an_id_that_nothing_has(self, api: ApiClient) -> None:
        for path in (f"/v1/deadlines/{uuid4()}", f"/v1/deadlines/{uuid4()}/ledger"):
            answer = api.get(path)
            assert answer.status_code == 404
            assert answer.get_json()["type"] == "/problems/not-found"


class TestSchoolDays:
    def test_without_a_calendar_the_date_is_unknown_and_says_what_is_needed(
        self, texas: tuple[Place, ApiClient], app: Flask
    ) -> None:
        place, api = texas
        place.a_case(jurisdiction="us-tx")
        row = the(api, "initial_evaluation")
        assert (row["state"], row["due_on"], row["overdue"]) == ("unknown", None, False)
        assert row["needs"] == ["a school calendar that covers 2026-09-22"]
        assert [f["term"] for f in listed(api, "?state=unknown")].count("initial_evaluation") == 1
        found = in_full(api, "initial_evaluation")
        assert (found["state"], found["needs"]) == ("unknown", row["needs"])
        assert "not known without a school calendar" in found["explanation"]
        ledger = api.get(f"/v1/deadlines/{row['id']}/ledger")
        conforms(app, "GET", "/v1/deadlines/{id}/ledger", ledger)
        assert ledger.get_json()["items"] == []
        assert ledger.get_json()["needs"] == row["needs"]

    def test_a_count_that_stands_still_in_summer_is_paused_in_itself_and_in_the_list(
        self, texas: tuple[Place, ApiClient], clock: SetClock
    ) -> None:
        place, api = texas
        place.a_year(date(2025, 8, 13), date(2026, 5, 29))
        place.a_year(date(2026, 8, 12), date(2027, 5, 28))
        place.a_case(
            jurisdiction="us-tx", received_on=date(2026, 4, 27), consented_on=date(2026, 5, 4)
        )
        clock.set(datetime(2026, 7, 1, 15, tzinfo=UTC))
        assert in_full(api, "initial_evaluation")["state"] == "paused"
        assert the(api, "initial_evaluation")["state"] == "paused"
        assert terms(api, "paused") == {"initial_evaluation"}
        assert "initial_evaluation" not in terms(api, "running")
        assert "initial_evaluation" in terms(api, "running,paused")
        assert terms(api, "met,paused") == terms(api, "met") | {"initial_evaluation"}
        assert listed(api, "?state=paused&overdue=true") == []
        clock.set(datetime(2026, 8, 17, 15, tzinfo=UTC))
        assert in_full(api, "initial_evaluation")["state"] == "running"
        assert the(api, "initial_evaluation")["state"] == "running"
        assert terms(api, "paused") == set()
        assert "initial_evaluation" in terms(api, "running")

    def test_a_count_that_stands_still_in_parts_runs_in_between(
        self, app: Flask, store: Database, clock: SetClock, policies: Policies
    ) -> None:
        """Florida counts no single day off (Fla. Admin. Code 6A-6.0331)."""
        district = a_district(store, "us-fl", name="Palm Bay", clock=clock)
        place = Place(store, district, clock, policies)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
        days_off = [{"from": "2026-10-12", "until": "2026-10-12", "name": "Fair day"}]
        days_off += [{"from": "2026-11-05", "until": "2026-11-06", "name": "Fall break"}]
        year = {"school_year": 2027, "first_day": "2026-08-10", "last_day": "2027-05-28"}
        sent(api.post("/v1/school-calendars", {**year, "days_off": days_off}), 201)
        place.a_case(jurisdiction="us-fl")
        answer = api.get(f"/v1/deadlines/{the(api, 'initial_evaluation')['id']}")
        conforms(app, "GET", "/v1/deadlines/{id}", answer)
        spans = answer.get_json()["paused"]
        assert len(spans) > 1
        seen = []
        for span in spans:
            for day, still in (
                (date.fromisoformat(span["from"]) - timedelta(days=1), False),
                (date.fromisoformat(span["from"]), True),
                (date.fromisoformat(span["until"]), True),
                (date.fromisoformat(span["until"]) + timedelta(days=1), False),
            ):
                clock.set(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))
                state = "paused" if still else "running"
                other = "running" if still else "paused"
                assert the(api, "initial_evaluation")["state"] == state, day
                assert in_full(api, "initial_evaluation")["state"] == state, day
                assert "initial_evaluation" in terms(api, state)
                assert "initial_evaluation" not in terms(api, other)
                seen.append(day)
        assert seen == sorted(seen)

    def test_the_paused_days_follow_the_calendar_and_the_case(
        self, texas: tuple[Place, ApiClient], clock: SetClock
    ) -> None:
        place, api = texas
        place.a_year(date(2025, 8, 13), date(2026, 5, 29))
        path = "/v1/school-calendars"
        next_year = {"school_year": 2027, "first_day": "2026-08-12", "last_day": "2027-05-28"}
        place.a_case(
            jurisdiction="us-tx", received_on=date(2026, 4, 27), consented_on=date(2026, 5, 4)
        )
        clock.set(datetime(2026, 7, 1, 15, tzinfo=UTC))
        assert terms(api, "paused") == set()
        made = api.post(path, next_year)
        assert made.status_code == 201, made.text
        assert terms(api, "paused") == {"initial_evaluation"}
        at = f"{path}/{made.get_json()['id']}"
        etag = made.headers["ETag"]
        earlier = api.patch(at, {"first_day": "2026-06-30"}, etag=etag)
        assert earlier.status_code == 200, earlier.text
        assert terms(api, "paused") == set()
        gone = api.delete(at, etag=earlier.headers["ETag"])
        assert gone.status_code == 204, gone.text
        assert terms(api, "paused") == set()
        assert api.post(path, next_year).status_code == 201
        assert terms(api, "paused") == {"initial_evaluation"}
        assert api.post("/v1/deadlines/rebuild").get_json()["changed"] == 0


class TestLedger:
    def test_shows_every_day_whether_it_counted_and_why(
        self, texas: tuple[Place, ApiClient], app: Flask
    ) -> None:
        place, api = texas
        place.a_year(date(2026, 8, 12), date(2027, 5, 28))
        place.a_case(jurisdiction="us-tx")
        found = the(api, "initial_evaluation")
        answer = api.get(f"/v1/deadlines/{found['id']}/ledger")
        conforms(app, "GET", "/v1/deadlines/{id}/ledger", answer)
        ledger = answer.get_json()
        days = ledger["items"]
        assert (ledger["started_on"], ledger["due_on"]) == (found["started_on"], found["due_on"])
        assert ledger["complete"] is True
        first, last = date.fromisoformat(days[0]["day"]), date.fromisoformat(days[-1]["day"])
        assert (str(first), str(last)) == (found["started_on"], found["due_on"])
        assert len(days) == (last - first).days + 1
        assert [d["number"] for d in days if d["counted"]] == list(range(1, 46))
        assert days[0]["rule_id"] == "POLICY-DAY-ZERO"
        assert "not counted" in days[0]["why"]
        saturday = next(d for d in days if d["day"] == "2026-09-26")
        assert (saturday["counted"], saturday["why"]) == (False, "Saturday")
        assert saturday["rule_id"] == "IDEA-DAY-SCHOOL"
        assert saturday["citation"] == {
            "text": "34 CFR 300.11(c)",
            "href": "https://www.ecfr.gov/current/title-34/section-300.11",
            "verification": "R",
        }

    def test_of_a_date_years_away_shows_its_beginning_and_says_so(
        self, api: ApiClient, place: Place
    ) -> None:
        case_id = place.a_case()
        with place.work() as uow:
            case = uow.get(Case, case_id)
            step = CaseStep(
                case_id=case_id,
                record_type="cases",
                record_id=case_id,
                step="extend-evaluation",
                from_status="evaluating",
                to_status="evaluating",
                taken_on=date(2026, 10, 5),
                taken_at=uow.now,
                client_id=uuid4(),
                details={"new_due_on": "2196-12-11"},
            )
            uow.record("case.evaluation_extended", case, uow.add(step))
            uow.flush()
            deadlines.refresh(uow, place.policies, case)
            uow.commit()
        id = the(api, "initial_evaluation")["id"]
        ledger = api.get(f"/v1/deadlines/{id}/ledger").get_json()
        assert (ledger["complete"], len(ledger["items"])) == (False, 1500)


class TestRebuilding:
    def test_changes_nothing_after_ordinary_writes(self, api: ApiClient, place: Place) -> None:
        for more in range(3):
            place.a_case(consented_on=CONSENTED + timedelta(days=more))
        before = listed(api)
        answer = api.post("/v1/deadlines/rebuild")
        assert (answer.status_code, answer.get_json()) == (
            200,
            {"cases": 3, "changed": 0, "stale_since": None},
        )
        assert listed(api) == before

    def test_sets_right_what_is_wrong_missing_or_too_much(
        self, api: ApiClient, app: Flask, place: Place
    ) -> None:
        place.a_case()
        before = {found["term"]: found for found in listed(api)}
        with Session(place.store.writer) as session, session.begin():
            rows = {row.term_id: row for row in session.scalars(select(DeadlineRow))}
            wrong, missing = rows["initial_evaluation"], rows["answer_to_request"]
            wrong.due_on = date(2030, 1, 1)
            session.delete(missing)
            session.flush()
            session.add(
                DeadlineRow(
                    district_id=place.district,
                    id=uuid4(),
                    case_id=wrong.case_id,
                    key="nobody:knows",
                    term_id="nobody",
                    kind="duty",
                    title="Nobody knows why",
                    state="open",
                    basis="federal_default",
                )
            )
        dry = api.post("/v1/deadlines/rebuild?dry_run=true").get_json()
        assert dry["result"] == {"cases": 1, "changed": 3, "stale_since": None}
        answer = api.post("/v1/deadlines/rebuild")
        conforms(app, "POST", "/v1/deadlines/rebuild", answer)
        assert answer.get_json() == {"cases": 1, "changed": 3, "stale_since": None}
        after = {found["term"]: found for found in listed(api)}
        assert after.keys() == before.keys()
        assert after["initial_evaluation"] == before["initial_evaluation"]
        assert api.post("/v1/deadlines/rebuild").get_json() == {
            "cases": 1,
            "changed": 0,
            "stale_since": None,
        }

    def test_sends_as_few_statements_for_many_cases_as_for_one(
        self, api: ApiClient, place: Place
    ) -> None:
        schools = [place.a_school(), place.a_school("Harbor View")]
        place.a_case(place.a_student(schools[0]))
        with statements(place.store) as one:
            assert api.post("/v1/deadlines/rebuild").get_json()["cases"] == 1
        for school in schools * 3:
            place.a_case(place.a_student(school))
        with statements(place.store) as many:
            assert api.post("/v1/deadlines/rebuild").get_json() == {
                "cases": 7,
                "changed": 0,
                "stale_since": None,
            }
        assert len(many) == len(one)

    def test_sets_right_a_closed_case_that_owes_nothing(self, api: ApiClient, place: Place) -> None:
        case_id = place.a_case(consented_on=None)
        with place.work() as uow:
            case = uow.get(Case, case_id)
            case.status, case.closed_on = "withdrawn", date(2026, 9, 20)
            uow.record("case.withdrawn", case)
            uow.flush()
            deadlines.refresh(uow, place.policies, case)
            uow.commit()
        owing = {found["term"] for found in listed(api, "?state=open,running,unknown")}
        assert owing == {"match_student"}
        assert api.post("/v1/deadlines/rebuild").get_json() == {
            "cases": 1,
            "changed": 0,
            "stale_since": None,
        }
        student = place.a_student()
        with place.work() as uow:
            case = uow.get(Case, case_id)
            case.student_id = student
            uow.record("case.matched", case)
            uow.flush()
            deadlines.refresh(uow, place.policies, case)
            uow.commit()
        assert listed(api, "?state=open,running,unknown") == []
        with place.work() as uow:
            row = uow.all(select(DeadlineRow))[0]
            row.title = "As it was called before"
            uow.commit()
        assert api.post("/v1/deadlines/rebuild").get_json() == {
            "cases": 1,
            "changed": 1,
            "stale_since": None,
        }

    def test_needs_the_scope_to_write(
        self, app: Flask, store: Database, district: UUID, client: AClient
    ) -> None:
        reader = ApiClient(app.test_client(), a_token(app, client, scope="deadlines:read"))
        assert reader.get("/v1/deadlines").status_code == 200
        assert reader.post("/v1/deadlines/rebuild").status_code == 403

    def test_stays_within_the_district(
        self, api: ApiClient, neighbor: ApiClient, place: Place
    ) -> None:
        place.a_case()
        assert neighbor.post("/v1/deadlines/rebuild").get_json()["cases"] == 0


@pytest.mark.parametrize("years", [0, 5])
def test_what_was_counted_years_ago_stays_known(
    api: ApiClient, place: Place, clock: SetClock, years: int
) -> None:
    """Wisconsin answers within 15 business days, which need the holidays of that year."""
    place.a_case(jurisdiction="us-wi", received_on=date(2019, 9, 3), consented_on=None)
    clock.set(datetime(2019 + years, 10, 1, 15, tzinfo=UTC))
    assert api.post("/v1/deadlines/rebuild").status_code == 200
    found = the(api, "answer_to_request")
    assert (found["state"], found["due_on"]) == ("running", "2019-09-24")


class TestTwoWritersAtOnce:
    @pytest.mark.parametrize("store", ["postgresql"], indirect=True)
    def test_the_second_counts_what_the_first_has_written(
        self, api: ApiClient, place: Place
    ) -> None:
        """On SQLite the second could not even have begun to read."""
        case_id = place.a_case(consented_on=None)
        (consent_id,) = place.keep(
            Consent(case_id=case_id, purpose="initial_evaluation", requested_on=RECEIVED)
        )
        with place.work() as second:
            asked = second.get(Consent, consent_id)  # read before the answer is there
            assert asked.answer is None
            with place.work() as first:
                answered = first.get(Consent, consent_id)
                answered.answer, answered.received_on = "granted", CONSENTED
                first.record("consent.received", answered)
                deadlines.refresh_cases(first, place.policies, [case_id])
                first.commit()
            attempt = ConsentAttempt(
                consent_id=consent_id, attempted_on=RECEIVED, mode="phone", result="No answer."
            )
            second.record("consent.attempted", second.add(attempt))
            deadlines.refresh_cases(second, place.policies, [case_id])
            second.commit()
        assert the(api, "initial_evaluation")["due_on"] == "2026-11-20"
        assert api.post("/v1/deadlines/rebuild").get_json() == {
            "cases": 1,
            "changed": 0,
            "stale_since": None,
        }


def test_what_is_recorded_late_changes_a_closed_case_that_owed_nothing_any_more(
    api: ApiClient, place: Place
) -> None:
    student = place.a_student()
    case_id = place.a_case(student, consented_on=None)
    (support,) = place.keep(
        Intervention(student_id=student, title="Fluency", started_on=date(2026, 9, 1))
    )
    with place.work() as uow:
        case = uow.get(Case, case_id)
        notices = [
            Notice(
                case_id=case_id,
                kind=kind,
                status="issued",
                decision=decision,
                concerning="evaluation",
                issued_on=date(2026, 9, 20),
            )
            for kind, decision in (
                ("prior_written_notice", "refuse"),
                ("procedural_safeguards", None),
            )
        ]
        case.status, case.closed_on = "declined", date(2026, 9, 20)
        uow.record("case.declined", case, *map(uow.add, notices))
        deadlines.refresh_cases(uow, place.policies, [case_id])
        uow.commit()
    assert listed(api, "?state=open,running,unknown") == []
    with place.work() as uow:
        row = uow.get(Intervention, support)
        row.ended_on = date(2026, 9, 10)
        uow.record("intervention.changed", row)
        deadlines.refresh_cases(uow, place.policies, of_students=[student])
        uow.commit()
    assert the(api, "offer_support")["state"] == "open"


def test_the_law_a_case_is_pinned_to_is_the_one_that_counts(
    app: Flask, api: ApiClient, place: Place
) -> None:
    place.a_case(jurisdiction="us-wi")
    assert the(api, "initial_evaluation")["basis"] == "state"
    assert services_of(app).policies.policy_for("us-wi").basis == "state"
