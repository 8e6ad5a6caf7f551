"""Cases, the receipts that opened them, the steps they took, the reviews they owe."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import DistrictRow, MutableRow, one_of, refers, word

REQUESTERS = (
    "parent", "adult_student", "staff", "other_public_agency", "physician",
    "other_professional", "other", "unknown",
)  # fmt: skip
FORMS = ("written", "oral")
PATHS = ("initial", "reevaluation")


class Case(MutableRow):
    """What the district does about a child's referrals.

    `status` is checked by the lifecycle table, not here; `closed_on IS NULL` is openness. `path`:
    whether it is about a first evaluation or a later one of a student who is served under IDEA.
    `jurisdiction` and `law_on` pin the law in force when the case was received.
    `champion_accepted_on`: when the champion said yes; until then the case has none.
    `absences` are the school days the student missed since consent, as ISO dates (TEC 29.004).
    """

    __tablename__ = "cases"
    __table_args__ = (
        refers("student_id", "students"),
        refers("champion_staff_id", "staff"),
        refers("joined_to_case_id", "cases"),
        one_of("path", PATHS),
        CheckConstraint("closed_on IS NULL OR opened_on <= closed_on", name="days_in_order"),
        Index(
            "uq_cases_one_open_case_per_student_and_path",
            "district_id",
            "student_id",
            "path",
            unique=True,
            sqlite_where=text("closed_on IS NULL AND student_id IS NOT NULL"),
            postgresql_where=text("closed_on IS NULL AND student_id IS NOT NULL"),
        ),
        Index("ix_cases_district_id_student_id_id", "district_id", "student_id", "id"),
        Index(
            "ix_cases_district_id_status_opened_on_id", "district_id", "status", "opened_on", "id"
        ),
        Index("ix_cases_district_id_opened_on_id", "district_id", "opened_on", "id"),
        Index("ix_cases_district_id_updated_at_id", "district_id", "updated_at", "id"),
        Index(
            "ix_cases_district_id_champion_staff_id_opened_on_id",
            "district_id",
            "champion_staff_id",
            "opened_on",
            "id",
        ),
        Index(
            "ix_cases_district_id_champion_accepted_on_opened_on_id",
            "district_id",
            "champion_accepted_on",
            "opened_on",
            "id",
        ),
    )

    student_id: Mapped[UUID | None]
    path: Mapped[str] = mapped_column(word(), default="initial")
    status: Mapped[str] = mapped_column(word())
    frameworks: Mapped[list[str]] = mapped_column(default=list)
    champion_staff_id: Mapped[UUID | None]
    champion_accepted_on: Mapped[date | None]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    joined_to_case_id: Mapped[UUID | None]
    jurisdiction: Mapped[str] = mapped_column(word(8))
    law_on: Mapped[date]
    absences: Mapped[list[str]] = mapped_column(default=list)


class Referral(MutableRow):
    """One receipt: words that may be a request, kept the moment they arrive.

    Receipts are never unique and never refused. `kept` holds members the service did not
    know; `child_described` tells who is meant while no student is matched.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("student_id", "students"),
        refers("requester_guardian_id", "guardians"),
        refers("requester_staff_id", "staff"),
        refers("received_by_staff_id", "staff"),
        one_of("requester", REQUESTERS),
        one_of("form", FORMS),
        Index("ix_referrals_district_id_case_id_id", "district_id", "case_id", "id"),
        Index("ix_referrals_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_referrals_district_id_received_on_id", "district_id", "received_on", "id"),
        Index(
            "ix_referrals_district_id_requester_received_on_id",
            "district_id",
            "requester",
            "received_on",
            "id",
        ),
        Index("ix_referrals_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    case_id: Mapped[UUID]
    student_id: Mapped[UUID | None]
    requester: Mapped[str] = mapped_column(word())
    requester_name: Mapped[str | None]
    requester_guardian_id: Mapped[UUID | None]
    requester_staff_id: Mapped[UUID | None]
    words: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(word(35))
    form: Mapped[str] = mapped_column(word(16), default="written")
    received_on: Mapped[date]
    received_by_staff_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    documented_on: Mapped[date | None]
    suspected_areas: Mapped[list[str]] = mapped_column(default=list)
    frameworks: Mapped[list[str]] = mapped_column(default=list)
    from_screening: Mapped[bool] = mapped_column(default=False)
    parent_informed: Mapped[bool | None]
    suspicion_statement: Mapped[str | None]
    child_described: Mapped[dict[str, Any] | None]
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


class CaseStep(DistrictRow):
    """A step taken by a case or by a record in it, with what was said and the decision.

    The decision holds every rule considered, the facts it rested on and the policy's
    version, so that it can be explained years later. `case_id` is null where the record is
    of a child outside any case.
    """

    __tablename__ = "case_steps"
    __table_args__ = (
        refers("case_id", "cases"),
        Index("ix_case_steps_district_id_case_id_id", "district_id", "case_id", "id"),
        Index(
            "ix_case_steps_district_id_step_taken_on_id", "district_id", "step", "taken_on", "id"
        ),
    )

    case_id: Mapped[UUID | None]
    record_type: Mapped[str] = mapped_column(word())
    record_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(word())
    from_status: Mapped[str] = mapped_column(word())
    to_status: Mapped[str] = mapped_column(word())
    taken_on: Mapped[date]
    taken_at: Mapped[datetime]
    client_id: Mapped[UUID]
    acting_staff_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decision: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ChildFindReview(MutableRow):
    """A look that the district owes a child because a step was refused: one open per case."""

    __tablename__ = "child_find_reviews"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("owner_staff_id", "staff"),
        Index(
            "uq_child_find_reviews_one_open_per_case",
            "district_id",
            "case_id",
            unique=True,
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
    )

    case_id: Mapped[UUID]
    step: Mapped[str] = mapped_column(word())
    opened_on: Mapped[date]
    owner_staff_id: Mapped[UUID | None]
    because: Mapped[str]
    closed_on: Mapped[date | None]


class Correction(DistrictRow):
    """A fact set right: what it was, what it is, why and on what evidence. Both stay."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_district_id_record_id_id", "district_id", "record_id", "id"),
    )

    record_type: Mapped[str] = mapped_column(word())
    record_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(word())
    old_value: Mapped[dict[str, Any]]
    new_value: Mapped[dict[str, Any]]
    reason: Mapped[str]
    evidence: Mapped[str | None]
    accepted: Mapped[bool]
    flagged: Mapped[str | None]
    corrected_on: Mapped[date]
    corrected_at: Mapped[datetime]
    client_id: Mapped[UUID]
    acting_staff_id: Mapped[UUID | None]


class DeadlineRow(DistrictRow):
    """A projection of the computed deadlines, for lists; rebuilt at will, never edited.

    `case_id` is null for what is owed to a child outside any case; then there is a student.
    `still_from` and `still_until`: the first and the last day on which the count stands still, null
    when it never does. `still_in_parts`: it counts in between, and `PausedSpan` has the days.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("student_id", "students"),
        refers("school_id", "schools"),
        refers("owner_staff_id", "staff"),
        CheckConstraint("case_id IS NOT NULL OR student_id IS NOT NULL", name="whose"),
        Index("uq_deadlines_district_id_case_id_key", "district_id", "case_id", "key", unique=True),
        Index(
            "uq_deadlines_district_id_student_id_key",
            "district_id",
            "student_id",
            "key",
            unique=True,
            sqlite_where=text("case_id IS NULL"),
            postgresql_where=text("case_id IS NULL"),
        ),
        Index("ix_deadlines_district_id_due_on_id", "district_id", "due_on", "id"),
        Index(
            "ix_deadlines_district_id_due_on_id_not_done",
            "district_id",
            "due_on",
            "id",
            sqlite_where=text("state IN ('open', 'running')"),
            postgresql_where=text("state IN ('open', 'running')"),
        ),
        # With the days themselves, so that what does not stand still today is passed over in it.
        Index(
            "ix_deadlines_district_id_due_on_id_still",
            "district_id",
            "due_on",
            "id",
            "still_from",
            "still_until",
            sqlite_where=text("still_from IS NOT NULL"),
            postgresql_where=text("still_from IS NOT NULL"),
        ),
        Index("ix_deadlines_district_id_state_due_on_id", "district_id", "state", "due_on", "id"),
        Index(
            "ix_deadlines_district_id_school_id_due_on_id",
            "district_id",
            "school_id",
            "due_on",
            "id",
        ),
        Index(
            "ix_deadlines_district_id_owner_staff_id_due_on_id",
            "district_id",
            "owner_staff_id",
            "due_on",
            "id",
        ),
        Index(
            "ix_deadlines_district_id_student_id_due_on_id",
            "district_id",
            "student_id",
            "due_on",
            "id",
        ),
        Index(
            "ix_deadlines_district_id_term_id_due_on_id", "district_id", "term_id", "due_on", "id"
        ),
        Index("ix_deadlines_district_id_kind_due_on_id", "district_id", "kind", "due_on", "id"),
    )
    journaled = False

    case_id: Mapped[UUID | None]
    student_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
    owner_staff_id: Mapped[UUID | None]
    key: Mapped[str]
    term_id: Mapped[str] = mapped_column(word(64))
    kind: Mapped[str] = mapped_column(word(16))
    title: Mapped[str]
    rule_id: Mapped[str | None] = mapped_column(word(64))
    state: Mapped[str] = mapped_column(word(16))
    started_on: Mapped[date | None]
    due_on: Mapped[date | None]
    met_on: Mapped[date | None]
    still_from: Mapped[date | None]
    still_until: Mapped[date | None]
    still_in_parts: Mapped[bool] = mapped_column(default=False)
    provisional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str] = mapped_column(word(32))
    verification: Mapped[str | None] = mapped_column(word(8))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PausedSpan(DistrictRow):
    """Days on which a projected deadline stands still, of one that does so in parts."""

    __tablename__ = "paused_spans"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "deadline_id"],
            ["deadlines.district_id", "deadlines.id"],
            ondelete="CASCADE",
        ),
        Index(
            "ix_paused_spans_district_id_deadline_id_last_on_first_on",
            "district_id",
            "deadline_id",
            "last_on",
            "first_on",
        ),
    )
    journaled = False

    deadline_id: Mapped[UUID]
    first_on: Mapped[date]
    last_on: Mapped[date]
