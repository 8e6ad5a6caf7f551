"""Notice first, then consent in writing, then the evaluation; and what silence means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.decide import decide, finding
from service.domain.facts import PWN_CONTENTS, Case
from service.domain.lifecycles import CASE, NOTICE
from service.domain.rules.consent import refusal_rule
from tests.facts_from import situation_from
from tests.policies.test_cards import example_policy

DAY = date(2025, 9, 15)

SIGNED = {
    "answer": "granted",
    "form": "written",
    "language": "en",
    "activity": "Evaluation of reading",
    "signed_on": DAY,
    "received_on": DAY,
}
days = st.integers(-20, 20).map(lambda n: DAY + timedelta(days=n))


def notices(proposed_on: date = DAY, safeguards_on: date = DAY) -> list[dict[str, Any]]:
    return [
        {"decision": "propose", "concerning": "evaluation", "issued_on": proposed_on},
        {"kind": "procedural_safeguards", "issued_on": safeguards_on},
    ]


def start(**case: Any) -> bool:
    s = situation_from({"step": "start-evaluation", "case": case})
    return decide(CASE, "start-evaluation", "consent_requested", s, example_policy()).allowed


@given(days, days, days, st.integers(0, 10))
def test_an_evaluation_starts_only_after_both_notices_and_then_consent(
    proposed_on: date, safeguards_on: date, signed_on: date, transit: int
) -> None:
    consent = {**SIGNED, "signed_on": signed_on, "received_on": signed_on + timedelta(days=transit)}
    allowed = start(notices=notices(proposed_on, safeguards_on), consents=[consent])
    assert allowed == (proposed_on <= signed_on and safeguards_on <= signed_on)


def test_a_sound_consent_opens_the_way_beside_one_that_came_too_early() -> None:
    early = {**SIGNED, "id": "early", "signed_on": date(2025, 9, 1), "received_on": DAY}
    assert start(notices=notices(), consents=[early, SIGNED])
    assert start(notices=notices(), consents=[SIGNED, early])
    assert not start(notices=notices(), consents=[early])


def test_a_refusal_stands_by_the_rule_of_its_evaluation() -> None:
    assert refusal_rule(Case(path="initial")) == "IDEA-CONSENT-REFUSED-EVAL"
    assert refusal_rule(Case(path="reevaluation")) == "IDEA-CONSENT-REEVAL"


def test_two_halves_of_two_consents_are_not_one() -> None:
    """One in writing but too early, one in time but spoken: neither is consent."""
    early = {**SIGNED, "signed_on": date(2025, 9, 1), "received_on": date(2025, 9, 2)}
    assert not start(notices=notices(), consents=[early, {**SIGNED, "form": "oral"}])


answers = st.lists(st.tuples(st.sampled_from(["granted", "refused"]), days), max_size=4)


@given(answers)
def test_the_parents_last_word_decides(given_: list[tuple[str, date]]) -> None:
    assume(len({day for _, day in given_}) == len(given_))
    consents = [{**SIGNED, "answer": a, "signed_on": d, "received_on": d} for a, d in given_]
    allowed = start(notices=notices(DAY - timedelta(60), DAY - timedelta(60)), consents=consents)
    last = max(given_, key=lambda word: word[1], default=("nothing", DAY))[0]
    assert allowed == (last == "granted")


def test_revoking_ends_what_was_granted_until_it_is_granted_again() -> None:
    revoked = {**SIGNED, "revoked_on": date(2025, 9, 20)}
    assert not start(notices=notices(), consents=[revoked])
    again = {**SIGNED, "signed_on": date(2025, 9, 25), "received_on": date(2025, 9, 25)}
    assert start(notices=notices(), consents=[revoked, again])


def test_consent_to_services_never_starts_an_evaluation() -> None:
    assert not start(notices=notices(), consents=[{**SIGNED, "purpose": "initial_services"}])


def test_the_way_round_a_refusal_is_not_shown_for_a_home_schooled_pupil() -> None:
    """E22: 300.300(d)(4)."""
    for placement, open_ in (("public", True), ("home_schooled", False)):
        case = {
            "student": {"placement": placement},
            "consents": [{"answer": "refused", "received_on": DAY}],
        }
        s = situation_from({"step": "start-evaluation", "case": case})
        remedy = finding("IDEA-CONSENT-REFUSED-EVAL", s, example_policy()).remedy or ""
        assert ("may, and need not, use mediation" in remedy) == open_


@given(st.lists(st.sampled_from(["phone", "letter", "visit"]), max_size=6))
def test_no_number_of_efforts_is_law_but_none_at_all_blocks(modes: list[str]) -> None:
    attempts = [{"mode": mode, "attempted_on": DAY, "result": "no answer"} for mode in modes]
    case = {"consents": [{"requested_on": DAY, "attempts": attempts}]}
    s = situation_from({"step": "mark-unanswered", "case": case})
    found = finding("IDEA-CONSENT-EFFORTS", s, example_policy())
    assert found.blocks == (not modes)
    assert (found.answer == "met") == (len(modes) >= 3 and len(set(modes)) >= 2)


def test_efforts_without_results_are_pointed_out() -> None:
    attempts = [{"mode": m, "attempted_on": DAY} for m in ("phone", "letter", "visit")]
    case = {"consents": [{"requested_on": DAY, "attempts": attempts}]}
    found = finding("IDEA-CONSENT-EFFORTS", situation_from({"case": case}), example_policy())
    assert (found.answer, found.blocks) == ("unmet", False)


def test_efforts_do_not_make_an_evaluation() -> None:
    """E23(a): no answer to an initial evaluation, whatever the efforts."""
    attempts = [
        {"mode": m, "attempted_on": DAY, "result": "none"} for m in ("phone", "letter", "visit")
    ]
    assert not start(notices=notices(), consents=[{"requested_on": DAY, "attempts": attempts}])


@given(st.sets(st.sampled_from(sorted(PWN_CONTENTS))), st.sampled_from(["", "  ", None]))
def test_every_missing_content_of_a_notice_is_named(missing: set[str], blank: str | None) -> None:
    """E05: any missing one refuses the issue, with its paragraph."""
    contents = {name: blank if name in missing else "Said." for name in PWN_CONTENTS}
    notice = {"status": "draft", "language": "en", "contents": contents}
    s = situation_from({"step": "issue", "notice": notice})
    decision = decide(NOTICE, "issue", "draft", s, example_policy())
    assert decision.allowed == (not missing)
    because = decision.findings[0].because
    assert all(PWN_CONTENTS[name] in because for name in missing)
    assert not any(PWN_CONTENTS[name] in because for name in PWN_CONTENTS.keys() - missing)


@pytest.mark.parametrize("step", ["decline", "propose-evaluation"])
@pytest.mark.parametrize("kept", [True, False])
def test_only_an_issued_notice_is_notice(step: str, kept: bool) -> None:
    decision = "refuse" if step == "decline" else "propose"
    notice: dict[str, Any] = {"decision": decision, "concerning": "evaluation", "issued_on": DAY}
    if not kept:
        notice |= {"status": "draft", "issued_on": None}
    case = {"referrals": [{"requester": "parent", "received_on": DAY}], "notices": [notice]}
    s = situation_from({"step": step, "case": case})
    assert finding("IDEA-PWN", s, example_policy()).blocks == (not kept)
