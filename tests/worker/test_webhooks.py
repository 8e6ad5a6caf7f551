"""Webhooks on their way: signed, tried again, given up, and harmed by no receiver."""

from __future__ import annotations

import base64
import hmac
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.domain.webhooks import DELAYS, LONGEST_ASKED, LONGEST_REST
from service.services import Services
from service.storage.clients import Client, ClientDistrict
from service.storage.database import Database
from service.storage.webhooks import Webhook
from service.webhooks import sending
from service.webhooks.signing import new_secret
from service.worker import webhooks
from tests.api.records import Json
from tests.builders import AClient, ApiClient, a_client, a_district, a_token, do_imports
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.receivers import Received, Receiver, listening, misbehaving
from tests.scenarios.journey import sent

WITHIN_S = 0.5


@pytest.fixture
def district(store: Database, clock: SetClock) -> UUID:
    """A demonstration district: its receivers may be on this machine."""
    return a_district(store, clock=clock, kind="demonstration")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def work(services: Services) -> Callable[[], None]:
    """Everything that a worker has to do just now."""

    def work() -> None:
        while (
            webhooks.take_up(services)
            or webhooks.deliver(services, within_s=WITHIN_S)
            or webhooks.retry(services, within_s=WITHIN_S)
        ):
            pass

    return work


def webhook(api: ApiClient, url: str, *events: str) -> Json:
    return sent(api.post("/v1/webhooks", {"url": url, "events": list(events)}))


def school(api: ApiClient, name: str = "Lincoln") -> Json:
    return sent(api.post("/v1/schools", {"name": name}))


def deliveries(api: ApiClient, of: Json, query: str = "") -> list[Json]:
    items: list[Json] = sent(api.get(f"/v1/webhooks/{of['id']}/deliveries{query}"), 200)["items"]
    return items


def progress(api: ApiClient, of: Json) -> Json:
    return sent(api.get(f"/v1/webhooks/{of['id']}/progress"), 200)


def is_signed_with(secret: str, one: Received) -> bool:
    """What a receiver does, in other words than those of the service."""
    signed = b".".join([one.id.encode(), one.headers["webhook-timestamp"].encode(), one.body])
    key = base64.b64decode(secret[len("whsec_") :])
    expected = base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    return f"v1,{expected}" in one.headers["webhook-signature"].split(" ")


class TestMessages:
    def test_are_what_the_feed_says_in_the_shape_of_cloud_events(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], district: UUID
    ) -> None:
        made = webhook(api, f"{receiver.url}?key=1", "school.")
        lincoln = school(api, "A secret school")
        work()
        [told] = receiver.received
        [said] = sent(api.get("/v1/events?event=school.created"), 200)["items"]
        assert told.path == "/hook?key=1"
        assert told.headers["Content-Type"] == "application/cloudevents+json"
        assert told.event == {
            "specversion": "1.0",
            "id": str(said["seq"]),
            "source": f"/v1/districts/{district}",
            "type": "school.created",
            "subject": f"schools/{lincoln['id']}",
            "time": said["at"],
            "datacontenttype": "application/json",
            "data": {
                "seq": said["seq"],
                "subject": {"type": "schools", "id": lincoln["id"]},
                "case_id": None,
                "student_id": None,
                "client_id": said["client_id"],
                "row_count": 1,
            },
        }
        assert "secret school" not in told.body.decode() + str(told.headers)
        [delivery] = deliveries(api, made)
        assert (delivery["id"], delivery["seq"]) == (told.id, said["seq"])
        assert (delivery["status"], delivery["event"]) == ("delivered", "school.created")
        assert [(one["status"], one["failure"]) for one in delivery["tries"]] == [(204, None)]

    def test_come_in_order_and_only_those_that_were_asked_for(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        made = webhook(api, receiver.url, "school.changed", "webhook.")
        one = school(api)
        for n in range(3):
            etag = f'"{n + 1}"'
            api.patch(f"/v1/schools/{one['id']}", {"name": f"No. {n}"}, etag=etag)
        work()
        assert receiver.events() == ["webhook.created", *["school.changed"] * 3]
        numbers = [told.event["data"]["seq"] for told in receiver.received]
        assert numbers == sorted(numbers)
        state = progress(api, made)
        assert (state["behind"], state["pending"], state["failures"]) == (0, 0, 0)
        assert state["delivered_at"] == "2026-10-05T15:00:00Z"

    def test_a_ping_reaches_one_webhook_whatever_it_asked_for(
        self, api: ApiClient, work: Callable[[], None]
    ) -> None:
        with listening() as one, listening() as other:
            made = webhook(api, one.url, "referral.received")
            webhook(api, other.url)
            sent(api.post(f"/v1/webhooks/{made['id']}/ping"), 200)
            work()
            assert one.events() == ["webhook.pinged"]
            assert "webhook.pinged" not in other.events()

    def test_an_import_is_few_messages(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        webhook(api, receiver.url, "student.")
        bundle = zipped(roster(*(user(f"p{n}") for n in range(30))))
        api.call("POST", "/v1/imports", data=bundle, headers={"Content-Type": "application/zip"})
        do_imports(api.http.application)
        work()
        [told] = receiver.received
        assert (told.event["type"], told.event["data"]["row_count"]) == ("student.imported", 30)
        assert "subject" not in told.event


class TestSignatures:
    def test_are_verified_by_the_secret_that_was_shown(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        made = webhook(api, receiver.url)
        work()
        [told] = receiver.received
        assert is_signed_with(made["secret"], told)
        assert not is_signed_with("whsec_" + base64.b64encode(b"another").decode(), told)
        assert abs(int(told.headers["webhook-timestamp"]) - time.time()) < 300

    def test_are_two_while_a_secret_is_replaced(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        made = webhook(api, receiver.url, "school.")
        second = sent(api.post(f"/v1/webhooks/{made['id']}/rotate-secret", {}), 200)["secret"]
        school(api)
        work()
        clock.advance(timedelta(hours=24))
        school(api)
        work()
        during, after = receiver.received
        assert is_signed_with(made["secret"], during)
        assert is_signed_with(second, during)
        assert is_signed_with(second, after)
        assert not is_signed_with(made["secret"], after)


class TestWhatReceiversAreTold:
    """`docs/webhooks.md`: its code verifies what is sent, and its figures are those in force."""

    PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")

    @pytest.fixture
    def verify(self) -> Callable[[str, dict[str, str], bytes], None]:
        (code,) = re.findall(r"```python\n(.*?)```", self.PAGE, re.DOTALL)
        names: dict[str, Any] = {}
        exec(code, names)  # noqa: S102 - it is ours, and here to be run
        made: Callable[[str, dict[str, str], bytes], None] = names["verify"]
        return made

    def test_the_code_accepts_what_is_sent_and_nothing_else(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None],
        verify: Callable[[str, dict[str, str], bytes], None],
    ) -> None:  # fmt: skip
        made = webhook(api, receiver.url)
        second = sent(api.post(f"/v1/webhooks/{made['id']}/rotate-secret", {}), 200)
        work()
        told = receiver.received[0]
        headers = {name.lower(): value for name, value in told.headers.items()}
        for secret in (made["secret"], second["secret"]):
            verify(secret, headers, told.body)
            with pytest.raises(ValueError, match="not signed"):
                verify(secret, headers, told.body + b" ")
            with pytest.raises(ValueError, match="not signed"):
                verify(secret, headers | {"webhook-id": "another"}, told.body)
            late = str(int(headers["webhook-timestamp"]) - 600)
            with pytest.raises(ValueError, match="too old"):
                verify(secret, headers | {"webhook-timestamp": late}, told.body)
        with pytest.raises(ValueError, match="not signed"):
            verify(new_secret(), headers, told.body)

    def test_the_message_has_the_members_of_one_that_is_sent(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        webhook(api, receiver.url)
        work()
        (shown,) = re.findall(r"```http\n.*?\n\n(\{.*?)```", self.PAGE, re.DOTALL)
        told = receiver.received[0].event
        assert list(json.loads(shown)) == list(told)
        assert list(json.loads(shown)["data"]) == list(told["data"])

    def test_the_command_to_subscribe(self, api: ApiClient) -> None:
        (body,) = re.findall(r"-d '(\{.*?\})'", self.PAGE)
        assert sent(api.post("/v1/webhooks", json.loads(body)))["status"] == "active"

    def test_the_figures(self) -> None:
        said = "after 5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours"
        units = [timedelta(seconds=1), *[timedelta(minutes=1)] * 2, *[timedelta(hours=1)] * 6]
        numbers = [int(number) for number in re.findall(r"\d+", said)]
        assert said in self.PAGE
        assert tuple(n * unit for n, unit in zip(numbers, units, strict=True)) == DELAYS
        assert f"within {sending.WITHIN_S:.0f} seconds" in self.PAGE
        assert timedelta(minutes=5) == LONGEST_REST
        assert timedelta(days=1) == LONGEST_ASKED


class TestTryingAgain:
    def test_until_it_is_taken_under_the_same_id(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        made = webhook(api, receiver.url)
        receiver.status = 500
        work()
        [waiting] = deliveries(api, made)
        assert (waiting["status"], waiting["failures"]) == ("pending", 1)
        clock.advance(timedelta(seconds=4))
        work()
        assert len(receiver.received) == 1, "not yet"
        clock.advance(timedelta(seconds=3))
        receiver.status = 200
        work()
        first, second = receiver.received
        assert first.id == second.id == waiting["id"]
        assert first.body == second.body
        [done] = deliveries(api, made)
        assert done["status"] == "delivered"
        assert [one["status"] for one in done["tries"]] == [500, 200]
        assert done["tries"][0]["failure"] == "refused"
        assert progress(api, made)["failures"] == 0

    def test_for_days_and_then_it_is_dead_until_it_is_sent_again(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        made = webhook(api, receiver.url)
        receiver.status = 503
        began = clock.now()
        work()
        while (one := deliveries(api, made)[0])["next_try_at"] is not None:
            clock.set(datetime.fromisoformat(one["next_try_at"]))
            work()
        assert (one["status"], one["failures"], len(one["tries"])) == ("dead", 10, 10)
        assert timedelta(days=3) < clock.now() - began < timedelta(days=5)
        assert deliveries(api, made, "?status=dead") == [one]
        assert deliveries(api, made, "?status=pending,delivered") == []
        assert progress(api, made)["dead"] == 1
        receiver.status = 204
        path = f"/v1/webhooks/{made['id']}/deliveries/{one['id']}/redeliver"
        assert sent(api.post(path), 200)["status"] == "pending"
        work()
        assert deliveries(api, made)[0]["status"] == "delivered"
        assert {told.id for told in receiver.received} == {one["id"]}
        assert sent(api.post(path), 200)["status"] == "pending", "what arrived, too"

    def test_a_receiver_that_fails_is_left_alone_for_a_while_by_all_deliveries(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        made = webhook(api, receiver.url, "school.")
        receiver.status = 500
        for n in range(20):
            school(api, f"School {n}")
        work()
        assert len(receiver.received) == 1
        receiver.status = 204
        clock.advance(timedelta(minutes=1))
        work()
        assert len(receiver.received) == 21
        assert progress(api, made)["pending"] == 0

    def test_not_before_the_receiver_wants_it(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        webhook(api, receiver.url)
        receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
        work()
        clock.advance(timedelta(minutes=59))
        work()
        assert len(receiver.received) == 1
        clock.advance(timedelta(minutes=2))
        work()
        assert len(receiver.received) == 2

    @pytest.mark.parametrize("said", ["9" * 30, "9" * 5000, "-1", "soon", "", "1e3", "²"])
    def test_what_makes_no_sense_as_a_wish_is_passed_by(
        self, api: ApiClient, work: Callable[[], None], said: str
    ) -> None:
        def wish(connection: socket.socket, _: Event) -> None:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: " + said.encode() + b"\r\n\r\n")

        with misbehaving(wish) as url:
            made = webhook(api, url)
            work()
        [one] = deliveries(api, made)
        assert one["tries"][0]["status"] == 503
        assert one["next_try_at"] < "2026-10-05T15:00:07Z"

    def test_one_that_is_gone_is_told_nothing_until_it_is_wanted_again(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock
    ) -> None:
        made = webhook(api, receiver.url, "school.")
        receiver.status = 410
        school(api)
        work()
        path = f"/v1/webhooks/{made['id']}"
        assert sent(api.get(path), 200)["status"] == "gone"
        receiver.status = 204
        school(api)
        clock.advance(timedelta(days=1))
        work()
        assert len(receiver.received) == 1
        sent(api.patch(path, {"status": "active"}, etag="*"), 200)
        work()
        assert len(receiver.received) == 3
        assert progress(api, made)["pending"] == 0

    def test_one_that_is_paused_is_told_afterwards(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        made = webhook(api, receiver.url, "school.")
        path = f"/v1/webhooks/{made['id']}"
        sent(api.patch(path, {"status": "paused"}, etag="*"), 200)
        school(api)
        work()
        assert receiver.received == []
        sent(api.patch(path, {"status": "active"}, etag="*"), 200)
        work()
        assert receiver.events() == ["school.created"]

    def test_nothing_is_sent_for_a_client_that_was_disabled(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], store: Database,
        client: AClient,
    ) -> None:  # fmt: skip
        webhook(api, receiver.url)
        for change in ({"active": False}, {"active": True, "scopes": ["webhooks:read"]}):
            with Session(store.writer) as session, session.begin():
                row = session.get_one(Client, client.id)
                for name, value in change.items():
                    setattr(row, name, value)
            work()
            assert receiver.received == []

    def test_nothing_is_sent_for_a_client_that_serves_the_district_no_more(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], store: Database,
        client: AClient,
    ) -> None:  # fmt: skip
        webhook(api, receiver.url)
        with Session(store.writer) as session, session.begin():
            served = select(ClientDistrict).where(ClientDistrict.client_id == client.id)
            session.delete(session.scalars(served).one())
        work()
        assert receiver.received == []

    def test_what_ended_is_forgotten_after_a_month(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], clock: SetClock,
        services: Services,
    ) -> None:  # fmt: skip
        made = webhook(api, receiver.url)
        work()
        clock.advance(timedelta(days=29))
        assert not webhooks.forget(services)
        clock.advance(timedelta(days=2))
        assert webhooks.forget(services)
        assert deliveries(api, made) == []

    def test_a_backlog_waits_in_the_journal(
        self, api: ApiClient, receiver: Receiver, services: Services,
        monkeypatch: pytest.MonkeyPatch, work: Callable[[], None],
    ) -> None:  # fmt: skip
        monkeypatch.setattr("service.workflow.webhooks.WAITING_AT_MOST", 2)
        monkeypatch.setattr("service.workflow.webhooks.LOOKED_THROUGH_AT_ONCE", 2)
        made = webhook(api, receiver.url, "school.")
        for n in range(7):
            school(api, f"School {n}")
        while webhooks.take_up(services):
            pass
        state = progress(api, made)
        assert (state["pending"], state["behind"]) == (3, 4)
        work()
        assert len(receiver.received) == 7
        assert progress(api, made)["behind"] == 0

    def test_a_key_that_was_lost_is_said_and_a_new_secret_cures_it(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None], store: Database,
        clock: SetClock,
    ) -> None:  # fmt: skip
        made = webhook(api, receiver.url, "school.")
        with Session(store.writer) as session, session.begin():
            row = session.query(Webhook).one()
            row.secret_sealed = row.secret_sealed[::-1]
        school(api)
        work()
        [one] = deliveries(api, made)
        assert one["tries"][0]["failure"] == "unreadable_secret"
        path = f"/v1/webhooks/{made['id']}/rotate-secret"
        secret = sent(api.post(path, {"overlap_hours": 0}), 200)["secret"]
        clock.advance(timedelta(minutes=1))
        work()
        [told] = receiver.received
        assert is_signed_with(secret, told)


# --- receivers that do not behave -------------------------------------------------------------


def hang(_: socket.socket, over: Event) -> None:
    over.wait(60)


def drip(connection: socket.socket, over: Event) -> None:
    """A header that never ends, a byte at a time: no single read ever takes long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def babble(connection: socket.socket, _: Event) -> None:
    connection.recv(65536)
    connection.sendall(b"220 mail.example.org ESMTP\r\n")


def vanish(_: socket.socket, __: Event) -> None:
    """Closes without a word."""


def flood(connection: socket.socket, over: Event) -> None:
    """Headers without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.is_set():
        connection.sendall(b"X: " + b"x" * 1000 + b"\r\n")


def lie(connection: socket.socket, over: Event) -> None:
    """Says that much is to come, and goes on for ever. What it answers counts all the same."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"x" * 65536)


class TestReceiversThatDoNotBehave:
    @pytest.mark.parametrize(
        ("behave", "failure"),
        [
            (hang, "timeout"),
            (drip, "timeout"),
            (babble, "not_http"),
            (vanish, "unreachable"),
            (flood, "not_http"),
        ],
    )
    def test_are_a_failure_with_its_reason(
        self, api: ApiClient, work: Callable[[], None], behave: Any, failure: str
    ) -> None:
        with misbehaving(behave) as url:
            made = webhook(api, url)
            work()
        [one] = deliveries(api, made)
        assert (one["status"], one["failures"]) == ("pending", 1)
        assert one["tries"][0]["failure"] == failure
        assert one["tries"][0]["status"] is None

    def test_what_they_send_beyond_the_status_is_not_read(
        self, api: ApiClient, work: Callable[[], None]
    ) -> None:
        with misbehaving(lie) as url:
            made = webhook(api, url)
            work()
        assert deliveries(api, made)[0]["status"] == "delivered"

    def test_one_that_is_not_there(self, api: ApiClient, work: Callable[[], None]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        made = webhook(api, f"http://127.0.0.1:{port}/")
        work()
        assert deliveries(api, made)[0]["tries"][0]["failure"] == "unreachable"

    def test_a_name_that_leads_nowhere(self, api: ApiClient, work: Callable[[], None]) -> None:
        made = webhook(api, "https://nowhere.invalid/")
        work()
        assert deliveries(api, made)[0]["tries"][0]["failure"] == "unknown_name"

    def test_a_fault_of_the_service_is_a_failure_of_one_delivery(
        self,
        api: ApiClient,
        receiver: Receiver,
        work: Callable[[], None],
        services: Services,
        logged: pytest.LogCaptureFixture,
    ) -> None:
        """An address that nobody could have stored stands for it."""
        made, good = webhook(api, receiver.url), webhook(api, receiver.url)
        broken = update(Webhook).where(Webhook.id == UUID(made["id"])).values(url="https://[key")
        with services.database.writer.begin() as connection:
            connection.execute(broken)
        school(api)
        work()
        tries = [one for delivery in deliveries(api, made) for one in delivery["tries"]]
        assert {one["failure"] for one in tries} == {"internal_error"}
        assert progress(api, good)["pending"] == 0
        [line] = [record.getMessage() for record in logged.records]
        assert made["id"] in line
        assert "[key" not in line

    def test_nobody_is_followed_anywhere(
        self, api: ApiClient, receiver: Receiver, work: Callable[[], None]
    ) -> None:
        with listening() as inside:
            receiver.status, receiver.headers = 307, {"Location": inside.url}
            made = webhook(api, receiver.url)
            work()
            assert inside.received == []
        [one] = deliveries(api, made)
        assert [(t["status"], t["failure"]) for t in one["tries"]] == [(307, "refused")]

    def test_a_name_that_leads_inside_is_not_connected_to(
        self, app: Flask, store: Database, clock: SetClock, work: Callable[[], None],
        receiver: Receiver,
    ) -> None:  # fmt: skip
        """`localhost` is a name like any other, and only where it leads says what it is."""
        live = a_district(store, clock=clock, name="Live")
        api = ApiClient(app.test_client(), a_token(app, a_client(store, live)))
        port = receiver.url.rsplit(":")[-1].partition("/")[0]
        made = webhook(api, f"https://localhost:{port}/hook")
        work()
        assert receiver.received == []
        assert deliveries(api, made)[0]["tries"][0]["failure"] == "not_public"

    def test_they_keep_nobody_waiting_who_answers(
        self, api: ApiClient, receiver: Receiver, services: Services
    ) -> None:
        with misbehaving(hang) as one, misbehaving(hang) as two:
            for url in (one, two):
                webhook(api, url)
            good = webhook(api, receiver.url, "school.")
            while webhooks.take_up(services):
                pass
            assert webhooks.deliver(services, within_s=WITHIN_S)
            school(api)
            assert webhooks.take_up(services)
            assert webhooks.deliver(services, within_s=WITHIN_S)
            assert not webhooks.deliver(services, within_s=WITHIN_S), "the others are another's"
        assert receiver.events() == ["school.created"]
        assert progress(api, good)["pending"] == 0

    def test_they_keep_nobody_waiting_when_they_are_tried_at_once(
        self, api: ApiClient, services: Services
    ) -> None:
        with misbehaving(hang) as one:
            hanging = webhook(api, one)
            school(api)
            assert webhooks.take_up(services)
            assert webhooks.deliver(services, within_s=WITHIN_S)
            sent(api.post(f"/v1/webhooks/{hanging['id']}/ping"), 200)
            assert webhooks.take_up(services)
            assert not webhooks.deliver(services, within_s=WITHIN_S)
            assert webhooks.retry(services, within_s=WITHIN_S)


# --- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a certificate of its making for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("authority", "localhost")}
    names = {name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in keys}
    now = datetime.now(UTC)
    for name, key in keys.items():
        authority = name == "authority"
        other = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=authority,
            crl_sign=authority, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        signer = keys["authority"].public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["authority"])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), False)
        )
        made = (builder if authority else builder.add_extension(other, critical=False)).sign(
            keys["authority"], hashes.SHA256()
        )
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return folder


@pytest.fixture
def tls(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "localhost.pem", certificates / "localhost.key")
    return context


class TestTLS:
    def tried(self, api: ApiClient, url: str, work: Callable[[], None]) -> str | None:
        made = webhook(api, url)
        work()
        failure: str | None = deliveries(api, made)[0]["tries"][0]["failure"]
        return failure

    def test_a_good_certificate(
        self, api: ApiClient, work: Callable[[], None], tls: ssl.SSLContext, certificates: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
        with listening(tls, name="localhost") as receiver:
            assert self.tried(api, receiver.url, work) is None
            assert receiver.events() == ["webhook.created"]
            assert receiver.received[0].headers["Host"] == receiver.url.split("/")[2]

    def test_of_an_authority_that_nobody_knows(
        self, api: ApiClient, work: Callable[[], None], tls: ssl.SSLContext
    ) -> None:
        with listening(tls, name="localhost") as receiver:
            assert self.tried(api, receiver.url, work) == "tls"
            assert receiver.received == []

    def test_of_another_name(
        self, api: ApiClient, work: Callable[[], None], tls: ssl.SSLContext, certificates: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
        with listening(tls, name="127.0.0.1") as receiver:
            assert self.tried(api, receiver.url, work) == "tls"
            assert receiver.received == []

    def test_none_at_all(
        self, api: ApiClient, work: Callable[[], None], receiver: Receiver
    ) -> None:
        assert self.tried(api, receiver.url.replace("http:", "https:"), work) == "tls"
        assert receiver.received == []

    def test_a_handshake_that_never_ends(self, api: ApiClient, work: Callable[[], None]) -> None:
        with misbehaving(hang) as url:
            assert self.tried(api, url.replace("http:", "https:"), work) == "timeout"
