"""Loading what a district did before: as it happened, once, told to nobody."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.clock import SetClock
from service.imports.history.load import parts
from service.imports.history.read import HistoryRefused, format_of
from service.imports.history.report import Finding, Report
from service.imports.history.staging import Staged
from service.policies import Policies
from service.storage.base import Base
from service.storage.cases import Case, DeadlineRow, Referral
from service.storage.database import Database
from service.storage.determinations import EligibilityDetermination
from service.storage.evaluations import Evaluation
from service.storage.history import LoadedRecord
from service.storage.interventions import Intervention
from service.storage.journal import JournalEntry
from service.storage.notices import Consent, Notice
from service.storage.plans import Plan
from service.storage.students import Student, StudentIdentifier
from service.storage.unit_of_work import Caller, UnitOfWork
from service.storage.webhooks import Webhook, WebhookDelivery, WebhookProgress
from service.workflow import deadlines, webhooks
from tests.builders import a_client, a_district

TODAY = datetime(2025, 11, 24, 15, 0, tzinfo=UTC)
Line = dict[str, Any]
Load = Callable[..., Report]


@pytest.fixture
def district(store: Database) -> UUID:
    return a_district(store, clock=SetClock(TODAY))


@pytest.fixture
def open_work(store: Database, district: UUID) -> Callable[..., UnitOfWork]:
    def open_work(*, quiet: bool = False) -> UnitOfWork:
        caller = Caller(district_id=district, client_id=None)
        return UnitOfWork(store, caller, SetClock(TODAY), quiet=quiet)

    return open_work


@pytest.fixture
def students(open_work: Callable[..., UnitOfWork]) -> dict[str, UUID]:
    """Four children, by their number in the district."""
    ids = {}
    with open_work() as uow:
        for number, name in (("1", "Ada"), ("2", "Ben"), ("3", "Cleo"), ("4", "Dov")):
            student = uow.add(
                Student(
                    given_name=name, family_name="Hollow", birth_date=date(2016, 4, 2), races=[]
                )
            )
            row = uow.add(StudentIdentifier(student_id=student.id, system="district", value=number))
            uow.record("student.created", student, row)
            ids[number] = student.id
        uow.commit()
    return ids


@pytest.fixture
def load(
    open_work: Callable[..., UnitOfWork], students: dict[str, UUID], policies: Policies
) -> Load:
    """Load a file; the report."""

    def load(path: Path, *, dry_run: bool = False) -> Report:
        with Staged(":memory:") as staged:
            with open_work() as looking:
                staged.read(looking, path, format_of(path.name), path.name)
            whole = staged.report
            for _, some in staged.findings():
                whole.show(some, (), None)
            for uow, _, part in parts(lambda: open_work(quiet=True), policies, staged):
                if dry_run:
                    part.undone()
                else:
                    uow.commit()
                whole.add(part)
                whole.show(part.findings, part.owed, None)
        return whole

    return load


@pytest.fixture
def run(load: Load, tmp_path: Path) -> Load:
    """Load some lines; the report."""

    def run(lines: Sequence[Any], *, dry_run: bool = False) -> Report:
        path = tmp_path / "history.ndjson"
        path.write_text("\n".join(json.dumps(line) for line in lines))
        return load(path, dry_run=dry_run)

    return run


@pytest.fixture
def rows(open_work: Callable[..., UnitOfWork]) -> Callable[[Any], list[Any]]:
    def rows(model: Any) -> list[Any]:
        with open_work() as uow:
            return list(uow.all(select(model).order_by(model.id)))

    return rows


def a(kind: str, id: str, student: str, **said: Any) -> Line:
    return {
        "kind": kind,
        "source_system": "old",
        "source_id": id,
        "student": {"system": "district", "value": student},
        **said,
    }


HISTORY = (
    # 1: asked and consented in spring, and not evaluated since
    a("referral", "r1", "1", requester="parent", received_on="2025-03-03"),
    a(
        "consent", "c1", "1", case="r1", purpose="initial_evaluation", requested_on="2025-03-10",
        answer="granted", form="written", received_on="2025-03-17",
    ),
    a("intervention", "i1", "1", title="Small reading group", started_on="2024-10-01", tier=2),
    # 2: a whole past: found eligible, served, the plan reviewed once
    a("referral", "r2", "2", requester="parent", received_on="2023-09-05"),
    a(
        "consent", "c2", "2", case="r2", purpose="initial_evaluation",
        answer="granted", form="written", received_on="2023-09-18",
    ),
    a("evaluation", "e2", "2", case="r2", report_completed_on="2023-10-30"),
    a(
        "determination", "d2", "2", case="r2", framework="idea", outcome="eligible",
        decided_on="2023-11-06", category="SLD",
    ),
    a(
        "consent", "c2s", "2", case="r2", purpose="initial_services",
        answer="granted", form="written", received_on="2023-11-20",
    ),
    a(
        "plan", "p2", "2", case="r2", plan_kind="iep", meeting_held_on="2023-11-14",
        in_effect_on="2023-11-27",
    ),
    a(
        "plan", "p2b", "2", case="r2", plan_kind="iep", meeting_held_on="2024-10-30",
        in_effect_on="2024-11-04", next_review_on="2025-10-30",
    ),
    # 3: decided without consent
    a("referral", "r3", "3", requester="staff", received_on="2024-01-08"),
    a("evaluation", "e3", "3", case="r3", report_completed_on="2024-02-05"),
    a(
        "determination", "d3", "3", case="r3", framework="idea", outcome="not_eligible",
        decided_on="2024-02-12",
    ),
    # 4: nobody knows when it came
    a("referral", "r4", "4", requester="parent"),
    a("consent", "c4", "4", case="r4", purpose="initial_evaluation", requested_on="2025-10-20",
      answer="granted"),
)  # fmt: skip


def cases_by_student(rows: Callable[[Any], list[Any]], students: dict[str, UUID]) -> dict[str, Any]:
    numbers = {id: number for number, id in students.items()}
    return {numbers[case.student_id]: case for case in rows(Case)}


def everything(store: Database) -> dict[str, int]:
    with Session(store.reader) as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_it_is_on_record_as_it_happened(run: Load, rows: Any, students: dict[str, UUID]) -> None:
    report = run(HISTORY)
    found = cases_by_student(rows, students)
    assert [(found[n].status, found[n].closed_on) for n in "1234"] == [
        ("evaluating", None),
        ("determined", date(2023, 11, 6)),
        ("determined", date(2024, 2, 12)),
        ("evaluating", None),
    ]
    assert found["2"].opened_on == found["2"].law_on == date(2023, 9, 5)
    assert [len(rows(one)) for one in (Referral, Consent, Evaluation, Intervention)] == [3, 4, 2, 1]
    assert {(d.status, d.outcome) for d in rows(EligibilityDetermination)} == {
        ("final", "eligible"),
        ("final", "not_eligible"),
    }
    first, second = sorted(rows(Plan), key=lambda plan: plan.number)
    assert (first.status, first.ended_on) == ("replaced", date(2024, 11, 4))
    assert (second.status, second.amends_id, second.original_id) == (
        "in_effect",
        first.id,
        first.id,
    )
    assert report.cases_opened == 4
    assert report.counts()["referral"] == {
        "loaded": 3,
        "unchanged": 0,
        "changed": 0,
        "left_out": 1,
    }


def test_the_deadlines_count_from_the_original_dates(run: Load, rows: Any) -> None:
    run(HISTORY)
    (waiting,) = (
        row
        for row in rows(DeadlineRow)
        if row.term_id == "initial_evaluation" and row.state == "running"
    )
    assert (waiting.started_on, waiting.due_on) == (date(2025, 3, 17), date(2025, 5, 16))


def test_it_ends_with_what_is_late_and_what_cannot_be_dated(
    run: Load, rows: Any, students: dict[str, UUID]
) -> None:
    owed = run(HISTORY).owed
    found = cases_by_student(rows, students)
    late = {(one.case_id, one.due_on) for one in owed if one.state == "late"}
    assert (str(found["1"].id), "2025-05-16") in late
    assert (str(found["2"].id), "2025-10-30") in late
    assert not {case_id for case_id, _ in late} & {str(found["3"].id)}
    undatable = [one for one in owed if one.state == "undatable"]
    assert {one.case_id for one in undatable} == {str(found["4"].id)}
    assert any("no day" in one.because for one in undatable)


def test_a_determination_without_consent_loads_with_a_finding(
    run: Load, rows: Any, students: dict[str, UUID]
) -> None:
    report = run(HISTORY)
    case = cases_by_student(rows, students)["3"]
    breaches = {(one.case_id, one.rule_id) for one in report.findings if one.code == "breach"}
    assert (str(case.id), "IDEA-CONSENT-EVAL") in breaches
    assert not any(
        rule_id == "IDEA-CONSENT-EVAL" and case_id != str(case.id) for case_id, rule_id in breaches
    )


def test_a_plan_that_began_without_evaluation_and_consent_loads_with_findings(
    run: Load, rows: Any
) -> None:
    report = run([a("plan", "p", "1", plan_kind="iep", in_effect_on="2025-09-01")])
    assert [plan.status for plan in rows(Plan)] == ["in_effect"]
    assert {one.rule_id for one in report.findings if one.code == "breach"} == {
        "IDEA-EVAL-BEFORE-SERVICES",
        "IDEA-CONSENT-SERVICES",
    }
    assert {one.source_id for one in report.findings if one.code == "breach"} == {"p"}


SERVED = (
    a("referral", "r", "1", requester="parent", received_on="2025-03-03"),
    a("consent", "c", "1", case="r", purpose="initial_evaluation", answer="granted",
      form="written", received_on="2025-03-17"),
    a("evaluation", "e", "1", case="r", report_completed_on="2025-04-21"),
    a("determination", "d", "1", case="r", framework="idea", outcome="eligible",
      decided_on="2025-05-05"),
    a("consent", "s", "1", case="r", purpose="initial_services", answer="granted",
      form="written", received_on="2025-05-19"),
    a("plan", "p", "1", case="r", plan_kind="iep", in_effect_on="2025-05-26"),
)  # fmt: skip


def state_of(rows: Any, term: str) -> list[tuple[str, date | None]]:
    return [(row.state, row.met_on) for row in rows(DeadlineRow) if row.term_id == term]


def test_the_safeguards_notice_of_the_school_year_is_owed_no_more(run: Load, rows: Any) -> None:
    run(SERVED)
    assert state_of(rows, "yearly_safeguards") == [("running", None)]
    given = a("notice", "n", "1", case="r", notice_kind="procedural_safeguards",
              issued_on="2025-09-08")  # fmt: skip
    report = run([given])
    assert report.counts()["notice"]["loaded"] == 1
    assert [(n.kind, n.status, n.issued_on) for n in rows(Notice)] == [
        ("procedural_safeguards", "issued", date(2025, 9, 8))
    ]
    found = sorted(state for state, _ in state_of(rows, "yearly_safeguards"))
    assert found == ["met", "running"]
    assert [row.due_on for row in rows(DeadlineRow) if row.term_id == "yearly_safeguards"
            and row.state == "running"] == [date(2027, 6, 30)]  # fmt: skip
    assert run([given]).counts()["notice"]["unchanged"] == 1
    assert len(rows(Notice)) == 1


def test_a_notice_of_refusal_answers_the_request(run: Load, rows: Any) -> None:
    asked = a("referral", "r", "1", requester="parent", received_on="2025-09-01")
    run([asked])
    assert state_of(rows, "answer_to_request") == [("running", None)]
    run([a("notice", "n", "1", case="r", notice_kind="prior_written_notice", decision="refuse",
           concerning="evaluation", issued_on="2025-09-12", delivery="letter")])  # fmt: skip
    assert state_of(rows, "answer_to_request") == [("met", date(2025, 9, 12))]


def test_a_notice_of_the_determination_is_counted_on_its_day(run: Load, rows: Any) -> None:
    told = a("notice", "n", "1", case="r", notice_kind="prior_written_notice", decision="propose",
             concerning="identification", issued_on="2025-05-12")  # fmt: skip
    report = run([*SERVED, told])
    assert not [one for one in report.findings if one.severity == "error"]
    assert [met_on for _, met_on in state_of(rows, "notice_of_determination")] == [
        date(2025, 5, 12)
    ]


def test_a_notice_without_its_day_is_a_draft_and_told(run: Load, rows: Any) -> None:
    report = run(
        [
            a("referral", "r", "1", received_on="2025-09-01"),
            a("notice", "n", "1", case="r", notice_kind="procedural_safeguards",
              translated_orally_on="2025-09-03"),
        ]
    )  # fmt: skip
    assert [row.status for row in rows(Notice)] == ["draft"]
    assert ("undatable", "The notice") in {(one.state, one.what) for one in report.owed}


def test_a_notice_opens_no_case(run: Load, rows: Any) -> None:
    stray = a("notice", "n", "1", case="mailing-7", notice_kind="procedural_safeguards",
              issued_on="2025-09-08")  # fmt: skip
    report = run([*SERVED, stray])
    assert len(rows(Case)) == 1
    assert not rows(Notice)
    assert [(one.code, one.field) for one in report.findings if one.severity == "error"] == [
        ("unknown_case", "case")
    ]


def test_a_notice_of_the_year_before_does_not_date_the_case(run: Load, rows: Any) -> None:
    run(
        [
            a("notice", "n", "1", case="r", notice_kind="procedural_safeguards",
              issued_on="2024-09-09"),
            a("referral", "r", "1", requester="parent", received_on="2025-09-01"),
        ]
    )  # fmt: skip
    assert [case.opened_on for case in rows(Case)] == [date(2025, 9, 1)]
    assert [notice.issued_on for notice in rows(Notice)] == [date(2024, 9, 9)]


def test_where_nothing_but_a_notice_has_a_day_the_case_has_that_one(run: Load, rows: Any) -> None:
    run(
        [
            a("evaluation", "e", "1", case="r", suspected_areas=["reading"]),
            a("notice", "n", "1", case="r", notice_kind="procedural_safeguards",
              issued_on="2025-09-08"),
        ]
    )  # fmt: skip
    assert [case.opened_on for case in rows(Case)] == [date(2025, 9, 8)]


def test_a_notice_joins_the_plans_that_name_no_case(run: Load, rows: Any) -> None:
    run([a("plan", "p", "1", plan_kind="iep", in_effect_on="2025-09-01")])
    run([a("notice", "n", "1", case="iep of 1", notice_kind="procedural_safeguards",
           issued_on="2025-09-08")])  # fmt: skip
    assert [row.case_id for row in rows(Notice)] == [case.id for case in rows(Case)]
    assert ("met", date(2025, 9, 8)) in state_of(rows, "yearly_safeguards")


def test_a_breach_is_journaled(run: Load, store: Database) -> None:
    run(HISTORY)
    with Session(store.reader) as session:
        found = session.scalars(
            select(JournalEntry).where(JournalEntry.event == "case.breach_loaded")
        ).all()
    assert "IDEA-CONSENT-EVAL" in {one["rule_id"] for entry in found for one in entry.findings}


def test_the_same_file_again_changes_nothing(run: Load, store: Database) -> None:
    first = run(HISTORY)
    before = everything(store)
    again = run(HISTORY)
    assert everything(store) == before
    assert again.cases_opened == 0
    assert {what for (_, what), n in again.done.items() if n} == {"unchanged", "left_out"}
    late = [(one.case_id, one.what) for one in first.owed if one.state == "late"]
    assert [(one.case_id, one.what) for one in again.owed if one.state == "late"] == late


def test_a_dry_run_stores_nothing_and_reports_the_same(run: Load, store: Database) -> None:
    before = everything(store)
    tried = run(HISTORY, dry_run=True)
    assert everything(store) == before
    done = run(HISTORY)
    assert tried.counts() == done.counts()
    assert sorted((one.state, one.what) for one in tried.owed) == sorted(
        (one.state, one.what) for one in done.owed
    )
    assert done.owed
    assert len(tried.findings) == len(done.findings)


def test_what_the_source_says_otherwise_later_is_told_and_not_taken(run: Load, rows: Any) -> None:
    run([a("referral", "r", "1", received_on="2025-09-01")])
    report = run([a("referral", "r", "1", received_on="2025-09-08")])
    assert [one.code for one in report.findings] == ["changed"]
    assert [row.received_on for row in rows(Referral)] == [date(2025, 9, 1)]


ASKED = a("referral", "r", "1", requester="parent", received_on="2025-09-01")


def consented(**said: Any) -> Line:
    return a("consent", "c", "1", case="r", purpose="initial_evaluation", **said)


def decided(id: str, on: str, outcome: str) -> Line:
    return a("determination", id, "1", case="r", framework="idea", outcome=outcome, decided_on=on)


@pytest.mark.parametrize(
    ("lines", "status", "closed_on"),
    [
        ([consented(requested_on="2025-09-03")], "consent_requested", None),
        ([consented(answer="granted", received_on="2025-09-08")], "evaluating", None),
        ([consented(answer="refused", received_on="2025-09-08")], "consent_refused", None),
        (
            [consented(answer="granted", received_on="2025-09-08", revoked_on="2025-09-10")],
            "consent_requested",
            None,
        ),
        (
            [a("evaluation", "e", "1", case="r", report_completed_on="2025-10-06")],
            "evaluated",
            None,
        ),
        (
            [a("plan", "p", "1", case="r", plan_kind="iep", offered_on="2025-10-06")],
            "evaluation_requested",
            None,
        ),
        (
            [a("plan", "p", "1", case="r", plan_kind="iep", in_effect_on="2025-10-13")],
            "determined",
            date(2025, 10, 13),
        ),
        (
            [decided("d2", "2025-10-13", "eligible"), decided("d1", "2025-10-06", "not_eligible")],
            "determined",
            date(2025, 10, 13),
        ),
    ],
)
def test_a_case_stands_where_its_records_put_it(
    run: Load, rows: Any, lines: list[Line], status: str, closed_on: date | None
) -> None:
    run([ASKED, *lines])
    assert [(case.status, case.closed_on) for case in rows(Case)] == [(status, closed_on)]


@pytest.mark.parametrize("how", ["closed", "withdrawn", "declined", "transferred_out"])
def test_a_referral_that_says_how_its_case_ended_closes_it(run: Load, rows: Any, how: str) -> None:
    run([{**ASKED, "ended_as": how, "ended_on": "2025-09-15"}])
    assert [(case.status, case.closed_on) for case in rows(Case)] == [(how, date(2025, 9, 15))]
    assert len(rows(Referral)) == 1


def test_the_later_of_two_determinations_supersedes_the_other(run: Load, rows: Any) -> None:
    run(
        [
            ASKED,
            decided("d2", "2025-10-13", "eligible"),
            decided("d1", "2025-10-06", "not_eligible"),
        ]
    )
    first, second = sorted(rows(EligibilityDetermination), key=lambda row: row.decided_on)
    assert (first.status, second.status) == ("superseded", "final")
    assert (first.supersedes_id, second.supersedes_id) == (None, first.id)


@pytest.mark.parametrize(
    ("evaluated", "found"),
    [
        ([], {"504-EVAL-BEFORE"}),
        (
            [
                a("evaluation", "e", "1", case="r", report_completed_on="2025-09-15"),
                a("determination", "d", "1", case="r", framework="section_504",
                  outcome="eligible", decided_on="2025-09-22"),
            ],
            set(),
        ),
    ],
)  # fmt: skip
def test_a_504_plan_that_began_before_any_evaluation_loads_with_a_finding(
    run: Load, rows: Any, evaluated: list[Line], found: set[str]
) -> None:
    asked = {**ASKED, "frameworks": ["section_504"]}
    plan = a("plan", "p", "1", case="r", plan_kind="section_504", in_effect_on="2025-10-06")
    report = run([asked, *evaluated, plan])
    assert [(row.kind, row.status) for row in rows(Plan)] == [("section_504", "in_effect")]
    told = {one.rule_id for one in report.findings if one.code == "breach"}
    assert told & {"504-EVAL-BEFORE"} == found


@pytest.mark.parametrize(
    ("line", "what", "why"),
    [
        ({**ASKED, "ended_as": "closed"}, "The referral", "it stays open"),
        (consented(answer="granted", signed_on="2025-09-08"), "The consent", "without the answer"),
        (a("evaluation", "e", "1", case="r"), "The evaluation", "no day at all"),
        (
            a("determination", "d", "1", case="r", framework="idea", decided_on="2025-10-06"),
            "The determination",
            "kept as a draft",
        ),
        (
            a("plan", "p", "1", case="r", plan_kind="iep", ended_on="2025-10-06"),
            "The plan",
            "one that never did",
        ),
        (
            a("plan", "p", "1", case="r", plan_kind="iep", in_effect_on="2025-10-06",
              end_reason="moved"),
            "The plan",
            "a day that is not known",
        ),
    ],
)  # fmt: skip
def test_what_lacks_its_day_is_kept_as_far_as_it_goes_and_told(
    run: Load, rows: Any, line: Line, what: str, why: str
) -> None:
    report = run([line] if line["kind"] == "referral" else [ASKED, line])
    assert not [one for one in report.findings if one.severity == "error"]
    assert [one.code for one in report.findings if why in one.message] == ["undated"]
    assert [one.state for one in report.owed if one.what == what and why in one.because] == [
        "undatable"
    ]


@pytest.mark.parametrize(
    "line",
    [
        a("consent", "c", "1", case="x", purpose="initial_evaluation", answer="granted"),
        a("plan", "p", "1", plan_kind="iep", next_review_on="2026-03-02"),
    ],
)
def test_a_case_of_which_nothing_has_a_day_is_left_out(run: Load, rows: Any, line: Line) -> None:
    report = run([line, a("referral", "r", "2", received_on="2025-09-01")])
    assert [one.code for one in report.findings if one.severity == "error"] == ["undated"]
    assert len(rows(Case)) == 1
    assert not [*rows(Consent), *rows(Plan)]
    if line["kind"] == "consent":
        assert {one.what for one in report.owed if one.case_id is None} == {"The case"}


def test_what_was_done_after_its_day_is_a_breach(run: Load, rows: Any) -> None:
    report = run(
        [
            a("referral", "r", "1", requester="parent", received_on="2025-03-03"),
            consented(answer="granted", form="written", received_on="2025-03-17"),
            a("evaluation", "e", "1", case="r", report_completed_on="2025-08-04"),
            decided("d", "2025-08-11", "not_eligible"),
        ]
    )
    assert [row.state for row in rows(DeadlineRow) if row.term_id == "initial_evaluation"] == [
        "late"
    ]
    told = [one.message for one in report.findings if one.rule_id == "IDEA-EVAL-CLOCK"]
    assert [("due 2025-05-16" in message, "done 2025-08-" in message) for message in told] == [
        (True, True)
    ]


def test_a_later_file_brings_an_open_case_a_step_forward(run: Load, rows: Any) -> None:
    run([ASKED])
    run([consented(answer="granted", received_on="2025-09-08")])
    assert [(case.status, case.closed_on) for case in rows(Case)] == [("evaluating", None)]


def test_a_later_file_brings_a_case_forward(run: Load, rows: Any) -> None:
    run([a("referral", "r", "1", requester="parent", received_on="2025-09-01")])
    assert [case.status for case in rows(Case)] == ["evaluation_requested"]
    run(
        [
            a("consent", "c", "1", case="r", purpose="initial_evaluation", answer="granted",
              received_on="2025-09-15"),
            a("determination", "d", "1", case="r", framework="idea", outcome="not_eligible",
              decided_on="2025-11-03"),
        ]
    )  # fmt: skip
    assert [(case.status, case.closed_on) for case in rows(Case)] == [
        ("determined", date(2025, 11, 3))
    ]


def test_two_open_cases_of_a_student_are_one(run: Load, rows: Any) -> None:
    report = run(
        [
            a("referral", "late", "1", requester="parent", received_on="2025-10-01"),
            a("referral", "early", "1", requester="staff", received_on="2025-09-01"),
        ]
    )
    (case,) = rows(Case)
    assert (case.opened_on, case.status) == (date(2025, 9, 1), "evaluation_requested")
    assert {row.case_id for row in rows(Referral)} == {case.id}
    assert "attached" in {one.code for one in report.findings}


def test_a_referral_of_a_student_who_was_served_is_for_a_reevaluation(run: Load, rows: Any) -> None:
    run(
        [
            a("plan", "p", "1", plan_kind="iep", in_effect_on="2024-09-01"),
            a("referral", "r", "1", requester="parent", received_on="2025-09-01"),
        ]
    )
    assert sorted((case.path, case.status) for case in rows(Case)) == [
        ("initial", "determined"),
        ("reevaluation", "evaluation_requested"),
    ]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({}, [("undatable", None)]),
        ({"reevaluation_on": "2025-10-01"}, [("late", "2025-10-01")]),
        ({"reevaluation_on": "2026-10-01"}, []),
    ],
)
def test_a_plan_without_its_determination_tells_of_its_reevaluation(
    run: Load, named: Line, told: list[tuple[str, str | None]]
) -> None:
    report = run([a("plan", "p", "1", plan_kind="iep", in_effect_on="2025-09-01", **named)])
    found = [one for one in report.owed if one.what == "The re-evaluation"]
    assert [(one.state, one.due_on) for one in found] == told


def test_of_two_cases_that_became_one_each_tells_what_it_lacks(run: Load) -> None:
    report = run(
        [
            a("referral", "r", "1", received_on="2025-09-01"),
            a("consent", "c", "1", case="r", purpose="initial_evaluation", answer="granted"),
            a("referral", "s", "1", received_on="2025-09-08"),
        ]
    )
    undatable = [one for one in report.owed if one.state == "undatable"]
    assert [(one.case_source_id, one.what) for one in undatable] == [("r", "The consent")]


def test_a_second_plan_in_effect_is_left_out(run: Load, rows: Any) -> None:
    run([a("plan", "p", "1", plan_kind="iep", in_effect_on="2024-09-01")])
    report = run(
        [
            a("plan", "q", "1", plan_kind="iep", in_effect_on="2025-09-01"),
            a("plan", "o", "1", plan_kind="iep", in_effect_on="2021-09-01", ended_on="2022-06-01",
              end_reason="dismissed"),
        ]
    )  # fmt: skip
    assert [one.code for one in report.findings if one.severity == "error"] == ["plan_in_effect"]
    assert sorted(plan.status for plan in rows(Plan)) == ["ended", "in_effect"]


def test_no_webhook_is_told(
    run: Load, open_work: Callable[..., UnitOfWork], store: Database, district: UUID
) -> None:
    client = a_client(store, district)
    with open_work() as uow:
        hook = uow.add(
            Webhook(
                client_id=client.id, url="https://sis.example.org/", events=[], secret_sealed=b"x"
            )
        )
        uow.record("webhook.created", hook)
        uow.flush()
        uow.add(WebhookProgress(id=hook.id, after_seq=webhooks.head(uow), failures=0))
        uow.commit()
    run(HISTORY)
    with open_work() as uow:
        assert webhooks.take_up(uow, hook.id) > 0
        uow.commit()
    with open_work() as uow:
        told = {row.event for row in uow.all(select(WebhookDelivery))}
    assert told == {"webhook.created"}


def test_the_deadlines_are_as_computed_anew(
    run: Load, open_work: Callable[..., UnitOfWork], policies: Policies
) -> None:
    run(HISTORY)
    with open_work() as uow:
        assert deadlines.rebuild(uow, policies).changed == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (None, "not_a_record"),
        (["referral"], "not_a_record"),
        pytest.param(
            a("referral", "1", "1", received_on="2025-01-06", words="x" * 300_000),
            "not_a_record",
            id="longer than a line may be",
        ),
        (a("visit", "1", "1"), "unknown_kind"),
        ({**a("referral", "1", "1"), "kind": ["referral"]}, "not_text"),
        (a("referral", "1", "9", received_on="2025-01-01"), "unknown_student"),
        (a("referral", "1", "1", recieved_on="2025-01-01"), "unknown_member"),
        (a("referral", "1", "1", received_on="9/1/2025"), "not_a_day"),
        (a("referral", "1", "1", received_on="2025-11-25"), "future"),
        (a("referral", "1", "1", received_on="0205-01-01"), "not_a_day"),
        (a("referral", "1", "1", received_on=20250101), "not_a_day"),
        (a("referral", "1", "1", received_on="20250303"), "not_a_day"),
        (a("referral", "1", "1", received_on="2025-W10-1"), "not_a_day"),
        (a("referral", "1", "1", received_on="2025-02-29"), "not_a_day"),
        (a("referral", "1", "1", words="a\x00b"), "not_text"),
        (a("referral", "1", "1", words="\ud800"), "not_text"),
        (a("referral", "1", "1", frameworks=["ada"]), "unknown_word"),
        (a("referral", "1", "1", frameworks=[["idea"]]), "not_text"),
        (a("referral", "1", "1", frameworks="idea"), "not_a_list"),
        (a("referral", "1", "1", requester=["parent"]), "unknown_word"),
        (a("referral", "1", "1"), "undated"),
        ({**a("referral", "1", "1"), "student": "1"}, "no_student"),
        ({**a("referral", "1", "1"), "student": {"system": "district"}}, "not_text"),
        ({**a("referral", "1", "1"), "student": {"system": "district", "value": 1}}, "not_text"),
        (
            a(
                "referral",
                "1",
                "1",
                received_on="2025-03-03",
                ended_as="closed",
                ended_on="2025-03-02",
            ),
            "days_out_of_order",
        ),
        (
            a(
                "consent",
                "1",
                "1",
                case="r",
                purpose="initial_services",
                answer="granted",
                received_on="2025-03-03",
                revoked_on="2025-03-02",
            ),
            "days_out_of_order",
        ),
        (a("consent", "1", "1", purpose="initial_evaluation"), "no_case"),
        (a("plan", "1", "1", in_effect_on="2025-01-01"), "missing"),
        (a("notice", "1", "1", case="r", issued_on="2025-01-06"), "missing"),
        (a("notice", "1", "1", notice_kind="procedural_safeguards"), "no_case"),
        (
            a(
                "notice",
                "1",
                "1",
                case="r",
                notice_kind="prior_written_notice",
                decision="refuse",
                issued_on="2025-01-06",
            ),
            "missing",
        ),
        (a("notice", "1", "1", case="r", notice_kind="letter"), "unknown_word"),
        (a("intervention", "1", "1", title="x", started_on="2025-01-01", tier=9), "not_a_number"),
        (
            a("intervention", "1", "1", title="x", started_on="2025-02-01", ended_on="2025-01-01"),
            "days_out_of_order",
        ),
    ],
)
def test_a_line_that_cannot_be_is_left_out_and_the_others_load(
    run: Load, rows: Any, line: Any, code: str
) -> None:
    report = run([line, a("referral", "good", "2", received_on="2025-09-01")])
    assert [one.code for one in report.findings if one.severity == "error"] == [code]
    assert len(rows(Referral)) == 1


def test_a_line_that_says_a_day_twice_is_left_out(load: Load, tmp_path: Path, rows: Any) -> None:
    line = json.dumps(a("referral", "r", "1", received_on="2025-03-03"))
    path = tmp_path / "history.ndjson"
    path.write_text(line[:-1] + ', "received_on": "2025-04-03"}')
    assert [one.code for one in load(path).findings] == ["not_a_record"]
    assert not rows(Referral)


def test_an_identifier_that_lacks_something_is_told_of_the_student(run: Load) -> None:
    (found,) = run([{**a("referral", "1", "1"), "student": {"system": "district"}}]).findings
    assert found.field == "student"
    assert found.message.startswith("Of the student, value is a text")


COLUMNS = "kind,source_system,source_id,student_system,student_value,received_on"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (COLUMNS.replace(",", ";") + "\n", "missing_column", "no column kind"),
        (COLUMNS.title() + "\n", "missing_column", "no column kind"),
        (COLUMNS + ",received_on\n", "column_twice", "received_on"),
        (
            COLUMNS + '\nreferral,old,1,district,1,2025-03-03\nreferral,old,2,district,"1"2,x\n',
            "not_csv",
            "after line 2",
        ),
        (COLUMNS + '\nreferral,old,1,district,1,"2025-03-03\n', "not_csv", "after line 1"),
        (f'"kind"x,{COLUMNS}\n', "not_csv", "is not CSV"),
    ],
)
def test_a_table_of_another_make_is_refused_and_told_where(
    load: Load, tmp_path: Path, text: str, code: str, told: str
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(HistoryRefused, match=told) as refused:
        load(path)
    assert refused.value.code == code
    assert refused.value.remedy


def test_a_table_as_spreadsheets_write_it_is_read(load: Load, tmp_path: Path, rows: Any) -> None:
    path = tmp_path / "history.csv"
    line = "referral,old,1,district,1, 2025-03-03 ,\r\n"
    path.write_bytes(f"\ufeff{COLUMNS},\r\n\r\n{line}".encode())
    assert not load(path).findings
    assert [row.received_on for row in rows(Referral)] == [date(2025, 3, 3)]


def test_a_row_with_more_cells_than_columns_is_left_out(
    load: Load, tmp_path: Path, rows: Any
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(f"{COLUMNS}\nreferral,old,1,district,1,2025-03-03,Reads,far below\n")
    (found,) = load(path).findings
    assert (found.severity, found.line) == ("error", 2)
    assert rows(Referral) == []


def test_beyond_three_hundred_kinds_of_findings_those_of_a_code_are_one() -> None:
    report = Report()
    for n in range(302):
        report.find(Finding(code="breach", severity="warning", message="Late", rule_id=f"R-{n}"))
    counts = [cause["count"] for cause in report.to_dict()["findings"]]
    assert counts == [1] * 300 + [2]


def test_a_line_that_comes_twice_is_taken_once(run: Load, rows: Any) -> None:
    line = a("referral", "r", "1", received_on="2025-09-01")
    assert [one.code for one in run([line, line]).findings] == ["twice"]
    assert len(rows(Referral)) == 1


def test_a_line_of_another_student_than_its_case_is_left_out(run: Load, rows: Any) -> None:
    report = run(
        [
            a("referral", "r", "1", received_on="2025-09-01"),
            a("evaluation", "e", "2", case="r", report_completed_on="2025-10-01"),
        ]
    )
    assert "another_student" in {one.code for one in report.findings}
    assert not rows(Evaluation)


def test_a_line_of_another_student_than_its_case_on_record_is_left_out(
    run: Load, rows: Any
) -> None:
    run([a("referral", "r", "1", received_on="2025-09-01")])
    report = run([a("evaluation", "e", "2", case="r", report_completed_on="2025-10-01")])
    assert [one.code for one in report.findings] == ["another_student"]
    assert not rows(Evaluation)


def test_csv_says_the_same(load: Load, tmp_path: Path, rows: Any) -> None:
    path = tmp_path / "history.csv"
    names = [
        "kind", "source_system", "source_id", "student_system", "student_value", "case",
        "requester", "received_on", "frameworks", "purpose", "answer", "title",
        "started_on", "tier",
    ]  # fmt: skip
    lines: list[Line] = [
        {"kind": "referral", "source_id": "r", "received_on": "2025-09-01",
         "frameworks": "idea; section_504"},
        {"kind": "consent", "source_id": "c", "case": "r", "purpose": "initial_evaluation",
         "answer": "granted", "received_on": "2025-09-15"},
        {"kind": "intervention", "source_id": "i", "title": "Group", "started_on": "2025-01-07",
         "tier": "2"},
    ]  # fmt: skip
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for line in lines:
            whose = {"source_system": "old", "student_system": "district", "student_value": "3"}
            writer.writerow(whose | line)
    report = load(path)
    assert not [one for one in report.findings if one.severity == "error"]
    (case,) = rows(Case)
    assert (case.status, case.frameworks) == ("evaluating", ["idea", "section_504"])
    assert [row.tier for row in rows(Intervention)] == [2]
    assert len(rows(LoadedRecord)) == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("h.csv", b"a,b\n1,2\n"),
        ("h.ndjson", b"\xff\xfe"),
        ("h.csv", b""),
        ("h.ndjson", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    load: Load, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HistoryRefused):
        load(tmp_path / name)
