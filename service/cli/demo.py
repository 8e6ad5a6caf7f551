"""`childfind demo`: a child's case, walked through the service."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from service import demo
from service.app import create_app
from service.cli.demonstration import demonstration_client, demonstration_district
from service.cli.parsing import add_command
from service.cli.workplace import Workplace
from service.clock import SetClock
from service.settings import Settings

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Walk a child's case through the service, from a teacher's concern to a decision, and show every
request and every answer. It uses a database of its own, which is gone afterwards, and a clock
that it sets. It fails if any answer is not as it should be.
"""


def add(commands: Commands) -> None:
    add_command(commands, "demo", "walk a child's case through the service", walk, DESCRIPTION)


def walk(workplace: Workplace, given: Namespace) -> int:
    with TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/childfind.sqlite3"
        settings = Settings(data_dir=Path(directory), database_url=url)
        clock = SetClock(demo.BEGINS)
        with closing(Workplace(settings, clock)) as place:
            place.migrate(owner_url=url)
            district_id = demonstration_district(place)
            _, client = demonstration_client(place, district_id)
            if client is None:
                raise RuntimeError("the client of a new demonstration is new")
            app = create_app(
                settings, database=place.database, clock=clock, policies=place.policies
            )
            return demo.main(app, clock, client)
