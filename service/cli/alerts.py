"""`childfind alerts`: tell owners and supervisors what is due."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cli.parsing import add_command, add_group
from service.cli.workplace import Workplace
from service.storage.districts import District
from service.storage.locks import held
from service.worker import alerts

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Tell the owner of each deadline, and who answers for the school, 30, 7 and 0 days before it is due
and daily once it is late: each once, however often this runs. The worker does it by itself, from
six in the morning of each district's day on; this does it at once. Who was told is at
GET /v1/alerts and in the feed; with CHILDFIND_SMTP_HOST set, one mail goes to each person with an
address. It names no child. A mail that the server does not take is tried again with the next run.
"""


def add(commands: Commands) -> None:
    group = add_group(commands, "alerts", "tell owners and supervisors what is due")
    parser = add_command(group, "send", "send what is to be sent today", send, DESCRIPTION)
    parser.add_argument("--district", type=UUID, help="only this one; all districts when left out")


def send(workplace: Workplace, given: Namespace) -> int:
    # Two runs at once, or one and the worker's, would each find the same mails unsent.
    with held(workplace.database, "alerts") as free:
        if not free:
            print("Another run is sending alerts; nothing was done.")
            return 0
        return _send(workplace, _districts(workplace, given.district))


def _send(workplace: Workplace, districts: list[UUID]) -> int:
    sent = alerts.make(workplace.database, workplace.clock, districts)
    print(f"{sent.alerts:,} alerts were made.")
    if sent.untold:
        print(f"{sent.untold:,} deadlines have no owner, and nobody answers for their district.")
    if not workplace.settings.smtp_host:
        print("No mail was sent: CHILDFIND_SMTP_HOST is not set.")
        return 0
    # Last, so that a mail server that is away keeps no district from being alerted.
    unsent = alerts.mail(workplace.database, workplace.clock, workplace.settings, districts)
    for one in unsent:
        print(f"childfind: no mail to staff member {one.staff_id}: {one.why}", file=sys.stderr)
    return 1 if unsent else 0


def _districts(workplace: Workplace, only: UUID | None) -> list[UUID]:
    if only is not None:
        return [workplace.district(only).id]
    with Session(workplace.database.reader) as session:
        return list(session.scalars(select(District.id).order_by(District.id)))
