"""The law as it ships, read once for every test of a process."""

from __future__ import annotations

from functools import cache

from service.policies import Policies, load


@cache
def policies() -> Policies:
    """Every card and pack of the service."""
    return load()
