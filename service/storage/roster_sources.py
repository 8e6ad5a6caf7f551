"""Roster sources: the student-information systems that rosters are pulled from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.roster_sources import VERSIONS
from service.storage.base import MutableRow, one_of, word


class RosterSource(MutableRow):
    """A server that speaks OneRoster over REST, how to get in, and when.

    `scope`: what is asked for at the token URL, where it is not the standard's. `scheduled_at`:
    since when the schedule of this feed stands. `addressed_at`: since when the server is this
    one, so that no list of its changes is added to what came from another. The secret is sealed
    with the service's key.
    """

    __tablename__ = "roster_sources"
    __table_args__ = (
        one_of("oneroster_version", VERSIONS),
        CheckConstraint("daily_hour IS NULL OR every_hours IS NULL", name="schedule"),
        UniqueConstraint("district_id", "feed"),
        Index("ix_roster_sources_district_id_created_at_id", "district_id", "created_at", "id"),
    )

    feed: Mapped[str] = mapped_column(word())
    oneroster_version: Mapped[str] = mapped_column(word(8))
    base_url: Mapped[str]
    token_url: Mapped[str]
    oauth_client_id: Mapped[str]
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[str | None]
    daily_hour: Mapped[int | None]
    every_hours: Mapped[int | None]
    full_every_days: Mapped[int | None]
    scheduled_at: Mapped[datetime]
    addressed_at: Mapped[datetime]
