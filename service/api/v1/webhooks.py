"""Webhooks: addresses that are told what happens, by signed messages that hold no personal data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import func, select

from service.api.plumbing.answers import Beside
from service.api.plumbing.auth import needs
from service.api.plumbing.fields import (
    AnyObject,
    CommaList,
    IdField,
    Instant,
    Int64,
    Listed,
    ListQuery,
    PlainQuery,
    Schema,
    Sort,
    Text,
    WholeNumber,
    Words,
    page_of,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.paging import Listing
from service.api.plumbing.resource import Resource
from service.domain.webhooks import DELIVERY_STATUSES, FAILURES, STATUSES
from service.storage.webhooks import Webhook, WebhookDelivery, WebhookProgress
from service.webhooks.signing import new_secret
from service.workflow import webhooks

LAST = 2**63 - 1
LONGEST_OVERLAP_H = 168
URL = {
    "description": "Where messages are POSTed: https. A demonstration district may name this "
    "machine itself by http.",
    "example": "https://sis.example.org/childfind",
}
EVENTS = {
    "description": "Names of events, or with a dot at its end a kind, as in the feed; none for "
    "all.",
    "example": ["referral.received", "case."],
}
FAILED = "\n".join(f"- `{word}`: {meaning}" for word, meaning in FAILURES.items())

blp = Blueprint(
    "webhooks",
    "Webhooks",
    description="An address that is told what happens. Each message is one event of the feed in "
    "the shape of CloudEvents 1.0, ids and types only, signed as Standard Webhooks says; it may "
    "come twice, with the same `webhook-id`, and later than another. What is not answered with "
    "2xx is tried again for three days, and is then `dead`. The feed at `GET /v1/events` has it "
    "all the same.",
)


class WebhookSchema(Schema):
    """An address and what it is told. Its secret is shown once, when it is made."""

    id = IdField(required=True)
    url = Text(required=True, max=2000, metadata=URL)
    description = Text(required=True, allow_none=True)
    events = Listed(Text(max=64), required=True, max=100, metadata=EVENTS)
    status = Words(STATUSES, required=True)
    client_id = IdField(
        required=True,
        metadata={
            "description": "Who asked for it. Nothing is sent once that client is disabled or may "
            "not follow the feed any more."
        },
    )
    previous_valid_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Until then it is signed with the secret before, too."},
    )
    version = Int64(required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class WebhookSecretSchema(WebhookSchema):
    """A webhook with its new secret."""

    secret = Text(
        required=True,
        metadata={
            "description": "What messages are signed with. It is not shown again: keep it.",
            "example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
        },
    )


class NewWebhook(Schema):
    """A webhook to create."""

    url = Text(required=True, max=2000, metadata=URL)
    description = Text(allow_none=True)
    events = Listed(Text(max=64), max=100, metadata=EVENTS)


class WebhookChange(Schema):
    """What to change; members left out stay as they are."""

    url = Text(max=2000, metadata=URL)
    description = Text(allow_none=True)
    events = Listed(Text(max=64), max=100, metadata=EVENTS)
    status = Words({word: STATUSES[word] for word in ("active", "paused")})


class Rotation(Schema):
    """How a secret is replaced."""

    overlap_hours = WholeNumber(
        min=0,
        max=LONGEST_OVERLAP_H,
        metadata={
            "description": "For how long messages carry a signature with the secret before, too. "
            "0 ends it at once, as when it has leaked.",
            "default": 24,
        },
    )


class WebhookProgressSchema(Schema):
    """How far a webhook is."""

    after = Int64(
        required=True,
        max=LAST,
        metadata={"description": "Up to this number of the feed it was seen to."},
    )
    behind = Int64(
        required=True, max=LAST, metadata={"description": "How many events have come since."}
    )
    pending = Int64(required=True, metadata={"description": "Deliveries still to be made."})
    dead = Int64(required=True, metadata={"description": "Deliveries that were given up."})
    failures = Int64(
        required=True, metadata={"description": "How often in a row the receiver failed."}
    )
    rests_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Until then it is left alone, because it failed."},
    )
    delivered_at = Instant(
        required=True, allow_none=True, metadata={"description": "When it last answered 2xx."}
    )


class WebhookDeliverySchema(Schema):
    """One event on its way."""

    id = IdField(required=True, metadata={"description": "The same in each try: the `webhook-id`."})
    seq = Int64(required=True, max=LAST, metadata={"description": "The event's number."})
    event = Text(required=True, max=64, metadata={"example": "referral.received"})
    status = Words(DELIVERY_STATUSES, required=True)
    failures = Int64(required=True)
    created_at = Instant(required=True)
    next_try_at = Instant(required=True, allow_none=True)
    finished_at = Instant(required=True, allow_none=True)
    tries = Listed(
        AnyObject(),
        required=True,
        max=webhooks.TRIES_KEPT,
        metadata={
            "description": "The last tries: `at`, the `status` that was answered, how many `ms` "
            f"it took, and why it failed, if it did (`failure`):\n\n{FAILED}",
            "example": [{"at": "2026-11-23T16:00:00Z", "status": 204, "failure": None, "ms": 38}],
        },
    )


class WebhookDeliveryQuery(ListQuery):
    status = CommaList(Words(DELIVERY_STATUSES), metadata={"description": "One, or several."})
    event = Text(max=64, metadata={"description": "Only events of this name."})
    sort = Sort("seq")


WEBHOOKS = Listing(model=Webhook, schema=WebhookSchema, sorts={"created_at": Webhook.created_at})
DELIVERIES = Listing(
    model=WebhookDelivery,
    schema=WebhookDeliverySchema,
    filters={"status": WebhookDelivery.status, "event": WebhookDelivery.event},
    sorts={"seq": WebhookDelivery.seq},
    default="-seq",
)


@blp.route("/webhooks")
class Webhooks(Resource):
    @needs("webhooks:read")
    @blp.arguments(PlainQuery, location="query")
    @blp.response(200, page_of(WebhookSchema))
    def get(self, query: dict[str, Any]) -> Response:
        """List webhooks.

        Those of the district, whichever client asked for them. Secrets are not shown.
        """
        return self.page(WEBHOOKS, query)

    @needs("webhooks:write", "events:read")
    @blp.arguments(NewWebhook)
    @blp.response(201, WebhookSecretSchema)
    def post(self, sent: dict[str, Any]) -> Response:
        """Create a webhook.

        It is told what happens from now on; what happened before is in the feed. The answer holds
        the secret, which is not shown again. How messages are verified: `docs/webhooks.md`.
        """
        secret = new_secret()
        row = webhooks.create(self.uow, self.services.keys, sent, secret)
        self.uow.flush()
        return _with_secret(
            self.created(Beside(row, secret=secret), WebhookSecretSchema, "OneWebhook", id=row.id)
        )


@blp.route("/webhooks/<uuid:id>")
class OneWebhook(Resource):
    @needs("webhooks:read")
    @blp.response(200, WebhookSchema)
    def get(self, id: UUID) -> Response:
        """Get a webhook.

        How far it is, and whether its receiver answers, is at `…/progress`.
        """
        return self.one(self.uow.read(Webhook, id), WebhookSchema)

    @needs("webhooks:write", "events:read")
    @blp.arguments(WebhookChange)
    @blp.response(200, WebhookSchema)
    def patch(self, sent: dict[str, Any], id: UUID) -> Response:
        """Change a webhook.

        What is on its way goes to the new address. Set to `active`, it is tried again at once.
        """
        row = self.changing(Webhook, id)
        return self.updated(webhooks.change(self.uow, row, sent), WebhookSchema)

    @needs("webhooks:write")
    @blp.response(204)
    def delete(self, id: UUID) -> Response:
        """End a webhook.

        Nothing more is sent, and its deliveries are forgotten.
        """
        webhooks.remove(self.uow, self.changing(Webhook, id))
        return self.deleted()


@blp.route("/webhooks/<uuid:id>/progress")
class OneWebhookProgress(Resource):
    @needs("webhooks:read", versioned=False)
    @blp.response(200, WebhookProgressSchema)
    def get(self, id: UUID) -> Response:
        """See how far a webhook is.

        And whether its receiver answers.
        """
        row, count = self.uow.read(WebhookProgress, id), func.count(WebhookDelivery.id)
        of = select(WebhookDelivery.status, count).where(WebhookDelivery.webhook_id == id)
        counted = dict(map(tuple, self.uow.rows(of.group_by(WebhookDelivery.status))))
        shown = {
            "after": row.after_seq,
            "behind": webhooks.head(self.uow) - row.after_seq,
            "pending": counted.get("pending", 0),
            "dead": counted.get("dead", 0),
            "failures": row.failures,
            "rests_until": row.rests_until,
            "delivered_at": row.delivered_at,
        }
        return self.json(WebhookProgressSchema, shown)


@blp.route("/webhooks/<uuid:id>/rotate-secret")
class WebhookSecret(Resource):
    @needs("webhooks:write", "events:read")
    @blp.arguments(Rotation, required=False)
    @blp.response(200, WebhookSecretSchema)
    def post(self, sent: dict[str, Any], id: UUID) -> Response:
        """Rotate the secret of a webhook.

        For a while messages carry two signatures, with the new secret and the one before, so that
        the receiver can be changed without an interruption. The new one is not shown again.
        """
        row, secret = self.uow.get(Webhook, id, lock=True), new_secret()
        overlap = timedelta(hours=sent.get("overlap_hours", 24))
        webhooks.rotate(self.uow, self.services.keys, row, secret, overlap)
        self.uow.flush()
        return _with_secret(self.one(Beside(row, secret=secret), WebhookSecretSchema))


@blp.route("/webhooks/<uuid:id>/ping")
class WebhookPing(Resource):
    @needs("webhooks:write", "events:read")
    @blp.response(200, WebhookSchema)
    def post(self, id: UUID) -> Response:
        """Send an event to try a webhook.

        `webhook.pinged` goes to this webhook alone, whatever events it asked for. What came of it
        is among its deliveries.
        """
        row = self.uow.get(Webhook, id, lock=True)
        webhooks.ping(self.uow, row)
        return self.one(row, WebhookSchema)


@blp.route("/webhooks/<uuid:id>/deliveries")
class WebhookDeliveries(Resource):
    @needs("webhooks:read")
    @blp.arguments(WebhookDeliveryQuery, location="query")
    @blp.response(200, page_of(WebhookDeliverySchema))
    def get(self, query: dict[str, Any], id: UUID) -> Response:
        """List the deliveries of a webhook.

        The latest event first, with what came of each try; dead ones with `status=dead`. They are
        kept for thirty days after they ended.
        """
        self.uow.read(Webhook, id)
        return self.page(DELIVERIES, query, webhook_id=id)


@blp.route("/webhooks/<uuid:id>/deliveries/<uuid:delivery_id>/redeliver")
class WebhookRedelivery(Resource):
    @needs("webhooks:write", "events:read")
    @blp.response(200, WebhookDeliverySchema)
    def post(self, id: UUID, delivery_id: UUID) -> Response:
        """Deliver again.

        Whatever came of it before; under the same `webhook-id`.
        """
        row = webhooks.redeliver(self.uow, id, delivery_id)
        return self.json(WebhookDeliverySchema, row)


def _with_secret(answer: Response) -> Response:
    """Mark an answer as one that is kept sealed."""
    answer.holds_secret = True  # type: ignore[attr-defined]
    return answer
