"""Headers: every spelling that is understood, and those that are not."""

from __future__ import annotations

from datetime import date

import pytest

from service.imports.oneroster.read import open_bundle
from tests.imports.oneroster.bundles import ORGS, roster, user, zipped
from tests.imports.oneroster.read.reading import GOOD, raw, refusal


def test_headers_match_in_any_case_order_and_known_spelling() -> None:
    text = (
        "FAMILYNAME,givenname, SourcedId ,datLastModified,agents,grade,prefferedGivenName,role\r\n"
        'Invented,Ada,a,,"p1,p2",9,Addie,Student\r\n'
    )
    found, findings = raw(text)
    person = found[0]
    assert (person.sourced_id, person.given_name, person.family_name) == ("a", "Ada", "Invented")
    assert person.agent_sourced_ids == ("p1", "p2")
    assert (person.grades, person.roles, person.preferred_given_name) == (
        ("09",),
        ("student",),
        "Addie",
    )
    assert not any(f.code == "unknown_columns" for f in findings)


def test_the_demographics_of_oneroster_1_0_are_understood() -> None:
    text = "userSourcedId,birthdate,sex\r\na,2015-04-01,F\r\n"
    with open_bundle(zipped(roster(user("a"), demographics=text))) as bundle:
        row = next(iter(bundle.demographics()))
    assert (row.sourced_id, row.birth_date, row.sex) == ("a", date(2015, 4, 1), "female")


def test_unknown_columns_are_one_piece_of_information_and_metadata_is_kept() -> None:
    text = "sourcedId,givenName,familyName,ext_bus,ext_lunch,metadata.Bus,,\r\na,A,B,7,y,12,,\r\n"
    found, findings = raw(text + "b,A,B,7,y,,,\r\n")
    assert [dict(one.metadata) for one in found] == [{"Bus": "12"}, {}]
    finding = next(f for f in findings if f.code == "unknown_columns")
    assert (finding.severity, finding.count) == ("info", 2)
    assert "ext_bus" in finding.message


def test_a_column_that_stands_twice_is_read_once() -> None:
    found, findings = raw("sourcedId,givenName,familyName,givenName\r\na,A,B,C\r\n")
    assert found[0].given_name == "A"
    assert "duplicate_column" in {f.code for f in findings}


def test_a_side_file_without_its_columns_is_set_aside_with_an_error() -> None:
    with open_bundle(zipped(roster(user("a"), orgs="foo,bar\r\n1,2\r\n"))) as bundle:
        assert list(bundle.orgs()) == []
        finding = next(f for f in bundle.findings if f.code == "missing_column")
        assert (finding.severity, finding.file) == ("error", "orgs.csv")
        assert "foo" not in finding.message


def test_users_without_a_needed_column_are_refused_and_a_mixed_up_file_is_recognised() -> None:
    assert (
        refusal(zipped({"users.csv": "sourcedId,givenName\r\na,Ada\r\n"})).code == "missing_column"
    )
    error = refusal(zipped({"users.csv": ORGS + "s1,,,Invented,school,,\r\n"}))
    assert "orgs.csv" in error.detail


def test_a_file_without_header_is_refused_without_repeating_its_people() -> None:
    error = refusal(zipped({"users.csv": user("a", given="Persephone") * 2}))
    assert error.code == "missing_column"
    assert "Persephone" not in str(error)


def test_a_semicolon_file_is_refused_with_what_to_do() -> None:
    text = str(GOOD["users.csv"]).replace(",", ";")
    assert refusal(zipped({"users.csv": text})).code == "wrong_delimiter"


@pytest.mark.parametrize(
    "column",
    ["metadata.language", "metadata.Language", "Language", "preferred_language", "contactLanguage"],
)
def test_the_language_to_write_in_is_found_where_systems_put_it(column: str) -> None:
    found, findings = raw(f"sourcedId,givenName,familyName,{column}\r\np,A,B,es\r\n")
    assert (found[0].language, dict(found[0].metadata)) == ("es", {})
    assert not any(f.code == "unknown_columns" for f in findings)


def test_a_childs_home_language_is_not_the_one_to_write_in() -> None:
    found, _ = raw("sourcedId,givenName,familyName,metadata.homeLanguage\r\na,A,B,es\r\n")
    assert (found[0].language, dict(found[0].metadata)) == (None, {"homeLanguage": "es"})
