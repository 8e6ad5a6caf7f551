"""Words of a parent that may ask for an evaluation: a hint for people, never a decision.

A parent need not say any particular words to ask. What is found here is shown with an offer to
record a request; what is not found means nothing at all, and least of all in a language whose
words are not here (English and Spanish are).
"""

from __future__ import annotations

import re

HINTS = (
    # To be looked at: evaluate, assessment, "have her tested".
    r"evaluat\w*", r"assess\w*", r"tested", r"test(?:ing)? (?:for|him|her|them|my|our)",
    r"screened", r"diagnos\w*",
    r"special ed\w*", r"iep", r"504", r"disabilit\w*", r"disabled", r"dyslexi\w*", r"dysgraph\w*",
    r"dyscalcul\w*", r"autis\w*", r"adhd", r"learning problem\w*", r"speech therap\w*",
    # Spanish
    r"eval[uú]\w*", r"examin\w*", r"pruebas? (?:de|para|a)", r"diagn[oó]st\w*",
    r"educaci[oó]n especial", r"discapaci\w*", r"dislexi\w*", r"autismo?",
    r"autista", r"tdah?", r"terapia",
)  # fmt: skip
_HINT = re.compile(rf"\b(?:{'|'.join(HINTS)})\b", re.IGNORECASE)


def hints(words: str | None) -> tuple[str, ...]:
    """The words that suggest a request, as they were said, each once; none: nothing is known."""
    return tuple(dict.fromkeys(_HINT.findall(words or "")))
