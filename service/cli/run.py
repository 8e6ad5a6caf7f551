"""`childfind run`: everything there is, on this machine, in one command."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from service.cli.demonstration import demonstration_client, demonstration_district
from service.cli.parsing import add_command
from service.cli.serve import refuse_if_busy, serve_until_stopped
from service.cli.workplace import Workplace
from service.serve import Serving

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Serve on this machine alone, with a demonstration district: migrate the database, make the
district, its roster and its client where they are missing, and say how to try it. What you do
is kept in the data directory; run it again and it is there.
"""

READY = """
Childfind is ready: {base}
Every operation, to read and to try: {base}/docs
{new}
The demonstration client's id and secret are in {path}. Try it:

  TOKEN=$(curl -s {base}/oauth/token -u "$(cat {path})" -d grant_type=client_credentials |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

  curl -s "{base}/v1/students?limit=3" -H "Authorization: Bearer $TOKEN" | python3 -m json.tool

  curl -s {base}/v1/referrals -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{{"requester": "parent", "received_on": "{today}", "words": "Please test my son."}}' |
    python3 -m json.tool

Stop it with Ctrl-C.
"""
NEW = """
The demonstration client, shown this once:
  client_id      {id}
  client_secret  {secret}
"""


def add(commands: Commands) -> None:
    add_command(commands, "run", "try it: serve a demonstration here", start, DESCRIPTION)


def start(workplace: Workplace, given: Namespace) -> None:
    serving = Serving(host="127.0.0.1", port=workplace.settings.port, quiet=True)
    refuse_if_busy(serving)
    workplace.migrate()
    district_id = demonstration_district(workplace)
    path, new = demonstration_client(workplace, district_id)
    ready = READY.format(
        base=f"http://{serving.bind}",
        path=path,
        new=NEW.format(id=new[0], secret=new[1]) if new else "",
        today=workplace.clock.today(workplace.district(district_id).time_zone),
    )
    serve_until_stopped(
        workplace, serving, worker=True, when_ready=lambda: print(ready, flush=True)
    )
