"""Our records as resources of the Ed-Fi Data Standard 5.2 and 6.1, and what they cannot say.

A resource is a mapping just as an Ed-Fi API takes it: no `id`, no `_etag`, no member that is not
known. Each begins with the members of its natural key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from service.exports.edfi.codes import descriptor, disability, exit_reason
from service.exports.edfi.records import Records
from service.storage.notices import TO_EVALUATE

Json = dict[str, Any]

IEPS = ("iep", "services_plan")
LONGEST_NUMBER = 32
LONGEST_CODE = 60
"""Of an intervention's code in 5.2; 6.1 takes 120, and the same code serves both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How a district is known to Ed-Fi.

    `organization`: its `educationOrganizationId`. `federal`: the federal code of one of the
    state's categories on a day. `namespace`: of the district's own descriptors, for what Ed-Fi's
    list lacks. `delivery`: how its interventions are given, which is not on record here.
    """

    version: str
    organization: int
    federal: Callable[[str, date], str | None]
    namespace: str | None = None
    delivery: str | None = None

    @property
    def has_6(self) -> bool:
        return self.version != "5.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something on record that the resource has no place for, or that is missing for it."""

    resource: str
    code: str
    says: str
    record_type: str
    record_id: UUID
    student_id: UUID


Made = Iterator[Json | Omission]


def resources(resource: str, records: Records, setup: Setup) -> Made:
    """The resources of one kind that some students' records make, and what is omitted."""
    for id in records.ids:
        number = records.numbers.get(id)
        made = MAKERS[resource](records, id, number or "?", setup)
        if number is not None and len(number) <= LONGEST_NUMBER:
            yield from made
        elif any(True for _ in made):
            said = "has no such number" if number is None else "has a longer number"
            yield Omission(
                resource=resource,
                code="no_student_unique_id",
                says=f"Ed-Fi knows a student by up to 32 characters; this one {said}.",
                record_type="students",
                record_id=id,
                student_id=id,
            )


# Programs ---------------------------------------------------------------------------------


def _program(setup: Setup, name: str) -> Json:
    return {
        "educationOrganizationId": setup.organization,
        "programName": name,
        "programTypeDescriptor": descriptor("ProgramTypeDescriptor", name),
    }


def _whose(setup: Setup, number: str) -> Json:
    return {
        "studentReference": {"studentUniqueId": number},
        "educationOrganizationReference": {"educationOrganizationId": setup.organization},
    }


def special_education(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """An association for each IEP or services plan that took effect, however many versions."""
    name = "studentSpecialEducationProgramAssociations"
    evaluated = [
        one.report_completed_on
        for case in records.cases.get(id, ())
        for one in records.evaluations.get(case.id, ())
        if one.report_completed_on is not None
    ]
    days: set[date] = set()
    for versions in _plans(records, id, IEPS):
        first, last = versions[0], versions[-1]
        if first.in_effect_on in days:
            yield Omission(
                resource=name,
                code="same_key",
                says="Another plan of this student began on the same day, which is the key.",
                record_type="plans",
                record_id=first.id,
                student_id=id,
            )
            continue
        days.add(first.in_effect_on)
        decided = _idea(records, id, last.in_effect_on)
        made = {
            **_whose(setup, number),
            "programReference": _program(setup, "Special Education"),
            "beginDate": first.in_effect_on,
            "ideaEligibility": decided and decided.outcome == "eligible",
            "iepBeginDate": last.in_effect_on,
            "iepEndDate": last.ended_on,
            "endDate": last.ended_on,
        }
        reviewed = max((p.meeting_held_on for p in versions if p.meeting_held_on), default=None)
        if setup.has_6:
            made |= {
                "iepLastReviewDate": reviewed,
                "iepReviewDueDate": None if last.ended_on else last.next_review_on,
                "iepLastEvaluationDate": max(evaluated, default=None),
            }
        else:
            made |= {"iepReviewDate": reviewed, "lastEvaluationDate": max(evaluated, default=None)}
        if last.status == "ended":
            made |= {"specialEducationExitDate": last.ended_on, **exit_reason(last.end_reason)}
        made["disabilities"] = yield from _disabilities(name, id, last, decided, setup)
        yield _present(made)


def _disabilities(
    name: str, id: UUID, plan: Any, decided: Any, setup: Setup
) -> Generator[Omission, None, list[Json] | None]:
    """The category found, as Ed-Fi lists it; what it has no descriptor for is told instead."""
    if decided is None or decided.category is None or decided.outcome != "eligible":
        return None
    federal = setup.federal(decided.category, decided.decided_on)
    known = disability(federal)
    if known is None:
        yield Omission(
            resource=name,
            code="no_descriptor",
            says=f"Ed-Fi's own list of disabilities has none for {decided.category}: the "
            "association goes out without it.",
            record_type="plans",
            record_id=plan.id,
            student_id=id,
        )
        return None
    designated = descriptor(
        "DisabilityDesignationDescriptor", "Individuals with Disabilities Education Act"
    )
    return [
        {
            "disabilityDescriptor": known,
            "orderOfDisability": 1,
            "designations": [{"disabilityDesignationDescriptor": designated}],
        }
    ]


def eligibility(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """An association for each case under IDEA in which consent to evaluate was received."""
    name = "studentSpecialEducationProgramEligibilityAssociations"
    days: set[date] = set()
    for case in _cases(records, id, "idea"):
        given = _consent(records, case)
        if given is None:
            yield Omission(
                resource=name,
                code="no_consent",
                says="Ed-Fi begins with the day on which consent to evaluate was received: a "
                "referral without it cannot be said.",
                record_type="cases",
                record_id=case.id,
                student_id=id,
            )
            continue
        if given.received_on in days:
            yield Omission(
                resource=name,
                code="same_key",
                says="Another case of this student has the same day of consent, which is the key.",
                record_type="cases",
                record_id=case.id,
                student_id=id,
            )
            continue
        days.add(given.received_on)
        kind = "Reevaluation" if case.path == "reevaluation" else "Initial Evaluation"
        completed = _completed(records, case)
        decided = _final(records, case, "idea")
        yield _present(
            {
                **_whose(setup, number),
                "programReference": _program(setup, "Special Education"),
                "consentToEvaluationReceivedDate": given.received_on,
                "consentToEvaluationDate": given.signed_on,
                "ideaPartDescriptor": descriptor("IDEAPartDescriptor", "IDEA Part B"),
                "eligibilityEvaluationTypeDescriptor": descriptor(
                    "EligibilityEvaluationTypeDescriptor", kind
                ),
                "evaluationCompleteIndicator": completed is not None,
                "eligibilityEvaluationDate": completed,
                "eligibilityDeterminationDate": decided and decided.decided_on,
                "ideaIndicator": decided and decided.outcome == "eligible",
            }
        )


def section_504(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """An association for each case with a final determination under Section 504, also of no."""
    name = "studentSection504ProgramAssociations"
    days: set[date] = set()
    for case in _cases(records, id, "section_504"):
        decided = _final(records, case, "section_504")
        if decided is None:
            continue
        plan = next(
            (v for v in _plans(records, id, ("section_504",)) if v[0].case_id == case.id), None
        )
        begins = plan[0].in_effect_on if plan else decided.decided_on
        if begins in days:
            yield Omission(
                resource=name,
                code="same_key",
                says="Another case of this student begins on the same day, which is the key.",
                record_type="cases",
                record_id=case.id,
                student_id=id,
            )
            continue
        days.add(begins)
        if decided.outcome == "eligible":
            yield Omission(
                resource=name,
                code="impairment_in_words",
                says="The impairment is on record in words, and Ed-Fi takes a word of its list: "
                "the association goes out without `section504DisabilityDescriptor`.",
                record_type="eligibility_determinations",
                record_id=decided.id,
                student_id=id,
            )
        yield _present(
            {
                **_whose(setup, number),
                "programReference": _program(setup, "Section 504 Placement"),
                "beginDate": begins,
                "endDate": plan[-1].ended_on if plan else None,
                "section504Eligibility": decided.outcome == "eligible",
                "accommodationPlan": plan is not None,
                "section504MeetingDate": plan[-1].meeting_held_on if plan else None,
                "section504EligibilityDecisionDate": decided.decided_on,
            }
        )


# Interventions ----------------------------------------------------------------------------


def intervention_code(setup: Setup, title: str, started_on: date) -> str:
    """What an intervention is known by: the district, the title and the day it began."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "intervention"
    code = f"{setup.organization}-{slug}-{started_on}"
    if len(code) <= LONGEST_CODE:
        return code
    mark = hashlib.sha256(slug.encode()).hexdigest()[:8]
    room = LONGEST_CODE - len(f"{setup.organization}--{mark}-{started_on}")
    return f"{setup.organization}-{slug[:room]}-{mark}-{started_on}"


def interventions(programmes: Iterable[Any], setup: Setup) -> Iterator[Json]:
    """An intervention for each title and day it began: Ed-Fi has them apart from who is in them.

    None without `delivery`, which Ed-Fi requires and which is not on record here.
    """
    if setup.delivery is None:
        return
    ended: dict[str, list[date | None]] = {}
    began: dict[str, date] = {}
    for one in programmes:
        code = intervention_code(setup, one.title, one.started_on)
        ended.setdefault(code, []).append(one.ended_on)
        began[code] = one.started_on
    for code, days in ended.items():
        last = [day for day in days if day is not None]
        yield _present(
            {
                "educationOrganizationReference": {"educationOrganizationId": setup.organization},
                "interventionIdentificationCode": code,
                "beginDate": began[code],
                "endDate": max(last) if len(last) == len(days) else None,
                "deliveryMethodDescriptor": descriptor("DeliveryMethodDescriptor", setup.delivery),
                "interventionClassDescriptor": descriptor("InterventionClassDescriptor", "Other"),
            }
        )


def student_interventions(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """A student in an intervention. Ed-Fi has neither days nor tier nor outcome for it."""
    name = "studentInterventionAssociations"
    codes: set[str] = set()
    for row in records.interventions.get(id, ()):
        code = intervention_code(setup, row.title, row.started_on)
        known = {"record_type": "interventions", "record_id": row.id, "student_id": id}
        if setup.delivery is None:
            yield Omission(
                resource=name,
                code="no_delivery_method",
                says="Ed-Fi requires how an intervention is delivered, which is not on record: "
                "say it with `delivery_method`.",
                **known,
            )
            continue
        if code in codes:
            yield Omission(
                resource=name,
                code="same_key",
                says="The student is twice in an intervention of this title and day.",
                **known,
            )
            continue
        codes.add(code)
        yield _present(
            {
                "studentReference": {"studentUniqueId": number},
                "interventionReference": {
                    "educationOrganizationId": setup.organization,
                    "interventionIdentificationCode": code,
                },
                "dosage": row.planned_minutes_per_week,
            }
        )


# Data Standard 6.1, early access ----------------------------------------------------------


def idea_events(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """What happened on the way to eligibility and services, each under the id of its record."""
    for case in _cases(records, id, "idea"):
        for row in records.referrals.get(case.id, ()):
            if setup.namespace is None:
                yield Omission(
                    resource="ideaEvents",
                    code="no_descriptor",
                    says="Ed-Fi's own list of events has no referral: give the `namespace` of the "
                    "district's own descriptors.",
                    record_type="referrals",
                    record_id=row.id,
                    student_id=id,
                )
            else:
                yield _event(setup, number, row.id, "Referral", row.received_on, own=True)
        for row in records.consents.get(case.id, ()):
            if row.received_on is None or row.answer is None:
                continue
            if kind := CONSENTED.get((row.purpose in TO_EVALUATE, row.answer)):
                yield _event(setup, number, row.id, kind, row.received_on)
        for row in records.evaluations.get(case.id, ()):
            if row.report_completed_on is not None:
                yield _event(setup, number, row.id, "Evaluation Complete", row.report_completed_on)
        for row in records.determinations.get(case.id, ()):
            if row.framework == "idea" and row.status == "final":
                kind = "Specific Disability Eligibility Determination"
                yield _event(setup, number, row.id, kind, row.decided_on)
    for versions in _plans(records, id, IEPS):
        yield _event(setup, number, versions[0].id, "Service Begins", versions[0].in_effect_on)


CONSENTED: Mapping[tuple[bool, str], str] = {
    (True, "granted"): "Parental Consent for Evaluation Given",
    (False, "granted"): "Parental Consent for Implementing IEP Given",
    (False, "refused"): "Parental Consent for Implementing IEP Declined",
}


def _event(setup: Setup, number: str, id: UUID, kind: str, day: date, *, own: bool = False) -> Json:
    space = {"namespace": setup.namespace} if own and setup.namespace else {}
    return _present(
        {
            **_whose(setup, number),
            "ideaEventIdentifier": str(id),
            "ideaEventTypeDescriptor": descriptor("IDEAEventTypeDescriptor", kind, **space),
            "beginDate": day,
        }
    )


def student_ieps(records: Records, id: UUID, number: str, setup: Setup) -> Made:
    """Every version of an IEP that took effect: an amendment is an IEP of its own."""
    for versions in _plans(records, id, ("iep",)):
        for plan in versions:
            ends = plan.ended_on or plan.next_review_on
            if ends is None:
                yield Omission(
                    resource="studentIEPs",
                    code="no_end",
                    says="Ed-Fi requires the day on which an IEP ends, and no review is due.",
                    record_type="plans",
                    record_id=plan.id,
                    student_id=id,
                )
                continue
            decided = _idea(records, id, plan.in_effect_on)
            made = {
                **_whose(setup, number),
                "studentIEPIdentifier": str(plan.id),
                "iepFinalizedDate": plan.meeting_held_on
                or plan.agreed_without_meeting_on
                or plan.in_effect_on,
                "iepBeginDate": plan.in_effect_on,
                "iepEndDate": ends,
                "iepStatusDescriptor": descriptor(
                    "IEPStatusDescriptor", "Active" if plan.status == "in_effect" else "Inactive"
                ),
                "iepAmendedDate": plan.in_effect_on if plan.occasion == "amendment" else None,
                "reasonExitedDescriptor": exit_reason(plan.end_reason).get(
                    "reasonExitedDescriptor"
                ),
            }
            made["disabilities"] = yield from _disabilities("studentIEPs", id, plan, decided, setup)
            yield _present(made)


MAKERS: Mapping[str, Callable[[Records, UUID, str, Setup], Made]] = {
    "studentSpecialEducationProgramAssociations": special_education,
    "studentSpecialEducationProgramEligibilityAssociations": eligibility,
    "studentSection504ProgramAssociations": section_504,
    "studentInterventionAssociations": student_interventions,
    "ideaEvents": idea_events,
    "studentIEPs": student_ieps,
}
INTERVENTIONS = "interventions"
EARLY = ("ideaEvents", "studentIEPs")
VERSIONS: Mapping[str, tuple[str, ...]] = {
    "5.2": (INTERVENTIONS, *(name for name in MAKERS if name not in EARLY)),
    "6.1": (INTERVENTIONS, *MAKERS),
}
"""Which resources there are in each version of the standard, in the order they depend on."""


# What is looked up ------------------------------------------------------------------------


def _cases(records: Records, id: UUID, framework: str) -> list[Any]:
    return [
        case
        for case in records.cases.get(id, ())
        if framework in case.frameworks and case.joined_to_case_id is None
    ]


def _consent(records: Records, case: Any) -> Any:
    given = [
        row
        for row in records.consents.get(case.id, ())
        if row.purpose in TO_EVALUATE and row.answer == "granted" and row.received_on is not None
    ]
    return min(given, key=lambda row: row.received_on, default=None)


def _completed(records: Records, case: Any) -> date | None:
    days = [row.report_completed_on for row in records.evaluations.get(case.id, ())]
    return max((day for day in days if day is not None), default=None)


def _final(records: Records, case: Any, framework: str) -> Any:
    found = [
        row
        for row in records.determinations.get(case.id, ())
        if row.framework == framework and row.status == "final"
    ]
    return max(found, key=lambda row: (row.decided_on, row.id), default=None)


def _idea(records: Records, id: UUID, on: date) -> Any:
    """The last final determination under IDEA up to a day."""
    found = [one for case in records.cases.get(id, ()) if (one := _final(records, case, "idea"))]
    before = [one for one in found if one.decided_on <= on]
    return max(before, key=lambda one: (one.decided_on, one.id), default=None)


def _plans(records: Records, id: UUID, kinds: Sequence[str]) -> list[list[Any]]:
    """Each plan of these kinds as the versions of it that took effect, in their order."""
    found: dict[UUID, list[Any]] = {}
    for plan in records.plans.get(id, ()):
        if plan.kind in kinds and plan.in_effect_on is not None:
            found.setdefault(plan.original_id, []).append(plan)
    return list(found.values())


def _present(made: Mapping[str, Any]) -> Json:
    """Without what is not known: Ed-Fi leaves a member out rather than say null."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in made.items()
        if value is not None
    }
