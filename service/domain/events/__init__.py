"""Events: what of a case's facts starts and stops the clocks and duties of the law."""

from service.domain.events import (
    consents,
    determinations,
    documents,
    evaluations,
    notices,
    plans,
    reevaluations,
    requests,
    reviews,
    section_504_plans,
    support,
)
from service.domain.events.occurrence import EVENTS, Event, Occurrence

__all__ = [
    "EVENTS",
    "Event",
    "Occurrence",
    "consents",
    "determinations",
    "documents",
    "evaluations",
    "notices",
    "plans",
    "reevaluations",
    "requests",
    "reviews",
    "section_504_plans",
    "support",
]
