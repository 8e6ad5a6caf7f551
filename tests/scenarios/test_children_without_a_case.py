"""What is owed to a child whom no case is about: records to show, a birthday, an IEP that came."""

from __future__ import annotations

from typing import Any

from tests.scenarios.journey import CAL_M, Child, Json, NewPlace, sent

DAY = "2025-09-10"


def known(district_in: NewPlace, state: str = "us", **more: Any) -> Child:
    """A child on the roster, with no case."""
    child = district_in(state).child(**more)
    child.place.on(DAY)
    return child


def recorded(child: Child, noun: str, **body: Any) -> str:
    made = sent(child.api.post(f"/v1/{noun}", {"student_id": child.student_id, **body}))
    assert made["case_id"] is None
    return f"/v1/{noun}/{made['id']}"


def owed(child: Child, term: str) -> Json:
    """The one deadline of a term that the child is owed."""
    path = f"/v1/deadlines?student_id={child.student_id}&term={term}"
    items: list[Json] = sent(child.api.get(path), 200)["items"]
    (found,) = items
    return found


class TestRecordsThatAreAskedFor:
    """IDEA-ACCESS-45 (300.613)."""

    def test_are_shown_within_45_days(self, district_in: NewPlace) -> None:
        child = known(district_in)
        path = recorded(child, "records-requests", requested_on=DAY)
        due = owed(child, "records_access")
        assert (due["case_id"], due["due_on"]) == (None, "2025-10-25")
        assert child.api.get(f"/v1/deadlines/{due['id']}").get_json()["days_left"] == 45
        child.place.on("2025-09-22")
        child.patched(path, {"given_on": "2025-09-22"})
        assert owed(child, "records_access")["state"] == "met"

    def test_are_due_from_the_day_as_it_was_set_right(self, district_in: NewPlace) -> None:
        child = known(district_in)
        path = recorded(child, "records-requests", requested_on=DAY)
        said = {"field": "requested_on", "value": "2025-09-08", "reason": "Misread the stamp"}
        sent(child.api.post(f"{path}/corrections", said))
        assert owed(child, "records_access")["due_on"] == "2025-10-23"

    def test_go_with_the_case_that_they_are_then_said_to_belong_to(
        self, district_in: NewPlace
    ) -> None:
        child = known(district_in)
        path = recorded(child, "records-requests", requested_on=DAY)
        child.parent_asks(DAY)
        child.patched(path, {"case_id": child.case_id})
        assert owed(child, "records_access")["case_id"] == child.case_id

    def test_leave_the_table_as_it_is_computed(self, district_in: NewPlace) -> None:
        child = known(district_in)
        recorded(child, "records-requests", requested_on=DAY)
        assert sent(child.api.post("/v1/deadlines/rebuild"), 200)["changed"] == 0


class TestAToddlerWhoLeavesPartC:
    """IDEA-C2B-THIRD and PARTC-NOTIFY-90 (300.124, 303.209)."""

    def test_is_owed_an_iep_by_the_third_birthday_though_no_date_is_known(
        self, district_in: NewPlace
    ) -> None:
        child = known(district_in, born="2023-03-10", placement="preschool")
        path = recorded(child, "part-c-transitions")
        due = owed(child, "part_c_to_part_b")
        assert (due["started_on"], due["due_on"]) == (DAY, "2026-03-10")
        assert owed(child, "part_c_notice")["due_on"] == "2025-12-10"
        child.place.on("2025-12-01")
        child.patched(path, {"notified_on": "2025-12-01"})
        assert owed(child, "part_c_notice")["state"] == "met"
        assert owed(child, "part_c_to_part_b")["started_on"] == DAY


class TestAnIepThatCame:
    """IDEA-TRANSFER-IEP-IN (300.323(e))."""

    def test_is_owed_services_at_once_and_adopted_or_made_anew(self, district_in: NewPlace) -> None:
        child = known(district_in, "us-wi")
        path = recorded(child, "transferred-ieps", from_state="WI", enrolled_on=DAY)
        assert owed(child, "comparable_services_within_state")["state"] == "open"
        child.patched(path, {"comparable_services_on": DAY, "adopted_on": DAY})
        assert owed(child, "comparable_services_within_state")["state"] == "met"
        assert owed(child, "transferred_iep_within_state")["state"] == "met"


class TestARemoval:
    """IDEA-DISC-KNOWLEDGE (300.534): the protections do not wait for a case."""

    def removed(self, district_in: NewPlace, **more: Any) -> tuple[Child, str]:
        child = district_in("us", CAL_M).child()
        child.place.on("2025-10-06")
        day = {"behavior_on": "2025-10-06", "began_on": "2025-10-06", "changes_placement": True}
        body = {"student_id": child.student_id, **day, **more}
        made = sent(child.api.post("/v1/disciplinary-removals", body))
        return child, f"/v1/disciplinary-removals/{made['id']}"

    def test_after_a_parent_wrote_owes_the_manifestation_determination(
        self, district_in: NewPlace
    ) -> None:
        child, path = self.removed(district_in, written_concern_on="2025-09-22")
        due = owed(child, "manifestation_determination")
        assert (due["case_id"], due["due_on"]) == (None, "2025-10-21")
        assert owed(child, "removal_services")["state"] == "open"
        child.place.on("2025-10-14")
        held = {"caused_by_disability": False, "caused_by_failure_to_implement": False}
        child.patched(path, {"manifestation_determined_on": "2025-10-14", **held})
        assert owed(child, "manifestation_determination")["state"] == "met"

    def test_after_staff_told_a_supervisor_owes_it_too(self, district_in: NewPlace) -> None:
        child, _ = self.removed(district_in, staff_concern_on="2025-09-22")
        assert owed(child, "manifestation_determination")["due_on"] == "2025-10-21"
        assert flags(child) == []

    def test_of_which_nobody_was_told_before_owes_none(self, district_in: NewPlace) -> None:
        child, _ = self.removed(district_in, written_concern_on="2025-10-06")
        path = f"/v1/deadlines?student_id={child.student_id}"
        assert {one["term"] for one in sent(child.api.get(path), 200)["items"]} == {
            "child_find_flag"
        }

    def test_shows_what_the_parent_wrote_until_it_is_a_request(self, district_in: NewPlace) -> None:
        child, _ = self.removed(district_in, written_concern_on="2025-09-22")
        (flag,) = flags(child)
        assert flag["kind"] == "parent_concern"
        (shown,) = flag["evidence"]
        assert (shown["type"], shown["written_concern_on"]) == (
            "disciplinary_removal",
            "2025-09-22",
        )
        child.parent_asks("2025-10-07")
        assert flags(child) == []
        due = owed(child, "manifestation_determination")
        assert (due["case_id"], due["due_on"]) == (child.case_id, "2025-10-21")
        assert sent(child.api.post("/v1/deadlines/rebuild"), 200)["changed"] == 0


def flags(child: Child) -> list[Json]:
    """What is flagged of the child and stands."""
    path = f"/v1/child-find-flags?student_id={child.student_id}&status=open"
    items: list[Json] = sent(child.api.get(path), 200)["items"]
    return items


def test_nothing_is_owed_to_a_child_of_whom_nothing_is_recorded(district_in: NewPlace) -> None:
    child = known(district_in)
    assert sent(child.api.get(f"/v1/deadlines?student_id={child.student_id}"), 200)["items"] == []
