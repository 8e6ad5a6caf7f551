"""Values in a body have their type in JSON; in a query, where all is text, they are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from service.api.plumbing.fields import (
    CommaList,
    Day,
    Flag,
    Instant,
    Int64,
    Number,
    Text,
    TrueOrFalse,
    WholeNumber,
)
from service.api.plumbing.people import email
from tests.builders import ApiClient


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        (Flag(), True, True),
        (Int64(), 3, 3),
        (Int64(), 3.0, 3),  # JSON knows one kind of number
        (Int64(), -0.0, 0),
        (Number(), 3, 3.0),
        (Number(), 2.5, 2.5),
        (TrueOrFalse(), "false", False),
        (WholeNumber(), "3", 3),
        (Text(max=3), "abc", "abc"),
        (Text(blank=True), "", ""),
        (Day(), "2026-10-05", date(2026, 10, 5)),
        (Instant(), "2026-10-05T10:00:00-05:00", datetime(2026, 10, 5, 15, tzinfo=UTC)),
        # A plus that nobody escaped is a space when it arrives.
        (Instant(), "2026-10-05T15:00:00 00:00", datetime(2026, 10, 5, 15, tzinfo=UTC)),
        (CommaList(Text(), max=2), "01,02", ["01", "02"]),
        (email(), "ana.rivera@example.org", "ana.rivera@example.org"),
        (email(), "josé@escuela.example", "josé@escuela.example"),
    ],
)
def test_is_read(field: Any, sent: Any, read: Any) -> None:
    value = field.deserialize(sent)
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(
    ("field", "sent", "code"),
    [
        (Flag(), "true", "not_a_flag"),
        (Flag(), "", "not_a_flag"),
        (Flag(), 1, "not_a_flag"),
        (Flag(), 0.0, "not_a_flag"),
        (Flag(), [True], "not_a_flag"),
        (Int64(), "3", "not_an_integer"),
        (Int64(), 2.5, "not_an_integer"),
        (Int64(), True, "not_an_integer"),
        (Int64(), [3], "not_an_integer"),
        (Int64(max=5), 6, "range"),
        (Int64(), 1e300, "range"),
        (Number(), "2.5", "not_a_number"),
        (Number(), True, "not_a_number"),
        (Number(), [2.5], "not_a_number"),
        (TrueOrFalse(), "True", "not_a_flag"),
        (TrueOrFalse(), "1", "not_a_flag"),
        (WholeNumber(), "3.0", "not_an_integer"),
        (WholeNumber(), "", "not_an_integer"),
        (WholeNumber(), "²", "not_an_integer"),
        (Text(max=3), "abcd", "too_long"),
        (Text(), " ", "blank"),
        (Text(), 3, "invalid"),
        (Instant(), 3, "invalid"),
        (Instant(), "2026-10-05T15:00:00", "invalid_awareness"),
        (Instant(), "20261005T150000Z", "invalid"),
        (Instant(), "2026-W41-1T15:00:00Z", "invalid"),
        (Day(), "20261005", "not_a_date"),
        (Day(), "2026-W41-1", "not_a_date"),
        (Day(), "2026-10-32", "not_a_date"),
        (Day(), "\uff12026-10-05", "not_a_date"),
        (Day(), 20261005, "not_a_date"),
        (Instant(), "1899-12-31T23:00:00+00:00", "date_range"),
        (CommaList(Text(), max=2), "01,02,03", "too_many"),
        (email(), "ana.rivera", "not_an_email"),
        (email(), "ana rivera@example.org", "not_an_email"),
        (email(), "ana\x00@example.org", "not_an_email"),
        (email(), "ana@example.org\r\nBcc: all", "not_an_email"),
        (email(), "ana@example.org\x98", "not_an_email"),
    ],
)
def test_is_refused(field: Any, sent: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.deserialize(sent)
    said: Any = refused.value.messages[0]
    assert said.code == code


def test_over_http(api: ApiClient) -> None:
    path = api.post("/v1/schools", {"name": "A"}).headers["Location"]
    assert api.patch(path, {"active": "false"}, etag='"1"').status_code == 422
    assert api.patch(path, {"active": False}, etag='"1"').status_code == 200
    assert len(api.get("/v1/schools?active=false").get_json()["items"]) == 1
