"""`childfind worker`: what the service does by itself, as a process of its own."""

from __future__ import annotations

import signal
from argparse import Namespace
from typing import TYPE_CHECKING

from service.api.plumbing import logs
from service.cli.parsing import add_command
from service.cli.workplace import Workplace
from service.services import Services
from service.worker import TASKS, Worker

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Do what the service does by itself until told to stop (SIGTERM or Ctrl-C); the task at hand is
finished first. In production run it beside `childfind serve`, with the same settings. Several may
run: each task is done by one of them at a time, and what one that was killed had taken up is taken
up again by the next.
"""
STOPS = frozenset({signal.SIGTERM, signal.SIGINT})


def add(commands: Commands) -> None:
    parser = add_command(commands, "worker", "do what is done beside serving", work, DESCRIPTION)
    parser.add_argument(
        "--once", action="store_true", help="end when there is nothing left to do just now"
    )


def work(workplace: Workplace, given: Namespace) -> None:
    logs.configure()
    services = Services(
        settings=workplace.settings,
        database=workplace.database,
        clock=workplace.clock,
        wall=workplace.clock,
        keys=workplace.keys,
        policies=workplace.policies,
    )
    worker = Worker(services, TASKS)
    if given.once:
        while worker.once():
            pass
        return
    # Its threads inherit that they are not disturbed; this one waits for the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    worker.start()
    print("The worker is ready. Stop it with Ctrl-C.", flush=True)
    signal.sigwait(STOPS)
    worker.stop()
