"""Versions of records as entity tags (RFC 9110, 8.8.3 and 13).

A tag is the record's version in quotes. Proxies that compress weaken tags (`W/"3"`), so a
weak one is taken for the strong one here: the version says all there is to say.

An answer that also shows what was computed from other records has a tag with a dot, `"3.9f2c"`:
the record's version, and a digest of the rest. The whole tag says whether the answer is still
the same (If-None-Match); only the version says whether the record is (If-Match).
"""

from __future__ import annotations

import re

from flask import request

from service.api.plumbing.problems import Problem

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag(version: int | str) -> str:
    return f'"{version}"'


def unchanged(version: int | str) -> bool:
    """Whether `If-None-Match` names this version: the client has it already."""
    return _names(request.headers.get("If-None-Match"), version)


def check(version: int | str, *, required: bool) -> None:
    """Check `If-Match` against the current version: 428 when missing, 412 when stale."""
    sent = request.headers.get("If-Match")
    if sent is None:
        if required:
            raise Problem(
                "precondition-required",
                "Read the record and send its ETag in the header If-Match.",
                headers={"ETag": etag(version)},
            )
        return
    if not _names(sent, version, of_record=True):
        raise Problem(
            "stale-version",
            f"If-Match is {sent[:80]}; the current version is {etag(version)}.",
            headers={"ETag": etag(version)},
        )


def _names(header: str | None, version: int | str, *, of_record: bool = False) -> bool:
    if header is None:
        return False
    tags, tag = _tags(header), str(version)
    if of_record:
        tags, tag = [sent.partition(".")[0] for sent in tags], tag.partition(".")[0]
    return header.strip() == "*" or tag in tags


def _tags(header: str) -> list[str]:
    """The tags a header lists. Cut at the commas first: one pattern for all of it, with blanks
    around each tag, would try every blank of a long header against every other.
    """
    return [found[1] for one in header.split(",") if (found := _TAG.fullmatch(one.strip()))]
