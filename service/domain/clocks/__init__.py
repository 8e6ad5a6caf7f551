"""Clocks: when something is due, and the working behind the date.

A `Term` is one clock of the law as data (`terms`): so many days of one kind, from one event to
another, with the state's own adjustments. `due` lays a term over the facts of a case and a school
calendar and answers with a `Clock` (`clock`): the due date, the state, and on request the day
ledger (`ledger`), in which every day from the trigger to the due date says whether it counted and
why. The counting itself is in `counting`; `explain` tells the working in sentences.
"""

from service.domain.clocks.clock import Clock, ClockState, due
from service.domain.clocks.counting import Leg
from service.domain.clocks.explanation import explain
from service.domain.clocks.ledger import LedgerDay
from service.domain.clocks.terms import (
    Absences,
    AbsenceWindow,
    AttachesTo,
    BreakPause,
    Extension,
    IfSchoolOut,
    Pauses,
    Period,
    Roll,
    Sooner,
    SummerPause,
    Term,
    TimeframeException,
    Variant,
    When,
    YearEndRule,
)

__all__ = [
    "AbsenceWindow",
    "Absences",
    "AttachesTo",
    "BreakPause",
    "Clock",
    "ClockState",
    "Extension",
    "IfSchoolOut",
    "LedgerDay",
    "Leg",
    "Pauses",
    "Period",
    "Roll",
    "Sooner",
    "SummerPause",
    "Term",
    "TimeframeException",
    "Variant",
    "When",
    "YearEndRule",
    "due",
    "explain",
]
