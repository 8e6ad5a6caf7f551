"""`childfind alerts`: tell owners and supervisors what is due."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cli.parsing import add_command, add_group
from service.cli.workplace import Workplace
from service.settings import Settings
from service.storage.districts import District
from service.storage.locks import held
from service.workflow import alerts

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Tell the owner of each deadline, and who answers for the school, 30, 7 and 0 days before it is due
and daily once it is late: each once, however often this runs. Run it every day. Who was told is at
GET /v1/alerts and in the feed; with CHILDFIND_SMTP_HOST set, one mail goes to each person with an
address. It names no child. A mail that the server does not take is tried again with the next run.
"""
WAIT_S = 30
_ATOMS = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
MAILABLE = re.compile(rf"{_ATOMS}(\.{_ATOMS})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""An address in plain characters (RFC 5321, dot-string): a roster may hold what is read as two
addresses, as a comment or as an encoded word, and a mail goes to one person.
"""


def add(commands: Commands) -> None:
    group = add_group(commands, "alerts", "tell owners and supervisors what is due")
    parser = add_command(group, "send", "send what is to be sent today", send, DESCRIPTION)
    parser.add_argument("--district", type=UUID, help="only this one; all districts when left out")


def send(workplace: Workplace, given: Namespace) -> int:
    # Two runs at once would each find the same mails unsent.
    with held(workplace.database, "alerts") as free:
        if not free:
            print("Another run is sending alerts; nothing was done.")
            return 0
        return _send(workplace, _districts(workplace, given.district))


def _send(workplace: Workplace, districts: list[UUID]) -> int:
    made = untold = 0
    for id in districts:
        with workplace.unit_of_work(id) as uow:
            sent = alerts.send(uow)
            uow.commit()
        made, untold = made + sent.alerts, untold + sent.untold
    print(f"{made:,} alerts were made.")
    if untold:
        print(f"{untold:,} deadlines have no owner, and nobody answers for their district.")
    if not workplace.settings.smtp_host:
        print("No mail was sent: CHILDFIND_SMTP_HOST is not set.")
        return 0
    # Last, so that a mail server that is away keeps no district from being alerted.
    failed = sum(_mail(workplace, id) for id in districts)
    return 1 if failed else 0


def _districts(workplace: Workplace, only: UUID | None) -> list[UUID]:
    if only is not None:
        return [workplace.district(only).id]
    with Session(workplace.database.reader) as session:
        return list(session.scalars(select(District.id).order_by(District.id)))


def _mail(workplace: Workplace, district_id: UUID) -> int:
    """Send a district's digests, each noted once the server has it; how many it did not take."""
    with workplace.unit_of_work(district_id) as uow:
        waiting = alerts.digests(uow)
    failed = 0
    if not waiting:
        return 0
    with _connected(workplace.settings) as server:
        for digest in waiting:
            if not MAILABLE.fullmatch(digest.email):
                failed += 1
                _say(digest, "no mail can be sent to an address of this form")
                continue
            try:
                server.send_message(_message(workplace.settings, digest))
            except smtplib.SMTPResponseException as refusal:
                failed += 1
                _say(digest, f"{refusal.smtp_code}")
                continue
            except smtplib.SMTPRecipientsRefused:
                failed += 1
                _say(digest, "the address was refused")
                continue
            with workplace.unit_of_work(district_id) as uow:
                alerts.emailed(uow, digest)
                uow.commit()
    return failed


def _say(digest: alerts.Digest, why: str) -> None:
    """By the id of the person: an address is nothing for a log."""
    print(f"childfind: no mail to staff member {digest.staff_id}: {why}", file=sys.stderr)


def _message(settings: Settings, digest: alerts.Digest) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, digest.email
    message["Subject"] = digest.subject
    message.set_content(digest.text)
    return message


@contextmanager
def _connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    host, port, context = settings.smtp_host, settings.smtp_port, ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, port, timeout=WAIT_S, context=context)
        if settings.smtp_security == "tls"
        else smtplib.SMTP(host, port, timeout=WAIT_S)
    ) as server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server
