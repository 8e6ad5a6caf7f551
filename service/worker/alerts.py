"""Alerts are made of what is due, and mailed; each is sent once, however often this runs."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from service.clock import Clock
from service.services import Services
from service.settings import Settings
from service.storage.database import Database
from service.storage.districts import District
from service.storage.unit_of_work import Caller, UnitOfWork
from service.worker.loop import log_failure
from service.workflow import alerts

log = structlog.get_logger("childfind")

EVERY = timedelta(hours=1)
FROM_HOUR = 6
"""From this hour of a district's day on its people are told what is due that day."""
WAIT_S = 30
_ATOMS = r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]+"
MAILABLE = re.compile(rf"{_ATOMS}(\.{_ATOMS})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""An address in plain characters (RFC 5321, dot-string): a roster may hold what is read as two
addresses, as a comment or as an encoded word, and a mail goes to one person.
"""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A mail that was not sent: to whom, by the id, as an address is nothing for a log; and why."""

    staff_id: UUID
    why: str


def send_when_due(services: Services) -> bool:
    """Send what is to be sent, where the day has begun. It is looked for again after a while."""
    now = services.clock.now()
    with services.database.reader.connect() as connection:
        found = connection.execute(select(District.id, District.time_zone).order_by(District.id))
        begun = []
    for one in found:
        try:
            if now.astimezone(ZoneInfo(one.time_zone)).hour >= FROM_HOUR:
                make(services.database, services.clock, [one.id])
                begun.append(one.id)
        except Exception as error:
            log_failure("no alerts", error, district_id=one.id)
    for id in begun:
        try:
            for unsent in mail(services.database, services.clock, services.settings, [id]):
                log.warning("no mail", staff_id=str(unsent.staff_id), why=unsent.why)
        except OSError as error:  # smtplib's own among them: the server is the same for all
            log.warning("no mail", error=type(error).__name__)
            break
        except Exception as error:
            log_failure("no mail", error, district_id=id)
    return False


def make(database: Database, clock: Clock, districts: Iterable[UUID]) -> alerts.Sent:
    """Alert whoever is to be alerted today; how many, and of how much there is nobody to tell."""
    made = untold = 0
    for id in districts:
        with _unit_of_work(database, clock, id) as uow:
            sent = alerts.send(uow)
            uow.commit()
        made, untold = made + sent.alerts, untold + sent.untold
    return alerts.Sent(made, untold)


def mail(
    database: Database, clock: Clock, settings: Settings, districts: Iterable[UUID]
) -> list[Unsent]:
    """Send the digests, each noted once the server has it; those it did not take.

    Without a mail server none is sent. Raises OSError when it is away.
    """
    unsent: list[Unsent] = []
    for id in districts if settings.smtp_host else ():
        with _unit_of_work(database, clock, id) as uow:
            waiting = alerts.digests(uow)
        if not waiting:
            continue
        with _connected(settings) as server:
            for digest in waiting:
                why = _sent(server, settings, digest)
                if why is not None:
                    unsent.append(Unsent(digest.staff_id, why))
                    continue
                with _unit_of_work(database, clock, id) as uow:
                    alerts.emailed(uow, digest)
                    uow.commit()
    return unsent


def _sent(server: smtplib.SMTP, settings: Settings, digest: alerts.Digest) -> str | None:
    """Send one mail; why it was not taken, if so."""
    if not MAILABLE.fullmatch(digest.email):
        return "no mail can be sent to an address of this form"
    try:
        server.send_message(_message(settings, digest))
    except smtplib.SMTPResponseException as refusal:
        return f"{refusal.smtp_code}"
    except smtplib.SMTPRecipientsRefused:
        return "the address was refused"
    return None


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


def _unit_of_work(database: Database, clock: Clock, district_id: UUID) -> UnitOfWork:
    return UnitOfWork(database, Caller(district_id=district_id, request_id="worker"), clock)
