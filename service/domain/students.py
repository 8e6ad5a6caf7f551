"""What is known of a student whatever the case: grades as the field writes them, and numbers.

Grades are the CEDS entry-grade codes that OneRoster uses too; student information systems
write several of them in their own way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

GRADES = (
    "IT",
    "PR",
    "PK",
    "TK",
    "KG",
    *(f"{n:02}" for n in range(1, 14)),
    "AE",
    "PS",
    "UG",
    "Other",
)
"""Grade codes: infants, preschool, kindergarten, 01 to 13, adults, college, ungraded."""

_GRADES: Mapping[str, str] = {
    **{grade.upper(): grade for grade in GRADES},
    **{str(n): f"{n:02}" for n in range(1, 14)},
    **{f"{n}{s}": f"{n:02}" for n in range(1, 14) for s in ("ST", "ND", "RD", "TH")},
    # Student information systems that count grades write kindergarten as 0 and the year before
    # as -1; P3 to P5 are preschool by age.
    **dict.fromkeys(("K", "0", "00", "KF", "KH", "KINDERGARTEN"), "KG"),
    **dict.fromkeys(("-1", "P3", "P4", "P5", "PREK", "PRE-K", "PK3", "PK4"), "PK"),
}

_LENGTH_OF_AN_SSN = len("123-45-6789")

ORDERED = GRADES[: GRADES.index("UG")]
"""The grades that come one after the other; ungraded and other are in no place among them."""

_SSN = re.compile(r"(?<![0-9A-Za-z])\d{3}[-\s.]\d{2}[-\s.]\d{4}(?![0-9A-Za-z])")


def grade(written: str) -> str | None:
    """The code of a grade as somebody wrote it (`K` is `KG`, `9` is `09`); None if unknown."""
    return _GRADES.get(written.strip().upper())


def is_beyond(reached: str | None, last: str) -> bool | None:
    """Whether a pupil in one grade has completed another; None if nobody can tell."""
    if reached not in ORDERED or last not in ORDERED:
        return None
    return ORDERED.index(reached) > ORDERED.index(last)


def looks_like_ssn(value: str) -> bool:
    """A social security number is written in groups of three, two and four digits.

    Nine digits in one piece do not tell: many districts number their students so.
    """
    return len(value) >= _LENGTH_OF_AN_SSN and bool(_SSN.search(value))
