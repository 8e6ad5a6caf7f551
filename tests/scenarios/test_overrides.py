"""Overrides over HTTP: who may lift which rule, what is kept of it, and what nobody may lift."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.journey import Child, Json, NewPlace, Outcome, Place, sent

REFUSED = "IDEA-CONSENT-REFUSED-EVAL"
GATE = "STATE-PREREFERRAL-INTERVENTION"
ORDER = {
    "rule_id": REFUSED,
    "reason": "He cannot read at ten, and talking with the family has come to nothing.",
    "authority": "Order of hearing officer L. Brandt, 2025-10-02",
}


def refused_by_the_parent(place: Place, **child: Any) -> Child:
    """A pupil whose parent was asked for consent and said no."""
    who = place.child(**child)
    who.parent_asks("2025-09-02")
    asked = who.proposed("2025-09-05")
    who.consents("2025-09-12", asked, answer="refused")
    who.step("2025-09-15", "record-refusal").must_be_allowed()
    return who


def start(child: Child, *overrides: Json, by: str | None = None, **query: str) -> Any:
    """Begin the evaluation on 3 October; `by` is the role of whoever answers for it."""
    child.place.on("2025-10-03")
    headers = {"Childfind-Acting-Staff": child.place.somebody(by)} if by else {}
    body = {"overrides": list(overrides)} if overrides else {}
    path = f"/v1/cases/{child.case_id}/steps/start-evaluation"
    return child.api.post(path, body, headers=headers, query_string=query)


def listed(place: Place, **query: str) -> list[Json]:
    return sent(place.api.get("/v1/overrides", query_string=query), 200)["items"]  # type: ignore[no-any-return]


class TestAnOrderInPlaceOfConsent:
    def test_the_finding_says_who_may_lift_it(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in())
        rule = Outcome(start(child)).must_be_refused_by(REFUSED, "IDEA-CONSENT-EVAL")
        assert "hearing officer" in rule["override"]["who"]

    def test_with_it_the_evaluation_begins_and_the_finding_names_who_and_why(
        self, district_in: NewPlace
    ) -> None:
        child = refused_by_the_parent(district_in())
        decision = sent(start(child, ORDER, by="lea_representative"), 200)["decision"]
        (rule,) = (f for f in decision["findings"] if f["rule_id"] == REFUSED)
        assert (rule["answer"], rule["blocks"]) == ("unmet", False)
        assert rule["override"] == {
            "kind": "override",
            "reason": ORDER["reason"],
            "authority": ORDER["authority"],
            "staff_id": child.place.somebody("lea_representative"),
        }
        assert child.status == "evaluating"

    def test_the_evaluation_has_its_time_from_that_day(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in())
        sent(start(child, ORDER, by="lea_representative"), 200)
        clock = child.deadline("initial_evaluation")
        assert (clock["state"], clock["due_on"]) == ("running", "2025-12-02")

    def test_what_is_said_where_the_refusal_is_recorded_begins_nothing(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.consents("2025-09-12", child.proposed("2025-09-05"), answer="refused")
        child.place.on("2025-09-15")
        by = {"Childfind-Acting-Staff": child.place.somebody("lea_representative")}
        at = f"/v1/cases/{child.case_id}/steps/record-refusal"
        sent(child.api.post(at, {"overrides": [ORDER]}, headers=by), 200)
        assert child.deadlines("initial_evaluation") == []

    def test_what_was_needless_keeps_no_clock_running_after_a_revocation(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        consent = child.consents("2025-09-12", child.proposed("2025-09-05"))
        sent(start(child, ORDER, by="lea_representative"), 200)
        child.place.on("2025-10-06")
        child.patched(f"/v1/consents/{consent['id']}", {"revoked_on": "2025-10-06"})
        assert child.deadline("initial_evaluation")["state"] == "excused"

    def test_it_is_listed_journaled_and_kept_with_the_step(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in())
        sent(start(child, ORDER, by="lea_representative"), 200)
        (kept,) = listed(child.place)
        (step,) = (s for s in child.case()["steps_taken"] if s["step"] == "start-evaluation")
        assert kept["step_id"] == step["id"]
        assert step["details"]["overrides"] == [ORDER]
        assert (kept["kind"], kept["rule_id"]) == ("override", REFUSED)
        assert (kept["reason"], kept["authority"]) == (ORDER["reason"], ORDER["authority"])
        assert kept["staff_id"] == child.place.somebody("lea_representative")
        assert (kept["case_id"], kept["student_id"]) == (child.case_id, child.student_id)
        assert kept["recorded_on"] == "2025-10-03"
        feed = sent(child.api.get("/v1/events?event=case.evaluation_started&include=payload"), 200)
        (event,) = feed["items"]
        assert f"overrides:{kept['id']}" in event["after"]

    def test_a_dry_run_shows_it_and_keeps_nothing(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in())
        assert sent(start(child, ORDER, dry_run="true"), 200)["allowed"] is True
        assert listed(child.place) == []
        assert child.status == "consent_refused"

    def test_it_takes_a_person(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in())
        answer = start(child, ORDER)
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/not-allowed")
        assert listed(child.place) == []

    def test_and_a_client_that_may_name_one(self, district_in: NewPlace) -> None:
        child = refused_by_the_parent(district_in(may_assert_people=False))
        assert start(child, ORDER, by="lea_representative").status_code == 403
        assert child.status == "consent_refused"

    @pytest.mark.parametrize("placement", ["home_schooled", "parentally_placed_private"])
    def test_never_over_parents_who_do_not_seek_the_public_schools(
        self, district_in: NewPlace, placement: str
    ) -> None:
        child = refused_by_the_parent(district_in(), placement=placement)
        rule = Outcome(start(child, ORDER, by="lea_representative")).must_be_refused_by(REFUSED)
        assert rule["override"] is None
        assert "300.300(d)(4)" in rule["remedy"]
        assert listed(child.place) == []

    def test_nor_where_the_parent_was_not_asked_often_enough(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.proposed("2025-09-05")
        answer = start(child, ORDER, by="lea_representative")
        assert answer.status_code == 409
        assert listed(child.place) == []

    def test_what_was_needless_lifts_nothing_and_is_not_listed(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.consents("2025-09-12", child.proposed("2025-09-05"))
        sent(start(child, ORDER, by="lea_representative"), 200)
        assert listed(child.place) == []


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ([ORDER | {"rule_id": "IDEA-CONSENT-DEF"}], "/overrides/0/rule_id", "not_overridable"),
        ([ORDER | {"rule_id": "IDEA-PWN"}], "/overrides/0/rule_id", "not_asked"),
        ([ORDER | {"rule_id": "NO-SUCH-RULE"}], "/overrides/0/rule_id", "not_asked"),
        ([ORDER, ORDER], "/overrides/1/rule_id", "duplicate"),
        ([{"rule_id": REFUSED, "reason": "So."}], "/overrides/0/authority", "required"),
        ([ORDER | {"reason": "  "}], "/overrides/0/reason", "blank"),
    ],
)
def test_what_cannot_be_lifted_is_told_where(
    district_in: NewPlace, said: list[Json], pointer: str, code: str
) -> None:
    child = refused_by_the_parent(district_in())
    answer = start(child, *said, by="lea_representative")
    assert answer.status_code == 422, answer.text
    (error,) = answer.get_json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert child.status == "consent_refused"


class TestTheBypass:
    """It is no override, and takes nobody's leave; it is listed beside them."""

    SENTENCE = "I suspect a reading disability; he cannot segment sounds."

    def bypassed(self, place: Place, on: str = "2025-09-10") -> Child:
        child = place.child()
        child.teacher_refers(on)
        suspicion = {"staff_id": place.somebody("teacher"), "statement": self.SENTENCE}
        child.step(on, "request-evaluation", suspicion=suspicion).must_be_allowed()
        return child

    def test_it_is_listed_with_the_sentence(self, district_in: NewPlace) -> None:
        place = district_in()
        child = self.bypassed(place)
        (kept,) = listed(place)
        assert (kept["kind"], kept["rule_id"]) == ("bypass", GATE)
        assert (kept["reason"], kept["authority"]) == (self.SENTENCE, None)
        assert (kept["staff_id"], kept["case_id"]) == (place.somebody("teacher"), child.case_id)

    def test_where_nothing_had_to_come_first_there_is_nothing_to_pass_by(
        self, district_in: NewPlace
    ) -> None:
        place = district_in("us-tx")
        self.bypassed(place)
        assert listed(place) == []

    def test_an_override_does_not_take_its_place(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.teacher_refers("2025-09-10")
        answer = child.api.post(
            f"/v1/cases/{child.case_id}/steps/request-evaluation",
            {"overrides": [ORDER | {"rule_id": GATE}]},
            headers={"Childfind-Acting-Staff": child.place.somebody("lea_representative")},
        )
        assert answer.status_code == 422
        assert "suspicion" in answer.get_json()["errors"][0]["message"]

    def test_the_list_is_narrowed_down_and_paged(self, district_in: NewPlace) -> None:
        place = district_in()
        overridden = refused_by_the_parent(place)
        children = [self.bypassed(place, "2025-09-16") for _ in range(3)]
        sent(start(overridden, ORDER, by="lea_representative"), 200)
        assert len(listed(place)) == 4
        for query, count in (
            ({"kind": "bypass"}, 3),
            ({"kind": "override"}, 1),
            ({"kind": "bypass,override"}, 4),
            ({"rule_id": REFUSED}, 1),
            ({"case_id": children[0].case_id}, 1),
            ({"student_id": str(children[1].student_id)}, 1),
            ({"staff_id": place.somebody("teacher")}, 3),
            ({"recorded_since": "2025-10-03"}, 1),
            ({"recorded_before": "2025-10-03"}, 3),
        ):
            assert len(listed(place, **query)) == count, query
        first = sent(place.api.get("/v1/overrides?sort=-recorded_on&limit=1"), 200)
        assert first["items"][0]["kind"] == "override"
        rest = place.api.get(
            "/v1/overrides",
            query_string={"sort": "-recorded_on", "limit": 10, "cursor": first["next_cursor"]},
        )
        assert {item["kind"] for item in sent(rest, 200)["items"]} == {"bypass"}

    def test_it_follows_the_case_into_another(self, district_in: NewPlace) -> None:
        place = district_in()
        unknown = Child(place, None)
        unknown.teacher_refers("2025-09-10", child_described={"given_name": "Sam"})
        suspicion = {"staff_id": place.somebody("teacher"), "statement": self.SENTENCE}
        unknown.step("2025-09-10", "request-evaluation", suspicion=suspicion).must_be_allowed()
        known = place.child()
        known.parent_asks("2025-09-11")
        (receipt,) = unknown.case()["referral_ids"]
        body = {"student_id": known.student_id}
        sent(place.api.post(f"/v1/referrals/{receipt}/match", body), 200)
        (kept,) = listed(place)
        assert (kept["case_id"], kept["student_id"]) == (known.case_id, known.student_id)
