"""The resources of `/v1`: one module each, its schemas and its routes.

`BLUEPRINTS` lists them in the order of the document. They do not import each other.
"""

from __future__ import annotations

from importlib import import_module

from service.api.plumbing.openapi import Blueprint

RESOURCES: tuple[str, ...] = (
    "meta",
    "oauth",
    "districts",
    "schools",
    "calendars",
    "staff",
    "students",
    "guardians",
    "interventions",
    "intervention_sessions",
    "progress_measures",
    "source_documents",
    "contacts",
    "team_meetings",
    "referrals",
    "cases",
    "notices",
    "consents",
    "evaluations",
    "assessments",
    "observations",
    "determinations",
    "plans",
    "plan_acknowledgements",
    "records_requests",
    "independent_evaluation_requests",
    "disputes",
    "disciplinary_removals",
    "part_c_transitions",
    "transferred_ieps",
    "overrides",
    "deadlines",
    "child_find_flags",
    "child_find_notices",
    "alerts",
    "reports",
    "exports",
    "calendar_feeds",
    "events",
    "webhooks",
    "imports",
    "roster_health",
    "roster_pulls",
    "case_histories",
    "roster_sources",
    "roster_feeds",
    "rules",
    "policies",
    "capabilities",
)
"""Module names; each has a `blp`."""


def blueprints() -> list[Blueprint]:
    """Every resource's blueprint, in the order of the document."""
    return [
        found
        for name in RESOURCES
        for found in vars(import_module(f"{__name__}.{name}")).values()
        if isinstance(found, Blueprint)
    ]
