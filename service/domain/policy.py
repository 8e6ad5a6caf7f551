"""The law in force, as values: rule cards, terms, categories and settings.

`service.policies` reads the YAML and hands over a `Policy`; nothing here knows where
values come from. Values of law are dated; a caller says on which day it asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from service.domain.calendars import DayUnit
from service.domain.citations import Citation
from service.domain.clocks import Term

V = TypeVar("V")

MODES = {
    "require": "Unmet, it blocks the step.",
    "advise": "Unmet, it advises and never blocks.",
    "duty": "Unmet, it opens a duty: a deadline with an owner.",
    "late": "It never blocks; lateness is recorded.",
}
"""What an unmet rule does."""

ANY_SERVICE = "any"
"""Among a state's special related services: every related service is (603 CMR 28.05(2)(a)1)."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[V]):
    """A value with the day it came into force and, if it did, the last day it was."""

    value: V
    from_on: date
    until_on: date | None = None

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on <= self.until_on)


def on_day(history: tuple[Dated[V], ...], day: date) -> V | None:
    """The value in force on `day`, None when there is none."""
    return next((dated.value for dated in history if dated.in_force(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's card as the catalogue shows it.

    `framework`: `idea`, `section_504`, or `any`; an IDEA rule does not apply to a case
    that is only Section 504, and the other way round. `override`: who may, or None. `enforced_by`:
    where it is asked, at a `step`, a `receipt`, by a `clock`, when a `setting` is chosen, or by how
    a `record` counts.
    """

    id: str
    title: str
    why: str
    mode: str
    framework: str
    unblock: str
    citations: tuple[Citation, ...]
    override: str | None = None
    enforced_by: str = "step"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEnforced:
    """A federal rule that the service knows and deliberately does not enforce, and why."""

    id: str
    requires: str
    reason: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reevaluation:
    """How often a child is evaluated anew at least, and whether that may be agreed away."""

    every_years: int = 3
    waivable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """For which ages services are owed, in completed years.

    From `min_age` until before `below_age`: until that birthday, or as `through` says to the end
    of the `semester` or `school_year` in which it falls. With `as_of` (`09-01`), that is so only
    when the child is below the age on that day of the school year.
    """

    min_age: int = 3
    below_age: int = 22
    through: str = "birthday"
    as_of: str | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedExtension:
    """One way in which a state lets the evaluation's time be extended.

    `kind`: by a `written_agreement` of parent and district, or by a `state_official`. `at_most` so
    many days of `unit`, in which the extension is measured. `only_suspected`: only where this
    category is suspected.
    """

    kind: str
    title: str
    only_suspected: str | None = None
    at_most: int | None = None
    unit: DayUnit = DayUnit.CALENDAR_DAY
    reasons_documented: bool = False
    first_evaluation_only: bool = False
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A disability category of a state, with its federal counterpart.

    Ages in completed years: `min_age` inclusive, `below_age` exclusive; `through_grade` ends it
    with that grade when that comes before. `required_roles`: for each entry, somebody in one of
    its roles is in the group. `reevaluation`: an interval of its own. `idea_countable`: false for
    what the state serves in the same way and IDEA does not count (gifted). `not_covered` says why
    a finding of eligibility in it cannot be made final yet.
    """

    code: str
    title: str
    federal_code: str | None
    min_age: int | None = None
    below_age: int | None = None
    through_grade: str | None = None
    required_roles: tuple[frozenset[str], ...] = ()
    reevaluation: Reevaluation | None = None
    idea_countable: bool = True
    not_covered: str | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSource:
    """A requester beside parents whose referral the state treats as a request."""

    requester: str
    below_age: int | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The law of one jurisdiction with one district's settings.

    `basis` is `state` or `federal_default` (no pack for the state yet); `version` names
    our transcription. `settings` holds, by rule id, the choice a policy has made. `federal_terms`
    are the base's clocks that a state's pack has replaced; `signed_off` holds the fingerprints of
    those values of the state's that the district's counsel has signed off, where
    `sign_off_required`.
    """

    jurisdiction: str
    title: str
    basis: str
    version: str
    rules: Mapping[str, Rule]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    terms: Mapping[str, tuple[Dated[Term], ...]] = field(default_factory=dict)
    categories: Mapping[str, tuple[Dated[Category], ...]] = field(default_factory=dict)
    request_sources: tuple[RequestSource, ...] = ()
    special_related_services: frozenset[str] = frozenset()
    non_categorical: bool = False
    extensions: tuple[AllowedExtension, ...] = ()
    ages: Ages = field(default_factory=Ages)
    reevaluation: Reevaluation = field(default_factory=Reevaluation)
    majority_age: int | None = None
    transition_age: int | None = 16
    not_cover: tuple[str, ...] = ()
    federal_terms: Mapping[str, tuple[Dated[Term], ...]] = field(default_factory=dict)
    sign_off_required: bool = False
    signed_off: frozenset[str] = frozenset()
    count_trigger_day: bool = False
    roll: str = "none"
    decision_body: str = "eligibility group"

    def rule(self, rule_id: str) -> Rule:
        """The card of this rule; KeyError when the catalogue has none."""
        return self.rules[rule_id]

    def setting(self, rule_id: str) -> Mapping[str, Any]:
        """The rule's setting: the state's choice with the district's laid over it."""
        return self.settings.get(rule_id, {})

    def term(self, term_id: str, on: date) -> Term | None:
        """The clock in force on `on`, the day of its start event."""
        return on_day(self.terms.get(term_id, ()), on)

    def federal_term(self, term_id: str, on: date) -> Term | None:
        """The federal base's clock in force on `on`, where a state has its own."""
        return on_day(self.federal_terms.get(term_id, ()), on)

    def unsigned(self, term: Term) -> bool:
        """Whether a state's clock waits for counsel's sign-off before it drives a date alone."""
        return (
            self.sign_off_required
            and self.takes_sign_off(term)
            and term.fingerprint not in self.signed_off
        )

    def takes_sign_off(self, term: Term) -> bool:
        """Whether it is a state's own count that nobody read in the rule or on an agency's page."""
        counts = term.count is not None or any(v.count is not None for v in term.instead)
        return term.basis == "state" and counts and term.citations[0].verification.doubtful

    def category(self, code: str, on: date) -> Category | None:
        """The disability category of this code in use on `on`."""
        return on_day(self.categories.get(code, ()), on)

    def federal_code(self, code: str, on: date) -> str | None:
        """The federal category that a code in use on `on` is counted under; of others itself."""
        category = self.category(code, on)
        return code if category is None else category.federal_code

    def counted_as_special_education(self, services: Iterable[str]) -> list[str]:
        """Those of these related services that are special education here (300.39(a)(2)(i))."""
        every = ANY_SERVICE in self.special_related_services
        return sorted({s for s in services if every or s in self.special_related_services})

    def treats_as_request(self, requester: str, age: int | None) -> RequestSource | None:
        """The reason why a referral by `requester` is a request here, if it is one.

        Parents and adult students need no reason: theirs always is (300.301(b)). An age
        limit needs a known age; an unknown one does not widen a child's duties.
        """
        for source in self.request_sources:
            if source.requester != requester:
                continue
            if source.below_age is None or (age is not None and age < source.below_age):
                return source
        return None
