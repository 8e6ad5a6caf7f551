"""Child find: what on a child's record is to be decided by somebody, and was not (300.111).

Nothing here decides whether a child has a disability. It shows a record that stands without a
decision: help that did not help, a medical document, a parent's concern. No data is never read
as failing, and a concern is cleared by what happens, never by the passing of time.

Help did not help when it is recorded so, or when what was measured falls short of a goal told in
figures (`service.domain.progress`), whatever is recorded of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.appropriate_period import appropriate_weeks, measured_weeks
from service.domain.events.closing import TRANSFERRED_OUT, closed_on
from service.domain.facts import CONSIDERED, PARENTAL, UNDER_IDEA, Case, Child, Intervention
from service.domain.policy import Policy
from service.domain.progress import Progress, made_good, progress
from service.domain.rules.catalogue import of
from service.domain.rules.words import iso

KINDS: Mapping[str, str] = {
    "inadequate_progress": "An intervention ran for the appropriate period, its data are on "
    "record, and progress was not adequate: it is recorded so, or what was "
    "measured falls short of the goal.",
    "repeated_tiers": "Two interventions or more in one area, each without adequate progress.",
    "medical_document": "A medical note, a prescription or an outside evaluation arrived, and "
    "nothing was decided since.",
    "parent_concern": "A parent's words in a contact suggest that they ask for an evaluation, or "
    "they wrote before a removal that the child needs special education, and "
    "neither a request was recorded nor anything decided since.",
    "refused_504_failing": "Section 504 was refused, and help given since did not help.",
}
"""Every kind of flag, with what it says."""

FAILED = "inadequate_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing that is to be decided: why, in a sentence, and the records that show it."""

    kind: str
    because: str
    evidence: tuple[Mapping[str, Any], ...]


def concerns(child: Child, policy: Policy) -> tuple[Concern, ...]:
    """Everything about this child that stands without a decision, one of each kind at most."""
    if _has_left(child):
        return ()
    return tuple(found for look in _LOOKS if (found := look(child, policy)) is not None)


def _has_left(child: Child) -> bool:
    """Whether a case ended because the child left, who has not come back to the roster."""
    left = any(case.status == TRANSFERRED_OUT for case in child.cases)
    return left and not child.student.active


# Whether anything was decided


def decided_since(child: Child, day: date) -> bool:
    """Whether a decision was made on or after this day, or is being made.

    A case that is past its beginning is watched by its own clocks. What a parent takes back was
    not decided by the district, nor was what was left open when the child moved. A
    child found eligible under IDEA has been found.
    """
    return any(_decides(case, day) for case in child.cases)


def _decides(case: Case, day: date) -> bool:
    if case.joined_to_case_id is not None:
        return False
    if _found(case):
        return True
    ended = closed_on(case)
    if ended is None:
        return case.status != "received"
    return case.status not in ("withdrawn", TRANSFERRED_OUT) and ended >= day


def _found(case: Case) -> bool:
    """Whether the child has an IEP or a services plan, or was found to be one who needs one."""
    if any(p.kind in UNDER_IDEA and p.status == "in_effect" for p in case.plans):
        return True
    return any(
        made.framework == "idea" and made.status == "final" and made.outcome == "eligible"
        for made in case.determinations
    )


# What stands


@dataclass(frozen=True, slots=True)
class _Failure:
    """Help that did not help: recorded as that, or short of its goal by what was `measured`.

    `weeks`: how long it was given, by its sessions or by its points. `since_on`: a decision on this
    day or later is one about it. `last_on`: the last day of it.
    """

    intervention: Intervention
    weeks: float
    since_on: date
    last_on: date
    measured: Progress | None

    @property
    def is_recorded(self) -> bool:
        return self.intervention.outcome == FAILED


def _failed(child: Child, policy: Policy) -> Iterator[_Failure]:
    """Help that did not help, and that nothing in its area has made good since."""
    for one in child.interventions:
        failure = _failure(one, policy)
        if failure and not made_good(one, failure.last_on, child.interventions):
            yield failure


def _failure(one: Intervention, policy: Policy) -> _Failure | None:
    found = progress(one)
    weeks = _weeks_short(one, found)
    if one.outcome == FAILED and one.measured and one.last_on is not None:
        return _Failure(one, max(one.weeks, weeks), one.last_on, one.last_on, found)
    if found is None or found.since_on is None or found.last_on is None:
        return None
    if not found.short or weeks < measured_weeks(policy):
        return None
    return _Failure(one, weeks, found.since_on, found.last_on, found)


def _weeks_short(one: Intervention, found: Progress | None) -> float:
    """Weeks from the first day to the last point, if what was measured is short; else 0.0."""
    if found is None or not found.short or found.last_on is None or one.started_on is None:
        return 0.0
    return (found.last_on - one.started_on).days / 7


def _shown(failure: _Failure) -> dict[str, Any]:
    one, found = failure.intervention, failure.measured
    return of(
        "intervention",
        one.id,
        area=one.area,
        tier=one.tier,
        outcome=one.outcome,
        weeks=round(failure.weeks, 1),
        progress_dates=one.progress_dates,
        last_on=iso(failure.last_on),
        progress=None if found is None else found.as_json(),
    )


def _undecided(child: Child, policy: Policy) -> list[_Failure]:
    return [one for one in _failed(child, policy) if not decided_since(child, one.since_on)]


def _inadequate_progress(child: Child, policy: Policy) -> Concern | None:
    weeks = appropriate_weeks(policy)
    found = [one for one in _undecided(child, policy) if weeks is None or one.weeks >= weeks]
    if not found:
        return None
    said = []
    if any(one.is_recorded for one in found):
        period = (
            f"after {weeks} weeks or more"
            if weeks is not None
            else "in the time that the school gave it (no law here names a number of weeks)"
        )
        said.append(f"Help was given, and progress was not adequate {period}.")
    if not all(one.is_recorded for one in found):
        whose = " (a default of this service; no law here names a number)" if weeks is None else ""
        said.append(
            f"After {measured_weeks(policy)} weeks or more{whose}, what was measured is short of "
            "the goal."
        )
    return Concern(
        kind="inadequate_progress",
        because=" ".join(said),
        evidence=tuple(map(_shown, found)),
    )


def _repeated_tiers(child: Child, policy: Policy) -> Concern | None:
    failed = _undecided(child, policy)
    areas = [one.intervention.area for one in failed]
    found = [one for one in failed if areas.count(one.intervention.area) > 1]
    if not found:
        return None
    return Concern(
        kind="repeated_tiers",
        because="One intervention after the other in the same area was without adequate progress.",
        evidence=tuple(map(_shown, found)),
    )


def _medical_document(child: Child, policy: Policy) -> Concern | None:
    found = [
        document
        for document in child.documents
        if document.kind in CONSIDERED
        and document.received_on is not None
        and not decided_since(child, document.received_on)
    ]
    if not found:
        return None
    return Concern(
        kind="medical_document",
        because="Medical information has arrived, and it was not decided whether a disability is "
        "suspected.",
        evidence=tuple(
            of("source_document", d.id, kind=d.kind, received_on=iso(d.received_on)) for d in found
        ),
    )


def _parent_concern(child: Child, policy: Policy) -> Concern | None:
    asked = [
        receipt.received_on
        for case in child.cases
        for receipt in case.referrals
        if receipt.requester in PARENTAL and receipt.received_on is not None
    ]

    def stands(day: date | None) -> bool:
        if day is None or any(asked_on >= day for asked_on in asked):
            return False
        return not decided_since(child, day)

    said = [c for c in child.contacts if c.suggests_request and stands(c.occurred_on)]
    wrote = [r for r in child.removals if stands(r.written_concern_on)]
    if not said and not wrote:
        return None
    return Concern(
        kind="parent_concern",
        because="A parent's words may ask for an evaluation, and no request was recorded.",
        evidence=(
            *(of("contact", c.id, occurred_on=iso(c.occurred_on)) for c in said),
            *(
                of("disciplinary_removal", r.id, written_concern_on=iso(r.written_concern_on))
                for r in wrote
            ),
        ),
    )


def _refused_504_failing(child: Child, policy: Policy) -> Concern | None:
    refused = dict(_refusals_under_504(child))
    failed = _undecided(child, policy)
    found = [one for one in failed if any(one.since_on > day for day in refused)]
    if not found:
        return None
    return Concern(
        kind="refused_504_failing",
        because="Section 504 was refused, and help given since was without adequate progress.",
        evidence=(*(refused[day] for day in sorted(refused)), *map(_shown, found)),
    )


def _refusals_under_504(child: Child) -> Iterator[tuple[date, Mapping[str, Any]]]:
    for case in child.cases:
        for made in case.determinations:
            if (
                made.framework == "section_504"
                and made.status == "final"
                and made.outcome == "not_eligible"
                and made.decided_on is not None
            ):
                shown = of("eligibility_determination", made.id, decided_on=iso(made.decided_on))
                yield made.decided_on, shown
        ended = closed_on(case)
        if "section_504" in case.frameworks and case.status == "declined" and ended is not None:
            yield ended, of("case", case.id, declined_on=iso(ended))


_LOOKS: tuple[Callable[[Child, Policy], Concern | None], ...] = (
    _inadequate_progress,
    _repeated_tiers,
    _medical_document,
    _parent_concern,
    _refused_504_failing,
)
