"""A mother's letter, at ten to midnight on a Friday, while a teacher's referral waits.

Wis. Stat. 115.777: the district answers within 15 business days of the day it received her
request, whatever interventions there were.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from service.clock import SetClock
from tests.scenarios.journey import CAL_A, ZONE, NewPlace, sent


def without_links(said: Any) -> Any:
    """An answer less the addresses of its citations: a memorandum's own title is no rule."""
    if isinstance(said, dict):
        return {name: without_links(value) for name, value in said.items() if name != "href"}
    return [without_links(one) for one in said] if isinstance(said, list) else said


def test_it_counts_from_that_friday_and_nothing_said_to_her_names_interventions(
    district_in: NewPlace, clock: SetClock
) -> None:
    place = district_in("us-wi", CAL_A)
    child = place.child()
    waiting = child.teacher_refers("2025-09-10")

    clock.set(datetime(2025, 9, 12, 23, 50, tzinfo=ZONE))
    letter = sent(
        place.api.post(
            "/v1/referrals",
            {
                "requester": "parent",
                "requester_name": "Marisol Ejemplo",
                "words": "Mi hija no puede leer. Por favor, evalúenla.",
                "language": "es",
                "child": {"given_name": "Lucía", "school": "Escuela del Valle"},
                "hora_de_llamada": "después de las cinco",
            },
            headers={"Idempotency-Key": None},
        )
    )
    assert letter["received_on"] == "2025-09-12"
    assert letter["student_id"] is None
    assert letter["kept"] == {"hora_de_llamada": "después de las cinco"}
    assert letter["case"]["status"] == "evaluation_requested"
    answers = [letter]

    place.on("2025-09-15")
    answers.append(
        sent(
            place.api.post(f"/v1/referrals/{letter['id']}/match", {"student_id": child.student_id}),
            200,
            201,
        )
    )
    matched = sent(place.api.get(f"/v1/referrals/{letter['id']}"), 200)
    answers.append(matched)
    assert matched["student_id"] == child.student_id
    assert matched["case_id"] == waiting["case_id"]
    assert matched["received_on"] == "2025-09-12"

    due = place.api.get(f"/v1/deadlines?case_id={matched['case_id']}&term=answer_to_request")
    mine = [
        d
        for d in sent(due, 200)["items"]
        if d["started_on"] == "2025-09-12" and d["due_on"] == "2025-10-03"
    ]
    assert mine, due.text
    answers.extend(mine)
    for answer in answers:
        assert "intervention" not in json.dumps(without_links(answer)).lower()
