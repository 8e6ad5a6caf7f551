"""How far those tests go that try random cases: properties, sequences of calls, the document.

By themselves they try the same cases in every run, so that what failed once fails again. With
`CHILDFIND_TEST_DEPTH=20` in the environment they try twenty times as many, other ones each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

DEPTH = int(os.environ.get("CHILDFIND_TEST_DEPTH", "1"))


def set_hypothesis_up() -> None:
    """What holds for every test that says nothing else."""
    settings.register_profile(
        "childfind",
        max_examples=100 * DEPTH,
        derandomize=DEPTH == 1,
        deadline=None,  # how long a case takes says nothing about whether it is right
        print_blob=True,
    )
    settings.load_profile("childfind")
