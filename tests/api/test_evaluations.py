"""Evaluations over HTTP: days set once, breaches kept and not counted, references that hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.storage.database import Database
from service.storage.journal import JournalEntry
from tests.api.conftest import NOW
from tests.builders import ApiClient, a_staff_member, faults
from tests.scenarios.journey import Child, Json, Place, sent

TODAY, TOMORROW = "2026-10-05", "2026-10-06"


@pytest.fixture
def child(api: ApiClient, clock: SetClock, district: UUID) -> Child:
    """A child in Wisconsin whose parent asked on 2026-09-01; proposed a week later."""
    clock.set(NOW - timedelta(days=60))
    child = Place(api, clock, district).child(born="2017-05-04")
    child.parent_asks("2026-09-01")
    child.proposed("2026-09-08")
    clock.set(NOW)
    return child


@pytest.fixture
def evaluation(child: Child) -> Json:
    return child.evaluation(TODAY, suspected_areas=["reading"])


def the_parent_consented(child: Child, on: str, **more: Any) -> Json:
    child.place.on(TODAY)
    made: Json = child.consents(TODAY, signed_on=on, received_on=on, **more)
    return made


class TestRecording:
    def test_answers_with_the_record_its_etag_and_its_address(self, child: Child) -> None:
        answer = child.api.post(
            f"/v1/cases/{child.case_id}/evaluations",
            {
                "suspected_areas": ["reading", "motor"],
                "suspected_categories": ["SLD"],
                "areas_not_assessed": {"motor": "No concern in the review of existing data."},
                "parent_input": "He hides his books.",
            },
        )
        made = sent(answer)
        assert made["case_id"] == child.case_id
        assert made["areas_not_assessed"] == {"motor": "No concern in the review of existing data."}
        assert made["report_completed_on"] is None
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Location"] == f"/v1/evaluations/{made['id']}"
        assert sent(child.api.get(answer.headers["Location"]), 200) == made
        listed = sent(child.api.get(f"/v1/cases/{child.case_id}/evaluations"), 200)
        assert listed == {"items": [made], "next_cursor": None}

    def test_nothing_is_asked_of_an_empty_one(self, child: Child) -> None:
        assert sent(child.api.post(f"/v1/cases/{child.case_id}/evaluations", {}))["id"]

    def test_it_can_be_sent_back_as_it_was_read(self, child: Child, evaluation: Json) -> None:
        changes = {
            name: value
            for name, value in evaluation.items()
            if name not in ("id", "case_id", "version", "created_at", "updated_at")
        }
        changes["areas_not_assessed"] = {"hearing": "Screened in September."}
        made = child.patched(f"/v1/evaluations/{evaluation['id']}", changes)
        assert made["areas_not_assessed"] == {"hearing": "Screened in September."}

    def test_is_named_in_the_journal(self, child: Child, evaluation: Json, store: Database) -> None:
        with Session(store.reader) as session:
            entry = session.scalars(
                select(JournalEntry).where(JournalEntry.subject_id == UUID(evaluation["id"]))
            ).one()
        assert entry.event == "evaluation.recorded"
        assert (str(entry.case_id), str(entry.student_id)) == (child.case_id, child.student_id)

    def test_everything_wrong_is_told_at_once(self, child: Child) -> None:
        answer = child.api.post(
            f"/v1/cases/{child.case_id}/evaluations",
            {
                "coordinator_staff_id": str(uuid4()),
                "report_completed_on": TOMORROW,
                "no_data_needed_on": TOMORROW,
            },
        )
        assert faults(answer) == {
            ("/coordinator_staff_id", "not_found"),
            ("/report_completed_on", "future"),
            ("/no_data_needed_on", "future"),
        }

    def test_what_cannot_be_read_is_refused(self, child: Child) -> None:
        answer = child.api.post(
            f"/v1/cases/{child.case_id}/evaluations",
            {
                "areas_not_assessed": {str(n): "Because." for n in range(101)},
                "report_completed_on": "1899-12-31",
                "parent_input": " ",
                "colour": "red",
            },
        )
        assert faults(answer) == {
            ("/areas_not_assessed", "too_many"),
            ("/report_completed_on", "date_range"),
            ("/parent_input", "blank"),
            ("/colour", "unknown_member"),
        }

    def test_a_reason_for_no_assessment_is_not_blank(self, child: Child) -> None:
        answer = child.api.post(
            f"/v1/cases/{child.case_id}/evaluations", {"areas_not_assessed": {"motor": " "}}
        )
        ((pointer, code),) = faults(answer)
        assert (pointer.startswith("/areas_not_assessed/motor"), code) == (True, "blank")


class TestDays:
    @pytest.mark.parametrize(
        "name",
        [
            "assessment_asked_on",
            "existing_data_reviewed_on",
            "no_data_needed_on",
            "report_completed_on",
            "report_given_to_parent_on",
        ],
    )
    def test_are_set_once_and_then_corrected(
        self, child: Child, evaluation: Json, name: str
    ) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        assert child.patched(path, {name: "2026-10-02"})[name] == "2026-10-02"
        assert child.patched(path, {name: "2026-10-02"})[name] == "2026-10-02"
        for other in ("2026-10-01", None):
            etag = child.api.get(path).headers["ETag"]
            answer = child.api.patch(path, {name: other}, etag=etag)
            assert faults(answer) == {(f"/{name}", "use_correction")}
            assert "corrections" in answer.get_json()["errors"][0]["message"]
        corrected = {"field": name, "value": "2026-10-01", "reason": "The stamp says Thursday."}
        made = sent(child.api.post(f"{path}/corrections", corrected))
        assert (made["old_value"], made["new_value"]) == (
            {"value": "2026-10-02"},
            {"value": "2026-10-01"},
        )
        assert made["accepted"] is True
        assert sent(child.api.get(path), 200)[name] == "2026-10-01"
        listed = sent(child.api.get(f"{path}/corrections"), 200)
        assert listed == {"items": [made], "next_cursor": None}

    def test_of_the_report_move_the_deadlines(self, child: Child, evaluation: Json) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        assert child.deadlines("report_copy") == []
        child.patched(path, {"report_completed_on": "2026-10-02"})
        assert child.deadline("report_copy")["state"] == "open"
        child.patched(path, {"report_given_to_parent_on": "2026-10-05"})
        assert child.deadline("report_copy")["state"] == "met"

    def test_that_no_data_is_needed_starts_the_clock_of_wisconsin(
        self, child: Child, evaluation: Json
    ) -> None:
        child.patched(f"/v1/evaluations/{evaluation['id']}", {"no_data_needed_on": "2026-10-02"})
        assert child.due("initial_evaluation") == "2026-12-01"

    def test_a_later_day_of_it_waits_for_a_trusted_person(
        self, child: Child, evaluation: Json
    ) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        child.patched(path, {"no_data_needed_on": "2026-10-01"})
        later = {"field": "no_data_needed_on", "value": "2026-10-02", "reason": "Typed wrongly."}
        made = sent(child.api.post(f"{path}/corrections", later))
        assert made["accepted"] is False
        assert made["flagged"]
        assert child.due("initial_evaluation") == "2026-11-30"

    def test_a_report_that_was_not_complete_after_all(self, child: Child, evaluation: Json) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        child.patched(path, {"report_completed_on": "2026-10-02"})
        undone = {"field": "report_completed_on", "value": None, "reason": "A draft was filed."}
        sent(child.api.post(f"{path}/corrections", undone))
        assert sent(child.api.get(path), 200)["report_completed_on"] is None
        assert child.deadlines("report_copy") == []

    def test_a_correction_needs_something_to_correct(self, child: Child, evaluation: Json) -> None:
        path = f"/v1/evaluations/{evaluation['id']}/corrections"
        body = {"field": "report_completed_on", "value": "2026-10-01", "reason": "It was."}
        assert faults(child.api.post(path, body)) == {("/field", "not_on_record")}
        body = {"field": "parent_input", "value": "No.", "reason": "It was."}
        assert faults(child.api.post(path, body)) == {("/field", "not_one_of")}


class TestATransfer:
    """Another agency began the evaluation before the child enrolled here."""

    def test_its_name_is_corrected_within_what_a_name_may_be(self, child: Child) -> None:
        made = child.evaluation(TODAY, transferred_from="Elm County")
        path = f"/v1/evaluations/{made['id']}"
        said = {"field": "transferred_from", "reason": "The letterhead says so."}
        answer = child.api.post(f"{path}/corrections", {**said, "value": "E" * 256})
        assert faults(answer) == {("/value", "length")}
        sent(child.api.post(f"{path}/corrections", {**said, "value": "E" * 255}))
        assert sent(child.api.get(path), 200)["transferred_from"] == "E" * 255

    def test_its_days_name_that_agency(self, child: Child) -> None:
        at = f"/v1/cases/{child.case_id}/evaluations"
        answer = child.api.post(at, {"transfer_enrolled_on": "2026-09-01"})
        assert faults(answer) == {("/transferred_from", "required")}

    def test_its_consent_is_where_the_clock_counts_from(
        self, child: Child, evaluation: Json
    ) -> None:
        assert child.deadlines("initial_evaluation", "coordinate_transfer") == []
        child.patched(
            f"/v1/evaluations/{evaluation['id']}",
            {
                "transferred_from": "Elm County Schools",
                "transfer_consent_received_on": "2026-08-24",
                "transfer_enrolled_on": "2026-09-01",
            },
        )
        clock = child.deadline("initial_evaluation")
        assert (clock["started_on"], clock["due_on"]) == ("2026-08-24", "2026-10-23")
        assert clock["provisional"] is True
        assert child.deadline("coordinate_transfer")["state"] == "open"


class TestCompleting:
    """What the step `complete-evaluation` asks of the evaluation's conduct."""

    DONE = {"report_completed_on": "2026-10-02"}  # noqa: RUF012

    @pytest.fixture
    def begun(self, child: Child) -> Child:
        the_parent_consented(child, "2026-09-15")
        child.step(TODAY, "start-evaluation").must_be_allowed()
        return child

    def test_thin_conduct_is_pointed_out_and_holds_up_nothing(self, begun: Child) -> None:
        made = begun.evaluation(TODAY, suspected_areas=["reading"], **self.DONE)
        begun.assessment(made, TODAY, technically_sound=False)
        done = begun.step(TODAY, "complete-evaluation").must_be_allowed()
        for rule_id in ("IDEA-REED", "IDEA-EVAL-SOUND", "IDEA-EVAL-COMPREHENSIVE"):
            found = done.finding(rule_id)
            assert (found["answer"], found["blocks"]) == ("unmet", False)

    def test_sound_conduct_is_met(self, begun: Child) -> None:
        made = begun.evaluation(
            TODAY,
            suspected_areas=["reading"],
            existing_data=[
                "parent_information",
                "assessments",
                "classroom_observations",
                "provider_observations",
            ],
            existing_data_reviewed_on="2026-09-04",
            other_needs="His hand tires; occupational therapy was looked at.",
            **self.DONE,
        )
        begun.assessment(made, TODAY, technically_sound=True)
        done = begun.step(TODAY, "complete-evaluation").must_be_allowed()
        for rule_id in ("IDEA-REED", "IDEA-EVAL-SOUND", "IDEA-EVAL-COMPREHENSIVE"):
            assert done.finding(rule_id)["answer"] == "met"
        assert done.finding("IDEA-REED-NO-DATA")["answer"] == "not_applicable"

    def test_by_whom_in_which_language_and_with_what_is_pointed_out(self, begun: Child) -> None:
        spanish = {"home_language": "es", "english_learner": True}
        begun.patched(f"/v1/students/{begun.student_id}", spanish)
        made = begun.evaluation(TODAY, suspected_areas=["reading"], **self.DONE)
        tested = begun.assessment(made, TODAY, credential=None)
        explained = begun.explain("complete-evaluation")
        rules = ("IDEA-EVAL-LANGUAGE", "IDEA-EVAL-QUALIFIED", "IDEA-EVAL-VARIETY")
        for rule_id in rules:
            found = explained.finding(rule_id)
            assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "advise", False)
        told = {"language": "es-MX", "credential": "NCSP"}
        begun.patched(f"/v1/assessments/{tested['id']}", told)
        begun.patched(f"/v1/evaluations/{made['id']}", {"parent_input": "He hides his books."})
        begun.observation(made, TODAY)
        done = begun.step(TODAY, "complete-evaluation").must_be_allowed()
        assert {done.finding(rule_id)["answer"] for rule_id in rules} == {"met"}

    def test_no_silent_no_testing(self, begun: Child) -> None:
        made = begun.evaluation(
            TODAY, suspected_areas=["reading"], no_data_needed_on="2026-10-01", **self.DONE
        )
        refused = begun.step(TODAY, "complete-evaluation")
        found = refused.must_be_refused_by("IDEA-REED-NO-DATA")
        assert any("300.305(d)" in citation["text"] for citation in found["citations"])
        told = {"no_data_reasons": "The file says it all.", "right_to_assessment_told": True}
        begun.patched(f"/v1/evaluations/{made['id']}", told)
        begun.step(TODAY, "complete-evaluation").must_be_allowed()

    def test_a_parent_who_asks_all_the_same_is_heard(self, begun: Child) -> None:
        made = begun.evaluation(
            TODAY,
            suspected_areas=["reading"],
            no_data_needed_on="2026-10-01",
            no_data_reasons="The file says it all.",
            right_to_assessment_told=True,
            assessment_asked_on="2026-10-02",
            **self.DONE,
        )
        begun.step(TODAY, "complete-evaluation").must_be_refused_by("IDEA-EVAL-ALL-AREAS")
        begun.assessment(made, TODAY)
        begun.step(TODAY, "complete-evaluation").must_be_allowed()


class TestBreaches:
    """The agency's own assessments without consent are kept, marked, and never counted."""

    def test_without_any_consent(self, child: Child, evaluation: Json) -> None:
        made = child.assessment(evaluation, "2026-09-10")
        assert made["breach"] is True
        assert "300.300(a)(1)(i)" in made["breach_because"]
        assert sent(child.api.get(f"/v1/assessments/{made['id']}"), 200) == made

    @pytest.mark.parametrize(
        ("conducted_on", "breach"), [("2026-09-14", True), ("2026-09-15", False)]
    )
    def test_the_day_consent_was_received_is_the_line(
        self, child: Child, evaluation: Json, conducted_on: str, breach: bool
    ) -> None:
        the_parent_consented(child, "2026-09-15")
        assert child.assessment(evaluation, conducted_on)["breach"] is breach

    @pytest.mark.parametrize(
        ("conducted_on", "breach"), [("2026-09-20", False), ("2026-09-21", True)]
    )
    def test_the_day_it_was_revoked_is_the_other(
        self, child: Child, evaluation: Json, conducted_on: str, breach: bool
    ) -> None:
        the_parent_consented(child, "2026-09-15", revoked_on="2026-09-20")
        assert child.assessment(evaluation, conducted_on)["breach"] is breach

    def test_consent_to_services_is_no_consent_to_evaluate(
        self, child: Child, evaluation: Json
    ) -> None:
        the_parent_consented(child, "2026-09-09", purpose="initial_services")
        assert child.assessment(evaluation, "2026-09-10")["breach"] is True

    def test_a_refusal_is_no_consent(self, child: Child, evaluation: Json) -> None:
        the_parent_consented(child, "2026-09-09", answer="refused")
        assert child.assessment(evaluation, "2026-09-10")["breach"] is True

    @pytest.mark.parametrize("origin", ["outside", "existing_data", "given_to_all", "screening"])
    def test_what_is_not_the_agencys_own_is_none(
        self, child: Child, evaluation: Json, origin: str
    ) -> None:
        made = child.assessment(evaluation, "2026-09-10", origin=origin)
        assert (made["breach"], made["breach_because"]) == (False, None)

    @pytest.mark.parametrize("routine", [True, False])
    def test_a_routine_observation_is_none(
        self, child: Child, evaluation: Json, routine: bool
    ) -> None:
        seen = {
            "observed_on": "2026-09-10",
            "setting": "Regular classroom",
            "area": "attention",
            "routine": routine,
        }
        made = sent(child.api.post(f"/v1/evaluations/{evaluation['id']}/observations", seen))
        assert made["breach"] is not routine
        assert sent(child.api.get(f"/v1/observations/{made['id']}"), 200) == made

    def test_the_list_says_the_same_as_each_record(self, child: Child, evaluation: Json) -> None:
        the_parent_consented(child, "2026-09-15", revoked_on="2026-09-20")
        days = ("2026-09-14", "2026-09-15", "2026-09-20", "2026-09-21")
        for day in days:
            child.assessment(evaluation, day)
            child.assessment(evaluation, day, origin="outside")
            seen = {"observed_on": day, "setting": "Regular classroom"}
            sent(child.api.post(f"/v1/evaluations/{evaluation['id']}/observations", seen))
        for kind in ("assessments", "observations"):
            at = f"/v1/evaluations/{evaluation['id']}/{kind}"
            page = sent(child.api.get(at, query_string={"limit": 3}), 200)
            items = list(page["items"])
            while page["next_cursor"]:
                query = {"limit": 3, "cursor": page["next_cursor"]}
                page = sent(child.api.get(at, query_string=query), 200)
                items += page["items"]
            assert len(items) == {"assessments": 8, "observations": 4}[kind]
            assert sum(item["breach"] for item in items) == 2
            for item in items:
                assert sent(child.api.get(f"/v1/{kind}/{item['id']}"), 200) == item

    def test_the_mark_follows_the_consents(self, child: Child, evaluation: Json) -> None:
        made = child.assessment(evaluation, "2026-09-16")
        path = f"/v1/assessments/{made['id']}"
        tag = child.api.get(path).headers["ETag"]
        assert child.api.get(path, headers={"If-None-Match": tag}).status_code == 304
        the_parent_consented(child, "2026-09-15")
        read = child.api.get(path, headers={"If-None-Match": tag})
        assert sent(read, 200)["breach"] is False
        # The record itself has not changed: its tag still lets it be changed.
        assert child.api.patch(path, {"summary": "Slow."}, etag=tag).status_code == 200

    def test_does_not_cover_an_area(self, child: Child, evaluation: Json) -> None:
        the_parent_consented(child, "2026-09-15")
        child.step(TODAY, "start-evaluation").must_be_allowed()
        early = child.assessment(evaluation, "2026-09-14", "reading")
        child.patched(f"/v1/evaluations/{evaluation['id']}", {"report_completed_on": TODAY})
        refused = child.step(TODAY, "complete-evaluation")
        found = refused.must_be_refused_by("IDEA-EVAL-ALL-AREAS")
        assert {"type": "assessment", "id": early["id"], "breach": True} in found["evidence"]
        child.assessment(evaluation, "2026-09-16", "Reading")
        child.step(TODAY, "complete-evaluation").must_be_allowed()


class TestParts:
    def test_what_makes_a_breach_is_not_changed_but_corrected(
        self, child: Child, evaluation: Json
    ) -> None:
        made = child.assessment(evaluation, "2026-09-10")
        path = f"/v1/assessments/{made['id']}"
        changes = {"origin": "outside", "conducted_on": "2026-10-01"}
        answer = child.api.patch(path, changes, etag='"1"')
        assert faults(answer) == {
            ("/origin", "use_correction"),
            ("/conducted_on", "use_correction"),
        }
        why = {"reason": "A clinic gave it; the report came by post."}
        sent(child.api.post(f"{path}/corrections", {"field": "origin", "value": "outside", **why}))
        now = sent(child.api.get(path), 200)
        assert (now["origin"], now["breach"]) == ("outside", False)
        (kept,) = sent(child.api.get(f"{path}/corrections"), 200)["items"]
        assert kept["old_value"] == {"value": "agency"}

    def test_whether_an_observation_was_routine_is_corrected(
        self, child: Child, evaluation: Json
    ) -> None:
        seen = {"observed_on": "2026-09-10", "setting": "Regular classroom", "routine": True}
        made = sent(child.api.post(f"/v1/evaluations/{evaluation['id']}/observations", seen))
        path = f"/v1/observations/{made['id']}"
        answer = child.api.patch(path, {"routine": False}, etag='"1"')
        assert faults(answer) == {("/routine", "use_correction")}
        why = {"field": "routine", "reason": "It was arranged for the evaluation."}
        answer = child.api.post(f"{path}/corrections", {**why, "value": "no"})
        assert faults(answer) == {("/value", "not_a_flag")}
        sent(child.api.post(f"{path}/corrections", {**why, "value": "false"}))
        now = sent(child.api.get(path), 200)
        assert (now["routine"], now["breach"]) == (False, True)

    def test_the_rest_changes_freely(self, child: Child, evaluation: Json) -> None:
        made = child.assessment(evaluation, "2026-09-10")
        path = f"/v1/assessments/{made['id']}"
        now = child.patched(path, {"summary": "Reads at grade 1.", "areas": ["reading", "speech"]})
        assert (now["summary"], now["areas"]) == ("Reads at grade 1.", ["reading", "speech"])
        assert (now["version"], now["title"]) == (2, made["title"])

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            (
                "assessments",
                {
                    "title": "A test",
                    "areas": ["reading"],
                    "source_kind": "aptitude_test",
                    "conducted_on": TOMORROW,
                    "assessor_staff_id": str(uuid4()),
                },
            ),
            (
                "observations",
                {"setting": "Class", "observed_on": TOMORROW, "observer_staff_id": str(uuid4())},
            ),
        ],
    )
    def test_what_cannot_be_is_told_at_once(
        self, child: Child, evaluation: Json, kind: str, body: Json
    ) -> None:
        answer = child.api.post(f"/v1/evaluations/{evaluation['id']}/{kind}", body)
        day = "conducted_on" if kind == "assessments" else "observed_on"
        who = "assessor_staff_id" if kind == "assessments" else "observer_staff_id"
        assert faults(answer) == {(f"/{day}", "future"), (f"/{who}", "not_found")}
        assert sent(child.api.get(f"/v1/evaluations/{evaluation['id']}/{kind}"), 200) == {
            "items": [],
            "next_cursor": None,
        }

    def test_an_assessment_names_an_area(self, child: Child, evaluation: Json) -> None:
        body = {
            "title": "A test",
            "areas": [],
            "source_kind": "aptitude_test",
            "conducted_on": TODAY,
        }
        answer = child.api.post(f"/v1/evaluations/{evaluation['id']}/assessments", body)
        assert faults(answer) == {("/areas", "too_few")}

    def test_staff_of_another_district_are_unknown(
        self, child: Child, evaluation: Json, store: Database, neighbor: ApiClient
    ) -> None:
        other = UUID(sent(neighbor.get("/v1/districts"), 200)["items"][0]["id"])
        stranger = a_staff_member(store, other)
        path = f"/v1/evaluations/{evaluation['id']}"
        answer = child.api.patch(path, {"coordinator_staff_id": str(stranger)}, etag='"1"')
        assert faults(answer) == {("/coordinator_staff_id", "not_found")}


class TestOtherDistricts:
    def test_see_nothing(self, child: Child, evaluation: Json, neighbor: ApiClient) -> None:
        test = child.assessment(evaluation, TODAY)
        seen = {"observed_on": TODAY, "setting": "Regular classroom"}
        seen = sent(child.api.post(f"/v1/evaluations/{evaluation['id']}/observations", seen))
        for path in (
            f"/v1/cases/{child.case_id}/evaluations",
            f"/v1/evaluations/{evaluation['id']}",
            f"/v1/evaluations/{evaluation['id']}/assessments",
            f"/v1/evaluations/{evaluation['id']}/observations",
            f"/v1/evaluations/{evaluation['id']}/corrections",
            f"/v1/assessments/{test['id']}",
            f"/v1/observations/{seen['id']}",
        ):
            assert neighbor.get(path).status_code == 404, path

    def test_write_nothing(self, child: Child, evaluation: Json, neighbor: ApiClient) -> None:
        assert neighbor.post(f"/v1/cases/{child.case_id}/evaluations", {}).status_code == 404
        path = f"/v1/evaluations/{evaluation['id']}"
        assert neighbor.patch(path, {"parent_input": "x"}, etag='"1"').status_code == 404
        seen = {"observed_on": TODAY, "setting": "Regular classroom"}
        assert neighbor.post(f"{path}/observations", seen).status_code == 404


class TestVersions:
    def test_a_change_names_the_version_it_changes(self, child: Child, evaluation: Json) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        changes = {"parent_input": "He hides his books."}
        assert child.api.patch(path, changes).status_code == 428
        assert child.api.patch(path, changes, etag='"1"').headers["ETag"] == '"2"'
        assert child.api.patch(path, changes, etag='"1"').status_code == 412

    def test_a_dry_run_keeps_nothing(self, child: Child, evaluation: Json) -> None:
        path = f"/v1/evaluations/{evaluation['id']}"
        changes = {"report_completed_on": "2026-10-02"}
        answer = child.api.patch(f"{path}?dry_run=true", changes, etag='"1"')
        assert sent(answer, 200)["result"]["report_completed_on"] == "2026-10-02"
        assert sent(child.api.get(path), 200) == evaluation
