"""A pack's terms, to the domain's clocks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from service.domain.calendars import DayUnit
from service.domain.clocks import (
    Absences,
    AbsenceWindow,
    AttachesTo,
    BreakPause,
    IfSchoolOut,
    Pauses,
    Sooner,
    SummerPause,
    Term,
    Variant,
    When,
    YearEndRule,
)
from service.policies.citations import citations_of
from service.policies.reading import plain

Raw = Mapping[str, Any]

BESIDE_THE_VALUE = frozenset({"until", "note", "citations"})
"""What may change about a value without making it another one."""


def fingerprint(term_id: str, value: Raw) -> str:
    """Names one value of a term as it is written: a sign-off holds for it and for no other."""
    kept = {name: item for name, item in value.items() if name not in BESIDE_THE_VALUE}
    written = json.dumps([term_id, plain(kept)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def term_of(term_id: str, value: Raw) -> Term:
    """One value of a term; ValueError for one that makes no sense."""
    return Term(
        id=term_id,
        title=value["title"],
        rule_id=value["rule_id"] or "",
        starts=value["starts"],
        stops=value["stops"],
        or_sooner=tuple(
            Sooner(starts=one.get("starts"), **_period(one)) for one in value.get("or_sooner", ())
        ),
        instead=tuple(
            Variant(when=_when(one["when"]), **_period(one)) for one in value.get("instead", ())
        ),
        excludes=tuple((one["since"], one["until"]) for one in value.get("excludes", ())),
        reevaluations=value.get("reevaluations", False),
        citations=citations_of(value),
        basis=value.get("basis", "state"),
        fingerprint=value.get("fingerprint", ""),
        attaches_to=AttachesTo(value.get("attaches_to", AttachesTo.START_EVENT)),
        **_period(value),
    )


def _period(value: Raw) -> dict[str, Any]:
    """The members of a period."""
    absences, year_end, out = (value.get(n) for n in ("absences", "year_end", "if_school_out"))
    return {
        "count": value.get("count"),
        "years": value.get("years"),
        "unit": DayUnit(value.get("unit", DayUnit.CALENDAR_DAY)),
        "pauses": _pauses(value["pauses"]) if "pauses" in value else None,
        "absences": Absences(
            absences["minimum"],
            AbsenceWindow(absences.get("window", AbsenceWindow.ORIGINAL)),
            absences.get("only_beyond", False),
        )
        if absences
        else None,
        "year_end": YearEndRule(**year_end) if year_end else None,
        "if_school_out": IfSchoolOut(**out) if out else None,
    }


def _pauses(value: Raw) -> Pauses:
    return Pauses(
        summer=SummerPause(**value["summer"]) if "summer" in value else None,
        breaks=BreakPause(**value["breaks"]) if "breaks" in value else None,
        holidays=value.get("holidays", False),
    )


def _when(value: Raw) -> When:
    return When(**{**value, "placements": frozenset(value.get("placements", ()))})
