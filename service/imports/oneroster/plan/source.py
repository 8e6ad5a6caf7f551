"""What a plan is made from: a bundle's rows, each once, on the desk beside what is on record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from service.imports.oneroster.plan.desk import REFUSED, REPEATED, Desk, Pile
from service.imports.oneroster.read import Bundle, Row
from service.imports.oneroster.report import Findings

RowT = TypeVar("RowT", bound=Row)

Progress = Callable[[str, int], None]
"""Hears a file's name and the rows read so far."""
HEARD_EVERY = 1000


class Source:
    """A bundle being read for a plan, with what was found on the way."""

    def __init__(
        self, bundle: Bundle, desk: Desk, as_of: date | None, progress: Progress | None
    ) -> None:
        self.bundle, self.desk, self.as_of = bundle, desk, as_of
        self.progress = progress or (lambda file, rows: None)
        self.findings = Findings()

    def batches(self, name: str, rows: Iterator[RowT]) -> Iterator[Batch[RowT]]:
        """The rows of a file as they are read, so many at once."""
        count = 0
        again = Pile(self.desk, REPEATED[name], "sourced_id") if name in REPEATED else None
        while read := list(islice(rows, self.desk.batch)):
            first = self.desk.first_seen(name, read)
            for said in range(count // HEARD_EVERY, (count + len(read)) // HEARD_EVERY):
                self.progress(f"{name}.csv", (said + 1) * HEARD_EVERY)
            count += len(read)
            yield Batch(read, first, partial(self._repeated, name, again))
        if again is not None:
            again.put_down()
        if name in REFUSED:
            refused = self.bundle.files[name].refused_ids
            self.desk.put(REFUSED[name], ((sourced_id,) for sourced_id in refused))
        if count:
            self.progress(f"{name}.csv", count)

    def once(self, name: str, rows: Iterator[RowT]) -> Iterator[RowT]:
        """Each sourcedId once: the first row wins."""
        for batch in self.batches(name, rows):
            yield from batch

    def _repeated(self, name: str, again: Pile | None, row: Row) -> None:
        self.findings.add(
            "duplicate_sourced_id",
            file=f"{name}.csv",
            line=row.line,
            sourced_id=row.sourced_id,
            root=(name, row.sourced_id),
        )
        if again is not None:
            again.add(row.sourced_id)


class Batch(Generic[RowT]):
    """Some rows of a file. To go through them is to note, at its place, what came before."""

    def __init__(
        self, read: list[RowT], first: Collection[int], repeated: Callable[[RowT], None]
    ) -> None:
        self.read, self._first, self._repeated = read, first, repeated

    @property
    def each_once(self) -> bool:
        """Whether none of them came before."""
        return isinstance(self._first, range)

    def __iter__(self) -> Iterator[RowT]:
        if self.each_once:
            yield from self.read
            return
        for row in self.read:
            if row.line in self._first:
                yield row
            else:
                self._repeated(row)
