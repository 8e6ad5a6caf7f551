"""Reports: what a district does with its children's concerns, and where it waited.

They count children, never notes, and nothing by who wrote it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, exists, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from service.domain.facts import PARENTAL
from service.domain.rules.catalogue import of
from service.domain.rules.referral import INTERVENTION_RULE
from service.domain.small_cells import withheld
from service.storage.cases import Case, CaseStep, DeadlineRow, Referral
from service.storage.child_find_flags import ChildFindFlag
from service.storage.contacts import Contact
from service.storage.journal import JournalEntry
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork

MEASURES = ("raised", "dismissed", "bypassed")
NOT_SAID = "not_said"
MOST = 1000
"""So many findings are shown at most; a shorter span shows the rest."""
STRETCH = 500
"""So many rows are held at once; most of those read may show nothing."""

# What became of flags, and where the intervention rule was bypassed ------------------------


Cell = TypeVar("Cell")
Counts = Mapping[str, int | None]
"""How often each of `MEASURES` happened; None: withheld, because it tells of a few children."""


@dataclass(frozen=True, slots=True)
class ChildFind:
    """How often each thing happened, by school and by each group of students, in their order."""

    by_school: Mapping[UUID | None, Counts]
    by_group: Mapping[tuple[str, str], Counts]


def child_find(
    uow: UnitOfWork, since: date, until: date, *, small_cells: bool = False
) -> ChildFind:
    """Flags raised and dismissed, and bypasses of the intervention rule, from day to day.

    Without `small_cells` those are withheld. The schools are one partition of the children, and so
    is each kind of group; a total of one is the total of all.
    """
    happened = [
        *(("raised", id) for id in _raised(uow, since, until)),
        *(("dismissed", id) for id in _dismissed(uow, since, until)),
        *(("bypassed", id) for id in _bypassed(uow, since, until)),
    ]
    schools: dict[UUID | None, Counter[str]] = {}
    groups: dict[str, dict[str, Counter[str]]] = {}
    students = _students(uow, {id for _, id in happened if id is not None})
    for measure, id in happened:
        student = students.get(id)
        school_id = None if student is None else student.school_id
        schools.setdefault(school_id, Counter())[measure] += 1
        for kind, value in _groups(student):
            groups.setdefault(kind, {}).setdefault(value, Counter())[measure] += 1
    return ChildFind(
        by_school=_shown(schools, small_cells=small_cells),
        by_group={
            (kind, value): counts
            for kind, values in sorted(groups.items())
            for value, counts in _shown(values, small_cells=small_cells).items()
        },
    )


def _shown(
    partition: Mapping[Cell, Counter[str]], *, small_cells: bool
) -> dict[Cell, dict[str, int | None]]:
    """What is shown of one partition, each measure by itself."""
    cells = sorted(partition, key=str)
    found: dict[Cell, dict[str, int | None]] = {cell: {} for cell in cells}
    for measure in MEASURES:
        counts: Mapping[Cell, int | None] = {cell: partition[cell][measure] for cell in cells}
        if not small_cells:
            counts = withheld({cell: partition[cell][measure] for cell in cells})
        for cell, count in counts.items():
            found[cell][measure] = count
    return found


def _raised(uow: UnitOfWork, since: date, until: date) -> Iterator[UUID | None]:
    row = ChildFindFlag
    found = uow.rows(select(row.student_id).where(row.raised_on.between(since, until)))
    return (one.student_id for one in found)


def _dismissed(uow: UnitOfWork, since: date, until: date) -> Iterator[UUID | None]:
    step, flag = CaseStep, ChildFindFlag
    found = uow.rows(
        select(flag.student_id)
        .join(step, and_(step.district_id == flag.district_id, step.record_id == flag.id))
        .where(step.step == "dismiss", step.taken_on.between(since, until))
    )
    return (one.student_id for one in found)


def _bypassed(uow: UnitOfWork, since: date, until: date) -> Iterator[UUID | None]:
    step, case = CaseStep, Case
    statement = (
        select(case.student_id, step.decision, step.taken_on, step.id)
        .join(step, and_(step.district_id == case.district_id, step.case_id == case.id))
        .where(step.step == "request-evaluation", step.taken_on.between(since, until))
    )
    return (
        one.student_id
        for one in _each(uow, statement, taken_on=step.taken_on, id=step.id)
        if any(
            finding["rule_id"] == INTERVENTION_RULE
            and (finding.get("override") or {}).get("kind") == "bypass"
            for finding in one.decision.get("findings", ())
        )
    )


def _students(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID | None, Any]:
    row, wanted = Student, list(ids)
    found: dict[UUID | None, Any] = {}
    for start in range(0, len(wanted), 500):
        statement = select(
            row.id, row.school_id, row.grade, row.sex, row.hispanic, row.races, row.english_learner
        ).where(row.id.in_(wanted[start : start + 500]))
        found |= {one.id: one for one in uow.rows(statement)}
    return found


def _groups(student: Any) -> Iterator[tuple[str, str]]:
    """The groups a student belongs to, each by its kind; what is not on record is not guessed."""
    for kind in ("grade", "sex", "english_learner", "hispanic"):
        value = getattr(student, kind, None)
        yield kind, NOT_SAID if value is None else str(value).lower()
    for race in getattr(student, "races", None) or (NOT_SAID,):
        yield "race", race


# Where a child waited for interventions -----------------------------------------------------

UNANSWERED, REFUSED, LATE_RECEIPT = "unanswered_request", "refused_to_wait", "receipt_after_contact"

WAITS: Mapping[str, str] = {
    UNANSWERED: "A request for an evaluation without consent request or notice in time; where the "
    "law names no number of days, one that is still unanswered.",
    REFUSED: "A step that was refused, or a reason given for one, because an intervention was "
    "not finished.",
    LATE_RECEIPT: "A parent's request dated later than a contact whose words already asked.",
}
"""What the report finds, by kind."""

_WAITING = re.compile(
    r"\b(?:interventions?|rti|mtss|tiers?\b|tier [123]|response to intervention)\b", re.IGNORECASE
)
_REFUSES = ("IDEA-REQUEST-NO-RTI-BLOCK", INTERVENTION_RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One child who may have been kept waiting, with the records that show it."""

    kind: str
    on: date
    student_id: UUID | None
    case_id: UUID | None
    days: int | None
    because: str
    evidence: tuple[Mapping[str, Any], ...]


def rti_delay(uow: UnitOfWork, since: date, until: date) -> list[Wait]:
    """Where a child may have waited for interventions, by day; one more than `MOST` at most."""
    looks = (_unanswered, _refused, _given_as_reason, _late_receipts)
    found = [wait for look in looks for wait in islice(look(uow, since, until), MOST + 1)]
    return sorted(found, key=lambda wait: (wait.on, wait.kind))[: MOST + 1]


def _each(uow: UnitOfWork, statement: Select[*tuple[Any, ...]], **keys: Any) -> Iterator[Any]:
    """Every row of a select in the order of these columns of it, read in stretches."""
    columns, wanted = list(keys.values()), statement
    while True:
        rows = uow.rows(wanted.order_by(*columns).limit(STRETCH))
        yield from rows
        if len(rows) < STRETCH:
            return
        last = [literal(getattr(rows[-1], name), column.type) for name, column in keys.items()]
        wanted = statement.where(tuple_(*columns) > tuple_(*last))


def _unanswered(uow: UnitOfWork, since: date, until: date) -> Iterator[Wait]:
    row = DeadlineRow
    undated = and_(row.due_on.is_(None), row.started_on < uow.today)
    waits = or_(
        row.state == "late",
        and_(row.state.in_(("open", "running")), or_(undated, row.due_on < uow.today)),
    )
    statement = select(
        row.id, row.started_on, row.due_on, row.met_on, row.student_id, row.case_id, row.state
    ).where(row.term_id == "answer_to_request", row.started_on.between(since, until), waits)
    for one in _each(uow, statement, started_on=row.started_on, id=row.id):
        days = ((one.met_on or uow.today) - one.started_on).days
        if one.due_on is None:
            because = f"Unanswered for {days} days; the law here names no number."
        else:
            answered = f"answered on {one.met_on}" if one.met_on else "not answered yet"
            because = f"Due on {one.due_on}, {answered}."
        shown = of("deadline", str(one.id), state=one.state, due_on=_iso(one.due_on))
        yield Wait(
            kind=UNANSWERED,
            on=one.started_on,
            student_id=one.student_id,
            case_id=one.case_id,
            days=days,
            because=because,
            evidence=(shown,),
        )


def _refused(uow: UnitOfWork, since: date, until: date) -> Iterator[Wait]:
    """Steps that were refused, by the journal: the rule held, and somebody had tried."""
    row = JournalEntry
    statement = select(row.seq, row.at, row.student_id, row.case_id, row.findings).where(
        row.district_id == uow.district_id,
        row.event.in_(("case.step_refused", "child_find_flag.step_refused")),
        row.at >= _midnight(uow, since),
        row.at < _midnight(uow, until + timedelta(days=1)),
    )
    for one in _each(uow, statement, seq=row.seq):
        rules = [f["rule_id"] for f in one.findings if f["rule_id"] in _REFUSES]
        if rules:
            yield Wait(
                kind=REFUSED,
                on=uow.local_date(one.at),
                student_id=one.student_id,
                case_id=one.case_id,
                days=None,
                because=f"A step was refused by {', '.join(rules)}.",
                evidence=(of("event", str(one.seq), rules=rules),),
            )


def _given_as_reason(uow: UnitOfWork, since: date, until: date) -> Iterator[Wait]:
    """Reasons whose words speak of interventions, whatever their code: a hint for people."""
    step, case = CaseStep, Case
    statement = (
        select(step.id, step.step, step.taken_on, step.details, step.case_id, case.student_id)
        .join(case, and_(step.district_id == case.district_id, step.case_id == case.id))
        .where(
            step.step.in_(("decline", "close")),
            step.taken_on.between(since, until),
        )
    )
    for one in _each(uow, statement, taken_on=step.taken_on, id=step.id):
        words = sorted({w.lower() for w in _WAITING.findall(one.details.get("reason") or "")})
        if words:
            yield Wait(
                kind=REFUSED,
                on=one.taken_on,
                student_id=one.student_id,
                case_id=one.case_id,
                days=None,
                because="The reason given speaks of interventions; somebody should read it.",
                evidence=(of("case_step", str(one.id), step=one.step, words=words),),
            )


def _late_receipts(uow: UnitOfWork, since: date, until: date) -> Iterator[Wait]:
    """Each parent's request with the first contact that asked before it, and no other between."""
    asked, contact, between = Referral, Contact, aliased(Referral)
    earlier = exists().where(
        between.district_id == asked.district_id,
        between.student_id == asked.student_id,
        between.requester.in_(sorted(PARENTAL)),
        between.received_on >= contact.occurred_on,
        or_(
            between.received_on < asked.received_on,
            and_(between.received_on == asked.received_on, between.id < asked.id),
        ),
    )
    statement = (
        select(
            asked.id,
            asked.received_on,
            asked.student_id,
            asked.case_id,
            contact.id.label("contact_id"),
            contact.occurred_on,
        )
        .join(
            contact,
            and_(
                contact.district_id == asked.district_id,
                contact.student_id == asked.student_id,
                contact.suggests_request.is_(True),
                contact.occurred_on < asked.received_on,
            ),
        )
        .where(
            asked.received_on.between(since, until),
            asked.requester.in_(sorted(PARENTAL)),
            ~earlier,
        )
    )
    in_order = {
        "received_on": asked.received_on,
        "id": asked.id,
        "occurred_on": contact.occurred_on,
        "contact_id": contact.id,
    }
    told: UUID | None = None
    for one in _each(uow, statement, **in_order):
        if one.id == told:
            continue
        told = one.id
        days = (one.received_on - one.occurred_on).days
        yield Wait(
            kind=LATE_RECEIPT,
            on=one.received_on,
            student_id=one.student_id,
            case_id=one.case_id,
            days=days,
            because=f"The receipt is dated {days} days after a contact whose words asked already.",
            evidence=(
                of("referral", str(one.id), received_on=_iso(one.received_on)),
                of("contact", str(one.contact_id), occurred_on=_iso(one.occurred_on)),
            ),
        )


def _midnight(uow: UnitOfWork, day: date) -> datetime:
    """When a day begins in the district."""
    return datetime.combine(day, time(), ZoneInfo(uow.district.time_zone))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
