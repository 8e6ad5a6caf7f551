"""The desk: where a bundle is laid beside the record, in a database of its own.

It lies in a temporary file that is gone with it, so that a plan takes no more memory for a
hundred thousand students than for a hundred. What the bundle says of people goes in as it is
read, in batches; whatever concerns all of them is one statement.

Of each kind of record there are three tables of the same columns: `said` is what the bundle tells
(`unknown`: the fields of which it tells nothing, a bit for each), `recorded` what is on record,
and `wanted` what is to be, completed from both. `n` is the order in which they came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import (
    ClauseElement,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from service.imports.oneroster.plan.records import Guardian, School, Staff, Student
from service.imports.oneroster.read import RACES, Row
from service.imports.oneroster.read.columns import COLUMNS

BATCH = 1000
"""So many rows are read, or written, at once."""

CACHE_KB = 6000

NUMBERS = ("local_id", "master_id")
"""The systems, beside its own, whose numbers a roster tells."""

R = TypeVar("R", School, Staff, Student, Guardian)

_DIALECT = sqlite.dialect()
_ALL = MetaData()
_NUMBERS = frozenset(("active", "hispanic", "races", "unknown"))
_RACES = tuple(RACES.values())


def _columns(names: Iterable[str]) -> list[Column[Any]]:
    types: dict[str, Any] = {"id": LargeBinary(), **dict.fromkeys(_NUMBERS, Integer())}
    return [Column(name, types.get(name, Text())) for name in names]


def _table(name: str, names: Iterable[str], *more: Any) -> Table:
    return Table(name, _ALL, Column("n", Integer(), primary_key=True), *_columns(names), *more)


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[R]):
    """One kind of record. `key` names it in its tables, `file` is where it comes from."""

    name: str
    file: str
    key: tuple[str, ...]
    fields: tuple[str, ...]
    make: Callable[[Sequence[Any]], R]
    said: Table
    recorded: Table
    wanted: Table
    leaving: Table
    missing: Table

    @property
    def told(self) -> tuple[str, ...]:
        """The fields that make a record what it is: neither its key nor its id."""
        return tuple(name for name in self.fields if name not in self.key and name != "id")

    def bit(self, field: str) -> int:
        """What stands for a field among the unknown ones."""
        return 1 << self.fields.index(field)

    def bits(self, fields: Iterable[str]) -> int:
        return sum(self.bit(field) for field in fields)

    def by_key(self, table: Table) -> str:
        """What lets the rows of one of its tables be found by their key.

        To be run when they have been put down: to keep an index up row by row takes longer.
        """
        return f"CREATE UNIQUE INDEX key_of_{table.name} ON {table.name} ({', '.join(self.key)})"


def _kind(
    name: str,
    file: str,
    key: tuple[str, ...],
    fields: tuple[str, ...],
    make: Callable[[Sequence[Any]], R],
) -> Kind[R]:
    return Kind(
        name,
        file,
        key,
        fields,
        make,
        said=_table(f"said_{name}", (*fields, "unknown")),
        recorded=_table(f"recorded_{name}", fields),
        wanted=_table(f"wanted_{name}", (*fields, "state")),
        leaving=_table(f"leaving_{name}", key),
        missing=_table(f"missing_{name}", key),
    )


def _school(row: Sequence[Any]) -> School:
    *told, active, id = row
    return School._make((*told, active == 1, id))


def _staff(row: Sequence[Any]) -> Staff:
    sid, given, family, email, identifier, roles, school, active, id = row
    held = tuple(roles.split(",")) if roles else ()
    return Staff(sid, given, family, email, identifier, held, school, active == 1, id)


def _student(row: Sequence[Any]) -> Student:
    *names, born, sex, grade, school, hispanic, races, local_id, master_id, active, id = row
    told = (
        None if born is None else date.fromisoformat(born),
        sex,
        grade,
        school,
        None if hispanic is None else hispanic == 1,
        races_of(races),
    )
    return Student._make((*names, *told, local_id, master_id, active == 1, id))


def _guardian(row: Sequence[Any]) -> Guardian:
    *told, active, id = row
    return Guardian._make((*told, active == 1, id))


@cache
def races_of(bits: int) -> tuple[str, ...]:
    """The codes of the races for which a bit stands in `bits`, in OneRoster's order."""
    return tuple(code for place, code in enumerate(_RACES) if bits >> place & 1)


def race_bits(codes: Collection[str]) -> int:
    return sum(1 << place for place, code in enumerate(_RACES) if code in codes)


def sql(statement: ClauseElement) -> str:
    """The text of a statement, for one that is run often."""
    literal = {"literal_binds": True}
    return str(statement.compile(dialect=_DIALECT, compile_kwargs=literal))


def mark() -> Any:
    """A value that is given when the statement is run."""
    return literal_column("?")


def among(column: Column[Any]) -> Any:
    """Whether a column is one of the values of a list that is given when the statement is run."""
    return column.in_(text("SELECT value FROM json_each(?)"))


@cache
def _tables() -> tuple[str, ...]:
    tables = _ALL.tables.values()
    made: list[ClauseElement] = [CreateTable(table) for table in tables]
    made += [CreateIndex(index) for table in tables for index in table.indexes]
    return tuple(str(one.compile(dialect=_DIALECT)) for one in made)


@cache
def _new_ids() -> tuple[str, ...]:
    tables = [kind.wanted for kind in KINDS]
    return tuple(sql(update(t).where(t.c.id.is_(None)).values(id=func.new_id())) for t in tables)


@cache
def _count(table: Table) -> str:
    return sql(select(func.count()).select_from(table))


@cache
def _put(table: Table, columns: tuple[str, ...]) -> str:
    names = columns or tuple(c.name for c in table.columns if c.name != "n")
    values = {name: mark() for name in names}
    # Inline: nothing is to be given back, which would take longer than to put it down.
    return sql(insert(table).prefix_with("OR IGNORE").values(values).inline())


@cache
def _found(file: str) -> str:
    table = SEEN[file]
    return sql(select(table.c.sourced_id).where(among(table.c.sourced_id)))


@cache
def _lines(file: str) -> str:
    table = SEEN[file]
    return sql(select(table.c.line).where(among(table.c.sourced_id)))


SCHOOLS = _kind("schools", "orgs", ("sourced_id",), School._fields, _school)
STAFF = _kind("staff", "users", ("sourced_id",), Staff._fields, _staff)
STUDENTS = _kind("students", "users", ("sourced_id",), Student._fields, _student)
GUARDIANS = _kind(
    "guardians", "users", ("student_sourced_id", "sourced_id"), Guardian._fields, _guardian
)
KINDS = (SCHOOLS, STAFF, STUDENTS, GUARDIANS)

# A person who is a guardian is said once, and becomes a relation with each student.
BY_PERSON = "CREATE UNIQUE INDEX person ON said_guardians (sourced_id)"
Index("ix_recorded_guardians", GUARDIANS.recorded.c.sourced_id)

DEMOGRAPHICS = Table(
    "demographics",
    _ALL,
    Column("n", Integer(), primary_key=True),
    Column("sourced_id", Text()),
    Column("line", Integer()),
    Column("active", Integer()),
    *_columns(("birth_date", "sex", "hispanic", "races", "unknown")),
    Column("unread_races", Integer()),
)
"""demographics.csv, beside the students of users.csv."""
BY_STUDENT = "CREATE UNIQUE INDEX student ON demographics (sourced_id)"

ROLES = Table(
    "roles",
    _ALL,
    Column("n", Integer(), primary_key=True),
    Column("user", Text(), index=True),
    *(Column(name, Text()) for name in ("role", "role_type", "org")),
    Column("line", Integer()),
    Column("live", Integer()),
)
"""roles.csv; `live` is one that is active and has not ended."""

LINKS = _table(
    "links",
    ("student_sourced_id", "sourced_id"),
    UniqueConstraint("student_sourced_id", "sourced_id"),
)
"""Who names whom as parent or child."""

OWNERS = Table(
    "owners",
    _ALL,
    Column("system", Text(), primary_key=True),
    Column("value", Text(), primary_key=True),
    Column("sourced_id", Text()),
    sqlite_with_rowid=False,
)
"""Which student each identifier belongs to; nobody of the roster where there is no sourcedId."""


def _ids(name: str, *more: Any) -> Table:
    key = Column("sourced_id", Text(), primary_key=True)
    return Table(name, _ALL, key, *more, sqlite_with_rowid=False)


SEEN = {file: _ids(f"seen_{file}", Column("line", Integer())) for file in COLUMNS}
"""The sourcedIds of each file, with the line of the first row of each."""
REPEATED = {file: _table(f"repeated_{file}", ("sourced_id",)) for file in ("orgs", "users")}
"""Those that came again."""
GONE = {file: _ids(f"gone_{file}") for file in ("orgs", "users")}
"""Those that are to go."""
REFUSED = {file: _ids(f"refused_{file}") for file in ("orgs", "users")}
"""Those of rows that could not be taken."""


class Desk:
    """An empty desk; `batch` rows go in at once."""

    def __init__(self, batch: int = BATCH) -> None:
        self.batch = batch
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
            self._database.execute(f"PRAGMA {pragma}")
        for statement in _tables():
            self._database.execute(statement)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Clear it away; nothing that lay on it can be read any more."""
        self._database.close()

    def run(self, statement: str, *values: Any) -> None:
        """Run a statement, with a value for each mark in it."""
        self._database.execute(statement, values)

    def rows(self, statement: str, *values: Any) -> Iterator[Any]:
        """The rows of a select, as tuples, read as they are asked for; a list is for `among`."""
        given = [
            orjson.dumps(value).decode() if isinstance(value, list) else value for value in values
        ]
        return self._database.execute(statement, given)

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, None when there is no row."""
        found = next(self.rows(statement, *values), None)
        return None if found is None else found[0]

    def count(self, table: Table) -> int:
        counted: int = self.one(_count(table))
        return counted

    def put(self, table: Table, rows: Iterable[Sequence[Any]], *columns: str) -> None:
        """Add rows, in the order of these columns; what is there already stays as it is."""
        self._database.executemany(_put(table, columns), rows)

    def first_seen(self, file: str, rows: Sequence[Row]) -> Collection[int]:
        """The lines of the rows whose sourcedId has not come before in the file."""
        table = SEEN[file]
        seen = [(row.sourced_id, row.line) for row in rows]
        if self._database.executemany(_put(table, ()), seen).rowcount == len(seen):
            return range(seen[0][1], seen[-1][1] + 1)
        return {line for (line,) in self.rows(_lines(file), [row.sourced_id for row in rows])}

    def unseen(self, file: str, ids: Collection[str]) -> set[str]:
        """Those of some sourcedIds that the file does not have."""
        return set(ids).difference(v for (v,) in self.rows(_found(file), list(ids)))

    def strangers(self, ids: Collection[str]) -> set[str]:
        """Those of some sourcedIds of whom neither users.csv nor the record tells."""
        return {v for (v,) in self.rows(_STRANGERS, list(ids))}

    # What is written of it

    def give_ids(self, new_ids: Iterator[bytes]) -> None:
        """Give an id to everybody who is new."""
        self._database.create_function("new_id", 0, new_ids.__next__)
        for statement in _new_ids():
            self._database.execute(statement)

    def school_ids(self) -> dict[str, bytes]:
        """The ids of all schools, by sourcedId."""
        return dict(self._database.execute(_SCHOOL_IDS))

    def new_numbers(self) -> Iterator[tuple[bytes, str, str]]:
        """Of each new student the sourcedId and the numbers: whose, the system and the number."""
        for student, sourced_id, *numbers in self._database.execute(_NEW_STUDENTS):
            yield student, "sourced_id", sourced_id
            for system, value in zip(NUMBERS, numbers, strict=True):
                if value:
                    yield student, system, value

    def new_guardians(self) -> Iterator[tuple[bytes, Guardian]]:
        """The new guardians, each with the id of the student."""
        for student, *guardian in self._database.execute(_NEW_GUARDIANS):
            yield student, _guardian(guardian)

    def moved_students(self) -> Iterator[UUID]:
        """Students on record of whom something changes, or of one of their guardians."""
        return (UUID(bytes=id) for (id,) in self._database.execute(_MOVED))


_SCHOOL_IDS = """
SELECT sourced_id, id FROM wanted_schools UNION SELECT sourced_id, id FROM recorded_schools
"""
_NEW_STUDENTS = """
SELECT id, sourced_id, local_id, master_id FROM wanted_students WHERE state = 'new' ORDER BY n
"""
_NEW_GUARDIANS = """
SELECT coalesce(w.id, r.id), g.student_sourced_id, g.sourced_id, g.given_name, g.family_name,
    g.email, g.phone, g.language, g.relationship, g.active, g.id
FROM wanted_guardians AS g
LEFT JOIN wanted_students AS w ON w.sourced_id = g.student_sourced_id
LEFT JOIN recorded_students AS r ON r.sourced_id = g.student_sourced_id
WHERE g.state = 'new' ORDER BY g.n
"""
_MOVED = """
SELECT id FROM recorded_students WHERE sourced_id IN (
    SELECT sourced_id FROM wanted_students WHERE state = 'changed'
    UNION SELECT sourced_id FROM leaving_students
    UNION SELECT student_sourced_id FROM wanted_guardians WHERE state IN ('new', 'changed')
    UNION SELECT student_sourced_id FROM leaving_guardians
)
"""
_STRANGERS = """
SELECT value FROM json_each(?)
WHERE NOT EXISTS (SELECT 1 FROM seen_users WHERE sourced_id = value)
AND NOT EXISTS (SELECT 1 FROM refused_users WHERE sourced_id = value)
AND NOT EXISTS (SELECT 1 FROM recorded_students WHERE sourced_id = value)
AND NOT EXISTS (SELECT 1 FROM recorded_staff WHERE sourced_id = value)
AND NOT EXISTS (SELECT 1 FROM recorded_guardians WHERE sourced_id = value)
"""


class Pile:
    """Rows on their way to a table of the desk, put there batch by batch."""

    def __init__(self, desk: Desk, table: Table, *columns: str) -> None:
        self._desk, self._table, self._columns = desk, table, columns
        self._rows: list[Sequence[Any]] = []

    def add(self, *row: Any) -> None:
        self._rows.append(row)
        if len(self._rows) >= self._desk.batch:
            self.put_down()

    def put_down(self) -> None:
        self._desk.put(self._table, self._rows, *self._columns)
        self._rows.clear()
