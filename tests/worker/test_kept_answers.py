"""Answers kept under idempotency keys: replayed for two days, then forgotten."""

from __future__ import annotations

from datetime import timedelta

from service.clock import SetClock
from service.services import Services
from service.worker import kept_answers
from tests.builders import ApiClient


def test_they_are_forgotten_after_two_days(
    services: Services, clock: SetClock, api: ApiClient
) -> None:
    def sent(key: str) -> bool:
        answer = api.post("/v1/schools", {"name": "Lincoln"}, headers={"Idempotency-Key": key})
        assert answer.status_code == 201
        return "Idempotent-Replayed" in answer.headers

    assert not sent("first")
    clock.advance(timedelta(hours=47))
    assert not sent("second")
    assert not kept_answers.forget(services)
    assert sent("first")
    clock.advance(timedelta(hours=2))
    assert kept_answers.forget(services)
    assert not kept_answers.forget(services)
    assert sent("second")
    assert not sent("first"), "it is new again"
