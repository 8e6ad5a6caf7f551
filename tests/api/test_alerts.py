"""Alerts: who is told of a deadline, once each, by event and by a mail that names no child."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from socket import socket
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from service.cli import alerts as command
from service.cli.workplace import Workplace
from service.clock import SetClock
from service.domain.alerts import alert_for
from service.policies import Policies
from service.settings import Settings
from service.storage.database import Database
from service.storage.districts import District
from service.storage.locks import held
from service.worker import alerts as worker_alerts
from service.worker import feeds
from service.workflow import alerts as workflow_alerts
from tests.api.records import Json, Records
from tests.builders import ApiClient, a_client, a_district, a_token, do_imports, services_of
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.mail import Mailbox, receiving
from tests.scenarios.journey import sent

Send = Callable[..., int]
CHICAGO = "America/Chicago"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with receiving() as box:
        yield box


@pytest.fixture
def send(
    store: Database, clock: SetClock, district: UUID, mailbox: Mailbox, tmp_path: Path
) -> Send:
    """The command, on this test's database, clock and mail server."""

    def send(*, host: str = "127.0.0.1", port: int | None = None, everywhere: bool = False) -> int:
        settings = Settings(
            data_dir=tmp_path,
            smtp_host=host,
            smtp_port=port or mailbox.port,
            smtp_security="none",
            mail_from="childfind@district.example",
        )
        workplace = Workplace(settings, clock)
        workplace.__dict__["database"] = store
        return command.send(workplace, Namespace(district=None if everywhere else district))

    return send


def somebody(api: ApiClient, role: str, **more: str) -> str:
    person = {"given_name": "Ivo", "family_name": "Marsh", "roles": [role], **more}
    return str(sent(api.post("/v1/staff", person))["id"])


def owned(api: ApiClient, records: Records, owner: str) -> date:
    """A parent's request in a case of this champion; the day the answer is due."""
    case_id = records.receipt(records.student("Juniper"), "parent")["case_id"]
    path = f"/v1/cases/{case_id}"
    etag = api.get(path).headers["ETag"]
    sent(api.patch(path, {"champion_staff_id": owner}, etag=etag), 200)
    found = api.get(f"/v1/deadlines?case_id={case_id}&term=answer_to_request").get_json()
    return date.fromisoformat(found["items"][0]["due_on"])


def told(api: ApiClient, query: str = "") -> list[Json]:
    items: list[Json] = api.get(f"/v1/alerts?limit=500{query}").get_json()["items"]
    return items


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 15, 0, tzinfo=UTC)


def test_owner_and_supervisor_are_told_30_7_and_0_days_before_and_daily_once_late(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    owner = somebody(api, "teacher", email="ana@district.example")
    principal = somebody(api, "principal", email="ivo@district.example")
    due_on = owned(api, records, owner)
    kinds = []
    for days in (20, 7, 3, 0, -1, -2):
        clock.set(at(due_on - timedelta(days=days)))
        assert send() == 0
        assert send() == 0  # nothing twice
        kinds.append([one["kind"] for one in told(api, f"&staff_id={owner}")])
    assert kinds[-1] == ["due_in_30", "due_in_7", "due_today", "late", "late"]
    assert [len(seen) for seen in kinds] == [1, 2, 2, 3, 4, 5]
    roles = {one["staff_id"]: one["role"] for one in told(api)}
    assert roles == {owner: "owner", principal: "supervisor"}
    assert all(one["emailed_at"] for one in told(api))
    assert len(mailbox.messages) == 10
    events = api.get("/v1/events?event=alert.sent&limit=500").get_json()["items"]
    assert [one["row_count"] for one in events] == [2] * 5


def test_more_deadlines_than_are_looked_at_at_once_are_all_told_of(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(workflow_alerts, "BATCH", 2)
    owner = somebody(api, "teacher", email="ana@district.example")
    due_on = {owned(api, records, owner) for _ in range(5)}
    clock.set(at(due_on.pop()))
    assert due_on == set()
    assert send() == 0
    alerts = told(api)
    assert len({one["deadline_id"] for one in alerts}) == len(alerts) == 5
    assert all(one["emailed_at"] for one in alerts)
    (mail,) = mailbox.messages
    assert mail["Subject"] == "Childfind: 5 deadlines"


def test_a_mail_names_no_child(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    due_on = owned(api, records, somebody(api, "teacher", email="ana@district.example"))
    clock.set(at(due_on + timedelta(days=1)))
    send()
    (mail,) = mailbox.messages
    assert (mail["To"], mail["Subject"]) == (
        "ana@district.example",
        "Childfind: 1 deadline, 1 late",
    )
    text = mail.get_content()
    assert "1 day late" in text
    assert told(api)[0]["deadline_id"] in text
    for name in ("Juniper", "Sampleton"):
        assert name not in text


def test_a_mail_that_was_not_taken_is_tried_again_and_nobody_else_waits(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    owner = somebody(api, "teacher", email="ana@district.example")
    somebody(api, "principal", email="ivo@district.example")
    due_on = owned(api, records, owner)
    clock.set(at(due_on))
    mailbox.refused.add("ana@district.example")
    assert send() == 1
    assert [mail["To"] for mail in mailbox.messages] == ["ivo@district.example"]
    assert [one["staff_id"] for one in told(api, "&emailed=false")] == [owner]
    mailbox.refused.clear()
    assert send() == 0
    assert [mail["To"] for mail in mailbox.messages][1:] == ["ana@district.example"]
    assert told(api, "&emailed=false") == []


def test_a_mail_server_that_is_full_is_tried_again(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    owner = somebody(api, "teacher", email="ana@district.example")
    clock.set(at(owned(api, records, owner)))
    mailbox.full = True
    assert send() == 1
    assert mailbox.messages == []
    assert [one["staff_id"] for one in told(api, "&emailed=false")] == [owner]
    mailbox.full = False
    assert send() == 0
    assert [mail["To"] for mail in mailbox.messages] == ["ana@district.example"]


def test_without_a_mail_server_alerts_are_made_and_it_is_said_that_no_mail_went(
    api: ApiClient,
    records: Records,
    clock: SetClock,
    send: Send,
    mailbox: Mailbox,
    capsys: pytest.CaptureFixture[str],
) -> None:
    owner = somebody(api, "teacher", email="ana@district.example")
    clock.set(at(owned(api, records, owner)))
    assert send(host="") == 0
    assert "CHILDFIND_SMTP_HOST" in capsys.readouterr().out
    assert mailbox.messages == []
    assert [one["staff_id"] for one in told(api, "&emailed=false")] == [owner]


@pytest.mark.parametrize(
    "address",
    [
        "a@[",
        "\u00e9va@district.example",
        "x,eve@evil.example",
        "=?utf-8?q?=0d=0aBcc:_eve?=@b.example",
    ],
)
def test_an_address_that_no_mail_can_be_sent_to_keeps_nobody_else_waiting(
    api: ApiClient,
    records: Records,
    clock: SetClock,
    send: Send,
    mailbox: Mailbox,
    address: str,
) -> None:
    owner = somebody(api, "teacher", email=address)
    somebody(api, "principal", email="ivo@district.example")
    clock.set(at(owned(api, records, owner)))
    assert send() == 1
    assert [mail["To"] for mail in mailbox.messages] == ["ivo@district.example"]
    assert [one["staff_id"] for one in told(api, "&emailed=false")] == [owner]


def test_everybody_is_alerted_while_the_mail_server_is_away(
    store: Database, clock: SetClock, app: Flask, policies: Policies, send: Send
) -> None:
    apis, days = [], []
    for _ in range(2):
        here = a_district(store, clock=clock)
        api = ApiClient(app.test_client(), a_token(app, a_client(store, here)))
        owner = somebody(api, "teacher", email="ana@district.example")
        days.append(owned(api, Records(store, here, clock, policies), owner))
        apis.append(api)
    clock.set(at(days[0]))
    with socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(ConnectionRefusedError):
            send(port=nobody.getsockname()[1], everywhere=True)
    assert all(told(api) for api in apis)


def test_a_mail_that_waited_tells_only_what_still_stands_and_each_deadline_once(
    api: ApiClient, records: Records, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    owner = somebody(api, "teacher", email="ana@district.example")
    due_on = owned(api, records, owner)
    mailbox.refused.add("ana@district.example")
    for days in (0, 1, 2):
        clock.set(at(due_on + timedelta(days=days)))
        send()
    assert len(told(api, "&emailed=false")) == 3
    mailbox.refused.clear()
    send()
    (mail,) = mailbox.messages
    assert mail["Subject"] == "Childfind: 1 deadline, 1 late"
    assert mail.get_content().count("2 days late") == 1
    assert told(api, "&emailed=false") == []
    mailbox.refused.add("ana@district.example")
    clock.set(at(due_on + timedelta(days=3)))
    send()
    (case_id,) = {one["case_id"] for one in told(api)}
    records.close(case_id, "withdrawn")
    mailbox.refused.clear()
    send()
    assert len(mailbox.messages) == 1


def test_somebody_elsewhere_is_told_where_nobody_answers_for_the_school(
    api: ApiClient,
    records: Records,
    clock: SetClock,
    send: Send,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case_id = records.receipt(records.student("Juniper"), "parent")["case_id"]
    found = api.get(f"/v1/deadlines?case_id={case_id}&term=answer_to_request").get_json()
    clock.set(at(date.fromisoformat(found["items"][0]["due_on"])))
    send()
    assert told(api) == []
    assert "have no owner, and nobody answers for their district." in capsys.readouterr().out
    school = sent(api.post("/v1/schools", {"name": "Another School"}))["id"]
    principal = somebody(api, "principal", school_id=school)
    send()
    assert {one["staff_id"] for one in told(api)} == {principal}
    assert "nobody" not in capsys.readouterr().out


def test_a_second_run_at_the_same_time_leaves_it_to_the_first(
    store: Database, api: ApiClient, records: Records, clock: SetClock, send: Send
) -> None:
    clock.set(at(owned(api, records, somebody(api, "teacher"))))
    with held(store, "alerts") as free:
        assert free
        assert send() == 0
        assert told(api) == []
    send()
    assert len(told(api)) == 1


def test_what_is_done_is_told_no_more_and_nobody_is_told_of_what_has_no_date(
    api: ApiClient, records: Records, clock: SetClock, send: Send
) -> None:
    owner = somebody(api, "teacher")
    case_id = records.receipt(records.student(), "staff")["case_id"]
    etag = api.get(f"/v1/cases/{case_id}").headers["ETag"]
    sent(api.patch(f"/v1/cases/{case_id}", {"champion_staff_id": owner}, etag=etag), 200)
    send()
    items = api.get(f"/v1/deadlines?case_id={case_id}").get_json()["items"]
    undated = {one["id"] for one in items if one["due_on"] is None}
    assert undated.isdisjoint(one["deadline_id"] for one in told(api))


def test_a_late_feed_is_in_the_mail_of_who_answers_for_the_district(
    app: Flask, api: ApiClient, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    somebody(api, "administrator", email="lea@district.example")
    sent(api.post("/v1/roster-feeds", {"feed": "nightly"}))
    clock.advance(timedelta(hours=37))
    assert feeds.watch(services_of(app))
    assert send() == 0
    (mail,) = mailbox.messages
    assert mail["Subject"] == "Childfind: 1 feed of rosters late"
    assert "The feed of rosters nightly has not come. It was expected by 2026-10-06." in (
        mail.get_content()
    )
    assert send() == 0
    assert len(mailbox.messages) == 1


def test_a_feed_that_has_come_meanwhile_needs_no_mail(
    app: Flask, api: ApiClient, clock: SetClock, send: Send, mailbox: Mailbox
) -> None:
    somebody(api, "administrator", email="lea@district.example")
    sent(api.post("/v1/roster-feeds", {"feed": "roster"}))
    clock.advance(timedelta(hours=37))
    assert feeds.watch(services_of(app))
    mailbox.full = True
    assert send() == 1
    bundle = zipped(roster(user("p1")))
    sent(api.post("/v1/imports", data=bundle, content_type="application/zip"), 202)
    do_imports(app)
    assert feeds.watch(services_of(app))
    mailbox.full = False
    assert send() == 0
    assert mailbox.messages == []


class TestTheWorker:
    @pytest.fixture
    def work(self, app: Flask, mailbox: Mailbox) -> Callable[[], bool]:
        held = services_of(app)
        settings = replace(
            held.settings, smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_security="none"
        )
        return lambda: worker_alerts.send_when_due(replace(held, settings=settings))

    def test_sends_them_from_six_in_the_morning_of_the_districts_day(
        self,
        api: ApiClient,
        records: Records,
        clock: SetClock,
        mailbox: Mailbox,
        work: Callable[[], bool],
    ) -> None:
        due_on = owned(api, records, somebody(api, "teacher", email="ana@district.example"))
        midnight = datetime(due_on.year, due_on.month, due_on.day, tzinfo=ZoneInfo(CHICAGO))
        clock.set(midnight + timedelta(hours=5, minutes=59))
        assert not work()
        assert told(api) == []
        clock.advance(timedelta(minutes=1))
        assert not work(), "it rests, whatever it did"
        assert [one["kind"] for one in told(api)] == ["due_today"]
        work()
        assert len(mailbox.messages) == 1

    def test_goes_on_when_the_service_fails_at_another_district(
        self,
        api: ApiClient,
        records: Records,
        clock: SetClock,
        store: Database,
        mailbox: Mailbox,
        work: Callable[[], bool],
    ) -> None:
        """A time zone that was given up stands for the fault."""
        clock.set(at(owned(api, records, somebody(api, "teacher", email="ana@district.example"))))
        for number in range(3):
            other = a_district(store, name=f"Lake Shore {number}", clock=clock)
            gone = update(District).where(District.id == other).values(time_zone="US/Pacific-New")
            with store.writer.begin() as connection:
                connection.execute(gone)
        work()
        assert len(mailbox.messages) == 1

    def test_goes_on_when_the_mail_server_is_away(
        self, app: Flask, api: ApiClient, records: Records, clock: SetClock, mailbox: Mailbox
    ) -> None:
        clock.set(at(owned(api, records, somebody(api, "teacher", email="ana@district.example"))))
        held = services_of(app)
        with socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # and does not listen
            settings = replace(
                held.settings, smtp_host="127.0.0.1", smtp_port=nobody.getsockname()[1]
            )
            assert not worker_alerts.send_when_due(replace(held, settings=settings))
        assert [one["emailed_at"] for one in told(api)] == [None]


def test_a_neighbor_sees_none(
    api: ApiClient, neighbor: ApiClient, records: Records, clock: SetClock, send: Send
) -> None:
    clock.set(at(owned(api, records, somebody(api, "teacher"))))
    send()
    assert len(told(api)) == 1
    assert told(neighbor) == []


@given(due=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(-60, 60))
def test_each_day_has_at_most_one_kind_of_alert(due: date, days: int) -> None:
    today = due - timedelta(days=days)
    kind = "late" if days < 0 else "due_today" if days == 0 else "due_in_7" if days <= 7 else None
    kind = kind or ("due_in_30" if days <= 30 else None)
    found = alert_for(due, today)
    assert (found and found[0]) == kind
    assert found is None or found[1] == (today if days < 0 else due)
