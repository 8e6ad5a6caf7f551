"""The report, as JSON and in words."""

from __future__ import annotations

import json

from service.imports.oneroster.report import speakable
from tests.imports.oneroster.bundles import loaded, planned, roster, user

MIXED = roster(*(user(f"a{n}", org="nowhere") for n in range(3)), user("x", ""), user(""))


def test_the_report_is_plain_json() -> None:
    said = json.loads(json.dumps(planned(MIXED).report().to_dict()))
    assert said["counts"]["students"]["unmatched"] == 3
    assert said["rows_read"] == {"organisations": 2, "users": 5}
    assert said["rows_refused"] == {"users": 1}
    assert said["held"] is False
    assert {
        "severity",
        "code",
        "message",
        "remedy",
        "file",
        "line",
        "sourced_id",
        "field",
        "count",
    } == (set(said["findings"][0]))


def test_errors_come_first_and_then_the_cause_of_most_rows() -> None:
    found = planned(MIXED).findings
    weights = [("error", "warning", "info").index(f.severity) for f in found]
    assert weights == sorted(weights)
    warnings = [f.count for f in found if f.severity == "warning"]
    assert warnings == sorted(warnings, reverse=True)


def test_a_held_plan_says_so_in_words() -> None:
    before = loaded(roster(*(user(f"a{n}") for n in range(20))))
    lines = planned(roster(user("a0")), before).report().lines()
    assert lines[-1] == "Held, nothing is changed: 19 of 20 active students would be deactivated."
    assert any("force" in line for line in lines)


def test_the_four_lists_are_counted() -> None:
    before = loaded(roster(*(user(f"a{n}") for n in range(3))))
    counts = (
        planned(roster(user("a0"), user("a0"), user("new")), before).report().counts["students"]
    )
    assert (counts.matched, counts.unmatched, counts.duplicates, counts.not_in_file) == (1, 1, 1, 2)


def test_only_what_looks_like_an_identifier_is_repeated() -> None:
    assert speakable("7d40bde6-6d52-4b9d") == "7d40bde6-6d52-4b9d"
    for value in ("219-09-9999", "2015-04-01", "4/1/2015", "Ada Invented", "", None, "x" * 300):
        assert speakable(value) is None


def test_an_empty_record_and_a_full_bundle_need_no_findings() -> None:
    done = planned(roster(user("a")))
    assert [f.code for f in done.findings] == ["no_manifest"]
