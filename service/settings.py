"""What an operator may set, read from the environment once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024 * 1024

SMTP_SECURITY = ("starttls", "tls", "none")
"""How the mail server is spoken to; `none` is for one on the same machine."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The service's settings; each is `CHILDFIND_` and its name in capitals.

    Where others set them, plain `DATABASE_URL` and `PORT` are understood too.
    """

    data_dir: Path = Path("data")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    max_json_bytes: int = MIB
    max_upload_bytes: int = 64 * MIB
    token_lifetime_s: int = 600
    secret_key: str | None = None
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = "childfind@localhost"

    @property
    def database(self) -> str:
        """The address of the database: a SQLite file in the data directory unless set."""
        return self.database_url or f"sqlite:///{self.data_dir / 'childfind.sqlite3'}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `CHILDFIND_…`; ValueError names a setting that makes no sense."""
        given = os.environ if environment is None else environment

        def text(name: str, default: str) -> str:
            return given.get(f"CHILDFIND_{name}", "").strip() or default

        def count(name: str, default: int, plain: str = "") -> int:
            """`plain`: the variable that stands in when ours is not set."""
            named = f"CHILDFIND_{name}"
            if plain and not text(name, ""):
                named = plain
            raw = given.get(named, "").strip() or str(default)
            if not raw.isascii() or not raw.isdigit() or int(raw) < 1:
                raise ValueError(f"{named} is {raw!r}; it must be a whole number above 0")
            return int(raw)

        def word(name: str, words: Sequence[str], default: str) -> str:
            chosen = text(name, default)
            if chosen not in words:
                raise ValueError(f"CHILDFIND_{name} is {chosen!r}; one of {', '.join(words)}")
            return chosen

        return cls(
            data_dir=Path(text("DATA_DIR", "data")),
            database_url=text("DATABASE_URL", given.get("DATABASE_URL", "")),
            host=text("HOST", cls.host),
            port=count("PORT", cls.port, plain="PORT"),
            max_json_bytes=count("MAX_JSON_BYTES", cls.max_json_bytes),
            max_upload_bytes=count("MAX_UPLOAD_BYTES", cls.max_upload_bytes),
            token_lifetime_s=count("TOKEN_LIFETIME_S", cls.token_lifetime_s),
            secret_key=text("SECRET_KEY", "") or None,
            smtp_host=text("SMTP_HOST", cls.smtp_host),
            smtp_port=count("SMTP_PORT", cls.smtp_port),
            smtp_security=word("SMTP_SECURITY", SMTP_SECURITY, cls.smtp_security),
            smtp_user=text("SMTP_USER", cls.smtp_user),
            smtp_password=text("SMTP_PASSWORD", ""),
            mail_from=text("MAIL_FROM", cls.mail_from),
        )
