"""Rules about the time for the evaluation: when it is late, and what excuses a later date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from service.domain.calendars import DayUnit, NotCovered
from service.domain.citations import Citation
from service.domain.clocks.words import days
from service.domain.facts import Situation
from service.domain.policy import AllowedExtension, Policy
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.words import day_of, iso, listed, plain, said

CLOCK_RULES = frozenset(
    {"IDEA-EVAL-CLOCK", "IDEA-EVAL-CLOCK-EXC-SLD", "IDEA-EVAL-CLOCK-EXC-TRANSFER"}
)
"""The rules that look at when the initial evaluation is due."""

AGREEMENT = "written_agreement"

FEDERAL = AllowedExtension(
    kind=AGREEMENT,
    title="The parents and the group agree in writing, for a suspected specific learning "
    "disability",
    only_suspected="SLD",
)
"""The one extension by agreement that federal law has (34 CFR 300.309(c))."""


@rule
def idea_eval_clock(s: Situation, policy: Policy) -> Answer:
    """The evaluation is complete within 60 days of consent, or the state's time (300.301(c)).

    Lateness is recorded and blocks nothing. Where a state's clock stops later than the
    evaluation, the deadline has the last word.
    """
    due = s.clock_due_on
    if due is None and s.case.path == "reevaluation":
        return not_applicable(
            "A re-evaluation has no number of days of its own here; it is due when "
            "IDEA-REEVAL-3Y says."
        )
    if due is None:
        return unknown(
            "No due date is known, so nobody can tell whether it is late.",
            mode="advise",
            remedy="Look at the case's deadlines: record when consent was received, or enter the "
            "school calendar that they ask for.",
        )
    completed_on = s.case.evaluation.report_completed_on if s.case.evaluation else None
    day = completed_on or s.today
    evidence = {"type": "deadline", "due_on": iso(due), "completed_on": iso(completed_on)}
    late = (day - due).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        return unmet(f"The evaluation was due on {iso(due)} and is {days} late.", evidence)
    if completed_on is None:
        return met(f"The evaluation is not late yet: it is due on {iso(due)}.", evidence)
    return met(f"The evaluation is complete on {iso(day)}, due {iso(due)}.", evidence)


# Extensions -------------------------------------------------------------------------


@rule
def idea_eval_clock_exc_sld(s: Situation, policy: Policy) -> Answer:
    """Only for suspected SLD may parents and group agree in writing to more time (300.309(c)).

    A state may let its own time be extended in other ways, and may narrow this one.
    """
    evaluation = s.case.evaluation
    suspected = evaluation.suspected_categories if evaluation is not None else ()
    evidence: dict[str, Any] = {"type": "evaluation", "suspected_categories": list(suspected)}
    ways = _ways(suspected, s, policy)
    if not ways:
        return unmet(_why_none(suspected, s, policy), evidence)
    if s.details is None:
        return depends(
            "It depends on what is agreed, which is given with the step.",
            "Send the agreement with the step: the day it was made, the new due date, and that "
            f"the parent and the group signed it. Here: {'; '.join(way.title for way in ways)}.",
        )
    kind = s.details.get("kind") or AGREEMENT
    of_kind = [way for way in ways if way.kind == kind]
    if not of_kind:
        return unmet(f"The time is not extended here by {plain(kind)}.", evidence)
    way = min(of_kind, key=lambda one: len(_lacks(one, s.details or {})))
    lacks = _lacks(way, s.details)
    if lacks:
        return unmet(f"What was agreed still lacks {listed(lacks)}.", evidence)
    evidence |= {name: iso(day_of(s.details[name])) for name in ("agreed_on", "new_due_on")}
    evidence |= {"way": way.title, "law": [_law(one) for one in way.citations]}
    beyond = _beyond(way, s.details, s)
    if beyond is not None:
        return beyond
    return _agreed(s.details, s.clock_due_on, evidence)


def _ways(suspected: Iterable[str], s: Situation, policy: Policy) -> tuple[AllowedExtension, ...]:
    """The ways in which this evaluation's time may be extended.

    A state that speaks of a suspected specific learning disability says in which cases the federal
    agreement is open there.
    """
    federal = () if any(_is_federal(way) for way in policy.extensions) else (FEDERAL,)
    codes = {policy.federal_code(code, s.today) for code in suspected}.union(suspected)
    return tuple(
        way
        for way in (*federal, *policy.extensions)
        if (way.only_suspected is None or way.only_suspected in codes)
        and (s.case.path == "initial" or not way.first_evaluation_only)
    )


def _is_federal(way: AllowedExtension) -> bool:
    """Whether it is the federal agreement, which the group signs too."""
    return way.kind == AGREEMENT and way.only_suspected == FEDERAL.only_suspected


def _why_none(suspected: Iterable[str], s: Situation, policy: Policy) -> str:
    if any(policy.federal_code(code, s.today) == FEDERAL.only_suspected for code in suspected):
        ways = "; ".join(way.title for way in policy.extensions)
        return f"In {policy.title} the time is extended in no other way: {ways}."
    return (
        "Only where a specific learning disability is suspected may the time be extended by "
        "agreement, and none is among the suspected categories."
    )


def _lacks(way: AllowedExtension, details: Mapping[str, Any]) -> tuple[str, ...]:
    by_official = way.kind != AGREEMENT
    checks = {
        **_lacking_days(details),
        "the parent's signature": not by_official and details.get("parent_signed") is not True,
        "the group's signature": _is_federal(way) and details.get("group_signed") is not True,
        "who granted it": by_official and not said(details.get("granted_by")),
        "the reasons": way.reasons_documented and not said(details.get("reasons")),
        f"by how many {way.unit.words}s it extends the time": _in_days(way)
        and not isinstance(details.get("days"), int),
    }
    return tuple(what for what, lacking in checks.items() if lacking)


def _lacking_days(details: Mapping[str, Any]) -> dict[str, bool]:
    """What an agreement to a date says at least."""
    agreed_on, new_due_on = day_of(details.get("agreed_on")), day_of(details.get("new_due_on"))
    return {
        "the day it was made": agreed_on is None,
        "the new due date": new_due_on is None,
        "a new due date after the day it was made": agreed_on is not None
        and new_due_on is not None
        and new_due_on <= agreed_on,
    }


def _in_days(way: AllowedExtension) -> bool:
    """Whether the state has the extension measured in days of a kind, not by a date alone."""
    return way.unit is not DayUnit.CALENDAR_DAY


def _beyond(way: AllowedExtension, details: Mapping[str, Any], s: Situation) -> Answer | None:
    """The answer when the new date is not the one agreed in days, or later than the state lets.

    Days of an agreement are counted from the due date as it stands; the most that a state allows,
    from the date before any extension.
    """
    if not _in_days(way) and way.at_most is None:
        return None
    new_due_on, by = day_of(details["new_due_on"]), details.get("days")
    counted_on = s.clock_counted_on or s.clock_due_on
    if s.clock_due_on is None or counted_on is None or new_due_on is None:
        return unknown(
            "No due date is known that could be extended.",
            remedy="Look at the case's deadlines: enter the school calendar that they ask for.",
        )
    try:
        if _in_days(way) and isinstance(by, int):
            expected = s.calendar.nth(s.clock_due_on, by, way.unit)
            if new_due_on != expected:
                return unmet(
                    f"{days(by, way.unit)} after {iso(s.clock_due_on)} is {iso(expected)}, and the "
                    f"new due date is {iso(new_due_on)}.",
                    remedy=f"Send `new_due_on` as {iso(expected)}, or the `days` that were agreed.",
                )
        if way.at_most is not None:
            last = s.calendar.nth(counted_on, way.at_most, way.unit)
            if new_due_on > last:
                return unmet(
                    f"At most {days(way.at_most, way.unit)} are allowed, through {iso(last)}.",
                    remedy=f"Agree to a date through {iso(last)}.",
                )
    except NotCovered as missing:
        return unknown(
            f"The days cannot be counted without {missing.need}.",
            remedy="Enter the school calendar that is missing.",
        )
    return None


def _law(citation: Citation) -> dict[str, str]:
    return {"text": citation.text, "verification": str(citation.verification)}


def _agreed(details: Mapping[str, Any], due_on: date | None, evidence: Mapping[str, Any]) -> Answer:
    """The answer to a whole agreement: one that came too late is pointed out and still holds."""
    agreed_on = day_of(details["agreed_on"])
    if due_on is not None and agreed_on is not None and agreed_on > due_on:
        return unmet(
            f"The agreement came after the due date of {iso(due_on)}; the days between stay late.",
            evidence,
            mode="advise",
        )
    return met(
        f"As of {iso(agreed_on)}, the evaluation is due on {iso(day_of(details['new_due_on']))}.",
        evidence,
    )


# Exceptions -------------------------------------------------------------------------


@rule
def idea_eval_clock_exc_transfer(s: Situation, policy: Policy) -> Answer:
    """A child who moved meanwhile: the new agency and the parent agree to a date (300.301(d)(2)).

    Only if the child enrolled after the time had begun, and this agency makes sufficient progress
    (300.301(e)). Without that, the time that began there goes on.
    """
    transfer = s.case.evaluation.transfer if s.case.evaluation is not None else None
    if transfer is None:
        return unmet("No evaluation that another agency began is recorded.")
    evidence: dict[str, Any] = {
        "type": "transfer",
        "from_agency": transfer.from_agency,
        "consent_received_on": iso(transfer.consent_received_on),
        "enrolled_on": iso(transfer.enrolled_on),
    }
    began_on, enrolled_on = transfer.consent_received_on, transfer.enrolled_on
    if began_on is None or enrolled_on is None or enrolled_on <= began_on:
        return unmet(
            "It is not recorded that the child enrolled here after the other agency's time had "
            "begun.",
            evidence,
            remedy="Record when the other agency received consent and when the child enrolled "
            "here.",
        )
    if s.details is None:
        return depends(
            "It depends on what is agreed with the parent, which is given with the step.",
            "Send `agreed_on`, `new_due_on`, `parent_agreed` and `progress` with the step.",
        )
    checks = {
        **_lacking_days(s.details),
        "the parent's agreement": s.details.get("parent_agreed") is not True,
        "what shows progress toward prompt completion": not said(s.details.get("progress")),
    }
    lacks = [what for what, lacking in checks.items() if lacking]
    if lacks:
        return unmet(f"The agreement still lacks {listed(lacks)}.", evidence)
    evidence |= {name: iso(day_of(s.details[name])) for name in ("agreed_on", "new_due_on")}
    return _agreed(s.details, s.clock_due_on, evidence)


@rule
def idea_eval_clock_exc_produce(s: Situation, policy: Policy) -> Answer:
    """The time does not run if the parent repeatedly fails to produce the child (300.301(d)(1)).

    `repeatedly` is weighed case by case; one missed appointment is never that.
    """
    if s.details is None:
        return depends(
            "It depends on the logged attempts, which are given with the step.",
            "Send `attempts` with the step: each appointment with its date and what happened.",
        )
    days = {
        day
        for attempt in s.details.get("attempts") or ()
        if isinstance(attempt, Mapping)
        and (day := day_of(attempt.get("attempted_on"))) is not None
        and said(attempt.get("what_happened"))
    }
    evidence = {"type": "details", "attempted_on": [iso(day) for day in sorted(days)]}
    if len(days) < 2:
        return unmet(
            "`Repeatedly` needs at least two appointments on different days, each with its date "
            f"and what happened; {len(days)} given.",
            evidence,
        )
    return met(f"{len(days)} appointments are logged at which the child was not there.", evidence)
