"""Eligibility determinations, under IDEA or Section 504: two laws, two records."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.frameworks import FRAMEWORKS
from service.storage.base import MutableRow, one_of, refers, word

OUTCOMES = ("eligible", "not_eligible")


class EligibilityDetermination(MutableRow):
    """What a group decided under one law: drafted freely, made final once, then superseded.

    Lists of members, sources, needs and measures are kept as the group wrote them.
    """

    __tablename__ = "eligibility_determinations"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("supersedes_id", "eligibility_determinations"),
        one_of("framework", FRAMEWORKS),
        one_of("outcome", OUTCOMES, nullable=True),
        CheckConstraint("status <> 'final' OR decided_on IS NOT NULL", name="decided_on"),
        CheckConstraint("status <> 'final' OR outcome IS NOT NULL", name="final_outcome"),
        Index(
            "ix_eligibility_determinations_district_id_case_id_id", "district_id", "case_id", "id"
        ),
        Index(
            "ix_eligibility_determinations_district_id_decided_on_id",
            "district_id",
            "decided_on",
            "id",
        ),
        Index(
            "ix_eligibility_determinations_district_id_updated_at_id",
            "district_id",
            "updated_at",
            "id",
        ),
    )

    case_id: Mapped[UUID]
    framework: Mapped[str] = mapped_column(word(16))
    status: Mapped[str] = mapped_column(word(16), default="draft")
    outcome: Mapped[str | None] = mapped_column(word(16))
    decided_on: Mapped[date | None]
    copy_given_to_parent_on: Mapped[date | None]
    supersedes_id: Mapped[UUID | None]
    group: Mapped[list[dict[str, Any]]] = mapped_column("members", default=list)
    parent_participated: Mapped[bool | None]
    parent_invited_on: Mapped[date | None]
    invitation_attempts: Mapped[int] = mapped_column(Integer, default=0)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    rationale: Mapped[str | None]
    reason_codes: Mapped[list[str]] = mapped_column(default=list)
    # IDEA
    disability_present: Mapped[bool | None]
    category: Mapped[str | None] = mapped_column(word(16))
    needs_special_education: Mapped[bool | None]
    related_service_only: Mapped[bool | None]
    related_services: Mapped[list[str]] = mapped_column(default=list)
    needs: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    determinants: Mapped[dict[str, Any]] = mapped_column(default=dict)
    services_start_on: Mapped[date | None]
    sld: Mapped[dict[str, Any] | None]
    preschool: Mapped[dict[str, Any] | None]
    # Section 504
    impairment: Mapped[str | None]
    major_life_activities: Mapped[list[str]] = mapped_column(default=list)
    substantially_limits: Mapped[bool | None]
    mitigating_measures: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    limitation_judged_without_mitigation: Mapped[bool | None]
    episodic: Mapped[bool | None]
    judged_when_active: Mapped[bool | None]
