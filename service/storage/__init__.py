"""Tables and how they are reached.

One module per noun holds its tables; `unit_of_work` is the only way to a row for the
floors above; `facts` turns rows into `service.domain.facts`, one way only. May import
the domain and the clock. To add a table: a class here, its import below, a migration.
"""

from service.storage import (
    alerts,
    arrivals,
    calendar_feeds,
    cases,
    child_find_flags,
    child_find_notices,
    clients,
    contacts,
    determinations,
    discipline,
    districts,
    evaluations,
    history,
    imports,
    interventions,
    journal,
    notices,
    overrides,
    plans,
    rebuilds,
    rights,
    roster_feeds,
    roster_sources,
    schools,
    students,
    webhooks,
)
from service.storage.base import Base

__all__ = [
    "Base",
    "alerts",
    "arrivals",
    "calendar_feeds",
    "cases",
    "child_find_flags",
    "child_find_notices",
    "clients",
    "contacts",
    "determinations",
    "discipline",
    "districts",
    "evaluations",
    "history",
    "imports",
    "interventions",
    "journal",
    "notices",
    "overrides",
    "plans",
    "rebuilds",
    "rights",
    "roster_feeds",
    "roster_sources",
    "schools",
    "students",
    "webhooks",
]
