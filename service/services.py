"""What a door holds while it runs: the one that answers requests, and the worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import TYPE_CHECKING

from service.clock import Clock
from service.keys import Keys
from service.settings import Settings
from service.storage.database import Database

if TYPE_CHECKING:
    from service.policies import Policies

WAITERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a request or a task may need, made once.

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
