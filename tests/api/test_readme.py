"""The README's refusal is what the service answers, and the requests before it are real."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.clock import SetClock
from service.storage.database import Database
from tests.builders import ApiClient, a_district
from tests.properties.test_any_sequence_of_calls import STEPS
from tests.scenarios.journey import Json, sent

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.fixture
def district(store: Database, clock: SetClock) -> Any:
    """As the demonstration's: no state, so the federal base."""
    return a_district(store, "us", clock=clock)


def posted(words: str) -> Json:
    """The body of the command that posts a referral in these words."""
    (body,) = re.findall(rf"-d '(\{{[^']*{re.escape(words)}[^']*\}})'", README)
    found: Json = json.loads(body)
    return found


def shown() -> Json:
    """The answer, as the README prints it."""
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    found: Json = json.loads(block)
    return found


def test_the_refusal_is_word_for_word_what_the_service_answers(
    api: ApiClient, clock: SetClock
) -> None:
    body = posted("Reads far below grade.")
    clock.set(clock.now().replace(month=11, day=23))
    assert body["received_on"] == clock.now().date().isoformat()
    case = sent(api.post("/v1/referrals", body))["case_id"]
    assert "/v1/cases/$CASE/steps/request-evaluation" in README
    answered, printed = sent(api.get(f"/v1/cases/{case}/steps/request-evaluation"), 200), shown()
    (found,), (printed_finding,) = answered["findings"], printed["findings"]
    citations, kept = found.pop("citations"), printed_finding.pop("citations")
    assert answered == printed
    assert kept == citations[:2]
    assert len(citations) == 4


def test_a_request_without_a_student_is_received_and_says_what_is_owed_by_which_section(
    api: ApiClient, clock: SetClock
) -> None:
    body = posted("Please test my son.")
    clock.set(clock.now().replace(month=11, day=23))
    receipt = sent(api.post("/v1/referrals", body))
    assert "student_id" not in body
    cited = {found["rule_id"]: found["citations"] for found in receipt["findings"]}
    owed = {"answer_to_request": "IDEA-REQUEST-DECIDE", "procedural_safeguards": "IDEA-PSN"}
    assert owed.items() <= {d["term"]: d["rule_id"] for d in receipt["deadlines"]}.items()
    assert all(cited[rule_id] for rule_id in owed.values())


def test_the_line_of_a_student_is_one_that_is_taken(api: ApiClient) -> None:
    ((line, path, kind),) = re.findall(
        r"echo '(\{[^']*\})' \|\n +curl -s http://127.0.0.1:8000(\S+).*\n.*Content-Type: ([^']+)'",
        README,
    )
    answer = api.call("POST", path, data=line.encode(), headers={"Content-Type": kind})
    assert [each["status"] for each in map(json.loads, answer.text.splitlines())] == [201]


def test_so_many_random_steps_are_taken_as_it_says() -> None:
    assert f"at least {STEPS} steps on each of the two databases" in README
    assert f"CHILDFIND_TEST_DEPTH={1_000_000 // (2 * STEPS)} make test" in README
