"""What holds for every table: the district in its key, and in every reference."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table

from service.domain.lifecycles import CASE
from service.storage import Base
from service.storage.base import DistrictRow
from service.workflow.referrals import ALONG, FOLLOWS_THE_CASE

TABLES = {table.name: table for table in Base.metadata.sorted_tables}
ROWS: dict[str, Any] = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}

WITHOUT_DISTRICT = {
    "clients": "a client may serve several districts",
    "client_districts": "tells which; both are its key",
    "districts": "it is the district",
    "refused_access": "counts a client that was turned away, perhaps before its district is known",
}
NOT_JOURNALED = {
    "deadlines": "a projection of facts that are journaled",
    "idempotency_keys": "plumbing of requests",
    "history_findings": "what an import found, told beside its journaled report",
    "history_owed": "the same of what was late or undatable",
    "import_jobs": "how far an import is; what comes of it is journaled",
    "import_lists": "what an import found, told beside its journaled report",
    "import_parts": "what was sent, until it is read",
    "loaded_records": "what loaded records are called elsewhere; they are journaled themselves",
    "deadline_rebuilds": "how far the projection of deadlines is worked out anew",
    "paused_spans": "belongs to the projection of deadlines",
    "webhook_deliveries": "what the journal says, on its way",
    "webhook_progress": "how far the journal was looked through",
}


def test_the_exceptions_are_tables() -> None:
    assert WITHOUT_DISTRICT.keys() | NOT_JOURNALED.keys() <= TABLES.keys()
    assert len(TABLES) > 25


@pytest.mark.parametrize("name", sorted(TABLES.keys() - WITHOUT_DISTRICT.keys()))
def test_the_district_is_first_in_the_key(name: str) -> None:
    (first, *_) = TABLES[name].primary_key.columns
    assert first.name == "district_id"
    assert not first.nullable


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_reference_stays_within_the_district(name: str) -> None:
    """By the database itself: the district is part of what is referred to."""
    for key in TABLES[name].foreign_key_constraints:
        target: Table = key.referred_table
        if target.name in WITHOUT_DISTRICT:
            continue
        pairs = {element.parent.name: element.column.name for element in key.elements}
        assert pairs.get("district_id") == "district_id", key.name


@pytest.mark.parametrize("name", sorted(TABLES.keys() - WITHOUT_DISTRICT.keys()))
def test_a_change_is_journaled_or_has_its_reason(name: str) -> None:
    row = ROWS[name]
    if issubclass(row, DistrictRow):
        assert row.journaled is (name not in NOT_JOURNALED)
    else:
        assert name in ("journal", "journal_heads", "journal_payloads", *NOT_JOURNALED)


def test_everything_of_a_case_follows_it_into_another() -> None:
    """A receipt that is matched brings along whatever was recorded in its case meanwhile."""
    of_a_case = {name for name, table in TABLES.items() if "case_id" in table.columns}
    stays = {
        "alerts": "what was sent, was sent about that case",
        "deadlines": "computed anew",
        "history_findings": "what was found, was found of that case",
        "history_owed": "the same of what was late",
        "journal": "what happened, happened in that case",
    }
    follow = {row.__tablename__ for row in FOLLOWS_THE_CASE}
    assert follow | stays.keys() == of_a_case


def test_the_statuses_of_an_open_case_have_their_order() -> None:
    closing = {step.to for step in CASE.steps if step.closes}
    assert set(ALONG) == set(CASE.statuses) - closing


@pytest.mark.parametrize("name", sorted(TABLES))
def test_names_are_those_of_the_scheme_and_fit_every_database(name: str) -> None:
    table = TABLES[name]
    things: list[Any] = [*table.constraints, *table.indexes]
    for thing in things:
        assert thing.name is not None
        assert len(str(thing.name)) <= 63, thing.name
        assert str(thing.name).split("_")[0] in ("pk", "fk", "uq", "ck", "ix"), thing.name
