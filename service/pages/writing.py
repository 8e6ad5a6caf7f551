"""The pages as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from service.domain.citations import WORDS, Citation
from service.domain.clocks.words import named
from service.domain.lifecycles import steps_asking
from service.domain.policy import MODES, Ages, Policy, Rule
from service.pages.sentences import adjustments, clock
from service.policies import Policies
from service.policies.citations import citations_of
from service.policies.loader import BASE, JURISDICTIONS
from service.policies.reading import read

FRAMEWORKS = {"idea": "IDEA", "section_504": "Section 504", "any": "IDEA and Section 504"}
ENFORCED_BY = {
    "step": "at steps of the case",
    "receipt": "when a referral is received",
    "clock": "by a clock",
    "setting": "when a district chooses its settings",
    "record": "by how a record counts",
}


def pages(policies: Policies) -> Iterator[tuple[str, str]]:
    """Every page, as its path below `docs/` and its Markdown, in a fixed order."""
    write = _environment().get_template
    base = policies.policy_for(BASE)
    rules = sorted(base.rules.values(), key=lambda rule: rule.id)
    examples = {
        card["id"]: card["examples"] for _, card in read(files("service.policies"), "rules", "card")
    }
    yield (
        "rules/README.md",
        write("rules.md").render(rules=rules, not_enforced=policies.not_enforced),
    )
    for rule in rules:
        yield (
            f"rules/{rule.id.lower()}.md",
            write("rule.md").render(
                rule=rule,
                steps=[_step(*which) for which in steps_asking(rule.id)],
                examples=examples[rule.id],
                terms=_terms(rule.id, base),
                settings=_settings(rule, policies),
            ),
        )
    laws = [policies.policy_for(jurisdiction) for jurisdiction in JURISDICTIONS]
    yield "states/README.md", write("states.md").render(laws=laws)
    for policy in laws:
        yield (
            f"states/{policy.jurisdiction}.md",
            write("state.md").render(
                policy=policy,
                law=policies.pack(policy.jurisdiction),
                ours={"terms": {}, "categories": {}, **policies.packs.get(policy.jurisdiction, {})},
            ),
        )


def _step(record: str, name: str) -> str:
    """`start evaluation (case)`."""
    return f"{name.replace('-', ' ')} ({record})"


def _terms(rule_id: str, policy: Policy) -> list[tuple[str, str]]:
    """The federal base's clocks of a rule: title and sentence."""
    return [
        (history[-1].value.title, clock(history[-1].value))
        for history in policy.terms.values()
        if history[-1].value.rule_id == rule_id
    ]


def _settings(rule: Rule, policies: Policies) -> list[tuple[Policy, Mapping[str, Any]]]:
    """Each jurisdiction that chooses something of its own about a rule, and what it cites."""
    chosen = []
    for jurisdiction in JURISDICTIONS:
        own = policies.packs.get(jurisdiction, {}).get("rules", {}).get(rule.id)
        if own is not None:
            chosen.append((policies.policy_for(jurisdiction), own))
    return chosen


def _environment() -> Environment:
    templates = files("service.pages") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (templates / name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown; whoever shows it as HTML escapes it
    )
    environment.filters |= {
        "cell": _cell,
        "cited": _cited,
        "named": named,
        "beside": _beside,
        "capital": lambda words: words[:1].upper() + words[1:],
        "raw_citations": _citations,
        "served": _served,
        "setting": _setting,
        "told": _told,
        "sentence": clock,
        "adjustments": lambda term: list(adjustments(term)),
    }
    environment.globals |= {
        "MODES": MODES,
        "FRAMEWORKS": FRAMEWORKS,
        "ENFORCED_BY": ENFORCED_BY,
        "MARKS": WORDS,
    }
    return environment


def _cited(citation: Citation) -> str:
    """`[34 CFR 300.300(a)](https://...) (rule text)`."""
    text = f"[{citation.text}]({citation.href})" if citation.href else citation.text
    return f"{text} ({citation.verification.words})"


def _citations(raw: Mapping[str, Any]) -> str:
    """What a value of a pack cites."""
    return "; ".join(map(_cited, citations_of(raw)))


def _served(ages: Ages) -> str:
    """`from age 3 through the school year of the 22nd birthday, by the age on 09-01`."""
    until = f"until the {_ordinal(ages.below_age)} birthday"
    if ages.through != "birthday":
        until = f"through the {named(ages.through)} of the {_ordinal(ages.below_age)} birthday"
    words = f"from age {ages.min_age} {until}"
    return f"{words}, if below that age on {ages.as_of}" if ages.as_of else words


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _beside(category: Mapping[str, Any]) -> str:
    """What else a pack says of a category."""
    return "; ".join(_of_category(category))


def _of_category(category: Mapping[str, Any]) -> Iterator[str]:
    if "min_age" in category:
        yield f"from age {category['min_age']}"
    if "below_age" in category:
        yield f"below age {category['below_age']}"
    if "through_grade" in category:
        yield f"through grade {category['through_grade']}"
    for roles in category.get("required_roles", ()):
        yield "in the group: " + " or ".join(map(named, roles))
    if "reevaluation" in category:
        yield f"re-evaluated every {category['reevaluation']['every_years']} years"
    if not category.get("idea_countable", True):
        yield "not counted under IDEA"
    if "until" in category:
        yield f"until {category['until']}"
    if "note" in category:
        yield category["note"]
    if "not_covered" in category:
        yield f"not final here yet: {category['not_covered']}"
    yield _citations(category)


def _told(example: Mapping[str, Any]) -> str:
    """What is special about a worked example."""
    words = [example["says"]] if "says" in example else []
    if "age" in example:
        words.append(f"age {example['age']}")
    if "absent_school_days" in example:
        words.append(f"{example['absent_school_days']} school days absent")
    if "placement" in example:
        words.append(named(example["placement"]))
    return "; ".join(words) or "The plain case"


def _cell(words: object) -> str:
    """Words that stay within their cell of a table."""
    return " ".join(str(words).split()).replace("|", "\\|")


def _setting(setting: Mapping[str, Any]) -> str:
    """`mode: required with bypass; min interventions: 1`."""
    return "; ".join(f"{named(name)}: {_chosen(value)}" for name, value in setting.items())


def _chosen(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(_chosen, value)) or "none"
    return named(str(value))
