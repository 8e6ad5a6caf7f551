"""A pytest plugin that runs mutants: each in a fork of a process that has collected the tests.

mutmut's own runner starts pytest anew for each mutant, and collects two thousand tests for it;
here a mutant of a rule takes some hundredths of a second. Nothing that a test leaves behind, such
as the cached days of a calendar, lives on to the next. What else makes it quick:

- mutmut asks at every call of a function which mutant is meant. Here a fork puts the mutant's code
  in the place of the function's once, and all others run as they are written.
- The tests that noticed the last mutants of the same function come first, then the quick ones.
- A property tries a few cases first. Only a mutant that survives all tests in that way meets those
  that take long, and every property in full.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

FEW = 5
"""The cases that a property tries at first."""
LONG = 0.3
"""The seconds of a processor above which a test is for those only that survived all others."""
GRACE = 1
"""The seconds that any test may take; one that goes round for ever is killed."""

TAKEN: dict[tuple[str, str], FunctionType] = {}
"""The mutant at work, by the module and the name of its function."""

CHOOSERS: dict[int, tuple[FunctionType, Mapping[str, Any]]] = {}
"""Every function with its mutants, by the identity of these."""


def _as_written(mutants: dict[str, Any], is_classmethod: bool = False) -> Callable[..., Any]:
    """In the place of mutmut's trampoline: the function itself, whose code may be exchanged."""

    def keep(function: FunctionType) -> FunctionType:
        CHOOSERS[id(mutants)] = (function, mutants)
        mutant = TAKEN.get((function.__module__, function.__qualname__))
        if mutant is not None:  # its module is imported once more
            _exchange(function, mutant)
        return function

    return keep


# mutmut is only in the environment of mutation testing, which nothing else looks at.
vars(importlib.import_module("mutmut.mutation.trampoline"))["wrap_in_trampoline"] = _as_written

from service.domain.rules import PREDICATES  # noqa: E402  only now without trampolines


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """A property that fails has failed; its smallest failing case would say nothing more."""
    settings.register_profile("mutation", settings(), phases=(Phase.explicit, Phase.generate))
    settings.load_profile("mutation")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Run the mutants of `wanted.json`, in as many processes as `PROCESSES`, into `ended.json`.

    First without any mutant: so it is known how long each test takes, and no test that fails
    anyway is taken for one that notices.
    """
    wanted = json.loads(Path("wanted.json").read_text())
    items = {item.nodeid: item for item in session.items}
    gc.freeze()  # so that the forks do not copy what the collector would touch
    run = Run(items, **wanted, processes=int(os.environ["PROCESSES"]))
    run.without_any()
    run.whole()
    return True


class Run:
    """Mutants at work: the tests that each still meets, and how it ended."""

    def __init__(
        self,
        items: Mapping[str, pytest.Item],
        *,
        mutants: Sequence[str],
        tests: Mapping[str, Sequence[str]],
        at_import: Sequence[str],
        processes: int,
    ) -> None:
        """`tests` that reach each function, of which some do their work `at_import`."""
        self.items = items
        self.mutants = mutants
        self.tests = {function: items.keys() & some for function, some in tests.items()}
        self.at_import = at_import
        self.processes = processes
        self.took: dict[str, float] = {}
        self.ended: dict[str, int] = {}
        self.noticed: dict[str, list[str]] = {}
        """By function the tests that noticed its mutants, the last one first."""
        self.at_work: dict[int, str] = {}
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def without_any(self) -> None:
        """Measure every test; SystemExit when one fails."""
        self.took = dict.fromkeys(sorted(set().union(*self.tests.values())), 0.0)
        took = Path("took.json")
        process = os.fork()
        if not process:
            for test in list(self.took):
                began = time.process_time()
                if _fails(self.items[test]):
                    os.write(2, f"{test} fails without any mutant\n".encode())
                    os._exit(1)
                self.took[test] = time.process_time() - began
            took.write_text(json.dumps(self.took))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]):
            raise SystemExit(1)
        self.took = json.loads(took.read_text())

    def whole(self) -> None:
        """All mutants, and then once more those that survived at first."""
        began = time.monotonic()
        self.all_of(self.mutants, self.at_first, few=True)
        survived = [name for name, end in self.ended.items() if end == 0]
        self.all_of(survived, self.at_last, few=False)
        took = time.monotonic() - began
        print(f"\r{len(self.ended)} mutants in {took:.0f} seconds", file=sys.stderr)

    def all_of(self, names: Sequence[str], tests: Callable[[str], list[str]], *, few: bool) -> None:
        for place, name in enumerate(names, start=1):
            while len(self.at_work) >= self.processes:
                self.wait()
            chosen = tests(name)
            process = os.fork()
            if not process:
                self.mutant(name, chosen, few=few)
            self.at_work[process] = name
            if place % 50 == 0:
                Path("ended.json").write_text(json.dumps(self.ended))
                print(f"\r{place} of {len(names)} mutants", end="", file=sys.stderr, flush=True)
        while self.at_work:
            self.wait()
        Path("ended.json").write_text(json.dumps(self.ended))

    def wait(self) -> None:
        """Until a mutant has ended."""
        process, status = os.wait()
        name = self.at_work.pop(process)
        self.ended[name] = os.waitstatus_to_exitcode(status)
        with suppress(BlockingIOError):  # nothing was written, or it was read with another's
            noticed = self.noticed.setdefault(_function(name), [])
            for test in os.read(self.reading, 65536).decode().splitlines():
                if test in noticed:
                    noticed.remove(test)
                noticed.insert(0, test)

    # Which tests

    def at_first(self, name: str) -> list[str]:
        tests = self.tests[_function(name)]
        noticed = [test for test in self.noticed.get(_function(name), []) if test in tests]
        quick = {t for t in tests if self.is_property(t) or self.took[t] <= LONG}
        return noticed + sorted(
            quick.difference(noticed),
            key=lambda test: (self.is_property(test), self.took[test], test),
        )

    def at_last(self, name: str) -> list[str]:
        tests = self.tests[_function(name)]
        long = {t for t in tests if self.is_property(t) or self.took[t] > LONG}
        return sorted(long, key=lambda test: (self.took[test], test))

    def is_property(self, test: str) -> bool:
        return hasattr(getattr(self.items[test], "function", None), "hypothesis")

    # In a process of its own

    def mutant(self, name: str, tests: Sequence[str], *, few: bool) -> None:
        """End with 1 at the first test that notices, with 0 if none does.

        What does its work when it is imported, as decorators do, is mutated too late: the rules
        are imported once more.
        """
        end, noticed = 0, ""
        try:
            _take(name)
            if _function(name) in self.at_import:
                PREDICATES.clear()
                for module in [m for n, m in sys.modules.items() if _of_rules(n)]:
                    importlib.reload(module)
            for noticed in tests:
                _allow(GRACE + 10 * self.took[noticed])
                item = self.items[noticed]
                if few and self.is_property(noticed):
                    _with_few(item)
                if _fails(item):
                    end = 1
                    break
        except BaseException:  # whatever a mutant raises, it was noticed
            end = 1
        if end:
            os.write(self.writing, f"{noticed}\n".encode())
        os._exit(end)


def _function(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False))


def _allow(seconds: float) -> None:
    """Let this process take so much more of a processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _with_few(item: Any) -> None:
    own = item.obj._hypothesis_internal_use_settings
    item.obj._hypothesis_internal_use_settings = settings(own, max_examples=FEW)


def _take(name: str) -> None:
    """Put a mutant's code in the place of its function's."""
    module, _, own = name.rpartition(".")
    for function, mutants in CHOOSERS.values():
        if function.__module__ == module and own in mutants:
            TAKEN[function.__module__, function.__qualname__] = mutants[own]
            _exchange(function, mutants[own])
            return
    os.write(2, f"{name} is not there\n".encode())
    os._exit(99)


def _exchange(function: FunctionType, mutant: FunctionType) -> None:
    function.__code__ = mutant.__code__
    function.__defaults__ = mutant.__defaults__
    function.__kwdefaults__ = mutant.__kwdefaults__


def _of_rules(module: str) -> bool:
    return module.startswith("service.domain.rules.") and not module.endswith(".catalogue")
