"""Ed-Fi: the exact shapes of the standard, told stories, and what is told instead of invented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from string import ascii_letters, ascii_lowercase
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.exports.edfi import shapes, stream
from service.exports.edfi.codes import crosswalk, disability, exit_reason
from service.exports.edfi.records import Records
from service.policies import Policies
from service.storage.cases import Case
from service.storage.database import Database
from service.storage.determinations import EligibilityDetermination
from service.storage.notices import Consent
from service.storage.plans import END_REASONS, Plan
from tests.builders import ApiClient, a_client, a_token
from tests.exports.edfi_shapes import SHAPES, Json, key_of
from tests.scenarios.journey import Child, NewPlace, Place, sent
from tests.scenarios.plans import (
    ACCOMMODATIONS,
    drafted,
    in_effect,
    served,
    step,
    version,
)

SSEPA = "studentSpecialEducationProgramAssociations"
ELIGIBILITY = "studentSpecialEducationProgramEligibilityAssociations"
S504 = "studentSection504ProgramAssociations"
TAKES_PART = "studentInterventionAssociations"
HERE = {"education_organization_id": 255901}
HOW = {**HERE, "delivery_method": "Small Group", "namespace": "uri://district.example"}

DISABILITIES = {
    "Autism Spectrum Disorders", "Deaf-Blindness", "Hearing Impairment, including Deafness",
    "Intellectual Disability", "Multiple Disabilities", "Orthopedic Impairment",
    "Other Health Impairment", "Serious Emotional Disability", "Speech or Language Impairment",
    "Specific Learning Disability", "Traumatic Brain Injury",
    "Visual Impairment, including Blindness",
}  # fmt: skip
EXIT_REASONS = {
    "Transferred out", "Graduated with Diploma", "Graduated with Certificate",
    "Reached the age limit", "No longer eligible for Special Education", "Dropped out", "Other",
}  # fmt: skip
"""Of the standard's own lists: what may come out."""


def exported(
    place: Place, resource: str, version: str = "5.2", how: Mapping[str, Any] = HOW
) -> list[Json]:
    """What is exported of one kind, each in its shape and with a key of its own."""
    path = f"/v1/exports/ed-fi/{version}/{resource}"
    answer = place.api.get(path, query_string=how)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.get_json()
    check = Draft202012Validator(
        SHAPES[version][resource], format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    for one in found:
        faults = [error.message for error in check.iter_errors(one)]
        assert not faults, (resource, one, faults)
    assert len({key_of(resource, one) for one in found}) == len(found)
    lines = place.api.get(path, query_string=how, headers={"Accept": "application/x-ndjson"})
    assert lines.mimetype == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == found
    return found


def omitted(place: Place, version: str = "5.2", how: Mapping[str, Any] = HOW) -> list[Json]:
    answer = sent(place.api.get(f"/v1/exports/ed-fi/{version}/omissions", query_string=how), 200)
    assert answer["complete"] is True
    items: list[Json] = answer["items"]
    return items


@pytest.fixture
def place(district_in: NewPlace) -> Place:
    return district_in()


@pytest.fixture
def child(place: Place) -> Child:
    """A child with a number of the state's."""
    return place.child(identifiers=[{"system": "state_id", "value": "604822"}])


@pytest.fixture
def plan(child: Child) -> Json:
    """Found eligible on 2025-11-14, an IEP of 2025-12-05 in effect since 2025-12-15."""
    child.evaluated_from("2025-09-15")
    return served(child, "2025-11-14", "2025-12-05", "2025-12-15")


PROGRAM = {
    "educationOrganizationId": 255901,
    "programName": "Special Education",
    "programTypeDescriptor": "uri://ed-fi.org/ProgramTypeDescriptor#Special Education",
}
WHOSE = {
    "studentReference": {"studentUniqueId": "604822"},
    "educationOrganizationReference": {"educationOrganizationId": 255901},
}


class TestSpecialEducation:
    def test_is_a_student_who_is_served(self, place: Place, child: Child, plan: Json) -> None:
        (one,) = exported(place, SSEPA)
        (line,) = one.pop("disabilities")
        assert one == {
            **WHOSE,
            "programReference": PROGRAM,
            "beginDate": "2025-12-15",
            "ideaEligibility": True,
            "iepBeginDate": "2025-12-15",
            "iepReviewDate": "2025-12-05",
            "lastEvaluationDate": "2025-11-14",
        }
        assert line["disabilityDescriptor"].partition("#")[2] in DISABILITIES

    def test_6_1_has_the_days_that_are_due(self, place: Place, child: Child, plan: Json) -> None:
        (one,) = exported(place, SSEPA, "6.1")
        current = sent(place.api.get(f"/v1/plans/{plan['id']}"), 200)
        assert one["iepReviewDueDate"] == current["next_review_on"]
        assert (one["iepLastReviewDate"], one["iepLastEvaluationDate"]) == (
            "2025-12-05",
            "2025-11-14",
        )

    def test_an_amendment_changes_it_and_makes_no_second(
        self, place: Place, child: Child, plan: Json
    ) -> None:
        later = version(child, plan, "2026-02-02", agreed_without_meeting_on="2026-02-02")
        in_effect(child, later, "2026-02-09")
        (one,) = exported(place, SSEPA)
        assert (one["beginDate"], one["iepBeginDate"]) == ("2025-12-15", "2026-02-09")
        ieps = exported(place, "studentIEPs", "6.1")
        assert [iep["iepStatusDescriptor"].partition("#")[2] for iep in ieps] == [
            "Inactive",
            "Active",
        ]
        assert ieps[1]["iepAmendedDate"] == "2026-02-09"

    @pytest.mark.parametrize(
        ("reason", "left", "exited"),
        [
            ("moved", "Transferred out", "Transferred to another district or school"),
            ("dropped_out", "Dropped out", "Discontinued schooling"),
        ],
    )
    def test_says_how_a_student_left(
        self, place: Place, child: Child, plan: Json, reason: str, left: str, exited: str
    ) -> None:
        step(child, plan, "2026-02-02", "end", reason_code=reason).must_be_allowed()
        found = exported(place, SSEPA)
        assert found[0]["endDate"] == found[0]["specialEducationExitDate"] == "2026-02-02"
        assert found[0]["specialEducationExitReasonDescriptor"].endswith(f"#{left}")
        assert found[0]["reasonExitedDescriptor"].endswith(f"#{exited}")

    def test_a_category_without_a_descriptor_is_told(self, place: Place) -> None:
        child = place.child(
            born="2020-03-01", identifiers=[{"system": "state_id", "value": "604823"}]
        )
        setup = shapes.Setup(version="5.2", organization=1, federal=lambda *_: "DD")
        decided = _Decided()
        made = shapes._disabilities(SSEPA, UUID(child.student_id), decided, decided, setup)
        (omission,) = made
        assert (omission.code, omission.record_id) == ("no_descriptor", decided.id)


class _Decided:
    id = UUID(int=7)
    category, outcome, decided_on = "DD", "eligible", date(2026, 1, 5)


class TestEligibility:
    def test_a_referral_without_consent_is_told_and_not_invented(
        self, place: Place, child: Child
    ) -> None:
        child.parent_asks("2025-09-10")
        assert exported(place, ELIGIBILITY) == []
        (one,) = omitted(place)
        assert (one["resource"], one["code"]) == (ELIGIBILITY, "no_consent")
        assert (one["record_type"], one["record_id"]) == ("cases", child.case_id)
        assert one["student_id"] == child.student_id

    def test_begins_with_consent(self, place: Place, child: Child) -> None:
        child.evaluated_from("2025-09-15")
        (one,) = exported(place, ELIGIBILITY)
        assert one["consentToEvaluationReceivedDate"] == "2025-09-15"
        assert one["evaluationCompleteIndicator"] is False
        assert "ideaIndicator" not in one
        assert omitted(place) == []

    def test_ends_with_the_decision(self, place: Place, child: Child, plan: Json) -> None:
        (one,) = exported(place, ELIGIBILITY)
        assert one["programReference"] == PROGRAM
        assert one["ideaPartDescriptor"] == "uri://ed-fi.org/IDEAPartDescriptor#IDEA Part B"
        assert one["eligibilityEvaluationTypeDescriptor"].endswith("#Initial Evaluation")
        assert (one["evaluationCompleteIndicator"], one["ideaIndicator"]) == (True, True)
        assert one["eligibilityEvaluationDate"] == "2025-11-14"
        assert one["eligibilityDeterminationDate"] == "2025-11-14"


class TestSection504:
    @pytest.fixture
    def child(self, place: Place) -> Child:
        """A child whose case is under Section 504 alone."""
        child = place.child(identifiers=[{"system": "state_id", "value": "604822"}])
        child.parent_asks("2025-09-10", frameworks=["section_504"])
        return child

    def found(self, child: Child, **more: Any) -> None:
        child.finalize(child.section_504("2025-10-06", **more)).must_be_allowed()

    def test_a_finding_is_a_record_and_its_impairment_stays_ours(
        self, place: Place, child: Child
    ) -> None:
        self.found(child)
        (one,) = exported(place, S504)
        assert one["section504Eligibility"] is True
        assert (one["accommodationPlan"], one["beginDate"]) == (False, "2025-10-06")
        assert one["section504EligibilityDecisionDate"] == "2025-10-06"
        assert [told["code"] for told in omitted(place)] == ["impairment_in_words"]

    def test_not_eligible_is_said_and_has_no_impairment(self, place: Place, child: Child) -> None:
        self.found(child, outcome="not_eligible", substantially_limits=False)
        (one,) = exported(place, S504)
        assert one["section504Eligibility"] is False
        assert omitted(place) == []

    def test_a_case_that_is_not_decided_is_none(self, place: Place, child: Child) -> None:
        child.section_504("2025-10-06")
        assert exported(place, S504) == omitted(place) == []

    def test_a_plan_is_the_day_it_begins(self, place: Place, child: Child) -> None:
        self.found(child)
        child.given("2025-10-07", "section_504_rights")
        made = drafted(child, "2025-10-07", "section_504", **ACCOMMODATIONS)
        in_effect(child, made, "2025-10-08")
        (one,) = exported(place, S504)
        assert (one["accommodationPlan"], one["beginDate"]) == (True, "2025-10-08")

    def test_nothing_of_it_is_said_under_idea(self, place: Place, child: Child) -> None:
        self.found(child)
        assert exported(place, ELIGIBILITY) == exported(place, SSEPA) == []


class TestInterventions:
    def test_are_apart_from_who_is_in_them(self, place: Place, child: Child) -> None:
        other = place.child(identifiers=[{"system": "state_id", "value": "604823"}])
        for each in (child, other):
            each.helped("2025-08-20", "2025-09-05", planned_minutes_per_week=90)
        (one,) = exported(place, "interventions")
        assert one["interventionIdentificationCode"] == "255901-small-group-reading-2025-08-20"
        assert (one["beginDate"], one["endDate"]) == ("2025-08-20", "2025-09-05")
        assert one["deliveryMethodDescriptor"].endswith("#Small Group")
        students = exported(place, TAKES_PART)
        assert {s["studentReference"]["studentUniqueId"] for s in students} == {"604822", "604823"}
        for student in students:
            reference = student["interventionReference"]
            assert (
                reference["interventionIdentificationCode"] == one["interventionIdentificationCode"]
            )
            assert student["dosage"] == 90

    def test_how_they_are_delivered_is_not_guessed(self, place: Place, child: Child) -> None:
        child.helped("2025-08-20", "2025-09-05")
        assert exported(place, "interventions", how=HERE) == []
        assert exported(place, TAKES_PART, how=HERE) == []
        assert [told["code"] for told in omitted(place, how=HERE)] == ["no_delivery_method"]

    def test_a_long_title_is_cut_to_what_ed_fi_takes(self, place: Place, child: Child) -> None:
        for end in ("with a tutor", "in a group of four"):
            title = f"Small-group reading with decodable texts four times a week {end}"
            child.helped("2025-08-20", "2025-09-05", title=title)
        codes = {one["interventionIdentificationCode"] for one in exported(place, "interventions")}
        assert {len(code) for code in codes} == {60}
        assert len(codes) == 2, "titles that begin alike stay apart"
        taken = {
            one["interventionReference"]["interventionIdentificationCode"]
            for one in exported(place, TAKES_PART)
        }
        assert taken == codes

    def test_twice_in_the_same_is_told(self, place: Place, child: Child) -> None:
        child.helped("2025-08-20", "2025-09-05")
        child.helped("2025-08-20", "2025-09-05")
        assert len(exported(place, TAKES_PART)) == 1
        assert [told["code"] for told in omitted(place)] == ["same_key"]

    @given(
        st.text(max_size=300) | st.text(ascii_letters, min_size=60, max_size=300),
        st.dates(date(1900, 1, 1)),
        st.integers(1, 2**63 - 1),
    )
    def test_a_code_is_short_and_the_same_each_time(
        self, title: str, day: date, organization: int
    ) -> None:
        setup = shapes.Setup(version="5.2", organization=organization, federal=lambda *_: None)
        code = shapes.intervention_code(setup, title, day)
        assert len(code) <= 60
        assert code.strip() == code
        assert code == shapes.intervention_code(setup, title, day)
        assert str(day) in code
        assert str(organization) in code

    @given(
        st.text(ascii_lowercase, min_size=60, max_size=300),
        st.text(ascii_lowercase, min_size=1, max_size=9),
        st.integers(1, 2**63 - 1),
    )
    def test_long_titles_that_begin_alike_have_codes_of_their_own(
        self, title: str, more: str, organization: int
    ) -> None:
        setup = shapes.Setup(version="5.2", organization=organization, federal=lambda *_: None)
        day = date(2025, 8, 20)
        assert shapes.intervention_code(setup, title, day) != shapes.intervention_code(
            setup, title + more, day
        )


def kinds(events: list[Json]) -> list[str]:
    return [one["ideaEventTypeDescriptor"].partition("#")[2] for one in events]


class TestEarlyAccess:
    def test_events_are_what_happened(self, place: Place, child: Child, plan: Json) -> None:
        found = exported(place, "ideaEvents", "6.1")
        told = {one["ideaEventTypeDescriptor"].partition("#")[2]: one["beginDate"] for one in found}
        assert told == {
            "Referral": "2025-09-15",
            "Parental Consent for Evaluation Given": "2025-09-15",
            "Evaluation Complete": "2025-11-14",
            "Specific Disability Eligibility Determination": "2025-11-14",
            "Parental Consent for Implementing IEP Given": told[
                "Parental Consent for Implementing IEP Given"
            ],
            "Service Begins": "2025-12-15",
        }
        (referral,) = (one for one in found if one["ideaEventTypeDescriptor"].endswith("#Referral"))
        assert referral["ideaEventTypeDescriptor"].startswith("uri://district.example/")

    def test_what_is_asked_or_begun_has_not_happened(self, place: Place, child: Child) -> None:
        child.parent_asks("2025-09-10")
        child.told_of_evaluation("2025-09-11")
        asked = child.asked_for_consent("2025-09-11")
        assert kinds(exported(place, "ideaEvents", "6.1")) == ["Referral"]
        child.consents("2025-09-15", asked)
        child.evaluation("2025-09-16", report_completed_on=None)
        child.idea("2025-11-14")
        assert kinds(exported(place, "ideaEvents", "6.1")) == [
            "Referral",
            "Parental Consent for Evaluation Given",
        ]

    def test_a_refusal_of_the_evaluation_has_no_word_in_ed_fi(
        self, place: Place, child: Child
    ) -> None:
        child.parent_asks("2025-09-10")
        child.told_of_evaluation("2025-09-11")
        child.consents("2025-09-15", answer="refused")
        assert kinds(exported(place, "ideaEvents", "6.1")) == ["Referral"]

    def test_without_a_namespace_a_referral_is_told(self, place: Place, child: Child) -> None:
        child.parent_asks("2025-09-10")
        assert exported(place, "ideaEvents", "6.1", HERE) == []
        codes = {(told["resource"], told["code"]) for told in omitted(place, "6.1", HERE)}
        assert ("ideaEvents", "no_descriptor") in codes

    def test_5_2_has_none_of_them(self, place: Place) -> None:
        for resource in ("ideaEvents", "studentIEPs"):
            answer = place.api.get(f"/v1/exports/ed-fi/5.2/{resource}", query_string=HERE)
            assert answer.status_code == 404


class TestStudents:
    def test_without_a_number_are_told(self, place: Place) -> None:
        child = place.child(identifiers=[{"system": "local_id", "value": "88"}])
        child.evaluated_from("2025-09-15")
        assert exported(place, ELIGIBILITY) == []
        (told,) = omitted(place)
        assert (told["code"], told["record_id"]) == ("no_student_unique_id", child.student_id)
        (one,) = exported(place, ELIGIBILITY, how={**HERE, "student_identifier": "local_id"})
        assert one["studentReference"] == {"studentUniqueId": "88"}

    def test_of_another_district_are_not_there(
        self, place: Place, plan: Json, district_in: NewPlace
    ) -> None:
        other = district_in()
        for resource in SHAPES["6.1"]:
            assert exported(other, resource, "6.1") == []

    @pytest.mark.parametrize("batch", [1, 2, 500])
    def test_are_there_once_however_it_is_cut(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, batch: int
    ) -> None:
        monkeypatch.setattr(stream, "BATCH", batch)
        for number in ("1", "2", "3"):
            child = place.child(identifiers=[{"system": "state_id", "value": number}])
            child.helped("2025-08-20", "2025-09-05")
        found = exported(place, TAKES_PART)
        assert [one["studentReference"]["studentUniqueId"] for one in found] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({}, "education_organization_id"),
        ({"education_organization_id": "Grand Bend"}, "education_organization_id"),
        ({**HERE, "namespace": "district.example"}, "namespace"),
        ({**HERE, "delivery_method": "By mail"}, "delivery_method"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    place: Place, wrong: Mapping[str, Any], parameter: str
) -> None:
    answer = place.api.get(f"/v1/exports/ed-fi/5.2/{SSEPA}", query_string=wrong)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.get_json()["errors"]] == [parameter]


def test_it_takes_its_own_scope(place: Place, app: Flask, store: Database) -> None:
    client = a_client(store, place.id, scopes=["students:read", "cases:read", "plans:read"])
    api = ApiClient(app.test_client(), a_token(app, client))
    assert api.get(f"/v1/exports/ed-fi/5.2/{SSEPA}", query_string=HERE).status_code == 403


class TestWhatHistoriesBring:
    """Records that only an import of earlier years makes: told, for Ed-Fi has no place for them."""

    STUDENT, CASES, PLANS = UUID(int=1), (UUID(int=2), UUID(int=3)), (UUID(int=4), UUID(int=5))
    SETUP = shapes.Setup(version="6.1", organization=255901, federal=lambda *_: "SLD")

    def records(self, **more: Any) -> Records:
        nothing: dict[str, Any] = {
            "cases": {}, "plans": {}, "interventions": {}, "referrals": {}, "consents": {},
            "evaluations": {}, "determinations": {},
        }  # fmt: skip
        return Records(ids=[self.STUDENT], numbers={self.STUDENT: "604822"}, **(nothing | more))

    def told(self, resource: str, records: Records) -> tuple[list[Json], list[tuple[str, UUID]]]:
        """What comes out, and the code and record of what is told instead."""
        made = list(shapes.resources(resource, records, self.SETUP))
        told = [(one.code, one.record_id) for one in made if isinstance(one, shapes.Omission)]
        return [one for one in made if not isinstance(one, shapes.Omission)], told

    def cases(self, framework: str) -> dict[UUID, list[Case]]:
        return {
            self.STUDENT: [
                Case(id=id, frameworks=[framework], path="initial", joined_to_case_id=None)
                for id in self.CASES
            ]
        }

    def plans(self, **more: Any) -> dict[UUID, list[Plan]]:
        since = date(2024, 9, 3)
        return {
            self.STUDENT: [
                Plan(
                    id=id,
                    original_id=id,
                    kind="iep",
                    in_effect_on=since,
                    status="in_effect",
                    **more,
                )
                for id in self.PLANS
            ]
        }

    def test_plans_that_began_on_one_day_share_a_key(self) -> None:
        made, told = self.told(SSEPA, self.records(plans=self.plans()))
        assert [one["beginDate"] for one in made] == ["2024-09-03"]
        assert "disabilities" not in made[0], "no determination is on record"
        assert told == [("same_key", self.PLANS[1])]

    def test_an_iep_without_an_end_or_a_review_is_none(self) -> None:
        made, told = self.told("studentIEPs", self.records(plans=self.plans()))
        assert (made, told) == ([], [("no_end", id) for id in self.PLANS])

    def test_cases_with_consent_on_one_day_share_a_key(self) -> None:
        consents = {
            id: [
                Consent(
                    purpose="initial_evaluation", answer="granted", received_on=date(2024, 9, 3)
                )
            ]
            for id in self.CASES
        }
        records = self.records(cases=self.cases("idea"), consents=consents)
        made, told = self.told(ELIGIBILITY, records)
        assert len(made) == 1
        assert told == [("same_key", self.CASES[1])]

    def test_cases_under_section_504_that_began_on_one_day_share_a_key(self) -> None:
        decided = {
            id: [
                EligibilityDetermination(
                    id=id, framework="section_504", status="final", outcome="not_eligible",
                    decided_on=date(2024, 9, 3),
                )
            ]
            for id in self.CASES
        }  # fmt: skip
        records = self.records(cases=self.cases("section_504"), determinations=decided)
        made, told = self.told(S504, records)
        assert len(made) == 1
        assert told == [("same_key", self.CASES[1])]


class TestCrosswalks:
    def test_every_federal_category_is_there(self, policies: Policies) -> None:
        known = crosswalk("disabilities")["codes"]
        federal = {
            dated.value.federal_code
            for jurisdiction in ("us", *policies.packs)
            for category in policies.policy_for(jurisdiction).categories.values()
            for dated in category
        }
        assert {code for code in federal if code} <= known.keys()

    def test_every_way_out_is_there(self) -> None:
        assert crosswalk("exit_reasons")["codes"].keys() == set(END_REASONS)

    def test_says_only_what_the_standard_has(self) -> None:
        said = {disability(code) for code in crosswalk("disabilities")["codes"]} - {None}
        assert {str(one).partition("#")[2] for one in said} <= DISABILITIES
        assert disability("DD") is None
        for reason in END_REASONS:
            left = exit_reason(reason)["specialEducationExitReasonDescriptor"]
            assert left.partition("#")[2] in EXIT_REASONS

    @pytest.mark.parametrize("name", ["disabilities", "exit_reasons"])
    def test_names_its_sources(self, name: str) -> None:
        assert all(crosswalk(name)["sources"])


def test_revoked_consent_is_a_withdrawal_by_the_parent() -> None:
    assert exit_reason("consent_revoked")["reasonExitedDescriptor"].endswith(
        "#Withdrawal by a parent (or guardian)"
    )
