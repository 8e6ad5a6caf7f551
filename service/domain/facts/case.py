"""Everything the rules and the clocks may look at, around one student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.domain.calendars import SchoolCalendar
from service.domain.facts.arrivals import PartCTransition, TransferredIep
from service.domain.facts.consents import Consent
from service.domain.facts.determinations import Determination
from service.domain.facts.discipline import Removal
from service.domain.facts.evaluations import Evaluation
from service.domain.facts.flags import Flag
from service.domain.facts.notices import Notice
from service.domain.facts.people import Guardian, Student
from service.domain.facts.plans import Plan
from service.domain.facts.receipts import PARENTAL, Contact, Referral, SourceDocument, TeamMeeting
from service.domain.facts.rights import Dispute, IndependentEvaluationRequest, RecordsRequest
from service.domain.facts.support import Intervention, Override, Suspicion


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that the case has gone. `lifted`: the rules that a person lifted so that it could."""

    step: str
    taken_on: date
    details: Mapping[str, Any] = field(default_factory=dict)
    lifted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A child-find review that a refused step opened."""

    id: str = "review"
    opened_on: date | None = None
    closed_on: date | None = None
    owner_staff_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One graph around one student: everything the rules and the clocks may look at.

    `path`: `initial`, or `reevaluation` of a student who is served under IDEA. `expedited`: asked
    for while the child is under discipline (300.534(d)(2)). `referrals` are in the order received;
    `steps` in the order taken. `joined_to_case_id`: where everything of it went when its child was
    known. `plans` are all of the student's, whatever case they are of, in the order drafted.
    `determinations_elsewhere`: those under IDEA that became final in other cases of the student;
    `evaluated_elsewhere`: the days on which the evaluations of those cases were complete.
    `safeguards_elsewhere`: the safeguards notices that were given in other cases of a student who
    has a plan.

    `caseless`: no case at all, but what is owed to a child outside any. It has no receipts, alone
    has `flags`, and is opened on the day on which the first of its records became known.
    """

    id: str = "case"
    path: str = "initial"
    expedited: bool = False
    caseless: bool = False
    status: str = "received"
    frameworks: frozenset[str] = frozenset({"idea"})
    opened_on: date | None = None
    closed_on: date | None = None
    joined_to_case_id: str | None = None
    champion_staff_id: str | None = None
    student: Student | None = None
    guardians: tuple[Guardian, ...] = ()
    referrals: tuple[Referral, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    documents: tuple[SourceDocument, ...] = ()
    contacts: tuple[Contact, ...] = ()
    meetings: tuple[TeamMeeting, ...] = ()
    notices: tuple[Notice, ...] = ()
    consents: tuple[Consent, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    determinations: tuple[Determination, ...] = ()
    determinations_elsewhere: tuple[Determination, ...] = ()
    evaluated_elsewhere: tuple[date, ...] = ()
    safeguards_elsewhere: tuple[Notice, ...] = ()
    plans: tuple[Plan, ...] = ()
    reviews: tuple[Review, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    absences: tuple[date, ...] = ()
    removals: tuple[Removal, ...] = ()
    records_requests: tuple[RecordsRequest, ...] = ()
    independent_evaluation_requests: tuple[IndependentEvaluationRequest, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    part_c_transitions: tuple[PartCTransition, ...] = ()
    transferred_ieps: tuple[TransferredIep, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation in hand: the last one recorded."""
        return self.evaluations[-1] if self.evaluations else None

    @property
    def to_evaluate(self) -> str:
        """The purpose of the consent that its evaluation needs."""
        return "reevaluation" if self.path == "reevaluation" else "initial_evaluation"

    @property
    def parent_requests(self) -> tuple[Referral, ...]:
        return tuple(r for r in self.referrals if r.requester in PARENTAL)

    @property
    def own_plans(self) -> tuple[Plan, ...]:
        """The plans that this case produced."""
        return tuple(p for p in self.plans if p.case_id in (None, self.id))

    def latest(self, plan: Plan) -> Plan:
        """The version of a plan that took its place last; itself when none did."""
        for later in self.plans:
            if later.amends_id == plan.id and later.in_effect_on is not None:
                return self.latest(later)
        return plan

    def continues(self, plan: Plan) -> bool:
        """Whether a version takes the place of one in effect: services go on, and do not begin."""
        return any(p.id == plan.amends_id and p.status == "in_effect" for p in self.plans)

    def consents_for(self, purpose: str) -> tuple[Consent, ...]:
        return tuple(c for c in self.consents if c.purpose == purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a step is decided on: the case, the record that moves, and what was said.

    `step` is the step's name, None at receipt. `details` is the body given with it, None
    when a step is only explained. `overrides` are the rules somebody lifts with it. `clock_due_on`
    is when the initial evaluation is due, `clock_counted_on` when it was before any extension, by
    the days of `calendar`.
    """

    today: date
    case: Case = field(default_factory=Case)
    notice: Notice | None = None
    determination: Determination | None = None
    plan: Plan | None = None
    independent_evaluation_request: IndependentEvaluationRequest | None = None
    removal: Removal | None = None
    details: Mapping[str, Any] | None = None
    step: str | None = None
    overrides: tuple[Override, ...] = ()
    clock_due_on: date | None = None
    clock_counted_on: date | None = None
    calendar: SchoolCalendar = field(default_factory=SchoolCalendar)

    def overriding(self, rule_id: str) -> Override | None:
        """Who lifts this rule, and why; None when nobody does."""
        return next((one for one in self.overrides if one.rule_id == rule_id), None)
