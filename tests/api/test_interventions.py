"""Interventions over HTTP: recorded freely, documented by data, and what a session costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from service.policies import Policies
from service.storage.database import Database
from service.storage.journal import JournalEntry
from tests.api.records import Json, Records
from tests.builders import ApiClient, a_client, a_district, a_token, faults
from tests.scenarios.journey import sent

NOBODY = str(uuid4())

COMPLETE: Json = {
    "concern": "Reads 31 words a minute; her class reads 70.",
    "baseline": "31 words correct per minute",
    "goal": "60 words correct per minute by December",
    "ended_on": "2026-10-02",
    "fidelity_percent": 92.5,
    "outcome": "adequate_progress",
}


def record(api: ApiClient, student_id: str, **more: Any) -> Json:
    body = {"student_id": student_id, "title": "Phonics", "started_on": "2026-09-08", **more}
    return sent(api.post("/v1/interventions", body))


def read(api: ApiClient, id: str) -> Json:
    return sent(api.get(f"/v1/interventions/{id}"), 200)


def session(api: ApiClient, id: str, held_on: str, **more: Any) -> Json:
    body = {"held_on": held_on, "minutes": 30, **more}
    return sent(api.post(f"/v1/interventions/{id}/sessions", body))


def measure(api: ApiClient, id: str, measured_on: str, value: float = 38) -> Json:
    body = {"measured_on": measured_on, "measure": "Oral reading fluency", "value": value}
    return sent(api.post(f"/v1/interventions/{id}/progress-measures", body))


class TestRecording:
    def test_an_intervention_needs_little_and_says_what_it_lacks(
        self, api: ApiClient, student: str
    ) -> None:
        answer = api.post(
            "/v1/interventions",
            {"student_id": student, "title": "Phonics", "started_on": "2026-09-08"},
        )
        assert answer.status_code == 201
        made = answer.get_json()
        assert made["documented"] is False
        assert made["missing"] == [
            "an end date",
            "a concern",
            "a baseline",
            "a goal",
            "a session with minutes",
            "2 progress points on different dates",
            "a fidelity figure",
            "an outcome",
        ]
        assert (made["version"], made["weeks"], made["sessions_with_minutes"]) == (1, 0.0, 0)
        seen = api.get(answer.headers["Location"])
        assert seen.get_json() == made
        assert seen.headers["ETag"] == answer.headers["ETag"]

    def test_is_named_in_the_journal_with_its_student(
        self, api: ApiClient, student: str, store: Database
    ) -> None:
        made = record(api, student)
        session(api, made["id"], "2026-09-09")
        measure(api, made["id"], "2026-09-09")
        with Session(store.reader) as opened:
            entries = opened.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()
        assert [e.event for e in entries[-3:]] == [
            "intervention.recorded",
            "intervention_session.recorded",
            "progress_measure.recorded",
        ]
        assert {e.student_id for e in entries[-3:]} == {UUID(student)}

    def test_days_and_references_that_cannot_be_are_told_at_once(
        self, api: ApiClient, student: str
    ) -> None:
        body = {
            "student_id": NOBODY,
            "provider_staff_id": NOBODY,
            "title": "Phonics",
            "started_on": "2026-10-06",
            "ended_on": "2026-10-07",
        }
        assert faults(api.post("/v1/interventions", body)) == {
            ("/student_id", "not_found"),
            ("/provider_staff_id", "not_found"),
            ("/started_on", "future"),
            ("/ended_on", "future"),
        }
        record(api, student, started_on="2026-10-05", ended_on="2026-10-05")

    def test_the_future_begins_after_the_districts_own_today(
        self, app: Flask, store: Database, policies: Policies, clock: Any
    ) -> None:
        # 15:00 UTC on the 5th is already the 6th in Kiritimati.
        island = a_district(store, time_zone="Pacific/Kiritimati", clock=clock)
        records = Records(store, island, clock, policies)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, island)))
        student = records.student()
        record(api, student, started_on="2026-10-06")
        body = {"student_id": student, "title": "Phonics", "started_on": "2026-10-07"}
        assert faults(api.post("/v1/interventions", body)) == {("/started_on", "future")}

    def test_the_end_is_not_before_the_start(self, api: ApiClient, student: str) -> None:
        body = {
            "student_id": student,
            "title": "Phonics",
            "started_on": "2026-09-08",
            "ended_on": "2026-09-07",
        }
        assert faults(api.post("/v1/interventions", body)) == {("/ended_on", "before_start")}
        record(api, student, ended_on="2026-09-08")

    @pytest.mark.parametrize(
        ("member", "good", "bad"),
        [
            ("tier", 4, 5),
            ("fidelity_percent", 100, 100.1),
            ("planned_minutes_per_week", 0, -1),
            ("outcome", "inconclusive", "failed"),
            ("title", "Phonics", "  "),
            ("started_on", "1900-01-01", "1899-12-31"),
        ],
    )
    def test_figures_lie_within_what_can_be(
        self, api: ApiClient, student: str, member: str, good: Any, bad: Any
    ) -> None:
        assert record(api, student, **{member: good})[member] == good
        body = {"student_id": student, "title": "Phonics", "started_on": "2026-09-08", member: bad}
        assert [pointer for pointer, _ in faults(api.post("/v1/interventions", body))] == [
            f"/{member}"
        ]

    def test_another_districts_student_is_as_unknown_as_nobody(
        self, neighbor: ApiClient, student: str
    ) -> None:
        body = {"student_id": student, "title": "Phonics", "started_on": "2026-09-08"}
        assert faults(neighbor.post("/v1/interventions", body)) == {("/student_id", "not_found")}


class TestBeingDocumented:
    def test_takes_an_end_figures_a_session_and_progress_on_two_days(
        self, api: ApiClient, student: str
    ) -> None:
        id = record(api, student, **COMPLETE)["id"]
        session(api, id, "2026-09-09")
        measure(api, id, "2026-09-11")
        assert read(api, id)["missing"] == ["2 progress points on different dates"]
        measure(api, id, "2026-09-11", 39)
        assert read(api, id)["documented"] is False
        measure(api, id, "2026-09-25")
        found = read(api, id)
        assert (found["documented"], found["missing"]) == (True, [])

    def test_counts_attended_sessions_with_minutes_and_the_weeks_between_them(
        self, api: ApiClient, student: str
    ) -> None:
        id = record(api, student)["id"]
        session(api, id, "2026-09-01", attended=False)
        session(api, id, "2026-09-02", minutes=0)
        session(api, id, "2026-09-03", minutes=None)
        assert read(api, id)["sessions_with_minutes"] == 0
        session(api, id, "2026-09-08")
        session(api, id, "2026-09-25")
        found = read(api, id)
        assert found["sessions_with_minutes"] == 2
        assert (found["first_session_on"], found["last_session_on"]) == ("2026-09-08", "2026-09-25")
        assert found["weeks"] == 2.43

    def test_asks_what_the_districts_setting_asks(
        self, app: Flask, store: Database, policies: Policies, clock: Any
    ) -> None:
        asks = {"STATE-PREREFERRAL-INTERVENTION": {"min_weeks": 3, "min_progress_points": 3}}
        strict = a_district(store, "us", settings={"rules": asks}, clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, strict)))
        id = record(api, Records(store, strict, clock, policies).student(), **COMPLETE)["id"]
        for day in ("2026-09-08", "2026-09-28"):
            session(api, id, day)
            measure(api, id, day)
        assert read(api, id)["missing"] == [
            "3 progress points on different dates",
            "3 weeks from first to last session",
        ]
        session(api, id, "2026-09-29")
        measure(api, id, "2026-09-29")
        assert read(api, id)["documented"] is True


class TestChanging:
    def test_the_tag_changes_with_the_figures_and_guards_the_record(
        self, api: ApiClient, student: str
    ) -> None:
        made = api.post(
            "/v1/interventions",
            {"student_id": student, "title": "Phonics", "started_on": "2026-09-08"},
        )
        path, first = made.headers["Location"], made.headers["ETag"]
        assert api.get(path, headers={"If-None-Match": first}).status_code == 304
        session(api, made.get_json()["id"], "2026-09-09")
        assert api.get(path, headers={"If-None-Match": first}).status_code == 200
        # The record itself is as it was: what was read before the session still changes it.
        changed = api.patch(path, {"goal": "60 words"}, etag=first)
        assert changed.status_code == 200
        assert (changed.get_json()["version"], changed.get_json()["goal"]) == (2, "60 words")
        assert api.patch(path, {"goal": "70 words"}, etag=first).status_code == 412
        assert api.patch(path, {"goal": "70 words"}).status_code == 428
        again = api.patch(path, {"goal": "70 words"}, etag=changed.headers["ETag"])
        assert again.status_code == 200

    def test_days_are_compared_with_those_on_record(self, api: ApiClient, student: str) -> None:
        path = f"/v1/interventions/{record(api, student)['id']}"
        early = api.patch(path, {"ended_on": "2026-09-07"}, etag='"1"')
        assert faults(early) == {("/ended_on", "before_start")}
        assert api.patch(path, {"ended_on": "2026-09-20"}, etag='"1"').status_code == 200
        late = api.patch(path, {"started_on": "2026-09-21"}, etag='"2"')
        assert faults(late) == {("/started_on", "before_start")}
        assert api.patch(path, {"ended_on": None}, etag='"2"').get_json()["ended_on"] is None

    def test_the_student_stays(self, api: ApiClient, student: str, records: Records) -> None:
        path = f"/v1/interventions/{record(api, student)['id']}"
        answer = api.patch(path, {"student_id": records.student()}, etag='"1"')
        assert faults(answer) == {("/student_id", "unknown_member")}

    def test_another_district_finds_nothing(
        self, api: ApiClient, neighbor: ApiClient, student: str
    ) -> None:
        id = record(api, student)["id"]
        for path in (
            f"/v1/interventions/{id}",
            f"/v1/interventions/{id}/sessions",
            f"/v1/interventions/{id}/progress-measures",
        ):
            assert neighbor.get(path).status_code == 404
        assert neighbor.patch(f"/v1/interventions/{id}", {}, etag="*").status_code == 404
        body = {"held_on": "2026-09-09"}
        assert neighbor.post(f"/v1/interventions/{id}/sessions", body).status_code == 404


class TestListing:
    def test_by_student_by_day_and_by_change(
        self, api: ApiClient, student: str, records: Records, clock: Any
    ) -> None:
        old = record(api, student, started_on="2026-01-12")["id"]
        new = record(api, student, started_on="2026-09-08")["id"]
        other = record(api, records.student(), started_on="2026-04-01")["id"]

        def listed(query: str) -> list[str]:
            answer = api.get(f"/v1/interventions{query}")
            assert answer.status_code == 200, answer.text
            return [item["id"] for item in answer.get_json()["items"]]

        assert listed("") == [old, other, new]
        assert listed("?sort=-started_on&limit=1") == [new]
        assert listed(f"?student_id={student}") == [old, new]
        assert listed("?started_since=2026-04-01") == [other, new]
        assert listed("?started_before=2026-04-01") == [old]
        clock.advance(timedelta(hours=1))
        api.patch(f"/v1/interventions/{old}", {"tier": 3}, etag='"1"')
        assert listed("?updated_since=2026-10-05T15:30:00Z") == [old]
        assert listed("?sort=-updated_at")[0] == old
        assert listed(f"?student_id={NOBODY}") == []


class TestPartsOfAnIntervention:
    @pytest.mark.parametrize("kind", ["sessions", "progress-measures"])
    def test_none_is_dated_in_the_future(self, api: ApiClient, student: str, kind: str) -> None:
        path = f"/v1/interventions/{record(api, student)['id']}/{kind}"
        day = "held_on" if kind == "sessions" else "measured_on"
        more = {} if kind == "sessions" else {"measure": "Fluency", "value": 40}
        assert faults(api.post(path, {day: "2026-10-06", **more})) == {(f"/{day}", "future")}
        made = api.post(path, {day: "2026-10-05", **more})
        assert made.status_code == 201
        late = api.patch(made.headers["Location"], {day: "2026-10-06"}, etag='"1"')
        assert faults(late) == {(f"/{day}", "future")}
        moved = api.patch(made.headers["Location"], {day: "2026-10-02"}, etag='"1"')
        assert (moved.status_code, moved.get_json()[day]) == (200, "2026-10-02")
        assert api.get(made.headers["Location"]).headers["ETag"] == '"2"'

    def test_a_session_names_staff_of_the_district(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        id = record(api, student)["id"]
        body = {"held_on": "2026-09-09", "staff_id": NOBODY}
        answer = api.post(f"/v1/interventions/{id}/sessions", body)
        assert faults(answer) == {("/staff_id", "not_found")}
        teacher = records.staff_member()
        assert session(api, id, "2026-09-09", staff_id=teacher)["staff_id"] == teacher

    def test_a_missing_intervention_is_not_found(self, api: ApiClient) -> None:
        answer = api.post(f"/v1/interventions/{NOBODY}/sessions", {"held_on": "2026-09-09"})
        assert answer.status_code == 404

    def test_are_listed_by_day(self, api: ApiClient, student: str) -> None:
        id, other = record(api, student)["id"], record(api, student)["id"]
        days = ["2026-09-22", "2026-09-08", "2026-09-15"]
        for day in days:
            session(api, id, day)
            measure(api, id, day)
        session(api, other, "2026-09-01")
        held = api.get(f"/v1/interventions/{id}/sessions?limit=2").get_json()
        assert [item["held_on"] for item in held["items"]] == ["2026-09-08", "2026-09-15"]
        assert held["next_cursor"] is not None
        late = api.get(f"/v1/interventions/{id}/sessions?held_since=2026-09-22").get_json()
        assert [item["held_on"] for item in late["items"]] == ["2026-09-22"]
        path = f"/v1/interventions/{id}/progress-measures"
        early = api.get(f"{path}?measured_before=2026-09-15").get_json()
        assert [item["measured_on"] for item in early["items"]] == ["2026-09-08"]
        down = api.get(f"{path}?sort=-measured_on").get_json()
        assert [item["measured_on"] for item in down["items"]] == sorted(days, reverse=True)


MET_BY_SUPPORT = "offer_support"


class TestTheDutyToOfferSupport:
    """A concern that led to no plan: help never depends on eligibility."""

    @pytest.fixture
    def case_id(self, records: Records, student: str) -> str:
        case_id: str = records.receipt(student)["case_id"]
        records.close(case_id)
        assert records.owed(case_id)[MET_BY_SUPPORT] == "open"
        return case_id

    def test_is_met_by_an_intervention_and_by_no_session(
        self, api: ApiClient, student: str, records: Records, case_id: str
    ) -> None:
        elsewhere = record(api, records.student())["id"]
        session(api, elsewhere, "2026-10-05")
        assert records.owed(case_id)[MET_BY_SUPPORT] == "open"
        record(api, student)
        assert records.owed(case_id)[MET_BY_SUPPORT] == "met"

    def test_comes_back_when_the_support_turns_out_to_have_ended_before(
        self, api: ApiClient, student: str, records: Records, case_id: str
    ) -> None:
        id = record(api, student)["id"]
        api.patch(f"/v1/interventions/{id}", {"ended_on": "2026-09-30"}, etag='"1"')
        assert records.owed(case_id)[MET_BY_SUPPORT] == "open"

    def test_is_the_only_one_that_support_meets(self, policies: Policies) -> None:
        terms = {
            term_id
            for jurisdiction in policies.packs
            for term_id, values in policies.policy_for(jurisdiction, {}).terms.items()
            for dated in values
            if "support_given" in f"{dated.value.starts} {dated.value.stops}"
        }
        assert terms == {MET_BY_SUPPORT}


class TestTheDutyToAskPromptly:
    """300.309(c), of a child whose case is open (tests/scenarios/us.yaml tells it by the day)."""

    def test_begins_with_the_outcome_and_ends_when_it_is_another(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case_id = records.receipt(student)["case_id"]
        made = record(api, student, ended_on="2026-09-30")
        assert "prompt_consent" not in records.owed(case_id)
        path = f"/v1/interventions/{made['id']}"
        api.patch(path, {"outcome": "inadequate_progress"}, etag='"1"')
        assert records.owed(case_id)["prompt_consent"] == "open"
        api.patch(path, {"outcome": "adequate_progress"}, etag='"2"')
        assert "prompt_consent" not in records.owed(case_id)

    def test_follows_a_point_that_is_set_right(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case_id = records.receipt(student)["case_id"]
        goal = {"baseline_value": 30, "goal_value": 60, "goal_on": "2026-12-07"}
        made = record(api, student, started_on="2026-07-06", **goal)
        at = f"/v1/interventions/{made['id']}/progress-measures"
        *_, last = (
            api.post(at, {"measured_on": day, "measure": "WCPM", "value": 31}).get_json()["id"]
            for day in ("2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31")
        )
        assert records.owed(case_id)["prompt_consent"] == "open"
        api.patch(f"/v1/progress-measures/{last}", {"value": 50}, etag='"1"')
        assert "prompt_consent" not in records.owed(case_id)


class TestWhatASessionCosts:
    def test_few_statements_however_many_there_are(
        self, api: ApiClient, student: str, store: Database
    ) -> None:
        id = record(api, student)["id"]
        session(api, id, "2026-09-08")
        with _statements(store) as first:
            session(api, id, "2026-09-09")
        for day in range(10, 20):
            session(api, id, f"2026-09-{day}")
        with _statements(store) as later:
            session(api, id, "2026-09-21")
        assert len(later) == len(first)
        # The key and on PostgreSQL its lock, the intervention, the session, whether its student is
        # watched, the key, the journal's number, entry and values.
        assert len(later) <= 9, "\n".join(later)


@contextmanager
def _statements(store: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
