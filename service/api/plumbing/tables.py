"""Lists and reports as CSV: the columns of the JSON, made from the JSON itself.

One place turns the answer of every list and every report into a table when `Accept` asks for
`text/csv`, so the two can never tell different things, and a page is the same page with the same
`Link`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import marshmallow as ma
import orjson
from flask import Response, request
from marshmallow import fields

from service.api.plumbing import etags
from service.api.plumbing.choosing import items_of
from service.api.plumbing.fields import Day, Expanded, IdField, Int64, Words

MEDIA_TYPE = "text/csv"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8; header=present"
SAID = (
    "The same answer as a table (RFC 4180, UTF-8, the first line names the columns), with the "
    "members in the same order. A member of an object has the name of both, `student.grade`; a "
    "list of codes, days or ids has semicolons between; any other list or object of free shape "
    "stands as JSON. Null is an empty cell. A text that a spreadsheet would take for a formula "
    "has an apostrophe before it. The next page is named in the header `Link`. A report has its "
    "own members in every line, and in one line when there is nothing to list; where it has "
    "several tables they stand one below the other, and the column `table` tells them apart."
)

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_PLAIN = (Day, IdField, Int64, Words)
"""What a list is joined of: nothing with a semicolon in it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where its value is in an item, and how a list in it is written."""

    path: tuple[str, ...]
    joined: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def cell(self, item: Any) -> str:
        for part in self.path:
            item = item.get(part) if item is not None else None
        if self.joined and isinstance(item, list):
            return ";".join(map(_text, item))
        return _text(item)


def is_table(schema: ma.Schema | None) -> bool:
    """Whether an answer in this schema is a list or a report."""
    if schema is None:
        return False
    return bool(getattr(schema, "tables", ())) or items_of(schema) is not None


def is_wanted() -> bool:
    """Whether the client would rather have CSV than JSON."""
    best = request.accept_mimetypes.best_match(("application/json", MEDIA_TYPE))
    return best == MEDIA_TYPE


def as_table(answer: Response, schema: ma.Schema, *, conditional: bool) -> Response:
    """The answer of a list or a report, as CSV if the client wants that.

    `conditional`: 304 when the client has just this already.
    """
    answer.vary.add("Accept")
    if answer.status_code != 200 or not is_wanted():
        return answer
    only, expand = _asked("fields"), _asked("expand")
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        _lines(schema, orjson.loads(answer.get_data()), only, expand)
    )
    answer.set_data(text.getvalue().encode())
    answer.content_type = CONTENT_TYPE
    name = re.sub(r"[^a-z0-9]+", "-", request.path.rpartition("/v1/")[2]).strip("-")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    if "ETag" in answer.headers:  # that of the JSON
        digest = hashlib.sha256(answer.get_data()).hexdigest()[:20]
        tag = answer.headers["ETag"].strip('"') + f".{digest}"
        if conditional and etags.unchanged(tag):
            answer = Response(status=304, headers={"Vary": "Accept"})
        answer.headers["ETag"] = etags.etag(tag)
    return answer


def line(values: Iterable[Any]) -> str:
    """One line of CSV of plain values: texts, days, ids, figures, true and false."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(_text, values))
    return text.getvalue()


def safe(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def _asked(parameter: str) -> tuple[str, ...]:
    return tuple(filter(None, request.args.get(parameter, "").split(",")))


def _lines(
    schema: ma.Schema, body: Any, only: Collection[str], expand: Collection[str]
) -> Iterator[Sequence[str]]:
    names: tuple[str, ...] = getattr(schema, "tables", ())
    if not names:
        shown = columns(type(_items(schema, "items")), tuple(only), tuple(expand))
        yield [column.name for column in shown]
        yield from ([column.cell(item) for column in shown] for item in body["items"])
        return
    own = [c for c in columns(type(schema)) if c.path[0] not in names]
    inner = {name: columns(type(_items(schema, name))) for name in names}
    shown = tuple(dict.fromkeys(column for each in inner.values() for column in each))
    several = len(names) > 1
    yield [*(["table"] if several else []), *(column.name for column in (*own, *shown))]
    if not any(body[name] for name in names):
        yield [
            *([""] if several else []),
            *(column.cell(body) for column in own),
            *([""] * len(shown)),
        ]
    for name in names:
        for item in body[name]:
            yield [
                *([name] if several else []),
                *(column.cell(body) for column in own),
                *(column.cell(item) for column in shown),
            ]


def _items(schema: ma.Schema, name: str) -> ma.Schema:
    listed: Any = schema.dump_fields[name]
    inner: ma.Schema = listed.inner.schema
    return inner


@cache
def columns(
    schema: type[ma.Schema], only: tuple[str, ...] = (), expand: tuple[str, ...] = ()
) -> tuple[Column, ...]:
    """The columns of a schema's items, whatever is in them."""
    return tuple(_columns(schema, (), only, expand))


def _columns(
    schema: type[ma.Schema],
    within: tuple[str, ...],
    only: Collection[str] = (),
    expand: Collection[str] = (),
) -> Iterator[Column]:
    for name, field in schema().dump_fields.items():
        key = field.data_key or name
        if isinstance(field, Expanded):
            if name not in expand:
                continue
        elif only and key not in only:
            continue
        path = (*within, key)
        if isinstance(field, fields.Nested) and not field.many:
            yield from _columns(type(field.schema), path)
        else:
            joined = isinstance(field, fields.List) and isinstance(field.inner, _PLAIN)
            yield Column(path, joined)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe(value)
    return orjson.dumps(value).decode().strip('"')
