"""The pages of the law: in the repository, and as the service shows them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from service.domain.calendars import DayUnit
from service.domain.citations import Citation
from service.domain.clocks import (
    Absences,
    AttachesTo,
    BreakPause,
    IfSchoolOut,
    Pauses,
    Sooner,
    SummerPause,
    Term,
    Variant,
    When,
    YearEndRule,
)
from service.pages import pages
from service.pages.sentences import adjustments, clock
from service.policies.loader import JURISDICTIONS
from tests.builders import ApiClient
from tests.law import policies

DOCS = Path(__file__).parents[2] / "docs"
LINK = re.compile(r"\]\(([^)#]+\.md)\)")


@cache
def written() -> dict[str, str]:
    return dict(pages(policies()))


def test_the_committed_pages_are_what_the_law_here_says() -> None:
    committed = {
        str(path.relative_to(DOCS)): path.read_text()
        for folder in ("rules", "states")
        for path in (DOCS / folder).iterdir()
    }
    apart = {name for name in committed | written() if committed.get(name) != written().get(name)}
    assert not apart, "python -m service.cli docs"


def test_every_rule_and_every_jurisdiction_has_its_page() -> None:
    assert {f"rules/{rule_id.lower()}.md" for rule_id in policies().cards} < written().keys()
    assert {f"states/{jurisdiction}.md" for jurisdiction in JURISDICTIONS} < written().keys()


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for name, text in written().items():
        for link in LINK.findall(text):
            parts: list[str] = []
            for part in (PurePosixPath(name).parent / link).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in written(), f"{name} links {link}"


def test_every_citation_of_a_rule_stands_on_its_page_with_its_mark() -> None:
    for rule in policies().policy_for("us").rules.values():
        page = written()[f"rules/{rule.id.lower()}.md"]
        for citation in rule.citations:
            assert citation.text in page
            assert f"({citation.verification.words})" in page


@pytest.mark.parametrize("folder", ["rules", "states"])
def test_the_service_lists_the_pages_and_shows_each(stranger: ApiClient, folder: str) -> None:
    listed = stranger.get(f"/docs/{folder}")
    assert (listed.status_code, listed.mimetype) == (200, "text/html")
    links = re.findall(r'href="([^":]+)"', listed.text)
    shown = [name for name in links if "/" not in name]
    assert len(shown) == sum(name.startswith(f"{folder}/") for name in written()) - 1
    for name in shown[:3]:
        page = stranger.get(f"/docs/{folder}/{name}")
        assert page.status_code == 200
        assert "<h1>" in page.text
        assert not re.search(r"(src|rel)=", page.text), "it loads nothing"


def test_a_page_is_found_by_the_id_however_it_is_written(stranger: ApiClient) -> None:
    page = stranger.get("/docs/rules/IDEA-CONSENT-EVAL")
    same = stranger.get("/docs/rules/idea-consent-eval")
    assert "300.300" in page.text
    assert _without_nonce(page.text) == _without_nonce(same.text)


def test_a_page_that_is_not_there_is_not_found(stranger: ApiClient) -> None:
    for address in ("/docs/rules/IDEA-NONSENSE", "/docs/states/us-zz", "/docs/states/us.md"):
        answer = stranger.get(address)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


# The sentences


def term(**members: Any) -> Term:
    given: dict[str, Any] = {
        "id": "t",
        "title": "T",
        "rule_id": "IDEA-EVAL-CLOCK",
        "starts": "consent_received",
        "stops": "report_completed and iep_meeting_held or found_not_eligible",
        "count": 60,
        "unit": DayUnit.CALENDAR_DAY,
        "citations": (Citation("34 CFR 300.301"),),
    }
    return Term(**{**given, **members})


def test_a_clock_tells_its_count_its_start_and_its_ends() -> None:
    assert clock(term()) == (
        "60 calendar days from consent received until report completed and IEP meeting held, "
        "or found not eligible."
    )
    assert clock(term(count=None)).startswith("no number of days in the law: from consent received")
    assert clock(replace(term(count=None), years=1)).startswith("1 year from consent received")
    practice = replace(term(count=None), basis="practice")
    assert clock(practice).startswith("good practice, which no law commands: from consent received")


SCHOOL = {"unit": DayUnit.SCHOOL_DAY, "count": 45}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"pauses": Pauses(summer=SummerPause())}, "from the day after the last"),
        ({"pauses": Pauses(summer=SummerPause(from_last_day=True))}, "from the last day of"),
        ({"pauses": Pauses(summer=SummerPause(unless_days_left=30))}, "30 calendar days or more"),
        ({"pauses": Pauses(breaks=BreakPause(5))}, "vacations of 5 weekdays or more."),
        ({"pauses": Pauses(breaks=BreakPause(5, with_weekends=True))}, "with the weekends around"),
        ({"pauses": Pauses(holidays=True)}, "on single school holidays"),
        ({**SCHOOL, "absences": Absences(3)}, "absent 3 school days or more has the absences added,"
         " all of them"),
        ({**SCHOOL, "absences": Absences(9, only_beyond=True)}, "those after the first 8"),
        ({**SCHOOL, "year_end": YearEndRule(min_remaining=35, max_remaining=44, month_day="06-30")},
         "With 35 to 44 school days left in the school year, it ends on 06-30 instead."),
        ({"year_end": YearEndRule(within_days=30, days_into_next_year=30)},
         "30 calendar days or fewer before the last day of instruction, it ends on the day "
         "30 calendar days after the next school year begins"),
        ({"year_end": YearEndRule(within_days=1, days_after_year=14)},
         "14 calendar days after the last day of instruction"),
        ({**SCHOOL, "year_end": YearEndRule(max_remaining=59, before_next_year=True)},
         "the day before the next school year begins"),
        ({**SCHOOL, "year_end": YearEndRule(max_remaining=1, month_day="06-30", absences_below=3)},
         "With 1 school day left in the school year and the student was absent fewer than 3"),
        ({"if_school_out": IfSchoolOut(15)}, "school day 15 of the next school year"),
        ({"or_sooner": (Sooner(count=90, starts="request_received"),)},
         "Beside it 90 calendar days from request received: the earlier date binds."),
        ({"instead": (Variant(count=30, when=When(below_age=5, expedited=True)),)},
         "Below age 5, when the evaluation is expedited: 30 calendar days instead."),
        ({"instead": (Variant(count=None, when=When(at_least_age=3, after_interventions=True)),)},
         "From age 3, after taking part in intervention: no number of days instead."),
        ({"instead": (Variant(count=9, when=When(placements=frozenset({"home_schooled"}))),)},
         "Placed as home schooled: 9 calendar days instead."),
        ({"excludes": (("consent_requested", "consent_received"),)},
         "Nothing counts between consent requested and consent received."),
        ({"attaches_to": AttachesTo.CONSENT},
         "A change of it reaches cases with consent from that day on."),
    ],
)  # fmt: skip
def test_what_changes_the_count_is_told(members: dict[str, Any], said: str) -> None:
    sentences = list(adjustments(term(**members)))
    assert len(sentences) == 1
    assert said in sentences[0]


def test_a_plain_clock_has_nothing_beside_it() -> None:
    assert not list(adjustments(term()))


def _without_nonce(page: str) -> str:
    return re.sub(r"nonce='[^']*'", "", page)
