"""Child-find flags over HTTP: raised and cleared by the record, dismissed only for a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask

from service.clock import SetClock
from service.storage.database import Database
from tests.api.records import Json, Records
from tests.builders import ApiClient, a_client, a_district, a_token, faults
from tests.scenarios.journey import sent

DUTY = "child_find_flag"
AGAIN = "child_find_look_again"
DUTY_RULE = "IDEA-CHILD-FIND-SUSPECT"
PUT_OFF = {
    "reason_code": "no_suspected_disability",
    "reason": "He had new glasses in September.",
    "look_again_on": "2026-11-02",
}


def helped(
    api: ApiClient,
    student: str,
    *,
    outcome: str | None = "inadequate_progress",
    measured: tuple[str, ...] = ("2026-08-24", "2026-09-28"),
    held: tuple[str, ...] = ("2026-08-24", "2026-09-28"),
    area: str = "reading",
    **more: Any,
) -> Json:
    """An intervention with its data and, unless None, its outcome."""
    made = sent(
        api.post(
            "/v1/interventions",
            {
                "student_id": student,
                "title": "Small-group help",
                "area": area,
                "tier": 2,
                "started_on": "2026-08-24",
                "ended_on": "2026-09-28",
                **({} if outcome is None else {"outcome": outcome}),
                **more,
            },
        )
    )
    at = f"/v1/interventions/{made['id']}"
    for day in held:
        session = {"held_on": day, "minutes": 30, "attended": True}
        sent(api.post(f"{at}/sessions", session))
    for day in measured:
        sent(
            api.post(
                f"{at}/progress-measures",
                {"measured_on": day, "measure": "Words read", "value": 12},
            )
        )
    return made


def flags(api: ApiClient, student: str, status: str = "open") -> list[Json]:
    path = f"/v1/child-find-flags?student_id={student}&status={status}"
    items: list[Json] = api.get(path).get_json()["items"]
    return items


def kinds(api: ApiClient, student: str, status: str = "open") -> list[str]:
    return sorted(flag["kind"] for flag in flags(api, student, status))


def owed(api: ApiClient, student: str, term: str = DUTY) -> list[Json]:
    items = api.get(f"/v1/deadlines?student_id={student}&term={term}").get_json()["items"]
    return [one for one in items if one["case_id"] is None]


def dismiss(api: ApiClient, flag: Json, **more: Any) -> Any:
    return api.post(f"/v1/child-find-flags/{flag['id']}/steps/dismiss", {**PUT_OFF, **more})


class TestHelpThatDidNotHelp:
    def test_becomes_a_duty_with_its_evidence_and_an_owner(
        self, api: ApiClient, student: str
    ) -> None:
        principal = {"given_name": "Ivo", "family_name": "Marsh", "roles": ["principal"]}
        owner = sent(api.post("/v1/staff", principal))["id"]
        made = helped(api, student)
        (flag,) = flags(api, student)
        assert flag["kind"] == "inadequate_progress"
        assert [(one["type"], one["id"]) for one in flag["evidence"]] == [
            ("intervention", made["id"])
        ]
        assert flag["evidence"][0]["progress_dates"] == 2
        (duty,) = owed(api, student)
        assert (duty["state"], duty["kind"], duty["owner_staff_id"]) == ("open", "duty", owner)
        assert flag["owner_staff_id"] == owner
        assert duty["subjects"] == {"child_find_flag_id": flag["id"]}
        assert duty["rule_id"] == "IDEA-CHILD-FIND-SUSPECT"
        whole = api.get(f"/v1/deadlines/{duty['id']}").get_json()
        assert whole["case_id"] is None

    def test_no_data_is_never_read_as_failing(self, api: ApiClient, student: str) -> None:
        helped(api, student, measured=())
        helped(api, student, measured=("2026-09-01",), area="math")
        helped(api, student, outcome=None, area="writing")
        assert flags(api, student) == []
        assert owed(api, student) == []

    def test_the_second_measure_makes_it_data(self, api: ApiClient, student: str) -> None:
        made = helped(api, student, measured=("2026-08-24",))
        assert kinds(api, student) == []
        point = {"measured_on": "2026-09-21", "measure": "Words read", "value": 9}
        sent(api.post(f"/v1/interventions/{made['id']}/progress-measures", point))
        assert kinds(api, student) == ["inadequate_progress"]

    def test_an_outcome_set_right_clears_it(self, api: ApiClient, student: str) -> None:
        path = f"/v1/interventions/{helped(api, student)['id']}"
        etag = api.get(path).headers["ETag"]
        sent(api.patch(path, {"outcome": "adequate_progress"}, etag=etag), 200)
        assert kinds(api, student) == []
        (cleared,) = flags(api, student, "cleared")
        assert cleared["cleared_on"] == "2026-10-05"
        assert [one["state"] for one in owed(api, student)] == ["met"]

    def test_one_tier_after_the_other(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        helped(api, student, tier=3, area="math")
        assert kinds(api, student) == ["inadequate_progress"]
        helped(api, student, tier=3)
        assert kinds(api, student) == ["inadequate_progress", "repeated_tiers"]

    def test_a_districts_own_period_is_waited_for(
        self, app: Flask, store: Database, clock: SetClock
    ) -> None:
        settings = {"rules": {"IDEA-CHILD-FIND-SUSPECT": {"appropriate_period_weeks": 8}}}
        district = a_district(store, settings=settings, clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
        child = sent(api.post("/v1/students", {"given_name": "Lark", "family_name": "Sampleton"}))
        helped(api, child["id"])
        assert kinds(api, child["id"]) == []
        helped(api, child["id"], held=("2026-07-27", "2026-09-28"), area="math")
        assert kinds(api, child["id"]) == ["inadequate_progress"]


AIM: Json = {
    "outcome": None,
    "ended_on": None,
    "started_on": "2026-08-03",
    "baseline_value": 12,
    "goal_value": 40,
    "goal_on": "2026-12-18",
    "held": (),
}
FORTNIGHTLY = ("2026-08-17", "2026-08-31", "2026-09-14", "2026-09-28")


class TestWhatWasMeasured:
    def test_short_of_the_goal_is_a_flag_with_its_figures_before_anybody_says_so(
        self, api: ApiClient, student: str
    ) -> None:
        made = helped(api, student, measured=FORTNIGHTLY, **AIM)
        (flag,) = flags(api, student)
        assert flag["kind"] == "inadequate_progress"
        assert "a default of this service" in flag["because"]
        shown = flag["evidence"][0]["progress"]
        assert (shown["verdict"], shown["days"], shown["last_on"]) == ("short", 4, "2026-09-28")
        assert (shown["rate"], shown["last"]) == (0, 12)
        assert shown["aim_rate"] == 1.43
        whole = api.get(f"/v1/interventions/{made['id']}").get_json()
        assert whole["progress"] == shown
        assert [one["state"] for one in owed(api, student)] == ["open"]

    def test_a_point_that_catches_up_clears_it_and_a_goal_taken_back_does(
        self, api: ApiClient, student: str
    ) -> None:
        made = helped(api, student, measured=FORTNIGHTLY, **AIM)
        at = f"/v1/interventions/{made['id']}"
        good = {"measured_on": "2026-10-05", "measure": "Words read", "value": 25}
        point = sent(api.post(f"{at}/progress-measures", good))
        assert kinds(api, student) == []
        path = f"/v1/progress-measures/{point['id']}"
        sent(api.patch(path, {"value": 12}, etag=api.get(path).headers["ETag"]), 200)
        assert kinds(api, student) == ["inadequate_progress"]
        etag = api.get(at).headers["ETag"]
        sent(api.patch(at, {"goal_value": None}, etag=etag), 200)
        assert kinds(api, student) == []
        assert api.get(at).get_json()["progress"] is None

    def test_too_few_points_and_too_few_weeks_say_nothing(
        self, api: ApiClient, student: str
    ) -> None:
        helped(api, student, measured=FORTNIGHTLY[:3], **AIM)
        helped(api, student, measured=FORTNIGHTLY, **{**AIM, "started_on": "2026-08-04"})
        helped(api, student, measured=FORTNIGHTLY, **{**AIM, "goal_value": None})
        assert flags(api, student) == []

    def test_a_goal_is_not_before_the_beginning(self, api: ApiClient, student: str) -> None:
        body = {"student_id": student, "title": "Help", "started_on": "2026-08-24"}
        answer = api.post("/v1/interventions", {**body, "goal_on": "2026-08-23"})
        assert faults(answer) == {("/goal_on", "before_start")}
        made = sent(api.post("/v1/interventions", {**body, "goal_on": "2026-08-24"}))
        path = f"/v1/interventions/{made['id']}"
        change = {"started_on": "2026-08-25"}
        answer = api.patch(path, change, etag=api.get(path).headers["ETag"])
        assert faults(answer) == {("/started_on", "before_start")}

    def test_a_district_sets_the_period_within_a_school_year(
        self, app: Flask, store: Database, clock: SetClock
    ) -> None:
        district = a_district(store, clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, district)))
        child = sent(api.post("/v1/students", {"given_name": "Lark", "family_name": "Sampleton"}))
        helped(api, child["id"], measured=FORTNIGHTLY, **AIM)

        def chooses(weeks: int | None) -> Any:
            path = f"/v1/districts/{district}"
            settings = {"rules": {DUTY_RULE: {"appropriate_period_weeks": weeks}}}
            etag = api.get(path).headers["ETag"]
            return api.patch(path, {"settings": settings}, etag=etag)

        refused = chooses(37)
        assert refused.status_code == 409
        (finding,) = refused.get_json()["findings"]
        assert finding["rule_id"] == DUTY_RULE
        assert "34 CFR 300.309(c)" in {one["text"] for one in finding["citations"]}
        for weeks, found in (
            (36, []),
            (8, ["inadequate_progress"]),
            (9, []),
            (None, ["inadequate_progress"]),
        ):
            sent(chooses(weeks), 200)
            assert kinds(api, child["id"]) == found


class TestWhatNobodyDecided:
    def test_a_medical_document(self, api: ApiClient, student: str, records: Records) -> None:
        body = {"student_id": student, "kind": "medical_note", "title": "A letter"}
        note = sent(api.post("/v1/source-documents", body))
        (flag,) = flags(api, student)
        assert flag["kind"] == "medical_document"
        assert flag["evidence"][0]["id"] == note["id"]
        records.receipt(student, "parent")
        assert kinds(api, student) == []

    def test_the_words_of_a_parent(self, api: ApiClient, student: str) -> None:
        words = "I would like to have her tested for dyslexia."
        body = {
            "student_id": student,
            "mode": "phone",
            "occurred_on": "2026-10-01",
            "parent_words": words,
        }
        made = sent(api.post("/v1/contacts", body))
        assert kinds(api, student) == ["parent_concern"]
        # The offer is taken as it stands.
        sent(api.post("/v1/referrals", made["request_suggested"]["offer"]["body"]))
        assert kinds(api, student) == []
        assert kinds(api, student, "cleared") == ["parent_concern"]

    def test_what_the_district_refused_is_decided_and_what_comes_after_is_not(
        self, api: ApiClient, student: str, records: Records
    ) -> None:
        case = records.receipt(student, "parent", frameworks=["section_504"])["case_id"]
        helped(api, student, ended_on="2026-10-01")
        assert kinds(api, student) == []  # the request is being answered
        records.close(case, "declined")
        assert kinds(api, student) == []
        helped(
            api,
            student,
            started_on="2026-10-05",
            ended_on="2026-10-05",
            held=("2026-10-05",),
            area="math",
        )
        assert kinds(api, student) == []  # not after the refusal yet
        assert owed(api, student) == []

    def test_a_refused_504_case_that_fails(
        self, api: ApiClient, student: str, records: Records, clock: SetClock
    ) -> None:
        case = records.receipt(student, "parent", frameworks=["section_504"])["case_id"]
        records.close(case, "declined")
        clock.set(datetime(2026, 12, 7, 15, 0, tzinfo=UTC))
        helped(
            api,
            student,
            started_on="2026-10-12",
            ended_on="2026-12-04",
            held=("2026-10-12", "2026-12-04"),
            measured=("2026-10-12", "2026-12-04"),
        )
        assert kinds(api, student) == ["inadequate_progress", "refused_504_failing"]
        (flag,) = (one for one in flags(api, student) if one["kind"] == "refused_504_failing")
        assert [one["type"] for one in flag["evidence"]] == ["case", "intervention"]


class TestDismissing:
    def test_takes_a_reason_and_a_day_to_look_again(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        (flag,) = flags(api, student)
        assert faults(api.post(f"/v1/child-find-flags/{flag['id']}/steps/dismiss", {})) == {
            ("/reason_code", "required"),
            ("/reason", "required"),
            ("/look_again_on", "required"),
        }
        for day in ("2026-10-05", "2027-11-01"):
            assert faults(dismiss(api, flag, look_again_on=day)) == {
                ("/look_again_on", "not_ahead")
            }
        assert kinds(api, student) == ["inadequate_progress"]

    def test_not_because_help_goes_on_or_grades_are_good(
        self, api: ApiClient, student: str
    ) -> None:
        helped(api, student)
        (flag,) = flags(api, student)
        for reason, rule in (
            ("rti_incomplete", "IDEA-REQUEST-NO-RTI-BLOCK"),
            ("passing_grades", "IDEA-CHILD-FIND-SUSPECT"),
        ):
            answer = dismiss(api, flag, reason_code=reason)
            assert answer.status_code == 409, answer.text
            blocking = [f["rule_id"] for f in answer.get_json()["findings"] if f["blocks"]]
            assert blocking == [rule]
        last = api.get("/v1/events?event=child_find_flag.step_refused").get_json()["items"]
        assert {one["student_id"] for one in last} == {student}
        assert kinds(api, student) == ["inadequate_progress"]

    def test_returns_on_the_day_that_was_named(
        self, api: ApiClient, student: str, clock: SetClock
    ) -> None:
        helped(api, student)
        (flag,) = flags(api, student)
        sent(dismiss(api, flag), 200)
        assert (kinds(api, student), kinds(api, student, "dismissed")) == (
            [],
            ["inadequate_progress"],
        )
        assert [one["state"] for one in owed(api, student)] == ["met"]
        (again,) = owed(api, student, AGAIN)
        assert (again["state"], again["due_on"]) == ("running", "2026-11-02")
        before = api.get(f"/v1/child-find-flags/{flag['id']}")
        clock.set(datetime(2026, 11, 2, 15, 0, tzinfo=UTC))
        (returned,) = flags(api, student)
        assert returned["dismissed_because"] == PUT_OFF["reason"]
        after = api.get(
            f"/v1/child-find-flags/{flag['id']}",
            headers={"If-None-Match": before.headers["ETag"]},
        )
        assert (after.status_code, after.get_json()["status"]) == (200, "open")
        clock.set(datetime(2026, 11, 3, 15, 0, tzinfo=UTC))
        assert [one["overdue"] for one in owed(api, student, AGAIN)] == [True]
        etag = {"If-Match": after.headers["ETag"]}
        path = f"/v1/child-find-flags/{flag['id']}/steps/dismiss"
        later = api.post(path, {**PUT_OFF, "look_again_on": "2027-01-11"}, headers=etag)
        assert later.status_code == 200, later.text
        assert [one["due_on"] for one in owed(api, student, AGAIN)] == ["2027-01-11"]

    def test_something_new_brings_it_back_at_once(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        (flag,) = flags(api, student)
        sent(dismiss(api, flag), 200)
        helped(api, student, area="math")
        (returned,) = flags(api, student)
        assert (returned["id"], len(returned["evidence"])) == (flag["id"], 2)
        assert [one["state"] for one in owed(api, student)] == ["open"]

    def test_the_dry_run_changes_nothing(self, api: ApiClient, student: str) -> None:
        helped(api, student)
        (flag,) = flags(api, student)
        path = f"/v1/child-find-flags/{flag['id']}/steps/dismiss?dry_run=true"
        assert api.post(path, PUT_OFF).get_json()["allowed"] is True
        assert kinds(api, student) == ["inadequate_progress"]


def test_a_neighbor_sees_none(api: ApiClient, neighbor: ApiClient, student: str) -> None:
    helped(api, student)
    (flag,) = flags(api, student)
    assert neighbor.get("/v1/child-find-flags").get_json()["items"] == []
    assert neighbor.get(f"/v1/child-find-flags/{flag['id']}").status_code == 404
