"""Medical documents and outside reports: information, which wants an answer."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.determinations import determined
from service.domain.events.occurrence import Occurrence, at, event
from service.domain.facts import CONSIDERED, Case, SourceDocument
from service.domain.policy import Policy
from service.domain.rules.words import said


def medical(document: SourceDocument) -> bool:
    return document.kind in CONSIDERED


@event
def medical_document_received(case: Case, policy: Policy) -> Iterator[Occurrence]:
    for document in case.documents:
        if medical(document) and document.case_id in (None, case.id):
            yield from at(document.received_on, source_document_id=document.id)


@event
def medical_document_answered(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """The parent had an answer about it, or a group considered it as one source."""
    for contact in case.contacts:
        if contact.answers_document_id is not None:
            yield from at(contact.occurred_on, source_document_id=contact.answers_document_id)
    for determination in determined(case, "idea", "section_504"):
        for source in determination.sources:
            if source.document_id is not None and said(source.considered):
                yield from at(determination.decided_on, source_document_id=source.document_id)
