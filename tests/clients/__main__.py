"""`make clients`: what public generators make of openapi/openapi.json carries the main job.

A client in Python by openapi-python-client, and one in TypeScript by openapi-typescript and
openapi-fetch, are made in `build/clients`, compiled, and run against a served demonstration
district. Nothing of it is committed. npm fetches its packages by the lock in `typescript/`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import Database
from tests.serving import ROOT, demonstration

DOCUMENT = ROOT / "openapi" / "openapi.json"
HERE = Path(__file__).parent
BUILD = ROOT / "build" / "clients"
TOOLS = ROOT / ".venv-clients" / "bin"

TOLD = """\
token 600
student 201 Mateo 03
students [200]
intervention Reading fluency 2026-09-09 30
referral staff received
refused 409 STATE-PREREFERRAL-INTERVENTION 34 CFR 300.111(a), (c)
referral parent evaluation_requested initial
deadlines ['answer_to_request', 'match_student', 'procedural_safeguards']
"""
"""What either client prints."""


def main() -> int:
    if shutil.which("npm") is None:
        print("make clients needs node and npm, 20 or newer.")
        return 1
    commands = {"Python": python(BUILD / "python"), "TypeScript": typescript(BUILD / "typescript")}
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/childfind.sqlite3"
        with demonstration(Database("clients", url, owner_url=url), Path(folder)) as served:
            told = {name: carried(command, *served) for name, command in commands.items()}
    for name, printed in told.items():
        print(f"\n{name} {'ok' if printed == TOLD else 'NOT SO'}\n{printed}", end="")
    return 0 if all(printed == TOLD for printed in told.values()) else 1


def python(folder: Path) -> list[str]:
    """Make the Python client, and have it compiled; how to run the job through it."""
    folder.mkdir(parents=True, exist_ok=True)
    given = HERE / "python"
    tell("Python: generating")
    options = ["--overwrite", "--fail-on-warning", "--meta", "none"]
    files = [f"--path={DOCUMENT}", f"--config={given / 'openapi-python-client.yaml'}"]
    made = f"--output-path={folder / 'childfind_client'}"
    run(folder, TOOLS / "openapi-python-client", "generate", *options, *files, made)
    tell("Python: compiling")
    shutil.copy(given / "main_job.py", folder)
    run(folder, TOOLS / "python", "-m", "compileall", "-q", ".")
    # Of what was generated only the types, by which the job is held.
    run(folder, TOOLS / "mypy", "--strict", "--follow-imports=silent", "main_job.py")
    return [str(TOOLS / "python"), str(folder / "main_job.py")]


def typescript(folder: Path) -> list[str]:
    """Make the TypeScript client, and have it compiled; how to run the job through it."""
    shutil.copytree(HERE / "typescript", folder, dirs_exist_ok=True)
    tell("TypeScript: generating")
    run(folder, "npm", "ci", "--silent")
    run(folder, "npx", "openapi-typescript", DOCUMENT, "-o", "childfind.d.ts")
    tell("TypeScript: compiling")
    run(folder, "npx", "tsc", "--project", ".")
    return ["node", str(folder / "compiled" / "mainJob.js")]


def carried(command: list[str], address: str, client: str) -> str:
    """What the job prints; and what it says when it fails."""
    settings = {"CHILDFIND_URL": address, "CHILDFIND_CLIENT": client}
    ran = subprocess.run(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return ran.stdout


def run(folder: Path, *command: str | Path) -> None:
    """Run a tool; what it says is shown only when it fails. Raises SystemExit then."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"  # one tool calls another
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ran.returncode:
        sys.exit(ran.stdout)


def tell(what: str) -> None:
    print(f"{what} ...", flush=True)


if __name__ == "__main__":
    sys.exit(main())
