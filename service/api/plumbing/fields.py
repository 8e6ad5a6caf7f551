"""The base Schema and the fields every resource uses.

They refuse with a code and a sentence, document their bounds, and keep out what a database
or another program would trip over. Values are kept as sent: nothing is stripped or rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast
from uuid import UUID

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields, validate

from service.domain.dates import written
from service.storage.imports import FEED_NAME

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


class Said(str):
    """A message with the code that programs compare."""

    code: str

    def __new__(cls, code: str, message: str) -> Said:
        said = super().__new__(cls, message)
        said.code = code
        return said

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return self.code, str(self)


def refuse(code: str, message: str) -> ma.ValidationError:
    """What a field or a `@validates` method raises."""
    return ma.ValidationError(Said(code, message))


class Schema(ma.Schema):
    """The base of every body, query and answer: unknown members are refused."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {  # noqa: RUF012 - marshmallow reads it off the class
        "unknown": Said("unknown_member", "There is no such member here."),
        "type": Said("not_an_object", "A JSON object is expected here."),
    }

    tables: ClassVar[tuple[str, ...]] = ()
    """Of a report: its members that are tables, for CSV. The `items` of a list need no naming."""


def _told(kwargs: dict[str, Any], **documented: Any) -> dict[str, Any]:
    """Keyword arguments of a field, with what JSON Schema says of it added to its metadata."""
    return {**kwargs, "metadata": {**documented, **kwargs.get("metadata", {})}}


class _Coded:
    """Adds the key of an error message as its code."""

    CODES: ClassVar[dict[str, Said]] = {
        "required": Said("required", "This member is required."),
        "null": Said("null", "This member may not be null."),
    }

    def make_error(self, key: str, **kwargs: Any) -> ma.ValidationError:
        if key in self.CODES:
            return ma.ValidationError(self.CODES[key])
        error: ma.ValidationError = super().make_error(key, **kwargs)  # type: ignore[misc]
        message = error.messages[0] if isinstance(error.messages, list) else str(error)
        return ma.ValidationError(Said(key, str(message)))


class Text(_Coded, fields.String):
    """A text of 1 to `max` characters, kept as it is sent. Blank is refused.

    `blank=True` lets an empty text pass.
    """

    def __init__(self, *, max: int = 255, blank: bool = False, **kwargs: Any) -> None:
        bounds: dict[str, Any] = {} if blank else {"minLength": 1, "pattern": r"\S"}
        super().__init__(**_told(kwargs, maxLength=max, **bounds))
        self.max, self.blank = max, blank

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, *args, **kwargs)
        if len(text) > self.max:
            raise refuse("too_long", f"At most {self.max} characters.")
        if not self.blank and not text.strip():
            raise refuse("blank", "This may not be blank.")
        return text


class FeedName(Text):
    """What a stream of rosters is called: lower-case letters, digits and underscores."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=40, **_told(kwargs, pattern=FEED_NAME.pattern))

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, *args, **kwargs)
        if not FEED_NAME.fullmatch(text):
            raise refuse("not_a_feed", "A feed is lower-case letters, digits and underscores.")
        return text


class Words(_Coded, fields.String):
    """One of a fixed set of lower-case words, each with its meaning when given as a mapping."""

    def __init__(self, words: Iterable[str] | Mapping[str, str], **kwargs: Any) -> None:
        if isinstance(words, Mapping):
            meanings = "\n".join(f"- `{word}`: {meaning}" for word, meaning in words.items())
            said = kwargs.get("metadata", {}).get("description", "")
            told = {"description": f"{said}\n\n{meanings}".strip()}
            kwargs["metadata"] = {**kwargs.get("metadata", {}), **told}
        super().__init__(**kwargs)
        self.words = tuple(words)
        self.meanings = words if isinstance(words, Mapping) else dict.fromkeys(words, "")
        # For the document, which adds null itself when `allow_none` is set.
        self.validators.append(validate.OneOf(self.words))

    def _validate(self, value: Any) -> None:
        if value not in self.words:
            raise refuse("not_one_of", f"One of: {', '.join(self.words)}.")


class Day(_Coded, fields.Date):
    """A date, `YYYY-MM-DD`, between 1900 and 2200."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            day = written(value)
        except ValueError:
            raise refuse("not_a_date", "There is no such date; write YYYY-MM-DD.") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise refuse("date_range", "A date lies between 1900 and 2200.")
        return day


class StoredDay(Day):
    """A date that is kept inside a JSON column, as text."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value


class Instant(_Coded, fields.AwareDateTime):
    """An instant, RFC 3339 with its offset; answered in UTC with `Z`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        # A plus that was not escaped in a query string arrives as a space.
        if isinstance(value, str):
            value = value.replace(" 0", "+0").replace(" 1", "+1") if "T" in value else value
            if not _ISO_DAY.match(value):
                raise self.make_error("invalid", obj_type="datetime", input=value)
        at: datetime = super()._deserialize(value, *args, **kwargs)
        if not FIRST_DAY <= at.date() <= LAST_DAY:
            raise refuse("date_range", "An instant lies between 1900 and 2200.")
        return at.astimezone(UTC)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Int64(_Coded, fields.Integer):
    """A whole number between `min` and `max`, by default all that fit into 32 bits."""

    def __init__(self, *, min: int = -(2**31), max: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(strict=True, **_told(kwargs, minimum=min, maximum=max))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        # JSON knows one kind of number: 1.0 is a whole one.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise refuse("not_an_integer", "A whole number is expected here.")
        number: Any = super()._deserialize(value, *args, **kwargs)
        if not self.min <= number <= self.max:
            raise refuse("range", f"Between {self.min} and {self.max}.")
        return number


class Number(_Coded, fields.Float):
    """A number between `min` and `max`."""

    def __init__(self, *, min: float = -1e12, max: float = 1e12, **kwargs: Any) -> None:
        super().__init__(allow_nan=False, **_told(kwargs, minimum=min, maximum=max))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise refuse("not_a_number", "A number is expected here.")
        number: Any = super()._deserialize(value, *args, **kwargs)
        if not self.min <= number <= self.max:
            raise refuse("range", f"Between {self.min} and {self.max}.")
        return number


class Flag(_Coded, fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise refuse("not_a_flag", "true or false is expected here.")
        return value


class IdField(_Coded, fields.UUID):
    """The opaque id of a record."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> UUID:
        if isinstance(value, str) and len(value) == 36 and value.isascii():
            with suppress(ValueError):
                return UUID(value)
        raise refuse("not_an_id", "An id is a UUID, written with hyphens.")


class Listed(_Coded, fields.List[Any]):
    """A list of at most `max` things."""

    def __init__(self, inner: Any, *, min: int = 0, max: int = 100, **kwargs: Any) -> None:
        bounds = {"minItems": min, "maxItems": max} if min else {"maxItems": max}
        super().__init__(inner, **_told(kwargs, **bounds))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list):
            if len(value) > self.max:
                raise refuse("too_many", f"At most {self.max}.")
            if len(value) < self.min:
                raise refuse("too_few", f"At least {self.min}.")
        return super()._deserialize(value, *args, **kwargs)


class Nested(_Coded, fields.Nested):
    """An object of another Schema."""


class Expanded(Nested):
    """A related record, or with `many` all of them: only there when `expand=` names the member.

    `of`: the attribute of the row that the record refers to; `at`: the column of the record that
    holds it, served by an index. `scope`: what the caller must be able to read for it. The
    members of `schema` are columns of the record.
    """

    def __init__(
        self,
        schema: type[ma.Schema],
        *,
        of: str,
        at: Any,
        scope: str,
        said: str,
        many: bool = False,
    ) -> None:
        told = {"description": f"{said} Only when `expand` asks for it."}
        super().__init__(schema, many=many, allow_none=not many, metadata=told)
        self.of, self.at, self.scope, self.said = of, at, scope, said

    def serialize(self, *_: Any, **__: Any) -> Any:
        """Nothing: it is read for a whole answer at once (`service.api.plumbing.choosing`)."""
        return ma.missing


class AnyObject(_Coded, fields.Dict):
    """A JSON object of free shape."""


class AnyValue(_Coded, fields.Raw):
    """Any JSON value."""


class CommaList(_Coded, fields.Field[list[Any]]):
    """For queries: values with commas between, `grade=01,02`."""

    def __init__(self, inner: fields.Field[Any], *, max: int = 50, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.max = inner, max

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        parts = str(value).split(",")
        if len(parts) > self.max:
            raise refuse("too_many", f"At most {self.max}.")
        return [self.inner.deserialize(part) for part in parts]


def document(plugin: MarshmallowPlugin) -> None:
    """Tell apispec what the fields above are in JSON Schema."""
    map_to, converter = plugin.map_to_openapi_type, cast(OpenAPIConverter, plugin.converter)
    converter.add_attribute_function(_inner)
    converter.add_parameter_attribute_function(_with_commas)
    for ours, theirs in (
        (Text, fields.String),
        (Words, fields.String),
        (Day, fields.Date),
        (Instant, fields.DateTime),
        (Int64, fields.Integer),
        (Limit, fields.Integer),
        (Sort, fields.String),
        (Number, fields.Float),
        (Flag, fields.Boolean),
        (TrueOrFalse, fields.Boolean),
        (IdField, fields.UUID),
        (Listed, fields.List),
    ):
        map_to(ours, theirs)
    map_to(CommaList, "array", None)
    map_to(AnyObject, "object", None)


def _inner(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """What is between the commas of a list, and what the keys of an object are like."""
    if isinstance(field, CommaList):
        items = converter.field2property(field.inner)
        return {"items": items, "minItems": 1, "maxItems": field.max}
    if isinstance(field, AnyObject) and field.key_field is not None:
        return {"propertyNames": converter.field2property(field.key_field)}
    return {}


def _with_commas(_: Any, field: Any, **__: Any) -> dict[str, Any]:
    return {"style": "form", "explode": False} if isinstance(field, CommaList) else {}


# Queries ------------------------------------------------------------------------------


class Query(Schema):
    """The base of a query without paging."""


class ExpandQuery(Query):
    """The query of a single record that nests others: `expand` comes with what it shows."""


class TrueOrFalse(Flag):
    """true or false in a query, where every value is a text: `active=true`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value not in ("true", "false"):
            raise refuse("not_a_flag", "true or false is expected here.")
        return value == "true"


class Limit(_Coded, fields.Integer):
    """How long a page is: brought into range, not refused."""

    DEFAULT, MOST = 50, 500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            metadata={
                "description": f"How many to answer with, 1 to {self.MOST}; a number outside is "
                "brought into range.",
                "default": self.DEFAULT,
            },
            **kwargs,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        digits = str(value).removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 40):
            raise refuse("not_an_integer", "A whole number is expected here.")
        return min(max(int(value), 1), self.MOST)


class ListQuery(Query):
    """The base of every list's query: which page of it, how long, and whether to count."""

    limit = Limit()
    cursor = Text(
        max=2000,
        metadata={
            "description": "Where to go on: `next_cursor` of the page before, with the same "
            "filters and sort."
        },
    )
    include_total = TrueOrFalse(
        metadata={"description": "Count all that match, in the header `X-Total-Count`."}
    )


class WholeNumber(Int64):
    """A whole number in a query, where every value is a text: `school_year=2027`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        digits = str(value).removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
            raise refuse("not_an_integer", "A whole number is expected here.")
        return super()._deserialize(int(value), *args, **kwargs)


class Sort(_Coded, fields.String):
    """One of the fields a list is sorted by; with `-` before it, descending."""

    def __init__(self, *names: str, **kwargs: Any) -> None:
        self.words = tuple(word for name in names for word in (name, f"-{name}"))
        super().__init__(
            metadata={
                "description": "The field to sort by; `-` before it turns the order around.",
                "default": names[0],
                **kwargs.pop("metadata", {}),
            },
            **kwargs,
        )
        self.validators.append(validate.OneOf(self.words))

    def _validate(self, value: Any) -> None:
        if value not in self.words:
            raise refuse("not_one_of", f"One of: {', '.join(self.words)}.")


class PlainQuery(ListQuery):
    """The query of a short list, which is sorted by when its rows were made and not filtered."""

    sort = Sort("created_at")


def page_of(item: type[Schema]) -> type[Schema]:
    """The Schema of a page of `item`: `SchoolSchema` makes `SchoolPage`."""
    name = item.__name__.removesuffix("Schema") + "Page"
    if name not in _PAGES:
        members = {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Send it as `cursor` for the next page; null at the end."},
            ),
            "__module__": item.__module__,
        }
        _PAGES[name] = type(name, (Schema,), members)
    return _PAGES[name]


_PAGES: dict[str, type[Schema]] = {}
