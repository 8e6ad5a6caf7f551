"""Guardians over HTTP: who stands in a parent's place, and what hangs on their rights."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from service.clock import SetClock
from tests.api.conftest import NOW
from tests.builders import ApiClient
from tests.scenarios.journey import Child, Json, Place, sent

PERSON = {"given_name": "Dana", "family_name": "Rivers", "relationship": "parent"}


@pytest.fixture
def child(api: ApiClient, clock: SetClock, district: UUID) -> Child:
    """A child in Wisconsin whose parent asked on 2026-09-01; proposed a week later."""
    clock.set(NOW - timedelta(days=60))
    child = Place(api, clock, district).child(born="2017-05-04")
    child.parent_asks("2026-09-01")
    return child


def guardian_of(child: Child, **more: str) -> Json:
    return sent(child.api.post(f"/v1/students/{child.student_id}/guardians", {**PERSON, **more}))


class TestRights:
    def test_a_clock_is_provisional_that_runs_from_the_consent_of_one_who_has_none(
        self, api: ApiClient, child: Child
    ) -> None:
        guardian = guardian_of(child, educational_rights="confirmed")
        child.told_of_evaluation("2026-09-08")
        child.step("2026-09-08", "propose-evaluation").must_be_allowed()
        child.consents("2026-09-10", guardian_id=guardian["id"])
        child.step("2026-09-11", "start-evaluation").must_be_allowed()
        assert self.provisional(child) is False
        for rights, provisional in (("restricted", True), ("unknown", False)):
            path = f"/v1/guardians/{guardian['id']}"
            sent(api.patch(path, {"educational_rights": rights}, etag="*"), 200)
            assert self.provisional(child) is provisional
            rebuilt = sent(api.post("/v1/deadlines/rebuild"), 200)
            assert rebuilt == {"cases": 1, "changed": 0, "stale_since": None}

    def provisional(self, child: Child) -> bool:
        listed = f"/v1/deadlines?case_id={child.case_id}&term=initial_evaluation"
        (clock,) = sent(child.api.get(listed), 200)["items"]
        answer: bool = clock["provisional"]
        return answer


def test_a_number_that_another_guardian_has_is_refused_with_whose_it_is(
    api: ApiClient, child: Child
) -> None:
    first = guardian_of(child, sourced_id="g-1")
    second = guardian_of(child, sourced_id="g-2")
    refused = api.patch(f"/v1/guardians/{second['id']}", {"sourced_id": "g-1"}, etag="*")
    assert refused.status_code == 409
    assert refused.get_json()["record"] == {"type": "guardian", "id": first["id"]}
