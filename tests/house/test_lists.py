"""What holds for every list: its filters and sorts are those that an index serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnClause,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import visitors

from service.api.plumbing.fields import Words
from service.api.plumbing.paging import Listing
from service.api.plumbing.survey import operations
from service.api.v1 import RESOURCES
from service.storage import Base
from service.storage.cases import Referral
from tests.house.source import modules

LISTINGS = {
    f"{module}.{name}": value
    for module in (
        "service.api.plumbing.corrections",
        *(f"service.api.v1.{resource}" for resource in RESOURCES),
    )
    for name, value in vars(import_module(module)).items()
    if isinstance(value, Listing)
}
SAMPLES = (True, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), "x", ["x"], UUID(int=1), 1)

WITHIN = {
    "assessments": "evaluation_id",
    "consent_attempts": "consent_id",
    "consents": "case_id",
    "corrections": "record_id",
    "evaluations": "case_id",
    "guardians": "student_id",
    "history_findings": "import_id",
    "history_owed": "import_id",
    "independent_evaluation_requests": "case_id",
    "intervention_sessions": "intervention_id",
    "notices": "case_id",
    "observations": "evaluation_id",
    "progress_measures": "intervention_id",
    "webhook_deliveries": "webhook_id",
}
"""Listed only below one record, whose index leaves few rows to filter and sort."""

FEW_ROWS = {"school_calendars": "one for each school and year at most"}

FEW_VALUES = {
    "cases.closed_on": "open or not",
    "cases.path": "two",
    "eligibility_determinations.framework": "two",
    "eligibility_determinations.outcome": "two",
    "eligibility_determinations.status": "draft, final or superseded",
    "plans.kind": "three",
    "overrides.kind": "two",
    "schools.active": "active or not",
    "staff.active": "active or not",
    "students.active": "active or not",
}
"""Filters without an index of their own: the walk along the sort's soon fills a page."""


def columns(expression: Any) -> Iterator[Column[Any]]:
    """The columns of tables that an expression looks at, the district left out."""
    if isinstance(expression, InstrumentedAttribute):
        expression = expression.expression
    for node in visitors.iterate(expression):
        table = getattr(node, "table", None)
        if isinstance(node, ColumnClause) and isinstance(table, Table):
            column = Base.metadata.tables[table.name].c[node.name]
            if column.name != "district_id":
                yield column


def looked_at(given: Any) -> set[Column[Any]]:
    """The columns that a filter, a column or a function of the value, looks at."""
    if hasattr(given, "in_"):
        return set(columns(given))
    found: set[Column[Any]] = set()
    for sample in SAMPLES:
        try:
            found |= set(columns(given(sample)))
        except (ArgumentError, AttributeError, TypeError):
            continue
    return found


def is_served(column: Column[Any]) -> bool:
    """Whether an index, or the key, begins with the district and this column."""
    table = column.table
    assert isinstance(table, Table)
    keys: list[Any] = [index.columns for index in table.indexes]
    keys += [
        constraint.columns
        for constraint in table.constraints
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint))
    ]
    return any([c.name for c in key][:2] == ["district_id", column.name] for key in keys)


def is_small(column: Column[Any]) -> bool:
    """Whether few rows or few values make an index of its own needless."""
    table = column.table
    assert isinstance(table, Table)
    return table.name in {*WITHIN, *FEW_ROWS} or f"{table.name}.{column.name}" in FEW_VALUES


def test_every_listing_is_found() -> None:
    """One that stands elsewhere would not be looked at below."""
    made = sum(
        called == "service.api.plumbing.paging.Listing"
        for module in modules("service/api")
        for _, called in module.calls()
    )
    assert made == len(LISTINGS)


@pytest.mark.parametrize("name", LISTINGS)
def test_an_index_serves_every_filter(name: str) -> None:
    listing = LISTINGS[name]
    for filter_name, given in listing.filters.items():
        found = looked_at(given)
        assert found, (name, filter_name)
        for column in found:
            assert is_served(column) or is_small(column), (filter_name, str(column))


@pytest.mark.parametrize("name", LISTINGS)
def test_an_index_serves_every_sort(name: str) -> None:
    for sort, column in LISTINGS[name].sorts.items():
        (found,) = columns(column)
        assert is_served(found) or is_small(found), (sort, str(found))


@pytest.mark.parametrize("name", WITHIN)
def test_what_is_listed_within_a_record_is_listed_nowhere_else(one_app: Flask, name: str) -> None:
    table: Any = Base.metadata.tables[name]
    assert is_served(table.c[WITHIN[name]])
    lists = [o.path for o in operations(one_app) if o.is_list and o.path.endswith(f"/{name}")]
    assert all("{" in path for path in lists)


def words_kept(column: Column[Any]) -> set[str]:
    """The words that the database lets a column hold; none when it does not ask."""
    for constraint in column.table.constraints:
        name = str(constraint.name).removeprefix(f"ck_{column.table.name}_")
        if isinstance(constraint, CheckConstraint) and name == column.name:
            return set(re.findall(r"'(\w+)'", str(constraint.sqltext)))
    return set()


@pytest.mark.parametrize("name", LISTINGS)
def test_an_answer_knows_just_the_words_that_the_database_keeps(name: str) -> None:
    listing = LISTINGS[name]
    for member, field in listing.schema().dump_fields.items():
        column = listing.model.__table__.columns.get(field.attribute or member)
        if isinstance(field, Words) and column is not None and words_kept(column):
            assert set(field.words) == words_kept(column), (member, str(column))


def test_some_columns_are_held_to_their_words() -> None:
    """A check that can find nothing would always pass."""
    table: Any = Referral.__table__
    assert words_kept(table.c.form) == {"written", "oral"}
    assert words_kept(table.c.words) == set()


def test_the_exceptions_are_still_needed() -> None:
    asked = {
        column
        for listing in LISTINGS.values()
        for given in (*listing.filters.values(), *listing.sorts.values())
        for column in looked_at(given)
        if not is_served(column)
    }
    names = {f"{column.table.name}.{column.name}" for column in asked}
    assert FEW_VALUES.keys() <= names
    assert FEW_ROWS.keys() <= {name.split(".")[0] for name in names}


def test_every_list_sorts_by_what_it_documents(one_app: Flask) -> None:
    for operation in operations(one_app):
        if operation.is_list and operation.sorts:
            module = operation.function.__module__
            known = [
                listing.sorts.keys()
                for name, listing in LISTINGS.items()
                if name.startswith(f"{module}.")
            ]
            assert any(keys >= set(operation.sorts) for keys in known), operation.path


def test_the_check_can_tell_a_column_without_an_index() -> None:
    table: Any = Referral.__table__
    assert is_served(table.c.received_on)
    assert not is_served(table.c.words)
