"""Addresses that a client names, for the service to go to: of the public Internet, by https."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from service.domain.webhooks import is_loopback, is_public
from service.storage.unit_of_work import UnitOfWork
from service.workflow.invalid import Problem

PRINTABLE = re.compile(r"[!-~]+")


def faults(uow: UnitOfWork, url: str, *, at: str) -> list[Problem]:
    """Why the service will not go there, if so; `at`: where the address stands in what was sent.

    Where its name leads is looked at once more when it is connected to (`may_reach`).
    """
    wrong = _wrong_with(url, demonstration=uow.district.kind == "demonstration")
    return [Problem(at, *wrong)] if wrong else []


def may_reach(demonstration: bool, address: str) -> bool:
    """Whether what is spoken to may be at this address: this machine itself only to try things."""
    return is_public(address) or (demonstration and is_loopback(address))


def _wrong_with(url: str, *, demonstration: bool) -> tuple[str, str] | None:
    parts = _parts(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        return "not_a_url", "An address like https://sis.example.org/childfind."
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "not_a_url", "Without a user name, a password or a fragment."
    try:
        literal: str | None = str(parts.hostname)
        public, here = is_public(literal or ""), is_loopback(literal or "")
    except ValueError:
        literal, public, here = None, True, parts.hostname == "localhost"
    if parts.scheme == "http" and not (demonstration and here):
        return "not_https", "https; http goes to this machine alone, from a demonstration district."
    if literal is not None and not public and not (demonstration and here):
        return "not_public", "This is not an address of the public Internet."
    return None


def _parts(url: str) -> SplitResult | None:
    if not PRINTABLE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None
