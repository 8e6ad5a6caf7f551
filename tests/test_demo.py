"""The walk-through: it ends well, it shows what it promises, and it notices what is wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from service.cli import demonstration, main

GATE = "STATE-PREREFERRAL-INTERVENTION"
EXCHANGE = re.compile(r"^  >>> ", re.MULTILINE)


@contextmanager
def _caught() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as error:
        yield out, error


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory and a database of somebody's own, which the walk has to leave alone."""
    directory = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHILDFIND_DATA_DIR", str(directory))
        for name in ("DATABASE_URL", "CHILDFIND_DATABASE_URL", "CHILDFIND_DATABASE_OWNER_URL"):
            patch.setenv(name, f"sqlite:///{directory}/own.sqlite3")
        yield directory


@pytest.fixture(scope="module")
def told(elsewhere: Path) -> str:
    """What a walk from beginning to end prints."""
    with _caught() as (out, error):
        status = main(["demo"])
    assert status == 0, error.getvalue()
    assert error.getvalue() == ""
    return out.getvalue()


def act(told: str, heading: str) -> str:
    """What is printed under a heading that begins so."""
    parts = re.split(r"^=+\n(.+)\n=+\n", told, flags=re.MULTILINE)
    (text,) = [
        body
        for head, body in zip(parts[1::2], parts[2::2], strict=True)
        if head.startswith(heading)
    ]
    return text


def exchanges(text: str, request: str) -> list[str]:
    """Requests of this method and path, each with what came of it."""
    return [part for part in EXCHANGE.split(text)[1:] if part.startswith(request)]


def refusals(text: str) -> list[str]:
    return [part for part in EXCHANGE.split(text)[1:] if "<<< 409" in part]


def test_it_ends_well_and_says_that_it_sets_the_clock(told: str) -> None:
    assert told.rstrip().endswith("Every answer was as it should be.")
    assert "The clock is set by this walk" in told


def test_it_leaves_nothing_behind(told: str, elsewhere: Path) -> None:
    assert list(elsewhere.iterdir()) == []


def test_it_speaks_real_http_with_a_token(told: str) -> None:
    (token,) = exchanges(told, "POST /oauth/token")
    assert "token_type: Bearer" in token
    assert len(EXCHANGE.findall(told)) > 60


def test_a_school_that_has_not_helped_is_refused_and_a_review_opens(told: str) -> None:
    text = act(told, "1. ")
    (refused,) = refusals(text)
    assert GATE in refused
    assert "Interventions: 0 of 1 documented; none is recorded for this student." in refused
    assert re.search(r"remedy \S", refused)
    assert "34 CFR 300.111(a), (c)" in refused
    (owed,) = exchanges(text, "GET /v1/deadlines?")
    assert re.search(r"open .*Review whether the child is suspected", owed)
    assert "owner_staff_id: {special_educator}" in owed


def test_after_six_documented_weeks_it_is_accepted(told: str) -> None:
    text = act(told, "2. ")
    at = "POST /v1/interventions/{intervention}"
    assert len(exchanges(text, f"{at}/sessions")) == 7
    assert len(exchanges(text, f"{at}/progress-measures")) == 4
    assert 'missing: ["an end date", "a fidelity figure", "an outcome"]' in text
    (accepted,) = exchanges(text, "POST /v1/cases/{case}/steps/request-evaluation")
    assert "allowed, from `received` to `evaluation_requested`" in accepted
    assert f"met {GATE}: Interventions: 1 of 1 documented." in accepted
    assert re.search(r"met .*Review whether the child is suspected", text)


def test_a_parents_request_stands_at_once_without_a_word_of_interventions(told: str) -> None:
    text = act(told, "3. ")
    (received,) = exchanges(text, "POST /v1/referrals")
    assert "case.status: evaluation_requested" in received
    assert "unmet (duty) IDEA-REQUEST-DECIDE" in received
    assert "unmet (duty) IDEA-PSN" in received
    answers = "".join(EXCHANGE.split(text)[1:])
    assert GATE not in answers
    assert refusals(text) == []


def test_a_prescription_wants_an_answer_and_decides_nothing_alone(told: str) -> None:
    text = act(told, "4. ")
    (document,) = exchanges(text, "POST /v1/source-documents")
    assert "deadlines.0.rule_id: IDEA-PHYSICIAN-CONSIDER" in document
    idea, section_504 = refusals(text)
    for rule in ("IDEA-PHYSICIAN-NOT-SOLE", "IDEA-ELIG-SOURCES"):
        assert rule in idea
    assert "34 CFR 300.306(a)(1), (c)(1)" in idea
    assert "504-DIAGNOSIS-NOT-SUFFICIENT" in section_504
    assert "34 CFR 104.35" in section_504
    assert re.search(r"met .*Consider the medical information and answer the parent", text)


def test_a_notice_needs_its_contents_and_consent_starts_the_clock(told: str) -> None:
    text = act(told, "5. ")
    (refused,) = refusals(text)
    assert "IDEA-PWN-CONTENT" in refused
    assert "lacks other relevant factors (300.503(b)(7))" in refused
    assert "34 CFR 300.503(b)(1)-(7)" in refused
    assert "from `evaluation_requested` to `consent_requested`" in text
    assert re.search(r"running due 2027-01-16 +Complete the initial evaluation", text)
    assert "from `consent_requested` to `evaluating`" in text


def test_every_area_is_assessed_and_the_parent_has_the_report(told: str) -> None:
    text = act(told, "5, continued")
    assert len(exchanges(text, "POST /v1/evaluations/{evaluation}/assessments")) == 4
    assert "met IDEA-EVAL-ALL-AREAS" in text
    assert "report_given_to_parent_on: 2027-01-12" in text


def test_the_two_laws_give_two_answers(told: str) -> None:
    text = act(told, "6. ")
    (refused,) = refusals(text)
    assert "IDEA-ELIG-TWO-PRONG" in refused
    assert "lacks a need for special education because of it" in refused
    assert "34 CFR 300.8(a)(1)" in refused
    for law, outcome in (("idea", "not_eligible"), ("section_504", "eligible")):
        (final,) = exchanges(text, f"GET /v1/eligibility-determinations/{{{law}_determination}}")
        assert "status: final" in final
        assert f"outcome: {outcome}\n" in final
    assert re.search(r"open .*Decide under Section 504 \(504-VS-IDEA\)", text)
    assert "from `evaluated` to `determined`" in text


def test_each_deadline_shows_its_working_and_the_clock_each_day(told: str) -> None:
    text = act(told, "7. ")
    shown = exchanges(text, "GET /v1/deadlines/{")
    terms = re.findall(r"^GET /v1/deadlines/\{(\w+)\}$", "\n".join(shown), re.MULTILINE)
    assert set(terms) >= {
        "child_find_review",
        "procedural_safeguards",
        "section_504_safeguards",
        "answer_medical_document",
        "initial_evaluation",
        "report_copy",
        "determination_copy",
        "notice_of_determination",
        "section_504_decision",
        "section_504_plan",
    }
    clock, ends, in_full = [
        part for part in shown if part.startswith("GET /v1/deadlines/{initial_evaluation}")
    ]
    assert "due_on: Saturday 16 January 2027" in clock
    assert "last_working_day_on_or_before: Friday 15 January 2027" in clock
    assert "met_on: Monday 11 January 2027" in clock
    assert "ledger: 61 days, 60 of them counted" in ends
    days = re.findall(r"^      \w{3} (\d{4}-\d\d-\d\d) +(\d+|-)  ", in_full, re.MULTILINE)
    assert days[0] == ("2026-11-17", "-")
    assert days[-1] == ("2027-01-16", "60")
    assert len(days) == 61


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"rules": {GATE: {"mode": "none"}}},
            r"POST /v1/cases/\S+/steps/request-evaluation: 200 instead of 409: ",
        ),
        ({"count_trigger_day": True}, r"PATCH /v1/consents/\S+: .*2027-01-15"),
    ],
    ids=["a status", "a member"],
)
def test_it_stops_at_an_answer_that_is_not_as_it_should_be(
    settings: dict[str, Any], said: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "SETTINGS", {**demonstration.SETTINGS, **settings})
    with _caught() as (out, error):
        status = main(["demo"])
    assert status == 1
    assert re.fullmatch(rf"\nThe walk stopped: {said}.*\n", error.getvalue())
    assert "Every answer was as it should be." not in out.getvalue()
