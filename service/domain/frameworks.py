"""The two laws a case may be under. Neither is better than the other."""

from __future__ import annotations

from collections.abc import Mapping

FRAMEWORKS: Mapping[str, str] = {
    "idea": "Individuals with Disabilities Education Act, Part B.",
    "section_504": "Section 504 of the Rehabilitation Act.",
}
"""Each law by its code, in words."""

NAMES: Mapping[str, str] = {"idea": "IDEA", "section_504": "Section 504"}
"""Each law as people call it."""
