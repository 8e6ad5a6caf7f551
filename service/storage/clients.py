"""API clients, and the answers kept under their idempotency keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import Base, Json, word


class Client(Base):
    """A program that calls the API. Its secrets are kept as keyed hashes only.

    Two secrets may be valid at once, so that one can be rotated with overlap.
    """

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    secret_hash: Mapped[str] = mapped_column(word(64))
    previous_secret_hash: Mapped[str | None] = mapped_column(word(64))
    previous_valid_until: Mapped[datetime | None]
    may_assert_people: Mapped[bool] = mapped_column(default=False)
    demonstration: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ClientDistrict(Base):
    """A district that a client serves."""

    __tablename__ = "client_districts"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("districts.id"), primary_key=True)


class IdempotencyKey(Base):
    """A stored answer: the same key and body replays it. Kept for at least 24 hours."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_stored_at", "stored_at"),)

    district_id: Mapped[UUID] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    key: Mapped[str] = mapped_column(word(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(word(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]
