"""Codes of other systems, from the crosswalks beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "crosswalks"


def descriptor(name: str, value: str, namespace: str = "uri://ed-fi.org") -> str:
    """A descriptor as Ed-Fi writes it: `uri://ed-fi.org/SexDescriptor#Female`."""
    return f"{namespace}/{name}#{value}"


@cache
def crosswalk(name: str) -> Mapping[str, Any]:
    """A crosswalk: its `sources`, and for each of our `codes` what others call it."""
    read: Mapping[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return read


def disability(code: str | None) -> str | None:
    """The descriptor of a federal category; None when Ed-Fi has none for it."""
    found = crosswalk("disabilities")["codes"].get(code, {}).get("ed_fi")
    return found and descriptor("DisabilityDescriptor", found)


def exit_reason(code: str | None) -> dict[str, str]:
    """How a student left special education, and the program, by the reason a plan ended."""
    found = crosswalk("exit_reasons")["codes"].get(code)
    if found is None:
        return {}
    return {
        "specialEducationExitReasonDescriptor": descriptor(
            "SpecialEducationExitReasonDescriptor", found["ed_fi"]
        ),
        "reasonExitedDescriptor": descriptor("ReasonExitedDescriptor", found["reason_exited"]),
    }
