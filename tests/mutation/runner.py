"""A pytest plugin that runs mutants: each in a fork of a process that has collected the tests.

mutmut's own runner starts pytest anew for each mutant, and collects two thousand tests for it;
here a mutant of a rule takes some hundredths of a second. Nothing that a test leaves behind, such
as the cached days of a calendar, lives on to the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from service.domain.rules import PREDICATES

SECONDS = 60
"""What a mutant may take of a processor; one that goes round for ever is killed."""


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """A property that fails has failed; its smallest failing case would say nothing more."""
    settings.register_profile("mutation", settings(), phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutation")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the mutants of `wanted.json`, in as many processes as `PROCESSES`, into `ended.json`."""
    wanted: Mapping[str, Mapping[str, Any]] = json.loads(Path("wanted.json").read_text())
    items = {item.nodeid: item for item in session.items}
    ended: dict[str, int] = {}
    at_work: dict[int, str] = {}

    def wait() -> None:
        process, status = os.wait()
        ended[at_work.pop(process)] = os.waitstatus_to_exitcode(status)
        if len(ended) % 100 == 0:
            Path("ended.json").write_text(json.dumps(ended))
            print(f"\r{len(ended)} of {len(wanted)} mutants", end="", file=sys.stderr, flush=True)

    gc.freeze()  # so that the forks do not copy what the collector would touch
    began = time.monotonic()
    for name, how in wanted.items():
        while len(at_work) >= int(os.environ["PROCESSES"]):
            wait()
        process = os.fork()
        if not process:
            _mutant(name, [items[test] for test in how["tests"] if test in items], how["at_import"])
        at_work[process] = name
    while at_work:
        wait()
    took = time.monotonic() - began
    print(f"\r{len(ended)} mutants in {took:.0f} seconds", file=sys.stderr)
    Path("ended.json").write_text(json.dumps(ended))
    return True


def _mutant(name: str, tests: Sequence[pytest.Item], at_import: bool) -> None:
    """In a process of its own: end with 1 at the first test that notices, with 0 if none does.

    What does its work `at_import`, as decorators do, is mutated too late: the rules are imported
    once more.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.environ["MUTANT_UNDER_TEST"] = name
    end = 0
    try:
        if at_import:
            PREDICATES.clear()
            for module in [m for n, m in sys.modules.items() if _of_rules(n)]:
                importlib.reload(module)
        for test in tests:
            if any(report.failed for report in runtestprotocol(test, log=False)):
                end = 1
                break
    except BaseException:  # whatever a mutant raises, it was noticed
        end = 1
    os._exit(end)


def _of_rules(module: str) -> bool:
    return module.startswith("service.domain.rules.") and not module.endswith(".catalogue")
