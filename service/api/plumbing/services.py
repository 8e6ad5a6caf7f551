"""What the running application holds, and what is known about the current request."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g

from service.clock import Clock
from service.keys import Keys
from service.settings import Settings
from service.storage.database import Database
from service.storage.unit_of_work import Caller

if TYPE_CHECKING:
    from service.policies import Policies

EXTENSION = "childfind"

WAITERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a request may need, made once.

    `clock` is the service's time, which tests and the demo may set. `wall` is the real time:
    tokens and secrets live by it, so that setting the clock signs nobody out. `waiters`: places
    for requests that wait until something happens; all others are answered by the threads left.
    `stopping`: set when the worker is to end and nothing new is to be begun.
    """

    settings: Settings
    database: Database
    clock: Clock
    wall: Clock
    keys: Keys
    policies: Policies
    waiters: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(WAITERS))
    stopping: Event = field(default_factory=Event)


def services() -> Services:
    """The services of the running application."""
    return cast(Services, current_app.extensions[EXTENSION])


def request_id() -> str:
    """The id of the current request; in every answer, problem and log line."""
    return cast(str, g.get("request_id", ""))


def caller() -> Caller | None:
    """Who is calling, once that is known."""
    found: Any = g.get("caller")
    return cast("Caller | None", found)
