"""Everything of one kind in a district, whatever its size: read a stretch of students at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from service.exports.edfi import records, shapes
from service.storage.unit_of_work import UnitOfWork

BATCH = 500


def everything(
    work: Callable[[], UnitOfWork], resource: str, setup: shapes.Setup, system: str
) -> Iterator[shapes.Json | shapes.Omission]:
    """The resources of one kind, and what is omitted, in the order of the students' ids.

    `work` gives a unit of work for one stretch: whoever reads slowly keeps no transaction open.
    `system`: whose identifier is `studentUniqueId`.
    """
    if resource == shapes.INTERVENTIONS:
        with work() as uow:
            programmes = records.programmes(uow)
        yield from shapes.interventions(programmes, setup)
        return
    after: UUID | None = None
    while True:
        with work() as uow:
            found = records.read(uow, system, after=after, limit=BATCH)
        yield from shapes.resources(resource, found, setup)
        if len(found.ids) < BATCH:
            return
        after = found.ids[-1]
