"""A change of the law or of the settings, shown before it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.policies.reading import plain
from tests.builders import faults
from tests.scenarios.journey import CAL_A, Json, NewPlace, Place, sent

PACKS = Path(__file__).parents[2] / "service" / "policies" / "packs"
SOURCE = {"text": "A rule not yet in force", "href": None, "verification": "U"}


def written(jurisdiction: str) -> Json:
    """A pack as its file has it, as JSON."""
    raw = yaml.safe_load((PACKS / f"{jurisdiction}.yaml").read_text("utf-8"))
    return plain(raw)  # type: ignore[no-any-return]


def shorter(jurisdiction: str, count: int, **more: Any) -> Json:
    """The part of a pack that changes when the evaluation is due after so many calendar days."""
    value = {
        "from": "2006-10-13",
        "count": count,
        "starts": "consent_received",
        "stops": "eligibility_determined",
        "citations": ["new"],
        **more,
    }
    base = written(jurisdiction)["terms"]["initial_evaluation"]
    term = {"title": base["title"], "rule_id": base["rule_id"], "values": [value]}
    return {"sources": {"new": SOURCE}, "terms": {"initial_evaluation": term}}


_EVERY_OTHER: Json = {"month_day": "09-24"}

SETTING = "/pack/rules/PARTC-NOTIFY-90/setting"


def chosen(rule_id: str, **setting: Any) -> Json:
    """The part of a pack that changes when the law chooses this about a rule."""
    return {
        "sources": {"new": SOURCE},
        "rules": {rule_id: {"setting": setting, "citations": ["new"]}},
    }


def previewed(place: Place, jurisdiction: str, query: str = "", **body: Any) -> Json:
    answer = place.api.post(f"/v1/policies/{jurisdiction}/preview{query}", body)
    return sent(answer, 200)


def moves(found: Json) -> dict[str, tuple[str | None, str | None, int | None]]:
    return {m["term"]: (m["from"], m["to"], m["days"]) for m in found["items"]}


class TestAnotherPack:
    def test_lists_the_deadlines_that_would_move_and_by_how_much(
        self, district_in: NewPlace
    ) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        found = previewed(child.place, "us", pack=shorter("us", 45))
        (move,) = found["items"]
        assert move == {
            "case_id": child.case_id,
            "student_id": child.student_id,
            "deadline_id": child.deadline("initial_evaluation")["id"],
            "term": "initial_evaluation",
            "title": child.deadline("initial_evaluation")["title"],
            "from": "2025-11-14",
            "to": "2025-10-30",
            "days": -15,
            "state_now": "running",
            "state_then": "running",
        }
        assert (found["cases"], found["next_after"]) == (1, None)

    def test_stores_nothing(self, district_in: NewPlace) -> None:
        child = district_in().child().evaluated_from("2025-09-15")
        last = sent(child.api.get("/v1/events?limit=500"), 200)["next_after"]
        before = sent(child.api.get("/v1/policies/us"), 200)
        previewed(child.place, "us", pack=shorter("us", 45))
        assert child.due("initial_evaluation") == "2025-11-14"
        assert sent(child.api.get("/v1/policies/us"), 200) == before
        assert sent(child.api.get(f"/v1/events?after={last}"), 200)["items"] == []
        assert sent(child.api.post("/v1/deadlines/rebuild"), 200)["changed"] == 0

    def test_an_effective_date_after_the_start_moves_nothing(self, district_in: NewPlace) -> None:
        """The law in force at the clock's start holds; a value that begins later is another's."""
        child = district_in().child().evaluated_from("2025-09-15")
        change = shorter("us", 45)
        term = change["terms"]["initial_evaluation"]
        before = written("us")["terms"]["initial_evaluation"]["values"][0]
        now = {**before, "until": "2025-09-30"}
        later = {**term["values"][0], "from": "2025-10-01"}
        change["terms"]["initial_evaluation"] = {**term, "values": [now, later]}
        assert previewed(child.place, "us", pack=change)["items"] == []
        now["until"], later["from"] = "2025-09-01", "2025-09-02"
        assert moves(previewed(child.place, "us", pack=change)) == {
            "initial_evaluation": ("2025-11-14", "2025-10-30", -15)
        }

    def test_a_whole_file_as_it_stands_moves_nothing(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from("2025-09-15")
        found = previewed(child.place, "us-tx", pack=written("us-tx"))
        assert (found["items"], found["cases"]) == ([], 1)
        assert found["version_now"] == found["version_then"]

    def test_a_term_taken_away_leaves_the_federal_one(self, district_in: NewPlace) -> None:
        child = district_in("us-tx", CAL_A).child().evaluated_from("2025-09-10")
        found = previewed(child.place, "us-tx", pack={"terms": {"initial_evaluation": None}})
        assert moves(found)["initial_evaluation"] == ("2025-11-14", "2025-11-09", -5)

    def test_a_whole_number_may_be_written_as_json_writes_any(self, district_in: NewPlace) -> None:
        place = district_in("us", CAL_A)
        place.child().evaluated_from("2025-09-15")
        for part in ({"unit": "school_day"}, {"if_school_out": {"school_day_of_next_year": 1}}):
            said = previewed(place, "us", pack=shorter("us", 30, **part))
            assert said["items"]
            pack = shorter("us", 30.0, **part)  # type: ignore[arg-type]
            assert previewed(place, "us", pack=pack) == said

    def test_a_term_that_goes_or_comes_is_told(self, district_in: NewPlace) -> None:
        place = district_in("us-mo")
        child = place.child()
        child.parent_asks("2025-09-10")
        found = previewed(place, "us-mo", pack={"terms": {"answer_to_request": None}})
        (move,) = (m for m in found["items"] if m["term"] == "answer_to_request")
        assert (move["from"], move["to"], move["days"]) == ("2025-10-10", None, None)
        assert (move["state_now"], move["state_then"]) == ("running", "open")

    def test_a_change_of_the_federal_base_reaches_a_state_that_leaves_it(
        self, district_in: NewPlace
    ) -> None:
        place = district_in("us-wv")
        child = place.child().evaluated_from("2025-09-15")
        assert previewed(place, "us", pack=shorter("us", 45))["items"] == []
        assert moves(previewed(place, "us-wv", pack=shorter("us-wv", 45))) == {
            "initial_evaluation": ("2025-12-04", "2025-10-30", -35)
        }
        assert child.due("initial_evaluation") == "2025-12-04"

    def test_of_another_jurisdiction_there_are_no_cases_here(self, district_in: NewPlace) -> None:
        child = district_in("us-wv").child().evaluated_from("2025-09-15")
        found = previewed(child.place, "us-tx", pack=shorter("us-tx", 45))
        assert (found["items"], found["cases"]) == ([], 0)

    @pytest.mark.parametrize(
        ("consent", "holiday", "due"),
        [
            ("2025-09-15", {"month_day": "12-24"}, "2025-09-29"),
            ("2025-09-15", {"month_day": "09-24"}, "2025-09-30"),
            ("2025-09-15", {"weekday": {"nth": 3, "day": "thursday", "month": 9}}, "2025-09-30"),
            ("2025-09-15", {"weekday": {"nth": 4, "day": "friday", "month": 9}}, "2025-09-30"),
            ("2025-09-15", {"weekday": {"nth": 2, "day": "thursday", "month": 9}}, "2025-09-29"),
            ("2025-09-15", {"weekday": {"nth": -1, "day": "monday", "month": 9}}, "2025-09-30"),
            ("2025-12-15", {"weekday": {"nth": -1, "day": "monday", "month": 12}}, "2025-12-31"),
            ("2025-11-17", {"day_after": "thanksgiving"}, "2025-12-03"),
            ("2025-09-15", _EVERY_OTHER | {"years": {"every": 2, "rest": 1}}, "2025-09-30"),
            ("2025-09-15", _EVERY_OTHER | {"years": {"every": 2, "rest": 0}}, "2025-09-29"),
        ],
    )
    def test_a_holiday_of_the_states_is_no_business_day(
        self, district_in: NewPlace, consent: str, holiday: Json, due: str
    ) -> None:
        child = district_in().child().evaluated_from(consent)
        change = shorter("us", 10, unit="business_day")
        change["holidays"] = {"days": [{"name": "Ours", **holiday}], "citations": ["new"]}
        found = previewed(child.place, "us", pack=change)
        assert moves(found)["initial_evaluation"][1] == due

    @pytest.mark.parametrize("nth", [0, 5])
    def test_a_holiday_that_some_months_have_not_is_refused(
        self, district_in: NewPlace, nth: int
    ) -> None:
        holiday = {"name": "Ours", "weekday": {"nth": nth, "day": "friday", "month": 2}}
        change = {"sources": {"new": SOURCE}, "holidays": {"days": [holiday], "citations": ["new"]}}
        answer = district_in().api.post("/v1/policies/us/preview", {"pack": change})
        ((where, _),) = faults(answer)
        assert where == "/pack/holidays/days/0/weekday/nth"

    def test_another_version_is_named(self, district_in: NewPlace) -> None:
        found = previewed(district_in("us-tx"), "us-tx", pack={"version": "2027-01-04"})
        assert found["version_then"].startswith("us-tx 2027-01-04 over us ")
        assert not found["version_now"].startswith("us-tx 2027-01-04")

    def test_a_case_that_still_owes_something_is_looked_at(self, district_in: NewPlace) -> None:
        """A determined case is closed, and its IEP meeting is due."""
        place = district_in()
        child = place.child().evaluated_from("2025-09-15")
        made = child.evaluation("2025-10-01", suspected_areas=["reading"])
        child.assessment(made, "2025-10-01", "reading")
        child.patched(
            f"/v1/evaluations/{made['id']}",
            {"report_completed_on": "2025-10-01", "report_given_to_parent_on": "2025-10-01"},
        )
        child.step("2025-10-01", "complete-evaluation").must_be_allowed()
        child.finalize(child.idea("2025-10-02")).must_be_allowed()
        child.step("2025-10-02", "determine").must_be_allowed()
        meeting = written("us")["terms"]["iep_meeting"]
        meeting["values"][-1]["count"] = 20
        found = previewed(place, "us", pack={"terms": {"iep_meeting": meeting}})
        assert moves(found)["iep_meeting"] == ("2025-11-01", "2025-10-22", -10)


def test_pages_by_cases_and_looks_at_each_once(district_in: NewPlace) -> None:
    place = district_in()
    for _ in range(3):
        place.child().evaluated_from("2025-09-15")
    seen: list[str] = []
    after, looked_at = "", 0
    while True:
        found = previewed(place, "us", f"?limit=2{after}", pack=shorter("us", 45))
        seen += [move["case_id"] for move in found["items"]]
        looked_at += found["cases"]
        if found["next_after"] is None:
            break
        after = f"&after={found['next_after']}"
    assert (len(seen), len(set(seen)), looked_at) == (3, 3, 3)


class TestAnotherSetting:
    def test_shows_what_would_move(self, district_in: NewPlace) -> None:
        place = district_in("us", CAL_A)
        child = place.child().evaluated_from("2025-09-16")
        assert child.due("initial_evaluation") == "2025-11-15"  # a Saturday
        found = previewed(place, "us", settings={"roll": "next_working_day"})
        assert moves(found)["initial_evaluation"] == ("2025-11-15", "2025-11-17", 2)
        assert child.due("initial_evaluation") == "2025-11-15"

    def test_shows_what_a_required_sign_off_would_do(self, district_in: NewPlace) -> None:
        place = district_in("us-wv")
        place.child().evaluated_from("2025-09-15")
        found = previewed(place, "us-wv", settings={"sign_off": {"required": True}})
        assert moves(found) == {"initial_evaluation": ("2025-12-04", "2025-11-14", -20)}

    def test_that_is_unlawful_is_refused_with_its_citation(self, district_in: NewPlace) -> None:
        place = district_in("us-tx", CAL_A)
        settings = {"rules": {"STATE-PREREFERRAL-INTERVENTION": {"min_weeks": 6}}}
        answer = place.api.post("/v1/policies/us-tx/preview", {"settings": settings})
        assert answer.status_code == 409
        (finding,) = answer.get_json()["findings"]
        assert finding["rule_id"] == "TX-NO-MIN-INTERVENTION"
        assert finding["citations"][0]["text"] == "19 TAC 89.1011(a)"


@pytest.mark.parametrize(
    ("pack", "pointer"),
    [
        ({"nonsense": 1}, "/pack"),
        ({"terms": {"initial_evaluation": 5}}, "/pack/terms/initial_evaluation"),
        ({"terms": []}, "/pack/terms"),
        (shorter("us", 0), "/pack/terms/initial_evaluation/values/0/count"),
        (shorter("us", 10**12), "/pack/terms/initial_evaluation/values/0/count"),
        (
            shorter("us", 45, **{"from": "2025-02-30"}),
            "/pack/terms/initial_evaluation/values/0/from",
        ),
        (shorter("us", 45, starts="x"), "/pack/terms/initial_evaluation/values/0/starts"),
        (
            shorter("us", 45, citations=["nobody"]),
            "/pack/terms/initial_evaluation/values/0/citations",
        ),
        (shorter("us", 45, until="2026-01-01"), "/pack/terms/initial_evaluation/values"),
        ({"jurisdiction": "us-tx"}, "/pack/jurisdiction"),
        ({"terms": {"initial_evaluation": None}, "ages": None}, "/pack/ages"),
        (
            {
                "sources": {"new": SOURCE},
                "rules": {
                    "STATE-PREREFERRAL-INTERVENTION": {
                        "setting": {"mode": "never"},
                        "citations": ["new"],
                    }
                },
            },
            "/pack/rules/STATE-PREREFERRAL-INTERVENTION/setting/mode",
        ),
        (
            shorter("us", 45, or_sooner=[{"count": 30}] * 11),
            "/pack/terms/initial_evaluation/values/0/or_sooner",
        ),
        (chosen("PARTC-NOTIFY-90", days_before="90"), f"{SETTING}/days_before"),
        (chosen("PARTC-NOTIFY-90", days_before=10**12), f"{SETTING}/days_before"),
        ({"not_cover": [1] * 10_000}, "/pack/not_cover/0"),
    ],
)
def test_what_cannot_be_read_as_law_is_told_where(
    district_in: NewPlace, pack: Json, pointer: str
) -> None:
    answer = district_in().api.post("/v1/policies/us/preview", {"pack": pack})
    assert answer.status_code == 422, answer.text
    (error,) = answer.get_json()["errors"]
    assert error["pointer"] == pointer


def test_there_is_something_to_change(district_in: NewPlace) -> None:
    assert district_in().api.post("/v1/policies/us/preview", {}).status_code == 422


def test_of_a_jurisdiction_that_there_is_not(district_in: NewPlace) -> None:
    answer = district_in().api.post("/v1/policies/us-zz/preview", {"settings": {}})
    assert answer.status_code == 404


def test_a_body_many_times_as_long_as_any_pack_is_not_read(district_in: NewPlace) -> None:
    pack = {"not_cover": ["x" * 100] * 2_000}
    answer = district_in().api.post("/v1/policies/us/preview", {"pack": pack})
    assert answer.status_code == 413, answer.text
