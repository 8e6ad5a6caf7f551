"""Counsel's sign-off: what a value that nobody read drives before it, and after."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from service.storage.districts import District
from tests.builders import services_of
from tests.scenarios.journey import CAL_A, Child, Json, NewPlace, Place, sent

EVALUATION = "initial_evaluation"


def set_to(place: Place, sign_off: Json, **more: object) -> TestResponse:
    path = f"/v1/districts/{place.id}"
    etag = place.api.get(path).headers["ETag"]
    return place.api.patch(path, {"settings": {"sign_off": sign_off, **more}}, etag=etag)


def in_force(place: Place) -> Json:
    shown = sent(place.api.get(f"/v1/districts/{place.id}"), 200)["in_force"]["sign_off"]
    return shown  # type: ignore[no-any-return]


def value(place: Place, term_id: str = EVALUATION) -> Json:
    """The one value of the term that takes a sign-off."""
    (found,) = (one for one in in_force(place)["values"] if one["term_id"] == term_id)
    return found  # type: ignore[no-any-return]


def signed(place: Place, term_id: str = EVALUATION, **more: str) -> Json:
    """A sign-off of the value in force."""
    return {
        "term_id": term_id,
        "fingerprint": value(place, term_id)["fingerprint"],
        "by": "R. Alvarez, general counsel",
        "on": place.today,
        **more,
    }


def in_full(child: Child, term_id: str = EVALUATION) -> Json:
    id = child.deadline(term_id)["id"]
    return sent(child.api.get(f"/v1/deadlines/{id}"), 200)


class TestALongerPeriodOfTheState:
    """West Virginia's 80 days rest on a secondary source; the federal period is 60."""

    @pytest.fixture
    def child(self, district_in: NewPlace) -> Child:
        return district_in("us-wv").child().evaluated_from("2025-09-15")

    def test_without_the_setting_it_drives_alone_with_its_mark(self, child: Child) -> None:
        clock = in_full(child)
        assert (clock["due_on"], clock["basis"]) == ("2025-12-04", "state")
        assert clock["verification"] == "S"
        assert len(clock["periods"]) == 1

    def test_where_sign_off_is_required_the_federal_period_binds_and_both_are_shown(
        self, child: Child
    ) -> None:
        assert set_to(child.place, {"required": True}).status_code == 200
        clock = in_full(child)
        assert (clock["due_on"], clock["basis"]) == ("2025-11-14", "federal_until_signed_off")
        assert [(p["count"], p["due_on"], p["binds"]) for p in clock["periods"]] == [
            (80, "2025-12-04", False),
            (60, "2025-11-14", True),
        ]
        assert "until counsel signs" in clock["periods"][1]["says"]
        (listed,) = child.deadlines(EVALUATION)
        assert (listed["due_on"], listed["basis"]) == (clock["due_on"], clock["basis"])

    def test_signed_off_the_state_s_own_drives_again(self, child: Child) -> None:
        sign_off: Json = {"required": True, "terms": [signed(child.place)]}
        assert set_to(child.place, sign_off).status_code == 200
        clock = in_full(child)
        assert (clock["due_on"], clock["basis"]) == ("2025-12-04", "state")
        assert value(child.place)["signed_off"] == sign_off["terms"][0]

    def test_a_sign_off_of_another_value_counts_for_nothing_and_is_shown_as_lapsed(
        self, child: Child
    ) -> None:
        """As after a correction of the pack: the fingerprint is of a value that was."""
        old = signed(child.place, fingerprint="0" * 32)
        assert set_to(child.place, {"required": True, "terms": [old]}).status_code == 422
        stored_before_the_correction(child.place, {"required": True, "terms": [old]})
        sent(child.api.post("/v1/deadlines/rebuild"), 200)
        assert child.due(EVALUATION) == "2025-11-14"
        shown = in_force(child.place)
        assert shown["lapsed"] == [old]
        assert value(child.place)["signed_off"] is None
        kept = set_to(child.place, {"required": True, "terms": [old, signed(child.place)]})
        assert kept.status_code == 200, "what was stored may be sent again"
        assert child.due(EVALUATION) == "2025-12-04"


def stored_before_the_correction(place: Place, sign_off: Json) -> None:
    """As the settings would stand if the law had been corrected since."""
    database = services_of(place.api.http.application).database
    with database.writer.begin() as connection:
        connection.execute(
            update(District).where(District.id == place.id).values(settings={"sign_off": sign_off})
        )


class TestAStateDeadlineIsNeverReplacedByNone:
    def test_one_that_ends_sooner_than_the_federal_period_drives(
        self, district_in: NewPlace
    ) -> None:
        """South Dakota: 25 school days, from a secondary source."""
        place = district_in("us-sd", CAL_A)
        assert set_to(place, {"required": True}).status_code == 200
        child = place.child().evaluated_from("2025-09-15")
        clock = in_full(child)
        assert (clock["due_on"], clock["basis"]) == ("2025-10-21", "state")
        assert [p["count"] for p in clock["periods"]] == [25, 60]

    def test_one_that_has_no_federal_number_beside_it_drives(self, district_in: NewPlace) -> None:
        """Missouri: 30 days to answer; federal law names none."""
        place = district_in("us-mo")
        assert set_to(place, {"required": True}).status_code == 200
        child = place.child()
        child.parent_asks("2025-09-10")
        answer = in_full(child, "answer_to_request")
        assert (answer["due_on"], answer["basis"]) == ("2025-10-10", "state")
        assert answer["verification"] == "S"
        assert value(place, "answer_to_request")["signed_off"] is None

    def test_one_whose_calendar_is_missing_leaves_the_federal_date_and_says_so(
        self, district_in: NewPlace
    ) -> None:
        place = district_in("us-sd")
        assert set_to(place, {"required": True}).status_code == 200
        child = place.child().evaluated_from("2025-09-15")
        clock = in_full(child)
        assert (clock["due_on"], clock["basis"]) == ("2025-11-14", "federal_until_signed_off")
        assert clock["needs"]


def test_what_was_read_in_the_rule_needs_no_sign_off(district_in: NewPlace) -> None:
    place = district_in("us-tx", CAL_A)
    assert set_to(place, {"required": True}).status_code == 200
    assert EVALUATION not in {one["term_id"] for one in in_force(place)["values"]}
    child = place.child().evaluated_from("2025-09-10")
    assert child.due(EVALUATION) == "2025-11-14"


def test_the_fingerprint_is_the_one_that_the_law_shows(district_in: NewPlace) -> None:
    place = district_in("us-wv")
    law = sent(place.api.get("/v1/policies/us-wv"), 200)
    (term,) = (one for one in law["terms"] if one["id"] == EVALUATION)
    assert value(place)["fingerprint"] in {one["fingerprint"] for one in term["values"]}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"fingerprint": "f" * 32}, "/settings/sign_off/terms/0/fingerprint", "not_found"),
        ({"term_id": "iep_meeting"}, "/settings/sign_off/terms/0/fingerprint", "not_found"),
        ({"by": " "}, "/settings/sign_off/terms/0/by", "invalid"),
        ({"on": "soon"}, "/settings/sign_off/terms/0/on", "invalid"),
        ({"on": "2031-01-01"}, "/settings/sign_off/terms/0/on", "future"),
        ({"on": None}, "/settings/sign_off/terms/0/on", "invalid"),
        ({"note": "x"}, "/settings/sign_off/terms/0/note", "unknown"),
    ],
)
def test_what_is_no_sign_off_is_told_where(
    district_in: NewPlace, change: Json, pointer: str, code: str
) -> None:
    place = district_in("us-wv")
    answer = set_to(place, {"required": True, "terms": [signed(place) | change]})
    assert answer.status_code == 422, answer.text
    (error,) = answer.get_json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert in_force(place)["required"] is False


def test_a_member_that_is_missing_is_told(district_in: NewPlace) -> None:
    place = district_in("us-wv")
    without = {name: said for name, said in signed(place).items() if name != "by"}
    answer = set_to(place, {"terms": [without]})
    (error,) = answer.get_json()["errors"]
    assert (error["pointer"], error["code"]) == ("/settings/sign_off/terms/0/by", "required")
