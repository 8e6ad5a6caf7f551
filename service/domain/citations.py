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
    def words(self) -> str:
        """The mark as a reader is told it."""
        return WORDS[self]

    @property
    def doubtful(self) -> bool:
        """Whether a lawyer should look before a date rests on it alone."""
        return self in (Verification.SECONDARY, Verification.UNVERIFIED)


WORDS = {
    Verification.READ: "rule text",
    Verification.READ_IN_PART: "rule text, in part",
    Verification.AGENCY_PAGE: "agency",
    Verification.SECONDARY: "secondary",
    Verification.UNVERIFIED: "unverified",
}
"""The marks in words, from the best."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule is written, a link to it, and how far it was verified."""

    text: str
    href: str | None = None
    verification: Verification = Verification.UNVERIFIED
