"""What every table shares: names of constraints, the district in every key, versions.

A `DistrictRow` has the key `(district_id, id)` and refers to other rows by
`(district_id, other_id)`, so that a reference across districts cannot be stored.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.orm.attributes import flag_modified

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON column: JSONB on PostgreSQL, checked text on SQLite."""


class Packed:
    """A value of a JSON column that waits in little room until it is stored."""

    __slots__ = ("_packed",)

    def __init__(self, value: Any) -> None:
        self._packed = zlib.compress(orjson.dumps(value), 1)

    def json(self) -> str:
        return zlib.decompress(self._packed).decode()


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite forgets the zone, so it is attached on the way out.

    A connection to PostgreSQL is in UTC (`Database` sees to that), and nothing is left to do.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.name == "postgresql":
            return None
        return super().result_processor(dialect, coltype)


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        date: Date(),
        datetime: Instant(),
        UUID: Uuid(),
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }


class DistrictRow(Base):
    """A row that belongs to a district and can be reached only through it.

    `journaled`: False for projections and plumbing, which the journal need not name.
    """

    __abstract__ = True
    journaled: ClassVar[bool] = True

    @declared_attr
    def district_id(cls) -> Mapped[UUID]:
        return mapped_column(ForeignKey("districts.id"), primary_key=True)

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True)


class MutableRow(DistrictRow):
    """A district's row that changes: each change raises its version."""

    __abstract__ = True

    @declared_attr
    def version(cls) -> Mapped[int]:
        return mapped_column(Integer, default=1)

    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column()

    @declared_attr
    def updated_at(cls) -> Mapped[datetime]:
        return mapped_column()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__dict__.get("version", cls.version)}


def assign(row: Base, values: Mapping[str, Any]) -> frozenset[str]:
    """Set the columns of a row that are to be otherwise; their names, none when all is so."""
    changed = frozenset(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


def touch(row: MutableRow) -> None:
    """Raise the version of a stored row whose columns stay: what is shown as part of it changed."""
    flag_modified(row, "updated_at")


def refers(column: str, table: str) -> ForeignKeyConstraint:
    """A reference inside the district: `(district_id, column)` to `table`."""
    return ForeignKeyConstraint(["district_id", column], [f"{table}.district_id", f"{table}.id"])


def one_of(column: str, values: Iterable[str], *, nullable: bool = False) -> CheckConstraint:
    """A column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    test = f"{column} IN ({words})"
    return CheckConstraint(f"{column} IS NULL OR {test}" if nullable else test, name=column)


def word(length: int = 40) -> String:
    """The type of a short code."""
    return String(length)


def plain(value: Any) -> Any:
    """A value as JSON holds it, at every depth: ids as text, days and instants by ISO 8601."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, date):  # and instants, which are days of a kind
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def time_ordered_id(at: datetime) -> UUID:
    """A version 7 UUID (RFC 9562, 5.7) of the instant `at`: sorts by time, then at random."""
    return UUID(int=_version_7(_milliseconds(at), secrets.randbits(74)))


def time_ordered_ids(at: datetime) -> Iterator[bytes]:
    """The same for many, as their sixteen bytes, each after the one before it (6.2, method 2).

    Rows that come in the order of their ids are put into an index, and looked up, side by side.
    """
    milliseconds, chance = _milliseconds(at), secrets.randbits(73)
    while True:
        for step in memoryview(secrets.token_bytes(4096)).cast("I"):
            chance += 1 + step
            yield _version_7(milliseconds, chance).to_bytes(16, "big")


def hex_of(id: UUID | bytes) -> str:
    """The 32 digits of an id. Of many rows ids come as bytes, which are made in half the time."""
    return id.hex() if isinstance(id, bytes) else id.hex


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _version_7(milliseconds: int, chance: int) -> int:
    bits = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64
    return bits | 0b10 << 62 | chance & (1 << 62) - 1
