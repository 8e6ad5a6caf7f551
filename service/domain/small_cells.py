"""Counts of children that may be passed on: what is small is withheld (34 CFR 99.31(b)(1), U).

A count of a few children tells who they are to whoever knows the school. No federal text names a
number; ten is a choice of this service, in use by many states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

BELOW = 10
"""A count of one or more, and fewer than this, is withheld."""

Cell = TypeVar("Cell")


def withheld(counts: Mapping[Cell, int], below: int = BELOW) -> dict[Cell, int | None]:
    """The counts of one partition of children, None for each that is withheld.

    What is withheld cannot be had as the total less the rest: at least two counts are withheld,
    and together they are no small count, while there is another to withhold with them, the
    smallest first. A zero tells of no child and stays.
    """
    hidden = {cell for cell, count in counts.items() if 0 < count < below}
    rest = sorted((c for c in counts if counts[c] >= below), key=lambda cell: counts[cell])
    while hidden and rest:
        if len(hidden) > 1 and sum(counts[cell] for cell in hidden) >= below:
            break
        hidden.add(rest.pop(0))
    return {cell: None if cell in hidden else count for cell, count in counts.items()}
