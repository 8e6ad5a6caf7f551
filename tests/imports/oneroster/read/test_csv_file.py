"""Bytes to cells: encodings, line endings, what is no CSV."""

from __future__ import annotations

import pytest

from service.imports.oneroster.read import Limits, open_bundle
from tests.imports.oneroster.bundles import USERS, user, zipped
from tests.imports.oneroster.read.reading import GOOD, raw, refusal


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_line_ending_and_a_byte_order_mark_are_fine(end: str, mark: bytes) -> None:
    text = (USERS + user("a", given="Zoë")).replace("\r\n", end)
    found, _ = raw(mark + text.encode())
    assert [(u.sourced_id, u.given_name) for u in found] == [("a", "Zoë")]


def test_windows_1252_is_read_with_a_warning() -> None:
    found, findings = raw((USERS + user("a", given="Zoë")).encode("cp1252"))
    assert found[0].given_name == "Zoë"
    assert next(f for f in findings if f.code == "not_utf8").severity == "warning"


def test_utf8_with_a_few_broken_bytes_loses_only_those_rows() -> None:
    good = (USERS + user("a", given="Zoë") + user("b", given="Chloë")).encode()
    found, findings = raw(
        good + user("c", given="X").replace("X", "\udced").encode(errors="surrogateescape")
    )
    assert [u.given_name for u in found] == ["Zoë", "Chloë"]
    finding = next(f for f in findings if f.code == "unreadable_characters")
    assert (finding.line, finding.sourced_id) == (4, "c")


def test_nul_and_lone_surrogates_refuse_their_row_only() -> None:
    surrogate = user("s", given="ZoëX").encode().replace(b"X", b"\xed\xa0\x80")
    text = (USERS + user("a", given="Zoë Noëlle") + user("n", given="A\0B")).encode() + surrogate
    found, findings = raw(text + user("b", given="Renée").encode())
    assert [u.sourced_id for u in found] == ["a", "b"]
    refused = [f.sourced_id for f in findings if f.code == "unreadable_characters"]
    assert refused == ["n", "s"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_refused(encoding: str) -> None:
    text = str(GOOD["users.csv"])
    error = refusal(zipped({"users.csv": text.encode(encoding)}))
    assert error.code in ("wrong_encoding", "empty_roster", "missing_column")
    if encoding == "utf-16":
        assert error.code == "wrong_encoding"


def test_bytes_that_are_no_text_are_refused() -> None:
    data = USERS.encode() + bytes(range(128, 256)) + b"\r\n"
    assert refusal(zipped({"users.csv": data})).code == "wrong_encoding"


def test_a_line_without_end_is_refused() -> None:
    line = "a" * 200_000
    assert refusal(zipped({"users.csv": USERS + line}), Limits()).code == "line_too_long"


def test_a_row_that_goes_on_over_lines_without_end_is_refused() -> None:
    row = '"' + ",".join('a\n"' + ",a" * 1000 + ',"' for _ in range(20)) + '"\n'
    assert refusal(zipped({"users.csv": USERS + row}), Limits(row_chars=30_000)).code == (
        "line_too_long"
    )
    with open_bundle(zipped({"users.csv": USERS + row * 20})) as bundle:
        assert bundle.mode("users") == "bulk"


def test_a_quotation_mark_out_of_place_costs_its_row() -> None:
    found, findings = raw('sourcedId,givenName,familyName\r\na,"A"x,B\r\nb,C,D\r\nc,"E,F\r\n')
    assert [u.sourced_id for u in found] == ["b"]
    assert [f.line for f in findings if f.code == "not_csv"] == [2, 4]


def test_blank_lines_are_no_rows() -> None:
    found, findings = raw("sourcedId,givenName,familyName\r\n\r\n,,\r\na,A,B\r\n\r\n")
    assert [(u.sourced_id, u.line) for u in found] == [("a", 4)]
    assert not [f for f in findings if f.severity == "error"]
