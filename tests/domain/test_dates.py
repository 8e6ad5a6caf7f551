"""A day is written in one way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.dates import written


@given(st.dates())
def test_every_day_is_read_as_it_is_written(day: date) -> None:
    assert written(day.isoformat()) == day


@given(st.text() | st.from_regex(r"[0-9W -]{8,10}", fullmatch=True))
def test_what_is_read_was_written_so(text: str) -> None:
    try:
        day = written(text)
    except ValueError:
        return
    assert day.isoformat() == text


@pytest.mark.parametrize(
    "text",
    [
        "20260303", "2026-W10-2", "2026-063", "2026-3-3", "2026-02-30", " 2026-03-03",
        "2026-03-03\n", "2026-03-03T00:00", "\uff12026-03-03", "", None, 20260303,
        date(2026, 3, 3),
    ],
)  # fmt: skip
def test_nothing_else_is_a_day(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        written(text)
