"""The laws that random sequences are held to find what is unlawful, and nothing else.

A whole case is told once over HTTP: as it is, every law is content with it. Then one thing about
what is read is otherwise, and the law about it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.properties.lawful import LAWS, Record
from tests.scenarios.journey import Child, Json, NewPlace, sent
from tests.scenarios.plans import served

ASKED = "/consents"
DECIDED = "/eligibility-determinations"
GIVEN = "/notices"

Otherwise = Callable[[str, Json], None]


def without(part: str, **like: Any) -> Otherwise:
    """A list lacks the records that are like this; all of them when nothing is said."""

    def alter(path: str, body: Json) -> None:
        if part in path:
            body["items"] = [
                one for one in body["items"] if any(one[name] != like[name] for name in like)
            ]

    return alter


def but(part: str, /, **changes: Any) -> Otherwise:
    """Every record of a list, or the one of this address, says something else."""

    def alter(path: str, body: Json) -> None:
        if part in path:
            for one in body.get("items", [body]):
                one.update(changes)

    return alter


def same(path: str, body: Json) -> None:
    """All of it is as it was read."""


@pytest.fixture
def child(district_in: NewPlace) -> Child:
    child = district_in().child().evaluated_from("2025-09-15")
    served(child, "2025-10-20", "2025-10-27", "2025-11-03")
    return child


def read(child: Child, otherwise: Otherwise) -> Record:
    def get(path: str) -> Json:
        body = sent(child.api.get(path), 200)
        otherwise(path, body)
        return body

    return Record(get, str(child.student_id), child.case_id, child.place.today)


def breaches(child: Child, what: str, step: str, otherwise: Otherwise, said: Json) -> list[str]:
    record = read(child, otherwise)
    moved = record.case
    if what != "cases":
        moved = record.of_case(what)[-1]
    return list(LAWS[what, step](record, moved, said))


UNLAWFUL: Sequence[tuple[str, str, Otherwise]] = (
    ("cases", "start-evaluation", without(ASKED)),
    ("cases", "start-evaluation", without(ASKED, purpose="initial_evaluation")),
    ("cases", "start-evaluation", but(ASKED, revoked_on="2025-09-16")),
    ("cases", "start-evaluation", but(ASKED, form="oral")),
    ("cases", "start-evaluation", but(ASKED, answer="refused")),
    ("cases", "start-evaluation", but(ASKED, stands_in="hearing_order")),
    ("cases", "start-evaluation", but(ASKED, signed_on="2025-09-14")),
    ("cases", "start-evaluation", without(GIVEN, kind="procedural_safeguards")),
    ("cases", "propose-evaluation", without(GIVEN)),
    ("cases", "determine", without(DECIDED)),
    ("notices", "issue", but(GIVEN, contents={"action": " "})),
    ("eligibility-determinations", "finalize", but(DECIDED, group=[])),
    ("eligibility-determinations", "finalize", but(DECIDED, parent_participated=False)),
    ("eligibility-determinations", "finalize", but(DECIDED, disability_present=None)),
    ("eligibility-determinations", "finalize", but(DECIDED, needs_special_education=False)),
    ("eligibility-determinations", "finalize", but(DECIDED, determinants={"reading": None})),
    ("eligibility-determinations", "finalize", but(DECIDED, category="SLD")),
    (
        "eligibility-determinations",
        "finalize",
        but(DECIDED, sources=[{"kind": "medical"}, {"kind": "prescription"}]),
    ),
    ("plans", "put-in-effect", without(ASKED, purpose="initial_services")),
    ("plans", "put-in-effect", but(ASKED, revocation_form="written")),
    ("plans", "put-in-effect", without(DECIDED)),
    ("plans", "put-in-effect", but(DECIDED, outcome="not_eligible")),
    ("plans", "put-in-effect", without(GIVEN, concerning="fape")),
    ("plans", "put-in-effect", but("/v1/students/", placement="parentally_placed_private")),
)
"""What moved, the step it took, and what of it is otherwise than in the case as it was."""

SAID: Sequence[tuple[str, Json, Json]] = (
    ("withdraw", {"withdrawn_by": "parent"}, {"withdrawn_by": "staff"}),
    (
        "transfer-out",
        {"destination": "another_state", "enrolled_elsewhere_on": "2025-10-01"},
        {"destination": "another_state"},
    ),
    ("seek-override", {"purpose": "initial_evaluation"}, {"purpose": "initial_services"}),
    (
        "excuse-not-produced",
        {"attempts": [{"attempted_on": "2025-10-01"}, {"attempted_on": "2025-10-02"}]},
        {"attempts": [{"attempted_on": "2025-10-01"}]},
    ),
)
"""A step of the case, what may be said with it, and what may not."""


def closing_and_declining(child: Child) -> None:
    said = {"reason_code": "no_suspected_disability"}
    assert breaches(child, "cases", "close", same, said)
    assert not breaches(child, "cases", "close", without("/referrals"), said)
    assert breaches(child, "cases", "decline", same, said)
    refused = but(GIVEN, decision="refuse")
    assert not breaches(child, "cases", "decline", refused, said)
    assert breaches(child, "cases", "decline", refused, {"reason_code": "mtss_incomplete"})


def recording_a_refusal(child: Child) -> None:
    assert breaches(child, "cases", "record-refusal", same, {})
    assert not breaches(child, "cases", "record-refusal", but(ASKED, answer="refused"), {})


def moving_here(child: Child) -> None:
    moved = but("/evaluations", transfer_enrolled_on="2025-09-20")
    agreed = {"parent_agreed": True}
    assert not breaches(child, "cases", "agree-transfer-date", moved, agreed)
    assert breaches(child, "cases", "agree-transfer-date", moved, {"parent_agreed": False})
    assert breaches(child, "cases", "agree-transfer-date", same, agreed)


def ending_a_plan(child: Child) -> None:
    for reason, lawful in (("moved", True), ("ged_or_certificate", False), ("dismissed", False)):
        ended = but("/plans", ended_on="2026-01-12", end_reason=reason)
        assert (breaches(child, "plans", "end", ended, {}) == []) is lawful


def revoking(child: Child) -> None:
    def ends(otherwise: Otherwise) -> list[str]:
        def alter(path: str, body: Json) -> None:
            otherwise(path, body)
            but("/plans", ended_on="2026-01-12", end_reason="consent_revoked")(path, body)

        return breaches(child, "plans", "end", alter, {})

    written: Json = {"revoked_on": "2025-11-01", "revocation_form": "written"}
    assert ends(but(ASKED, **written)) == []
    assert ends(but(ASKED, **(written | {"revocation_form": "oral"})))
    assert ends(but(ASKED, **(written | {"revoked_on": "2026-01-02"})))


def an_independent_evaluation(child: Child) -> None:
    asked = {"evaluation_id": None, "status": "requested"}
    law = LAWS["independent-evaluation-requests", "decline"]
    assert list(law(read(child, same), asked, {}))
    assert not list(law(read(child, but("/evaluations", report_completed_on=None)), asked, {}))
    law = LAWS["independent-evaluation-requests", "defend"]
    assert list(law(read(child, same), asked, {}))
    child.disputed("2025-12-01", about="independent_evaluation")
    assert not list(law(read(child, same), asked, {}))


def test_a_lawful_case_breaks_no_law_and_an_unlawful_one_does(child: Child) -> None:
    for what, step, otherwise in UNLAWFUL:
        assert breaches(child, what, step, same, {}) == []
        assert breaches(child, what, step, otherwise, {}), (what, step)
    for step, lawful, unlawful in SAID:
        assert breaches(child, "cases", step, same, lawful) == []
        assert breaches(child, "cases", step, same, unlawful), step
    for a_law in (
        closing_and_declining,
        recording_a_refusal,
        moving_here,
        ending_a_plan,
        revoking,
        an_independent_evaluation,
    ):
        a_law(child)
