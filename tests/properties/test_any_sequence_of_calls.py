"""Random sequences of calls never reach an unlawful state and never a server error.

Before each step is taken it is explained and tried dry. Neither changes a row, and both say
what the real step then does.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

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

from service.clock import SetClock
from service.domain.facts import PWN_CONTENTS
from service.domain.lifecycles import CASE
from service.policies import Policies
from service.storage import Base
from service.storage.cases import Case, DeadlineRow
from service.storage.database import Database
from service.storage.unit_of_work import Caller, UnitOfWork
from service.workflow import deadlines
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.depth import DEPTH
from tests.store import Store

BEGIN = datetime(2026, 10, 5, 15, tzinfo=UTC)

NOT_FACTS = frozenset({"refused_access", "idempotency_keys", "alembic_version"})
"""Access logs and stored answers: what a look may leave behind."""

DETAILS: dict[str, Any] = {
    "close": {"reason_code": "no_suspected_disability", "reason": "None is suspected."},
    "decline": {"reason_code": "no_suspected_disability", "reason": "None is suspected."},
    "withdraw": {"withdrawn_by": "parent", "reason": "They changed their mind."},
    "extend-evaluation": {
        "agreed_on": "2026-10-05",
        "new_due_on": "2026-12-20",
        "parent_signed": True,
        "group_signed": True,
    },
    "excuse-not-produced": {
        "attempts": [
            {"attempted_on": "2026-10-01", "what_happened": "Did not come."},
            {"attempted_on": "2026-10-03", "what_happened": "Did not come."},
        ]
    },
}

SOURCES = st.lists(
    st.sampled_from(["medical", "achievement_test", "parent_input", "teacher_recommendation"]),
    max_size=3,
)
MAYBE = st.sampled_from([None, True, False])


class AnyCalls(RuleBasedStateMachine):
    """One district, one student, and whatever anybody may send."""

    app: Flask
    kept: Store
    clock: SetClock
    policies: Policies

    @property
    def database(self) -> Database:
        return self.kept.database

    @initialize(jurisdiction=st.sampled_from(["us", "us-tx", "us-wi", "us-dc"]))
    def begin(self, jurisdiction: str) -> None:
        self.kept.empty()
        self.clock.set(BEGIN)
        self.district = a_district(self.database, jurisdiction, clock=self.clock)
        client = a_client(self.database, self.district, may_assert_people=True)
        self.api = ApiClient(self.app.test_client(), a_token(self.app, client))
        self.student = self.sent(
            "/v1/students",
            {"given_name": "Ada", "family_name": "Example", "birth_date": "2017-03-01"},
        )["id"]
        somebody = {"given_name": "Ana", "family_name": "Rivera", "roles": ["principal"]}
        self.person = self.sent("/v1/staff", somebody)["id"]
        self.receive("staff")

    def sent(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.post(path, body)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.get_json()
        return made

    @property
    def today(self) -> str:
        return self.clock.today("America/Chicago").isoformat()

    @rule(requester=st.sampled_from(["staff", "parent", "physician", "unknown"]))
    def receive(self, requester: str) -> None:
        body = {"requester": requester, "student_id": self.student, "words": "Please look."}
        self.case = self.sent("/v1/referrals", body)["case"]["id"]

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))

    @rule(
        kind=st.sampled_from(["prior_written_notice", "procedural_safeguards"]),
        decision=st.sampled_from(["propose", "refuse"]),
        complete=st.booleans(),
    )
    def give_notice(self, kind: str, decision: str, complete: bool) -> None:
        names = list(PWN_CONTENTS)[: None if complete else 4]
        body: dict[str, Any] = {"kind": kind, "language": "en"}
        if kind == "prior_written_notice":
            body |= {
                "decision": decision,
                "concerning": "evaluation",
                "contents": dict.fromkeys(names, "As told."),
            }
        id = self.sent(f"/v1/cases/{self.case}/notices", body)["id"]
        answer = self.api.post(f"/v1/notices/{id}/steps/issue", {})
        assert answer.status_code in (200, 409), answer.text
        if kind == "prior_written_notice":
            assert (answer.status_code == 200) == complete

    @rule(answer=st.sampled_from([None, "granted", "refused"]))
    def ask_consent(self, answer: str | None) -> None:
        body: dict[str, Any] = {
            "purpose": "initial_evaluation",
            "requested_on": self.today,
            "language": "en",
            "activity": "Assess reading.",
        }
        if answer is not None:
            body |= {"answer": answer, "form": "written", "signed_on": self.today}
            body |= {"received_on": self.today}
        self.sent(f"/v1/cases/{self.case}/consents", body)

    @rule(done=st.booleans())
    def evaluate(self, done: bool) -> None:
        body: dict[str, Any] = {"suspected_areas": ["reading"], "suspected_categories": ["OHI"]}
        if done:
            body |= {"report_completed_on": self.today}
        id = self.sent(f"/v1/cases/{self.case}/evaluations", body)["id"]
        self.sent(
            f"/v1/evaluations/{id}/assessments",
            {
                "title": "Reading measures",
                "areas": ["reading"],
                "source_kind": "achievement_test",
                "conducted_on": self.today,
            },
        )

    @rule(
        framework=st.sampled_from(["idea", "section_504"]),
        outcome=st.sampled_from(["eligible", "not_eligible"]),
        present=MAYBE,
        need=MAYBE,
        kinds=SOURCES,
        people=st.integers(0, 3),
    )
    def determine(
        self,
        framework: str,
        outcome: str,
        present: bool | None,
        need: bool | None,
        kinds: list[str],
        people: int,
    ) -> None:
        roles = ("school_psychologist", "special_educator", "teacher")
        id = self.sent(
            f"/v1/cases/{self.case}/eligibility-determinations",
            {
                "framework": framework,
                "outcome": outcome,
                "decided_on": self.today,
                "group": [{"role": role} for role in roles[:people]],
                "parent_participated": True,
                "sources": [{"kind": kind, "considered": "Weighed."} for kind in kinds],
                "disability_present": present,
                "category": "AUT",
                "needs_special_education": need,
                "related_service_only": False,
                "determinants": {"reading": False, "math": False, "limited_english": False},
                "impairment": "asthma" if present else None,
                "major_life_activities": ["breathing"],
                "substantially_limits": need,
            },
        )["id"]
        path = f"/v1/eligibility-determinations/{id}/steps/finalize"
        by = {"Childfind-Acting-Staff": self.person}
        answer = self.api.post(path, {}, headers=by)
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200 and outcome == "eligible":
            assert (present, need) == (True, True), answer.text
            assert people >= 2
            assert len(set(kinds)) >= 2
            assert set(kinds) != {"medical"}

    @rule(name=st.sampled_from(CASE.names))
    def step(self, name: str) -> None:
        path = f"/v1/cases/{self.case}/steps/{name}"
        body = DETAILS.get(name, {})
        before = self.contents()
        explained = self.api.get(path)
        assert explained.status_code == 200, explained.text
        dry = self.api.post(f"{path}?dry_run=true", body)
        assert dry.status_code == 200, dry.text
        assert self.contents() == before, "explaining or a dry run changed a row"
        real = self.api.post(path, body)
        assert real.status_code in (200, 409), real.text
        allowed = real.status_code == 200
        assert dry.get_json()["allowed"] == allowed
        shown = explained.get_json()
        depends = any(f["answer"] == "unknown" and not f["blocks"] for f in shown["findings"])
        assert shown["allowed"] == allowed or depends
        if allowed:
            assert real.get_json()["decision"]["findings"] == dry.get_json()["findings"]
        else:
            blocking = [f["rule_id"] for f in dry.get_json()["findings"] if f["blocks"]]
            assert blocking
            assert {f["rule_id"] for f in real.get_json()["findings"] if f["blocks"]} == set(
                blocking
            )

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
    def no_parent_waits_for_interventions(self) -> None:
        if not hasattr(self, "api"):
            return
        case = self.api.get(f"/v1/cases/{self.case}").get_json()
        receipts = self.api.get(f"/v1/referrals?case_id={self.case}").get_json()["items"]
        if any(r["requester"] in ("parent", "unknown") for r in receipts):
            assert case["status"] != "received"

    @invariant()
    def the_deadlines_are_what_is_computed(self) -> None:
        if not hasattr(self, "api"):
            return
        caller = Caller(district_id=UUID(str(self.district)))
        with UnitOfWork(self.database, caller, self.clock) as uow:
            row = DeadlineRow
            shown = {d.key: (d.state, d.due_on) for d in uow.all(select(row))}
            case = uow.get(Case, UUID(self.case))
            kept = {d.key for d in uow.all(select(row).where(row.case_id == case.id))}
            wanted = {
                d.key: ("running" if d.state == "paused" else str(d.state), d.due_on)
                for d in deadlines.computed(uow, self.policies, case)
            }
            assert kept == wanted.keys()
            assert {key: shown[key] for key in wanted} == wanted


@pytest.fixture
def clock() -> SetClock:
    return SetClock(BEGIN)


def test_any_sequence_of_calls(
    app: Flask, whole_store: Store, clock: SetClock, policies: Policies
) -> None:
    """On each database 280 steps; `tests.depth` tells how to try many more."""

    class Here(AnyCalls):
        pass

    Here.app, Here.kept, Here.clock, Here.policies = app, whole_store, clock, policies
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=20 * DEPTH,
            stateful_step_count=14,
            suppress_health_check=list(HealthCheck),
        ),
    )
