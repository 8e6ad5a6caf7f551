"""Deadlines in a calendar: what is written is read back, names no child, and can be taken away."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from service.exports.ical import Event, calendar
from service.storage.database import Database
from service.worker import rebuilds
from service.workflow import rebuilds as asked
from tests.builders import ApiClient, a_client, a_token, services_of
from tests.scenarios.journey import CAL_M, Child, NewPlace, Place, sent

AT = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    lines = text.split("\r\n")[:-1]
    assert all(len(line.encode()) <= 75 for line in lines)
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def read(text: str) -> list[dict[str, str]]:
    """The events of a calendar, as a program would read them (RFC 5545)."""
    found: list[dict[str, str]] = []
    lines = unfolded(text)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    for line in lines:
        key, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and key not in ("END", "BEGIN"):
            found[-1][key.partition(";")[0]] = value
    return found


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(
    st.builds(
        Event,
        uid=st.uuids().map(str),
        day=st.dates(date(1900, 1, 1), date(2200, 12, 31)),
        summary=words,
        description=words,
        categories=st.lists(st.sampled_from(["clock", "duty", "overdue"]), min_size=1).map(tuple),
    ),
    words,
)
def test_what_is_written_is_read_back(event: Event, name: str) -> None:
    text = calendar(name, [event], at=AT, sequence=7)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    (one,) = read(text)
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", event.summary.replace("\r\n", "\n"))
    assert plain(one["SUMMARY"]) == kept
    assert one["DTSTART"] == f"{event.day:%Y%m%d}"
    assert one["DTEND"] == f"{event.day + timedelta(days=1):%Y%m%d}"
    assert one["DTSTAMP"] == "20261005T150000Z"
    assert one["SEQUENCE"] == "7"
    assert one["CATEGORIES"].split(",") == list(event.categories)


def test_a_line_is_never_cut_within_a_character() -> None:
    event = Event(uid="1", day=date(2026, 1, 1), summary="李" * 200, description="", categories=())
    (one,) = read(calendar("李", [event], at=AT, sequence=0))
    assert one["SUMMARY"] == "李" * 200


@pytest.fixture
def place(district_in: NewPlace) -> Place:
    return district_in()


@pytest.fixture
def child(place: Place) -> Child:
    """A child whose case has a champion, and something due."""
    child = place.child().evaluated_from("2025-09-15")
    child.change_case(champion_staff_id=place.somebody("case_manager"))
    return child


def made(place: Place, **whose: Any) -> str:
    """The address of a new feed."""
    feed = sent(place.api.post("/v1/calendar-feeds", whose))
    assert "address" not in feed
    return str(sent(place.api.get(f"/v1/calendar-feeds/{feed['id']}"), 200)["address"])


def fetched(place: Place, address: str, status: int = 200) -> str:
    answer = ApiClient(place.api.http).get(address)
    assert answer.status_code == status, answer.text
    return answer.text


def test_a_staff_member_sees_what_is_theirs_with_nobodys_name(place: Place, child: Child) -> None:
    address = made(place, staff_id=place.somebody("case_manager"))
    text = fetched(place, address)
    due = {d["id"]: d for d in child.deadlines() if d["due_on"] and d["state"] == "running"}
    events = read(text)
    assert {event["UID"].partition("@")[0] for event in events} == due.keys() != set()
    for event in events:
        deadline = due[event["UID"].partition("@")[0]]
        assert event["DTSTART"] == deadline["due_on"].replace("-", "")
        assert plain(event["SUMMARY"]).endswith(deadline["title"])
        assert deadline["term"] in event["CATEGORIES"].split(",")
    student = sent(place.api.get(f"/v1/students/{child.student_id}"), 200)
    assert student["family_name"] not in text
    assert student["given_name"] not in text


def test_a_moved_day_has_the_same_uid_and_a_later_sequence(place: Place, child: Child) -> None:
    address = made(place, staff_id=place.somebody("case_manager"))
    before = {event["UID"]: event for event in read(fetched(place, address))}
    consent = sent(place.api.get(f"/v1/cases/{child.case_id}/consents"), 200)["items"][0]
    said = {"field": "received_on", "value": "2025-09-12", "reason": "The stamp says so."}
    sent(place.api.post(f"/v1/consents/{consent['id']}/corrections", said))
    after = {event["UID"]: event for event in read(fetched(place, address))}
    moved = [uid for uid in before if before[uid]["DTSTART"] != after[uid]["DTSTART"]]
    assert moved
    assert all(int(after[uid]["SEQUENCE"]) > int(before[uid]["SEQUENCE"]) for uid in moved)


def test_what_is_past_says_so(place: Place, child: Child) -> None:
    address = made(place, staff_id=place.somebody("case_manager"))
    place.on("2026-06-01")
    assert all(
        event["SUMMARY"].startswith("Overdue: ") and "overdue" in event["CATEGORIES"]
        for event in read(fetched(place, address))
    )


def test_a_day_that_is_worked_out_anew_is_tentative(
    app: Flask, place: Place, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "AT_ONCE", 0)
    address = made(place, staff_id=place.somebody("case_manager"))
    path = f"/v1/districts/{place.id}"
    etag = place.api.get(path).headers["ETag"]
    said = {"settings": {"roll": "next_working_day"}}
    sent(place.api.patch(path, said, etag=etag), 200)
    events = read(fetched(place, address))
    assert events
    for event in events:
        assert event["STATUS"] == "TENTATIVE"
        assert event["CATEGORIES"].split(",")[-1] == "stale"
        assert plain(event["DESCRIPTION"]).endswith("is being worked out anew and may move.")
    while rebuilds.go_on(services_of(app)):
        pass
    for event in read(fetched(place, address)):
        assert "STATUS" not in event
        assert "stale" not in event["CATEGORIES"]


def test_a_school_sees_its_students(place: Place) -> None:
    school = sent(place.api.post("/v1/schools", {"name": "Lincoln, east; west"}))["id"]
    child = place.child(school_id=school).evaluated_from("2025-09-15")
    place.child().evaluated_from("2025-09-15")
    text = fetched(place, made(place, school_id=school))
    assert "NAME:Deadlines of Lincoln\\, east\\; west" in unfolded(text)
    shown = {event["UID"].partition("@")[0] for event in read(text)}
    assert shown == {d["id"] for d in child.deadlines() if d["due_on"] and d["state"] == "running"}


def test_a_school_sees_what_is_due_of_a_student_without_a_case(district_in: NewPlace) -> None:
    place = district_in("us", CAL_M)
    school = sent(place.api.post("/v1/schools", {"name": "Lincoln"}))["id"]
    child = place.child(school_id=school)
    place.on("2025-10-06")
    day = {"behavior_on": "2025-10-06", "began_on": "2025-10-06", "changes_placement": True}
    body = {"student_id": child.student_id, "written_concern_on": "2025-09-22", **day}
    sent(place.api.post("/v1/disciplinary-removals", body))
    path = f"/v1/deadlines?student_id={child.student_id}"
    due = {d["id"] for d in sent(place.api.get(path), 200)["items"] if d["due_on"]}
    events = read(fetched(place, made(place, school_id=school)))
    assert {event["UID"].partition("@")[0] for event in events} == due != set()
    assert all("Case " not in event["DESCRIPTION"] for event in events)


def test_a_deleted_feed_leads_nowhere(place: Place) -> None:
    staff = place.somebody("case_manager")
    address, other = made(place, staff_id=staff), made(place, staff_id=staff)
    path = f"/v1/calendar-feeds/{address.removeprefix('/calendar-feeds/')[:36]}"
    assert place.api.delete(path, etag=place.api.get(path).headers["ETag"]).status_code == 204
    fetched(place, address, 404)
    fetched(place, other)
    events = sent(place.api.get("/v1/events?event=calendar_feed."), 200)["items"]
    assert [one["event"].partition(".")[2] for one in events] == ["created", "created", "revoked"]


def test_a_guessed_address_leads_nowhere(place: Place) -> None:
    address = made(place, staff_id=place.somebody("case_manager"))
    other = made(place, staff_id=place.somebody("teacher"))
    fetched(place, f"{address[:53]}{'A' * 42}.ics", 404)
    fetched(place, address[:53] + other[53:], 404)


def test_who_has_left_has_no_calendar(place: Place) -> None:
    staff = place.somebody("case_manager")
    address, path = made(place, staff_id=staff), f"/v1/staff/{staff}"
    etag = place.api.get(path).headers["ETag"]
    place.api.patch(path, {"active": False}, etag=etag)
    fetched(place, address, 404)


def test_the_secret_is_neither_stored_nor_in_the_feed_of_changes(
    place: Place, store: Database
) -> None:
    secret = made(place, staff_id=place.somebody("case_manager"))[53:].removesuffix(".ics")
    told = place.api.get("/v1/events?include=payload&limit=500").text
    assert secret not in told
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM calendar_feeds").all()
        answers = connection.exec_driver_sql("SELECT body FROM idempotency_keys").all()
    assert rows
    assert secret not in str(rows)
    assert all(secret.encode() not in bytes(answer.body) for answer in answers)


@pytest.mark.parametrize("body", [{}, {"staff_id": None}, "both"])
def test_a_feed_is_of_one_person_or_one_school(place: Place, body: Any) -> None:
    school = sent(place.api.post("/v1/schools", {"name": "Lincoln"}))["id"]
    both = {"staff_id": place.somebody("teacher"), "school_id": school}
    answer = place.api.post("/v1/calendar-feeds", both if body == "both" else body)
    assert answer.status_code == 422


def test_reading_an_address_takes_its_own_scope(place: Place, app: Flask, store: Database) -> None:
    client = a_client(store, place.id, scopes=["deadlines:read", "exports:read"])
    api = ApiClient(app.test_client(), a_token(app, client))
    assert api.get("/v1/calendar-feeds").status_code == 403
