"""The `childfind` command. `main` takes the arguments; each command is a module here.

To add one: a module with `add(commands)`, and its line in `main.COMMANDS`.
"""

from service.cli.main import main

__all__ = ["main"]
