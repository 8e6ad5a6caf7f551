"""Notices that are drafted and given at once."""

from __future__ import annotations

from typing import Any

from service.demo.cast import Cast
from service.demo.walker import Walker


def give(walk: Walker, cast: Cast, kind: str, day: str, **more: Any) -> None:
    """A notice is drafted and given to the parent."""
    drafted = walk.post(
        f"{cast.at_case}/notices",
        {"kind": kind, "language": "en", "guardian_id": cast.guardian, **more},
        {"status": "draft"},
    )
    walk.page.name(drafted["id"], f"{kind}_{day.replace('-', '')}")
    walk.step(f"/v1/notices/{drafted['id']}", "issue", {"issued_on": day})
