"""School calendars: what a year may look like, and which years may stand beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rosters import YEAR, Json, a_calendar, a_school
from tests.builders import ApiClient, faults

PATH = "/v1/school-calendars"
NEXT: Json = {"school_year": 2028, "first_day": "2027-08-23", "last_day": "2028-06-02"}


def off(begins: str, until: str | None = None) -> Json:
    return {"from": begins, "name": "No school", **({"until": until} if until else {})}


def test_a_day_off_without_an_end_is_one_day(api: ApiClient) -> None:
    made = a_calendar(api, days_off=[off("2026-09-07")], half_days=["2026-12-18"])
    [day] = made["days_off"]
    assert (day["from"], day["until"], day["kind"]) == ("2026-09-07", "2026-09-07", "other")
    assert made["half_days"] == ["2026-12-18"]


@pytest.mark.parametrize(
    ("said", "where", "code"),
    [
        ({"last_day": "2026-08-24"}, "/last_day", "order"),
        ({"last_day": "2027-08-26"}, "/last_day", "too_long"),
        ({"last_day": "2026-12-18"}, "/school_year", "not_the_year"),
        ({"days_off": [off("2026-12-24", "2026-12-23")]}, "/days_off/0/until", "order"),
        ({"days_off": [off("2026-08-23")]}, "/days_off/0/from", "outside"),
        ({"days_off": [off("2027-06-04", "2027-06-05")]}, "/days_off/0/until", "outside"),
        ({"half_days": ["2026-08-24", "2027-06-05"]}, "/half_days/1", "outside"),
    ],
)
def test_a_year_that_cannot_be_is_refused_and_nothing_is_kept(
    api: ApiClient, said: Json, where: str, code: str
) -> None:
    assert faults(api.post(PATH, {**YEAR, **said})) == {(where, code)}
    assert api.get(PATH).get_json()["items"] == []
    kept = a_calendar(api)
    at = f"{PATH}/{kept['id']}"
    etag = api.get(at).headers["ETag"]
    assert faults(api.patch(at, said, etag=etag)) == {(where, code)}
    assert api.get(at).get_json() == kept


def test_everything_that_is_wrong_is_said_at_once(api: ApiClient) -> None:
    said: dict[str, Any] = {"days_off": [off("2026-08-23")], "half_days": ["2027-06-05"]}
    assert faults(api.post(PATH, {**YEAR, **said})) == {
        ("/days_off/0/from", "outside"),
        ("/half_days/0", "outside"),
    }


def test_the_first_and_the_last_day_may_be_off_or_half(api: ApiClient) -> None:
    ends = [YEAR["first_day"], YEAR["last_day"]]
    made = a_calendar(api, days_off=[off(day) for day in ends], half_days=ends)
    assert [day["from"] for day in made["days_off"]] == ends


@pytest.mark.parametrize("of_a_school", [True, False])
def test_there_is_one_calendar_of_a_year(api: ApiClient, of_a_school: bool) -> None:
    whose = {"school_id": a_school(api)} if of_a_school else {}
    first = a_calendar(api, **whose)
    again = api.post(PATH, {**YEAR, **whose})
    assert again.status_code == 409
    problem = again.get_json()
    assert problem["type"] == "/problems/conflict"
    assert problem["record"] == {"type": "school_calendar", "id": first["id"]}
    assert problem["detail"].startswith("The school" if of_a_school else "The district")
    a_calendar(api, **NEXT, **whose)


def test_two_years_do_not_overlap(api: ApiClient) -> None:
    a_calendar(api)
    early = {**NEXT, "first_day": "2027-06-04"}
    assert faults(api.post(PATH, early)) == {("/first_day", "overlap")}
    a_calendar(api, **{**NEXT, "first_day": "2027-06-05"})


def test_a_calendar_whose_absence_would_let_two_years_overlap_stays(api: ApiClient) -> None:
    """A school that is counted on its own years is counted on the district's where it has none."""
    school = {"school_id": a_school(api)}
    a_calendar(api, last_day="2027-06-30")
    own = a_calendar(api, **school)
    a_calendar(api, **{**NEXT, "first_day": "2027-06-15"}, **school)
    at = f"{PATH}/{own['id']}"
    etag = api.get(at).headers["ETag"]
    assert faults(api.delete(at, etag=etag)) == {("", "overlap")}
    assert api.get(at).get_json() == own
