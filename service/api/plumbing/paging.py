"""Lists: filters, a total and stable order, and cursors that cannot be forged.

A cursor holds the sort value and the id of the last row shown (keyset paging), so that page
one thousand costs what page one costs and no row is shown twice. It is signed together with
the district, the filters and the sort it was made for.

A statement is made once for each combination of filters and sort that anybody asks for, and
kept; what is asked for goes in as its parameters.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import marshmallow as ma
import orjson
from flask import Response, request
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, tuple_

from service.api.plumbing.choosing import check_expand, expand
from service.api.plumbing.fields import Expanded, Limit
from service.api.plumbing.problems import Problem, parameter_error
from service.api.plumbing.serializer import OPTIONS, of_rows
from service.api.plumbing.services import services
from service.storage.unit_of_work import UnitOfWork, in_district

Condition = Callable[[Any], ColumnElement[bool]]
_Way = bool | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Listing:
    """How one resource is listed.

    `model`: its table; `schema`: one item. `filters` maps a query name to a column (which
    must equal the value, or be among a list of values) or to a function from the value to a
    condition; a function is given several values as they are, so they must be of few words.
    `sorts` maps a sort name to a column; the first is the default. Every sort needs an index
    `(district_id, column, id)`. `columns` gives members of the schema that
    are not columns of the model; `join` adds what they come from.
    """

    model: Any
    schema: type[ma.Schema]
    sorts: Mapping[str, Any]
    filters: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    join: Callable[[Select[Any]], Select[Any]] | None = None
    id: Any = None
    default: str | None = None

    @property
    def key(self) -> Any:
        return self.model.id if self.id is None else self.id

    @cached_property
    def statement(self) -> Select[Any]:
        """Only the columns that the schema shows, the sorts and the id."""
        chosen = []
        for name, member in self.schema().dump_fields.items():
            if isinstance(member, Expanded):
                continue
            attribute = member.attribute or name
            column = self.columns.get(attribute, getattr(self.model, attribute, None))
            if column is None:
                raise TypeError(f"{self.schema.__name__}.{name} is no column: give it in `columns`")
            chosen.append(column.label(attribute))
        chosen.append(self.key.label("_key"))
        statement: Select[Any] = select(*chosen)
        return statement if self.join is None else self.join(statement)


def since(column: Any) -> Condition:
    """A filter: at or after the value (`updated_since`)."""
    return lambda value: column >= value


def before(column: Any) -> Condition:
    """A filter: earlier than the value (`due_before`)."""
    return lambda value: column < value


def missing(column: Any) -> Condition:
    """A filter by whether a column is empty (`open=true` by `closed_on`)."""
    return lambda value: column.is_(None) if value else column.is_not(None)


def page(uow: UnitOfWork, listing: Listing, query: Mapping[str, Any], **of: UUID) -> Response:
    """One page of a listing as an answer, with `Link` and, when asked, `X-Total-Count`.

    `of`: columns of the model that must have this value whatever the query says.
    """
    check_expand(uow, query.get("expand", ()), listing.schema)
    limit = query.get("limit", Limit.DEFAULT)
    sort = query.get("sort") or listing.default or next(iter(listing.sorts))
    filters = listing.filters
    asked = tuple((name, _way(filters[name], query[name])) for name in filters if name in query)
    values = {f"by_{name}": query[name] for name, way in asked if isinstance(way, str)}
    values |= {f"of_{name}": value for name, value in of.items()}
    shape = _Shape(listing, asked, tuple(of))

    after: dict[str, Any] = {}
    if "cursor" in query:
        column = listing.sorts[sort.removeprefix("-")]
        value, id = _read(query["cursor"], _mark(uow, query, sort), column)
        after = {"after_id": id} if value is None else {"after_id": id, "after_value": value}
    rows = uow.rows(_ordered(shape, sort, tuple(after)), limit=limit + 1, **values, **after)
    shown, following = rows, None
    if len(rows) > limit:
        shown = rows[:limit]
        following = _write(_mark(uow, query, sort), shown[-1]._sort, shown[-1]._key)
    only = frozenset(query["fields"]) if "fields" in query else None
    items = of_rows(listing.schema, only)(shown)
    if names := query.get("expand", ()):
        expand(uow, listing.schema, items, shown, names)
    body = orjson.dumps({"items": items, "next_cursor": following}, option=OPTIONS)
    answer = Response(body, status=200, mimetype="application/json")
    answer.headers["Link"] = _links(following)
    if query.get("include_total"):
        answer.headers["X-Total-Count"] = str(uow.rows(_counted(shape), **values)[0][0])
    return answer


# The statements -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes the statement of one query differ from another's, apart from values.

    `asked`: the filters, each with its way: `one` value or `many`, which go in as parameters, or
    those values themselves that decide what is asked. `of`: the columns that must have a given
    value.
    """

    listing: Listing
    asked: tuple[tuple[str, _Way], ...]
    of: tuple[str, ...]


def _way(given: Any, value: Any) -> _Way:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return "many" if _is_column(given) else tuple(sorted(set(value)))
    return "one"


def _is_column(given: Any) -> bool:
    return hasattr(given, "in_")


def _condition(given: Any, name: str, way: _Way) -> ColumnElement[bool]:
    value: Any = bindparam(name, expanding=way == "many") if isinstance(way, str) else way
    if _is_column(given):
        found: ColumnElement[bool] = given.in_(value) if way == "many" else given == value
        return found
    made: ColumnElement[bool] = given(value)
    return made


@lru_cache(maxsize=512)
def _filtered(shape: _Shape) -> Select[Any]:
    listing = shape.listing
    conditions = [_condition(listing.filters[name], f"by_{name}", way) for name, way in shape.asked]
    conditions += [getattr(listing.model, name) == bindparam(f"of_{name}") for name in shape.of]
    return in_district(listing.statement.where(*conditions))


@lru_cache(maxsize=512)
def _counted(shape: _Shape) -> Select[Any]:
    # By a column of the model: to a bare count(*) no district would be added.
    counted = func.count(shape.listing.key)
    return _filtered(shape).with_only_columns(counted, maintain_column_froms=True)


@lru_cache(maxsize=512)
def _ordered(shape: _Shape, sort: str, after: tuple[str, ...]) -> Select[Any]:
    """`after`: the parameters that say after which row it begins, none for the first page."""
    down, key = sort.startswith("-"), shape.listing.key
    column = shape.listing.sorts[sort.removeprefix("-")]
    statement = _filtered(shape).add_columns(column.label("_sort"))
    if after:
        statement = statement.where(_after(column, key, down=down, empty=len(after) == 1))
    return statement.order_by(*_order(column, key, down=down)).limit(bindparam("limit"))


def _order(column: Any, key: Any, *, down: bool) -> list[Any]:
    """Empty values come last, and first when the order is turned around."""
    first, then = (column.desc(), key.desc()) if down else (column.asc(), key.asc())
    if _nullable(column):
        first = first.nulls_first() if down else first.nulls_last()
    return [first, then]


def _after(column: Any, key: Any, *, down: bool, empty: bool) -> ColumnElement[bool]:
    """The rows that come after one with this sort value, perhaps an empty one, and this id."""
    id = bindparam("after_id", type_=key.type)
    later = key < id if down else key > id
    if empty:
        at = and_(column.is_(None), later)
        return or_(at, column.is_not(None)) if down else at
    mine = tuple_(column, key)
    theirs = tuple_(bindparam("after_value", type_=column.type), id)
    beyond: ColumnElement[bool] = mine < theirs if down else mine > theirs
    return or_(beyond, column.is_(None)) if _nullable(column) and not down else beyond


def _nullable(column: Any) -> bool:
    return bool(getattr(column, "nullable", True))


# Cursors ------------------------------------------------------------------------------

_FREE = frozenset({"cursor", "limit", "include_total", "fields", "expand"})
"""What may change from page to page: it says nothing of which rows come, and in which order."""


def _mark(uow: UnitOfWork, query: Mapping[str, Any], sort: str) -> bytes:
    """What a cursor is bound to: address, district, sort and filters."""
    kept = {name: str(value) for name, value in query.items() if name not in _FREE}
    bound = [request.path, str(uow.district_id), sort, sorted(kept.items())]
    return orjson.dumps(bound)


def _write(mark: bytes, value: Any, id: UUID) -> str:
    body = orjson.dumps([value, id])
    return base64.urlsafe_b64encode(_sign(mark, body) + body).decode().rstrip("=")


def _sign(mark: bytes, body: bytes) -> bytes:
    return hmac.digest(services().keys.cursors, mark + b"\n" + body, "sha256")[:16]


def _read(cursor: str, mark: bytes, column: Any) -> tuple[Any, UUID]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        signature, body = raw[:16], raw[16:]
        if not hmac.compare_digest(signature, _sign(mark, body)):
            raise ValueError("signature")
        value, id = orjson.loads(body)
        return _typed(value, column), UUID(id)
    except ValueError:
        message = "This cursor was not made for this list with these filters and this sort."
        raise Problem(
            "validation",
            f"{message} Start again without a cursor.",
            errors=[parameter_error("cursor", "bad_cursor", message)],
        ) from None


def _typed(value: Any, column: Any) -> Any:
    kind = getattr(column.type, "impl_instance", column.type).python_type
    if isinstance(value, str):
        if issubclass(kind, datetime):
            return datetime.fromisoformat(value)
        if issubclass(kind, date):
            return date.fromisoformat(value)
        if issubclass(kind, UUID):
            return UUID(value)
    return value


def _links(following: str | None) -> str:
    given = [(k, v) for k, v in request.args.items(multi=True) if k != "cursor"]

    def link(rel: str, more: Sequence[tuple[str, str]] = ()) -> str:
        query = urlencode([*given, *more])
        return f'<{request.path}{"?" if query else ""}{query}>; rel="{rel}"'

    links = [link("next", [("cursor", following)])] if following else []
    return ", ".join([*links, link("first")])
