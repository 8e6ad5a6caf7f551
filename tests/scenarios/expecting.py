"""What a scenario may expect (`expect:`), each a small function.

The first word of an expectation says what is looked at, its value says which; the rest are keyword
arguments: `{deadline: initial_evaluation, due: 2026-11-13, mark: secondary}`. To add one, write a
function here and register it with `@expectation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests import law
from tests.scenarios.journey import Json, Outcome, refused_by, sent
from tests.scenarios.words import Said, Story

Expectation = Callable[..., None]

EXPECTATIONS: dict[str, Expectation] = {}
"""Every expectation by its first word."""

MARKS = {
    "rule text": "R",
    "rule text in part": "R/p",
    "agency": "A",
    "secondary": "S",
    "unverified": "U",
}
"""How far the law behind a value was verified, in words."""

UNSAID: Any = object()


def expectation(looks: Expectation) -> Expectation:
    """Register an expectation under the name of its function."""
    EXPECTATIONS[looks.__name__.rstrip("_")] = looks
    return looks


def went_well(said: Said) -> None:
    """A step of which nothing else is expected was taken."""
    if isinstance(said, Outcome):
        assert said.answer.status_code == 200, said.answer.text
        blocking = [f["rule_id"] for f in said.decision.get("findings", ()) if f["blocks"]]
        assert not blocking, said.answer.text


def _compare(what: str, found: Mapping[str, Any], **expected: Any) -> None:
    wrong = {
        name: f"expected {wanted!r}, the service says {found[name]!r}"
        for name, wanted in expected.items()
        if wanted is not UNSAID and found[name] != wanted
    }
    assert not wrong, f"{what}: {wrong}"


def _mark(word: str) -> str:
    return word if word is UNSAID else MARKS[word]


# What came of the step ----------------------------------------------------------------------


@expectation
def refused(story: Story, said: Said, by: str | list[str]) -> None:
    """The step is refused by just these rules, each with its law and what to do."""
    assert isinstance(said, Outcome), "Only a step can be refused."
    refused_by(said.answer, *([by] if isinstance(by, str) else by))


@expectation
def finding(
    story: Story,
    said: Said,
    rule: str,
    *,
    answer: str = UNSAID,
    blocks: bool = UNSAID,
    mode: str = UNSAID,
    says: str | None = None,
    law: str | None = None,
) -> None:
    """What one rule found: `met`, `unmet`, `unknown`, `not_applicable`; `says`: part of why."""
    body = said.decision if isinstance(said, Outcome) else said
    assert body is not None, "Nothing was found here."
    (found,) = (f for f in body["findings"] if f["rule_id"] == rule)
    _compare(rule, found, answer=answer, blocks=blocks, mode=mode)
    assert says is None or says in found["because"], found["because"]
    _cites(found, law)


def _cites(found: Json, law: str | None) -> None:
    cited = [citation["text"] for citation in found["citations"]]
    assert law is None or any(law in text for text in cited), cited


# What is owed -------------------------------------------------------------------------------


@expectation
def deadline(
    story: Story,
    said: Said,
    term: str,
    *,
    due: str | None = UNSAID,
    started: str = UNSAID,
    state: str = UNSAID,
    met: str | None = UNSAID,
    mark: str = UNSAID,
    basis: str = UNSAID,
    provisional: bool = UNSAID,
    overdue: bool = UNSAID,
    rule: str | None = UNSAID,
    law: str | None = None,
    counted: int | None = None,
    not_counted: list[str] | None = None,
) -> None:
    """The one deadline of this term; with `started`, the one that started then.

    `counted`: how many days until the due date counted. `not_counted`: days that did not.
    """
    there = [d for d in story.child.deadlines(term) if started in (UNSAID, d["started_on"])]
    assert len(there) == 1, f"{term}: {len(there)} such deadlines; the case has {_terms(story)}"
    (found,) = there
    _compare(
        term,
        found,
        due_on=due,
        state=state,
        met_on=met,
        verification=_mark(mark),
        basis=basis,
        provisional=provisional,
        overdue=overdue,
        rule_id=rule,
    )
    _cites(found, law)
    if counted is None and not_counted is None:
        return
    ledger = sent(story.child.api.get(f"/v1/deadlines/{found['id']}/ledger"), 200)
    days = [day["day"] for day in ledger["items"] if day["counted"]]
    assert counted is None or len(days) == counted, f"{len(days)} days counted"
    assert not set(days) & set(not_counted or ()), sorted(set(days) & set(not_counted or ()))


def _terms(story: Story) -> str:
    return ", ".join(sorted({d["term"] for d in story.child.deadlines()})) or "none"


@expectation
def no_deadline(story: Story, said: Said, term: str) -> None:
    """The case has no deadline of this term."""
    assert term in KNOWN_TERMS, f"There is no term {term!r} in any policy."
    assert not story.child.deadlines(term)


KNOWN_TERMS = {
    term
    for jurisdiction in law.policies().packs
    for term in law.policies().pack(jurisdiction)["terms"]
}


@expectation
def status(story: Story, said: Said, is_: str) -> None:
    """Where the case stands."""
    assert story.child.status == is_


@expectation
def breach(story: Story, said: Said, is_: bool) -> None:
    """Whether the last assessment was given before consent (300.300(a)(1)(i))."""
    assert story.last("assessment")["breach"] is is_


# What the law of the state says --------------------------------------------------------------


def _law(story: Story) -> Json:
    district = sent(story.place.api.get(f"/v1/districts/{story.place.id}"), 200)
    return sent(story.place.api.get(f"/v1/policies/{district['jurisdiction']}"), 200)


@expectation
def deciding_body(story: Story, said: Said, name: str) -> None:
    """What the group is called that decides."""
    assert _law(story)["decision_body"] == name


@expectation
def category(
    story: Story,
    said: Said,
    code: str,
    *,
    in_use: bool = True,
    called: str = UNSAID,
    counted_as: str | None = UNSAID,
    from_age: int | None = UNSAID,
    below_age: int | None = UNSAID,
    counted: bool = UNSAID,
    through_grade: str | None = UNSAID,
    mark: str = UNSAID,
    needs_in_group: list[str] = UNSAID,
    every_years: int = UNSAID,
) -> None:
    """A category as it is in use that day: its name, and the federal one it is counted as.

    `counted: false`: IDEA does not count it. `needs_in_group`: a role that must be there.
    """
    assert code in KNOWN_CATEGORIES, f"There is no category {code!r} in any policy."
    today = story.place.today
    values = [
        value
        for one in _law(story)["categories"]
        if one["code"] == code
        for value in one["values"]
        if value["from"] <= today <= (value["until"] or today)
    ]
    assert bool(values) is in_use, f"{code}: {values}"
    for value in values:
        _compare(
            code,
            value | {"every_years": (value["reevaluation"] or {}).get("every_years")},
            title=called,
            federal_code=counted_as,
            min_age=from_age,
            below_age=below_age,
            idea_countable=counted,
            through_grade=through_grade,
            every_years=every_years,
        )
        assert needs_in_group is UNSAID or needs_in_group in value["required_roles"], value
        marks = {citation["verification"] for citation in value["citations"]}
        assert mark is UNSAID or _mark(mark) in marks, marks


KNOWN_CATEGORIES = {
    code
    for jurisdiction in law.policies().packs
    for code in law.policies().pack(jurisdiction)["categories"]
}


@expectation
def served_below(
    story: Story,
    said: Said,
    age: int,
    *,
    from_age: int = UNSAID,
    through: str = UNSAID,
    as_of: str | None = UNSAID,
    mark: str = UNSAID,
) -> None:
    """Services are owed until the day before this birthday, or as `through` says."""
    ages = _law(story)["ages"]
    _compare("ages", ages, below_age=age, min_age=from_age, through=through, as_of=as_of)
    marks = {citation["verification"] for citation in ages["citations"]}
    assert mark is UNSAID or _mark(mark) in marks, marks


@expectation
def majority(story: Story, said: Said, age: int, *, mark: str = UNSAID) -> None:
    """The age at which the parents' rights pass to the student here."""
    found = _law(story)["majority"]
    _compare("majority", found, age=age, transfers=True)
    marks = {citation["verification"] for citation in found["citations"]}
    assert mark is UNSAID or _mark(mark) in marks, marks


@expectation
def intervention_rule(story: Story, said: Said, mode: str, *, mark: str = UNSAID) -> None:
    """What the state has chosen about interventions before the school's own request."""
    (rule,) = (
        rule for rule in _law(story)["rules"] if rule["rule_id"] == "STATE-PREREFERRAL-INTERVENTION"
    )
    assert rule["setting"]["mode"] == mode
    marks = {citation["verification"] for citation in rule["citations"]}
    assert mark is UNSAID or _mark(mark) in marks, marks
