"""The school's own request is refused: somebody now owes the child a look."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import Child, NewPlace, sent

GATE = "STATE-PREREFERRAL-INTERVENTION"


@pytest.fixture
def sam(district_in: NewPlace) -> Child:
    """A child whom a teacher refers on 2025-09-29, without documented support, US-DEFAULT."""
    sam = district_in().child()
    sam.teacher_refers("2025-09-29")
    return sam


class TestTheSafeguards:
    """300.504(a)(1): the notice is due upon the initial referral, whatever the school does next."""

    def test_are_owed_from_the_teachers_referral_on(self, sam: Child) -> None:
        owed = sam.deadline("procedural_safeguards")
        assert (owed["started_on"], owed["state"]) == ("2025-09-29", "open")
        assert [c["text"] for c in owed["citations"]] == ["34 CFR 300.504(a)(1)"]
        sam.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        sam.given("2025-09-30", "procedural_safeguards")
        assert sam.deadline("procedural_safeguards")["met_on"] == "2025-09-30"

    def test_are_owed_anew_when_a_parent_asks(self, sam: Child) -> None:
        sam.given("2025-09-30", "procedural_safeguards")
        sam.parent_asks("2025-10-03")
        states = {d["started_on"]: d["state"] for d in sam.deadlines("procedural_safeguards")}
        assert states == {"2025-09-29": "met", "2025-10-03": "open"}

    def test_stay_owed_when_the_concern_is_closed(self, sam: Child) -> None:
        sam.step(
            "2025-10-06", "close", reason_code="no_suspected_disability", reason="New glasses."
        ).must_be_allowed()
        assert sam.deadline("procedural_safeguards")["state"] == "open"


class TestTheReview:
    def test_opens_with_the_refusal(self, sam: Child) -> None:
        assert sam.deadlines("child_find_review") == []
        refused = sam.step("2025-09-29", "request-evaluation")
        assert "none is recorded" in refused.must_be_refused_by(GATE)["because"]
        review = sam.deadline("child_find_review")
        assert (review["state"], review["rule_id"]) == ("open", "IDEA-CHILD-FIND")
        assert review["started_on"] == "2025-09-29"

    def test_is_the_champions(self, sam: Child) -> None:
        champion = sam.place.somebody("school_psychologist")
        sam.change_case(champion_staff_id=champion)
        sam.step("2025-09-30", "request-evaluation").must_be_refused_by(GATE)
        assert sam.deadline("child_find_review")["owner_staff_id"] == champion

    def test_without_a_champion_somebody_still_owns_it(self, sam: Child) -> None:
        sam.step("2025-09-30", "request-evaluation").must_be_refused_by(GATE)
        assert sam.deadline("child_find_review")["owner_staff_id"] is not None

    def test_where_nobody_was_named_the_principal_of_the_school_owns_it(
        self, district_in: NewPlace
    ) -> None:
        place = district_in()
        here = sent(place.api.post("/v1/schools", {"name": "Lincoln"}))["id"]

        def somebody(role: str, school_id: str | None) -> str:
            body = {"given_name": "Ana", "family_name": role, "roles": [role]}
            made = sent(place.api.post("/v1/staff", {**body, "school_id": school_id}))
            id: str = made["id"]
            return id

        somebody("lea_representative", None)
        somebody("teacher", here)
        principal = somebody("principal", here)
        sam = place.child(school_id=here)
        sam.referred("2025-09-29", "staff")
        sam.step("2025-09-30", "request-evaluation").must_be_refused_by(GATE)
        assert sam.deadline("child_find_review")["owner_staff_id"] == principal

    def test_is_one_however_often_the_step_is_refused(self, sam: Child) -> None:
        for day in ("2025-09-29", "2025-09-30", "2025-10-01"):
            sam.step(day, "request-evaluation").must_be_refused_by(GATE)
        assert sam.deadline("child_find_review")["started_on"] == "2025-09-29"

    def test_a_dry_run_opens_none(self, sam: Child) -> None:
        at = f"/v1/cases/{sam.case_id}/steps/request-evaluation?dry_run=true"
        assert sent(sam.api.post(at, {}), 200)["allowed"] is False
        assert sam.deadlines("child_find_review") == []

    def test_closes_when_the_case_moves_on(self, sam: Child) -> None:
        sam.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        suspicion = {"staff_id": sam.place.somebody("teacher"), "statement": "I suspect dyslexia."}
        sam.step("2025-10-02", "request-evaluation", suspicion=suspicion).must_be_allowed()
        review = sam.deadline("child_find_review")
        assert (review["state"], review["met_on"]) == ("met", "2025-10-02")

    def test_closes_when_a_parent_asks(self, sam: Child) -> None:
        sam.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        sam.parent_asks("2025-10-03")
        assert sam.status == "evaluation_requested"
        review = sam.deadline("child_find_review")
        assert (review["state"], review["met_on"]) == ("met", "2025-10-03")

    def test_support_that_is_documented_later_opens_the_way(self, sam: Child) -> None:
        sam.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        sam.helped("2025-09-30", "2025-11-14")
        sam.step("2025-11-17", "request-evaluation").must_be_allowed()
        assert sam.deadline("child_find_review")["state"] == "met"


class TestClosing:
    def test_where_nobody_suspects_anything_the_case_may_close(self, sam: Child) -> None:
        sam.step("2025-09-29", "request-evaluation").must_be_refused_by(GATE)
        closed = sam.step(
            "2025-10-06",
            "close",
            reason_code="no_suspected_disability",
            reason="The look found none; the parent was told.",
        )
        closed.must_be_allowed()
        assert sam.deadline("child_find_review")["state"] == "met"
        # Help never depends on it.
        assert sam.owes == {"procedural_safeguards", "offer_support"}
        sam.given("2025-10-06", "procedural_safeguards")
        assert sam.owes == {"offer_support"}
        sam.helped("2025-10-07", "2025-11-14")
        assert sam.owes == set()

    def test_unfinished_support_is_no_reason(self, sam: Child) -> None:
        closed = sam.step("2025-10-06", "close", reason_code="mtss_incomplete", reason="Wait.")
        closed.must_be_refused_by("IDEA-REQUEST-NO-RTI-BLOCK")

    def test_a_stated_suspicion_is_not_closed_away(self, district_in: NewPlace) -> None:
        place = district_in()
        sam = place.child()
        stated = {"staff_id": place.somebody("teacher"), "statement": "I suspect dyslexia."}
        sam.teacher_refers("2025-09-29", suspicion=stated)
        closed = sam.step(
            "2025-10-06", "close", reason_code="no_suspected_disability", reason="None."
        )
        closed.must_be_refused_by("IDEA-REQUEST-DECIDE")
        sam.given("2025-10-06", decision="refuse", concerning="evaluation")
        sam.step(
            "2025-10-06", "decline", reason_code="no_suspected_disability", reason="None."
        ).must_be_allowed()
