"""Where a rule is written, and how far the text was verified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verification(StrEnum):
    """How far the text behind a citation was verified."""

    READ = "R"
    READ_IN_PART = "R/p"
    AGENCY_PAGE = "A"
    SECONDARY = "S"
    UNVERIFIED = "U"

    @property
    def doubtful(self) -> bool:
        """Whether a lawyer should look before a date rests on it alone."""
        return self in (Verification.SECONDARY, Verification.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written, a link to it, and how far it was verified."""

    text: str
    href: str | None = None
    verification: Verification = Verification.UNVERIFIED
