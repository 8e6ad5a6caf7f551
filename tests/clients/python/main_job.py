"""The main job through the Python client that is generated from openapi/openapi.json.

Prints a line for each thing done; tests/clients/typescript/mainJob.ts prints the same.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import date
from io import BytesIO
from uuid import uuid4

from childfind_client import AuthenticatedClient, Client
from childfind_client.api.cases import get_case, take_case_step
from childfind_client.api.deadlines import list_deadlines
from childfind_client.api.intervention_sessions import create_intervention_session
from childfind_client.api.interventions import create_intervention
from childfind_client.api.referrals import create_referral
from childfind_client.api.students import upsert_student, upsert_students
from childfind_client.api.tokens import create_token
from childfind_client.models import (
    CaseDetail,
    DeadlinePage,
    Identifier,
    InterventionDetail,
    InterventionSession,
    NewIntervention,
    NewInterventionSession,
    NewReferral,
    NoDetails,
    Problem,
    Receipt,
    SentStudent,
    Student,
    TakeCaseStepStep,
    Token,
    TokenRequest,
    TokenRequestGrantType,
)
from childfind_client.types import File


def once() -> str:
    """A key for one thing that is to be done once."""
    return str(uuid4())


def signed_in(url: str, id_and_secret: str) -> AuthenticatedClient:
    basic = base64.b64encode(id_and_secret.encode()).decode()
    asking = Client(base_url=url, headers={"Authorization": f"Basic {basic}"})
    form = TokenRequest(grant_type=TokenRequestGrantType.CLIENT_CREDENTIALS)
    token = create_token.sync(client=asking, body=form)
    assert isinstance(token, Token), token
    print("token", token.expires_in)
    return AuthenticatedClient(base_url=url, token=token.access_token)


def main() -> None:
    client = signed_in(os.environ["CHILDFIND_URL"], os.environ["CHILDFIND_CLIENT"])

    child = SentStudent(
        identifiers=[Identifier(system="sourced_id", value="st-python")],
        given_name="Mateo",
        family_name="Oliveira",
        birth_date=date(2017, 3, 9),
        grade="3",
    )
    made = upsert_student.sync_detailed(client=client, body=child, idempotency_key=once())
    student = made.parsed
    assert isinstance(student, Student), student
    print("student", made.status_code.value, student.given_name, student.grade)
    again = json.dumps(child.to_dict()).encode()
    lines = upsert_students.sync(client=client, body=File(payload=BytesIO(again)))
    assert lines is not None
    assert not isinstance(lines, Problem), lines
    print("students", [json.loads(line)["status"] for line in lines.splitlines()])

    intervention = create_intervention.sync(
        client=client,
        body=NewIntervention(
            title="Reading fluency", started_on=date(2026, 9, 7), student_id=student.id
        ),
        idempotency_key=once(),
    )
    assert isinstance(intervention, InterventionDetail), intervention
    session = create_intervention_session.sync(
        intervention.id,
        client=client,
        body=NewInterventionSession(held_on=date(2026, 9, 9), minutes=30),
        idempotency_key=once(),
    )
    assert isinstance(session, InterventionSession), session
    print("intervention", intervention.title, session.held_on.isoformat(), session.minutes)

    asked = NewReferral(
        requester="staff",
        words="Reads far below grade.",
        received_on=date(2026, 10, 5),
        student_id=str(student.id),
    )
    receipt = create_referral.sync(client=client, body=asked)
    assert isinstance(receipt, Receipt), receipt
    print("referral", receipt.requester, receipt.case.status)
    refused = take_case_step.sync(
        receipt.case_id,
        TakeCaseStepStep.REQUEST_EVALUATION,
        client=client,
        body=NoDetails(),
        idempotency_key=once(),
    )
    assert isinstance(refused, Problem), refused
    assert refused.findings
    for finding in refused.findings:
        if finding.blocks:
            print("refused", refused.status, finding.rule_id, finding.citations[0].text)

    asked = NewReferral(
        requester="parent", words="Please test my son.", received_on=date(2026, 10, 12)
    )
    receipt = create_referral.sync(client=client, body=asked)
    assert isinstance(receipt, Receipt), receipt
    case = get_case.sync(receipt.case_id, client=client)
    assert isinstance(case, CaseDetail), case
    print("referral", receipt.requester, case.status, case.path)
    page = list_deadlines.sync(client=client, case_id=case.id)
    assert isinstance(page, DeadlinePage), page
    print("deadlines", sorted(due.term for due in page.items))


if __name__ == "__main__":
    main()
