"""Events: everything that happened, in order. The change feed and the audit trail."""

from __future__ import annotations

from threading import Event
from typing import Any

import orjson
from flask import Response
from marshmallow import fields
from sqlalchemy import ColumnElement, Select, and_, bindparam, select

from service.api.plumbing.auth import check_scopes, needs
from service.api.plumbing.derived import derived
from service.api.plumbing.fields import (
    AnyObject,
    IdField,
    Instant,
    Int64,
    Limit,
    Listed,
    Nested,
    Query,
    Schema,
    Text,
    WholeNumber,
    Words,
)
from service.api.plumbing.openapi import Blueprint
from service.api.plumbing.resource import Resource
from service.api.plumbing.serializer import OPTIONS
from service.storage.journal import JournalEntry, JournalHead, JournalPayload
from service.storage.unit_of_work import DISTRICT, NotFound, UnitOfWork

LAST = 2**63 - 1
LONGEST_WAIT_S = 20
LOOKS_A_SECOND = 2
PAYLOAD = {
    "payload": "`before` and `after` of each, and `findings` in full: personal values, for the "
    "scope `events:payload`."
}

blp = Blueprint(
    "events",
    "Events",
    description="What happened, numbered without a gap. Follow it with `after`, from 0 to replay "
    "everything; it is never changed, and nothing is ever inserted behind you. What is deleted "
    "is told like everything else.",
)


class SubjectSchema(Schema):
    """What an event is about. An import names many records at once, and so no single id."""

    type = Text(required=True, metadata={"example": "referrals"})
    id = IdField(required=True, allow_none=True)


class EventSchema(Schema):
    """One named change: ids and types, no personal data."""

    seq = Int64(
        required=True,
        max=LAST,
        metadata={"description": "Its number: strict and without a gap in the district."},
    )
    event = Text(required=True, max=64, metadata={"example": "referral.received"})
    subject = Nested(SubjectSchema, required=True)
    case_id = IdField(required=True, allow_none=True)
    student_id = IdField(required=True, allow_none=True)
    at = Instant(required=True)
    client_id = IdField(required=True, allow_none=True)
    acting_staff_id = IdField(
        required=True,
        allow_none=True,
        metadata={"description": "The person for whom the client acted, as it asserted."},
    )
    request_id = Text(required=True, allow_none=True, max=64)
    row_count = Int64(required=True, metadata={"description": "How many records it changed."})
    findings = Listed(
        AnyObject(),
        required=True,
        max=1000,
        metadata={
            "description": "Of a step: the rules that were not met, `rule_id`, `title`, `mode`, "
            "`answer` and `blocks` of each; with `include=payload` as a decision has them."
        },
    )
    before = AnyObject(
        metadata={"description": "Only with `include=payload`: by record, what it said before."},
        allow_none=True,
    )
    after = AnyObject(
        metadata={
            "description": "Only with `include=payload`: by record, what it says now. Of the new "
            "records of a roster their ids: what they say is on record, and each change of it "
            "tells what it was before."
        },
        allow_none=True,
    )


class FeedSchema(Schema):
    """A stretch of the feed, in order."""

    items = Listed(Nested(EventSchema), required=True, max=Limit.MOST)
    next_after = Int64(
        required=True,
        max=LAST,
        metadata={"description": "Send it as `after` to go on, now or later. Keep it."},
    )
    more = fields.Boolean(
        required=True, metadata={"description": "Whether there are more to be had at once."}
    )


class IncludeQuery(Query):
    include = Words(PAYLOAD)


class FeedQuery(IncludeQuery):
    after = WholeNumber(
        min=0,
        max=LAST,
        metadata={
            "description": "The number of the last event you have; 0 or nothing for all.",
            "default": 0,
        },
    )
    limit = Limit()
    event = Text(
        max=64,
        metadata={
            "description": "Only events of this name, or with a dot at its end of this kind.",
            "example": "case.",
        },
    )
    subject_type = Text(
        max=48,
        metadata={"description": "Only events about records of this kind.", "example": "plans"},
    )
    subject_id = IdField(metadata={"description": "Only events about this record."})
    case_id = IdField(metadata={"description": "Only events of this case."})
    wait = WholeNumber(
        min=0,
        max=LONGEST_WAIT_S,
        metadata={
            "description": "When there is nothing yet, wait so many seconds for something to "
            "happen. Few may wait at once; for the others nothing is answered straight away, "
            "with `Retry-After`.",
            "default": 0,
        },
    )


FILTERS = ("event", "subject_type", "subject_id", "case_id")


@blp.route("/events")
class Events(Resource):
    @needs("events:read", versioned=False)
    @blp.arguments(FeedQuery, location="query")
    @blp.response(200, FeedSchema)
    @blp.doc(operationId="list_events")
    def get(self, query: dict[str, Any]) -> Response:
        """Follow the change feed.

        Events in the order in which they were committed: whoever has read up to `next_after`
        has missed none. With a filter, the numbers have gaps where other events lie.
        `include=payload` also needs the scope `events:payload`.
        """
        with_payload = _with_payload(self, query)
        feed = _feed(self.uow, query, query.get("after", 0), with_payload)
        seconds, places = query.get("wait", 0), self.services.waiters
        if feed["items"] or not seconds:
            return _json(feed)
        if not places.acquire(blocking=False):
            answer = _json(feed)
            answer.headers["Retry-After"] = "1"
            return answer
        try:
            return _json(_wait(self.uow, query, feed, with_payload, seconds))
        finally:
            places.release()


@blp.route("/events/<int:seq>")
class OneEvent(Resource):
    @needs("events:read")
    @blp.arguments(IncludeQuery, location="query")
    @blp.response(200, EventSchema)
    def get(self, query: dict[str, Any], seq: int) -> Response:
        """Get an event.

        By its number in the district. `include=payload` also needs the scope `events:payload`.
        """
        with_payload = _with_payload(self, query)
        statement = _statement(self.uow, with_payload).where(JournalEntry.seq == seq)
        rows = self.uow.rows(statement) if seq <= LAST else ()
        if not rows:
            raise NotFound("event", str(seq))
        return derived(EventSchema, _shown(rows[0]))


def _feed(uow: UnitOfWork, query: dict[str, Any], after: int, with_payload: bool) -> dict[str, Any]:
    """What happened after that number, as far as the query asks for it."""
    limit = query.get("limit", Limit.DEFAULT)
    # Looked at first: whatever is up to there is among the rows that are then read. So a reader
    # who filters need not pass by what is nothing to it again and again.
    seen = _head(uow) if any(name in query for name in FILTERS) else after
    statement = _statement(uow, with_payload).where(JournalEntry.seq > after, *_filters(query))
    rows = uow.rows(statement.order_by(JournalEntry.seq).limit(limit + 1))
    items = [_shown(row) for row in rows[:limit]]
    more = len(rows) > limit
    last = items[-1]["seq"] if items else after
    return {"items": items, "next_after": last if more else max(last, seen), "more": more}


def _wait(
    uow: UnitOfWork, query: dict[str, Any], feed: dict[str, Any], with_payload: bool, seconds: int
) -> dict[str, Any]:
    """Look again until there is something, or the time is over; without holding a connection."""
    pause = Event()
    for _ in range(seconds * LOOKS_A_SECOND):
        uow.close()
        pause.wait(1 / LOOKS_A_SECOND)
        if _head(uow) > feed["next_after"]:
            feed = _feed(uow, query, feed["next_after"], with_payload)
            if feed["items"]:
                break
    return feed


def _head(uow: UnitOfWork) -> int:
    """The last number that was given out."""
    found = uow.rows(_HEAD)
    return found[0].last_seq if found else 0


_HEAD = select(JournalHead.last_seq).where(JournalHead.district_id == bindparam(DISTRICT))


def _with_payload(resource: Resource, query: dict[str, Any]) -> bool:
    if query.get("include") is None:
        return False
    check_scopes(resource.uow.caller, ("events:payload",))
    return True


def _statement(uow: UnitOfWork, with_payload: bool) -> Select[Any]:
    """The district's entries. The journal is named here: the session guards rows with an id."""
    row = JournalEntry
    columns: list[Any] = [
        row.seq,
        row.event,
        row.subject_type,
        row.subject_id,
        row.case_id,
        row.student_id,
        row.at,
        row.client_id,
        row.acting_staff_id,
        row.request_id,
        row.row_count,
        row.findings,
    ]
    if with_payload:
        columns += [
            JournalPayload.before,
            JournalPayload.after,
            JournalPayload.findings.label("in_full"),
        ]
    statement: Select[Any] = select(*columns).where(row.district_id == uow.district_id)
    if with_payload:
        beside = JournalPayload
        statement = statement.outerjoin_from(
            row, beside, and_(beside.district_id == row.district_id, beside.seq == row.seq)
        )
    return statement


def _filters(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    name = query.get("event")
    if name is not None:
        kind = name.endswith(".")
        found.append(
            JournalEntry.event.startswith(name, autoescape=True)
            if kind
            else JournalEntry.event == name
        )
    if "subject_type" in query:
        found.append(JournalEntry.subject_type == query["subject_type"])
    if "subject_id" in query:
        found.append(JournalEntry.subject_id == query["subject_id"])
    if "case_id" in query:
        found.append(JournalEntry.case_id == query["case_id"])
    return found


def _shown(row: Any) -> dict[str, Any]:
    shown: dict[str, Any] = dict(row._mapping)
    shown["findings"] = shown.pop("in_full", None) or shown["findings"]
    shown["subject"] = {"type": shown.pop("subject_type"), "id": shown.pop("subject_id")}
    return shown


def _json(value: dict[str, Any]) -> Response:
    """In the shape of the schemas above, which marshmallow would be slow to fill."""
    return Response(orjson.dumps(value, option=OPTIONS), mimetype="application/json")
