"""A small Ed-Fi sample of invented students, with what the real one surprises a reader by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

DISTRICT, SCHOOL = 990001, 990001001
CODE = f"{SCHOOL}-Reading-Corner"


def uri(name: str, value: str, space: str = "ed-fi.org") -> str:
    return f"uri://{space}/{name}Descriptor#{value}"


def _student(number: str, given: str, **more: Any) -> Json:
    return {
        "studentUniqueId": number,
        "personalTitlePrefix": "Ms",
        "firstName": given,
        "lastSurname": "Invented",
        "birthDate": "2012-05-06",
        **more,
    }


def _of(number: str, program: str) -> Json:
    return {
        "studentReference": {"studentUniqueId": number},
        "programReference": {
            "educationOrganizationId": DISTRICT,
            "programName": program,
            "programTypeDescriptor": uri("ProgramType", program),
        },
        "educationOrganizationReference": {"educationOrganizationId": DISTRICT},
    }


def _served(number: str, **more: Any) -> Json:
    """Reviewed before the IEP began, and in the program before that, as all of the real ones."""
    return {
        **_of(number, "Special Education"),
        "beginDate": "2021-08-30",
        "lastEvaluationDate": "2021-08-23",
        "iepReviewDate": "2021-08-27",
        "iepBeginDate": "2021-09-01",
        **more,
    }


def _disabled(*words: str) -> Json:
    return {"disabilities": [{"disabilityDescriptor": uri("Disability", word)} for word in words]}


def _took_part(number: str, minutes: int) -> Json:
    return {
        "studentReference": {"studentUniqueId": number},
        "interventionReference": {
            "educationOrganizationId": SCHOOL,
            "interventionIdentificationCode": CODE,
        },
        "dosage": minutes,
    }


SAMPLE: dict[str, list[Json]] = {
    "students": [
        _student("700001", "Ana", middleName="Bo", birthSexDescriptor=uri("Sex", "Female")),
        _student("700002", "Ben", generationCodeSuffix="Jr", preferredFirstName="B"),
        _student("700003", "Cal"),
        _student("700004", "Dee"),
        _student("700005", "Eve"),
    ],
    "studentSpecialEducationProgramAssociations": [
        _served("700001", ideaEligibility=True, **_disabled("Autism Spectrum Disorders")),
        _served(
            "700002",
            schoolHoursPerWeek=10.0,
            specialEducationHoursPerWeek=25.0,
            **_disabled("Physical Disability", "Motor impairment"),
            specialEducationExitDate="2021-10-01",
            specialEducationExitReasonDescriptor=uri(
                "SpecialEducationExitReason", "Graduated with Diploma"
            ),
            endDate="2021-12-17",
            reasonExitedDescriptor=uri("ReasonExited", "Moved out of state"),
        ),
        _served("700003"),
    ],
    "studentSection504ProgramAssociations": [
        {
            **_of("700004", "Section 504 Placement"),
            "beginDate": "2021-11-22",
            "section504Eligibility": True,
            "accommodationPlan": True,
            "section504DisabilityDescriptor": uri("Section504Disability", "Dyslexia"),
            "section504MeetingDate": "2021-11-20",
            "section504EligibilityDecisionDate": "2021-11-22",
        }
    ],
    "interventions": [
        {
            "educationOrganizationReference": {"educationOrganizationId": SCHOOL},
            "interventionIdentificationCode": CODE,
            "beginDate": "2021-08-23",
            "deliveryMethodDescriptor": uri("DeliveryMethod", "Whole Class"),
            "interventionClassDescriptor": uri("InterventionClass", "Practice"),
            "diagnoses": [{"diagnosisDescriptor": uri("Diagnosis", "At Risk", "district.example")}],
        }
    ],
    "studentInterventionAssociations": [_took_part("700003", 10), _took_part("700005", 25)],
}


def write(folder: Path, sample: dict[str, list[Json]] = SAMPLE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in sample.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder
