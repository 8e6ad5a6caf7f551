"""Fields that people have, whoever they are: an e-mail address, a language."""

from __future__ import annotations

import re
from typing import Any

from service.api.plumbing.fields import Text, refuse

_EMAIL = r"^[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@\x00-\x1f\x7f-\x9f]+$"
_LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def email(**kwargs: Any) -> Text:
    """An e-mail address: something, `@`, something."""

    def check(value: str) -> None:
        if not re.fullmatch(_EMAIL, value):
            raise refuse("not_an_email", "An e-mail address is written name@domain.")

    told = {"pattern": _EMAIL, "example": "ana.rivera@example.org", **kwargs.pop("metadata", {})}
    return Text(max=254, validate=check, metadata=told, **kwargs)


def language(**kwargs: Any) -> Text:
    """A language tag (BCP 47): `es`, `zh-Hant`, `es-MX`."""

    def check(value: str) -> None:
        if not re.fullmatch(_LANGUAGE, value):
            raise refuse("not_a_language", "A language is a tag such as es, so or zh-Hant.")

    told = {
        "description": "A language tag (BCP 47).",
        "pattern": _LANGUAGE,
        "example": "es",
        **kwargs.pop("metadata", {}),
    }
    return Text(max=35, validate=check, metadata=told, **kwargs)
