"""How an assessment or an observation shows that it was made without consent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case

from service.api.plumbing.answers import Beside
from service.workflow.evaluations import Marked

BECAUSE = (
    "On that day the agency did not have the parent's consent to evaluate, so this is kept and "
    "does not count toward a step (34 CFR 300.300(a)(1)(i))."
)
MARK = {
    "description": "Made without the parent's consent: kept, and never counted toward a step "
    "(rule IDEA-CONSENT-EVAL). It follows the consents of the case."
}


def shown(made: Marked) -> Beside:
    """A record with its mark.

    Its tag names the answer as a whole: after the version the mark, which changes with the
    consents of the case.
    """
    row = made.row
    return Beside(
        row,
        breach=made.breach,
        breach_because=BECAUSE if made.breach else None,
        row_version=row.version,
        version=f"{row.version}.{'breach' if made.breach else 'counts'}",
    )


def columns(breach: ColumnElement[bool]) -> dict[str, ColumnElement[Any]]:
    """The same members in a list."""
    return {
        "breach": case((breach, True), else_=False),
        "breach_because": case((breach, BECAUSE), else_=None),
    }
