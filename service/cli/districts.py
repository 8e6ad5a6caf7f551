"""`childfind district`: make and list districts."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cli.parsing import add_command, add_group
from service.cli.workplace import Workplace
from service.storage.base import time_ordered_id
from service.storage.districts import KINDS, District
from service.workflow import districts

if TYPE_CHECKING:
    from service.cli.parsing import Commands


def add(commands: Commands) -> None:
    group = add_group(commands, "district", "make and list districts")
    add_command(group, "list", "list the districts", show)
    parser = add_command(group, "create", "make a district and print its id", create)
    parser.add_argument("--name", required=True)
    parser.add_argument(
        "--jurisdiction", required=True, help="whose law: us-tx, us-dc, or us (federal law alone)"
    )
    parser.add_argument(
        "--time-zone", required=True, help="an IANA time zone, such as America/Chicago"
    )
    parser.add_argument("--kind", choices=KINDS, default="live")


def create(workplace: Workplace, given: Namespace) -> None:
    print(
        create_district(
            workplace,
            name=given.name,
            jurisdiction=given.jurisdiction,
            time_zone=given.time_zone,
            kind=given.kind,
        )
    )


def create_district(workplace: Workplace, **wanted: Any) -> UUID:
    """Make a district, as `service.workflow.districts.create` takes it; its id."""
    id = time_ordered_id(workplace.clock.now())
    with workplace.unit_of_work(id, new=True) as uow:
        districts.create(uow, workplace.policies, **wanted)
        uow.commit()
    return id


def show(workplace: Workplace, given: Namespace) -> None:
    with Session(workplace.database.reader) as session:
        found = session.scalars(select(District).order_by(District.name, District.id)).all()
    for d in found:
        print(f"{d.id}  {d.jurisdiction:<6}  {d.kind:<13}  {d.time_zone:<20}  {d.name}")
