"""Putting some students' past on record: rows, their deadlines, what was breached, what is owed.

All of it in the caller's unit of work, which should be a quiet one. Whoever wants to try it dry
does not commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from service.domain import facts
from service.domain.decide import Finding as RuleFinding
from service.domain.decide import finding
from service.domain.policy import Policy
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
from service.imports.history.read import KINDS, Record
from service.imports.history.report import Finding, Owed, Report
from service.imports.history.staging import Batch
from service.policies import Policies
from service.storage.base import DistrictRow
from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Evaluation
from service.storage.history import LoadedRecord
from service.storage.inserts import insert_rows
from service.storage.interventions import Intervention
from service.storage.notices import TO_EVALUATE, Consent
from service.storage.plans import Plan
from service.storage.students import Student
from service.storage.unit_of_work import UnitOfWork, in_district
from service.workflow import cases, deadlines
from service.workflow.determinations import NO_ANSWERS
from service.workflow.referrals import ALONG

OF_THE_SERVED = ("annual_review", "reevaluation")
"""Terms that run on after the case of a plan was closed."""


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
            self.leave_out(record, "another_student", "Its case on record is of another student.")
        return False

    def leave_out(self, record: Record, code: str, message: str) -> None:
        self.report.count(record.kind, "left_out")
        self.report.find(record.finding(code, "error", f"{message} It was left out."))

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
            elif group.since is None:
                self.undatable(group)
                continue
            else:
                self.open(group, group.since, by_student[group.student_id])
            self.load_records(group)
        self.load_plans(plans)
        for key, rows in self.rows.items():
            self.uow.record("case.loaded", self.cases[key], *rows)

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
        insert_rows(self.uow.database, self.uow.connection, LoadedRecord, self.sources)

    # Records of a case --------------------------------------------------------------------

    def load_records(self, group: Group) -> None:
        case = self.cases[group.key]
        make: Mapping[str, Callable[[Record, Case], DistrictRow]] = {
            "referral": self.referral,
            "consent": _consent,
            "evaluation": _evaluation,
        }
        for record in group.records:
            if record.kind in make:
                self.put(record, make[record.kind](record, case), group)
        earlier: dict[str, EligibilityDetermination] = {}
        drafts = [record for record in group.of("determination") if not is_final(record)]
        final = [record for record in group.of("determination") if is_final(record)]
        for record in (*drafts, *sorted(final, key=lambda r: (r.values["decided_on"], r.line))):
            row = _determination(record, case)
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
        if (why := _undated(record)) is not None:
            self.report.find(record.finding("undated", "warning", why))

    def referral(self, record: Record, case: Case) -> Referral:
        said = dict(record.values)
        for name in ("ended_on", "ended_as"):
            said.pop(name, None)
        row = Referral(
            id=self.uow.new_id(),
            case_id=case.id,
            student_id=case.student_id,
            recorded_at=self.uow.now,
            kept={},
            warnings=[],
            **{"requester": "unknown", "form": "written", "frameworks": [], **said},
            **({} if "suspected_areas" in said else {"suspected_areas": []}),
        )
        if case.closed_on is None and case.student_id is not None:
            cases.lift(case, row, self.people[case.student_id], self.policy_of(case))
        return row

    def policy_of(self, case: Case) -> Policy:
        return deadlines.policy_of(self.uow, self.policies, case)

    def load_plans(self, plans: Sequence[Version]) -> None:
        rows: dict[tuple[str, str, str], Plan] = {}
        for version in plans:
            record, group = version.record, version.group
            case = self.cases.get(group.key)
            if case is None or case.student_id is None:
                continue
            values = dict(record.values)
            kind = values.pop("plan_kind")
            values |= {"ended_on": version.ended_on, "end_reason": version.end_reason}
            id = self.uow.new_id()
            amends = None if version.amends is None else rows[version.amends.record.key]
            rows[record.key] = Plan(
                id=id,
                student_id=case.student_id,
                case_id=case.id,
                kind=kind,
                status=version.status,
                number=version.number,
                occasion="initial" if amends is None else "review",
                original_id=id if amends is None else amends.original_id,
                amends_id=None if amends is None else amends.id,
                determination_id=self.found_eligible(group, kind),
                **values,
            )
            self.put(record, rows[record.key], group)

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
            row = self.uow.add(Intervention(student_id=student_id, **record.values))
            self.uow.record("intervention.loaded", row)
            self.remember(record.key, row.id, record.digest)
            self.report.count(record.kind, "loaded")
            touched.add(student_id)
        return touched

    # What follows -------------------------------------------------------------------------

    def find_breaches(self, known: Mapping[UUID, facts.Case], groups: Sequence[Group]) -> None:
        """Ask the rules that what was loaded can answer; what is unmet is journaled."""
        touched = {case.id: case for case in self.cases.values()}
        called = {self.cases[g.key].id: g.called for g in groups if g.key in self.cases}
        late: dict[UUID, list[Any]] = defaultdict(list)
        for one in self.uow.rows(_KEPT_LATE, ids=list(touched)) if touched else ():
            late[one.case_id].append(one)
        for case in touched.values():
            unmet = [
                one
                for one in breaches(known[case.id], self.policy_of(case), self.uow.today)
                if one.answer == "unmet"
            ]
            if unmet:
                found = [one.as_json() for one in unmet]
                self.uow.record("case.breach_loaded", case, findings=found)
            said: list[tuple[str | None, str]] = [(one.rule_id, one.because) for one in unmet]
            said += [
                (one.rule_id, f"{one.title}: due {one.due_on}, done {one.met_on}.")
                for one in late[case.id]
            ]
            for rule_id, because in said:
                self.report.find(
                    Finding(
                        code="breach",
                        severity="warning",
                        message=because,
                        source_id=called.get(case.id),
                        case_id=str(case.id),
                        rule_id=rule_id,
                    )
                )

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
            elif (why := next(filter(None, map(_undated, group.records)), None)) is not None:
                self.owe("undatable", None, group, "The case", why)
        if of:
            self.uow.flush()
            closed = {id for id in of if self.on_record[id].closed_on is not None}
            self.tell_deadlines(of, closed)
            self.tell_undated(of, closed)
            self.tell_reevaluations(of)

    def tell_deadlines(self, of: Mapping[UUID, list[Group]], closed: set[UUID]) -> None:
        for one in self.uow.rows(_OWED, ids=list(of)):
            if one.case_id in closed and one.term_id not in OF_THE_SERVED:
                continue
            group = of[one.case_id][0]
            if one.state == "unknown":
                because = f"To date it there is missing: {', '.join(one.detail['needs'])}."
                self.owe("undatable", one.case_id, group, one.title, because)
            elif one.due_on and one.due_on < self.uow.today:
                because = f"It counts from {one.started_on}."
                self.owe("late", one.case_id, group, one.title, because, one.due_on)

    def tell_undated(self, of: Mapping[UUID, list[Group]], closed: set[UUID]) -> None:
        """Cases with a record that lacks the day from which something counts."""
        received = {row.case_id for row in self.uow.rows(_RECEIVED, ids=list(of))}
        for id in of:
            for group in of[id]:
                for record in group.records:
                    why = _undated(record)
                    if why is not None and not (id in closed and record.kind == "referral"):
                        self.owe("undatable", id, group, f"The {record.kind}", why)
            if id not in closed and id not in received:
                why = "No referral is on record: what counts from it has no date."
                self.owe("undatable", id, of[id][0], "The referral", why)

    def tell_reevaluations(self, of: Mapping[UUID, list[Group]]) -> None:
        """Plans in effect whose re-evaluation no determination on record dates.

        The day that the source names for it is none the service counts, and is shown as it is.
        """
        standing_ = self.uow.rows(_SERVED, ids=list(of))
        students = [one.student_id for one in standing_]
        found = self.uow.rows(_REEVALUATED, ids=students) if students else ()
        dated = {one.student_id for one in found}
        for one in standing_:
            if one.student_id in dated:
                continue
            group, named_on = of[one.case_id][0], one.reevaluation_on
            if named_on is None:
                why = "No determination of eligibility is on record, nor the day it is due."
                self.owe("undatable", one.case_id, group, "The re-evaluation", why)
            elif named_on < self.uow.today:
                why = "The source names this day; no determination is on record to count from."
                self.owe("late", one.case_id, group, "The re-evaluation", why, named_on)

    def owe(
        self,
        state: Any,
        case_id: UUID | None,
        group: Group,
        what: str,
        because: str,
        due_on: date | None = None,
    ) -> None:
        self.report.owe(
            Owed(
                state=state,
                case_id=None if case_id is None else str(case_id),
                case_source_id=group.source_id,
                student_id=str(group.student_id),
                what=what,
                due_on=None if due_on is None else due_on.isoformat(),
                because=because,
            )
        )


# Rows -----------------------------------------------------------------------------------


def _consent(record: Record, case: Case) -> Consent:
    said = dict(record.values)
    if "received_on" not in said:
        said.pop("answer", None)  # an answer begins a clock: one without its day is none yet
    return Consent(case_id=case.id, **said)


def _evaluation(record: Record, case: Case) -> Evaluation:
    lists: dict[str, Any] = {"suspected_areas": [], "suspected_categories": []}
    return Evaluation(case_id=case.id, **{**lists, **record.values})


def _determination(record: Record, case: Case) -> EligibilityDetermination:
    status = "final" if is_final(record) else "draft"
    return EligibilityDetermination(
        case_id=case.id, status=status, determinants=dict(NO_ANSWERS), **record.values
    )


def _undated(record: Record) -> str | None:
    """What cannot be dated for want of a day that the line does not name."""
    said = record.values
    if not any(day in said for day in (*KINDS[record.kind].days, *KINDS[record.kind].ahead)):
        return "It has no day at all."
    if record.kind == "referral" and "received_on" not in said:
        return "It has no day of receipt."
    if record.kind == "referral" and ("ended_as" in said) != ("ended_on" in said):
        return "How its case ended and the day go together: it stays open."
    if record.kind == "consent" and "answer" in said and "received_on" not in said:
        return "The answer has no day of receipt: kept as asked for, without the answer."
    if record.kind == "determination" and not is_final(record):
        return "It lacks its outcome or its day: kept as a draft."
    if record.kind == "plan" and "in_effect_on" not in said and said.keys() & {"ended_on"}:
        return "It has no day on which it took effect: kept as one that never did."
    if record.kind == "plan" and "end_reason" in said and "ended_on" not in said:
        return "It ended on a day that is not known."
    return None


# Breaches -------------------------------------------------------------------------------


def breaches(case: facts.Case, policy: Policy, today: date) -> Iterator[RuleFinding]:
    """What the rules that a loaded history can answer find.

    Rules that look at what no history holds (notices, members of a group, contents of a plan) are
    not asked: that nothing is on record of it is no breach.
    """
    situation = facts.Situation(case=case, today=today)
    evaluated = any(e.report_completed_on is not None for e in case.evaluations)
    decided = [d for d in case.determinations if d.status == "final" and d.framework == "idea"]
    consents = [c for c in case.consents if c.purpose in TO_EVALUATE and c.granted]
    if (evaluated or decided) and not consents:
        yield finding("IDEA-CONSENT-EVAL", situation, policy)
    for plan in case.plans:
        if plan.case_id != case.id or plan.in_effect_on is None or plan.amends_id is not None:
            continue
        then = replace(
            situation,
            step="put-in-effect",
            plan=plan,
            today=plan.in_effect_on,
            details={"in_effect_on": plan.in_effect_on},
        )
        if plan.kind == "section_504":
            yield finding("504-EVAL-BEFORE", then, policy)
            continue
        yield finding("IDEA-EVAL-BEFORE-SERVICES", then, policy)
        served_by = [c for c in case.consents if c.purpose == "initial_services" and c.granted]
        if not served_by:
            yield finding("IDEA-CONSENT-SERVICES", then, policy)


# The selects, made once -----------------------------------------------------------------


def _of(column: Any, *columns: Any) -> Select[Any]:
    """Of the rows whose column is one of these ids."""
    return select(column, *columns).where(column.in_(bindparam("ids", expanding=True)))


_row = DeadlineRow
_REMEMBERED = in_district(
    _of(LoadedRecord.source_id, LoadedRecord.record_id, LoadedRecord.digest).where(
        LoadedRecord.source_system == bindparam("system"), LoadedRecord.kind == bindparam("kind")
    )
)
_IN_EFFECT = in_district(_of(Plan.student_id, Plan.kind).where(Plan.status == "in_effect"))
_RECEIVED = in_district(_of(Referral.case_id).distinct())
_KEPT_LATE = in_district(
    _of(_row.case_id, _row.rule_id, _row.title, _row.due_on, _row.met_on)
    .where(_row.state == "late")
    .order_by(_row.due_on, _row.id)
)
_OWED = in_district(
    _of(
        _row.case_id, _row.term_id, _row.state, _row.title, _row.started_on, _row.due_on,
        _row.detail,
    )
    .where(_row.state.in_(("open", "running", "unknown")))
    .order_by(_row.due_on, _row.id)
)  # fmt: skip
_SERVED = in_district(
    _of(Plan.case_id, Plan.student_id, Plan.reevaluation_on).where(
        Plan.status == "in_effect", Plan.kind.in_(sorted(facts.UNDER_IDEA))
    )
)
_REEVALUATED = in_district(
    _of(_row.student_id).where(
        _row.term_id == "reevaluation", _row.state.in_(("open", "running", "unknown"))
    )
)
