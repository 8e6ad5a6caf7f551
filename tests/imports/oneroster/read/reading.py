"""What is read of a bundle and what is found in it, or why it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.imports.oneroster.read import Demographics, Limits, User, open_bundle
from service.imports.oneroster.report import BundleRefused, Finding
from tests.imports.oneroster.bundles import DEMOGRAPHICS, Files, roster, user, zipped

GOOD = roster(user("a"))


def users_of(files: Files) -> tuple[list[User], tuple[Finding, ...]]:
    with open_bundle(zipped(files)) as bundle:
        return list(bundle.users()), bundle.findings


def raw(users: str | bytes) -> tuple[list[User], tuple[Finding, ...]]:
    return users_of({"users.csv": users})


def one(row: str) -> tuple[User, dict[str, Finding]]:
    found, findings = users_of(roster(row))
    return found[0], {f.code: f for f in findings}


def demographics_of(row: str) -> tuple[Demographics, dict[str, Finding]]:
    with open_bundle(zipped(roster(user("a"), demographics=DEMOGRAPHICS + row))) as bundle:
        return next(iter(bundle.demographics())), {f.code: f for f in bundle.findings}


def refusal(source: bytes | Path, limits: Limits | None = None) -> BundleRefused:
    with pytest.raises(BundleRefused) as caught:
        open_bundle(source, limits)
    assert caught.value.detail
    assert caught.value.remedy
    return caught.value
