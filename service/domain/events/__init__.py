"""Events: what of a case's facts starts and stops the clocks and duties of the law."""

from service.domain.events import (
    arrivals,
    consents,
    determinations,
    documents,
    evaluations,
    notices,
    people,
    plans,
    reevaluations,
    requests,
    reviews,
    rights,
    section_504_plans,
    support,
)
from service.domain.events.occurrence import EVENTS, Event, Occurrence

__all__ = [
    "EVENTS",
    "Event",
    "Occurrence",
    "arrivals",
    "consents",
    "determinations",
    "documents",
    "evaluations",
    "notices",
    "people",
    "plans",
    "reevaluations",
    "requests",
    "reviews",
    "rights",
    "section_504_plans",
    "support",
]
