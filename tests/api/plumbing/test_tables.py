"""CSV: what a cell says, and that no spreadsheet takes it for a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.plumbing.tables import safe
from tests.api.records import Records
from tests.builders import ApiClient


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\ttab"]
)
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Mateo", "a=1", "'=1", "7-001", "1+1", "(555) 0100"])
def test_other_texts_stay(text: str) -> None:
    assert safe(text) == text


@given(st.text())
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert safe(text).lstrip()[:1] not in {"=", "+", "-", "@"}
    assert safe(text)[:1] not in {"\t", "\r", "\n"}
    assert safe(text).removeprefix("'") == text or safe(text) == text


@pytest.mark.parametrize(
    "name", ['He said "no"', "a,b", "two\r\nlines", "=cmd|' /C calc'!A0", "Zoë 李", "x;y"]
)
def test_a_name_comes_back_as_it_was_written(api: ApiClient, records: Records, name: str) -> None:
    records.student(name)
    answer = api.get("/v1/students?fields=given_name", headers={"Accept": "text/csv"})
    assert answer.get_data().endswith(b"\r\n")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode(), newline="")))
    assert rows == [["given_name"], [safe(name)]]


def test_figures_are_no_formulas(api: ApiClient, records: Records) -> None:
    """A number below zero is a number, not a text."""
    made = api.post(
        "/v1/interventions",
        {"student_id": records.student(), "title": "Reading", "started_on": "2026-09-01"},
    ).get_json()
    point = {"measured_on": "2026-09-08", "measure": "slope", "value": -1.5}
    api.post(f"/v1/interventions/{made['id']}/progress-measures", point)
    path = f"/v1/interventions/{made['id']}/progress-measures?fields=value"
    assert api.get(path, headers={"Accept": "text/csv"}).text == "value\r\n-1.5\r\n"
