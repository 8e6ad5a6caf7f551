"""Citations as a pack or card has them, to the domain's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.domain.citations import Citation, Verification


def citations_of(raw: Mapping[str, Any]) -> tuple[Citation, ...]:
    """What a value or card cites, in its order."""
    return tuple(
        Citation(citation["text"], citation["href"], Verification(citation["verification"]))
        for citation in raw["citations"]
    )
