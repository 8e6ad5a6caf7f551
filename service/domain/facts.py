"""What is known about a child's case at an instant.

Frozen records of the standard library only: rules and clocks read them, nothing
writes back to rows. `service.storage.cases` builds them from the database, a rule
card's examples build them from YAML. Dates are the district's own; ids are opaque.

Every field has a default, so that an example or a test states only what matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

PARENTAL = frozenset({"parent", "adult_student", "unknown"})
"""Requesters whose words are a parent's request; `unknown` is treated as a parent."""

MEDICAL = frozenset({"medical_note", "prescription"})
"""Kinds of source document that only a physician's hand gives."""

CONSIDERED = MEDICAL | {"outside_evaluation"}
"""Kinds of source document that want an answer once they arrive (300.305(a)(1)(i))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """Who the case is about, as far as rules need it."""

    id: str = "student"
    birth_date: date | None = None
    grade: str | None = None
    placement: str = "public"
    english_learner: bool | None = None
    home_language: str | None = None

    def age_on(self, day: date) -> int | None:
        """Completed years on `day`; None without a birth date.

        A child born on 29 February turns a year older on 1 March of common years.
        """
        born = self.birth_date
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Tiered support that was given, with what was measured."""

    id: str = "intervention"
    concern: str | None = None
    baseline: str | None = None
    goal: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    fidelity_percent: float | None = None
    outcome: str | None = None
    sessions_with_minutes: int = 0
    first_session_on: date | None = None
    last_session_on: date | None = None
    progress_dates: int = 0

    @property
    def weeks(self) -> float:
        """Weeks from the first to the last session; 0.0 without two sessions."""
        if self.first_session_on is None or self.last_session_on is None:
            return 0.0
        return (self.last_session_on - self.first_session_on).days / 7

    def missing(self, *, min_weeks: float = 0, min_progress_points: int = 2) -> tuple[str, ...]:
        """What keeps this intervention from being documented; empty when nothing does.

        Its outcome may be any: adequate progress documents as well as none does.
        """
        points = max(2, min_progress_points)
        lacks = {
            "an end date": self.ended_on is None,
            "a concern": not self.concern,
            "a baseline": not self.baseline,
            "a goal": not self.goal,
            "a session with minutes": self.sessions_with_minutes < 1,
            f"{points} progress points on different dates": self.progress_dates < points,
            "a fidelity figure": self.fidelity_percent is None,
            "an outcome": not self.outcome,
            f"{min_weeks:g} weeks from first to last session": self.weeks < min_weeks,
        }
        return tuple(what for what, lacking in lacks.items() if lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One staff member's own sentence that a disability is suspected now."""

    statement: str = ""
    staff_id: str | None = None
    stated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One received request or concern."""

    id: str = "referral"
    requester: str = "unknown"
    form: str = "written"
    received_on: date | None = None
    suspected_areas: tuple[str, ...] = ()
    from_screening: bool = False
    parent_informed: bool | None = None
    suspicion: Suspicion | None = None
    documented_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A document that arrived: information, never a determination.

    Everybody may consider it; `case_id` names the one case that owes an answer to it. None:
    the case that looks at it.
    """

    id: str = "document"
    case_id: str | None = None
    kind: str = "other"
    provided_by: str = "parent"
    received_on: date | None = None

    @property
    def medical(self) -> bool:
        return self.kind in MEDICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A logged contact with a parent."""

    id: str = "contact"
    occurred_on: date | None = None
    answers_document_id: str | None = None
    answers_referral_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMeeting:
    """Who met and what was decided."""

    id: str = "meeting"
    kind: str = "other"
    held_on: date | None = None
    parent_attended: bool | None = None
    parent_invited_on: date | None = None


PWN_CONTENTS: Mapping[str, str] = {
    "action": "the action proposed or refused (300.503(b)(1))",
    "reason": "why the agency proposes or refuses it (300.503(b)(2))",
    "basis": "each evaluation procedure, assessment, record or report used (300.503(b)(3))",
    "safeguards_statement": "the procedural-safeguards statement (300.503(b)(4))",
    "sources_of_help": "sources of help for the parent (300.503(b)(5))",
    "options_considered": "other options considered and why rejected (300.503(b)(6))",
    "other_factors": "other relevant factors (300.503(b)(7))",
}
"""The seven contents of a prior written notice, by field name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to the parent: prior written notice, procedural safeguards, 504 rights."""

    id: str = "notice"
    kind: str = "prior_written_notice"
    status: str = "issued"
    decision: str | None = None
    concerning: str | None = None
    contents: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    issued_on: date | None = None

    @property
    def given(self) -> bool:
        return self.status == "issued" and self.issued_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One logged effort to reach a parent about a consent."""

    attempted_on: date | None = None
    mode: str = "phone"
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent that was asked for, with its answer.

    `barred`: the guardian who answered has no educational rights; it is not a parent's word.
    """

    id: str = "consent"
    purpose: str = "initial_evaluation"
    requested_on: date | None = None
    answer: str | None = None
    form: str | None = None
    language: str | None = None
    activity: str | None = None
    signed_on: date | None = None
    received_on: date | None = None
    revoked_on: date | None = None
    guardian_id: str | None = None
    barred: bool = False
    attempts: tuple[Attempt, ...] = ()

    @property
    def granted(self) -> bool:
        return self.answer == "granted" and self.received_on is not None and self.revoked_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One assessment procedure of an evaluation."""

    id: str = "assessment"
    areas: tuple[str, ...] = ()
    source_kind: str = "aptitude_test"
    origin: str = "agency"
    conducted_on: date | None = None
    assessor: str | None = None
    credential: str | None = None
    language: str | None = None
    breach: bool = False

    @property
    def counts(self) -> bool:
        """An assessment given before consent never counts toward a step."""
        return not self.breach


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One observation of the child in a learning environment."""

    id: str = "observation"
    observed_on: date | None = None
    routine: bool = False
    area: str | None = None
    breach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The plan of assessments over all areas of suspected disability, and its report."""

    id: str = "evaluation"
    suspected_areas: tuple[str, ...] = ()
    suspected_categories: tuple[str, ...] = ()
    areas_not_assessed: Mapping[str, str] = field(default_factory=dict)
    parent_input: str | None = None
    report_completed_on: date | None = None
    report_given_to_parent_on: date | None = None
    no_data_needed_on: date | None = None
    assessments: tuple[Assessment, ...] = ()
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One educational need, with what was tried and why it takes special education."""

    area: str = ""
    instruction_gave: str | None = None
    intervention_gave: str | None = None
    evidence: tuple[str, ...] = ()
    not_tried_because: str | None = None
    why_specially_designed: str | None = None

    @property
    def recorded(self) -> bool:
        tried = bool(self.instruction_gave or self.intervention_gave) and bool(self.evidence)
        return (tried or bool(self.not_tried_because)) and bool(self.why_specially_designed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of the group that decides."""

    role: str = ""
    staff_id: str | None = None
    agrees: bool | None = None
    statement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of information that the group considered."""

    kind: str = ""
    document_id: str | None = None
    assessment_id: str | None = None
    considered: str | None = None
    medical: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One mitigating measure, such as medication or a device."""

    kind: str = ""
    ordinary_lenses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """An eligibility determination under IDEA or Section 504, drafted or final."""

    id: str = "determination"
    framework: str = "idea"
    status: str = "draft"
    supersedes_id: str | None = None
    outcome: str | None = None
    decided_on: date | None = None
    group: tuple[Member, ...] = ()
    parent_participated: bool | None = None
    parent_invited_on: date | None = None
    invitation_attempts: int = 0
    sources: tuple[Source, ...] = ()
    # IDEA, 300.8 and 300.306
    disability_present: bool | None = None
    category: str | None = None
    needs_special_education: bool | None = None
    related_service_only: bool | None = None
    related_services: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    determinants: Mapping[str, bool | None] = field(default_factory=dict)
    services_start_on: date | None = None
    # Section 504, 104.3(j) and 42 USC 12102
    impairment: str | None = None
    major_life_activities: tuple[str, ...] = ()
    substantially_limits: bool | None = None
    mitigating_measures: tuple[Measure, ...] = ()
    limitation_judged_without_mitigation: bool | None = None
    episodic: bool | None = None
    judged_when_active: bool | None = None
    reason_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step that the case has gone."""

    step: str
    taken_on: date
    details: Mapping[str, Any] = field(default_factory=dict)


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

    `referrals` are in the order received; `steps` in the order taken.
    """

    id: str = "case"
    status: str = "received"
    frameworks: frozenset[str] = frozenset({"idea"})
    opened_on: date | None = None
    closed_on: date | None = None
    champion_staff_id: str | None = None
    student: Student | None = None
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
    reviews: tuple[Review, ...] = ()
    steps: tuple[StepTaken, ...] = ()
    absences: tuple[date, ...] = ()

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation in hand: the last one recorded."""
        return self.evaluations[-1] if self.evaluations else None

    @property
    def parent_requests(self) -> tuple[Referral, ...]:
        return tuple(r for r in self.referrals if r.requester in PARENTAL)

    def consents_for(self, purpose: str) -> tuple[Consent, ...]:
        return tuple(c for c in self.consents if c.purpose == purpose)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a step is decided on: the case, the record that moves, and what was said.

    `step` is the step's name, None at receipt. `details` is the body given with it, None
    when a step is only explained. `clock_due_on` is when the initial evaluation is due.
    """

    case: Case = field(default_factory=Case)
    today: date = date(2025, 9, 10)
    notice: Notice | None = None
    determination: Determination | None = None
    details: Mapping[str, Any] | None = None
    step: str | None = None
    clock_due_on: date | None = None
