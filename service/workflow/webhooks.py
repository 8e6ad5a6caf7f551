"""Webhooks: who is told of what, and what is on its way.

The journal is the outbox: it is written in the transaction of each change, whole and in order. A
webhook remembers how far it was looked through, and what it wants of that becomes its deliveries,
in one transaction with the new place. No writer does anything for it, an import least of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from service.domain.webhooks import rest_after, tried_again_after, wants
from service.keys import Keys, seal, unseal
from service.storage.base import Base, assign
from service.storage.journal import JournalEntry, JournalHead
from service.storage.unit_of_work import NotFound, UnitOfWork
from service.storage.webhooks import Webhook, WebhookDelivery, WebhookProgress
from service.workflow import addresses
from service.workflow.invalid import Invalid, Problem

MOST = 50
"""Webhooks of a district."""
LOOKED_THROUGH_AT_ONCE = 500
WAITING_AT_MOST = 1_000
"""Deliveries of one webhook that wait at once; the rest waits in the journal."""
EVENT = re.compile(r"[a-z0-9_]+\.[a-z0-9_]*")
OF_NO_DISTRICT = {"clients", "districts"}
NAMED_BESIDE = {
    "case_steps",
    "child_find_reviews",
    "consent_attempts",
    "corrections",
    "overrides",
}
"""Tables whose rows are journaled with what they belong to, in an event of that."""
GONE = 410
TRIES_KEPT = 20


# Subscriptions -----------------------------------------------------------------------


def create(uow: UnitOfWork, keys: Keys, said: Mapping[str, Any], secret: str) -> Webhook:
    """Tell an address from now on what happens. Raises `Invalid`."""
    if uow.rows(select(func.count(Webhook.id)))[0][0] >= MOST:
        raise Invalid(Problem("", "too_many", f"A district has at most {MOST} webhooks."))
    _check(uow, said)
    row = uow.add(Webhook(client_id=uow.caller.client_id, **said))
    row.secret_sealed = seal(keys, secret.encode(), str(row.id))
    uow.record("webhook.created", row)
    uow.flush()
    uow.add(WebhookProgress(id=row.id, after_seq=head(uow), failures=0))
    return row


def change(uow: UnitOfWork, row: Webhook, said: Mapping[str, Any]) -> Webhook:
    """Change what is said; set to active, it is tried again at once. Raises `Invalid`."""
    _check(uow, said)
    if assign(row, said):
        uow.record("webhook.changed", row)
        _no_rest(uow, row.id)
    return row


def rotate(uow: UnitOfWork, keys: Keys, row: Webhook, secret: str, overlap: timedelta) -> Webhook:
    """Sign with a new secret, and for a while with the one before, too."""
    row.previous_secret_sealed = row.secret_sealed if overlap else None
    row.previous_valid_until = uow.now + overlap if overlap else None
    row.secret_sealed = seal(keys, secret.encode(), str(row.id))
    uow.record("webhook.secret_rotated", row)
    return row


def remove(uow: UnitOfWork, row: Webhook) -> None:
    """Tell it nothing any more, and forget what was told."""
    uow.connection.execute(
        delete(WebhookDelivery).where(
            WebhookDelivery.district_id == uow.district_id, WebhookDelivery.webhook_id == row.id
        )
    )
    uow.session.delete(progress_of(uow, row.id))
    uow.flush()
    uow.session.delete(row)
    uow.record("webhook.deleted", row)


def ping(uow: UnitOfWork, row: Webhook) -> None:
    """Send an event to this webhook alone: to see whether it arrives.

    It is an event of the journal like others. Its number is known with the commit; `take_up`
    sees that it is for this one, whatever events it asked for.
    """
    uow.record("webhook.pinged", row)
    _no_rest(uow, row.id)


def redeliver(uow: UnitOfWork, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """Send a delivery again, from the first try on."""
    uow.get(Webhook, webhook_id, lock=True)
    row = uow.get(WebhookDelivery, delivery_id, lock=True)
    if row.webhook_id != webhook_id:
        raise NotFound("webhook_deliveries", delivery_id)
    row.status, row.failures, row.finished_at = "pending", 0, None
    row.next_try_at = uow.now
    _no_rest(uow, webhook_id)
    return row


def progress_of(uow: UnitOfWork, webhook_id: UUID) -> WebhookProgress:
    return uow.get(WebhookProgress, webhook_id, lock=True)


def head(uow: UnitOfWork) -> int:
    """The last number that was given out in the district's journal."""
    found = uow.rows(select(JournalHead.last_seq).where(JournalHead.district_id == uow.district_id))
    return int(found[0].last_seq) if found else 0


def secrets_of(keys: Keys, row: Any, now: datetime) -> list[str]:
    """The secrets that are valid now, the newest first; ValueError when they cannot be read."""
    sealed = [row.secret_sealed]
    if row.previous_secret_sealed and row.previous_valid_until and now < row.previous_valid_until:
        sealed.append(row.previous_secret_sealed)
    return [unseal(keys, one, str(row.id)).decode() for one in sealed]


def _no_rest(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Try it at once. It stays among those that fail until it answers: none who answers waits."""
    progress_of(uow, webhook_id).rests_until = None


def _check(uow: UnitOfWork, said: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    if "url" in said:
        problems += addresses.faults(uow, said["url"], at="/url")
    for place, name in enumerate(said.get("events", ())):
        noun = name.partition(".")[0]
        if not EVENT.fullmatch(name) or noun not in nouns():
            known = ", ".join(f"{noun}." for noun in nouns())
            message = f"A name such as `referral.received`, or a kind: {known}"
            problems.append(Problem(f"/events/{place}", "not_an_event", message))
    if problems:
        raise Invalid(*problems)


@cache
def nouns() -> tuple[str, ...]:
    """The words that events begin with: a table's name, in the singular."""
    tables = (model.class_ for model in Base.registry.mappers)
    journaled = {row.__tablename__ for row in tables if getattr(row, "journaled", False)}
    named = (journaled | OF_NO_DISTRICT) - NAMED_BESIDE
    singular = {"staff": "staff_member"}
    return tuple(sorted(singular.get(name, name.removesuffix("s")) for name in named))


# What is on its way ------------------------------------------------------------------


def take_up(uow: UnitOfWork, webhook_id: UUID) -> int:
    """Make deliveries of what happened since the webhook was last here; how far it came."""
    row, progress = uow.get(Webhook, webhook_id, lock=True), progress_of(uow, webhook_id)
    waiting = uow.rows(
        select(func.count(WebhookDelivery.id)).where(
            WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.next_try_at.is_not(None)
        )
    )[0][0]
    if waiting >= WAITING_AT_MOST:
        return 0
    entry = JournalEntry
    found = uow.rows(
        select(entry.seq, entry.event, entry.subject_id, entry.quiet)
        .where(entry.district_id == uow.district_id, entry.seq > progress.after_seq)
        .order_by(entry.seq)
        .limit(LOOKED_THROUGH_AT_ONCE)
    )
    for one in found:
        if one.quiet:
            continue
        pinged = one.event == "webhook.pinged"
        if one.subject_id == webhook_id if pinged else wants(row.events, one.event):
            uow.add(
                WebhookDelivery(
                    webhook_id=webhook_id,
                    seq=one.seq,
                    event=one.event,
                    created_at=uow.now,
                    next_try_at=uow.now,
                )
            )
    if found:
        progress.after_seq = found[-1].seq
    return len(found)


def next_due(uow: UnitOfWork, webhook_id: UUID) -> Any | None:
    """The delivery that is to be sent now, the earliest event first; None while it rests."""
    row, progress = WebhookDelivery, WebhookProgress
    found = uow.rows(
        select(row.id, row.seq, row.failures)
        .join(progress, (progress.district_id == row.district_id) & (progress.id == row.webhook_id))
        .where(
            row.webhook_id == webhook_id,
            row.next_try_at <= uow.now,
            (progress.rests_until.is_(None)) | (progress.rests_until <= uow.now),
        )
        .order_by(row.seq)
        .limit(1)
    )
    return found[0] if found else None


def entry_of(uow: UnitOfWork, seq: int) -> Any:
    """The journal's entry of this number."""
    entry = JournalEntry
    columns = (
        entry.seq, entry.event, entry.subject_type, entry.subject_id, entry.case_id,
        entry.student_id, entry.client_id, entry.at, entry.row_count,
    )  # fmt: skip
    statement = select(*columns).where(entry.district_id == uow.district_id, entry.seq == seq)
    return uow.rows(statement)[0]


def note(
    uow: UnitOfWork,
    webhook_id: UUID,
    delivery_id: UUID,
    *,
    status: int | None,
    failure: str | None,
    ms: int,
    asked: timedelta | None,
    chance: float,
) -> None:
    """Keep what came of one try, and when the next one is."""
    # In this order wherever more than one of them is locked.
    webhook = uow.get(Webhook, webhook_id, lock=True)
    row = uow.get(WebhookDelivery, delivery_id, lock=True)
    progress = progress_of(uow, webhook_id)
    at = uow.now.isoformat().replace("+00:00", "Z")
    tried = {"at": at, "status": status, "failure": failure, "ms": ms}
    row.tries = [*row.tries, tried][-TRIES_KEPT:]
    if failure is None:
        row.status, row.next_try_at, row.finished_at = "delivered", None, uow.now
        progress.failures, progress.rests_until = 0, None
        progress.delivered_at = uow.now
        return
    row.failures += 1
    again = tried_again_after(row.failures, chance, asked)
    if again is None:
        row.status, row.next_try_at, row.finished_at = "dead", None, uow.now
    else:
        row.next_try_at = uow.now + again
    progress.failures += 1
    rest = rest_after(progress.failures)
    progress.rests_until = uow.now + (max(rest, min(again, asked)) if asked and again else rest)
    if status == GONE and webhook.status != "gone":
        webhook.status = "gone"
        uow.record("webhook.gone", webhook)
