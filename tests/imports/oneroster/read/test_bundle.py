"""Which files are the roster and how each is sent; rows as they stream."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from service.imports.oneroster.read import Enrollment, open_bundle
from service.imports.oneroster.report import LISTED_ONE_BY_ONE
from tests.imports.oneroster.bundles import ORGS, USERS, manifest, roster, user, zipped
from tests.imports.oneroster.read.reading import GOOD, raw, refusal


def test_one_folder_around_the_files_is_harmless(tmp_path: Path) -> None:
    nested = {f"export/{name}": text for name, text in GOOD.items()} | {"__MACOSX/._users.csv": "x"}
    with open_bundle(zipped(nested)) as bundle:
        assert len(list(bundle.users())) == 1
    (tmp_path / "export").mkdir()
    for name, text in GOOD.items():
        (tmp_path / "export" / name).write_text(str(text), newline="")
    with open_bundle(tmp_path) as bundle:
        assert len(list(bundle.users())) == 1


def test_a_file_name_in_the_wrong_case_is_the_same_file() -> None:
    with open_bundle(zipped({"Users.CSV": GOOD["users.csv"]})) as bundle:
        assert len(list(bundle.users())) == 1


def test_files_that_do_not_lie_together_are_refused() -> None:
    two = {"a/users.csv": GOOD["users.csv"], "b/orgs.csv": ORGS}
    assert refusal(zipped(two)).code == "nested_folders"
    assert refusal(zipped({"a/b/users.csv": GOOD["users.csv"]})).code == "nested_folders"
    assert refusal(zipped({"readme.txt": "x"})).code == "no_csv_files"


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


@pytest.mark.parametrize("users", [USERS, USERS + "\r\n\r\n", USERS + ",,,,\r\n", "", "\r\n"])
def test_a_roster_with_a_header_at_most_is_refused_as_empty(users: str) -> None:
    error = refusal(zipped({"users.csv": users, "manifest.csv": manifest(users="bulk")}))
    assert error.code == "empty_roster"
    assert "nobody was deactivated" in error.detail


def test_a_header_only_bundle_is_refused_even_if_its_manifest_calls_users_absent() -> None:
    files = {"users.csv": USERS, "manifest.csv": manifest(users="absent")}
    assert refusal(zipped(files)).code == "empty_roster"


def test_users_may_be_missing_only_if_the_manifest_says_so() -> None:
    org = ORGS + "s1,,,Invented,school,,\r\n"
    assert refusal(zipped({"orgs.csv": org})).code == "users_missing"
    promised = {"orgs.csv": org, "manifest.csv": manifest(orgs="bulk", users="bulk")}
    assert refusal(zipped(promised)).code == "users_missing"
    absent = {"orgs.csv": org, "manifest.csv": manifest(orgs="bulk", users="absent")}
    with open_bundle(zipped(absent)) as bundle:
        assert bundle.mode("users") == "absent"


def test_a_row_that_lacks_what_it_is_about_is_refused_alone() -> None:
    """An organisation without a name, a role of nobody, a role without a role."""
    roles = "sourcedId,userSourcedId,role\r\nr1,,student\r\nr2,a,\r\nr3,a,student\r\n"
    orgs = ORGS + "s1,,,,school,,\r\ns2,,,Invented,school,,\r\n"
    with open_bundle(zipped(roster(user("a"), orgs=orgs, roles=roles))) as bundle:
        assert [org.sourced_id for org in bundle.orgs()] == ["s2"]
        assert [role.sourced_id for role in bundle.roles()] == ["r3"]
        lacks = [(f.file, f.line, f.field) for f in bundle.findings if f.code == "blank_value"]
    assert lacks == [
        ("orgs.csv", 2, "name"),
        ("roles.csv", 2, "userSourcedId"),
        ("roles.csv", 3, "role"),
    ]


def test_a_manifest_without_end_is_read_to_its_limit() -> None:
    text = manifest(users="bulk") + "x,y\r\n" * 1000 + "file.users,delta\r\nfile.orgs,delta\r\n"
    with open_bundle(zipped(roster(user("a"), manifest=text))) as bundle:
        assert bundle.mode("users") == "bulk"
        assert bundle.mode("orgs") == "unstated"


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


def test_more_findings_of_a_kind_than_anyone_reads_are_one_with_a_count() -> None:
    rows = "".join(f"a{n},,\r\n" for n in range(LISTED_ONE_BY_ONE + 20))
    _, findings = raw("sourcedId,givenName,familyName\r\nx,A,B\r\n" + rows)
    refused = [f for f in findings if f.code == "blank_value"]
    assert len(refused) == LISTED_ONE_BY_ONE + 1
    assert refused[-1].count == 20


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


def test_a_file_that_nothing_here_needs_is_not_called_unknown() -> None:
    with open_bundle(zipped({**GOOD, "lineItems.csv": "sourcedId\r\n", "notes.csv": ""})) as bundle:
        [unknown] = [f for f in bundle.findings if f.code == "unknown_files"]
        assert "notes.csv" in unknown.message
        assert "lineItems" not in unknown.message


def test_a_header_of_a_file_that_the_manifest_calls_absent_is_nothing() -> None:
    """Some systems write the header of every file; of users too, when only schools are sent."""
    files = roster(
        manifest=manifest(orgs="bulk", users="absent", courses="absent"),
        courses="sourcedId,title\r\n",
    )
    with open_bundle(zipped(files)) as bundle:
        modes = [bundle.mode(name) for name in ("orgs", "users", "courses")]
        assert modes == ["bulk", "absent", "absent"]
        assert [one.sourced_id for one in bundle.orgs()] == ["d1", "s1"]
        assert "empty_file" not in {f.code for f in bundle.findings}
