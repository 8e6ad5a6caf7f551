"""School calendars by name: the files of `calendars/`, as the service is sent them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from service.policies.reading import Strict, plain

CALENDARS = Path(__file__).parent / "calendars"
NAMES = tuple(sorted(path.stem for path in CALENDARS.glob("*.yaml")))


@cache
def calendar(name: str) -> Sequence[dict[str, Any]]:
    """The school years of a calendar, in order."""
    text = (CALENDARS / f"{name}.yaml").read_text(encoding="utf-8")
    years: Sequence[dict[str, Any]] = plain(yaml.load(text, Strict))  # noqa: S506 - a safe loader
    return years
