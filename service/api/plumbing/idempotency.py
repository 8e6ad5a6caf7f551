"""Doing a POST once: its answer is kept under the client's key, in the same transaction.

An answer that holds a secret is kept sealed.

On PostgreSQL a lock by the key tells a twin that the first is still running; on SQLite
writers wait for each other, so the twin finds the answer.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Response, request
from sqlalchemy import and_, bindparam, func, literal, outerjoin, select
from sqlalchemy.exc import IntegrityError

from service.api.plumbing.problems import Problem
from service.api.plumbing.services import services
from service.keys import seal, unseal
from service.storage import locks
from service.storage.clients import IdempotencyKey
from service.storage.columns import every_column
from service.storage.unit_of_work import DISTRICT, UnitOfWork, in_district

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Link")
_SEALED = "Sealed"


def sent_key(*, required: bool) -> str | None:
    """The key of this request; the problem `idempotency-key` when missing or malformed."""
    key = request.headers.get(HEADER)
    if key is None:
        if required:
            raise Problem("idempotency-key", f"Send the header {HEADER} with every POST.")
        return None
    if not _KEY.fullmatch(key):
        raise Problem("idempotency-key", f"{HEADER} is 1 to 255 visible ASCII characters.")
    return key


def fingerprint() -> str:
    """What makes two requests the same: method, path, query and body."""
    made = hashlib.sha256()
    for part in (request.method, request.path, request.query_string.decode("latin-1")):
        made.update(part.encode() + b"\0")
    made.update(request.get_data(cache=True))
    return made.hexdigest()


def replay(uow: UnitOfWork, key: str, mark: str) -> Response | None:
    """The stored answer under this key, or None when the request is new."""
    asked: dict[str, Any] = {"client_id": uow.caller.client_id, "key": key}
    if not uow.database.sqlite:
        asked["number"] = locks.number_of(f"{uow.district_id}:{uow.caller.client_id}:{key}")
    (kept,) = uow.rows(_KEPT if uow.database.sqlite else _LOCKED_AND_KEPT, **asked)
    if not uow.database.sqlite and not kept.locked:
        raise _in_progress()
    if kept.fingerprint is None:
        return None
    if kept.fingerprint != mark:
        raise Problem("idempotency-key-reused", "Use a new key for a new request.")
    headers, body = dict(kept.headers), kept.body
    if headers.pop(_SEALED, None):
        try:
            body = unseal(services().keys, body, key)
        except ValueError:
            said = "The secret key of the service was changed, and the answer cannot be read again."
            raise Problem("idempotency-key-reused", f"{said} Use a new key.") from None
    answer = Response(body, status=kept.status)
    answer.headers.update(headers)
    answer.headers[REPLAYED] = "true"
    return answer


def keep(uow: UnitOfWork, key: str, mark: str, answer: Response) -> None:
    """Keep a success under its key, in the transaction of its effect.

    A twin that ended between our look and our lock has kept its own: nothing is done twice.
    """
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    body = answer.get_data()
    if getattr(answer, "holds_secret", False):
        headers[_SEALED] = "true"
        body = seal(services().keys, body, key)
    kept = {
        "district_id": uow.district_id,
        "client_id": uow.caller.client_id,
        "key": key,
        "fingerprint": mark,
        "status": answer.status_code,
        "headers": headers,
        "body": body,
        "stored_at": uow.now,
    }
    try:
        uow.keep(IdempotencyKey, kept)
    except IntegrityError:
        raise _in_progress() from None


def _in_progress() -> Problem:
    return Problem(
        "request-in-progress",
        "A request with this key has not finished.",
        headers={"Retry-After": "1"},
    )


_ONE_ROW = select(literal(1).label("one")).subquery()
_KEPT = in_district(
    select(*every_column(IdempotencyKey)).select_from(
        outerjoin(
            _ONE_ROW,
            IdempotencyKey,
            and_(
                IdempotencyKey.district_id == bindparam(DISTRICT),
                IdempotencyKey.client_id == bindparam("client_id"),
                IdempotencyKey.key == bindparam("key"),
            ),
        )
    )
)
_LOCKED_AND_KEPT = _KEPT.add_columns(func.pg_try_advisory_xact_lock(locks.NUMBER).label("locked"))
