"""The story of the walk: what happens on which day, and what the service must answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.demo import decision, evaluation, family, school
from service.demo.cast import meet
from service.demo.walker import ZONE, Walker

BEGINS = datetime(2026, 9, 15, 9, tzinfo=ZONE)
"""The morning of the first act: a Tuesday in the school year of the demonstration roster."""

INTRODUCTION = """\
This walks two children's cases through the service: a real server on this machine, real HTTP, a
database of its own that is gone afterwards. Every person is invented. The district is under
federal law alone and has chosen that a school's own request for an evaluation waits for six weeks
of documented intervention with four progress points.

The clock is set by this walk, so that months pass in seconds: the days below are the service's
own days, and each request comes a minute after the one before. Ids have names in braces, such as
{case}. After the first, each request carries `Authorization: Bearer <token>`, and each POST an
`Idempotency-Key`; both are left out below. Of each answer the members that matter are shown, and
each is checked: the walk stops at the first that is not as it should be.
"""

ACTS = (
    school.asks_too_early,
    school.helps_and_asks_again,
    family.parent_asks,
    family.physician_prescribes,
    evaluation.district_proposes,
    evaluation.evaluate,
    decision.determine,
    decision.show_what_was_owed,
)


def tell(walk: Walker, client: tuple[UUID, str]) -> None:
    """The whole story. Raises `Unexpected` at the first answer that is not as it should be."""
    for paragraph in INTRODUCTION.split("\n\n"):
        walk.page.prose(paragraph)
    cast = meet(walk, client)
    for act in ACTS:
        act(walk, cast)
    walk.page.line()
    walk.page.line("Every answer was as it should be.")
