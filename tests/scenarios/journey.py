"""A child's way through a district, over HTTP, told in the words of the law page.

A `Place` is a district in a state with a school calendar; a `Child` goes to school there.
Every act happens on a day (`2025-09-10`): the clock goes on to the morning of it. Acts that must
succeed do so or fail the test; a step answers with an `Outcome`, allowed or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from service.clock import SetClock
from tests.builders import ApiClient
from tests.scenarios.school_calendars import calendar

Json = dict[str, Any]
NewPlace = Callable[..., "Place"]

ZONE = ZoneInfo("America/Chicago")

# The calendars of the law page, B.3.
CAL_A = calendar("cal-a")
CAL_M = calendar("cal-m")

FLUENCY = "Oral reading fluency"

SEVEN_CONTENTS = {
    "action": "What the district proposes or refuses to do.",
    "reason": "Why it does.",
    "basis": "The records, observations and reports it looked at.",
    "safeguards_statement": "You have procedural safeguards; call the office for a copy.",
    "sources_of_help": "The parent centre of the state: help@example.org.",
    "options_considered": "To go on with classroom support alone, and why that was rejected.",
    "other_factors": "There are none.",
}


def sent(answer: TestResponse, *statuses: int) -> Json:
    """The JSON of an answer that has one of these statuses (201 unless said)."""
    assert answer.status_code in (statuses or (201,)), f"{answer.status_code}: {answer.text}"
    body: Json = answer.get_json()
    return body


@dataclass(frozen=True)
class Outcome:
    """What came of a step: the decision, whether it was taken or refused."""

    answer: TestResponse

    @property
    def decision(self) -> Json:
        body: Json = self.answer.get_json()
        found: Json = body.get("decision", body)
        return found

    @property
    def allowed(self) -> bool:
        return self.answer.status_code == 200 and self.decision["allowed"] is True

    def finding(self, rule_id: str) -> Json:
        """What one rule found."""
        return next(f for f in self.decision["findings"] if f["rule_id"] == rule_id)

    def must_be_allowed(self) -> Outcome:
        assert self.allowed, self.answer.text
        assert not [f for f in self.decision["findings"] if f["blocks"]]
        return self

    def must_be_refused_by(self, *rules: str) -> Json:
        """409, blocked by just these rules, each with its law and its cure; the first finding."""
        refused_by(self.answer, *rules)
        return self.finding(rules[0])


def refused_by(answer: TestResponse, *rules: str) -> Json:
    """The problem of an answer that these rules, and no others, refuse with 409."""
    assert answer.status_code == 409, f"{answer.status_code}: {answer.text}"
    assert answer.mimetype == "application/problem+json"
    problem: Json = answer.get_json()
    assert problem["type"] == "/problems/rule-not-met"
    blocking = [f for f in problem["findings"] if f["blocks"]]
    assert sorted(f["rule_id"] for f in blocking) == sorted(rules), answer.text
    for finding in blocking:
        assert finding["answer"] in ("unmet", "unknown")
        assert finding["because"]
        assert finding["remedy"]
        assert all(citation["text"] for citation in finding["citations"])
        assert finding["citations"] or finding["rule_id"] == "LIFECYCLE"
    return problem


@dataclass
class Place:
    """A district as the people of its office see it."""

    api: ApiClient
    clock: SetClock
    id: UUID
    staff: dict[str, str] = field(default_factory=dict)

    def on(self, day: str) -> Place:
        """Go on to the morning of a day. What is of a day gone by is entered late, today."""
        if self.today < day:
            midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE)
            self.clock.set(midnight + timedelta(hours=9))
        else:
            self.clock.advance(timedelta(minutes=1))
        return self

    @property
    def today(self) -> str:
        return self.clock.now().astimezone(ZONE).date().isoformat()

    def keeps(self, *years: Json) -> Place:
        """Enter the district's school years."""
        for year in years:
            sent(self.api.post("/v1/school-calendars", year))
        return self

    def chooses(self, **rules: Json) -> TestResponse:
        """Choose settings of rules (`STATE_PREREFERRAL_INTERVENTION={...}`)."""
        path = f"/v1/districts/{self.id}"
        settings = {"rules": {name.replace("_", "-"): chosen for name, chosen in rules.items()}}
        return self.api.patch(path, {"settings": settings}, etag=self.api.get(path).headers["ETag"])

    def somebody(self, role: str) -> str:
        """The district's staff member of this role; the id."""
        if role not in self.staff:
            made = {"given_name": "Ana", "family_name": role.title(), "roles": [role]}
            self.staff[role] = sent(self.api.post("/v1/staff", made))["id"]
        return self.staff[role]

    def child(self, *, born: str = "2016-05-04", **more: Any) -> Child:
        """A pupil, nine years old in the autumn of 2025 unless said."""
        who = {"given_name": "Sam", "family_name": "Rivers", "birth_date": born, **more}
        return Child(self, sent(self.api.post("/v1/students", who))["id"])


@dataclass
class Child:
    """A pupil, and the case the district has about them."""

    place: Place
    student_id: str | None
    case_id: str = ""

    @property
    def api(self) -> ApiClient:
        return self.place.api

    # What arrives

    def referred(self, on: str, by: str, **more: Any) -> Json:
        """A receipt, dated that day; what the answer says."""
        self.place.on(on)
        body = {"requester": by, "words": "Something is the matter.", "received_on": on, **more}
        if self.student_id is not None:
            body["student_id"] = self.student_id
        receipt = sent(self.api.post("/v1/referrals", body))
        assert receipt["received_on"] == on
        self.case_id = receipt["case_id"]
        return receipt

    def parent_asks(self, on: str, **more: Any) -> Json:
        return self.referred(on, "parent", **more)

    def teacher_refers(self, on: str, **more: Any) -> Json:
        teacher = self.place.somebody("teacher")
        return self.referred(on, "staff", requester_staff_id=teacher, **more)

    def document(self, on: str, kind: str, title: str, **more: Any) -> Json:
        """A document arrives from the parent."""
        self.place.on(on)
        body = {
            "student_id": self.student_id,
            "kind": kind,
            "title": title,
            "provided_by": "parent",
            "received_on": on,
        }
        return sent(self.api.post("/v1/source-documents", body | more))

    def contact(self, on: str, **more: Any) -> Json:
        """Somebody talks with the parent."""
        self.place.on(on)
        body = {"student_id": self.student_id, "occurred_on": on, "mode": "phone", **more}
        return sent(self.api.post("/v1/contacts", body))

    # Help in the classroom

    def helped(self, first: str, last: str, **more: Any) -> Json:
        """Support from one day to another, documented in every respect."""
        self.place.on(last)
        body = {
            "student_id": self.student_id,
            "title": "Small-group reading",
            "concern": "Reads 31 words a minute; the class reads 70.",
            "baseline": "31 words correct per minute",
            "goal": "60 words correct per minute",
            "started_on": first,
            "ended_on": last,
            "fidelity_percent": 92,
            "outcome": "inadequate_progress",
            **more,
        }
        made = sent(self.api.post("/v1/interventions", body))
        at = f"/v1/interventions/{made['id']}"
        for day in (first, last):
            sent(self.api.post(f"{at}/sessions", {"held_on": day, "minutes": 30}))
            self.measured(made, day, 33)
        return sent(self.api.get(at), 200)

    def helped_toward(self, since: str, baseline: float, goal: float, by: str) -> Json:
        """Support that goes on, with a goal in words a minute; nothing measured yet."""
        self.place.on(since)
        body = {
            "student_id": self.student_id,
            "title": "Small-group reading",
            "area": "reading",
            "started_on": since,
            "goal_measure": FLUENCY,
            "baseline_value": baseline,
            "goal_value": goal,
            "goal_on": by,
        }
        return sent(self.api.post("/v1/interventions", body))

    def measured(self, intervention: Json, on: str, value: float) -> Json:
        self.place.on(on)
        point = {"measured_on": on, "measure": FLUENCY, "value": value}
        at = f"/v1/interventions/{intervention['id']}/progress-measures"
        return sent(self.api.post(at, point))

    # Notices and consent

    def notice(self, kind: str = "prior_written_notice", **more: Any) -> Json:
        """A drafted notice; a prior written one with its seven contents."""
        body: Json = {"kind": kind, "language": "en", **more}
        if kind == "prior_written_notice":
            body.setdefault("contents", SEVEN_CONTENTS)
        return sent(self.api.post(f"/v1/cases/{self.case_id}/notices", body))

    def issue(self, notice: Json, on: str) -> Outcome:
        self.place.on(on)
        return Outcome(self.api.post(f"/v1/notices/{notice['id']}/steps/issue", {"issued_on": on}))

    def given(self, on: str, kind: str = "prior_written_notice", **more: Any) -> None:
        """The parent is given a notice."""
        self.place.on(on)
        self.issue(self.notice(kind, **more), on).must_be_allowed()

    def told_of_evaluation(self, on: str, decision: str = "propose") -> None:
        """Prior written notice about the evaluation, with the procedural safeguards."""
        self.given(on, decision=decision, concerning="evaluation")
        self.given(on, "procedural_safeguards")

    def asked_for_consent(self, on: str, **more: Any) -> Json:
        """Consent to evaluate is asked for."""
        self.place.on(on)
        body = {
            "purpose": "initial_evaluation",
            "requested_on": on,
            "activity": "Tests of reading, language and attention at school.",
            "language": "en",
            **more,
        }
        return sent(self.api.post(f"/v1/cases/{self.case_id}/consents", body))

    def consents(self, on: str, asked: Json | None = None, **more: Any) -> Json:
        """The agency receives the parent's signed consent; signed that day unless said."""
        self.place.on(on)
        answer = {
            "answer": "granted",
            "form": "written",
            "signed_by": "Dana Rivers",
            "signed_on": on,
            "received_on": on,
            **more,
        }
        if asked is None:
            return self.asked_for_consent(on, requested_on=None, **answer)
        return self.patched(f"/v1/consents/{asked['id']}", answer)

    def ordered(self, on: str, stands_in: str = "hearing_order") -> Json:
        """What takes the place of the parent's consent to evaluate arrives."""
        self.place.on(on)
        if stands_in in ("hearing_order", "mediation_agreement"):
            self.disputed(on, about="consent_to_evaluate", ended_on=on, outcome=stands_in)
        body = {
            "purpose": "initial_evaluation",
            "stands_in": stands_in,
            "answer": "granted",
            "received_on": on,
        }
        return sent(self.api.post(f"/v1/cases/{self.case_id}/consents", body))

    def disputed(self, on: str, **more: Any) -> Json:
        """A due process complaint of the district, filed that day unless said."""
        self.place.on(on)
        body = {
            "student_id": self.student_id,
            "kind": "due_process_complaint",
            "filed_by": "district",
            "about": "evaluation",
            "filed_on": on,
            **more,
        }
        return sent(self.api.post("/v1/disputes", body))

    def proposed(self, on: str) -> Json:
        """The district proposes to evaluate: both notices, and consent asked for."""
        self.told_of_evaluation(on)
        asked = self.asked_for_consent(on)
        self.step(on, "propose-evaluation").must_be_allowed()
        return asked

    def evaluated_from(self, consent: str, *, proposed: str | None = None) -> Child:
        """Asked for by the parent, proposed, consented to, and begun the day of consent."""
        proposed = proposed or consent
        self.parent_asks(proposed)
        self.consents(consent, self.proposed(proposed))
        self.step(consent, "start-evaluation").must_be_allowed()
        return self

    # The evaluation and what is determined

    def evaluation(self, on: str, **more: Any) -> Json:
        self.place.on(on)
        return sent(self.api.post(f"/v1/cases/{self.case_id}/evaluations", more))

    def assessment(self, evaluation: Json, on: str, *areas: str, **more: Any) -> Json:
        self.place.on(on)
        body = {
            "title": "Reading measures",
            "areas": list(areas) or ["reading"],
            "source_kind": "achievement_test",
            "conducted_on": on,
            "assessor_staff_id": self.place.somebody("school_psychologist"),
            "credential": "NCSP",
            "language": "en",
            **more,
        }
        return sent(self.api.post(f"/v1/evaluations/{evaluation['id']}/assessments", body))

    def observation(self, evaluation: Json, on: str, **more: Any) -> Json:
        """Somebody watches the child in the classroom; what is of a day gone by is entered late."""
        self.place.on(on)
        body = {"observed_on": on, "setting": "Classroom", **more}
        return sent(self.api.post(f"/v1/evaluations/{evaluation['id']}/observations", body))

    def determination(self, on: str, **body: Any) -> Json:
        """A drafted determination; see `idea` and `section_504`."""
        self.place.on(on)
        at = f"/v1/cases/{self.case_id}/eligibility-determinations"
        return sent(self.api.post(at, {"decided_on": on} | body))

    def finalize(self, determination: Json) -> Outcome:
        """Somebody of the agency makes it final."""
        at = f"/v1/eligibility-determinations/{determination['id']}/steps/finalize"
        by = {"Childfind-Acting-Staff": self.place.somebody("lea_representative")}
        return Outcome(self.api.post(at, {}, headers=by))

    def idea(self, on: str, **more: Any) -> Json:
        """A whole draft of a finding of eligible under IDEA; `more` changes it."""
        return self.determination(on, **(self._group() | IDEA_ELIGIBLE | more))

    def sld(self, on: str, observed: Json | None = None, **more: Any) -> Json:
        """A whole draft of a finding of a specific learning disability; `more` changes it."""
        sld = SLD | {"observation_id": observed and observed["id"]} | more.pop("sld", {})
        return self.idea(
            on,
            **{"category": "SLD", "rationale": "Reads far below grade level.", "sld": sld, **more},
        )

    def section_504(self, on: str, **more: Any) -> Json:
        """A whole draft of a finding of eligible under Section 504; `more` changes it."""
        return self.determination(on, **(self._group() | SECTION_504_ELIGIBLE | more))

    def _group(self) -> Json:
        people = [
            {"role": role, "staff_id": self.place.somebody(role), "agrees": True}
            for role in ("school_psychologist", "special_educator", "teacher")
        ]
        parent = {"role": "parent", "name": "Dana Rivers", "agrees": True}
        return {"group": [*people, parent], "parent_participated": True}

    # Where it stands

    def step(self, on: str, name: str, **details: Any) -> Outcome:
        """Take a step of the case that day."""
        assert self.place.on(on).today == on, "a step is taken today"
        return Outcome(self.api.post(f"/v1/cases/{self.case_id}/steps/{name}", details))

    def explain(self, name: str) -> Outcome:
        """What a step would find now."""
        return Outcome(self.api.get(f"/v1/cases/{self.case_id}/steps/{name}"))

    def case(self, **query: str) -> Json:
        return sent(self.api.get(f"/v1/cases/{self.case_id}", query_string=query), 200)

    @property
    def status(self) -> str:
        status: str = self.case()["status"]
        return status

    def change_case(self, **changes: Any) -> Json:
        return self.patched(f"/v1/cases/{self.case_id}", changes)

    def absent(self, *days: str) -> None:
        """The school days that the child missed since consent."""
        self.change_case(absences=list(days))

    def patched(self, path: str, changes: Mapping[str, Any]) -> Json:
        etag = self.api.get(path).headers["ETag"]
        return sent(self.api.patch(path, dict(changes), etag=etag), 200)

    def deadlines(self, *terms: str) -> list[Json]:
        """The case's deadlines, of these terms or all."""
        query = {"case_id": self.case_id, "limit": 500}
        items: Iterable[Json] = sent(self.api.get("/v1/deadlines", query_string=query), 200)[
            "items"
        ]
        return [item for item in items if not terms or item["term"] in terms]

    def deadline(self, term: str) -> Json:
        """The case's one deadline of this term."""
        (found,) = self.deadlines(term)
        return found

    def due(self, term: str) -> str | None:
        due_on: str | None = self.deadline(term)["due_on"]
        return due_on

    @property
    def owes(self) -> set[str]:
        """The terms of what is not done yet."""
        return {d["term"] for d in self.deadlines() if d["state"] in ("open", "running")}


SOURCES: Sequence[Json] = (
    {"kind": "achievement_test", "considered": "Reads at the 4th percentile."},
    {"kind": "parent_input", "considered": "Homework takes two hours and ends in tears."},
    {"kind": "teacher_recommendation", "considered": "Cannot follow the text in class."},
)

NEED = {
    "area": "reading fluency",
    "intervention_gave": "Two words a week gained, a third of what the goal asks.",
    "evidence": ["Oral reading fluency, twelve weeks"],
    "why_specially_designed": "Instruction has to be taken apart and paced for this student.",
}

NO_DETERMINANT = {"reading": False, "math": False, "limited_english": False}

IDEA_ELIGIBLE: Json = {
    "framework": "idea",
    "outcome": "eligible",
    "disability_present": True,
    "category": "OHI",
    "needs_special_education": True,
    "related_service_only": False,
    "sources": list(SOURCES),
    "needs": [NEED],
    "determinants": NO_DETERMINANT,
}

SLD: Json = {
    "methods": ["response_to_intervention"],
    "areas": ["basic_reading_skill", "reading_fluency"],
    "insufficient_progress": True,
    "exclusions": {
        factor: {"finding": "absent"}
        for factor in (
            "visual_hearing_motor",
            "intellectual_disability",
            "emotional_disturbance",
            "cultural_factors",
            "environmental_or_economic_disadvantage",
            "limited_english_proficiency",
        )
    },
    "appropriate_instruction": True,
    "instruction": "The core programme all of last year, taught by a certified teacher.",
    "assessments": [
        {"assessed_on": day, "measure": "Oral reading fluency", "result": f"{words} words"}
        for day, words in (("2025-08-25", 31), ("2025-09-08", 33), ("2025-10-06", 34))
    ],
    "assessments_shared_on": "2025-10-07",
    "relevant_behavior": "Guesses words from their first letter and loses the thread of a page.",
    "medical_findings": "There are none.",
    "assurance": True,
    "response": {
        "strategies_and_data": "Explicit phonics five times a week; a fluency measure each week.",
        "told_of_data_and_services_on": "2025-08-25",
        "told_of_strategies_on": "2025-08-25",
        "told_of_right_to_evaluation_on": "2025-08-25",
    },
}
"""The particulars of a specific learning disability, but for the observation."""

SECTION_504_ELIGIBLE: Json = {
    "framework": "section_504",
    "outcome": "eligible",
    "impairment": "Asthma",
    "major_life_activities": ["breathing"],
    "substantially_limits": True,
    "sources": list(SOURCES),
}
