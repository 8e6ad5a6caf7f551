"""Children who come from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCTransition:
    """A toddler who leaves Part C at the third birthday.

    `found_eligible_on`: under Part C. `notified_on`: when this district had the lead agency's
    notice. `services_start_on`: as the IEP Team set it where the birthday falls in summer.
    """

    id: str = "part_c_transition"
    found_eligible_on: date | None = None
    notified_on: date | None = None
    conference_on: date | None = None
    services_start_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredIep:
    """A child who enrolled with an IEP of another agency in the same school year."""

    id: str = "transferred_iep"
    within_state: bool = True
    enrolled_on: date | None = None
    comparable_services_on: date | None = None
    adopted_on: date | None = None
    evaluation_needed: bool | None = None
