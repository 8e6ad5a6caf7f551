"""The way to a receiver: one POST, of whose answer nothing but the status and headers is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from service.outgoing import NoAnswer, ask

WITHIN_S = 15.0
USER_AGENT = "Childfind-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: a status, or why there is none (`service.domain.webhooks.FAILURES`)."""

    status: int | None
    failure: str | None
    ms: int
    asked: timedelta | None = None
    """What the receiver asks to be left alone for."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    may_reach: Callable[[str], bool],
    within_s: float = WITHIN_S,
) -> Outcome:
    """Send a body; `may_reach` says of an address whether it may be connected to."""
    began = time.perf_counter()
    status: int | None = None
    failure, asked = None, None
    said = {"User-Agent": USER_AGENT, **headers}
    try:
        answer = ask("POST", url, said, body, may_reach=may_reach, within_s=within_s)
    except NoAnswer as none:
        failure = none.why
    else:
        status, asked = answer.status, answer.asked
        failure = None if 200 <= status < 300 else "refused"
    return Outcome(status, failure, round((time.perf_counter() - began) * 1000), asked)
