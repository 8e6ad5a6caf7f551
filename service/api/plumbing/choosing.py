"""`fields=` and `expand=`: which members of an answer a client wants to see.

Both come with the shape of what is answered: a list takes `fields=` with the members of its items
as words, and whatever has `Expanded` members takes `expand=` with their names. No resource says
so itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import Select, bindparam, select

from service.api.plumbing.auth import check_scopes
from service.api.plumbing.fields import CommaList, Expanded, ListQuery, Words
from service.api.plumbing.serializer import of_rows
from service.storage.unit_of_work import UnitOfWork, in_district


def items_of(schema: ma.Schema | type[ma.Schema]) -> type[ma.Schema] | None:
    """The schema of the items of a list; None for what is no list."""
    found = (schema() if isinstance(schema, type) else schema).dump_fields.get("items")
    inner = found.inner if isinstance(found, ma.fields.List) else None
    return type(inner.schema) if isinstance(inner, ma.fields.Nested) else None


@cache
def expanded(schema: type[ma.Schema]) -> Mapping[str, Expanded]:
    """The members of a schema that are only there when asked for."""
    return {n: f for n, f in schema().dump_fields.items() if isinstance(f, Expanded)}


def query_of(query: type[ma.Schema], answered: Any) -> type[ma.Schema]:
    """A query's schema with `fields` and `expand`, as far as the answer's schema has them."""
    listed = items_of(answered) if issubclass(query, ListQuery) else None
    shown = listed or (answered if isinstance(answered, type) else type(answered))
    more: dict[str, Any] = {}
    if listed is not None:
        names = [f.data_key or n for n, f in listed().dump_fields.items()]
        known = [name for name in names if name not in expanded(listed)]
        more["fields"] = CommaList(
            Words(known),
            max=len(known),
            metadata={
                "description": "Only these members of each item, with commas between. What "
                "`expand` asks for is there as well.",
                "example": known[:1],
            },
        )
    if words := {name: _said(field) for name, field in expanded(shown).items()}:
        own = query().load_fields.get("expand")
        if isinstance(own, CommaList) and isinstance(own.inner, Words):
            words = {**own.inner.meanings, **words}
        more["expand"] = CommaList(
            Words(words), metadata={"description": "Related records to nest, with commas between."}
        )
    if not more:
        return query
    return type(query.__name__, (query,), {**more, "__module__": query.__module__})


def _said(field: Expanded) -> str:
    return f"{field.said} Scope: `{field.scope}`."


def check_expand(uow: UnitOfWork, names: Collection[str], schema: type[ma.Schema]) -> None:
    """403 unless the caller may read what it wants to have nested."""
    known = expanded(schema)
    check_scopes(uow.caller, tuple(known[name].scope for name in names if name in known))


def expand(
    uow: UnitOfWork,
    schema: type[ma.Schema],
    shown: Sequence[dict[str, Any]],
    rows: Sequence[Any],
    names: Collection[str],
) -> None:
    """Put related records into the items shown: one select for each kind.

    `rows` are what the items were made of, in the same order.
    """
    for name, field in expanded(schema).items():
        if name not in names:
            continue
        keys: list[UUID | None] = [getattr(row, field.of) for row in rows]
        wanted = {key for key in keys if key is not None}
        found: dict[UUID, list[Any]] = defaultdict(list)
        if wanted:
            related = uow.rows(_related(field.at, type(field.schema)), keys=sorted(wanted))
            dumped = of_rows(type(field.schema))(related)
            for row, one in zip(related, dumped, strict=True):
                found[row._at].append(one)
        for item, key in zip(shown, keys, strict=True):
            mine = found.get(key, []) if key is not None else []
            item[name] = mine if field.many else next(iter(mine), None)


@cache
def _related(at: Any, schema: type[ma.Schema]) -> Select[Any]:
    model = at.class_
    columns = [
        getattr(model, field.attribute or name).label(field.attribute or name)
        for name, field in schema().dump_fields.items()
    ]
    wanted = at.in_(bindparam("keys", expanding=True))
    return in_district(select(*columns, at.label("_at")).where(wanted).order_by(at, model.id))
