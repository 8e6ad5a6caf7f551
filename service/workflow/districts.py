"""Districts: made by an operator, set up by their own people within what the law allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.domain.decide import citation_json
from service.domain.district_duties import DistrictDuty
from service.domain.policy import Policy
from service.policies import Policies, SettingsInvalid, check_settings
from service.storage.base import assign
from service.storage.districts import District
from service.storage.journal import JournalHead
from service.storage.unit_of_work import UnitOfWork
from service.workflow import child_find_notices, rebuilds, school_calendars
from service.workflow.checks import have_come, refuse
from service.workflow.invalid import Invalid, Problem, invalid

NO_PLACES = frozenset({"localtime", "posixrules"})
"""Files among the time zones that are whatever the machine is set to: a day would hang on that."""


class SettingRefused(Exception):
    """A setting that the law does not allow, with the findings that say so."""

    def __init__(self, findings: tuple[Any, ...]) -> None:
        super().__init__("; ".join(finding.because for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Governed:
    """A district with the law it is under, its settings laid over it so far as they are lawful."""

    district: District
    policy: Policy
    today: date
    owed: tuple[DistrictDuty, ...] = ()

    @property
    def duties(self) -> list[dict[str, Any]]:
        """What the district owes that belongs to no child, JSON-ready."""
        return [
            {
                "rule_id": duty.rule_id,
                "title": duty.title,
                "because": duty.because,
                "owner_staff_id": duty.owner_staff_id,
                "last_done_on": duty.last_done_on,
                "due_on": duty.due_on,
                "overdue": duty.is_overdue(self.today),
                "citations": [citation_json(c) for c in self.policy.rule(duty.rule_id).citations],
            }
            for duty in self.owed
        ]

    @property
    def in_force(self) -> dict[str, Any]:
        """What follows from law and settings, JSON-ready, each rule with its citations."""
        chosen = self.district.settings.get("rules", {})
        return {
            "rules": [
                {
                    "rule_id": rule_id,
                    "title": self.policy.rule(rule_id).title,
                    "setting": dict(setting),
                    "set_by_district": [
                        name
                        for name, value in chosen.get(rule_id, {}).items()
                        if name in setting and setting[name] == value
                    ],
                    "citations": [citation_json(c) for c in self.policy.rule(rule_id).citations],
                }
                for rule_id, setting in self.policy.settings.items()
            ],
            "count_trigger_day": self.policy.count_trigger_day,
            "roll": self.policy.roll,
            "sign_off": self._sign_off(),
        }

    def _sign_off(self) -> dict[str, Any]:
        """The state's counts that take counsel's sign-off, and the sign-offs that have lapsed."""
        said = _sign_offs(self.district.settings)
        signed = {one["fingerprint"]: one for one in said}
        values = [
            dated
            for history in self.policy.terms.values()
            for dated in history
            if self.policy.takes_sign_off(dated.value)
        ]
        return {
            "required": self.policy.sign_off_required,
            "values": [
                {
                    "term_id": dated.value.id,
                    "title": dated.value.title,
                    "from": dated.from_on,
                    "until": dated.until_on,
                    "count": dated.value.count,
                    "unit": dated.value.unit,
                    "fingerprint": dated.value.fingerprint,
                    "verification": str(dated.value.citations[0].verification),
                    "signed_off": signed.get(dated.value.fingerprint),
                    "citations": [citation_json(c) for c in dated.value.citations],
                }
                for dated in values
            ],
            "lapsed": [one for one in said if one["fingerprint"] not in _fingerprints(self.policy)],
        }


def governed(uow: UnitOfWork, policies: Policies) -> Governed:
    """The caller's own district and what is in force in it."""
    district = uow.district
    policy = policies.policy_for(district.jurisdiction, district.settings)
    return Governed(district, policy, uow.today)


def with_duties(uow: UnitOfWork, policies: Policies) -> Governed:
    """The same with what the district owes that belongs to no child."""
    owed = (*child_find_notices.duties(uow), *school_calendars.duties(uow))
    return replace(governed(uow, policies), owed=owed)


def create(
    uow: UnitOfWork,
    policies: Policies,
    *,
    name: str,
    jurisdiction: str,
    time_zone: str,
    kind: str = "live",
    settings: Mapping[str, Any] | None = None,
) -> District:
    """Make the caller's own district and begin its journal.

    Raises `Invalid` without a name and for an unknown jurisdiction or time zone,
    `SettingRefused` for a setting that the law does not allow.
    """
    if not name.strip():
        raise invalid("/name", "blank", "A district has a name.")
    district = District(
        id=uow.district_id,
        name=name,
        jurisdiction=jurisdiction,
        time_zone=time_zone,
        kind=kind,
        settings=_checked(policies, jurisdiction, time_zone, settings or {}),
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.session.add(district)
    uow.record("district.created", district)
    uow.flush()
    uow.session.add(JournalHead(district_id=district.id, last_seq=0))
    return district


def change(uow: UnitOfWork, policies: Policies, changes: Mapping[str, Any]) -> District:
    """Change the caller's own district; deadlines follow its settings and time zone."""
    district = uow.changing_district()
    settings = _checked(
        policies,
        district.jurisdiction,
        changes.get("time_zone", district.time_zone),
        changes.get("settings", district.settings),
        before=district.settings,
    )
    for place, one in enumerate(_sign_offs(settings)):
        at = f"/settings/sign_off/terms/{place}"
        refuse(have_come(uow, {"on": date.fromisoformat(one["on"])}, "on", at=at))
    changed = assign(district, {**changes, "settings": settings})
    if changed:
        uow.record("district.changed", district)
    if changed & {"time_zone", "settings"}:
        rebuilds.follow(uow, policies)
    return district


def checked(uow: UnitOfWork, policies: Policies, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that the caller's own district may have under this law; raises as `change`."""
    district = uow.district
    return _checked(
        policies,
        district.jurisdiction,
        district.time_zone,
        settings,
        before=district.settings,
    )


def _checked(
    policies: Policies,
    jurisdiction: str,
    time_zone: str,
    settings: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The settings, when place, zone and settings can be; raises as `create`."""
    try:
        if time_zone in NO_PLACES:
            raise ValueError(time_zone)
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(
            "/time_zone", "unknown", "Give an IANA time zone, such as America/Chicago."
        ) from None
    try:
        findings = check_settings(policies, jurisdiction, settings)
    except KeyError:
        raise invalid(
            "/jurisdiction", "unknown", "Give `us` or a state such as us-tx or us-dc."
        ) from None
    except SettingsInvalid as error:
        raise Invalid(
            *(
                Problem(f"/settings{problem.pointer}", problem.code, problem.message)
                for problem in error.problems
            )
        ) from None
    refused = tuple(finding for finding in findings if finding.blocks)
    if refused:
        raise SettingRefused(refused)
    refuse(_of_no_value(policies.policy_for(jurisdiction), settings, _sign_offs(before or {})))
    return dict(settings)


def _sign_offs(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the district's counsel has signed off, in the order sent."""
    said: list[Mapping[str, Any]] = settings.get("sign_off", {}).get("terms", [])
    return said


def _fingerprints(policy: Policy) -> frozenset[str]:
    return frozenset(d.value.fingerprint for history in policy.terms.values() for d in history)


def _of_no_value(
    policy: Policy, settings: Mapping[str, Any], before: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    """New sign-offs of what is no value here. One that was stored may have lapsed, and stays."""
    values = {
        (term_id, dated.value.fingerprint)
        for term_id, history in policy.terms.items()
        for dated in history
    }
    for place, one in enumerate(_sign_offs(settings)):
        if one not in before and (one["term_id"], one["fingerprint"]) not in values:
            yield Problem(
                f"/settings/sign_off/terms/{place}/fingerprint",
                "not_found",
                f"No value of {one['term_id']} has this fingerprint here. GET "
                f"/v1/policies/{policy.jurisdiction} shows those that there are.",
            )
