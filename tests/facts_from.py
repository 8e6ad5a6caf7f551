"""Facts from plain values, as a card's examples and tests spell them.

`facts_from(Situation, {...})` builds the frozen records of `service.domain.facts` from
nested mappings and lists, led by the type hints; what is not stated keeps its default, and
a misspelt name is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from service.domain.facts import Situation

T = TypeVar("T")

TODAY = date(2025, 9, 10)
"""The day of an example that names none: a Wednesday, school being in session."""


def situation_from(given: Mapping[str, Any]) -> Situation:
    """A situation from its stated fields, on `TODAY` unless it says when."""
    return facts_from(Situation, {"today": TODAY, **given})


def facts_from(kind: type[T], given: Mapping[str, Any]) -> T:
    """One frozen record of `kind` from its stated fields; KeyError for an unknown one."""
    return kind(**fields_from(kind, given))


def fields_from(kind: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The stated fields of a `kind` as its constructor takes them; KeyError as above."""
    hints = _hints(kind)
    unknown = given.keys() - hints.keys()
    if unknown:
        raise KeyError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return {name: _value(hints[name], value) for name, value in given.items()}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def _value(hint: Any, value: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _value(next(arg for arg in inner if arg is not NoneType), value)
    if origin in (tuple, frozenset):
        return origin(_value(inner[0], item) for item in value)
    if origin is Mapping:
        return {name: _value(inner[1], item) for name, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return facts_from(hint, value)
    return value
