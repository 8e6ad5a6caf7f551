"""One transaction, one caller, one district, one clock.

A door opens a unit of work and closes it; nothing below commits. Everything read through
it belongs to the caller's district: `in_district` is put on every select, and bulk changes
that would slip past the journal are refused. Everything written must be named with
`record`: `commit` refuses rows that no entry names, then numbers the entries and stores
them in the same transaction. `autoflush` is off, so nothing is written unnamed.

What is changed or removed is an entity of the session, which is opened when it is first asked
for. What is only looked at comes as plain rows (`rows`, `read`) over the same connection, past
the session: its bookkeeping costs more than the database does. So go new rows (`add`) while
nothing else waits to be sent, many rows of one kind (`load`) and those of the plumbing
(`keep`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import chain, islice
from types import TracebackType
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Executable,
    Select,
    Table,
    bindparam,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    make_transient_to_detached,
    with_loader_criteria,
)

from service.clock import Clock
from service.storage.base import Base, DistrictRow, MutableRow, time_ordered_id, time_ordered_ids
from service.storage.clients import Client
from service.storage.columns import columns, default, every_column
from service.storage.copying import Put, copying
from service.storage.database import Database
from service.storage.districts import District
from service.storage.inserts import insert_rows, inserting
from service.storage.named_changes import (
    NamedChange,
    kind_of,
    of_changes,
    of_many,
    of_removed,
    of_rows,
    telling,
)
from service.storage.numbering import number

Row = TypeVar("Row", bound=DistrictRow)
OneRow = TypeVar("OneRow")

COPIED_FROM = 100
"""So many rows or more are copied."""


class NotFound(Exception):
    """No such row in this district; the same for another district's row."""

    def __init__(self, kind: str, id: UUID | str) -> None:
        super().__init__(f"no {kind} {id} in this district")
        self.kind, self.id = kind, id


class UnnamedChange(Exception):
    """A row was changed and no journal entry names it: a fault of the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts: a client in one district, perhaps with a person it asserts."""

    district_id: UUID
    client_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    acting_staff_id: UUID | None = None
    may_assert_people: bool = False
    request_id: str | None = None


DISTRICT = "childfind_district"
"""The parameter that stands for the caller's district in every select."""

_GUARDED = "childfind_in_district"
_IN_DISTRICT = with_loader_criteria(
    DistrictRow,
    lambda cls: cls.district_id == bindparam("childfind_district"),
    include_aliases=True,
    propagate_to_loaders=False,
)

Statement = TypeVar("Statement", bound=Executable)


def in_district(statement: Statement) -> Statement:
    """A select that finds only what belongs to the district it is run for.

    The unit of work does this to whatever it is asked to read. A select that is made once and
    run often, with parameters for what differs, is given to it beforehand: to make one costs
    more than to run it.
    """
    if _GUARDED in statement.get_execution_options():
        return statement
    return statement.options(_IN_DISTRICT).execution_options(**{_GUARDED: True})


_DISTRICT = in_district(select(*every_column(District)).where(District.id == bindparam(DISTRICT)))


@cache
def _by_id(model: type[DistrictRow], lock: bool) -> Select[*tuple[Any, ...]]:
    found = select(*every_column(model)).where(model.id == bindparam("id"))
    return in_district(found.with_for_update(key_share=True) if lock else found)


@dataclass(slots=True)
class UnitOfWork:
    """The caller's hold on the database for one piece of work.

    `quiet`: it loads what happened elsewhere, long ago; the journal names it, and no webhook is
    told.
    """

    database: Database
    caller: Caller
    clock: Clock
    writes: bool = True
    quiet: bool = field(default=False, kw_only=True)
    now: datetime = field(init=False)
    _connection: Connection | None = field(default=None, init=False)
    _session: Session | None = field(default=None, init=False)
    _district: Any = field(default=None, init=False)
    _added: list[DistrictRow] = field(default_factory=list, init=False)
    _stored: list[DistrictRow] = field(default_factory=list, init=False)
    _named: list[NamedChange] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.now = self.clock.now()

    def __enter__(self) -> UnitOfWork:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; what was not committed is undone."""
        if self._session is not None:
            self._session.close()
        if self._connection is not None:
            self._connection.close()
        self._session = self._connection = None

    @property
    def connection(self) -> Connection:
        """The connection of this work; a transaction begins with its first statement."""
        if self._connection is None:
            engine = self.database.writer if self.writes else self.database.reader
            self._connection = engine.connect()
        return self._connection

    @property
    def session(self) -> Session:
        """The session of this work, on its connection and in its transaction."""
        if self._session is None:
            self._session = Session(
                self.connection,
                autoflush=False,
                expire_on_commit=False,
                join_transaction_mode="control_fully",
                info={"unit_of_work": self},
            )
        if self._stored:
            stored, self._stored = self._stored, []
            self._session.add_all(stored)
        return self._session

    # What is read -----------------------------------------------------------------

    @property
    def district_id(self) -> UUID:
        return self.caller.district_id

    @property
    def district(self) -> Any:
        """The caller's district, to be looked at; NotFound when it is gone."""
        if self._district is None:
            found = self.rows(_DISTRICT)
            if not found:
                raise NotFound("district", self.district_id)
            self._district = found[0]
        return self._district

    def changing_district(self) -> District:
        """The caller's district, to be changed; what is read of it from then on is this row."""
        if not isinstance(self._district, District):
            row = self.session.get(District, self.district_id)
            if row is None:
                raise NotFound("district", self.district_id)
            self._district = row
        return self._district

    @property
    def today(self) -> date:
        """The district's own date at this instant."""
        return self.local_date(self.now)

    def local_date(self, at: datetime) -> date:
        """The date of an instant in the district's time zone."""
        return at.astimezone(ZoneInfo(self.district.time_zone)).date()

    def get(self, model: type[Row], id: UUID, *, lock: bool = False) -> Row:
        """The row of this id in the caller's district; NotFound when there is none.

        `lock` keeps other writers from it until this unit of work ends; rows that refer to
        it can still be written, so that two units of work never wait for each other by that.
        """
        how = {"key_share": True} if lock else None
        row = self.session.get(model, (self.district_id, id), with_for_update=how)
        if row is None:
            raise NotFound(model.__tablename__, id)
        return row

    def read(self, model: type[DistrictRow], id: UUID, *, lock: bool = False) -> Any:
        """The same as a plain row of its columns: to be looked at, not to be changed."""
        found = self.rows(_by_id(model, lock), id=id)
        if not found:
            raise NotFound(model.__tablename__, id)
        return found[0]

    def all(self, statement: Select[Row]) -> Sequence[Row]:
        """Every entity of a select, in its order."""
        return self.session.scalars(statement).all()

    def first(self, statement: Select[Row]) -> Row | None:
        return self.session.scalars(statement.limit(1)).first()

    def rows(self, statement: Select[*tuple[Any, ...]], **values: Any) -> Sequence[Any]:
        """Plain rows of a select over columns; `values` are those of its parameters.

        They are as the database has them: what waits to be flushed is not among them. A select
        that was given its district beforehand (`in_district`) is prepared once and run again.
        """
        values[DISTRICT] = self.district_id
        if _GUARDED in statement.get_execution_options():
            return self.database.prepared(statement).rows(self.connection, values)
        return self.connection.execute(in_district(statement), values).all()

    # What is written --------------------------------------------------------------

    def new_id(self) -> UUID:
        return time_ordered_id(self.now)

    def new_ids(self) -> Iterator[bytes]:
        """Ids for as many new rows as there are, in their order, as `load` takes them."""
        return time_ordered_ids(self.now)

    def add(self, row: Row) -> Row:
        """Put a new row of the caller's district into this unit of work.

        It still has to be named with `record`, unless its kind is not journaled. What was not
        said of it is as its columns have it then, before it is stored.
        """
        given: dict[str, Any] = {"district_id": self.district_id}
        if getattr(row, "id", None) is None:
            given["id"] = self.new_id()
        if isinstance(row, MutableRow):
            given |= {"created_at": self.now, "updated_at": self.now}
        said = vars(row)
        for name, column in columns(type(row)).items():
            if said.get(name) is None:
                said[name] = default(column)
        said |= given
        self._added.append(row)
        return row

    def record(
        self,
        event: str,
        subject: DistrictRow | District | Client,
        *also: DistrictRow,
        findings: Sequence[Mapping[str, Any]] = (),
        case_id: UUID | None = None,
        student_id: UUID | None = None,
    ) -> None:
        """Name a change: `event` (noun.past) happened to `subject`, with rows beside it."""
        self._named.append(
            of_rows(
                event, subject, *also, findings=findings, case_id=case_id, student_id=student_id
            )
        )

    def insert_many(
        self,
        event: str,
        model: type[DistrictRow],
        rows: Iterable[Mapping[str, Any]],
        *,
        keep: Iterable[str] = (),
    ) -> None:
        """The same as `load` of rows that are mappings of columns, the same for all."""
        left = iter(rows)
        for first in islice(left, 1):
            names = tuple(first)
            said = (tuple([row[name] for name in names]) for row in chain((first,), left))
            self.load(event, model, names, said, keep=tuple(keep) or names)

    def load(
        self,
        event: str,
        model: type[DistrictRow],
        names: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        keep: Sequence[str] = (),
        **same: Any,
    ) -> None:
        """Insert many rows of one kind under one entry for each 500.

        Each row says what is in the columns `names`, and `same` what is in others of all of them;
        district, id, version and stamps are filled in, and a column that nobody names has what
        an insert would give it. `keep` names the columns kept in the payload beside the id. They
        are taken as they come, so that there may be any number of them. An id is a UUID or its
        bytes.
        """
        if "id" not in names:
            names = ("id", *names)
            rows = ((id, *row) for id, row in zip(self.new_ids(), rows, strict=False))
        kept = tuple((name, names.index(name)) for name in dict.fromkeys(("id", *keep)))
        left = iter(rows)
        first = list(islice(left, COPIED_FROM))
        with self._bulk(model, names, same, len(first)) as put:
            for batch in _batches(chain(first, left)):
                put(batch)
                self._named.append(of_many(event, model.__tablename__, batch, kept))

    @contextmanager
    def _bulk(
        self, model: type[DistrictRow], names: Sequence[str], same: Mapping[str, Any], count: int
    ) -> Iterator[Put]:
        """How many rows go in: by COPY, where the database has it and it is worth it."""
        table: Any = model.__table__
        others = {**self._stamps(model), **same}
        for column in table.columns:
            if column.name not in names and (value := default(column)) is not None:
                others.setdefault(column.name, value)
        connection = self.session.connection()  # its transaction has begun
        if self.database.sqlite or count < COPIED_FROM:
            yield inserting(connection, table, names, others)
        else:
            with copying(connection, table, names, others) as put:
                yield put

    def update_many(
        self,
        event: str,
        model: type[MutableRow],
        rows: Iterable[Mapping[str, Any]],
        *,
        as_it_stands: Callable[[Mapping[str, Any], Any], Mapping[str, Any]] | None = None,
    ) -> None:
        """Change many rows of one kind under one entry for each 500.

        Each is a mapping of columns, the same for all, with the id. One that says already what
        it should stays as it is; with the id alone its version rises, because what is shown as
        part of it changed. `as_it_stands` gives what is wanted of a row that says this.
        """
        for batch in _batches(rows):
            self._update_named(event, model, {row["id"]: row for row in batch}, as_it_stands)

    def _update_named(
        self,
        event: str,
        model: type[MutableRow],
        wanted: Mapping[UUID, Mapping[str, Any]],
        as_it_stands: Callable[[Mapping[str, Any], Any], Mapping[str, Any]] | None,
    ) -> None:
        """Kept from other writers as they are read, so that nobody's change makes them stale.

        By id, so that two who change many do not wait for each other.
        """
        names = [name for name in next(iter(wanted.values())) if name != "id"]
        found = select(model.id, *(getattr(model, name) for name in names))
        found = found.where(model.id.in_(wanted)).order_by(model.id)
        changes, before, after = [], {}, {}
        for row in self.rows(found.with_for_update(key_share=True)):
            values = wanted[row.id] if as_it_stands is None else as_it_stands(wanted[row.id], row)
            changed = [name for name in names if getattr(row, name) != values[name]]
            if changed or not names:
                key = f"{model.__tablename__}:{row.id}"
                before[key] = {name: getattr(row, name) for name in changed}
                after[key] = {name: values[name] for name in changed}
                changes.append({f"its_{name}": value for name, value in values.items()})
        if not changes:
            return
        table: Any = model.__table__
        statement = (
            table.update()
            .where(table.c.district_id == self.district_id, table.c.id == bindparam("its_id"))
            .values(
                version=table.c.version + 1,
                updated_at=self.now,
                **{name: bindparam(f"its_{name}") for name in names},
            )
        )
        self.session.connection().execute(statement, changes)
        self._named.append(of_changes(event, model.__tablename__, before, after))

    def remove_many(self, event: str, model: type[DistrictRow], ids: Iterable[UUID]) -> None:
        """Remove many rows of one kind under one entry for each 500, which tells what they said."""
        table: Any = model.__table__
        for batch in _batches(ids):
            found = select(*every_column(model)).where(model.id.in_(batch))
            rows = self.rows(found.order_by(model.id).with_for_update())
            its = (table.c.district_id == self.district_id, table.c.id.in_(batch))
            self.session.connection().execute(table.delete().where(*its))
            self._named.append(of_removed(event, model.__tablename__, rows))

    def _stamps(self, model: type[DistrictRow]) -> dict[str, Any]:
        """What every new row of a kind says."""
        stamps: dict[str, Any] = {"district_id": self.district_id}
        if issubclass(model, MutableRow):
            stamps |= {"version": 1, "created_at": self.now, "updated_at": self.now}
        return stamps

    def flush(self) -> None:
        """Send what was named to the database, so that its constraints speak now.

        The session, which knows what to send first, is left out where there is nothing to put
        in order: new rows alone go by the order of their tables.
        """
        added, self._added = self._added, []
        clean = self._is_clean()
        if added and clean:
            _insert_past_session(self, added)
        elif added:
            self.session.add_all(added)
        if self._session is not None:
            self.session.flush()
        for change in self._named:
            change.sent = True

    def _is_clean(self) -> bool:
        """Whether nothing waits to be sent beside the new rows.

        Rows that were inserted past the session belong to it from when somebody opens it, or
        when one of them is changed.
        """
        if any(inspect(row).modified for row in self._stored):
            return not self.session.dirty
        held = self._session
        return held is None or not (held.new or held.dirty or held.deleted)

    def keep(self, model: type[Base], values: Mapping[str, Any]) -> None:
        """Insert a row of the plumbing at once, which the journal need not name."""
        if issubclass(model, DistrictRow):
            raise UnnamedChange(f"{model.__tablename__} is no plumbing: use add")
        insert_rows(self.database, self.connection, {model: [values]})

    def commit(self) -> None:
        """For doors only: flush, number the journal's entries, and commit."""
        self.flush()
        if self._named:
            self._number(self.connection)
        if self._session is not None:
            self._session.commit()
        if self._connection is not None:
            self._connection.commit()
        self._named.clear()

    def journal_in(self, session: Session) -> None:
        """For doors only: journal what was named in the transaction of another session.

        For rows of no district, such as a client of several: each gets its entry, or none does.
        """
        for change in self._named:
            for row in change.rows:
                change.tell(row)
        self._number(session.connection())
        self._named.clear()

    def _number(self, connection: Connection) -> None:
        """Give the entries their numbers and store them: the last thing before the commit."""
        entries = [
            change.entry(
                at=self.now,
                client_id=self.caller.client_id,
                acting_staff_id=self.caller.acting_staff_id,
                request_id=self.caller.request_id,
                quiet=self.quiet,
            )
            for change in self._named
        ]
        number(self.database, connection, self.district_id, entries)

    def rollback(self) -> None:
        if self._session is not None:
            self._session.rollback()
            self._session.expunge_all()
        self._added.clear()
        self._stored.clear()
        if self._connection is not None:
            self._connection.rollback()
        self._named.clear()
        self._district = None


def _batches(rows: Iterable[OneRow]) -> Iterator[list[OneRow]]:
    left = iter(rows)
    while batch := list(islice(left, 500)):
        yield batch


# The hooks ------------------------------------------------------------------------


@event.listens_for(Session, "do_orm_execute")
def _stay_in_the_district(state: ORMExecuteState) -> None:
    uow: UnitOfWork | None = state.session.info.get("unit_of_work")
    if uow is None:
        return
    if state.is_select:
        if not state.is_column_load and not state.is_relationship_load:
            state.statement = in_district(state.statement)
            given = cast("Mapping[str, Any]", state.parameters or {})
            state.parameters = {**given, DISTRICT: uow.district_id}
    else:
        raise UnnamedChange("bulk statements pass the journal by: use load or entities")


@event.listens_for(Session, "before_flush")
def _refuse_unnamed(session: Session, *_: object) -> None:
    uow: UnitOfWork | None = session.info.get("unit_of_work")
    if uow is None:
        return
    changed = [row for row in session.dirty if session.is_modified(row)]
    _check(uow, (*session.new, *changed, *session.deleted))
    for row in changed:
        if isinstance(row, (MutableRow, District)):
            row.updated_at = uow.now
    for change, row in telling(uow._named):
        change.tell(row)


def _check(uow: UnitOfWork, rows: Iterable[object]) -> None:
    """What is sent to the database is named in the journal, and of the caller's district."""
    named = {id(row) for change in uow._named for row in change.rows}
    for row in rows:
        if getattr(type(row), "journaled", False) and id(row) not in named:
            raise UnnamedChange(f"no journal entry names the change of {kind_of(row)}")
        if isinstance(row, DistrictRow) and row.district_id != uow.district_id:
            raise UnnamedChange("a row of another district")


def _insert_past_session(uow: UnitOfWork, added: Sequence[DistrictRow]) -> None:
    """Insert new rows past the session, which takes them over when there is one."""
    _check(uow, added)
    new = {id(row) for row in added}
    for change, row in telling(uow._named):
        if id(row) in new:
            change.tell(row)
    kinds: dict[type[Base], list[Mapping[str, Any]]] = {}
    for row in added:
        kinds.setdefault(type(row), []).append(vars(row))
    in_order = {kind: kinds[kind] for kind in sorted(kinds, key=_place)}
    insert_rows(uow.database, uow.connection, in_order)
    for row in added:
        make_transient_to_detached(row)
    if uow._session is None:
        uow._stored += added
    else:
        uow._session.add_all(added)


@cache
def _place(model: type[Base]) -> int:
    """Where a table stands when each comes after those that it refers to."""
    return Base.metadata.sorted_tables.index(cast(Table, model.__table__))
