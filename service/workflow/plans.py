"""Plans: drafted freely, offered, put into effect by a step, and followed version by version.

A version that was offered is never changed. An amendment, or the review of the whole plan, is a new
version; the one in effect stays as it is until the new one takes its place, and stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain.clocks.terms import years_after
from service.domain.facts import UNDER_IDEA
from service.domain.lifecycles import Step
from service.policies import Policies
from service.storage.base import DistrictRow, assign, plain
from service.storage.cases import Case
from service.storage.determinations import EligibilityDetermination
from service.storage.plans import Plan
from service.storage.schools import School, StaffMember
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork
from service.workflow import cases, deadlines
from service.workflow.checks import (
    have_come,
    in_order,
    items_lead_somewhere,
    lead_somewhere,
    no_such,
    refuse,
)
from service.workflow.corrections import keep_facts
from service.workflow.invalid import AlreadyThere, Problem, invalid

DAYS = (
    "meeting_held_on",
    "agreed_without_meeting_on",
    "parent_invited_on",
    "student_invited_on",
    "reevaluation_waived_on",
    "majority_notice_on",
    "summary_given_on",
)
"""Days on which something took place: none of them lies in the future."""

AFTERWARDS = frozenset(
    {
        "case_manager_staff_id",
        "school_id",
        "next_review_on",
        "reevaluation_on",
        "reevaluation_waived_on",
        "majority_notice_on",
        "summary_given_on",
    }
)
"""What is set about a plan in any status: who looks after it, and what follows from it."""

CONTENTS = (
    "present_levels",
    "goals",
    "progress_measured",
    "progress_reported",
    "services",
    "related_services",
    "supplementary_aids",
    "accommodations",
    "modifications",
    "participation",
    "assessment_accommodations",
    "alternate_assessment",
    "alternate_assessment_why",
    "transition_goals",
    "transition_services",
)
"""What a plan says. A new version begins with what the one in effect says."""

CARRIED = (
    "determination_id",
    "case_manager_staff_id",
    "school_id",
    "next_review_on",
    "reevaluation_on",
    "majority_notice_on",
)
"""What else a new version begins with."""

LINE: Mapping[str, Any] = {
    "area": None,
    "setting": None,
    "provider_role": None,
    "provider_staff_id": None,
    "minutes": None,
    "sessions": None,
    "per": None,
    "starts_on": None,
    "ends_on": None,
}
WHOLE: Mapping[str, Mapping[str, Any]] = {
    "attendees": {"role": None, "staff_id": None, "name": None, "interprets_results": False},
    "excusals": {
        "role": None,
        "area_discussed": None,
        "parent_agreed_on": None,
        "input_given_on": None,
    },
    "goals": {"area": None, "goal": None, "measured_by": None, "objectives": []},
    "services": LINE,
    "related_services": LINE,
}
"""The lists a plan holds, each item with every member it has."""

ONLY_FOR = {"no_plan_needed": ("section_504",), "services_refused": tuple(sorted(UNDER_IDEA))}
"""Reasons to withdraw a plan that make sense for some kinds only."""


# Drafting -------------------------------------------------------------------------------


def draft(uow: UnitOfWork, policies: Policies, case_id: UUID, body: Mapping[str, Any]) -> Plan:
    """Begin a plan out of a case, or with `amends_id` a version of one that another case made.

    Raises `Invalid` for a case without a student, and for days and references that cannot be.
    """
    case = cases.standing(uow, case_id)
    if case.student_id is None:
        raise invalid("/case_id", "unmatched", "Nobody knows yet which student this case is about.")
    hold(uow, case.student_id)
    said = dict(body)
    base = _amended(uow, case.student_id, said)
    said.setdefault("occasion", "initial" if base is None else "amendment")
    refuse(_wrong_occasion(said["occasion"], base))
    if "school_id" not in said:
        said["school_id"] = uow.get(Student, case.student_id).school_id
    return _begin(uow, policies, case, said, base)


def version(uow: UnitOfWork, policies: Policies, base: Plan, body: Mapping[str, Any]) -> Plan:
    """Draft the version that is to take the place of one in effect, from what that one says.

    Raises `AlreadyThere` when it is not in effect, naming what is; `Invalid` as `draft` does.
    """
    hold(uow, base.student_id)
    if base.status != "in_effect":
        raise _not_in_effect(uow, base)
    refuse(_wrong_occasion(body["occasion"], base))
    said = {name: getattr(base, name) for name in (*CONTENTS, *CARRIED)}
    if body["occasion"] == "review":
        said["next_review_on"] = None
    said |= {"kind": base.kind, "amends_id": base.id, **_kept(body)}
    return _begin(uow, policies, uow.get(Case, base.case_id), said, base, checked=body)


def _begin(
    uow: UnitOfWork,
    policies: Policies,
    case: Case,
    said: Mapping[str, Any],
    base: Plan | None,
    *,
    checked: Mapping[str, Any] | None = None,
) -> Plan:
    """Store a draft. `checked`: what of it was sent, when the rest was stored before."""
    _check(uow, case, said["kind"], said if checked is None else checked)
    row = Plan(
        student_id=case.student_id,
        case_id=case.id,
        status="draft",
        number=1 if base is None else base.number + 1,
        **_kept(said),
    )
    row.determination_id = row.determination_id or _determination(uow, row)
    row.id = uow.new_id()
    row.original_id = row.id if base is None else base.original_id
    uow.add(row)
    uow.record("plan.drafted", row)
    refresh(uow, policies, row)
    return row


def change(uow: UnitOfWork, policies: Policies, row: Plan, changes: Mapping[str, Any]) -> Plan:
    """Change a draft; of a plan that was offered, only what comes afterwards.

    Raises `AlreadyThere` for a change of what an offered plan says: draft a version instead.
    """
    if row.status != "draft" and changes.keys() - AFTERWARDS:
        raise AlreadyThere(
            "plan",
            str(row.id),
            f"This version is {row.status.replace('_', ' ')}, and what it says is never changed. "
            "Draft a version of the one in effect (POST …/versions), or withdraw an offer and "
            "draft another.",
        )
    hold(uow, row.student_id)
    keep_facts(row, changes)
    _check(uow, uow.get(Case, row.case_id), row.kind, changes)
    if assign(row, _kept(changes)):
        uow.record("plan.changed", row)
        refresh(uow, policies, row)
    return row


def hold(uow: UnitOfWork, student_id: UUID) -> dict[UUID, Case]:
    """The student's cases, kept from other writers: a plan of one is a fact for all of them."""
    return {case.id: case for case in deadlines.hold(uow, Case.student_id == student_id)}


def refresh(uow: UnitOfWork, policies: Policies, row: Plan, *, but: Case | None = None) -> None:
    """Bring the deadlines of the student's cases up to date; `but` one that is already."""
    ids = [found.id for found in uow.rows(select(Case.id).where(Case.student_id == row.student_id))]
    wanted = [id for id in ids if but is None or id != but.id]
    if wanted:
        deadlines.refresh_cases(uow, policies, wanted)


# What cannot be -------------------------------------------------------------------------


def _amended(uow: UnitOfWork, student_id: UUID, said: Mapping[str, Any]) -> Plan | None:
    """The plan in effect that a new one amends; `Invalid` when it is none of this kind."""
    if said.get("amends_id") is None:
        return None
    row = uow.first(select(Plan).where(Plan.id == said["amends_id"]))
    if row is None:
        refuse([no_such("/amends_id")])
    elif (row.student_id, row.kind, row.status) != (student_id, said["kind"], "in_effect"):
        raise invalid(
            "/amends_id",
            "not_amendable",
            "Only a plan of the same student and kind that is in effect can be amended.",
        )
    return row


def _not_in_effect(uow: UnitOfWork, base: Plan) -> AlreadyThere:
    """Why a version cannot be drafted from this one, and what to take instead."""
    standing = uow.first(
        select(Plan).where(Plan.original_id == base.original_id, Plan.status == "in_effect")
    )
    if standing is not None:
        return AlreadyThere(
            "plan", str(standing.id), f"Version {standing.number} is in effect: amend that one."
        )
    instead = {
        "draft": "Change the draft itself.",
        "offered": "Put it into effect, or withdraw it and draft another.",
    }
    status = base.status.replace("_", " ")
    then = instead.get(base.status, "Draft a new plan in the case that calls for it.")
    return AlreadyThere("plan", str(base.id), f"This version is {status}. {then}")


def _wrong_occasion(occasion: str, base: Plan | None) -> list[Problem]:
    if (occasion == "initial") == (base is None):
        return []
    return [
        Problem(
            "/occasion",
            "not_for_this",
            "The first version is `initial`; one that amends another is a `review` of the whole "
            "plan or an `amendment`.",
        )
    ]


def _check(uow: UnitOfWork, case: Case, kind: str, given: Mapping[str, Any]) -> None:
    """Refuse what cannot be: days to come, references that lead nowhere or to another case."""
    refuse(
        have_come(uow, given, *DAYS),
        lead_somewhere(uow, given, {"case_manager_staff_id": StaffMember, "school_id": School}),
        items_lead_somewhere(uow, given, "attendees", "staff_id", StaffMember),
        *(
            items_lead_somewhere(uow, given, member, "provider_staff_id", StaffMember)
            for member in ("services", "related_services")
        ),
        _wrong_items(uow, given),
        _wrong_determination(uow, case, kind, given.get("determination_id")),
    )


def _wrong_items(uow: UnitOfWork, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Days of excusals that have not come, lines that end before they start."""
    for place, one in enumerate(given.get("excusals") or ()):
        at = f"/excusals/{place}"
        yield from have_come(uow, one, "parent_agreed_on", "input_given_on", at=at)
    for member in ("services", "related_services"):
        for place, one in enumerate(given.get(member) or ()):
            for problem in in_order(one, "starts_on", "ends_on"):
                at = f"/{member}/{place}{problem.pointer}"
                yield Problem(at, problem.code, problem.message)


def _wrong_determination(
    uow: UnitOfWork, case: Case, kind: str, id: UUID | None
) -> Iterator[Problem]:
    if id is None:
        return
    row = EligibilityDetermination
    found = uow.rows(select(row.case_id, row.framework).where(row.id == id))
    if not found:
        yield no_such("/determination_id")
    elif tuple(found[0]) != (case.id, _law(kind)):
        yield Problem(
            "/determination_id",
            "of_another_case",
            "A plan rests on a determination of its own case, under the law that it is under.",
        )


def _law(kind: str) -> str:
    return "idea" if kind in UNDER_IDEA else "section_504"


def _determination(uow: UnitOfWork, row: Plan) -> UUID | None:
    """The final finding of eligible that a plan of this case rests on, if there is one yet."""
    made = EligibilityDetermination
    found = uow.first(
        select(made)
        .where(
            made.case_id == row.case_id,
            made.framework == _law(row.kind),
            made.status == "final",
            made.outcome == "eligible",
        )
        .order_by(made.decided_on.desc(), made.id)
    )
    return None if found is None else found.id


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as columns hold it: items with all their members, ids and days as text."""
    kept = dict(body)
    for member, whole in WHOLE.items():
        if member in kept:
            kept[member] = [plain({**whole, **item}) for item in kept[member]]
    return kept


# Its steps ------------------------------------------------------------------------------


def check_details(uow: UnitOfWork, row: Plan, step: Step, details: Mapping[str, Any]) -> None:
    """Refuse details that cannot be: days to come or out of order, a reason of another kind."""
    names = ("offered_on", "in_effect_on", "ended_on", "summary_given_on")
    days = {"offered_on": row.offered_on, "in_effect_on": row.in_effect_on, **details}
    refuse(
        have_come(uow, details, *names),
        in_order(days, "offered_on", "in_effect_on", sent=details),
        in_order(days, "in_effect_on", "ended_on", sent=details) if step.name == "end" else (),
        _wrong_reason(row, details.get("reason_code")),
    )


def _wrong_reason(row: Plan, reason: str | None) -> list[Problem]:
    kinds = ONLY_FOR.get(reason or "")
    if kinds is None or row.kind in kinds:
        return []
    return [
        Problem(
            "/reason_code",
            "not_for_this",
            f"`{reason}` is a reason for {' and '.join(f'`{kind}`' for kind in kinds)} only.",
        )
    ]


def moved(uow: UnitOfWork, row: Plan, step: Step, details: Mapping[str, Any]) -> list[DistrictRow]:
    """Write down what a step did to a plan; the version that made way for it."""
    if step.name == "offer":
        row.offered_on = details.get("offered_on") or uow.today
    elif step.name == "put-in-effect":
        return _put_in_effect(uow, row, details.get("in_effect_on") or uow.today)
    else:
        row.ended_on = details.get("ended_on") or uow.today
        row.end_reason, row.end_note = details["reason_code"], details.get("reason")
        if details.get("summary_given_on") is not None:
            row.summary_given_on = row.summary_given_on or details["summary_given_on"]
    return []


def _put_in_effect(uow: UnitOfWork, row: Plan, day: date) -> list[DistrictRow]:
    row.in_effect_on = day
    row.determination_id = row.determination_id or _determination(uow, row)
    if row.kind == "iep" and row.next_review_on is None:
        row.next_review_on = years_after(row.meeting_held_on or day, 1)
    if row.amends_id is None:
        return []
    earlier = uow.get(Plan, row.amends_id)
    earlier.status, earlier.ended_on = "replaced", day
    return [earlier]
