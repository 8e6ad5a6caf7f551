"""Pull a roster from a OneRoster server, and write what it says as the bundle it would have sent.

In the order things happen:

- `server` gets in (OAuth 2 client credentials) and asks for one page at a time. What is busy or
  broken is asked again, some times and for some time; then the pull fails and says why.
- `listing` follows a list from page to page, by `Link` or by offset, and says whether what came
  can be the whole of it.
- `records` takes from each record what the importer reads, and leaves everything else behind.
- `bundle` writes organisations, users, their roles and demographics as OneRoster CSV with a
  manifest. A list that may not be whole is declared `unsure`: its rows are taken, and nobody is
  missed for not being in it.

What follows is an import like every other.
"""

from service.imports.oneroster.pull.bundle import pull
from service.imports.oneroster.pull.server import PullFailed, Server

__all__ = ["PullFailed", "Server", "pull"]
