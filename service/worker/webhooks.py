"""What happened is taken up for the webhooks that want it, and delivered.

A delivery is sent first and noted afterwards: whoever is killed in between sends it again, with
the same id, and the receiver knows it. Receivers that fail are tried in a task of their own, so
that one that hangs keeps nobody waiting who answers.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select, tuple_

from service.services import Services
from service.storage.clients import Client, ClientDistrict
from service.storage.journal import JournalHead
from service.storage.unit_of_work import Caller, NotFound, UnitOfWork
from service.storage.webhooks import Webhook, WebhookDelivery, WebhookProgress
from service.webhooks import message, signing
from service.webhooks.sending import WITHIN_S, Outcome, post
from service.worker.loop import log_failure
from service.workflow import addresses, webhooks

AT_ONCE = 8
"""Receivers that are spoken to at the same time."""
TURN_S = 5.0
"""How long one receiver is sent one delivery after another before others have their turn."""
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 500


def take_up(services: Services) -> bool:
    """Make deliveries of what happened; whether anything did."""
    behind = _live().where(
        JournalHead.district_id == Webhook.district_id,
        JournalHead.last_seq > WebhookProgress.after_seq,
    )
    took = 0
    for one in _found(services, behind):
        with _unit_of_work(services, one.district_id) as uow:
            try:
                took += webhooks.take_up(uow, one.id)
            except NotFound:
                continue  # deleted a moment ago
            uow.commit()
    return took > 0


def deliver(services: Services, *, within_s: float = WITHIN_S) -> bool:
    """Deliver what is due to receivers that answered last time; whether anything was."""
    return _deliver(services, failing=False, within_s=within_s)


def retry(services: Services, *, within_s: float = WITHIN_S) -> bool:
    """Deliver what is due to receivers that failed last time; whether anything was."""
    return _deliver(services, failing=True, within_s=within_s)


def forget(services: Services) -> bool:
    """Delete deliveries that ended a month ago, delivered or dead; whether there were any."""
    row = WebhookDelivery
    key = (row.district_id, row.id)
    past = row.finished_at < services.clock.now() - KEPT_FOR
    with services.database.reader.connect() as connection:
        found = connection.execute(select(*key).where(past).limit(FORGOTTEN_AT_ONCE)).all()
    if not found:
        return False
    with services.database.writer.begin() as connection:
        connection.execute(delete(row).where(tuple_(*key).in_([tuple(one) for one in found])))
    return True


def _live() -> Select[UUID, UUID, list[str]]:
    """Webhooks that are to be told something, with the scopes of the client that asked.

    It is a client that still serves the district.
    """
    return (
        select(Webhook.district_id, Webhook.id, Client.scopes)
        .join(
            WebhookProgress,
            (WebhookProgress.district_id == Webhook.district_id)
            & (WebhookProgress.id == Webhook.id),
        )
        .join(Client, Client.id == Webhook.client_id)
        .join(
            ClientDistrict,
            (ClientDistrict.client_id == Client.id)
            & (ClientDistrict.district_id == Webhook.district_id),
        )
        .where(Webhook.status == "active", Client.active)
    )


def _found(services: Services, statement: Select[UUID, UUID, list[str]]) -> Sequence[Any]:
    """Of these, the ones whose client may still follow the feed."""
    with services.database.reader.connect() as connection:
        rows = connection.execute(statement).all()
    return [row for row in rows if "events:read" in row.scopes]


def _deliver(services: Services, *, failing: bool, within_s: float) -> bool:
    now = services.clock.now()
    waits = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.district_id == Webhook.district_id,
            WebhookDelivery.webhook_id == Webhook.id,
            WebhookDelivery.next_try_at <= now,
        )
        .exists()
    )
    due = _live().where(
        waits,
        WebhookProgress.failures > 0 if failing else WebhookProgress.failures == 0,
        WebhookProgress.rests_until.is_(None) | (WebhookProgress.rests_until <= now),
    )
    found = _found(services, due)
    if not found:
        return False
    with ThreadPoolExecutor(min(AT_ONCE, len(found)), thread_name_prefix="webhook") as pool:
        list(pool.map(partial(_deliver_to, services, within_s), found))
    return True


def _deliver_to(services: Services, within_s: float, of: Any) -> None:
    """Deliver to one receiver, event by event, until it fails, is told all, or had its turn."""
    began = time.perf_counter()
    while time.perf_counter() - began < TURN_S:
        with _unit_of_work(services, of.district_id, writes=False) as uow:
            due = webhooks.next_due(uow, of.id)
            if due is None:
                return
            send = _prepared(services, uow, of.id, due, within_s)
        try:
            outcome = send()
        except Exception as error:  # tried again as any other failure, and the others go on
            of_whom = {"district_id": of.district_id, "webhook_id": of.id}
            log_failure("webhook not sent", error, **of_whom)
            outcome = Outcome(None, "internal_error", 0)
        with _unit_of_work(services, of.district_id) as uow:
            try:
                webhooks.note(
                    uow,
                    of.id,
                    due.id,
                    status=outcome.status,
                    failure=outcome.failure,
                    ms=outcome.ms,
                    asked=outcome.asked,
                    chance=secrets.randbelow(1000) / 1000,
                )
            except NotFound:
                return  # deleted meanwhile
            uow.commit()
        if outcome.failure is not None:
            return


def _prepared(
    services: Services, uow: UnitOfWork, webhook_id: UUID, due: Any, within_s: float
) -> partial[Outcome]:
    """Everything that sending takes, read while the database was at hand."""
    webhook = uow.read(Webhook, webhook_id)
    body = message.body(uow.district_id, webhooks.entry_of(uow, due.seq))
    try:
        valid = webhooks.secrets_of(services.keys, webhook, uow.now)
    except ValueError:
        return partial(Outcome, None, "unreadable_secret", 0)
    signed = signing.headers(str(due.id), services.wall.now(), body, valid)
    reach = partial(addresses.may_reach, uow.district.kind == "demonstration")
    return partial(
        post,
        webhook.url,
        body,
        {"Content-Type": message.CONTENT_TYPE, **signed},
        may_reach=reach,
        within_s=within_s,
    )


def _unit_of_work(services: Services, district_id: UUID, *, writes: bool = True) -> UnitOfWork:
    caller = Caller(district_id=district_id, request_id="worker")
    return UnitOfWork(services.database, caller, services.clock, writes)
