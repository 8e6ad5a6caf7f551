"""What the application's operations are, read off its routes and the marks on its views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import Flask

from service.api.plumbing.fields import CommaList, ListQuery, Sort, Words

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_VARIABLE = re.compile(r"<(?:[^<>]*:)?(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    `path` as the document writes it, `/v1/schools/{id}`. `scopes`: those it asks for, empty
    when any valid token will do, None when it is open to everybody; then `public` says why.
    `query`: the schema of its query, if it has one.
    """

    method: str
    path: str
    endpoint: str
    view: Any
    function: Any
    scopes: tuple[str, ...] | None
    public: str | None
    query: type[ma.Schema] | None

    @property
    def resource(self) -> str | None:
        """The plural noun it is about: the first part of its path after `/v1`."""
        parts = self.path.split("/")
        return parts[2] if len(parts) > 2 and parts[1] == "v1" else None

    @property
    def is_list(self) -> bool:
        return self.query is not None and issubclass(self.query, ListQuery)

    @property
    def filters(self) -> tuple[str, ...]:
        """The query parameters that narrow a list down, in their order."""
        beside = {
            *ListQuery().load_fields,
            *("fields", "expand"),
            *(name for name, _ in self._sorts()),
        }
        return tuple(name for name in self._fields() if name not in beside)

    @property
    def sorts(self) -> tuple[str, ...]:
        """What a list is sorted by; the first is the default."""
        return tuple(
            word for _, sort in self._sorts() for word in sort.words if not word.startswith("-")
        )

    @property
    def expands(self) -> tuple[str, ...]:
        """The related records that it nests when asked to."""
        expand = self._fields().get("expand")
        inner = expand.inner if isinstance(expand, CommaList) else None
        return inner.words if isinstance(inner, Words) else ()

    def _fields(self) -> dict[str, ma.fields.Field[Any]]:
        if self.query is None:
            return {}
        return {field.data_key or name: field for name, field in self.query().load_fields.items()}

    def _sorts(self) -> list[tuple[str, Sort]]:
        return [(name, f) for name, f in self._fields().items() if isinstance(f, Sort)]


def operations(app: Flask) -> Iterator[Operation]:
    """Every operation of the document, in the order of the paths."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in METHODS:
            function = getattr(view, method.lower(), None)
            if function is None or method not in (rule.methods or ()):
                continue
            yield Operation(
                method=method,
                path=_VARIABLE.sub(r"{\1}", rule.rule),
                endpoint=rule.endpoint,
                view=view,
                function=function,
                scopes=getattr(function, "__needs__", None),
                public=getattr(view, "public", None),
                query=_query(function),
            )


def answer_of(function: Any) -> ma.Schema | None:
    """The schema that `@blp.response(200, …)` noted; None for what has none."""
    noted = getattr(function, "_apidoc", {}).get("response", {}).get("responses", {})
    found = [one.get("schema") for one in noted.get(200, ()) if isinstance(one, dict)]
    return next((schema for schema in found if isinstance(schema, ma.Schema)), None)


def _query(function: Any) -> type[ma.Schema] | None:
    """The schema that `@blp.arguments(…, location="query")` noted."""
    arguments = getattr(function, "_apidoc", {}).get("arguments", {})
    for parameter in arguments.get("parameters", ()):
        if isinstance(parameter, dict) and parameter.get("in") == "query":
            schema = parameter["schema"]
            return schema if isinstance(schema, type) else type(schema)
    return None
