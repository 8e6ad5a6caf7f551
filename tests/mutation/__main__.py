"""Mutation testing of the rules and of the day counting: `make mutation`, docs/mutation.md.

mutmut changes one thing in the code at a time, a mutant, and finds the tests that reach it; the
runner lets them run. A mutant that no test notices survives. What is no logic,
a sentence or what a finding names as its evidence, does not run unless --all asks for it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tests.mutation.mutants import (
    COPY,
    TESTS,
    WRITTEN,
    Mutant,
    copy,
    decorators,
    mutants,
    record,
    tests_that_reach,
)

CARDS = "test_an_example_holds"
"""The test of every rule by the examples of its card."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of mutants, with *; these run once more")
    parser.add_argument("--all", action="store_true", help="run evidence and wording, too")
    parser.add_argument("--report", action="store_true", help="run nothing, show what is known")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(arguments)
    if not asked.report:
        copy()
        write()
        run([m for m in mutants() if _wanted(m, asked.only, asked.all)], asked.processes)
    report(list(mutants()))
    return 0


def _wanted(mutant: Mutant, only: Sequence[str], all_kinds: bool) -> bool:
    if mutant.kind != "logic" and not all_kinds:
        return False
    return any(fnmatchcase(mutant.name, name) for name in only) or (
        not only and mutant.outcome == "not run"
    )


def write() -> None:
    """Write the mutants and find the tests that reach each; SystemExit when mutmut cannot.

    mutmut does this before it runs any, so one is named for it to run.
    """
    mutmut = shutil.which("mutmut", path=Path(sys.executable).parent)
    if mutmut is None:
        raise SystemExit("mutmut is not installed in this environment; `make mutation` makes one.")
    command = [mutmut, "run", "service.domain.rules.words.x_day_of__mutmut_1"]
    done = subprocess.run(command, cwd=COPY, env=_environment(), check=False, capture_output=True)
    if done.returncode:
        raise SystemExit(f"mutmut cannot write the mutants:\n{done.stdout.decode()[-2000:]}")


def run(waiting: Sequence[Mutant], processes: int) -> None:
    """Run mutants and record how they ended; SystemExit when the tests cannot be collected."""
    reach = tests_that_reach()
    functions = {mutant.function for mutant in waiting}
    # Decorators do their work when the rules are imported, and so for every example of a card.
    named = {f"x_{name}" for name in decorators()}
    at_import = {function for function in functions if function.rpartition(".")[2] in named}
    of_cards = sorted({test for tests in reach.values() for test in tests if CARDS in test})
    tests = {f: of_cards if f in at_import else reach.get(f, []) for f in functions}
    record({mutant.name: 33 for mutant in waiting if not tests[mutant.function]})
    wanted = {
        "mutants": [mutant.name for mutant in waiting if tests[mutant.function]],
        "tests": tests,
        "at_import": sorted(at_import),
    }
    (WRITTEN / "wanted.json").write_text(json.dumps(wanted))
    (WRITTEN / "ended.json").write_text("{}")
    command = [sys.executable, "-m", "pytest", "-p", "tests.mutation.runner", "-qs", "--tb=no"]
    command += ["--assert=plain", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider"]
    environment = {**_environment(), "PROCESSES": str(processes)}
    try:
        subprocess.run([*command, *TESTS], cwd=WRITTEN, env=environment, check=False)
    finally:  # what ran has run, also when the rest is not waited for
        record(json.loads((WRITTEN / "ended.json").read_text()))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": "."}


def report(found: Sequence[Mutant]) -> None:
    for kind in ("logic", "evidence", "wording"):
        of_kind = [mutant for mutant in found if mutant.kind == kind]
        counts = Counter(mutant.outcome for mutant in of_kind)
        ran = len(of_kind) - counts["not run"]
        score = f" ({counts['killed'] / ran:.1%} of those that ran)" if ran else ""
        print(f"{kind}: {len(of_kind)} mutants, {counts['killed']} killed{score}", end="")
        print("".join(f", {counts[o]} {o}" for o in sorted(counts.keys() - {"killed"})))
    print("\nLogic that survived, or that no test reaches:")
    for mutant in found:
        if mutant.kind == "logic" and mutant.outcome not in ("killed", "not run"):
            print(f"{mutant.name}: {mutant.outcome}\n    {mutant.change}")


if __name__ == "__main__":
    sys.exit(main())
