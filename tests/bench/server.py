"""Serve one of the two contenders: `python -m tests.bench.server ours|raw URL PORT`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.serve import Serving, serve
from service.settings import Settings
from service.storage.database import Database
from tests.bench.raw import Raw
from tests.builders import SECRET_KEY


def main() -> None:
    contender, url, port = sys.argv[1:]

    def make() -> Any:
        settings = Settings(
            data_dir=Path("unused"), database_url=url, secret_key=SECRET_KEY, token_lifetime_s=3600
        )
        app = create_app(settings, database=Database(url))
        return app if contender == "ours" else Raw(app.extensions[EXTENSION], url)

    logging.disable(logging.INFO)
    serve(make, Serving(host="127.0.0.1", port=int(port), threads=8, quiet=True))


if __name__ == "__main__":
    main()
