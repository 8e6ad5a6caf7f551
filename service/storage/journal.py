"""The journal: every change named, with who, what, when, before and after.

It is the audit trail and the change feed at once. `(district_id, seq)` is strict and
gap-free: the district's head is raised last, just before the commit. Personal values lie
in the payload beside the entry, so that a lawful destruction can empty them and leave
the entry standing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import Base, word


class JournalHead(Base):
    """The last number given out in a district."""

    __tablename__ = "journal_heads"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)


class JournalEntry(Base):
    """One named change. Never updated, never deleted."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_district_id_subject_id_seq", "district_id", "subject_id", "seq"),
        Index("ix_journal_district_id_case_id_seq", "district_id", "case_id", "seq"),
        Index("ix_journal_district_id_event_seq", "district_id", "event", "seq"),
    )

    district_id: Mapped[UUID] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(word(64))
    subject_type: Mapped[str] = mapped_column(word(48))
    subject_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    student_id: Mapped[UUID | None]
    at: Mapped[datetime]
    client_id: Mapped[UUID | None]
    acting_staff_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(word(64))
    row_count: Mapped[int] = mapped_column(default=1)
    quiet: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of history that was loaded: on record and in the feed, and no webhook is told."""
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    """Which rules were not met; what they found about the child is in the payload."""


class JournalPayload(Base):
    """The personal side of an entry: values before and after, and findings in full.

    May be emptied by law.
    """

    __tablename__ = "journal_payloads"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "seq"], ["journal.district_id", "journal.seq"]),
    )

    district_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    findings: Mapped[list[dict[str, Any]] | None]


class RefusedAccess(Base):
    """A request that was turned away, outside the numbered journal.

    Rate-limited by its key: one row per client, reason and minute, with a count.
    """

    __tablename__ = "refused_access"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(word(64), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=1)
