"""What a case owes, from its facts: each state's clocks, the duties, and how a case ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.calendars import SchoolCalendar
from service.domain.clocks import ClockState
from service.domain.deadlines import Deadline, deadlines, ledger
from service.domain.events import EVENTS
from service.domain.facts import Case
from tests.domain.test_calendars import CAL_A
from tests.facts_from import facts_from
from tests.law import policies

D = date.fromisoformat
TODAY = D("2025-09-20")


@cache
def calendar(jurisdiction: str) -> SchoolCalendar:
    return SchoolCalendar(CAL_A.years, policies().holidays(jurisdiction, 2024, 2028))


def case(**stated: Any) -> Case:
    """A case of a matched student whose dates are written as ISO text."""
    return facts_from(Case, dated({"student": {"birth_date": "2016-03-01"}} | stated))


def dated(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: D(item)
            if isinstance(item, str) and name.endswith(("_on", "birth_date"))
            else tuple(map(D, item))
            if name == "absences"
            else dated(item)
            for name, item in value.items()
        }
    return [dated(item) for item in value] if isinstance(value, list) else value


def owed(a_case: Case, jurisdiction: str = "us", today: date = TODAY) -> tuple[Deadline, ...]:
    return deadlines(a_case, policies().policy_for(jurisdiction), calendar(jurisdiction), today)


def one(a_case: Case, term_id: str, jurisdiction: str = "us", today: date = TODAY) -> Deadline:
    (found,) = (d for d in owed(a_case, jurisdiction, today) if d.term_id == term_id)
    return found


def terms(a_case: Case, jurisdiction: str = "us") -> list[str]:
    return [d.term_id for d in owed(a_case, jurisdiction)]


def notice(kind: str, on: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{kind} {on}", "kind": kind, "issued_on": on, **more}


def proposal(on: str) -> list[dict[str, Any]]:
    return [
        notice("prior_written_notice", on, decision="propose", concerning="evaluation"),
        notice("procedural_safeguards", on),
    ]


def refusal(on: str) -> dict[str, Any]:
    return notice("prior_written_notice", on, decision="refuse", concerning="evaluation")


PARENT = {"id": "r1", "requester": "parent", "received_on": "2025-09-10"}
CONSENT = {
    "id": "c1", "requested_on": "2025-09-12", "answer": "granted", "signed_on": "2025-09-13",
    "received_on": "2025-09-15", "guardian_id": "g1",
}  # fmt: skip
EVALUATING: dict[str, Any] = {
    "status": "evaluating",
    "referrals": [PARENT],
    "notices": proposal("2025-09-12"),
    "consents": [CONSENT],
    "steps": [{"step": "start-evaluation", "taken_on": "2025-09-16"}],
}
FINAL = {"id": "d1", "status": "final", "outcome": "eligible", "decided_on": "2025-11-10"}


# A request


def test_a_parents_request_opens_duties_without_a_number_of_days() -> None:
    """E01: the federal law names no days to answer, and no evaluation clock runs yet."""
    a_case = case(status="evaluation_requested", referrals=[PARENT], champion_staff_id="s1")
    assert terms(a_case) == ["answer_to_request", "procedural_safeguards"]
    answer, safeguards = owed(a_case)
    assert answer.key == "answer_to_request:r1"
    assert (answer.kind, answer.due_on, answer.state) == ("duty", None, ClockState.OPEN)
    assert (answer.rule_id, answer.owner_staff_id) == ("IDEA-REQUEST-DECIDE", "s1")
    assert (answer.basis, answer.verification) == ("federal_default", "R")
    assert answer.subjects == {"referral_id": "r1"}
    assert safeguards.started_on == D("2025-09-10")


@pytest.mark.parametrize(
    ("jurisdiction", "referral", "age_born", "due_on"),
    [
        pytest.param("us-tx", {"requester": "parent"}, "2016-03-01", "2025-10-01", id="E02-TX"),
        pytest.param("us-wi", {"requester": "physician"}, "2016-03-01", "2025-10-01", id="E13"),
        pytest.param("us-wi", {"requester": "staff"}, "2016-03-01", "2025-10-01", id="WI-staff"),
        pytest.param("us-tx", {"requester": "unknown"}, None, "2025-10-01", id="unknown-is-parent"),
    ],
)
def test_a_request_with_a_number_of_days(
    jurisdiction: str, referral: dict[str, Any], age_born: str | None, due_on: str
) -> None:
    a_case = case(
        referrals=[{"id": "r1", "received_on": "2025-09-10", **referral}],
        student={"birth_date": age_born} if age_born else {},
    )
    answer = one(a_case, "answer_to_request", jurisdiction)
    assert (answer.kind, answer.state) == ("clock", ClockState.RUNNING)
    assert (answer.due_on, answer.basis) == (D(due_on), "state")


@pytest.mark.parametrize(
    ("born", "request_terms"),
    [
        pytest.param("2021-06-01", True, id="E14-age-4"),
        pytest.param("2016-06-01", False, id="E14-age-9"),
    ],
)
def test_a_physicians_referral_in_dc(born: str, request_terms: bool) -> None:
    a_case = case(
        student={"birth_date": born},
        referrals=[{"id": "r1", "requester": "physician", "received_on": "2025-09-10"}],
    )
    found = terms(a_case, "us-dc")
    wanted = ["answer_to_request", "begin_consent_efforts", "obtain_consent"]
    assert all((term in found) is request_terms for term in wanted)
    assert ("answer_physician_referral" in found) is not request_terms


def test_dc_clocks_of_a_spoken_request() -> None:
    a_case = case(referrals=[PARENT | {"form": "oral", "documented_on": "2025-09-16"}])
    oral = one(a_case, "document_oral_referral", "us-dc")
    assert (oral.due_on, oral.met_on, oral.state) == (
        D("2025-09-15"),
        D("2025-09-16"),
        ClockState.LATE,
    )
    assert one(a_case, "begin_consent_efforts", "us-dc").due_on == D("2025-09-24")
    assert one(a_case, "obtain_consent", "us-dc").due_on == D("2025-10-10")
    tried = case(
        referrals=[PARENT],
        consents=[{"id": "c1", "attempts": [{"attempted_on": "2025-09-24"}]}],
        steps=[{"step": "mark-unanswered", "taken_on": "2025-10-10"}],
    )
    for term_id, met_on in (
        ("begin_consent_efforts", "2025-09-24"),
        ("obtain_consent", "2025-10-10"),
    ):
        found = one(tried, term_id, "us-dc")
        assert (found.state, found.met_on) == (ClockState.MET, D(met_on))


def test_each_request_has_its_own_answer_clock() -> None:
    second = {"id": "r2", "requester": "parent", "received_on": "2025-09-17"}
    staff = {"id": "r0", "requester": "staff", "received_on": "2025-09-01"}
    a_case = case(referrals=[staff, PARENT, second])
    found = [d for d in owed(a_case, "us-tx") if d.term_id == "answer_to_request"]
    assert [(d.key, d.due_on) for d in found] == [
        ("answer_to_request:r1", D("2025-10-01")),
        ("answer_to_request:r2", D("2025-10-08")),
    ]


@pytest.mark.parametrize(
    ("facts", "met_on"),
    [
        ({"notices": proposal("2025-09-12")}, None),
        ({"notices": proposal("2025-09-12")[:1], "consents": [CONSENT]}, None),
        ({"notices": proposal("2025-09-18"), "consents": [CONSENT]}, "2025-09-18"),
        ({"notices": [refusal("2025-09-19")]}, "2025-09-19"),
        ({"notices": [refusal("2025-09-09")]}, None),
        ({"notices": [refusal("2025-09-19") | {"status": "draft"}]}, None),
    ],
)
def test_what_answers_a_request(facts: dict[str, Any], met_on: str | None) -> None:
    answer = one(case(referrals=[PARENT], **facts), "answer_to_request", "us-tx")
    assert answer.met_on == (D(met_on) if met_on else None)
    assert answer.state == (ClockState.MET if met_on else ClockState.RUNNING)


def test_who_asks_again_while_the_proposal_is_out_is_owed_the_safeguards_only() -> None:
    again = {"id": "r2", "requester": "parent", "received_on": "2025-09-18"}
    out = {"notices": proposal("2025-09-12"), "consents": [CONSENT | {"answer": None}]}
    a_case = case(referrals=[PARENT, again], **out)
    states = {d.key: d.state for d in owed(a_case, "us-tx") if d.term_id == "answer_to_request"}
    assert states["answer_to_request:r2"] == ClockState.RUNNING
    told = case(
        referrals=[PARENT, again],
        notices=[*out["notices"], notice("procedural_safeguards", "2025-09-19")],
        consents=out["consents"],
    )
    met = {d.key: d.met_on for d in owed(told, "us-tx") if d.term_id == "answer_to_request"}
    assert met["answer_to_request:r2"] == D("2025-09-19")


STAFF = {"id": "r0", "requester": "staff", "received_on": "2025-09-01"}
SCREENED = STAFF | {"from_screening": True}
REQUESTED = {"step": "request-evaluation", "taken_on": "2025-09-08"}


@pytest.mark.parametrize(
    ("jurisdiction", "facts", "started"),
    [
        pytest.param("us", {"referrals": [STAFF]}, {"r0": "2025-09-01"}, id="a-teacher"),
        pytest.param(
            "us",
            {"referrals": [STAFF | {"requester": "other_public_agency"}]},
            {"r0": "2025-09-01"},
            id="an-agency",
        ),
        pytest.param(
            "us",
            {"referrals": [STAFF | {"requester": "physician"}]},
            {"r0": "2025-09-01"},
            id="a-physician",
        ),
        pytest.param(
            "us",
            {"referrals": [STAFF], "steps": [REQUESTED]},
            {"r0": "2025-09-01"},
            id="a-teacher-and-then-the-school",
        ),
        pytest.param(
            "us",
            {"referrals": [STAFF, STAFF | {"id": "r9", "received_on": "2025-09-05"}]},
            {"r0": "2025-09-01"},
            id="a-second-teacher",
        ),
        pytest.param(
            "us",
            {"referrals": [STAFF, PARENT]},
            {"r0": "2025-09-01", "r1": "2025-09-10"},
            id="a-teacher-and-then-a-parent",
        ),
        pytest.param(
            "us",
            {"referrals": [PARENT, STAFF | {"received_on": "2025-09-11"}]},
            {"r1": "2025-09-10"},
            id="a-parent-and-then-a-teacher",
        ),
        pytest.param(
            "us",
            {"referrals": [PARENT, PARENT | {"id": "r2", "received_on": "2025-09-17"}]},
            {"r1": "2025-09-10", "r2": "2025-09-17"},
            id="a-parent-twice",
        ),
        pytest.param("us", {"referrals": [SCREENED]}, {}, id="a-screening"),
        pytest.param("us-wi", {"referrals": [SCREENED]}, {"r0": "2025-09-01"}, id="wi-screening"),
        pytest.param(
            "us",
            {"referrals": [SCREENED], "steps": [REQUESTED]},
            {"case": "2025-09-08"},
            id="a-screening-and-then-the-school",
        ),
        pytest.param(
            "us",
            {"referrals": [SCREENED, STAFF | {"id": "r9", "received_on": "2025-09-05"}]},
            {"r9": "2025-09-05"},
            id="a-screening-and-then-a-teacher",
        ),
        pytest.param("us", {"steps": [REQUESTED]}, {"case": "2025-09-08"}, id="no-receipt"),
        pytest.param(
            "us",
            {"documents": [{"kind": "medical_note", "received_on": "2025-09-01"}]},
            {},
            id="a-medical-note",
        ),
        pytest.param(
            "us", {"referrals": [STAFF], "frameworks": ["section_504"]}, {}, id="section-504"
        ),
    ],
)
def test_the_safeguards_are_due_upon_initial_referral_and_a_parents_request(
    jurisdiction: str, facts: dict[str, Any], started: dict[str, str]
) -> None:
    """300.504(a)(1): whoever referred first, and each parent who asks."""
    found = [d for d in owed(case(**facts), jurisdiction) if d.term_id == "procedural_safeguards"]
    assert {d.key.split(":")[1]: d.started_on for d in found} == {
        id: D(day) for id, day in started.items()
    }
    assert {(d.state, d.due_on) for d in found} <= {(ClockState.OPEN, None)}


@pytest.mark.parametrize(
    ("given_on", "states"),
    [
        ("2025-08-31", (ClockState.OPEN, ClockState.OPEN)),
        ("2025-09-01", (ClockState.MET, ClockState.OPEN)),
        ("2025-09-09", (ClockState.MET, ClockState.OPEN)),
        ("2025-09-10", (ClockState.MET, ClockState.MET)),
    ],
)
def test_a_notice_meets_what_came_before_it(
    given_on: str, states: tuple[ClockState, ClockState]
) -> None:
    a_case = case(referrals=[STAFF, PARENT], notices=[notice("procedural_safeguards", given_on)])
    found = [d for d in owed(a_case) if d.term_id == "procedural_safeguards"]
    assert tuple(d.state for d in found) == states


def test_a_case_only_under_section_504_runs_no_idea_clock() -> None:
    a_case = case(**EVALUATING, frameworks=["section_504"])
    assert terms(a_case) == ["section_504_safeguards", "section_504_evaluation"]
    both = case(**EVALUATING, frameworks=["idea", "section_504"])
    assert {"section_504_safeguards", "initial_evaluation"} <= set(terms(both))


# The evaluation


@pytest.mark.parametrize(
    ("jurisdiction", "due_on"),
    [
        ("us", "2025-11-14"),
        ("us-tx", "2025-11-19"),
        ("us-wi", "2025-11-14"),
        ("us-dc", "2025-11-14"),
    ],
)
def test_consent_starts_the_evaluation_clock(jurisdiction: str, due_on: str) -> None:
    """E17: the day the agency received it, not the day it was signed."""
    clock = one(case(**EVALUATING), "initial_evaluation", jurisdiction)
    assert (clock.started_on, clock.due_on) == (D("2025-09-15"), D(due_on))
    assert (clock.key, clock.provisional) == ("initial_evaluation:c1", False)
    assert clock.state == ClockState.RUNNING
    assert not clock.is_overdue(D(due_on))
    assert clock.is_overdue(D(due_on) + timedelta(days=1))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": "consent_requested", "steps": []}, id="step-not-taken"),
        pytest.param({"notices": []}, id="no-notice"),
        pytest.param({"notices": proposal("2025-09-14")}, id="signed-before-the-notice"),
        pytest.param({"notices": proposal("2025-09-12")[:1]}, id="no-safeguards"),
    ],
)
def test_a_clock_is_provisional_while_its_start_lacks_something(change: dict[str, Any]) -> None:
    clock = one(case(**EVALUATING | change), "initial_evaluation")
    assert (clock.provisional, clock.due_on) == (True, D("2025-11-14"))
    assert "Provisional" in clock.explanation


def test_the_earliest_consent_drives() -> None:
    later = CONSENT | {"id": "c2", "received_on": "2025-09-18", "guardian_id": "g2"}
    clock = one(case(**EVALUATING | {"consents": [later, CONSENT]}), "initial_evaluation")
    assert clock.key == "initial_evaluation:c1"


def test_a_refusal_and_consent_to_services_start_nothing() -> None:
    consents = [CONSENT | {"answer": "refused"}, CONSENT | {"purpose": "initial_services"}]
    found = terms(case(**EVALUATING | {"consents": consents, "status": "consent_refused"}))
    assert "initial_evaluation" not in found


@pytest.mark.parametrize(
    ("jurisdiction", "facts", "met_on"),
    [
        ("us", {"evaluations": [{"report_completed_on": "2025-11-03"}]}, "2025-11-03"),
        ("us", {"evaluations": [{"report_completed_on": "2025-09-01"}]}, None),
        ("us", {"determinations": [FINAL]}, None),
        ("us-tx", {"evaluations": [{"report_completed_on": "2025-11-03"}]}, "2025-11-03"),
        ("us-wi", {"evaluations": [{"report_completed_on": "2025-11-03"}]}, None),
        ("us-wi", {"determinations": [FINAL]}, "2025-11-10"),
        ("us-wi", {"determinations": [FINAL | {"status": "draft"}]}, None),
        ("us-dc", {"determinations": [FINAL]}, "2025-11-10"),
        ("us-dc", {"determinations": [FINAL | {"framework": "section_504"}]}, None),
        ("us-dc", {"determinations": [FINAL | {"status": "superseded"}]}, "2025-11-10"),
    ],
)
def test_what_stops_the_evaluation_clock(
    jurisdiction: str, facts: dict[str, Any], met_on: str | None
) -> None:
    clock = one(case(**EVALUATING, **facts), "initial_evaluation", jurisdiction)
    assert clock.met_on == (D(met_on) if met_on else None)
    assert clock.state == (ClockState.MET if met_on else ClockState.RUNNING)


def test_the_step_stops_the_federal_clock_too() -> None:
    steps = [*EVALUATING["steps"], {"step": "complete-evaluation", "taken_on": "2025-11-20"}]
    clock = one(case(**EVALUATING | {"steps": steps}), "initial_evaluation")
    assert (clock.state, clock.met_on) == (ClockState.LATE, D("2025-11-20"))


def test_wisconsin_starts_from_the_notice_that_no_data_is_needed() -> None:
    no_data = [{"id": "e1", "no_data_needed_on": "2025-09-12"}]
    without_consent = EVALUATING | {"consents": [], "evaluations": no_data}
    clock = one(case(**without_consent), "initial_evaluation", "us-wi")
    assert (clock.key, clock.due_on) == ("initial_evaluation:e1", D("2025-11-11"))
    both = one(case(**EVALUATING | {"evaluations": no_data}), "initial_evaluation", "us-wi")
    assert both.started_on == D("2025-09-12")
    assert "initial_evaluation" not in terms(case(**without_consent), "us")
    assert one(case(**without_consent), "answer_to_request", "us-wi").met_on == D("2025-09-12")


def test_texas_absences_count_for_an_enrolled_pupil_only() -> None:
    absent = EVALUATING | {
        "absences": ["2025-09-16", "2025-09-17", "2025-09-18", "2025-09-19"],
    }
    assert one(case(**absent), "initial_evaluation", "us-tx").due_on == D("2025-12-02")
    home = case(**absent | {"student": {"placement": "home_schooled"}})
    assert one(home, "initial_evaluation", "us-tx").due_on == D("2025-11-19")


def test_texas_ard_meeting_after_a_report_by_june_30() -> None:
    consent = CONSENT | {"received_on": "2026-03-26", "signed_on": "2026-03-26"}
    a_case = case(
        **EVALUATING
        | {"consents": [consent], "evaluations": [{"report_completed_on": "2026-06-30"}]}
    )
    evaluation = one(a_case, "initial_evaluation", "us-tx", D("2026-07-01"))
    meeting = one(a_case, "eligibility_meeting", "us-tx", D("2026-07-01"))
    assert (evaluation.due_on, evaluation.state) == (D("2026-06-30"), ClockState.MET)
    assert (meeting.due_on, meeting.state) == (D("2026-09-04"), ClockState.RUNNING)


def test_an_agreed_extension_and_an_exception() -> None:
    agreed = {
        "step": "extend-evaluation",
        "taken_on": "2025-11-05",
        "details": {"agreed_on": "2025-11-04", "new_due_on": "2025-12-12"},
    }
    extended = one(case(**EVALUATING | {"steps": [agreed]}), "initial_evaluation")
    assert extended.due_on == D("2025-12-12")
    assert "Extended on 2025-11-04" in extended.explanation
    excused = {"step": "excuse-not-produced", "taken_on": "2025-11-05"}
    clock = one(case(**EVALUATING | {"steps": [excused]}), "initial_evaluation")
    assert (clock.state, clock.due_on) == (ClockState.EXCUSED, D("2025-11-14"))
    answer = one(case(**EVALUATING | {"steps": [agreed]}), "answer_to_request", "us-tx")
    assert answer.due_on == D("2025-10-01")


def moved(**transfer: Any) -> dict[str, Any]:
    began = {"consent_received_on": "2025-08-20", "enrolled_on": "2025-09-02"}
    return EVALUATING | {"evaluations": [{"id": "e1", "transfer": began | transfer}]}


def test_a_child_who_moved_brings_the_first_agencys_clock_along() -> None:
    """E38: no agency starts a fresh clock by itself."""
    clock = one(case(**moved()), "initial_evaluation")
    assert (clock.started_on, clock.due_on) == (D("2025-08-20"), D("2025-10-19"))
    before = EVALUATING | {"status": "evaluation_requested", "steps": [], "consents": []}
    provisional = one(case(**(before | {"evaluations": moved()["evaluations"]})), clock.term_id)
    assert (provisional.due_on, provisional.provisional) == (clock.due_on, True)


def test_the_parents_no_ends_the_clock_that_was_brought_along() -> None:
    refused = {**EVALUATING["consents"][0], "answer": "refused", "received_on": "2025-09-15"}
    clock = one(case(**(moved() | {"consents": [refused]})), "initial_evaluation")
    assert clock.state == ClockState.EXCUSED


def test_both_agencies_have_to_coordinate() -> None:
    assert one(case(**moved()), "coordinate_transfer").state == ClockState.OPEN
    done = one(case(**moved(coordinated_on="2025-09-10")), "coordinate_transfer")
    assert (done.state, done.met_on) == (ClockState.MET, D("2025-09-10"))
    assert "coordinate_transfer" not in terms(case(**EVALUATING))


def help_given(outcome: str | None, ended_on: str | None) -> dict[str, Any]:
    return {"id": "i1", "started_on": "2025-08-18", "ended_on": ended_on, "outcome": outcome}


@pytest.mark.parametrize(
    ("outcome", "ended_on", "since"),
    [
        ("inadequate_progress", "2025-09-12", "2025-09-12"),
        ("inadequate_progress", "2025-08-29", "2025-09-01"),
        ("inadequate_progress", None, None),
        ("adequate_progress", "2025-09-12", None),
        (None, "2025-09-12", None),
    ],
)
def test_support_without_adequate_progress_asks_for_consent_promptly(
    outcome: str | None, ended_on: str | None, since: str | None
) -> None:
    a_case = case(opened_on="2025-09-01", interventions=[help_given(outcome, ended_on)])
    found = [d.started_on for d in owed(a_case) if d.term_id == "prompt_consent"]
    assert found == ([] if since is None else [D(since)])


MEASURED = {
    "id": "i1",
    "area": "reading",
    "started_on": "2025-07-07",
    "baseline_value": 30.0,
    "goal_value": 60.0,
    "goal_on": "2025-12-01",
}


def points(*days: str, value: float = 31.0) -> list[dict[str, Any]]:
    return [{"measured_on": day, "value": value} for day in days]


AUGUST = ("2025-08-04", "2025-08-11", "2025-08-18", "2025-08-25")


@pytest.mark.parametrize(
    ("more", "since"),
    [
        ({"points": points(*AUGUST)}, None),  # seven weeks
        ({"points": points(*AUGUST, "2025-09-08")}, "2025-09-08"),
        ({"points": points(*AUGUST, "2025-09-01")}, "2025-09-02"),  # the case was not open yet
        ({"points": points(*AUGUST, "2025-09-08"), "outcome": "adequate_progress"}, "2025-09-08"),
        ({"points": points(*AUGUST[1:], "2025-09-08", value=50.0)}, None),
        ({"points": points("2025-08-25", "2025-09-08")}, None),
        ({"points": ()}, None),
        ({"points": points(*AUGUST, "2025-09-08"), "goal_value": None}, None),
    ],
)
def test_measured_progress_asks_for_consent_after_the_appropriate_period(
    more: dict[str, Any], since: str | None
) -> None:
    """300.309(c): eight weeks where nobody names another; missing data are never failing."""
    a_case = case(opened_on="2025-09-02", interventions=[MEASURED | more])
    found = [d.started_on for d in owed(a_case) if d.term_id == "prompt_consent"]
    assert found == ([] if since is None else [D(since)])


@pytest.mark.parametrize(
    ("ended_on", "owes"), [("2025-08-29", False), ("2025-09-02", False), ("2025-09-03", True)]
)
def test_help_that_made_it_good_before_the_case_begins_nothing(ended_on: str, owes: bool) -> None:
    failed = MEASURED | help_given("inadequate_progress", "2025-07-31")
    good = {"id": "i2", "area": "reading", "outcome": "adequate_progress", "ended_on": ended_on}
    a_case = case(opened_on="2025-09-02", interventions=[failed, good])
    assert ("prompt_consent" in terms(a_case)) is owes


def test_what_is_measured_after_the_case_was_closed_is_not_its_own() -> None:
    short = MEASURED | {"points": points(*AUGUST, "2025-09-08")}
    for closed, owes in (("2025-09-07", False), ("2025-09-08", True)):
        a_case = ended("declined", closed, opened_on="2025-09-02", interventions=[short])
        assert ("prompt_consent" in terms(a_case)) is owes


@pytest.mark.parametrize(
    "consent", [{"requested_on": "2025-09-15"}, {"answer": "granted", "received_on": "2025-09-15"}]
)
def test_asking_for_consent_is_what_it_takes(consent: dict[str, Any]) -> None:
    a_case = case(
        opened_on="2025-09-01",
        interventions=[help_given("inadequate_progress", "2025-09-12")],
        consents=[{"id": "c1", "purpose": "initial_evaluation", **consent}],
    )
    assert one(a_case, "prompt_consent").met_on == D("2025-09-15")


def test_without_a_calendar_the_due_date_is_unknown_and_says_what_is_needed() -> None:
    policy = policies().policy_for("us-tx")
    found = deadlines(case(**EVALUATING), policy, SchoolCalendar(), TODAY)
    clock = next(d for d in found if d.term_id == "initial_evaluation")
    assert (clock.state, clock.due_on) == (ClockState.UNKNOWN, None)
    assert clock.needs == ("a school calendar that covers 2025-09-16",)


def test_settings_of_the_district_reach_the_clock() -> None:
    policy = policies().policy_for("us-wi", {"count_trigger_day": True, "roll": "next_working_day"})
    consent = CONSENT | {"received_on": "2025-09-18", "signed_on": "2025-09-18"}
    found = deadlines(
        case(**EVALUATING | {"consents": [consent]}), policy, calendar("us-wi"), TODAY
    )
    clock = next(d for d in found if d.term_id == "initial_evaluation")
    assert clock.due_on == D("2025-11-17")  # day 60 is Sunday the 16th


def test_the_ledger_of_one_deadline() -> None:
    asked = (case(**EVALUATING), policies().policy_for("us"), calendar("us"), TODAY)
    days = ledger("initial_evaluation:c1", *asked)
    assert (days[0].counted, days[-1].day, days[-1].number) == (False, D("2025-11-14"), 60)
    with pytest.raises(KeyError):
        ledger("initial_evaluation:c9", *asked)


# How a case ends


def ended(status: str, on: str, **more: Any) -> Case:
    return case(**EVALUATING | {"status": status, "closed_on": on} | more)


def test_withdrawal_excuses_what_the_request_and_the_consent_started() -> None:
    clock = one(ended("withdrawn", "2025-10-20"), "initial_evaluation")
    assert (clock.state, clock.met_on) == (ClockState.EXCUSED, None)
    assert clock.reason == "The case was withdrawn on 2025-10-20."
    answer = one(ended("withdrawn", "2025-09-20", notices=[]), "answer_to_request", "us-tx")
    assert answer.state == ClockState.EXCUSED
    duty = one(ended("withdrawn", "2025-09-20", notices=[]), "answer_to_request")
    assert duty.state == ClockState.EXCUSED


def test_what_was_overdue_when_the_case_ended_stays_late() -> None:
    clock = one(ended("withdrawn", "2025-11-15"), "initial_evaluation")
    assert (clock.state, clock.met_on) == (ClockState.LATE, None)
    assert clock.reason == "The case was withdrawn on 2025-11-15. It was overdue by then."


def test_a_refusal_ends_the_consents_clock_but_not_the_answer() -> None:
    declined = ended("declined", "2025-09-20", notices=[])
    assert one(declined, "initial_evaluation").state == ClockState.EXCUSED
    assert one(declined, "answer_to_request", "us-tx").state == ClockState.RUNNING
    told = ended("declined", "2025-09-20", notices=[refusal("2025-09-20")])
    assert one(told, "answer_to_request", "us-tx").state == ClockState.MET


def test_a_determination_presupposes_a_complete_evaluation() -> None:
    met = one(ended("determined", "2025-11-10", determinations=[FINAL]), "initial_evaluation")
    assert (met.state, met.met_on) == (ClockState.MET, D("2025-11-10"))
    late = one(ended("determined", "2025-11-20", determinations=[FINAL]), "initial_evaluation")
    assert (late.state, late.met_on) == (ClockState.LATE, D("2025-11-20"))
    assert late.reason is not None


@pytest.mark.parametrize(
    ("jurisdiction", "term_id"),
    [("us-pa", "initial_evaluation"), ("us-ny", "arrange_programs")],
)
def test_a_determination_does_not_show_what_comes_after_it(jurisdiction: str, term_id: str) -> None:
    """In Pennsylvania the report reaches the parent; in New York services begin."""
    decided = ended("determined", "2025-11-10", determinations=[FINAL])
    clock = one(decided, term_id, jurisdiction, D("2025-11-11"))
    assert (clock.state, clock.met_on) == (ClockState.RUNNING, None)
    ineligible = FINAL | {"outcome": "not_eligible"}
    nothing_to_serve = ended("determined", "2025-11-10", determinations=[ineligible])
    met_on = one(nothing_to_serve, term_id, jurisdiction).met_on
    assert met_on == (D("2025-11-10") if jurisdiction == "us-ny" else None)


def test_a_revoked_consent_excuses_its_clock_until_another_is_received() -> None:
    revoked = CONSENT | {"revoked_on": "2025-10-01"}
    clock = one(case(**EVALUATING | {"consents": [revoked]}), "initial_evaluation")
    assert (clock.state, clock.reason) == (
        ClockState.EXCUSED,
        "The consent was revoked on 2025-10-01.",
    )
    again = CONSENT | {"id": "c2", "received_on": "2025-10-15"}
    clock = one(case(**EVALUATING | {"consents": [revoked, again]}), "initial_evaluation")
    assert (clock.started_on, clock.state) == (D("2025-10-15"), ClockState.RUNNING)


def test_refused_services_are_awaited_no_longer_and_a_504_plan_still_is() -> None:
    found = FINAL | {"id": "d2", "framework": "section_504"}
    refused = {
        "id": "c2", "purpose": "initial_services", "requested_on": "2025-11-12",
        "answer": "refused", "received_on": "2025-11-17",
    }  # fmt: skip
    a_case = case(
        **EVALUATING
        | {
            "status": "determined",
            "frameworks": ["idea", "section_504"],
            "determinations": [FINAL, found],
            "consents": [CONSENT, refused],
        }
    )
    today = D("2025-11-20")
    clock = one(a_case, "initial_evaluation", "us-nj", today)
    assert (clock.state, clock.reason) == (
        ClockState.EXCUSED,
        "The parent refused consent to services on 2025-11-17.",
    )
    assert one(a_case, "section_504_plan", "us-nj", today).state == ClockState.OPEN
    agreed = refused | {"id": "c3", "answer": "granted", "received_on": "2025-11-19"}
    again = replace(a_case, consents=case(consents=[CONSENT, refused, agreed]).consents)
    assert one(again, "initial_evaluation", "us-nj", today).state == ClockState.RUNNING


def test_the_step_gives_the_day_when_the_case_does_not() -> None:
    a_case = case(
        **EVALUATING
        | {"status": "withdrawn", "steps": [{"step": "withdraw", "taken_on": "2025-10-20"}]}
    )
    assert one(a_case, "initial_evaluation").state == ClockState.EXCUSED


# Duties


def test_after_a_determination() -> None:
    a_case = ended(
        "determined",
        "2025-11-10",
        evaluations=[{"id": "e1", "report_completed_on": "2025-11-03"}],
        determinations=[FINAL],
    )
    assert one(a_case, "report_copy").state == ClockState.OPEN
    assert one(a_case, "determination_copy").state == ClockState.OPEN
    assert one(a_case, "notice_of_determination").state == ClockState.OPEN
    assert "section_504_decision" not in terms(a_case)
    assert "offer_support" not in terms(a_case)
    done = ended(
        "determined",
        "2025-11-10",
        evaluations=[
            {"id": "e1", "report_completed_on": "2025-11-03",
             "report_given_to_parent_on": "2025-11-05"}
        ],
        notices=[
            *proposal("2025-09-12"),
            notice("prior_written_notice", "2025-11-12", concerning="identification"),
        ],
        determinations=[FINAL | {"copy_given_to_parent_on": "2025-11-11"}],
    )  # fmt: skip
    assert one(done, "report_copy").met_on == D("2025-11-05")
    assert one(done, "determination_copy").met_on == D("2025-11-11")
    assert one(done, "notice_of_determination").met_on == D("2025-11-12")


def test_a_report_already_in_the_parents_hands_is_not_owed_again() -> None:
    a_case = ended(
        "determined",
        "2025-11-10",
        evaluations=[{"id": "e1", "report_given_to_parent_on": "2025-11-05"}],
        determinations=[FINAL],
    )
    assert one(a_case, "report_copy").state == ClockState.MET
    assert one(a_case, "determination_copy").state == ClockState.OPEN


def test_only_a_notice_about_identification_tells_of_the_determination() -> None:
    """The finding IDEA-PWN and the deadline ask for the same notice."""
    for concerning, state in (("placement", ClockState.OPEN), ("identification", ClockState.MET)):
        told = notice("prior_written_notice", "2025-11-12", concerning=concerning)
        a_case = ended("determined", "2025-11-10", notices=[told], determinations=[FINAL])
        assert one(a_case, "notice_of_determination").state == state


@pytest.mark.parametrize(
    ("born", "told_on", "state"),
    [
        ("2007-12-15", None, None),
        ("2007-12-16", None, ("running", "2025-12-15")),
        ("2008-12-16", None, ("running", "2025-12-16")),
        ("2008-12-16", "2025-12-16", ("met", "2025-12-16")),
        ("2008-12-16", "2025-12-17", ("late", "2025-12-16")),
        ("2009-12-15", None, ("running", "2026-12-15")),
        ("2009-12-16", None, None),
    ],
)
def test_an_iep_that_lasts_into_the_year_before_majority_tells_of_it(
    born: str, told_on: str | None, state: tuple[str, str] | None
) -> None:
    """300.320(c): seventeen at the latest a year after 2025-12-15, where majority is at 18.

    By the seventeenth birthday, or at once; whose eighteenth it was has the rights already.
    """
    plan = PLAN | {"kind": "iep", "next_review_on": "2026-12-14"}
    a_case = case(student={"birth_date": born}, plans=[plan | {"majority_notice_on": told_on}])
    policy = replace(policies().policy_for("us"), majority_age=18)
    found = {
        d.term_id: (str(d.state), str(d.due_on))
        for d in deadlines(a_case, policy, calendar("us"), D("2026-02-02"))
    }
    assert found.get("majority_notice") == state
    assert "majority_notice" not in terms(a_case), "the federal base transfers no rights"


@pytest.mark.parametrize(
    ("born", "more", "state"),
    [
        ("2007-12-15", {}, None),
        ("2007-12-16", {}, "running"),
        ("2007-12-16", {"rights_transfer_told_on": "2025-12-17"}, "late"),
        ("2007-12-16", {"rights_transfer_told_on": "2025-12-16"}, "met"),
        ("2007-12-16", {"rights_stay_with_guardian": True}, None),
        ("2008-12-15", {}, "running"),
        ("2008-12-16", {}, None),
    ],
)
def test_at_majority_student_and_parents_are_told(
    born: str, more: dict[str, Any], state: str | None
) -> None:
    """300.520(a)(3): an IEP of 2025-12-15, in whose year the student turns 18, or does not."""
    plan = PLAN | {"kind": "iep", "next_review_on": "2026-12-14"}
    a_case = case(student={"birth_date": born} | more, plans=[plan])
    found = [d for d in owed(a_case, "us-oh") if d.term_id == "transfer_of_rights"]
    assert [(str(d.state), d.verification) for d in found] == ([(state, "U")] if state else [])
    assert [str(d.due_on) for d in found] == ([f"{int(born[:4]) + 18}{born[4:]}"] if state else [])


@pytest.mark.parametrize(
    ("more", "told", "passed"),
    [
        ({}, ("2028-05-04", "2028-05-04", "running"), ("2029-05-04", "2029-05-04", "running")),
        ({"next_review_on": "2028-05-03"}, None, None),
        ({"next_review_on": "2028-05-04"}, ("2025-12-15", "2028-05-04", "running"), None),
        ({"status": "ended", "ended_on": "2028-05-04"}, None, None),
        (
            {"status": "ended", "ended_on": "2028-05-05"},
            ("2028-05-04", "2028-05-04", "late"),
            None,
        ),
        (
            {"majority_notice_on": "2027-09-01"},
            ("2028-05-04", "2028-05-04", "met"),
            ("2029-05-04", "2029-05-04", "running"),
        ),
    ],
)
def test_an_iep_that_no_review_is_set_to_replace_tells_of_majority_from_the_birth_date(
    more: dict[str, Any], told: tuple[str, str, str] | None, passed: tuple[str, str, str] | None
) -> None:
    """300.320(c), 300.520: of 2025-12-15, and seventeen on 2028-05-04, long after its year."""
    plan = PLAN | {"kind": "iep"} | more
    found = {
        d.term_id: (str(d.started_on), str(d.due_on), str(d.state))
        for d in owed(case(student={"birth_date": "2011-05-04"}, plans=[plan]), "us-oh")
    }
    assert (found.get("majority_notice"), found.get("transfer_of_rights")) == (told, passed)


@pytest.mark.parametrize(
    ("born", "more", "state"),
    [
        ("2007-11-13", {}, ("open", None)),
        ("2007-11-14", {}, ("open", None)),
        ("2007-11-15", {}, ("running", "2025-11-15")),
        ("2008-11-14", {}, ("running", "2026-11-14")),
        ("2008-11-15", {}, None),
        ("2007-11-15", {"rights_transfer_told_on": "2025-11-15"}, ("met", "2025-11-15")),
        ("2007-11-15", {"rights_transfer_told_on": "2025-11-16"}, ("late", "2025-11-15")),
        ("2007-11-14", {"rights_transfer_told_on": "2025-12-01"}, ("met", None)),
        ("2007-11-15", {"rights_stay_with_guardian": True}, None),
    ],
)
def test_a_student_found_eligible_is_told_of_majority_before_the_first_iep(
    born: str, more: dict[str, Any], state: tuple[str, str | None] | None
) -> None:
    """300.520(a)(3) speaks of a child with a disability: found to be one on 2025-11-14."""
    a_case = case(student={"birth_date": born} | more, determinations=[FOUND])
    assert _transfer(a_case) == ([state] if state else [])


def test_an_iep_before_majority_takes_the_place_of_the_finding() -> None:
    student, plan = {"birth_date": "2007-12-20"}, PLAN | {"kind": "iep"}
    served = case(student=student, determinations=[FOUND], plans=[plan])
    (found,) = (d for d in owed(served, "us-oh") if d.term_id == "transfer_of_rights")
    assert (str(found.started_on), str(found.due_on)) == ("2025-12-15", "2025-12-20")
    turned = {"birth_date": "2007-12-10"}
    assert _transfer(case(student=turned, determinations=[FOUND], plans=[plan])) == [
        ("running", "2025-12-10")
    ]


@pytest.mark.parametrize(
    ("born", "state"),
    [("2007-09-02", None), ("2007-09-03", [("running", "2025-09-03")]), ("2008-09-03", None)],
)
def test_a_student_who_came_with_an_iep_turns_of_age_here(born: str, state: Any) -> None:
    came = {"id": "t1", "enrolled_on": "2025-09-02"}
    assert _transfer(case(student={"birth_date": born}, transferred_ieps=[came])) == (state or [])


@pytest.mark.parametrize("born", ["2007-11-14", "2007-12-20", "2008-11-14"])
def test_section_504_alone_passes_no_rights(born: str) -> None:
    """No such provision is known: whoever has a 504 plan, and whatever their age."""
    found, plan = FOUND | {"framework": "section_504"}, PLAN | {"kind": "section_504"}
    a_case = case(student={"birth_date": born}, determinations=[found], plans=[plan])
    assert {"transfer_of_rights", "majority_notice"}.isdisjoint(terms(a_case, "us-oh"))


def _transfer(a_case: Case) -> list[tuple[str, str | None]]:
    return [
        (str(d.state), None if d.due_on is None else str(d.due_on))
        for d in owed(a_case, "us-oh")
        if d.term_id == "transfer_of_rights"
    ]


@pytest.mark.parametrize(
    ("known", "born", "since"),
    [
        ({}, "2023-03-10", None),
        ({"found_eligible_on": "2025-06-02"}, "2023-03-10", "2025-06-02"),
        ({"found_eligible_on": "2025-06-02"}, None, None),
    ],
)
def test_a_part_c_transition_of_which_no_day_is_known_starts_nothing(
    known: dict[str, str], born: str | None, since: str | None
) -> None:
    """Nor one of a child whose third birthday nobody knows; with both, all three are owed."""
    a_case = case(student={"birth_date": born}, part_c_transitions=[{"id": "c1"} | known])
    started = {d.term_id: str(d.started_on) for d in owed(a_case) if "part_c" in d.term_id}
    of_part_c = ("part_c_notice", "part_c_conference", "part_c_to_part_b")
    assert started == ({} if since is None else dict.fromkeys(of_part_c, since))


@pytest.mark.parametrize(("language", "state"), [(None, "open"), ("ur", "met")])
def test_a_contact_of_which_no_language_is_known_interprets_nothing(
    language: str | None, state: str
) -> None:
    """An answer is owed in Urdu: somebody telephoned, in Urdu or nobody knows in what."""
    a_case = case(
        student={"birth_date": "2016-03-01", "home_language": "ur"},
        referrals=[PARENT],
        contacts=[
            {
                "occurred_on": "2025-09-12",
                "answers_referral_id": PARENT["id"],
                "language": language,
            }
        ],
    )
    assert str(one(a_case, "interpret_answer").state) == state


@pytest.mark.parametrize(
    ("suffice", "kind", "state"),
    [
        (False, "procedural_safeguards", "open"),
        (True, "procedural_safeguards", "met"),
        (True, "section_504_rights", "met"),
    ],
)
def test_idea_safeguards_are_those_of_section_504_where_the_law_says_so(
    suffice: bool, kind: str, state: str
) -> None:
    """34 CFR 104.36: compliance with IDEA's is one way, where the procedures are the same."""
    a_case = case(
        frameworks=["idea", "section_504"],
        referrals=[PARENT],
        notices=[notice(kind, "2025-09-20")],
    )
    law = policies().policy_for("us")
    settings = {**law.settings, "504-SAFEGUARDS": {"idea_safeguards_suffice": suffice}}
    found = deadlines(a_case, replace(law, settings=settings), calendar("us"), TODAY)
    (owed_504,) = (d for d in found if d.term_id == "section_504_safeguards")
    assert str(owed_504.state) == state


PLAN = {"id": "first", "case_id": "case", "status": "in_effect", "in_effect_on": "2025-12-15"}
FOUND = {"id": "d1", "status": "final", "outcome": "eligible", "decided_on": "2025-11-14"}
ANEW = {"id": "d2", "status": "final", "outcome": "eligible", "decided_on": "2028-10-02"}


def test_what_another_case_decides_is_a_look_anew() -> None:
    alone = case(determinations=[FOUND], plans=[PLAN])
    assert str(one(alone, "reevaluation").due_on) == "2028-11-14"
    looked = case(determinations=[FOUND], determinations_elsewhere=[ANEW], plans=[PLAN])
    found = one(looked, "reevaluation")
    assert (found.met_on, found.state) == (D("2028-10-02"), ClockState.MET)


def test_the_next_look_is_counted_in_the_case_that_decided_last() -> None:
    again = case(
        id="another",
        path="reevaluation",
        determinations=[ANEW],
        determinations_elsewhere=[FOUND],
        plans=[PLAN],
    )
    assert str(one(again, "reevaluation").due_on) == "2031-10-02"


def test_what_is_decided_after_services_ended_is_another_first_evaluation() -> None:
    gone = PLAN | {"status": "ended", "ended_on": "2026-01-30", "end_reason": "consent_revoked"}
    anew = ANEW | {"decided_on": "2026-05-11"}
    a_case = case(determinations=[FOUND], determinations_elsewhere=[anew], plans=[gone])
    assert one(a_case, "reevaluation").state == ClockState.EXCUSED


def test_a_states_time_for_a_first_evaluation_is_not_by_itself_that_for_another() -> None:
    consent = CONSENT | {"purpose": "reevaluation"}
    again = {"path": "reevaluation", "referrals": [PARENT], "consents": [consent], "plans": [PLAN]}
    for jurisdiction, runs in (("us", False), ("us-tx", False), ("us-wa", True), ("us-ma", True)):
        found = {d.term_id: d for d in owed(case(**again), jurisdiction)}
        assert ("initial_evaluation" in found) is runs, jurisdiction
        answer = found["answer_to_request"]
        assert (answer.due_on, answer.basis == "state") == (None, False), jurisdiction


def test_each_deadline_says_whose_law_it_is() -> None:
    unmatched = {"student": None, "referrals": [PARENT], "consents": [CONSENT]}

    def bases(jurisdiction: str) -> dict[str, str]:
        return {d.term_id: d.basis for d in owed(case(**unmatched), jurisdiction)}

    assert bases("us") == {
        "answer_to_request": "federal_default",
        "procedural_safeguards": "federal_default",
        "initial_evaluation": "federal_default",
        "match_student": "practice",
    }
    assert bases("us-wi") == {
        "answer_to_request": "state",
        "procedural_safeguards": "federal",
        "initial_evaluation": "state",
        "match_student": "practice",
    }


def test_an_explanation_names_the_event_and_claims_no_law_for_practice() -> None:
    not_eligible = FINAL | {"outcome": "not_eligible", "disability_present": True}
    a_case = ended("determined", "2025-11-10", determinations=[not_eligible])
    assert one(a_case, "section_504_decision").explanation == (
        "The law names no number of days from 2025-11-10 (not eligible under IDEA, with a "
        "documented impairment)."
    )
    assert one(a_case, "report_copy").explanation.endswith("(determination finalized).")
    assert one(a_case, "offer_support").explanation == (
        "Good practice from 2025-11-10 (a concern that did not lead to special education or a "
        "504 plan); no law commands it."
    )


def test_not_eligible_under_idea_with_an_impairment_owes_a_decision_under_504_and_help() -> None:
    not_eligible = FINAL | {"outcome": "not_eligible", "disability_present": True}
    a_case = ended("determined", "2025-11-10", determinations=[not_eligible])
    assert one(a_case, "section_504_decision").state == ClockState.OPEN
    assert one(a_case, "offer_support").state == ClockState.OPEN
    plan = FINAL | {"id": "d2", "framework": "section_504", "decided_on": "2025-11-01"}
    decided = ended("determined", "2025-11-10", determinations=[plan, not_eligible])
    assert one(decided, "section_504_decision").met_on == D("2025-11-10")
    assert "offer_support" not in terms(decided)
    no_impairment = ended(
        "determined", "2025-11-10", determinations=[FINAL | {"outcome": "not_eligible"}]
    )
    assert "section_504_decision" not in terms(no_impairment)
    assert "offer_support" in terms(no_impairment)


def test_medical_information_wants_an_answer_of_its_own() -> None:
    documents = [
        {"id": "m1", "kind": "prescription", "received_on": "2025-09-11"},
        {"id": "m2", "kind": "outside_evaluation", "received_on": "2025-09-12"},
        {"id": "m3", "kind": "prior_records", "received_on": "2025-09-12"},
    ]
    answered = [{"occurred_on": "2025-09-15", "answers_document_id": "m1"}]
    a_case = case(referrals=[PARENT], documents=documents, contacts=answered)
    found = {d.key: d.state for d in owed(a_case) if d.term_id == "answer_medical_document"}
    assert found == {
        "answer_medical_document:m1": ClockState.MET,
        "answer_medical_document:m2": ClockState.OPEN,
    }
    considered = FINAL | {"sources": [{"document_id": "m2", "considered": "asthma confirmed"}]}
    a_case = case(documents=documents[1:2], determinations=[considered])
    assert one(a_case, "answer_medical_document").met_on == D("2025-11-10")


def test_help_is_owed_where_the_law_ends() -> None:
    declined = case(status="declined", closed_on="2025-09-19", referrals=[PARENT])
    assert one(declined, "offer_support").started_on == D("2025-09-19")
    plan = [{"started_on": "2025-09-01"}]
    helped = case(status="declined", closed_on="2025-09-19", referrals=[PARENT], interventions=plan)
    assert one(helped, "offer_support").met_on == D("2025-09-19")
    over = [{"started_on": "2025-09-01", "ended_on": "2025-09-10"}]
    not_helped = case(
        status="declined", closed_on="2025-09-19", referrals=[PARENT], interventions=over
    )
    assert one(not_helped, "offer_support").state == ClockState.OPEN
    refused = CONSENT | {"answer": "refused"}
    a_case = case(**EVALUATING | {"status": "consent_refused", "consents": [refused]})
    assert one(a_case, "offer_support").key == "offer_support:c1"


def test_two_guardians_who_disagree_are_heard() -> None:
    other = CONSENT | {
        "id": "c2", "answer": "refused", "guardian_id": "g2", "received_on": "2025-09-18",
    }  # fmt: skip
    a_case = case(**EVALUATING | {"consents": [CONSENT, other]})
    hear = one(a_case, "hear_both_guardians")
    assert (hear.key, hear.started_on) == ("hear_both_guardians:c2", D("2025-09-18"))
    met = case(
        **EVALUATING
        | {
            "consents": [other, CONSENT],
            "meetings": [{"held_on": "2025-09-22", "parent_attended": True}],
        }
    )
    assert one(met, "hear_both_guardians").met_on == D("2025-09-22")
    same = case(**EVALUATING | {"consents": [CONSENT, other | {"guardian_id": "g1"}]})
    assert "hear_both_guardians" not in terms(same)


def test_an_unmatched_receipt_and_a_review_are_to_dos() -> None:
    a_case = case(student=None, referrals=[PARENT], champion_staff_id="s1")
    match = one(a_case, "match_student")
    assert (match.rule_id, match.kind, match.verification) == (None, "duty", "U")
    reviews = [
        {"id": "v1", "opened_on": "2025-09-12", "closed_on": "2025-09-16", "owner_staff_id": "s2"},
        {"id": "v2", "opened_on": "2025-09-17"},
    ]
    a_case = case(referrals=[PARENT], reviews=reviews, champion_staff_id="s1")
    found = {d.key: d for d in owed(a_case) if d.term_id == "child_find_review"}
    first, second = found["child_find_review:v1"], found["child_find_review:v2"]
    assert (first.state, first.owner_staff_id) == (ClockState.MET, "s2")
    assert (second.state, second.owner_staff_id) == (ClockState.OPEN, "s1")


# Always


def test_every_event_can_be_asked_of_an_empty_case() -> None:
    policy = policies().policy_for("us-dc")
    assert all(not list(event(Case(), policy)) for event in EVENTS.values())
    assert owed(Case()) == ()


days = st.dates(D("2025-08-18"), D("2026-05-29"))
maybe = st.none() | days


decided = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from(["idea", "section_504"]),
        st.sampled_from(["final", "superseded", "draft"]),
        st.sampled_from(["eligible", "not_eligible"]),
        maybe,
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A plan of any kind, version by version; the last may have ended."""
    kind = draw(st.sampled_from(["iep", "section_504", "services_plan"]))
    number = draw(st.integers(0, 3))
    return [
        {
            "id": f"version {at}",
            "kind": kind,
            "amends_id": f"version {at - 1}" if at else None,
            "occasion": draw(st.sampled_from(["review", "amendment"])) if at else "initial",
            "case_id": draw(st.sampled_from(["case", "another"])),
            "status": draw(st.sampled_from(["in_effect", "ended"]))
            if at + 1 == number
            else "replaced",
            "meeting_held_on": draw(maybe),
            "in_effect_on": draw(maybe),
            "ended_on": draw(maybe),
            "end_reason": draw(st.sampled_from(["dismissed", "regular_diploma"])),
            "reevaluation_waived_on": draw(maybe),
            "summary_given_on": draw(maybe),
            "services": [{"provider_role": "special_educator"}],
            "informed": [{"role": "special_educator", "informed_on": draw(maybe)}],
        }
        for at in range(number)
    ]


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """A case with dates in any order, as free recording allows."""
    referral = {
        "requester": draw(st.sampled_from(["parent", "staff", "physician", "unknown"])),
        "form": draw(st.sampled_from(["written", "oral"])),
        "received_on": draw(maybe),
        "documented_on": draw(maybe),
    }
    consent = st.fixed_dictionaries(
        {
            "id": st.sampled_from(["c1", "c2"]),
            "guardian_id": st.sampled_from(["g1", "g2"]),
            "answer": st.sampled_from([None, "granted", "refused"]),
            "requested_on": maybe,
            "received_on": maybe,
            "revoked_on": maybe,
        }
    )
    step = st.fixed_dictionaries(
        {
            "step": st.sampled_from(
                ["start-evaluation", "excuse-not-produced", "complete-evaluation", "withdraw"]
            ),
            "taken_on": days,
        }
    )
    notices = st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(["prior_written_notice", "procedural_safeguards"]),
                "decision": st.sampled_from(["propose", "refuse", None]),
                "concerning": st.sampled_from(["evaluation", "identification", None]),
                "issued_on": maybe,
            }
        ),
        max_size=3,
    )
    return facts_from(
        Case,
        {
            "status": draw(
                st.sampled_from(["received", "evaluating", "withdrawn", "declined", "determined"])
            ),
            "closed_on": draw(maybe),
            "student": draw(st.sampled_from([None, {}])),
            "referrals": [referral],
            "consents": draw(st.lists(consent, max_size=2, unique_by=lambda c: c["id"])),
            "steps": draw(st.lists(step, max_size=3)),
            "notices": draw(notices),
            "evaluations": [
                {"report_completed_on": draw(maybe), "report_given_to_parent_on": draw(maybe)}
            ],
            "determinations": [
                {
                    "id": id,
                    "framework": law,
                    "status": status,
                    "outcome": outcome,
                    "decided_on": day,
                }
                for id, law, status, outcome, day in draw(decided)
            ],
            "plans": draw(versions()),
            "absences": draw(st.lists(days, max_size=4)),
        },
    )


@settings(deadline=None)  # the first case waits for the packs to be read
@given(any_case(), st.sampled_from(["us", "us-tx", "us-wi", "us-dc"]), days)
def test_whatever_was_recorded_has_deadlines(a_case: Case, jurisdiction: str, today: date) -> None:
    found = owed(a_case, jurisdiction, today)
    assert len({d.key for d in found}) == len(found)
    assert sum(d.term_id == "initial_evaluation" for d in found) <= 1
    for d in found:
        assert d.citations
        assert d.met_on is None or d.met_on >= d.started_on
        stopped = (ClockState.MET, ClockState.LATE, ClockState.EXCUSED, ClockState.UNKNOWN)
        assert d.met_on is None or d.state in stopped
        assert d.kind == "clock" or d.due_on == d.clock.named_on
        assert isinstance(d.explanation, str)
    later = owed(a_case, jurisdiction, today + timedelta(days=400))
    settled = {ClockState.MET, ClockState.LATE, ClockState.EXCUSED}
    assert [d.state for d in later if d.state in settled] == [
        d.state for d in found if d.state in settled
    ]
