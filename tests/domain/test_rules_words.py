"""Words and dates as answers say them, and what is read from the body of a step."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.domain.rules.words import day_of, iso, listed, plain, said


@pytest.mark.parametrize(
    ("things", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_things_are_listed_as_people_list_them(things: list[str], words: str) -> None:
    assert listed(things) == words
    assert listed(things, "or") == words.replace("and", "or")


def test_a_code_is_said_in_words() -> None:
    assert plain("parent_input") == "parent input"
    assert plain("other_research_based") == "other research based"


@pytest.mark.parametrize(
    ("text", "something"), [("a", True), ("", False), ("  ", False), (None, False), (1, False)]
)
def test_blank_text_says_nothing(text: object, something: bool) -> None:
    assert said(text) is something


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2025, 9, 10), date(2025, 9, 10)),
        ("2025-09-10", date(2025, 9, 10)),
        ("tomorrow", None),
        ("2025-02-30", None),
        ("20250910", None),
        ("2025-W37-3", None),
        (20250910, None),
        (None, None),
    ],
)
def test_a_day_is_said_as_a_date_or_not_at_all(value: Any, day: date | None) -> None:
    assert day_of(value) == day


def test_a_date_is_shown_in_iso_form() -> None:
    assert iso(date(2025, 9, 10)) == "2025-09-10"
    assert iso(None) is None
