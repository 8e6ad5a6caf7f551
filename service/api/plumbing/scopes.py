"""Every scope a client can hold, and what it opens."""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "settings:read": "Read the district and its settings.",
    "settings:write": "Change the district's settings.",
    "schools:read": "Read schools.",
    "schools:write": "Create and change schools.",
    "calendars:read": "Read school calendars.",
    "calendars:write": "Create and change school calendars.",
    "staff:read": "Read staff members.",
    "staff:write": "Create and change staff members.",
    "students:read": "Read students, their identifiers and enrollments.",
    "students:write": "Create and change students.",
    "interventions:read": "Read interventions and their progress data.",
    "interventions:write": "Record interventions and their progress data.",
    "documents:read": "Read documents and their content.",
    "documents:write": "Add documents.",
    "contacts:read": "Read contacts with parents.",
    "contacts:write": "Record contacts with parents.",
    "meetings:read": "Read meetings.",
    "meetings:write": "Record meetings.",
    "referrals:read": "Read referrals.",
    "referrals:write": "Make referrals and add to them.",
    "cases:read": "Read cases and which steps are open to them.",
    "cases:write": "Take the steps of a case.",
    "notices:read": "Read notices to parents.",
    "notices:write": "Draft and issue notices to parents.",
    "consents:read": "Read parents' answers to requests for consent.",
    "consents:write": "Record parents' answers to requests for consent.",
    "evaluations:read": "Read evaluations, assessments and reports.",
    "evaluations:write": "Record evaluations, assessments and reports.",
    "determinations:read": "Read eligibility determinations.",
    "determinations:write": "Draft and finalize eligibility determinations.",
    "plans:read": "Read IEPs, Section 504 plans and services plans.",
    "plans:write": "Draft plans, take their steps, and record who was told of them.",
    "rights:read": "Read requests for records and independent evaluations, and disputes.",
    "rights:write": "Record requests for records and independent evaluations, and disputes.",
    "discipline:read": "Read disciplinary removals.",
    "discipline:write": "Record disciplinary removals.",
    "arrivals:read": "Read transitions from Part C and IEPs that children came with.",
    "arrivals:write": "Record transitions from Part C and IEPs that children came with.",
    "deadlines:read": "Read deadlines and how each was counted.",
    "deadlines:write": "Rebuild deadlines.",
    "events:read": "Follow the change feed: ids and types.",
    "events:payload": "See the values before and after in the change feed.",
    "webhooks:read": "Read webhooks and what was delivered.",
    "webhooks:write": "Create, change and end webhooks, and rotate their secrets.",
    "imports:read": "Read imports and their reports.",
    "imports:write": "Import rosters.",
    "clients:write": "Create clients and rotate their secrets.",
}


def words(scopes: frozenset[str]) -> str:
    """Scopes as RFC 6749 writes them: sorted, with spaces between."""
    return " ".join(sorted(scopes))
