"""Turning rows into JSON fast: a function is generated from each Schema's dump fields.

`dumps` gives the bytes that `Schema.dump` and orjson would give (a test holds the two equal
for every Schema), about thirty times faster, and reads rows and entities alike. A Schema
with hooks is dumped by marshmallow; a field it does not know is asked itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import marshmallow as ma
import orjson
from marshmallow import fields

from service.api.plumbing.fields import Instant

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS

Dump = Callable[[Any], Any]

_compiled: dict[type[ma.Schema], Dump] = {}

# Fields whose value orjson writes just as they would. Only these very classes: a subclass
# may serialize otherwise.
_AS_IT_IS: set[str] = {
    "String", "Text", "Words", "Sort", "Integer", "Int64", "Boolean", "Flag", "UUID", "IdField",
    "Date", "Day", "Raw", "AnyValue", "Instant", "Dict", "AnyObject",
}  # fmt: skip


def dumps(schema: type[ma.Schema], value: Any) -> bytes:
    """JSON of one row, or of a list of rows, as `schema` shows them."""
    dump = compiled(schema)
    if isinstance(value, list):
        return orjson.dumps([dump(row) for row in value], option=OPTIONS)
    return orjson.dumps(dump(value), option=OPTIONS)


def page_bytes(schema: type[ma.Schema], rows: Sequence[Any], next_cursor: str | None) -> bytes:
    """JSON of a page of rows."""
    dump = compiled(schema)
    page = {"items": [dump(row) for row in rows], "next_cursor": next_cursor}
    return orjson.dumps(page, option=OPTIONS)


def compiled(schema: type[ma.Schema]) -> Dump:
    """The function that turns one object into what orjson can write."""
    if schema not in _compiled:
        _compiled[schema] = _compile(schema)
    return _compiled[schema]


def _compile(schema: type[ma.Schema]) -> Dump:
    instance = schema()
    if _has_hooks(instance):
        return instance.dump
    parts: list[str] = []
    names: dict[str, Any] = {}
    plain = True
    for number, (name, field) in enumerate(instance.dump_fields.items()):
        key = field.data_key or name
        attribute = field.attribute or name
        read = f"o.{attribute}"
        convert = _converter(field)
        if not attribute.isidentifier() or convert is None or field.dump_default is not ma.missing:
            plain = False
            break
        if convert is _same:
            parts.append(f"{key!r}: {read}")
        else:
            names[f"c{number}"] = convert
            parts.append(f"{key!r}: c{number}({read})")
    if not plain:
        return instance.dump
    source = f"lambda o: {{{', '.join(parts)}}}"
    # The source is made of identifiers and literals of our own Schemas.
    fast: Dump = eval(source, names)  # noqa: S307

    def dump(o: Any) -> Any:
        # A mapping has no attributes, and an object may lack one: marshmallow knows both.
        if isinstance(o, Mapping):
            return instance.dump(o)
        try:
            return fast(o)
        except AttributeError:
            return instance.dump(o)

    return dump


def _has_hooks(instance: ma.Schema) -> bool:
    hooks = instance._hooks
    return any(hooks.get(kind) for kind in ("pre_dump", "post_dump"))


def _same(value: Any) -> Any:
    return value


def _converter(field: fields.Field[Any]) -> Dump | None:
    """What turns the field's value into JSON; None for a field that must be asked itself."""
    kind = type(field)
    if kind.__name__ in _AS_IT_IS and kind.__module__ in (
        "marshmallow.fields",
        "service.api.plumbing.fields",
    ):
        if isinstance(field, fields.Dict) and (field.key_field or field.value_field):
            return None
        if isinstance(field, Instant):
            return _same
        return _same
    if isinstance(field, fields.Nested):
        if field.only or field.exclude:
            return None
        inner = compiled(type(field.schema))
        if field.many:
            return lambda many: None if many is None else [inner(one) for one in many]
        return lambda one: None if one is None else inner(one)
    if isinstance(field, fields.List):
        each = _converter(field.inner)
        if each is None:
            return None
        if each is _same:
            return lambda many: None if many is None else list(many)
        return lambda many: None if many is None else [each(one) for one in many]
    return None
