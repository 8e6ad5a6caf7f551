"""What arrived and what was talked about: receipts, documents, contacts, meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.domain.facts.support import Suspicion

PARENTAL = frozenset({"parent", "adult_student", "unknown"})
"""Requesters whose words are a parent's request; `unknown` is treated as a parent."""

MEDICAL = frozenset({"medical_note", "prescription"})
"""Kinds of source document that only a physician's hand gives."""

CONSIDERED = MEDICAL | {"outside_evaluation"}
"""Kinds of source document that want an answer once they arrive (300.305(a)(1)(i))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One received request or concern."""

    id: str = "referral"
    requester: str = "unknown"
    form: str = "written"
    received_on: date | None = None
    suspected_areas: tuple[str, ...] = ()
    from_screening: bool = False
    parent_informed: bool | None = None
    suspicion: Suspicion | None = None
    documented_on: date | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A document that arrived: information, never a determination.

    Everybody may consider it; `case_id` names the one case that owes an answer to it. None:
    the case that looks at it.
    """

    id: str = "document"
    case_id: str | None = None
    kind: str = "other"
    provided_by: str = "parent"
    received_on: date | None = None

    @property
    def medical(self) -> bool:
        return self.kind in MEDICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A logged contact with a parent.

    `suggests_request`: the parent's words may ask for an evaluation. `follow_up_on`: the day
    named for what was promised, if one was; `follows_up_id`: the contact that this one follows up.
    """

    id: str = "contact"
    occurred_on: date | None = None
    language: str | None = None
    staff_id: str | None = None
    suggests_request: bool = False
    follow_up_promised: bool = False
    follow_up_on: date | None = None
    follows_up_id: str | None = None
    answers_document_id: str | None = None
    answers_referral_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMeeting:
    """Who met and what was decided."""

    id: str = "meeting"
    kind: str = "other"
    held_on: date | None = None
    parent_attended: bool | None = None
    parent_invited_on: date | None = None
