"""What a due date is counted on: the school years that are known, and the district's settings."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import CAL_M, Child, Json, NewPlace, Place, sent

EVALUATION = "initial_evaluation"
CALENDAR = "POLICY-CALENDAR"


def asked_for(place: Place) -> list[Json]:
    """The school calendars that the district is asked for."""
    district = sent(place.api.get(f"/v1/districts/{place.id}"), 200)
    return [duty for duty in district["duties"] if duty["rule_id"] == CALENDAR]


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

    def test_it_is_asked_of_the_district_since_the_clock_began(self, child: Child) -> None:
        _, waits = asked_for(child.place)
        assert (waits["due_on"], waits["overdue"]) == ("2026-05-26", False)
        assert waits["because"] == (
            "A deadline that began on 2026-05-26 cannot be dated without a school calendar that "
            "covers 2026-06-17."
        )
        assert asked_for(child.place.on("2026-05-27"))[1]["overdue"] is True
        child.place.keeps(dict(CAL_M[1]))
        assert len(asked_for(child.place)) == 1

    def test_what_is_over_waits_for_nothing(self, district_in: NewPlace) -> None:
        """An answer within ten school days of June 10, which the parent takes back."""
        child = district_in("us-mi", CAL_M[:1]).child()
        child.parent_asks("2026-06-10")
        assert len(asked_for(child.place)) == 2
        withdrawn = {"withdrawn_by": "parent", "reason": "Said so."}
        child.step("2026-06-11", "withdraw", **withdrawn).must_be_allowed()
        assert len(asked_for(child.place)) == 1


class TestTheNextSchoolYear:
    """POLICY-CALENDAR: on record by February 1 of the year before it."""

    def asked(self, place: Place) -> tuple[str, str]:
        (duty,) = asked_for(place)
        assert (duty["owner_staff_id"], duty["because"]) == (None, None)
        assert [c["verification"] for c in duty["citations"]] == ["U", "R"]
        return duty["title"], duty["due_on"]

    def test_is_asked_for_once_the_present_one_is_there(self, district_in: NewPlace) -> None:
        place = district_in().on("2025-09-10")
        assert self.asked(place) == ("Record the school calendar of 2025-26", "2025-02-01")
        assert asked_for(place)[0]["overdue"] is True
        place.keeps(dict(CAL_M[0]))
        assert self.asked(place) == ("Record the school calendar of 2026-27", "2026-02-01")
        assert asked_for(place)[0]["last_done_on"] == "2025-09-10"
        assert asked_for(place)[0]["overdue"] is False
        assert asked_for(place.on("2026-02-02"))[0]["overdue"] is True
        place.keeps(dict(CAL_M[1]))
        assert self.asked(place) == ("Record the school calendar of 2027-28", "2027-02-01")

    def test_of_one_school_is_not_that_of_all(self, district_in: NewPlace) -> None:
        place = district_in().on("2025-09-10")
        place.keeps(dict(CAL_M[0]))
        school = sent(place.api.post("/v1/schools", {"name": "North"}))["id"]
        place.keeps(CAL_M[1] | {"school_id": school})
        assert self.asked(place)[0] == "Record the school calendar of 2026-27"

    def test_is_there_when_every_school_that_keeps_its_own_has_it(
        self, district_in: NewPlace
    ) -> None:
        place = district_in().on("2025-09-10")
        north, south = (
            sent(place.api.post("/v1/schools", {"name": name}))["id"] for name in ("North", "South")
        )
        for year in CAL_M:
            place.keeps(year | {"school_id": north})
        place.keeps(CAL_M[0] | {"school_id": south})
        assert self.asked(place)[0] == "Record the school calendar of 2026-27"
        place.keeps(CAL_M[1] | {"school_id": south})
        assert self.asked(place)[0] == "Record the school calendar of 2027-28"


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
