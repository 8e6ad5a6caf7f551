"""The rules: one small predicate each, a file per stage of the case.

A predicate's name is the rule's id in lower case with underscores (`s504_` for
`504-`). It gets the situation and the policy in force and answers whether the rule is
met, with what it looked at. Its card, `service/policies/rules/<id>.yaml`, holds the
title, the mode, the citations and the examples that test it.
"""

from service.domain.rules import (
    age,
    consent,
    determination,
    discipline,
    evaluation,
    exit,
    iep,
    notice,
    parental_rights,
    reevaluation,
    referral,
    section_504,
    section_504_plan,
    services,
    specific_learning_disability,
    timeframe,
    transfer,
)
from service.domain.rules.catalogue import PREDICATES, Answer, Predicate

__all__ = [
    "PREDICATES",
    "Answer",
    "Predicate",
    "age",
    "consent",
    "determination",
    "discipline",
    "evaluation",
    "exit",
    "iep",
    "notice",
    "parental_rights",
    "reevaluation",
    "referral",
    "section_504",
    "section_504_plan",
    "services",
    "specific_learning_disability",
    "timeframe",
    "transfer",
]
