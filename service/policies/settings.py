"""A district's own settings: what they may look like, and what the law lets them say.

The shape is the district's to get right (`SettingsInvalid`, with a JSON pointer for each
problem). A well-formed setting that the law forbids is a finding, with its rule and citation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from service.domain.appropriate_period import LONGEST_WEEKS, SUSPECT
from service.domain.clocks import Roll
from service.domain.dates import written
from service.domain.decide import Finding
from service.domain.policy import Policy
from service.domain.rules.referral import INTERVENTION_RULE

DIAGNOSIS = "504-DIAGNOSIS-NOT-REQUIRED"
NO_MINIMUM = "TX-NO-MIN-INTERVENTION"

INTERVENTION_MODES = ("none", "document_only", "required_with_bypass")
"""From the most lenient to the strictest. A state's own mode is the strictest it allows."""
MINIMUMS = ("min_interventions", "min_weeks", "min_progress_points")
MOST = 100
MOST_ITEMS = 500
LONGEST = 200
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """One thing that is wrong with the shape: where (a JSON pointer), a code, what to do."""

    pointer: str
    code: str
    message: str


class SettingsInvalid(ValueError):
    """Settings of a shape that nobody can follow; `problems` names every one at once."""

    def __init__(self, *problems: SettingProblem) -> None:
        super().__init__("; ".join(f"{p.pointer}: {p.message}" for p in problems))
        self.problems = problems


class Law(Protocol):
    """Who gives the law of a jurisdiction (`service.policies.Policies`)."""

    def policy_for(
        self, jurisdiction: str, settings: Mapping[str, Any] | None = None
    ) -> Policy: ...


def check_settings(policies: Law, jurisdiction: str, settings: Mapping[str, Any]) -> list[Finding]:
    """The findings against a district's settings; none when the law allows them all.

    Raises `SettingsInvalid` for a wrong shape, KeyError for an unknown jurisdiction.
    """
    policy = policies.policy_for(jurisdiction)
    check_shape(settings)
    return [finding for _, finding in _unlawful(policy, settings)]


def lawful(policy: Policy, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those the law forbids: a pack written later may forbid an old one.

    `policy` is the law without settings. Raises `SettingsInvalid` for a wrong shape.
    """
    check_shape(settings)
    refused = {where for where, _ in _unlawful(policy, settings)}
    rules = {
        rule_id: {name: value for name, value in chosen.items() if (rule_id, name) not in refused}
        for rule_id, chosen in settings.get("rules", {}).items()
    }
    return {**settings, "rules": rules}


# The shape


def check_shape(settings: Mapping[str, Any]) -> None:
    """Raise `SettingsInvalid` with the problems of the shape, `MOST_PROBLEMS` at most."""
    problems = tuple(islice(_problems(settings), MOST_PROBLEMS))
    if problems:
        raise SettingsInvalid(*problems)


def _minimum(value: Any) -> str | None:
    if value is None or (type(value) is int and 0 <= value <= MOST):
        return None
    return f"must be a whole number from 0 to {MOST}, or null"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _said(value: Any) -> str | None:
    if isinstance(value, str) and value.strip() and len(value) <= LONGEST:
        return None
    return f"must be a text of at most {LONGEST} characters"


def _day(value: Any) -> str | None:
    try:
        written(value)
    except ValueError:
        return "must be a date, such as 2026-09-01"
    return None


def _one_of(*words: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


@dataclass(frozen=True, slots=True)
class Each:
    """A list, each of whose items has all the members of `shape`."""

    shape: Mapping[str, Any]


SHAPE: Mapping[str, Any] = {
    "rules": {
        INTERVENTION_RULE: {
            "mode": _one_of(*INTERVENTION_MODES),
            **dict.fromkeys(MINIMUMS, _minimum),
        },
        DIAGNOSIS: {"diagnosis_required_first": _flag},
        SUSPECT: {"appropriate_period_weeks": _minimum},
    },
    "count_trigger_day": _flag,
    "roll": _one_of(*Roll),
    "sign_off": {
        "required": _flag,
        "terms": Each({"term_id": _said, "fingerprint": _said, "by": _said, "on": _day}),
    },
}
"""Every setting there is; each may be left out."""


def _problems(
    value: Any, shape: Mapping[str, Any] = SHAPE, pointer: str = ""
) -> Iterator[SettingProblem]:
    if not isinstance(value, Mapping):
        yield SettingProblem(pointer, "type", "must be an object")
        return
    for name, item in value.items():
        where = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
        part = shape.get(name)
        if part is None:
            known = ", ".join(shape)
            yield SettingProblem(where, "unknown", f"no such setting; known are {known}")
        elif isinstance(part, Mapping):
            yield from _problems(item, part, where)
        elif isinstance(part, Each):
            yield from _problems_of_each(item, part, where)
        elif message := part(item):
            yield SettingProblem(where, "invalid", message)


def _problems_of_each(value: Any, part: Each, pointer: str) -> Iterator[SettingProblem]:
    if not isinstance(value, list):
        yield SettingProblem(pointer, "type", "must be a list")
    elif len(value) > MOST_ITEMS:
        yield SettingProblem(pointer, "too_many", f"at most {MOST_ITEMS}")
    else:
        for place, item in enumerate(value):
            where = f"{pointer}/{place}"
            yield from _problems(item, part.shape, where)
            for name in part.shape:
                if isinstance(item, Mapping) and name not in item:
                    yield SettingProblem(f"{where}/{name}", "required", "is required")


# The law


def _unlawful(
    policy: Policy, settings: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], Finding]]:
    """Every setting that the law forbids: its rule and name, and the finding."""
    rules = settings.get("rules", {})
    chosen = rules.get(INTERVENTION_RULE, {})
    allowed = policy.setting(INTERVENTION_RULE).get("mode") or INTERVENTION_MODES[-1]
    mode = chosen.get("mode")
    if mode is not None and INTERVENTION_MODES.index(mode) > INTERVENTION_MODES.index(allowed):
        yield (
            (INTERVENTION_RULE, "mode"),
            _finding(
                policy,
                INTERVENTION_RULE,
                "mode",
                mode,
                f"`{mode}` is stricter than the law of {policy.title} allows (`{allowed}`).",
                f"Choose {' or '.join(_up_to(allowed))}.",
            ),
        )
    forbidden = policy.setting(NO_MINIMUM).get("forbids", ())
    for name in MINIMUMS:
        if chosen.get(name) and (name in forbidden or allowed == "none"):
            rule_id = NO_MINIMUM if name in forbidden else INTERVENTION_RULE
            yield (
                (INTERVENTION_RULE, name),
                _finding(
                    policy,
                    rule_id,
                    name,
                    chosen[name],
                    f"`{name}` of {chosen[name]} would make a child wait for interventions, "
                    f"which the law of {policy.title} forbids.",
                    f"Leave `{name}` out, or set it to 0.",
                ),
            )
    weeks = rules.get(SUSPECT, {}).get("appropriate_period_weeks") or 0
    if weeks > LONGEST_WEEKS:
        yield (
            (SUSPECT, "appropriate_period_weeks"),
            _finding(
                policy,
                SUSPECT,
                "appropriate_period_weeks",
                weeks,
                f"After {weeks} weeks a school year is over. The law names no number, but a child "
                "who does not progress is looked at promptly after an appropriate period.",
                f"Choose {LONGEST_WEEKS} weeks or fewer, or null to leave it to the default.",
            ),
        )
    if rules.get(DIAGNOSIS, {}).get("diagnosis_required_first"):
        yield (
            (DIAGNOSIS, "diagnosis_required_first"),
            _finding(
                policy,
                DIAGNOSIS,
                "diagnosis_required_first",
                True,
                "A medical diagnosis may not be a precondition for anything under Section 504.",
                "Set `diagnosis_required_first` to false; if the district believes that it needs "
                "a diagnosis, it obtains one at no cost to the parent.",
            ),
        )


def _up_to(allowed: str) -> Iterator[str]:
    for mode in INTERVENTION_MODES[: INTERVENTION_MODES.index(allowed) + 1]:
        yield f"`{mode}`"


def _finding(
    policy: Policy, rule_id: str, name: str, value: Any, because: str, remedy: str
) -> Finding:
    card = policy.rule(rule_id)
    return Finding(
        rule_id=rule_id,
        title=card.title,
        mode="require",
        answer="unmet",
        blocks=True,
        because=because,
        evidence=({"type": "setting", "id": name, "value": value},),
        remedy=remedy,
        citations=card.citations,
    )
