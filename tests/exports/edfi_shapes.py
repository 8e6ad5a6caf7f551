"""Ed-Fi's resources as JSON Schema, written from the members, types and lengths of the standard:
Data Standard 5.2, and the early access resources of 6.1. No member that is not known may be there.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DAY: Json = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "format": "date"}
FLAG: Json = {"type": "boolean"}
WHOLE: Json = {"type": "integer"}
ORGANIZATION: Json = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


def text(longest: int) -> Json:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def word(name: str) -> Json:
    return {"type": "string", "pattern": rf"^uri://[^/#]+/{name}#[^#]{{1,50}}$"}


def an_object(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


STUDENT = an_object({"studentUniqueId": text(32)})
EDUCATION_ORGANIZATION = an_object({"educationOrganizationId": ORGANIZATION})
PROGRAM = an_object(
    {
        "educationOrganizationId": ORGANIZATION,
        "programName": text(60),
        "programTypeDescriptor": word("ProgramTypeDescriptor"),
    }
)
OF_A_STUDENT: Json = {
    "studentReference": STUDENT,
    "educationOrganizationReference": EDUCATION_ORGANIZATION,
}
OF_A_PROGRAM: Json = {**OF_A_STUDENT, "programReference": PROGRAM}
DISABILITIES: Json = {
    "type": "array",
    "items": an_object(
        {"disabilityDescriptor": word("DisabilityDescriptor")},
        {
            "disabilityDeterminationSourceTypeDescriptor": word(
                "DisabilityDeterminationSourceTypeDescriptor"
            ),
            "disabilityDiagnosis": text(80),
            "orderOfDisability": WHOLE,
            "designations": {
                "type": "array",
                "items": an_object(
                    {"disabilityDesignationDescriptor": word("DisabilityDesignationDescriptor")}
                ),
            },
        },
    ),
}
HOURS: Json = {"type": "number", "minimum": 0, "maximum": 999.99}
ASSOCIATION: Json = {
    "endDate": DAY,
    "reasonExitedDescriptor": word("ReasonExitedDescriptor"),
    "servedOutsideOfRegularSession": FLAG,
}
SPECIAL_EDUCATION: Json = {
    **ASSOCIATION,
    "ideaEligibility": FLAG,
    "specialEducationSettingDescriptor": word("SpecialEducationSettingDescriptor"),
    "specialEducationHoursPerWeek": HOURS,
    "schoolHoursPerWeek": HOURS,
    "shortenedSchoolDayIndicator": FLAG,
    "reductionInHoursPerWeekComparedToPeers": HOURS,
    "multiplyDisabled": FLAG,
    "medicallyFragile": FLAG,
    "iepBeginDate": DAY,
    "iepEndDate": DAY,
    "specialEducationExitDate": DAY,
    "specialEducationExitReasonDescriptor": word("SpecialEducationExitReasonDescriptor"),
    "specialEducationExitExplained": text(1024),
    "disabilities": DISABILITIES,
    "specialEducationProgramServices": {
        "type": "array",
        "items": an_object(
            {
                "specialEducationProgramServiceDescriptor": word(
                    "SpecialEducationProgramServiceDescriptor"
                )
            },
            {
                "primaryIndicator": FLAG,
                "serviceBeginDate": DAY,
                "serviceEndDate": DAY,
                "providers": {
                    "type": "array",
                    "items": an_object(
                        {"staffReference": an_object({"staffUniqueId": text(32)})},
                        {"primaryProvider": FLAG},
                    ),
                },
            },
        ),
    },
}

SHAPES_5_2: dict[str, Json] = {
    "studentSpecialEducationProgramAssociations": an_object(
        {**OF_A_PROGRAM, "beginDate": DAY},
        {**SPECIAL_EDUCATION, "iepReviewDate": DAY, "lastEvaluationDate": DAY},
    ),
    "studentSpecialEducationProgramEligibilityAssociations": an_object(
        {
            **OF_A_PROGRAM,
            "consentToEvaluationReceivedDate": DAY,
            "ideaPartDescriptor": word("IDEAPartDescriptor"),
        },
        {
            "eligibilityEvaluationTypeDescriptor": word("EligibilityEvaluationTypeDescriptor"),
            "consentToEvaluationDate": DAY,
            "evaluationCompleteIndicator": FLAG,
            "eligibilityEvaluationDate": DAY,
            "evaluationDelayReasonDescriptor": word("EvaluationDelayReasonDescriptor"),
            "evaluationLateReason": text(255),
            "evaluationDelayDays": WHOLE,
            "eligibilityDeterminationDate": DAY,
            "ideaIndicator": FLAG,
            "eligibilityDelayReasonDescriptor": word("EligibilityDelayReasonDescriptor"),
            "eligibilityConferenceDate": DAY,
            "transitionConferenceDate": DAY,
            "transitionNotificationDate": DAY,
            "originalECIServicesDate": DAY,
        },
    ),
    "studentSection504ProgramAssociations": an_object(
        {**OF_A_PROGRAM, "beginDate": DAY, "section504Eligibility": FLAG},
        {
            **ASSOCIATION,
            "accommodationPlan": FLAG,
            "section504DisabilityDescriptor": word("Section504DisabilityDescriptor"),
            "section504MeetingDate": DAY,
            "section504EligibilityDecisionDate": DAY,
        },
    ),
    "interventions": an_object(
        {
            "educationOrganizationReference": EDUCATION_ORGANIZATION,
            "interventionIdentificationCode": text(60),
            "beginDate": DAY,
            "deliveryMethodDescriptor": word("DeliveryMethodDescriptor"),
            "interventionClassDescriptor": word("InterventionClassDescriptor"),
        },
        {"endDate": DAY, "minDosage": WHOLE, "maxDosage": WHOLE, "namespace": text(255)},
    ),
    "studentInterventionAssociations": an_object(
        {
            "studentReference": STUDENT,
            "interventionReference": an_object(
                {
                    "educationOrganizationId": ORGANIZATION,
                    "interventionIdentificationCode": text(60),
                }
            ),
        },
        {"dosage": WHOLE, "diagnosticStatement": text(1024)},
    ),
}

SHAPES_6_1: dict[str, Json] = {
    **SHAPES_5_2,
    "studentSpecialEducationProgramAssociations": an_object(
        {**OF_A_PROGRAM, "beginDate": DAY},
        {
            **SPECIAL_EDUCATION,
            "iepLastReviewDate": DAY,
            "iepLastEvaluationDate": DAY,
            "iepReviewDueDate": DAY,
            "iepEvaluationDueDate": DAY,
        },
    ),
    "ideaEvents": an_object(
        {
            **OF_A_STUDENT,
            "ideaEventIdentifier": text(120),
            "ideaEventTypeDescriptor": word("IDEAEventTypeDescriptor"),
            "beginDate": DAY,
        },
        {
            "endDate": DAY,
            "eventComplianceDescriptor": word("EventComplianceDescriptor"),
            "eventNarrative": text(2048),
            "eventReasonDescriptor": word("EventReasonDescriptor"),
        },
    ),
    "studentIEPs": an_object(
        {
            **OF_A_STUDENT,
            "studentIEPIdentifier": text(120),
            "iepFinalizedDate": DAY,
            "iepBeginDate": DAY,
            "iepEndDate": DAY,
            "iepStatusDescriptor": word("IEPStatusDescriptor"),
        },
        {
            "iepAmendedDate": DAY,
            "reasonExitedDescriptor": word("ReasonExitedDescriptor"),
            "disabilities": DISABILITIES,
        },
    ),
}

SHAPES = {"5.2": SHAPES_5_2, "6.1": SHAPES_6_1}

_PROGRAM_KEY = (
    "educationOrganizationReference.educationOrganizationId",
    "programReference.educationOrganizationId",
    "programReference.programName",
    "programReference.programTypeDescriptor",
    "studentReference.studentUniqueId",
)
KEYS: dict[str, tuple[str, ...]] = {
    "studentSpecialEducationProgramAssociations": (*_PROGRAM_KEY, "beginDate"),
    "studentSpecialEducationProgramEligibilityAssociations": (
        *_PROGRAM_KEY,
        "consentToEvaluationReceivedDate",
    ),
    "studentSection504ProgramAssociations": (*_PROGRAM_KEY, "beginDate"),
    "interventions": (
        "educationOrganizationReference.educationOrganizationId",
        "interventionIdentificationCode",
    ),
    "studentInterventionAssociations": (
        "interventionReference.educationOrganizationId",
        "interventionReference.interventionIdentificationCode",
        "studentReference.studentUniqueId",
    ),
    "ideaEvents": (
        "educationOrganizationReference.educationOrganizationId",
        "ideaEventIdentifier",
        "ideaEventTypeDescriptor",
        "studentReference.studentUniqueId",
    ),
    "studentIEPs": (
        "educationOrganizationReference.educationOrganizationId",
        "iepFinalizedDate",
        "studentIEPIdentifier",
        "studentReference.studentUniqueId",
    ),
}
"""The natural key of each resource."""


def key_of(resource: str, one: Json) -> tuple[Any, ...]:
    found = []
    for path in KEYS[resource]:
        value: Any = one
        for part in path.split("."):
            value = value[part]
        found.append(value)
    return tuple(found)
