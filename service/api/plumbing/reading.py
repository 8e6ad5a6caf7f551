"""Reading what was sent: strictly, and what a schema refuses becomes a problem."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from webargs.flaskparser import FlaskParser

from service.api.plumbing import bodies
from service.api.plumbing.problems import Problem, body_error, parameter_error


class Parser(FlaskParser):
    """Reads bodies strictly and turns what Schemas refuse into problems."""

    def use_args(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        # One instance for every request: to make one costs more than to read a body with it.
        schema = argmap() if isinstance(argmap, type) else argmap
        return super().use_args(schema, *args, **kwargs)

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        raw = req.get_data(cache=True)
        if not raw and getattr(schema, "may_be_left_out", False):
            return {}
        return bodies.read_json(raw)

    def handle_error(self, error: ma.ValidationError, req: Any, schema: Any, **_: Any) -> Any:
        raise validation_problem(error.messages)


def validation_problem(messages: Any) -> Problem:
    """The 422 of marshmallow's messages, by location: everything at once."""
    errors: list[dict[str, str]] = []
    for location, found in messages.items():
        for path, message in _flat(found, ()):
            code = getattr(message, "code", "invalid")
            if location == "json":
                pointer = "".join(f"/{bodies.escape(part)}" for part in path)
                errors.append(body_error(pointer, code, str(message)))
            else:
                where = "query" if location in ("query", "querystring") else "body"
                name = ".".join(path)
                if where == "query":
                    errors.append(parameter_error(name, code, str(message)))
                else:
                    errors.append(body_error(f"/{name}", code, str(message)))
    count = len(errors)
    detail = "One thing is not acceptable." if count == 1 else f"{count} things are not acceptable."
    return Problem("validation", detail, errors=errors)


def _flat(found: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(found, dict):
        return [
            pair
            for key, inner in found.items()
            for pair in _flat(inner, path if key == "_schema" else (*path, str(key)))
        ]
    if isinstance(found, (list, tuple)):
        return [pair for inner in found for pair in _flat(inner, path)]
    return [(path, found)]
