"""What a district says of its feeds of rosters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from service.domain.roster_feeds import MOST
from service.storage.base import assign
from service.storage.roster_feeds import RosterFeed
from service.storage.unit_of_work import UnitOfWork
from service.workflow.invalid import AlreadyThere, Invalid, Problem


def create(uow: UnitOfWork, said: Mapping[str, Any]) -> RosterFeed:
    """Say what is expected of a feed. Raises `AlreadyThere` when something is said of it."""
    known = uow.rows(select(RosterFeed.id, RosterFeed.feed).order_by(RosterFeed.id))
    if taken := [one.id for one in known if one.feed == said["feed"]]:
        message = f"The feed is known: change it by PATCH /v1/roster-feeds/{taken[0]}."
        raise AlreadyThere("roster_feed", str(taken[0]), message)
    if len(known) >= MOST:
        raise Invalid(Problem("", "too_many", f"A district has at most {MOST} roster feeds."))
    row = uow.add(RosterFeed(**said))
    uow.record("roster_feed.created", row)
    return row


def change(uow: UnitOfWork, row: RosterFeed, said: Mapping[str, Any]) -> RosterFeed:
    """Say it otherwise."""
    if assign(row, said):
        uow.record("roster_feed.changed", row)
    return row


def remove(uow: UnitOfWork, row: RosterFeed) -> None:
    """Say nothing of a feed any more."""
    uow.session.delete(row)
    uow.record("roster_feed.deleted", row)
