"""Where a child stays while a due process complaint is pending (300.518, 300.533)."""

from __future__ import annotations

from service.domain.citations import Citation, Verification
from service.domain.facts import Dispute

CFR = "https://www.ecfr.gov/current/title-34/section-"
CITATIONS = {
    "current_placement": Citation("34 CFR 300.518(a)", f"{CFR}300.518", Verification.UNVERIFIED),
    "interim_setting": Citation("34 CFR 300.533", f"{CFR}300.533", Verification.UNVERIFIED),
}
"""The law behind each; neither text was read."""


def stay_put(dispute: Dispute) -> str | None:
    """Where the child stays until it is decided, unless both sides agree; None: it asks nothing.

    In the current placement; while a disciplinary removal is disputed, in the interim setting. A
    mediation or a state complaint keeps nobody anywhere.
    """
    if dispute.kind != "due_process_complaint" or dispute.ended_on is not None:
        return None
    return "interim_setting" if dispute.about == "discipline" else "current_placement"
