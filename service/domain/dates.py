"""A day as people write it here: `YYYY-MM-DD`, and in no other way."""

from __future__ import annotations

import re
from datetime import date

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def written(text: object) -> date:
    """The day that a text names as `YYYY-MM-DD`; ValueError for anything else.

    Python would also read the other forms of ISO 8601, `20260303` and `2026-W10-2`, that nobody
    writes on purpose: a number that slipped into the wrong column would become a day.
    """
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise ValueError("not written YYYY-MM-DD")
    return date.fromisoformat(text)
