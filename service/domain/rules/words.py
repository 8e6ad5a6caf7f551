"""Words and dates as the sentences of an answer and its evidence show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from service.domain.dates import written


def listed(things: Iterable[str], word: str = "and") -> str:
    """`a`, `a and b`, or `a, b and c`."""
    *most, last = list(things) or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def plain(code: str) -> str:
    """A code as people say it: `parent_input` is `parent input`."""
    return code.replace("_", " ")


def said(text: object) -> bool:
    """Whether this is text with something in it."""
    return isinstance(text, str) and bool(text.strip())


def iso(day: date | None) -> str | None:
    """A date as evidence shows it."""
    return None if day is None else day.isoformat()


def day_of(value: Any) -> date | None:
    """A date said with a step, as a date or in ISO form; None when it is neither."""
    if isinstance(value, date):
        return value
    try:
        return written(value)
    except ValueError:
        return None
