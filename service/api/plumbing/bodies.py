"""Reading JSON bodies strictly.

Python's own readers accept what databases, other languages and careful readers do not:
a member named twice, NaN, integers of any length, NUL, nesting without end. Here each is
refused with the place where it stands.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from service.api.plumbing.problems import Problem, body_error

NDJSON = "application/x-ndjson"
"""A JSON value a line, for what is sent or answered in many."""
DEEPEST = 32
LARGEST = 2**63 - 1
SMALLEST = -(2**63)


class _Doubled(dict[str, Any]):
    """An object that names a member twice."""

    member: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled = _Doubled(made)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            doubled.member = name
        seen.add(name)
    return doubled


def read_json(raw: bytes) -> Any:
    """The value of a JSON body, or the problem `malformed-json`."""
    if not raw.strip():
        raise Problem("malformed-json", "The body is empty; this operation needs a JSON object.")
    try:
        # orjson holds to the standard: UTF-8, no NaN, no half surrogates, bounded depth.
        orjson.loads(raw)
        value = json.loads(raw, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Problem("malformed-json", f"Not JSON: {error}.") from None
    _walk(value, "", 0)
    return value


def _walk(value: Any, pointer: str, depth: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise _refused(pointer, "nul", "A text may not hold the character NUL.")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise _refused(pointer, "integer_range", "An integer must fit into 64 bits.")
    elif isinstance(value, (dict, list)):
        if depth >= DEEPEST:
            raise _refused(pointer, "too_deep", f"Nothing is nested deeper than {DEEPEST} levels.")
        if isinstance(value, _Doubled):
            at = f"{pointer}/{escape(value.member)}"
            raise _refused(at, "named_twice", f"The member `{value.member}` is named twice.")
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, member in members:
            if isinstance(key, str) and "\0" in key:
                raise _refused(pointer, "nul", "A name may not hold the character NUL.")
            _walk(member, f"{pointer}/{escape(str(key))}", depth + 1)


def escape(name: str) -> str:
    """A name as a JSON pointer (RFC 6901) writes it."""
    return name.replace("~", "~0").replace("/", "~1")


def _refused(pointer: str, code: str, message: str) -> Problem:
    return Problem("malformed-json", message, errors=[body_error(pointer, code, message)])
