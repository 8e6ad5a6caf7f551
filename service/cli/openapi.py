"""`childfind openapi`: the committed OpenAPI document, and whether it tells the truth."""

from __future__ import annotations

import sys
from argparse import Namespace
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from service.app import create_app, openapi_document
from service.cli.parsing import add_command
from service.cli.workplace import Workplace
from service.keys import SHORTEST
from service.settings import Settings

if TYPE_CHECKING:
    from service.cli.parsing import Commands

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
SHOWN = 40

DESCRIPTION = """\
Print the OpenAPI document of this version. --write puts it into openapi/openapi.json; --check
compares it with that file and fails when they differ.
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "openapi", "the OpenAPI document", document, DESCRIPTION)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--write", action="store_true", help="write the committed document")
    either.add_argument("--check", action="store_true", help="compare with the committed one")


def document(workplace: Workplace, given: Namespace) -> int:
    made = generated()
    if given.write:
        COMMITTED.parent.mkdir(exist_ok=True)
        COMMITTED.write_bytes(made)
        print(f"Written: {COMMITTED}")
        return 0
    if not given.check:
        sys.stdout.write(made.decode())
        return 0
    committed = COMMITTED.read_bytes() if COMMITTED.exists() else b""
    if committed == made:
        print("openapi/openapi.json is what the code says.")
        return 0
    lines = unified_diff(
        committed.decode().splitlines(), made.decode().splitlines(), "committed", "code", "", "", 1
    )
    print("\n".join(islice(lines, SHOWN)))
    print("openapi/openapi.json is not what the code says. If the code is right:")
    print("    python -m service.cli openapi --write")
    return 1


def generated() -> bytes:
    """The document; whatever the environment says has no part in it."""
    with TemporaryDirectory() as directory:
        settings = Settings(
            data_dir=Path(directory), database_url="sqlite://", secret_key="-" * SHORTEST
        )
        return openapi_document(create_app(settings))
