"""What a due date is counted on: the school years that are known, and the district's settings."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_M, Child, NewPlace, sent

EVALUATION = "initial_evaluation"


class TestTwoSchoolYears:
    """Michigan: 30 school days from a consent that came on 2026-05-26, in the last weeks."""

    @pytest.fixture
    def child(self, district_in: NewPlace) -> Child:
        return district_in("us-mi", CAL_M[:1]).child().evaluated_from("2026-05-26")

    def test_beyond_the_year_that_is_known_nothing_is_guessed(self, child: Child) -> None:
        clock = child.deadline(EVALUATION)
        assert (clock["state"], clock["due_on"], clock["overdue"]) == ("unknown", None, False)
        assert clock["needs"] == ["a school calendar that covers 2026-06-17"]

    def test_the_next_year_entered_tells_the_day(self, child: Child) -> None:
        child.place.keeps(dict(CAL_M[1]))
        clock = child.deadline(EVALUATION)
        assert (clock["state"], clock["due_on"], clock["needs"]) == ("running", "2026-09-16", [])


class TestADueDateOnASaturday:
    """POLICY-ROLL: 60 days from 2025-09-16 end on 2025-11-15."""

    @pytest.fixture
    def child(self, district_in: NewPlace) -> Child:
        return district_in("us", CAL_M).child().evaluated_from("2025-09-16")

    def test_stands_and_names_the_working_day_before_it(self, child: Child) -> None:
        id = child.deadline(EVALUATION)["id"]
        clock = sent(child.api.get(f"/v1/deadlines/{id}"), 200)
        assert clock["due_on"] == "2025-11-15"
        assert clock["last_working_day_on_or_before"] == "2025-11-14"

    def test_moves_where_the_district_says_so(self, child: Child) -> None:
        path = f"/v1/districts/{child.place.id}"
        child.patched(path, {"settings": {"roll": "next_working_day"}})
        assert child.due(EVALUATION) == "2025-11-17"
        child.patched(path, {"settings": {"roll": "none"}})
        assert child.due(EVALUATION) == "2025-11-15"
