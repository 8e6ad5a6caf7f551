"""The services of the running application, and what is known about the current request."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g

from service.services import Services
from service.storage.unit_of_work import Caller

EXTENSION = "childfind"


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
