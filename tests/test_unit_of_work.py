"""The unit of work reads one district, over the session and past it, in one transaction."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import aliased

import service
from service.clock import Clock
from service.storage.base import Base, DistrictRow, time_ordered_ids
from service.storage.database import Database
from service.storage.inserts import AT_ONCE
from service.storage.journal import JournalEntry, JournalHead, JournalPayload
from service.storage.schools import StaffMember
from service.storage.students import Student
from service.storage.unit_of_work import (
    COPIED_FROM,
    Caller,
    NotFound,
    UnitOfWork,
    UnnamedChange,
    in_district,
)
from tests.builders import a_district, a_staff_member


def work_in(store: Database, district: UUID, *, writes: bool = True) -> UnitOfWork:
    return UnitOfWork(store, Caller(district_id=district), Clock(), writes)


def test_plain_rows_are_of_the_callers_district(store: Database) -> None:
    district, other = a_district(store), a_district(store)
    own, strange = a_staff_member(store, district), a_staff_member(store, other)
    again = aliased(StaffMember)
    with work_in(store, district, writes=False) as uow:
        assert [row.id for row in uow.rows(select(StaffMember.id))] == [own]
        assert [row.id for row in uow.rows(select(again.id))] == [own]
        assert uow.rows(select(func.count(StaffMember.id)))[0][0] == 1
        assert uow.read(StaffMember, own).family_name == "Rivera"
        with pytest.raises(NotFound):
            uow.read(StaffMember, strange)


def test_one_statement_serves_each_district_its_own(store: Database) -> None:
    kept = in_district(select(StaffMember.id))
    for district in (a_district(store), a_district(store)):
        own = a_staff_member(store, district)
        with work_in(store, district) as uow:
            assert [row.id for row in uow.rows(kept)] == [own]
            assert [row.id for row in uow.all(select(StaffMember))] == [own]


def test_a_select_that_nobody_gave_a_district_does_not_run(store: Database) -> None:
    with store.reader.connect() as connection, pytest.raises(StatementError):
        connection.execute(in_district(select(StaffMember.id)))


def made_once() -> Iterator[tuple[str, Select[Any]]]:
    """The selects that modules of the service hold ready for any district, by name."""
    for found in pkgutil.walk_packages(service.__path__, "service."):
        if not found.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, Select) and in_district(value) is value:
                    yield f"{found.name}.{name}", value


def parts(sql: str) -> Iterator[str]:
    """The SELECTs of a statement, each without those inside it."""
    innermost = re.compile(r"\(([^()]*)\)")
    while found := innermost.search(sql):
        within = found[1]
        if within.startswith("SELECT"):
            yield within
            within = "?"
        sql = f"{sql[: found.start()]} {within} {sql[found.end() :]}"
    yield sql


def test_a_select_that_is_made_once_names_the_district_for_every_table() -> None:
    """Parts that SQLAlchemy does not see to be of a model are given no district: an EXISTS of
    an AND or OR alone is one.
    """
    guarded = dict(made_once())
    assert len(guarded) > 10
    tables = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, DistrictRow)
    }
    for name, statement in guarded.items():
        for select_ in parts(str(statement.compile(dialect=sqlite.dialect()))):
            for table, alias in re.findall(r"(?:FROM|JOIN) (\w+)(?: AS (\w+))?", select_):
                if table in tables:
                    of = rf"\b{alias or table}\.district_id = |= {alias or table}\.district_id\b"
                    assert re.search(of, select_), (name, table)


def test_rows_and_entities_share_one_transaction(store: Database) -> None:
    district = a_district(store)
    with work_in(store, district) as uow:
        assert uow.rows(select(StaffMember.id)) == []
        row = uow.add(StaffMember(given_name="Ana", family_name="Rivera"))
        uow.record("staff.created", row)
        uow.flush()
        assert [found.id for found in uow.rows(select(StaffMember.id))] == [row.id]
        uow.rollback()
        assert uow.rows(select(StaffMember.id)) == []
    id = a_staff_member(store, district)
    with work_in(store, district) as uow:
        held = uow.get(StaffMember, id, lock=True)
        held.given_name = "Eva"
        uow.record("staff.changed", held)
        uow.commit()
        assert uow.read(StaffMember, id).given_name == "Eva"


def entries(uow: UnitOfWork) -> list[tuple[int, str, object]]:
    """The journal's numbers and events, with what each says was afterwards."""
    found = uow.rows(
        select(JournalEntry.seq, JournalEntry.event, JournalPayload.after)
        .outerjoin(
            JournalPayload,
            (JournalPayload.district_id == JournalEntry.district_id)
            & (JournalPayload.seq == JournalEntry.seq),
        )
        .where(JournalEntry.district_id == uow.district_id)
        .order_by(JournalEntry.seq)
    )
    return [(row.seq, row.event, row.after) for row in found]


def told_of(uow: UnitOfWork, row: StaffMember) -> list[tuple[str, Any, Any]]:
    """The events of a row, with what each says of it before and afterwards."""
    found = uow.rows(
        select(JournalEntry.event, JournalPayload.before, JournalPayload.after)
        .join(
            JournalPayload,
            (JournalPayload.district_id == JournalEntry.district_id)
            & (JournalPayload.seq == JournalEntry.seq),
        )
        .where(JournalEntry.district_id == uow.district_id, JournalEntry.subject_id == row.id)
        .order_by(JournalEntry.seq)
    )
    name = f"staff:{row.id}"
    return [(one.event, (one.before or {}).get(name), one.after[name]) for one in found]


def a_new(uow: UnitOfWork, name: str = "Ana") -> StaffMember:
    return uow.add(StaffMember(given_name=name, family_name="Rivera"))


def test_a_new_row_has_its_defaults_from_when_it_is_added(store: Database) -> None:
    with work_in(store, a_district(store)) as uow:
        row = a_new(uow)
        assert (row.version, row.active, row.roles, row.sourced_id) == (1, True, [], None)
        uow.record("staff.created", row)
        uow.flush()
        assert uow.read(StaffMember, row.id).active is True


def test_a_new_row_that_is_changed_after_it_was_sent_is_stored_and_journaled_so(
    store: Database,
) -> None:
    with work_in(store, a_district(store)) as uow:
        row = a_new(uow)
        uow.record("staff.created", row)
        uow.flush()
        row.given_name, row.sourced_id = "Eva", "t-1"
        uow.commit()
        [(event, before, after)] = told_of(uow, row)
        assert (event, before) == ("staff.created", None)
        assert after == {
            "id": str(row.id),
            "given_name": "Eva",
            "family_name": "Rivera",
            "sourced_id": "t-1",
            "roles": [],
            "active": True,
        }
        assert uow.read(StaffMember, row.id).given_name == "Eva"
        assert uow.get(StaffMember, row.id).version == 2


def test_an_entry_tells_what_was_before_it_and_after_it_however_often_it_was_sent(
    store: Database,
) -> None:
    district = a_district(store)
    id = a_staff_member(store, district)
    with work_in(store, district) as uow:
        row = uow.get(StaffMember, id)
        row.given_name = "Eva"
        uow.record("staff.changed", row)
        uow.flush()
        row.given_name, row.family_name = "Ida", "Reyes"
        uow.commit()
        *_, (_, before, after) = told_of(uow, row)
        assert before == {"given_name": "Ana", "family_name": "Rivera"}
        assert after == {"given_name": "Ida", "family_name": "Reyes"}


def test_a_change_is_told_by_the_entry_that_names_it_and_not_by_an_older_one(
    store: Database,
) -> None:
    with work_in(store, a_district(store)) as uow:
        row = a_new(uow)
        uow.record("staff.created", row)
        uow.flush()
        row.given_name = "Eva"
        uow.record("staff.changed", row)
        uow.commit()
        created, changed = told_of(uow, row)
        assert created[1] is None
        assert created[2]["given_name"] == "Ana"
        assert changed == ("staff.changed", {"given_name": "Ana"}, {"given_name": "Eva"})


def test_new_and_changed_rows_go_together(store: Database) -> None:
    district = a_district(store)
    id = a_staff_member(store, district)
    with work_in(store, district) as uow:
        held = uow.get(StaffMember, id)
        held.given_name = "Eva"
        row = a_new(uow)
        uow.record("staff.changed", held, row)
        uow.commit()
        assert {uow.read(StaffMember, one).given_name for one in (id, row.id)} == {"Eva", "Ana"}


def test_a_new_row_that_nobody_named_is_not_stored(store: Database) -> None:
    with work_in(store, a_district(store)) as uow:
        a_new(uow)
        with pytest.raises(UnnamedChange):
            uow.commit()
        uow.rollback()
        assert uow.rows(select(StaffMember.id)) == []


def test_a_row_that_the_journal_names_is_no_plumbing(store: Database) -> None:
    with work_in(store, a_district(store)) as uow, pytest.raises(UnnamedChange):
        uow.keep(StaffMember, {})


@pytest.mark.parametrize("count", [1, 3, AT_ONCE + 1])
def test_entries_are_numbered_without_gaps_in_their_order(store: Database, count: int) -> None:
    with work_in(store, a_district(store)) as uow:
        rows = [a_new(uow, f"Ana {n}") for n in range(count)]
        for n, row in enumerate(rows):
            uow.record(f"staff.created_{n}", row)
        uow.commit()
        unchanged = uow.get(StaffMember, rows[0].id)
        uow.record("staff.seen", unchanged)
        uow.record("staff.changed", unchanged)
        uow.commit()
        found = entries(uow)
    assert [seq for seq, _, _ in found] == list(range(1, count + 3))
    made = [event for _, event, _ in found]
    assert made == [*(f"staff.created_{n}" for n in range(count)), "staff.seen", "staff.changed"]
    assert [after is not None for _, _, after in found] == [True] * count + [False] * 2


def test_a_district_without_a_journal_stores_nothing(store: Database) -> None:
    district = a_district(store)
    with store.writer.begin() as connection:
        connection.execute(delete(JournalHead).where(JournalHead.district_id == district))
    with work_in(store, district) as uow:
        row = a_new(uow)
        uow.record("staff.created", row)
        with pytest.raises(RuntimeError, match="no journal"):
            uow.commit()
        uow.rollback()
        assert uow.rows(select(StaffMember.id)) == []


ODD = ("", "a\\Nb", "back\\slash", "tab\tline\nreturn\r", "é \u2028 \x01", '"quoted", too')


@pytest.mark.parametrize("count", [1, COPIED_FROM - 1, COPIED_FROM + 7, 1001])
def test_as_many_rows_as_there_are_are_loaded_as_they_are_said(store: Database, count: int) -> None:
    district = a_district(store)
    said = [
        (
            ODD[n % len(ODD)],
            f"Family {n}",
            None if n % 3 else "es",
            [["white"], []][n % 2],
            n % 5 > 0,
        )
        for n in range(count)
    ]
    names = ("given_name", "family_name", "home_language", "races", "hispanic")
    with work_in(store, district) as uow:
        uow.load("student.imported", Student, names, said, placement="preschool", grade=None)
        uow.commit()
    with work_in(store, district, writes=False) as uow:
        stored = uow.all(select(Student).order_by(Student.id))
        assert [tuple(getattr(row, name) for name in names) for row in stored] == said
        assert {(row.version, row.placement, row.active, row.grade) for row in stored} == {
            (1, "preschool", True, None)
        }
        assert {row.created_at for row in stored} == {row.updated_at for row in stored}
        entries = uow.rows(
            select(JournalEntry.event, JournalEntry.row_count, JournalPayload.after)
            .join(JournalPayload, JournalPayload.seq == JournalEntry.seq)
            .where(JournalPayload.district_id == district)
            .order_by(JournalEntry.seq)
        )
    assert [row_count for _, row_count, _ in entries] == [
        min(500, count - start) for start in range(0, count, 500)
    ]
    told = [one for _, _, after in entries for one in after["rows"]]
    assert told == [{"id": str(row.id)} for row in stored]


@given(st.integers(0, 2**33))
def test_the_ids_of_many_rows_are_of_their_instant_and_in_their_order(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    made = [UUID(bytes=one) for one in islice(time_ordered_ids(at), 2500)]
    assert made == sorted(set(made))
    for id in made:
        assert (id.version, id.variant) == (7, RFC_4122)
        assert id.int >> 80 == seconds * 1000
