"""Notices to parents, consents, and the logged efforts to reach a parent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word

NOTICE_KINDS = ("prior_written_notice", "procedural_safeguards", "section_504_rights")
DECISIONS = ("propose", "refuse")
CONCERNING = ("identification", "evaluation", "placement", "fape")
PURPOSES = ("initial_evaluation", "initial_services", "reevaluation")
TO_EVALUATE = ("initial_evaluation", "reevaluation")
ANSWERS = ("granted", "refused")
CONSENT_FORMS = ("written", "electronic", "oral")
STANDS_IN = ("hearing_order", "mediation_agreement", "parent_not_found", "rights_terminated")
SIGNED_AS = ("parent", "adult_student")
ATTEMPT_MODES = ("phone", "letter", "email", "text_message", "visit", "meeting", "other")


class Notice(MutableRow):
    """A notice: drafted freely, then issued to a parent with all its contents."""

    __tablename__ = "notices"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("guardian_id", "guardians"),
        one_of("kind", NOTICE_KINDS),
        one_of("decision", DECISIONS, nullable=True),
        one_of("concerning", CONCERNING, nullable=True),
        CheckConstraint("(status = 'issued') = (issued_on IS NOT NULL)", name="issued_on"),
        Index("ix_notices_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(word())
    status: Mapped[str] = mapped_column(word(16), default="draft")
    decision: Mapped[str | None] = mapped_column(word(16))
    concerning: Mapped[str | None] = mapped_column(word(16))
    contents: Mapped[dict[str, Any]] = mapped_column(default=dict)
    language: Mapped[str | None] = mapped_column(word(35))
    guardian_id: Mapped[UUID | None]
    delivery: Mapped[str | None] = mapped_column(word())
    issued_on: Mapped[date | None]
    translated_orally_on: Mapped[date | None]
    translation_evidence: Mapped[str | None]
    not_feasible_because: Mapped[str | None]


class Consent(MutableRow):
    """A consent that was asked for: its purpose, its answer, when the agency received it."""

    __tablename__ = "consents"
    __table_args__ = (
        refers("case_id", "cases"),
        refers("guardian_id", "guardians"),
        one_of("purpose", PURPOSES),
        one_of("answer", ANSWERS, nullable=True),
        one_of("form", CONSENT_FORMS, nullable=True),
        one_of("revocation_form", CONSENT_FORMS, nullable=True),
        one_of("stands_in", STANDS_IN, nullable=True),
        one_of("signed_as", SIGNED_AS, nullable=True),
        CheckConstraint("answer IS NULL OR received_on IS NOT NULL", name="answer_received"),
        Index("ix_consents_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    case_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    purpose: Mapped[str] = mapped_column(word())
    requested_on: Mapped[date | None]
    activity: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(word(35))
    answer: Mapped[str | None] = mapped_column(word(16))
    form: Mapped[str | None] = mapped_column(word(16))
    signed_by: Mapped[str | None]
    signed_as: Mapped[str | None] = mapped_column(word())
    signed_on: Mapped[date | None]
    received_on: Mapped[date | None]
    revoked_on: Mapped[date | None]
    revocation_form: Mapped[str | None] = mapped_column(word(16))
    stands_in: Mapped[str | None] = mapped_column(word())
    authenticated_by: Mapped[str | None]
    approval_shown: Mapped[bool | None]


class ConsentAttempt(MutableRow):
    """One effort to reach a parent about a consent, with its result (300.322(d))."""

    __tablename__ = "consent_attempts"
    __table_args__ = (
        refers("consent_id", "consents"),
        refers("staff_id", "staff"),
        one_of("mode", ATTEMPT_MODES),
        Index("ix_consent_attempts_district_id_consent_id_id", "district_id", "consent_id", "id"),
    )

    consent_id: Mapped[UUID]
    attempted_on: Mapped[date]
    mode: Mapped[str] = mapped_column(word())
    result: Mapped[str]
    staff_id: Mapped[UUID | None]
