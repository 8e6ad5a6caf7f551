"""What a use case says about input that cannot be kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (a JSON pointer), a code, and what to do."""

    pointer: str
    code: str
    message: str


class Invalid(Exception):
    """The input is impossible as a whole; nothing is stored."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def invalid(pointer: str, code: str, message: str) -> Invalid:
    """An `Invalid` of one problem."""
    return Invalid(Problem(pointer, code, message))


class AlreadyThere(Exception):
    """A natural key is taken: `kind` and `id` name the record that has it."""

    def __init__(self, kind: str, id: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.id = kind, id
