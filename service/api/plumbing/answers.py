"""What an answer tells beside its record: warnings, and what is owed by when."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from service.api.plumbing.fields import Day, Flag, IdField, Query, Schema, Text, Words
from service.api.plumbing.people import language
from service.domain import letters

BASES = {
    "state": "The state's own law.",
    "federal": "Federal law, which the state's law leaves as it is.",
    "federal_default": "Federal law alone: the state has no pack here yet.",
    "federal_until_signed_off": "The state's own value was not verified and awaits the sign-off "
    "of the district's counsel; the federal period ends sooner and binds.",
    "practice": "Good practice; no law commands it.",
}
"""Whose law a deadline rests on."""


class WarningSchema(Schema):
    """Something a person should look at. It kept nothing from being stored."""

    pointer = Text(required=True, blank=True, metadata={"description": "Where: a JSON pointer."})
    code = Text(required=True, metadata={"description": "For programs to compare."})
    message = Text(required=True, metadata={"description": "For people to read."})


class OwedSchema(Schema):
    """A deadline of the case, in short. `GET /v1/deadlines/{id}` has its working."""

    id = IdField(required=True)
    term = Text(required=True, metadata={"example": "initial_evaluation"})
    title = Text(required=True)
    rule_id = Text(required=True, allow_none=True, metadata={"example": "IDEA-EVAL-CLOCK"})
    state = Text(
        required=True,
        metadata={"description": "`open`, `running`, `met`, `late`, `excused` or `unknown`."},
    )
    started_on = Day(required=True, allow_none=True)
    due_on = Day(
        required=True,
        allow_none=True,
        metadata={"description": "Null when the law names no day, or the calendar is missing."},
    )
    provisional = Flag(
        required=True,
        metadata={"description": "The clock runs, though its trigger is not in order yet."},
    )
    basis = Words(BASES, required=True, metadata={"description": "Whose law it is."})
    verification = Text(required=True, allow_none=True)


class LetterPartSchema(Schema):
    """One part of an answer."""

    name = Text(required=True, metadata={"example": "by_when"})
    heading = Text(required=True, metadata={"example": "By when"})
    text = Text(required=True, max=4000)


class LetterSchema(Schema):
    """An answer to a parent in plain language. It explains, and is no notice (300.503)."""

    wanted = Text(
        required=True,
        allow_none=True,
        metadata={"description": "The family's language as on record or asked for; null unknown."},
    )
    language = Words(letters.WRITTEN_IN, required=True, metadata={"description": "Of the text."})
    interpreter_needed = Flag(
        required=True,
        metadata={
            "description": "It is not written in the family's language: it is owed through an "
            "interpreter (`interpret_answer` among the deadlines, for the language on record), "
            "until a contact in that language answers."
        },
    )
    parts = fields.List(fields.Nested(LetterPartSchema), required=True)


class LetterQuery(Query):
    language = language(
        metadata={"description": "In this language (BCP 47); the family's on record when left out."}
    )


class Beside:
    """A row with more beside its columns: `Beside(row, deadlines=…)` shows both."""

    def __init__(self, row: Any, **more: Any) -> None:
        self._row = row
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)
