"""Deadlines as a calendar (RFC 5545): all-day events that name no child.

Written here rather than by a library: what goes out is one kind of event, and escaping and folding
are a few lines that a test reads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from service.storage.cases import DeadlineRow
from service.storage.journal import JournalHead
from service.storage.unit_of_work import UnitOfWork

MEDIA_TYPE = "text/calendar"
MOST = 2000
"""So many events at most, those due first: no staff member and no school has more to look at."""
LINE = 75
"""The octets of a line before it is folded (RFC 5545, 3.1)."""

UNMET = ("open", "running")
STALE_SAID = "A setting or a calendar changed: this day is being worked out anew and may move."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An all-day event. `uid` stays the same for as long as the deadline is the same one.

    `tentative`: the day may move, because it is being worked out anew (3.8.1.11).
    """

    uid: str
    day: date
    summary: str
    description: str
    categories: tuple[str, ...]
    tentative: bool = False


def events(
    uow: UnitOfWork,
    *,
    stale: ColumnElement[bool],
    staff_id: UUID | None = None,
    school_id: UUID | None = None,
) -> Iterator[Event]:
    """What a staff member, or a school, has to see to, by the day it is due.

    `stale`: whether a projected deadline is being worked out anew.
    """
    row = DeadlineRow
    whose = row.owner_staff_id == staff_id if staff_id is not None else row.school_id == school_id
    wanted = (
        select(
            row.id,
            row.case_id,
            row.term_id,
            row.kind,
            row.title,
            row.rule_id,
            row.due_on,
            stale.label("stale"),
        )
        .where(whose, row.due_on.is_not(None), row.state.in_(UNMET))
        .order_by(row.due_on, row.id)
        .limit(MOST)
    )
    today = uow.today
    for one in uow.rows(wanted):
        yield _event(one, overdue=one.due_on < today)


def _event(row: Any, *, overdue: bool) -> Event:
    told = [f"Deadline {row.id}"]
    if row.case_id is not None:
        told.append(f"Case {row.case_id}")
    if row.rule_id is not None:
        told.append(f"Rule {row.rule_id}")
    if row.stale:
        told.append(STALE_SAID)
    marks = [mark for mark, holds in (("overdue", overdue), ("stale", row.stale)) if holds]
    return Event(
        uid=f"{row.id}@childfind",
        day=row.due_on,
        summary=f"Overdue: {row.title}" if overdue else row.title,
        description="\n".join(told),
        categories=(row.term_id, row.kind, *marks),
        tentative=bool(row.stale),
    )


def sequence(uow: UnitOfWork) -> int:
    """A number that grows with every change in the district: a later answer is the better one."""
    head = select(JournalHead.last_seq).where(JournalHead.district_id == uow.district_id)
    return int(uow.rows(head)[0].last_seq)


def calendar(name: str, shown: Iterable[Event], *, at: datetime, sequence: int) -> str:
    """The text of a calendar (VCALENDAR) that was made at this instant."""
    lines = [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//Childfind//Deadlines//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("NAME", _text(name)),
        ("X-WR-CALNAME", _text(name)),
        ("REFRESH-INTERVAL;VALUE=DURATION", "PT6H"),
    ]
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for event in shown:
        lines += [
            ("BEGIN", "VEVENT"),
            ("UID", _text(event.uid)),
            ("DTSTAMP", stamp),
            ("SEQUENCE", str(sequence)),
            ("DTSTART;VALUE=DATE", f"{event.day:%Y%m%d}"),
            ("DTEND;VALUE=DATE", f"{event.day + timedelta(days=1):%Y%m%d}"),
            ("SUMMARY", _text(event.summary)),
            ("DESCRIPTION", _text(event.description)),
            ("CATEGORIES", ",".join(map(_text, event.categories))),
            *([("STATUS", "TENTATIVE")] if event.tentative else []),
            ("TRANSP", "TRANSPARENT"),
            ("END", "VEVENT"),
        ]
    lines.append(("END", "VCALENDAR"))
    return "".join(_folded(f"{key}:{value}") for key, value in lines)


def _text(value: str) -> str:
    """A TEXT value (3.3.11). Characters that no line may hold are left out."""
    kept = "".join(c for c in value.replace("\r\n", "\n") if c == "\n" or c == "\t" or c >= " ")
    kept = kept.replace("\x7f", "")
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        kept = kept.replace(plain, written)
    return kept


def _folded(line: str) -> str:
    """A content line, cut after 75 octets and never within a character (3.1)."""
    parts: list[list[str]] = []
    part: list[str] = []
    length = 0
    for character in line:
        size = len(character.encode())
        if length + size > LINE:
            parts.append(part)
            part, length = [" "], 1
        part.append(character)
        length += size
    parts.append(part)
    return "".join("".join(part) + "\r\n" for part in parts)
