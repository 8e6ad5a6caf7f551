"""Calendar feeds: made for a staff member or a school, and revoked by removing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.storage.calendar_feeds import CalendarFeed
from service.storage.database import Database
from service.storage.schools import School, StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow.checks import lead_somewhere, refuse

WHOSE = {"staff_id": StaffMember, "school_id": School}


def create(uow: UnitOfWork, said: Mapping[str, Any]) -> CalendarFeed:
    """A new feed. Raises `Invalid` when the staff member or the school is not there."""
    refuse(lead_somewhere(uow, said, WHOSE))
    feed = uow.add(CalendarFeed(**said))
    uow.record("calendar_feed.created", feed)
    return feed


def revoke(uow: UnitOfWork, feed: CalendarFeed) -> None:
    """Take a feed away: its address leads nowhere from now on."""
    uow.record("calendar_feed.revoked", feed)
    uow.session.delete(feed)


def district_of(database: Database, id: UUID) -> UUID | None:
    """Whose district's feed this is; None when there is none, or none any more."""
    with Session(database.reader) as session:
        return session.scalar(select(CalendarFeed.district_id).where(CalendarFeed.id == id))


def title_of(uow: UnitOfWork, feed: Any) -> str | None:
    """What a calendar calls the feed; None when the person or the school is not active."""
    if feed.staff_id is not None:
        person = uow.read(StaffMember, feed.staff_id)
        name = f"{person.given_name} {person.family_name}"
        return f"Deadlines of {name}" if person.active else None
    school = uow.read(School, feed.school_id)
    return f"Deadlines of {school.name}" if school.active else None
