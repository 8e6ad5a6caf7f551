"""Consents that were asked for, with the efforts to reach the parent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One logged effort to reach a parent about a consent."""

    attempted_on: date | None = None
    mode: str = "phone"
    result: str = ""


ORDERS = frozenset({"hearing_order", "mediation_agreement"})
"""What the agency may seek where the parent refuses or is silent (300.300(a)(3), (c)(1))."""

NO_PARENT = frozenset({"parent_not_found", "rights_terminated"})
"""Why no parent's consent is needed for the initial evaluation of a ward (300.300(a)(2))."""

STANDS_IN_FOR = {"initial_evaluation": ORDERS | NO_PARENT, "reevaluation": ORDERS}
"""By purpose: what may take the place of consent. Nothing does for services (300.300(b)(3))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent that was asked for, with its answer.

    `barred`: the guardian who answered has no educational rights; it is not a parent's word.
    `revocation_form`: how it was taken back, `written`, `electronic` or `oral`.
    `signed_as`: whether a `parent` signed it or the `adult_student`; None: it is not said.
    `stands_in`: what takes the place of a parent's own word; None: it is theirs.
    `authenticated_by`: how the person behind an electronic signature was identified;
    `approval_shown`: whether that signature shows their approval of what it says (99.30(d)).
    """

    id: str = "consent"
    purpose: str = "initial_evaluation"
    requested_on: date | None = None
    answer: str | None = None
    form: str | None = None
    language: str | None = None
    activity: str | None = None
    signed_on: date | None = None
    received_on: date | None = None
    revoked_on: date | None = None
    revocation_form: str | None = None
    guardian_id: str | None = None
    signed_as: str | None = None
    barred: bool = False
    stands_in: str | None = None
    authenticated_by: str | None = None
    approval_shown: bool | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def revoked(self) -> bool:
        """Whether it was taken back; consent to services only in writing (300.300(b)(4))."""
        spoken = self.purpose == "initial_services" and self.revocation_form == "oral"
        return self.revoked_on is not None and not spoken

    @property
    def granted(self) -> bool:
        given = self.answer == "granted" and self.received_on is not None
        return given and not self.revoked and self.stands

    @property
    def stands(self) -> bool:
        """Whether it may be used for its purpose: a parent's word, or what may stand in for it."""
        return self.stands_in is None or self.stands_in in STANDS_IN_FOR.get(self.purpose, ())
