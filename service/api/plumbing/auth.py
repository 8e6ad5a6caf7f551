"""Who is calling: bearer token, scopes, district, and the person the client acts for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy.exc
import structlog
from flask import Response, after_this_request, g, request
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from service.api.plumbing.problems import Problem
from service.api.plumbing.scopes import SCOPES, words
from service.api.plumbing.services import request_id, services
from service.api.plumbing.tokens import BadToken, Identity, Verifier
from service.storage.journal import RefusedAccess
from service.storage.schools import StaffMember
from service.storage.unit_of_work import Caller, UnitOfWork

log = structlog.get_logger("childfind")

DISTRICT = "Childfind-District"
ACTING_STAFF = "Childfind-Acting-Staff"
CHALLENGE = 'Bearer realm="childfind"'

View = TypeVar("View", bound=Callable[..., Any])

_verifier = Verifier()


def needs(*scopes: str, versioned: bool = True) -> Callable[[View], View]:
    """Say which scopes a method needs; none means that any valid token will do.

    `versioned=False`: its answer has no ETag and no address of its own.
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise ValueError(f"no such scope: {', '.join(unknown)}")

    def mark(view: View) -> View:
        marked: Any = view
        marked.__needs__ = scopes
        noted = {"needs": scopes, "versioned": versioned}
        marked._apidoc = {**getattr(view, "_apidoc", {}), **noted}
        return view

    return mark


def authenticate() -> Caller:
    """The caller of this request, from its token and headers."""
    identity = _identity()
    g.client_id = identity.client_id
    caller = Caller(
        district_id=_district(identity),
        client_id=identity.client_id,
        scopes=identity.scopes,
        acting_staff_id=_asserted(),
        may_assert_people=identity.may_assert_people,
        request_id=request_id(),
    )
    g.caller = caller
    return caller


def check_scopes(caller: Caller, needed: tuple[str, ...]) -> None:
    """A missing scope is named, and counted outside the journal."""
    lacking = frozenset(needed) - caller.scopes
    if lacking:
        scope = words(lacking)
        if caller.client_id is not None:
            count_refused(caller.client_id, f"scope:{scope}"[:64])
        raise Problem(
            "scope-missing",
            f"This needs the scope {scope}, which the token does not carry.",
            headers={
                "WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
            },
            scope=scope,
        )


def check_person(caller: Caller, what: str) -> None:
    """Somebody answers for it: a person named by a client that the district trusts to do so."""
    if caller.acting_staff_id is None:
        said = f"`{what}` takes a person: name the staff member who does it in {ACTING_STAFF}."
    elif not caller.may_assert_people:
        said = f"`{what}` takes a person, and this client is not trusted to name one."
    else:
        return
    raise Problem("not-allowed", said)


def check_acting_staff(uow: UnitOfWork) -> None:
    """The person asserted is an active staff member of the district."""
    id = uow.caller.acting_staff_id
    if id is None:
        return
    found = uow.rows(select(StaffMember.active).where(StaffMember.id == id))
    if not found or not found[0].active:
        raise Problem("acting-staff", f"There is no active staff member {id} in this district.")


def count_refused(client_id: UUID, reason: str) -> None:
    """Count a refused request: one row per client, reason and minute.

    When the request is over: SQLite has one writer at a time, and the request may be it.
    """

    @after_this_request
    def count(answer: Response) -> Response:
        _count(client_id, reason)
        return answer


def _count(client_id: UUID, reason: str) -> None:
    held = services()
    minute: datetime = held.clock.now().replace(second=0, microsecond=0)
    insert = sqlite.insert if held.database.sqlite else postgresql.insert
    statement: Any = insert(RefusedAccess).values(
        client_id=client_id, reason=reason, minute=minute, count=1
    )
    statement = statement.on_conflict_do_update(
        index_elements=["client_id", "reason", "minute"],
        set_={"count": RefusedAccess.count + 1},
    )
    try:
        with held.database.writer.begin() as connection:
            connection.execute(statement)
    except sqlalchemy.exc.OperationalError:  # the refusal stands, counted or not
        log.warning("refused access not counted", request_id=request_id())


def _identity() -> Identity:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(
            "unauthorized",
            "Send an access token: Authorization: Bearer …",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    try:
        return _verifier.verify(services(), token.strip())
    except BadToken as error:
        raise Problem(
            "unauthorized",
            f"The access token is refused: {error}.",
            headers={
                "WWW-Authenticate": f'{CHALLENGE}, error="invalid_token", '
                f'error_description="{error}"'
            },
        ) from None


def _district(identity: Identity) -> UUID:
    named = request.headers.get(DISTRICT)
    if named is None:
        if len(identity.districts) == 1:
            return next(iter(identity.districts))
        raise Problem("district", f"This client serves several districts; name one in {DISTRICT}.")
    try:
        id = UUID(named)
    except ValueError:
        id = None
    if id is None or id not in identity.districts:
        raise Problem("district", f"{DISTRICT} is not one of this client's districts.")
    return id


def _asserted() -> UUID | None:
    named = request.headers.get(ACTING_STAFF)
    if named is None:
        return None
    try:
        return UUID(named)
    except ValueError:
        raise Problem("acting-staff", f"{ACTING_STAFF} is not the id of a staff member.") from None
