"""Rows: what is survived, what is normalised, and what becomes a finding."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.imports.oneroster.plan import Snapshot, plan
from service.imports.oneroster.read import (
    BundleRefused,
    Demographics,
    Enrollment,
    Limits,
    Org,
    User,
    open_bundle,
)
from service.imports.oneroster.report import LISTED_ONE_BY_ONE, Finding
from tests.imports.oneroster.bundles import (
    DEMOGRAPHICS,
    ORGS,
    USERS,
    Files,
    manifest,
    roster,
    user,
    zipped,
)


def users_of(files: Files) -> tuple[list[User], tuple[Finding, ...]]:
    with open_bundle(zipped(files)) as bundle:
        return list(bundle.users()), bundle.findings


def one(row: str) -> tuple[User, dict[str, Finding]]:
    found, findings = users_of(roster(row))
    return found[0], {f.code: f for f in findings}


def demographics_of(row: str) -> tuple[Demographics, dict[str, Finding]]:
    with open_bundle(zipped(roster(user("a"), demographics=DEMOGRAPHICS + row))) as bundle:
        return next(iter(bundle.demographics())), {f.code: f for f in bundle.findings}


def raw(users: str | bytes) -> tuple[list[User], tuple[Finding, ...]]:
    return users_of({"users.csv": users})


# --- version, manifest, modes


def test_the_version_comes_from_the_manifest_or_else_from_the_headers() -> None:
    newer = "sourcedId,givenName,familyName,primaryOrgSourcedId\r\na,Ada,Invented,s1\r\n"
    for files, version in (
        (roster(user("a"), manifest=manifest("1.2", users="bulk")), "1.2"),
        (roster(user("a"), manifest=manifest("9", users="bulk")), "1.1"),
        (roster(user("a")), "1.1"),
        ({"users.csv": newer}, "1.2"),
        (roster(user("a"), roles="sourcedId,userSourcedId,role\r\nr,a,student\r\n"), "1.2"),
    ):
        with open_bundle(zipped(files)) as bundle:
            assert bundle.version == version


def test_a_manifest_is_understood_with_lf_quotes_and_the_other_column_name() -> None:
    text = '"propertyName","propertyValue"\n"oneroster.version","1.2"\n"file.USERS","Delta"\n'
    with open_bundle(zipped(roster(user("a"), manifest=text))) as bundle:
        assert (bundle.version, bundle.mode("users")) == ("1.2", "delta")


@pytest.mark.parametrize("said", ["absent", "", "full"])
def test_a_present_file_the_manifest_does_not_vouch_for_is_read_but_misses_nobody(
    said: str,
) -> None:
    with open_bundle(zipped(roster(user("a"), manifest=manifest(users=said)))) as bundle:
        assert bundle.mode("users") == "unstated"
        assert len(list(bundle.users())) == 1
        assert "undeclared_file" in {f.code for f in bundle.findings}


def test_a_promised_file_that_is_missing_counts_as_absent() -> None:
    files = roster(user("a"), manifest=manifest(users="bulk", orgs="bulk", demographics="bulk"))
    with open_bundle(zipped(files)) as bundle:
        assert bundle.mode("demographics") == "absent"
        assert "declared_but_missing" in {f.code for f in bundle.findings}


@pytest.mark.parametrize("orgs", ["", ORGS])
def test_an_empty_file_beside_users_is_as_if_absent(orgs: str) -> None:
    with open_bundle(zipped(roster(user("a"), orgs=orgs))) as bundle:
        assert bundle.mode("orgs") == "absent"
        assert "empty_file" in {f.code for f in bundle.findings}


def test_a_side_file_without_its_columns_is_set_aside_with_an_error() -> None:
    with open_bundle(zipped(roster(user("a"), orgs="foo,bar\r\n1,2\r\n"))) as bundle:
        assert list(bundle.orgs()) == []
        finding = next(f for f in bundle.findings if f.code == "missing_column")
        assert (finding.severity, finding.file) == ("error", "orgs.csv")
        assert "foo" not in finding.message


# --- text


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


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    assert one(user("a", given="Zoe\u0308"))[0].given_name == "Zoë"


# --- headers


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
    text = (
        "sourcedId,givenName,familyName,ext_bus,ext_lunch,metadata.Language,,\r\na,A,B,7,y,es,,\r\n"
    )
    found, findings = raw(text)
    assert dict(found[0].metadata) == {"Language": "es"}
    finding = next(f for f in findings if f.code == "unknown_columns")
    assert (finding.severity, finding.count) == ("info", 2)
    assert "ext_bus" in finding.message


def test_a_column_that_stands_twice_is_read_once() -> None:
    found, findings = raw("sourcedId,givenName,familyName,givenName\r\na,A,B,C\r\n")
    assert found[0].given_name == "A"
    assert "duplicate_column" in {f.code for f in findings}


# --- ragged and broken rows


def test_short_rows_are_filled_with_blanks() -> None:
    found, findings = raw("sourcedId,givenName,familyName,email,phone\r\na,A,B\r\nb,C,D\r\n")
    assert [u.sourced_id for u in found] == ["a", "b"]
    assert next(f for f in findings if f.code == "short_row").count == 2


def test_blank_cells_beyond_the_header_are_dropped_but_a_shifted_row_is_refused() -> None:
    found, findings = raw(
        "sourcedId,givenName,familyName\r\na,A,B,,\r\nb,Persephone, Jr.,Invented\r\nc,C,D\r\n"
    )
    assert [u.sourced_id for u in found] == ["a", "c"]
    finding = next(f for f in findings if f.code == "ragged_row")
    assert (finding.severity, finding.line) == ("error", 3)
    assert "Persephone" not in str(asdict(finding))


def test_a_quotation_mark_out_of_place_costs_its_row() -> None:
    found, findings = raw('sourcedId,givenName,familyName\r\na,"A"x,B\r\nb,C,D\r\nc,"E,F\r\n')
    assert [u.sourced_id for u in found] == ["b"]
    assert [f.line for f in findings if f.code == "not_csv"] == [2, 4]


def test_blank_lines_are_no_rows() -> None:
    found, findings = raw("sourcedId,givenName,familyName\r\n\r\n,,\r\na,A,B\r\n\r\n")
    assert [(u.sourced_id, u.line) for u in found] == [("a", 4)]
    assert not [f for f in findings if f.severity == "error"]


def test_a_row_without_identity_or_name_is_refused_with_its_line() -> None:
    found, findings = raw("sourcedId,givenName,familyName\r\n,A,B\r\nb,,\r\nc,Single,\r\n")
    assert [(u.given_name, u.family_name) for u in found] == [("Single", "")]
    refused = [(f.line, f.field) for f in findings if f.code == "blank_value"]
    assert refused == [(2, "sourcedId"), (3, "familyName")]


def test_a_value_longer_than_any_column_refuses_the_row() -> None:
    found, findings = raw(f"sourcedId,givenName,familyName\r\na,{'x' * 300},B\r\n")
    assert found == []
    assert "too_long" in {f.code for f in findings}


def test_more_findings_of_a_kind_than_anyone_reads_are_one_with_a_count() -> None:
    rows = "".join(f"a{n},,\r\n" for n in range(LISTED_ONE_BY_ONE + 20))
    _, findings = raw("sourcedId,givenName,familyName\r\nx,A,B\r\n" + rows)
    refused = [f for f in findings if f.code == "blank_value"]
    assert len(refused) == LISTED_ONE_BY_ONE + 1
    assert refused[-1].count == 20


# --- values


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
    "written", ["1/05/2015", "4/2/2000", "05-06-2014", "4/21/15", "2015-13-01", "soon", "2015-4"]
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


def test_apostrophes_and_signs_in_names_are_kept() -> None:
    assert one(user("a", family="O'Testa-Núñez"))[0].family_name == "O'Testa-Núñez"


# --- what must never be kept or said

SSN = "219-09-9999"


def test_a_social_security_number_is_refused_wherever_it_stands_and_never_repeated() -> None:
    header = (
        "sourcedId,givenName,familyName,identifier,phone,metadata.note,metadata.SSN,agentSourcedIds"
    )
    text = f"{header}\r\na,A,B,{SSN},{SSN},{SSN},{SSN},{SSN}\r\n{SSN},C,D,,,,,\r\n"
    with open_bundle(zipped({"users.csv": text})) as bundle:
        done = plan(bundle, Snapshot())
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
        said = str(plan(bundle, Snapshot()).report().to_dict())
    for secret in ("ersephone", "ecretson", "1/2/2015", "2015-01-02"):
        assert secret not in said


# --- streams


def test_rows_are_streamed_and_reading_again_says_the_same() -> None:
    files = roster(
        user("a"), user(""), enrollments="sourcedId,userSourcedId,role\r\ne,a,Student\r\n"
    )
    with open_bundle(zipped(files)) as bundle:
        assert next(bundle.users()).sourced_id == "a"
        for _ in range(2):
            assert len(list(bundle.users())) == 1
            assert sum(f.count for f in bundle.findings if f.code == "blank_value") == 1
            assert bundle.files["users"].rows_read == 2
        row: Enrollment = next(bundle.enrollments())
        assert (row.user_sourced_id, row.role) == ("a", "student")


# --- whatever comes


def exhaust(source: bytes) -> None:
    with (
        suppress(BundleRefused),
        open_bundle(source, Limits(total_bytes=2**20)) as bundle,
    ):
        plan(bundle, Snapshot()).report().to_dict()


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_and_nothing_else(data: bytes) -> None:
    exhaust(data)
    exhaust(b"PK\x03\x04" + data + b"PK\x05\x06" + bytes(18))


@given(st.sampled_from(["users", "orgs", "roles", "demographics", "manifest"]), st.binary())
def test_random_bytes_in_any_file_never_raise_anything_else(name: str, data: bytes) -> None:
    exhaust(zipped(roster(user("a")) | {f"{name}.csv": data}))
    exhaust(zipped(roster(user("a")) | {"users.csv": USERS.encode() + data}))


_cell = st.text(max_size=12) | st.sampled_from(
    ["a", "b", "s1", "student", "parent", "tobedeleted", "2015-01-02", '"', "\0", "a,b", "true", ""]
)


@given(st.lists(st.lists(_cell, max_size=20), max_size=8), st.binary(max_size=3))
@settings(max_examples=150)
def test_random_rows_never_raise_anything_else(rows: list[list[str]], noise: bytes) -> None:
    text = "".join(",".join(row) + "\r\n" for row in rows).encode(errors="surrogatepass")
    users = USERS.encode() + text + noise
    exhaust(
        zipped(
            roster(user("a"))
            | {"users.csv": users, "demographics.csv": DEMOGRAPHICS.encode() + text}
        )
    )


@given(st.integers(0, 600), st.integers(0, 255))
def test_a_flipped_byte_in_an_archive_never_raises_anything_else(at: int, value: int) -> None:
    data = bytearray(zipped(roster(user("a"), user("b"))))
    data[at % len(data)] = value
    exhaust(bytes(data))
