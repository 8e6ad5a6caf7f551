"""Interventions with their sessions and progress measures."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word

OUTCOMES = (
    "adequate_progress",
    "some_progress",
    "inadequate_progress",
    "inconclusive",
    "discontinued",
)


class Intervention(MutableRow):
    """Tiered support for one student: concern, baseline, goal, dose, fidelity, outcome.

    `baseline` and `goal` are told in words. In figures the goal is `goal_value` of `goal_measure`
    by `goal_on`, from `baseline_value` when it began, all in the unit of the progress points.
    """

    __tablename__ = "interventions"
    __table_args__ = (
        refers("student_id", "students"),
        refers("provider_staff_id", "staff"),
        one_of("outcome", OUTCOMES, nullable=True),
        CheckConstraint("tier IS NULL OR (tier >= 1 AND tier <= 4)", name="tier"),
        CheckConstraint("ended_on IS NULL OR started_on <= ended_on", name="days_in_order"),
        CheckConstraint("goal_on IS NULL OR started_on <= goal_on", name="goal_ahead"),
        CheckConstraint(
            "fidelity_percent IS NULL OR (fidelity_percent >= 0 AND fidelity_percent <= 100)",
            name="fidelity_percent",
        ),
        Index("ix_interventions_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_interventions_district_id_updated_at_id", "district_id", "updated_at", "id"),
        Index("ix_interventions_district_id_started_on_id", "district_id", "started_on", "id"),
    )

    student_id: Mapped[UUID]
    title: Mapped[str]
    area: Mapped[str | None] = mapped_column(word())
    tier: Mapped[int | None] = mapped_column(Integer)
    concern: Mapped[str | None]
    baseline: Mapped[str | None]
    goal: Mapped[str | None]
    goal_measure: Mapped[str | None]
    baseline_value: Mapped[float | None] = mapped_column(Float)
    goal_value: Mapped[float | None] = mapped_column(Float)
    goal_on: Mapped[date | None]
    planned_minutes_per_week: Mapped[int | None] = mapped_column(Integer)
    provider_staff_id: Mapped[UUID | None]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    fidelity_percent: Mapped[float | None] = mapped_column(Float)
    outcome: Mapped[str | None] = mapped_column(word())
    outcome_note: Mapped[str | None]


class InterventionSession(MutableRow):
    """One session that took place, or that the student missed."""

    __tablename__ = "intervention_sessions"
    __table_args__ = (
        refers("intervention_id", "interventions"),
        refers("staff_id", "staff"),
        CheckConstraint("minutes IS NULL OR (minutes >= 0 AND minutes <= 1440)", name="minutes"),
        Index(
            "ix_intervention_sessions_district_id_intervention_id_held_on_id",
            "district_id",
            "intervention_id",
            "held_on",
            "id",
        ),
    )

    intervention_id: Mapped[UUID]
    held_on: Mapped[date]
    minutes: Mapped[int | None] = mapped_column(Integer)
    attended: Mapped[bool] = mapped_column(default=True)
    staff_id: Mapped[UUID | None]
    note: Mapped[str | None]


class ProgressMeasure(MutableRow):
    """One progress point: what was measured, when, and the figure."""

    __tablename__ = "progress_measures"
    __table_args__ = (
        refers("intervention_id", "interventions"),
        Index(
            "ix_progress_measures_district_id_intervention_id_measured_on_id",
            "district_id",
            "intervention_id",
            "measured_on",
            "id",
        ),
    )

    intervention_id: Mapped[UUID]
    measured_on: Mapped[date]
    measure: Mapped[str]
    value: Mapped[float] = mapped_column(Float)
    unit: Mapped[str | None] = mapped_column(word())
    note: Mapped[str | None]
