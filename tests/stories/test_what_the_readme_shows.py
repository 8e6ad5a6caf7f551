"""The refusal that the README prints is the one that the service gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.properties.test_any_sequence_of_calls import STEPS
from tests.scenarios.journey import NewPlace, sent

README = Path(__file__).parents[2] / "README.md"


def printed() -> dict[str, Any]:
    block = README.read_text("utf-8").split("```json\n", 1)[1].split("```", 1)[0]
    shown: dict[str, Any] = json.loads(block)
    return shown


def test_the_refusal_is_word_for_word_as_printed(district_in: NewPlace) -> None:
    place = district_in("us")
    six_weeks = {"min_weeks": 6, "min_progress_points": 4}
    sent(place.chooses(STATE_PREREFERRAL_INTERVENTION=six_weeks), 200)
    place.on("2026-11-23")
    receipt = sent(
        place.api.post(
            "/v1/referrals",
            {"requester": "staff", "received_on": "2026-11-23", "words": "Reads far below grade."},
        )
    )
    path = f"/v1/cases/{receipt['case_id']}/steps/request-evaluation"
    given, shown = sent(place.api.get(path), 200), printed()
    (found,), (shown_finding,) = given["findings"], shown["findings"]
    citations = found.pop("citations")
    kept = shown_finding.pop("citations")
    assert given == shown
    assert (len(citations), len(kept)) == (4, 2)
    assert all(citation in citations for citation in kept)


def test_so_many_random_steps_are_taken_as_it_says() -> None:
    text = README.read_text("utf-8")
    assert f"at least {STEPS} steps on each of the two databases" in text
    assert f"CHILDFIND_TEST_DEPTH={1_000_000 // (2 * STEPS)} make test" in text
