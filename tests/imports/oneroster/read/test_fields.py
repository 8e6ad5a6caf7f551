"""Values: what is normalised, what is passed over, and what must never be kept or said."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import pytest

from service.imports.oneroster.read import Org, open_bundle
from tests.imports.oneroster.bundles import DEMOGRAPHICS, ORGS, read_out, roster, user, zipped
from tests.imports.oneroster.read.reading import demographics_of, one, raw, users_of


def test_a_row_without_identity_or_name_is_refused_with_its_line() -> None:
    found, findings = raw("sourcedId,givenName,familyName\r\n,A,B\r\nb,,\r\nc,Single,\r\n")
    assert [(u.given_name, u.family_name) for u in found] == [("Single", "")]
    refused = [(f.line, f.field) for f in findings if f.code == "blank_value"]
    assert refused == [(2, "sourcedId"), (3, "familyName")]


def test_a_value_longer_than_any_column_refuses_the_row() -> None:
    found, findings = raw(f"sourcedId,givenName,familyName\r\na,{'x' * 300},B\r\n")
    assert found == []
    assert "too_long" in {f.code for f in findings}


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    assert one(user("a", given="Zoe\u0308"))[0].given_name == "Zoë"


@pytest.mark.parametrize(("written", "read"), [("Spanish", "es"), ("zh_hant", "zh-Hant")])
def test_a_language_is_read_as_a_tag(written: str, read: str) -> None:
    found, _ = raw(f"sourcedId,givenName,familyName,language\r\np,A,B,{written}\r\n")
    assert found[0].language == read


@pytest.mark.parametrize("written", ["", "N/A", "Code 14", "219-09-9999", "x" * 300])
def test_a_language_that_is_blank_or_unknown_is_unread_and_costs_nobody_their_row(
    written: str,
) -> None:
    found, findings = raw(f"sourcedId,givenName,familyName,language\r\np,A,B,{written}\r\n")
    assert (found[0].language, "language" in found[0].unread) == (None, True)
    assert ("not_a_language" in {f.code for f in findings}) is bool(written)
    assert written == "" or written not in str([asdict(f) for f in findings])


def test_apostrophes_and_signs_in_names_are_kept() -> None:
    assert one(user("a", family="O'Testa-Núñez"))[0].family_name == "O'Testa-Núñez"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9", "09"), ("09", "09"), ("K", "KG"), ("kg", "KG"), ("0", "KG"), ("PK", "PK"),
        ("-1", "PK"), ("P4", "PK"), ("UG", "UG"), ("13", "13"), ("1st", "01"), ("other", "Other"),
    ],
)  # fmt: skip
def test_grades_are_normalised(written: str, read: str) -> None:
    assert one(user("a", grades=written))[0].grades == (read,)


def test_an_unknown_grade_is_passed_over_and_known_as_unread() -> None:
    person, findings = one(user("a", grades="UI"))
    assert person.grades == ()
    assert "grades" in person.unread
    assert findings["unknown_value"].field == "grades"


def test_a_known_grade_beside_an_unknown_one_is_read() -> None:
    person, findings = one(user("a", grades="03,UI"))
    assert person.grades == ("03",)
    assert "grades" not in person.unread
    assert findings["unknown_value"].field == "grades"


@pytest.mark.parametrize(
    "written",
    [
        "2015-04-21", "2015/4/21", "20150421", "21/04/2015", "4/21/2015", "2015-04-21 08:01:05",
        "2015-04-21T00:00:00.000Z", "2015-04-21 00:00",
    ],
)  # fmt: skip
def test_a_date_that_can_be_read_in_one_way_is_read(written: str) -> None:
    assert demographics_of(f"a,,,{written}\r\n")[0].birth_date == date(2015, 4, 21)


@pytest.mark.parametrize(
    "written",
    ["1/05/2015", "4/2/2000", "05-06-2014", "4/21/15", "2015-13-01", "soon", "2015-4", "2015421"],
)
def test_a_date_that_can_be_read_in_two_ways_is_a_finding_and_is_not_repeated(written: str) -> None:
    row, findings = demographics_of(f"a,,,{written}\r\n")
    assert row.birth_date is None
    assert "birthDate" in row.unread
    finding = findings["ambiguous_date"]
    assert (finding.line, finding.field) == (2, "birthDate")
    assert written not in str(asdict(finding))


def test_flags_and_codes_are_read_in_any_case() -> None:
    row, _ = demographics_of("a,,,,FEMALE,0,TRUE,1,no,Yes,false,T\r\n")
    assert row.sex == "female"
    assert row.races == ("asian", "black_or_african_american", "white")
    assert row.hispanic is True


def test_a_flag_that_is_neither_is_unread() -> None:
    row, findings = demographics_of("a,,,,,maybe\r\n")
    assert "americanIndianOrAlaskaNative" in row.unread
    assert "unknown_value" in findings


def test_org_types_are_read_in_any_case() -> None:
    with open_bundle(
        zipped(roster(user("a"), orgs=ORGS + "d,,,Invented,DISTRICT,,\r\n"))
    ) as bundle:
        org: Org = next(iter(bundle.orgs()))
    assert org.org_type == "district"


@pytest.mark.parametrize("year", ["2027", "2026-2027", "2026/2027"])
def test_a_school_year_is_the_year_it_ends(year: str) -> None:
    text = f"sourcedId,title,schoolYear\r\nt,Year,{year}\r\n"
    with open_bundle(zipped(roster(user("a"), academicSessions=text))) as bundle:
        assert next(iter(bundle.academic_sessions())).school_year == 2027


def test_status_in_a_full_file_is_accepted_and_its_absence_too() -> None:
    found, findings = users_of(
        roster(user("a", status="active"), user("b"), user("c", status="inactive"))
    )
    assert [u.active for u in found] == [True, True, False]
    assert "status_in_bulk" in {f.code for f in findings}


def test_an_email_in_the_wrong_column_does_no_harm() -> None:
    person, findings = one(
        user("a", identifier="a@example.org", phone="a@example.org", email="none")
    )
    assert (person.identifier, person.phone, person.email) == ("a@example.org", None, None)
    assert {"email_as_identifier", "not_a_phone", "not_an_email"} <= set(findings)


SSN = "219-09-9999"


def test_a_social_security_number_is_refused_wherever_it_stands_and_never_repeated() -> None:
    header = (
        "sourcedId,givenName,familyName,identifier,phone,metadata.note,metadata.SSN,agentSourcedIds"
    )
    text = f"{header}\r\na,A,B,{SSN},{SSN},{SSN},{SSN},{SSN}\r\n{SSN},C,D,,,,,\r\n"
    with open_bundle(zipped({"users.csv": text})) as bundle:
        done = read_out(bundle)
        found = list(bundle.users())
        findings = bundle.findings
    assert [u.sourced_id for u in found] == ["a"]
    assert (found[0].identifier, found[0].phone, dict(found[0].metadata)) == (None, None, {})
    said = str([asdict(f) for f in (*findings, *done.findings)])
    assert SSN not in said
    assert {"ssn", "ssn_column", "ssn_as_sourced_id"} <= {f.code for f in findings}


def test_nine_digits_are_a_common_local_number_and_only_mentioned() -> None:
    person, findings = one(user("a", identifier="219099999"))
    assert person.identifier == "219099999"
    assert findings["nine_digits"].severity == "info"
    assert "219099999" not in findings["nine_digits"].message
    assert "nine_digits" not in one(user("a", identifier="910000001"))[1]


def test_no_finding_repeats_a_name_or_a_birth_date() -> None:
    rows = "".join(
        [
            user("a", given="Persephone", family="Secretson", org="nowhere", grades="XX"),
            user("a", given="Persephone", family="Secretson"),
            user("b", role="Persephone", given="Persephone", agents="1/2/2015,2015-01-02"),
            "c,,,true,s1,student,Persephone,,Persephone,Secretson,,,,,,,,,extra\r\n",
            user("d", given='"Perse"phone'),
            user("e", given="Perse\0phone"),
        ]
    )
    files = roster(rows, demographics=DEMOGRAPHICS + "a,,,1/2/2015,Persephone\r\n")
    with open_bundle(zipped(files)) as bundle:
        said = str(read_out(bundle).report().to_dict())
    for secret in ("ersephone", "ecretson", "1/2/2015", "2015-01-02"):
        assert secret not in said
