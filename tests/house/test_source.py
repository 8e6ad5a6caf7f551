"""What holds for the source of the service: one clock, one who commits, a pure domain."""

from __future__ import annotations

import sys

from tests.house.source import Module, modules

ASKS_THE_TIME = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.asctime",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.strftime",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "sqlalchemy.func.now",
    "sqlalchemy.func.current_date",
    "sqlalchemy.func.current_timestamp",
}
"""Not `time.perf_counter`: it measures how long something took and cannot tell the time."""

DOORS = ("service/app.py", "service/serve.py", "service/cli/", "service/demo/", "service/worker/")

COMMITS_BESIDE_THE_DOORS = {
    ("service/storage/unit_of_work.py", "commit"): "it is what the doors call",
    ("service/api/plumbing/resource.py", "_write"): "the end of every request over HTTP",
    ("service/api/plumbing/resource.py", "_refused"): "what a refused step leaves behind",
    (
        "service/api/plumbing/resource.py",
        "apart",
    ): "a line of many, each with an outcome of its own",
    ("service/api/plumbing/auth.py", "_count"): "counts when the unit of work is over",
    ("service/storage/prepared.py", "_run"): "begins a transaction, and ends none",
}

OUTWARD = {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket",
           "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib"}  # fmt: skip
"""Of the standard library, but not for the domain: it neither looks nor reaches outside."""


def is_door(module: Module) -> bool:
    return module.path.startswith(DOORS)


def test_nobody_asks_the_system_for_the_time_but_the_clock() -> None:
    asking = {
        (module.path, called)
        for module in modules()
        for _, called in module.calls()
        if called in ASKS_THE_TIME
    }
    assert asking == {("service/clock.py", "time.time")}


def test_only_doors_set_up_a_clock() -> None:
    made = {
        module.path
        for module in modules()
        for _, called in module.calls()
        if called in ("service.clock.Clock", "service.clock.SetClock") and not is_door(module)
    }
    assert made == set()


def test_nobody_commits_but_the_doors() -> None:
    committing = {
        (module.path, inside)
        for module in modules()
        for inside, called in module.calls()
        if called.endswith((".commit", ".begin", ".begin_nested")) and not is_door(module)
    }
    assert committing == COMMITS_BESIDE_THE_DOORS.keys()


def test_the_domain_is_made_of_the_standard_library_alone() -> None:
    for module in modules("service/domain"):
        for name in module.imports():
            top = name.split(".")[0]
            known = name == "service.domain" or name.startswith("service.domain.")
            assert known or top in sys.stdlib_module_names, (module.path, name)
            assert top not in OUTWARD, (module.path, name)


def test_nothing_is_printed_but_by_the_command_line() -> None:
    printing = {
        module.path
        for module in modules()
        for _, called in module.calls()
        if called in ("print", "pprint.pprint") and not is_door(module)
    }
    assert printing == set()


def test_the_readers_of_the_source_see_what_they_look_for() -> None:
    """A check that can find nothing would always pass."""
    called = {name for module in modules() for _, name in module.calls()}
    assert {"service.clock.Clock", "uow.commit", "print", "sqlalchemy.select"} <= called
    assert len(modules()) > 80
