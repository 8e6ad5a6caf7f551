"""Answers that are owed in a language in which none is written here: through an interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.events.documents import medical
from service.domain.events.occurrence import Occurrence, at, event
from service.domain.facts import Case, Referral
from service.domain.letters import same, written_in
from service.domain.policy import Policy
from service.domain.receipts import requests


def home_language(case: Case) -> str | None:
    return None if case.student is None else case.student.home_language


def language_of(referral: Referral, case: Case) -> str | None:
    """The language somebody asked in, else that of the student's home."""
    return referral.language or home_language(case)


@event
def interpreter_needed(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A request or a medical document of a family in whose language no answer is written."""
    for referral in requests(case, policy):
        if written_in(language_of(referral, case)) is None:
            yield from at(referral.received_on, referral_id=referral.id)
    if written_in(home_language(case)) is None:
        for document in case.documents:
            if medical(document) and document.case_id in (None, case.id):
                yield from at(document.received_on, source_document_id=document.id)


@event
def answer_interpreted(case: Case, policy: Policy) -> Iterator[Occurrence]:
    """A contact that answered, held in that language."""
    asked_in = {referral.id: language_of(referral, case) for referral in case.referrals}
    for contact in case.contacts:
        referral_id, document_id = contact.answers_referral_id, contact.answers_document_id
        if contact.language is None:
            continue
        if referral_id is not None and same(contact.language, asked_in.get(referral_id)):
            yield from at(contact.occurred_on, referral_id=referral_id)
        if document_id is not None and same(contact.language, home_language(case)):
            yield from at(contact.occurred_on, source_document_id=document_id)
