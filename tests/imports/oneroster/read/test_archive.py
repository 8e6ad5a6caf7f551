"""What is opened, and what no roster needs: refused with what, where and a remedy."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from service.imports.oneroster.read import Limits, open_bundle
from tests.imports.oneroster.bundles import USERS, roster, user, zipped
from tests.imports.oneroster.read.reading import GOOD, refusal


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
    (tmp_path / ".DS_Store").write_text("what a desktop leaves behind")
    with open_bundle(tmp_path) as bundle:
        assert [o.sourced_id for o in bundle.orgs()] == ["d1", "s1"]
        assert "unknown_files" not in {f.code for f in bundle.findings}


def test_what_lies_two_folders_deep_is_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "export" / "older").mkdir(parents=True)
    (tmp_path / "export" / "older" / "users.csv").write_text("x")
    for name, text in GOOD.items():
        (tmp_path / "export" / name).write_text(str(text), newline="")
    with open_bundle(tmp_path) as bundle:
        assert [u.sourced_id for u in bundle.users()] == ["a"]


def test_a_zip_with_entries_for_its_folders_is_opened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("export/", "")
        for name, text in GOOD.items():
            archive.writestr(f"export/{name}", str(text))
    with open_bundle(out.getvalue()) as bundle:
        assert [u.sourced_id for u in bundle.users()] == ["a"]


def large(data: bytes, directory: int | None = None, record: bytes = b"PK\x06\x06") -> bytes:
    """The zip with the records of the 64-bit format, as some programs always write them."""
    at = data.rfind(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HLL", data, at + 10)
    size = size if directory is None else directory
    whole = record + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
    where = b"PK\x06\x07" + struct.pack("<LQL", 0, at, 1)
    return data[:at] + whole + where + data[at:]


def test_a_zip_of_the_64_bit_format_is_opened_and_held_to_the_same_limits() -> None:
    with open_bundle(large(zipped(GOOD))) as bundle:
        assert [u.sourced_id for u in bundle.users()] == ["a"]
    assert refusal(large(zipped(GOOD), directory=2**40)).code == "too_large"
    assert refusal(large(zipped(GOOD), record=b"none")).code == "not_a_zip"


def test_two_names_that_differ_in_case_alone_are_refused_in_a_folder(tmp_path: Path) -> None:
    for name in ("users.csv", "USERS.csv"):
        (tmp_path / name).write_text(str(GOOD["users.csv"]), newline="")
    if len(list(tmp_path.iterdir())) == 2:  # not on a disk that takes them for one
        assert refusal(tmp_path).code == "duplicate_member"


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


def test_a_damaged_archive_is_refused() -> None:
    data = bytearray(zipped(GOOD))
    data[60] ^= 0xFF
    assert refusal(bytes(data)).code == "damaged"
    assert refusal(zipped(GOOD)[:-30]).code == "not_a_zip"
    assert refusal(b"").code == "not_a_zip"
    assert refusal(b"sourcedId,name").code == "not_a_zip"


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.zip").code == "unreadable_source"
