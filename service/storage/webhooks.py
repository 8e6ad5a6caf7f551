"""Webhooks: who is told of what, how far that is, and each delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.webhooks import DELIVERY_STATUSES, STATUSES
from service.storage.base import DistrictRow, MutableRow, one_of, refers, word


class Webhook(MutableRow):
    """An address that is told what happens, for the client that asked for it.

    `events`: names and kinds (`case.`); none means all. Secrets are sealed with the service's
    key; two may be valid at once, so that one can be rotated with overlap.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        one_of("status", STATUSES),
        Index("ix_webhooks_district_id_created_at_id", "district_id", "created_at", "id"),
    )

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    url: Mapped[str]
    description: Mapped[str | None]
    events: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(word(16), default="active")
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_valid_until: Mapped[datetime | None]


class WebhookProgress(DistrictRow):
    """How far a webhook is; its id is the webhook's.

    The journal is what is to be sent: up to `after_seq` it was looked through. `failures`: how
    often in a row the receiver failed; until `rests_until` it is left alone.
    """

    __tablename__ = "webhook_progress"
    __table_args__ = (refers("id", "webhooks"),)
    journaled: ClassVar[bool] = False

    after_seq: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]


class WebhookDelivery(DistrictRow):
    """One event on its way to one webhook; its id stays the same however often it is sent.

    `tries`: when, and what came of it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        refers("webhook_id", "webhooks"),
        one_of("status", DELIVERY_STATUSES),
        UniqueConstraint("district_id", "webhook_id", "seq"),
        Index(
            "ix_webhook_deliveries_district_id_webhook_id_next_try_at",
            "district_id",
            "webhook_id",
            "next_try_at",
            sqlite_where=text("next_try_at IS NOT NULL"),
            postgresql_where=text("next_try_at IS NOT NULL"),
        ),
        Index("ix_webhook_deliveries_finished_at", "finished_at"),
    )
    journaled: ClassVar[bool] = False

    webhook_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(word(64))
    status: Mapped[str] = mapped_column(word(16), default="pending")
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    tries: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
