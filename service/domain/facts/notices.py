"""Notices to the parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

PWN_CONTENTS: Mapping[str, str] = {
    "action": "the action proposed or refused (300.503(b)(1))",
    "reason": "why the agency proposes or refuses it (300.503(b)(2))",
    "basis": "each evaluation procedure, assessment, record or report used (300.503(b)(3))",
    "safeguards_statement": "the procedural-safeguards statement (300.503(b)(4))",
    "sources_of_help": "sources of help for the parent (300.503(b)(5))",
    "options_considered": "other options considered and why rejected (300.503(b)(6))",
    "other_factors": "other relevant factors (300.503(b)(7))",
}
"""The seven contents of a prior written notice, by field name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to the parent: prior written notice, procedural safeguards, 504 rights.

    `guardian_id`: to whom; None for all of them. `translated_orally_on`, with the written
    `translation_evidence` that it was and that the parent understood (300.503(c)(2)).
    `not_feasible_because`: why the parent's own language clearly was not.
    """

    id: str = "notice"
    kind: str = "prior_written_notice"
    status: str = "issued"
    decision: str | None = None
    concerning: str | None = None
    contents: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    guardian_id: str | None = None
    issued_on: date | None = None
    translated_orally_on: date | None = None
    translation_evidence: str | None = None
    not_feasible_because: str | None = None

    @property
    def given(self) -> bool:
        return self.status == "issued" and self.issued_on is not None
