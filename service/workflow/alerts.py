"""Alerts: owners and supervisors are told of what is due, each thing once.

So are those who answer for the district, of a feed of rosters that is late. What was sent is a row
and an entry of the journal, with or without a mail. Mails are digests that name no child: they go
out by a door (`service.worker.alerts`), which then says so here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.domain.alerts import FEED_LATE, FURTHEST, alert_for
from service.storage.alerts import Alert
from service.storage.cases import DeadlineRow
from service.storage.roster_feeds import RosterFeed
from service.storage.schools import StaffMember
from service.storage.unit_of_work import UnitOfWork
from service.workflow import rebuilds
from service.workflow.staff import ANSWER

BATCH = 500
KEPT_FOR = timedelta(days=3)
"""A mail that could not be sent is tried again for so long; then newer alerts tell more."""

LONGEST = 200
"""So many deadlines, and feeds, are named in one mail; the rest are counted."""
OWED = ("open", "running")
"""The states of a projected deadline that somebody still has to meet."""

_Told = tuple[str, str, date, UUID]
"""What is told once: what it is about, the kind of alert, the day, to whom."""

KEPT = ("deadline_id", "feed_id", "staff_id", "kind", "role")
"""What an entry of the journal keeps of an alert."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many alerts were made, and of how many deadlines there is nobody to tell."""

    alerts: int
    untold: int


def send(uow: UnitOfWork) -> Sent:
    """Alert whoever is to be alerted today and was not yet."""
    people = _People(uow)
    made = untold = 0
    for rows in _due(uow):
        untold += sum(not people.of(row.owner_staff_id, row.school_id) for row in rows)
        wanted = {key: alert for row in rows for key, alert in _alerts(uow, row, people)}
        new = [wanted[key] for key in wanted.keys() - _told(uow, [row.key for row in rows])]
        new.sort(key=lambda alert: (alert["due_on"], alert["about"], str(alert["staff_id"])))
        uow.insert_many("alert.sent", Alert, new, keep=KEPT)
        made += len(new)
    return Sent(made, untold)


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail to one staff member; it names no child."""

    staff_id: UUID
    email: str
    subject: str
    text: str
    alert_ids: tuple[UUID, ...]


def digests(uow: UnitOfWork) -> list[Digest]:
    """The mails that are still to be sent: one to each person with an address.

    Of what still stands as it was told: what was met meanwhile, or moved, needs no mail any more.
    """
    row, person, deadline, feed = Alert, StaffMember, DeadlineRow, RosterFeed
    found = uow.rows(
        select(
            row.id, row.staff_id, row.role, row.kind, row.title, row.due_on, row.deadline_id,
            row.feed_id, person.email,
        )
        .join(person, (person.district_id == row.district_id) & (person.id == row.staff_id))
        .outerjoin(
            deadline,
            (deadline.district_id == row.district_id)
            & (deadline.id == row.deadline_id)
            & (deadline.due_on == row.due_on)
            & deadline.state.in_(OWED),
        )
        .outerjoin(
            feed,
            (feed.district_id == row.district_id)
            & (feed.id == row.feed_id)
            & feed.late_since.is_not(None),
        )
        .where(
            deadline.id.is_not(None) | feed.id.is_not(None),
            row.emailed_at.is_(None),
            row.sent_at >= uow.now - KEPT_FOR,
            person.email.is_not(None),
            person.active.is_(True),
        )
        .order_by(row.staff_id, row.due_on, row.id)
    )  # fmt: skip
    mine: dict[UUID, list[Any]] = {}
    for one in found:
        mine.setdefault(one.staff_id, []).append(one)
    return [_digest(id, alerts, uow) for id, alerts in mine.items()]


def emailed(uow: UnitOfWork, digest: Digest) -> None:
    """The mail server has taken this mail."""
    for start in range(0, len(digest.alert_ids), BATCH):
        ids = digest.alert_ids[start : start + BATCH]
        rows = uow.all(select(Alert).where(Alert.id.in_(ids)).order_by(Alert.id))
        for row in rows:
            row.emailed_at = uow.now
        if rows:
            uow.record("alert.emailed", rows[0], *rows[1:])
        uow.flush()


def tell_of_feed(uow: UnitOfWork, feed: RosterFeed, expected_by: datetime) -> None:
    """Alert those who answer for the district that a feed is late, once for a day it was due."""
    day, about = uow.local_date(expected_by), f"feed {feed.feed}"
    told = _told(uow, [about])
    new = [
        {
            "deadline_id": None,
            "feed_id": feed.id,
            "about": about,
            "case_id": None,
            "student_id": None,
            "school_id": None,
            "staff_id": staff_id,
            "role": role,
            "kind": FEED_LATE,
            "about_on": day,
            "due_on": day,
            "term_id": None,
            "title": f"The feed of rosters {feed.feed} has not come",
            "sent_at": uow.now,
            "emailed_at": None,
        }
        for staff_id, role in _People(uow).of(None, None).items()
        if (about, FEED_LATE, day, staff_id) not in told
    ]
    uow.insert_many("alert.sent", Alert, new, keep=KEPT)


# Who is told of what -------------------------------------------------------------------------


def _due(uow: UnitOfWork) -> Iterator[Sequence[Any]]:
    """What is due within the furthest alert, or late, in stretches.

    What is stale is left to the next run: nobody is told of a day that has moved meanwhile.
    """
    row, after = DeadlineRow, None
    while True:
        statement = select(
            row.id, row.key, row.case_id, row.student_id, row.school_id, row.owner_staff_id,
            row.due_on, row.term_id, row.title,
        ).where(
            row.state.in_(OWED),
            row.due_on <= uow.today + timedelta(days=FURTHEST),
            ~rebuilds.stale(),
        )  # fmt: skip
        if after is not None:
            statement = statement.where(row.id > after)
        rows = uow.rows(statement.order_by(row.id).limit(BATCH))
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def _alerts(uow: UnitOfWork, row: Any, people: _People) -> Iterator[tuple[_Told, dict[str, Any]]]:
    said = alert_for(row.due_on, uow.today)
    if said is None:
        return
    kind, about_on = said
    for staff_id, role in people.of(row.owner_staff_id, row.school_id).items():
        yield (
            (row.key, kind, about_on, staff_id),
            {
                "deadline_id": row.id,
                "feed_id": None,
                "about": row.key,
                "case_id": row.case_id,
                "student_id": row.student_id,
                "school_id": row.school_id,
                "staff_id": staff_id,
                "role": role,
                "kind": kind,
                "about_on": about_on,
                "due_on": row.due_on,
                "term_id": row.term_id,
                "title": row.title,
                "sent_at": uow.now,
                "emailed_at": None,
            },
        )


def _told(uow: UnitOfWork, keys: Sequence[str]) -> set[_Told]:
    row = Alert
    found = uow.rows(
        select(row.about, row.kind, row.about_on, row.staff_id).where(row.about.in_(keys))
    )
    return {tuple(one) for one in found}


class _People:
    """Who is active, and who answers for each school and for the district: one select."""

    def __init__(self, uow: UnitOfWork) -> None:
        row = StaffMember
        found = uow.rows(select(row.id, row.school_id, row.roles).where(row.active.is_(True)))
        self.active = {one.id for one in found}
        self.answering: dict[UUID | None, list[UUID]] = {}
        for one in sorted(found, key=lambda one: one.id):
            if any(role in ANSWER for role in one.roles):
                self.answering.setdefault(one.school_id, []).append(one.id)
        self.anybody = sorted(id for answering in self.answering.values() for id in answering)[:1]

    def of(self, owner_id: UUID | None, school_id: UUID | None) -> Mapping[UUID, str]:
        """Whom to tell, each with why: the owner, and who answers for the school, or else for the
        district, or else for any part of it.
        """
        answering = self.answering.get(school_id) or self.answering.get(None) or self.anybody
        told = dict.fromkeys(answering, "supervisor")
        if owner_id in self.active and owner_id is not None:
            told[owner_id] = "owner"
        return told


# The mail -------------------------------------------------------------------------------------


def _digest(staff_id: UUID, alerts: Sequence[Any], uow: UnitOfWork) -> Digest:
    named = list({alert.deadline_id: alert for alert in alerts if alert.deadline_id}.values())
    feeds = list({alert.feed_id: alert for alert in alerts if alert.feed_id}.values())
    late = sum(alert.due_on < uow.today for alert in named)
    counts = [_counted(len(named), "deadline")] if named else []
    counts += [f"{late} late"] if late else []
    counts += [f"{_counted(len(feeds), 'feed')} of rosters late"] if feeds else []
    lines = []
    if named:
        lines += [
            "These deadlines are yours, or of a school you answer for.",
            "This mail names no child; open a deadline in your system by its number.",
            "",
            *(_line(alert, uow.today) for alert in named[:LONGEST]),
        ]
    if len(named) > LONGEST:
        lines.append(f"- and {_counted(len(named) - LONGEST, 'deadline')} more.")
    if feeds:
        lines += [""] if named else []
        lines += ["Rosters are expected, and what is on record gets older.", ""]
        lines += [
            f"- {alert.title}. It was expected by {alert.due_on}." for alert in feeds[:LONGEST]
        ]
    if len(feeds) > LONGEST:
        lines.append(f"- and {_counted(len(feeds) - LONGEST, 'feed')} more.")
    return Digest(
        staff_id,
        alerts[0].email,
        f"Childfind: {', '.join(counts)}",
        "\n".join(lines) + "\n",
        tuple(alert.id for alert in alerts),
    )


def _line(alert: Any, today: date) -> str:
    days = (alert.due_on - today).days
    when = (
        f"{_counted(-days, 'day')} late"
        if days < 0
        else "due today"
        if days == 0
        else f"due in {_counted(days, 'day')}"
    )
    return f"- {alert.title}: {when} ({alert.due_on}). Deadline {alert.deadline_id}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
