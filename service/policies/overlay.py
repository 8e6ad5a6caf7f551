"""A state's pack laid over the federal base: what is in force, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from service.policies.terms import fingerprint

ONE_DAY = timedelta(days=1)

Raw = Mapping[str, Any]

WHOLE = (
    "decision_body",
    "ages",
    "non_categorical",
    "special_related_services",
    "reevaluation",
    "majority",
    "transition_age",
    "holidays",
)
"""What a state's pack replaces as a whole."""


def law_of(jurisdiction: str, base: Raw, state: Raw | None) -> dict[str, Any]:
    """The whole law of a jurisdiction, each value with the pack it is from."""
    top = state or base
    title = f"{jurisdiction.upper()} (federal default)" if state is None else top["title"]
    version = f"{base['jurisdiction']} {base['version']}"
    if top is not base:
        version = f"{jurisdiction} {top['version']} over {version}"
    return {
        "jurisdiction": jurisdiction,
        "title": title,
        "basis": "federal_default" if top is base else "state",
        "version": version,
        "effective_from": min(_first_days(top)),
        "last_changed_on": max(_first_days(top)),
        "not_cover": [*(top["not_cover"] if top is not base else ()), *base["not_cover"]],
        **{part: top.get(part) or base.get(part) for part in WHOLE},
        "rules": {**base.get("rules", {}), **top.get("rules", {})},
        "terms": _histories(*(_told(pack, base, top) for pack in (base, top))),
        "categories": _histories(base.get("categories", {}), top.get("categories", {})),
        "request_sources": top.get("request_sources", []),
        "extensions": [*base.get("extensions", []), *_own(top, base, "extensions")],
    }


def _first_days(pack: Raw) -> list[date]:
    """The first day of each dated value of a pack."""
    return [
        value["from"]
        for part in ("terms", "categories")
        for history in pack.get(part, {}).values()
        for value in history["values"]
    ] or [date.min]


def _own(top: Raw, base: Raw, part: str) -> list[Raw]:
    return [] if top is base else top.get(part, [])


def _told(pack: Raw, base: Raw, top: Raw) -> dict[str, Any]:
    """The terms of a pack, each value with whose law it is and its fingerprint (see `Term`)."""
    whose = "state" if pack is not base else "federal_default" if top is base else "federal"
    return {
        name: {
            **term,
            "values": [
                {
                    **value,
                    "basis": "practice" if term["rule_id"] is None else whose,
                    "fingerprint": fingerprint(name, value),
                }
                for value in term["values"]
            ],
        }
        for name, term in pack.get("terms", {}).items()
    }


def _histories(theirs: Raw, ours: Raw) -> dict[str, Any]:
    merged = {name: ours.get(name, history) for name, history in theirs.items()} | dict(ours)
    return {
        name: {**history, "values": _over(theirs.get(name, {}).get("values", []), history)}
        for name, history in merged.items()
    }


def _over(earlier: list[Raw], history: Raw) -> list[Raw]:
    """The values of a history, after those of the base from before it began."""
    values: list[Raw] = history["values"]
    began: date = values[0]["from"]
    before = [value for value in earlier if value["from"] < began]
    if before and before[-1].get("until", date.max) >= began:
        before[-1] = {**before[-1], "until": began - ONE_DAY}
    return [*before, *values]
