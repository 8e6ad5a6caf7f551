"""Dates, counts and names as words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from service.domain.calendars import WEEKDAYS, DayUnit

IN_WORDS: Mapping[str, str] = {
    "parent_request_received": "the parent's request received",
    "other_request_received": "a request by somebody outside the family received",
    "section_504_requested": "evaluation requested, with Section 504 in question",
    "receipt_unmatched": "a referral received for a child not yet matched",
    "iep_meeting_held": "IEP meeting held",
    "iep_offered": "IEP offered",
    "impairment_without_idea": "not eligible under IDEA, with a documented impairment",
    "section_504_consent_received": "consent received, with Section 504 in question",
    "safeguards_requested": "the parent asked for the procedural safeguards notice",
    "safeguards_of_the_year_owed": "an IEP took effect, or the notice of a school year was given",
    "safeguards_of_the_year_given": "the notice of the next school year given, the first time "
    "that of the same one",
    "requested_safeguards_given": "the notice that was asked for given",
    "services_consent_requested": "consent to services requested",
    "services_consent_answered": "consent to services answered",
    "services_consent_received": "consent to services received",
    "section_504_served": "served under Section 504, or last decided on",
    "iep_settled": "the meeting at which the IEP was developed or last reviewed",
    "left_by_diploma_or_age": "the student left with a regular diploma or at the age",
    "iep_in_effect": "IEP in effect",
    "iep_reviewed": "the whole IEP reviewed at a meeting",
    "idea_reevaluated": "determined anew, or agreed that no new evaluation was needed",
    "idea_evaluated": "found eligible, or agreed that no new evaluation was needed",
    "majority_notice_due": "an IEP that lasts into the year before majority took effect (due "
    "by that year's first day)",
    "placement_change_decided": "the decision to change the placement of a child with IDEA's "
    "protections",
    "removal_safeguards_owed": "the decision to change the placement of a child with IDEA's "
    "protections (due that day)",
    "removal_services_owed": "a change of placement of a child with IDEA's protections",
    "removal_services_provided": "services provided during the removal",
    "rights_pass_to_student": "an IEP in which the student reaches majority took effect, or, "
    "before the first IEP, the finding of eligible or the arrival with one (due on that birthday)",
    "rights_transfer_told": "the student and the parents told that rights have passed",
    "help_due": "a concern that did not lead to special education or a 504 plan",
    "part_c_notice_due": "a child of Part C known (due 90 days before the third birthday)",
    "child_leaves_part_c": "a child of Part C known (due on the third birthday)",
}
"""Events whose name does not speak for itself."""


def days(count: int, unit: DayUnit) -> str:
    """`1 school day`, `30 calendar days`."""
    return f"{count} {unit.words}{'' if count == 1 else 's'}"


def weekday(day: date) -> str:
    """`Friday 2025-11-14`."""
    return f"{WEEKDAYS[day.weekday()]} {day}"


def named(name: str) -> str:
    """An event's or a kind's name as words."""
    return IN_WORDS.get(name) or name.replace("_", " ").replace(".", " ")
