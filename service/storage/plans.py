"""Plans, version by version, and who was told of their duties under them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word

KINDS = ("iep", "section_504", "services_plan")
OCCASIONS = ("initial", "review", "amendment")
END_REASONS = (
    "regular_diploma", "ged_or_certificate", "aged_out", "dismissed", "consent_revoked", "moved",
    "dropped_out", "died", "other_plan",
)  # fmt: skip
WITHDRAW_REASONS = ("services_refused", "no_plan_needed", "other")


class Plan(MutableRow):
    """One version of a plan: drafted freely, offered, in effect, then replaced or ended.

    `number` counts the versions from 1; all of one plan share `original_id`, the id of the first.
    What a team wrote (goals, lines of services, members) is kept as lists in its own order.
    """

    __tablename__ = "plans"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        refers("determination_id", "eligibility_determinations"),
        refers("original_id", "plans"),
        refers("amends_id", "plans"),
        refers("case_manager_staff_id", "staff"),
        refers("school_id", "schools"),
        one_of("kind", KINDS),
        one_of("occasion", OCCASIONS),
        one_of("end_reason", (*END_REASONS, *WITHDRAW_REASONS), nullable=True),
        CheckConstraint("(amends_id IS NULL) = (number = 1)", name="number"),
        CheckConstraint("status <> 'in_effect' OR in_effect_on IS NOT NULL", name="in_effect_on"),
        CheckConstraint(
            "status NOT IN ('ended', 'withdrawn') OR end_reason IS NOT NULL", name="reason_of_end"
        ),
        Index(
            "uq_plans_one_in_effect_of_a_kind",
            "district_id",
            "student_id",
            "kind",
            unique=True,
            sqlite_where=text("status = 'in_effect'"),
            postgresql_where=text("status = 'in_effect'"),
        ),
        Index("ix_plans_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_plans_district_id_case_id_id", "district_id", "case_id", "id"),
        Index("ix_plans_district_id_original_id_id", "district_id", "original_id", "id"),
        Index(
            "ix_plans_district_id_status_next_review_on_id",
            "district_id",
            "status",
            "next_review_on",
            "id",
        ),
        Index(
            "ix_plans_district_id_case_manager_staff_id_next_review_on_id",
            "district_id",
            "case_manager_staff_id",
            "next_review_on",
            "id",
        ),
        Index(
            "ix_plans_district_id_school_id_next_review_on_id",
            "district_id",
            "school_id",
            "next_review_on",
            "id",
        ),
        Index("ix_plans_district_id_next_review_on_id", "district_id", "next_review_on", "id"),
        Index("ix_plans_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID]
    determination_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(word(16))
    status: Mapped[str] = mapped_column(word(16), default="draft")
    number: Mapped[int] = mapped_column(Integer, default=1)
    occasion: Mapped[str] = mapped_column(word(16), default="initial")
    original_id: Mapped[UUID]
    amends_id: Mapped[UUID | None]
    case_manager_staff_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
    offered_on: Mapped[date | None]
    in_effect_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(word(32))
    end_note: Mapped[str | None]
    next_review_on: Mapped[date | None]
    reevaluation_on: Mapped[date | None]
    reevaluation_waived_on: Mapped[date | None]
    majority_notice_on: Mapped[date | None]
    summary_given_on: Mapped[date | None]
    # The meeting (300.321, 300.324(a)(4))
    meeting_held_on: Mapped[date | None]
    agreed_without_meeting_on: Mapped[date | None]
    attendees: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    excusals: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    parent_invited_on: Mapped[date | None]
    invitation_attempts: Mapped[int] = mapped_column(Integer, default=0)
    student_invited_on: Mapped[date | None]
    # What it says (300.320)
    present_levels: Mapped[str | None]
    goals: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    progress_measured: Mapped[str | None]
    progress_reported: Mapped[str | None]
    services: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    related_services: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    supplementary_aids: Mapped[list[str]] = mapped_column(default=list)
    accommodations: Mapped[list[str]] = mapped_column(default=list)
    modifications: Mapped[list[str]] = mapped_column(default=list)
    participation: Mapped[str | None]
    assessment_accommodations: Mapped[list[str]] = mapped_column(default=list)
    alternate_assessment: Mapped[bool | None]
    alternate_assessment_why: Mapped[str | None]
    transition_goals: Mapped[list[str]] = mapped_column(default=list)
    transition_services: Mapped[list[str]] = mapped_column(default=list)


class PlanAcknowledgement(MutableRow):
    """A teacher or provider who was told of their duties under a plan (300.323(d))."""

    __tablename__ = "plan_acknowledgements"
    __table_args__ = (
        refers("plan_id", "plans"),
        refers("staff_id", "staff"),
        Index("ix_plan_acknowledgements_district_id_plan_id_id", "district_id", "plan_id", "id"),
    )

    plan_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(word(60))
    duties: Mapped[str | None]
    informed_on: Mapped[date]
    acknowledged_on: Mapped[date | None]
