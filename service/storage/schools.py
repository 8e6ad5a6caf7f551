"""Schools, their calendars, and staff members."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.base import MutableRow, refers, word


class School(MutableRow):
    """A school of the district, known to the SIS by `sourced_id` (OneRoster orgs.csv)."""

    __tablename__ = "schools"
    __table_args__ = (
        UniqueConstraint("district_id", "sourced_id"),
        CheckConstraint("length(name) > 0", name="name"),
        Index("ix_schools_district_id_name_id", "district_id", "name", "id"),
        Index("ix_schools_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    name: Mapped[str]
    sourced_id: Mapped[str | None]
    identifier: Mapped[str | None]
    org_type: Mapped[str] = mapped_column(word(), default="school")
    parent_sourced_id: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)


class SchoolCalendar(MutableRow):
    """One school year: first and last instructional day, and the days off between.

    `days_off` is a list of `{"from", "until", "name", "kind"}` with ISO dates, both ends
    included. Without a school the calendar is the district's, for schools with none of
    their own. Half days are instructional days (34 CFR 300.11(c)).
    """

    __tablename__ = "school_calendars"
    __table_args__ = (
        refers("school_id", "schools"),
        CheckConstraint("first_day < last_day", name="days_in_order"),
        Index(
            "uq_school_calendars_district_year",
            "district_id",
            "school_year",
            unique=True,
            sqlite_where=text("school_id IS NULL"),
            postgresql_where=text("school_id IS NULL"),
        ),
        Index(
            "uq_school_calendars_school_year",
            "district_id",
            "school_id",
            "school_year",
            unique=True,
            sqlite_where=text("school_id IS NOT NULL"),
            postgresql_where=text("school_id IS NOT NULL"),
        ),
    )

    school_id: Mapped[UUID | None]
    school_year: Mapped[int] = mapped_column(Integer)
    first_day: Mapped[date]
    last_day: Mapped[date]
    days_off: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    half_days: Mapped[list[str]] = mapped_column(default=list)


class StaffMember(MutableRow):
    """A person who works for the district, with the roles they hold."""

    __tablename__ = "staff"
    __table_args__ = (
        refers("school_id", "schools"),
        UniqueConstraint("district_id", "sourced_id"),
        Index("ix_staff_district_id_family_name_id", "district_id", "family_name", "id"),
        Index(
            "ix_staff_district_id_school_id_family_name_id",
            "district_id",
            "school_id",
            "family_name",
            "id",
        ),
        Index("ix_staff_district_id_updated_at_id", "district_id", "updated_at", "id"),
    )

    given_name: Mapped[str]
    family_name: Mapped[str]
    email: Mapped[str | None]
    sourced_id: Mapped[str | None]
    identifier: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(default=list)
    credentials: Mapped[str | None]
    school_id: Mapped[UUID | None]
    active: Mapped[bool] = mapped_column(default=True)
