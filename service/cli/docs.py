"""`childfind docs`: the committed pages of the law, and whether they say what the service does."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.parsing import add_command
from service.cli.workplace import Workplace
from service.pages import pages
from service.policies import load

if TYPE_CHECKING:
    from service.cli.parsing import Commands

COMMITTED = Path(__file__).parents[2] / "docs"
FOLDERS = ("rules", "states")

DESCRIPTION = """\
Write the page of each rule and each state into docs/rules and docs/states. --check compares
instead, and fails when they differ. The service shows the same pages at /docs/rules and
/docs/states.
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "docs", "the pages of the law", docs, DESCRIPTION)
    parser.add_argument("--check", action="store_true", help="compare with the committed ones")


def docs(workplace: Workplace, given: Namespace) -> int:
    made = dict(pages(load()))
    committed = {
        str(path.relative_to(COMMITTED)): path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in (COMMITTED / folder).glob("*.md")
    }
    if not given.check:
        _write(made, committed)
        print(f"{len(made)} pages in docs/rules and docs/states.")
        return 0
    if made == committed:
        print("docs/rules and docs/states are what the law here says.")
        return 0
    pages_apart = (
        name for name in made.keys() | committed if made.get(name) != committed.get(name)
    )
    print(f"Not what the law here says: {', '.join(sorted(pages_apart))}. If the law is right:")
    print("    python -m service.cli docs")
    return 1


def _write(made: dict[str, str], committed: dict[str, str]) -> None:
    for name in committed.keys() - made:
        (COMMITTED / name).unlink()
    for name, text in made.items():
        path = COMMITTED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
