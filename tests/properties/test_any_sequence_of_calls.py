"""Random sequences of calls never reach an unlawful state and never a server error.

A sequence begins somewhere on the way from a concern to a plan in effect and goes on with whatever
anybody may send. Before each step is taken it is explained and tried dry: neither changes a row,
and both say what the real step then does. What the law asks of a step that was taken is in
`tests.properties.lawful`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from service.clock import SetClock
from service.domain.lifecycles import CASE, INDEPENDENT_EVALUATION_REQUEST, PLAN
from service.policies import Policies
from service.storage import Base
from service.storage.cases import Case, DeadlineRow
from service.storage.database import Database
from service.storage.facts import cases_facts
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import deadlines
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.depth import DEPTH
from tests.properties.lawful import FEDERAL_DAYS, LATE, LAWS, PARENTS, Record
from tests.scenarios.journey import CAL_A, SEVEN_CONTENTS, ZONE, Json, Place, sent
from tests.scenarios.plans import ACCOMMODATIONS, CONTENT, found_eligible, served, team
from tests.store import Store

STEPS = 160
"""Steps on each database; `tests.depth` tells how to try many more."""

IN_A_ROW = 14
"""Steps of one sequence, after its beginning."""

BEGIN = datetime(2025, 10, 14, 9, tzinfo=ZONE)
BEGUN = "2025-10-14"

NOT_FACTS = frozenset({"refused_access", "idempotency_keys", "alembic_version"})
"""Access logs and stored answers: what a look may leave behind."""

ORDER: Json = {
    "rule_id": "IDEA-CONSENT-REFUSED-EVAL",
    "reason": "He cannot read at ten, and talking with the family has come to nothing.",
    "authority": "Order of hearing officer L. Brandt",
}

DETAILS: dict[str, Sequence[Json]] = {
    "request-evaluation": [{}, {"suspicion": {"statement": "I suspect a reading disability."}}],
    "close": [
        {"reason_code": code, "reason": "So."}
        for code in ("no_suspected_disability", "mtss_incomplete", "parent_refused", "because")
    ],
    "decline": [
        {"reason_code": code, "reason": "So."}
        for code in ("no_suspected_disability", "interventions_incomplete", "home_schooled")
    ],
    "withdraw": [
        {"withdrawn_by": who, "reason": "They changed their mind."} for who in ("parent", "staff")
    ],
    "transfer-out": [
        {"destination": where, "last_enrolled_on": BEGUN, "told_by": "The registrar.", **more}
        for where in ("public_agency", "another_state", "unknown", "private_school")
        for more in ({}, {"receiving_agency": "Elm", "enrolled_elsewhere_on": BEGUN})
    ],
    "start-evaluation": [{}, {"overrides": [ORDER]}],
    "seek-override": [{"purpose": "initial_evaluation"}, {"purpose": "reevaluation"}],
    "extend-evaluation": [
        {"agreed_on": BEGUN, "new_due_on": "2025-12-20", "parent_signed": signed, **more}
        for signed in (True, False)
        for more in ({"group_signed": True}, {"kind": "state_official", "granted_by": "The SEA"})
    ],
    "agree-transfer-date": [
        {
            "agreed_on": BEGUN,
            "new_due_on": "2025-12-20",
            "parent_agreed": agreed,
            "progress": "Yes.",
        }
        for agreed in (True, False)
    ],
    "excuse-not-produced": [
        {"attempts": [{"attempted_on": day, "what_happened": "Did not come."} for day in days]}
        for days in ((), ("2025-10-07",), ("2025-10-07", "2025-10-09"))
    ],
}
"""What may be said with a step of a case; a step beside these takes nothing."""

PLAN_DETAILS: dict[str, Sequence[Json]] = {
    "withdraw": [{"reason_code": code} for code in ("services_refused", "no_plan_needed", "other")],
    "end": [
        {"reason_code": code}
        for code in ("dismissed", "consent_revoked", "ged_or_certificate", "regular_diploma")
    ],
}

FAULTS: dict[str, Json] = {
    "no group": {"group": []},
    "no parent": {"parent_participated": False},
    "no outcome": {"outcome": None},
    "no disability": {"disability_present": False, "impairment": None},
    "disability unknown": {"disability_present": None},
    "no need": {"needs_special_education": False, "substantially_limits": False},
    "need unknown": {"needs_special_education": None, "substantially_limits": None},
    "a related service alone": {"related_service_only": True},
    "what decides is not answered": {"determinants": {"reading": None}},
    "English decides": {"determinants": {"reading": False, "math": False, "limited_english": True}},
    "a physician alone": {"sources": [{"kind": "medical", "considered": "Weighed."}]},
    "one source": {"sources": [{"kind": "achievement_test", "considered": "Weighed."}]},
}
"""What keeps a finding of eligible from being made final."""

SLD_FAULTS: dict[str, Json] = {
    "none": {},
    "no area": {"areas": []},
    "neither way": {"insufficient_progress": False, "strengths_and_weaknesses": None},
    "not excluded": {"exclusions": {"cultural_factors": {"finding": "primary"}}},
    "not observed": {"observation_id": None},
    "not shared": {"assessments_shared_on": None},
    "not taught": {"appropriate_instruction": False},
}

CORRECTIONS: dict[str, Sequence[tuple[str, Sequence[str | None]]]] = {
    "referrals": [("received_on", ()), ("requester", ("staff", "parent"))],
    "notices": [("issued_on", ())],
    "consents": [
        ("received_on", ()),
        ("signed_on", (None,)),
        ("revoked_on", (None,)),
        ("answer", ("granted", "refused")),
        ("stands_in", (None, "parent_not_found")),
        ("form", ("oral", "electronic")),
    ],
    "evaluations": [("report_completed_on", (None,)), ("transfer_enrolled_on", ())],
    "plans": [("meeting_held_on", (None,)), ("in_effect_on", ()), ("ended_on", ())],
    "disputes": [("ended_on", ()), ("outcome", ("dismissed",)), ("filed_by", ("parent",))],
    "records-requests": [("requested_on", ()), ("given_on", (None,))],
    "independent-evaluation-requests": [("requested_on", ()), ("answered_on", ())],
    "disciplinary-removals": [("behavior_on", ()), ("written_concern_on", (None,))],
}
"""By address: facts to set right, with what they may become; of days, also any other one."""

STARTS_A_CLOCK = {
    ("referrals", "received_on"),
    ("consents", "received_on"),
    ("records-requests", "requested_on"),
    ("independent-evaluation-requests", "requested_on"),
}

CHANGES_AFTERWARDS = frozenset(
    {"status", "version", "updated_at", "issued_on", "ended_on", "end_reason", "next_review_on"}
)
"""What may change about a record that is final: where it stands, and days by a correction."""

UNDER_WAY = ("concern", "request", "asked", "evaluating", "evaluated")
BEGINNINGS = [
    *(("us", begins) for begins in (*UNDER_WAY, "eligible", "eligible", "served", "served")),
    *((state, begins) for state in ("us-dc", "us-tx", "us-wi") for begins in UNDER_WAY),
]
"""Where a sequence begins, and how far the child has come."""

MAYBE = st.sampled_from([None, True, False])
WHICH = st.integers(0, 3)


class AnyCalls(RuleBasedStateMachine):
    """One district, one student, and whatever anybody may send."""

    app: Flask
    kept: Store
    clock: SetClock
    policies: Policies
    taken = 0
    begun = 0

    @property
    def database(self) -> Database:
        return self.kept.database

    @initialize(where=st.sampled_from(BEGINNINGS))
    def begin(self, where: tuple[str, str]) -> None:
        jurisdiction, begins = where
        self.kept.empty()
        self.clock.set(BEGIN)
        self.jurisdiction = jurisdiction
        district = a_district(self.database, jurisdiction, time_zone=str(ZONE), clock=self.clock)
        client = a_client(self.database, district, may_assert_people=True)
        self.api = ApiClient(self.app.test_client(), a_token(self.app, client))
        self.place = Place(self.api, self.clock, district)
        self.calendars = [
            sent(self.api.post("/v1/school-calendars", dict(year)))["id"] for year in CAL_A
        ]
        self.by = {"Childfind-Acting-Staff": self.place.somebody("lea_representative")}
        self.records: dict[str, list[str]] = {}
        self.never_changes: dict[str, Json] = {}
        self.extended: set[str] = set()
        self.child = self.place.child()
        self.goes_on(begins)
        type(self).taken -= 1  # to begin is no step
        type(self).begun += 1
        for what in ("consents", "notices", "evaluations", "plans"):
            listed = self.get(f"/v1/cases/{self.child.case_id}/{what}")["items"]
            self.records[what] = [one["id"] for one in listed]

    def goes_on(self, begins: str) -> None:
        """The child's way until here."""
        child = self.child
        if begins == "concern":
            child.teacher_refers(BEGUN)
        elif begins == "request":
            child.parent_asks(BEGUN)
        elif begins == "asked":
            child.parent_asks(BEGUN)
            child.proposed(BEGUN)
        else:
            child.evaluated_from(BEGUN)
        if begins == "evaluated":
            done = child.evaluation(BEGUN, suspected_areas=["reading"], report_completed_on=BEGUN)
            child.assessment(done, BEGUN)
        elif begins == "eligible":
            found_eligible(child, BEGUN)
        elif begins == "served":
            plan = served(child, BEGUN, BEGUN, BEGUN)
            self.never_changes[f"plans/{plan['id']}"] = plan

    # What is sent ---------------------------------------------------------------------------

    @property
    def today(self) -> str:
        return self.place.today

    @property
    def case(self) -> str:
        return self.child.case_id

    def get(self, path: str) -> Json:
        return sent(self.api.get(path), 200)

    def recorded(self, path: str, body: Json) -> Json:
        """Recording is free: what can be is never refused."""
        made = sent(self.api.post(path, body), 201)
        self.records.setdefault(path.split("/")[-1], []).append(made["id"])
        return made

    def changed(self, path: str, changes: Json) -> TestResponse:
        etag = self.api.get(path).headers["ETag"]
        return self.api.patch(path, changes, etag=etag)

    def one_of(self, what: str, which: int) -> str | None:
        """One of the records of a kind, the last first; None when there is none."""
        ids = self.records.get(what, [])
        return ids[-1 - which % len(ids)] if ids else None

    def record(self) -> Record:
        return Record(self.get, str(self.child.student_id), self.case, self.today)

    def step(self, what: str, id: str, name: str, said: Json) -> bool:
        """Explain a step, try it dry and take it; whether it was allowed."""
        path = f"/v1/{what}/{id}/steps/{name}"
        before = self.contents()
        explained = self.get(path)
        dry = self.api.post(f"{path}?dry_run=true", said, headers=self.by)
        assert self.contents() == before, "explaining or a dry run changed a row"
        real = self.api.post(path, said, headers=self.by)
        if real.status_code == 422:
            assert dry.status_code == 422, dry.text
            assert self.contents() == before, "what cannot be was stored"
            return False
        assert real.status_code in (200, 409), real.text
        assert dry.status_code == 200, dry.text
        allowed, tried = real.status_code == 200, dry.get_json()
        assert tried["allowed"] == allowed
        depends = any(f["answer"] == "unknown" and not f["blocks"] for f in explained["findings"])
        lifted = not said.keys().isdisjoint(("overrides", "suspicion"))
        assert explained["allowed"] == allowed or depends or lifted
        told = real.get_json()
        findings = told["decision"]["findings"] if allowed else told["findings"]
        assert _blocking(findings) == _blocking(tried["findings"])
        assert bool(_blocking(findings)) != allowed
        assert not _blocking(findings).intersection(LATE), "somebody late was held up"
        if allowed:
            assert findings == tried["findings"]
            self.hold_to_law(what, told["record"], name, said)
        return allowed

    def hold_to_law(self, what: str, moved: Json, name: str, said: Json) -> None:
        law = LAWS.get((what, name))
        if what == "plans" or law is not None:
            moved = self.get(f"/v1/{what}/{moved['id']}")
        if law is not None:
            unlawful = list(law(self.record(), moved, said))
            assert not unlawful, f"{what} {name} {said}: {unlawful}"
        if name in ("issue", "finalize", "put-in-effect"):
            self.never_changes[f"{what}/{moved['id']}"] = moved
        if name in ("extend-evaluation", "agree-transfer-date", "excuse-not-produced"):
            self.extended.add(moved["id"])

    # What arrives ---------------------------------------------------------------------------

    @rule(
        requester=st.sampled_from(["staff", "parent", "physician", "unknown"]),
        form=st.sampled_from(["written", "oral"]),
        framework=st.sampled_from([None, "section_504"]),
    )
    def receive(self, requester: str, form: str, framework: str | None) -> None:
        body: Json = {
            "requester": requester,
            "student_id": self.child.student_id,
            "words": "Please look.",
            "form": form,
        }
        if framework is not None:
            body["frameworks"] = [framework]
        self.child.case_id = self.recorded("/v1/referrals", body)["case_id"]

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        """Whoever was late may still do what they might have done in time."""
        open_ = self.open_steps()
        self.clock.advance(timedelta(days=days))
        assert self.open_steps() >= open_

    def open_steps(self) -> set[str]:
        listed = self.get(f"/v1/cases/{self.case}/steps")["items"]
        return {one["step"] for one in listed if one["allowed"]}

    @rule(placement=st.sampled_from(["public", "parentally_placed_private", "home_schooled"]))
    def goes_to_school_elsewhere(self, placement: str) -> None:
        answer = self.changed(f"/v1/students/{self.child.student_id}", {"placement": placement})
        assert answer.status_code == 200, answer.text

    @rule(ward=MAYBE, with_parent=MAYBE)
    def is_a_ward(self, ward: bool | None, with_parent: bool | None) -> None:
        said = {"ward_of_state": ward, "lives_with_parent": with_parent}
        answer = self.changed(f"/v1/students/{self.child.student_id}", said)
        assert answer.status_code == 200, answer.text

    @rule(year=st.integers(0, 1), first=st.integers(0, 200), days=st.integers(0, 5))
    def school_was_closed(self, year: int, first: int, days: int) -> None:
        """A closure entered late moves what is counted in school days, and no calendar day."""
        path = f"/v1/school-calendars/{self.calendars[year]}"
        known = self.get(path)
        begins = date.fromisoformat(known["first_day"]) + timedelta(days=1 + first)
        closed = {
            "from": begins.isoformat(),
            "until": (begins + timedelta(days=days)).isoformat(),
            "name": "Snow",
            "kind": "closure",
        }
        answer = self.changed(path, {"days_off": [*known["days_off"], closed]})
        assert answer.status_code in (200, 422), answer.text

    # Notices and consents -------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(
            ["prior_written_notice", "procedural_safeguards", "section_504_rights"]
        ),
        decision=st.sampled_from(["propose", "refuse"]),
        concerning=st.sampled_from(["evaluation", "identification", "placement", "fape"]),
        missing=st.sampled_from([None, None, *SEVEN_CONTENTS]),
    )
    def give_notice(self, kind: str, decision: str, concerning: str, missing: str | None) -> None:
        body: Json = {"kind": kind, "language": "en"}
        if kind == "prior_written_notice":
            contents = SEVEN_CONTENTS | ({} if missing is None else {missing: " "})
            body |= {"decision": decision, "concerning": concerning, "contents": contents}
        notice = self.recorded(f"/v1/cases/{self.case}/notices", body)
        given = self.step("notices", notice["id"], "issue", {})
        assert given == (kind != "prior_written_notice" or missing is None)

    @rule(
        purpose=st.sampled_from(["initial_evaluation", "initial_services", "reevaluation"]),
        answer=st.sampled_from([None, "granted", "granted", "refused"]),
        form=st.sampled_from(["written", "written", "electronic", "oral"]),
        stands_in=st.sampled_from(
            [None, None, "hearing_order", "mediation_agreement", "parent_not_found"]
        ),
    )
    def ask_consent(
        self, purpose: str, answer: str | None, form: str, stands_in: str | None
    ) -> None:
        body: Json = {
            "purpose": purpose,
            "requested_on": self.today,
            "language": "en",
            "activity": "Assess reading.",
            "stands_in": stands_in,
        }
        if answer is not None:
            body |= {"answer": answer, "form": form, "signed_on": self.today}
            body |= {"received_on": self.today}
        self.recorded(f"/v1/cases/{self.case}/consents", body)

    @rule(which=WHICH, form=st.sampled_from(["written", "oral", None]))
    def revoke(self, which: int, form: str | None) -> None:
        id = self.one_of("consents", which)
        if id is not None:
            said: Json = {"revoked_on": self.today}
            if form is not None:
                said["revocation_form"] = form
            answer = self.changed(f"/v1/consents/{id}", said)
            assert answer.status_code in (200, 422), answer.text

    @rule(which=WHICH, mode=st.sampled_from(["phone", "letter", "visit"]))
    def try_to_reach(self, which: int, mode: str) -> None:
        id = self.one_of("consents", which)
        if id is not None:
            tried = {"attempted_on": self.today, "mode": mode, "result": "Nobody there."}
            self.recorded(f"/v1/consents/{id}/attempts", tried)

    # The evaluation and what is determined --------------------------------------------------

    @rule(done=st.booleans(), transferred=st.booleans(), assessed=st.booleans())
    def evaluate(self, done: bool, transferred: bool, assessed: bool) -> None:
        body: Json = {"suspected_areas": ["reading"], "suspected_categories": ["SLD"]}
        if done:
            body["report_completed_on"] = self.today
        if transferred:
            body |= {"transfer_enrolled_on": self.today, "transferred_from": "Elsewhere"}
        made = self.recorded(f"/v1/cases/{self.case}/evaluations", body)
        if assessed:
            self.child.assessment(made, self.today)

    @rule(
        framework=st.sampled_from(["idea", "section_504"]),
        outcome=st.sampled_from(["eligible", "eligible", "not_eligible"]),
        faults=st.sets(st.sampled_from(sorted(FAULTS)), max_size=1),
        supersedes=st.booleans(),
    )
    def determine(self, framework: str, outcome: str, faults: set[str], supersedes: bool) -> None:
        draft = self.child.idea if framework == "idea" else self.child.section_504
        more: Json = {"outcome": outcome}
        for fault in faults:
            more |= FAULTS[fault]
        if supersedes:
            at = f"/v1/cases/{self.case}/eligibility-determinations"
            for found in self.get(at)["items"]:
                if (found["framework"], found["status"]) == (framework, "final"):
                    more["supersedes_id"] = found["id"]
        found = draft(self.today, **more)
        self.step("eligibility-determinations", found["id"], "finalize", {})

    @rule(fault=st.sampled_from(sorted(SLD_FAULTS)), teacher=st.booleans())
    def determine_a_learning_disability(self, fault: str, teacher: bool) -> None:
        observed = None
        evaluation = self.one_of("evaluations", 0)
        if evaluation is not None:
            by = self.place.somebody("special_educator")
            observed = self.child.observation({"id": evaluation}, self.today, observer_staff_id=by)
        found = self.child.sld(self.today, observed, sld=SLD_FAULTS[fault])
        if not teacher:
            group = [member for member in found["group"] if member["role"] != "teacher"]
            path = f"/v1/eligibility-determinations/{found['id']}"
            assert self.changed(path, {"group": group}).status_code == 200
        final = self.step("eligibility-determinations", found["id"], "finalize", {})
        assert not final or (fault == "none" and teacher)

    @rule(name=st.sampled_from(CASE.names), how=WHICH, said=st.booleans())
    def step_of_the_case(self, name: str, how: int, said: bool) -> None:
        kinds = DETAILS.get(name, [{}])
        self.step("cases", self.case, name, kinds[how % len(kinds)] if said else {})

    @rule()
    def goes_the_way_on(self) -> None:
        """The first step of the case that is open and asks for nothing to be said."""
        for name in CASE.names:
            if name not in DETAILS and name in self.open_steps():
                assert self.step("cases", self.case, name, {})
                return

    # Plans ----------------------------------------------------------------------------------

    @rule(
        kind=st.sampled_from(["iep", "iep", "section_504", "services_plan"]),
        empty=st.booleans(),
        met=st.booleans(),
    )
    def draft_a_plan(self, kind: str, empty: bool, met: bool) -> None:
        body: Json = {"kind": kind}
        if not empty:
            body |= CONTENT | ACCOMMODATIONS
        if met:
            body |= {"meeting_held_on": self.today, "attendees": team(self.child)}
        self.recorded(f"/v1/cases/{self.case}/plans", body)

    @rule(which=WHICH, occasion=st.sampled_from(["amendment", "review"]), agreed=st.booleans())
    def draft_a_version(self, which: int, occasion: str, agreed: bool) -> None:
        id = self.one_of("plans", which)
        if id is not None:
            said: Json = {"occasion": occasion, **ACCOMMODATIONS}
            if agreed:
                said["agreed_without_meeting_on"] = self.today
            else:
                said |= {"meeting_held_on": self.today, "attendees": team(self.child)}
            answer = self.api.post(f"/v1/plans/{id}/versions", said)
            assert answer.status_code in (201, 409), answer.text
            if answer.status_code == 201:
                self.records["plans"].append(answer.get_json()["id"])

    @rule(name=st.sampled_from(PLAN.names), which=WHICH, how=WHICH)
    def step_of_a_plan(self, name: str, which: int, how: int) -> None:
        id = self.one_of("plans", which)
        if id is not None:
            kinds = PLAN_DETAILS.get(name, [{}])
            self.step("plans", id, name, kinds[how % len(kinds)])

    @rule(which=WHICH, consented=st.booleans(), told=st.booleans())
    def serve(self, which: int, consented: bool, told: bool) -> None:
        """Offer a plan and put it into effect, with or without what comes before that."""
        id = self.one_of("plans", which)
        if id is None:
            return
        self.step("plans", id, "offer", {})
        if consented:
            self.ask_consent("initial_services", "granted", "written", None)
        if told:
            self.give_notice("prior_written_notice", "propose", "fape", None)
        self.step("plans", id, "put-in-effect", {})

    # What parents ask for, disputes, discipline ----------------------------------------------

    @rule(
        kind=st.sampled_from(["due_process_complaint", "mediation", "state_complaint"]),
        filed_by=st.sampled_from(["parent", "district"]),
        about=st.sampled_from(["consent_to_evaluate", "independent_evaluation", "placement"]),
        outcome=st.sampled_from([None, "hearing_order", "mediation_agreement", "withdrawn"]),
    )
    def file(self, kind: str, filed_by: str, about: str, outcome: str | None) -> None:
        body: Json = {
            "student_id": self.child.student_id,
            "kind": kind,
            "filed_by": filed_by,
            "about": about,
            "filed_on": self.today,
        }
        if outcome is not None:
            body |= {"ended_on": self.today, "outcome": outcome}
        self.recorded("/v1/disputes", body)

    @rule(given=st.booleans())
    def ask_for_records(self, given: bool) -> None:
        body = {"student_id": self.child.student_id, "requested_on": self.today}
        if given:
            body["given_on"] = self.today
        self.recorded("/v1/records-requests", body)

    @rule()
    def ask_for_an_independent_evaluation(self) -> None:
        at = f"/v1/cases/{self.case}/independent-evaluation-requests"
        self.recorded(at, {"requested_on": self.today})

    @rule(name=st.sampled_from(INDEPENDENT_EVALUATION_REQUEST.names), which=WHICH)
    def answer_about_an_independent_evaluation(self, name: str, which: int) -> None:
        id = self.one_of("independent-evaluation-requests", which)
        if id is not None:
            self.step("independent-evaluation-requests", id, name, {})

    @rule(ago=st.integers(0, 20), written=MAYBE, lasts=st.booleans())
    def remove(self, ago: int, written: bool | None, lasts: bool) -> None:
        """Before the behavior a parent had asked, or written: there is knowledge (300.534(b))."""
        behavior = date.fromisoformat(self.today) - timedelta(days=ago)
        body: Json = {
            "student_id": self.child.student_id,
            "behavior_on": behavior.isoformat(),
            "began_on": behavior.isoformat(),
        }
        if written is not None:
            on = behavior - timedelta(days=1) if written else behavior
            body["written_concern_on"] = on.isoformat()
        if not lasts:
            body["ended_on"] = self.today
        made = self.recorded("/v1/disciplinary-removals", body)
        knowledge = next(f for f in made["findings"] if f["rule_id"] == "IDEA-DISC-KNOWLEDGE")
        asked = any(
            receipt["requester"] in PARENTS and receipt["received_on"] < body["behavior_on"]
            for receipt in self.record().of_student("referrals")
        )
        if not asked and written is not True:
            assert knowledge["answer"] == "met", "nobody had said anything before"
        consents = self.record().of_case("consents")
        decided = self.record().of_case("eligibility-determinations")
        if (asked or written) and not (
            any(c["answer"] == "refused" or c["revoked_on"] for c in consents)
            or any(found["outcome"] == "not_eligible" for found in decided)
        ):
            assert knowledge["answer"] == "unmet", "the district is deemed to have known"

    # Corrections ------------------------------------------------------------------------------

    @rule(
        what=st.sampled_from(sorted(CORRECTIONS)),
        which=WHICH,
        how=WHICH,
        other=st.integers(0, 40),
        evidence=st.booleans(),
    )
    def correct(self, what: str, which: int, how: int, other: int, evidence: bool) -> None:
        id = self.one_of(what, which)
        if id is None:
            return
        field, values = CORRECTIONS[what][how % len(CORRECTIONS[what])]
        was = self.get(f"/v1/{what}/{id}")[field]
        day = (date.fromisoformat(self.today) - timedelta(days=other)).isoformat()
        choice = [*values, day] if field.endswith("_on") else values
        value = choice[other % len(choice)]
        said: Json = {"field": field, "value": value, "reason": "The file says so."}
        if evidence:
            said["evidence"] = "The file."
        owed = self.owed()
        answer = self.api.post(f"/v1/{what}/{id}/corrections", said)
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 422:
            assert was is None or was == value or value is None, answer.text
        elif (what, field) in STARTS_A_CLOCK and value is not None:
            accepted = answer.get_json()["accepted"]
            assert accepted == (value < was), "a later day waits, an earlier one never does"
            assert accepted or self.owed() == owed
        self.never_changes = {
            path: known for path, known in self.never_changes.items() if not path.endswith(id)
        }

    def owed(self) -> list[Any]:
        rows = self.get(f"/v1/deadlines?case_id={self.case}&limit=500")["items"]
        return sorted((row["id"], row["due_on"] or "", row["state"]) for row in rows)

    # What holds after each of them --------------------------------------------------------------

    def contents(self) -> str:
        """A hash over every row of every table but access logs and stored answers."""
        found = hashlib.sha256()
        with self.database.reader.connect() as connection:
            for table in Base.metadata.sorted_tables:
                if table.name not in NOT_FACTS:
                    for row in connection.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1')):  # noqa: S608
                        found.update(repr(tuple(row)).encode())
        return found.hexdigest()

    @invariant()
    def is_one_more_step(self) -> None:
        type(self).taken += 1

    @invariant()
    def no_parent_waits_for_interventions(self) -> None:
        record = self.record()
        if record.case["status"] == "received":
            assert not any(receipt["requester"] in PARENTS for receipt in record.receipts)

    @invariant()
    def the_deadlines_are_what_is_computed(self) -> None:
        with UnitOfWork(self.database, Caller(district_id=self.place.id), self.clock) as uow:
            cases = uow.all(select(Case).order_by(Case.id))
            known = cases_facts(uow, cases)
            of_cases = select(DeadlineRow).where(DeadlineRow.case_id.is_not(None))
            rows = {(row.case_id, row.key): row for row in uow.all(of_cases)}
            wanted = {
                (case.id, deadline.key): (
                    "running" if deadline.state == "paused" else str(deadline.state),
                    deadline.due_on,
                )
                for case, worked in zip(
                    cases, deadlines.work_out(uow, self.policies, known, cases), strict=True
                )
                for deadline in worked.deadlines
            }
            assert {key: (row.state, row.due_on) for key, row in rows.items()} == wanted
            if self.jurisdiction == "us":
                for row in rows.values():
                    self.is_due_by_federal_law(row)

    def is_due_by_federal_law(self, row: DeadlineRow) -> None:
        days = FEDERAL_DAYS.get(row.term_id)
        if days is None or row.started_on is None or row.due_on is None:
            return
        if row.term_id != "initial_evaluation" or str(row.case_id) not in self.extended:
            assert row.due_on - row.started_on == timedelta(days=days), row.key

    def teardown(self) -> None:
        """What was issued, finalized or in effect says what it said then."""
        for path, known in getattr(self, "never_changes", {}).items():
            now = self.get(f"/v1/{path}")
            for name in known.keys() - CHANGES_AFTERWARDS:
                assert now[name] == known[name], f"{path} {name}"


def _blocking(findings: list[Json]) -> set[str]:
    return {finding["rule_id"] for finding in findings if finding["blocks"]}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(BEGIN)


def test_any_sequence_of_calls(
    app: Flask, whole_store: Store, clock: SetClock, policies: Policies
) -> None:
    class Here(AnyCalls):
        pass

    Here.app, Here.kept, Here.clock, Here.policies = app, whole_store, clock, policies
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=5 * STEPS * DEPTH // (4 * IN_A_ROW),  # some sequences end early
            stateful_step_count=IN_A_ROW + 1,
            suppress_health_check=list(HealthCheck),
        ),
    )
    kind = "SQLite" if whole_store.database.sqlite else "PostgreSQL"
    print(f"{Here.taken} steps in {Here.begun} sequences on {kind}")
    assert Here.taken >= STEPS * DEPTH
