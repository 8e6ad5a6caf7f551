"""The parser, and what becomes of errors: one clear line, and a status that is not 0."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from migrations.run import CannotMigrate
from service.cli import (
    alerts,
    check_data,
    clients,
    deadlines,
    demo,
    districts,
    docs,
    exports,
    history,
    imports,
    migrate,
    openapi,
    run,
    serve,
    worker,
)
from service.cli.workplace import Refused, Workplace
from service.clock import Clock
from service.imports.history.read import HistoryRefused
from service.imports.oneroster.report import BundleRefused
from service.policies import LawInvalid
from service.settings import Settings
from service.workflow.districts import SettingRefused
from service.workflow.invalid import Invalid

COMMANDS = (
    run.add,
    serve.add,
    worker.add,
    migrate.add,
    districts.add,
    clients.add,
    imports.add,
    history.add,
    exports.add,
    deadlines.add,
    alerts.add,
    demo.add,
    check_data.add,
    openapi.add,
    docs.add,
)

EXPECTED = (
    Refused,
    CannotMigrate,
    BundleRefused,
    HistoryRefused,
    Invalid,
    SettingRefused,
    LawInvalid,
)
"""What is said in one line; anything else is a fault of the program and shows where it is."""

DESCRIPTION = """\
Childfind: from a first concern about a child to a lawful decision.

To try it:              childfind run
To set it up:           childfind migrate, district create, client create, serve, worker
To bring students in:   childfind import roster.zip --district ID
"""

EPILOG = """\
Settings come from the environment (CHILDFIND_DATABASE_URL, CHILDFIND_DATA_DIR and others);
README.md lists them. `childfind COMMAND --help` explains a command.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; its exit status."""
    given = _parser().parse_args(arguments)
    try:
        with closing(Workplace(_settings(), Clock())) as workplace:
            return given.do(workplace, given) or 0
    except KeyboardInterrupt:
        return 130
    except EXPECTED as refusal:
        return _say(str(refusal))
    except ArgumentError as error:
        return _say(f"CHILDFIND_DATABASE_URL is not an address of a database: {error}")
    except SQLAlchemyError as error:
        # The driver's own words: SQLAlchemy's carry the statement and its values.
        words = str(getattr(error, "orig", None) or error).strip().splitlines()
        return _say(f"The database did not do it: {words[0]}")
    except OSError as error:
        return _say(str(error))


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except ValueError as error:
        raise Refused(f"{error}.") from error


def _say(line: str) -> int:
    print(f"childfind: {line}", file=sys.stderr)
    return 1


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="childfind",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for add in COMMANDS:
        add(commands)
    return parser
