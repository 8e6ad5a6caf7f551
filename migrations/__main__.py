"""Write the next migration from the models: `python -m migrations "Add the plans"`.

Made against an empty SQLite database at the last revision. Read what it wrote before
committing it: a renamed column looks like one that went and another that came.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory

from migrations import run


def write_next(message: str) -> Path:
    """Write the next revision's file and make it the head."""
    heads = ScriptDirectory.from_config(run.config()).get_heads()
    number = f"{int(heads[0]) + 1 if heads else 1:04d}"
    with TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/childfind.sqlite3"
        run.upgrade(url)
        with run.connected(url) as connection:
            command.revision(run.config(connection), message, autogenerate=True, rev_id=number)
    (path,) = (run.HERE / "versions").glob(f"{number}_*.py")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("    # ###")))
    run.HEAD_FILE.write_text(f"{path.stem}\n")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(write_next(sys.argv[1]))
