"""From YAML files to the law in force, strictly.

`load` reads every card and pack once. What is misspelt or without a citation, leaves a gap or an
overlap between two dated values, or names a rule, an event or a source that nobody knows is
refused with the file and the place: the service does not start on it.

A state's pack lies over the federal base by name: a term or a category of the state takes the
place of the base's from the day it came into force, a rule's setting, the ages and the decision
body at once. For everything the state does not name, the base applies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from service.domain.events import EVENTS
from service.domain.policy import NotEnforced, Policy, Rule
from service.domain.rules.referral import INTERVENTION_RULE
from service.domain.running import alternatives
from service.policies import terms
from service.policies.building import policy_of
from service.policies.citations import citations_of
from service.policies.holidays import holidays_of
from service.policies.overlay import Raw, law_of
from service.policies.reading import LawInvalid, as_in_a_file, check, plain, read, read_one
from service.policies.settings import INTERVENTION_MODES, lawful

ONE_DAY = timedelta(days=1)
BASE = "us"
NAMED = ("sources", "terms", "rules", "categories")
"""The parts of a pack whose values have names."""
KEPT = 1024
"""So many policies are kept, by jurisdiction and settings."""

STATES = """
al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc
nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc
"""
JURISDICTIONS = (BASE, *(f"us-{state}" for state in STATES.split()))
"""Every jurisdiction a district may be in: the fifty states and the District of Columbia."""


@dataclass(frozen=True)
class Policies:
    """All the law there is here: the cards by rule id, the packs by jurisdiction.

    `written`: the packs as their files have them, sources by name; `amended` starts from those.
    `not_enforced`: the federal rules without a card, each with the reason.
    """

    cards: Mapping[str, Rule]
    packs: Mapping[str, Raw]
    written: Mapping[str, Raw] = field(default_factory=dict, repr=False, compare=False)
    not_enforced: tuple[NotEnforced, ...] = ()
    _laws: dict[str, Raw] = field(default_factory=dict, repr=False, compare=False)
    _policies: dict[tuple[str, bytes], Policy] = field(
        default_factory=dict, repr=False, compare=False
    )

    def policy_for(self, jurisdiction: str, settings: Mapping[str, Any] | None = None) -> Policy:
        """The law of a jurisdiction with a district's settings, so far as they are lawful.

        Basis `federal_default` where the state has no pack. Raises KeyError for a jurisdiction
        that does not exist, `SettingsInvalid` for settings of another shape.
        """
        said = json.dumps(settings or {}, sort_keys=True)
        # Only a digest of what is kept so long: settings may have hundreds of sign-offs.
        key = (jurisdiction, hashlib.sha256(said.encode()).digest())
        if key not in self._policies:
            if len(self._policies) >= KEPT:
                self._policies.clear()
            self._policies[key] = self._policy_for(jurisdiction, settings or {})
        return self._policies[key]

    def _policy_for(self, jurisdiction: str, settings: Mapping[str, Any]) -> Policy:
        if not settings:
            return policy_of(self._law(jurisdiction), self.packs[BASE], self.cards)
        policy = self.policy_for(jurisdiction)
        chosen = lawful(policy, settings)
        rules = chosen["rules"]
        sign_off = chosen.get("sign_off", {})
        return replace(
            policy,
            settings={**policy.settings, **{r: {**policy.setting(r), **rules[r]} for r in rules}},
            count_trigger_day=chosen.get("count_trigger_day", policy.count_trigger_day),
            roll=chosen.get("roll", policy.roll),
            sign_off_required=sign_off.get("required", False),
            signed_off=frozenset(one["fingerprint"] for one in sign_off.get("terms", ())),
        )

    def pack(self, jurisdiction: str) -> dict[str, Any]:
        """Everything in force in a jurisdiction, JSON-ready, each value with its citations.

        Raises KeyError for a jurisdiction that does not exist.
        """
        law: dict[str, Any] = plain(self._law(jurisdiction))
        return law

    def amended(self, jurisdiction: str, change: Raw) -> Policies:
        """The same law with another pack of a jurisdiction: the one there is, with a change to it.

        `change` is a pack file as JSON, or those parts of it that change: in `NAMED` each name
        takes the place of that name, and null takes it away; any other member takes the place of
        the pack's. Nothing is kept of it. Raises `LawInvalid` for what cannot be read as law, with
        the place in the pack as it would be, KeyError as `pack`.
        """
        if jurisdiction not in JURISDICTIONS:
            raise KeyError(jurisdiction)
        before = self.written.get(jurisdiction, {"jurisdiction": jurisdiction})
        written = as_in_a_file({**before, **change, **_named(before, change)})
        check("pack", written)
        if written["jurisdiction"] != jurisdiction:
            raise LawInvalid("/jurisdiction", f"this is about {jurisdiction}")
        pack = _checked(written, self.cards, spare_sources=True)
        return Policies(
            self.cards,
            MappingProxyType({**self.packs, jurisdiction: pack}),
            MappingProxyType({**self.written, jurisdiction: written}),
            self.not_enforced,
        )

    def holidays(self, jurisdiction: str, first_year: int, last_year: int) -> Mapping[date, str]:
        """The federal and state holidays from one year through another; KeyError as `pack`."""
        law = self._law(jurisdiction)["holidays"]
        return holidays_of(jurisdiction, law, first_year, last_year)

    def _law(self, jurisdiction: str) -> Raw:
        if jurisdiction not in JURISDICTIONS:
            raise KeyError(jurisdiction)
        if jurisdiction not in self._laws:
            self._laws[jurisdiction] = law_of(
                jurisdiction, self.packs[BASE], self.packs.get(jurisdiction)
            )
        return self._laws[jurisdiction]


def load(root: Traversable | None = None) -> Policies:
    """Read and check every card and pack; raises `LawInvalid` for the first that is wrong.

    `root` holds the folders `rules` and `packs`; by default those of this package.
    """
    root = root or files("service.policies")
    cards: dict[str, Rule] = {}
    for file, raw in read(root, "rules", "card"):
        card = _card(raw)
        if file != f"rules/{card.id.lower()}.yaml":
            raise LawInvalid("/id", f"{card.id} belongs in {card.id.lower()}.yaml", file)
        cards[card.id] = card
    packs: dict[str, Raw] = {}
    written: dict[str, Raw] = {}
    for file, raw in read(root, "packs", "pack"):
        if file != f"packs/{raw['jurisdiction']}.yaml" or raw["jurisdiction"] not in JURISDICTIONS:
            raise LawInvalid("/jurisdiction", f"no pack {raw['jurisdiction']} here", file)
        try:
            pack = _checked(raw, cards)
        except LawInvalid as error:
            raise error.in_file(file) from None
        packs[pack["jurisdiction"]], written[pack["jurisdiction"]] = pack, raw
    if BASE not in packs:
        raise LawInvalid("", "the federal base is missing", f"packs/{BASE}.yaml")
    catalogue = read_one(root, "catalogue.yaml", "catalogue")
    _check_catalogue(catalogue, cards)
    return Policies(
        MappingProxyType(cards),
        MappingProxyType(packs),
        MappingProxyType(written),
        tuple(map(_not_enforced, catalogue["not_enforced"])),
    )


def _named(before: Raw, change: Raw) -> dict[str, Any]:
    """The parts of a pack whose values have names, with those that change."""
    return {
        part: {
            name: value
            for name, value in {**before.get(part, {}), **change[part]}.items()
            if value is not None
        }
        for part in NAMED
        if isinstance(change.get(part), Mapping)
    }


# Checking


def _checked(raw: Raw, cards: Mapping[str, Rule], *, spare_sources: bool = False) -> Raw:
    """A pack of the right shape that makes sense, each source in the place of its name."""
    pack = _cited(raw, spare_sources=spare_sources)
    _check_names(pack, cards)
    _check_values(pack)
    return pack


def _cited(pack: Raw, *, spare_sources: bool) -> Raw:
    """The pack with each named source in the place of its name."""
    sources = pack["sources"]
    used: set[str] = set()

    def resolved(value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return {name: cited(name, item, f"{path}/{name}") for name, item in value.items()}
        if isinstance(value, list):
            return [resolved(item, f"{path}/{place}") for place, item in enumerate(value)]
        return value

    def cited(name: str, value: Any, path: str) -> Any:
        if name != "citations":
            return resolved(value, path)
        for source in value:
            if source not in sources:
                raise LawInvalid(path, f"no source is called {source!r}")
        used.update(value)
        return [sources[source] for source in value]

    whole = {name: resolved(value, f"/{name}") for name, value in pack.items() if name != "sources"}
    if (unused := sources.keys() - used) and not spare_sources:
        raise LawInvalid("/sources", f"nothing cites {', '.join(sorted(unused))}")
    return whole


def _check_names(pack: Raw, cards: Mapping[str, Rule]) -> None:
    """Every rule has a card, every event an occurrence."""
    for rule_id in pack.get("rules", {}):
        if rule_id not in cards:
            raise LawInvalid(f"/rules/{rule_id}", "no rule has this id")
    mode = pack.get("rules", {}).get(INTERVENTION_RULE, {}).get("setting", {}).get("mode")
    if mode not in (None, *INTERVENTION_MODES):
        at = f"/rules/{INTERVENTION_RULE}/setting/mode"
        raise LawInvalid(at, f"{mode!r} is not one of {', '.join(INTERVENTION_MODES)}")
    for term_id, term in pack.get("terms", {}).items():
        if term["rule_id"] is not None and term["rule_id"] not in cards:
            raise LawInvalid(f"/terms/{term_id}/rule_id", f"no rule is called {term['rule_id']}")
        for place, value in enumerate(term["values"]):
            for where, name in _events(value):
                if name not in EVENTS:
                    at = f"/terms/{term_id}/values/{place}/{where}"
                    raise LawInvalid(at, f"no event is called {name!r}")


def _check_catalogue(catalogue: Raw, cards: Mapping[str, Rule]) -> None:
    """Every federal rule has a card, or a reason why it has none, and not both."""
    reasons = {entry["id"] for entry in catalogue["not_enforced"]}
    for rule_id in {*catalogue["ids"], *reasons}:
        if (rule_id in cards) == (rule_id in reasons):
            what = "a card and a reason to have none" if rule_id in cards else "no card, no reason"
            raise LawInvalid(f"/ids/{rule_id}", what, "catalogue.yaml")


def _events(value: Raw) -> Iterator[tuple[str, str]]:
    """Every event that a value names, with where."""
    for end in ("starts", "stops"):
        yield from ((end, name) for part in alternatives(value[end]) for name in part)
    for place, sooner in enumerate(value.get("or_sooner", ())):
        if "starts" in sooner:
            yield f"or_sooner/{place}/starts", sooner["starts"]
    for place, span in enumerate(value.get("excludes", ())):
        yield from ((f"excludes/{place}/{end}", name) for end, name in span.items())
    if "measured_from" in value.get("year_end", {}):
        yield "year_end/measured_from", value["year_end"]["measured_from"]


def _check_values(pack: Raw) -> None:
    """Dated values follow on each other, and the domain accepts each."""
    for part in ("terms", "categories"):
        for name, history in pack.get(part, {}).items():
            where = f"/{part}/{name}/values"
            _check_dates(history["values"], where)
            if part == "terms" and "until" in history["values"][-1]:
                raise LawInvalid(where, "the last value of a term has no `until`")
    for term_id, term in pack.get("terms", {}).items():
        for place, value in enumerate(term["values"]):
            try:
                terms.term_of(term_id, {**term, **value})
            except ValueError as error:
                raise LawInvalid(f"/terms/{term_id}/values/{place}", str(error)) from error


def _check_dates(values: list[Raw], where: str) -> None:
    for place, value in enumerate(values):
        until = value.get("until")
        if until is not None and until < value["from"]:
            raise LawInvalid(f"{where}/{place}", f"ends on {until}, before it begins")
        if place == 0:
            continue
        expected = values[place - 1].get("until")
        begins = value["from"]
        if expected is None or begins <= expected:
            raise LawInvalid(f"{where}/{place}", f"overlap: begins on {begins} before the last end")
        if begins > expected + ONE_DAY:
            raise LawInvalid(f"{where}/{place}", f"gap between {expected} and {begins}")


def _not_enforced(raw: Raw) -> NotEnforced:
    return NotEnforced(
        id=raw["id"],
        requires=raw["requires"],
        reason=raw["reason"],
        citations=citations_of(raw),
    )


def _card(raw: Raw) -> Rule:
    return Rule(
        id=raw["id"],
        title=raw["title"],
        why=raw["why"],
        mode=raw["mode"],
        framework=raw["framework"],
        enforced_by=raw["enforced_by"],
        unblock=raw["unblock"],
        citations=citations_of(raw),
        override=raw["override"],
    )
