"""Whatever bytes come, a bundle is read or refused, and nothing else is raised."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from service.imports.oneroster.read import Limits, open_bundle
from service.imports.oneroster.report import BundleRefused
from tests.imports.oneroster.bundles import DEMOGRAPHICS, USERS, read_out, roster, user, zipped


def exhaust(source: bytes) -> None:
    with (
        suppress(BundleRefused),
        open_bundle(source, Limits(total_bytes=2**20)) as bundle,
    ):
        read_out(bundle).report().to_dict()


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
