"""What a pack and a card may hold, and nothing else.

A check looks at one value and raises `LawInvalid` with the place and what is wrong. A typing
error in a key, a citation left out or an event nobody knows must not wait for a deadline to be
wrong: the service does not start with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from service.domain.calendars import DayUnit
from service.domain.citations import Verification
from service.domain.clocks import AbsenceWindow, AttachesTo
from service.domain.policy import MODES

Check = Callable[[Any, str], None]


class LawInvalid(ValueError):
    """A card or pack that cannot be read as law: in which file, where, and why."""

    def __init__(self, path: str, message: str, file: str = "") -> None:
        super().__init__(f"{file}{path}: {message}")
        self.path, self.message = path, message

    def in_file(self, file: str) -> LawInvalid:
        """The same, with the file named."""
        return LawInvalid(self.path, self.message, file)


def text(value: Any, path: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise LawInvalid(path, f"must be text, not {value!r} (quote codes and numbers)")


def flag(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise LawInvalid(path, f"must be true or false, not {value!r}")


def day(value: Any, path: str) -> None:
    if type(value) is not date:
        raise LawInvalid(path, f"must be a date such as 2025-07-01, not {value!r}")


def anything(value: Any, path: str) -> None:
    """Checked by whoever reads it."""


def whole(minimum: int) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise LawInvalid(path, f"must be a whole number from {minimum}, not {value!r}")

    return check


def word(*words: str) -> Check:
    def check(value: Any, path: str) -> None:
        if value not in words:
            raise LawInvalid(path, f"must be one of {', '.join(words)}, not {value!r}")

    return check


def like(pattern: str) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise LawInvalid(path, f"must look like {pattern}, not {value!r}")

    return check


def nullable(of: Check) -> Check:
    def check(value: Any, path: str) -> None:
        if value is not None:
            of(value, path)

    return check


def sequence(of: Check, at_least: int = 0) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, list) or len(value) < at_least:
            raise LawInvalid(path, f"must be a list of at least {at_least}")
        for place, item in enumerate(value):
            of(item, f"{path}/{place}")

    return check


def table(of: Check, key: str) -> Check:
    """Any number of members whose names look like `key`."""
    name = like(key)

    def check(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise LawInvalid(path, f"must be a mapping, not {value!r}")
        for member, item in value.items():
            name(member, f"{path}/{member}")
            of(item, f"{path}/{member}")

    return check


def members(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Exactly these members; the optional ones may be left out."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise LawInvalid(path, f"must be a mapping, not {value!r}")
        for name in value:
            if name not in known:
                raise LawInvalid(path, f"unknown key {name!r}; known are {', '.join(known)}")
        for name in required:
            if name not in value:
                raise LawInvalid(path, f"{name!r} is missing")
        for name, item in value.items():
            known[name](item, f"{path}/{name}")

    return check


# The shapes

JURISDICTION = like(r"us(-[a-z]{2})?")
RULE_ID = like(r"[A-Z0-9]+(-[A-Z0-9]+)*")
NAME = r"[a-z][a-z0-9_]*"
SOURCE = r"[a-z0-9][a-z0-9.-]*"
MONTH_DAY = like(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")

CITATION = members(
    {
        "text": text,
        "href": nullable(like(r"https?://\S+")),
        "verification": word(*Verification),
    }
)
CITED = sequence(like(SOURCE), at_least=1)
"""Names of the pack's `sources`, at least one."""

DATED = {"from": day, "citations": CITED}
MAY_END = {"until": day, "note": text}

TERM_VALUE = members(
    {
        **DATED,
        "count": nullable(whole(1)),
        "starts": text,
        "stops": text,
    },
    {
        **MAY_END,
        "unit": word(*DayUnit),
        "absences": members({"minimum": whole(1)}, {"window": word(*AbsenceWindow)}),
        "year_end": members(
            {"min_remaining": whole(0), "max_remaining": whole(0)},
            {"month_day": MONTH_DAY, "days_after_year": whole(0), "absences_below": whole(1)},
        ),
        "if_school_out": members({"school_day_of_next_year": whole(1)}),
        "attaches_to": word(*AttachesTo),
    },
)
EXAMPLE = members(
    {"started_on": day, "due_on": nullable(day)},
    {"says": text, "calendar": word("CAL-A", "CAL-M"), "absent_school_days": whole(1)},
)
"""A worked example: `absent_school_days` are the first so many after the start."""
TERM = members(
    {"title": text, "rule_id": nullable(RULE_ID), "values": sequence(TERM_VALUE, at_least=1)},
    {"examples": sequence(EXAMPLE, at_least=1)},
)
CATEGORY = members(
    {
        "values": sequence(
            members(
                {**DATED, "title": text, "federal_code": nullable(like(r"[A-Z]{2,4}"))},
                {
                    **MAY_END,
                    "min_age": whole(0),
                    "below_age": whole(1),
                    "not_covered": text,
                },
            ),
            at_least=1,
        )
    }
)
RULE_SETTING = members(
    {"setting": table(anything, NAME), "citations": CITED},
    {"note": text},
)
"""What a state has chosen about a rule."""
CARD = members(
    {
        "id": RULE_ID,
        "title": text,
        "why": text,
        "mode": word(*MODES),
        "framework": word("idea", "section_504", "any"),
        "enforced_by": text,
        "override": nullable(text),
        "unblock": text,
        "citations": sequence(CITATION, at_least=1),
        "examples": anything,
    },
    {"settings": anything},
)
"""A rule's card; its examples are read by the test that runs them."""

REQUEST_SOURCE = members({"requester": text, "citations": CITED}, {"below_age": whole(1)})
HOLIDAY = members(
    {"name": text, "month_day": MONTH_DAY, "citations": CITED},
    {"if_sunday": word("next_monday"), "if_saturday": word("friday_before")},
)
PACK = members(
    {
        "jurisdiction": JURISDICTION,
        "title": text,
        "version": text,
        "not_cover": sequence(text, at_least=1),
        "sources": table(CITATION, SOURCE),
    },
    {
        "extends": word("us"),
        "decision_body": text,
        "ages": members({"min_age": whole(0), "below_age": whole(1), "citations": CITED}),
        "terms": table(TERM, NAME),
        "rules": table(RULE_SETTING, r"[A-Z0-9]+(-[A-Z0-9]+)*"),
        "categories": table(CATEGORY, r"[A-Z]{2,4}"),
        "request_sources": sequence(REQUEST_SOURCE),
        "special_related_services": members({"services": sequence(text), "citations": CITED}),
        "holidays": sequence(HOLIDAY),
    },
)
