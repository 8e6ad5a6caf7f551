"""Rules about a child who leaves the district while a case is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.domain.facts import Situation, Student
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, depends, met, not_applicable, of, rule, unmet
from service.domain.rules.words import day_of, iso, said

DESTINATIONS: Mapping[str, str] = {
    "public_agency": "Another public agency, named in `receiving_agency`; of a child in a private "
    "school or at home elsewhere, the one that evaluates there.",
    "another_state": "Another state; the agency there is not known.",
    "another_country": "Another country.",
    "unknown": "Nobody knows where; only of a student whom the roster has as not active.",
    "private_school": "A private school here; refused, because this district evaluates "
    "(IDEA-PRIV-CHILDFIND).",
    "home_school": "Taught at home here; refused, because the child has not left "
    "(IDEA-HOMESCHOOL).",
    "removed": "Suspended, expelled or placed elsewhere by the district; refused, because the "
    "child is still this district's.",
}
"""Where a child went, as the step says it, and the answers that are no move."""

STILL_HERE = frozenset({"private_school", "home_school", "removed"})
BY_PARENTS = frozenset({"home_schooled", "parentally_placed_private"})


@rule
def policy_transfer_out(s: Situation, policy: Policy) -> Answer:
    """A case ends because the child left only when the move is on record."""
    student = s.case.student
    if student is None:
        return unmet(
            "It is not known yet which child this is about, so nobody can have left.",
            remedy="Match the receipt to its student first.",
        )
    if s.details is None:
        return depends(
            "It depends on where the child went, which is said with the step.",
            "Send `destination`, `last_enrolled_on` and `told_by` with the step.",
        )
    destination, agency = s.details.get("destination"), s.details.get("receiving_agency")
    since = day_of(s.details.get("enrolled_elsewhere_on"))
    evidence = (
        of("student", student.id, active=student.active, placement=student.placement),
        {
            "type": "details",
            "destination": destination,
            "receiving_agency": agency,
            "enrolled_elsewhere_on": iso(since),
        },
    )
    because, remedy = _why_not(s, student, s.details) or (None, None)
    if because is not None:
        return unmet(because, *evidence, remedy=remedy)
    where = f"is enrolled elsewhere since {since}" if since else "is not active on the roster"
    return met(
        f"The child has left and {where}. The clocks of this district end; a new agency's time is "
        "its own. What was late before stays late.",
        *evidence,
    )


def _why_not(s: Situation, student: Student, details: Mapping[str, Any]) -> tuple[str, str] | None:
    """What shows that the child has not left, and what to do; None when the child has."""
    destination, since = details.get("destination"), day_of(details.get("enrolled_elsewhere_on"))
    left_on = day_of(details.get("last_enrolled_on"))
    go_on = "Go on with the case; this district still evaluates the child."
    if destination in STILL_HERE or destination not in DESTINATIONS:
        return "A child who is taught elsewhere in the district has not left it.", go_on
    if destination == "public_agency" and not said(details.get("receiving_agency")):
        return "The public agency that receives the child is not named.", (
            "Name it in `receiving_agency`, or say which of the other destinations is true."
        )
    if since is not None and since > s.today:
        return f"The child is to be enrolled elsewhere on {since}, and has not left yet.", (
            "Go on with the case until then."
        )
    if since is not None and destination != "unknown":
        return None
    if student.active:
        return "The student is active on this district's roster.", (
            "Go on with the case while the child attends, wherever the family lives; else say "
            "where the child is enrolled and since when in `enrolled_elsewhere_on`, or bring the "
            "roster up to date."
        )
    if destination != "unknown":
        return None
    if student.placement in BY_PARENTS:
        return "A child whom the parents teach or have taught elsewhere is on no roster.", go_on
    if _removed(s, left_on):
        return "The child was removed from school for behavior, which is no move.", go_on
    if s.case.opened_on is not None and (left_on is None or left_on < s.case.opened_on):
        return "Somebody asked after the child had left school, so that ended nothing.", go_on
    return None


def _removed(s: Situation, day: date | None) -> bool:
    """Whether a disciplinary removal went on when the child was last enrolled, or since."""
    return any(
        removal.began_on is not None
        and removal.began_on <= s.today
        and (removal.ended_on is None or day is None or removal.ended_on >= day)
        for removal in s.case.removals
    )


@rule
def policy_transfer_records(s: Situation, policy: Policy) -> Answer:
    """What was found goes promptly to the agency that receives the child (300.323(g))."""
    if s.details is None:
        return depends(
            "Whether the records have been sent is said with the step.",
            "Send `records_sent_on` with the step once they have been.",
        )
    if s.details.get("destination") in STILL_HERE:
        return not_applicable("The child has not left the district.")
    sent_on = day_of(s.details.get("records_sent_on"))
    if sent_on is not None:
        return met(
            f"The records were sent on {sent_on}.", {"type": "details", "sent_on": iso(sent_on)}
        )
    agency = s.details.get("receiving_agency")
    whom = agency if said(agency) else "The agency that enrolls the child, as soon as it asks,"
    return unmet(
        f"{whom} is owed the records promptly, unfinished assessments among "
        "them, and the two agencies coordinate what is left to assess."
    )
