"""Putting some students' past on record: rows, their deadlines, what was breached, what is owed.

All of it in the caller's unit of work, which should be a quiet one. Whoever wants to try it dry
does not commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from service.domain import facts
from service.imports.history import breaches, owed, rows
from service.imports.history.plan import (
    Group,
    Version,
    grouped,
    is_final,
    law_of,
    served,
    standing,
    versions,
)
from service.imports.history.read import Record
from service.imports.history.report import Owed, Report
from service.imports.history.staging import Batch
from service.policies import Policies
from service.storage.base import DistrictRow
from service.storage.cases import Case, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.history import LoadedRecord
from service.storage.inserts import insert_rows
from service.storage.plans import Plan
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork, in_district
from service.workflow import cases, deadlines
from service.workflow.referrals import ALONG


def apply(uow: UnitOfWork, policies: Policies, batch: Batch) -> Report:
    """Load the past of some students; what became of each line of it. Nothing is committed."""
    return _Load(uow, policies, batch.students).all_of(batch.records)


@dataclass
class _Load:
    uow: UnitOfWork
    policies: Policies
    students: Mapping[tuple[str, str], UUID]
    report: Report = field(default_factory=Report)
    on_record: dict[UUID, Case] = field(default_factory=dict)
    """Every case of these students, held."""
    open_cases: dict[tuple[UUID, str], Case] = field(default_factory=dict)
    people: dict[UUID, Student] = field(default_factory=dict)
    cases: dict[tuple[str, str, str], Case] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], list[DistrictRow]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)

    def all_of(self, records: Sequence[Record]) -> Report:
        self.hold()
        groups = grouped((r for r in records if r.kind != "intervention"), self.students)
        remembered = self.remembered(records, groups)
        groups = [group for group in groups if self.is_its_own(group, remembered)]
        new = {r.key for r in records if self.is_new(r, remembered)}
        self.load_cases(groups, new, remembered)
        touched = {case.student_id for case in self.cases.values()}
        touched |= self.load_interventions(records, new)
        self.keep_sources()
        touched_cases = [case for case in self.on_record.values() if case.student_id in touched]
        known = deadlines.refresh_loaded(self.uow, self.policies, touched_cases)
        self.find_breaches(known, groups)
        self.tell_what_is_owed(groups, remembered)
        return self.report

    # What is known ------------------------------------------------------------------------

    def hold(self) -> None:
        """Take these students and their cases, kept from other writers until this is done."""
        ids = sorted(set(self.students.values()), key=str)
        # The students first, as whoever opens a case does, so that no other opens one.
        found = self.uow.all(
            select(Student)
            .where(Student.id.in_(ids))
            .order_by(Student.id)
            .with_for_update(key_share=True)
        )
        self.people = {student.id: student for student in found}
        for case in deadlines.hold(self.uow, Case.student_id.in_(ids)):
            self.on_record[case.id] = case
            if case.student_id is not None and case.closed_on is None:
                self.open_cases[case.student_id, case.path] = case

    def is_its_own(self, group: Group, remembered: Mapping[tuple[str, str, str], Any]) -> bool:
        """Whether a case that was loaded before is of the student of these lines."""
        before = remembered.get(group.key)
        if before is None or before.record_id in self.on_record:
            return True
        for record in group.records:
            message = "Its case on record is of another student."
            self.leave_out(record, "another_student", message, "case")
        return False

    def leave_out(self, record: Record, code: str, message: str, field: str | None = None) -> None:
        self.report.count(record.kind, "left_out")
        self.report.find(record.finding(code, "error", f"{message} It was left out.", field))

    def remembered(
        self, records: Iterable[Record], groups: Iterable[Group]
    ) -> dict[tuple[str, str, str], Any]:
        """What of this was loaded before, by what it is called in its source."""
        found: dict[tuple[str, str, str], Any] = {}
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        for system, kind, id in (*(r.key for r in records), *(g.key for g in groups)):
            ids[system, kind].append(id)
        for (system, kind), some in ids.items():
            known = self.uow.rows(_REMEMBERED, system=system, kind=kind, ids=some)
            found |= {(system, kind, one.source_id): one for one in known}
        return found

    def is_new(self, record: Record, remembered: Mapping[tuple[str, str, str], Any]) -> bool:
        before = remembered.get(record.key)
        if before is None and record.kind == "referral" and "received_on" not in record.values:
            self.leave_out(record, "undated", "A receipt is kept with its day, and it has none.")
            return False
        if before is None:
            return True
        same = before.digest == record.digest
        self.report.count(record.kind, "unchanged" if same else "changed")
        if not same:
            self.report.find(
                record.finding(
                    "changed",
                    "warning",
                    "The source says otherwise than when it was loaded. What is on record stays: "
                    "change or correct it there.",
                )
            )
        return False

    # Cases --------------------------------------------------------------------------------

    def load_cases(
        self,
        groups: Sequence[Group],
        new: set[tuple[str, str, str]],
        remembered: Mapping[tuple[str, str, str], Any],
    ) -> None:
        """Open the cases of these lines, or take those that are on record, and load what is new."""
        fresh = []
        for group in groups:
            records = [record for record in group.records if record.key in new]
            if records:
                fresh.append(replace(group, records=records))
        fresh = self.without_clashes(fresh)
        plans = versions(fresh)
        by_student: dict[UUID, list[Version]] = defaultdict(list)
        for version in plans:
            by_student[version.group.student_id].append(version)
        fresh.sort(key=lambda group: group.since or date.max)
        for group in fresh:
            if group.key in remembered:
                self.go_on(group, self.on_record[remembered[group.key].record_id], may_close=True)
            elif all(record.kind == "notice" for record in group.records):
                self.of_no_case(group)
                continue
            elif group.since is None:
                self.undatable(group)
                continue
            else:
                self.open(group, group.since, by_student[group.student_id])
            self.load_records(group)
        self.load_plans(plans)
        for key, its in self.rows.items():
            self.uow.record("case.loaded", self.cases[key], *its)

    def without_clashes(self, groups: Iterable[Group]) -> list[Group]:
        """Without plans beside which another of their kind is in effect on record already."""
        groups = list(groups)
        ids = [group.student_id for group in groups if group.of("plan")]
        found = self.uow.rows(_IN_EFFECT, ids=ids) if ids else ()
        standing_ = {(row.student_id, row.kind) for row in found}
        kept = []
        for group in groups:
            clashing = [
                r
                for r in group.of("plan")
                if (group.student_id, r.values["plan_kind"]) in standing_
                and "in_effect_on" in r.values
                and not r.values.keys() & {"ended_on", "end_reason"}
            ]
            for record in clashing:
                self.leave_out(
                    record,
                    "plan_in_effect",
                    "A plan of this kind is in effect on record. Draft a version of that one.",
                )
            records = [record for record in group.records if record not in clashing]
            if records:
                kept.append(replace(group, records=records))
        return kept

    def open(
        self,
        group: Group,
        since: date,
        plans: Sequence[Version],
    ) -> None:
        """Open the case of a group, or attach it to the student's open one as a receipt is."""
        at, closed_on = standing(group, group.frameworks)
        before = served(plans, since, group)
        path = cases.REEVALUATION if before else cases.path_of(self.uow, group.student_id, since)
        there = self.open_cases.get((group.student_id, path))
        if closed_on is None and there is not None:
            self.go_on(group, there, may_close=False)
            self.report.find(
                group.records[0].finding(
                    "attached",
                    "info",
                    "The student has an open case; this and what belongs to it is part of that.",
                )
            )
        else:
            case = self.uow.add(
                Case(
                    student_id=group.student_id,
                    path=path,
                    status=at,
                    frameworks=group.frameworks,
                    opened_on=since,
                    closed_on=None if closed_on is None else max(closed_on, since),
                    jurisdiction=self.uow.district.jurisdiction,
                    law_on=since,
                    absences=[],
                )
            )
            self.report.opened.add(str(case.id))
            self.on_record[case.id] = case
            if closed_on is None:
                self.open_cases[group.student_id, path] = case
            self.keep(group, case)
        self.remember(group.key, self.cases[group.key].id, None)

    def go_on(self, group: Group, case: Case, *, may_close: bool) -> None:
        """What is loaded of a case on record brings it forward, never back."""
        frameworks = list(dict.fromkeys([*case.frameworks, *group.frameworks]))
        at, closed_on = standing(group, frameworks)
        case.frameworks = frameworks
        if group.since is not None:
            case.opened_on = min(case.opened_on, group.since)
            case.law_on = min(case.law_on, group.since)
        if case.closed_on is None and closed_on is not None and may_close:
            case.status, case.closed_on = at, max(closed_on, case.opened_on)
        elif case.status in ALONG and at in ALONG and ALONG.index(at) > ALONG.index(case.status):
            case.status = at
        self.keep(group, case)

    def keep(self, group: Group, case: Case) -> None:
        self.cases[group.key] = case
        self.rows[group.key] = []

    def of_no_case(self, group: Group) -> None:
        """Notices open no case: that of a school year is given to whoever is served."""
        for record in group.records:
            message = "Nothing but notices is of its case, here and on record."
            self.leave_out(record, "unknown_case", message, "case")

    def undatable(self, group: Group) -> None:
        for record in group.records:
            self.leave_out(record, "undated", "Nothing of its case has a day.")

    def remember(self, key: tuple[str, str, str], id: UUID, digest: str | None) -> None:
        system, kind, source_id = key
        self.sources.append(
            {
                "district_id": self.uow.district_id,
                "id": self.uow.new_id(),
                "source_system": system,
                "kind": kind,
                "source_id": source_id,
                "record_id": id,
                "digest": digest,
            }
        )

    def keep_sources(self) -> None:
        """Keep what is called what in its source, past the session: it is never changed."""
        insert_rows(self.uow.database, self.uow.connection, {LoadedRecord: self.sources})

    # Records of a case --------------------------------------------------------------------

    def load_records(self, group: Group) -> None:
        case = self.cases[group.key]
        make: Mapping[str, Callable[[Record, Case], DistrictRow]] = {
            "referral": self.referral,
            "notice": rows.notice,
            "consent": rows.consent,
            "evaluation": rows.evaluation,
        }
        for record in group.records:
            if record.kind in make:
                self.put(record, make[record.kind](record, case), group)
        earlier: dict[str, EligibilityDetermination] = {}
        drafts = [record for record in group.of("determination") if not is_final(record)]
        final = [record for record in group.of("determination") if is_final(record)]
        for record in (*drafts, *sorted(final, key=lambda r: (r.values["decided_on"], r.line))):
            row = rows.determination(record, case)
            if row.status == "final":
                before = earlier.get(row.framework)
                if before is not None:
                    before.status, row.supersedes_id = "superseded", before.id
                earlier[row.framework] = row
            self.put(record, row, group)

    def put(self, record: Record, row: DistrictRow, group: Group) -> None:
        """Put a record's row beside those of its case."""
        self.rows[group.key].append(self.uow.add(row))
        self.remember(record.key, row.id, record.digest)
        self.report.count(record.kind, "loaded")
        if (why := rows.undated(record)) is not None:
            self.report.find(record.finding("undated", "warning", why))

    def referral(self, record: Record, case: Case) -> Referral:
        row = rows.referral(self.uow, record, case)
        if case.closed_on is None and case.student_id is not None:
            policy = deadlines.policy_of(self.uow, self.policies, case)
            cases.lift(case, row, self.people[case.student_id], policy)
        return row

    def load_plans(self, plans: Sequence[Version]) -> None:
        made: dict[tuple[str, str, str], Plan] = {}
        for version in plans:
            record, group = version.record, version.group
            case = self.cases.get(group.key)
            if case is None:
                continue
            amends = None if version.amends is None else made[version.amends.record.key]
            rests_on = self.found_eligible(group, record.values["plan_kind"])
            made[record.key] = rows.plan(self.uow, version, case, amends, rests_on)
            self.put(record, made[record.key], group)

    def found_eligible(self, group: Group, kind: str) -> UUID | None:
        """The finding of eligible, loaded with it, that a plan rests on."""
        return next(
            (
                row.id
                for row in self.rows[group.key]
                if isinstance(row, EligibilityDetermination)
                and (row.framework, row.status, row.outcome) == (law_of(kind), "final", "eligible")
            ),
            None,
        )

    def load_interventions(
        self, records: Iterable[Record], new: set[tuple[str, str, str]]
    ) -> set[UUID]:
        touched = set()
        for record in records:
            if record.kind != "intervention" or record.key not in new:
                continue
            student_id = self.students[record.student]
            row = self.uow.add(rows.intervention(record, student_id))
            self.uow.record("intervention.loaded", row)
            self.remember(record.key, row.id, record.digest)
            self.report.count(record.kind, "loaded")
            touched.add(student_id)
        return touched

    # What follows -------------------------------------------------------------------------

    def find_breaches(self, known: Mapping[UUID, facts.Case], groups: Sequence[Group]) -> None:
        called = {self.cases[g.key].id: g.called for g in groups if g.key in self.cases}
        found = breaches.find(self.uow, self.policies, self.cases.values(), known, called)
        for one in found:
            self.report.find(one)

    def tell_what_is_owed(
        self, groups: Sequence[Group], remembered: Mapping[tuple[str, str, str], Any]
    ) -> None:
        """The one list: of every case of the file, what is late today or cannot be dated."""
        of: dict[UUID, list[Group]] = defaultdict(list)
        for group in groups:
            if group.key in self.cases:
                of[self.cases[group.key].id].append(group)
            elif group.key in remembered:
                of[remembered[group.key].record_id].append(group)
            else:
                self.owe(owed.of_no_case(group))
        self.uow.flush()
        closed = {id for id in of if self.on_record[id].closed_on is not None}
        self.owe(owed.of_cases(self.uow, of, closed))

    def owe(self, entries: Iterable[Owed]) -> None:
        for one in entries:
            self.report.owe(one)


# The selects, made once -----------------------------------------------------------------


_REMEMBERED = in_district(
    select(LoadedRecord.source_id, LoadedRecord.record_id, LoadedRecord.digest).where(
        LoadedRecord.source_system == bindparam("system"),
        LoadedRecord.kind == bindparam("kind"),
        LoadedRecord.source_id.in_(bindparam("ids", expanding=True)),
    )
)
_IN_EFFECT = in_district(
    select(Plan.student_id, Plan.kind).where(
        Plan.student_id.in_(bindparam("ids", expanding=True)), Plan.status == "in_effect"
    )
)
