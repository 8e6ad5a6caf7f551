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


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent that was asked for, with its answer.

    `barred`: the guardian who answered has no educational rights; it is not a parent's word.
    `revocation_form`: how it was taken back, `written`, `electronic` or `oral`.
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
    barred: bool = False
    attempts: tuple[Attempt, ...] = ()

    @property
    def revoked(self) -> bool:
        """Whether it was taken back; consent to services only in writing (300.300(b)(4))."""
        spoken = self.purpose == "initial_services" and self.revocation_form == "oral"
        return self.revoked_on is not None and not spoken

    @property
    def granted(self) -> bool:
        return self.answer == "granted" and self.received_on is not None and not self.revoked
