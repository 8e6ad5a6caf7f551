"""The whole law of a jurisdiction, to the domain's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from service.domain.calendars import DayUnit
from service.domain.clocks import Term
from service.domain.policy import (
    Ages,
    AllowedExtension,
    Category,
    Dated,
    Policy,
    Reevaluation,
    RequestSource,
    Rule,
)
from service.policies.citations import citations_of
from service.policies.terms import Raw, term_of


def policy_of(law: Raw, base: Raw, cards: Mapping[str, Rule]) -> Policy:
    """The domain's policy of one jurisdiction, without a district's settings.

    `law` is what `overlay.law_of` gives, `base` the federal pack.
    """
    rules = dict(cards)
    for rule_id, chosen in law["rules"].items():
        cited = (*citations_of(chosen), *rules[rule_id].citations)
        rules[rule_id] = replace(rules[rule_id], citations=tuple(dict.fromkeys(cited)))
    services = law["special_related_services"] or {"services": ()}
    state = law["basis"] == "state"
    return Policy(
        jurisdiction=law["jurisdiction"],
        title=law["title"],
        basis=law["basis"],
        version=law["version"],
        rules=MappingProxyType(rules),
        settings={rule_id: chosen["setting"] for rule_id, chosen in law["rules"].items()},
        terms={term_id: _history(term_id, term) for term_id, term in law["terms"].items()},
        federal_terms={
            term_id: _history(term_id, term)
            for term_id, term in base["terms"].items()
            if state and law["terms"][term_id] is not term
        },
        categories={
            code: tuple(
                Dated(_category(code, value), value["from"], value.get("until"))
                for value in category["values"]
            )
            for code, category in law["categories"].items()
        },
        non_categorical=law["non_categorical"] is not None,
        request_sources=tuple(
            RequestSource(
                requester=source["requester"],
                below_age=source.get("below_age"),
                citations=citations_of(source),
            )
            for source in law["request_sources"]
        ),
        special_related_services=frozenset(services["services"]),
        extensions=tuple(map(_extension, law["extensions"])),
        ages=_ages(law["ages"]),
        reevaluation=_reevaluation(law["reevaluation"]),
        majority_age=_age_of(law["majority"]),
        transition_age=_age_of(law["transition_age"]),
        not_cover=tuple(law["not_cover"]),
        decision_body=law["decision_body"],
    )


def _history(term_id: str, term: Raw) -> tuple[Dated[Term], ...]:
    return tuple(
        Dated(term_of(term_id, {**term, **value}), value["from"], value.get("until"))
        for value in term["values"]
    )


def _category(code: str, value: Raw) -> Category:
    return Category(
        code=code,
        title=value["title"],
        federal_code=value["federal_code"],
        min_age=value.get("min_age"),
        below_age=value.get("below_age"),
        through_grade=value.get("through_grade"),
        required_roles=tuple(map(frozenset, value.get("required_roles", ()))),
        reevaluation=Reevaluation(**value["reevaluation"]) if "reevaluation" in value else None,
        idea_countable=value.get("idea_countable", True),
        not_covered=value.get("not_covered"),
        citations=citations_of(value),
    )


def _extension(value: Raw) -> AllowedExtension:
    return AllowedExtension(
        kind=value["kind"],
        title=value["title"],
        only_suspected=value.get("only_suspected"),
        at_most=value.get("at_most"),
        unit=DayUnit(value.get("unit", DayUnit.CALENDAR_DAY)),
        reasons_documented=value.get("reasons_documented", False),
        first_evaluation_only=value.get("first_evaluation_only", False),
        citations=citations_of(value),
    )


def _ages(value: Raw) -> Ages:
    return Ages(
        min_age=value["min_age"],
        below_age=value["below_age"],
        through=value.get("through", "birthday"),
        as_of=value.get("as_of"),
        citations=citations_of(value),
    )


def _reevaluation(value: Raw) -> Reevaluation:
    return Reevaluation(every_years=value["every_years"], waivable=value.get("waivable", True))


def _age_of(value: Any) -> int | None:
    """An age that a law names, when it names one and the law applies."""
    return value["age"] if value is not None and value.get("transfers", True) else None
