"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from service.webhooks.signing import headers, new_secret


def test_the_example_that_every_library_is_tested_with() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    assert headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, [secret]) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_one_signature_for_each_secret() -> None:
    now, secrets = datetime(2026, 10, 5, tzinfo=UTC), [new_secret(), new_secret()]
    both = headers("id", now, b"{}", secrets)["webhook-signature"].split(" ")
    each = [headers("id", now, b"{}", [secret])["webhook-signature"] for secret in secrets]
    assert both == each


def test_a_secret_is_long_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    for secret in made:
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
