"""How the words of a term run on the facts of a case: starts, variants, stops, what ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.calendars import Span
from service.domain.citations import Citation, Verification
from service.domain.clocks import AttachesTo, Extension, Sooner, Term, Variant, When, YearEndRule
from service.domain.clocks.words import named
from service.domain.deadlines import deadlines
from service.domain.events import Occurrence
from service.domain.facts import Case
from service.domain.policy import Dated, Policy
from service.domain.running import excluded, legs, replaced, started, stopped
from tests.domain.test_calendars import CAL_A
from tests.domain.test_deadlines import case
from tests.policies.test_cards import example_policy

D = date.fromisoformat
LONG_AGO, CHANGED_ON, TODAY = D("1997-06-04"), D("2025-09-20"), D("2025-10-01")
READ = (Citation("the example law", None, Verification.READ),)
UNSURE = (Citation("a secondary source", None, Verification.UNVERIFIED),)

PARENT = {"id": "r1", "requester": "parent", "received_on": "2025-09-10"}
CONSENT = {"id": "c1", "answer": "granted", "signed_on": "2025-09-24", "received_on": "2025-09-25"}


def term(count: int = 60, **parts: Any) -> Term:
    values: dict[str, Any] = {
        "id": "initial_evaluation",
        "title": "Initial evaluation",
        "rule_id": "IDEA-EVAL-CLOCK",
        "starts": "consent_received",
        "stops": "report_completed",
        "count": count,
        "citations": READ,
    }
    return Term(**values | parts)


def law(*history: Dated[Term], **more: Any) -> Policy:
    return replace(example_policy(), terms={"the term": history}, **more)


def starts(policy: Policy, a_case: Case, today: date = TODAY) -> list[tuple[int | None, str]]:
    """Each start of the term: the count of the value that is in force for it, and its day."""
    found = started(a_case, policy, "the term", today)
    return [(one.count, str(start.on)) for one, start in found]


def first_start(policy: Policy, a_case: Case) -> tuple[Term, Occurrence]:
    return next(iter(started(a_case, policy, "the term", TODAY)))


# Which law a start falls under


@pytest.mark.parametrize(
    ("attaches", "event", "facts", "today", "count"),
    [
        pytest.param("start_event", "consent_received", {}, TODAY, 30, id="its own start"),
        pytest.param("start_event", "request_received", {}, TODAY, 60, id="a start before it"),
        pytest.param("receipt", "consent_received", {}, TODAY, 60, id="the receipt"),
        pytest.param(
            "receipt",
            "consent_received",
            {"referrals": [{"received_on": "2025-09-20"}, {"received_on": "2025-09-25"}]},
            TODAY,
            30,
            id="a receipt on the day itself",
        ),
        pytest.param(
            "receipt",
            "consent_received",
            {"referrals": [{"received_on": "2025-09-25"}, {"received_on": "2025-09-19"}]},
            TODAY,
            60,
            id="the first of two receipts",
        ),
        pytest.param(
            "receipt",
            "consent_received",
            {"referrals": [{"received_on": None}], "opened_on": "2025-09-19"},
            TODAY,
            60,
            id="the opening, where no receipt is dated",
        ),
        pytest.param(
            "receipt", "consent_received", {"referrals": []}, TODAY, 30, id="else the start"
        ),
        pytest.param("consent", "request_received", {}, TODAY, 30, id="the consent"),
        pytest.param(
            "consent", "request_received", {"consents": []}, TODAY, 30, id="consent to come"
        ),
        pytest.param(
            "consent",
            "request_received",
            {"consents": []},
            D("2025-09-19"),
            60,
            id="consent to come, before the change",
        ),
        pytest.param(
            "all_open_cases", "request_received", {}, CHANGED_ON, 30, id="a case that is open"
        ),
        pytest.param(
            "all_open_cases",
            "request_received",
            {"status": "closed", "closed_on": "2025-09-19"},
            TODAY,
            60,
            id="a case that was closed before it",
        ),
    ],
)
def test_a_change_of_the_law_attaches_to_what_it_says(
    attaches: str, event: str, facts: dict[str, Any], today: date, count: int
) -> None:
    policy = law(
        Dated(term(60, starts=event), LONG_AGO, CHANGED_ON - timedelta(days=1)),
        Dated(term(30, starts=event, attaches_to=AttachesTo(attaches)), CHANGED_ON),
    )
    a_case = case(**{"referrals": [PARENT], "consents": [CONSENT]} | facts)
    assert [one for one, _ in starts(policy, a_case, today)][:1] == [count]


def test_before_its_first_day_no_law_runs() -> None:
    policy = law(Dated(term(starts="request_received"), D("2025-09-11")))
    assert starts(policy, case(referrals=[PARENT])) == []
    assert starts(
        law(Dated(term(starts="request_received"), D("2025-09-10"))), case(referrals=[PARENT])
    ) == [(60, "2025-09-10")]


def test_the_first_law_that_is_known_attaches_to_the_start_whatever_it_says() -> None:
    policy = law(Dated(term(attaches_to=AttachesTo.RECEIPT), D("2025-09-15")))
    a_case = case(referrals=[PARENT], consents=[CONSENT])
    assert starts(policy, a_case) == [(60, "2025-09-25")]


def test_a_later_change_waits_for_the_one_before_it() -> None:
    policy = law(
        Dated(term(60), LONG_AGO, D("2025-08-31")),
        Dated(term(45, attaches_to=AttachesTo.RECEIPT), D("2025-09-15"), D("2025-09-19")),
        Dated(term(30), CHANGED_ON),
    )
    assert starts(policy, case(referrals=[PARENT], consents=[CONSENT])) == [(60, "2025-09-25")]


def test_a_single_event_starts_a_clock_each_time_and_alternatives_start_one() -> None:
    again = {"id": "r2", "requester": "parent", "received_on": "2025-09-08"}
    a_case = case(referrals=[PARENT, again], consents=[CONSENT])
    one_event = law(Dated(term(starts="request_received"), LONG_AGO))
    assert starts(one_event, a_case) == [(60, "2025-09-08"), (60, "2025-09-10")]
    either = law(Dated(term(starts="consent_received or request_received"), LONG_AGO))
    assert starts(either, a_case) == [(60, "2025-09-08")]


def test_a_term_of_idea_does_not_run_where_only_section_504_is_in_question() -> None:
    a_case = case(referrals=[PARENT], consents=[CONSENT], frameworks=["section_504"])
    assert starts(law(Dated(term(), LONG_AGO)), a_case) == []
    of_practice = law(Dated(term(rule_id=""), LONG_AGO))
    assert starts(of_practice, a_case) == [(60, "2025-09-25")]
    of_both = law(
        Dated(term(), LONG_AGO, D("2025-01-01")),
        Dated(term(30, rule_id="504-CLOCK"), D("2025-01-01")),
    )
    assert starts(of_both, a_case) == [(30, "2025-09-25")]


# A re-evaluation


def test_a_states_days_for_a_first_evaluation_are_not_those_for_another() -> None:
    again = case(path="reevaluation", referrals=[PARENT])
    answer = {"id": "answer", "rule_id": "IDEA-REQUEST-DECIDE", "starts": "request_received"}
    federal = {"the term": (Dated(term(90, **answer, basis="federal_default"), LONG_AGO),)}
    policy = law(Dated(term(15, **answer), LONG_AGO), federal_terms=federal)
    found, _ = first_start(policy, again)
    assert (found.count, found.basis) == (90, "federal")
    first, _ = first_start(policy, replace(again, path="initial"))
    assert (first.count, first.basis) == (15, "state")
    assert starts(replace(policy, federal_terms={}), again) == []
    for_both = law(Dated(term(15, **answer, reevaluations=True), LONG_AGO), federal_terms=federal)
    assert starts(for_both, again) == [(15, "2025-09-10")]
    base = law(Dated(term(60, **answer, basis="federal_default"), LONG_AGO))
    kept, _ = first_start(base, again)
    assert kept.basis == "federal_default"


# What is counted


def counts(policy: Policy, a_case: Case) -> list[int | None]:
    found, start = first_start(policy, a_case)
    return [leg.period.count for leg in legs(a_case, policy, found, start)]


@pytest.mark.parametrize(
    ("when", "facts", "holds"),
    [
        (When(at_least_age=3), {"student": {"birth_date": "2022-09-25"}}, True),
        (When(at_least_age=3), {"student": {"birth_date": "2022-09-26"}}, False),
        (When(below_age=3), {"student": {"birth_date": "2022-09-26"}}, True),
        (When(below_age=3), {"student": {"birth_date": "2022-09-25"}}, False),
        (When(at_least_age=0), {"student": {}}, False),
        (When(below_age=99), {"student": {}}, False),
        (When(below_age=99), {"student": None}, False),
        (When(after_interventions=True), {"interventions": [{"started_on": "2025-09-24"}]}, True),
        (When(after_interventions=True), {"interventions": [{"started_on": "2025-09-25"}]}, False),
        (When(after_interventions=True), {"interventions": [{}]}, False),
        (When(expedited=True), {"expedited": True}, True),
        (When(expedited=True), {}, False),
        (When(placements=frozenset({"preschool"})), {"student": {"placement": "preschool"}}, True),
        (When(placements=frozenset({"preschool"})), {"student": {"placement": "public"}}, False),
        (When(placements=frozenset({"preschool"})), {"student": None}, False),
        (When(), {"student": None}, True),
    ],
)
def test_a_variant_takes_the_place_of_the_count_for_the_children_it_is_meant_for(
    when: When, facts: dict[str, Any], holds: bool
) -> None:
    a_term = term(instead=(Variant(count=30, when=when), Variant(count=20, when=when)))
    a_case = case(**{"referrals": [PARENT], "consents": [CONSENT]} | facts)
    assert counts(law(Dated(a_term, LONG_AGO)), a_case) == [30 if holds else 60]


def test_a_period_beside_it_runs_from_its_own_event_once_that_has_happened() -> None:
    a_term = term(
        or_sooner=(Sooner(count=90, starts="request_received"), Sooner(count=45)),
    )
    policy = law(Dated(a_term, LONG_AGO))
    later = {"id": "r2", "requester": "parent", "received_on": "2025-09-12"}
    a_case = case(referrals=[later, PARENT], consents=[CONSENT])
    found, start = first_start(policy, a_case)
    assert [
        (leg.period.count, str(leg.started_on), leg.event, leg.citations)
        for leg in legs(a_case, policy, found, start)
    ] == [
        (60, "2025-09-25", "consent_received", READ),
        (90, "2025-09-10", "request_received", READ),
        (45, "2025-09-25", "consent_received", READ),
    ]
    assert counts(policy, case(consents=[CONSENT])) == [60, 45]


def test_the_event_that_started_a_clock_is_the_one_of_the_alternatives_that_happened() -> None:
    policy = law(Dated(term(starts="consent_received or request_received"), LONG_AGO))
    for facts, event in (
        ({"referrals": [PARENT], "consents": [CONSENT]}, "request_received"),
        ({"consents": [CONSENT]}, "consent_received"),
    ):
        a_case = case(**facts)
        found, start = first_start(policy, a_case)
        assert legs(a_case, policy, found, start)[0].event == event


def test_the_end_of_the_year_is_measured_from_its_own_event() -> None:
    rule = YearEndRule(within_days=30, measured_from="request_received", days_into_next_year=30)
    policy = law(Dated(term(year_end=rule), LONG_AGO))
    later = {"id": "r2", "requester": "parent", "received_on": "2025-09-12"}
    a_case = case(referrals=[later, PARENT], consents=[CONSENT])
    found, start = first_start(policy, a_case)
    assert legs(a_case, policy, found, start)[0].measured_on == D("2025-09-10")
    from_itself = replace(found, year_end=replace(rule, measured_from=None))
    assert legs(a_case, policy, from_itself, start)[0].measured_on is None
    assert legs(case(consents=[CONSENT]), policy, found, start)[0].measured_on is None


def test_a_start_with_a_law_of_its_own_brings_its_years_and_its_citations() -> None:
    policy = law(Dated(term(), LONG_AGO))
    own = Occurrence(D("2025-09-25"), years=2, citations=UNSURE)
    a_term = replace(term(), count=None, years=3)
    (leg,) = legs(case(), policy, a_term, own)
    assert (leg.years, leg.basis, leg.citations) == (2, "state", UNSURE)
    (plain,) = legs(case(), policy, a_term, Occurrence(D("2025-09-25")))
    assert (plain.years, plain.basis, plain.citations) == (3, None, READ)


def test_the_federal_period_runs_beside_a_states_that_counsel_has_not_signed_off() -> None:
    a_term = term(90, citations=UNSURE, fingerprint="90 days")
    federal = {"initial_evaluation": (Dated(term(60, basis="federal_default"), LONG_AGO),)}
    policy = law(Dated(a_term, LONG_AGO), federal_terms=federal, sign_off_required=True)
    a_case = case(referrals=[PARENT], consents=[CONSENT])
    found, start = first_start(policy, a_case)
    own, beside = legs(a_case, policy, found, start)
    assert (own.period.count, own.basis) == (90, None)
    assert (beside.period.count, beside.basis) == (60, "federal_until_signed_off")
    assert beside.says is not None
    assert beside.citations == READ
    signed = replace(policy, signed_off=frozenset({"90 days"}))
    assert counts(signed, a_case) == [90]
    assert counts(replace(policy, federal_terms={}), a_case) == [90]
    no_number = {"initial_evaluation": (Dated(replace(a_term, count=None), LONG_AGO),)}
    assert counts(replace(policy, federal_terms=no_number), a_case) == [90]
    later = {"initial_evaluation": (Dated(term(60), D("2025-09-26")),)}
    assert counts(replace(policy, federal_terms=later), a_case) == [90]
    from_request = {"initial_evaluation": (Dated(term(60, starts="request_received"), LONG_AGO),)}
    _, beside = legs(a_case, replace(policy, federal_terms=from_request), found, start)
    assert (str(beside.started_on), beside.event) == ("2025-09-10", "request_received")
    elsewhere = {"initial_evaluation": (Dated(term(60, starts="report_completed"), LONG_AGO),)}
    assert counts(replace(policy, federal_terms=elsewhere), a_case) == [90]


# What does not count, and what stops it


def test_what_lies_between_two_events_from_the_start_on_is_not_counted() -> None:
    a_term = term(starts="request_received", excludes=(("consent_requested", "consent_received"),))
    policy = law(Dated(a_term, LONG_AGO))

    def left_out(*consents: dict[str, Any]) -> tuple[tuple[Span, ...], date | None]:
        a_case = case(referrals=[PARENT], consents=list(consents))
        return excluded(a_case, policy, a_term, first_start(policy, a_case)[1])

    name = "from consent requested to consent received"
    asked = {"id": "c1", "requested_on": "2025-09-10", "answer": "granted"}
    answered = asked | {"received_on": "2025-09-25"}
    assert left_out(answered) == ((Span(D("2025-09-11"), D("2025-09-25"), name),), None)
    assert left_out(asked | {"answer": None}) == ((), D("2025-09-10"))
    assert left_out(asked | {"requested_on": "2025-09-09", "answer": None}) == ((), None)
    assert left_out(asked | {"received_on": "2025-09-10"}) == ((), None)
    twice = {"id": "c2", "requested_on": "2025-09-20", "answer": None}
    assert left_out(answered, twice) == ((Span(D("2025-09-11"), D("2025-09-25"), name),), None)
    third = {"id": "c3", "requested_on": "2025-09-26", "answer": None}
    assert left_out(answered, twice, third)[1] == D("2025-09-26")
    beyond = twice | {"requested_on": "2025-09-26"}
    assert left_out(answered, beyond) == (
        (Span(D("2025-09-11"), D("2025-09-25"), name),),
        D("2025-09-26"),
    )
    assert left_out() == ((), None)
    plain = replace(a_term, excludes=())
    a_case = case(referrals=[PARENT], consents=[answered])
    assert excluded(a_case, policy, plain, first_start(policy, a_case)[1]) == ((), None)


def test_what_is_not_counted_may_lie_between_what_the_state_takes_as_requests() -> None:
    """A physician's for a child under six is one in the example state, after a screening too."""
    a_term = term(excludes=(("other_request_received", "initial_referral_or_parent_request"),))
    physician = {
        "id": "r2",
        "requester": "physician",
        "received_on": "2025-09-26",
        "from_screening": True,
    }
    later = {"id": "r3", "requester": "parent", "received_on": "2025-10-02"}
    child = {"birth_date": "2021-05-01"}
    a_case = case(student=child, referrals=[PARENT, physician, later], consents=[CONSENT])
    policy = law(Dated(a_term, LONG_AGO))
    _, start = first_start(policy, a_case)
    name = f"from {named('other_request_received')} to initial referral or parent request"
    assert excluded(a_case, policy, a_term, start) == (
        (Span(D("2025-09-27"), D("2025-10-02"), name),),
        None,
    )


@pytest.mark.parametrize(
    ("facts", "stopped_on"),
    [
        ({}, None),
        ({"evaluations": [{"id": "e1", "report_completed_on": "2025-11-07"}]}, None),
        (
            {
                "evaluations": [{"id": "e1", "report_completed_on": "2025-11-07"}],
                "determinations": [{"id": "d1", "status": "final", "decided_on": "2025-11-14"}],
            },
            "2025-11-14",
        ),
        (
            {
                "evaluations": [{"id": "e1", "report_completed_on": "2025-11-17"}],
                "determinations": [{"id": "d1", "status": "final", "decided_on": "2025-11-14"}],
            },
            "2025-11-17",
        ),
        ({"notices": [{"kind": "procedural_safeguards", "issued_on": "2025-09-26"}]}, "2025-09-26"),
    ],
)
def test_a_clock_stops_on_the_first_day_by_which_an_alternative_has_wholly_happened(
    facts: dict[str, Any], stopped_on: str | None
) -> None:
    a_term = term(stops="report_completed and eligibility_determined or safeguards_given")
    policy = law(Dated(a_term, LONG_AGO))
    a_case = case(**{"referrals": [PARENT], "consents": [CONSENT]} | facts)
    found, start = first_start(policy, a_case)
    assert stopped(a_case, policy, found, start) == (D(stopped_on) if stopped_on else None)


# What takes the place of the due date


def test_the_last_agreement_since_the_start_takes_the_place_of_the_due_date() -> None:
    start = Occurrence(D("2025-09-25"))

    def after(*steps: dict[str, Any], a_term: Term | None = None) -> tuple[Any, Any]:
        return replaced(case(steps=list(steps)), a_term or term(), start)

    extend = {
        "step": "extend-evaluation",
        "taken_on": "2025-11-05",
        "details": {"new_due_on": "2025-12-12"},
    }
    by_default = Extension("written_agreement", D("2025-11-05"), D("2025-12-12"))
    assert after(extend) == (by_default, None)
    details = {"new_due_on": "2025-12-19", "agreed_on": "2025-11-04", "kind": "state_official"}
    official = Extension("state_official", D("2025-11-04"), D("2025-12-19"))
    assert after(extend, extend | {"details": details}) == (official, None)
    assert after(extend | {"details": {}}) == (None, None)
    assert after(extend | {"taken_on": "2025-09-24"}) == (None, None)
    assert after(extend | {"taken_on": "2025-09-24"}, extend) == (by_default, None)
    assert after(extend | {"taken_on": "2025-09-25"})[0] is not None
    assert after(extend, a_term=term(id="answer")) == (None, None)
    moved = {"step": "agree-transfer-date", "taken_on": "2025-11-05"}
    _, transferred = after(moved | {"details": {"new_due_on": "2025-12-12"}})
    assert (transferred.kind, transferred.agreed_due_on) == ("transferred", D("2025-12-12"))
    assert after(moved) == (None, None)
    _, excused = after({"step": "excuse-not-produced", "taken_on": "2025-11-05"})
    assert (excused.kind, excused.agreed_due_on) == ("child_not_produced", None)


# How the end of a case ends what was never stopped

OF_CONSENT: dict[str, Any] = {"starts": "consent_received"}
OF_REQUEST: dict[str, Any] = {"starts": "request_received"}
ANSWER: dict[str, Any] = {**OF_REQUEST, "id": "answer", "rule_id": "IDEA-REQUEST-DECIDE"}
HELD: dict[str, Any] = {**OF_CONSENT, "id": "iep", "stops": "iep_meeting_held"}


def ending(parts: dict[str, Any], **facts: Any) -> tuple[str, str | None, str | None]:
    """How the clock of a term stands on `TODAY`: its state, the day it was met, and why."""
    policy = law(Dated(term(**parts), LONG_AGO))
    a_case = case(**{"referrals": [PARENT], "consents": [CONSENT]} | facts)
    found = deadlines(a_case, policy, CAL_A, D("2025-12-01"))
    assert found, "the clock has not started"
    met_on = found[0].met_on
    return found[0].state.value, str(met_on) if met_on else None, found[0].reason


@pytest.mark.parametrize("status", ["withdrawn", "declined", "closed", "determined"])
@pytest.mark.parametrize(
    ("parts", "excused_when"),
    [
        (OF_CONSENT, {"withdrawn", "declined", "closed"}),
        (OF_REQUEST, {"withdrawn", "declined", "closed"}),
        (ANSWER, {"withdrawn"}),
        (HELD, {"withdrawn", "declined", "closed"}),
    ],
)
def test_how_a_case_ended_excuses_what_was_not_done(
    status: str, parts: dict[str, Any], excused_when: set[str]
) -> None:
    state, met_on, reason = ending(parts, status=status, closed_on="2025-10-01")
    if status in excused_when:
        assert (state, met_on) == ("excused", None)
        assert reason == f"The case was {status} on 2025-10-01."
    elif status == "determined" and parts is OF_CONSENT:
        assert (state, met_on) == ("met", "2025-10-01")
        assert reason == "The determination of 2025-10-01 presupposes a complete evaluation."
    else:
        assert (state, met_on, reason) == ("running", None, None)


@pytest.mark.parametrize(
    ("closed_on", "state", "late"),
    [
        ("2025-09-24", "running", False),
        ("2025-09-25", "excused", False),
        ("2025-11-24", "excused", False),
        ("2025-11-25", "late", True),
    ],
)
def test_what_was_overdue_when_the_case_ended_stays_late(
    closed_on: str, state: str, late: bool
) -> None:
    found, met_on, reason = ending(OF_CONSENT, status="withdrawn", closed_on=closed_on)
    assert (found, met_on) == (state, None)
    assert (reason or "").endswith("It was overdue by then.") is late


@pytest.mark.parametrize("parts", [OF_CONSENT, OF_REQUEST, ANSWER, HELD])
@pytest.mark.parametrize("left_on", ["2025-09-01", "2025-10-01"])
def test_a_child_who_left_is_owed_nothing_here_even_by_what_starts_later(
    parts: dict[str, Any], left_on: str
) -> None:
    state, met_on, reason = ending(parts, status="transferred_out", closed_on=left_on)
    assert (state, met_on) == ("excused", None)
    assert reason == f"The child left the district on {left_on}."


@pytest.mark.parametrize(("left_on", "state"), [("2025-11-24", "excused"), ("2025-11-25", "late")])
def test_what_was_overdue_when_the_child_left_stays_late(left_on: str, state: str) -> None:
    assert ending(OF_CONSENT, status="transferred_out", closed_on=left_on)[0] == state


def test_records_that_a_parent_asked_to_see_are_owed_wherever_the_child_goes() -> None:
    asked = {"starts": "records_requested", "stops": "records_given"}
    requests = [{"requested_on": "2025-09-29"}]
    left = {"status": "transferred_out", "closed_on": "2025-10-01", "records_requests": requests}
    assert ending(asked, **left) == ("running", None, None)


def test_an_excused_clock_names_how_the_case_ended() -> None:
    policy = law(Dated(term(), LONG_AGO))
    a_case = case(consents=[CONSENT], status="withdrawn", closed_on="2025-10-01")
    (deadline,) = deadlines(a_case, policy, CAL_A, TODAY)
    exception = deadline.clock.exception
    assert exception is not None
    assert (exception.kind, exception.reasons, exception.agreed_due_on) == (
        "withdrawn",
        ("The case was withdrawn on 2025-10-01",),
        None,
    )


def test_a_consent_that_was_revoked_ends_its_clock() -> None:
    revoked = CONSENT | {"revoked_on": "2025-10-20"}
    assert ending(OF_CONSENT, consents=[revoked]) == (
        "excused",
        None,
        "The consent was revoked on 2025-10-20.",
    )


@pytest.mark.parametrize(
    ("consent", "met_on"),
    [
        ({"requested_on": "2025-09-20", "received_on": "2025-09-25"}, "2025-09-20"),
        ({"received_on": "2025-09-25"}, "2025-09-25"),
        ({"received_on": "2025-09-25", "answer": None}, None),
    ],
)
def test_who_answered_had_been_asked_by_then(consent: dict[str, Any], met_on: str | None) -> None:
    asked = {"starts": "request_received", "stops": "consent_requested"}
    a_consent = {"id": "c1", "answer": "granted"} | consent
    _, stopped_on, _ = ending(asked, consents=[a_consent])
    assert stopped_on == met_on


REFUSED = {"id": "c1", "answer": "refused", "received_on": "2025-09-25"}
UNANSWERED = [
    {"step": "record-refusal", "taken_on": "2025-10-02"},
    {"step": "mark-unanswered", "taken_on": "2025-10-06"},
    {"step": "decline", "taken_on": "2025-10-20"},
]


@pytest.mark.parametrize(
    ("parts", "status", "steps", "since"),
    [
        (OF_REQUEST, "consent_refused", UNANSWERED[:1], "2025-10-02"),
        (OF_REQUEST, "consent_unanswered", UNANSWERED, "2025-10-06"),
        (OF_REQUEST, "consent_unanswered", UNANSWERED[2:], None),
        (OF_REQUEST, "consent_requested", UNANSWERED, None),
        (ANSWER, "consent_refused", UNANSWERED, None),
        ({"starts": "request_received or consent_received"}, "consent_refused", UNANSWERED, None),
    ],
)
def test_an_evaluation_clock_of_a_request_waits_for_a_consent_that_does_not_come(
    parts: dict[str, Any], status: str, steps: list[dict[str, Any]], since: str | None
) -> None:
    state, met_on, reason = ending(parts, status=status, steps=steps, consents=[REFUSED])
    if since is None:
        assert (state, met_on, reason) == ("running", None, None)
    else:
        assert (state, met_on) == ("excused", None)
        assert reason == f"There is no consent to evaluate since {since}."


@pytest.mark.parametrize(
    ("rule_id", "stops", "ends"),
    [
        ("IDEA-IEP-IN-EFFECT", "services_started", True),
        ("IDEA-IEP-IN-EFFECT", "services_started or iep_offered", True),
        ("IDEA-IEP-IN-EFFECT", "iep_meeting_held", False),
        ("504-CLOCK", "services_started", False),
        ("", "services_started", False),
    ],
)
def test_a_refusal_of_services_ends_what_runs_until_they_begin(
    rule_id: str, stops: str, ends: bool
) -> None:
    services = {
        "id": "c2",
        "purpose": "initial_services",
        "answer": "refused",
        "received_on": "2025-10-20",
    }
    parts = {"rule_id": rule_id, "stops": stops}
    state, met_on, reason = ending(parts, consents=[CONSENT, services])
    assert (state, met_on) == ("excused" if ends else "running", None)
    assert (reason is not None and reason.endswith("on 2025-10-20.")) is ends
