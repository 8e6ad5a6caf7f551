"""What passes between school and family: source documents, contacts, team meetings."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, one_of, refers, word

DOCUMENT_KINDS = (
    "medical_note",
    "prescription",
    "outside_evaluation",
    "prior_records",
    "screening",
    "other",
)
PROVIDERS = ("parent", "student", "physician", "other_professional", "agency", "school", "other")
CONTACT_MODES = ("phone", "meeting", "video", "email", "letter", "text_message", "visit", "other")
MEETING_KINDS = ("problem_solving", "review_of_existing_data", "eligibility", "other")
SHA256 = r"^[0-9A-Fa-f]{64}$"


class SourceDocument(MutableRow):
    """A document that arrived: its description and hash, never a determination.

    The document itself stays where the district keeps it; `sha256` tells whether a copy
    is the one that was considered.
    """

    __tablename__ = "source_documents"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        refers("referral_id", "referrals"),
        one_of("kind", DOCUMENT_KINDS),
        one_of("provided_by", PROVIDERS),
        CheckConstraint("sha256 IS NULL OR length(sha256) = 64", name="sha256"),
        Index("ix_source_documents_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_source_documents_district_id_case_id_id", "district_id", "case_id", "id"),
    )

    student_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None]
    referral_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(word())
    title: Mapped[str]
    provided_by: Mapped[str] = mapped_column(word(), default="other")
    received_on: Mapped[date]
    dated_on: Mapped[date | None]
    media_type: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(Integer)
    sha256: Mapped[str | None] = mapped_column(word(64))
    location: Mapped[str | None]
    note: Mapped[str | None]


class Contact(MutableRow):
    """A logged contact with a parent: their words, the concern restated, what was agreed.

    `language`: in which it was held. `suggests_request`: their words may ask for an evaluation
    (`service.domain.asking`).
    """

    __tablename__ = "contacts"
    __table_args__ = (
        refers("student_id", "students"),
        refers("guardian_id", "guardians"),
        refers("staff_id", "staff"),
        refers("follows_up_id", "contacts"),
        refers("answers_document_id", "source_documents"),
        refers("answers_referral_id", "referrals"),
        one_of("mode", CONTACT_MODES),
        Index("ix_contacts_district_id_student_id_id", "district_id", "student_id", "id"),
        Index("ix_contacts_district_id_occurred_on_id", "district_id", "occurred_on", "id"),
        Index(
            "ix_contacts_district_id_suggests_request_occurred_on_id",
            "district_id",
            "suggests_request",
            "occurred_on",
            "id",
        ),
    )

    student_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    occurred_on: Mapped[date]
    mode: Mapped[str] = mapped_column(word())
    language: Mapped[str | None] = mapped_column(word(35))
    parent_words: Mapped[str | None]
    restatement: Mapped[str | None]
    restatement_confirmed: Mapped[bool | None]
    feeling_acknowledged: Mapped[str | None]
    positives: Mapped[list[str]] = mapped_column(default=list)
    ideas: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    help_asked_of: Mapped[list[str]] = mapped_column(default=list)
    follow_up: Mapped[str | None]
    follow_up_on: Mapped[date | None]
    follows_up_id: Mapped[UUID | None]
    suggests_request: Mapped[bool] = mapped_column(default=False)
    answers_document_id: Mapped[UUID | None]
    answers_referral_id: Mapped[UUID | None]


class TeamMeeting(MutableRow):
    """Who met about a student, what was reviewed and what was decided."""

    __tablename__ = "team_meetings"
    __table_args__ = (
        refers("student_id", "students"),
        refers("case_id", "cases"),
        one_of("kind", MEETING_KINDS),
        Index("ix_team_meetings_district_id_student_id_id", "district_id", "student_id", "id"),
    )

    student_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(word())
    held_on: Mapped[date]
    attendees: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    parent_attended: Mapped[bool | None]
    parent_invited_on: Mapped[date | None]
    reviewed: Mapped[str | None]
    decided: Mapped[str | None]
