"""The unit of work reads one district, over the session and past it, in one transaction."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import aliased

from service.clock import Clock
from service.storage.database import Database
from service.storage.schools import StaffMember
from service.storage.unit_of_work import Caller, NotFound, UnitOfWork, in_district
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


def test_rows_and_entities_share_one_transaction(store: Database) -> None:
    district = a_district(store)
    with work_in(store, district) as uow:
        assert uow.rows(select(StaffMember.id)) == []
        row = uow.add(StaffMember(given_name="Ana", family_name="Rivera", roles=[]))
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
