"""A child outside any case: what the district watches over."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.facts.case import Case
from service.domain.facts.discipline import Removal
from service.domain.facts.people import Student
from service.domain.facts.receipts import Contact, SourceDocument
from service.domain.facts.support import Intervention


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What is on record of one child, whatever case it belongs to, as child find looks at it.

    `cases` hold their receipts, determinations and plans, and nothing else.
    """

    student: Student
    cases: tuple[Case, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    documents: tuple[SourceDocument, ...] = ()
    contacts: tuple[Contact, ...] = ()
    removals: tuple[Removal, ...] = ()
