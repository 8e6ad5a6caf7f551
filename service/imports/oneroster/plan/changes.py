"""What is wanted laid beside what is on record: new, changed, gone, twice, not in file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Join,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    select,
    update,
)

from service.imports.oneroster.plan.desk import GONE, REFUSED, REPEATED, Desk, Kind, mark, sql
from service.imports.oneroster.plan.records import Guardian, School, Staff, Student
from service.imports.oneroster.plan.source import Source
from service.imports.oneroster.report import Counts

R = TypeVar("R", School, Staff, Student, Guardian)

Key = tuple[str, ...]
"""A sourcedId, and of a guardian the student's before it."""

NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True, slots=True)
class Update(Generic[R]):
    before: R
    after: R
    changed: tuple[str, ...]


class Changes(Generic[R]):
    """One kind of record, read from the desk whenever it is asked for.

    `deactivations` are the records as they stand, still active.
    """

    def __init__(self, desk: Desk, kind: Kind[R]) -> None:
        self.desk: Desk = desk
        self.kind: Kind[R] = kind
        wanted = dict(desk.rows(_states(kind)))
        new, changed, same = (wanted.get(state, 0) for state in (NEW, CHANGED, SAME))
        self.counts = Counts(
            created=new,
            updated=changed,
            unchanged=same,
            deactivated=desk.count(kind.leaving),
            matched=changed + same,
            unmatched=new,
            duplicates=sum(1 for _ in self.duplicates()),
            not_in_file=desk.count(kind.missing),
        )

    @property
    def empty(self) -> bool:
        """Nothing of this kind to write."""
        return not (self.counts.created or self.counts.updated or self.counts.deactivated)

    def creates(self) -> Iterator[R]:
        return map(self.kind.make, self.desk.rows(_new(self.kind)))

    def updates(self) -> Iterator[Update[R]]:
        kind, count = self.kind, len(self.kind.fields)
        for row in self.desk.rows(_changed(kind)):
            before, after = kind.make(row[:count]), kind.make(row[count:])
            differ = [name for name in kind.told if getattr(before, name) != getattr(after, name)]
            yield Update(before, after, tuple(differ))

    def deactivations(self) -> Iterator[R]:
        return map(self.kind.make, self.desk.rows(_leaving(self.kind)))

    def matched(self) -> Iterator[Key]:
        return chain.from_iterable(
            self.desk.rows(_in_state(self.kind), state) for state in (CHANGED, SAME)
        )

    def unmatched(self) -> Iterator[Key]:
        return self.desk.rows(_in_state(self.kind), NEW)

    def duplicates(self) -> Iterator[Key]:
        return self.desk.rows(_duplicates(self.kind))

    def not_in_file(self) -> Iterator[Key]:
        return self.desk.rows(_missing(self.kind))


@cache
def _states(kind: Kind[Any]) -> str:
    state = kind.wanted.c.state
    return sql(select(state, func.count()).group_by(state))


@cache
def _new(kind: Kind[Any]) -> str:
    wanted = kind.wanted.c
    return sql(select(*_all(kind, kind.wanted)).where(wanted.state == NEW).order_by(wanted.n))


@cache
def _changed(kind: Kind[Any]) -> str:
    wanted, recorded = kind.wanted, kind.recorded
    both = select(*_all(kind, recorded), *_all(kind, wanted))
    beside = both.join_from(wanted, recorded, same_key(kind, wanted, recorded))
    return sql(beside.where(wanted.c.state == CHANGED).order_by(wanted.c.n))


@cache
def _leaving(kind: Kind[Any]) -> str:
    recorded, leaving = kind.recorded, kind.leaving
    found = select(*_all(kind, recorded))
    found = found.join_from(recorded, leaving, same_key(kind, recorded, leaving))
    return sql(found.order_by(leaving.c.n))


@cache
def _in_state(kind: Kind[Any]) -> str:
    wanted = kind.wanted
    return sql(select(*keys(kind, wanted)).where(wanted.c.state == mark()).order_by(wanted.c.n))


@cache
def _duplicates(kind: Kind[Any]) -> str:
    """The wanted whose rows came again; relations in their order, files in that of the rows."""
    wanted, again = kind.wanted, REPEATED[kind.file].c
    if len(kind.key) > 1:
        found = select(*keys(kind, wanted)).order_by(wanted.c.n)
        return sql(found.where(is_in(wanted.c.sourced_id, REPEATED[kind.file])))
    found = select(again.sourced_id).where(is_in(again.sourced_id, wanted))
    return sql(found.group_by(again.sourced_id).order_by(func.min(again.n)))


@cache
def _missing(kind: Kind[Any]) -> str:
    return sql(select(*keys(kind, kind.missing)).order_by(kind.missing.c.n))


def _all(kind: Kind[Any], table: Table) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in kind.fields]


@cache
def completion(kind: Kind[Any]) -> str:
    """What puts down what is wanted: as the bundle says, and of what it does not know, the record.

    Of a file whose rows are the records.
    """
    said, recorded = kind.said, kind.recorded
    values = {name: known(kind, name) for name in kind.told}
    beside = said.outerjoin(recorded, same_key(kind, said, recorded))
    return putting_down(kind, said, values, beside)


def known(kind: Kind[Any], name: str) -> ColumnElement[Any]:
    """A field as the bundle says it, or if it does not know, as it is on record."""
    said, recorded = kind.said.c, kind.recorded.c
    unknown = said.unknown.op("&")(kind.bit(name)) != 0
    return case((and_(unknown, recorded.n.is_not(None)), recorded[name]), else_=said[name])


def putting_down(
    kind: Kind[Any],
    first: Table,
    values: Mapping[str, ColumnElement[Any]],
    beside: Join,
    where: ColumnElement[bool] | None = None,
) -> str:
    """What puts down what is wanted, in the order of `first`, each with what becomes of it."""
    recorded = kind.recorded.c
    keyed = {name: first.c[name] for name in kind.key}
    found = select(
        first.c.n,
        *(value.label(name) for name, value in {**keyed, **values}.items()),
        recorded.id,
        recorded.n.label("before"),
        *(recorded[name].label(f"before_{name}") for name in kind.told),
    ).select_from(beside)
    inner = (found if where is None else found.where(where)).subquery()
    same = and_(*(inner.c[t].is_not_distinct_from(inner.c[f"before_{t}"]) for t in kind.told))
    state = case((inner.c.before.is_(None), NEW), (same, SAME), else_=CHANGED)
    names = ["n", *keyed, *values, "id"]
    chosen = select(*(inner.c[name] for name in names), state).order_by(inner.c.n)
    return sql(insert(kind.wanted).from_select([*names, "state"], chosen))


@cache
def telling_anew(kind: Kind[Any]) -> str:
    """What tells what becomes of the wanted record `n`, after something of it was changed."""
    wanted, recorded = kind.wanted, kind.recorded
    equal = [wanted.c[name].is_not_distinct_from(recorded.c[name]) for name in kind.told]
    same = exists().where(same_key(kind, wanted, recorded), *equal)
    its = (wanted.c.n == mark(), wanted.c.state != NEW)
    return sql(update(wanted).where(*its).values(state=case((same, SAME), else_=CHANGED)))


def changes_of_file(source: Source, kind: Kind[R]) -> Changes[R]:
    """What becomes of a file whose rows are the records: only a full one can miss anybody.

    Who is missing from users.csv leaves; a school that is missing stays as it is.
    """
    desk, file = source.desk, kind.file
    state = source.bundle.files[file]
    if state.mode == "bulk":
        desk.run(_miss(kind))
    desk.run(_let_go(kind))
    count = desk.count(kind.missing)
    if file == "orgs":
        if count:
            source.findings.add("schools_not_in_file", file="orgs.csv", count=count)
    elif state.unidentified and count:
        source.findings.add("deactivation_withheld", file="users.csv", count=count)
    else:
        desk.run(_let_missing_go(kind))
    return Changes(desk, kind)


@cache
def _miss(kind: Kind[Any]) -> str:
    sid = kind.recorded.c.sourced_id
    told = (kind.wanted, GONE[kind.file], REFUSED[kind.file])
    stands = _stands(kind).where(*(~is_in(sid, table) for table in told))
    return sql(insert(kind.missing).from_select(["sourced_id"], stands))


@cache
def _let_go(kind: Kind[Any]) -> str:
    goes = _stands(kind).where(is_in(kind.recorded.c.sourced_id, GONE[kind.file]))
    return sql(insert(kind.leaving).from_select(["sourced_id"], goes))


@cache
def _let_missing_go(kind: Kind[Any]) -> str:
    missing = kind.missing.c
    goes = select(missing.sourced_id).order_by(missing.n)
    return sql(insert(kind.leaving).from_select(["sourced_id"], goes))


def _stands(kind: Kind[Any]) -> Select[Any]:
    recorded = kind.recorded.c
    return select(recorded.sourced_id).where(recorded.active == 1).order_by(recorded.n)


def keys(kind: Kind[Any], table: Table) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in kind.key]


def same_key(kind: Kind[Any], one: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in kind.key))


def is_in(sourced_id: ColumnElement[Any], table: FromClause) -> ColumnElement[bool]:
    """Whether a table has this sourcedId."""
    return sourced_id.in_(select(table.c.sourced_id))
