"""`childfind client`: programs that may call the API, their scopes and their secrets."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterable, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.api.plumbing.scopes import SCOPES
from service.cli.parsing import add_command, add_group
from service.cli.workplace import Refused, Workplace
from service.keys import hash_secret, new_secret
from service.storage.base import time_ordered_id
from service.storage.clients import Client, ClientDistrict

if TYPE_CHECKING:
    from service.cli.parsing import Commands

CREATE = """\
Make a client and print its id and its secret. The secret is shown this once: only a keyed hash
of it is kept.

--scope and --district may be given several times. A scope may be a pattern: --scope '*:read'
opens everything to reading. One that sends rosters needs 'imports:*', and for case histories
cases:read and cases:write beside it. A client that serves several districts names one in each
request, in the header Childfind-District.
"""
ROTATE = """\
Print a new secret. The one before stays valid for a while (--overlap), so that the client can be
changed without an interruption; --overlap 0 ends it at once, as when it has leaked.
"""

LONGEST_OVERLAP_HOURS = 24 * 365


def add(commands: Commands) -> None:
    group = add_group(commands, "client", "make, list, rotate and disable API clients")
    add_command(group, "list", "list the clients", show)

    parser = add_command(group, "create", "make a client, print its id and secret", create, CREATE)
    parser.add_argument("--name", required=True)
    parser.add_argument(
        "--district", required=True, action="append", type=UUID, help="a district it serves"
    )
    parser.add_argument(
        "--scope", required=True, action="append", help=f"one of: {', '.join(SCOPES)}"
    )
    parser.add_argument(
        "--may-assert-people",
        action="store_true",
        help="trust it to say which staff member acts: it may then finalize and override",
    )

    parser = add_command(group, "rotate", "give a client a new secret", rotate, ROTATE)
    parser.add_argument("client", type=UUID)
    parser.add_argument("--overlap", type=_hours, default=24, metavar="HOURS", help="default: 24")

    parser = add_command(group, "disable", "let a client in no longer", disable)
    parser.add_argument("client", type=UUID)


def create(workplace: Workplace, given: Namespace) -> None:
    id, secret = create_client(
        workplace,
        name=given.name,
        districts=given.district,
        scopes=scopes_named(given.scope),
        may_assert_people=given.may_assert_people,
    )
    print(f"client_id     {id}\nclient_secret {secret}")


def create_client(
    workplace: Workplace,
    *,
    name: str,
    districts: Iterable[UUID],
    scopes: Iterable[str],
    may_assert_people: bool = False,
    demonstration: bool = False,
) -> tuple[UUID, str]:
    """Make a client; its id, and its secret, which is nowhere kept."""
    now = workplace.clock.now()
    secret = new_secret()
    serves = {workplace.district(id).id: None for id in districts}
    with Session(workplace.database.writer) as session:
        client = Client(
            id=time_ordered_id(now),
            name=name,
            scopes=sorted(scopes),
            secret_hash=hash_secret(workplace.keys, secret),
            may_assert_people=may_assert_people,
            demonstration=demonstration,
            created_at=now,
        )
        session.add(client)
        _journal(workplace, session, "client.created", client, serves)
        session.flush()
        session.add_all(ClientDistrict(client_id=client.id, district_id=id) for id in serves)
        session.commit()
        return client.id, secret


def rotate(workplace: Workplace, given: Namespace) -> None:
    print(f"client_secret {new_secret_for(workplace, given.client, overlap_hours=given.overlap)}")


def new_secret_for(workplace: Workplace, id: UUID, *, overlap_hours: float) -> str:
    """Give a client a new secret; the one before stays valid for some hours."""
    now = workplace.clock.now()
    secret = new_secret()
    with Session(workplace.database.writer) as session:
        client = _client(session, id)
        client.previous_secret_hash = client.secret_hash if overlap_hours > 0 else None
        client.previous_valid_until = (
            now + timedelta(hours=overlap_hours) if overlap_hours > 0 else None
        )
        client.secret_hash = hash_secret(workplace.keys, secret)
        _journal(workplace, session, "client.secret_rotated", client)
        session.commit()
    return secret


def disable(workplace: Workplace, given: Namespace) -> None:
    with Session(workplace.database.writer) as session:
        client = _client(session, given.client)
        client.active = False
        _journal(workplace, session, "client.disabled", client)
        name = client.name
        session.commit()
    print(f"{name} can no longer call the API.")


def show(workplace: Workplace, given: Namespace) -> None:
    with Session(workplace.database.reader) as session:
        for c in session.scalars(select(Client).order_by(Client.name, Client.id)).all():
            state = "active" if c.active else "disabled"
            trusted = "  may assert people" if c.may_assert_people else ""
            print(f"{c.id}  {state:<8}  {c.name}{trusted}\n    {' '.join(c.scopes)}")


def scopes_named(patterns: Sequence[str]) -> list[str]:
    """The scopes that these names and patterns mean."""
    for pattern in patterns:
        if not any(fnmatchcase(scope, pattern) for scope in SCOPES):
            raise Refused(f"There is no scope {pattern!r}. There are: {', '.join(SCOPES)}")
    return [scope for scope in SCOPES if any(fnmatchcase(scope, p) for p in patterns)]


def _hours(written: str) -> float:
    hours = float(written)
    if not 0 <= hours <= LONGEST_OVERLAP_HOURS:
        raise ArgumentTypeError(f"0 to {LONGEST_OVERLAP_HOURS} hours, a year")
    return hours


def _journal(
    workplace: Workplace,
    session: Session,
    event: str,
    client: Client,
    districts: Iterable[UUID] | None = None,
) -> None:
    """Name the change in the journal of every district that the client serves."""
    if districts is None:
        row = ClientDistrict
        with session.no_autoflush:
            districts = session.scalars(
                select(row.district_id).where(row.client_id == client.id)
            ).all()
    for id in sorted(districts):
        with workplace.unit_of_work(id) as uow:
            uow.record(event, client)
            uow.journal_in(session)


def _client(session: Session, id: UUID) -> Client:
    client = session.get(Client, id, with_for_update=True)
    if client is None:
        raise Refused(f"There is no client {id}. All there are: childfind client list")
    return client
