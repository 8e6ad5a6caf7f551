"""The generated serializer says what `Schema.dump` says, for every Schema of the document."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import marshmallow as ma
import orjson
import pytest
from flask import Flask
from marshmallow import fields

from service.api.plumbing.fields import Expanded, Instant, Schema, Text
from service.api.plumbing.serializer import OPTIONS, dumps, of_rows


def schemas(app: Flask) -> list[type[ma.Schema]]:
    api: Any = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return list(dict.fromkeys(key[0] for key in api.ma_plugin.converter.refs))


def sample(field: Any, *, empty: bool) -> Any:
    """A value such as a row would hold."""
    if empty and field.allow_none:
        return None
    match field:
        case fields.Nested():
            one = an_object(type(field.schema), empty=empty)
            return [one, one] if field.many else one
        case fields.List():
            return [] if empty else [sample(field.inner, empty=False)] * 2
        case fields.UUID():
            return UUID("01936f1e-8a00-7000-8000-000000000001")
        case fields.Boolean():
            return not empty
        case fields.Integer():
            return 7
        case fields.Float():
            return 3 if empty else 2.5
        case fields.DateTime():
            return datetime(2026, 10, 5, 15, 0, 0, 0 if empty else 123456, tzinfo=UTC)
        case fields.Date():
            return date(2026, 10, 5)
        case fields.Dict():
            inner: Any = field.value_field
            value = sample(inner, empty=False) if inner else [1, None, "x"]
            return {} if empty else {"é": value}
        case fields.String():
            return 'É "quoted" \U0001f600'
        case _:
            return {"any": 1}


def an_object(schema: type[ma.Schema], *, empty: bool = False) -> Any:
    dumped = schema().dump_fields
    return SimpleNamespace(
        **{
            field.attribute or name: sample(field, empty=empty)
            for name, field in dumped.items()
            if not isinstance(field, Expanded)  # read for a whole answer, not off a row
        }
    )


@pytest.mark.parametrize("empty", [False, True])
def test_equals_schema_dump(one_app: Flask, empty: bool) -> None:
    found = schemas(one_app)
    assert len(found) > 10
    for schema in found:
        row = an_object(schema, empty=empty)
        assert dumps(schema, row) == orjson.dumps(schema().dump(row), option=OPTIONS), schema
        assert dumps(schema, [row, row]) == orjson.dumps(
            schema().dump([row, row], many=True), option=OPTIONS
        )


@pytest.mark.parametrize("empty", [False, True])
def test_rows_are_read_by_place(one_app: Flask, empty: bool) -> None:
    for schema in schemas(one_app):
        shown = an_object(schema, empty=empty)
        row = (*vars(shown).values(), "more")
        assert orjson.dumps(of_rows(schema)([row, row]), option=OPTIONS) == orjson.dumps(
            schema().dump([shown, shown], many=True), option=OPTIONS
        ), schema


def test_an_object_without_an_attribute_leaves_the_member_out() -> None:
    class Pair(Schema):
        left = Text()
        right = Text()

    assert dumps(Pair, SimpleNamespace(left="a")) == b'{"left":"a"}'
    assert dumps(Pair, {"right": "b"}) == b'{"right":"b"}'


def test_hooks_and_strange_fields_are_asked_themselves() -> None:
    class Loud(fields.Field[str]):
        def _serialize(self, value: Any, attr: Any, obj: Any, **_: Any) -> Any:
            return str(value).upper()

    class Odd(Schema):
        word = Loud()
        at = Instant()

    at = datetime(2026, 10, 5, 15, tzinfo=UTC)
    row = SimpleNamespace(word="a", at=at)
    assert dumps(Odd, row) == b'{"word":"A","at":"2026-10-05T15:00:00Z"}'

    class Hooked(Schema):
        word = Text()

        @ma.post_dump
        def add(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
            return {**data, "more": 1}

    assert dumps(Hooked, SimpleNamespace(word="a")) == b'{"word":"a","more":1}'
