"""Holding what pages show against what is answered."""

from __future__ import annotations

import json
from typing import Any


def assert_within(part: Any, whole: Any) -> None:
    """What is shown has the value that was answered; a list begins with what is shown of it."""
    if isinstance(part, dict):
        assert part.keys() <= whole.keys()
        for name, value in part.items():
            assert_within(value, whole[name])
    elif isinstance(part, list):
        assert len(part) <= len(whole)
        for one, other in zip(part, whole, strict=False):
            assert_within(one, other)
    else:
        assert part == whole


def values(printed: str) -> list[Any]:
    """The JSON objects in what was printed, whatever stands between them."""
    found, at, read = [], printed.find("{"), json.JSONDecoder().raw_decode
    while at >= 0:
        value, end = read(printed, at)
        found.append(value)
        at = printed.find("{", end)
    return found
