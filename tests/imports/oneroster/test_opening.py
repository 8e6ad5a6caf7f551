"""What is opened, and what is refused as a whole: with what, where and a remedy."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from service.imports.oneroster.read import BundleRefused, Limits, open_bundle
from tests.imports.oneroster.bundles import ORGS, USERS, manifest, roster, user, zipped

GOOD = roster(user("a"))


def refusal(source: bytes | Path, limits: Limits | None = None) -> BundleRefused:
    with pytest.raises(BundleRefused) as caught:
        open_bundle(source, limits)
    assert caught.value.detail
    assert caught.value.remedy
    return caught.value


def zip_with(name: str, text: str = "x", **attributes: int) -> bytes:
    info = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("users.csv", str(GOOD["users.csv"]))
        archive.writestr(info, text)
    return out.getvalue()


def test_a_zip_is_opened_from_its_bytes_and_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(zipped(GOOD))
    for source in (zipped(GOOD), path):
        with open_bundle(source) as bundle:
            assert [u.sourced_id for u in bundle.users()] == ["a"]


def test_a_folder_is_opened(tmp_path: Path) -> None:
    for name, text in GOOD.items():
        (tmp_path / name).write_text(str(text), newline="")
    with open_bundle(tmp_path) as bundle:
        assert [o.sourced_id for o in bundle.orgs()] == ["d1", "s1"]


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


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../users.csv", "path_traversal"),
        ("a/../../b.csv", "path_traversal"),
        ("..\\b.csv", "path_traversal"),
        ("/etc/b.csv", "absolute_path"),
        ("C:/b.csv", "absolute_path"),
        ("\\\\server\\b.csv", "absolute_path"),
        ("folder\\b.csv", "bad_name"),
        ("more.zip", "nested_archive"),
        ("more.tar.GZ", "nested_archive"),
    ],
)
def test_a_member_that_no_roster_needs_refuses_the_bundle(name: str, code: str) -> None:
    assert refusal(zip_with(name)).code == code


def test_a_link_is_refused_in_a_zip_and_in_a_folder(tmp_path: Path) -> None:
    link = (stat.S_IFLNK | 0o777) << 16
    assert refusal(zip_with("orgs.csv", "/etc/passwd", external_attr=link)).code == "symlink"
    (tmp_path / "users.csv").symlink_to("/etc/passwd")
    assert refusal(tmp_path).code == "symlink"


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"users.csv": "x"}))
    entry = data.find(b"PK\x01\x02")
    data[entry + 8] |= 1
    assert refusal(bytes(data)).code == "encrypted"


def test_a_packing_other_than_deflate_is_refused() -> None:
    assert refusal(zipped(GOOD, zipfile.ZIP_BZIP2)).code == "compression"


def test_the_same_member_twice_is_refused_whatever_its_case() -> None:
    assert refusal(zip_with("USERS.csv")).code == "duplicate_member"


def test_an_archive_that_calls_itself_a_csv_is_refused() -> None:
    assert refusal(zipped({"users.csv": zipped(GOOD)})).code == "nested_archive"


def test_too_many_members_are_refused_before_anything_is_built_from_them(tmp_path: Path) -> None:
    many = {f"{n}.csv": "x" for n in range(11)}
    assert refusal(zipped(many), Limits(members=10)).code == "too_large"
    data = bytearray(zipped(GOOD))
    struct.pack_into("<L", data, data.rfind(b"PK\x05\x06") + 12, 2**31)
    assert refusal(bytes(data)).code == "too_large"
    for name in many:
        (tmp_path / name).touch()
    assert refusal(tmp_path, Limits(members=10)).code == "too_large"


def test_an_archive_or_a_bundle_over_its_size_is_refused() -> None:
    assert refusal(zipped(GOOD), Limits(archive_bytes=100)).code == "too_large"
    big = zipped(roster(*(user(os.urandom(8).hex()) for _ in range(500))))
    assert refusal(big, Limits(total_bytes=10_000)).code == "too_large"


def test_sizes_are_counted_and_not_believed() -> None:
    """The header says ten bytes; ten megabytes of blanks come out."""
    data = bytearray(zipped({"users.csv": USERS + " " * 10_000_000}))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 24, 10)
    struct.pack_into("<L", data, data.find(b"PK\x03\x04") + 22, 10)
    assert refusal(bytes(data), Limits(ratio=100)).code in ("ratio", "damaged")
    assert refusal(zipped({"users.csv": USERS + " " * 10_000_000})).code == "ratio"


def test_a_line_without_end_is_refused() -> None:
    line = "a" * 200_000
    assert refusal(zipped({"users.csv": USERS + line}), Limits()).code == "line_too_long"


def test_a_damaged_archive_is_refused() -> None:
    data = bytearray(zipped(GOOD))
    data[60] ^= 0xFF
    assert refusal(bytes(data)).code == "damaged"
    assert refusal(zipped(GOOD)[:-30]).code == "not_a_zip"
    assert refusal(b"").code == "not_a_zip"
    assert refusal(b"sourcedId,name").code == "not_a_zip"


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.zip").code == "unreadable_source"


def test_files_that_do_not_lie_together_are_refused() -> None:
    two = {"a/users.csv": GOOD["users.csv"], "b/orgs.csv": ORGS}
    assert refusal(zipped(two)).code == "nested_folders"
    assert refusal(zipped({"a/b/users.csv": GOOD["users.csv"]})).code == "nested_folders"
    assert refusal(zipped({"readme.txt": "x"})).code == "no_csv_files"


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
